"""Which known paper a reference means that has no id in common with it: the title must stand in it, and the first author.

Bibliographies differ in style, order and punctuation. So a known title is looked for word by word in the reference's
text, whatever stands around it, rather than the text's title among the known ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from corpus.identity import author_key, title_key
from corpus.sources import Reference

Key = TypeVar("Key")

# Of a title's key, so many characters find the candidates; a shorter title counts only where it stands alone.
_START = 12

_WORD = re.compile(r"[^\W_]+")
# What parts a title from its surroundings. A colon does not end one: what follows is its subtitle.
_OPENS = re.compile(r"[.,:;?!\"“”‘’'()\[\]<>\n]|\d$")
_CLOSES = re.compile(r"[.,;?!\"“”‘’'()\[\]<>\n]")


class TitleIndex(Generic[Key]):
    """Known titles by their first characters. Takes `(key, title, authors)`; what has no title or author is left out.

    Of two papers of one title and first author the one that came first is found.
    """

    def __init__(self, papers: Iterable[tuple[Key, str, Sequence[str]]]) -> None:
        self._keys: list[Key] = []
        self._titles: list[str] = []
        self._authors: list[str] = []
        self._starts: dict[str, int | list[int]] = {}
        authors: dict[str, str] = {}
        for key, title, names in papers:
            folded, author = title_key(title), author_key(names)
            if folded and author:
                self._add(key, folded, authors.setdefault(author, author))

    def _add(self, key: Key, title: str, author: str) -> None:
        number = len(self._keys)
        self._keys.append(key)
        self._titles.append(title)
        self._authors.append(author)
        held = self._starts.setdefault(title[:_START], number)
        if isinstance(held, list):
            held.append(number)
        elif held != number:
            self._starts[title[:_START]] = [held, number]

    def find(self, text: str, reference: Reference) -> Key | None:
        """The key of the paper that a reference means, by its plain text and what could be told apart of it."""
        words = _Words(text)
        number = self._by_title(words, reference)
        if number is None:
            number = self._by_text(words, title_key(reference.title))
        return None if number is None else self._keys[number]

    def _by_title(self, words: _Words, reference: Reference) -> int | None:
        """A paper of exactly the reference's title."""
        title, author = title_key(reference.title), author_key(reference.authors)
        for number in self._candidates(title[:_START]):
            if self._titles[number] == title and (self._authors[number] == author or words.has(self._authors[number])):
                return number
        return None

    def _by_text(self, words: _Words, title: str) -> int | None:
        """The paper of the longest title that stands in the text, behind its first author and parted from the rest."""
        best: int | None = None
        for index, start in enumerate(words.starts):
            for number in self._candidates(words.joined[start : start + _START]):
                known = self._titles[number]
                if best is not None and len(known) <= len(self._titles[best]):
                    continue
                if (
                    len(known) >= _START
                    and words.joined.startswith(known, start)
                    and words.stands_alone(index, start + len(known))
                    and not (known in title and len(known) < 0.6 * len(title))
                    and words.has(self._authors[number], start)
                ):
                    best = number
        return best

    def _candidates(self, start: str) -> Sequence[int]:
        held = self._starts.get(start)
        return () if held is None else held if isinstance(held, list) else (held,)


class _Words:
    """A text's words, folded as `title_key` folds titles and `joined`; `starts` are their places in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spots = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        folded = [title_key(text[start:end]) for start, end in self.spots]
        self.joined = "".join(folded)
        self.starts = list(_places(folded))
        self._ends = {
            start + len(word): index for index, (start, word) in enumerate(zip(self.starts, folded, strict=True))
        }

    def stands_alone(self, index: int, end: int) -> bool:
        """Whether what begins with the word `index` and ends at `end` is parted from the words around it."""
        last = self._ends.get(end)
        if last is None:
            return False
        before = self.text[self.spots[index - 1][1] - 1 : self.spots[index][0]] if index else "\n"
        after = self.text[self.spots[last][1] : self.spots[last + 1][0]] if last + 1 < len(self.spots) else "\n"
        return bool(_OPENS.search(before.rstrip(" ")) and _CLOSES.search(after))

    def has(self, name: str, end: int | None = None) -> bool:
        """Whether a folded name stands in the text as a word, or as several, before `end`."""
        places = set(self.starts)
        at = self.joined.find(name, 0, end)
        while at >= 0:
            if at in places and at + len(name) in self._ends:
                return True
            at = self.joined.find(name, at + 1, end)
        return False


def _places(words: Sequence[str]) -> Iterator[int]:
    """Where each word begins when they are joined."""
    at = 0
    for word in words:
        yield at
        at += len(word)
