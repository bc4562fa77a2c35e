"""How a literature grows, year by year."""

from __future__ import annotations

import numpy as np

from survey.graph.structure.ranks import Ints
from survey.graph.table import MENTIONS, IdeaTable, distinct


def growth(table: IdeaTable, among: Ints | None = None) -> list[dict[str, int]]:
    """For each year from the first paper to the last: `papers`, `citations` (that these papers make of any here), `concepts`
    (methods, tasks and data sets that they speak of) and `new_concepts` (that no earlier paper here does).

    `among`: the rows of the papers that count (None: all). Years in between without a paper have zeros; papers without a year are
    left out.
    """
    papers = table.papers if among is None else among
    years = table.node.years.astype(np.int64)
    papers = papers[years[papers] > 0]
    if not len(papers):
        return []
    here = np.zeros(len(table), dtype=bool)
    here[papers] = True
    first, last = int(years[papers].min()), int(years[papers].max())

    def counted(rows: Ints) -> list[int]:
        return list(np.bincount(years[rows] - first, minlength=last - first + 1).tolist())

    citing = table.citations[0]
    edges = table.of_kind(*MENTIONS)
    edges = edges[here[table.edge.tails[edges]]]
    tails, heads = table.edge.tails[edges].astype(np.int64), table.edge.heads[edges].astype(np.int64)
    # Each concept once a year, as a pair of year and concept; sorted, so that its first year comes first.
    pairs = distinct(years[tails] * len(table) + heads)
    spoken_in, concept = pairs // len(table), pairs % len(table)
    new = spoken_in[np.unique(concept, return_index=True)[1]]
    columns = {
        "papers": counted(papers),
        "citations": counted(citing[here[citing]]),
        "concepts": np.bincount(spoken_in - first, minlength=last - first + 1).tolist(),
        "new_concepts": np.bincount(new - first, minlength=last - first + 1).tolist(),
    }
    return [
        {"year": first + at, **{name: int(column[at]) for name, column in columns.items()}}
        for at in range(last - first + 1)
    ]
