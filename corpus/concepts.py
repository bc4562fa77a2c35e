"""The methods, tasks and data sets of the library, and what each paper does with them: reading and writing the tables."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence

from corpus.database import as_list
from corpus.errors import InputError, shorten
from corpus.library import Library
from corpus.models import Concept, Mention, clean_line

_CONCEPT = "key, kind, name, forms, zh, curated"
# How many near names a remedy gives.
_NEAR = 3


def set_concepts(library: Library, concepts: Iterable[Concept], mentions: Iterable[Mention]) -> None:
    """Replace all concepts and mentions by these, in one transaction; of papers that are gone meanwhile nothing is kept.

    Raises InputError for a mention of a concept that is not among `concepts`.
    """
    numbers: dict[str, int] = {}
    rows = []
    for cid, one in enumerate(concepts, 1):
        numbers[one.key] = cid
        forms = json.dumps(one.forms, ensure_ascii=False)
        rows.append((cid, one.key, one.kind, one.name, forms, one.zh, one.curated))
    with library.transaction() as connection:
        connection.execute("DELETE FROM mentions")
        connection.execute("DELETE FROM concepts")
        connection.executemany("INSERT INTO concepts VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        known = {pid for (pid,) in connection.execute("SELECT pid FROM papers")}
        try:
            connection.executemany(
                "INSERT OR REPLACE INTO mentions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (m.paper, numbers[m.concept], m.edge, m.weight, m.field, m.start, m.stop)
                    for m in mentions
                    if m.paper in known
                ),
            )
        except KeyError as error:
            raise InputError(
                f"a paper mentions {error.args[0]!r}, which is no concept", "Run `fourways index --rebuild`"
            ) from error


def concepts(library: Library) -> dict[str, Concept]:
    """All concepts by key, in the keys' order."""
    return {one.key: one for one in map(_concept, library.rows(f"SELECT {_CONCEPT} FROM concepts ORDER BY key"))}  # noqa: S608


def mentions(library: Library, pids: Sequence[int] | None = None) -> list[Mention]:
    """What these papers (all, if None) do with concepts; by paper, then the heaviest first."""
    where = "" if pids is None else "WHERE pid IN (SELECT value FROM json_each(?)) "
    return _mentions(library, where, () if pids is None else (as_list(pids),), "pid, weight DESC, key, edge")


def mentions_of(library: Library, concept: Concept) -> list[Mention]:
    """What papers do with one concept; the heaviest first."""
    return _mentions(library, "WHERE c.key = ? ", (concept.key,), "weight DESC, pid, edge")


def counts(library: Library) -> dict[str, int]:
    """Key of each concept -> how many papers mention it; the most first."""
    return dict(
        library.rows(
            "SELECT c.key, count(DISTINCT m.pid) AS n FROM concepts c JOIN mentions m USING (cid) GROUP BY c.cid ORDER BY n DESC, 1"
        )
    )


def concept(library: Library, name: str) -> Concept:
    """The concept of this key, name, spelling or Chinese name, in whatever case; of several the one in most papers.

    Raises InputError where there is none, with the names that are near.
    """
    wanted = _plain(name).replace(" ", "")  # finetuning is fine-tuning
    found = [
        one for one in concepts(library).values() if wanted in {called.replace(" ", "") for called in _called(one)}
    ]
    if not found:
        raise _unknown(library, name)
    if len(found) > 1:
        papers = counts(library)
        # The spelling in its own case first: AIM is no aim.
        found.sort(key=lambda one: (name.strip() not in (one.name, *one.forms), -papers.get(one.key, 0), one.key))
    return found[0]


def matching(library: Library, query: str, kind: str | None = None) -> list[tuple[Concept, int]]:
    """Concepts that have `query` in their name or a spelling (all, if it is empty), with their papers; the most used first."""
    wanted = _plain(query)
    known, papers = concepts(library), counts(library)
    found = [
        (one, papers.get(key, 0))
        for key, one in known.items()
        if (kind is None or one.kind == kind) and any(wanted in called for called in _called(one))
    ]
    return sorted(found, key=lambda pair: (wanted not in _called(pair[0]), -pair[1], pair[0].key))


def _mentions(library: Library, where: str, arguments: tuple[object, ...], order: str) -> list[Mention]:
    query = (
        "SELECT pid, c.key, edge, weight, field, start, stop FROM mentions m JOIN concepts c USING (cid) "  # noqa: S608
        f"{where}ORDER BY {order}"
    )
    # The rows are our own: their shape need not be checked a million times.
    return [
        Mention.model_construct(paper=pid, concept=key, edge=edge, weight=weight, field=field, start=start, stop=stop)
        for pid, key, edge, weight, field, start, stop in library.rows(query, arguments)
    ]


def _concept(row: Sequence[object]) -> Concept:
    key, kind, name, forms, zh, curated = row
    return Concept.model_validate(
        {"key": key, "kind": kind, "name": name, "forms": json.loads(str(forms)), "zh": zh, "curated": bool(curated)}
    )


def _called(one: Concept) -> set[str]:
    return {_plain(text) for text in (one.key, one.name, one.zh or "", *one.forms) if text}


def _plain(text: str) -> str:
    return clean_line(text).lower().replace("-", " ")


def _unknown(library: Library, name: str) -> InputError:
    names = sorted({called for one in concepts(library).values() for called in (one.name, *one.forms)})
    if not names:
        return InputError("the library has no concepts yet", "Run `fourways index`")
    lower = {called.lower(): called for called in names}
    near = difflib.get_close_matches(clean_line(name).lower(), lower, _NEAR, 0.6)
    remedy = f"Did you mean {', '.join(lower[one] for one in near)}?" if near else "List them: fourways concepts"
    return InputError(f"no method, task or data set is called {shorten(clean_line(name))!r}", remedy)
