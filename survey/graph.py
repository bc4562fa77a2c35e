"""The citation graph and the idea graph of a library, as networkx graphs.

Nodes of the idea graph (attribute `kind`): `strategy` (`strategy:KEY`), `direction` (`direction:KEY`), `paper` (its id).
Edges (attribute and key `kind`, with a `weight`): paper `cites` paper; paper `similar` paper (among each other's nearest in
meaning, weight the cosine; one edge a pair); paper `belongs_to` direction, direction `belongs_to` direction or strategy.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.embed import Vectors
from corpus.errors import FourwaysError, HomeError, InputError, UnknownPaper, shorten
from corpus.library import Library
from corpus.models import Paper
from corpus.report import Progress
from survey.strategies import STRATEGIES, directions

if TYPE_CHECKING:
    import networkx as nx

# Nearest neighbours that count as similar, if the nearness is mutual: hubs do not join everything.
NEIGHBOURS = 10
# Rows of the similarity matrix made at once: 1,024 x 30,000 float32 are 120 MB.
_BLOCK = 1_024

STRATEGY, DIRECTION, PAPER = "strategy", "direction", "paper"


class NoPath(FourwaysError):
    """Two nodes of the graph are not connected."""


def build_citation_graph(library: Library) -> nx.DiGraph:
    """Papers that cite or are cited, by id; an edge goes from the citing to the cited one."""
    import networkx as nx

    names = library.names()
    graph = nx.DiGraph()
    graph.add_edges_from((names[citing], names[cited]) for citing, cited in library.citations())
    return graph


def build_idea_graph(library: Library, *, progress: Progress | None = None) -> nx.MultiDiGraph:
    """Strategies, directions and all papers, with every edge between them."""
    import networkx as nx

    def stage(done: int) -> None:
        if progress:
            progress("Building the graph", done, 4)

    graph = nx.MultiDiGraph()
    _add_strategies(graph)
    names: dict[int, str] = {}
    for key, paper in library.all_papers():
        names[key] = paper.name
        graph.add_node(paper.name, **_paper_node(paper))
    stage(1)
    for key, places in library.places().items():
        for place in places:
            if place.direction in directions():
                _link(graph, names[key], f"direction:{place.direction}", "belongs_to", place.weight, place.source)
    stage(2)
    for citing, cited in library.citations():
        _link(graph, names[citing], names[cited], "cites", 1.0, "bibliography")
    stage(3)
    for one, other, cosine in library.similar():
        _link(graph, names[one], names[other], "similar", cosine, "vectors")
    stage(4)
    return graph


def similar_pairs(
    vectors: Vectors, k: int = NEIGHBOURS, *, progress: Progress | None = None
) -> list[tuple[int, int, float]]:
    """Pairs `(i, j, cosine)`, i < j, of rows of `vectors` (n, d; length 1) that are among each other's `k` nearest.

    Exact, block by block: n * n * d multiplications, 10 s at 30,000 papers on 2 cores.
    """
    n = len(vectors)
    k = min(k, n - 1)
    if k < 1:
        return []
    nearest = np.empty((n, k), dtype=np.int64)
    cosines = np.empty((n, k), dtype=np.float32)
    for start in range(0, n, _BLOCK):
        block = vectors[start : start + _BLOCK] @ vectors.T  # (block, n)
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -2.0  # a paper is not its own neighbour
        top = np.argpartition(-block, k - 1, axis=1)[:, :k]
        nearest[start : start + len(block)] = top
        cosines[start : start + len(block)] = np.take_along_axis(block, top, axis=1)
        if progress:
            progress("Comparing papers", min(start + _BLOCK, n), n)
    sets = [set(row.tolist()) for row in nearest]
    return [
        (i, int(j), round(float(cosine), 4))
        for i in range(n)
        for j, cosine in zip(nearest[i], cosines[i], strict=True)
        if i < j and i in sets[int(j)]
    ]


def find_node(graph: nx.MultiDiGraph, library: Library, name: str) -> str:
    """The node called `name`: a paper by any of its ids, a direction or strategy by its key. Raises UnknownPaper."""
    for candidate in (name, f"direction:{name}", f"strategy:{name}"):
        if candidate in graph:
            return candidate
    try:
        return library.paper(name).name
    except UnknownPaper as error:
        raise InputError(
            f"nothing in the graph is called {shorten(name)!r}",
            "Name a paper's id (see `fourways search`), a direction or a strategy (see `fourways graph stats`)",
        ) from error


def neighbours(graph: nx.MultiDiGraph, node: str) -> list[dict[str, Any]]:
    """The edges of a node: `{"id", "kind", "title", "edge", "way": "out" or "in", "weight", "source"}`, by kind and weight."""
    found = []
    for way, edges in (("out", graph.out_edges(node, data=True)), ("in", graph.in_edges(node, data=True))):
        for tail, head, edge in edges:
            other = head if way == "out" else tail
            found.append(
                {
                    "id": other,
                    "kind": graph.nodes[other]["kind"],
                    "title": graph.nodes[other]["title"],
                    "edge": edge["kind"],
                    "way": way,
                    "weight": edge["weight"],
                    "source": edge["source"],
                }
            )
    return sorted(found, key=lambda one: (one["edge"], one["way"], -one["weight"], one["id"]))


def shortest_path(graph: nx.MultiDiGraph, start: str, end: str) -> list[dict[str, Any]]:
    """The fewest steps from `start` to `end`, edges taken either way: `{"id", "kind", "title", "edge"}` (edge: to the next).

    Raises NoPath.
    """
    import networkx as nx

    try:
        nodes = nx.bidirectional_shortest_path(graph.to_undirected(as_view=True), start, end)
    except nx.NetworkXNoPath as error:
        raise NoPath(
            f"no path joins {start!r} and {end!r}", "Import their citations, or run `fourways index`"
        ) from error
    steps = []
    for node, following in zip(nodes, [*nodes[1:], None], strict=True):
        edge = None if following is None else _edge_kind(graph, node, following)
        steps.append({"id": node, "kind": graph.nodes[node]["kind"], "title": graph.nodes[node]["title"], "edge": edge})
    return steps


def stats(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """Counts of nodes and edges by kind, papers under each strategy and direction, components, and the most cited papers."""
    import networkx as nx

    kinds = nx.get_node_attributes(graph, "kind")
    under_strategy: dict[str, set[str]] = {key: set() for key in STRATEGIES}
    under_direction: Counter[str] = Counter()
    cited: Counter[str] = Counter()
    edges: Counter[str] = Counter()
    for tail, head, kind in graph.edges(keys=True):
        edges[kind] += 1
        if kind == "cites":
            cited[head] += 1
        elif kind == "belongs_to" and kinds[tail] == PAPER:
            direction = head.removeprefix("direction:")
            under_direction[direction] += 1
            under_strategy[directions()[direction].strategy].add(tail)
    linked = graph.edge_subgraph([edge for edge in graph.edges(keys=True) if edge[2] in ("cites", "similar")])
    components = sorted((len(c) for c in nx.weakly_connected_components(linked)), reverse=True)
    most = sorted(cited.items(), key=lambda pair: (-pair[1], pair[0]))[:10]
    return {
        "nodes": dict(sorted(Counter(kinds.values()).items())),
        "edges": dict(sorted(edges.items())),
        "papers_by_strategy": {key: len(papers) for key, papers in under_strategy.items()},
        "papers_by_direction": dict(sorted(under_direction.items(), key=lambda pair: (-pair[1], pair[0]))),
        "components": len(components),
        "largest_component": components[0] if components else 0,
        "most_cited": [{"id": node, "title": graph.nodes[node]["title"], "citations": count} for node, count in most],
    }


def neighbourhood(graph: nx.MultiDiGraph, centre: str, limit: int = 60) -> nx.MultiDiGraph:
    """The part of the graph around `centre` to draw: at most `limit` nodes, the strongest links first, two steps out."""
    kept = {centre: 0}
    frontier = [centre]
    for _ in range(2):
        reached: dict[str, float] = {}
        for node in frontier:
            for one in neighbours(graph, node):
                if one["id"] not in kept:
                    # Directions and strategies before papers: they are what gives the picture its order.
                    weight = one["weight"] + (1 if one["kind"] != PAPER else 0)
                    reached[one["id"]] = max(reached.get(one["id"], 0.0), weight)
        chosen = sorted(reached, key=lambda node: (-reached[node], node))[: limit - len(kept)]
        kept |= dict.fromkeys(chosen, 1)
        frontier = chosen
    return graph.subgraph(kept).copy()


def _save_graphml(graph: nx.MultiDiGraph, path: Path) -> None:
    import networkx as nx

    nx.write_graphml(graph, path)


def _save_gexf(graph: nx.MultiDiGraph, path: Path) -> None:
    import networkx as nx

    nx.write_gexf(graph, path)


def _save_json(graph: nx.MultiDiGraph, path: Path) -> None:
    import networkx as nx

    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges"), ensure_ascii=False), "utf-8")


# A new export format is a function and a line here.
EXPORTS: Mapping[str, Callable[[nx.MultiDiGraph, Path], None]] = {
    ".graphml": _save_graphml,
    ".gexf": _save_gexf,
    ".json": _save_json,
}


def save_graph(graph: nx.MultiDiGraph, path: Path) -> None:
    """Write the graph in the format of the suffix. An older file stays whole until the new one is. Raises InputError, HomeError."""
    save = EXPORTS.get(path.suffix.lower())
    if save is None:
        raise InputError(f"{path.name} is of no known graph format", f"End the name with one of {', '.join(EXPORTS)}")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fourways-") as scratch:
            made = Path(scratch) / path.name
            save(graph, made)
            made.replace(path)
    except OSError as error:
        raise HomeError(
            f"{path} cannot be written ({error.strerror or error})", "Name a file in a folder that you can write to"
        ) from error


def _add_strategies(graph: nx.MultiDiGraph) -> None:
    for strategy in STRATEGIES.values():
        graph.add_node(f"strategy:{strategy.key}", kind=STRATEGY, title=strategy.en, zh=strategy.zh)
    for direction in directions().values():
        graph.add_node(f"direction:{direction.key}", kind=DIRECTION, title=direction.en, zh=direction.zh)
    for direction in directions().values():
        above = f"direction:{direction.parent}" if direction.parent else f"strategy:{direction.strategy}"
        _link(graph, f"direction:{direction.key}", above, "belongs_to", 1.0, "directions.toml")


def _paper_node(paper: Paper) -> dict[str, Any]:
    node: dict[str, Any] = {"kind": PAPER, "title": paper.title}
    if paper.year is not None:
        node["year"] = paper.year
    if paper.venue is not None:
        node["venue"] = paper.venue
    return node


def _link(graph: nx.MultiDiGraph, tail: str, head: str, kind: str, weight: float, source: str) -> None:
    graph.add_edge(tail, head, key=kind, kind=kind, weight=weight, source=source)


def _edge_kind(graph: nx.MultiDiGraph, one: str, other: str) -> str:
    kinds: Sequence[str] = [*(graph.get_edge_data(one, other) or {}), *(graph.get_edge_data(other, one) or {})]
    return sorted(kinds)[0]
