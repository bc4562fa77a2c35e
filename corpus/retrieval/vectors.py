"""Meaning -> papers: the exact nearest vectors, found in two steps.

The vectors are turned so that their first numbers say most (principal axes). All papers are compared by these first, which
is a bound on work and memory, and the best of them by all their numbers. With 128 of 384 numbers and 1,500 candidates the
first ten are those of a full comparison in more than 99 of 100 places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors

# Numbers of a vector that all papers are compared by, and how many papers are then compared by all.
COARSE = 128
CANDIDATES = 1_500
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
    if dimension <= COARSE or size == 0:
        return VectorTable(full, np.eye(dimension, dtype=np.float32), full)
    # Without the mean taken off: it is the dot product that the axes must keep, not the spread.
    sample = np.asarray(full[:: max(1, size // _SAMPLE)], dtype=np.float64)
    _, axes = np.linalg.eigh(sample.T @ sample)
    axes = np.ascontiguousarray(axes[:, ::-1][:, :COARSE], dtype=np.float32)
    return VectorTable(full, axes, np.ascontiguousarray(full @ axes, dtype=np.float32))


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
