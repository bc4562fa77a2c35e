"""A harvest under way: what its parts share, and how each takes in a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus import logbook
from corpus.intake import Entered
from corpus.library import Library
from corpus.models import Paper
from corpus.net import Session
from corpus.report import Progress, Tally
from corpus.sources import Fault


@dataclass(frozen=True)
class Work:
    """One harvest: `number` in the logbook. Its `tally` is the report that it will have."""

    library: Library
    session: Session
    number: int
    progress: Progress
    tally: Tally = field(default_factory=Tally)

    def keep(
        self, topic: str, entries: Sequence[Paper | Fault], label: str, cursor: tuple[str, dict[str, Any]] | None = None
    ) -> list[Entered]:
        """Take in one page that `topic` found at the source `label`, and note how far that was (`key`, `state`), or neither."""
        for entry in entries:
            if isinstance(entry, Fault):
                self.tally.skip(f"{label}, {entry.where}", entry.why)
        papers = [entry for entry in entries if isinstance(entry, Paper)]
        with self.library.transaction():
            entered = self.library.add_page(papers, label)
            logbook.note_found(self.library, self.number, topic, entered)
            if cursor:
                logbook.set_cursor(self.library, label, *cursor)
        self.tally.count(topic, "asked", len(entries))
        for _, outcome in entered:
            self.tally.count(topic, outcome)
        return entered
