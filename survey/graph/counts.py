"""How much there is of everything in the idea graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from survey.graph.build import table_of
from survey.graph.structure.ranks import pagerank
from survey.graph.table import CONCEPTS, EDGE_KINDS, MENTIONS, NODE_KINDS, PAPER, IdeaTable, Ints, distinct
from survey.strategies import STRATEGIES, directions

if TYPE_CHECKING:
    import networkx as nx

# How many of the most cited, most used and highest ranked are told.
_MOST = 10


def stats(graph: nx.MultiDiGraph | IdeaTable) -> dict[str, Any]:
    """Counts of nodes and edges by kind, papers under each strategy and direction, components of papers that citations or likeness
    join, the most cited papers and those of the highest PageRank, the concepts in most papers, and what is odd: citations that go
    against the date, of a paper by itself (left out), and of papers not here.
    """
    table = table_of(graph)
    if "stats" not in table.known:
        table.known["stats"] = _stats(table)
    return dict(table.known["stats"])


def _stats(table: IdeaTable) -> dict[str, Any]:
    components = _components(table)
    citing, cited = table.citations
    years = table.node.years
    known = (years[citing] > 0) & (years[cited] > 0)
    dated = years[table.papers][years[table.papers] > 0]
    return {
        "nodes": _counted(table.node.kinds, NODE_KINDS),
        "edges": _counted(table.edge.kinds, EDGE_KINDS),
        **_places(table),
        "components": len(components),
        "largest_component": int(components.max(initial=0)),
        "papers_alone": len(table.papers) - int(components.sum()),
        "years": [int(dated.min()), int(dated.max())] if len(dated) else [],
        "citations_against_date": int(np.count_nonzero(known & (years[citing] < years[cited]))),
        "self_citations": table.facts.get("self_citations", 0),
        "citations_waiting": table.facts.get("waiting", 0),
        "most_cited": _most(table, np.bincount(cited, minlength=len(table)), "citations"),
        "highest_rank": _most(table, pagerank(len(table), citing, cited, among=table.papers), "rank")
        if len(cited)
        else [],
        "most_used": _most_used(table),
    }


def _counted(numbers: Any, names: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(numbers, minlength=len(names)).tolist()
    return {name: count for name, count in sorted(zip(names, counts, strict=True)) if count}


def _places(table: IdeaTable) -> dict[str, dict[str, int]]:
    edges = table.of_kind("belongs_to")
    edges = edges[table.node.kinds[table.edge.tails[edges]] == NODE_KINDS.index(PAPER)]
    papers, heads = table.edge.tails[edges], table.edge.heads[edges]
    names = {row: table.node.names[row].removeprefix("direction:") for row in np.unique(heads).tolist()}
    under = {names[row]: int(count) for row, count in zip(*np.unique(heads, return_counts=True), strict=True)}
    strategies = {
        key: len(distinct(papers[np.isin(heads, [row for row, name in names.items() if _strategy(name) == key])]))
        for key in STRATEGIES
    }
    return {
        "papers_by_strategy": strategies,
        "papers_by_direction": dict(sorted(under.items(), key=lambda pair: (-pair[1], pair[0]))),
    }


def _strategy(direction: str) -> str | None:
    known = directions().get(direction)
    return known.strategy if known else None


def _components(table: IdeaTable) -> Ints:
    """The sizes of the components of papers that are joined at all."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = table.of_kind("cites", "similar")
    ends = table.edge.tails[edges], table.edge.heads[edges]
    joined = distinct(np.concatenate(ends))
    if not len(joined):
        return np.zeros(0, dtype=np.int64)
    matrix = coo_matrix((np.ones(len(edges), dtype=np.int8), ends), shape=(len(table), len(table)))
    _, labels = connected_components(matrix, directed=False)
    sizes = np.bincount(labels[joined])
    return sizes[sizes > 0]


def _most(table: IdeaTable, scores: Any, called: str) -> list[dict[str, Any]]:
    """The papers of the highest scores above 0, equal ones by id."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > _MOST:
        rows = rows[scores[rows] >= np.partition(scores[rows], -_MOST)[-_MOST]]
    names = table.node.names
    first = sorted(rows.tolist(), key=lambda row: (-scores[row], names[row]))[:_MOST]
    value = int if called != "rank" else lambda score: round(float(score), 6)
    return [{"id": names[row], "title": table.node.titles[row], called: value(scores[row])} for row in first]


def _most_used(table: IdeaTable) -> dict[str, list[dict[str, Any]]]:
    edges = table.of_kind(*MENTIONS)
    tails, heads = table.edge.tails[edges].astype(np.int64), table.edge.heads[edges].astype(np.int64)
    pairs = distinct(heads * len(table) + tails)  # a paper may do several things with one concept
    papers = pairs[table.node.kinds[pairs % max(1, len(table))] == NODE_KINDS.index(PAPER)] // max(1, len(table))
    counts = np.bincount(papers, minlength=len(table))
    return {
        kind: _most(table, np.where(table.node.kinds == NODE_KINDS.index(kind), counts, 0), "papers")
        for kind in CONCEPTS
    }
