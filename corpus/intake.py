"""How one record enters the library: find its paper by id or title, keep the record, merge the paper anew."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Literal

from corpus.identity import aliases, content_hash, merge, same_work, title_key
from corpus.models import Paper

Outcome = Literal["new", "updated", "merged", "unchanged"]

_COLUMNS = (
    *(field for field in Paper.model_fields),
    "origin",
    "title_key",
    "text_hash",
)
_INSERT = f"INSERT INTO papers ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_UPDATE = f"UPDATE papers SET {', '.join(c + ' = ?' for c in _COLUMNS)} WHERE pid = ?"  # noqa: S608


def take_in(connection: sqlite3.Connection, record: Paper, label: str) -> Outcome:
    """Enter one record from the source `label`; the caller holds the transaction."""
    body = json.dumps(record.to_json(), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    ids = aliases(record)
    key = record.id or (ids[0] if ids else f"{title_key(record.title)} {record.year}")
    known = connection.execute("SELECT pid, hash FROM records WHERE label = ? AND key = ?", (label, key)).fetchone()
    if known and known["hash"] == digest:
        return "unchanged"
    owners = _owners(connection, record, ids)
    if known:
        owners.append(known["pid"])
    owners = sorted(set(owners))
    if not owners:
        _insert(connection, record, ids, label, key, digest, body)
        return "new"
    pid = owners[0]
    for other in owners[1:]:
        _join(connection, pid, other)
    connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", (label, key, pid, digest, body))
    _claim(connection, ids, pid)
    _merge_anew(connection, pid)
    return "updated" if known else "merged"


def _owners(connection: sqlite3.Connection, record: Paper, ids: list[str]) -> list[int]:
    """The papers that the record belongs to: by any id, and by title, first author and year."""
    found: list[int] = []
    for alias in ids:
        row = connection.execute("SELECT pid FROM ids WHERE alias = ? AND pid IS NOT NULL", (alias,)).fetchone()
        if row:
            found.append(row[0])
    if record.authors:
        twins = connection.execute(
            "SELECT pid, title, authors, year FROM papers WHERE title_key = ?", (title_key(record.title),)
        )
        for row in twins.fetchall():
            twin = Paper.model_construct(title=row["title"], authors=tuple(json.loads(row["authors"])), year=row["year"])
            if same_work(record, twin):
                found.append(row["pid"])
    return found


def _insert(
    connection: sqlite3.Connection, record: Paper, ids: list[str], label: str, key: str, digest: str, body: str
) -> None:
    paper, origin = merge([(label, record)])
    pid = connection.execute(_INSERT, _row(paper, origin)).lastrowid
    connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?)", (label, key, pid, digest, body))
    _claim(connection, [*ids, paper.name], int(pid or 0))


def _claim(connection: sqlite3.Connection, ids: list[str], pid: int) -> None:
    connection.executemany(
        "INSERT INTO ids (alias, pid) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET pid = excluded.pid",
        ((alias, pid) for alias in dict.fromkeys(ids)),
    )


def _join(connection: sqlite3.Connection, pid: int, other: int) -> None:
    """Two papers turn out to be one: everything that hangs on `other` moves to `pid`."""
    for table in ("records", "ids", "notes"):
        connection.execute(f"UPDATE {table} SET pid = ? WHERE pid = ?", (pid, other))  # noqa: S608
    connection.execute("UPDATE OR IGNORE tags SET pid = ? WHERE pid = ?", (pid, other))
    connection.execute("DELETE FROM papers WHERE pid = ?", (other,))


def _merge_anew(connection: sqlite3.Connection, pid: int) -> None:
    rows = connection.execute("SELECT label, body FROM records WHERE pid = ? ORDER BY label, key", (pid,)).fetchall()
    paper, origin = merge([(row["label"], Paper.model_validate_json(row["body"])) for row in rows])
    connection.execute(_UPDATE, (*_row(paper, origin), pid))
    _claim(connection, [paper.name], pid)


def _row(paper: Paper, origin: dict[str, str]) -> list[object]:
    values: list[object] = []
    for field in Paper.model_fields:
        value = getattr(paper, field)
        values.append(json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value)
    return [*values, json.dumps(origin), title_key(paper.title), content_hash(paper)]
