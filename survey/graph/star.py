"""One node and its links, read from the library: what a question about one node needs of a graph of millions of edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from corpus.database import as_list
from corpus.library import Library
from survey.graph.answers import named
from survey.graph.build import MENTIONS_READ, add_ideas, add_strategies, idea_node, mention_source
from survey.graph.gather import EdgeList, NodeList
from survey.graph.table import PAPER, IdeaTable


def build_star(library: Library, name: str) -> tuple[str, IdeaTable]:
    """The node called `name`, and a graph that holds all of its edges, as the whole graph has them. Raises InputError."""
    nodes, edges = NodeList(), EdgeList()
    add_strategies(nodes, edges)
    node = named(library, name, _known(library, nodes))
    if node.startswith("idea:") or node in nodes.rows:
        _add_concepts(library, nodes, library.column("SELECT cid FROM concepts"))
        add_ideas(library, nodes, edges)
        if node.startswith("direction:"):
            _add_placed(library, nodes, edges, node)
    elif found := library.column("SELECT cid FROM concepts WHERE key = ?", (node,)):
        _add_concepts(library, nodes, found)
        _add_mentions(library, nodes, edges, "m.cid = ?", found[0])
        add_ideas(library, nodes, edges)
    else:
        _add_paper(library, nodes, edges, library.resolve(node))
    return node, IdeaTable(nodes.arrays(), edges.arrays())


def _known(library: Library, nodes: NodeList) -> set[str]:
    concepts = library.column("SELECT key FROM concepts")
    return {*nodes.rows, *concepts, *map(idea_node, library.column("SELECT key FROM ideas"))}


def _add_paper(library: Library, nodes: NodeList, edges: EdgeList, pid: int) -> None:
    cited, citing, similar = library.cited_by(pid), library.citing(pid), library.similar_to(pid)
    rows = _add_papers(library, nodes, {pid, *cited, *citing, *(other for other, _ in similar)})
    here = rows.get(pid)
    for place in library.places([pid]).get(pid, []):
        edges.add(here, nodes.rows.get(f"direction:{place.direction}"), "belongs_to", place.weight, place.source)
    for other in cited:
        edges.add(here, rows.get(other), "cites", 1.0, "bibliography")
    for other in citing:
        edges.add(rows.get(other), here, "cites", 1.0, "bibliography")
    for other, cosine in similar:  # the edge runs from the lower key
        edges.add(rows.get(min(pid, other)), rows.get(max(pid, other)), "similar", cosine, "vectors")
    _add_concepts(library, nodes, library.column("SELECT DISTINCT cid FROM mentions WHERE pid = ?", (pid,)))
    _add_mentions(library, nodes, edges, "m.pid = ?", pid)


def _add_placed(library: Library, nodes: NodeList, edges: EdgeList, node: str) -> None:
    query = "SELECT pid, weight, source FROM places WHERE direction = ?"
    placed = library.rows(query, (node.removeprefix("direction:"),))
    rows = _add_papers(library, nodes, [pid for pid, _, _ in placed])
    for pid, weight, source in placed:
        edges.add(rows.get(pid), nodes.rows[node], "belongs_to", weight, source)


def _add_mentions(library: Library, nodes: NodeList, edges: EdgeList, where: str, key: int) -> None:
    found = library.rows(f"{MENTIONS_READ} WHERE {where}", (key,))
    papers = _add_papers(library, nodes, {row[0] for row in found})
    keys = dict(library.rows("SELECT cid, key FROM concepts"))
    for pid, cid, edge, weight, field, words in found:
        edges.add(papers.get(pid), nodes.rows.get(keys.get(cid, "")), edge, weight, mention_source(field, words))


def _add_papers(library: Library, nodes: NodeList, pids: Iterable[int]) -> Mapping[int, int]:
    """Key -> row."""
    query = (
        "SELECT pid, id, title, year, published, venue FROM papers WHERE pid IN (SELECT value FROM json_each(?))"
        " ORDER BY pid"
    )
    return {
        pid: nodes.add(name, PAPER, title, None, pid, year, published, venue)
        for pid, name, title, year, published, venue in library.rows(query, (as_list(sorted(pids)),))
    }


def _add_concepts(library: Library, nodes: NodeList, cids: Iterable[int]) -> None:
    query = "SELECT cid, key, kind, name, zh FROM concepts WHERE cid IN (SELECT value FROM json_each(?)) ORDER BY key"
    for cid, key, kind, name, zh in library.rows(query, (as_list(list(cids)),)):
        nodes.add(key, kind, name, zh, cid)
