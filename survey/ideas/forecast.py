"""How likely two concepts that have never met meet soon, learned from what the library itself saw happen.

Two concepts have met where a paper speaks of both; a paper joins them where it has both in its title. Of every pair that had not
met by a year it is known whether papers of the next years joined it. What was known of such pairs by then (features), and what
became of them (labels), trains a model; the same features at another year tell of pairs there. Nothing later than that is read.
The task is that of the Science4Cast competition: Krenn et al., Nature Machine Intelligence 2023 (arXiv:2210.00881).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.models import Frozen
from survey.ideas.features import build_features
from survey.ideas.past import Pairs, Past

# Concepts that fewer papers speak of are too new, or too badly seen, to say anything about.
LEAST_PAPERS = 3
# Years from what is known to what became of it; and how many such steps back are learned from.
HORIZON, STEPS = 3, 2
# What is learned from: at most so many pairs that were joined a step, and for each so many that were not. They are far more in
# truth; with 5 instead of 100, a third of the right ones among the first hundred is lost.
_MOST, _UNJOINED = 1_500, 100
_LEAST_JOINED = 30


class TooLittlePast(Exception):
    """The library saw too few pairs joined to learn from; the message says how many."""


class Forecast(Frozen):
    """A logistic regression over the features, each less its mean and by its scale; `joined` and `others`: what it learned from."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    joined: int
    others: int

    def score(self, past: Past, pairs: Pairs) -> NDArray[np.float64]:
        """For each pair of concepts (columns of `past`) the chance that a paper joins it within HORIZON years, in 0..1."""
        if not len(pairs[0]):
            return np.zeros(0)
        features = (build_features(past, pairs) - np.array(self.means)) / np.array(self.scales)
        return np.asarray(1 / (1 + np.exp(-(features @ np.array(self.weights) + self.bias))), dtype=np.float64)


def learn(past: Past, *, seed: int = 0) -> Forecast:
    """Learn from what became of pairs in the last years of `past`. Raises TooLittlePast."""
    features, labels = [], []
    odds = []
    for step in range(1, STEPS + 1):
        year = past.last - step * HORIZON
        known, later = past.until(year), past.until(year + HORIZON).after(year)
        pairs, joined = draw_pairs(known, later, unjoined=_UNJOINED, seed=seed + step, most=_MOST)
        if joined.any():
            features.append(build_features(known, pairs))
            labels.append(joined)
            odds.append(len(_joined(known, later, LEAST_PAPERS)) / max(1, _open(known, LEAST_PAPERS)))
    met = np.concatenate(labels) if labels else np.zeros(0, dtype=bool)
    if met.sum() < _LEAST_JOINED:
        raise TooLittlePast(f"papers of the last {STEPS * HORIZON} years joined {int(met.sum())} pairs of concepts")
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    model = LogisticRegression(max_iter=2_000).fit(scaler.fit_transform(np.concatenate(features)), met)
    # What was drawn has more joined pairs than there are in truth: King & Zeng 2001, "Logistic regression in rare events data".
    drawn = met.sum() / (~met).sum()
    return Forecast(
        means=tuple(scaler.mean_.tolist()),
        scales=tuple(scaler.scale_.tolist()),
        weights=tuple(model.coef_[0].tolist()),
        bias=float(model.intercept_[0] + np.log(np.mean(odds) / drawn)),
        joined=int(met.sum()),
        others=int((~met).sum()),
    )


def draw_pairs(
    known: Past, later: Past, *, unjoined: int, seed: int, most: int, least: int = LEAST_PAPERS
) -> tuple[Pairs, NDArray[np.bool_]]:
    """Pairs of concepts that had not met in `known`, and which of them papers of `later` joined.

    Of the joined ones at most `most`, drawn, and `unjoined` times as many of the others. All concepts had `least` papers or more.
    """
    rng = np.random.default_rng(seed)
    size = len(known.kinds)
    found = _joined(known, later, least)
    if len(found) > most:
        found = np.sort(rng.choice(found, most, replace=False))
    taken = np.union1d(_codes(known.together, size), _codes(later.joined, size))
    others = _draw_codes(np.flatnonzero(known.papers >= least), size, taken, unjoined * len(found), rng)
    i, j = np.divmod(np.concatenate([found, others]), max(1, size))
    labels = np.arange(len(found) + len(others)) < len(found)
    return (i.astype(np.intp), j.astype(np.intp)), labels


def _joined(known: Past, later: Past, least: int) -> NDArray[np.int64]:
    """The pairs, a number each, that had not met in `known` and that `later` joined."""
    size = len(known.kinds)
    there = known.papers >= least
    found = np.setdiff1d(_codes(later.joined, size), _codes(known.together, size))
    i, j = np.divmod(found, max(1, size))
    return np.asarray(found[(i < j) & there[i] & there[j]])


def _open(known: Past, least: int) -> int:
    """How many pairs had not met."""
    there = known.papers >= least
    count = int(there.sum())
    return count * (count - 1) // 2 - int(known.together[there][:, there].nnz) // 2


def _codes(matrix: Any, size: int) -> NDArray[np.int64]:
    """The places of a sparse matrix that hold something, a number each."""
    entries = matrix.tocoo()
    return np.unique(entries.row.astype(np.int64) * size + entries.col)


def _draw_codes(
    there: NDArray[np.intp], size: int, taken: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """`count` different pairs of `there`, as numbers, none of them `taken`; fewer where there are not so many."""
    found = np.zeros(0, dtype=np.int64)
    if len(there) < 2:
        return found
    for _ in range(30):  # most draws are new: concepts that met are few among all pairs
        if len(found) >= count:
            break
        drawn = there[rng.integers(0, len(there), (2, 2 * count + 64))]
        low, high = drawn.min(axis=0).astype(np.int64), drawn.max(axis=0)
        codes = (low * size + high)[low < high]
        codes = np.concatenate([found, codes[~np.isin(codes, taken)]])
        _, first = np.unique(codes, return_index=True)
        found = codes[np.sort(first)]
    return found[:count]
