"""Text -> what is compared of it: words by their stems, names, numbers with what bounds them, negations and what they deny."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from survey.llm.words import CLAIM_LINES, HAN_HEDGE, HAN_NEGATION, HEDGES, JOINING, NEGATIONS, NUMBERS

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
# Words after a negation within which stands what it denies.
_DENIED = 3


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
    def denied(self) -> list[frozenset[str]]:
        """For each negation the stems after it, among which stands what it denies."""
        tokens = [match[0] for match in _TOKEN.finditer(self.text)]
        found = []
        for at, token in enumerate(tokens):
            if token.casefold() in NEGATIONS or _NT.search(token):
                after = [
                    part
                    for other in tokens[at + 1 :]
                    for part in _PART.findall(other)
                    if part.casefold() not in JOINING
                ]
                found.append(frozenset(map(stem, after[:_DENIED])))
        found += [frozenset(self.text[m.end() : m.end() + 2]) for m in HAN_NEGATION.finditer(self.text)]
        return found

    @cached_property
    def hedged(self) -> bool:
        return any(word.text.casefold() in HEDGES for word in self.words) or bool(HAN_HEDGE.search(self.text))


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
    return _lines().get(stem(word))


@lru_cache(maxsize=1)
def _lines() -> dict[str, int]:
    lines = CLAIM_LINES.strip().splitlines()
    return {stem(word): number for number, line in enumerate(lines) for word in line.split()}


def _number(match: re.Match[str]) -> str:
    unit = (match["unit"] or "").casefold().strip()
    bound = " ".join((match["bound"] or "").casefold().split())
    sign = "-" if match["sign"] else ""
    return f"{bound} {sign}{match['value'].replace(',', '')}{_UNITS.get(unit, unit)}".strip()
