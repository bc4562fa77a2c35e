"""Acronyms and their long forms, as papers define them: Visual Prompt Tuning (VPT). After Schwartz & Hearst 2003."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from survey.concepts.text import BORDER, CLOSE, COLON, JOIN, OPEN, Words
from survey.concepts.words import BREAKS

# An acronym means one thing for all papers where this part of its definitions does.
CLEAR = 0.7
# And where so many of the papers that use it say so: ACM is no adaptive channel mixing because three papers call theirs so.
KNOWN = 0.1
# Long forms are looked for in so many words before the bracket: min(letters + 5, 2 x letters), and never more.
_LONGEST = 8


@dataclass(frozen=True)
class Definition:
    """In paper (its row), `short` (a word) stands for the `length` tokens from `at` on."""

    paper: int
    short: str
    at: int
    length: int


@dataclass(frozen=True)
class Acronyms:
    """`clear`: acronym -> long form that it has in nearly all papers; `own`: (paper's row, acronym) -> what it is there."""

    clear: dict[str, tuple[str, ...]]
    own: dict[tuple[int, str], tuple[str, ...]]
    several: frozenset[str]  # those that mean different things in different papers
    places: dict[tuple[str, ...], int]  # a token where the long form stands


def find_definitions(words: Words) -> list[Definition]:
    """Where an acronym and its long form stand side by side: `long form (ACR)`, `ACR (long form)`, `ACR: long form` in titles."""
    found = []
    gap, count = words.gap, len(words.word)
    marked = np.array([name.endswith("^") for name in words.names], dtype=bool)[words.word]
    for at in np.flatnonzero(marked[:-1] & (gap[:-1] == OPEN)).tolist():
        if gap[at + 1] >= CLOSE:
            short = words.names[words.word[at]]
            before = _before(words, at, 2 * len(short))
            if length := _length_before(before, short.rstrip("^")):
                found.append(_definition(words, at, short, at - length, length))
    opens = marked[:-2] & ((gap[1:-1] == OPEN) | ((gap[1:-1] == COLON) & (gap[:-2] == BORDER)))
    for at in np.flatnonzero(opens).tolist():
        short = words.names[words.word[at]]
        # X: A Long Form of Y
        start = at + 2 if words.names[words.word[at + 1]] in ("a", "an", "the") and words.goes_on[at + 2] else at + 1
        if length := _length_after(_after(words, start, count), short.rstrip("^")):
            found.append(_definition(words, at, short, start, length))
    return found


def settle(words: Words, definitions: Sequence[Definition]) -> Acronyms:
    """What each acronym stands for, everywhere or in each paper that says so."""
    meant: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    own: dict[tuple[int, str], tuple[str, ...]] = {}
    places: dict[tuple[str, ...], int] = {}
    for one in definitions:
        long = tuple(words.names[number] for number in words.word[one.at : one.at + one.length].tolist())
        if (one.paper, one.short) not in own:
            own[one.paper, one.short] = long
            meant[one.short][long] += 1
            places.setdefault(long, one.at)
    clear = {}
    using = _papers_using(words, meant)
    for short, longs in meant.items():
        same: Counter[str] = Counter()
        for long, n in longs.items():
            same["".join(long)] += n
        best, _ = min(longs.items(), key=lambda pair: (-same["".join(pair[0])], -pair[1], pair[0]))
        n = same["".join(best)]
        stressed = short.removesuffix("^") in BREAKS  # "do NOT" is no acronym, whatever one paper calls so
        if n >= CLEAR * longs.total() and n >= KNOWN * using[short] and not stressed:
            clear[short] = best
    several = frozenset(short for short in meant if short not in clear)
    return Acronyms(clear, own, several, places)


def _papers_using(words: Words, shorts: Iterable[str]) -> dict[str, int]:
    """In how many papers each of these words stands."""
    wanted = np.zeros(len(words.names), dtype=bool)
    wanted[[words.number[short] for short in shorts]] = True
    at = np.flatnonzero(wanted[words.word])
    pairs = np.unique(np.stack([words.word[at], words.field[at] // 2]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(words.names))
    return {short: int(counts[words.number[short]]) for short in shorts}


def _definition(words: Words, at: int, short: str, start: int, length: int) -> Definition:
    return Definition(int(words.field[at]) // 2, short, start, length)


def _before(words: Words, at: int, most: int) -> list[str]:
    """The words before token `at` back to a mark, at most so many; the last one last."""
    start = at
    while start > 0 and at - start < min(most, _LONGEST):
        if start < at and words.gap[start] > JOIN:
            break
        start -= 1
        if words.field[start] != words.field[at]:
            start += 1
            break
    return [words.names[number].rstrip("^") for number in words.word[start:at].tolist()]


def _after(words: Words, at: int, count: int) -> list[str]:
    stop = at + 1
    while stop < count and stop - at < _LONGEST and words.gap[stop] <= JOIN:
        stop += 1
    return [words.names[number].rstrip("^") for number in words.word[at:stop].tolist()]


def _length_before(before: Sequence[str], short: str) -> int:
    """How many of the last words the acronym stands for; 0: none."""
    for length in range(2, len(before) + 1):
        long = before[-length:]
        if long[0] not in BREAKS and spells(long, short):
            return length
    return 0


def _length_after(after: Sequence[str], short: str) -> int:
    for length in range(2, len(after) + 1):
        if after[0] not in BREAKS and after[length - 1] not in BREAKS and spells(after[:length], short):
            return length
    return 0


def spells(long: Sequence[str], short: str) -> bool:
    """Whether the acronym is made of first letters of the words, in order, at least one of each but of glue.

    >>> spells(["low", "rank", "adaptation"], "lora"), spells(["visual", "prompt", "tuning"], "vpt")
    (True, True)
    """
    return any(_spelt(tuple(long), short))


def _spelt(long: tuple[str, ...], short: str) -> Iterator[bool]:
    if not long:
        yield not short
        return
    word = long[0]
    if word in BREAKS and len(word) < 5:
        yield from _spelt(long[1:], short)
    for taken in range(1, min(len(word), len(short)) + 1):
        if word[:taken] != short[:taken]:
            break
        yield from _spelt(long[1:], short[taken:])
    # A letter inside the first part of a word may stand for its second half: XML in eXtensible, D for 3D.
    if len(word) > 5 and short[:1] == word[0]:
        for inner in range(3, len(word) - 1):
            if word[inner] == short[1:2]:
                yield from _spelt(long[1:], short[2:])
