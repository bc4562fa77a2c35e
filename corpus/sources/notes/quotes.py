"""Titles between quotation marks, 《》 among them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.sources.notes.titles import CJK, WORD, is_people, is_title, may_be_title, split_prefix, trim_title

_QUOTED = re.compile(
    r"《([^《》\n]{2,300})》|“([^“”\n]{8,300})”|「([^「」\n]{4,300})」|『([^『』\n]{4,300})』|\"([^\"\n]{12,300})\""
)
_PAPER_WORD = re.compile(
    r"(?:论文|文章|综述|工作|paper|papers|survey|一文|发表的|题为|titled|entitled|article)[是为的\s:：]*$",
    re.IGNORECASE,
)
_PAPER_WORD_AFTER = re.compile(r"^\s*[)）]?\s*(?:这篇|一文|论文|该文|中提出|paper|综述)")


@dataclass(frozen=True)
class Quote:
    """What stands between two quotation marks. `is_book`: they are 《》; `end`: where the text goes on after them."""

    words: str
    is_book: bool
    end: int
    before: str
    after: str

    @property
    def title(self) -> str | None:
        """The words as a title, if they surely are one."""
        title = trim_title(self.words)
        words = WORD.findall(title)
        if CJK.search(title) or not words or is_people(title):
            return None
        told = _PAPER_WORD.search(self.before) or _PAPER_WORD_AFTER.match(self.after)
        if self.is_book:
            return title if len(words) >= 3 or split_prefix(title) or (told and len(words) >= 2) else None
        return title if is_title(title) or (told and may_be_title(title)) else None


def read_quotes(text: str) -> Iterator[Quote]:
    """The quotes in a text, in its order."""
    for match in _QUOTED.finditer(text):
        start, end = match.span()
        words = next(group for group in match.groups() if group)
        yield Quote(words, match[1] is not None, end, text[max(0, start - 16) : start], text[end : end + 16])
