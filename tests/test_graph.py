"""The graphs, on a library of five papers whose answers can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from corpus.errors import HomeError, InputError
from corpus.library import Library
from corpus.models import Citation, Paper, Place
from survey.graph import (
    NoPath,
    build_citation_graph,
    build_idea_graph,
    find_node,
    neighbourhood,
    neighbours,
    save_graph,
    shortest_path,
    similar_pairs,
    stats,
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


def test_similar_pairs_are_mutual_nearest_neighbours() -> None:
    # On a circle at 0, 10, 20 and 90 degrees; k=1: 0 and 10 name each other, 20 names 10 but 10 names 0; 90 names 20.
    angles = np.radians([0.0, 9.0, 20.0, 90.0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert similar_pairs(vectors, k=1) == [(0, 1, pytest.approx(np.cos(np.radians(9)), abs=1e-3))]
    assert similar_pairs(vectors[:1], k=5) == []


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
