"""What is in the library, and whether this machine has what Fourways needs."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from corpus.errors import FourwaysError
from corpus.logbook import runs
from corpus.models import Frozen
from corpus.wanted import list_wanted
from corpus.workspace import Workspace

# Free space below which an import of a few thousand papers may fail.
_LOW_DISK = 1 << 30


class Check(Frozen):
    """One thing that was looked at: what was `found`, and the `remedy` where it is not `ok`."""

    name: str
    ok: bool
    found: str
    needed: bool = True
    remedy: str = ""


def status_of(workspace: Workspace) -> dict[str, Any]:
    """Counts of everything in the library and its index, papers a strategy, years, and disk space in MB."""
    library, home = workspace.library, workspace.home
    counts = library.stats()
    vectors = workspace.index.count()
    years = library.counts_by("year")
    return {
        "home": str(home.root),
        **counts,
        "vectors": vectors,
        "waiting_for_index": max(0, counts["papers"] - vectors),
        "model": workspace.index.model() or "none",
        "first_year": int(years[0][0]) if years else None,
        "last_year": int(years[-1][0]) if years else None,
        "papers_by_strategy": dict(library.counts_by("strategy")),
        "harvested": max((run.ended or run.started for run in runs(library, 1)), default="never"),
        "wanted_by_notes": len(list_wanted(library)),
        "disk_mb": {part: _size_mb(getattr(home, part)) for part in ("library", "chroma", "search", "models", "runs")},
    }


def check_machine(workspace: Workspace) -> Iterator[Check]:
    """Every check, one after the other, as some take seconds. A check that fails says so; it never raises."""
    yield Check(name="Python", ok=True, found=f"{platform.python_version()} on {os.cpu_count()} cores")
    yield _tried("full-text search", _fts5)
    yield _tried("home", lambda: _home(workspace))
    yield _tried("library", lambda: f"{workspace.library.count()} papers in {workspace.home.library}")
    yield _tried("embedding model", lambda: _model(workspace))
    yield _tried("index", lambda: _index(workspace), needed=False)
    yield _disk(workspace)
    yield _extra("arxiv", "for harvesting from arXiv")
    yield _extra("streamlit", "for the app")
    yield _gpu()


def _tried(name: str, check: Callable[[], str], *, needed: bool = True) -> Check:
    try:
        return Check(name=name, ok=True, found=check(), needed=needed)
    except FourwaysError as error:
        return Check(name=name, ok=False, found=error.what, remedy=error.remedy, needed=needed)


def _fts5() -> str:
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5 (word)")
    except sqlite3.OperationalError as error:
        raise FourwaysError(
            "SQLite was built without FTS5", "Use a Python whose sqlite3 has it, such as python.org's"
        ) from error
    return f"SQLite {sqlite3.sqlite_version} with FTS5"


def _home(workspace: Workspace) -> str:
    return f"{workspace.home.make().root} can be written"


def _model(workspace: Workspace) -> str:
    embedder = workspace.embedder()
    return f"{embedder.name}, {embedder.dimension} dimensions, on {embedder.device}"


def _index(workspace: Workspace) -> str:
    workspace.index.require(workspace.embedder())
    papers, vectors = workspace.library.count(), workspace.index.count()
    if vectors < papers:
        raise FourwaysError(f"{papers - vectors} papers have no vector", "Run `fourways index`")
    return f"{vectors} vectors"


def _disk(workspace: Workspace) -> Check:
    folder = workspace.home.root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Check(
        name="disk",
        ok=free > _LOW_DISK,
        found=f"{free / (1 << 30):.1f} GB free",
        remedy="Free some space",
        needed=False,
    )


def _gpu() -> Check:
    import torch

    there = torch.cuda.is_available()
    found = torch.cuda.get_device_name(0) if there else "none that torch can use; the CPU is used"
    return Check(name="GPU", ok=there, found=found, needed=False)


def _extra(package: str, purpose: str) -> Check:
    try:
        return Check(name=package, ok=True, found=f"{metadata.version(package)} ({purpose})")
    except metadata.PackageNotFoundError:
        return Check(name=package, ok=False, found=f"missing ({purpose})", remedy=f"pip install {package}")


def _size_mb(path: Path) -> float:
    files = [path] if path.is_file() else path.rglob("*")
    return round(sum(file.stat().st_size for file in files if file.is_file()) / 1e6, 1)
