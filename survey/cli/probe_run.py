"""Probes at work: run methods on a task, and look at the runs that there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from survey.cli.console import ProgressBar, cell, console, fail, print_json, say, workspace_of

if TYPE_CHECKING:
    from corpus.home import Home
    from survey.bench.record import Run
    from survey.bench.report import Table
    from survey.bench.run import Plan
    from survey.bench.task import Task

_JSON = typer.Option("--json", help="Print as JSON.")
_MARKDOWN = typer.Option(help="Write tables, pictures and all methods as Markdown, with the pictures beside it.")
_PICTURE = typer.Option(help="Draw the scores against the parameters trained (.svg).")
_TASK = typer.Option(
    "--task", help="What to try on: see `probe tasks`; or folder:PATH, a CSV of texts or image folders."
)


def run_methods(
    context: typer.Context,
    methods: Annotated[
        list[str] | None, typer.Argument(help="Methods: lora, lora+ia3 (both at once), 'lora{\"rank\": 4}'.")
    ] = None,
    task: Annotated[str | None, _TASK] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every method on every task, or on the one of --task.")
    ] = False,
    budget: Annotated[float | None, typer.Option(min=0, help="Seconds for each method, all its trainings.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Trainings for each method.")] = 3,
    backbone: Annotated[
        str | None, typer.Option(help="A transformers model, its folder or its name, instead of the task's own.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="rank=4, or lora.rank=4; may be repeated.")
    ] = None,
    idea: Annotated[str | None, typer.Option(help="The idea that it is for; see `ideas list`.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; else the fastest there is.")] = None,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Of the CPU. One repeats to the bit.")] = 1,
    markdown: Annotated[Path | None, _MARKDOWN] = None,
    picture: Annotated[Path | None, _PICTURE] = None,
    json: Annotated[bool, _JSON] = False,
) -> int:
    """Try methods on a small problem: a table with the rows that belong there, and what speaks for a difference."""
    from corpus.backends import choose_device
    from survey.bench.opening import open_task, set_options
    from survey.bench.run import Plan, check_method

    if everything == bool(methods):
        raise typer.BadParameter("name methods, or give --all")
    if not everything and task is None:
        raise typer.BadParameter("say what to try them on: --task, see `fourways probe tasks`")
    _check_picture(picture)
    workspace = workspace_of(context)
    key = _idea_key(workspace, idea)
    plan = Plan(seeds, budget, choose_device(device), threads, workspace.home.runs / "probes" / "backbones")
    with probe_errors():
        jobs = _jobs(task, backbone) if everything else []
        if methods and task is not None:
            specs = set_options(methods, settings or [])
            opened = open_task(task, backbone)
            for spec in specs:
                check_method(opened, spec)
            jobs = [(opened, specs)]
        elif settings:
            raise typer.BadParameter("--set goes with named methods")
        runs = _run_all(workspace.home, jobs, plan, key)
    return _finish(runs, everything, markdown, picture, json)


def report(
    context: typer.Context,
    keys: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="A run, or runs to compare.")] = None,
    task: Annotated[str | None, typer.Option(help="Only runs of this task.")] = None,
    markdown: Annotated[Path | None, _MARKDOWN] = None,
    picture: Annotated[Path | None, _PICTURE] = None,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Earlier runs: the list of them, one as a table, or several side by side. --markdown takes the newest of each task."""
    from survey.bench.results import load_run, load_runs, run_as_json

    home = workspace_of(context).home
    runs = [load_run(home, key) for key in keys or ()] or load_runs(home, task)
    if markdown is not None:
        newest = {run.task: run for run in reversed(runs)}
        _write_markdown([newest[name] for name in sorted(newest)], markdown)
    _check_picture(picture)
    if picture is not None:
        if len(runs) != 1:
            raise typer.BadParameter("--picture draws one run: name it")
        _write_picture(runs[0], picture)
    if json:
        print_json([run_as_json(run) for run in runs])
    elif not keys:
        _print_list(runs)
    elif len(runs) == 1:
        print_run(runs[0])
    else:
        _print_comparison(runs)


def list_tasks(json: Annotated[bool, _JSON] = False) -> None:
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
            f"    measures  {', '.join(measure.name for measure in task.measures)}; {task.steps} steps a training"
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


@contextmanager
def probe_errors() -> Iterator[None]:
    """What a probe cannot do, as one of the errors that the command line tells in a line."""
    from corpus.errors import InputError
    from survey.probes.errors import ProbeError

    try:
        yield
    except ProbeError as error:
        raise InputError(error.what, error.remedy) from error


def _idea_key(workspace: Any, idea: str | None) -> str | None:
    from corpus.ideas import kept_idea

    return None if idea is None else kept_idea(workspace.library, idea).idea.key


def _jobs(name: str | None, backbone: str | None) -> list[tuple[Task, list[str]]]:
    """All methods of one task, or of all; peft's where it is installed."""
    from importlib.util import find_spec

    from survey.bench.opening import open_task
    from survey.bench.task import load_tasks

    tasks = [open_task(name, backbone)] if name else list(load_tasks().values())
    left_out = () if find_spec("peft") else ("peft",)
    return [(task, [one for one in task.methods() if one not in (*task.rows, *left_out)]) for task in tasks]


def _run_all(home: Home, jobs: Sequence[tuple[Task, list[str]]], plan: Plan, idea: str | None) -> list[Run]:
    """One run a task, each kept once it is done."""
    import dataclasses

    from survey.bench.results import save_run
    from survey.bench.run import run_task

    runs = []
    for number, (task, specs) in enumerate(jobs, 1):
        what = task.name if len(jobs) == 1 else f"{task.name} ({number} of {len(jobs)})"
        with ProgressBar() as bar:

            def progress(done: int, planned: int, bar: ProgressBar = bar, what: str = what) -> None:
                bar(what, done, planned)

            run = run_task(task, specs, plan, progress)
        if run.rows:
            runs.append(save_run(home, dataclasses.replace(run, idea=idea)))
        if run.interrupted:
            break
    return runs


def _finish(runs: Sequence[Run], everything: bool, markdown: Path | None, picture: Path | None, json: bool) -> int:
    """Print and write what came out; the exit status."""
    from survey.bench.results import run_as_json

    if not runs:
        raise KeyboardInterrupt
    if json:
        made = [run_as_json(run) for run in runs]
        print_json(made if everything else made[0])
    else:
        for run in runs:
            print_run(run)
    if markdown is not None:
        _write_markdown(runs, markdown)
    if picture is not None:
        _write_picture(runs[0], picture)
    if any(run.interrupted for run in runs):
        raise KeyboardInterrupt
    failed = [row for run in runs for row in run.rows if row.failed]
    return fail(f"{failed[0].method}: {failed[0].failed}") if failed and not everything else 0


def _write_markdown(runs: Sequence[Run], path: Path) -> None:
    """A document of runs, and a picture a run beside it: NAME-TASK.svg."""
    from corpus.files import write_whole
    from survey.bench.document import render_document

    names = {}
    for run in runs:
        name = f"{path.stem}-{''.join(c if c.isalnum() else '-' for c in run.task)}.svg"
        if any(row.count.get("total") for row in run.rows):
            _write_picture(run, path.with_name(name))
            names[run.id] = name
    text = render_document(runs, names)
    write_whole(path, lambda made: made.write_text(text, "utf-8"))


def _check_picture(path: Path | None) -> None:
    from corpus.errors import InputError

    if path is not None and path.suffix.lower() != ".svg":
        raise InputError(f"{path.name} is of no known kind of picture", "End the name with .svg")


def _write_picture(run: Run, path: Path) -> None:
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
