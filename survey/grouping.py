"""Grouping papers: features of meaning and citations, and as many groups as the papers fall into best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors, normalise
from survey.graph.structure.ranks import pagerank

Rows = NDArray[np.int64]
Points = NDArray[np.float64]

# A group of fewer papers is no section of its own, as long as there are enough papers.
SMALLEST = 4
# The tree is built on at most so many papers, evenly taken; the others join the nearest group. 4,000 take 1 s and 64 MB.
TREE_MOST = 4_000
# How much the vectors of a paper's neighbours in the citation graph count beside its own.
CITATION_WEIGHT = 0.5
# Rounds of k-means after the tree is cut: stragglers move their group's centre, and some papers are then nearer another.
ROUNDS = 5


def mix_citations(vectors: Vectors, citations: Sequence[tuple[int, int]]) -> Vectors:
    """Each vector plus CITATION_WEIGHT times the mean of those near it in citations, length 1.

    Near are papers that cite or are cited directly, share references (bibliographic coupling) or are cited together
    (co-citation); what many papers cite joins them less. A paper without citations keeps its vector.
    """
    if not citations:
        return normalise(vectors)
    graph = _adjacency(len(vectors), citations)
    cited, citing = (1.0 / np.log2(2.0 + np.asarray(graph.sum(axis=axis)).ravel()) ** 2 for axis in (0, 1))

    def gather(values: NDArray[np.float64]) -> NDArray[np.float64]:
        coupled = graph @ (cited[:, None] * (graph.T @ values))
        together = graph.T @ (citing[:, None] * (graph @ values))
        return np.asarray(graph @ values + graph.T @ values + coupled + together)

    own = vectors.astype(np.float64)
    weights = gather(np.ones((len(own), 1)))
    means = np.divide(gather(own), weights, out=np.zeros_like(own), where=weights > 0)
    return normalise(np.asarray(own + CITATION_WEIGHT * means, dtype=np.float32))


def citation_rank(n: int, citations: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """The PageRank of n papers that `(citing, cited)` pairs join; sums to 1."""
    pairs = np.array(citations, dtype=np.int64).reshape(-1, 2)
    return pagerank(n, pairs[:, 0], pairs[:, 1])


def split_rows(features: Vectors, rows: Rows, bounds: tuple[int, int]) -> list[Rows]:
    """The rows in as many groups as they fall into best, within `bounds`; one group where they are too few or all alike."""
    if len(rows) < 2 * SMALLEST:
        return [rows]
    # Sections of at least 8 papers on average: with fewer, a small set becomes a table of contents with hardly a text.
    most = min(bounds[1], max(2, len(rows) // (2 * SMALLEST)))
    points = features[rows].astype(np.float64)
    tree = _tree(points)
    best: tuple[float, Rows] = (0.0, np.zeros(len(rows), dtype=np.int64))
    for count in range(min(bounds[0], most), most + 1):
        groups = _refine(points, _centres(points, tree, count))
        score = _worth(points, groups)
        if score > best[0]:
            best = (score, groups)
    return [rows[best[1] == group] for group in range(int(best[1].max()) + 1)]


def _tree(points: Points) -> tuple[Rows, Points]:
    """Ward's tree over the points, or over TREE_MOST of them: their numbers, and the linkage."""
    from scipy.cluster.hierarchy import linkage

    taken = np.unique(np.linspace(0, len(points) - 1, min(len(points), TREE_MOST)).astype(np.int64))
    return taken, linkage(points[taken], "ward")


def _centres(points: Points, tree: tuple[Rows, Points], count: int) -> Points:
    """Centres of `count` branches of the tree, or as many as there are, that are large enough; stragglers are passed over."""
    for least in (SMALLEST, 2):
        found = _branches(points, tree, count, least)
        if len(found) > 1:
            return np.stack(found[:count])
    return np.asarray(points.mean(axis=0, keepdims=True))


def _branches(points: Points, tree: tuple[Rows, Points], count: int, least: int) -> list[Points]:
    """Centres of the branches of `least` papers and more, from the first cut of the tree that has `count`, else the most."""
    from scipy.cluster.hierarchy import fcluster

    taken, linkage = tree
    most: list[Points] = []
    for cut in range(count, min(4 * count, len(taken)) + 1):
        branch = fcluster(linkage, cut, "maxclust")
        large = np.flatnonzero(np.bincount(branch) >= least)
        if len(large) > len(most):
            most = [np.asarray(points[taken[branch == one]].mean(axis=0)) for one in large]
        if len(most) >= count:
            break
    return most


def _refine(points: Points, centres: Points) -> Rows:
    """A group number for each point, 0.. without gaps: the nearest centre, after a few rounds of k-means.

    A group that falls below SMALLEST is given up to the others.
    """
    for _ in range(ROUNDS):
        nearest = _nearest(points, centres)
        centres = np.stack([points[nearest == group].mean(axis=0) for group in np.unique(nearest)])
    while True:
        nearest = _nearest(points, centres)
        sizes = np.bincount(nearest, minlength=len(centres))
        if len(centres) == 1 or sizes.min() >= SMALLEST:
            return nearest
        centres = np.delete(centres, sizes.argmin(), axis=0)


def _nearest(points: Points, centres: Points) -> Rows:
    directions = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    # Rounded, so that the last bit of a sum never decides between two groups.
    return np.asarray(np.argmax(np.round(points @ directions.T, 9), axis=1))


def _worth(points: Points, groups: Rows) -> float:
    """How well the groups divide the points: the simplified silhouette (Hruschka et al. 2004) times the entropy of their sizes.

    The silhouette is the mean of (b - a) / max(a, b), with a the cosine distance to the point's own centre and b to the nearest
    other one. Alone it likes one large group beside a few small ones, which makes a poor table of contents. 0 for a single group.
    """
    sizes = np.bincount(groups)
    if len(sizes) < 2:
        return 0.0
    centres = normalise(np.stack([points[groups == group].mean(axis=0) for group in range(len(sizes))]))
    distances = 1.0 - points @ centres.T  # (points, groups)
    own = distances[np.arange(len(points)), groups].copy()
    distances[np.arange(len(points)), groups] = np.inf
    other = distances.min(axis=1)
    silhouette = np.mean((other - own) / np.maximum(np.maximum(own, other), 1e-12))
    shares = sizes / sizes.sum()
    return float(np.round(-silhouette * np.sum(shares * np.log(shares)), 6))


def _adjacency(n: int, citations: Sequence[tuple[int, int]]) -> Any:
    from scipy.sparse import csr_matrix

    citing, cited = zip(*citations, strict=True) if citations else ((), ())
    return csr_matrix((np.ones(len(citations)), (citing, cited)), shape=(n, n))
