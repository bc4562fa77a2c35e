"""What the commands share: the options before the command, JSON on standard output, progress on standard error."""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID
    from rich.text import Text

    from corpus.report import Report
    from corpus.workspace import Workspace

# How the commands read a day.
DAYS = ["%Y-%m-%d"]
# Reasons for skipping that are printed; --json has all.
_SHOWN = 10
# Seconds; work shorter than this shows no bar.
_PATIENCE = 1.0
# Seconds between two lines of progress where standard error is a file.
_LINE_EVERY = 10.0


@dataclass(frozen=True)
class Options:
    """The options before the command."""

    home: Path | None = None
    chroma: str | None = None

    def workspace(self, *, model: str | None = None, device: str | None = None) -> Workspace:
        from corpus.home import find_home
        from corpus.workspace import Workspace

        return Workspace(find_home(self.home), model=model, device=device, chroma=self.chroma)


def workspace_of(context: typer.Context, *, model: str | None = None, device: str | None = None) -> Workspace:
    options = context.obj
    assert isinstance(options, Options)
    return options.workspace(model=model, device=device)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """A remark on standard error, on one line."""
    typer.echo(text, err=True)


def print_counts(report: Report) -> None:
    """What an import or a harvest took in, on standard output, and the first reasons for skipping on standard error."""
    typer.echo(
        f"{report.new} new, {report.updated} updated, {report.merged} merged, {report.unchanged} unchanged,"
        f" {len(report.skipped)} skipped"
    )
    if report.citations:
        typer.echo(
            f"{report.citations['new']} new citations; {report.citations['linked']} join two papers of the library"
        )
    for skipped in report.skipped[:_SHOWN]:
        say(f"skipped {skipped.where}: {skipped.why}")
    if len(report.skipped) > _SHOWN:
        say(f"and {len(report.skipped) - _SHOWN} more; --json lists all")


def fail(message: str, status: int = 1) -> int:
    """Say what failed, on one line, and hand the exit status on."""
    say(f"error: {message}")
    return status


def console() -> Console:
    """Standard output for tables. What papers say is printed as `rich.text.Text`, never as markup."""
    from rich.console import Console

    # Into a file or a pipe, lines are as long as they are: 80 columns would cut titles and ids.
    width = None if sys.stdout.isatty() else 240
    return Console(markup=False, highlight=False, emoji=False, width=width)


def cell(text: str) -> Text:
    """What a paper or a person says, for a table: as it is."""
    from rich.text import Text

    return Text(text)


def load_model(workspace: Workspace) -> None:
    """Load the embedding model, and say so where that takes long, as it does the first time on a machine."""
    patience = threading.Timer(
        _PATIENCE, say, ["Loading the embedding model (longest the first time on a machine) ..."]
    )
    patience.start()
    try:
        embedder = workspace.embedder()
    finally:
        patience.cancel()
    say(f"Embedding with {embedder.name} on {embedder.device}")


def warn_of_waiting(workspace: Workspace) -> None:
    """Say on standard error how many papers have no vector yet: they are found by their words only."""
    waiting = workspace.searcher.waiting()
    if waiting > 0:
        say(f"{waiting} papers wait for the index and are found by words only: run `fourways index`")


class ProgressBar:
    """Shows progress on standard error: a bar on a terminal, a line now and then elsewhere; nothing for short work.

    Call it with (what is being done, how much is done, how much there is).
    """

    def __init__(self) -> None:
        self._bar: RichProgress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._started = self._last_line = time.monotonic()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._started < _PATIENCE:
            return
        if sys.stderr.isatty():
            self._draw(what, done, total)
        elif now - self._last_line > _LINE_EVERY:
            self._last_line = now
            say(f"{what}: {done} of {total}")

    def say(self, text: str) -> None:
        """A remark above the bar."""
        if self._bar:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            say(text)

    def _draw(self, what: str, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total)
        self._bar.update(self._tasks[what], completed=done, total=total)
