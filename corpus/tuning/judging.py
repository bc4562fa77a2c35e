"""How well held-out pairs are found, and whether one model finds them better than another."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.tuning.pairs import Question
from corpus.tuning.versions import Scores

K = 10
# What a tuned model must win at least, in ndcg; below, searches would not feel it.
MARGIN = 0.005


@dataclass(frozen=True)
class Judged:
    """ndcg and recall of the first ten and 1 / rank of the first right paper: one number a question, each."""

    ndcg: NDArray[np.float64]
    recall: NDArray[np.float64]
    mrr: NDArray[np.float64]

    @property
    def scores(self) -> Scores:
        return Scores(**{name: round(float(np.mean(getattr(self, name))), 4) for name in ("ndcg", "recall", "mrr")})


def judge(encode: Callable[[Sequence[str]], Vectors], questions: Sequence[Question], documents: Vectors) -> Judged:
    """Look for the right papers of each question among all `documents` (n, d). The paper that a question was made of stands aside
    where it is not what is to be found."""
    vectors = encode([one.text for one in questions])  # (questions, d)
    rows = [_judged(vector @ documents.T, one) for vector, one in zip(vectors, questions, strict=True)]
    ndcg, recall, mrr = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return Judged(ndcg, recall, mrr)


def _judged(scores: Vectors, question: Question) -> tuple[float, float, float]:
    if question.source not in question.right:
        scores[question.source] = -np.inf
    right = np.fromiter(question.right, dtype=np.intp)
    # The rank of each right paper, from 1: how many papers score higher.
    ranks = np.sort(1 + (scores[None, :] > scores[right, None]).sum(axis=1))
    gain = sum(1 / math.log2(rank + 1) for rank in ranks if rank <= K)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(K, len(right)) + 1))
    return gain / ideal, float((ranks <= K).mean()), 1 / float(ranks[0])


def is_better(before: Judged, after: Judged) -> bool:
    """Whether ndcg rose by MARGIN, and by twice the standard error of its mean difference: not by chance alone."""
    rise = after.ndcg - before.ndcg
    error = float(np.std(rise, ddof=1)) / math.sqrt(len(rise)) if len(rise) > 1 else math.inf
    return bool(np.mean(rise) >= max(MARGIN, 2 * error))
