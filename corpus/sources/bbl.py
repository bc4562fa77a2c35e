r"""Bibliographies as LaTeX prints them (`.bbl`): what BibTeX's styles and biblatex write, and `\bibitem`s by hand.

A style keeps of an entry what it prints, and in its own order. So each item comes with its plain text, in which the title
of a known paper can be looked for (`corpus.harvest.matching`), and with what can be told apart: ids, first author, title, year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from corpus.sources import Reference
from corpus.sources.markup import latex_to_text
from corpus.sources.references import known_ids, plain_text

# An item beyond this is cut; the longest have hundreds of authors. So many items, and so many characters of them all.
MAX_ITEM = 5_000
MAX_ITEMS = 3_000
_MAX_TEXT = 3_000_000

# ---- ids -------------------------------------------------------------------------------------------------------------

_NEW = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|astro-ph|chao-dyn|cmp-lg|comp-gas|cond-mat|cs|dg-ga|econ|eess|funct-an|gr-qc|"
    "hep-(?:ex|lat|ph|th)|math|math-ph|nlin|nucl-(?:ex|th)|patt-sol|physics|q-alg|q-bio|q-fin|quant-ph|solv-int|stat"
)
# `arXiv preprint arXiv:2106.09685`, `CoRR, abs/2106.09685`, `\showeprint[arxiv]{cs.CL/2106.09685}`, `\eprint{2106.09685}`
_ARXIV_NEW = re.compile(
    rf"(?:arxiv|abs|pdf|eprint)(?:\.org)?(?:\W{{0,6}}(?:preprint|e-?prints?|abs|pdf|arxiv|[a-z-]{{2,8}}(?:\.[a-z]{{2}})?))?"
    rf"[^\w\n]{{0,6}}({_NEW})(?!\d)",
    re.IGNORECASE,
)
_ARXIV_OLD = re.compile(rf"(?<![\w.-])((?:{_ARCHIVES})(?:\.[A-Z]{{2}})?/\d{{7}})(?!\d)", re.IGNORECASE)
_DOI = re.compile(r"(?<![\d.])10\.\d{4,9}(?:\.\d+)*/[^\s\"<>\\{}^`|]{1,200}")
_ACL = re.compile(
    r"(?:aclanthology\.(?:org|info)|aclweb\.org/anthology)/(?:papers/)?(?:[A-Z]/[A-Z]\d{2}/)?"
    r"([A-Z]\d{2}-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+)",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\{?\\([_%&#$~])\}?")
_NOTHING = re.compile(r"%[ \t]*\n\s*|\\(?:penalty-?\d+|allowbreak|discretionary\{\}\{\}\{\}|/|-)\s*")


def find_ids(latex: str) -> tuple[str, ...]:
    r"""The arXiv ids, ACL ids and DOIs in an entry's LaTeX, canonical, the best first.

    >>> find_ids(r"\emph{CoRR}, abs/2106.09685, 2021. \doi{10.5555/Thin\_1}.")
    ('arxiv:2106.09685', 'doi:10.5555/thin_1')
    """
    text = _ESCAPED.sub(r"\1", _NOTHING.sub("", latex))
    found = [f"arxiv:{match[1]}" for pattern in (_ARXIV_NEW, _ARXIV_OLD) for match in pattern.finditer(text)]
    found += [f"https://aclanthology.org/{match[1]}" for match in _ACL.finditer(text)]
    found += [f"doi:{_doi_end(match[0])}" for match in _DOI.finditer(text)]
    return known_ids(found)


def _doi_end(text: str) -> str:
    """A DOI without the punctuation behind it; a closing parenthesis is its own where one was opened."""
    text = text.rstrip(".,;:'~]")
    while text.endswith(")") and text.count("(") < text.count(")"):
        text = text[:-1].rstrip(".,;:'~]")
    return text


# ---- items -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One entry: its citation `key`, what is told of the work, and its plain `text`, a line for each of its parts."""

    key: str
    reference: Reference
    text: str


_BIBITEM = re.compile(r"\\bibitem(?![a-zA-Z])")
_END = re.compile(r"\\end\s*\{(?:thebibliography|references|chapthebibliography)\}")
_ENTRY = re.compile(r"\\entry\{([^{}]{1,300})\}\{([^{}]{0,50})\}\{")
_ENTRY_END = "\\endentry"
# Whole lines, and the mark at a line's end; a % inside a line may belong to an address.
_COMMENT = re.compile(r"^[ \t]*%.*\n?|(?<!\\)%[ \t]*\n[ \t]*", re.MULTILINE)


def parse_bbl(text: str) -> list[Item]:
    r"""Read all items of a `.bbl` file, or of the `thebibliography` environments in a `.tex` file.

    At most MAX_ITEMS; what has neither a title nor an id nor any words is left out.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = _entries(text) if "\\entry{" in text else _bibitems(_COMMENT.sub("", text))
    items: list[Item] = []
    total = 0
    for key, label, latex in parts:
        total += len(latex)
        if len(items) == MAX_ITEMS or total > _MAX_TEXT:
            break
        item = _biblatex_item(key, latex) if label is None else _bibitem(key, label, latex)
        if item.text or item.reference.ids:
            items.append(item)
    return items


def _bibitems(text: str) -> Iterator[tuple[str, str | None, str]]:
    r"""Key, label and LaTeX of each `\bibitem[LABEL]{KEY}`."""
    starts = [match.end() for match in _BIBITEM.finditer(text)]
    for start, following in pairwise([*starts, len(text)]):
        piece = text[start : min(following, start + 2 * MAX_ITEM)]
        label, rest = _bracketed(piece)
        key, rest = braced(rest)
        rest = _BIBITEM.split(rest, maxsplit=1)[0]
        yield " ".join(key.split()), label, _END.split(rest, maxsplit=1)[0][:MAX_ITEM]


def _entries(text: str) -> Iterator[tuple[str, str | None, str]]:
    """Key and LaTeX of each entry that biblatex wrote; they have no label."""
    for match in _ENTRY.finditer(text):
        end = text.find(_ENTRY_END, match.end())
        stop = match.end() + 4 * MAX_ITEM
        yield match[1], None, text[match.end() : min(end, stop) if end >= 0 else stop]


def _bracketed(text: str) -> tuple[str, str]:
    """What stands in the square brackets at the start, and what follows; braces inside are skipped."""
    rest = text.lstrip(" \t\n%")
    if not rest.startswith("["):
        return "", rest
    depth = 0
    for match in re.finditer(r"(?<!\\)[{}\]]", rest):
        if match[0] == "]" and depth <= 0:
            return rest[1 : match.start()], rest[match.end() :]
        depth += {"{": 1, "}": -1}.get(match[0], 0)
    return "", rest


def braced(text: str) -> tuple[str, str]:
    """What stands in the braces at the start, and what follows; without braces nothing and all of it."""
    rest = text.lstrip(" \t\n%")
    if not rest.startswith("{"):
        return "", text
    depth = 0
    for match in re.finditer(r"(?<!\\)[{}]", rest):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return rest[1 : match.start()], rest[match.end() :]
    return "", rest[1:]


# ---- BibTeX's styles -------------------------------------------------------------------------------------------------

_NEWBLOCK = re.compile(r"\\newblock(?![a-zA-Z])")
# Macros whose text is no text of the entry: addresses, marks, REVTeX's and IEEE's spacing.
_SILENT = re.compile(
    r"\\(?:url|path|doi|natexlab|BibitemShut|bibAnnoteFile|urlprefix|eprint|showDOI|showURL|showeprint|selectlanguage)"
    r"(?![a-zA-Z])\s*(?:\[[^\]]{0,50}\])?\s*(?:\{(?:[^{}]|\{[^{}]*\})*\})?"
    r"|\\Eprint\s*\{[^{}]*\}\s*\{[^{}]*\}|\\href\s*@noop\s*\{\s*\}|\\hskip[^\\]{0,60}\\relax|\\(?:bibinfo|bibfield)\s*\{[a-z]+\}",
)
_LINK = re.compile(r"\\href\s*(?:\{(?:[^{}]|\{[^{}]*\})*\})")
_MARKED_TITLE = re.compile(r"\\(?:showarticletitle|enquote|bibfield\s*\{title\}|bibinfo\s*\{title\})(?=\s*\{)")
_QUOTED = re.compile(r"[“\"](.{8,400}?)[”\"]", re.DOTALL)
_BARE_YEAR = re.compile(r"[\s(\[]*((?:18|19|20)\d{2})[a-z]?[\s)\].,:]*")
# Springer's: `Byron, A., Wei, L.: Thin adapters. In: ...`
_AFTER_COLON = re.compile(r"^[^:“\"]{2,600}?(?:[A-Z]\.|et al\.?):\s+(.{8,400}?)(?:[.?!]\s|[.?!]?$)", re.DOTALL)
_LABEL_YEAR = re.compile(r"\(?((?:18|19|20)\d{2})[a-z]?\)?")
_YEAR_IN_BRACKETS = re.compile(r"[(\[]((?:18|19|20)\d{2})[a-z]?[)\]]")
_YEAR = re.compile(r"(?<![\d.:/–—-])((?:19|20)\d{2})[a-z]?(?![\d/–—-]|\.\d)")


def _bibitem(key: str, label: str, latex: str) -> Item:
    blocks = [_plain(block) for block in _NEWBLOCK.split(latex)]
    text = "\n".join(block for block in blocks if block)
    title = _marked_title(latex) or _title(blocks)
    year = _year(label, blocks)
    return Item(key, Reference(find_ids(latex), title, _first_author(text, title), year), text)


def _plain(latex: str) -> str:
    return " ".join(latex_to_text(_LINK.sub(" ", _SILENT.sub(" ", latex))).split())


def _marked_title(latex: str) -> str:
    """The title where the style marks it, as ACM's and REVTeX do."""
    match = _MARKED_TITLE.search(latex)
    return _trim(_plain(braced(latex[match.end() :])[0])) if match else ""


def _title(blocks: list[str]) -> str:
    """The quoted title, else the first block behind the authors that is more than a year."""
    if quoted := _QUOTED.search("\n".join(blocks)):
        return _trim(quoted[1])
    for block in blocks[1:]:
        if block and not _BARE_YEAR.fullmatch(block):
            return "" if block.startswith("In ") else _trim(block)
    colon = _AFTER_COLON.match(blocks[0]) if len(blocks) == 1 else None
    return _trim(colon[1]) if colon else ""


def _trim(title: str) -> str:
    return plain_text(title).strip(" ,;").removesuffix(".").strip()


def _first_author(text: str, title: str) -> tuple[str, ...]:
    """The first author alone, in a form whose family name `identity.author_key` reads; nothing if there is no telling."""
    head = text[: text.find(title)] if title and title in text else text.split("\n", 1)[0]
    head = re.split(r"\s+et~?\s*al\b|\s*[(\[]?\b(?:18|19|20)\d{2}[a-z]?\b", head, maxsplit=1)[0]
    name = re.split(r"\s*[,;:&\n“\"]\s*|\s+and\s+", head.strip(" ,.;:"), maxsplit=1)[0].strip(" .")
    if initials := re.fullmatch(r"(\D{2,60}?)\s+([A-Z]{1,3})", name):  # Vancouver's: `Byron A`
        name = f"{initials[1]}, {initials[2]}"
    return (name,) if 1 < len(name) <= 80 and any(char.isalpha() for char in name) else ()


def _year(label: str, blocks: list[str]) -> int | None:
    if found := _LABEL_YEAR.findall(label[:500]):
        return int(found[0])
    for block in blocks:
        if bare := _BARE_YEAR.fullmatch(block):
            return int(bare[1])
    text = "\n".join(blocks)
    found = _YEAR_IN_BRACKETS.findall(text) or _YEAR.findall(text)
    return int(found[-1]) if found else None


# ---- biblatex --------------------------------------------------------------------------------------------------------

_FIELD = re.compile(r"\\field\{(\w+)\}(?=\{)")
_VERB = re.compile(r"\\verb\{(\w+)\}\s*\\verb ([^\n]*)")
_NAMES = re.compile(r"\\name\{(author|editor)\}\{\d*\}\{[^{}]*\}(?=\{)")
_NAME_PART = re.compile(r"(?<![a-z])(family|given|prefix)=(?=\{)")
_NAME_SPACE = re.compile(r"\\bib(?:namedelim[a-z]|initperiod|initdelim|inithyphendelim|rangedash)(?:\{\})?\s*")


def _biblatex_item(key: str, latex: str) -> Item:
    fields = {match[1]: braced(latex[match.end() :])[0] for match in _FIELD.finditer(latex)}
    fields |= {match[1]: match[2].strip() for match in _VERB.finditer(latex)}
    names = {match[1]: _biblatex_name(braced(latex[match.end() :])[0]) for match in _NAMES.finditer(latex)}
    author = names.get("author") or names.get("editor") or ""
    title = _trim(_plain(fields.get("title", "")))
    subtitle = _trim(_plain(fields.get("subtitle", "")))
    title = f"{title}: {subtitle}" if title and subtitle else title
    told = [fields.get(name, "") for name in ("doi", "url", "note", "journaltitle", "howpublished", "pages")]
    if fields.get("eprinttype", "arxiv").lower() == "arxiv" and "eprint" in fields:
        told.append(f"arXiv:{fields['eprint']}")
    year = re.match(r"\d{4}", fields.get("year") or fields.get("date") or "")
    parts = [author, title, *(_plain(fields.get(name, "")) for name in ("booktitle", "journaltitle", "year"))]
    authors = (author,) if author else ()
    reference = Reference(find_ids("\n".join(told)), title, authors, int(year[0]) if year else None)
    return Item(key, reference, "\n".join(part for part in parts if part))


def _biblatex_name(latex: str) -> str:
    """The first name of a list, as `Family, Given`. Before version 3.3 its parts were told by their places."""
    first = braced(latex)[0]
    _, parts = braced(first)
    inner = braced(parts)[0] or parts
    named = {match[1]: braced(inner[match.end() :])[0] for match in _NAME_PART.finditer(inner)}
    if not named:
        family, rest = braced(parts)
        _, rest = braced(rest)
        named = {"family": family, "given": braced(rest)[0]}
    whole = {part: _plain(_NAME_SPACE.sub(" ", latex)) for part, latex in named.items()}
    family = " ".join(part for part in (whole.get("prefix"), whole.get("family")) if part)
    return ", ".join(part for part in (family, whole.get("given")) if part)
