"""Which papers speak of which concepts, year by year: what the library's own past can tell of concepts that have not met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.concepts import concepts
from corpus.library import Library
from corpus.models import Concept

Rows = NDArray[np.intp]
Pairs = tuple[Rows, Rows]
# Pairs compared at once: their rows, some hundred numbers each, are held together.
_PART = 20_000


@dataclass(frozen=True)
class Past:
    """`holds` and `titled` (papers, concepts), sparse, 1 where a paper speaks of a concept, and where its title does; `years`
    (papers,), 0 where unknown; `cites` (papers, papers), sparse, 1 where a row cites a column; `kinds` (concepts,): method, task
    or dataset.
    """

    holds: Any
    titled: Any
    years: NDArray[np.int64]
    cites: Any
    kinds: Sequence[str]

    def until(self, year: int) -> Past:
        """The papers of that year and before; those without a year are left out. Concepts stay, used or not."""
        return self._of(np.flatnonzero((self.years > 0) & (self.years <= year)))

    def after(self, year: int) -> Past:
        """The papers of later years."""
        return self._of(np.flatnonzero(self.years > year))

    def _of(self, rows: Rows) -> Past:
        return replace(
            self,
            holds=self.holds[rows],
            titled=self.titled[rows],
            years=self.years[rows],
            cites=self.cites[rows][:, rows],
        )

    @cached_property
    def papers(self) -> NDArray[np.float64]:
        """How many papers speak of each concept, (concepts,)."""
        return np.asarray(self.holds.sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def titles(self) -> NDArray[np.float64]:
        """How many papers have each concept in their title, (concepts,)."""
        return np.asarray(self.titled.sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def cited(self) -> NDArray[np.float64]:
        """How many papers cite each, (papers,)."""
        return np.asarray(self.cites.sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def together(self) -> Any:
        """How many papers speak of both, (concepts, concepts), sparse, symmetric, nothing on the diagonal."""
        return _together(self.holds)

    @cached_property
    def joined(self) -> Any:
        """How many papers have both in their title: they are about the two together."""
        return _together(self.titled)

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What `features.py` has worked out of it once for all pairs."""
        return {}

    @cached_property
    def last(self) -> int:
        """The last year."""
        return int(self.years.max(initial=0))


def build_past(
    papers: Sequence[int | None],
    kinds: Sequence[str],
    holds: Iterable[tuple[int, int]],
    titled: Iterable[tuple[int, int]],
    cites: Iterable[tuple[int, int]],
) -> Past:
    """The past of `papers` (the year of each, None where unknown), from `(paper, concept)` and `(citing, cited)` pairs of rows.

    A paper that cites itself does not.
    """
    size, width = len(papers), len(kinds)
    return Past(
        _marks(holds, (size, width)),
        _marks(titled, (size, width)),
        np.array([year or 0 for year in papers], dtype=np.int64),
        _marks((pair for pair in cites if pair[0] != pair[1]), (size, size)),
        tuple(kinds),
    )


def load_past(library: Library) -> tuple[Past, list[Concept]]:
    """The past of a library, and the concepts in the order of its columns."""
    known = list(concepts(library).values())
    years = library.rows("SELECT pid, year FROM papers ORDER BY pid")
    row = {pid: number for number, (pid, _) in enumerate(years)}
    column = {one.key: number for number, one in enumerate(known)}
    found = [
        (row[pid], column[key], field == "title")
        for pid, key, field in library.rows("SELECT pid, key, field FROM mentions JOIN concepts USING (cid)")
        if pid in row
    ]
    cites = [(row[one], row[other]) for one, other in library.citations() if one in row and other in row]
    past = build_past(
        [year for _, year in years],
        [one.kind for one in known],
        ((paper, concept) for paper, concept, _ in found),
        ((paper, concept) for paper, concept, in_title in found if in_title),
        cites,
    )
    return past, known


def paired(left: Any, right: Any, pairs: Pairs) -> NDArray[np.float64]:
    """The dot product of row i of `left` and row j of `right` for each pair (i, j); both sparse, (n, d)."""
    parts = zip(*(np.array_split(side, len(side) // _PART + 1) for side in pairs), strict=True)
    return np.concatenate(
        [np.asarray(left[i].multiply(right[j]).sum(axis=1), dtype=np.float64).ravel() for i, j in parts]
    )


def values(matrix: Any, pairs: Pairs) -> NDArray[np.float64]:
    """The entries (i, j) of a sparse matrix."""
    return np.asarray(matrix[pairs[0], pairs[1]], dtype=np.float64).ravel()


def _marks(pairs: Iterable[tuple[int, int]], shape: tuple[int, int]) -> Any:
    from scipy import sparse

    marked = np.array(sorted(set(pairs)), dtype=np.intp).reshape(-1, 2)
    return sparse.csr_array((np.ones(len(marked)), (marked[:, 0], marked[:, 1])), shape=shape)


def _together(holds: Any) -> Any:
    met = (holds.T @ holds).tocoo()
    from scipy import sparse

    apart = met.row != met.col
    return sparse.csr_array((met.data[apart], (met.row[apart], met.col[apart])), shape=met.shape)
