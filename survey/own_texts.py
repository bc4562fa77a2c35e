"""Tables of somebody's own texts for the bench, handed in through the app and kept in the home; it can name no other file."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import HomeError, InputError, shorten
from corpus.files import write_whole
from corpus.home import Home
from survey.bench.results import folder_of
from survey.importing import Upload, safe_name

MOST_MB, MOST_TABLES = 20, 50
TYPES = ("csv", "tsv")
TASK = "folder:"


def data_folder(home: Home) -> Path:
    return folder_of(home) / "data"


def list_tables(home: Home) -> list[str]:
    """The names of the tables, in their order."""
    return sorted(path.name for path in data_folder(home).glob("*") if path.suffix[1:].lower() in TYPES)


def keep_table(home: Home, upload: Upload) -> str:
    """Keep the table under its safe name, in place of one that was called so; returns the name. Raises InputError, HomeError."""
    name = safe_name(upload.name)
    if Path(name).suffix[1:].lower() not in TYPES:
        raise InputError(f"{shorten(name)} is no table of texts", "Hand in a CSV with a text and a label in each row")
    if upload.size > MOST_MB << 20:
        raise InputError(
            f"{shorten(name)} is larger than {MOST_MB} MB", "Hand in a part of it: a probe needs some hundreds of rows"
        )
    if len(set(list_tables(home)) - {name}) >= MOST_TABLES:
        raise InputError(f"{MOST_TABLES} tables are kept already", "Delete one first")
    folder = data_folder(home.make())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HomeError(f"{folder} cannot be made ({error.strerror})", "Check the rights of the home folder") from error
    upload.seek(0)
    content = upload.read()
    write_whole(folder / name, lambda path: path.write_bytes(content))
    return name


def delete_table(home: Home, name: str) -> None:
    """Raises InputError where no table is called so."""
    (data_folder(home) / _known(home, name)).unlink(missing_ok=True)


def task_of(home: Home, name: str) -> str:
    """How the bench calls the table of this name. Raises InputError where there is none."""
    return f"{TASK}{data_folder(home) / _known(home, name)}"


def task_name(task: str) -> str:
    """What a task is called to readers: one's own data by its file's name alone.

    >>> task_name("text"), task_name("folder:/home/me/films.csv")
    ('text', 'films.csv')
    """
    return Path(task.removeprefix(TASK)).name if task.startswith(TASK) else task


def _known(home: Home, name: str) -> str:
    if name not in list_tables(home):
        raise InputError(f"there is no table {shorten(name, 40)!r}", "Hand it in first")
    return name
