"""Two sets of concepts -> the pairs of them that have never met and most likely should."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.ideas.features import weighings
from survey.ideas.landscape import Landscape

# A concept that fewer papers speak of is no ground to build on.
LEAST_PAPERS = 3
# Pairs that are looked at closely, the best by common neighbours; and how often one concept may come back.
_CLOSELY = 2_000
_REPEATS = 2


@dataclass(frozen=True)
class Gap:
    """Two concepts (columns) that no paper joins; `chance` is None where the library is too small to learn one from."""

    left: int
    right: int
    chance: float | None


def open_gaps(
    landscape: Landscape, left: Sequence[int], right: Sequence[int], k: int, *, least: int = LEAST_PAPERS
) -> list[Gap]:
    """The `k` best pairs of a concept of `left` and one of `right` that no paper speaks of together, each with `least` papers.

    Ranked by the forecast, or by common neighbours where there is none. No concept comes more than twice, and none with another
    that is a part of its name.
    """
    past = landscape.past
    left = [column for column in dict.fromkeys(left) if past.papers[column] >= least]
    right = [column for column in dict.fromkeys(right) if past.papers[column] >= least]
    if not left or not right or k < 1:
        return []
    i, j = _apart(landscape, left, right)
    chances, learned = landscape.chances((i, j))
    found: list[Gap] = []
    used: Counter[int] = Counter()
    for place in np.lexsort((j, i, -chances)).tolist():
        one, other = int(i[place]), int(j[place])
        if used[one] >= _REPEATS or used[other] >= _REPEATS or is_part(landscape, one, other):
            continue
        used.update([one, other])
        found.append(Gap(one, other, float(chances[place]) if learned else None))
        if len(found) == k:
            break
    return found


def _apart(landscape: Landscape, left: Sequence[int], right: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that have not met, each once, the best by Adamic-Adar first cut to what is looked at closely."""
    together = landscape.past.together
    graph, _, rare, _ = weighings(landscape.past, "together")
    near = (rare[left] @ graph[:, right]).toarray()
    near[together[left][:, right].toarray() > 0] = -1
    columns = np.asarray(left)[:, None], np.asarray(right)[None, :]
    near[columns[0] == columns[1]] = -1
    # A pair that stands in both sets would come twice.
    both = np.isin(columns[0], right) & np.isin(columns[1], left) & (columns[0] > columns[1])
    near[both] = -1
    if landscape.focus is not None:
        near[~landscape.focus[columns[0]] & ~landscape.focus[columns[1]]] = -1
    order = np.argsort(-near, axis=None, kind="stable")[:_CLOSELY]
    order = order[near.ravel()[order] >= 0]
    a, b = np.unravel_index(order, near.shape)
    return np.asarray(left)[a], np.asarray(right)[b]


def is_part(landscape: Landscape, one: int, other: int) -> bool:
    """Whether one name holds the other (`prompt tuning`, `visual prompt tuning`): then they are no pair."""
    first, second = (set(_words(landscape.concepts[column].name)) for column in (one, other))
    return first <= second or second <= first


def _words(name: str) -> list[str]:
    return [word.removesuffix("s") for word in re.findall(r"\w+", name.lower())]
