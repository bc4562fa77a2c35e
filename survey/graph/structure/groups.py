"""Communities of papers, and the bridges between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey.graph.structure.ranks import Floats, Ints

# Up to so many papers, bridges are worked out from every paper; in larger graphs from so many drawn ones.
EXACT = 2_000
SAMPLES = 200


def communities(
    n: int, one: Ints, other: Ints, weights: Floats, *, resolution: float = 1.0, seed: int = 7
) -> NDArray[np.int64]:
    """The community of each of `n` papers, 0 the largest, equal ones by their first paper; -1 for a paper without a link.

    Leiden (Traag, Waltman & van Eck 2019), which maximises modularity at `resolution`; edges (m,) go either way, and those of one
    pair add up. The same edges and seed give the same communities, whatever the edges' order.
    """
    from graspologic_native import leiden_csr  # type: ignore[import-untyped]

    matrix = _either_way(n, one, other, weights)
    labels = np.full(n, -1, dtype=np.int64)
    linked = np.flatnonzero(np.diff(matrix.indptr))
    if not len(linked):
        return labels
    matrix = matrix[linked][:, linked]
    _, found = leiden_csr(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
        len(linked),
        resolution=resolution,
        iterations=2,
        seed=seed,
    )
    numbers = np.array([found[row] for row in range(len(linked))])
    _, firsts, numbers, sizes = np.unique(numbers, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(sizes), dtype=np.int64)
    place[np.lexsort((firsts, -sizes))] = np.arange(len(sizes))
    labels[linked] = place[numbers]
    return labels


def bridges(
    n: int, one: Ints, other: Ints, labels: Ints, *, exact: int = EXACT, samples: int = SAMPLES, seed: int = 7
) -> Floats:
    """How much each paper stands between communities: B(v), the sum over papers s and t of different communities of the share of
    the shortest paths from s to t that pass through v (the betweenness of Freeman 1977, only for pairs of two communities, as
    Flom et al. 2004, "A new measure of linkage between two sub-networks", count it).

    Worked out as by Brandes 2001, with only those targets counted; from every paper where no more than `exact` are linked, else
    from `samples` drawn ones and scaled up (Brandes & Pich 2007). Each pair counts once. Returns (n,).
    """
    matrix = _either_way(n, one, other, np.ones(len(one)))
    linked = np.flatnonzero(np.diff(matrix.indptr))
    matrix, labels = matrix[linked][:, linked], labels[linked]
    sources = np.arange(len(linked))
    if len(linked) > exact:
        sources = np.sort(np.random.default_rng(seed).choice(len(linked), min(samples, len(linked)), replace=False))
    found = np.zeros(len(linked))
    for source in sources.tolist():
        found += _dependencies(matrix.indptr, matrix.indices, source, labels != labels[source])
    between = np.zeros(n)
    # Either end of a pair is a source once.
    between[linked] = found * (len(linked) / max(1, len(sources)) / 2)
    return between


def _dependencies(starts: Ints, heads: Ints, source: int, counted: NDArray[np.bool_]) -> Floats:
    """Of the papers t that are `counted`, the shares of shortest paths from `source` through each paper, summed up (n,)."""
    n = len(starts) - 1
    depth = np.full(n, -1, dtype=np.int32)
    paths = np.zeros(n)
    depth[source], paths[source] = 0, 1.0
    levels = []
    for tails, ends in _levels(starts, heads, source, depth):
        paths += np.bincount(ends, weights=paths[tails], minlength=n)
        levels.append((tails, ends))
    passed = np.zeros(n)
    for tails, ends in reversed(levels):
        share = paths[tails] / paths[ends] * (counted[ends] + passed[ends])
        passed += np.bincount(tails, weights=share, minlength=n)
    passed[source] = 0.0
    return passed


def _levels(
    starts: Ints, heads: Ints, source: int, depth: NDArray[np.int32]
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Level after level, the edges that lead one step further from `source`; `depth` is filled on the way."""
    frontier = np.array([source])
    level = 0
    while len(frontier):
        counts = starts[frontier + 1] - starts[frontier]
        tails = np.repeat(frontier, counts)
        at = np.arange(counts.sum()) + np.repeat(
            starts[frontier] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts
        )
        ends = heads[at]
        level += 1
        fresh = ends[depth[ends] < 0]
        depth[fresh] = level
        onward = depth[ends] == level
        yield tails[onward], ends[onward]
        frontier = np.unique(fresh)


def _either_way(n: int, one: Ints, other: Ints, weights: Floats) -> Any:
    """The symmetric matrix (n, n) of the edges, without loops."""
    from scipy.sparse import coo_matrix

    apart = one != other
    one, other, weights = one[apart], other[apart], weights[apart]
    order = np.lexsort((weights, np.maximum(one, other), np.minimum(one, other)))  # sums must not depend on their order
    one, other, weights = one[order], other[order], weights[order]
    ends = np.concatenate([one, other]), np.concatenate([other, one])
    matrix = coo_matrix((np.concatenate([weights, weights]), ends), shape=(n, n)).tocsr()
    matrix.sum_duplicates()
    return matrix
