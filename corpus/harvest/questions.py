"""Asks arXiv a question and remembers how far the answer was read: newest first, a page at a time, on from where it stopped.

The cursor of a question is `{"done": DAY, "pending": {"start": N, "newest": DAY}}`. `done`: everything that arXiv had on
that day is in the library. `pending`: a reading that began when `newest` was the first entry's day stopped at entry N.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from corpus import logbook
from corpus.harvest.work import Work
from corpus.library import Library
from corpus.models import Paper
from corpus.sources.arxiv import MAX_HITS, ArxivClient, build_query, split_range

LABEL = "arxiv"
_FIRST_DAY = date(1991, 8, 14)  # arXiv's first paper


@dataclass(frozen=True)
class Question:
    """What a topic asks arXiv for. `limit`: no more than its newest so many entries."""

    topic: str
    query: str | None
    categories: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int | None = None

    def text(self) -> str:
        return build_query(self.query, self.categories, self.since, self.until)


class Asker:
    """Asks arXiv for one harvest, and takes in what it answers."""

    def __init__(self, work: Work, client: ArxivClient, ceiling: int = MAX_HITS) -> None:
        self._work, self._client, self._ceiling = work, client, ceiling

    def ask(self, question: Question) -> None:
        """Take in what arXiv has for the question and the library does not. Raises ServiceError; what came is kept."""
        cursor = _Cursor(self._work.library, f"{self._client.base_url} {question.text()}")
        known_from = cursor.newest or cursor.done
        if cursor.start is not None and (question.limit is None or cursor.start < question.limit):
            self._read(question, cursor, cursor.start, cursor.done, str(cursor.newest))
        self._read(question, cursor, 0, known_from, None)

    def ask_ids(self, topic: str, ids: Sequence[str]) -> None:
        """Take in the papers with these bare arXiv ids; those that arXiv does not know are told. Raises ServiceError."""
        missing = dict.fromkeys(ids)
        for page in self._client.pages("", ids=ids):
            self._work.keep(topic, page.entries, LABEL)
            for entry in page.entries:
                missing.pop(str(entry.arxiv_id) if isinstance(entry, Paper) else "", None)
            self._work.progress(f"Harvesting {topic}", len(ids) - len(missing), len(ids))
        for arxiv_id in missing:
            self._work.tally.skip(f"arxiv:{arxiv_id}", "arXiv does not know it")

    def find_title(self, topic: str, title: str, is_it: Callable[[Paper], bool]) -> None:
        """Take in the paper of this title, if arXiv has it: of the first answers, the one that `is_it` accepts."""
        words = "".join(c if c.isalnum() else " " for c in title)
        for page in self._client.pages(f'ti:"{" ".join(words.split())}"', limit=5):
            right = [entry for entry in page.entries if isinstance(entry, Paper) and is_it(entry)]
            self._work.keep(topic, right[:1], LABEL)

    def _read(
        self, question: Question, cursor: _Cursor, start: int, known_from: str | None, newest: str | None
    ) -> None:
        """Read on from entry `start` until the day `known_from` is passed, from which on all is known, or to the end."""
        ordered, last = True, ""
        found = set(logbook.found_by(self._work.library, question.topic))
        limit = None if question.limit is None else question.limit - start
        for page in self._client.pages(question.text(), start=start, limit=limit):
            reach = page.start + len(page.entries)
            self._work.progress(f"Harvesting {question.topic}", reach, min(page.total, question.limit or page.total))
            entered = self._work.keep(question.topic, page.entries, LABEL)
            # Known to this topic: what another topic has found says nothing about what stands below it here.
            known = bool(entered) and all(pid in found and outcome == "unchanged" for pid, outcome in entered)
            found.update(pid for pid, _ in entered)
            days = [entry.updated for entry in page.entries if isinstance(entry, Paper) and entry.updated]
            newest = newest or max(days, default=datetime.now(UTC).date().isoformat())
            # Only an answer that comes in the order asked for tells by its days that the rest is known.
            ordered = ordered and days == sorted(days, reverse=True) and (not last or not days or last >= days[0])
            last = days[-1] if days else last
            if known_from and ordered and (known or (last and last < known_from)):
                cursor.meet(newest, reach)
                return
            if reach >= page.total:
                cursor.finish(newest)
                return
            wants_all = page.total > self._ceiling and not (question.limit and question.limit <= self._ceiling)
            if wants_all and (not known_from or reach >= self._ceiling) and self._split(question, page.total):
                cursor.finish(newest)
                return
            cursor.pause(newest, reach)
        if newest is None:  # arXiv has nothing for it yet
            cursor.finish(datetime.now(UTC).date().isoformat())

    def _split(self, question: Question, total: int) -> bool:
        """Ask for each half of the dates instead; False where a single day has more entries than arXiv serves."""
        first, last = question.since or _FIRST_DAY, question.until or datetime.now(UTC).date()
        if first >= last:
            self._work.tally.skip(
                f"{question.topic}, {first}", f"{total} entries on one day, arXiv serves {self._ceiling}"
            )
            return False
        for since, until in split_range(first, last):  # the later half first
            self.ask(replace(question, since=since, until=until))
        return True


class _Cursor:
    """How far a question was read, kept in the library after every page."""

    def __init__(self, library: Library, key: str) -> None:
        self._library, self._key = library, key
        state = logbook.cursor(library, LABEL, key)
        self.done: str | None = state.get("done")
        pending = state.get("pending") or {}
        self.start: int | None = pending.get("start")
        self.newest: str | None = pending.get("newest")

    def pause(self, newest: str, start: int) -> None:
        """The reading stands at entry `start`; it may stop here."""
        self.newest, self.start = newest, start
        self._save()

    def finish(self, newest: str) -> None:
        """All is read."""
        self.done, self.newest, self.start = newest, None, None
        self._save()

    def meet(self, newest: str, reach: int) -> None:
        """The reading has met what was known; what an earlier reading left undone further down, if it did, is still to do."""
        if self.start is None or reach > self.start:
            self.finish(newest)
        else:
            self.pause(newest, self.start)

    def _save(self) -> None:
        pending = None if self.start is None else {"start": self.start, "newest": self.newest}
        logbook.set_cursor(self._library, LABEL, self._key, {"done": self.done, "pending": pending})
