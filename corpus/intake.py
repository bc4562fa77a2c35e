"""How one record enters the library: find its paper by id or title, keep the record, merge the paper anew."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Literal

from corpus.identity import aliases, content_hash, merge, same_work, title_id, title_key
from corpus.models import Paper

Outcome = Literal["new", "updated", "merged", "unchanged"]

_FIELDS = tuple(Paper.model_fields)
_LISTS = ("authors", "categories", "keywords", "strategies", "directions")
_COLUMNS = (*_FIELDS, "origin", "title_key", "text_hash")
_INSERT = f"INSERT INTO papers ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_KNOWN = "SELECT pid, hash FROM records WHERE label = ? AND key = ?"
_UPDATE = f"UPDATE papers SET {', '.join(c + ' = ?' for c in _COLUMNS)} WHERE pid = ?"  # noqa: S608


def take_in(connection: sqlite3.Connection, record: Paper, label: str, seen: dict[str, int]) -> Outcome:
    """Enter one record from the source `label`; the caller holds the transaction.

    `seen` starts empty for each run over a source and is kept here: how many different records had each key in this
    run. A source that lists a paper twice so keeps both records, and the next run finds each of them unchanged.
    """
    body = json.dumps(record.to_json(), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    ids = aliases(record) or [title_id(record)]
    key = ids[0]
    known = connection.execute(_KNOWN, (label, key)).fetchone()
    if key in seen and known["hash"] != digest:
        seen[key] += 1
        key = f"{key} #{seen[key]}"
        known = connection.execute(_KNOWN, (label, key)).fetchone()
    else:
        seen.setdefault(key, 1)
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
            twin = Paper.model_construct(
                title=row["title"], authors=tuple(json.loads(row["authors"])), year=row["year"]
            )
            if same_work(record, twin):
                found.append(row["pid"])
    return found


def _insert(
    connection: sqlite3.Connection, record: Paper, ids: list[str], label: str, key: str, digest: str, body: str
) -> None:
    paper, origin = merge([(label, record)])
    pid = connection.execute(_INSERT, _row(paper, origin)).lastrowid
    connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?)", (label, key, pid, digest, body))
    _claim(connection, ids, int(pid or 0))


def _claim(connection: sqlite3.Connection, ids: list[str], pid: int) -> None:
    connection.executemany(
        "INSERT INTO ids (alias, pid) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET pid = excluded.pid",
        ((alias, pid) for alias in ids),
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


def _row(paper: Paper, origin: dict[str, str]) -> list[object]:
    values: list[object] = []
    for field in _FIELDS:
        value = getattr(paper, field)
        values.append(json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value)
    return [*values, json.dumps(origin), title_key(paper.title), content_hash(paper)]


def to_paper(row: sqlite3.Row) -> Paper:
    """A row of `papers` as a paper. It was validated when it was written, so it is not validated again."""
    values = {field: row[field] for field in _FIELDS}
    for field in _LISTS:
        values[field] = tuple(json.loads(values[field]))
    return Paper.model_construct(**values)
