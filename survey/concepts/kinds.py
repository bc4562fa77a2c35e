"""What a mined phrase is: a method, a task, a data set, or none of them.

A naive Bayes reading of three things: its head word and its other words beside those of the curated terms that are alike, the
head words that name a kind by themselves, and the words that stand around it in all papers ("the task of X", "using X", "X
dataset").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

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


class Judge:
    """Tells the kinds of phrases, once it has seen what curated terms look like."""

    def __init__(self, seeds: Iterable[Group]) -> None:
        heads: dict[str, Counter[int]] = defaultdict(Counter)
        parts: dict[str, Counter[int]] = defaultdict(Counter)
        totals: Counter[int] = Counter()
        for seed in seeds:
            kind = _NONE if seed.kind is None else KINDS.index(seed.kind)
            totals[kind] += 1
            for form in seed.forms:
                heads[form[-1]][kind] += 1
                for word in set(form[:-1]):
                    parts[word][kind] += 1
        self._totals = np.array([totals[kind] for kind in range(4)], dtype=np.float64) + 1
        self._heads = {word: self._odds(counts, 2.0) for word, counts in heads.items()}
        self._parts = {word: self._odds(counts, 4.0) for word, counts in parts.items()}

    def _odds(self, counts: Counter[int], weight: float) -> NDArray[np.float64]:
        """log P(kind | word) / P(kind), with `weight` terms of the average kept aside."""
        share = self._totals / self._totals.sum()
        seen = np.array([counts[kind] for kind in range(4)], dtype=np.float64)
        return np.asarray(np.log((seen + weight * share) / (seen.sum() + weight) / share))

    def scores(self, form: Form, cues: NDArray[np.float64], name: bool) -> NDArray[np.float64]:
        """Scores of method, task, data set and none for a phrase, given the `cues` (3) from the words around it."""
        score = np.zeros(4)
        head = form[-1]
        score += 0.8 * self._heads.get(head, np.zeros(4))
        known = [self._parts[word] for word in form[:-1] if word in self._parts]
        if known:
            score += 0.4 * np.mean(known, axis=0)
        for kind, said in enumerate((METHOD_HEADS, TASK_HEADS, DATASET_HEADS)):
            if head in said:
                score[kind] += 2.0
        score[:3] += cues
        # A name of one word can be anything; it is no mere notion.
        score[_NONE] += -0.3 if name else 0.6
        return score

    def kind(self, form: Form, cues: NDArray[np.float64], name: bool) -> ConceptKind | None:
        """The kind of a phrase; None where it is none of them, or it cannot be told."""
        score = self.scores(form, cues, name)
        first, second = np.argsort(-score[:3], kind="stable")[:2]
        if score[first] - score[_NONE] < _CLEAR or score[first] - score[second] < _APART:
            return None
        return KINDS[int(first)]


class Surroundings:
    """The words around phrases, as cues of their kinds."""

    def __init__(self, words: Words) -> None:
        self._words = words
        size = len(words.names)
        self._behind = np.zeros((size, 3))
        self._before = np.zeros((size, 3))
        for table, rows in ((self._behind, _BEHIND), (self._before, _BEFORE)):
            for said, says in rows:
                for word in said:
                    if (number := words.number.get(word)) is not None:
                        table[number] = says
        self._skipped = np.array([name in DETERMINERS for name in words.names], dtype=bool)

    def cues(self, one: Candidate) -> NDArray[np.float64]:
        """What the words around all uses of a phrase say for method, task and data set: their mean, louder where many speak."""
        at, words = one.places, self._words
        if len(at) > 2_000:
            at = at[:: len(at) // 2_000 + 1]
        end = at + len(one.form)
        behind = np.where(
            (words.gap[end] < STOP)[:, None] & (words.gap[end] != OPEN)[:, None], self._behind[words.word[end]], 0.0
        )
        before = np.zeros((len(at), 3))
        live = (words.gap[at] < OPEN) & (at > 0)
        back = np.maximum(at - 1, 0)
        for _ in range(3):
            skip = live & self._skipped[words.word[back]] & (words.gap[back] < OPEN)
            before = np.where(live[:, None] & ~skip[:, None], before + self._before[words.word[back]], before)
            live = skip
            back = np.maximum(back - 1, 0)
            if not live.any():
                break
        total = (behind + before).sum(axis=0)
        spoken = int((np.abs(behind).sum(axis=1) + np.abs(before).sum(axis=1) > 0).sum())
        if not spoken:
            return np.zeros(3)
        return np.asarray(total / (spoken + 2.0) * min(_LOUD, 1.0 + np.log1p(spoken) / 2))
