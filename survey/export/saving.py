"""Files written all or none, without losing what somebody made of the older ones."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from corpus.errors import HomeError

# What was written here last: a file that is no more as it says was edited.
WRITTEN = ".fourways.json"


def save_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write `files` (name with slashes -> content) into `folder`. Raises HomeError where it cannot be written.

    All are written before the first takes its place, so that a full disk leaves every old file whole. An older file that was
    edited since it was written here, or that is not ours, is kept beside the new one: survey.md.1, survey.md.2, ...
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = _load_written(folder)
        digests = written | {name: _digest(content) for name, content in files.items()}
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fourways-") as scratch:
            contents = {**files, WRITTEN: json.dumps(digests, indent=1, sort_keys=True).encode()}
            for name, content in contents.items():
                _write(Path(scratch) / name, content)
                _check_place(folder, name)
            for name, content in files.items():
                _set_aside(folder / name, content, written.get(name))
            for name in contents:
                (folder / name).parent.mkdir(exist_ok=True)
                (Path(scratch) / name).replace(folder / name)
    except OSError as error:
        raise _refused(folder, error) from error


def check_folder(folder: Path) -> None:
    """Raises HomeError where `folder` cannot be written, before anybody waits for what is to stand there. Leaves nothing behind."""
    try:
        place = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise _refused(folder, error) from error


def _refused(folder: Path, error: OSError) -> HomeError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return HomeError(
        f"the draft cannot be written to {folder} ({error.strerror or error})",
        f"{'Make room there, or choose' if full else 'Choose'} another folder with --out DIR",
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check_place(folder: Path, name: str) -> None:
    """Raises OSError where a folder stands in a file's place, or a file in a folder's, before anything is moved."""
    path = folder / name
    if path.is_dir():
        raise IsADirectoryError(21, f"{name} is a folder")
    if path.parent.exists() and not path.parent.is_dir():
        raise NotADirectoryError(20, f"{path.parent.name} is a file")


def _set_aside(path: Path, content: bytes, digest: str | None) -> None:
    if not path.exists():
        return
    old = path.read_bytes()
    if old == content or _digest(old) == digest:
        return
    number = 1
    while (kept := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    path.rename(kept)


def _load_written(folder: Path) -> dict[str, str]:
    """Name -> digest. A file that cannot be read tells of nothing that was written, so that everything is kept."""
    try:
        read = json.loads((folder / WRITTEN).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in read.items()} if isinstance(read, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
