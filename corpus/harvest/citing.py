"""Bibliographies -> citations: each reference is matched to a paper of the library, else its id waits for one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from corpus.identity import author_key, canonical_id, title_key, work_id
from corpus.library import Library
from corpus.models import MAX_ID
from corpus.sources import Reference

# Finds a paper's key for a reference that no id, title and author match; None where there is none.
Guess = Callable[[Reference], int | None]

_NUMBERED = ("s2:", "openalex:")
_CITED = "SELECT cited FROM citations WHERE citing = ?"
_BY_TITLE = (
    "SELECT pid FROM records WHERE title_key = ?1 AND author_key = ?2"
    " AND (year IS NULL OR ?3 IS NULL OR abs(year - ?3) <= 2) ORDER BY pid LIMIT 1"
)


def add_bibliography(
    library: Library, citing: str, references: Iterable[Reference], guess: Guess = lambda reference: None
) -> tuple[int, int]:
    """Keep whom the paper known as `citing` cites, by id, else by title, first author and year, else as `guess` says.

    A reference to no paper of the library is kept under its best id, or its title and first author: it lights up when
    the paper arrives. Returns how many citations were new, and how many references say too little to be kept.
    """
    new = lost = 0
    with library.transaction() as connection:
        source = _number(connection, canonical_id(citing))
        own = _numbers(connection, source)
        known = {row["cited"] for number in own for row in connection.execute(_CITED, (number,))}
        for reference in references:
            target = _target(connection, reference, guess)
            if target is None:
                lost += 1
            elif not _numbers(connection, target) & (known | own):
                connection.execute("INSERT INTO citations VALUES (?, ?)", (source, target))
                known.add(target)
                new += 1
    return new, lost


def _target(connection: sqlite3.Connection, reference: Reference, guess: Guess) -> int | None:
    """The number of the id that stands for the reference; None if nothing can."""
    ids = [alias for alias in reference.ids if 0 < len(alias) <= MAX_ID]
    if (known := _known(connection, ids)) is not None:
        return known
    title, author = title_key(reference.title), author_key(reference.authors)
    row = connection.execute(_BY_TITLE, (title, author, reference.year)).fetchone() if title and author else None
    pid = row["pid"] if row else guess(reference)
    if pid is not None:
        return int(connection.execute("SELECT min(aid) FROM ids WHERE pid = ?", (pid,)).fetchone()[0])
    # A service's own number comes last: no paper arrives under it, unless that service was asked about it.
    waiting = [alias for alias in ids if not alias.startswith(_NUMBERED)]
    best = next(iter(waiting), None) or work_id(reference.title, reference.authors) or next(iter(ids), None)
    return _number(connection, best) if best else None


def _known(connection: sqlite3.Connection, ids: Sequence[str]) -> int | None:
    for alias in ids:
        row = connection.execute("SELECT aid FROM ids WHERE alias = ? AND pid IS NOT NULL", (alias,)).fetchone()
        if row:
            return int(row["aid"])
    return None


def _numbers(connection: sqlite3.Connection, number: int) -> set[int]:
    """The numbers of all ids of the paper that has this one, or this one alone where it waits for its paper."""
    query = "SELECT ?1 UNION SELECT aid FROM ids WHERE pid = (SELECT pid FROM ids WHERE aid = ?1)"
    return {row[0] for row in connection.execute(query, (number,))}


def _number(connection: sqlite3.Connection, alias: str) -> int:
    connection.execute("INSERT OR IGNORE INTO ids (alias) VALUES (?)", (alias,))
    return int(connection.execute("SELECT aid FROM ids WHERE alias = ?", (alias,)).fetchone()[0])
