"""The one training loop: its schedule, its batches, and when it ends."""

from __future__ import annotations

import math
import time

import pytest
import torch
from limits import no_tick
from torch import nn

from survey.bench.task import Limits
from survey.bench.training import BudgetError, DivergedError, index_batches, schedule, train

FOREVER = float("inf")


def learn(limits: Limits, rate: float = 0.1, seed: int = 0) -> tuple[nn.Module, int]:
    """Fit y = 2 x."""
    torch.manual_seed(3)
    model, x = nn.Linear(1, 1), torch.linspace(-1, 1, 20).unsqueeze(1)
    batches = index_batches(20, 5, seed)
    done = train(
        model,
        batches,
        lambda n: ((model(x[n]) - 2 * x[n]) ** 2).mean(),
        list(model.parameters()),
        rate,
        limits,
        no_tick,
    )
    return model, done


def test_the_rate_rises_for_a_tenth_of_the_steps_and_falls_along_a_cosine() -> None:
    assert [schedule(step, 20) for step in (0, 1)] == [0.5, 1.0]
    assert schedule(2, 20) == 1.0
    assert schedule(11, 20) == pytest.approx(0.5)  # half way down: 2 + 18 / 2
    assert schedule(19, 20) < 0.01
    assert schedule(0, 1) == 1.0


def test_an_epoch_has_each_example_once_and_the_seed_decides_the_order() -> None:
    batches = index_batches(6, 4, seed=1)
    twice = torch.cat([next(batches) for _ in range(3)])
    assert sorted(twice[:6].tolist()) == sorted(twice[6:].tolist()) == list(range(6))
    again = index_batches(6, 4, seed=1)
    assert torch.equal(torch.cat([next(again) for _ in range(3)]), twice)
    other = index_batches(6, 4, seed=2)
    assert not torch.equal(torch.cat([next(other) for _ in range(3)]), twice)


def test_it_learns_and_the_same_seed_gives_the_same_weights_to_the_bit() -> None:
    model, done = learn(Limits(200, FOREVER))
    assert done == 200
    assert model.weight.item() == pytest.approx(2, abs=0.02)
    assert not model.training
    again, _ = learn(Limits(200, FOREVER))
    assert torch.equal(model.weight, again.weight)


def test_it_ends_at_the_deadline() -> None:
    _, done = learn(Limits(10**9, time.monotonic() + 0.2))
    assert 1 <= done < 10**9


def test_no_time_for_one_step_is_said() -> None:
    with pytest.raises(BudgetError, match="too short for one step"):
        learn(Limits(5, time.monotonic() - 1))


def test_weights_that_are_no_numbers_are_said() -> None:
    with pytest.raises(DivergedError, match="rate of inf"):
        learn(Limits(5, FOREVER), rate=math.inf)


def test_nothing_to_train_takes_no_steps() -> None:
    assert train(nn.Identity(), iter([0]), lambda _: torch.zeros(1), [], 0.1, Limits(5, FOREVER), no_tick) == 0
