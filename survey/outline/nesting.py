"""Nesting: groups put together into sections that bear the section's name out.

What lies near in meaning need not share a name that says so. As k-means turns between means and members, this turns between names
and members: each section is named, each group goes to the section whose name most of its papers hold, likeness deciding between
names that it holds alike, until no group moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors, normalise
from survey.grouping import Rows, nest_groups
from survey.headings import Label
from survey.phrases import Phrases

# How much more the share of a group's papers that hold a name counts than the cosine of the group with the section.
NAME_WEIGHT = 2.0
MOST_TURNS = 6


def nest_by_name(
    features: Vectors,
    groups: Sequence[Rows],
    bounds: tuple[int, int],
    phrases: Phrases,
    name: Callable[[Sequence[Rows]], Sequence[Label | None]],
) -> list[list[Rows]]:
    """The groups put together into sections, as many within `bounds` as there are groups in each, or fewer; few stay apart.

    `features` (n, d) and the rows of `phrases` belong to the papers. `name` gives the names of sections (rows of their papers).
    """
    nested = nest_groups(features, groups, bounds)
    if not 1 < len(nested) < len(groups):
        return nested
    place = {int(rows[0]): number for number, rows in enumerate(groups)}
    section = np.zeros(len(groups), dtype=np.int64)
    for number, parts in enumerate(nested):
        section[[place[int(rows[0])] for rows in parts]] = number
    centres = _centres(features, groups)
    held = _Held(phrases)
    for _ in range(MOST_TURNS):
        whole = [np.sort(np.concatenate(parts)) for parts in _parts(groups, section)]
        labels = name(whole)
        shares = np.array([[held.share(label, rows) for label in labels] for rows in groups])
        worth = centres @ _centres(features, whole).T + NAME_WEIGHT * shares
        moved = np.unique(section)[np.argmax(np.round(worth, 6), axis=1)]
        if np.array_equal(moved, section):
            break
        section = moved
    return _parts(groups, section)


def _parts(groups: Sequence[Rows], section: Rows) -> list[list[Rows]]:
    """The groups of each section; `section` (groups,) gives the number of each group's."""
    return [[groups[n] for n in np.flatnonzero(section == one).tolist()] for one in np.unique(section)]


def _centres(features: Vectors, groups: Sequence[Rows]) -> NDArray[np.float64]:
    return normalise(np.stack([features[rows].mean(axis=0) for rows in groups])).astype(np.float64)


class _Held:
    """Which papers hold which names."""

    def __init__(self, phrases: Phrases) -> None:
        self._column = {key: column for column, key in enumerate(phrases.keys)}
        self._weights = phrases.weights
        self._by_label: dict[Label, NDArray[np.bool_]] = {}

    def share(self, label: Label | None, rows: Rows) -> float:
        """The share of the papers `rows` that hold one of the phrases of a name; 0 for no name."""
        if label is None:
            return 0.0
        if label not in self._by_label:
            columns = [self._column[key] for key in label.keys if key in self._column]
            self._by_label[label] = np.asarray(self._weights[:, columns].sum(axis=1)).ravel() > 0
        return float(self._by_label[label][rows].mean())
