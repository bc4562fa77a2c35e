"""Runs and methods as a document in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.bench.counts import build_counts
from survey.bench.record import Run
from survey.bench.report import BEYOND, escape_cell, find_verdicts, render_line, render_markdown, render_score

_HEAD = f"""# Probes

Reference modules (`survey/probes/`, one method a file) and a bench (`survey/bench/`) to try them in minutes:
`fourways probe run lora houlsby --task text`. `fourways probe tasks` lists the tasks, `fourways probe report` earlier runs.

How a table is made: the data and the order of batches depend on the seed alone, the head and the number of steps are the same for
every method, and the learning rate is chosen on a validation split, on the first seed, by trainings of half the length, from the
same grid for every method; the test split has no part in it. Scores are mean ± standard deviation over seeds. "Trained" counts
the head too; "stored" is what a file of the probe holds. Time and peak memory are the median of one training, with its evaluation;
peak memory is that of the whole process. A difference counts where all seeds agree on its sign and its mean is beyond {BEYOND:g} of
its standard deviations; else it is "no difference at this scale". The test splits are small: one seed is a look, no result.
"""


def render_document(runs: Sequence[Run], pictures: Mapping[str, str]) -> str:
    """All methods, and these runs; `pictures`: id of a run -> its file, as the document should name it."""
    parts = [_HEAD, render_overview(runs), render_methods()]
    for run in runs:
        parts.append(render_markdown(run))
        if run.id in pictures:
            parts.append(f"![{run.measures[0].name} against trained parameters]({pictures[run.id]})\n")
    return "\n".join(parts)


def render_overview(runs: Sequence[Run]) -> str:
    """For each task, which methods differ from the row that they are measured against, in the task's first measure."""
    lines = [
        "## At a glance",
        "",
        "Each method against one row of its task, in the task's first measure.",
        "",
        "| task | measure | against | better | no difference at this scale | worse |",
        "|---|---|---|---|---|---|",
    ]
    for run in runs:
        verdicts = find_verdicts(run)
        if not verdicts:
            continue
        sides: dict[str, list[str]] = {"better": [], "same": [], "worse": []}
        for one in verdicts:
            good = (one.mean > 0) == (one.measure.better == "higher")
            sides[("better" if good else "worse") if one.differs else "same"].append(one.method)
        reference = run.row(verdicts[0].reference)
        measure = run.measures[0]
        against = f"{reference.method}, {render_score(reference, measure)}" if reference else verdicts[0].reference
        lines.append(render_line([run.task, measure.name, against, *(", ".join(names) for names in sides.values())]))
    return "\n".join(lines) + "\n"


def render_methods() -> str:
    """Every method of the list: paper, formula, and the number on a backbone that everybody knows."""
    from survey.probes import load_methods

    counts = build_counts()
    lines = ["## Methods", "", "Numbers are of the method alone, without a head, or layer norms trained beside it.", ""]
    lines += [
        "| method | kind | paper | section | formula | for example | parameters |",
        "|---|---|---|---|---|---|---:|",
    ]
    for name, method in load_methods().items():
        where, number = counts[name]
        shown = "" if number is None else f"{number:,}"
        section = method.section.split(" ")[0] if method.section[0].isdigit() else method.section
        cells = (f"`{name}`", method.kind, method.paper, section, method.formula, where, shown)
        lines.append(render_line([escape_cell(cell) for cell in cells]))
    return "\n".join(lines) + "\n"
