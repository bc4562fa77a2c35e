"""Papers that are alike: pairs that are among each other's nearest in meaning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.report import Progress

# Nearest neighbours that count as similar, if the nearness is mutual: hubs do not join everything.
NEIGHBOURS = 10
# Up to here all are compared with all, which takes 20 s for 30,000 on 2 cores and grows with the square.
EXACT = 40_000
# Rows of the similarity matrix made at once: 1,024 x 40,000 float32 are 160 MB.
_BLOCK = 1_024
# Beyond: papers fall into cells of about so many, and each is compared with those of the cells nearest to it: so many times the
# square root of all cells.
_CELL = 50
_PROBES = 3.5
# Papers that the cells' centres are learned from, and rounds of it.
_SAMPLE = 20_000
_ROUNDS = 6
# Finds that wait for being put in order: 12 bytes each.
_PENDING = 8_000_000
_NOTHING = np.float32(-2.0)  # less than any cosine


def similar_pairs(
    vectors: Vectors, k: int = NEIGHBOURS, *, progress: Progress | None = None, exact: int = EXACT
) -> list[tuple[int, int, float]]:
    """Pairs `(i, j, cosine)`, i < j, of rows of `vectors` (n, d; length 1) that are among each other's `k` nearest.

    All rows are compared up to `exact` of them. Of more, each with the rows that lie in the cells nearest to it (inverted lists:
    Jégou, Douze & Schmid 2011), 6 in 100 where there are 150,000. Of 30,000 papers' pairs by all-MiniLM-L6-v2 that finds 99.2%
    (`benchmarks/graph.py`). The same vectors give the same pairs.
    """
    n = len(vectors)
    k = min(k, n - 1)
    if k < 1:
        return []
    found = _Nearest(n, k)
    if n <= exact:
        _compare_all(vectors, found, progress)
    else:
        _compare_cells(vectors, found, progress)
    return _mutual(found)


class _Nearest:
    """The `k` best columns of each of `n` rows so far: `columns` and `cosines`, (n, k), best first."""

    def __init__(self, n: int, k: int) -> None:
        self.k = k
        self.columns = np.full((n, k), -1, dtype=np.int32)
        self.cosines = np.full((n, k), _NOTHING, dtype=np.float32)
        self._waiting: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]] = []
        self._count = 0

    @property
    def least(self) -> NDArray[np.float32]:
        """What a cosine of each row must exceed (n,) to count."""
        return self.cosines[:, -1]

    def add(self, rows: NDArray[np.int32], columns: NDArray[np.int32], cosines: NDArray[np.float32]) -> None:
        self._waiting.append((rows, columns, cosines))
        self._count += len(rows)
        if self._count > _PENDING:
            self.settle()

    def settle(self) -> None:
        """Put what was added among the best; of equal cosines the lower column stays."""
        if not self._waiting:
            return
        touched = np.unique(np.concatenate([one[0] for one in self._waiting]))
        rows = np.concatenate([np.repeat(touched, self.k), *(one[0] for one in self._waiting)])
        columns = np.concatenate([self.columns[touched].ravel(), *(one[1] for one in self._waiting)])
        cosines = np.concatenate([self.cosines[touched].ravel(), *(one[2] for one in self._waiting)])
        self._waiting, self._count = [], 0
        order = np.lexsort((columns, -cosines, rows))
        rows = rows[order]
        firsts = np.searchsorted(rows, touched)
        best = order[firsts[:, None] + np.arange(self.k)[None, :]]  # each has k at least: those it had
        self.columns[touched], self.cosines[touched] = columns[best], cosines[best]


def _compare_all(vectors: Vectors, found: _Nearest, progress: Progress | None) -> None:
    n = len(vectors)
    for start in range(0, n, _BLOCK):
        block = vectors[start : start + _BLOCK] @ vectors.T  # (block, n)
        rows = np.arange(start, start + len(block))
        block[rows - start, rows] = _NOTHING  # a paper is not its own neighbour
        _take_best(block, rows, np.arange(n, dtype=np.int32), found)
        if progress:
            progress("Comparing papers", min(start + _BLOCK, n), n)


def _compare_cells(vectors: Vectors, found: _Nearest, progress: Progress | None) -> None:
    n = len(vectors)
    centres = _centres(vectors, max(1, n // _CELL))
    probes = min(len(centres), round(_PROBES * len(centres) ** 0.5))
    cells = np.empty((n, probes), dtype=np.int32)  # nearest first in each row's first column only
    for start in range(0, n, _BLOCK):
        near = vectors[start : start + _BLOCK] @ centres.T
        cells[start : start + _BLOCK] = np.argpartition(-near, probes - 1, axis=1)[:, :probes]
        own = near.argmax(axis=1)
        at = (cells[start : start + _BLOCK] == own[:, None]).argmax(axis=1)
        rows = np.arange(start, start + len(near))
        cells[rows, at], cells[rows, 0] = cells[rows, 0], own
    by_cell = np.argsort(cells[:, 0], kind="stable").astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(cells[:, 0], minlength=len(centres)))])
    asking = np.argsort(cells[:, 1:].ravel(), kind="stable")  # cell after cell, the papers that probe it
    ends = np.concatenate([[0], np.cumsum(np.bincount(cells[:, 1:].ravel(), minlength=len(centres)))])
    for cell in range(
        len(centres)
    ):  # first its own cell: what others then offer a paper must be better than what lies there
        members = by_cell[starts[cell] : starts[cell + 1]]
        own = vectors[members] @ vectors[members].T
        np.fill_diagonal(own, _NOTHING)
        _take_best(own, members, members, found)
    for cell in range(len(centres)):
        members = by_cell[starts[cell] : starts[cell + 1]]
        rows = (asking[ends[cell] : ends[cell + 1]] // max(1, probes - 1)).astype(np.int32)
        if len(members) and len(rows):
            _take_better(vectors, rows, members, found)
        if progress:
            progress("Comparing papers", int(starts[cell + 1]), n)
    found.settle()


def _take_best(
    block: NDArray[np.float32], rows: NDArray[np.integer], columns: NDArray[np.int32], found: _Nearest
) -> None:
    """The best of each row of `block` (rows, columns), which is all that these rows have seen."""
    k = min(found.k, block.shape[1])
    if not k:
        return
    top = np.argpartition(-block, k - 1, axis=1)[:, :k]
    cosines = np.take_along_axis(block, top, axis=1)
    order = np.lexsort((columns[top], -cosines), axis=1)
    found.columns[rows, :k] = np.take_along_axis(columns[top], order, axis=1)
    found.cosines[rows, :k] = np.take_along_axis(cosines, order, axis=1)


def _take_better(vectors: Vectors, rows: NDArray[np.int32], members: NDArray[np.int32], found: _Nearest) -> None:
    columns = vectors[members]
    for start in range(0, len(rows), 8 * _BLOCK):
        part = rows[start : start + 8 * _BLOCK]
        block = vectors[part] @ columns.T
        least = found.least[part]
        # A row whose own cell holds less than k papers has no bound yet: this block's best then give one.
        without = np.flatnonzero(least == _NOTHING)
        if len(without) and len(members) > found.k:
            least[without] = np.partition(block[without], len(members) - found.k - 1, axis=1)[:, -found.k - 1]
        at = np.flatnonzero(block > least[:, None])
        across, down = at % len(members), at // len(members)
        found.add(part[down], members[across], block.ravel()[at])


def _centres(vectors: Vectors, count: int) -> Vectors:
    """The centres (count, d) of as many cells: spherical k-means from evenly taken papers."""
    sample = vectors[:: max(1, len(vectors) // max(_SAMPLE, 8 * count))]
    centres = sample[np.linspace(0, len(sample) - 1, count).astype(np.intp)].copy()
    for _ in range(_ROUNDS):
        nearest = np.concatenate(
            [(sample[start : start + _BLOCK] @ centres.T).argmax(axis=1) for start in range(0, len(sample), _BLOCK)]
        )
        order = np.argsort(nearest, kind="stable")
        there, firsts = np.unique(nearest[order], return_index=True)
        sums = np.add.reduceat(sample[order], firsts, axis=0)
        lengths = np.linalg.norm(sums, axis=1)
        whole = lengths > 1e-9
        centres[there[whole]] = sums[whole] / lengths[whole, None]
    return centres


def _mutual(found: _Nearest) -> list[tuple[int, int, float]]:
    n, k = found.columns.shape
    rows = np.repeat(np.arange(n, dtype=np.int64), k)
    columns, cosines = found.columns.ravel().astype(np.int64), found.cosines.ravel()
    there = columns >= 0
    rows, columns, cosines = rows[there], columns[there], cosines[there]
    below = rows < columns
    returned = np.isin(rows[below] * n + columns[below], columns[~below] * n + rows[~below])
    one, other, cosine = rows[below][returned], columns[below][returned], cosines[below][returned]
    order = np.lexsort((other, one))
    return [
        (i, j, round(c, 4))
        for i, j, c in zip(one[order].tolist(), other[order].tolist(), cosine[order].tolist(), strict=True)
    ]
