"""What was harvested: how far each source was read, which topic found which paper, and the reports of past harvests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from corpus.intake import Entered, now
from corpus.library import Library
from corpus.models import Frozen
from corpus.report import HarvestReport


class Run(Frozen):
    """One harvest: its number, when it began and ended (ISO, UTC), what was asked, and the report; None: it was cut off."""

    number: int
    started: str
    ended: str | None
    request: dict[str, Any]
    report: HarvestReport | None


def cursor(library: Library, source: str, key: str) -> dict[str, Any]:
    """How far the source was read for this question; empty if it was never asked."""
    found = library.column("SELECT state FROM cursors WHERE source = ? AND key = ?", (source, key))
    return dict(json.loads(found[0])) if found else {}


def set_cursor(library: Library, source: str, key: str, state: dict[str, Any]) -> None:
    with library.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)", (source, key, json.dumps(state), now())
        )


def begin(library: Library, request: dict[str, Any]) -> int:
    """Note that a harvest begins; returns its number."""
    with library.transaction() as connection:
        query = "INSERT INTO harvests (started, request) VALUES (?, ?)"
        return int(connection.execute(query, (now(), json.dumps(request, ensure_ascii=False))).lastrowid or 0)


def end(library: Library, number: int, report: HarvestReport) -> None:
    with library.transaction() as connection:
        query = "UPDATE harvests SET ended = ?, report = ? WHERE hid = ?"
        connection.execute(query, (now(), report.model_dump_json(), number))


def runs(library: Library, limit: int = 20) -> list[Run]:
    """The last harvests, the latest first."""
    query = "SELECT hid, started, ended, request, report FROM harvests ORDER BY hid DESC LIMIT ?"
    return [
        Run(
            number=number,
            started=started,
            ended=ended,
            request=json.loads(request),
            report=HarvestReport.model_validate_json(report) if report else None,
        )
        for number, started, ended, request, report in library.rows(query, (limit,))
    ]


def note_found(library: Library, number: int, topic: str, entered: Iterable[Entered]) -> None:
    """Note which papers the topic found in this harvest; the first time counts."""
    with library.transaction() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO found (topic, pid, hid, isnew) VALUES (?, ?, ?, ?)",
            ((topic, pid, number, int(outcome == "new")) for pid, outcome in entered),
        )


def found_by(library: Library, topic: str) -> list[int]:
    """The papers that the topic has found, by key."""
    return library.column("SELECT pid FROM found WHERE topic = ? ORDER BY pid", (topic,))


def found_in(library: Library, number: int) -> list[int]:
    """The papers that this harvest brought into the library, the last published first."""
    return library.column(
        "SELECT DISTINCT p.pid FROM found f JOIN papers p USING (pid) WHERE f.hid = ? AND f.isnew"
        " ORDER BY coalesce(p.published, CAST(p.year AS TEXT), '') DESC, p.pid DESC",
        (number,),
    )


def counts_by_topic(library: Library) -> dict[str, tuple[int, str]]:
    """Topic -> how many papers it has found, and when the last harvest that asked for it ended (ISO, UTC)."""
    query = (
        "WITH last AS (SELECT t.key AS topic, max(h.ended) AS day"
        " FROM harvests h, json_each(h.report, '$.topics') t GROUP BY 1)"
        " SELECT f.topic, count(*), last.day FROM found f LEFT JOIN last USING (topic) GROUP BY 1 ORDER BY 1"
    )
    return {topic: (int(count), str(day or "")) for topic, count, day in library.rows(query)}


# ---- citations ---------------------------------------------------------------------------------------------------------


def not_asked(library: Library, source: str, pids: Sequence[int] | None = None) -> list[tuple[int, list[str]]]:
    """`(pid, aliases)` of the papers (of these, or of all) that the source was not asked about yet, by key."""
    wanted = set(pids) if pids is not None else None
    query = (
        "SELECT pid, alias FROM ids WHERE pid IS NOT NULL AND alias NOT LIKE 'work:%' AND pid NOT IN"
        " (SELECT i.pid FROM asked a JOIN ids i USING (aid) WHERE a.source = ? AND i.pid IS NOT NULL) ORDER BY pid, alias"
    )
    found: dict[int, list[str]] = {}
    for pid, alias in library.rows(query, (source,)):
        if wanted is None or pid in wanted:
            found.setdefault(pid, []).append(alias)
    return list(found.items())


def note_asked(library: Library, source: str, alias: str, *, known: bool, cited_by: int | None = None) -> None:
    """Note that the source was asked about the paper with this id: whether it knew it, and how often it is cited."""
    with library.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO asked (source, aid, day, cited_by, known) SELECT ?, aid, ?, ?, ? FROM ids WHERE alias = ?",
            (source, now()[:10], cited_by, int(known), alias),
        )


def cited_by_counts(library: Library, pid: int) -> dict[str, tuple[int, str]]:
    """Source -> how many works cite the paper, and the day it was asked."""
    query = (
        "SELECT a.source, max(a.cited_by), max(a.day) FROM asked a JOIN ids i USING (aid)"
        " WHERE i.pid = ? AND a.cited_by IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return {source: (int(count), day) for source, count, day in library.rows(query, (pid,))}
