"""What a search needs of a library, ready on the disk: postings and vectors that are mapped into memory, not read.

A snapshot is a folder of arrays that is never changed. A new one is written beside it, and the file `current` then names it,
in one step: whoever searches meanwhile keeps the old one, and a run that is killed leaves nothing that counts.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.retrieval.postings import Postings
from corpus.retrieval.vectors import VectorTable, build_table

# Of the arrays and of the rules of corpus/retrieval/analysis.py: a snapshot of another version is made anew.
VERSION = 1
_CURRENT = "current"


@dataclass(frozen=True)
class Snapshot:
    """`keys` (n,) ascending: the papers; `states` (n,) bytes: what their words were; `postings`, a row a paper. Where there are
    vectors: the `table`, whose row i is the paper `vector_keys[i]`, made by `model`.
    """

    keys: NDArray[np.int64]
    states: NDArray[np.bytes_]
    postings: Postings
    model: str | None = None
    vector_keys: NDArray[np.int64] | None = None
    table: VectorTable | None = None
    name: str = ""


def with_vectors(snapshot: Snapshot, model: str, keys: Sequence[int], vectors: Vectors) -> Snapshot:
    """The snapshot with these vectors (len(keys), d) of unit length in place of those it had."""
    return Snapshot(
        snapshot.keys, snapshot.states, snapshot.postings, model, np.asarray(keys, dtype=np.int64), build_table(vectors)
    )


def current(folder: Path) -> dict[str, Any]:
    """Name and model of the newest snapshot in `folder`; empty where there is none. Costs one small read."""
    try:
        found = json.loads((folder / _CURRENT).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("version") == VERSION else {}


def load_snapshot(folder: Path) -> Snapshot | None:
    """The newest snapshot; None where there is none, or where it is damaged: it can always be made again."""
    found = current(folder)
    root = folder / str(found.get("name", ""))
    if not found or not root.is_dir():
        return None
    try:
        # As plain arrays: a memmap object spends 20 us more on every look-up.
        arrays = {path.stem: np.asarray(np.load(path, mmap_mode="r")) for path in root.glob("*.npy")}
        postings = Postings(
            **{f.name: arrays[f"postings-{f.name}"] for f in fields(Postings) if f.name != "size"},
            size=len(arrays["keys"]),
        )
        table = None
        if found.get("model"):
            table = VectorTable(arrays["full"], arrays["axes"], arrays["coarse"])
        return Snapshot(
            arrays["keys"],
            arrays["states"],
            postings,
            found.get("model"),
            arrays.get("vector_keys"),
            table,
            found["name"],
        )
    except (OSError, ValueError, KeyError, EOFError):
        return None


def save_snapshot(snapshot: Snapshot, folder: Path, *, instead_of: str | None = None) -> None:
    """Write the snapshot and make it the newest; with `instead_of`, only where the newest is still the one of that name (empty:
    where there is none). Raises OSError; what was there before then still counts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):  # else one writer would sweep away what another has half written
        if instead_of is None or current(folder).get("name", "") == instead_of:
            _write(snapshot, folder)


def _write(snapshot: Snapshot, folder: Path) -> None:
    root = Path(tempfile.mkdtemp(prefix="snapshot-", dir=folder))
    try:
        for name, array in _arrays(snapshot).items():
            np.save(root / f"{name}.npy", array)
        pointer = root / "pointer.json"
        pointer.write_text(json.dumps({"version": VERSION, "name": root.name, "model": snapshot.model}), "utf-8")
        pointer.replace(folder / _CURRENT)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    _sweep(folder, root.name)


def indexing(folder: Path) -> FileLock:
    """The lock of the one index run that may be, to be entered; another one raises filelock.Timeout at once."""
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "indexing", timeout=0)


def is_indexing(folder: Path) -> bool:
    """Whether an index run is going on."""
    try:
        with indexing(folder):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that nobody can write to: nobody indexes into it
        return False


def _arrays(snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {"keys": snapshot.keys, "states": snapshot.states}
    arrays |= {f"postings-{f.name}": getattr(snapshot.postings, f.name) for f in fields(Postings) if f.name != "size"}
    if snapshot.table is not None and snapshot.vector_keys is not None:
        table = snapshot.table
        arrays |= {"vector_keys": snapshot.vector_keys, "full": table.full, "axes": table.axes, "coarse": table.coarse}
    return arrays


def _sweep(folder: Path, keep: str) -> None:
    """Remove older snapshots. What another process has mapped stays readable to it; where a system forbids it, later."""
    for old in folder.glob("snapshot-*"):
        if old.name != keep:
            with suppress(OSError):
                shutil.rmtree(old)
