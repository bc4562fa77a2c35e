"""A backbone that is adapted to new classes: by a method, with the head and the batches that every other method gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from survey.bench.data.digits import Labelled
from survey.bench.task import Limits, Tick
from survey.bench.training import index_batches, train

Draw = Callable[[Tensor, torch.Generator], Tensor]  # examples as they are kept -> what the model takes


@dataclass(frozen=True)
class Lesson:
    """What is learnt: examples, how many a step, and how each is drawn anew (put somewhere else, say) whenever it comes up."""

    data: Labelled
    batch: int
    draw: Draw


class Adapted(Protocol):
    """A probe, or a `Built`: (batch, ..) -> scores (batch, classes)"""

    def __call__(self, x: Tensor) -> Tensor: ...

    def train(self, mode: bool = True) -> Any: ...

    def eval(self) -> Any: ...

    def parameters(self) -> Iterable[Tensor]: ...

    def count(self) -> dict[str, int]: ...


class Built(nn.Module):  # type: ignore[misc]
    """`whole` holds a backbone that a method rebuilt, and a head; it counts as a probe does."""

    def __init__(self, backbone: nn.Module, head: nn.Module, whole: nn.Module) -> None:
        super().__init__()
        self.backbone, self.head, self.whole = backbone, head, whole

    def forward(self, x: Tensor) -> Tensor:
        return self.whole(x)

    def count(self) -> dict[str, int]:
        sizes = {
            "method": [value.numel() for value in self.backbone.method_parameters()],
            "norm": [value.numel() for value in self.backbone.norm_parameters()],
            "head": [value.numel() for value in self.head.parameters()],
        }
        counted = {group: sum(values) for group, values in sizes.items()}
        return counted | {"total": sum(counted.values()), "stored": sum(counted.values())}


def learn_classes(model: Adapted, lesson: Lesson, rate: float, seed: int, limits: Limits, tick: Tick) -> int:
    """Train what in `model` can be, by cross-entropy; returns the steps done. The batches depend on `seed` alone."""
    generator = torch.Generator().manual_seed(seed)
    inputs, labels = lesson.data.inputs, lesson.data.labels

    def loss(chosen: Tensor) -> Tensor:
        drawn = lesson.draw(inputs[chosen], generator).to(limits.device)
        return functional.cross_entropy(model(drawn), labels[chosen].to(limits.device))

    batches = index_batches(len(lesson.data), lesson.batch, seed)
    parameters = [value for value in model.parameters() if value.requires_grad]
    return train(model, batches, loss, parameters, rate, limits, tick)


@torch.no_grad()  # type: ignore[untyped-decorator]
def predict(model: Callable[[Tensor], Tensor], inputs: Tensor, device: str, size: int = 256) -> Tensor:
    """Classes (n,) of inputs (n, ..), on the CPU"""
    return torch.cat([model(part.to(device)).argmax(-1).cpu() for part in inputs.split(size)])


def share_right(predicted: Tensor, labels: Tensor) -> float:
    return float((predicted == labels).float().mean())


def build_head(width: int, classes: int, seed: int, device: str) -> nn.Linear:
    """The same for every method of a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Linear(width, classes).to(device)


def settings_of(methods: Sequence[Any]) -> Mapping[str, Any]:
    """For `Trial.config`."""
    from survey.probes.files import config_of

    return {method.name: config_of(method) for method in methods}
