"""Reading notes in Markdown or plain text, Chinese or English -> the mentions of papers in them. Pure.

`parse` reads a text line by line. A link to a paper, a title in 《》 or quotes, a labelled title (`论文：`, `Title:`) or a line
that is a title makes a find; the lines of links, venues and code below a title are fields of it; a find becomes a `Mention` with
the paragraph or list item around it. With `names`, known short names in the running text are found as well.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

from corpus.identity import title_key
from corpus.sources.notes.finds import Find, LineReader
from corpus.sources.notes.inline import Line
from corpus.sources.notes.labels import Label, is_links_only, is_useless_heading, read_label
from corpus.sources.notes.markdown import Block, drop_number, read_markdown
from corpus.sources.notes.naming import Mention, Names
from corpus.sources.notes.passages import Passages
from corpus.sources.notes.titles import CJK, is_title, may_be_title


def parse(text: str, names: Names | None = None) -> list[Mention]:
    """The places that speak of papers, in the order of the text. Any text is taken.

    Without `names`, a mention with nothing but a `name` is a guess. With them, guesses that they do not know are left out, names
    in running text are added, and of one paper's mentions those are left out whose passage an earlier one holds.
    """
    root = read_markdown(text)
    reader = _Reader()
    for block in root.leaves():
        reader.take(block)
    mentions = [mention for find in reader.finds if (mention := reader.mention(find, names)) is not None]
    if names is None:
        return sorted(mentions, key=lambda mention: mention.line)
    for block in root.leaves():
        mentions += reader.named(block, names)
    return list(_without_repeats(sorted(mentions, key=lambda mention: mention.line), names))


class _Reader:
    """Walks over the blocks; `_open` is the find whose fields may follow."""

    def __init__(self) -> None:
        self.finds: list[Find] = []
        self._passages = Passages()
        self._open: Find | None = None
        self._headings: list[tuple[int, str]] = []
        self._above: dict[Block, tuple[str, ...]] = {}

    # ---- finding ---------------------------------------------------------------------------------------------------------

    def take(self, block: Block) -> None:
        """Read a block with lines, or a rule."""
        if block.kind in ("rule", "heading"):
            self._open = None
        if block.kind == "heading":
            self._headings = [(level, above) for level, above in self._headings if level < block.level]
        self._above[block] = tuple(text for _, text in self._headings if text and not is_useless_heading(text))
        if block.kind == "heading":
            text = " ".join(line.text for line in block.lines)
            self._headings.append((block.level, drop_number(text).strip(" #*_:：")))
        for line in block.lines:
            if line.text:
                self._take_line(block, line)

    def _take_line(self, block: Block, line: Line) -> None:
        label, pieces = read_label(line.pieces)
        read = LineReader(block, line, label)
        read.read(pieces)
        links_only = is_links_only(pieces)
        bare = label is not None or links_only
        if (label and label.kind != "title") or (links_only and line is not block.lines[0]):
            self._passages.fields.add(line)
        for find in read.finds:
            self._keep_or_join(find, label, bare)
        for find in read.extras:
            self._keep(find)
        for code, text in read.codes:
            self._join_code(block, line, code, text, bare)
        if self._open and label and label.kind != "title" and self._is_near(block):
            self._open.has_fields = True
        if not read.finds and not bare and self._open and not self._is_inside(block, self._open):
            self._open = None

    def _keep(self, find: Find) -> None:
        find.headings = self._above[find.block]
        self.finds.append(find)

    def _keep_or_join(self, find: Find, label: Label | None, bare: bool) -> None:
        held = self._open
        if held is not None and held.takes(find.ids):
            told = find.title or find.guess or find.name
            if find.ids and not told and (bare or self._continues(find.block, held)):
                held.add_ids(find.ids)
                held.code = held.code or find.code
                return
            named = label is not None and label.kind == "title" and held.label not in ("", label.text)
            if named and find.title and not held.title:
                held.title, held.words = find.title, held.words + find.words
                held.add_ids(find.ids)
                return
        self._keep(find)
        self._open = find
        if find.ids or find.title:
            self._passages.records.update([find.block, *find.block.ancestors()])

    def _join_code(self, block: Block, line: Line, code: str, text: str, bare: bool) -> None:
        held = self._open
        if held is not None and held.code is None and (bare or held.block is block or self._continues(block, held)):
            held.code = code
            return
        find = Find(block, line.number, name=code.rsplit("/", 1)[-1], code=code, words=[text])
        self._keep(find)

    @staticmethod
    def _continues(block: Block, held: Find) -> bool:
        """Whether the block goes on in the list item or quotation that begins with the find: with authors and links, say."""
        together = (
            block.parent is held.block.parent and block.parent is not None and block.parent.kind in ("item", "quote")
        )
        return together and not held.ids and sum(len(CJK.findall(line.text)) for line in block.lines) < 20

    @staticmethod
    def _is_inside(block: Block, find: Find) -> bool:
        """Whether the block is a part of the quotation, list item or paragraph where the find is."""
        holder = next((above for above in find.block.ancestors() if above.kind in ("quote", "item")), find.block)
        return block is find.block or holder in block.ancestors()

    def _is_near(self, block: Block) -> bool:
        return self._open is not None and (self._is_inside(block, self._open) or self._open.guess is not None)

    # ---- telling ---------------------------------------------------------------------------------------------------------

    def mention(self, find: Find, names: Names | None) -> Mention | None:
        """The find as a mention; None for a guess that is too weak, or that the names do not know."""
        title = find.title or self._trusted(find)
        name = find.name or (find.guess if not title else None)
        mention = Mention(find.ids, title, name, find.code, headings=find.headings, line=find.line)
        if not (find.ids or title):
            if not (find.sure or find.name or names):
                return None
            if names is not None and names.resolve(mention) is None:
                return None
        self._passages.words[find.block] += find.words
        words = find.words[0] if find.words else ""
        return replace(mention, passage=self._passages.around(find.block, find.line, words))

    @staticmethod
    def _trusted(find: Find) -> str | None:
        """The guess, where an id, or fields below a line that looks like a title, say that it is one."""
        if find.guess and (
            (find.ids and may_be_title(find.guess)) or ((find.code or find.has_fields) and is_title(find.guess))
        ):
            return find.guess
        return None

    def named(self, block: Block, names: Names) -> Iterator[Mention]:
        """The known names in a block's running text, each once; none inside the titles that were found there."""
        seen: set[str] = set()
        for line in block.lines:
            text = _running_text(line, self._passages.words[block])
            for spot in names.find(text):
                if spot.name not in seen:
                    seen.add(spot.name)
                    passage = self._passages.around(block, line.number, spot.name)
                    yield Mention(name=spot.name, passage=passage, headings=self._above[block], line=line.number)


def _running_text(line: Line, covered: list[str]) -> str:
    """The line's text without URLs, code and the titles that were found in it."""
    text = "".join(" \n " if piece.bare or piece.code else piece.text for piece in line.pieces)
    for words in covered:
        if len(words) > 3:
            text = text.replace(words, " \n ")
    return text


def _without_repeats(mentions: list[Mention], names: Names) -> Iterator[Mention]:
    """The mentions without those that add nothing to another of the same paper: no id, no code and no passage of their own."""
    keys = [_paper(mention, names) for mention in mentions]
    spoken = {key for key, mention in zip(keys, mentions, strict=True) if not _is_bare(mention)}
    told: dict[Hashable, list[Mention]] = {}
    for key, mention in zip(keys, mentions, strict=True):
        earlier = told.setdefault(key, [])
        if _is_bare(mention) and key in spoken and not mention.ids and not mention.code_url:
            continue
        if any(mention.passage in one.passage and _adds_nothing(mention, one) for one in earlier[-20:]):
            continue
        earlier.append(mention)
        yield mention


def _paper(mention: Mention, names: Names) -> Hashable:
    key = names.resolve(mention)
    return key if key is not None else (mention.ids or title_key(mention.title or ""))


def _is_bare(mention: Mention) -> bool:
    """Whether the passage is not much more than the paper's name. A Chinese character says as much as two letters."""
    size = len(mention.passage) + len(CJK.findall(mention.passage))
    return size - len(mention.title or mention.name or "") < 16


def _adds_nothing(mention: Mention, other: Mention) -> bool:
    return set(mention.ids) <= set(other.ids) and (mention.code_url is None or mention.code_url == other.code_url)
