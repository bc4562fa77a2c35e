"""Where the nodes and labels of a drawn graph go."""

from __future__ import annotations

from itertools import combinations
from math import dist
from typing import Any

import networkx as nx
import pytest

from survey.drawing import HEIGHT, WIDTH, Dot, build_drawing


def star(leaves: int) -> nx.MultiDiGraph[Any]:
    """A direction with `leaves` papers under it, and the strategy above it."""
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    graph.add_node("strategy:s", kind="strategy", title="Save memory", zh="省")
    graph.add_node("direction:d", kind="direction", title="Thin layers", zh="薄")
    graph.add_edge("direction:d", "strategy:s", key="belongs_to", kind="belongs_to", weight=1.0)
    for number in range(leaves):
        graph.add_node(f"p{number}", kind="paper", title=f"Paper {number}", year=2000 + number)
        graph.add_edge(f"p{number}", "direction:d", key="belongs_to", kind="belongs_to", weight=0.8)
    return graph


def dot(graph: nx.MultiDiGraph[Any], node: str, centre: str = "direction:d") -> Dot:
    return next(one for one in build_drawing(graph, centre).dots if one.id == node)


def test_every_node_and_edge_is_drawn_once() -> None:
    drawing = build_drawing(star(3), "direction:d")
    assert [one.id for one in drawing.dots] == ["direction:d", "p0", "p1", "p2", "strategy:s"]
    assert [(line.tail, line.head) for line in drawing.lines] == [
        ("direction:d", "strategy:s"),
        ("p0", "direction:d"),
        ("p1", "direction:d"),
        ("p2", "direction:d"),
    ]


def test_the_same_graph_gives_the_same_drawing_whatever_order_its_nodes_came_in() -> None:
    graph = star(9)
    turned: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed(list(graph.edges(keys=True, data=True))))
    assert build_drawing(graph, "direction:d") == build_drawing(turned, "direction:d")


@pytest.mark.parametrize("leaves", [0, 1, 20, 78])
def test_all_dots_are_inside_the_picture_and_none_touches_another(leaves: int) -> None:
    dots = build_drawing(star(leaves), "direction:d").dots
    assert all(one.r < one.x < WIDTH - one.r and one.r < one.y < HEIGHT - one.r for one in dots)
    for one, other in combinations(dots, 2):
        assert dist((one.x, one.y), (other.x, other.y)) > one.r + other.r, (one.id, other.id)


def test_no_dot_lies_on_the_legend() -> None:
    assert min(one.y - one.r for one in build_drawing(star(40), "direction:d").dots) > 30


def test_a_node_by_itself_is_drawn_in_the_middle() -> None:
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    graph.add_node("p", kind="paper", title="Alone")
    (one,) = build_drawing(graph, "p").dots
    assert one.x == pytest.approx(WIDTH / 2, abs=1)
    assert one.y == pytest.approx(HEIGHT / 2, abs=HEIGHT / 20)  # the legend takes some room above


def test_strategies_directions_and_the_centre_are_labelled_and_other_papers_are_not() -> None:
    labels = {one.id: one.label for one in build_drawing(star(2), "p0").dots}
    assert labels == {"strategy:s": "Save memory", "direction:d": "Thin layers", "p0": "Paper 0", "p1": ""}


def test_a_long_title_is_cut_in_the_label_only() -> None:
    graph = star(1)
    graph.nodes["p0"]["title"] = "x" * 500
    drawn = dot(graph, "p0", centre="p0")
    assert len(drawn.label) == 42
    assert drawn.title == "x" * 500


def test_the_centre_is_marked_and_larger_than_others_of_its_kind() -> None:
    graph = star(2)
    assert dot(graph, "p0", centre="p0").centre
    assert not dot(graph, "p1", centre="p0").centre
    assert dot(graph, "p0", centre="p0").r > dot(graph, "p1", centre="p0").r


def test_labels_do_not_lie_on_each_other_where_there_is_room() -> None:
    one, other = (dot(star(6), node) for node in ("strategy:s", "direction:d"))
    apart = abs(one.label_y - other.label_y) > 14 or abs(one.label_x - other.label_x) > 11 * 6.4
    assert apart
