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

    # A task, and the methods to try on it.
    _Job = tuple[Task, list[str]]

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
    at_once: Annotated[
        int, typer.Option("--jobs", min=1, max=256, help="Tasks at once, with --all; each takes its own threads.")
    ] = 1,
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
        at_once = min(at_once, len(jobs))
        if at_once > 1:
            done = _side_by_side(workspace.home, jobs, plan, key, at_once)
        else:
            done = _one_by_one(workspace.home, jobs, plan, key)
        runs = _collect(done, len(jobs))
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


def _jobs(name: str | None, backbone: str | None) -> list[_Job]:
    """All methods of one task, or of all; peft's where it is installed."""
    from importlib.util import find_spec

    from survey.bench.opening import open_task
    from survey.bench.task import load_tasks

    tasks = [open_task(name, backbone)] if name else list(load_tasks().values())
    left_out = () if find_spec("peft") else ("peft",)
    return [(task, [one for one in task.methods() if one not in (*task.rows, *left_out)]) for task in tasks]


def _collect(done: Iterator[tuple[str, Run | Exception]], count: int) -> list[Run]:
    """The runs, by their tasks' names; raises what went wrong where there is none."""
    runs: list[Run] = []
    errors: list[Exception] = []
    for task, outcome in done:
        if isinstance(outcome, Exception):
            errors.append(outcome)
            if count > 1:
                say(f"{task}: {outcome}")
        elif outcome.rows:
            runs.append(outcome)
    if errors and not runs:
        raise errors[-1]
    return sorted(runs, key=lambda run: run.task)


def _one_by_one(
    home: Home, jobs: Sequence[_Job], plan: Plan, idea: str | None
) -> Iterator[tuple[str, Run | Exception]]:
    """Each run is kept once it is done; Ctrl-C keeps what there is of one, and begins no other."""
    import dataclasses

    from survey.bench.results import save_run
    from survey.bench.run import run_task
    from survey.probes.errors import ProbeError

    for number, (task, specs) in enumerate(jobs, 1):
        what = task.name if len(jobs) == 1 else f"{task.name} ({number} of {len(jobs)})"
        with ProgressBar() as bar:

            def progress(done: int, planned: int, bar: ProgressBar = bar, what: str = what) -> None:
                bar(what, done, planned)

            try:
                run = run_task(task, specs, plan, progress)
            except ProbeError as error:
                yield task.name, error
                continue
        yield task.name, save_run(home, dataclasses.replace(run, idea=idea)) if run.rows else run
        if run.interrupted:
            return


def _side_by_side(
    home: Home, jobs: Sequence[_Job], plan: Plan, idea: str | None, at_once: int
) -> Iterator[tuple[str, Run | Exception]]:
    """The same, each task in a process of its own; those with the most steps first, so that none is left over at the end."""
    from survey.bench.order import Order
    from survey.probing import run_orders

    longest = sorted(jobs, key=lambda job: -job[0].steps * (len(job[1]) + len(job[0].rows)))
    orders = [
        Order(
            task=task.name,
            methods=tuple(specs),
            seeds=plan.seeds,
            budget=plan.budget,
            device=plan.device,
            threads=plan.threads,
            idea=idea,
        )
        for task, specs in longest
    ]
    with ProgressBar() as bar:
        for order, outcome in run_orders(home, orders, at_once, bar):
            yield order.task, outcome


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
