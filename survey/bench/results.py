"""Runs of the bench in the home, one JSON file each, and what two of them have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import InputError, shorten
from corpus.files import write_whole
from corpus.home import Home
from survey.bench.record import Run

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# Characters of a file that are read at most.
_LONGEST = 20_000_000


def folder_of(home: Home) -> Path:
    return home.runs / "probes"


def save_run(home: Home, run: Run) -> Run:
    """Keep `run`, under an id that no other has. Raises HomeError."""
    home.make()
    folder = folder_of(home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        from corpus.errors import HomeError

        raise HomeError(f"{folder} cannot be made ({error.strerror})", "Choose another home with --home DIR") from error
    number, whole = 1, run
    while (folder / f"{whole.id}.json").exists():
        number += 1
        whole = dataclasses.replace(run, id=f"{run.id}-{number}")
    text = dump_run(whole)
    write_whole(folder / f"{whole.id}.json", lambda path: path.write_text(text, "utf-8"))
    return whole


def load_runs(home: Home, task: str | None = None) -> list[Run]:
    """All that can be read, the newest first; of one task where it is named."""
    runs = [run for path in sorted(folder_of(home).glob("*.json"), reverse=True) if (run := _read(path)) is not None]
    return sorted((run for run in runs if task in (None, run.task)), key=lambda run: run.made, reverse=True)


def load_run(home: Home, key: str) -> Run:
    """The run of this id, or of the only id that begins so. Raises InputError."""
    ids = sorted(path.stem for path in folder_of(home).glob("*.json"))
    found = [one for one in ids if one == key] or [one for one in ids if key and one.startswith(key)]
    if len(found) != 1:
        what = f"{len(found)} runs begin with {key!r}" if found else f"there is no run {shorten(key, 40)!r}"
        raise InputError(what, f"Did you mean {', '.join(found[:3])}?" if found else "See `fourways probe report`")
    run = _read(folder_of(home) / f"{found[0]}.json")
    if run is None:
        raise InputError(f"the run {found[0]} cannot be read", "Delete its file, and run it again")
    return run


def delete_run(home: Home, key: str) -> None:
    """Take the run of exactly this id out of the home. Raises InputError where there is none."""
    from corpus.errors import HomeError

    names = [path.name for path in folder_of(home).glob("*.json")]
    if f"{key}.json" not in names:  # compared, not put into a path: the key may say ../
        raise InputError(f"there is no run {shorten(key, 40)!r}", "See `fourways probe report`")
    path = folder_of(home) / f"{key}.json"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise HomeError(
            f"{path.name} cannot be deleted ({error.strerror})", "Check the rights of its folder"
        ) from error


def runs_of_idea(home: Home, idea: str) -> list[Run]:
    """Runs that were made for an idea, the newest first."""
    return [run for run in load_runs(home) if run.idea == idea]


def check_comparable(runs: Sequence[Run]) -> None:
    """Raises InputError where they are not all of one task."""
    if len({run.task for run in runs}) > 1:
        raise InputError("these runs are of several tasks", "Compare runs of one task")


def differences(runs: Sequence[Run]) -> list[str]:
    """Settings that these runs do not share: rows of them can be compared where there are none, and read beside them else."""
    names = ("task", "backbone", "rates", "steps", "seeds", "budget", "device", "device_name", "threads", "versions")
    found = []
    for name in names:
        values = [getattr(run, name) for run in runs]
        if any(value != values[0] for value in values):
            found.append(f"{name.replace('_', ' ')}: {' / '.join(_short(value) for value in values)}")
    return found


def dump_run(run: Run) -> str:
    return _adapter().dump_json(run, indent=2).decode() + "\n"


def read_run(text: str) -> Run:
    """What `dump_run` gave."""
    return _adapter().validate_json(text)


def run_as_json(run: Run) -> dict[str, Any]:
    made: dict[str, Any] = _adapter().dump_python(run, mode="json")
    return made


def _read(path: Path) -> Run | None:
    try:
        state = path.stat()
        return _parse(path, state.st_mtime_ns, state.st_size)
    except OSError:
        return None


@lru_cache(maxsize=1000)
def _parse(path: Path, changed: int, size: int) -> Run | None:
    """Kept as long as the file is as it was: the app lists all of them for every click."""
    from pydantic import ValidationError

    try:
        with path.open(encoding="utf-8") as stream:
            return _adapter().validate_json(stream.read(_LONGEST))
    except (ValidationError, ValueError):
        return None


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Run]:
    from pydantic import TypeAdapter

    return TypeAdapter(Run)


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(str(item) for item in value)
    return "none" if value is None else str(value)
