"""The main path of a literature: the citations along which most of its knowledge has come down.

Search path counts: Hummon & Doreian 1989, "Connectivity in a citation network"; Batagelj 2003, "Efficient algorithms for citation
network analysis". Counts are Python's integers, so they are exact however large.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

# From a cited paper to one that cites it: the way that knowledge went.
Arc: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class MainPath:
    """`path`: the papers of the global main path, the oldest first; `routes`: the arcs of the key routes, by paper.

    `counts`: arc -> its search path count; `total`: how many search paths there are; `dropped`: citations that would have closed a
    circle; `against_date`: citations of a younger paper, which are followed where they close none.
    """

    path: tuple[int, ...] = ()
    routes: tuple[Arc, ...] = ()
    counts: Mapping[Arc, int] = field(default_factory=dict)
    total: int = 0
    dropped: int = 0
    against_date: int = 0


def build_main_path(citations: Iterable[tuple[int, int]], days: Mapping[int, int], *, k: int = 10) -> MainPath:
    """The main path of `(citing, cited)` pairs, and the key routes through the `k` arcs of the highest counts.

    `days`: paper -> when it came out, as a number that grows with time; one without counts as the youngest. Equals go by number,
    so the same citations give the same path.
    """
    pairs = sorted({(cited, citing) for citing, cited in citations if citing != cited})
    arcs, dropped = without_circles(pairs, days)
    counts = search_path_counts(arcs)
    sinks = {head for _, head in arcs} - {tail for tail, _ in arcs}
    return MainPath(
        path=tuple(global_path(counts)),
        routes=tuple(key_routes(counts, k)),
        counts=counts,
        total=sum(count for (_, head), count in counts.items() if head in sinks),
        dropped=dropped,
        against_date=sum(_age(tail, days) > _age(head, days) and _dated(days, tail, head) for tail, head in pairs),
    )


def without_circles(arcs: Sequence[Arc], days: Mapping[int, int]) -> tuple[list[Arc], int]:
    """The arcs that leave no circle, and how many were dropped.

    Only inside a strongly connected component are there circles; there an arc must go from the older paper to the younger one, of
    one day from the lower number to the higher.
    """
    import networkx as nx

    component: dict[int, int] = {}
    for number, papers in enumerate(nx.strongly_connected_components(nx.DiGraph(arcs))):
        component |= dict.fromkeys(papers, number)
    kept = [
        (tail, head)
        for tail, head in arcs
        if component[tail] != component[head] or (_age(tail, days), tail) < (_age(head, days), head)
    ]
    return kept, len(arcs) - len(kept)


def search_path_counts(arcs: Sequence[Arc]) -> dict[Arc, int]:
    """Arc -> how many paths from a source (that cites nothing) to a sink (that nobody cites) run over it.

    SPC(u, v) = N-(u) * N+(v), with N-(u) the paths from sources to u and N+(v) those from v to sinks.
    """
    before, after = _neighbours(arcs)
    order = _in_order(before, after)
    into: dict[int, int] = {}
    for node in order:
        into[node] = sum(into[one] for one in before[node]) or 1
    out: dict[int, int] = {}
    for node in reversed(order):
        out[node] = sum(out[one] for one in after[node]) or 1
    return {(tail, head): into[tail] * out[head] for tail, head in arcs}


def global_path(counts: Mapping[Arc, int]) -> list[int]:
    """The path from a source to a sink with the highest sum of counts (Liu & Lu 2012), as papers; empty where there is no arc."""
    best = _best_into(counts)
    if not best:
        return []
    sinks = {head for _, head in counts} - {tail for tail, _ in counts}
    return _back(best, min(sinks, key=lambda node: (-best[node][0], node)))


def key_routes(counts: Mapping[Arc, int], k: int) -> list[Arc]:
    """The arcs of the best paths over each of the `k` arcs of the highest counts (key-route main paths, global: Liu & Lu 2012).

    Where the one path leaves out what is hardly less important, these do not.
    """
    keys = sorted(counts, key=lambda arc: (-counts[arc], arc))[:k]
    into = _best_into(counts)
    from_ = _best_into({(head, tail): count for (tail, head), count in counts.items()})
    routes: set[Arc] = set()
    for tail, head in keys:
        path = [*_back(into, tail), *reversed(_back(from_, head))]
        routes |= set(pairwise(path))
    return sorted(routes)


def _best_into(counts: Mapping[Arc, int]) -> dict[int, tuple[int, int | None]]:
    """Paper -> the highest sum of counts of a path that ends there, and the paper before it on that path."""
    before, after = _neighbours(list(counts))
    best: dict[int, tuple[int, int | None]] = {}
    for node in _in_order(before, after):
        sums = [(best[one][0] + counts[one, node], one) for one in before[node]]
        best[node] = min(sums, key=lambda pair: (-pair[0], pair[1])) if sums else (0, None)
    return best


def _back(best: Mapping[int, tuple[int, int | None]], node: int) -> list[int]:
    path = [node]
    while (previous := best[path[-1]][1]) is not None:
        path.append(previous)
    return path[::-1]


def _neighbours(arcs: Sequence[Arc]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for tail, head in arcs:
        before.setdefault(head, []).append(tail)
        after.setdefault(tail, []).append(head)
        before.setdefault(tail, [])
        after.setdefault(head, [])
    return before, after


def _in_order(before: Mapping[int, Sequence[int]], after: Mapping[int, Sequence[int]]) -> list[int]:
    """The papers, each after all that it cites (Kahn 1962)."""
    missing = {node: len(ones) for node, ones in before.items()}
    order = [node for node, count in missing.items() if not count]
    for node in order:
        for one in after[node]:
            missing[one] -= 1
            if not missing[one]:
                order.append(one)
    return order


def _age(node: int, days: Mapping[int, int]) -> float:
    return days.get(node) or float("inf")


def _dated(days: Mapping[int, int], *nodes: int) -> bool:
    return all(days.get(node) for node in nodes)
