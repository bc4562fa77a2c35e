"""Groups of forms -> concepts with names, and mentions: what each paper does with them, in its own words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.models import Concept, Mention
from corpus.report import Progress
from survey.concepts import edges
from survey.concepts.acronyms import Acronyms
from survey.concepts.gathering import Groups
from survey.concepts.grams import Places, find_forms
from survey.concepts.kinds import KINDS
from survey.concepts.seeds import Group
from survey.concepts.text import STOP, Words

# Of a form so many uses are looked at for how it is written.
_LOOKED_AT = 300
# Spellings that a concept keeps.
_FORMS = 12
# A spelling with small letters is taken where this part of the uses has it.
_SMALL = 0.2
# Where a word stands small this often, a capital alone makes it no name.
_COMMON = 0.1
# Each further mention makes an edge surer by so much, up to so much.
_MORE, _MOST = 0.03, 0.12
# Who introduces something is among the first to do so: in so many years.
_FIRST_YEARS = 1
# What so many papers speak of is meant in a title that begins with it: "ChatGPT: friend or foe?"
_FAMOUS = 50
_CHINESE = re.compile("[\u3400-\u9fff]")


def build_mined(
    words: Words, groups: Groups, known: Acronyms, progress: Progress | None
) -> tuple[tuple[Concept, ...], list[Mention]]:
    """The concepts that some paper mentions, by key, and all mentions, by paper and concept."""
    forms = [(form, number) for number, group in enumerate(groups.all) for form in group.forms]
    at, length, number = find_forms(words, forms)
    number = _as_each_paper_means(words, groups, known, at, length, number)
    kinds = np.array([-1 if group.kind is None else KINDS.index(group.kind) for group in groups.all], dtype=np.int8)
    kept = (number >= 0) & (kinds[number] >= 0) & ~_mere_words(words, groups, at, length, number)
    at, length, number = at[kept], length[kept], number[kept]
    if progress:
        progress("Reading what papers do with concepts", 0, 1)
    reader = edges.Reader(words)
    meant = np.array([reader.is_meant(*pair) for pair in zip(at.tolist(), length.tolist(), strict=True)], dtype=bool)
    at, length, number = at[meant], length[meant], number[meant]
    edge, weight = np.empty(len(at), dtype=np.int8), np.empty(len(at), dtype=np.float64)
    for row, pair in enumerate(zip(at.tolist(), length.tolist(), strict=True)):
        what, weight[row] = reader.edge(KINDS[kinds[number[row]]], *pair)
        edge[row] = edges.EDGES.index(what)
    del reader
    spelt = _spellings(words, groups, at, length, number)
    rows = _settled(words, at, length, number, edge, weight)
    chinese = _chinese(words, groups)
    keys: dict[int, Concept] = {}
    used: set[str] = set()
    for one in sorted({row[1] for row in rows} | {row[1] for row in chinese}):
        keys[one] = _concept(groups.all[one], spelt.get(one, Counter()), used)
    mentions = [
        _mention(words.pids[paper], keys[one].key, edges.EDGES[e], w, field, start, stop)
        for paper, one, e, w, field, start, stop in _merged(rows, chinese, groups)
    ]
    if progress:
        progress("Reading what papers do with concepts", 1, 1)
    return tuple(sorted(keys.values(), key=lambda concept: concept.key)), mentions


_SET = {"paper", "concept", "edge", "weight", "field", "start", "stop"}
Row = tuple[int, int, int, float, str, int, int]


def _mention(paper: int, concept: str, edge: str, weight: float, field: str, start: int, stop: int) -> Mention:
    """A mention whose values are known to be right: a million of them need no checking, and share the set of what is given."""
    return Mention.model_construct(
        _SET, paper=paper, concept=concept, edge=edge, weight=weight, field=field, start=start, stop=stop
    )


def _as_each_paper_means(
    words: Words,
    groups: Groups,
    known: Acronyms,
    at: Places,
    length: NDArray[np.int32],
    number: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The groups' numbers, where a paper defines an acronym the one that it means; -1: one that is none of them."""
    meant = number.copy()
    shorts = {short for _, short in known.own}
    marked = np.array([name in shorts for name in words.names], dtype=bool)
    for row in np.flatnonzero((length == 1) & marked[words.word[at]]).tolist():
        short = words.names[words.word[at[row]]]
        long = known.own.get((int(words.field[at[row]]) // 2, short))
        if long is None:
            continue
        group = groups.of(long)
        if group is None and known.clear.get(short) != long:
            meant[row] = -1
        elif group is not None:
            meant[row] = group
    return meant


def _mere_words(
    words: Words, groups: Groups, at: Places, length: NDArray[np.int32], number: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Matches of names that only a capital makes names, where it does not: `replica`, or `Replica` at a sentence's start."""
    needs = {words.number[form[0]] for group in groups.all for form in group.capital if form[0] in words.number}
    if not needs:
        return np.zeros(len(at), dtype=bool)
    token = np.isin(words.word[at], sorted(needs)) & (length == 1)
    capital = words.capital
    inside = (words.gap < STOP) & (words.field % 2 == 1)
    size = len(words.names)
    small = np.bincount(words.word[inside & ~capital], minlength=size)
    all_ = np.bincount(words.word[inside], minlength=size)
    common = (small > _COMMON * all_)[words.word[at]]
    return np.asarray(token & (~capital[at] | (common & ~inside[at])))


def _spellings(
    words: Words, groups: Groups, at: Places, length: NDArray[np.int32], number: NDArray[np.int32]
) -> dict[int, Counter[str]]:
    """How each group is written, and how often; titles only where no abstract has it."""
    order = np.argsort(number, kind="stable")
    edge = np.flatnonzero(np.diff(number[order], prepend=-1))
    stops = np.append(edge, len(order))[1:]
    spelt: dict[int, Counter[str]] = {}
    for start, stop in zip(edge.tolist(), stops.tolist(), strict=True):
        rows = order[start:stop]
        inside = rows[words.field[at[rows]] % 2 == 1]
        looked = inside if len(inside) else rows
        looked = looked[:: len(looked) // _LOOKED_AT + 1]
        spelt[int(number[rows[0]])] = Counter(words.text(int(at[row]), int(length[row])) for row in looked.tolist())
    return spelt


def _settled(
    words: Words,
    at: Places,
    length: NDArray[np.int32],
    number: NDArray[np.int32],
    edge: NDArray[np.int8],
    weight: NDArray[np.float64],
) -> list[Row]:
    """One row for each paper, concept and edge: its best words. `uses` without a word for it gives way to what has one."""
    paper = (words.field[at] // 2).astype(np.int64)
    pair = paper * (int(number.max(initial=0)) + 1) + number
    order = np.lexsort((at, -weight, edge, pair))
    pair, edge, weight = pair[order], edge[order], weight[order]
    at, length, number = at[order], length[order], number[order]
    new_pair = np.diff(pair, prepend=-1) != 0
    first = new_pair | (np.diff(edge, prepend=-1) != 0)
    counts = np.bincount(np.cumsum(new_pair) - 1)
    weight = weight + np.minimum(_MOST, _MORE * (counts[np.cumsum(new_pair) - 1] - 1))
    rows = np.flatnonzero(first)
    since, known = _first_years(words, at, number), np.bincount(number[new_pair])
    found: list[Row] = []
    for group in _by_pair(rows.tolist(), pair):
        kept: list[Row] = []
        for row in group:
            token, one, what = int(at[row]), int(number[row]), int(edge[row])
            field = int(words.field[token])
            year = words.years[field // 2]
            if what == _INTRODUCES and year is not None and year > since.get(one, year) + _FIRST_YEARS:
                if field % 2 == 0 and words.start[token] == 0 and known[one] < _FAMOUS:
                    break  # "BIRD: ..." years after the BIRD that others use is another BIRD
                what = _USES
            start, stop = int(words.start[token]), int(words.stop[token + length[row] - 1])
            sure = round(min(1.0, float(weight[row])), 3)
            kept.append((field // 2, one, what, sure, "abstract" if field % 2 else "title", start, stop))
        else:
            found += _without_idle(kept)
    return found


def _first_years(words: Words, at: Places, number: NDArray[np.int32]) -> dict[int, int]:
    """The year in which each concept is first spoken of."""
    years = np.array([2**15 if year is None else year for year in words.years], dtype=np.int32)
    first = np.full(int(number.max(initial=0)) + 1, 2**15, dtype=np.int32)
    np.minimum.at(first, number, years[words.field[at] // 2])
    return {one: year for one, year in enumerate(first.tolist()) if year < 2**15}


_USES, _INTRODUCES = edges.EDGES.index("uses"), edges.EDGES.index("introduces")


def _by_pair(rows: Sequence[int], pair: NDArray[np.int64]) -> list[list[int]]:
    """Rows that follow one another and belong to the same paper and concept."""
    grouped: dict[int, list[int]] = {}
    for row, key in zip(rows, pair[np.array(rows, dtype=np.int64)].tolist(), strict=True):
        grouped.setdefault(key, []).append(row)
    return list(grouped.values())


def _without_idle(rows: list[Row]) -> list[Row]:
    """The rows of one paper and concept, one an edge; `uses` only where nothing else is said, or a word says so."""
    best: dict[int, Row] = {}
    for row in rows:
        if row[2] not in best or row[3] > best[row[2]][3]:
            best[row[2]] = row
    if len(best) > 1 and _USES in best:
        others = [e for e in best if e != _USES]
        if _INTRODUCES in best or best[_USES][3] <= max(best[e][3] for e in others):
            del best[_USES]
    return list(best.values())


def _chinese(words: Words, groups: Groups) -> list[Row]:
    """Mentions by Chinese names, which stand without spaces: the longest first."""
    if not any(_CHINESE.search(name) for name in words.names):
        return []
    owner = {zh: number for number, group in enumerate(groups.all) if group.curated for zh in group.zh}
    pattern = re.compile("|".join(map(re.escape, sorted(owner, key=lambda zh: (-len(zh), zh)))))
    found = []
    for field, text in enumerate(words.fields):
        if not _CHINESE.search(text):
            continue
        for match in pattern.finditer(text):
            one = owner[match[0]]
            if (kind := groups.all[one].kind) is not None:
                what, sure = edges.DEFAULTS[kind]
                title = field % 2 == 0
                sure = sure + 0.2 if title else sure
                side = "title" if title else "abstract"
                found.append((field // 2, one, edges.EDGES.index(what), sure, side, *match.span()))
    return found


def _merged(rows: list[Row], chinese: list[Row], groups: Groups) -> list[Row]:
    """All rows by paper, concept and edge, once each."""
    if not chinese:
        return rows
    best: dict[tuple[int, int, int], Row] = {}
    for row in rows + chinese:
        known = best.get(row[:3])
        if known is None or row[3] > known[3]:
            best[row[:3]] = row
    return [best[key] for key in sorted(best)]


def _concept(group: Group, spelt: Counter[str], used: set[str]) -> Concept:
    """A concept of a group, named as it is mostly written: the long form before the acronym."""
    assert group.kind is not None
    alike: dict[str, Counter[str]] = defaultdict(Counter)
    for text, n in spelt.items():
        alike[text.lower()][text] += n
    ranked = sorted(alike, key=lambda lower: (-alike[lower].total(), lower))
    forms = [_case(alike[lower]) for lower in ranked]
    name = group.name or _named(forms, alike)
    key = f"{group.kind}:{name.lower()}"
    if key in used:  # two groups that are written alike, but for what stands between the words
        key = f"{key} ({len(used)})"
    used.add(key)
    shown = tuple(dict.fromkeys([*forms[:_FORMS], *group.zh]))
    return Concept(
        key=key,
        kind=group.kind,
        name=name,
        forms=shown,
        zh=group.zh[0] if group.zh else None,
        curated=group.curated,
    )


def _named(forms: Sequence[str], alike: dict[str, Counter[str]]) -> str:
    """The most used spelling of several words, where an acronym has one that is used at all."""
    full = [form for form in forms if " " in form or "-" in form]
    return full[0] if full else forms[0]


def _case(seen: Counter[str]) -> str:
    """The spelling with the fewest capitals that many use: Prompt Tuning -> prompt tuning, but LoRA."""
    least = min(seen, key=lambda text: (sum(map(str.isupper, text)), text))
    if seen[least] >= _SMALL * seen.total():
        return least
    return min(seen, key=lambda text: (-seen[text], text))
