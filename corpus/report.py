"""What an import or a harvest did, as it is told to people and printed as JSON."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from corpus.models import Frozen

OUTCOMES = ("new", "updated", "merged", "unchanged")

# Called with what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


class Skipped(Frozen):
    """Something that was not taken in: `where` it stands, and `why`."""

    where: str
    why: str


class Report(Frozen):
    """What an import did. `citations` counts edges: new ones, and all whose both ends are papers of the library.

    `notes` counts what reading notes gave: `new` passages, and papers newly `wanted` that the library does not have.
    """

    new: int = 0
    updated: int = 0
    merged: int = 0
    unchanged: int = 0
    skipped: tuple[Skipped, ...] = ()
    citations: dict[str, int] = Field(default_factory=dict)
    notes: dict[str, int] = Field(default_factory=dict)

    @property
    def papers(self) -> int:
        return self.new + self.updated + self.merged + self.unchanged

    def __add__(self, other: Report) -> Report:
        return Report(
            new=self.new + other.new,
            updated=self.updated + other.updated,
            merged=self.merged + other.merged,
            unchanged=self.unchanged + other.unchanged,
            skipped=self.skipped + other.skipped,
            citations=other.citations or self.citations,
            notes={key: self.notes.get(key, 0) + other.notes.get(key, 0) for key in {**self.notes, **other.notes}},
        )


class HarvestReport(Report):
    """What a harvest did. `asked` counts the entries that services sent, `waited_s` seconds of pacing and retrying.

    `topics` has the same counts for each topic. `waiting` counts papers that notes speak of: `arrived`, and `left`.
    `gave_up` says where a service failed: what was fetched before is kept, and the next run goes on there.
    """

    asked: int = 0
    requests: int = 0
    waited_s: float = 0.0
    deleted: int = 0
    topics: dict[str, dict[str, int]] = Field(default_factory=dict)
    waiting: dict[str, int] = Field(default_factory=dict)
    gave_up: tuple[str, ...] = ()


class Tally:
    """The counts of a harvest while it runs."""

    def __init__(self) -> None:
        self.topics: dict[str, dict[str, int]] = {}
        self.skipped: list[Skipped] = []
        self.citations: dict[str, int] = {}
        self.waiting: dict[str, int] = {}
        self.gave_up: list[str] = []
        self.deleted = 0

    def count(self, topic: str, what: str, by: int = 1) -> None:
        counts = self.topics.setdefault(topic, dict.fromkeys(("asked", *OUTCOMES), 0))
        counts[what] += by

    def skip(self, where: str, why: str) -> None:
        self.skipped.append(Skipped(where=where, why=why))

    def cite(self, what: str, by: int = 1) -> None:
        self.citations[what] = self.citations.get(what, 0) + by

    def report(self, requests: int, waited: float) -> HarvestReport:
        sums = {what: sum(counts[what] for counts in self.topics.values()) for what in ("asked", *OUTCOMES)}
        told = {
            "skipped": tuple(self.skipped),
            "citations": self.citations,
            "requests": requests,
            "waited_s": round(waited, 1),
            "deleted": self.deleted,
            "topics": self.topics,
            "waiting": self.waiting,
            "gave_up": tuple(self.gave_up),
        }
        return HarvestReport.model_validate(sums | told)
