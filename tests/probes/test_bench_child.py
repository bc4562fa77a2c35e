"""A run in a process of its own: what it says, how it is stopped, and what its parent makes of that."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_task import ToyTask

import survey.probing
from corpus.errors import HomeError, InputError
from corpus.home import Home
from survey.bench import task as tasks
from survey.bench.child import main
from survey.bench.order import Order, Word
from survey.bench.results import load_run, load_runs, runs_of_idea, save_run
from survey.jobs import Stopped
from survey.probing import LOADING, TRYING, run_probe, standing


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """A run ignores Ctrl-C once it writes; the tests after it do not."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


class Waiting(io.StringIO):
    """Standard input of somebody who waits: the order, and no end until the pipe is closed."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order
        self.pipe, self.closing = os.pipe()

    def readline(self, size: int = -1, /) -> str:
        return self.order.model_dump_json() + "\n"

    def read(self, size: int | None = -1, /) -> str:
        os.read(self.pipe, 1)
        return ""


def run_child(home: Path, order: Order) -> tuple[Word, list[Word]]:
    source, out = Waiting(order), io.StringIO()
    try:
        last = main(str(home), source, out)
    finally:
        os.close(source.closing)
    return last, [Word.model_validate_json(line) for line in out.getvalue().splitlines()]


# ---- the child ---------------------------------------------------------------------------------------------------------


def test_a_run_is_told_row_by_row_and_kept(toy: ToyTask, tmp_path: Path) -> None:
    last, said = run_child(tmp_path, Order(task="toy", methods=("lora",), settings=("rank=1",), seeds=2, idea="own-1"))
    assert last.kind == "kept"
    run = load_run(Home(tmp_path), last.key)
    assert run.idea == "own-1"
    assert [row.method for row in run.rows] == ['lora{"rank": 1}', "majority", "linear"]
    assert [(one.method, one.done, one.total) for one in said if one.kind == "begin"] == [
        ('lora{"rank": 1}', 1, 3), ("majority", 2, 3), ("linear", 3, 3),
    ]  # fmt: skip
    finished = [one.row for one in said if one.row]
    assert [row.method for row in finished] == ['lora{"rank": 1}', "majority", "linear"]
    assert "±" in finished[0].score
    steps = [one for one in said if one.kind == "steps"]
    assert steps[-1].done == steps[-1].total == 3 * (3 * 6 + 2 * 12)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"settings": ("rank=0",)}, "trains nothing"),
        ({"settings": ("rank=99",)}, "larger than the layer"),
        ({"settings": ("rank=four",)}, "of another kind than it should be"),
        ({"settings": ("bottleneck=2",)}, "no method here has a setting 'bottleneck'"),
        ({"budget": 0.000001}, "too short for one step"),
        ({"methods": ("mixup",)}, "cannot be tried on the task toy"),
        ({"task": "tou"}, "there is no task 'tou'"),
        ({"device": "tpu"}, "tpu"),
    ],
)
def test_what_cannot_be_tried_is_told_with_a_remedy(
    toy: ToyTask, tmp_path: Path, fields: dict[str, object], what: str
) -> None:
    asked = {"task": "toy", "methods": ("lora",), "seeds": 1} | fields
    last, _ = run_child(tmp_path, Order.model_validate(asked))
    assert last.kind == "error"
    assert what in last.what and last.remedy
    assert load_runs(Home(tmp_path)) == []


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("text,label\n" + "".join(f"good {n},yes\n" for n in range(9)), "has one class ('yes')"),
        ("text,label\n,\n", "no row of"),
        ("", "is empty"),
        ("text,label\na,b\nc,d\n", "no class of 3 examples"),
    ],
)
def test_tables_that_hold_nothing_to_learn_are_told(tmp_path: Path, content: str, what: str) -> None:
    path = tmp_path / "films.csv"
    path.write_text(content, "utf-8")
    last, _ = run_child(tmp_path, Order(task=f"folder:{path}", methods=("lora",)))
    assert (last.kind, bool(last.remedy)) == ("error", True)
    assert what in last.what


def test_when_nobody_waits_any_more_the_rows_that_are_done_are_kept(
    toy: ToyTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = Waiting(Order(task="toy", methods=("lora", "bitfit"), seeds=1)), io.StringIO()

    def close(method: str, seed: int) -> None:
        if method == "bitfit" and source.closing:
            os.close(source.closing)
            source.closing = 0
            time.sleep(0.3)  # until it is heard

    monkeypatch.setitem(tasks._TASKS, "toy", toy.when(close))
    last = main(str(tmp_path), source, out)
    run = load_run(Home(tmp_path), last.key)
    assert run.interrupted
    assert [row.method for row in run.rows] == ["lora"]


# ---- its parent --------------------------------------------------------------------------------------------------------

ORDER = Order(task="toy", methods=("lora",))
HEAD = """
import sys, time
sys.stdin.readline()
def say(text): print(text, flush=True)
"""


@pytest.fixture
def home(tmp_path: Path, toy: ToyTask) -> Home:
    """A home with one run, toy-1."""
    from survey.bench.record import Run

    made = Run(
        id="toy-1", made="2026-01-02T03:04:05+00:00", task="toy", title="A toy", measures=ToyTask.measures, reference="linear",
        rates=(), steps=1, seeds=1, budget=None, device="cpu", device_name="one", threads=1, versions={}, rows=(), idea="own-1",
    )  # fmt: skip
    found = Home(tmp_path / "home")
    save_run(found, made)
    return found


def play(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A child that says what the script says."""

    def start(home: Home) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", HEAD + script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    monkeypatch.setattr(survey.probing, "_started", start)


def test_the_parent_tells_how_far_it_is_and_gives_the_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    play(
        monkeypatch,
        """
say('{"kind":"begin","method":"lora","done":1,"total":2}')
say('{"kind":"steps","done":5,"total":10}')
say('{"kind":"row","row":{"method":"lora","score":".9"}}')
say('{"kind":"kept","key":"toy-1"}')
""",
    )
    seen: list[tuple[str, int, int]] = []
    run = run_probe(home, ORDER, lambda *step: seen.append(step))
    assert run.id == "toy-1" and runs_of_idea(home, "own-1") == [run]
    assert seen[0] == (LOADING, 0, 1) and (TRYING, 5, 10) in seen
    now = standing(home)
    assert now and (now.method, now.number, now.count) == ("lora", 1, 2)
    assert [row.score for row in now.rows] == [".9"]


def test_a_run_that_is_stopped_gives_what_was_done(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, """sys.stdin.read(); say('{"kind":"kept","key":"toy-1"}')""")
    assert run_probe(home, ORDER, _stopper(after=2)).id == "toy-1"


def test_a_run_that_is_stopped_before_anything_was_done_gives_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, """sys.stdin.read(); say('{"kind":"stopped"}')""")
    with pytest.raises(Stopped):
        run_probe(home, ORDER, _stopper(after=2))


def test_a_run_that_hangs_is_killed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey.probing, "_PATIENCE", 0.2)
    play(monkeypatch, "time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(Stopped):
        run_probe(home, ORDER, _stopper(after=2))
    assert time.monotonic() - began < 20


def test_what_went_wrong_is_told_without_where_files_lie(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    where = f"folder:{home.root}/runs/probes/data/films.csv"
    play(monkeypatch, f"""say('{{"kind":"error","what":"{where} has one class","remedy":"Give two"}}')""")
    with pytest.raises(InputError, match=r"^films.csv has one class. Give two.$"):
        run_probe(home, ORDER, lambda *step: None)


@pytest.mark.parametrize(
    ("script", "how"),
    [("import os; os.kill(os.getpid(), 9)", "killed by signal 9"), ("sys.exit(3)", "exit status 3"), ("say('?')", "")],
)
def test_a_run_that_breaks_off_says_how(home: Home, monkeypatch: pytest.MonkeyPatch, script: str, how: str) -> None:
    play(monkeypatch, script)
    with pytest.raises(HomeError, match=f"the run broke off .*{how}.*smaller task"):
        run_probe(home, ORDER, lambda *step: None)


def _stopper(after: int):  # type: ignore[no-untyped-def]
    calls = 0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Stopped

    return progress
