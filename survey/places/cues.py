"""The cues of `directions.toml`, found in a paper's title and abstract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from corpus.models import Place
from survey.strategies import Direction, directions

# A cue names its direction; a hint speaks for it.
STRONG, WEAK = 1.0, 0.4
# What the weight of a place by a cue in a heading or title alone is worth.
CUE = 0.8

_WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")
# Sentences that say what the paper itself does, where a cue tells more than where others' work is spoken of.
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SPEAKER = re.compile(r"\b(?:we|our|this (?:paper|work|article|study|thesis|survey|review))\b", re.I)
_DEED = re.compile(
    r"\b(?:propos|introduc|present|develop|describ|design|devis|releas|construct|creat|build|collect|study|investigat|explor"
    r"|analy|evaluat|compar|show|review|survey|examin|argue|address|demonstrat|report|extend|apply|use|leverag|adapt|provid)",
    re.I,
)


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """Words that speak for a direction.

    `anywhere`: in an abstract too, not only in a title. `company`: one of these must stand in title or abstract; `bars`: none of
    these may stand in the title. Both are words between single spaces.
    """

    direction: str
    name: str
    words: tuple[str, ...]
    weight: float
    anywhere: bool
    company: tuple[str, ...]
    bars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A cue that a paper has, and where: in its title, in a sentence on what the paper does, in its abstract."""

    cue: Cue
    title: bool
    lead: bool
    abstract: bool


def find_cues(title: str, abstract: str = "") -> list[Found]:
    """The cues that stand in title and abstract; of two that are the same words for one direction, the heavier."""
    title_words = _words(title)
    in_title, in_lead, in_rest = _cues_in(title_words), set[Cue](), set[Cue]()
    words: list[str] = []
    for sentence in _SENTENCE.split(abstract):
        part = _words(sentence)
        words += part
        if cues := {cue for cue in _cues_in(part) if cue.anywhere}:
            (in_lead if _SPEAKER.search(sentence) and _DEED.search(sentence) else in_rest).update(cues)
    joined = f" {' '.join(title_words)} "
    whole = f"{joined}{' '.join(words)} "
    best: dict[tuple[str, tuple[str, ...]], Found] = {}
    for cue in in_title | in_lead | in_rest:
        if _counts(cue, joined, whole):
            known = best.get((cue.direction, cue.words))
            if known is None or known.cue.weight < cue.weight:
                found = Found(cue, cue in in_title, cue in in_lead, cue in in_lead or cue in in_rest)
                best[cue.direction, cue.words] = found
    named = [Found(cue, True, False, False) for cue in _chinese(title)]
    return sorted([*best.values(), *named], key=lambda found: (-found.cue.weight, found.cue.direction, found.cue.name))


def place_by_cue(title: str) -> Iterator[Place]:
    """The directions that a title or heading names, each once."""
    known, seen = directions(), set()
    for found in find_cues(title):
        key = found.cue.direction
        if found.cue.weight == STRONG and key not in seen:
            seen.add(key)
            yield Place(strategy=known[key].strategy, direction=key, weight=CUE, source=f"cue: {found.cue.name}")


def directions_named(headings: Sequence[str]) -> list[str]:
    """The directions that headings of somebody's notes name: by a cue, by their English or by their Chinese name.

    >>> directions_named(["1. PEFT", "Adapter 相关技术"])
    ['unified-peft', 'adapters']
    """
    found: list[str] = []
    for heading in headings:
        found += [place.direction for place in place_by_cue(heading)]
        for direction in directions().values():
            if direction.en.lower() in heading.lower() or heading == direction.zh or _stands(direction.zh, heading):
                found.append(direction.key)
    return list(dict.fromkeys(found))


def _counts(cue: Cue, title: str, whole: str) -> bool:
    if cue.company and not any(words in whole for words in cue.company):
        return False
    return not any(words in title for words in cue.bars)


def _cues_in(words: list[str]) -> set[Cue]:
    found: set[Cue] = set()
    single, longer, firsts = _table()
    for at, word in enumerate(words):
        if word in single:
            found.update(single[word])
        if word in firsts:
            for cue in longer.get(tuple(words[at : at + 2]), ()):
                if len(cue.words) == 2 or tuple(words[at : at + len(cue.words)]) == cue.words:
                    found.add(cue)
    return found


def _chinese(title: str) -> list[Cue]:
    """Chinese is written without spaces: its cues are looked for as they are."""
    return [cue for cue in _chinese_cues() if cue.name in title] if _HAN.search(title) else []


def _stands(zh: str, text: str) -> bool:
    """A short Chinese name, such as 统一, stands inside many other words."""
    return len(zh) > 2 and zh in text


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


@cache
def _table() -> tuple[Mapping[str, list[Cue]], Mapping[tuple[str, ...], list[Cue]], frozenset[str]]:
    """Cues of one word by it, longer ones by their first two, and the first words of these."""
    single: dict[str, list[Cue]] = {}
    longer: dict[tuple[str, ...], list[Cue]] = {}
    for cue in _all_cues():
        if len(cue.words) == 1:
            single.setdefault(cue.words[0], []).append(cue)
        elif cue.words:
            longer.setdefault(cue.words[:2], []).append(cue)
    return single, longer, frozenset(first for first, _ in longer)


@cache
def _chinese_cues() -> tuple[Cue, ...]:
    named = [_read(one, one.zh, STRONG, False) for one in directions().values() if len(one.zh) > 2]
    own = [cue for cue in _all_cues() if not cue.words]
    return tuple({(cue.direction, cue.name): cue for cue in (*named, *own)}.values())


@cache
def _all_cues() -> tuple[Cue, ...]:
    return tuple(
        _read(direction, text, weight, anywhere)
        for direction in directions().values()
        for texts, weight, anywhere in (
            (direction.cues, STRONG, True),
            (direction.titles, STRONG, False),
            (direction.hints, WEAK, True),
        )
        for text in texts
    )


def _read(direction: Direction, text: str, weight: float, anywhere: bool) -> Cue:
    """A cue as it stands in the table: `words`, `words + company|company`, or `words - bar|bar`."""
    name, _, company = text.partition(" + ")
    bars = ""
    if not company:
        name, _, bars = text.partition(" - ")
    words = tuple(_words(name))
    return Cue(direction.key, name, words, weight, anywhere, _alternatives(company), _alternatives(bars))


def _alternatives(text: str) -> tuple[str, ...]:
    return tuple(f" {' '.join(_words(part))} " for part in text.split("|") if part)
