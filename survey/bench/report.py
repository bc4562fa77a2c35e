"""A run in words and tables: what came out, with its spread, and whether it differs from the row that it is measured against."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from survey.bench.record import CHANCE, Row, Run
from survey.bench.results import differences
from survey.bench.task import Measure

# A difference counts where its mean over seeds is beyond so many standard deviations of it, and it has one sign.
BEYOND = 2.0


@dataclass(frozen=True)
class Table:
    """Headings and cells; all columns but the first are numbers."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def build_table(run: Run) -> Table:
    """Scores as mean ± standard deviation over seeds; parameters; the chosen rate; seconds and MB of one training (the median)."""
    names = [measure.name for measure in run.measures]
    memory = "card MB" if run.device.startswith("cuda") else "peak MB"
    headings = ("method", *names, "trained", "stored", "rate", "wall s", "CPU s", memory)
    rows = []
    for row in run.ranked():
        scores = [render_score(row, measure) for measure in run.measures]
        counts = [f"{row.count[key]:,}" if key in row.count else "" for key in ("total", "stored")]
        usage = [_number(row.median("wall"), 1), _number(row.median("cpu"), 1), _number(row.median("memory"), 0)]
        rows.append((mark(row), *scores, *counts, "" if row.rate is None else f"{row.rate:g}", *usage))
    return Table(headings, tuple(rows))


def mark(row: Row) -> str:
    """The method's name, with a star where there is less than was planned."""
    return f"{row.method} *" if row.short or row.failed else row.method


def render_score(row: Row, measure: Measure) -> str:
    mean, spread = row.mean(measure.name), row.spread(measure.name)
    if mean is None:
        return ""
    shown = render_value(mean, measure)
    return shown if spread is None else f"{shown} ± {render_value(spread, measure)}"


def render_value(value: float, measure: Measure) -> str:
    """A share without its zero, as in papers."""
    if measure.unit == "share":
        return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"
    if measure.unit == "MB":
        return f"{value:.1f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Verdict:
    """How `method` stands to `reference` in `measure`: the mean of the differences over `seeds`, `same` of which have its sign, and
    their standard deviation; None with one seed. `differs`: all seeds say the same, and the mean is beyond two of these.
    """

    method: str
    reference: str
    measure: Measure
    mean: float
    spread: float | None
    same: int
    seeds: int

    @property
    def differs(self) -> bool:
        return self.spread is not None and self.same == self.seeds and abs(self.mean) > BEYOND * self.spread


def find_verdicts(run: Run) -> list[Verdict]:
    """One for each method beside the one that it is measured against."""
    reference = run.row(run.reference) if run.reference else None
    if reference is None or not reference.values(run.measures[0].name):
        return []
    others = [row for row in run.ranked() if row is not reference and row.method not in CHANCE]
    return [found for row in others if (found := build_verdict(row, reference, run.measures[0]))]


def build_verdicts(run: Run) -> list[str]:
    """A sentence for each method beside the one that it is measured against."""
    return [_sentence(verdict) for verdict in find_verdicts(run)]


def build_verdict(row: Row, reference: Row, measure: Measure) -> Verdict | None:
    """How `row` differs from `reference`, seed by seed; None where they share none."""
    mine = {one.seed: one.scores[measure.name] for one in row.outcomes if measure.name in one.scores}
    theirs = {one.seed: one.scores[measure.name] for one in reference.outcomes if measure.name in one.scores}
    found = [mine[seed] - theirs[seed] for seed in sorted(mine.keys() & theirs.keys())]
    if not found:
        return None
    mean = statistics.fmean(found)
    same = sum((one > 0) == (mean > 0) and one != 0 for one in found)
    spread = statistics.stdev(found) if len(found) > 1 else None
    return Verdict(row.method, reference.method, measure, mean, spread, same, len(found))


def render_verdict(row: Row, reference: Row, measure: Measure) -> str:
    """Whether `row` differs from `reference`, in a sentence.

    It does where all seeds say the same and the mean difference is beyond two of its standard deviations: a rule for two or more
    seeds; one alone is told as it is.
    """
    verdict = build_verdict(row, reference, measure)
    return _sentence(verdict) if verdict else ""


def _sentence(verdict: Verdict) -> str:
    one, measure = verdict, verdict.measure
    size, side = render_value(abs(one.mean), measure), "over" if one.mean > 0 else "under"
    what = f"{one.method} is {size} {side} {one.reference} in {measure.name}"
    if one.spread is None:
        return f"{what}, with one seed: that is a look, no result."
    if one.differs:
        return f"{what}, {one.same} of {one.seeds} seeds."
    return (
        f"{one.method} and {one.reference}: no difference at this scale ({size} {side}, "
        f"standard deviation {render_value(one.spread, measure)}, {one.same} of {one.seeds} seeds)."
    )


def build_notes(run: Run) -> list[str]:
    """What a reader of the table must know: what was cut short, what failed, what tasks say of themselves."""
    notes = [f"{row.method}: {row.failed}" for row in run.rows if row.failed]
    notes += [f"{row.method} *: {row.short}" for row in run.rows if row.short]
    notes += ["interrupted: the rows that were finished are kept"] if run.interrupted else []
    return [*notes, *run.notes, *_row_notes(run)]


def _row_notes(run: Run) -> list[str]:
    """Each once, with the methods that it is about where these are not all."""
    about: dict[str, list[str]] = {}
    for row in run.rows:
        for note in row.notes:
            about.setdefault(note, []).append(row.method)
    everyone = sum(bool(row.outcomes) for row in run.rows)
    return [note if len(names) == everyone else f"{', '.join(names)}: {note}" for note, names in about.items()]


def render_setting(run: Run) -> str:
    """How it was made, in a line."""
    seeds = f"{run.seeds} seed{'s' if run.seeds > 1 else ''}"
    rates = f"rates {', '.join(f'{rate:g}' for rate in run.rates)}, chosen by the validation split" if run.rates else ""
    threads = f"{run.threads} thread{'s' if run.threads > 1 else ''} of " if run.device == "cpu" else ""
    budget = f"at most {run.budget:g} s a method" if run.budget is not None else ""
    backbone = f"backbone {run.backbone}" if run.backbone else ""
    versions = " ".join(f"{name} {version}" for name, version in run.versions.items() if name in ("torch", "fourways"))
    parts = [
        seeds, f"{run.steps} steps", rates, budget, backbone, f"{threads}{run.device_name} ({run.device})", versions,
        f"data and backbones took {run.prepared:.0f} s beside it",
    ]  # fmt: skip
    return "; ".join(filter(None, parts)) + "."


def render_markdown(run: Run) -> str:
    """The run as a section of a document."""
    table = build_table(run)
    lines = [
        f"## {run.task}: {run.title}",
        "",
        render_line(table.headings),
        "|---|" + "---:|" * (len(table.headings) - 1),
    ]
    lines += [render_line([escape_cell(cell) for cell in row]) for row in table.rows]
    lines += ["", render_setting(run), ""]
    lines += [f"- {escape_cell(sentence)}" for sentence in [*build_verdicts(run), *build_notes(run)]]
    return "\n".join(lines).rstrip() + "\n"


def build_comparison(runs: Sequence[Run]) -> Table:
    """The first measure of each run beside the others', a row a method."""
    methods = list(dict.fromkeys(row.method for run in runs for row in run.ranked()))
    rows = []
    for method in methods:
        found = [run.row(method) for run in runs]
        cells = [render_score(row, run.measures[0]) if row else "" for row, run in zip(found, runs, strict=True)]
        rows.append((method, *cells))
    return Table(("method", *(run.id for run in runs)), tuple(rows))


def render_differences(runs: Sequence[Run]) -> list[str]:
    """What makes a comparison lame."""
    found = differences(runs)
    return [f"They differ in {one}" for one in found] if found else ["They were made under the same settings"]


def _number(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def render_line(cells: Sequence[str]) -> str:
    """A row of a table in Markdown."""
    return "| " + " | ".join(cells) + " |"


def escape_cell(text: str) -> str:
    """On one line, without signs that Markdown reads."""
    return " ".join(text.replace("|", "\\|").replace("*", "\\*").split())
