"""What people say of papers' places under directions: that a paper stands there, or that it does not.

It is kept apart from the places themselves, which every `fourways index` works out anew, and is never touched by that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from corpus.intake import now
from corpus.library import Library
from corpus.models import Place


def corrections_of(library: Library, pid: int) -> dict[str, bool]:
    """Direction -> whether the paper stands there, as somebody said, in the order in which it was said."""
    query = "SELECT direction, stands FROM corrections WHERE pid = ? ORDER BY created, direction"
    return {direction: bool(stands) for direction, stands in library.rows(query, (pid,))}


def all_corrections(library: Library) -> dict[int, dict[str, bool]]:
    """Paper -> direction -> whether it stands there, as somebody said."""
    found: dict[int, dict[str, bool]] = {}
    query = "SELECT pid, direction, stands FROM corrections ORDER BY pid, created, direction"
    for pid, direction, stands in library.rows(query):
        found.setdefault(pid, {})[direction] = bool(stands)
    return found


def corrections_state(library: Library) -> str:
    """A digest of all corrections: it changes when places must be worked out anew."""
    return hashlib.sha256(repr(all_corrections(library)).encode()).hexdigest()[:16]


def keep_correction(library: Library, pid: int, direction: str, stands: bool | None, places: Iterable[Place]) -> None:
    """Keep that the paper stands under the direction, or does not, or (None) that nobody says so any more.

    `places` are the paper's from now on; both are written or neither.
    """
    with library.transaction() as connection:
        if stands is None:
            connection.execute("DELETE FROM corrections WHERE pid = ? AND direction = ?", (pid, direction))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO corrections (pid, direction, stands, created) VALUES (?, ?, ?, ?)",
                (pid, direction, int(stands), now()),
            )
        connection.execute("DELETE FROM places WHERE pid = ?", (pid,))
        connection.executemany(
            "INSERT INTO places (pid, direction, strategy, weight, source) VALUES (?, ?, ?, ?, ?)",
            ((pid, place.direction, place.strategy, place.weight, place.source) for place in places),
        )
