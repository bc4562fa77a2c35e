"""The map of gaps: the methods of a topic against its tasks, how many papers speak of both, and where none does."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from math import log
from typing import Literal

from corpus.database import as_list
from corpus.errors import InputError, QueryError
from corpus.library import Library
from corpus.models import Frozen
from corpus.workspace import Workspace
from survey.graph.topic import about_topic

# Papers that a topic takes, and the size of the table.
PAPERS, METHODS, TASKS = 300, 15, 12
# Fewer papers of a topic than this on either side, and that none has both tells nothing.
SUPPORT = 3
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@")

Where = Literal["library", "topic"]


class Axis(Frozen):
    """A row or a column: how many of the topic's `papers`, and of the library's (`anywhere`), speak of this method or task."""

    key: str
    name: str
    zh: str | None = None
    papers: int
    anywhere: int


class Gap(Frozen):
    """A method and a task that no paper has both of: in the whole `library`, or in the `topic` only (then `elsewhere` papers do).

    `expected`: so many of the topic's papers would speak of both if neither had to do with the other.
    """

    method: str
    task: str
    expected: float
    where: Where
    elsewhere: int = 0


class IdeaMap(Frozen):
    """`counts[row][column]`: how many of the topic's `papers` speak of the method `rows[row]` and of the task `columns[column]`.

    `gaps`: first those of the whole library, then those of the topic only, each the most expected first; without cells of which
    a side has fewer than SUPPORT papers. `topic` empty: the map is of the whole library.
    """

    topic: str = ""
    papers: int
    rows: tuple[Axis, ...]
    columns: tuple[Axis, ...]
    counts: tuple[tuple[int, ...], ...]
    gaps: tuple[Gap, ...] = ()

    def marks(self) -> dict[tuple[int, int], Gap]:
        """Row and column -> the gap there."""
        row = {axis.key: number for number, axis in enumerate(self.rows)}
        column = {axis.key: number for number, axis in enumerate(self.columns)}
        return {(row[gap.method], column[gap.task]): gap for gap in self.gaps}


def topic_map(
    workspace: Workspace, topic: str | None, *, papers: int = PAPERS, methods: int = METHODS, tasks: int = TASKS
) -> IdeaMap:
    """The map of a topic, from the papers that a search finds on it; of the whole library, if None.

    Raises InputError where no paper is on the topic or none of them speaks of methods and tasks, QueryError for an empty topic, and
    what a search raises.
    """
    library = workspace.library
    if not library.count():
        raise InputError("the library is empty", "Run `fourways start`, or import papers: `fourways import FILE`")
    if not library.column("SELECT count(*) FROM concepts")[0]:
        raise InputError("the library has no methods and tasks yet", "Run `fourways index`")
    keys = None
    if topic is not None:
        topic = " ".join(topic.split())
        if not topic:
            raise QueryError("the topic is empty", "Say what the map is about")
        keys = [library.resolve(name) for name in about_topic(workspace, topic, papers)]
    found = build_map(library, keys, methods=methods, tasks=tasks).model_copy(update={"topic": topic or ""})
    if not found.rows or not found.columns:
        missing = "method" if not found.rows else "task"
        raise InputError(f"the {found.papers} papers on it speak of no {missing} that is known", "Use wider words")
    return found


def build_map(library: Library, papers: Sequence[int] | None, *, methods: int = METHODS, tasks: int = TASKS) -> IdeaMap:
    """The map of these papers (all, if None): at most so many `methods` as rows and `tasks` as columns.

    Taken are those that most papers speak of, each weighted by how much more these papers speak of it than others do: in a map of
    "video" the task "language modelling" would tell little. Equal ones stand in order of their keys.
    """
    size = library.count() if papers is None else len(set(papers))
    rows = _axes(library, papers, "method", methods, size)
    columns = _axes(library, papers, "task", tasks, size)
    holds = _holders(library, [axis.key for axis in (*rows, *columns)])
    among = None if papers is None else set(papers)
    counts, gaps = [], []
    for row in rows:
        line = []
        for column in columns:
            both = holds[row.key] & holds[column.key]
            here = len(both if among is None else both & among)
            line.append(here)
            if not here and min(row.papers, column.papers) >= SUPPORT:
                expected = round(row.papers * column.papers / size, 3)
                where: Where = "topic" if both else "library"
                gap = Gap(method=row.key, task=column.key, expected=expected, where=where, elsewhere=len(both))
                gaps.append(gap)
        counts.append(tuple(line))
    gaps.sort(key=lambda gap: (gap.where != "library", -gap.expected, gap.method, gap.task))
    return IdeaMap(papers=size, rows=tuple(rows), columns=tuple(columns), counts=tuple(counts), gaps=tuple(gaps))


def render_csv(found: IdeaMap) -> str:
    """The table with a line a method: its papers, then its papers with each task. Where no paper of the library has both though
    either side has some, `gap` stands for 0.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["method", "papers", *(_cell(column.name) for column in found.columns)])
    writer.writerow(["papers", found.papers, *(column.papers for column in found.columns)])
    marks = found.marks()
    for number, row in enumerate(found.rows):
        cells = [
            "gap" if (gap := marks.get((number, place))) and gap.where == "library" else count
            for place, count in enumerate(found.counts[number])
        ]
        writer.writerow([_cell(row.name), row.papers, *cells])
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _axes(library: Library, papers: Sequence[int] | None, kind: str, most: int, size: int) -> list[Axis]:
    """The concepts of a kind that tell most of these papers."""
    whole = max(1, library.count())
    anywhere = _counted(library, None, kind)
    here = anywhere if papers is None else _counted(library, papers, kind)

    def telling(key: str) -> float:
        # G-squared's leading term (Dunning 1993) over the share that is expected, so that a concept of all papers counts as it is.
        return here[key] * (1 + log(here[key] * whole / (max(1, size) * anywhere[key])))

    best = sorted(here, key=lambda key: (-telling(key), key))[: max(0, most)]
    named = {
        key: (name, zh)
        for key, name, zh in library.rows(
            "SELECT key, name, zh FROM concepts WHERE key IN (SELECT value FROM json_each(?))", (as_list(best),)
        )
    }
    return [
        Axis(key=key, name=named[key][0], zh=named[key][1], papers=here[key], anywhere=anywhere[key]) for key in best
    ]


def _counted(library: Library, papers: Sequence[int] | None, kind: str) -> dict[str, int]:
    """Key of each concept of a kind -> how many of these papers speak of it."""
    among = "" if papers is None else "AND m.pid IN (SELECT value FROM json_each(?)) "
    query = (
        "SELECT c.key, count(DISTINCT m.pid) FROM mentions m JOIN concepts c USING (cid) "  # noqa: S608 - a constant of ours
        f"WHERE c.kind = ? {among}GROUP BY c.cid"
    )
    return dict(library.rows(query, (kind,) if papers is None else (kind, as_list(list(papers)))))


def _holders(library: Library, keys: Collection[str]) -> dict[str, set[int]]:
    """Key of each concept -> the papers that speak of it."""
    found: dict[str, set[int]] = {key: set() for key in keys}
    query = (
        "SELECT c.key, m.pid FROM concepts c JOIN mentions m USING (cid) "
        "WHERE c.key IN (SELECT value FROM json_each(?))"
    )
    for key, pid in library.rows(query, (as_list(list(keys)),)):
        found[key].add(pid)
    return found
