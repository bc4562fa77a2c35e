"""A part of the idea graph to be drawn: which nodes and links, and where the nodes start. Pure: graph in, drawing out.

Of a part that is too large to read the backbone is left: the nodes with the strongest links, and of their links a maximum spanning
forest and then the strongest ones. The browser moves the nodes from their places here to where springs between them rest
(`survey/views/graph_layout.js`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from corpus.models import Frozen
from survey.graph import DIRECTION, IDEA, PAPER, STRATEGY, IdeaTable
from survey.graph.table import EDGE_KINDS, NODE_KINDS
from survey.strategies import directions

# The most that is drawn; more is thinned.
MOST_NODES, MOST_LINKS = 800, 2_400
# Nodes that a node brings with it when it is opened in the picture.
OPENED = 24
# A first step this share of the picture, so that the second step is seen too.
_NEAR_SHARE = 0.6
_RADIUS = {STRATEGY: 15.0, DIRECTION: 11.0, PAPER: 5.5, IDEA: 8.0}
_CONCEPT_RADIUS = 7.0
_CENTRE_GROWS = 4.0
# How hard a link pulls: a paper stays near its directions and methods, and likeness only leans.
_PULL = {"belongs_to": 1.0, "cites": 0.6, "similar": 0.4}
_MENTION_PULL = 0.8
_RING = 90.0

Ints = NDArray[np.int64]


class Dot(Frozen):
    """A node: where it starts (`x`, `y`, around the centre's 0, 0), its radius `r`, and the `strategy` it stands under, if any.

    `links`: how many of the drawing's lines end at it; `path`: it is on the path that is shown.
    """

    id: str
    kind: str
    title: str
    zh: str = ""
    year: int | None = None
    strategy: str = ""
    x: float
    y: float
    r: float
    links: int = 0
    centre: bool = False
    path: bool = False


class Line(Frozen):
    """A link of the kind `kind` between two dots, by their ids; `pull` in 0..1, how hard it draws them together; `path`: it is a
    step of the path that is shown.
    """

    tail: str
    head: str
    kind: str
    pull: float
    path: bool = False


class Drawing(Frozen):
    """`reached`: how many nodes are within two steps of the centre; `links`: how many links are between the drawn ones."""

    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    reached: int
    links: int

    @property
    def thinned(self) -> str:
        """A sentence on what was left out; empty, if nothing was."""
        told = []
        if self.reached > len(self.dots):
            told.append(
                f"{len(self.dots):,} of {self.reached:,} nodes within two steps, those with the strongest links"
            )
        if self.links > len(self.lines):
            told.append(
                f"{len(self.lines):,} of {self.links:,} links: the strongest that join all of them, then the strongest of the rest"
            )
        return f"This is the backbone: {'; '.join(told)}." if told else ""


def build_drawing(
    graph: IdeaTable,
    centre: str,
    *,
    nodes: int = MOST_NODES,
    links: int = MOST_LINKS,
    opened: Iterable[str] = (),
    path: Sequence[str] = (),
) -> Drawing:
    """The graph around `centre`: at most so many `nodes`, two steps out, and so many `links`, or the few more that join them all.

    `opened`: nodes whose strongest links are drawn as well, where they are in the picture; they may bring it up to MOST_NODES.
    `path`: nodes of a path from one to the next, all of which are drawn, with the strongest link of each step.
    The same graph gives the same drawing.
    """
    root = graph.row(centre)
    kept, reached = _around(graph, root, nodes)
    steps = [graph.row(name) for name in path]
    kept = list(dict.fromkeys([root, *steps, *kept]))[: max(nodes, len({root, *steps}))]
    for name in opened:
        if name in graph and (row := graph.row(name)) in kept:
            fresh = [other for other in _strongest(graph, [row]) if other not in kept]
            kept += fresh[: max(0, min(OPENED, MOST_NODES - len(kept)))]
    reached = max(reached, len(kept))
    edges = _between(graph, kept)
    pulls = _pulls(graph, edges)
    order = sorted(range(len(edges)), key=lambda at: (-pulls[at], int(edges[at])))
    chosen, forest = _backbone(graph, edges, order, links)
    walked = _steps_of(graph, edges, order, steps)
    chosen += sorted(walked - set(chosen))
    places = _radial(kept, root, graph, edges[forest])
    degree = np.bincount(
        np.concatenate([graph.edge.tails[edges[chosen]], graph.edge.heads[edges[chosen]]]), minlength=len(graph)
    )
    dots = [_dot(graph, row, places[row], int(degree[row]), row == root, row in steps) for row in sorted(kept)]
    lines = [_line(graph, int(edges[at]), float(pulls[at]), at in walked) for at in sorted(chosen)]
    return Drawing(dots=tuple(dots), lines=tuple(lines), reached=reached, links=len(edges))


def _around(graph: IdeaTable, root: int, most: int) -> tuple[list[int], int]:
    """The rows of at most `most` nodes within two steps of `root`, and how many there are."""
    near = _strongest(graph, [root])
    far = [row for row in _strongest(graph, near) if row != root]
    seen = {root, *near}
    beyond = [row for row in far if row not in seen]
    room = max(0, most - 1)
    first = near[: max(room - len(beyond), round(room * _NEAR_SHARE))]
    if len(first) < len(near):  # what the picture's nodes lead to, and not what the others do
        known = {root, *first}
        beyond = [row for row in _strongest(graph, first) if row not in known and row not in seen]
    kept = [root, *first, *_mixed(graph, beyond)[: room - len(first)]]
    rest = near[len(first) :]
    return kept + rest[: most - len(kept)], len(seen | set(far))


def _mixed(graph: IdeaTable, rows: Sequence[int]) -> list[int]:
    """In turns a node that is no paper and a paper, each in their order: either alone would tell little."""
    papers = [row for row in rows if graph.kind(row) == PAPER]
    others = [row for row in rows if graph.kind(row) != PAPER]
    both = [row for pair in zip(others, papers, strict=False) for row in pair]
    most = min(len(papers), len(others))
    return both + others[most:] + papers[most:]


def _strongest(graph: IdeaTable, rows: Sequence[int]) -> list[int]:
    """The nodes that these are linked to, by the sum of the links' pulls; papers last, for the others give a picture its order."""
    if not rows:
        return []
    out = [graph.out_of(row) for row in rows]
    into = [graph.into(row) for row in rows]
    forth, back = np.concatenate(out), np.concatenate(into)
    others = np.concatenate([graph.edge.heads[forth], graph.edge.tails[back]]).astype(np.int64)
    pulls = np.concatenate([_pulls(graph, forth), _pulls(graph, back)])
    found, where = np.unique(others, return_inverse=True)
    total = np.bincount(where, weights=pulls, minlength=len(found))
    paper = graph.node.kinds[found] == NODE_KINDS.index(PAPER)
    return [int(row) for row in found[np.lexsort((found, -total, paper))]]


def _pulls(graph: IdeaTable, edges: Ints) -> NDArray[np.float64]:
    by_kind = np.array([_PULL.get(kind, _MENTION_PULL) for kind in EDGE_KINDS])
    return np.asarray(by_kind[graph.edge.kinds[edges]] * graph.edge.weights[edges], dtype=np.float64)


def _between(graph: IdeaTable, kept: Sequence[int]) -> Ints:
    """The edges with both ends among these, ascending."""
    here = np.zeros(len(graph), dtype=bool)
    here[list(kept)] = True
    edges = np.concatenate([graph.out_of(row) for row in sorted(kept)]).astype(np.int64)
    heads, tails = graph.edge.heads[edges], graph.edge.tails[edges]
    return np.asarray(edges[here[heads] & (heads != tails)])


def _backbone(graph: IdeaTable, edges: Ints, order: Sequence[int], most: int) -> tuple[list[int], list[int]]:
    """Places in `edges` of those that are drawn, and of a maximum spanning forest (Kruskal 1956); `order`: the strongest first."""
    parent: dict[int, int] = {}

    def top(row: int) -> int:
        while (above := parent.setdefault(row, row)) != row:
            parent[row] = parent[above]
            row = above
        return row

    forest = []
    for at in order:
        one, other = top(int(graph.edge.tails[edges[at]])), top(int(graph.edge.heads[edges[at]]))
        if one != other:
            parent[max(one, other)] = min(one, other)
            forest.append(at)
    inside = set(forest)
    others = [at for at in order if at not in inside]
    return forest + others[: max(0, most - len(forest))], forest


def _steps_of(graph: IdeaTable, edges: Ints, order: Sequence[int], steps: Sequence[int]) -> set[int]:
    """Places in `edges` of the strongest link between each of these rows and the next; `order`: the strongest first."""
    wanted = {frozenset(pair) for pair in pairwise(steps)}
    found: dict[frozenset[int], int] = {}
    for at in order if wanted else ():
        pair = frozenset((int(graph.edge.tails[edges[at]]), int(graph.edge.heads[edges[at]])))
        if pair in wanted:
            found.setdefault(pair, at)
    return set(found.values())


def _radial(kept: Sequence[int], root: int, graph: IdeaTable, forest: Ints) -> dict[int, tuple[float, float]]:
    """The spanning tree in rings around its root, each branch as wide as it has leaves: few of its links cross at the start."""
    joined: dict[int, list[int]] = {row: [] for row in kept}
    for tail, head in zip(graph.edge.tails[forest].tolist(), graph.edge.heads[forest].tolist(), strict=True):
        joined[tail].append(head)
        joined[head].append(tail)
    above: dict[int, int] = {root: root}
    down = [root]
    for row in down:
        fresh = [other for other in sorted(joined[row]) if other not in above]
        above |= dict.fromkeys(fresh, row)
        down += fresh
    leaves = dict.fromkeys(down, 0)
    for row in reversed(down):
        leaves[row] = max(1, leaves[row])
        if row != root:
            leaves[above[row]] += leaves[row]
    places = {root: (0.0, 0.0)}
    depth, span, used = {root: 0}, {root: (0.0, 2 * pi)}, dict.fromkeys(down, 0)
    for row in down[1:]:
        start, stop = span[above[row]]
        wide = (stop - start) / leaves[above[row]]
        begin = start + used[above[row]] * wide
        used[above[row]] += leaves[row]
        span[row], depth[row] = (begin, begin + leaves[row] * wide), depth[above[row]] + 1
        middle = (span[row][0] + span[row][1]) / 2
        reach = _RING * depth[row] ** 0.75
        places[row] = (reach * cos(middle), reach * sin(middle))
    for number, row in enumerate(row for row in kept if row not in places):  # joined to nothing that is drawn
        places[row] = (_RING * (number + 1), _RING * 4.0)
    return places


def _dot(graph: IdeaTable, row: int, place: tuple[float, float], links: int, centre: bool, path: bool) -> Dot:
    told = graph.attributes(row)
    kind = told["kind"]
    return Dot(
        id=graph.node.names[row],
        kind=kind,
        title=told["title"],
        zh=told.get("zh", ""),
        year=told.get("year"),
        strategy=_strategy(graph, row, kind),
        x=round(place[0], 1),
        y=round(place[1], 1),
        r=_RADIUS.get(kind, _CONCEPT_RADIUS) + (_CENTRE_GROWS if centre else 0.0),
        links=links,
        centre=centre,
        path=path,
    )


def _line(graph: IdeaTable, edge: int, pull: float, path: bool) -> Line:
    tail, head = int(graph.edge.tails[edge]), int(graph.edge.heads[edge])
    names = graph.node.names
    return Line(
        tail=names[tail], head=names[head], kind=EDGE_KINDS[graph.edge.kinds[edge]], pull=round(pull, 3), path=path
    )


def _strategy(graph: IdeaTable, row: int, kind: str) -> str:
    """The strategy of a node: its own, or that of the place where it surest belongs."""
    name = graph.node.names[row]
    if kind == STRATEGY:
        return name.removeprefix("strategy:")
    if kind == DIRECTION:
        known = directions().get(name.removeprefix("direction:"))
        return known.strategy if known else ""
    edges = graph.out_of(row)
    edges = edges[graph.edge.kinds[edges] == EDGE_KINDS.index("belongs_to")]
    if not len(edges):
        return ""
    head = int(graph.edge.heads[edges[int(np.argmax(graph.edge.weights[edges]))]])
    return _strategy(graph, head, graph.kind(head)) if graph.kind(head) in (STRATEGY, DIRECTION) else ""
