"""Text -> what is compared of it: words by their stems, names, numbers with what bounds them, what is denied and changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from survey.llm.words import (
    CLAIM_LINES,
    CONCESSION,
    DENIALS,
    HAN_HEDGE,
    HAN_NEGATION,
    HEDGES,
    JOINING,
    NUMBERS,
    TURN,
)

_HAN = r"\u3400-\u9fff\uf900-\ufaff"
# Letters and digits with the marks that join them; Chinese apart.
_TOKEN = re.compile(rf"[^\W_{_HAN}]+(?:[-‐‑/+.'’_]+[^\W_{_HAN}]+)*|[{_HAN}]+")
_PART = re.compile(rf"[^\W_{_HAN}]+")
# A number with its sign, what limits it before, and its unit after.
_NUMBER = re.compile(
    r"(?P<bound>\b(?:up to|at least|at most|more than|less than|fewer than|only|about|around|approximately|roughly|nearly|almost"
    r"|over|under|below|above|within)\s+|[<>≤≥≈~±]\s*)?"
    r"(?P<sign>(?<![\w.])[-−–])?(?<![A-Za-z0-9_])(?P<value>\d+(?:,\d{3})*(?:\.\d+)?)"
    r"\s*(?P<unit>%|percent\b|per cent\b|percentage points?\b|points?\b|×|x\b|times\b|-?fold\b|个?百分点|倍)?",
    re.IGNORECASE,
)
_UNITS = {"percent": "%", "per cent": "%", "x": "×", "times": "×", "fold": "×", "-fold": "×", "倍": "×"}
_NT = re.compile(r"n['’]t\b", re.IGNORECASE)
# Chinese characters that join; a pair of characters with one of them says nothing.
_HAN_GLUE = frozenset("的了和与及在是对为中从到把被将以等并或也都而其该此这那些种个则又即有上下")
_HAN_NUMBERS = frozenset("二两三四五六七八九十百千万亿半")
_ONE_OF = re.compile(r"\bone of\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:()—]")
# Telling words after a word that acts on something within which that stands.
_NEAR, _FAR = 2, 4


@dataclass(frozen=True)
class Word:
    """A part of a token: as written, its `stem`, the whole `token` it stands in, and whether that opens the sentence."""

    text: str
    stem: str
    token: str
    opens: bool

    @property
    def is_name(self) -> bool:
        """Whether it has a capital that no sentence's beginning explains, or mixes letters and digits."""
        inner = any(c.isupper() for c in (self.text[1:] if self.opens else self.text))
        return inner or (any(c.isdigit() for c in self.text) and not self.text.isdigit())


@dataclass(frozen=True)
class Act:
    """A word that denies or changes something: the line of its list, and the stems of the telling words after it, in order."""

    line: int
    after: tuple[str, ...]

    @property
    def on(self) -> frozenset[str]:
        """The nearest words, of which one at least is what it is about."""
        return frozenset(self.after[:_NEAR])

    def is_of(self, other: Act) -> bool:
        """Whether it is the same act on the same thing as `other`, the quote's."""
        return self.line == other.line and (bool(self.on & set(other.after)) or not (self.after and other.after))


@dataclass(frozen=True)
class Reading:
    """One text, read once."""

    text: str

    @cached_property
    def words(self) -> list[Word]:
        """The words in their order, pairs of characters of Chinese among them."""
        return [
            word for token in _TOKEN.finditer(self.text) for word in _split(token[0], token.start() == self._begins)
        ]

    @cached_property
    def _begins(self) -> int:
        first = _TOKEN.search(self.text)
        return first.start() if first else 0

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(word.stem for word in self.words)

    @cached_property
    def forms(self) -> frozenset[str]:
        """The words as they are written."""
        return frozenset(word.text for word in self.words)

    @cached_property
    def spaced(self) -> str:
        """The text in small letters with one space between words, so that joined and parted spellings are the same."""
        return f" {' '.join(_PART.findall(self.text.casefold()))} "

    @cached_property
    def content(self) -> list[str]:
        """The stems of the words that say something, in order, with repeats; a number is none."""
        return [word.stem for word in self.words if word.text.casefold() not in JOINING and not word.text.isdigit()]

    @cached_property
    def claims(self) -> frozenset[int]:
        """The lines of CLAIM_LINES that the text makes use of."""
        lines = {line_of(form) for word in self.words for form in (word.text, word.token)}
        return frozenset(line for line in lines if line is not None)

    @cached_property
    def numbers(self) -> list[str]:
        """Every number, bound, sign and unit with it, in one spelling; numbers in words too."""
        found = [(match.start(), _number(match)) for match in _NUMBER.finditer(self.text)]
        for match in _TOKEN.finditer(self.text):
            if match[0].casefold() in NUMBERS:
                found.append((match.start(), NUMBERS[match[0].casefold()]))
            found += [(match.start() + at, c) for at, c in enumerate(match[0]) if c in _HAN_NUMBERS]
        return [number for _, number in sorted(found)]

    @cached_property
    def denials(self) -> list[Act]:
        """What the text denies."""
        found = self._acts(_denial_of, _ONE_OF.sub("among", self.text))
        return found + [Act(0, (self.text[m.end() : m.end() + 2],)) for m in HAN_NEGATION.finditer(self.text)]

    @cached_property
    def changes(self) -> list[Act]:
        """What the text says of things that grow, shrink, improve and the like."""
        return self._acts(lambda token: line if (line := line_of(token)) in _acting() else None, self.text)

    def _acts(self, line: Callable[[str], int | None], text: str) -> list[Act]:
        found: list[tuple[int, list[str]]] = []
        reached = end = 0
        for match in _TOKEN.finditer(text):
            token, before = match[0], text[end : match.start()]
            end = match.end()
            number = line(token)
            # What a word acts on ends with its clause, or where another begins to act.
            if number is not None or _CLAUSE.search(before):
                reached = len(found)
            if number is not None:
                found.append((number, []))
                continue
            parts = [part for part in _PART.findall(token) if part.casefold() not in JOINING and line_of(part) is None]
            for _, after in found[reached:]:
                after += [stem(part) for part in parts]
        return [Act(number, tuple(after[:_FAR])) for number, after in found]

    @cached_property
    def turned(self) -> Reading | None:
        """The part that takes back some of what the rest says; None where nothing is taken back."""
        if match := CONCESSION.search(self.text) or TURN.search(self.text):
            return Reading(self.text[match.end() :])
        return None

    @cached_property
    def hedged(self) -> bool:
        return any(word.text.casefold() in HEDGES for word in self.words) or bool(HAN_HEDGE.search(self.text))


@dataclass(frozen=True)
class Cited:
    """What a sentence may draw on: the `quotes` it cites, and the stems of all words in the titles and abstracts they come from."""

    quotes: tuple[Reading, ...]
    around: frozenset[str]

    @property
    def stems(self) -> frozenset[str]:
        return frozenset().union(*(quote.stems for quote in self.quotes))


# What may be wrong with a sentence, in a few words for counting, and whether it is.
Faults = Sequence[tuple[str, Callable[[Reading, Cited], bool]]]


def keeps_order(items: Sequence[str], quoted: Sequence[str]) -> bool:
    """Whether every two of `items` that `quoted` has can be found there in the same order.

    >>> keeps_order(["LoRA", "BitFit"], ["BitFit", "beats", "LoRA"])
    False
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for at, item in enumerate(quoted):
        first.setdefault(item, at)
        last[item] = at
    held = [item for item in dict.fromkeys(items) if item in first]
    return all(first[one] < last[other] for n, one in enumerate(held) for other in held[n + 1 :])


def _split(token: str, opens: bool) -> list[Word]:
    if re.match(f"[{_HAN}]", token):
        pairs = [token[i : i + 2] for i in range(len(token) - 1)] or [token]
        return [Word(pair, pair, token, False) for pair in pairs if not _HAN_GLUE & set(pair)]
    parts = _PART.findall(token)
    return [Word(part, stem(part), token, opens and number == 0) for number, part in enumerate(parts)]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The Snowball stem of a word in small letters."""
    import Stemmer

    return str(Stemmer.Stemmer("english").stemWord(word.casefold()))


def line_of(word: str) -> int | None:
    """Which line of CLAIM_LINES a word belongs to, in any inflection; None for one that claims nothing."""
    return _claiming().get(word.casefold())


@lru_cache(maxsize=1)
def _claiming() -> dict[str, int]:
    return _forms(CLAIM_LINES)


@lru_cache(maxsize=1)
def _acting() -> frozenset[int]:
    """The lines that begin with >."""
    return frozenset(number for number, line in enumerate(CLAIM_LINES.strip().splitlines()) if ">" in line)


@lru_cache(maxsize=1)
def _denying() -> dict[str, int]:
    return _forms(DENIALS)


def _forms(lines: str) -> dict[str, int]:
    """Inflected word -> the number of its line. A stem would take generalization for generally, and compared for comparable."""
    found: dict[str, int] = {}
    for number, line in enumerate(lines.strip().splitlines()):
        for word in line.split():
            bare = word[:-1] if word[-1] in "ey" else word
            last = "i" if word[-1] == "y" else ""
            ends = ("s", "es", "d", "ed", "ing", "ly", "ies", "er", "ily")
            for form in (word, *(word + end for end in ends), *(bare + last + end for end in ends), f"{bare}ing"):
                found.setdefault(form, number)
    return found


def _denial_of(token: str) -> int | None:
    return 0 if _NT.search(token) else _denying().get(token.casefold())


def denies(word: str) -> bool:
    """Whether a word is of DENIALS."""
    return _denial_of(word) is not None


def _number(match: re.Match[str]) -> str:
    unit = (match["unit"] or "").casefold().strip()
    bound = " ".join((match["bound"] or "").casefold().split())
    sign = "-" if match["sign"] else ""
    return f"{bound} {sign}{match['value'].replace(',', '')}{_UNITS.get(unit, unit)}".strip()
