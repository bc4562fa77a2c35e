"""A run: the rows that belong there, the rate by the validation split, seeds, budgets, and what goes wrong on the way."""

from __future__ import annotations

import time

import pytest
import torch
from toy_task import ToyTask

from survey.bench.run import Plan, reference_of, run_task
from survey.bench.usage import MemoryShort, measured
from survey.probes.errors import ProbeError

THREE = Plan(seeds=3)


def test_the_rows_of_the_task_stand_beside_the_methods() -> None:
    run = run_task(ToyTask(), ["lora", 'lora{"rank": 1}'], THREE)
    assert [(row.method, row.always) for row in run.rows] == [
        ("lora", False), ('lora{"rank": 1}', False), ("majority", True), ("linear", True),
    ]  # fmt: skip
    assert run.reference == "linear"
    assert all(len(row.outcomes) == 3 and not row.short and not row.failed for row in run.rows)
    lora = run.rows[0]
    assert [one.seed for one in lora.outcomes] == [0, 1, 2]
    assert [one.steps for one in lora.outcomes] == [12, 12, 12]
    assert [one.rate for one in lora.tries] == list(ToyTask.rates)
    assert lora.rate == max(lora.tries, key=lambda one: (one.validation or 0, -one.rate)).rate
    assert lora.count["method"] == 2 * (2 + 16) + 2 * (16 + 16)
    assert run.rows[1].config["lora"]["rank"] == 1


def test_what_is_not_trained_has_no_rate_and_no_tries() -> None:
    majority = run_task(ToyTask(), [], Plan(seeds=2)).rows[0]
    assert (majority.method, majority.rate, majority.tries) == ("majority", None, ())


def test_the_same_run_gives_the_same_scores() -> None:
    first, second = (run_task(ToyTask(), ["bitfit"], Plan(seeds=2)) for _ in range(2))
    assert [row.values("loss") for row in first.rows] == [row.values("loss") for row in second.rows]


def test_every_training_starts_from_the_seed_whatever_was_before_it() -> None:
    alone = run_task(ToyTask(), ["lora"], Plan(seeds=1)).row("lora")
    after = run_task(ToyTask(), ["bitfit", "lora"], Plan(seeds=1)).row("lora")
    assert alone and after
    assert alone.values("loss") == after.values("loss")


def test_progress_ends_where_it_was_planned() -> None:
    seen: list[tuple[int, int]] = []
    run_task(ToyTask(), ["lora"], Plan(seeds=1), lambda done, planned: seen.append((done, planned)))
    # Three rows of 3 tries of 6 steps and one training of 12.
    assert {planned for _, planned in seen} == {3 * 30}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (90, 90)


def test_a_budget_cuts_steps_and_says_so() -> None:
    task = ToyTask().when(lambda method, seed: time.sleep(0.5))
    began = time.monotonic()
    row = run_task(task, ["lora"], Plan(seeds=1, budget=5)).rows[0]
    assert time.monotonic() - began < 60
    assert row.outcomes
    assert row.outcomes[0].steps == 12 or "of 12 steps: the budget of 5 s was short" in row.short


def test_a_budget_that_is_too_short_for_one_step_is_an_error() -> None:
    task = ToyTask().when(lambda method, seed: time.sleep(0.01))
    with pytest.raises(ProbeError, match="too short for one step"):
        run_task(task, ["lora"], Plan(budget=0.001))


def test_seeds_that_do_not_fit_are_left_out_and_named() -> None:
    def slow(method: str, seed: int) -> None:
        if method == "lora" and seed == 1:
            time.sleep(4)

    row = run_task(ToyTask().when(slow), ["lora"], Plan(seeds=3, budget=3)).rows[0]
    assert len(row.outcomes) == 1
    assert row.short.startswith("1 of 3 seeds: the time is too short")


def test_one_method_that_fails_leaves_the_others_their_rows() -> None:
    run = run_task(ToyTask(), ['lora{"rank": 99}', "bitfit"], Plan(seeds=1))
    failed, fine = run.rows[:2]
    assert "larger than the layer" in failed.failed and not failed.outcomes
    assert fine.outcomes


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ('lora{"rank": 99}', "larger than the layer"),
        ('lora{"targets": "query"}', "matches no Linear or Embedding. Match the whole path, such as"),
        ('lora{"rank": 0}', "trains nothing"),
        ("mixup", "cannot be tried on the task toy"),
        ("lroa", "It takes lora"),
    ],
)
def test_what_cannot_be_tried_at_all_is_an_error(spec: str, said: str) -> None:
    with pytest.raises(ProbeError, match=said):
        run_task(ToyTask(), [spec], Plan(seeds=1))


def test_ctrl_c_keeps_what_was_done() -> None:
    def interrupt(method: str, seed: int) -> None:
        if method == "bitfit" and seed == 1:
            raise KeyboardInterrupt

    run = run_task(ToyTask().when(interrupt), ["lora", "bitfit", "houlsby"], THREE)
    assert run.interrupted
    assert [row.method for row in run.rows] == ["lora", "bitfit"]
    assert run.rows[1].short == "interrupted after 1 of 3 seeds"


def test_a_rate_at_which_a_method_diverges_is_not_taken() -> None:
    class Steep(ToyTask):
        rates = (1e-2, float("inf"))

    row = run_task(Steep(), ["lora"], Plan(seeds=1)).rows[0]
    assert row.rate == 1e-2
    assert [one.validation is None for one in row.tries] == [False, True]


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")],
)
def test_too_little_memory_is_an_error_of_one_line(error: Exception) -> None:
    def work() -> None:
        raise error

    with pytest.raises(MemoryShort, match=r"too little memory.*smaller backbone"):
        measured(work, "cpu")


def test_other_errors_of_torch_are_not_taken_for_memory() -> None:
    with pytest.raises(RuntimeError, match=r"size mismatch|inconsistent"):
        measured(lambda: torch.ones(2) @ torch.ones(3), "cpu")


def test_time_and_memory_are_those_of_the_work() -> None:
    _, idle = measured(lambda: None, "cpu")
    _, used = measured(hold, "cpu")
    assert used.wall >= 0.05
    if idle.memory is None or used.memory is None:
        pytest.skip("the system does not reset the peak")
    assert used.memory - idle.memory > 40


def hold() -> float:
    """Holds 60 MB for a while: 15 million numbers of 4 bytes."""
    value = torch.ones(15_000_000)
    time.sleep(0.05)
    return float(value[0])


def test_the_reference_is_the_linear_row_or_the_first_that_learns() -> None:
    class Losses(ToyTask):
        rows = ("majority", "cross-entropy")

    assert reference_of(ToyTask()) == "linear"
    assert reference_of(Losses()) == "cross-entropy"
