"""The SQLite file below the library: its connections, transactions, and the versions of its tables."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from corpus.errors import HomeError, LibraryError
from corpus.identity import author_key, title_key

# The tables of version N are those of N - 1 and what `schema/N.sql` does to them: a new file goes through the same
# steps as an old one that is brought up to date.
SCHEMA_VERSION = 4
# Counted up by every transaction that changes anything: how what is derived from the library learns that it is out of date.
_NEXT_REVISION = "UPDATE revision SET number = number + 1"
# How long a writer waits for another process's batch, which takes about a second.
WAIT = 30.0


class Database:
    """The file `path`, made on first use. It may be used from several threads: each gets a connection of its own.

    Raises HomeError where the file cannot be made, LibraryError where it is damaged or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeError(
                f"the home folder {path.parent} cannot be made ({error.strerror})",
                "Choose another with --home DIR or $FOURWAYS_HOME",
            ) from error
        with self.guard():
            self._prepare()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA foreign_keys = ON")
            found.execute("PRAGMA synchronous = NORMAL")
            self._threads.connection = found
        return found

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        if found := getattr(self._threads, "connection", None):
            found.close()
            self._threads.connection = None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what SQLite raises into the error a user can act on."""
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "no such" in text:  # a table or column: the file was cut, or is another program's
                raise self._damaged(error) from error
            if "locked" in text:
                remedy = "Another Fourways process is writing; try again when it is done"
            elif "full" in text:
                remedy = "Free some disk space and run the same command again: it goes on where it was"
            else:
                remedy = "Check that the folder can be read and written, or choose another with --home DIR"
            raise HomeError(f"the library {self.path} cannot be used ({text})", remedy) from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _damaged(self, error: sqlite3.Error) -> LibraryError:
        remedy = "Move the file away and import your papers again, or restore it from a backup"
        return LibraryError(f"the library {self.path} is damaged ({error})", remedy)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block's writes, or none. Inside another transaction of this thread it is a part of that one."""
        with self.guard():
            connection = self.connection
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            before = connection.total_changes
            try:
                yield connection
                if connection.total_changes != before:
                    connection.execute(_NEXT_REVISION)
                connection.execute("COMMIT")
                # What is written goes into the file itself at once, so that a copy of library.db alone is whole.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except BaseException:
                if connection.in_transaction:  # SQLite has rolled back by itself where the disk is full
                    connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, arguments: Sequence[object] = ()) -> list[tuple]:
        with self.guard():
            return [tuple(row) for row in self.connection.execute(query, arguments)]

    def column(self, query: str, arguments: Sequence[object] = ()) -> list:
        with self.guard():
            return [row[0] for row in self.connection.execute(query, arguments)]

    def meta(self, key: str) -> str | None:
        found = self.column("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0] if found else None

    def set_meta(self, key: str, value: str) -> None:
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def revision(self) -> int:
        """How many transactions have changed the library; the same number twice: nothing has changed between."""
        return int(self.column("SELECT number FROM revision")[0])

    def _prepare(self) -> None:
        version = self._version()
        if version > SCHEMA_VERSION:
            raise LibraryError(
                f"the library {self.path} was written by a newer Fourways (format {version}, this one knows {SCHEMA_VERSION})",
                "Upgrade Fourways, or choose another folder with --home DIR",
            )
        if version == SCHEMA_VERSION:
            return
        self._use_wal()
        self.connection.create_function("title_key", 1, title_key, deterministic=True)
        self.connection.create_function(
            "author_key", 1, lambda name: author_key([name] if name else []), deterministic=True
        )
        with self.transaction() as connection:
            for step in range(
                self._version() + 1, SCHEMA_VERSION + 1
            ):  # read anew: another process may have been quicker
                script = resources.files("corpus").joinpath(f"schema/{step}.sql").read_text("utf-8")
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {step}")

    def _version(self) -> int:
        return int(self.connection.execute("PRAGMA user_version").fetchone()[0])

    def _use_wal(self) -> None:
        """Switch the file to write-ahead logging. SQLite does not wait its turn for this one, so we do."""
        deadline = time.monotonic() + WAIT
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


def as_list(values: Sequence[object]) -> str:
    """Values as the JSON array that `json_each(?)` reads."""
    return json.dumps(list(values))


def _statements(script: str) -> Iterator[str]:
    """The statements of an SQL script, triggers whole."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
