"""The structure of the graph, or of the part of it that a topic means, as it is told: by ids and titles."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from survey.graph.structure.groups import EXACT, SAMPLES, bridges, communities
from survey.graph.structure.naming import describe_communities, paper_links
from survey.graph.structure.paths import build_main_path
from survey.graph.structure.ranks import Ints, co_cited, coupled
from survey.graph.table import IdeaTable

# Other communities told of a bridge.
_JOINED = 3


def main_path(table: IdeaTable, among: Ints | None = None, *, k: int = 10) -> dict[str, Any]:
    """The main path of the papers `among` (rows; None: of all), the oldest first, and the key routes through `k` citations.

    `{"papers", "citations": those that were followed, "dropped", "against_date", "search_paths", "path": [{"id", "title", "year",
    "count", "share"}], "routes": [{"cited", "citing", "count", "share"}]}`; `count` and `share` are of the citation that leads to
    the next paper: how many of all search paths run over it.
    """
    citing, cited = table.citations
    if among is not None:
        here = np.zeros(len(table), dtype=bool)
        here[among] = True
        inside = here[citing] & here[cited]
        citing, cited = citing[inside], cited[inside]
    days = {row: int(table.node.days[row]) for row in np.union1d(citing, cited).tolist()}
    found = build_main_path(zip(citing.tolist(), cited.tolist(), strict=True), days, k=k)

    def counted(tail: int, head: int) -> dict[str, Any]:
        count = found.counts[tail, head]
        return {"count": count, "share": round(count / found.total, 4)}

    path = []
    for row, following in zip(found.path, [*found.path[1:], None], strict=bool(found.path)):
        path.append(_paper(table, row) | (counted(row, following) if following is not None else {}))
    names = table.node.names
    return {
        "papers": len(table.papers if among is None else among),
        "citations": len(found.counts),
        "dropped": found.dropped,
        "against_date": found.against_date,
        "search_paths": found.total,
        "path": path,
        "routes": [{"cited": names[tail], "citing": names[head], **counted(tail, head)} for tail, head in found.routes],
    }


def related(table: IdeaTable, row: int, *, k: int = 10) -> dict[str, list[dict[str, Any]]]:
    """Papers that share references with the one in `row` (`coupled`) and that are cited together with it (`co_cited`), the `k`
    strongest: `{"id", "title", "year", "share"}`, with the share as `structure.ranks.coupled` has it.
    """
    citing, cited = table.citations
    found = {}
    for name, alike in (("coupled", coupled), ("co_cited", co_cited)):
        _, others, shares = alike(len(table), citing, cited, k=k, of=np.array([row]))
        found[name] = [
            _paper(table, other) | {"share": round(share, 4)}
            for other, share in zip(others.tolist(), shares.tolist(), strict=True)
        ]
    return found


def find_communities(table: IdeaTable, among: Ints | None = None) -> Ints:
    """The community of each node (n,), by citations and likeness; -1 for what is no paper `among` these, or is joined to none."""
    one, other, weights = paper_links(table, among)
    return communities(len(table), one, other, weights)


def find_bridges(table: IdeaTable, labels: Ints, *, k: int = 10, among: Ints | None = None) -> dict[str, Any]:
    """The `k` papers that most stand between communities (`labels` of `find_communities`).

    `{"linked": papers that take part, "sampled": how many of them paths were followed from, "bridges": [{"id", "title", "year",
    "between", "share", "community", "joins"}], "communities": names by number}`; `between` as `structure.groups.bridges` counts it,
    `share` of all pairs of papers of two communities, `joins` the other communities that its own links lead to.
    """
    one, other, _ = paper_links(table, among)
    between = bridges(len(table), one, other, labels)
    linked = len(np.unique(np.concatenate([one, other])))
    rows = np.flatnonzero(between > 0)
    rows = rows[np.lexsort((rows, -np.round(between[rows], 6)))][:k]
    sizes = np.bincount(labels[labels >= 0]).astype(np.float64)
    pairs = (sizes.sum() ** 2 - (sizes**2).sum()) / 2
    told, named = [], set()
    for row in rows.tolist():
        around = np.concatenate([other[one == row], one[other == row]])
        counts = Counter(labels[around].tolist())
        counts.pop(int(labels[row]), None)
        joins = [community for community, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_JOINED]]
        named |= {int(labels[row]), *joins}
        told.append(
            _paper(table, row)
            | {
                "between": round(float(between[row]), 2),
                "share": round(float(between[row] / pairs), 4),
                "community": int(labels[row]),
                "joins": joins,
            }
        )
    described = describe_communities(table, labels, max(named, default=-1) + 1)
    return {
        "linked": linked,
        "sampled": linked if linked <= EXACT else min(SAMPLES, linked),
        "bridges": told,
        "communities": {str(one["community"]): one["names"] for one in described if one["community"] in named},
    }


def _paper(table: IdeaTable, row: int) -> dict[str, Any]:
    told = table.attributes(row)
    return {"id": table.node.names[row], "title": told["title"], "year": told.get("year")}
