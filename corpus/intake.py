"""How records enter the library: find the paper of each by id or title, keep the record, merge the papers anew."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from corpus.identity import aliases, author_key, canonical_id, content_hash, merge, title_id, title_key, work_id
from corpus.models import Paper

Outcome = Literal["new", "updated", "merged", "unchanged"]
# The key of a record: the label of its source, and the id it goes by there.
Key = tuple[str, str]
# What tells a work without an id: the keys of its title and its first author, and its year.
Words = tuple[str, str, int | None]

# `json.dumps` would make an encoder for each of the seven values of a record.
_write = json.JSONEncoder(ensure_ascii=False).encode
_write_sorted = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode

_FIELDS = tuple(Paper.model_fields)
_LISTS = ("authors", "categories", "keywords", "strategies", "directions")
_COLUMNS = (*_FIELDS, "origin", "title_key", "text_hash")
_INSERT = f"INSERT INTO papers ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_KNOWN = "SELECT key, pid, hash, json_extract(body, '$.updated') AS updated FROM records WHERE label = ? AND key = ?"
# A source's further records under one id have keys `ID\n2`, `ID\n3` and so on: no id holds a line break.
_SAME = (
    "SELECT key, pid, hash FROM records WHERE label = ?1 AND key >= ?2 AND key < ?2 || char(11) AND hash = ?3 LIMIT 1"
)
_UPDATE = f"UPDATE papers SET {', '.join(c + ' = ?' for c in _COLUMNS)} WHERE pid = ?"  # noqa: S608
_KEEP = (
    "INSERT OR REPLACE INTO records (label, key, pid, hash, body, title_key, author_key, year)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
# Title and first author agree and the years lie within two of each other, as in `identity.same_work`.
_TWINS = (
    "SELECT DISTINCT pid FROM records WHERE title_key = ?1 AND author_key = ?2"
    " AND (year IS NULL OR ?3 IS NULL OR abs(year - ?3) <= 2) ORDER BY pid"
)
# CROSS JOIN: from the few records that stand apart, not from the thousands that one paper may have.
_HAS_APART = "SELECT 1 FROM apart a CROSS JOIN records r USING (label, key) WHERE r.pid = ?"


class Entered(NamedTuple):
    """What became of one record: the key of its paper, and how it got there."""

    pid: int
    outcome: Outcome


class Intake:
    """Enters the records of one run over the source `label`; the caller holds a transaction around each `enter`.

    In one run a source may list a paper twice: both records are kept, and the next run finds each of them unchanged.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._met: set[str] = set()  # keys of the records that were met in this run
        self._further: dict[str, int] = {}  # id -> the last number of its further records that was met
        self._stale: set[int] = set()  # papers whose records have changed since they were merged

    def enter(self, connection: sqlite3.Connection, records: Iterable[Paper]) -> list[Entered]:
        """Enter the records, in this order, and merge the papers that they touch."""
        entered = [self._enter_one(connection, record) for record in records]
        for pid in sorted(self._stale):
            merge_anew(connection, pid)
        self._stale.clear()
        find = "SELECT pid FROM records WHERE label = ? AND key = ?"  # a later record may have joined two papers
        return [
            Entered(connection.execute(find, (self._label, key)).fetchone()[0], outcome) for key, outcome in entered
        ]

    def _enter_one(self, connection: sqlite3.Connection, record: Paper) -> tuple[str, Outcome]:
        body = _write_sorted(record.to_json())
        digest = hashlib.sha256(body.encode()).hexdigest()[:16]
        ids = aliases(record) or [title_id(record)]
        key, known = self._known(connection, ids[0], digest)
        if known and (known["hash"] == digest or (record.updated or "~") < (known["updated"] or "")):
            return key, "unchanged"  # the same, or an older version of what is known
        words = (title_key(record.title), author_key(record.authors), record.year)
        owners = self._owners(connection, ids, words, known)
        pid = next(iter(owners), None)
        if pid is None:
            pid = insert_paper(connection, [(self._label, record)])
        connection.execute(_KEEP, (self._label, key, pid, digest, body, *words))
        _claim(connection, record, ids, pid)
        if not owners:
            return key, "new"
        if not known:
            _log(connection, pid, [(self._label, key)], owners[pid])
        for other in list(owners)[1:]:
            self._join(connection, pid, other, owners[other])
        self._stale.add(pid)
        return key, "updated" if known else "merged"

    def _known(self, connection: sqlite3.Connection, first: str, digest: str) -> tuple[str, sqlite3.Row | None]:
        """The record's key in this source, and what is kept under it: the same record, else one not met in this run."""
        same = connection.execute(_SAME, (self._label, first, digest)).fetchone()
        key = str(same["key"]) if same else first
        while not same and key in self._met:
            number = self._further.get(first, 1) + 1
            self._further[first], key = number, f"{first}\n{number}"
        self._met.add(key)
        return key, same or connection.execute(_KNOWN, (self._label, key)).fetchone()

    def _owners(
        self, connection: sqlite3.Connection, ids: Sequence[str], words: Words, known: sqlite3.Row | None
    ) -> dict[int, str]:
        """The papers that the record belongs to, and why: by any id, or by title, first author and year.

        A paper that somebody took out of another is never joined with one. It gets its own records, those that go by
        an id which is its alone, and what no other paper matches.
        """
        found: dict[int, str] = {}
        for alias in ids:
            row = connection.execute("SELECT pid FROM ids WHERE alias = ? AND pid IS NOT NULL", (alias,)).fetchone()
            if row:
                found.setdefault(row[0], alias)
        home = known["pid"] if known else next(iter(found), None)
        title, author, _ = words
        for row in connection.execute(_TWINS, words) if title and author else ():
            found.setdefault(row[0], "title, first author and year")
        if known:
            found.setdefault(known["pid"], "its earlier version")
        alone = {pid for pid in found if connection.execute(_HAS_APART, (pid,)).fetchone()}
        if home in alone:
            return {home: found[home]}
        return {pid: found[pid] for pid in sorted(set(found) - alone) or sorted(found)[:1]}

    def _join(self, connection: sqlite3.Connection, pid: int, other: int, why: str) -> None:
        """Two papers turn out to be one: everything that hangs on `other` moves to `pid`."""
        moved: list[Key] = [
            (row["label"], row["key"])
            for row in connection.execute("SELECT label, key FROM records WHERE pid = ? ORDER BY label, key", (other,))
        ]
        _log(connection, pid, moved, why)
        for table in ("records", "ids", "notes", "merges"):
            connection.execute(f"UPDATE {table} SET pid = ? WHERE pid = ?", (pid, other))  # noqa: S608
        for table in ("tags", "found", "corrections"):
            connection.execute(f"UPDATE OR IGNORE {table} SET pid = ? WHERE pid = ?", (pid, other))  # noqa: S608
        move_fulltext(connection, other, pid)
        connection.execute("DELETE FROM papers WHERE pid = ?", (other,))
        self._stale.discard(other)


def merge_anew(connection: sqlite3.Connection, pid: int) -> None:
    """Write the paper as its records say now."""
    rows = connection.execute("SELECT label, body FROM records WHERE pid = ? ORDER BY label, key", (pid,)).fetchall()
    paper, origin = merge([(row["label"], Paper.model_validate_json(row["body"])) for row in rows])
    owner = connection.execute("SELECT pid FROM ids WHERE alias = ?", (canonical_id(paper.name),)).fetchone()
    if owner and owner["pid"] != pid:  # taken out of a paper that keeps the id: it goes by one that is its alone
        query = "SELECT min(alias) FROM ids WHERE pid = ? AND alias NOT LIKE 'work:%'"
        (own,) = connection.execute(query, (pid,)).fetchone()
        paper = paper.model_copy(update={"id": own or paper.id})
    connection.execute(_UPDATE, (*row_of(paper, origin), pid))


def insert_paper(connection: sqlite3.Connection, records: Sequence[tuple[str, Paper]]) -> int:
    """A new paper of these `(label, record)` pairs; returns its key."""
    return int(connection.execute(_INSERT, row_of(*merge(records))).lastrowid or 0)


def move_fulltext(connection: sqlite3.Connection, pid: int, to: int) -> None:
    """Give the full text of one paper to another, which keeps its own if it has one."""
    if connection.execute("SELECT 1 FROM fulltexts WHERE rowid = ?", (to,)).fetchone() is None:
        connection.execute(
            "INSERT INTO fulltexts (rowid, text) SELECT ?, text FROM fulltexts WHERE rowid = ?", (to, pid)
        )
    connection.execute("DELETE FROM fulltexts WHERE rowid = ?", (pid,))


def row_of(paper: Paper, origin: dict[str, str]) -> list[object]:
    """A paper as a row of `papers`."""
    values: list[object] = []
    for field in _FIELDS:
        value = getattr(paper, field)
        values.append((_write(value) if value else "[]") if isinstance(value, tuple) else value)
    return [*values, _write(origin), title_key(paper.title), content_hash(paper)]


def to_paper(row: sqlite3.Row) -> Paper:
    """A row of `papers` as a paper. It was validated when it was written, so it is not validated again."""
    values = {field: row[field] for field in _FIELDS}
    for field in _LISTS:
        values[field] = tuple(json.loads(values[field]))
    return Paper.model_construct(**values)


def now() -> str:
    """The time as an ISO stamp in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _claim(connection: sqlite3.Connection, record: Paper, ids: Sequence[str], pid: int) -> None:
    """The ids that are no paper's yet are this one's now (those of papers that were joined with it have come along).

    So is a bibliography's entry that waits for a work of this title and first author.
    """
    connection.executemany(
        "INSERT INTO ids (alias, pid) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET pid = excluded.pid WHERE pid IS NULL",
        ((alias, pid) for alias in ids),
    )
    if work := work_id(record.title, record.authors):
        connection.execute("UPDATE ids SET pid = ? WHERE alias = ? AND pid IS NULL", (pid, work))


def _log(connection: sqlite3.Connection, pid: int, moved: Sequence[Key], why: str) -> None:
    connection.execute(
        "INSERT INTO merges (pid, moved, why, created) VALUES (?, ?, ?, ?)", (pid, json.dumps(moved), why, now())
    )
