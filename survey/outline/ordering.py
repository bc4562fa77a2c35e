"""Order: what came first and what later work came down through, before what is new.

A paper's weight in time is the part of all search paths of the citations (Hummon & Doreian 1989) that run through it, so that a
section stands where its papers on the main path of the literature stand; without citations it stands at its median year.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from survey.graph.structure.paths import search_path_counts, without_circles
from survey.grouping import Rows

# A paper of the older half of its section that so many papers of the survey cite, and more than most of the section's, began it.
CITED_OFTEN = 3
# Not more than this share of a section began it.
BEGINNERS = 0.25

Years = Sequence[int | None]


def path_shares(n: int, citations: Sequence[tuple[int, int]], years: Years) -> NDArray[np.float64]:
    """The share of all search paths that run through each of n papers (n,), 0..1; `citations` are pairs (citing, cited)."""
    shares = np.zeros(n)
    dated = {row: year for row, year in enumerate(years) if year}
    arcs, _ = without_circles(sorted({(cited, citing) for citing, cited in citations if citing != cited}), dated)
    counts = search_path_counts(arcs)
    # Python's integers: counts of many papers are beyond what a float holds.
    into: dict[int, int] = {}
    out: dict[int, int] = {}
    for (tail, head), count in counts.items():
        out[tail] = out.get(tail, 0) + count
        into[head] = into.get(head, 0) + count
    total = sum(count for row, count in into.items() if row not in out)
    for row in into.keys() | out.keys():
        # All paths through a paper come in by an arc and go out by one, unless they begin or end there.
        shares[row] = max(into.get(row, 0), out.get(row, 0)) / total
    return shares


def middle_year(rows: Rows, years: Years, shares: NDArray[np.float64]) -> float:
    """The median year of the papers `rows`, each as often as 1 + its share of the search paths times their number; inf undated.

    A paper that all search paths run through so counts as much as all others of its section.
    """
    dated = sorted((year, row) for row in rows.tolist() if (year := years[row]))
    if not dated:
        return float("inf")
    weights: NDArray[np.float64] = np.array([1.0 + len(rows) * shares[row] for _, row in dated])
    reached = np.cumsum(weights)
    half = float(reached[-1]) / 2
    first = int(np.searchsorted(np.round(reached, 9), round(half, 9)))
    # Half of the weight on either side: between the two years, as a median is.
    second = first + 1 if first + 1 < len(dated) and abs(reached[first] - half) < 1e-9 else first
    return float(dated[first][0] + dated[second][0]) / 2


def reading_order(rows: Rows, years: Years, cited: NDArray[np.int64], names: Sequence[str]) -> list[int]:
    """The rows of a section as they are read: what began it, then what made of it what it is, the newest last.

    Each part is in the order of years, of one year the most cited first; undated papers come last. `cited` (n,) counts how many
    papers of the survey cite each.
    """
    first = _beginners(rows, years, cited, names)
    return sorted(rows.tolist(), key=lambda row: (row not in first, years[row] or 9999, -int(cited[row]), names[row]))


def _beginners(rows: Rows, years: Years, cited: NDArray[np.int64], names: Sequence[str]) -> set[int]:
    dated = sorted(year for row in rows.tolist() if (year := years[row]))
    if not dated:
        return set()
    middle = dated[(len(dated) - 1) // 2]
    often = [row for row in rows.tolist() if cited[row] >= CITED_OFTEN and (years[row] or 9999) <= middle]
    often.sort(key=lambda row: (-int(cited[row]), years[row] or 9999, names[row]))
    return set(often[: int(BEGINNERS * len(rows))])
