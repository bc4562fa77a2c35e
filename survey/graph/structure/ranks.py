"""How much attention papers get, and which are alike by whom they cite and who cites them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ROUNDS = 50
# Works that more papers cite couple none.
MOST = 1_000
# Rows of a product of citation matrices made at once: a much cited paper shares references with thousands.
_BLOCK = 4_096


def pagerank(n: int, citing: Ints, cited: Ints, *, damping: float = 0.85, among: Ints | None = None) -> Floats:
    """PageRank (Brin & Page 1998): r = (1 - d) / N + d * (sum over citing papers of r / how many these cite), ROUNDS times.

    `citing` and `cited` (m,) are the ends of the edges, rows below `n`; `among` the rows that take part, N of them (None: all).
    The rank of a paper that cites nothing is shared by all. Returns the ranks (n,), which sum to 1.
    """
    part = np.ones(n) if among is None else np.bincount(among, minlength=n).astype(np.float64)
    size = part.sum()
    if not size:
        return np.zeros(n)
    out = np.bincount(citing, minlength=n)
    shared = (out == 0) & (part > 0)
    rank = part / size
    for _ in range(ROUNDS):
        passed = np.bincount(cited, weights=(rank / np.maximum(out, 1))[citing], minlength=n)
        rank = part * ((1 - damping) / size + damping * (passed + rank[shared].sum() / size))
    return np.asarray(rank)


def co_cited(
    n: int, citing: Ints, cited: Ints, *, k: int = 10, of: Ints | None = None, most: int = MOST
) -> tuple[Ints, Ints, Floats]:
    """Co-citation (Small 1973): papers that are cited together. As `coupled`, with the papers that cite each."""
    return coupled(n, cited, citing, k=k, of=of, most=most)


def coupled(
    n: int, citing: Ints, cited: Ints, *, k: int = 10, of: Ints | None = None, most: int = MOST
) -> tuple[Ints, Ints, Floats]:
    """Bibliographic coupling (Kessler 1963): papers that cite the same.

    For each paper `of` these (all, if None; ascending) the `k` to which it is coupled most: rows, others and the share
    c(i, j) / sqrt(c(i) c(j)), with c(i, j) the number of works that both cite and c(i) that i cites (Salton's cosine). By row, the
    strongest first, equal ones by number. A work that more than `most` cite is not counted in c(i, j): to share it says nothing,
    and 10,000 that cite it are 100 million pairs.
    """
    matrix = _matrix(n, citing, cited)
    lengths = np.sqrt(np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1))
    times = np.asarray(matrix.sum(axis=0)).ravel()
    matrix = matrix[:, np.flatnonzero(times <= most)]
    transposed = matrix.T.tocsr()
    asked = np.arange(n) if of is None else of
    found = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))]
    for start in range(0, len(asked), _BLOCK):
        part = asked[start : start + _BLOCK]
        product = (matrix[part] @ transposed).tocoo()
        row, other = part[product.row], product.col.astype(np.int64)
        share = product.data / (lengths[row] * lengths[other])
        apart = row != other
        row, other, share = row[apart], other[apart], np.round(share[apart], 6)
        order = np.lexsort((other, -share, row))
        row, other, share = row[order], other[order], share[order]
        best = np.arange(len(row)) - np.searchsorted(row, row) < k
        found.append((row[best], other[best], share[best]))
    rows, others, shares = (np.concatenate(column) for column in zip(*found, strict=True))
    return rows, others, shares


def _matrix(n: int, citing: Ints, cited: Ints) -> Any:
    """Who cites whom (n, n), 1 where somebody does, however often; nobody cites himself."""
    from scipy.sparse import csr_matrix

    apart = citing != cited
    pairs = np.unique(np.stack([citing[apart], cited[apart]], axis=1), axis=0).reshape(-1, 2)
    return csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
