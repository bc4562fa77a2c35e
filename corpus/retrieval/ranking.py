"""From signals to one order: words, meaning, citations and full texts, put together by their scores.

A weighted sum of scores that were brought to one scale keeps how much better a paper is, which ranks throw away: Bruch, Gai &
Ingber, ACM TOIS 2023 (arXiv:2210.11934), whose scale this is: 0 is 0, and the best has 1. The weights were chosen on AutoScholar's
queries 401 to 1,544 by `benchmarks/fusion.py --tune`; those of citations were then halved, as these queries' answers are
themselves made of citations, and others' are not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.retrieval.links import Links

Scores = NDArray[np.float32]
# How many papers the full texts add: a long text has every word somewhere, only the best tell something.
TEXTS = 20


@dataclass(frozen=True)
class Weights:
    """What each signal adds at most: how well the words fit, how near the meaning is, how often a paper is cited, how near it is
    to the first hits together, how many of the first hits cite it, and how well its full text fits.
    """

    words: float = 1.2
    meaning: float = 1.0
    citations: float = 0.32
    likeness: float = 1.2
    cited: float = 0.22
    fulltext: float = 0.3


WEIGHTS = Weights()
# How many of the first hits are taken for good ones: by their vectors, and by what they cite.
NEAREST, CITING = 10, 50
# Fewer citations than this make nobody an authority.
MANY = 30


def scaled(scores: Scores, rows: NDArray[np.intp]) -> Scores:
    """The scores (n,) of `rows` in shares of the highest of all; 0 where there is none (-inf)."""
    high = float(scores.max(initial=-np.inf))
    found = scores[rows]
    found = found / high if 0 < high < np.inf else found
    return np.where(np.isfinite(found), found, 0).astype(np.float32)


def authority(times_cited: NDArray[np.int64]) -> Scores:
    """0 for a paper that nobody here cites, 1 for the most cited one, by the logarithm between.

    Where even that one has few citations, they say little: it gets less than 1.
    """
    logs = np.log1p(times_cited.astype(np.float32))
    return np.asarray(logs / max(float(logs.max(initial=0.0)), math.log1p(MANY)), dtype=np.float32)


def trust(scores: Scores) -> Scores:
    """How far each of the first hits is trusted: 1 for the best, 0 for the last."""
    spread = float(scores.max() - scores.min()) if len(scores) else 0.0
    return np.asarray((scores - scores.min()) / spread if spread > 0 else np.ones_like(scores), dtype=np.float32)


def cited_by(hits: NDArray[np.intp], trusted: Scores, links: Links, allowed: NDArray[np.bool_]) -> Scores:
    """How much the `hits` (rows), each `trusted` so far, cite every row that is `allowed` (n,)."""
    counted = np.zeros(len(allowed), dtype=np.float32)
    for row, weight in zip(hits.tolist(), trusted, strict=True):
        counted[links.cited_from(row)] += weight
    counted[~allowed] = 0
    return counted


def combined(parts: Mapping[str, Scores], weights: Weights = WEIGHTS) -> Scores:
    """The weighted sum of `parts`, each named after its weight."""
    weighted = [np.float32(getattr(weights, name)) * scores for name, scores in parts.items()]
    return np.asarray(np.sum(weighted, axis=0), dtype=np.float32)
