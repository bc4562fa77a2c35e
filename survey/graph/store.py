"""The idea graph in the home's folder `graph`: arrays that are mapped into memory, made anew when the library has changed.

A saved graph is a folder that is never changed. A new one is written beside it, and the file `current` then names it, in one step.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from corpus.library import Library
from corpus.report import Progress
from corpus.workspace import Workspace
from survey.graph.build import build_table
from survey.graph.counts import stats
from survey.graph.table import Edges, IdeaTable, Nodes, Strings
from survey.strategies import directions

# Of the arrays and of what becomes a node or an edge: a graph of another version is made anew.
VERSION = 1
_CURRENT = "current"
_KNOWN = "known.json"
# What the graph is made of, as short rows: another answer means another graph. Places are few and people correct them; pairs and
# mentions are a million and rewritten as a whole, by `fourways index`, so a count and a sum stand for them.
_PARTS = (
    "SELECT pid, id, text_hash, year, published, venue FROM papers ORDER BY pid",
    "SELECT pid, direction, weight, source FROM places ORDER BY pid, direction",
    "SELECT citing, cited FROM citations ORDER BY citing, cited",
    "SELECT aid, pid FROM ids WHERE aid IN (SELECT citing FROM citations UNION SELECT cited FROM citations) ORDER BY aid",
    "SELECT value FROM meta WHERE key = 'derived_from'",
    "SELECT count(*), total(one * 31 + other), total(similarity) FROM similar",
    "SELECT cid, key, name, zh FROM concepts ORDER BY cid",
    "SELECT count(*), total(pid * 31 + cid), total(weight), total(start + stop), count(DISTINCT edge) FROM mentions",
    "SELECT key, changed FROM ideas ORDER BY key",
)


def graph_folder(workspace: Workspace) -> Path:
    """Where the workspace's graph is kept."""
    return workspace.home.root / "graph"


def open_graph(workspace: Workspace, *, progress: Progress | None = None) -> IdeaTable:
    """The idea graph of the workspace's library as it is now: the saved one, or one made anew and saved."""
    return open_table(workspace.library, graph_folder(workspace), progress=progress)


def open_table(library: Library, folder: Path, *, progress: Progress | None = None) -> IdeaTable:
    """The idea graph of the library as it is now, kept in `folder`. Where that cannot be written, it is made each time."""
    revision = library.revision()  # before all else: what is written meanwhile makes the graph out of date
    found = _current(folder)
    if found.get("revision") == revision and (table := load_table(folder)) is not None:
        return table
    state = graph_state(library)
    if found.get("state") == state and (table := load_table(folder)) is not None:
        with suppress(OSError):  # a note or a tag is no change of the graph
            _point(folder, found | {"revision": revision})
        return table
    table = build_table(library, progress=progress)
    with suppress(OSError):
        save_table(table, folder, revision=revision, state=state)
    return table


def graph_state(library: Library) -> str:
    """A digest of all that the graph is made of."""
    digest = hashlib.sha256(f"{VERSION} {list(directions().values())}".encode())
    for query in _PARTS:
        for row in library.rows(query):
            digest.update(repr(row).encode())
    return digest.hexdigest()[:16]


def save_table(table: IdeaTable, folder: Path, *, revision: int, state: str) -> None:
    """Write the graph of the library at `revision` and make it the newest. Raises OSError; what was there then still counts."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        root = Path(tempfile.mkdtemp(prefix="graph-", dir=folder))
        try:
            for name, array in _arrays(table).items():
                np.save(root / f"{name}.npy", array)
            (root / _KNOWN).write_text(json.dumps({"stats": stats(table)}, ensure_ascii=False), "utf-8")
            _point(folder, {"name": root.name, "revision": revision, "state": state, "facts": table.facts})
        except BaseException:
            shutil.rmtree(root, ignore_errors=True)
            raise
        for old in folder.glob("graph-*"):
            if old.name != root.name:
                shutil.rmtree(old, ignore_errors=True)


def load_table(folder: Path) -> IdeaTable | None:
    """The newest graph in `folder`; None where there is none, or where it is damaged: it can always be made again."""
    found = _current(folder)
    root = folder / str(found.get("name"))
    try:
        arrays = {path.stem: np.asarray(np.load(path, mmap_mode="r")) for path in root.glob("*.npy")}
        nodes = Nodes(**{f.name: _read(arrays, f"node-{f.name}") for f in fields(Nodes)})
        edges = Edges(**{f.name: _read(arrays, f"edge-{f.name}") for f in fields(Edges)})
        known = json.loads((root / _KNOWN).read_text("utf-8"))
        return IdeaTable(nodes, edges, dict(found["facts"]), dict(known)) if found else None
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _current(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / _CURRENT).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("version") == VERSION else {}


def _point(folder: Path, found: Mapping[str, Any]) -> None:
    made = Path(tempfile.mkdtemp(prefix=".pointer-", dir=folder))
    try:
        pointer = made / _CURRENT
        pointer.write_text(json.dumps({**found, "version": VERSION}), "utf-8")
        pointer.replace(folder / _CURRENT)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _arrays(table: IdeaTable) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for prefix, part in (("node", table.node), ("edge", table.edge)):
        for one in fields(part):
            value = getattr(part, one.name)
            if isinstance(value, Strings):
                arrays |= {f"{prefix}-{one.name}": value.data, f"{prefix}-{one.name}.starts": value.starts}
            else:
                arrays[f"{prefix}-{one.name}"] = value
    return arrays


def _read(arrays: Mapping[str, NDArray[Any]], name: str) -> Any:
    starts = arrays.get(f"{name}.starts")
    return arrays[name] if starts is None else Strings(arrays[name], starts)
