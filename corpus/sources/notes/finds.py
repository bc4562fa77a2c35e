"""What one line of the notes tells of papers: links, titles in 《》 or quotes, labelled titles, lines that are titles. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from corpus.sources.notes.inline import Line, Piece
from corpus.sources.notes.labels import Label, is_generic
from corpus.sources.notes.links import ids_in_text, read_link
from corpus.sources.notes.markdown import Block, drop_number
from corpus.sources.notes.quotes import read_quotes
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


@dataclass(eq=False)
class Find:
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
        """Add the ids that it has not."""
        self.ids = tuple(dict.fromkeys([*self.ids, *ids]))


class LineReader:
    """What one line tells: `finds`, `extras` (other names of a find), and the `codes` that belong to no find of the line."""

    def __init__(self, block: Block, line: Line, label: Label | None) -> None:
        self.block, self.number, self.label, self.first = block, line.number, label, line is block.lines[0]
        self.finds: list[Find] = []
        self.extras: list[Find] = []
        self.codes: list[tuple[str, str]] = []
        self._pending: list[Piece] = []
        self._last: Find | None = None
        self._linked = False

    def read(self, pieces: Iterable[Piece]) -> None:
        """Read the pieces of the line, those after its label."""
        for piece in pieces:
            if piece.wiki:
                self._wikilink(piece)
            elif piece.url is not None:
                self._link(piece)
            elif not piece.code:
                self._pending.append(piece)
            self._linked |= piece.url is not None
        self._rest()

    def _find(self, words: str, **facts: object) -> Find:
        find = Find(self.block, self.number, label=self.label.text if self.label else "", **facts)  # type: ignore[arg-type]
        find.words += [words] if words else []
        return find

    def _add(self, words: str, **facts: object) -> None:
        self._last = self._find(words, **facts)
        self.finds.append(self._last)

    def _add_extra(self, words: str, **facts: object) -> None:
        self.extras.append(self._find(words, **facts))

    # ---- links -----------------------------------------------------------------------------------------------------------

    def _wikilink(self, piece: Piece) -> None:
        page = trim_title(piece.url or piece.text)
        if is_title(page):
            self._add(piece.text, title=page)
        elif page and not CJK.search(page):
            self._add_extra(piece.text, name=page)

    def _link(self, piece: Piece) -> None:
        link = read_link(piece.url or "")
        # a site's own way out, with the address shown
        if link.kind == "other" and (shown := read_link(piece.text)).ids:
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
            self._add(piece.text, ids=link.ids, title=text)
        elif link.kind == "paper" and (link.ids or link.title):
            self._flush()
            is_name = not CJK.search(text) and len(WORD.findall(text)) <= 3
            title = link.title or next((quote.title for quote in read_quotes(piece.text)), None)
            self._add(piece.text, ids=link.ids, title=title, name=text if is_name and not title else None)
        elif link.kind in ("other", "paper"):
            # somebody's page about a paper, or about anything else; a file beside the notes is about one
            if is_title(text):
                is_own = "://" not in (piece.url or "") and self._is_certain(text)
                self._add_extra(piece.text, title=text if is_own else None, guess=text, sure=True)
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
            self._add(words or name or "", ids=ids, title=title or told, name=name)
        self._pending = []

    def _code(self, code: str, text: str, piece: Piece) -> None:
        if self._last is not None and self._last.code is None:
            self._last.code = code
            return
        title, words = self._title_before(False)
        if title is not None:
            self._add(words, title=title, code=code)
            self._pending = []
        elif is_title(text):
            self._add(piece.text, title=text, code=code)
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
        quotes = [quote for quote in read_quotes(text) if len(text) - quote.end <= 30]
        if quotes and (quoted := quotes[-1].title):
            return quoted, quotes[-1].words
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
                if title and ids_in_text(title):  # a sentence around the id, no title beside it
                    title = None
                self._add(title or "", ids=ids, title=title)
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
        for quote in read_quotes(text):
            if title := quote.title:
                self._add(quote.words, title=title)
                found = True
            elif not is_people(quote.words) and (quote.is_book or len(WORD.findall(quote.words)) > 1):
                self._add_extra(quote.words, name=trim_title(quote.words))
        return found

    def _labelled(self, text: str) -> bool:
        """A title after `论文：` or the like, at the head of the line or within it."""
        if self.label is not None:
            return self.label.kind == "title" and self._title_or_name(text)
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
            self._add(match[0], name=match[1])
            self._add_extra("", name=match[2])
            return True
        if CJK.search(title) or len(words) < needs or len(words) > 35 or not words:
            if self.label is not None and 4 <= len(title) <= 60 and "。" not in title and not self._names(text):
                self._add_extra("", name=title)
            return False
        self._add(title, **{"title" if len(words) >= 2 or split_prefix(title) else "name": title})
        return True

    def _styled(self) -> bool:
        """A title in bold or italics, in a line that says more."""
        before = len(self.finds)
        for piece in self._pending if len(self._pending) > 1 else ():
            title = trim_title(piece.text) if piece.mark else ""
            if is_title(title):
                certain = self._is_certain(title) or (self.block.kind != "heading" and is_strict_title(title))
                self._add(title, title=title if certain else None, guess=title, sure=True)
        return len(self.finds) > before

    def _whole(self, text: str) -> bool:
        """A line that is a title, or cites one."""
        if self.label is not None or self._linked:
            return False
        title = trim_title(drop_number(text) if self.block.kind == "heading" else text)
        named = split_dash(title)
        if named:
            self._add(title, title=named[1] if is_title(named[1]) else None, guess=named[1], name=named[0], sure=True)
            return True
        if is_title(title):
            speaks = any(quote.before.strip() for quote in read_quotes(title))  # Read "Visual Prompt Tuning" today
            is_certain = self._is_certain(title) and not speaks
            self._add(title, title=title if is_certain else None, guess=title, sure=True)
            return True
        if _CITATION.search(text) and (cited := pick_title(text)):
            is_certain = is_title(cited) or f"{cited}[" in text  # Chinese bibliographies mark the title's end: [J]
            self._add(cited, title=cited if is_certain else None, guess=cited, sure=True)
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
        self._add(title, guess=title, sure=self.block.kind == "heading" and len(words) <= 4)
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
                self._add_extra(match[1], name=match[1])
                self._add_extra("", name=match[2])
        for match in _FULL_NAME.finditer(text):
            if is_coined(match[2]):
                self._add_extra(match[2], name=match[2])
                self._add_extra(match[1], name=match[1])
        return len(self.extras) > before
