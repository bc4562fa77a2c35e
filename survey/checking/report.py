"""What a check of a draft found."""

from __future__ import annotations

from typing import Any, Literal

from corpus.models import Frozen

# In the order in which they are told.
FINDINGS = {
    "key": "cited keys that stand for no reference",
    "paper": "papers that the library does not have (any more)",
    "changed": "quotes from papers whose title or abstract has changed since",
    "quote": "quotes that do not stand in their paper",
    "moved": "quotes that stand elsewhere in their paper",
    "reworded": "sentences that are not the quote they cite",
    "count": "counted facts with another number than was counted",
    "uncited": "sentences without a citation",
}
FindingKind = Literal["key", "paper", "changed", "quote", "moved", "reworded", "count", "uncited"]


class Finding(Frozen):
    """Something that does not hold: at `where` in the file, `text` of it, and `why`."""

    kind: FindingKind
    where: str
    text: str
    why: str


class CheckReport(Frozen):
    """Counts of what was checked in `file`, what does not hold (`findings`), and sentences with a citation that somebody wrote or
    changed (`own`): their citations resolve, but whether they say what the papers say, nobody has checked.
    """

    file: str
    papers: int
    sentences: int
    quotes: int
    findings: tuple[Finding, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.findings

    def to_contract(self) -> dict[str, Any]:
        return {"holds": self.holds, **self.model_dump(mode="json")}
