"""Who cites whom, as arrays over the rows of the search: how often a paper is cited, and how hits hang together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Links:
    """The citation graph both ways, as compressed rows: what row r cites is `cites[out[r]:out[r + 1]]`, who cites it
    `cited_by[into[r]:into[r + 1]]`.
    """

    out: NDArray[np.int64]
    cites: Rows
    into: NDArray[np.int64]
    cited_by: Rows

    def cited_from(self, row: int) -> Rows:
        """The rows that `row` cites."""
        return self.cites[self.out[row] : self.out[row + 1]]

    def citing(self, row: int) -> Rows:
        """The rows that cite `row`."""
        return self.cited_by[self.into[row] : self.into[row + 1]]

    @property
    def times_cited(self) -> NDArray[np.int64]:
        """How many papers here cite each row."""
        return np.diff(self.into)


def build_links(edges: Iterable[tuple[int, int]], rows: Mapping[int, int], size: int) -> Links:
    """Links from `(citing, cited)` pairs of keys; `rows` tells the row of a key, and pairs without one are left out."""
    pairs = np.array([(rows[a], rows[b]) for a, b in edges if a in rows and b in rows], dtype=np.int64).reshape(-1, 2)
    out, cites = _compressed(pairs[:, 0], pairs[:, 1], size)
    into, cited_by = _compressed(pairs[:, 1], pairs[:, 0], size)
    return Links(out, cites, into, cited_by)


def _compressed(one: NDArray[np.int64], other: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], Rows]:
    order = np.lexsort((other, one))
    return np.concatenate([[0], np.cumsum(np.bincount(one, minlength=size))]), other[order].astype(np.int32)
