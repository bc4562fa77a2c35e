"""A task that is learnt in milliseconds, for tests of what is around it: is the product of two numbers above zero?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from survey.bench.methods import build_methods, inject_methods
from survey.bench.task import Limits, Measure, Tick, Trial
from survey.bench.training import index_batches, train

WIDTH = 16


@dataclass(frozen=True)
class ToyTask:
    name: ClassVar[str] = "toy"
    title: ClassVar[str] = "Is the product of two numbers above zero?"
    measures: ClassVar[tuple[Measure, ...]] = (Measure("accuracy"), Measure("loss", "lower", "number"))
    rows: ClassVar[tuple[str, ...]] = ("majority", "linear")
    rates: ClassVar[tuple[float, ...]] = (1e-4, 1e-2, 1e-1)
    steps: ClassVar[int] = 12

    backbone: str | None = None
    # Called before each training, with the method and the seed.
    before: Callable[[str, int], None] | None = None

    def methods(self) -> tuple[str, ...]:
        return ("lora", "bitfit", "houlsby", *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        tick(1, 1)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        if self.before:
            self.before(method, seed)
        if method == "majority":
            return Trial(0.5, {"accuracy": 0.5, "loss": 0.7})
        x, y = build_data(seed)
        torch.manual_seed(1)
        model = nn.Sequential(nn.Linear(2, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))
        settings = {"lora": {"rank": 2, "targets": "0|2"}, "houlsby": {"bottleneck": 2, "targets": "2"}}
        torch.manual_seed(seed)
        stack = inject_methods(model, build_methods(method, settings), nn.Linear(WIDTH, 2))

        def loss(chosen: Tensor) -> Tensor:
            return functional.cross_entropy(stack(x[chosen]), y[chosen])

        steps = train(stack, index_batches(100, 20, seed), loss, stack.parameters(), rate or 0.01, limits, tick)
        with torch.no_grad():
            logits = stack(x[100:])
        right = (logits.argmax(1) == y[100:]).float()
        scores = {"accuracy": float(right[50:].mean()), "loss": float(functional.cross_entropy(logits[50:], y[150:]))}
        return Trial(float(right[:50].mean()), scores, stack.count(), steps)

    def when(self, before: Callable[[str, int], None]) -> ToyTask:
        """The same, with something that happens before each training."""
        return dataclasses.replace(self, before=before)


def build_data(seed: int) -> tuple[Tensor, Tensor]:
    """200 pairs of numbers, and their classes."""
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, 0] * x[:, 1] > 0).long()
