"""Reading a draft in LaTeX: ours, or what somebody made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from corpus.models import Paper
from corpus.sources import bibtex
from corpus.sources.markup import latex_to_text
from survey.checking.reading import LISTINGS, Named, Reading, Statement, Words, hide, read_paragraph, uncut

_COMMENT = re.compile(r"(?<!\\)%.*")
_CITE = re.compile(r"\\(?:[cC]ite[a-z]*|autocite|parencite|textcite|footcite)\*?(?:\[[^\]]*\])*\{([^{}]*)\}")
_HEADING = re.compile(r"\\(?:sub)*section\*?\{(.*)\}\s*$")
_LISTING = re.compile(rf"\\paragraph\{{(?:{'|'.join(LISTINGS)})\}}.*?(?=\n\s*\n|\n\\|\Z)", re.DOTALL)
_ASIDE = re.compile(r"\\begin\{(longtable|figure|table|tabular)\}.*?\\end\{\1\}", re.DOTALL)
_QUOTED = re.compile(r"\\quoted\{([^{}]*)\}\{(title|abstract)\}\{(\d+)\}\{(\d+)\}\{")
_LABEL = re.compile(
    r"\\(?:maketitle|tableofcontents|clearpage|paragraph|label|begin|end|footnotesize|small|noindent|setlength)\b(?:\{[^{}]*\}|\[[^\]]*\])*"
)


def read_latex(text: str) -> Reading:
    """The statements of the document; its references are in the .bib file beside it."""
    body = "\n".join(_COMMENT.sub("", line) for line in text.splitlines())
    body = re.split(r"\\begin\{document\}", body, maxsplit=1)[-1]
    body = re.split(r"\\(?:bibliography|printbibliography|end\{document\})", body, maxsplit=1)[0]
    statements: list[Statement] = []
    for pattern in (_ASIDE, _LISTING):
        statements += [_silent(match[0]) for match in pattern.finditer(body)]
        body = pattern.sub("\n\n", body)
    heading = "the start"
    for block in re.split(r"\n\s*\n|(?=\\item\b)|(?=\\(?:sub)*section\b)|(?<=\})\n(?=[^\s])", body):
        part = block.strip()
        first, _, rest = part.partition("\n")
        if match := _HEADING.match(first):
            heading, part = latex_to_text(match[1]), rest
        statements += _block(re.sub(r"^\\item\b\s*", "", part), heading)
    return Reading(statements, loose=True)


def read_bibliography(path: Path) -> dict[str, Named]:
    """Key -> paper of a .bib file; entries that cannot be read are left out, and their keys are then told as missing."""
    with path.open("rb") as stream:
        papers = [one for one in bibtex.read(stream) if isinstance(one, Paper)]
    keys = re.findall(
        r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", path.read_text("utf-8", "replace"), re.M | re.I
    )
    titles = {paper.title: paper for paper in papers}
    found = {}
    for key, paper in zip(keys, titles.values(), strict=False):
        found[key] = Named(
            id=(paper.arxiv_id and f"arxiv:{paper.arxiv_id}") or paper.doi, url=paper.url, title=paper.title
        )
    return found


def _block(text: str, heading: str) -> Iterator[Statement]:
    if match := _QUOTED.search(text):
        words, end = _braced(text, match.end())
        said = uncut(latex_to_text(words))
        span = (match[2], int(match[3]), int(match[4]))
        yield Statement(heading, said, (match[1],), (Words(said, match[1], span),), is_quote=True)
        text = text[end:].lstrip(" .")
    if not (text := _LABEL.sub(" ", text).strip()):
        return
    cited = _CITE.sub(_marked, text.replace("@", hide("@")))
    pieces = re.split(r"(\[@[^\]]*\])", cited)
    plain = "".join(piece if piece.startswith("[@") else hide(latex_to_text(piece)) for piece in pieces)
    yield from read_paragraph(plain, heading)


def _marked(match: re.Match[str]) -> str:
    return f" [{'; '.join(f'@{key.strip()}' for key in match[1].split(','))}]"


def _braced(text: str, at: int) -> tuple[str, int]:
    """What stands in the braces that were opened before `at`, and where it goes on after them."""
    depth = 1
    for end in range(at, len(text)):
        if text[end] in "{}" and text[end - 1] != "\\":
            depth += 1 if text[end] == "{" else -1
            if not depth:
                return text[at:end], end + 1
    return text[at:], len(text)


def _silent(text: str) -> Statement:
    """Keys of a table, a figure or a list of papers, which says nothing itself."""
    keys = [key.strip() for match in _CITE.finditer(text) for key in match[1].split(",")]
    return Statement("a table or list", "", tuple(dict.fromkeys(keys)), claims=False)
