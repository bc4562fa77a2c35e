"""Grouping papers: features of meaning, words and citations, and as many groups as the papers fall into best.

Papers of one topic are all alike; what tells them apart is what is left when their common part is taken away. So features are
centred, and groups are found by average linkage on their cosines, which on the human surveys and reading lists of
`benchmarks/outline.py` finds people's groups better than Ward's method, k-means or Leiden on a graph of nearest neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors, normalise
from corpus.models import Paper
from survey.graph.structure.ranks import pagerank
from survey.terms import terms, weigh

Rows = NDArray[np.int64]
Points = NDArray[np.float64]

# No group is smaller; from MANY papers on one paper more, and never less than one part in SMALLEST_PART of all.
SMALLEST, MANY, SMALLEST_PART = 2, 100, 120
# Papers in a group on average: people's lists have 5 to 12. What falls apart best within these bounds is taken.
FEWEST_EACH, MOST_EACH = 7, 9
# The tree is built on at most so many papers, evenly taken; the others join the nearest group. 4,000 take 64 MB.
TREE_MOST = 4_000
# How much the vectors of a paper's neighbours in the citation graph count beside its own.
CITATION_WEIGHT = 0.25
# So many words and pairs of words are compared, the most frequent ones; fewer among more papers than TREE_MOST.
WORDS, WORDS_OF_MANY = 1_500, 300
# A word in a title counts as much as so many in the abstract.
TITLE_TIMES = 3


def build_features(papers: Sequence[Paper], vectors: Vectors, citations: Sequence[tuple[int, int]]) -> Vectors:
    """Features (n, d), of length 1: vectors mixed with those of papers near in citations beside words, both centred.

    `vectors` (n, d) of length 1 belong to `papers`; `citations` are pairs of rows, citing and cited.
    """
    meaning = _centred(mix_citations(vectors, citations).astype(np.float64))
    words = _centred(_words(papers))
    return normalise(np.hstack([meaning, words]).astype(np.float32))


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


def split_rows(features: Vectors, rows: Rows, *, most: int | None = None) -> list[Rows]:
    """The rows in as many groups as they fall into best, about `most` at most; one group where they are too few or all alike."""
    least = max(SMALLEST + (len(rows) >= MANY), -(-len(rows) // SMALLEST_PART))
    low, high = (min(most or len(rows), round(len(rows) / each)) for each in (MOST_EACH, FEWEST_EACH))
    points = _centred(features[rows].astype(np.float64))
    if high < 2 or np.ptp(points, axis=0).max() < 1e-6:
        return [rows]
    tree = _tree(points)
    best: tuple[float, Rows] = (-np.inf, np.zeros(len(rows), dtype=np.int64))
    for count in sorted({max(2, round(count)) for count in np.linspace(low, high, 9)}):
        groups = _cut(points, tree, count, least)
        score = _silhouette(points, groups)
        if score > best[0]:
            best = (score, groups)
    return [rows[best[1] == group] for group in range(int(best[1].max()) + 1)]


def nest_groups(features: Vectors, groups: Sequence[Rows], bounds: tuple[int, int]) -> list[list[Rows]]:
    """The groups, put together into sections, as many within `bounds` as there are groups in each; few enough stay apart.

    Ward's method on the groups' centres, which unlike average linkage gives sections of like size.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    count = int(np.clip(round(len(groups) ** 0.5), *bounds))
    if len(groups) <= bounds[1]:
        return [[group] for group in groups]
    centres = normalise(np.stack([features[rows].mean(axis=0) for rows in groups])).astype(np.float64)
    section = fcluster(linkage(np.round(centres, 6), "ward"), count, "maxclust")
    return [[groups[number] for number in np.flatnonzero(section == one).tolist()] for one in np.unique(section)]


def _words(papers: Sequence[Paper]) -> Points:
    """The papers' most frequent words and pairs of words (n, d): TF-IDF with the logarithm of counts."""
    bags = []
    for paper in papers:
        words = terms(" ".join([paper.title] * TITLE_TIMES + [paper.abstract or ""]))
        bags.append(Counter([*words, *map(" ".join, pairwise(words))]))
    return np.asarray(weigh(bags, WORDS if len(papers) <= TREE_MOST else WORDS_OF_MANY).toarray(), dtype=np.float64)


def _centred(points: Points) -> Points:
    """What tells each point from the mean, of length 1; 0 for a point that nothing tells from it."""
    apart = points - points.mean(axis=0)
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    return np.asarray(np.divide(apart, lengths, out=np.zeros_like(apart), where=lengths > 1e-6))


def _tree(points: Points) -> tuple[Rows, Points]:
    """The rows taken, and their tree by average linkage of cosine distances."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    taken = np.unique(np.linspace(0, len(points) - 1, min(len(points), TREE_MOST)).astype(np.int64))
    some = points[taken]
    # Rounded, so that the last bit of a sum never decides which papers are joined first.
    apart = np.round(np.clip(1.0 - some @ some.T, 0.0, 2.0), 6)
    np.fill_diagonal(apart, 0.0)
    return taken, linkage(squareform((apart + apart.T) / 2, checks=False), "average")


def _cut(points: Points, tree: tuple[Rows, Points], count: int, least: int) -> Rows:
    """A group number for each point, 0.. without gaps: `count` branches of `least` papers and more, or as many as there are.

    Average linkage leaves stragglers apart; each joins the group that it is nearest to.
    """
    from scipy.cluster.hierarchy import fcluster

    taken, linkage = tree
    most: tuple[int, Rows] = (-1, np.zeros(len(taken), dtype=np.int64))
    for branches in range(count, min(4 * count, len(taken)) + 1):
        branch = fcluster(linkage, branches, "maxclust")
        large = int(np.count_nonzero(np.bincount(branch) >= least))
        if large > most[0]:
            most = large, branch
        if large >= count:
            break
    groups = np.full(len(points), -1, dtype=np.int64)
    groups[taken] = most[1]
    kept = [one for one in np.unique(most[1]) if np.count_nonzero(most[1] == one) >= least]
    if not kept:
        return np.zeros(len(points), dtype=np.int64)
    centres = np.stack([points[groups == one].mean(axis=0) for one in kept])
    nearest = np.argmax(np.round(points @ centres.T, 9), axis=1)
    home = {one: number for number, one in enumerate(kept)}
    return np.array([home.get(one, near) for one, near in zip(groups.tolist(), nearest.tolist(), strict=True)])


def _silhouette(points: Points, groups: Rows) -> float:
    """How well the groups divide the points: the mean of (b - a) / max(a, b), with a the mean cosine distance to the point's own
    group without itself, b that to the nearest other group (Rousseeuw 1987); -1 for a single group.
    """
    sizes = np.bincount(groups)
    if len(sizes) < 2:
        return -1.0
    sums = np.zeros((len(sizes), points.shape[1]))
    np.add.at(sums, groups, points)
    likeness = points @ sums.T  # (points, groups): summed cosines; a point's own is 1
    every = np.arange(len(points))
    itself = np.einsum("nd,nd->n", points, points)
    own = 1.0 - (likeness[every, groups] - itself) / np.maximum(sizes[groups] - 1, 1)
    others = 1.0 - likeness / sizes
    others[every, groups] = np.inf
    other = others.min(axis=1)
    alone = sizes[groups] == 1
    worth = np.where(alone, 0.0, (other - own) / np.maximum(np.maximum(own, other), 1e-12))
    return float(np.round(worth.mean(), 6))


def _adjacency(n: int, citations: Sequence[tuple[int, int]]) -> Any:
    from scipy.sparse import csr_matrix

    citing, cited = zip(*citations, strict=True) if citations else ((), ())
    return csr_matrix((np.ones(len(citations)), (citing, cited)), shape=(n, n))
