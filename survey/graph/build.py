"""The library -> the graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from corpus.ideas import kept_ideas
from corpus.library import Library
from corpus.report import Progress
from survey.graph.gather import EdgeList, NodeList
from survey.graph.table import DIRECTION, IDEA, PAPER, STRATEGY, IdeaTable
from survey.strategies import STRATEGIES, directions

if TYPE_CHECKING:
    import networkx as nx

_STAGES = 6
_CITATIONS = """
SELECT DISTINCT a.pid, b.pid FROM citations c JOIN ids a ON a.aid = c.citing JOIN ids b ON b.aid = c.cited
 WHERE a.pid IS NOT NULL AND b.pid IS NOT NULL AND a.pid <> b.pid
"""
# Citations of papers that are not here; and of a paper by itself, as when a preprint and what it became are one.
_WAITING = """
SELECT count(*) FROM citations c JOIN ids a ON a.aid = c.citing JOIN ids b ON b.aid = c.cited
 WHERE a.pid IS NULL OR b.pid IS NULL
"""
_SELF = """
SELECT count(*) FROM citations c JOIN ids a ON a.aid = c.citing JOIN ids b ON b.aid = c.cited WHERE a.pid = b.pid
"""
# The words that a mention was read from, cut out where they lie: no abstract is handed over.
MENTIONS_READ = """
SELECT m.pid, m.cid, m.edge, m.weight, m.field,
       substr(CASE m.field WHEN 'title' THEN p.title ELSE p.abstract END, m.start + 1, m.stop - m.start)
  FROM mentions m JOIN papers p ON p.pid = m.pid
"""


def build_citation_graph(library: Library) -> nx.DiGraph:
    """Papers that cite or are cited, by id; an edge goes from the citing to the cited one."""
    import networkx as nx

    names = library.names()
    graph = nx.DiGraph()
    graph.add_edges_from((names[citing], names[cited]) for citing, cited in library.citations())
    return graph


def build_idea_graph(library: Library, *, progress: Progress | None = None) -> nx.MultiDiGraph:
    """The idea graph of the library as networkx has it: of 150,000 papers it takes a minute and 3 GB; see IdeaTable."""
    return build_table(library, progress=progress).network()


def build_table(library: Library, *, progress: Progress | None = None) -> IdeaTable:
    """Strategies, directions, papers, concepts and ideas of the library, with every edge between them."""

    def stage(done: int) -> None:
        if progress:
            progress("Building the graph", done, _STAGES)

    nodes, links = NodeList(), EdgeList()
    add_strategies(nodes, links)
    papers = _add_papers(library, nodes)
    stage(1)
    concepts = _add_concepts(library, nodes)
    add_ideas(library, nodes, links)
    stage(2)
    for pid, direction, weight, source in _stream(library, "SELECT pid, direction, weight, source FROM places"):
        links.add(papers.get(pid), nodes.rows.get(f"direction:{direction}"), "belongs_to", weight, source)
    stage(3)
    for citing, cited in _stream(library, _CITATIONS):
        links.add(papers.get(citing), papers.get(cited), "cites", 1.0, "bibliography")
    stage(4)
    for one, other, cosine in _stream(library, "SELECT one, other, similarity FROM similar"):
        links.add(papers.get(one), papers.get(other), "similar", cosine, "vectors")
    stage(5)
    for pid, cid, edge, weight, field, words in _stream(library, MENTIONS_READ):
        links.add(papers.get(pid), concepts.get(cid), edge, weight, mention_source(field, words))
    stage(6)
    facts = {"self_citations": library.column(_SELF)[0], "waiting": library.column(_WAITING)[0]}
    return IdeaTable(nodes.arrays(), links.arrays(), facts)


def table_of(graph: nx.MultiDiGraph | IdeaTable) -> IdeaTable:
    """The same nodes and edges as arrays. Of a networkx graph, nodes need `kind` and `title`, edges a `kind`."""
    if isinstance(graph, IdeaTable):
        return graph
    nodes, links = NodeList(), EdgeList()
    for name, told in graph.nodes(data=True):
        year = told.get("year")
        nodes.add(name, told["kind"], told["title"], told.get("zh"), 0, year, None, told.get("venue"))
    for tail, head, told in graph.edges(data=True):
        links.add(
            nodes.rows[tail], nodes.rows[head], told["kind"], told.get("weight", 1.0), told.get("source", "computed")
        )
    return IdeaTable(nodes.arrays(), links.arrays())


def add_strategies(nodes: NodeList, links: EdgeList) -> None:
    """Strategies and directions, and how they hang together."""
    for strategy in STRATEGIES.values():
        nodes.add(f"strategy:{strategy.key}", STRATEGY, strategy.en, strategy.zh)
    for direction in directions().values():
        nodes.add(f"direction:{direction.key}", DIRECTION, direction.en, direction.zh)
    for direction in directions().values():
        above = f"direction:{direction.parent}" if direction.parent else f"strategy:{direction.strategy}"
        links.add(nodes.rows[f"direction:{direction.key}"], nodes.rows[above], "belongs_to", 1.0, "directions.toml")


def _add_papers(library: Library, nodes: NodeList) -> Mapping[int, int]:
    """Key -> row."""
    query = "SELECT pid, id, title, year, published, venue FROM papers ORDER BY pid"
    return {
        pid: nodes.add(name, PAPER, title, None, pid, year, published, venue)
        for pid, name, title, year, published, venue in _stream(library, query)
    }


def _add_concepts(library: Library, nodes: NodeList) -> Mapping[int, int]:
    query = "SELECT cid, key, kind, name, zh FROM concepts ORDER BY key"
    return {cid: nodes.add(key, kind, name, zh, cid) for cid, key, kind, name, zh in _stream(library, query)}


def add_ideas(library: Library, nodes: NodeList, links: EdgeList) -> None:
    """Ideas, the concepts that they combine, and their strategy."""
    for kept in kept_ideas(library):
        idea = kept.idea
        row = nodes.add(idea_node(idea.key), IDEA, idea.statement)
        source = f"idea, by the move {idea.move}"
        for concept in dict.fromkeys(idea.concepts):
            links.add(row, nodes.rows.get(concept), "combines", 1.0, source)
        links.add(row, nodes.rows.get(f"strategy:{idea.strategy}"), "belongs_to", 1.0, source)


def mention_source(field: str, words: str) -> str:
    """Where a mention was read: the field, and the words.

    >>> mention_source("title", "low-rank adaptation")
    'title: "low-rank adaptation"'
    """
    return f'{field}: "{words}"'


def idea_node(key: str) -> str:
    """The name of an idea's node."""
    return key if key.startswith("idea:") else f"idea:{key}"


def _stream(library: Library, query: str) -> Iterable[tuple[Any, ...]]:
    """The rows of a query as plain tuples, one at a time."""
    with library.guard():
        cursor = library.connection.cursor()
        cursor.row_factory = None
        yield from cursor.execute(query)
