"""What of the graph is drawn: which nodes and links, where they start, and what is left out."""

from __future__ import annotations

from itertools import combinations
from math import dist, hypot
from pathlib import Path

import pytest

from corpus.concepts import set_concepts
from corpus.library import Library
from corpus.models import Citation, Concept, Mention, Paper, Place
from survey.drawing import MOST_NODES, Dot, Drawing, build_drawing
from survey.graph import IdeaTable, build_table

METHOD = "method:adapters"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library.db")


def graph_of(library: Library, papers: int, *, similar: int = 0) -> IdeaTable:
    """Papers 1 to n that use adapters, under the direction `adapters`; each cites the one before it, and is like so many others."""
    library.add([Paper(id=f"p{n}", title=f"Paper {n}", year=2000 + n % 100) for n in range(1, papers + 1)], "test")
    library.add_citations(Citation(citing=f"p{n}", cited=f"p{n - 1}") for n in range(2, papers + 1))
    place = Place(strategy="efficient", direction="adapters", weight=0.8, source="test")
    library.set_places((n, place) for n in range(1, papers + 1))
    library.set_similar(
        (n, n + step, 0.5) for n in range(1, papers + 1) for step in range(2, similar + 2) if n + step <= papers
    )
    mentions = [
        Mention(paper=n, concept=METHOD, edge="uses", weight=100 / (100 + n), field="title", start=0, stop=5)
        for n in range(1, papers + 1)
    ]
    set_concepts(library, [Concept(key=METHOD, kind="method", name="adapters", zh="适配器")], mentions)
    return build_table(library)


def dots(drawing: Drawing) -> dict[str, Dot]:
    return {dot.id: dot for dot in drawing.dots}


def test_what_is_within_two_steps_is_drawn_with_all_its_links(library: Library) -> None:
    drawing = build_drawing(graph_of(library, 3), METHOD)
    found = dots(drawing)
    assert set(found) == {METHOD, "p1", "p2", "p3", "direction:adapters"}
    assert [(line.tail, line.head) for line in drawing.lines if line.kind == "cites"] == [("p2", "p1"), ("p3", "p2")]
    assert len(drawing.lines) == drawing.links == 3 + 3 + 2
    assert (drawing.reached, drawing.thinned) == (5, "")
    assert found["p2"].links == 4


def test_dots_tell_kind_year_strategy_and_the_centre(library: Library) -> None:
    found = dots(build_drawing(graph_of(library, 1), METHOD))
    assert (found["p1"].kind, found["p1"].year, found["p1"].strategy) == ("paper", 2001, "efficient")
    assert (found["direction:adapters"].kind, found["direction:adapters"].strategy) == ("direction", "efficient")
    method = found[METHOD]
    assert (method.kind, method.title, method.zh, method.strategy) == ("method", "adapters", "适配器", "")
    assert [dot.id for dot in found.values() if dot.centre] == [METHOD]


def test_a_larger_part_is_thinned_to_the_strongest_and_says_so(library: Library) -> None:
    drawing = build_drawing(graph_of(library, 30), METHOD, nodes=10)
    assert set(dots(drawing)) == {METHOD, "direction:adapters", *(f"p{n}" for n in range(1, 9))}
    assert drawing.reached == 32
    assert "10 of 32 nodes" in drawing.thinned


def test_of_too_many_links_a_spanning_tree_and_the_strongest_are_left(library: Library) -> None:
    graph = graph_of(library, 20, similar=6)
    whole, thin = build_drawing(graph, METHOD), build_drawing(graph, METHOD, links=25)
    assert len(thin.lines) == 25 < whole.links == thin.links
    assert "25 of" in thin.thinned
    joined = {METHOD}
    for _ in thin.dots:
        joined |= {end for line in thin.lines for end in (line.tail, line.head) if {line.tail, line.head} & joined}
    assert joined == set(dots(thin))
    # The papers' places and what they speak of pull harder than any likeness.
    assert all(line.kind != "similar" for line in thin.lines)


def test_fewer_links_than_join_all_of_them_are_never_drawn(library: Library) -> None:
    assert len(build_drawing(graph_of(library, 5), METHOD, links=0).lines) == 7 - 1


def test_an_opened_node_brings_its_strongest_neighbours(library: Library) -> None:
    graph = graph_of(library, 30)
    before = build_drawing(graph, "p1", nodes=4)
    after = build_drawing(graph, "p1", nodes=4, opened=["direction:adapters", "nothing", "p30"])
    assert len(before.dots) == 4
    assert set(dots(before)) < set(dots(after))
    assert len(after.dots) == 4 + 24


def test_a_hub_of_a_thousand_is_drawn_with_no_more_than_can_be_seen(library: Library) -> None:
    drawing = build_drawing(graph_of(library, 1_000), METHOD, opened=[METHOD])
    assert len(drawing.dots) == MOST_NODES
    assert drawing.reached == 1_002


def test_the_same_graph_gives_the_same_drawing(library: Library) -> None:
    graph = graph_of(library, 30, similar=4)
    assert build_drawing(graph, METHOD, nodes=20) == build_drawing(graph, METHOD, nodes=20)


def test_the_centre_starts_in_the_middle_and_no_two_nodes_on_one_spot(library: Library) -> None:
    drawing = build_drawing(graph_of(library, 60), METHOD)
    assert (dots(drawing)[METHOD].x, dots(drawing)[METHOD].y) == (0, 0)
    assert all(dist((one.x, one.y), (other.x, other.y)) > 1 for one, other in combinations(drawing.dots, 2))
    # The first ring is nearer than the second.
    reach = {dot.id: hypot(dot.x, dot.y) for dot in drawing.dots}
    assert reach[METHOD] < reach["direction:adapters"] < 200


def test_a_node_by_itself_is_drawn_alone(library: Library) -> None:
    library.add([Paper(id="p", title="Alone")], "test")
    drawing = build_drawing(build_table(library), "p")
    assert [dot.id for dot in drawing.dots] == ["p"]
    assert drawing.lines == ()


def test_the_centre_is_larger_than_others_of_its_kind(library: Library) -> None:
    found = dots(build_drawing(graph_of(library, 2), "p1"))
    assert found["p1"].r > found["p2"].r


def test_a_path_is_drawn_whole_and_its_steps_are_told_from_other_links(library: Library) -> None:
    path = ["p1", "p2", "p3", "p4"]
    drawing = build_drawing(graph_of(library, 40), "p1", nodes=6, links=0, path=path)
    assert {dot.id for dot in drawing.dots if dot.path} == set(path)
    assert len(drawing.dots) <= 6
    assert {(line.tail, line.head) for line in drawing.lines if line.path} == {("p2", "p1"), ("p3", "p2"), ("p4", "p3")}
    assert not any(dot.path for dot in build_drawing(graph_of(library, 1), METHOD).dots)
