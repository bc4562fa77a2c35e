"""What is asked of the idea graph: a node by its name, its neighbours, and the way between two.

All take either form of it, the networkx graph or the IdeaTable.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from corpus.concepts import concept
from corpus.errors import FourwaysError, InputError, UnknownPaper, shorten
from corpus.library import Library
from survey.graph.build import idea_node, table_of
from survey.graph.table import EDGE_KINDS, NODE_KINDS, PAPER, IdeaTable, Ints

if TYPE_CHECKING:
    import networkx as nx

Graph: TypeAlias = "nx.MultiDiGraph | IdeaTable"


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
    """The edges of a node: `{"id", "kind", "title", "edge", "way": "out" or "in", "weight", "source"}`, by kind of edge and weight,
    of one weight in the graph's order.

    `kind`: only edges of this kind, or to nodes of this kind; `k`: at most so many of each kind of edge and way.
    """
    found = []
    for (edge_kind, way), links in _links(graph, node, kind).items():
        for other, edge in links.heaviest(k):
            told = graph.nodes[other]
            found.append(
                {
                    "id": other,
                    "kind": told["kind"],
                    "title": told["title"],
                    "edge": edge_kind,
                    "way": way,
                    "weight": edge["weight"],
                    "source": edge["source"],
                }
            )
    return found


def count_neighbours(graph: Graph, node: str, *, kind: str | None = None) -> dict[tuple[str, str], int]:
    """How many edges there are of each kind and way ("out" or "in"), in the order of `neighbours`."""
    return {at: len(links.weights) for at, links in _links(graph, node, kind).items()}


@dataclass(frozen=True)
class _Links:
    """Edges of one kind and way: their weights, and what tells the other node and the edge at a place."""

    weights: NDArray[np.floating]
    told: Callable[[int], tuple[str, Any]]

    def heaviest(self, k: int | None) -> list[tuple[str, Any]]:
        """The `k` of the highest weights (all, if None), the highest first."""
        return [self.told(at) for at in np.argsort(-self.weights, kind="stable")[:k].tolist()]


def _links(graph: Graph, node: str, kind: str | None) -> dict[tuple[str, str], _Links]:
    """Kind of edge and way -> the edges of a node."""
    found = _of_table(graph, node, kind) if isinstance(graph, IdeaTable) else _of_network(graph, node, kind)
    return dict(sorted(found.items()))


def _of_table(table: IdeaTable, node: str, kind: str | None) -> dict[tuple[str, str], _Links]:
    row, found = table.row(node), {}
    for way, edges, ends in (
        ("in", table.into(row), table.edge.tails),
        ("out", table.out_of(row), table.edge.heads),
    ):
        if kind in NODE_KINDS:
            edges = edges[table.node.kinds[ends[edges]] == NODE_KINDS.index(str(kind))]
        for number in np.flatnonzero(np.bincount(table.edge.kinds[edges])).tolist():
            if kind in (None, EDGE_KINDS[number]) or kind in NODE_KINDS:
                these = edges[table.edge.kinds[edges] == number]

                def told(at: int, these: Ints = these, ends: Any = ends) -> tuple[str, Any]:
                    return table.node.names[int(ends[these[at]])], table.edge_data(int(these[at]))

                found[EDGE_KINDS[number], way] = _Links(table.edge.weights[these], told)
    return found


def _of_network(graph: nx.MultiDiGraph, node: str, kind: str | None) -> dict[tuple[str, str], _Links]:
    lists: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    for way, edges in (("in", graph.in_edges(node, data=True)), ("out", graph.out_edges(node, data=True))):
        for tail, head, edge in edges:
            other = tail if way == "in" else head
            if kind in (None, edge["kind"], graph.nodes[other]["kind"]):
                lists.setdefault((edge["kind"], way), []).append((other, edge))
    return {
        at: _Links(np.array([edge["weight"] for _, edge in links], dtype=np.float64), links.__getitem__)
        for at, links in lists.items()
    }


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
