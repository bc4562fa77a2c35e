"""The graphs, on a library of five papers whose answers can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest

from corpus.concepts import set_concepts
from corpus.errors import HomeError, InputError
from corpus.ideas import Idea, set_proposals
from corpus.library import Library
from corpus.models import Citation, Concept, Mention, Paper, Place
from survey.graph import (
    IdeaTable,
    NoPath,
    build_citation_graph,
    build_idea_graph,
    build_star,
    build_table,
    check_kind,
    count_neighbours,
    find_node,
    neighbourhood,
    neighbours,
    save_graph,
    shortest_path,
    stats,
    table_of,
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """a and b cite c; b is like d; a stands under adapters; e stands alone."""
    made = Library(tmp_path / "library.db")
    made.add([Paper(id=name, title=f"Paper {name}", year=2020, arxiv_id=None) for name in "abcde"], "test")
    made.add_citations(
        [Citation(citing="a", cited="c"), Citation(citing="b", cited="c"), Citation(citing="a", cited="elsewhere")]
    )
    key = made.resolve
    made.set_similar([(key("b"), key("d"), 0.9)])
    made.set_places([(key("a"), Place(strategy="efficient", direction="adapters", weight=1.0, source="hand"))])
    return made


@pytest.fixture
def graph(library: Library) -> nx.MultiDiGraph:
    return build_idea_graph(library)


def test_citation_graph_runs_from_citing_to_cited(library: Library) -> None:
    assert set(build_citation_graph(library).edges) == {("a", "c"), ("b", "c")}


def test_idea_graph_has_every_node_and_edge_with_kind_weight_and_source(graph: nx.MultiDiGraph) -> None:
    assert graph.nodes["a"] == {"kind": "paper", "title": "Paper a", "year": 2020}
    assert graph.nodes["strategy:efficient"]["kind"] == "strategy"
    assert graph.edges["a", "direction:adapters", "belongs_to"] == {
        "kind": "belongs_to",
        "weight": 1.0,
        "source": "hand",
    }
    assert graph.edges["b", "d", "similar"]["weight"] == 0.9
    assert graph.has_edge("direction:adapters", "strategy:efficient", "belongs_to")


def test_stats_count_what_is_there(graph: nx.MultiDiGraph) -> None:
    figures = stats(graph)
    assert figures["nodes"]["paper"] == 5
    assert (figures["edges"]["cites"], figures["edges"]["similar"]) == (2, 1)
    assert figures["papers_by_strategy"]["efficient"] == 1
    assert (figures["components"], figures["largest_component"]) == (1, 4)  # a-c-b-d; e is joined to nothing
    assert figures["most_cited"][0] == {"id": "c", "title": "Paper c", "citations": 2}


def test_neighbours_say_which_way_an_edge_runs(graph: nx.MultiDiGraph) -> None:
    found = [(one["id"], one["edge"], one["way"]) for one in neighbours(graph, "b")]
    assert found == [("c", "cites", "out"), ("d", "similar", "out")]
    assert [(one["id"], one["way"]) for one in neighbours(graph, "c")] == [("a", "in"), ("b", "in")]


def test_shortest_path_goes_either_way_along_edges(graph: nx.MultiDiGraph) -> None:
    steps = shortest_path(graph, "a", "d")
    assert [(step["id"], step["edge"]) for step in steps] == [
        ("a", "cites"),
        ("c", "cites"),
        ("b", "similar"),
        ("d", None),
    ]


def test_no_path_is_said(graph: nx.MultiDiGraph) -> None:
    with pytest.raises(NoPath, match="no path joins 'a' and 'e'"):
        shortest_path(graph, "a", "e")


def test_neighbourhood_is_bounded_and_holds_its_centre(graph: nx.MultiDiGraph) -> None:
    around = neighbourhood(graph, "a", limit=3)
    assert "a" in around and len(around) == 3
    assert set(neighbourhood(graph, "e")) == {"e"}


def test_a_node_is_found_by_any_id_or_key(graph: nx.MultiDiGraph, library: Library) -> None:
    library.add([Paper(id="a", title="Paper a", arxiv_id="2101.00001")], "more")
    assert find_node(build_idea_graph(library), library, "arXiv:2101.00001v2") == library.paper("a").name
    assert find_node(graph, library, "adapters") == "direction:adapters"
    assert find_node(graph, library, "efficient") == "strategy:efficient"
    with pytest.raises(InputError, match="nothing in the graph is called 'zz'"):
        find_node(graph, library, "zz")


@pytest.mark.parametrize("suffix", [".graphml", ".gexf", ".json"])
def test_export_can_be_read_back_whole(graph: nx.MultiDiGraph, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ideas{suffix}"
    save_graph(graph, path)
    read = {
        ".graphml": lambda: nx.read_graphml(path, force_multigraph=True),
        ".gexf": lambda: nx.read_gexf(path),
        ".json": lambda: nx.node_link_graph(json.loads(path.read_text("utf-8")), edges="edges"),
    }[suffix]()
    assert set(read.nodes) == set(graph.nodes)
    assert read.number_of_edges() == graph.number_of_edges()


def test_an_older_export_stays_whole_when_the_new_one_fails(graph: nx.MultiDiGraph, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.graphml, \.gexf, \.json"):
        save_graph(graph, tmp_path / "ideas.png")
    with pytest.raises(HomeError, match="cannot be written"):
        save_graph(graph, tmp_path / "missing" / "ideas.json")


# ---- methods, tasks, data sets and ideas -----------------------------------------------------------------------------


@pytest.fixture
def full(library: Library) -> Library:
    """a also says that it uses adapters, for tracking; b introduces adapters in its abstract; an idea combines the two."""
    library.add(
        [
            Paper(id="a", title="Adapters for tracking", year=2020),
            Paper(id="b", title="Paper b", year=2020, abstract="We add Adapters."),
        ],
        "test",
    )
    adapters = Concept(key="method:adapters", kind="method", name="adapters", forms=("adapters", "AdPT"), zh="适配器")
    tracking = Concept(key="task:tracking", kind="task", name="tracking")
    a, b = library.resolve("a"), library.resolve("b")
    mentions = [
        Mention(paper=a, concept=adapters.key, edge="uses", weight=0.9, field="title", start=0, stop=8),
        Mention(paper=a, concept=tracking.key, edge="addresses", weight=0.8, field="title", start=13, stop=21),
        Mention(paper=b, concept=adapters.key, edge="introduces", weight=0.7, field="abstract", start=7, stop=15),
        Mention(paper=b, concept=adapters.key, edge="uses", weight=0.3, field="abstract", start=7, stop=15),
    ]
    set_concepts(library, [adapters, tracking], mentions)
    idea = Idea(
        key="combine-1",
        statement="Adapters for tracking",
        move="combine",
        strategy="efficient",
        concepts=(adapters.key, tracking.key, "task:gone"),
    )
    set_proposals(library, [idea])
    return library


def test_mentions_are_edges_with_the_words_they_were_read_from(full: Library) -> None:
    graph = build_idea_graph(full)
    assert graph.nodes["method:adapters"] == {"kind": "method", "title": "adapters", "zh": "适配器"}
    assert graph.edges["a", "method:adapters", "uses"] == {
        "kind": "uses",
        "weight": 0.9,
        "source": 'title: "Adapters"',
    }
    assert graph.edges["b", "method:adapters", "introduces"]["source"] == 'abstract: "Adapters"'
    assert graph.has_edge("a", "task:tracking", "addresses")


def test_an_idea_combines_its_concepts_and_belongs_to_its_strategy(full: Library) -> None:
    table = build_table(full)
    assert table.nodes["idea:combine-1"] == {"kind": "idea", "title": "Adapters for tracking"}
    assert [(one["id"], one["edge"], one["source"]) for one in neighbours(table, "idea:combine-1")] == [
        ("strategy:efficient", "belongs_to", "idea, by the move combine"),
        ("method:adapters", "combines", "idea, by the move combine"),
        ("task:tracking", "combines", "idea, by the move combine"),
    ]


def test_the_table_reads_as_the_networkx_graph_does(full: Library) -> None:
    table, graph = build_table(full), build_idea_graph(full)
    assert list(table) == list(graph) and len(table) == len(graph)
    assert table.number_of_edges() == graph.number_of_edges()
    for node in graph:
        assert node in table and table.nodes[node] == graph.nodes[node]
        assert list(table.out_edges(node, data=True)) == list(graph.out_edges(node, data=True))
        assert sorted(table.in_edges(node)) == sorted(graph.in_edges(node))
        assert neighbours(table, node) == neighbours(graph, node)
        assert set(neighbourhood(table, node, 8)) == set(neighbourhood(graph, node, 8))
    assert stats(table) == stats(graph) | {"citations_waiting": 1}
    assert nx.utils.graphs_equal(table_of(graph).network(), graph)


def test_a_star_has_the_edges_that_the_whole_graph_has(full: Library) -> None:
    table = build_table(full)
    for name in table:
        node, star = build_star(full, name)
        assert (node, neighbours(star, node)) == (name, neighbours(table, name))


@pytest.mark.parametrize(
    ("name", "node"), [("adpt", "method:adapters"), ("适配器", "method:adapters"), ("combine-1", "idea:combine-1")]
)
def test_concepts_are_found_by_any_spelling_and_ideas_by_their_key(full: Library, name: str, node: str) -> None:
    assert find_node(build_table(full), full, name) == build_star(full, name)[0] == node


def test_an_unknown_name_is_one_line(full: Library) -> None:
    with pytest.raises(InputError, match="nothing in the graph is called 'zz'"):
        build_star(full, "zz")


def test_neighbours_of_one_kind_of_link_or_node(full: Library) -> None:
    node, star = build_star(full, "a")
    assert {one["edge"] for one in neighbours(star, node, kind="cites")} == {"cites"}
    assert [one["id"] for one in neighbours(star, node, kind="task")] == ["task:tracking"]
    assert check_kind("dataset") == "dataset" and check_kind(None) is None
    with pytest.raises(InputError, match="no kind of link or node 'likes'"):
        check_kind("likes")


def test_stats_tell_what_is_used_most_and_what_is_odd(full: Library) -> None:
    full.add(
        [Paper(id="old", title="Of 1990", year=1990), Paper(id="a2", title="Paper a2", arxiv_id="2101.00001")], "odd"
    )
    full.add_citations([Citation(citing="old", cited="a"), Citation(citing="a", cited="2101.00001")])
    full.add(
        [Paper(id="a", title="Adapters for tracking", arxiv_id="2101.00001")], "odd"
    )  # a and a2 are one: a cites itself
    figures = stats(build_table(full))
    assert figures["most_used"]["method"] == [{"id": "method:adapters", "title": "adapters", "papers": 2}]
    assert (figures["citations_against_date"], figures["self_citations"], figures["citations_waiting"]) == (1, 1, 1)
    assert figures["years"] == [1990, 2020]


def test_a_citation_of_oneself_counts_for_nothing() -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("a", kind="paper", title="Paper a")
    graph.add_edge("a", "a", kind="cites", weight=1.0, source="bibliography")
    assert stats(graph)["most_cited"] == stats(graph)["highest_rank"] == []


# ---- sizes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("papers", [0, 1, 3])
def test_small_libraries_without_citations(tmp_path: Path, papers: int) -> None:
    library = Library(tmp_path / "small" / "library.db")
    library.add([Paper(id=f"p{at}", title=f"Paper {at}") for at in range(papers)], "test")
    table = build_table(library)
    figures = stats(table)
    assert figures["nodes"].get("paper", 0) == figures["papers_alone"] == papers
    assert (figures["components"], figures["largest_component"], figures["most_cited"], figures["years"]) == (
        0,
        0,
        [],
        [],
    )
    assert figures["highest_rank"] == []
    if papers:
        assert neighbours(table, "p0") == [] and set(neighbourhood(table, "p0")) == {"p0"}


@pytest.fixture(scope="module")
def hub() -> IdeaTable:
    """One paper that 10,000 others cite."""
    graph = nx.MultiDiGraph()
    graph.add_node("hub", kind="paper", title="The hub")
    for at in range(10_000):
        graph.add_node(f"p{at:05}", kind="paper", title=f"Paper {at}")
        graph.add_edge(f"p{at:05}", "hub", kind="cites", weight=0.5 + at % 100 / 200, source="bibliography")
    return table_of(graph)


def test_of_ten_thousand_neighbours_the_heaviest_are_told(hub: IdeaTable) -> None:
    found = neighbours(hub, "hub", k=3)
    assert [one["id"] for one in found] == ["p00099", "p00199", "p00299"]  # of equals by name
    assert count_neighbours(hub, "hub") == {("cites", "in"): 10_000}
    assert len(neighbours(hub, "hub")) == 10_000


def test_the_picture_of_ten_thousand_neighbours_is_bounded(hub: IdeaTable) -> None:
    assert len(neighbourhood(hub, "hub", 60)) == len(neighbourhood(hub, "p00000", 60)) == 60


def test_a_path_over_ten_thousand_neighbours(hub: IdeaTable) -> None:
    assert [step["id"] for step in shortest_path(hub, "p00000", "p09999")] == ["p00000", "hub", "p09999"]
    assert [step["edge"] for step in shortest_path(hub, "hub", "hub")] == [None]
