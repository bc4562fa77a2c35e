"""Kept surveys on disk: their folders, starting, changing and deleting them. Nobody else writes while one is changed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from corpus.errors import FourwaysError, HomeError, InputError, shorten
from corpus.files import write_whole
from corpus.home import Home
from corpus.intake import now
from survey.drafts.files import DRAFT, SURVEY, load_draft
from survey.drafts.models import Entry, Survey, survey_of, with_outline
from survey.outline import Outline
from survey.outline.editing import ids_of

_KEY = re.compile(r"[\w-]{1,80}")
_WAIT = 10.0  # seconds for another process that writes


# ---- folders ---------------------------------------------------------------------------------------------------------


def run_folder(home: Home, topic: str) -> Path:
    """A folder of the home for a draft on `topic`; the same topic is drafted into the same folder."""
    return _root(home) / _slug(topic)


def free_folder(home: Home, topic: str) -> Path:
    """As `run_folder`, but never one where somebody works on a survey in the app."""
    folder = run_folder(home, topic)
    return next(one for one in _numbered(folder) if not _is_touched(one))


def folder_of(home: Home, key: str) -> Path:
    """The folder of a kept survey. Raises InputError where there is none."""
    folder = _root(home) / key
    if not _KEY.fullmatch(key) or not ((folder / SURVEY).is_file() or (folder / DRAFT).is_file()):
        raise InputError(
            f"there is no survey {shorten(key)!r}", "It may have been deleted; open another one, or draft it anew"
        )
    return folder


def _root(home: Home) -> Path:
    return home.runs / "surveys"


def _slug(topic: str) -> str:
    return re.sub(r"[^\w]+", "-", topic.lower()).strip("-")[:60] or "survey"


def _numbered(folder: Path) -> Iterator[Path]:
    yield folder
    number = 2
    while True:
        yield folder.with_name(f"{folder.name}-{number}")
        number += 1


def _is_touched(folder: Path) -> bool:
    try:
        return _read(folder / SURVEY).touched
    except FileNotFoundError:
        return False
    except (OSError, ValidationError):
        return True


# ---- one survey ------------------------------------------------------------------------------------------------------


def start_survey(home: Home, survey: Survey) -> str:
    """Keep a new survey in a folder of its own; gives its key. Raises HomeError where it cannot be written."""
    try:
        _root(home).mkdir(parents=True, exist_ok=True)
        for folder in _numbered(run_folder(home, survey.topic)):
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            _write(folder, survey.model_copy(update={"touched": True}))
            return folder.name
    except OSError as error:
        raise HomeError(
            f"a survey cannot be kept in {_root(home)} ({error.strerror or error})",
            "Make room, or let it be written to",
        ) from error
    raise AssertionError  # there is always another number


def load_survey(home: Home, key: str) -> Survey:
    """What is kept of a survey; of one that was drafted by the command line alone, what its draft says.

    Raises InputError where there is none, or its files are damaged.
    """
    folder = folder_of(home, key)
    try:
        return _read(folder / SURVEY)
    except FileNotFoundError:
        draft = load_draft(folder)
        if draft is None:
            raise InputError(f"there is no survey {shorten(key)!r}", "Draft it anew") from None
        changed = datetime.fromtimestamp((folder / DRAFT).stat().st_mtime, UTC).isoformat(timespec="seconds")
        return survey_of(draft, most=len(draft.references)).model_copy(update={"changed": changed})
    except (OSError, ValidationError) as error:
        raise InputError(
            f"the survey {shorten(key)!r} cannot be read", f"Delete it, or mend {folder / SURVEY}"
        ) from error


def keep_survey(folder: Path, survey: Survey) -> None:
    """Write what is kept of a survey beside the draft in `folder`. Raises HomeError."""
    _write(folder, survey)


def change_survey(home: Home, key: str, change: Callable[[Survey], Survey]) -> Survey:
    """The survey after `change`, kept. Nobody else changes it meanwhile. Raises HomeError, and what `change` raises."""
    with _locked(home):
        before = load_survey(home, key)
        after = change(before)
        if after != before:
            after = after.model_copy(update={"touched": True})
            _write(folder_of(home, key), after)
        return after


def edit_outline(home: Home, key: str, version: int, change: Callable[[Outline], Outline]) -> Survey:
    """The survey with its outline changed. `version` is the one that whoever changes it has seen.

    Raises InputError where it has been changed since, and what `change` raises.
    """

    def edited(survey: Survey) -> Survey:
        if survey.version != version or survey.outline is None:
            raise InputError(
                "the outline was changed meanwhile, in another tab or by somebody else",
                "Look at it as it is now, and go on",
            )
        return with_outline(survey, change(survey.outline), edited=True)

    return change_survey(home, key, edited)


def delete_survey(home: Home, key: str) -> None:
    """Delete a survey with its draft. Raises InputError where there is none, HomeError where it cannot be deleted."""
    folder = folder_of(home, key)
    with _locked(home):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise HomeError(f"{folder} cannot be deleted ({error.strerror or error})", "Delete it by hand") from error


def _read(path: Path) -> Survey:
    return Survey.model_validate_json(path.read_bytes())


def _write(folder: Path, survey: Survey) -> None:
    content = survey.model_copy(update={"changed": now()}).model_dump_json()
    try:
        write_whole(folder / SURVEY, lambda made: made.write_text(content, "utf-8"))
    except HomeError as error:
        raise HomeError(error.what, "Make room on the disk, or let the home be written to") from error


@contextmanager
def _locked(home: Home) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        with FileLock(_root(home) / ".lock", timeout=_WAIT):
            yield
    except Timeout as error:
        raise HomeError(f"{_root(home)} is being written to", "Try again in a moment") from error


# ---- all of them -----------------------------------------------------------------------------------------------------


def list_surveys(home: Home) -> list[Entry]:
    """All kept surveys, the one changed last first; what cannot be read is left out."""
    found = []
    for folder in _root(home).glob("*/"):
        stamps = tuple(_stamp(folder / name) for name in (SURVEY, DRAFT))
        if any(stamps) and (entry := _entry(home, folder.name, stamps)):
            found.append(entry)
    return sorted(found, key=lambda one: (one.changed, one.key), reverse=True)


@lru_cache(maxsize=2_000)
def _entry(home: Home, key: str, stamps: tuple[tuple[int, int] | None, ...]) -> Entry | None:
    """`stamps` are those of the survey's files: after a change it is read anew."""
    try:
        survey = load_survey(home, key)
    except FourwaysError:
        return None
    return Entry(
        key=key,
        topic=survey.topic,
        changed=survey.changed,
        papers=len(ids_of(survey.outline)) if survey.outline else len(survey.chosen),
        sections=len(survey.outline.sections) if survey.outline else 0,
        drafted=stamps[1] is not None,
        edited=survey.edited,
    )


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
