"""Runs of words: which ones can be concepts, how many papers hold them, and where given ones stand; by numbers, not by strings.

A run of n words has a 64-bit hash, so that equal runs are found by sorting.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.concepts.seeds import MAX_WORDS, Form, joined
from survey.concepts.text import JOIN, OTHER, STOP, Words
from survey.concepts.words import BAD_ENDS, BAD_STARTS, BREAKS, SUFFIXES
from survey.wording import ADJECTIVE, NOUNS_IN_ING, NOUNS_LIKE_ADJECTIVES, STARTS_IN_ED, STARTS_IN_ING

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

# A candidate is no longer than this.
LONGEST = 5
# A run that stands inside one longer run this often is a part of it.
NESTED = 0.75
# A part of its uses in which a candidate must be bounded by a mark or by glue on either side.
FREE = 0.35

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Candidate:
    """A run of words that can be a concept: its words, in how many papers and titles it is, and the tokens where it stands."""

    form: Form
    papers: int
    titles: int
    places: Places
    name: bool  # one word that is written as a name: CLIP, Cityscapes


def scatter(words: Words) -> Hashes:
    """A number without order for each word (splitmix64)."""
    mixed = (np.arange(len(words.names), dtype=np.uint64) + np.uint64(1)) * _FACTOR
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def runs(scattered: Hashes, word: NDArray[np.int32], at: Places, length: int) -> Hashes:
    """The hashes of the runs of `length` tokens that begin at the tokens `at`."""
    total = scattered[word[at]]
    for ahead in range(1, length):
        total *= _FACTOR
        total += scattered[word[at + ahead]]
    return total


def whole_runs(words: Words, length: int) -> NDArray[np.bool_]:
    """Whether the `length` tokens from each one on go on with one another."""
    ok = np.ones(len(words.word), dtype=bool)
    ok[len(ok) - length :] = False  # no run goes beyond the end
    for ahead in range(1, length):
        ok[:-ahead] &= words.goes_on[ahead:]
    return ok


def named(words: Words) -> NDArray[np.bool_]:
    """For each word whether it is a name: it has capitals inside, or hardly ever stands small inside sentences."""
    inside = (words.gap <= OTHER) & (words.gap < STOP) & (words.field % 2 == 1)
    capital = words.capital
    size = len(words.names)
    all_ = np.bincount(words.word[inside], minlength=size)
    large = np.bincount(words.word[inside & capital], minlength=size)
    marked = np.array([name.endswith("^") for name in words.names], dtype=bool)
    return marked | ((large >= 3) & (large >= 0.9 * all_))


def find_candidates(words: Words, least: int) -> list[Candidate]:
    """The runs of 1 to LONGEST words that can be names of concepts and that `least` papers or more hold."""
    glue, first, last = _roles(words)
    is_name = named(words)
    scattered = scatter(words)
    word, gap = words.word, words.gap
    opens, closes = first[word] & (gap != JOIN), last[word]
    # What is bounded: by a mark, by glue, or by a word that belongs to no name (novel X, X model).
    left = ~words.goes_on | np.concatenate([[True], ~first[word[:-1]]])
    right = ~words.goes_on | ~last[word]
    found: list[Candidate] = []
    longer: dict[int, int] = {}  # a run by its hash -> how often the longer run is used that holds it most
    for length in range(LONGEST, 0, -1):
        ok = whole_runs(words, length) & opens
        ok[: len(ok) - length + 1] &= closes[length - 1 :]
        ok[:-length] &= gap[length:] != JOIN
        for ahead in range(length):
            ok[: len(ok) - ahead] &= ~glue[word[ahead:]]
        if length == 1:
            ok &= is_name[word]
        at = np.flatnonzero(ok)
        hashed = runs(scattered, word, at, length)
        order = np.argsort(hashed, kind="stable")
        at, hashed = at[order], hashed[order]
        if not len(at):
            continue
        edge = np.flatnonzero(np.diff(hashed, prepend=hashed[0] + np.uint64(1)))
        paper = words.field[at] // 2
        fresh = np.ones(len(at), dtype=bool)  # the first time that a paper has the run
        fresh[1:] = (paper[1:] != paper[:-1]) | (hashed[1:] != hashed[:-1])
        papers = np.add.reduceat(fresh.astype(np.int64), edge)
        stops = np.append(edge[1:], len(at))
        free_left = np.add.reduceat(left[at].astype(np.int64), edge)
        free_right = np.add.reduceat(right[at + length].astype(np.int64), edge)
        titled = np.add.reduceat((words.field[at] % 2 == 0).astype(np.int64), edge)
        uses = stops - edge
        for row in np.flatnonzero(papers >= least).tolist():
            start = int(at[edge[row]])
            key = int(hashed[edge[row]])
            count = int(uses[row])
            if length < LONGEST and longer.get(key, 0) >= NESTED * count:
                continue
            free = free_right[row] >= FREE * count and (length == 1 or free_left[row] >= FREE * count)
            form = tuple(words.names[number] for number in word[start : start + length].tolist())
            if not free or len(set(form)) < len(form) or not _is_phrase(form):
                continue
            found.append(
                Candidate(form, int(papers[row]), int(titled[row]), np.sort(at[edge[row] : stops[row]]), length == 1)
            )
            if length > 1:
                for part in range(2, length):
                    for ahead in range(length - part + 1):
                        inside = _hash_ids(scattered, word[start + ahead : start + ahead + part].tolist())
                        longer[inside] = max(longer.get(inside, 0), count)
    return sorted(found, key=lambda one: (-one.papers, one.form))


def find_forms(words: Words, forms: Iterable[tuple[Form, int]]) -> tuple[Places, NDArray[np.int32], NDArray[np.int32]]:
    """Where given forms stand, the longest first and none inside another.

    Args:
        words: the papers.
        forms: pairs of a form and the number of what it stands for.

    Returns:
        For each match, in the papers' order: its first token, its length in tokens, the number.
    """
    by_length: dict[int, dict[int, int]] = {}
    scattered = scatter(words)
    begins: dict[int, set[int]] = {}
    for form, number in forms:
        ids = [words.number.get(word, -1) for word in form]
        if min(ids) >= 0 and len(ids) <= MAX_WORDS:
            by_length.setdefault(len(ids), {}).setdefault(_hash_ids(scattered, ids), number)
            begins.setdefault(len(ids), set()).add(ids[0])
    taken = np.zeros(len(words.word) + MAX_WORDS, dtype=bool)
    # Arrays: lists of millions of numbers are eight times as large.
    starts, lengths, numbers = array("q"), array("i"), array("i")
    goes_on_joined = np.append(words.gap[1:], np.int8(OTHER)) == JOIN
    suffix = np.array([name in SUFFIXES for name in words.names], dtype=bool)
    for length in sorted(by_length, reverse=True):
        known = by_length[length]
        keys = np.array(sorted(known), dtype=np.uint64)
        values = np.array([known[int(key)] for key in keys.tolist()], dtype=np.int32)
        can_begin = np.zeros(len(words.names), dtype=bool)
        can_begin[sorted(begins[length])] = True
        # Not inside a compound: `training` in pre-training; but CLIP in CLIP-based.
        places = np.flatnonzero(can_begin[words.word] & whole_runs(words, length) & (words.gap != JOIN))
        hashed = runs(scattered, words.word, places, length)
        slot = np.searchsorted(keys, hashed)
        slot[slot == len(keys)] = 0
        hit = keys[slot] == hashed
        for at, number in zip(places[hit].tolist(), values[slot[hit]].tolist(), strict=True):
            end = at + length - 1
            if taken[at : end + 1].any():
                continue
            if goes_on_joined[end] and not suffix[words.word[end + 1]] and length == 1:
                continue
            taken[at : end + 1] = True
            starts.append(at)
            lengths.append(length)
            numbers.append(number)
    order = np.argsort(np.frombuffer(starts, dtype=np.int64), kind="stable")
    return (
        np.frombuffer(starts, dtype=np.int64)[order],
        np.frombuffer(lengths, dtype=np.int32)[order],
        np.frombuffer(numbers, dtype=np.int32)[order],
    )


def _roles(words: Words) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """For each word: whether it parts phrases, can open one, can end one."""
    glue = np.array([_parts(name) for name in words.names], dtype=bool)
    first = np.array([_opens(name) for name in words.names], dtype=bool)
    last = np.array([_ends(name) for name in words.names], dtype=bool)
    return glue, first & ~glue, last & ~glue


def _parts(name: str) -> bool:
    return name in BREAKS or not name or len(name) > 30


def _opens(name: str) -> bool:
    if name.endswith("^"):
        return True
    if name in BAD_STARTS or name.endswith("ly") or name.isdigit() or len(name) < 2:
        return False
    if name.endswith("ing") and name not in STARTS_IN_ING and name not in NOUNS_IN_ING:
        return False
    return not (name.endswith("ed") and len(name) > 4 and name not in STARTS_IN_ED)


def _ends(name: str) -> bool:
    if name.endswith("^"):
        return True
    if name in BAD_ENDS or name.endswith(("ly", "ed")) or len(name) < 2:
        return False
    if name.endswith("ing") and name not in NOUNS_IN_ING:
        return False
    return not (ADJECTIVE.search(name) and name not in NOUNS_LIKE_ADJECTIVES)


def _is_phrase(form: Form) -> bool:
    """Whether what the words' ends let through can be a noun phrase: no number ends it but behind a name."""
    if len(form) == 1:
        bare = form[0].removesuffix("^")
        return not bare[:1].isdigit() and bare not in BREAKS and (bare != form[0] or bare.isalpha())
    if form[1] in ("tuned", "trained"):
        return False
    if form[-1].isdigit():
        return form[0].endswith("^") and len(form) == 2
    return not all(word.isdigit() or len(word) < 2 for word in form) and len(joined(form)) > 4


def _hash_ids(scattered: Hashes, ids: Sequence[int]) -> int:
    """The hash of one run, as `runs` has it."""
    total = 0
    for one in ids:
        total = (total * int(_FACTOR) + int(scattered[one])) & 0xFFFFFFFFFFFFFFFF
    return total
