"""What a language model did for a draft, in numbers and in one sentence."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from corpus.models import Frozen


class Report(Frozen):
    """Counts of one rewriting by `model` at `host`.

    `sections` and `groups` are the paragraphs and the groups of headings that were asked about, `answered` those of both with a
    usable answer, `from_before` those of them whose answer had been kept. The model `wrote` sentences, of which some were `kept`
    and some only `copied` from a quote; `refused` counts why the others were not used. `extracted` sentences stand as they were in
    the paragraphs that were asked about. `headings` were proposed, `headings_kept` taken. `failed` counts requests without a usable
    answer. `trouble` says what was wrong with the server or the model, `remarks` what else to know.
    """

    model: str
    host: str
    sections: int = 0
    groups: int = 0
    answered: int = 0
    from_before: int = 0
    wrote: int = 0
    kept: int = 0
    copied: int = 0
    extracted: int = 0
    refused: dict[str, int] = Field(default_factory=dict)
    headings: int = 0
    headings_kept: int = 0
    headings_refused: dict[str, int] = Field(default_factory=dict)
    failed: dict[str, int] = Field(default_factory=dict)
    trouble: str | None = None
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    tokens_read: int = 0
    tokens_written: int = 0

    def to_contract(self) -> dict[str, Any]:
        """The report without what differs from one run to the next: time, tokens, and which answers had been kept."""
        left_out = {"seconds", "tokens_read", "tokens_written", "from_before", "remarks"}
        return self.model_dump(mode="json", exclude=left_out)


def render_report(report: Report) -> str:
    """One line for the user: what was taken, what was not and why, and what went wrong."""
    asked = report.sections + report.groups
    if not asked:
        return f"{report.model}: there is no paragraph of several quotes to reword, so it was not asked"
    parts = []
    if report.trouble or not report.answered:
        came = f"{report.answered} of {asked} answers came" if report.answered else "no answer could be used"
        parts.append(f"{report.trouble or _listed(report.failed)}; {came}, and the rest stands as extracted")
    if report.answered:
        parts.append(f"{report.kept} of {report.wrote} sentences taken{_why(report.refused)}")
        parts.append(f"{report.headings_kept} of {report.headings} headings taken{_why(report.headings_refused)}")
    if report.answered and report.failed and not report.trouble:
        parts.append(f"{asked - report.answered} of {asked} answers could not be used ({_listed(report.failed)})")
    parts += report.remarks
    return f"{report.model} at {report.host}: " + "; ".join(parts)


def _why(counts: dict[str, int]) -> str:
    return f" (not taken: {_listed(counts)})" if counts else ""


def _listed(counts: dict[str, int]) -> str:
    """The three most frequent reasons, each with how often."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number} {reason}" for reason, number in ranked[:3]) + (", ..." if len(ranked) > 3 else "")
