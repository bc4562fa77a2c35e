"""What probes came to: runs as tables, several side by side, as a document and as pictures; and the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import cell, console, print_json, say, workspace_of

if TYPE_CHECKING:
    from corpus.home import Home
    from survey.bench.record import Run
    from survey.bench.report import Table

JSON = typer.Option("--json", help="Print as JSON.")
MARKDOWN = typer.Option(help="Write tables, pictures and all methods as Markdown, with the pictures beside it.")
PICTURE = typer.Option(help="Draw the scores against the parameters trained (.svg).")


def report(
    context: typer.Context,
    keys: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="A run, or runs to compare.")] = None,
    task: Annotated[str | None, typer.Option(help="Only runs of this task.")] = None,
    markdown: Annotated[Path | None, MARKDOWN] = None,
    picture: Annotated[Path | None, PICTURE] = None,
    json: Annotated[bool, JSON] = False,
) -> None:
    """Earlier runs: the list of them, one as a table, or several side by side. --markdown takes the newest of each task."""
    from survey.bench.results import load_run, load_runs, run_as_json

    home = workspace_of(context).home
    runs = [load_run(home, key) for key in keys or ()] or load_runs(home, task)
    if markdown is not None:
        newest = {run.task: run for run in reversed(runs)}
        write_markdown([newest[name] for name in sorted(newest)], markdown)
    check_picture(picture)
    if picture is not None:
        if len(runs) != 1:
            raise typer.BadParameter("--picture draws one run: name it")
        write_picture(runs[0], picture)
    if json:
        print_json([run_as_json(run) for run in runs])
    elif not keys:
        _print_list(runs)
    elif len(runs) == 1:
        print_run(runs[0])
    else:
        _print_comparison(runs)


def list_tasks(json: Annotated[bool, JSON] = False) -> None:
    """Every task: what is asked, what is measured, and what can be tried on it."""
    from survey.bench.run import reference_of
    from survey.bench.task import load_tasks

    tasks = load_tasks().values()
    if json:
        print_json(
            [
                {
                    "name": task.name,
                    "title": task.title,
                    "measures": [measure.name for measure in task.measures],
                    "rows": list(task.rows),
                    "reference": reference_of(task),
                    "methods": list(task.methods()),
                    "rates": list(task.rates),
                    "steps": task.steps,
                }
                for task in tasks
            ]
        )
        return
    for task in tasks:
        typer.echo(f"{task.name}: {task.title}")
        typer.echo(
            f"    measures  {'; '.join(measure.name for measure in task.measures)} ({task.steps} steps a training)"
        )
        typer.echo(f"    always    {', '.join(task.rows)}")
        typer.echo(f"    methods   {', '.join(name for name in task.methods() if name not in task.rows)}")
    say(
        "And folder:PATH for data of your own: a CSV of texts and labels, or a folder with one folder of images a class"
    )


def print_run(run: Run) -> None:
    from survey.bench.report import build_notes, build_table, build_verdicts, render_setting

    typer.echo(f"{run.task}: {run.title}")
    _print_table(build_table(run))
    for line in [*build_verdicts(run), *build_notes(run)]:
        typer.echo(line)
    typer.echo(render_setting(run))
    say(f"Kept as {run.id}; see `fourways probe report`")


def probes_of(home: Home, idea: str) -> list[str]:
    """Ids of the runs that were made for an idea, the newest first."""
    from survey.bench.results import runs_of_idea

    return [run.id for run in runs_of_idea(home, idea)]


def print_probes(home: Home, idea: str) -> None:
    """What came out of the runs that were made for an idea."""
    from survey.bench.report import build_verdicts
    from survey.bench.results import runs_of_idea

    for run in runs_of_idea(home, idea):
        typer.echo(f"\nProbe {run.id} on {run.task}: {run.title}")
        for verdict in build_verdicts(run):
            typer.echo(f"  {verdict}")


def write_markdown(runs: Sequence[Run], path: Path) -> None:
    """A document of runs, and beside it a picture of each whose methods differ in size: NAME-TASK.svg."""
    from corpus.files import write_whole
    from survey.bench.document import render_document

    names = {}
    for run in runs:
        name = f"{path.stem}-{''.join(c if c.isalnum() else '-' for c in run.task)}.svg"
        if len({row.count.get("total", 0) for row in run.rows} - {0}) > 1:  # else all points are above each other
            write_picture(run, path.with_name(name))
            names[run.id] = name
    text = render_document(runs, names)
    write_whole(path, lambda made: made.write_text(text, "utf-8"))


def check_picture(path: Path | None) -> None:
    from corpus.errors import InputError

    if path is not None and path.suffix.lower() != ".svg":
        raise InputError(f"{path.name} is of no known kind of picture", "End the name with .svg")


def write_picture(run: Run, path: Path) -> None:
    from corpus.files import write_whole
    from survey.bench.picture import render_picture

    text = render_picture(run)
    write_whole(path, lambda made: made.write_text(text, "utf-8"))


def _print_table(table: Table) -> None:
    from rich.table import Table as RichTable

    shown = RichTable(box=None)
    for number, heading in enumerate(table.headings):
        shown.add_column(heading, justify="right" if number else "left")
    for row in table.rows:
        shown.add_row(*(cell(one) for one in row))
    console().print(shown)


def _print_list(runs: Sequence[Run]) -> None:
    from survey.bench.report import Table, render_score

    if not runs:
        say("No runs yet. Try: fourways probe run lora houlsby --task text --budget 60")
        return
    rows = []
    for run in runs:
        best = run.ranked()[0]
        score = f"{best.method} {render_score(best, run.measures[0])}"
        made = run.made[:16].replace("T", " ")
        rows.append((run.id, made, run.task, str(run.seeds), score, run.idea or "", "cut" if run.interrupted else ""))
    _print_table(Table(("run", "made (UTC)", "task", "seeds", "best row", "idea", ""), tuple(rows)))


def _print_comparison(runs: Sequence[Run]) -> None:
    from corpus.errors import InputError
    from survey.bench.report import build_comparison, render_differences

    if len({run.task for run in runs}) > 1:
        raise InputError("these runs are of several tasks", "Compare runs of one task")
    typer.echo(f"{runs[0].task}: {runs[0].measures[0].name}")
    _print_table(build_comparison(runs))
    for line in render_differences(runs):
        typer.echo(line)
