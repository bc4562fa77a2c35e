"""Probes at work: run methods on a task, and keep what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from survey.cli.console import ProgressBar, fail, print_json, say, workspace_of
from survey.cli.probe_show import JSON, MARKDOWN, PICTURE, check_picture, print_run, write_markdown, write_picture

if TYPE_CHECKING:
    from corpus.home import Home
    from survey.bench.record import Run
    from survey.bench.run import Plan
    from survey.bench.task import Task

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
    markdown: Annotated[Path | None, MARKDOWN] = None,
    picture: Annotated[Path | None, PICTURE] = None,
    json: Annotated[bool, JSON] = False,
) -> int:
    """Try methods on a small problem: a table with the rows that belong there, and what speaks for a difference."""
    from corpus.backends import choose_device
    from survey.bench.opening import open_task, set_options
    from survey.bench.results import folder_of
    from survey.bench.run import Plan, check_method

    if everything == bool(methods):
        raise typer.BadParameter("name methods, or give --all")
    if not everything and task is None:
        raise typer.BadParameter("say what to try them on: --task, see `fourways probe tasks`")
    check_picture(picture)
    workspace = workspace_of(context)
    key = _idea_key(workspace, idea)
    plan = Plan(seeds, budget, choose_device(device), threads, folder_of(workspace.home) / "backbones")
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
    from survey.probes.errors import ProbeError

    runs: list[Run] = []
    for number, (task, specs) in enumerate(jobs, 1):
        what = task.name if len(jobs) == 1 else f"{task.name} ({number} of {len(jobs)})"
        with ProgressBar() as bar:

            def progress(done: int, planned: int, bar: ProgressBar = bar, what: str = what) -> None:
                bar(what, done, planned)

            try:
                run = run_task(task, specs, plan, progress)
            except ProbeError as error:
                if not runs and number == len(jobs):
                    raise
                say(f"{task.name}: {error}")
                continue
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
        write_markdown(runs, markdown)
    if picture is not None:
        write_picture(runs[0], picture)
    if any(run.interrupted for run in runs):
        # Not through typer, whose Ctrl-C ends in "run the same command again to go on": a run begins anew.
        raise SystemExit(fail("interrupted. The rows that were done are kept; see `fourways probe report`.", 130))
    failed = [row for run in runs for row in run.rows if row.failed]
    return fail(f"{failed[0].method}: {failed[0].failed}") if failed and not everything else 0
