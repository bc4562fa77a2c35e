"""How likely a paper stands under each strategy: logistic regression on what its words say and on its vector.

The weights in `head.json` were fitted by `benchmarks/places.py --fit` on papers that were placed by reading. They fit the
vectors of the bundled model; for those of another one, and for papers without a vector, a second set reads the words alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from corpus.embed import DEFAULT_MODEL, Vectors
from survey.places.measures import Numbers

# A vector's entries are small (length 1 in 384 dimensions): so they weigh as much as the words do under one penalty.
SCALE = 3.0
# The bundled model, also in 8 bits; not what is distilled from it.
_BUNDLED = re.compile(rf"^{re.escape(DEFAULT_MODEL)}(?:@[0-9a-f]+)?(?:\+int8)?$")
_STEPS = 50


@dataclass(frozen=True)
class Head:
    """Weights (strategies, features), the last column the constant; `slope` and `shift` (strategies,) make the scores calibrated.

    `threshold`: the uncalibrated probability from which a paper is placed; `penalty`: how firmly corrections leave the weights.
    `reads_vectors`: whether the features are words and vector, or words alone.
    """

    weights: Numbers
    slope: Numbers
    shift: Numbers
    threshold: float
    penalty: float
    reads_vectors: bool

    def features(self, numbers: Numbers, vectors: Vectors | None) -> Numbers:
        """(n, features) of what the words say (n, COUNT) and of the vectors (n, d)."""
        ones = np.ones((len(numbers), 1))
        if self.reads_vectors and vectors is not None:
            return np.hstack([numbers, SCALE * np.asarray(vectors, dtype=np.float64), ones])
        return np.hstack([numbers, ones])

    def judge(self, features: Numbers) -> tuple[Numbers, NDBool]:
        """Confidence in each strategy (n, strategies), calibrated, and whether the paper is placed there."""
        scores = features @ self.weights.T
        return _sigmoid(scores * self.slope + self.shift), _sigmoid(scores) >= self.threshold

    def taught(self, features: Numbers, stands: Numbers) -> Head:
        """The head that has learned corrections: for rows of `features`, 1 where a strategy holds, 0 where not, NaN where unsaid.

        The posterior mode of logistic regression with these weights as the prior's mean, by Newton's method: few corrections
        change little, and the constant stays.
        """
        weights = self.weights.copy()
        for row, labels in enumerate(stands.T):
            said = ~np.isnan(labels)
            if said.any():
                weights[row] = _posterior(self.weights[row], features[said], labels[said], self.penalty)
        return replace(self, weights=weights)


NDBool = np.ndarray[Any, np.dtype[np.bool_]]


def _posterior(prior: Numbers, rows: Numbers, labels: Numbers, penalty: float) -> Numbers:
    """argmax over w of the log likelihood of `labels` (n,) minus penalty/2 |w - prior|^2.

    In the span of the rows, which are far fewer than the features: w = prior + rows' a. A step is halved until it gains, since
    Newton's method oscillates where the prior is sure of the opposite.
    """
    gram = rows @ rows.T  # (n, n)
    base = rows @ prior

    def loss(a: Numbers) -> float:
        scores = base + gram @ a
        return float(np.sum(np.logaddexp(0, scores) - labels * scores) + penalty / 2 * a @ gram @ a)

    a = np.zeros(len(rows))
    for _ in range(_STEPS):
        chances = _sigmoid(base + gram @ a)
        curve = chances * (1 - chances)
        # Where the gradient is zero, penalty * a = labels - chances.
        step = np.linalg.solve(penalty * np.eye(len(rows)) + curve[:, None] * gram, labels - chances - penalty * a)
        while loss(a + step) > loss(a) + 1e-12 and np.abs(step).max() > 1e-9:
            step = step / 2
        a = a + step
    return prior + rows.T @ a


def head_for(model: str | None) -> Head:
    """The head that reads the vectors of this model, or words alone where it cannot."""
    return _head("vectors" if model and _BUNDLED.match(model) else "words")


@cache
def _head(name: str) -> Head:
    stored = load_weights()
    one = stored[name]
    return Head(
        weights=np.array(one["weights"], dtype=np.float64),
        slope=np.array(one["slope"], dtype=np.float64),
        shift=np.array(one["shift"], dtype=np.float64),
        threshold=float(one["threshold"]),
        penalty=float(stored["penalty"]),
        reads_vectors=name == "vectors",
    )


@cache
def load_weights() -> dict[str, Any]:
    """`head.json`."""
    text = resources.files("survey.places").joinpath("head.json").read_text("utf-8")
    return dict(json.loads(text))


def weights_version() -> str:
    """A digest of `head.json`: with other weights, papers are placed anew."""
    return hashlib.sha256(json.dumps(load_weights()).encode()).hexdigest()[:8]


def _sigmoid(scores: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))))


def strategy_labels(said: Sequence[tuple[int, bool]], count: int) -> Numbers:
    """Labels (count,) of one paper from its corrections `(strategy, stands)`: a strategy holds where a direction of it does."""
    labels = np.full(count, np.nan)
    for strategy, stands in said:
        labels[strategy] = 1.0 if stands or labels[strategy] == 1 else 0.0
    return labels
