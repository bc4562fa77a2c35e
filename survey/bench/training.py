"""One training loop for all that is tried: AdamW, a short warm-up, then a cosine to zero; in bfloat16 on an NVIDIA card."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from survey.bench.task import Limits, Tick
from survey.probes.errors import ProbeError

# Of the steps, to reach the full rate.
WARM_UP = 0.1
# Norm of the gradient, above which it is shortened: the grid of rates holds some that are too high for a method.
CLIP = 1.0

_Batch = TypeVar("_Batch")


class BudgetError(ProbeError):
    """Not one step fits into the time."""


class DivergedError(ProbeError):
    """What was trained is no number any more."""


class Trainable(Protocol):
    """A module, or a probe."""

    def train(self, mode: bool = True) -> Any: ...

    def eval(self) -> Any: ...


def index_batches(count: int, size: int, seed: int) -> Iterator[Tensor]:
    """Indices (size,) into `count` examples, epoch after epoch in another order, which `seed` alone decides; never ends."""
    generator = torch.Generator().manual_seed(seed)
    waiting = torch.empty(0, dtype=torch.int64)
    while True:
        while len(waiting) < size:
            waiting = torch.cat([waiting, torch.randperm(count, generator=generator)])
        yield waiting[:size]
        waiting = waiting[size:]


def warm_up(device: str) -> None:
    """One step on one number: what torch loads for it takes seconds, once a process, and is no method's time."""
    value = torch.zeros(1, device=device, requires_grad=True)
    optimiser = torch.optim.AdamW([value])
    value.sum().backward()
    optimiser.step()


def train(
    model: Trainable,
    batches: Iterator[_Batch],
    loss: Callable[[_Batch], Tensor],
    parameters: Sequence[Tensor],
    rate: float,
    limits: Limits,
    tick: Tick,
) -> int:
    """Train `parameters` on `loss(batch)` at a peak learning rate of `rate`; returns the steps done.

    Ends after `limits.steps`, at the deadline, or with the batches. `model` is in train mode meanwhile, and in eval mode after.
    Nothing is trained where there are no parameters. Raises BudgetError where not one step fits into the time, DivergedError
    where a parameter is no number at the end.
    """
    if not parameters:
        return 0
    optimiser = torch.optim.AdamW(parameters, lr=rate)
    on_card = limits.device.startswith("cuda")
    done = 0
    model.train()
    for batch in batches:
        if done >= limits.steps or (time.monotonic() >= limits.deadline):
            break
        for group in optimiser.param_groups:
            group["lr"] = rate * schedule(done, limits.steps)
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=on_card):
            value = loss(batch)
        optimiser.zero_grad()
        value.backward()
        clip_grad_norm_(parameters, CLIP)
        optimiser.step()
        done += 1
        tick(done, limits.steps)
    model.eval()
    if not done:
        raise BudgetError("the time is too short for one step", "Give more with --budget, or leave it out")
    if not all(bool(torch.isfinite(value).all()) for value in parameters):
        raise DivergedError(f"training diverged at a rate of {rate:g}", "Take lower rates")
    return done


def schedule(step: int, steps: int) -> float:
    """The share of the full rate at `step` of `steps`, counted from 0: a line up over the warm-up, then half a cosine down."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
