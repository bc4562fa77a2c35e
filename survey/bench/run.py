"""One task, several methods: for each the rate by the validation split, then a training for every seed."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey.bench.machine import device_name, load_versions
from survey.bench.record import CHANCE, Outcome, Row, Run, Try
from survey.bench.task import Limits, Measure, Task, Trial
from survey.bench.usage import measured
from survey.probes.errors import ProbeError

# Of a training's steps, what a try of a rate has.
_TRY = 0.5

Progress = Callable[[int, int], None]  # steps done, steps planned in the whole run


class Watch:
    """What is told of a run while it goes on: a watcher overrides what it wants to know."""

    def begin(self, spec: str, number: int, count: int) -> None:
        """`spec` is tried from now on: the row of this `number` of `count`, from 1."""

    def finish(self, row: Row, measure: Measure) -> None:
        """A row is done, or has failed; `measure` is the one that ranks."""


@dataclass(frozen=True)
class Plan:
    """How often, how long (`budget`: seconds of a method's whole row), and on what."""

    seeds: int = 3
    budget: float | None = None
    device: str = "cpu"
    threads: int = 1
    cache: Path | None = None


def run_task(
    task: Task, methods: Sequence[str], plan: Plan, progress: Progress | None = None, watch: Watch | None = None
) -> Run:
    """The table of `methods`, and of the task's own rows beside them.

    A method that cannot be run is a row that says why; raises its ProbeError where that is so for every one of `methods`. Ctrl-C
    ends the run with the rows that there are, and `interrupted`.
    """
    import torch

    from survey.bench.training import warm_up
    from survey.probes import load_methods

    wanted = list(dict.fromkeys([*methods, *task.rows]))
    for spec in methods:
        check_method(task, spec)
    torch.set_num_threads(plan.threads)
    warm_up(plan.device)
    load_methods()
    if plan.device != "cpu":
        gc.collect()  # models of earlier runs, which would count as memory of this one on a card; it takes half a second
    bench = _Bench(task, plan, len(wanted), progress or (lambda done, planned: None))
    watch = watch or Watch()
    rows: list[Row] = []
    errors: dict[str, ProbeError] = {}
    interrupted = False
    for number, spec in enumerate(wanted, 1):
        watch.begin(spec, number, len(wanted))
        try:
            rows.append(bench.row(spec, always=spec in task.rows))
        except ProbeError as error:
            errors[spec] = error
            rows.append(Row(spec, spec in task.rows, failed=str(error)))
        except KeyboardInterrupt:
            interrupted = True
            rows += bench.unfinished
            break
        if methods and errors.keys() >= set(methods):
            raise errors[methods[0]]
        watch.finish(rows[-1], task.measures[0])
    return _run(task, plan, rows, bench, interrupted)


def check_method(task: Task, spec: str) -> None:
    """Raises ProbeError unless all in `spec` can be tried on `task`, and be built."""
    from survey.bench.methods import build_method, parse_spec
    from survey.probes import load_methods

    names, known = task.methods(), load_methods()
    if spec in names:
        return
    for name, options in parse_spec(spec):
        if name not in names:
            near = difflib.get_close_matches(name, names, 3) or names
            what = f"{name!r} cannot be tried on the task {task.name}"
            raise ProbeError(what, f"It takes {', '.join(near)}; `fourways probe tasks` lists all")
        if name in known and options:  # else the task's own settings may be what makes it whole
            build_method(known, name, options)


def reference_of(task: Task) -> str | None:
    """The row that the others are measured against."""
    named: str | None = getattr(task, "reference", None)
    if named is not None:
        return named
    return "linear" if "linear" in task.rows else next((row for row in task.rows if row not in CHANCE), None)


class _Bench:
    """The state of a run: how many steps are done in all, and what there is of the row at work."""

    def __init__(self, task: Task, plan: Plan, rows: int, progress: Progress) -> None:
        self.task = task
        self.plan = plan
        self.tries = len(task.rates) if len(task.rates) > 1 else 0
        self.per_row = max(1, self.tries * self.short_steps + plan.seeds * task.steps)
        self.planned = rows * self.per_row
        self.progress = progress
        self.done = 0
        self.prepared = 0.0
        self.unfinished: list[Row] = []

    @property
    def short_steps(self) -> int:
        return max(1, round(_TRY * self.task.steps))

    def row(self, spec: str, always: bool) -> Row:
        self.unfinished = []
        end = (self.done // self.per_row + 1) * self.per_row
        purse = _Purse(self.plan, self.per_row)
        rate, tries, trained = self._choose(spec, purse)
        row = Row(spec, always, rate=rate if trained else None, tries=tuple(tries))
        for seed in range(self.plan.seeds):
            try:
                row = self._train(row, spec, rate, seed, purse)
            except ProbeError as error:
                if not row.outcomes:
                    raise
                row = dataclasses.replace(row, short=f"{seed} of {self.plan.seeds} seeds: {error}")
                break
            self.unfinished = [
                dataclasses.replace(row, short=f"interrupted after {seed + 1} of {self.plan.seeds} seeds")
            ]
        self.done = end
        self.unfinished = []
        return dataclasses.replace(row, short="; ".join(filter(None, [row.short, self._cut(row)])))

    def _cut(self, row: Row) -> str:
        """What a budget left of the steps, where that is not all of them."""
        steps = [one.steps for one in row.outcomes]
        if self.plan.budget is None or not any(0 < one < self.task.steps for one in steps):
            return ""
        least, most = min(steps), max(steps)
        span = f"{least}" if least == most else f"{least} to {most}"
        return f"{span} of {self.task.steps} steps: the budget of {self.plan.budget:g} s was short"

    def _choose(self, spec: str, purse: _Purse) -> tuple[float | None, list[Try], bool]:
        """The rate with the best validation after a short training; all that were tried; whether anything is trained at all."""
        rates = list(self.task.rates)
        if not self.tries:
            return (rates[0] if rates else None), [], bool(rates)
        tries: list[Try] = []
        # From the middle outwards: where time is short, the rates at the ends are those that are missed.
        for rate in sorted(rates, key=lambda rate: abs(rates.index(rate) - len(rates) // 2)):
            if tries and not purse.allows_try():
                purse.skip(self.short_steps)
                continue
            trial, _ = self._learn(spec, rate, 0, self.short_steps, purse)
            if trial is None:
                tries.append(Try(rate, None))
                continue
            if not trial.steps:
                return rate, [], False
            tries.append(Try(rate, trial.validation))
        scored = [one for one in tries if one.validation is not None]
        if not scored:
            raise ProbeError(f"{spec} diverges at every rate of {self.task.name}", "Take another method, or settings")
        best = max(scored, key=lambda one: (one.validation or 0.0, -one.rate))
        return best.rate, sorted(tries, key=lambda one: one.rate), True

    def _train(self, row: Row, spec: str, rate: float | None, seed: int, purse: _Purse) -> Row:
        """`row` with one training more."""
        trial, outcome = self._learn(spec, rate, seed, self.task.steps, purse, is_try=False)
        assert trial is not None and outcome is not None
        return dataclasses.replace(
            row,
            outcomes=(*row.outcomes, outcome),
            count=dict(trial.count) or row.count,
            notes=tuple(dict.fromkeys([*row.notes, *trial.notes])),
            config=dict(trial.config) or row.config or _config_of(spec),
        )

    def _learn(
        self, spec: str, rate: float | None, seed: int, steps: int, purse: _Purse, is_try: bool = True
    ) -> tuple[Trial | None, Outcome | None]:
        """One training; (None, None) for a try that diverged."""
        import torch

        from survey.bench.training import DivergedError

        base = self.done
        began = time.monotonic()
        self.task.prepare(seed, purse.limits(steps, timed=False), lambda done, planned: None)
        self.prepared += time.monotonic() - began

        def tick(done: int, planned: int) -> None:
            self.progress(min(base + round(steps * done / max(1, planned)), self.planned), self.planned)

        def learn() -> Trial:
            purse.pause(time.monotonic() - began)
            return self.task.learn(spec, rate, seed, purse.limits(steps), tick)

        torch.manual_seed(seed)
        try:
            trial, usage = measured(learn, self.plan.device)
        except DivergedError:
            if not is_try:
                raise
            purse.spent(steps)
            return None, None
        finally:
            self.done = base + steps
        purse.spent(steps, trial.steps, usage.wall)
        scores = {name: score for name, score in trial.scores.items() if math.isfinite(score)}
        return trial, Outcome(seed, trial.steps, trial.validation, scores, usage.wall, usage.cpu, usage.memory)


class _Purse:
    """The time of one row, shared out over its trainings by their steps."""

    def __init__(self, plan: Plan, steps: int) -> None:
        self.plan = plan
        self.left = steps
        self.end = float("inf") if plan.budget is None else time.monotonic() + plan.budget
        self.last = 0.0  # seconds of the last training
        self.pace = 0.0  # seconds a step, with what goes with a training beside its steps

    def limits(self, steps: int, timed: bool = True) -> Limits:
        """For a training of `steps` at most: fewer, where the pace so far says that they do not fit."""
        plan, now = self.plan, time.monotonic()
        if plan.budget is None or not timed:
            return Limits(steps, float("inf"), plan.device, plan.threads, plan.cache)
        share = max(0.0, self.end - now) * min(1.0, steps / max(1, self.left))
        fitting = min(steps, max(1, int(share / self.pace))) if self.pace else steps
        return Limits(fitting, now + share, plan.device, plan.threads, plan.cache)

    def pause(self, seconds: float) -> None:
        """Time that was not the method's."""
        self.end += seconds

    def spent(self, planned: int, done: int = 0, wall: float = 0.0) -> None:
        self.left -= planned
        self.last = wall
        if done:
            self.pace = wall / done

    def allows_try(self) -> bool:
        """Whether another try as long as the last training leaves time for something else."""
        return self.end - time.monotonic() > 2 * self.last

    def skip(self, steps: int) -> None:
        self.left -= steps


def _config_of(spec: str) -> dict[str, Any]:
    """How the methods of the list are set in `spec`; a task's own rows have no settings."""
    from survey.bench.methods import build_methods
    from survey.probes.files import config_of

    try:
        return {method.name: config_of(method) for method in build_methods(spec)}
    except ProbeError:
        return {}


def _run(task: Task, plan: Plan, rows: Sequence[Row], bench: _Bench, interrupted: bool) -> Run:
    now = datetime.datetime.now(datetime.UTC)
    slug = "".join(letter if letter.isalnum() else "-" for letter in task.name)[-40:].strip("-")
    return Run(
        id=f"{now:%Y%m%d-%H%M%S}-{slug}",
        made=now.isoformat(timespec="seconds"),
        task=task.name,
        title=task.title,
        measures=tuple(task.measures),
        reference=reference_of(task),
        rates=tuple(task.rates),
        steps=task.steps,
        seeds=plan.seeds,
        budget=plan.budget,
        device=plan.device,
        device_name=device_name(plan.device),
        threads=plan.threads,
        versions=load_versions(),
        rows=tuple(rows),
        backbone=getattr(task, "backbone", None),
        prepared=bench.prepared,
        notes=tuple(getattr(task, "notes", ())),
        interrupted=interrupted,
    )
