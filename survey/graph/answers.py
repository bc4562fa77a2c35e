"""What is asked of the idea graph: a node by its name, its neighbours, the way between two, and counts.

All take either form of it, the networkx graph or the IdeaTable.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from corpus.concepts import concept
from corpus.errors import FourwaysError, InputError, UnknownPaper, shorten
from corpus.library import Library
from survey.graph.build import idea_node, table_of
from survey.graph.structure.ranks import pagerank
from survey.graph.table import CONCEPTS, EDGE_KINDS, MENTIONS, NODE_KINDS, PAPER, IdeaTable, Ints
from survey.strategies import STRATEGIES, directions

if TYPE_CHECKING:
    import networkx as nx

Graph: TypeAlias = "nx.MultiDiGraph | IdeaTable"
# The name of the other node, the edge's weight, and what gives all of the edge.
Link = tuple[str, float, Callable[[], dict[str, Any]]]
# How many of the most cited, most used and highest ranked are told.
_MOST = 10


class NoPath(FourwaysError):
    """Two nodes of the graph are not connected."""


def find_node(graph: Graph, library: Library, name: str) -> str:
    """The node called `name`: a paper by any of its ids, a direction, strategy or idea by its key, a concept by its key or a
    spelling of it. Raises InputError.
    """
    return named(library, name, graph)


def named(library: Library, name: str, known: Container[str]) -> str:
    """The node of this name, if it is one of the `known`. Raises InputError."""
    for candidate in (name, f"direction:{name}", f"strategy:{name}", idea_node(name)):
        if candidate in known:
            return candidate
    try:
        return library.paper(name).name
    except UnknownPaper:
        pass
    with suppress(InputError):
        if (found := concept(library, name).key) in known:
            return found
    raise InputError(
        f"nothing in the graph is called {shorten(name)!r}",
        "Name a paper's id (see `fourways search`), a method, task or data set, a direction or a strategy",
    )


def check_kind(kind: str | None) -> str | None:
    """`kind`, if it is one of an edge or of a node, or None. Raises InputError."""
    if kind is not None and kind not in EDGE_KINDS and kind not in NODE_KINDS:
        known = ", ".join((*EDGE_KINDS, *NODE_KINDS))
        raise InputError(f"there is no kind of link or node {shorten(kind)!r}", f"Use one of {known}")
    return kind


def neighbours(graph: Graph, node: str, *, kind: str | None = None, k: int | None = None) -> list[dict[str, Any]]:
    """The edges of a node: `{"id", "kind", "title", "edge", "way": "out" or "in", "weight", "source"}`, by kind and weight.

    `kind`: only edges of this kind, or to nodes of this kind; `k`: at most so many of each kind and way.
    """
    found = []
    for (_, way), links in _links(graph, node, kind).items():
        weights = np.array([weight for _, weight, _ in links])
        for at in _heaviest(weights, lambda at, links=links: links[at][0], k):  # type: ignore[misc]
            other, _, data = links[at]
            told, edge = graph.nodes[other], data()
            found.append(
                {
                    "id": other,
                    "kind": told["kind"],
                    "title": told["title"],
                    "edge": edge["kind"],
                    "way": way,
                    "weight": edge["weight"],
                    "source": edge["source"],
                }
            )
    return found


def count_neighbours(graph: Graph, node: str, *, kind: str | None = None) -> dict[tuple[str, str], int]:
    """How many edges there are of each kind and way ("out" or "in"), in the order of `neighbours`."""
    return {at: len(links) for at, links in _links(graph, node, kind).items()}


def _links(graph: Graph, node: str, kind: str | None) -> dict[tuple[str, str], list[Link]]:
    """Kind of edge and way -> name of the other node, weight, and what the edge tells once it is asked."""
    found: dict[tuple[str, str], list[Link]] = {}
    for way, links in (("in", _into(graph, node)), ("out", _out_of(graph, node))):
        for edge_kind, other_kind, link in links:
            if kind in (None, edge_kind, other_kind):
                found.setdefault((edge_kind, way), []).append(link)
    return dict(sorted(found.items()))


def _out_of(graph: Graph, node: str) -> Iterator[tuple[str, str, Link]]:
    if isinstance(graph, IdeaTable):
        yield from _rows(graph, graph.out_of(graph.row(node)), graph.edge.heads)
        return
    for _, other, edge in graph.out_edges(node, data=True):
        yield edge["kind"], graph.nodes[other]["kind"], (other, edge["weight"], lambda edge=edge: edge)  # type: ignore[misc]


def _into(graph: Graph, node: str) -> Iterator[tuple[str, str, Link]]:
    if isinstance(graph, IdeaTable):
        yield from _rows(graph, graph.into(graph.row(node)), graph.edge.tails)
        return
    for other, _, edge in graph.in_edges(node, data=True):
        yield edge["kind"], graph.nodes[other]["kind"], (other, edge["weight"], lambda edge=edge: edge)  # type: ignore[misc]


def _rows(table: IdeaTable, edges: Ints, ends: Any) -> Iterator[tuple[str, str, Link]]:
    others = ends[edges]
    columns = (edges, others, table.edge.kinds[edges], table.edge.weights[edges], table.node.kinds[others])
    for edge, other, kind, weight, other_kind in zip(*(column.tolist() for column in columns), strict=True):
        link = table.node.names[other], weight, partial(table.edge_data, edge)
        yield EDGE_KINDS[kind], NODE_KINDS[other_kind], link


def _heaviest(weights: NDArray[np.float64], name_of: Callable[[int], str], k: int | None) -> list[int]:
    """The places of the `k` highest weights (of all, if None), the highest first, equal ones by name."""
    places = np.arange(len(weights))
    if k is not None and k < len(weights):
        places = np.flatnonzero(weights >= np.partition(weights, -k)[-k]) if k > 0 else places[:0]
    return sorted(places.tolist(), key=lambda at: (-weights[at], name_of(at)))[:k]


def shortest_path(graph: Graph, start: str, end: str) -> list[dict[str, Any]]:
    """The fewest steps from `start` to `end`, edges taken either way: `{"id", "kind", "title", "edge"}` (edge: to the next).

    Of several paths the one over the first nodes in the graph's order. Raises NoPath.
    """
    table = table_of(graph)
    rows = _shortest(table, table.row(start), table.row(end))
    if rows is None:
        raise NoPath(f"no path joins {start!r} and {end!r}", "Import their citations, or run `fourways index`")
    steps = []
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        told = table.attributes(row)
        edge = None if following is None else _edge_kind(table, row, following)
        steps.append({"id": table.node.names[row], "kind": told["kind"], "title": told["title"], "edge": edge})
    return steps


def _shortest(table: IdeaTable, start: int, end: int) -> list[int] | None:
    """Breadth first from `start`, a whole level at a time."""
    parent = np.full(len(table), -1, dtype=np.int64)
    parent[start] = start
    frontier = np.array([start])
    while len(frontier) and parent[end] < 0:
        pairs = [_around(table, row) for row in frontier.tolist()]
        reached = np.concatenate(pairs)
        came = np.repeat(frontier, [len(one) for one in pairs])
        fresh = parent[reached] < 0
        frontier, first = np.unique(reached[fresh], return_index=True)
        parent[frontier] = came[fresh][first]
    if parent[end] < 0:
        return None
    rows = [end]
    while rows[-1] != start:
        rows.append(int(parent[rows[-1]]))
    return rows[::-1]


def _around(table: IdeaTable, row: int) -> Ints:
    return np.concatenate([table.edge.heads[table.out_of(row)], table.edge.tails[table.into(row)]]).astype(np.int64)


def _edge_kind(table: IdeaTable, one: int, other: int) -> str:
    out, into = table.out_of(one), table.into(one)
    kinds = [
        *table.edge.kinds[out[table.edge.heads[out] == other]],
        *table.edge.kinds[into[table.edge.tails[into] == other]],
    ]
    return EDGE_KINDS[min(kinds)]


def neighbourhood(graph: Graph, centre: str, limit: int = 60) -> nx.MultiDiGraph:
    """The part of the graph around `centre` to draw: at most `limit` nodes, the strongest links first, two steps out."""
    kept = {centre: 0}
    frontier = [centre]
    for _ in range(2):
        reached: dict[str, float] = {}
        for node in frontier:
            # Of a node's links of one kind no more can be chosen than there is room for, and some may be there already.
            for one in neighbours(graph, node, k=limit):
                if one["id"] not in kept:
                    # Directions and strategies before papers: they are what gives the picture its order.
                    weight = one["weight"] + (1 if one["kind"] != PAPER else 0)
                    reached[one["id"]] = max(reached.get(one["id"], 0.0), weight)
        chosen = sorted(reached, key=lambda node: (-reached[node], node))[: limit - len(kept)]
        kept |= dict.fromkeys(chosen, 1)
        frontier = chosen
    return graph.subgraph(kept).copy()


def stats(graph: Graph) -> dict[str, Any]:
    """Counts of nodes and edges by kind, papers under each strategy and direction, components of papers that citations or likeness
    join, the most cited papers and those of the highest PageRank, the concepts in most papers, and what is odd: citations that go
    against the date, of a paper by itself (left out), and of papers not here.
    """
    table = table_of(graph)
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
        key: len(np.unique(papers[np.isin(heads, [row for row, name in names.items() if _strategy(name) == key])]))
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
    joined = np.unique(np.concatenate(ends))
    if not len(joined):
        return np.zeros(0, dtype=np.int64)
    matrix = coo_matrix((np.ones(len(edges), dtype=np.int8), ends), shape=(len(table), len(table)))
    _, labels = connected_components(matrix, directed=False)
    return np.unique(labels[joined], return_counts=True)[1]


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
    pairs = np.unique(heads * len(table) + tails)  # a paper may do several things with one concept
    papers = pairs[table.node.kinds[pairs % max(1, len(table))] == NODE_KINDS.index(PAPER)] // max(1, len(table))
    counts = np.bincount(papers, minlength=len(table))
    return {
        kind: _most(table, np.where(table.node.kinds == NODE_KINDS.index(kind), counts, 0), "papers")
        for kind in CONCEPTS
    }
