"""A part of the idea graph, laid out for drawing: where every node and label goes. Pure: graph in, positions out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.errors import shorten
from corpus.models import Frozen
from survey.graph import DIRECTION, PAPER, STRATEGY

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

# The picture's size and its parts, in pixels of an unscaled drawing.
WIDTH, HEIGHT = 900, 590
_MARGIN = 40
# Above the nodes lies the legend.
_TOP = 60
_RADIUS = {STRATEGY: 15.0, DIRECTION: 10.0, PAPER: 6.5}
_CENTRE_GROWS = 4.0
_GAP = 5.0
_LINE_HEIGHT = 14.0
_CHARACTER = 6.4
_LABEL = 42
# How hard an edge pulls: a paper stays near its directions, and likeness only leans.
_PULL = {"belongs_to": 1.0, "cites": 0.5, "similar": 0.4}

Box = tuple[float, float, float, float]  # left, top, right, bottom


class Dot(Frozen):
    """A node: its middle `x`, `y` and radius `r`, and its label (empty: none) anchored (start, middle, end) at its place."""

    id: str
    kind: str
    title: str
    zh: str = ""
    year: int | None = None
    x: float
    y: float
    r: float
    centre: bool = False
    label: str = ""
    label_x: float = 0.0
    label_y: float = 0.0
    anchor: str = "middle"


class Line(Frozen):
    """An edge of the kind `kind`, between two dots by their ids."""

    tail: str
    head: str
    kind: str


class Drawing(Frozen):
    width: int
    height: int
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]


def build_drawing(graph: nx.MultiDiGraph, centre: str) -> Drawing:
    """Place the nodes of `graph` (a neighbourhood: some 80 at most) and the labels of strategies, directions and `centre`.

    The same nodes and edges give the same drawing. Springs (Fruchterman & Reingold 1991), then dots that touch are parted.
    """
    nodes = sorted(graph)
    radii = np.array([_RADIUS[graph.nodes[n]["kind"]] + (_CENTRE_GROWS if n == centre else 0) for n in nodes])
    places = _part(_fit(_spring(graph, nodes, centre)), radii)
    dots = [
        Dot(
            id=node,
            kind=graph.nodes[node]["kind"],
            title=graph.nodes[node]["title"],
            zh=graph.nodes[node].get("zh", ""),
            year=graph.nodes[node].get("year"),
            x=round(float(x), 1),
            y=round(float(y), 1),
            r=float(r),
            centre=node == centre,
        )
        for node, (x, y), r in zip(nodes, places, radii, strict=True)
    ]
    lines = [Line(tail=tail, head=head, kind=kind) for tail, head, kind in sorted(graph.edges(keys=True))]
    return Drawing(width=WIDTH, height=HEIGHT, dots=tuple(_label(dots)), lines=tuple(lines))


def _spring(graph: nx.MultiDiGraph, nodes: Sequence[str], centre: str) -> NDArray[np.float64]:
    """Positions (n, 2) in no particular unit."""
    import networkx as nx

    pulls: nx.Graph[Any] = nx.Graph()
    pulls.add_nodes_from(nodes)
    for tail, head, edge in sorted(graph.edges(data=True), key=lambda edge: (edge[0], edge[1], edge[2]["kind"])):
        pull = _PULL[edge["kind"]] * edge["weight"] + (pulls.get_edge_data(tail, head) or {"weight": 0.0})["weight"]
        pulls.add_edge(tail, head, weight=pull)
    # The usual distance, 1 / sqrt(n), packs the many leaves of a hub on top of one another.
    found = nx.spring_layout(pulls, k=2.2 / max(1, len(nodes)) ** 0.5, iterations=150, seed=7)
    places = np.array([found[node] for node in nodes], dtype=np.float64).reshape(len(nodes), 2)
    return np.asarray(places - places[nodes.index(centre)])


def _fit(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stretched to the picture, each axis by itself; a single node is in its middle.

    Half of a node's place comes from its rank along the axis: springs leave a dense middle and empty corners.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    corner = np.array([_MARGIN, _TOP], dtype=np.float64)
    room = np.array([WIDTH - _MARGIN, HEIGHT - _MARGIN], dtype=np.float64) - corner
    spread = high - low
    share = np.where(spread > 1e-9, (places - low) / np.where(spread > 1e-9, spread, 1.0), 0.5)
    rank = places.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") / max(1, len(places) - 1)
    even = np.where(spread > 1e-9, rank, 0.5)
    return np.asarray(corner + (share + even) / 2 * room)


def _part(places: NDArray[np.float64], radii: NDArray[np.float64], rounds: int = 60) -> NDArray[np.float64]:
    """Push apart dots that touch, until none does or `rounds` are over; all stay inside the picture."""
    places = places.copy()
    reach = radii[:, None] + radii[None, :] + _GAP
    # Dots on one spot have no direction to be pushed in: each gets one of its own.
    angles = np.arange(len(places)) * 2.399963  # the golden angle
    places += 0.01 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for _ in range(rounds):
        between = places[:, None, :] - places[None, :, :]  # (n, n, 2)
        distance = np.sqrt((between**2).sum(axis=2))
        np.fill_diagonal(distance, np.inf)
        overlap = np.clip(reach - distance, 0, None)
        if not overlap.any():
            break
        places += (between / distance[:, :, None] * overlap[:, :, None] / 2).sum(axis=1)
        places = np.clip(places, [_MARGIN, _TOP], [WIDTH - _MARGIN, HEIGHT - _MARGIN])
    return places


def _label(dots: Sequence[Dot]) -> list[Dot]:
    """Labels on strategies, directions and the centre, each on the side where it covers least."""
    taken: list[Box] = [(0.0, 0.0, float(WIDTH), _TOP / 2)]
    taken += [(dot.x - dot.r, dot.y - dot.r, dot.x + dot.r, dot.y + dot.r) for dot in dots]
    labelled = {dot.id: dot for dot in dots}
    rank = {STRATEGY: 1, DIRECTION: 2, PAPER: 3}
    for dot in sorted(dots, key=lambda dot: (not dot.centre, rank[dot.kind], dot.id)):
        if dot.kind == PAPER and not dot.centre:
            continue
        text = shorten(dot.title, _LABEL)
        box, at = min(_sides(dot, text), key=lambda side: _covered(side[0], taken))
        taken.append(box)
        labelled[dot.id] = dot.model_copy(update={"label": text, **at})
    return [labelled[dot.id] for dot in dots]


def _sides(dot: Dot, text: str) -> list[tuple[Box, dict[str, Any]]]:
    """The boxes that a label could fill, the better ones first: below, above, right, left, then the corners between."""
    wide = len(text) * _CHARACTER
    off = dot.r + 3
    slant = 0.7 * off
    sides = []
    for anchor, x, y in (
        ("middle", 0.0, off + _LINE_HEIGHT / 2),
        ("middle", 0.0, -off - _LINE_HEIGHT / 2),
        ("start", off, 0.0),
        ("end", -off, 0.0),
        ("start", slant, slant + 3),
        ("end", -slant, slant + 3),
        ("start", slant, -slant - 3),
        ("end", -slant, -slant - 3),
    ):
        left = dot.x + x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        top = dot.y + y - _LINE_HEIGHT / 2
        box = (left, top, left + wide, top + _LINE_HEIGHT)
        # SVG places text by its base line, a third of the line's height below the middle.
        at = {"label_x": round(dot.x + x, 1), "label_y": round(dot.y + y + 4, 1), "anchor": anchor}
        sides.append((box, at))
    return sides


def _covered(box: Box, taken: Sequence[Box]) -> float:
    """How much of `box`, in square pixels, lies on `taken` boxes or outside the picture."""
    left, top, right, bottom = box
    inside = max(0.0, min(right, WIDTH) - max(left, 0)) * max(0.0, min(bottom, HEIGHT) - max(top, 0))
    covered = (right - left) * (bottom - top) - inside
    for other in taken:
        across = min(right, other[2]) - max(left, other[0])
        down = min(bottom, other[3]) - max(top, other[1])
        covered += max(0.0, across) * max(0.0, down)
    return covered
