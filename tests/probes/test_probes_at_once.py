"""Tasks side by side, each in a process of its own: all of them kept, and what was done where they are interrupted."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus.errors import InputError
from corpus.home import Home
from survey.bench import task as tasks
from survey.bench.order import Order
from survey.bench.record import Run
from survey.bench.results import load_runs
from survey.probing import run_orders


def test_all_tasks_two_at_once(
    cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = tasks.load_tasks()
    monkeypatch.setattr(tasks, "_TASKS", {name: known[name] for name in ("ranking", "imbalanced")})
    status, out, err = cli("probe", "run", "--all", "--jobs", "2", "--seeds", "1", "--budget", "0.2")
    assert status == 0, err
    assert out.index(known["imbalanced"].title) < out.index(known["ranking"].title)
    assert {run.task for run in load_runs(Home(tmp_path / "home"))} == {"ranking", "imbalanced"}


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C as a program has it that a shell has started; where tests run side by side it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_keeps_what_was_done_and_begins_nothing_else(tmp_path: Path, ctrl_c: None) -> None:
    def interrupt(task: str, done: int, planned: int) -> None:
        # Not in the thread that tells of it: Ctrl-C comes to the main one.
        if done > planned / 3 and not sent:
            sent.append(task)
            os.kill(os.getpid(), signal.SIGINT)

    sent: list[str] = []
    home = Home(tmp_path / "home")
    orders = [
        Order(task="nothing", methods=("lora",)),
        Order(task="ranking", methods=("top-k-list-mle",), seeds=20),
        Order(task="labels", methods=("label-merging",)),
    ]
    (first, error), (second, run) = run_orders(home, orders, 1, interrupt)
    assert (first.task, second.task) == ("nothing", "ranking")
    assert isinstance(error, InputError) and "nothing" in error.what
    assert isinstance(run, Run) and run.interrupted and run.rows
    assert [kept.task for kept in load_runs(home)] == ["ranking"]
