"""What the library holds, counted: for the page that shows it. Kept in the home, for counting 150,000 papers takes seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from corpus.errors import HomeError
from corpus.files import write_whole
from corpus.home import Home
from corpus.ideas import STATES
from corpus.intake import now
from corpus.library import Library
from corpus.models import Frozen
from corpus.workspace import Workspace
from survey.jobs import JOBS, Job

# Name -> papers (or whatever is counted).
Counts = tuple[tuple[str, int], ...]
PARTS = ("library", "chroma", "search", "graph", "models", "runs")
_VENUES, _SOURCES = 12, 30


class Holdings(Frozen):
    """How much there is of everything in the library `library` after its change number `revision`; counted at `day` (ISO, UTC).

    `years` ascend; `venues`, `strategies` and `sources` begin with the most; the venues beyond the largest are `other_venues`
    papers. `concepts` counts by kind, `ideas` by state.
    """

    library: str
    revision: int
    day: str
    papers: int
    with_abstract: int
    full_texts: int
    citations: int
    citations_kept: int
    similar_pairs: int
    notes: int
    tagged: int
    placed: int
    merges: int
    years: Counts = ()
    venues: Counts = ()
    other_venues: int = 0
    strategies: Counts = ()
    sources: Counts = ()
    concepts: Counts = ()
    ideas: Counts = ()


def count_holdings(library: Library) -> Holdings:
    """Count all of it: seconds for 150,000 papers."""
    name, revision = library.library_id, library.revision()
    counts = library.stats()
    venues = library.counts_by("venue")
    return Holdings(
        library=name,
        revision=revision,
        day=now(),
        merges=_count(library, "merges"),
        years=tuple(library.counts_by("year")),
        venues=tuple(venues[:_VENUES]),
        other_venues=sum(count for _, count in venues[_VENUES:]),
        strategies=tuple(library.counts_by("strategy")),
        sources=tuple(library.counts_by("label")[:_SOURCES]),
        concepts=_by(library, "SELECT kind, count(*) AS n FROM concepts GROUP BY 1 ORDER BY n DESC, 1"),
        ideas=_in_order(_by(library, "SELECT state, count(*) FROM ideas GROUP BY 1"), STATES),
        **{name: counts[name] for name in _STATS},
    )


_STATS = (
    *("papers", "with_abstract", "full_texts", "citations", "citations_kept", "similar_pairs"),
    *("notes", "tagged", "placed"),
)


def latest_holdings(workspace: Workspace, patience: float) -> tuple[Holdings, bool]:
    """The newest counts, and whether nothing has changed since: where something has, they are counted anew in the background.

    That is waited for `patience` seconds, and to its end where there are none from before. Raises what counting raises.
    """
    home, library = workspace.home, workspace.library
    root, revision = str(home.root), library.revision()
    known = _KNOWN.get(root) or load_holdings(home, library)
    if known and known.library == library.library_id and known.revision == revision:
        _KNOWN[root] = known
        return known, True
    key = f"count {root}"
    job: Job[Holdings] | None = JOBS.find(key)
    if known is None or _may_count(root):
        with suppress(HomeError):  # somebody else's page was quicker
            job = JOBS.start(key, lambda job: _count_and_keep(workspace))
        job = JOBS.find(key)
    if job:
        job.join(patience if known else None)
        if job.error:
            raise job.error
    known = _KNOWN.get(root) or known
    if known is None:
        known = count_holdings(library)
    return known, known.revision == library.revision()


# Home -> what was counted last, and when that was done and how many seconds it took.
_KNOWN: dict[str, Holdings] = {}
_COUNTED: dict[str, tuple[float, float]] = {}
# While a harvest writes, this much of the time goes into counting that takes longer than some seconds.
_SHARE, _LONG = 0.2, 1.0


def _may_count(root: str) -> bool:
    ended, took = _COUNTED.get(root, (0.0, 0.0))
    return took < _LONG or time.monotonic() - ended >= took / _SHARE


def _count_and_keep(workspace: Workspace) -> Holdings:
    began = time.monotonic()
    try:
        counted = count_holdings(workspace.library)
    finally:
        workspace.library.close()
    root = str(workspace.home.root)
    _KNOWN[root] = counted
    _COUNTED[root] = (time.monotonic(), time.monotonic() - began)
    with suppress(HomeError):  # counted again the next time
        save_holdings(workspace.home, counted)
    return counted


def load_holdings(home: Home, library: Library) -> Holdings | None:
    """What was counted last of this library, which may have changed since; None where nothing is kept that can be read."""
    try:
        kept = Holdings.model_validate_json(_file(home).read_bytes())
    except (OSError, ValidationError):
        return None
    return kept if kept.library == library.library_id else None


def save_holdings(home: Home, holdings: Holdings) -> None:
    """Keep them in the home. Raises HomeError."""
    write_whole(_file(home), lambda made: made.write_text(holdings.model_dump_json(), "utf-8"))


def disk_use(home: Home) -> Counts:
    """Bytes of each part of the home, in the order of PARTS; `rest` is what else lies in it. Empty parts are left out."""
    known = {name: _size(home.root / _NAMES.get(name, name)) for name in PARTS}
    rest = _size(home.root) - sum(known.values())
    return tuple((name, size) for name, size in (*known.items(), ("rest", rest)) if size > 0)


_NAMES = {"library": "library.db"}


def count_drafts(home: Home) -> int:
    """Drafts of surveys that are kept in the home."""
    return sum(1 for _ in (home.runs / "surveys").glob("*/outline.json"))


def count_probes(home: Home) -> int:
    """Records of probes that are kept in the home."""
    return sum(1 for _ in (home.runs / "probes").glob("**/*.json"))


def _file(home: Home) -> Path:
    return home.root / "holdings.json"


def _size(path: Path) -> int:
    """Of a file and those that SQLite keeps beside it, or of all in a folder; what vanishes meanwhile counts nothing."""
    found = [path, path.with_name(path.name + "-wal")] if path.is_file() else path.rglob("*")
    total = 0
    for one in found:
        try:
            total += one.lstat().st_size if one.is_file() else 0
        except OSError:
            continue
    return total


def _count(library: Library, table: str) -> int:
    return int(library.column(f"SELECT count(*) FROM {table}")[0])  # noqa: S608


def _by(library: Library, query: str) -> Counts:
    return tuple((str(name), int(count)) for name, count in library.rows(query))


def _in_order(counts: Counts, names: Sequence[str]) -> Counts:
    found = dict(counts)
    return tuple((name, found[name]) for name in names if name in found)
