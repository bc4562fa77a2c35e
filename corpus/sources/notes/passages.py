"""Reading notes in Markdown or plain text, Chinese or English -> the mentions of papers in them. Pure.

`parse` reads a text line by line. A link to a paper, a title in 《》 or quotes, a labelled title (`论文：`, `Title:`) or a line
that is a title makes a find; the lines of links, venues and code below a title are fields of it; a find becomes a `Mention` with
the paragraph or list item around it. With `names`, known short names in the running text are found as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from corpus.identity import title_key
from corpus.sources.notes.labels import Label, is_generic, is_useless_heading, read_label
from corpus.sources.notes.links import ids_in_text, read_link
from corpus.sources.notes.markdown import Block, Line, Piece, drop_number, read_markdown
from corpus.sources.notes.naming import Mention, Names
from corpus.sources.notes.titles import (
    CJK,
    GENERIC,
    WORD,
    is_coined,
    is_people,
    is_strict_title,
    is_title,
    may_be_title,
    pick_title,
    split_dash,
    split_prefix,
    trim_title,
)

PASSAGE = 1_500
_QUOTED = re.compile(
    r"《([^《》\n]{2,300})》|“([^“”\n]{8,300})”|「([^「」\n]{4,300})」|『([^『』\n]{4,300})』|\"([^\"\n]{12,300})\""
)
_LABELLED = re.compile(
    r"(?:(?:论文|文章|标题|题目)(?:题目|标题|名称?)?\s?[:：]\s?|(?:\bpaper|\btitle)\s?[:：]\s|论文\s?(?=[A-Z][\w-]+ \w))",
    re.IGNORECASE,
)
_LATIN = re.compile("[^\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff0c\uff1b\uff08\uff09《》“”|]{6,300}")
_NAME_FULL = re.compile(r"(?<![\w-])([A-Za-z][A-Za-z0-9+.\-]{1,20})\s?[（(]([A-Za-z][^（()）\n]{4,80})[)）]")
_FULL_NAME = re.compile(
    r"(?<![\w-])((?:[A-Z][A-Za-z\-]{1,20} ){1,5}[A-Z][A-Za-z\-]{1,20})\s?[（(]([A-Za-z0-9+.\-]{2,15})[，,)）]"
)
_CITATION = re.compile(
    r"\bet\.? ?al\b|\[[JC](?:/OL)?\]|\b(?:19|20)\d\d[.)]*\s*$|\barXiv preprint\b|\bIn (?:Proceedings|Advances)\b"
)
_OTHERS = re.compile(r"相关|参考|其他|类似|更多|扩展|延伸|related|further|see also|more")
_ENTRY = re.compile(r"^\[\d{1,3}\]")  # of a bibliography, which is often one paragraph
_TICK = re.compile(r"^\[[ xX]\] ")
_PLACEHOLDER = re.compile(r"^(?:在这里插入图片描述|请添加图片描述|图片描述|image-\d+|[-—*_\s|]*)$")
_PAPER_WORD = re.compile(
    r"(?:论文|文章|综述|工作|paper|papers|survey|一文|发表的|题为|titled|entitled|article)[是为的\s:：]*$",
    re.IGNORECASE,
)
_PAPER_WORD_AFTER = re.compile(r"^\s*[)）]?\s*(?:这篇|一文|论文|该文|中提出|paper|综述)")


def decode(data: bytes) -> str:
    """A file's text: Unicode by its mark, else UTF-8, else GB18030 (which holds GBK). Damage is replaced, never refused."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    if not damaged or sum(not char.isascii() for char in text) > 2 * damaged:  # UTF-8, perhaps with a few broken bytes
        return text
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return text


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


@dataclass(eq=False)
class _Find:
    """Something that speaks of a paper. `guess` may be its title; `sure` guesses are told apart from mere Latin lines."""

    block: Block
    line: int
    headings: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    title: str | None = None
    guess: str | None = None
    sure: bool = False
    name: str | None = None
    code: str | None = None
    label: str = ""
    has_fields: bool = False
    words: list[str] = field(default_factory=list)  # as they stand in the text

    def takes(self, ids: Iterable[str]) -> bool:
        """Whether the ids can be this paper's: it has none of another name of the same kind."""
        kinds = {alias.split(":")[0]: alias for alias in self.ids}
        return all(kinds.get(alias.split(":")[0], alias) == alias for alias in ids)

    def add_ids(self, ids: Iterable[str]) -> None:
        self.ids = tuple(dict.fromkeys([*self.ids, *ids]))


class _Reader:
    """Walks over the blocks; `open` is the find whose fields may follow."""

    def __init__(self) -> None:
        self.finds: list[_Find] = []
        self.records: Counter[Block] = Counter()
        self._open: _Find | None = None
        self._headings: list[tuple[int, str]] = []
        self._above: dict[Block, tuple[str, ...]] = {}
        self._fields: set[Line] = set()
        self._passages: dict[tuple[Block, int], str] = {}
        self._covered: dict[Block, list[str]] = {}

    # ---- finding ---------------------------------------------------------------------------------------------------------

    def take(self, block: Block) -> None:
        """Read a block with lines, or a rule."""
        if block.kind in ("rule", "heading"):
            self._open = None
        if block.kind == "heading":
            text = " ".join(line.text for line in block.lines)
            self._headings = [(level, above) for level, above in self._headings if level < block.level]
            self._above[block] = self._path()
            self._headings.append((block.level, drop_number(text).strip(" #*_:：")))
        else:
            self._above[block] = self._path()
        for line in block.lines:
            if line.text:
                self._take_line(block, line, line is block.lines[0])

    def _path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._headings if text and not is_useless_heading(text))

    def _take_line(self, block: Block, line: Line, first: bool) -> None:
        label, pieces = read_label(line.pieces)
        read = _LineReader(block, line.number, label, first)
        read.read(pieces)
        bare = label is not None or read.is_links_only(pieces)
        if (label is not None and label.kind != "title") or (not first and read.is_links_only(pieces)):
            self._fields.add(line)
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

    def _keep(self, find: _Find) -> None:
        find.headings = self._above[find.block]
        self.finds.append(find)

    def _keep_or_join(self, find: _Find, label: Label | None, bare: bool) -> None:
        held = self._open
        told = find.title or find.guess or find.name
        if (
            held is not None
            and find.ids
            and not told
            and held.takes(find.ids)
            and (bare or self._continues(find.block, held))
        ):
            held.add_ids(find.ids)
            held.code = held.code or find.code
            return
        named = held is not None and label is not None and label.kind == "title" and held.label not in ("", label.text)
        if held is not None and named and not held.title and find.title and held.takes(find.ids):
            held.title, held.words = find.title, held.words + find.words
            held.add_ids(find.ids)
            return
        self._keep(find)
        self._open = find
        if find.ids or find.title:
            self.records.update([find.block, *find.block.ancestors()])

    def _join_code(self, block: Block, line: Line, code: str, text: str, bare: bool) -> None:
        held = self._open
        if held is not None and held.code is None and (bare or held.block is block or self._continues(block, held)):
            held.code = code
            return
        find = _Find(block, line.number, name=code.rsplit("/", 1)[-1], code=code, words=[text])
        self._keep(find)

    @staticmethod
    def _continues(block: Block, held: _Find) -> bool:
        """Whether the block goes on in the list item or quotation that begins with the find: with authors and links, say."""
        together = (
            block.parent is held.block.parent and block.parent is not None and block.parent.kind in ("item", "quote")
        )
        return together and not held.ids and sum(len(CJK.findall(line.text)) for line in block.lines) < 20

    @staticmethod
    def _is_inside(block: Block, find: _Find) -> bool:
        """Whether the block is a part of the quotation, list item or paragraph where the find is."""
        holder = next((above for above in find.block.ancestors() if above.kind in ("quote", "item")), find.block)
        return block is find.block or holder in block.ancestors()

    def _is_near(self, block: Block) -> bool:
        return self._open is not None and (self._is_inside(block, self._open) or self._open.guess is not None)

    # ---- telling ---------------------------------------------------------------------------------------------------------

    def mention(self, find: _Find, names: Names | None) -> Mention | None:
        """The find as a mention; None for a guess that is too weak, or that the names do not know."""
        title = find.title or self._trusted(find)
        name = find.name or (find.guess if not title else None)
        mention = Mention(find.ids, title, name, find.code, headings=find.headings, line=find.line)
        if not (find.ids or title) and not (find.sure or find.name or names):
            return None
        if names is not None and not (find.ids or title) and names.resolve(mention) is None:
            return None
        self._covered.setdefault(find.block, []).extend(find.words)
        return replace(mention, passage=self._passage(find.block, find.line, find.words[0] if find.words else ""))

    @staticmethod
    def _trusted(find: _Find) -> str | None:
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
            text = _running_text(line, self._covered.get(block, []))
            for spot in names.find(text):
                if spot.name not in seen:
                    seen.add(spot.name)
                    passage = self._passage(block, line.number, spot.name)
                    yield Mention(name=spot.name, passage=passage, headings=self._above[block], line=line.number)

    def _passage(self, block: Block, number: int, words: str) -> str:
        entry = next((line.text for line in block.lines if line.number == number and _ENTRY.match(line.text)), None)
        if entry and len(block.lines) > 1:
            return entry[:PASSAGE]
        unit = self._unit(block)
        lines = list(_limited(_shown(unit), 4 * PASSAGE, number))
        if unit.kind != "item" and unit.kind != "row" and self._prose(unit) < 12:
            lines += self._after(unit)
        key = (unit, number if sum(len(text) + 1 for _, text in lines) > PASSAGE else 0)
        if key not in self._passages:
            self._passages[key] = _window(lines, number, words)
        return self._passages[key]

    def _unit(self, block: Block) -> Block:
        """The paragraph, list item, quotation or record of fields that a passage is made of."""
        unit = block
        item = next((above for above in block.ancestors() if above.kind == "item"), None)
        if item is not None and (item.children[0] is block or _is_short(item)):
            unit = item
            holder = item.parent.parent if item.parent else None
            is_field = bool(block.lines) and (
                block.lines[0] in self._fields or read_label(block.lines[0].pieces)[0] is not None
            )
            if is_field and holder is not None and item.parent and self.records[item.parent] <= 1:
                unit = holder if holder.kind in ("item", "quote") else item.parent
        for above in block.ancestors():
            if above.kind == "quote" and _is_short(above):
                unit = above
        return unit

    def _is_field(self, block: Block) -> bool:
        """Whether the block tells something of the paper that the list around it is about."""
        if not block.lines:
            return False
        label, _ = read_label(block.lines[0].pieces)
        return block.lines[0] in self._fields or (label is not None and not _OTHERS.match(label.text))

    def _prose(self, unit: Block) -> int:
        """How many characters of the unit are neither titles nor fields."""
        total = 0
        for leaf in unit.leaves():
            if leaf.kind == "heading":
                continue
            covered = sum(map(len, self._covered.get(leaf, [])))
            total += max(0, sum(len(line.text) for line in leaf.lines if line not in self._fields) - covered)
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


class _LineReader:
    """What one line tells: `finds`, `extras` (other names of a find), and the `codes` that belong to no find of the line."""

    def __init__(self, block: Block, number: int, label: Label | None, first: bool) -> None:
        self.block, self.number, self.label, self.first = block, number, label, first
        self.finds: list[_Find] = []
        self.extras: list[_Find] = []
        self.codes: list[tuple[str, str]] = []
        self._pending: list[Piece] = []
        self._last: _Find | None = None
        self._linked = False

    def read(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            if piece.wiki:
                self._wikilink(piece)
            elif piece.url is not None:
                self._link(piece)
            elif not piece.code:
                self._pending.append(piece)
            self._linked |= piece.url is not None
        self._rest()

    @staticmethod
    def is_links_only(pieces: Iterable[Piece]) -> bool:
        """Whether the line is nothing but links, with words such as `pdf` or the authors' names between them."""
        text = " ".join(piece.text for piece in pieces if piece.url is None).strip(" ,;.[]()|")
        if not all(
            piece.bare or is_generic(piece.text) or "://" in piece.text for piece in pieces if piece.url is not None
        ):
            return False
        return any(piece.url is not None for piece in pieces) and (is_generic(text) or is_people(text))

    def _find(self, words: str, **facts: object) -> _Find:
        find = _Find(self.block, self.number, label=self.label.text if self.label else "", **facts)  # type: ignore[arg-type]
        find.words += [words] if words else []
        return find

    def _add(self, find: _Find) -> None:
        self.finds.append(find)
        self._last = find

    # ---- links -----------------------------------------------------------------------------------------------------------

    def _wikilink(self, piece: Piece) -> None:
        page = trim_title(piece.url or piece.text)
        if is_title(page):
            self._add(self._find(piece.text, title=page))
        elif page and not CJK.search(page):
            self.extras.append(self._find(piece.text, name=page))

    def _link(self, piece: Piece) -> None:
        link = read_link(piece.url or "")
        if (
            link.kind == "other" and (shown := read_link(piece.text)).ids
        ):  # a site's own way out, with the address shown
            link, piece = shown, Piece(piece.text, piece.url, bare=True)
        text = "" if piece.bare or is_generic(piece.text) or "://" in piece.text else trim_title(piece.text)
        if link.kind == "code" and link.code:
            self._code(link.code, text, piece)
        elif link.kind == "paper" and not text:
            self._generic(link.ids, link.title)
        elif link.kind == "paper" and (
            may_be_title(text) or (link.ids and not CJK.search(text) and len(WORD.findall(text)) > 3)
        ):
            self._flush()
            self._add(self._find(piece.text, ids=link.ids, title=text))
        elif link.kind == "paper" and (link.ids or link.title):
            self._flush()
            is_name = not CJK.search(text) and len(WORD.findall(text)) <= 3
            title = link.title or _quoted_title(piece.text)
            self._add(self._find(piece.text, ids=link.ids, title=title, name=text if is_name and not title else None))
        elif link.kind in ("other", "paper"):
            if is_title(
                text
            ):  # somebody's page about a paper, or about anything else; a file beside the notes is about one
                is_own = "://" not in (piece.url or "") and self._is_certain(text)
                self.extras.append(self._find(piece.text, title=text if is_own else None, guess=text, sure=True))
            self._pending.append(Piece(piece.text))

    def _generic(self, ids: tuple[str, ...], told: str | None) -> None:
        """A bare link, or one that says `pdf`: its title stands before it, unless the link before has it already."""
        title, words = self._title_before(bool(ids))
        name = None if title else self._name_before()
        if title is None and name is None and self._last is not None and self._last.takes(ids) and self._is_quiet():
            self._last.add_ids(ids)
            self._last.title = self._last.title or told
        elif ids or title or told:
            self._flush(words)
            if title is None and told is not None and (parts := split_dash(told)):
                name, told = name or parts[0], parts[1]
            self._add(self._find(words or name or "", ids=ids, title=title or told, name=name))
        self._pending = []

    def _code(self, code: str, text: str, piece: Piece) -> None:
        if self._last is not None and self._last.code is None:
            self._last.code = code
            return
        title, words = self._title_before(False)
        if title is not None:
            self._add(self._find(words, title=title, code=code))
            self._pending = []
        elif is_title(text):
            self._add(self._find(piece.text, title=text, code=code))
        else:
            self.codes.append((code, piece.text))

    def _text(self) -> str:
        """The text since the last link; of a very long one its end."""
        return "".join(piece.text for piece in self._pending[-40:])[-2_000:]

    def _is_quiet(self) -> bool:
        """Whether nothing but marks and words such as `pdf` stands between this link and the one before."""
        return all(is_generic(piece.text) for piece in self._pending)

    def _name_before(self) -> str | None:
        """The short name that is all that stands before a link: `CoOp: https://...`."""
        text = trim_title(self._text())
        return text if is_coined(text) and not is_generic(text) else None

    def _title_before(self, expected: bool) -> tuple[str | None, str]:
        """The title in the text before a link, and its words as they stand there. `expected`: the link is a paper's for sure."""
        text = self._text()
        quotes = [match for match in _QUOTED.finditer(text) if len(text) - match.end() <= 30]
        if quotes and (quoted := _judged(quotes[-1], text)):
            return quoted, _inner(quotes[-1])
        for piece in self._pending:
            styled = trim_title(piece.text) if piece.mark else ""
            if styled and may_be_title(styled) and (expected or is_title(styled)):
                return styled, styled
        title = pick_title(text) or ""
        if title and (is_title(title) or (expected and len(CJK.findall(text)) < 6)):
            return title, title
        return None, ""

    # ---- text ------------------------------------------------------------------------------------------------------------

    def _flush(self, known: str = "") -> None:
        """Read the quotes of the text that stands before a link, but for the title that is the link's own."""
        text = self._text()
        text = text.replace(known, " ") if known else text
        self._quotes(text)
        self._pending = []

    def _rest(self) -> None:
        """Read the text after the last link, or the whole line if it has none."""
        text = self._text()
        ids = ids_in_text(text)
        found = self._quotes(text)
        if ids:
            if self._last is not None and self._last.takes(ids) and (found or len(self.finds) == 1):
                self._last.add_ids(ids)
            else:
                title = pick_title(text)
                self._add(self._find(title or "", ids=ids, title=title))
            return
        if found or self.finds:
            self._title_after(text)
            self._names(text)
            return
        if not (self._labelled(text) or self._styled() or self._whole(text)):
            self._names(text)

    def _title_after(self, text: str) -> None:
        """The title of a link that stands before it: `[[pdf]](...) The Title, ICCV 2017`."""
        last = self._last
        if (
            last is not None
            and not (last.title or last.name or last.guess)
            and (title := pick_title(text))
            and is_title(title)
        ):
            last.title, last.words = title, [*last.words, title]

    def _quotes(self, text: str) -> bool:
        found = False
        for match in _QUOTED.finditer(text):
            inner = _inner(match)
            if title := _judged(match, text):
                self._add(self._find(inner, title=title))
                found = True
            elif match[1] and not is_people(inner):
                self.extras.append(self._find(inner, name=trim_title(inner)))
        return found

    def _labelled(self, text: str) -> bool:
        """A title after `论文：` or the like, at the head of the line or within it."""
        if self.label is not None and self.label.kind == "title":
            return self._title_or_name(text)
        if self.label is not None and self.label.kind != "title":
            return False
        for match in _LABELLED.finditer(text):
            run = _LATIN.match(text, match.end())
            if run and self._title_or_name(run[0], needs=3 if match[0].rstrip(" ") == "论文" else 2):
                return True
        return False

    def _title_or_name(self, text: str, needs: int = 1) -> bool:
        title = trim_title(text)
        match = _NAME_FULL.match(title)
        words = WORD.findall(title)
        if match and is_coined(match[1]) and match.end() > len(title) - 3:
            self._add(self._find(match[0], name=match[1]))
            self.extras.append(self._find("", name=match[2]))
            return True
        if CJK.search(title) or len(words) < needs or len(words) > 35 or not words:
            if self.label is not None and 4 <= len(title) <= 60 and "。" not in title and not self._names(text):
                self.extras.append(self._find("", name=title))
            return False
        if len(words) >= 2 or split_prefix(title):
            self._add(self._find(title, title=title))
        else:
            self._add(self._find(title, name=title))
        return True

    def _styled(self) -> bool:
        """A title in bold or italics, in a line that says more."""
        before = len(self.finds)
        for piece in self._pending if len(self._pending) > 1 else ():
            title = trim_title(piece.text) if piece.mark else ""
            if is_title(title):
                certain = self._is_certain(title) or (self.block.kind != "heading" and is_strict_title(title))
                self._add(self._find(title, title=title if certain else None, guess=title, sure=True))
        return len(self.finds) > before

    def _whole(self, text: str) -> bool:
        """A line that is a title, or cites one."""
        if self.label is not None or self._linked:
            return False
        title = trim_title(drop_number(text) if self.block.kind == "heading" else text)
        named = split_dash(title)
        if named:
            self._add(
                self._find(
                    title, title=named[1] if is_title(named[1]) else None, guess=named[1], name=named[0], sure=True
                )
            )
            return True
        if is_title(title):
            self._add(self._find(title, title=title if self._is_certain(title) else None, guess=title, sure=True))
            return True
        if _CITATION.search(text) and (cited := pick_title(text)):
            is_certain = is_title(cited) or f"{cited}[" in text  # Chinese bibliographies mark the title's end: [J]
            self._add(self._find(cited, title=cited if is_certain else None, guess=cited, sure=True))
            return True
        words = WORD.findall(title)
        if (
            not (self.first or self.block.kind == "heading")
            or CJK.search(title)
            or is_people(title)
            or len(title) > 250
        ):
            return False
        if not 1 <= len(words) <= 25 or len(title) < 2:
            return False
        self._add(self._find(title, guess=title, sure=self.block.kind == "heading" and len(words) <= 4))
        return True

    def _is_certain(self, title: str) -> bool:
        """Whether a line is a title even if nothing else says so: a coined name and what it stands for, or strict title case."""
        prefix = split_prefix(title)
        if prefix and is_coined(prefix[0]) and prefix[0] not in GENERIC:
            return True
        return self.block.kind != "heading" and self.first and is_strict_title(title)

    def _names(self, text: str) -> bool:
        """`CoOp（Context Optimization）` and `Visual Prompt Tuning（VPT）`."""
        before = len(self.extras)
        for match in _NAME_FULL.finditer(text):
            if is_coined(match[1]) and len(match[2].split()) > 1:
                self.extras += [self._find(match[1], name=match[1]), self._find("", name=match[2])]
        for match in _FULL_NAME.finditer(text):
            if is_coined(match[2]):
                self.extras += [self._find(match[2], name=match[2]), self._find(match[1], name=match[1])]
        return len(self.extras) > before


def _inner(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def _judged(match: re.Match[str], text: str) -> str | None:
    """The title between quotation marks, if it surely is one."""
    title = trim_title(_inner(match))
    words = WORD.findall(title)
    if CJK.search(title) or not words or is_people(title):
        return None
    told = _PAPER_WORD.search(text[max(0, match.start() - 16) : match.start()]) or _PAPER_WORD_AFTER.match(
        text[match.end() : match.end() + 16]
    )
    if match[1]:
        return title if len(words) >= 3 or split_prefix(title) or (told and len(words) >= 2) else None
    return title if is_title(title) or (told and may_be_title(title)) else None


def _quoted_title(text: str) -> str | None:
    match = _QUOTED.search(text)
    return _judged(match, text) if match else None


def _running_text(line: Line, covered: list[str]) -> str:
    """The line's text without URLs, code and the titles that were found in it."""
    text = "".join(" \n " if piece.bare or piece.code else piece.text for piece in line.pieces)
    for words in covered:
        if len(words) > 3:
            text = text.replace(words, " \n ")
    return text


def _shown(block: Block, depth: int = 0) -> Iterator[tuple[int, str]]:
    """The block's lines as plain text with their numbers; list items are indented and dashed."""
    for line in block.lines:
        text = line.text.strip(" |") if block.kind == "row" else line.text
        if not _PLACEHOLDER.match(text):
            yield line.number, _TICK.sub("", text)
    for child in block.children:
        inner = _shown(child, depth + (child.kind == "item"))
        if child.kind != "item":
            yield from inner
            continue
        for place, (number, text) in enumerate(inner):
            yield number, ("  " if place else "- ") + text


def _limited(lines: Iterator[tuple[int, str]], limit: int, number: int) -> Iterator[tuple[int, str]]:
    """The lines up to the limit of characters, counted from the line of that number on."""
    total = 0
    for line, text in lines:
        total += len(text) if line >= number else 0
        yield line, text
        if total > limit:
            return


def _is_short(block: Block) -> bool:
    total = 0
    for _, text in _shown(block):
        total += len(text) + 1
        if total > PASSAGE:
            return False
    return True


def _window(lines: list[tuple[int, str]], number: int, words: str) -> str:
    """The text of the lines, or as much of it as a passage holds, from the line before the mention on."""
    if sum(len(text) + 1 for _, text in lines) > PASSAGE:
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
