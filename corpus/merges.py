"""What became one paper, listed; and how a merge is undone.

Undoing takes the records that came over out again, as a paper of their own, and remembers that they stand apart: later
imports update them but join them with nothing. Notes, tags and what was
said of places stay where they are.
"""

from __future__ import annotations

import json
import sqlite3
from itertools import count

from corpus.errors import InputError
from corpus.identity import aliases, title_id
from corpus.intake import Key, insert_paper, merge_anew
from corpus.library import Library
from corpus.models import Frozen, Paper


class Merge(Frozen):
    """A merge: its number, the paper, the title of what came over, the labels of its records, and what they share."""

    number: int
    paper_id: str
    title: str
    other_title: str
    labels: tuple[str, ...]
    why: str
    created: str


def list_merges(library: Library, limit: int = 100) -> list[Merge]:
    """The merges that can be undone, the latest first."""
    query = (
        "SELECT m.mid, m.pid, m.moved, m.why, m.created, p.id, p.title FROM merges m JOIN papers p USING (pid)"
        " ORDER BY m.mid DESC LIMIT ?"
    )
    found = []
    for number, pid, moved, why, created, paper_id, title in library.rows(query, (limit,)):
        keys = _still_there(library, pid, moved)
        if not keys:
            continue
        (body,) = library.column("SELECT body FROM records WHERE label = ? AND key = ?", keys[0])
        merge = Merge(
            number=number,
            paper_id=paper_id,
            title=title,
            other_title=json.loads(body)["title"],
            labels=tuple(dict.fromkeys(label for label, _ in keys)),
            why=why,
            created=created,
        )
        found.append(merge)
    return found


def undo_merge(library: Library, number: int) -> tuple[str, str]:
    """Take what came over in this merge out again; returns the ids of the two papers. Raises InputError."""
    rows = library.rows("SELECT pid, moved FROM merges WHERE mid = ?", (number,))
    keys = _still_there(library, *rows[0]) if rows else []
    if not keys:
        raise InputError(f"there is no merge {number} to undo", "List them with `fourways merges`")
    pid = int(rows[0][0])
    with library.transaction() as connection:
        read = "SELECT body FROM records WHERE label = ? AND key = ?"
        taken = [(key[0], Paper.model_validate_json(connection.execute(read, key).fetchone()[0])) for key in keys]
        other = insert_paper(connection, taken)
        connection.executemany(
            "UPDATE records SET pid = ? WHERE label = ? AND key = ?", ((other, *key) for key in keys)
        )
        connection.executemany("INSERT OR IGNORE INTO apart VALUES (?, ?)", keys)
        left = connection.execute("SELECT body FROM records WHERE pid = ?", (pid,)).fetchall()
        shared = {alias for (body,) in left for alias in _ids(Paper.model_validate_json(body))}
        own = {alias for _, record in taken for alias in _ids(record)} - shared
        moved = "UPDATE ids SET pid = ? WHERE alias = ? AND pid = ?"
        connection.executemany(moved, ((other, alias, pid) for alias in sorted(own)))
        for needy in (pid, other):
            _give_id(connection, needy)
        for earlier, inner in connection.execute("SELECT mid, moved FROM merges WHERE pid = ?", (pid,)).fetchall():
            if {tuple(key) for key in json.loads(inner)} < set(keys):
                connection.execute("UPDATE merges SET pid = ? WHERE mid = ?", (other, earlier))
        merge_anew(connection, pid)
        merge_anew(connection, other)
        connection.execute("DELETE FROM merges WHERE mid = ?", (number,))
    first, second = library.papers([pid, other])
    return first.name, second.name


def _still_there(library: Library, pid: int, moved: str) -> list[Key]:
    """The records of a merge that are in its paper now, beside others that can stay there."""
    there = {tuple(row) for row in library.rows("SELECT label, key FROM records WHERE pid = ?", (pid,))}
    keys = [(label, key) for label, key in json.loads(moved) if (label, key) in there]
    return keys if len(keys) < len(there) else []


def _give_id(connection: sqlite3.Connection, pid: int) -> None:
    """Where other papers have every id of its records, a paper needs one of its own to be found by."""
    query = "SELECT 1 FROM ids WHERE pid = ? AND alias NOT LIKE 'work:%'"
    if connection.execute(query, (pid,)).fetchone() is None:
        insert = "INSERT OR IGNORE INTO ids (alias, pid) VALUES (?, ?)"
        for number in count(1):
            if connection.execute(insert, (f"apart:{number}", pid)).rowcount:
                return


def _ids(record: Paper) -> list[str]:
    return aliases(record) or [title_id(record)]
