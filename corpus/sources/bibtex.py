"""Papers as BibTeX or BibLaTeX (`.bib`), parsed by bibtexparser, a block at a time.

A block begins at a line that begins with `@word{`. bibtexparser gives up an entry that does not end before such a line
and goes on there, so to part the file at these lines changes nothing but that memory stays bounded, and that what stood
before a cut is kept. Concatenation (`#`) and `crossref`, which bibtexparser leaves as they are, are resolved here.

The citation key is no id of a paper: it means another one in another file, so it names the entry in Faults only.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from corpus.errors import shorten
from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.addresses import sort_addresses
from corpus.sources.decoding import text_lines
from corpus.sources.fields import build_paper, first_text, read_day, read_words, read_year, turn_name
from corpus.sources.markup import html_to_text, latex_to_link, latex_to_text

_BLOCK_START = re.compile(r"\s*@\w*[ \t]*[{(]")
# Stands for a comma that parts no names, while those are told apart; printable, and in nobody's name.
_HIDDEN_COMMA = "\u2e34"
# Six of the longest abstracts. bibtexparser keeps 500 bytes for every `@a{` that it fails to make sense of.
_MAX_BLOCK = 300_000
# Ten thousand macros, each made of the one before and a letter, would fill any memory.
_MAX_MACRO = 10_000

_KEY = re.compile(r"@\w*\s*[{(]\s*([^\s,{}()=\"#%]+)\s*,")
# A value is pieces joined with `#`; a piece is braced, quoted, or a number or macro.
_BARE = re.compile(r'[^\s#{}",]+')
_JOIN = re.compile(r"\s*#\s*")
_BRACES = re.compile(r"(?<!\\)[{}]")
_BRACES_AND_QUOTES = re.compile(r'(?<!\\)[{}"]')

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# BibLaTeX's names beside BibTeX's; the first that is filled counts.
_VENUES = ("journal", "journaltitle", "booktitle", "eventtitle", "maintitle", "school", "institution", "publisher")
_CONTAINERS = {"proceedings", "mvproceedings", "book", "mvbook", "collection", "mvcollection", "periodical"}
_INHERITED = ("year", "date", "month", "publisher", "journal", "journaltitle", "eventtitle", "series")
_REMARKS = ("note", "howpublished", "annote", "addendum", "pubstate", "code")


@dataclass
class _Entry:
    """An entry's fields as LaTeX, their names in lower case, their values without braces or quotes around them."""

    where: str
    kind: str = ""
    key: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def first(self, *names: str) -> str:
        return first_text(self.fields.get(name) for name in names) or ""

    def text(self, *names: str) -> str:
        return latex_to_text(html_to_text(self.first(*names)))


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read the entries; one that is broken, or no paper, becomes a Fault that names its key or line.

    Entries that refer to another one (`crossref`) come last, as theirs may stand anywhere in the file.
    """
    macros = {month: month for month in _MONTHS}
    containers: dict[str, _Entry] = {}
    referring: list[_Entry] = []
    for number, block in _blocks(text_lines(stream)):
        if block is None:
            yield Fault(f"line {number}", f"an entry longer than {_MAX_BLOCK} characters")
            continue
        for entry in _entries(block, number, macros):
            if isinstance(entry, Fault):
                yield entry
                continue
            if entry.kind in _CONTAINERS:
                containers.setdefault(entry.key.lower(), entry)
            if entry.first("crossref"):
                referring.append(entry)
            else:
                yield _to_paper(entry)
    for entry in referring:
        container = containers.get(entry.first("crossref").strip().lower())
        yield _to_paper(_complete(entry, container) if container else entry)


def _blocks(lines: Iterable[tuple[int, str | None]]) -> Iterator[tuple[int, str | None]]:
    """The blocks, each with the number of its first line; None for one that is too long to be an entry.

    What stands before the first is no block.
    """
    start, block, size = 0, list[str](), 0
    for number, line in lines:
        if line is None or _BLOCK_START.match(line):
            if start:
                yield start, "\n".join(block) if size <= _MAX_BLOCK else None
            start, block, size = number, [], 0
        size += _MAX_BLOCK + 1 if line is None else len(line) + 1
        if line is not None and size <= _MAX_BLOCK:
            block.append(line)
    if start:
        yield start, "\n".join(block) if size <= _MAX_BLOCK else None


def _entries(block: str, number: int, macros: dict[str, str]) -> Iterator[_Entry | Fault]:
    """The entries of a block that begins at line `number`: one, or all that stand in one line. Macros are taken in."""
    from bibtexparser import parse_string
    from bibtexparser.model import Entry, ParsingFailedBlock, String

    # It reports every broken entry on standard error; here they are Faults.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    for parsed in parse_string(block, parse_stack=[]).blocks:
        found: Any = parsed
        if isinstance(parsed, ParsingFailedBlock):
            if parsed.ignore_error_block is None:
                yield Fault(_place(parsed.raw or "", number + (parsed.start_line or 0)), _reason(parsed.error))
                continue
            found = parsed.ignore_error_block  # a key or a field that stands twice
        if isinstance(found, String):
            macros[found.key.lower()] = _value(found.value, macros)[:_MAX_MACRO]
        elif isinstance(found, Entry):
            entry = _Entry(_place(found.raw or "", number), found.entry_type.lower(), found.key)
            for one in found.fields:
                entry.fields.setdefault(one.key.lower(), _value(one.value, macros))
            yield entry


def _place(raw: str, number: int) -> str:
    key = _KEY.match(raw)
    return f"entry {shorten(key[1])}" if key else f"line {number}"


def _reason(error: Any) -> str:
    """bibtexparser's reason, in words for somebody who has not written a parser."""
    reason = str(getattr(error, "abort_reason", error)).strip().rstrip(".")
    if "end of file" in reason:
        return "broken BibTeX (it never ends: a closing brace or quote is missing)"
    return f"broken BibTeX ({shorten(reason[:1].lower() + reason[1:], 120)})"


def _value(raw: str, macros: dict[str, str]) -> str:
    """A value as it stands in the file, without its braces or quotes, its macros replaced, its pieces joined.

    A macro that nobody has defined stands for its own name. What follows a missing comma is passed over.
    """
    raw = raw.strip()
    if len(raw) > 1 and raw[0] == raw[-1] == '"' and "#" not in raw:
        return raw[1:-1]
    parts: list[str] = []
    at = size = 0
    while at < len(raw) and size < _MAX_BLOCK:
        if raw[at] in '{"':
            end = _end_of_piece(raw, at)
            parts.append(raw[at + 1 : end])
            at = end + 1
        elif bare := _BARE.match(raw, at):
            parts.append(macros.get(bare[0].lower(), bare[0]))
            at = bare.end()
        size += len(parts[-1]) if parts else 0
        join = _JOIN.match(raw, at)
        if not join:
            break
        at = join.end()
    return "".join(parts)


def _end_of_piece(raw: str, at: int) -> int:
    """Where the brace or quote that opens at `at` is closed; the end of the text where it is not."""
    quoted = raw[at] == '"'
    depth = 0
    for match in (_BRACES_AND_QUOTES if quoted else _BRACES).finditer(raw, at + 1):
        if match[0] == "{":
            depth += 1
        elif depth == 0 and match[0] == ('"' if quoted else "}"):
            return match.start()
        elif match[0] == "}":
            depth = max(depth - 1, 0)
    return len(raw)


def _complete(entry: _Entry, container: _Entry) -> _Entry:
    """The entry with what the book or the proceedings say that it is in."""
    inherited = {name: container.fields[name] for name in _INHERITED if name in container.fields}
    inherited["booktitle"] = container.first("booktitle", "title")
    return _Entry(entry.where, entry.kind, entry.key, inherited | entry.fields)


def _to_paper(entry: _Entry) -> Paper | Fault:
    title, subtitle = entry.text("title"), entry.text("subtitle")
    eprint = latex_to_link(entry.first("eprint"))
    is_arxiv = entry.first("archiveprefix", "eprinttype").strip().lower() in ("", "arxiv")
    volume = latex_to_link(entry.first("volume"))
    values: dict[str, object] = {
        "title": f"{title}: {subtitle}" if title and subtitle else title,
        "authors": _names(entry.first("author") or entry.first("editor")),
        "year": read_year(entry.first("year")) or read_year(entry.first("date")),
        "published": read_day(entry.first("date")),
        "venue": entry.text(*_VENUES),
        "doi": latex_to_link(entry.first("doi")),
        "abstract": entry.text("abstract"),
        "keywords": read_words(entry.text("keywords", "keyword", "author_keywords")),
        "categories": [latex_to_link(entry.first("primaryclass", "eprintclass"))] if is_arxiv and eprint else [],
    }
    remarks = [entry.fields.get(name, "") for name in _REMARKS]
    links = [latex_to_link(text) for text in (entry.first("url"), *_addresses(remarks)) if text]
    eprints = [latex_to_link(entry.first("arxivid", "arxiv"))] + ([eprint] if is_arxiv else [])
    if volume.startswith("abs/"):  # DBLP: journal = {CoRR}, volume = {abs/2106.09685}
        eprints.append(volume.removeprefix("abs/"))
    return build_paper(sort_addresses(values, eprints=eprints, links=links, remarks=map(_remark, remarks)), entry.where)


def _remark(text: str) -> str:
    """Free text, its lines kept, with the addresses in it as they are followed."""
    lines = [line.split() for line in text.splitlines()]
    return "\n".join(" ".join(latex_to_link(word) if "/" in word else word for word in line) for line in lines)


def _names(text: str) -> list[str]:
    """The names in a list of authors. Braces keep the words of a consortium together; `others` is nobody."""
    from bibtexparser.middlewares.names import split_multiple_persons_names

    names = []
    for name in split_multiple_persons_names(text):
        name = name.strip()
        whole = name.startswith("{") and _end_of_piece(name, 0) == len(name) - 1
        names.append(
            latex_to_text(name) if whole else turn_name(latex_to_text(_guard_commas(name))).replace(_HIDDEN_COMMA, ",")
        )
    return [name for name in names if name.strip().casefold() not in ("", "others")]


def _guard_commas(name: str) -> str:
    """The name with commas inside braces hidden: those part no family name from a given one."""
    if "{" not in name or "," not in name:
        return name
    depth, chars = 0, []
    for char in name:
        depth += (char == "{") - (char == "}")
        chars.append(_HIDDEN_COMMA if char == "," and depth > 0 else char)
    return "".join(chars)


def _addresses(texts: Iterable[str]) -> list[str]:
    r"""The addresses in free text, such as `howpublished = {\url{https://...}}`."""
    return [link.rstrip(".,;)") for text in texts for link in re.findall(r"https?://[^\s{}<>\"]+", text)]
