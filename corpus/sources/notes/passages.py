"""The passage around a mention: its paragraph, list item or quotation as plain text, cut where it is long. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from corpus.sources.notes.inline import Line
from corpus.sources.notes.labels import read_label
from corpus.sources.notes.markdown import Block

PASSAGE = 1_500  # characters
_ENTRY = re.compile(r"^\[\d{1,3}\]")  # of a bibliography, which is often one paragraph
_TICK = re.compile(r"^\[[ xX]\] ")
_PLACEHOLDER = re.compile(r"^(?:在这里插入图片描述|请添加图片描述|图片描述|image-\d+|[-—*_\s|]*)$")


class Passages:
    """Makes the passages of a document, by what its reader has put in here.

    `fields`: the lines that tell something of a paper, and nothing else; `records`: how many papers a block and all below it hold;
    `words`: those of a block that are the titles and names of papers.
    """

    def __init__(self) -> None:
        self.fields: set[Line] = set()
        self.records: Counter[Block] = Counter()
        self.words: defaultdict[Block, list[str]] = defaultdict(list)
        self._known: dict[tuple[Block, int], str] = {}

    def around(self, block: Block, number: int, words: str) -> str:
        """The passage of a mention on the line of that number; a long one is cut around the `words`."""
        entry = next((line.text for line in block.lines if line.number == number and _ENTRY.match(line.text)), None)
        if entry and len(block.lines) > 1:
            return entry[:PASSAGE]
        unit = self._unit(block)
        lines = list(_limited(_shown(unit), 4 * PASSAGE, number))
        if unit.kind not in ("item", "row") and self._prose(unit) < 12:
            lines += self._after(unit)
        key = (unit, number if _is_long(lines) else 0)
        if key not in self._known:
            self._known[key] = _window(lines, number, words)
        return self._known[key]

    def _unit(self, block: Block) -> Block:
        """The paragraph, list item, quotation or record of fields that a passage is made of."""
        unit = block
        item = next((above for above in block.ancestors() if above.kind == "item"), None)
        if item is not None and (item.children[0] is block or not _is_long(_shown(item))):
            unit = item
            holder = item.parent.parent if item.parent else None
            is_field = bool(block.lines) and (
                block.lines[0] in self.fields or read_label(block.lines[0].pieces)[0] is not None
            )
            if is_field and holder is not None and item.parent and self.records[item.parent] <= 1:
                unit = holder if holder.kind in ("item", "quote") else item.parent
        for above in block.ancestors():
            if above.kind == "quote" and not _is_long(_shown(above)):
                unit = above
        return unit

    def _prose(self, unit: Block) -> int:
        """How many characters of the unit are neither titles nor fields."""
        total = 0
        for leaf in unit.leaves():
            if leaf.kind == "heading":
                continue
            covered = sum(map(len, self.words[leaf]))
            total += max(0, sum(len(line.text) for line in leaf.lines if line not in self.fields) - covered)
            if total > 12:
                break
        return total

    def _after(self, unit: Block) -> list[tuple[int, str]]:
        """What follows a bare title, up to the next title, heading or rule."""
        lines: list[tuple[int, str]] = []
        for sibling in unit.parent.children[unit.place + 1 : unit.place + 9] if unit.parent else ():
            if (
                sibling.kind in ("heading", "rule")
                or self.records[sibling]
                or sum(len(text) for _, text in lines) > 300
            ):
                break
            lines += _limited(_shown(sibling), PASSAGE, 0)
        return lines


def _shown(block: Block) -> Iterator[tuple[int, str]]:
    """The block's lines as plain text with their numbers; list items are indented and dashed."""
    for line in block.lines:
        text = line.text.strip(" |") if block.kind == "row" else line.text
        if not _PLACEHOLDER.match(text):
            yield line.number, _TICK.sub("", text)
    for child in block.children:
        if child.kind != "item":
            yield from _shown(child)
            continue
        for place, (number, text) in enumerate(_shown(child)):
            yield number, ("  " if place else "- ") + text


def _limited(lines: Iterator[tuple[int, str]], limit: int, number: int) -> Iterator[tuple[int, str]]:
    """The lines up to the limit of characters, counted from the line of that number on."""
    total = 0
    for line, text in lines:
        total += len(text) if line >= number else 0
        yield line, text
        if total > limit:
            return


def _is_long(lines: Iterable[tuple[int, str]]) -> bool:
    """Whether the lines are more than a passage holds."""
    total = 0
    for _, text in lines:
        total += len(text) + 1
        if total > PASSAGE:
            return True
    return False


def _window(lines: list[tuple[int, str]], number: int, words: str) -> str:
    """The text of the lines, or as much of it as a passage holds, from the line before the mention on."""
    if _is_long(lines):
        at = next((index for index, (line, _) in enumerate(lines) if line >= number), 0)
        lines = lines[max(0, at - 1) :]
        if at and len(lines[0][1]) > 200:
            lines = lines[1:]
    text = "\n".join(text for _, text in lines)
    if len(text) <= PASSAGE:
        return text
    found = max(0, text.find(words)) if words else 0
    start = max(0, min(found - PASSAGE // 3, len(text) - PASSAGE)) if found > PASSAGE // 2 else 0
    return ("…" if start else "") + text[start : start + PASSAGE - 2].strip() + "…"
