"""What a mined phrase is: a method, a task, a data set, or none of them.

A naive Bayes reading of three things: its head word and its other words beside those of the curated terms that are alike, the
head words that name a kind by themselves, and the words that stand around it in all papers ("the task of X", "using X", "X
dataset").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.models import ConceptKind
from survey.concepts.grams import Candidate
from survey.concepts.seeds import Form, Group
from survey.concepts.text import OPEN, STOP, Words
from survey.concepts.words import (
    DATASET_HEADS,
    DETERMINERS,
    EVALUATES,
    METHOD_HEADS,
    PREFIXES,
    PROPOSES,
    SAYS_DATASET,
    SAYS_METHOD,
    SAYS_TASK,
    TASK_HEADS,
    TRAINS,
)

KINDS: tuple[ConceptKind, ...] = ("method", "task", "dataset")
_NONE = 3

# Words before or behind a phrase -> how much each says for method, task, data set (logarithms of odds against none).
_BEHIND = (
    (SAYS_METHOD, (1.6, -0.6, -1.0)),
    (SAYS_TASK, (-0.8, 2.2, -0.8)),
    (SAYS_DATASET, (-1.2, 0.0, 2.6)),
    (frozenset(["challenge"]), (-0.5, 0.6, 0.8)),
    (frozenset(["based"]), (1.4, -0.3, -0.6)),
)
_BEFORE = (
    (
        frozenset(["via", "using", "by", "through", "with", "leverage", "leveraging", "employ", "adopt"]),
        (0.8, -0.4, -0.2),
    ),
    (PROPOSES, (1.3, -0.2, 0.3)),
    (frozenset(["for", "of", "toward"]), (-0.2, 0.5, -0.2)),
    (frozenset(["on", "across"]), (-0.4, 0.4, 1.0)),
    (frozenset(["in"]), (-0.2, 0.3, -0.1)),
    (frozenset(["than", "outperform", "outperforms", "surpass"]), (1.6, -1.0, -0.5)),
    (TRAINS | (EVALUATES - {"on", "across", "from"}), (0.0, 0.0, 0.8)),
    (frozenset(["task", "problem"]), (-0.5, 1.0, -0.2)),
)
# What a phrase must say for one kind beyond `none`, and beyond the next kind.
_CLEAR, _APART = 0.35, 0.15
# Cues are counted in parts of all uses, so that a hundred uses do not shout; this is how loud they are at most.
_LOUD = 4.0
# So many uses are looked at.
_ENOUGH = 2_000
# A word before a phrase speaks outright for a kind from this score on.
_PLAIN = 0.75
# The part of the uses in which the words around say a kind outright: enough for a name; enough for any phrase.
_SAID, _SHOUTED = 0.12, 0.3
# "X et al." in this part of the uses makes X a person.
_PERSON = 0.05


class Judge:
    """Tells the kinds of phrases, once it has seen what curated terms look like."""

    def __init__(self, seeds: Iterable[Group]) -> None:
        heads: dict[str, Counter[int]] = defaultdict(Counter)
        pairs: dict[Form, Counter[int]] = defaultdict(Counter)
        parts: dict[str, Counter[int]] = defaultdict(Counter)
        totals: Counter[int] = Counter()
        for seed in seeds:
            kind = _NONE if seed.kind is None else KINDS.index(seed.kind)
            totals[kind] += 1
            for form in seed.forms:
                heads[form[-1]][kind] += 1
                if len(form) > 1:
                    pairs[form[-2:]][kind] += 1
                for word in set(form[:-1]):
                    parts[word][kind] += 1
        self._totals = np.array([totals[kind] for kind in range(4)], dtype=np.float64) + 1
        self._heads = {word: self._odds(counts, 2.0) for word, counts in heads.items()}
        self._pairs: dict[Form, NDArray[np.float64]] = {pair: self._odds(counts, 1.0) for pair, counts in pairs.items()}
        self._parts = {word: self._odds(counts, 4.0) for word, counts in parts.items()}

    def _odds(self, counts: Counter[int], weight: float) -> NDArray[np.float64]:
        """log P(kind | word) / P(kind), with `weight` terms of the average kept aside."""
        share = self._totals / self._totals.sum()
        seen = np.array([counts[kind] for kind in range(4)], dtype=np.float64)
        return np.asarray(np.log((seen + weight * share) / (seen.sum() + weight) / share))

    def kind(self, form: Form, evidence: Evidence, *, single: bool) -> ConceptKind | None:
        """The kind of a phrase; None where it is none of them, or it cannot be told. `single`: it is a name of one word, and no
        long form of it is known."""
        if evidence.cited > _PERSON:
            return None
        if single:
            return self._of_name(evidence)
        score = self._scores(form, evidence)
        first, second = np.argsort(-score[:3], kind="stable")[:2]
        if score[first] - score[_NONE] < _CLEAR or score[first] - score[second] < _APART:
            return None
        kind = KINDS[int(first)]
        if kind == "dataset" and form[-1] not in DATASET_HEADS:
            is_named = any(word.endswith("^") for word in form) and evidence.shares[2] > _SAID
            return kind if is_named or evidence.shares[2] > _SHOUTED else None
        said = evidence.shares[first] > _SAID
        known = form[-1] in (METHOD_HEADS, TASK_HEADS, DATASET_HEADS)[first] or form[-1] in self._heads
        if form[0] in PREFIXES and len(form) == 2 and form[-1] not in METHOD_HEADS | TASK_HEADS:
            return None
        return kind if known or said else None

    def _of_name(self, evidence: Evidence) -> ConceptKind | None:
        """A name alone says nothing: what it is must be said around it, and clearly. A lone name is hardly ever a task."""
        method, task, data = (float(share) for share in evidence.shares)
        if data > _SAID and data > 1.2 * method and data > task:
            return "dataset"
        if method > _SAID and method > 1.2 * data and method > task:
            return "method"
        return None

    def _scores(self, form: Form, evidence: Evidence) -> NDArray[np.float64]:
        """Scores of method, task, data set and none for a phrase of several words."""
        score = np.zeros(4)
        head = form[-1]
        score += 0.8 * self._heads.get(head, np.zeros(4))
        score += 0.8 * self._pairs.get(form[-2:], np.zeros(4))
        known = [self._parts[word] for word in form[:-1] if word in self._parts]
        if known:
            score += 0.4 * np.mean(known, axis=0)
        for kind, said in enumerate((METHOD_HEADS, TASK_HEADS, DATASET_HEADS)):
            if head in said:
                score[kind] += 2.0
        score[:3] += evidence.cues
        score[_NONE] += 0.6
        return score


@dataclass(frozen=True)
class Evidence:
    """What the words around all uses of a phrase say: `cues`, scores for method, task and data set; `shares`, in which part of
    the `uses` they say so outright; `cited`: in which part it is a person ("X et al.")."""

    uses: int
    cues: NDArray[np.float64]
    shares: NDArray[np.float64]
    cited: float

    def __add__(self, other: Evidence) -> Evidence:
        uses = self.uses + other.uses
        one, two = self.uses / uses, other.uses / uses
        return Evidence(
            uses,
            one * self.cues + two * other.cues,
            one * self.shares + two * other.shares,
            one * self.cited + two * other.cited,
        )


class Surroundings:
    """The words around phrases, as evidence of their kinds."""

    def __init__(self, words: Words) -> None:
        self._words = words
        size = len(words.names)
        self._behind, self._before = np.zeros((size, 3)), np.zeros((size, 3))
        self._outright = np.zeros((size, 3), dtype=bool)
        for table, rows in ((self._behind, _BEHIND), (self._before, _BEFORE)):
            for said, says in rows:
                for word in said:
                    if (number := words.number.get(word)) is not None:
                        table[number] = says
        for kind, said in enumerate((SAYS_METHOD | {"based"}, SAYS_TASK, SAYS_DATASET | {"challenge"})):
            self._outright[[words.number[word] for word in said if word in words.number], kind] = True
        self._skipped = np.array([name in DETERMINERS for name in words.names], dtype=bool)
        self._et = words.number.get("et", -1)

    def of(self, one: Candidate) -> Evidence:
        """The evidence of all uses of a phrase; of at most 2,000, evenly drawn."""
        at, words = one.places, self._words
        if len(at) > _ENOUGH:
            at = at[:: len(at) // _ENOUGH + 1]
        end = at + len(one.form)
        follows = (words.gap[end] < STOP) & (words.gap[end] != OPEN)
        behind = np.where(follows[:, None], self._behind[words.word[end]], 0.0)
        outright = self._outright[words.word[end]] & follows[:, None]
        before = np.zeros((len(at), 3))
        live = (words.gap[at] < OPEN) & (at > 0)
        back = np.maximum(at - 1, 0)
        for _ in range(3):
            skip = live & self._skipped[words.word[back]] & (words.gap[back] < OPEN)
            before = np.where((live & ~skip)[:, None], before + self._before[words.word[back]], before)
            live = skip
            back = np.maximum(back - 1, 0)
            if not live.any():
                break
        # What speaks before a phrase half as clearly as what stands behind it.
        shares = outright.mean(axis=0) + 0.5 * ((before >= _PLAIN) & ~outright.any(axis=1)[:, None]).mean(axis=0)
        spoken = int((np.abs(behind).sum(axis=1) + np.abs(before).sum(axis=1) > 0).sum())
        loud = min(_LOUD, 1.0 + float(np.log1p(spoken)) / 2) / (spoken + 2.0)
        cited = float((words.word[end] == self._et).mean())
        return Evidence(len(one.places), (behind + before).sum(axis=0) * loud, shares, cited)
