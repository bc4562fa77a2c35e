"""Markdown, or plain text that looks a little like it -> a tree of blocks whose lines are pieces of text and links. Pure.

The grammar is CommonMark with tables, by markdown-it-py, with what people's notes need beside it: indented text is text
and no code, `•` is a bullet, `[[wikilinks]]` are links, numbered lines are headings where nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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
_CELLS = 100  # of a row; a line of ten thousand bars is no table
_URL_CHARS = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
_BARE_URL = re.compile(
    rf"https?://{_URL_CHARS}{{1,1000}}"
    rf"|(?<![\w./@-])(?:www\.)?(?:arxiv\.org|github\.com|gitee\.com|doi\.org|aclanthology\.org|openreview\.net)/{_URL_CHARS}{{1,1000}}",
    re.IGNORECASE | re.ASCII,
)
_MARKS = re.compile(r"\*\*|__|~~|==")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_BULLET = re.compile(r"^([ \t]*)[•●◦▪■□○‣⁃][ \t]*(?=\S)", re.MULTILINE)
_ONE_TO_TEN = "一二三四五六七八九十"
_NUMBER = (
    r"(?:\d{1,2}(?:\.\d{1,2}){1,4}[.、．)）]?|\d{1,2}(?:[.、．)）:：]|(?=\s))"
    rf"|第?[{_ONE_TO_TEN}]{{1,3}}[、.．章节]|[（(][{_ONE_TO_TEN}]{{1,3}}[)）])"
)
_NUMBERED = re.compile(rf"^({_NUMBER})[\s、.．:：]*(?=[^\s\d.、)）%])")
_HTML_LINK = re.compile(r"""<a\s[^<>]{0,500}?\bhref\s*=\s*["']?([^"'\s<>]{1,2000})""", re.IGNORECASE)
_HTML_NAME = re.compile(r"</?([a-z][a-z0-9]*)", re.IGNORECASE)
_HTML_BREAKS = {
    "br",
    "p",
    "li",
    "tr",
    "div",
    "td",
    "th",
    "summary",
    "details",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
}

Mark = Literal["", "strong", "em"]
Kind = Literal["root", "quote", "list", "item", "paragraph", "row", "heading", "rule"]


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


@dataclass(eq=False)
class Block:
    """A piece of the document's structure. Paragraphs, rows and headings have `lines`, the others `children`."""

    kind: Kind
    number: int
    level: int = 0
    parent: Block | None = None
    lines: tuple[Line, ...] = ()
    children: list[Block] = field(default_factory=list)
    place: int = 0  # among its parent's children

    def ancestors(self) -> Iterator[Block]:
        """The blocks that hold this one, the nearest first."""
        block = self.parent
        while block is not None:
            yield block
            block = block.parent

    def leaves(self) -> Iterator[Block]:
        """The blocks with lines, and the rules, in the order of the file."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def read_markdown(text: str) -> Block:
    """The document as a tree."""
    source = _plain_lines(text)
    environment: dict = {}
    parser = _parser()
    tokens = parser.parse(source, environment)
    if unclosed := _unclosed_fence(tokens, source):
        lines = source.split("\n")
        lines[unclosed - 1] = ""
        source, environment = "\n".join(lines), {}
        tokens = parser.parse(source, environment)
    inline = _Inline(_inline_parser(), environment)
    root = _tree(tokens, inline)
    _add_unused_references(root, environment, inline.used)
    if sum(token.type == "heading_open" for token in tokens) < 2:
        _find_headings(root, source.split("\n"))
    _number_children(root)
    return root


def drop_number(heading: str) -> str:
    """A heading's words without its number: `1.1、Adapters` -> `Adapters`."""
    match = _NUMBERED.match(heading)
    return heading[match.end() :] if match else heading


def _number_children(block: Block) -> None:
    for place, child in enumerate(block.children):
        child.place = place
        _number_children(child)


def _parser() -> MarkdownIt:
    # HTML is read inline: what stands in a <details> or a <td> is text like any other.
    return MarkdownIt("commonmark").enable("table").disable(["code", "html_block", "inline", "text_join"])


def _inline_parser() -> MarkdownIt:
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


def _plain_lines(text: str) -> str:
    """The text with one kind of line end, without invisible characters, front matter and comments; lines keep their numbers."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
        .replace("\x85", "\n")
    )
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    for opening, closing in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>")):
        text = _without_spans(text, opening, closing)
    return _BULLET.sub(r"\1- ", _without_front_matter(text))


def _without_spans(text: str, opening: str, closing: str) -> str:
    kept: list[str] = []
    position = 0
    while (start := text.find(opening, position)) >= 0 and (end := text.find(closing, start)) >= 0:
        kept += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + len(closing)
    return "".join(kept) + text[position:]


def _without_front_matter(text: str) -> str:
    lines = text.split("\n", 200)
    fence = lines[0].rstrip()
    if fence not in ("---", "+++"):
        return text
    for number, line in enumerate(lines[1:200], start=1):
        if line.rstrip() == fence or (fence == "---" and line.rstrip() == "..."):
            return "\n".join([""] * (number + 1) + lines[number + 1 :])
    return text


def _unclosed_fence(tokens: list[Token], source: str) -> int | None:
    """The line number of a code fence that swallows the rest of the file because nobody closed it."""
    last = tokens[-1] if tokens else None
    if last is None or last.type != "fence" or last.map is None:
        return None
    end = source.rstrip().rsplit("\n", 1)[-1].strip()
    closed = end.startswith(last.markup) and not end.strip(last.markup[0]) and last.map[1] - last.map[0] > 1
    return None if closed else last.map[0] + 1


_OPENS: dict[str, Kind] = {
    "blockquote_open": "quote",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "tr_open": "row",
}
_CLOSES = {name.replace("_open", "_close") for name in _OPENS}


def _tree(tokens: list[Token], inline: _Inline) -> Block:
    root = block = Block("root", 1)
    cells: list[tuple[Piece, ...]] = []
    for token in tokens:
        number = token.map[0] + 1 if token.map else block.number
        if token.type in _OPENS:
            level = int(token.tag[1]) if token.type == "heading_open" else 0
            child = Block(_OPENS[token.type], number, level, block)
            block.children.append(child)
            block = child
        elif token.type in _CLOSES and block.parent is not None:
            _mend_heading(block, token)
            if block.kind == "row":
                block.lines = (Line(block.number, tuple(piece for cell in cells for piece in (Piece(" | "), *cell))),)
                cells = []
            block = block.parent
        elif token.type == "hr":
            block.children.append(Block("rule", number, 0, block))
        elif token.type == "inline":
            if block.kind != "row":
                block.lines = inline.lines(token.content, number)
            elif len(cells) < _CELLS:
                cells.append(tuple(piece for line in inline.lines(token.content, number) for piece in line.pieces))
    return root


def _mend_heading(block: Block, token: Token) -> None:
    """A paragraph that happens to stand on a rule of dashes is no heading."""
    if (
        token.type == "heading_close"
        and token.markup in ("-", "=")
        and (len(block.lines) > 1 or any(len(line.text) > 80 for line in block.lines))
    ):
        block.kind, block.level = "paragraph", 0


class _Inline:
    """Reads the inline text of blocks; remembers in `used` what it has seen linked."""

    def __init__(self, parser: MarkdownIt, environment: dict) -> None:
        self.parser, self.environment = parser, environment
        self.used: set[str] = set()

    def lines(self, content: str, number: int) -> tuple[Line, ...]:
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
        url = trim_url(match[0])
        yield Piece(_MARKS.sub("", piece.text[position : match.start()]), mark=piece.mark)
        yield Piece(url, url, bare=True)
        position = match.start() + len(url)
    yield Piece(_MARKS.sub("", piece.text[position:]), mark=piece.mark)


def trim_url(url: str) -> str:
    """The URL without the punctuation of the sentence around it; a bracket stays where its partner is in the URL."""
    while url:
        last = url[-1]
        unmatched = last in ")]" and url.count(last) > url.count("(" if last == ")" else "[")
        if last not in ".,;:!?'*_&$([" and not unmatched:
            break
        url = url[:-1]
    return url


def _add_unused_references(root: Block, environment: dict, used: set[str]) -> None:
    """Definitions such as `[1]: https://...` that nothing refers to: people list their sources so."""
    for label, reference in environment.get("references", {}).items():
        if reference["href"] not in used:
            number = reference["map"][0] + 1
            pieces = (
                Piece(reference["title"] or label.lower()),
                Piece(" "),
                Piece(reference["href"], reference["href"], bare=True),
            )
            root.children.append(Block("paragraph", number, 0, root, (Line(number, pieces),)))
    root.children.sort(key=lambda block: block.number)


def _find_headings(root: Block, source: list[str]) -> None:
    """In a document without headings of its own, short numbered lines that stand alone, and lines in bold, are headings."""
    for index, block in enumerate(root.children):
        leaf = _only_leaf(block)
        if leaf is None or block.number > len(source):
            continue
        line, text = source[block.number - 1].strip(), leaf.lines[0].text
        match = _NUMBERED.match(line)
        if (
            match
            and len(line) <= 60
            and line[-1] not in "。；;，,!！?？"
            and not any(piece.url for piece in leaf.lines[0].pieces)
        ):
            level = _depth(match[1])
        elif (
            text
            and len(text) <= 40
            and all(piece.mark == "strong" for piece in leaf.lines[0].pieces if piece.text.strip())
        ):
            level = 6
        else:
            continue
        pieces = (Piece(line),)
        root.children[index] = Block("heading", block.number, level, root, (Line(block.number, pieces),))


def _only_leaf(block: Block) -> Block | None:
    """The one paragraph of one line that the block consists of."""
    while block.kind in ("list", "item") and len(block.children) == 1:
        block = block.children[0]
    return block if block.kind == "paragraph" and len(block.lines) == 1 else None


def _depth(number: str) -> int:
    if any(char in _ONE_TO_TEN for char in number):
        return 2 if number[0] in "（(" else 1
    return min(
        2 + len([part for part in number.replace("、", ".").replace("．", ".").split(".") if part.strip("）)")]), 6
    )
