"""Meaning -> papers: the exact nearest vectors, found in two steps.

The vectors are turned so that their first numbers say most (principal axes). All papers are compared by these first, and the
best of them by all their numbers. Of all-MiniLM-L6-v2's 384 numbers the first 96 hold ENERGY of the vectors' squares; with
1,000 candidates the first ten are then those of a full comparison in more than 99 of 100 places (30,000 papers: 99.99%).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors

# The share of the vectors' squares that the first comparison must hold, and how many papers are then compared in full.
ENERGY = 0.8
CANDIDATES = 1_000
# The number of axes is a multiple of this.
_LANES = 32
# Papers the axes are learned from.
_SAMPLE = 20_000


@dataclass(frozen=True)
class VectorTable:
    """`full` (n, d), a unit vector a row, may lie on the disk; `axes` (d, c) turns one, `coarse` (n, c) are the rows turned."""

    full: Vectors
    axes: Vectors
    coarse: Vectors

    def estimates(self, vectors: Vectors) -> Vectors:
        """Near to the cosines of `vectors` (q, d) with all rows: (q, n). Exact where the vectors are short."""
        return np.asarray((vectors @ self.axes) @ self.coarse.T, dtype=np.float32)

    def cosines(self, vector: Vectors, rows: NDArray[np.intp]) -> Vectors:
        """The exact cosines (len(rows),) of `vector` (d,)."""
        return np.asarray(self.full[rows] @ vector, dtype=np.float32)


def build_table(full: Vectors) -> VectorTable:
    """The table of unit vectors (n, d)."""
    size, dimension = full.shape
    if size == 0:
        return VectorTable(full, np.eye(dimension, dtype=np.float32), full)
    # Without the mean taken off: it is the dot product that the axes must keep, not the spread.
    sample = np.asarray(full[:: max(1, size // _SAMPLE)], dtype=np.float64)
    squares, axes = np.linalg.eigh(sample.T @ sample)
    held = np.cumsum(squares[::-1]) / max(squares.sum(), 1e-12)
    count = min(dimension, -(-(int(np.searchsorted(held, ENERGY)) + 1) // _LANES) * _LANES)
    turned = np.ascontiguousarray(axes[:, ::-1][:, :count], dtype=np.float32)
    return VectorTable(full, turned, np.ascontiguousarray(full @ turned, dtype=np.float32))


def best(scores: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The rows of the `count` highest scores, best first, equal ones by row; rows of -inf are left out."""
    rows = np.flatnonzero(scores >= _floor(scores, count))
    found = scores[rows]
    if len(rows) > count:
        # Of equals at the border, argpartition takes any; those of the lowest row are wanted.
        border = np.partition(found, len(found) - count)[len(found) - count]
        above, equal = rows[found > border], rows[found == border]
        rows = np.concatenate([above, equal[: count - len(above)]])
        found = scores[rows]
    return rows[np.lexsort((rows, -found))]


def _floor(scores: NDArray[np.float32], count: int) -> np.float32:
    """A score that at least `count` rows reach, if so many have one: guessed from every 16th, as sorting all takes long."""
    lowest = np.float32(np.finfo(np.float32).min)
    sample = scores[::16]
    wanted = 2 * count // 16 + 16
    if wanted >= len(sample):
        return lowest
    guess = np.partition(sample, len(sample) - wanted)[len(sample) - wanted]
    return guess if np.isfinite(guess) and np.count_nonzero(scores >= guess) >= count else lowest
