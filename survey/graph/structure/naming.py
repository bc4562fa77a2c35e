"""Communities in words: what their papers speak of and others don't, and the papers that lead them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from corpus.retrieval.analysis import GLUE
from survey.graph.structure.ranks import Floats, Ints
from survey.graph.table import MENTIONS, IdeaTable, distinct

# Names and papers told of a community.
_NAMES, _PAPERS = 3, 3
# A word or concept of fewer papers names nothing.
_LEAST = 2
_WORD = re.compile(r"[^\W\d_][\w-]{2,}")


def paper_links(table: IdeaTable, among: Ints | None = None) -> tuple[Ints, Ints, Floats]:
    """Rows of papers that citations (weight 1) or likeness (the cosine) join: one, other and weight (m,), `among` these only."""
    edges = table.of_kind("cites", "similar")
    one, other = table.edge.tails[edges].astype(np.int64), table.edge.heads[edges].astype(np.int64)
    weights = np.asarray(np.round(table.edge.weights[edges], 4), dtype=np.float64)
    if among is not None:
        here = np.zeros(len(table), dtype=bool)
        here[among] = True
        inside = here[one] & here[other]
        one, other, weights = one[inside], other[inside], weights[inside]
    return one, other, weights


def describe_communities(table: IdeaTable, labels: Ints, k: int | None = None) -> list[dict[str, Any]]:
    """The `k` largest communities (all, if None): `{"community", "papers", "names", "leading": [{"id", "title"}]}`.

    `labels` (n,): of each node, -1 for none. `names`: the concepts with the highest c * log((c / s) / (C / N)), where c of the
    community's s papers and C of all N in communities speak of it (its part of the divergence of Kullback & Leibler 1951); words
    of titles, where there are too few concepts. `leading`: those that the community itself cites most.
    """
    sizes = np.bincount(labels[labels >= 0]).tolist()
    shown = range(len(sizes) if k is None else min(k, len(sizes)))
    named = _named(_concepts(table, labels), sizes, shown)
    if any(len(names) < _NAMES for names in named):
        words = _named(_words(table, labels), sizes, shown)
        named = [list(dict.fromkeys([*one, *more]))[:_NAMES] for one, more in zip(named, words, strict=True)]
    citing, cited = table.citations
    inside = (labels[citing] == labels[cited]) & (labels[citing] >= 0)
    times = np.bincount(cited[inside], minlength=len(table))
    described = []
    for number in shown:
        rows = np.flatnonzero(labels == number)
        leading = rows[np.argsort(-times[rows], kind="stable")][:_PAPERS].tolist()
        described.append(
            {
                "community": number,
                "papers": sizes[number],
                "names": named[number],
                "leading": [{"id": table.node.names[row], "title": table.node.titles[row]} for row in leading],
            }
        )
    return described


def _concepts(table: IdeaTable, labels: Ints) -> Iterator[tuple[int, str]]:
    """Community and name of the concept, once for each paper that speaks of it."""
    edges = table.of_kind(*MENTIONS)
    edges = edges[labels[table.edge.tails[edges]] >= 0]
    tails, heads = table.edge.tails[edges].astype(np.int64), table.edge.heads[edges].astype(np.int64)
    pairs = distinct(tails * len(table) + heads)
    names = {row: table.node.titles[row] for row in distinct(heads).tolist()}
    for tail, head in zip((pairs // len(table)).tolist(), (pairs % len(table)).tolist(), strict=True):
        yield int(labels[tail]), names[head]


def _words(table: IdeaTable, labels: Ints) -> Iterator[tuple[int, str]]:
    for row in np.flatnonzero(labels >= 0).tolist():
        for word in dict.fromkeys(_WORD.findall(table.node.titles[row].lower())):
            if word not in GLUE:
                yield int(labels[row]), word


def _named(said: Iterator[tuple[int, str]], sizes: Sequence[int], shown: Sequence[int]) -> list[list[str]]:
    """The most telling of what is said in each community."""
    everywhere: Counter[str] = Counter()
    within: list[Counter[str]] = [Counter() for _ in sizes]
    for community, what in said:
        everywhere[what] += 1
        within[community][what] += 1
    total = sum(sizes)
    named = []
    for community in shown:
        size = sizes[community]
        worth = {
            what: count * float(np.log(count / size * total / everywhere[what]))
            for what, count in within[community].items()
            if count >= _LEAST
        }
        telling = [what for what, score in worth.items() if score > 0 or total == size]
        # In a library of one community nothing is more of it than of all: the most used names it.
        named.append(sorted(telling, key=lambda what: (-worth[what], -within[community][what], what))[:_NAMES])
    return named
