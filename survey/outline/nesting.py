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
from survey.phrases import TITLE_WEIGHT, Phrases

# How much more the share of a group's papers that hold a name counts than the cosine of the group with the section.
NAME_WEIGHT = 2.0
MOST_TURNS = 6
# How much it counts, beside its cosine with a leaf, that a paper has the leaf's name in its abstract, and in its title.
IN_ABSTRACT, IN_TITLE = 0.2, 0.5
# At least so large a part of a leaf's papers holds its name; among fewer than FEW papers, which need no parts, so large a one.
LEAST_HELD, FEW, LEAST_OF_FEW = 0.25, 20, 0.4


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


def settle_papers(features: Vectors, leaves: Sequence[tuple[Label, Rows]], phrases: Phrases) -> list[Rows]:
    """The rows of each leaf when papers that lack its name have gone to the one whose name they hold and that they are likest.

    `features` (n, d) and the rows of `phrases` belong to the papers. A leaf that one paper would be left in is emptied.
    """
    held = _Held(phrases)
    weights = np.stack([held.weights(label) for label, _ in leaves], axis=1)
    has = weights > 0
    named = np.any(has, axis=0)
    likeness = features.astype(np.float64) @ _centres(features, [rows for _, rows in leaves]).T
    worth = np.round(likeness + np.where(weights >= TITLE_WEIGHT, IN_TITLE, IN_ABSTRACT * has), 6)
    place = np.full(len(features), -1, dtype=np.int64)
    for number, (_, rows) in enumerate(leaves):
        place[rows] = number
    for row in np.flatnonzero(place >= 0).tolist():
        if named[place[row]] and has[row].any() and not has[row, place[row]]:
            place[row] = int(np.argmax(worth[row]))
    _dissolve(place, worth, has, named)
    return [np.flatnonzero(place == number) for number in range(len(leaves))]


def _dissolve(place: Rows, worth: NDArray[np.float64], has: NDArray[np.bool_], named: NDArray[np.bool_]) -> None:
    """Empty the leaves of one paper, and those whose name too few of their papers hold, the weakest first.

    Changes `place` (n,), the leaf of each paper or -1; `worth`, `has` (n, leaves): what it is worth there, if it holds the name.
    """
    numbers = np.arange(worth.shape[1])
    least = LEAST_OF_FEW if np.count_nonzero(place >= 0) < FEW else LEAST_HELD
    while True:
        sizes = np.array([np.count_nonzero(place == number) for number in numbers])
        shares = np.array([has[place == n, n].mean() if named[n] and sizes[n] > 1 else 1.0 for n in numbers])
        shares[sizes == 1] = 0.0
        weakest = int(np.argmin(np.where(sizes > 0, shares, np.inf)))
        others = (sizes > 0) & (numbers != weakest)
        if shares[weakest] >= least or not others.any():
            return
        for row in np.flatnonzero(place == weakest).tolist():
            place[row] = int(np.argmax(np.where(others, worth[row], -np.inf)))


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
        self._by_label: dict[Label, NDArray[np.float64]] = {}

    def share(self, label: Label | None, rows: Rows) -> float:
        """The share of the papers `rows` that hold one of the phrases of a name; 0 for no name."""
        return 0.0 if label is None else float((self.weights(label)[rows] > 0).mean())

    def weights(self, label: Label) -> NDArray[np.float64]:
        """The highest weight (n,) of the phrases of a name in each paper: 0 where it has none of them."""
        if label not in self._by_label:
            columns = [self._column[key] for key in label.keys if key in self._column]
            found = self._weights[:, columns].toarray().max(axis=1, initial=0.0)
            self._by_label[label] = np.asarray(found, dtype=np.float64)
        return self._by_label[label]
