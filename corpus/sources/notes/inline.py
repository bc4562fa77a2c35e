"""The inline text of a Markdown block -> lines of pieces: text, links, wikilinks, code. Pure.

Beside CommonMark's, `[[wikilinks]]`, HTML's `<a>` and bare URLs are links; HTML's breaks end lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# Longer runs of inline text are read in parts: some inline rules take time that grows with the square of the length.
_INLINE_PART = 2_000
_INLINE_MARKS = re.compile(r"[\[\]*_`<>&\\!]")
_BRACKETS = 150  # in such a part; more are no links, and take long to find out about
_URL_CHARS = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
_BARE_URL = re.compile(
    rf"https?://{_URL_CHARS}{{1,1000}}"
    rf"|(?<![\w./@-])(?:www\.)?(?:arxiv\.org|github\.com|gitee\.com|doi\.org|aclanthology\.org|openreview\.net)/{_URL_CHARS}{{1,1000}}",
    re.IGNORECASE | re.ASCII,
)
_MARKS = re.compile(r"\*\*|__|~~|==")
_HTML_LINK = re.compile(r"""<a\s[^<>]{0,500}?\bhref\s*=\s*["']?([^"'\s<>]{1,2000})""", re.IGNORECASE)
_HTML_NAME = re.compile(r"</?([a-z][a-z0-9]*)", re.IGNORECASE)
# fmt: off
_HTML_BREAKS = {
    "br", "p", "li", "tr", "div", "td", "th", "summary", "details", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol",
}
# fmt: on

Mark = Literal["", "strong", "em"]


@dataclass(frozen=True)
class Piece:
    """A stretch of a line. `url`: where it links to; `bare`: the text is the URL itself; `code`: set as code."""

    text: str
    url: str | None = None
    mark: Mark = ""
    bare: bool = False
    code: bool = False
    wiki: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a paragraph, a row of a table, or a heading. `number` counts the file's lines from 1."""

    number: int
    pieces: tuple[Piece, ...]

    @cached_property
    def text(self) -> str:
        return " ".join("".join(piece.text for piece in self.pieces).split())


class InlineReader:
    """Reads the inline text of blocks; `environment` holds the document's references; `used` is what it has seen linked."""

    def __init__(self, environment: dict) -> None:
        self.parser, self.environment = _parser(), environment
        self.used: set[str] = set()

    def lines(self, content: str, number: int) -> tuple[Line, ...]:
        """The lines of a block's text, which begins on the line of that number."""
        found: list[Line] = []
        for part in _parts(content):
            if not _INLINE_MARKS.search(part) or part.count("[") > _BRACKETS:
                lines = part.split("\n")
                found += [Line(number + place, _whole([Piece(line.strip())])) for place, line in enumerate(lines)]
                number += len(lines) - 1
                continue
            tokens: list[Token] = []
            self.parser.inline.parse(part, self.parser, self.environment, tokens)
            found += self._read(tokens, number)
            number += part.count("\n")
        return tuple(found)

    def _read(self, tokens: list[Token], number: int) -> Iterator[Line]:
        pieces: list[Piece] = []
        mark: Mark = ""
        link: str | None = None
        label: list[str] = []
        bare = False
        for token in tokens:
            kind, html = token.type, _html_name(token)
            if kind in ("softbreak", "hardbreak") or html in _HTML_BREAKS:
                if link is not None:
                    label.append(" ")
                    number += kind != "html_inline"
                    continue
                yield Line(number, _whole(pieces))
                pieces = []
                number += kind != "html_inline"
            elif kind == "link_open" or (html == "a" and _HTML_LINK.match(token.content)):
                link, bare = _href(token), token.markup == "autolink"
                label = []
            elif link is not None and (kind == "link_close" or (html == "a" and token.content.startswith("</"))):
                self.used.add(link)
                pieces.append(Piece(_MARKS.sub("", "".join(label)), link, mark, bare))
                link = None
            elif kind in ("strong_open", "em_open") or html in ("b", "strong", "i", "em"):
                mark = _opened(token, html)
            elif kind in ("strong_close", "em_close"):
                mark = ""
            elif kind == "code_inline":
                label.append(token.content) if link is not None else pieces.append(Piece(token.content, code=True))
            elif kind == "wikilink":
                pieces.append(Piece(token.content, token.meta["page"], mark, wiki=True))
            elif kind in ("text", "text_special"):
                label.append(token.content) if link is not None else pieces.append(Piece(token.content, mark=mark))
            if kind == "html_inline":
                number += token.content.count("\n")
        if link is not None:  # an <a> that nobody closed
            pieces.append(Piece("".join(label), link, mark))
        yield Line(number, _whole(pieces))


def _html_name(token: Token) -> str:
    match = _HTML_NAME.match(token.content) if token.type == "html_inline" else None
    return match[1].lower() if match else ""


def _href(token: Token) -> str:
    if token.type == "link_open":
        return str(token.attrs.get("href", ""))
    match = _HTML_LINK.match(token.content)
    return unescape(match[1]) if match else ""


def _opened(token: Token, html: str) -> Mark:
    if html:
        return "" if token.content.startswith("</") else "strong" if html in ("b", "strong") else "em"
    return "strong" if token.type == "strong_open" else "em"


def _parts(content: str) -> Iterator[str]:
    """The content in parts of bounded length, cut at line ends where there are any, else at spaces."""
    start = 0
    while len(content) - start > _INLINE_PART:
        end = start + _INLINE_PART
        cut = max(
            content.rfind("\n", start, end), content.rfind(" ", start, end) if "\n" not in content[start:end] else -1
        )
        cut = cut + 1 if cut > start else end
        yield content[start:cut]
        start = cut
    yield content[start:]


def _whole(pieces: list[Piece]) -> tuple[Piece, ...]:
    """The pieces with neighbours of one kind joined and the URLs in the text made links."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        plain = piece.url is None and not piece.code
        if last is not None and plain and last.url is None and not last.code and last.mark == piece.mark:
            joined[-1] = Piece(last.text + piece.text, mark=piece.mark)
        elif piece.text or piece.url is not None:
            joined.append(piece)
    return tuple(
        part for piece in joined for part in (_linked(piece) if piece.url is None and not piece.code else (piece,))
    )


def _linked(piece: Piece) -> Iterator[Piece]:
    """A piece of text, parted at the URLs that stand in it."""
    position = 0
    for match in _BARE_URL.finditer(piece.text):
        url = _trim_url(match[0])
        yield Piece(_MARKS.sub("", piece.text[position : match.start()]), mark=piece.mark)
        yield Piece(url, url, bare=True)
        position = match.start() + len(url)
    yield Piece(_MARKS.sub("", piece.text[position:]), mark=piece.mark)


def _trim_url(url: str) -> str:
    """The URL without the punctuation of the sentence around it; a bracket stays where its partner is in the URL."""
    while url:
        last = url[-1]
        unmatched = last in ")]" and url.count(last) > url.count("(" if last == ")" else "[")
        if last not in ".,;:!?'*_&$([" and not unmatched:
            break
        url = url[:-1]
    return url


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    parser.inline.ruler.before("link", "wikilink", _wikilink)
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def _wikilink(state: StateInline, silent: bool) -> bool:
    """`[[Page#Part|shown]]`, and `![[file]]`, which shows a file in its place."""
    source, start = state.src, state.pos
    shows_file = source.startswith("![[", start)
    begin = start + (3 if shows_file else 2)
    if not shows_file and not source.startswith("[[", start):
        return False
    end = source.find("]]", begin, begin + 300)
    if end < 0 or source[end + 2 : end + 3] == "(" or any(char in "[]\n" for char in source[begin:end]):
        return False
    if not silent and not shows_file:
        page, _, shown = source[begin:end].partition("|")
        token = state.push("wikilink", "", 0)
        token.content, token.meta = shown or page.split("#")[0], {"page": page.split("#")[0].strip()}
    state.pos = end + 2
    return True
