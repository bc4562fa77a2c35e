"""Markdown, or plain text that looks a little like it -> a tree of blocks whose lines are pieces of text and links. Pure.

The grammar is CommonMark with tables, by markdown-it-py, with what people's notes need beside it: indented text is text
and no code, `•` is a bullet, `[[wikilinks]]` are links, numbered lines are headings where nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.sources.notes.inline import InlineReader, Line, Piece
from corpus.sources.notes.plain import plain_lines

_CELLS = 100  # of a row; a line of ten thousand bars is no table
_ONE_TO_TEN = "一二三四五六七八九十"
_NUMBER = (
    r"(?:\d{1,2}(?:\.\d{1,2}){1,4}[.、．)）]?|\d{1,2}(?:[.、．)）:：]|(?=\s))"
    rf"|第?[{_ONE_TO_TEN}]{{1,3}}[、.．章节]|[（(][{_ONE_TO_TEN}]{{1,3}}[)）])"
)
_NUMBERED = re.compile(rf"^({_NUMBER})[\s、.．:：]*(?=[^\s\d.、)）%])")

Kind = Literal["root", "quote", "list", "item", "paragraph", "row", "heading", "rule"]


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
    source = plain_lines(text)
    environment: dict = {}
    parser = _parser()
    tokens = parser.parse(source, environment)
    if unclosed := _unclosed_fence(tokens, source):
        lines = source.split("\n")
        lines[unclosed - 1] = ""
        source, environment = "\n".join(lines), {}
        tokens = parser.parse(source, environment)
    inline = InlineReader(environment)
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


def _tree(tokens: list[Token], inline: InlineReader) -> Block:
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
