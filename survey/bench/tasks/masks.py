"""Segment scenes with true masks to learn from: blocks between several resolutions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.scenes import CLASSES, Scenes, build_scenes
from survey.bench.methods import Defaults
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.dynamic_head import DynamicHead
from survey.probes.hrnet import HRNetExchange

TRAIN, VALIDATION, TEST = 120, 60, 120
BATCH = 8
LEVELS = 3  # each half as high and wide as the one before
WIDTH = 16
BLOCKS = ("hrnet", "dynamic-head")
DEFAULTS: Defaults = {"hrnet": {"channels": [WIDTH] * LEVELS}, "dynamic-head": {"groups": 4}}


@task
@dataclass(frozen=True)
class Masks:
    """Three resolutions of three convolutions each, as in HRNet before an exchange, and one classifier of all together. What
    differs is the block in between: none for `plain`, for `convolutions` more layers at each resolution by itself, with more
    parameters than an exchange.
    """

    name: ClassVar[str] = "masks"
    title: ClassVar[str] = "Segment scenes by their masks: four kinds of objects, a block between three resolutions"
    measures: ClassVar[tuple[Measure, ...]] = (Measure("mIoU"), Measure("pixel accuracy"))
    rows: ClassVar[tuple[str, ...]] = ("background", "plain", "convolutions")
    reference: ClassVar[str] = "plain"
    rates: ClassVar[tuple[float, ...]] = (3e-3, 1e-2, 3e-2)
    steps: ClassVar[int] = 80

    def methods(self) -> tuple[str, ...]:
        return (*BLOCKS, *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_splits(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, BLOCKS, self.rows, DEFAULTS)
        learning, validation, test = load_splits(seed)
        if own == "background":
            nothing = [torch.zeros_like(as_labels(split)) for split in (validation, test)]
            return build_trial(nothing[0], nothing[1], validation, test)
        torch.manual_seed(seed)
        with settings_in_words(own):
            network = Pyramid(build_block(own)).to(limits.device)
            inputs, labels = as_inputs(learning).to(limits.device), as_labels(learning).to(limits.device)
            done = train(
                network,
                index_batches(TRAIN, BATCH, seed),
                lambda chosen: F.cross_entropy(network(inputs[chosen]), labels[chosen]),
                list(network.parameters()),
                rate or self.rates[0],
                limits,
                tick,
            )
        with torch.no_grad():
            found = [network(as_inputs(split).to(limits.device)).argmax(1).cpu() for split in (validation, test)]
        count = build_count(network, list(network.block.parameters()))
        return build_trial(found[0], found[1], validation, test, count, done)


@lru_cache(maxsize=5)
def load_splits(seed: int) -> tuple[Scenes, Scenes, Scenes]:
    scenes = build_scenes(TRAIN + VALIDATION + TEST, seed)
    return scenes[:TRAIN], scenes[TRAIN : TRAIN + VALIDATION], scenes[TRAIN + VALIDATION :]


def build_block(method: Any) -> nn.Module:
    """Maps of all resolutions -> the same sizes."""
    if method == "plain":
        return nn.Identity()
    if method == "convolutions":
        return Alone()
    if isinstance(method, HRNetExchange) and tuple(method.channels) != (WIDTH,) * LEVELS:
        raise ValueError(f"{list(method.channels)} channels where the maps are {LEVELS} of {WIDTH}: leave them out")
    block: nn.Module = method.build(WIDTH) if isinstance(method, DynamicHead) else method.build()
    return block


class Alone(nn.Module):  # type: ignore[misc]
    """Two 3x3 convolutions with BN and ReLU a resolution, which hears of no other: more parameters than either block, so that what
    a block gains is not theirs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.paths = nn.ModuleList(nn.Sequential(*(block(WIDTH, WIDTH) for _ in range(2))) for _ in range(LEVELS))

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        return [path(x) for path, x in zip(self.paths, maps, strict=True)]


class Pyramid(nn.Module):  # type: ignore[misc]
    """(batch, 3, side, side) -> (batch, classes, side, side)"""

    def __init__(self, between: nn.Module) -> None:
        super().__init__()
        self.stages = nn.ModuleList(block(WIDTH if level else 3, WIDTH, 2 if level else 1) for level in range(LEVELS))
        self.deeper = nn.ModuleList(nn.Sequential(*(block(WIDTH, WIDTH) for _ in range(3))) for _ in range(LEVELS))
        self.block = between
        self.head = nn.Conv2d(LEVELS * WIDTH, len(CLASSES), 1)

    def forward(self, images: Tensor) -> Tensor:
        maps: list[Tensor] = []
        x = images
        for stage, deeper in zip(self.stages, self.deeper, strict=True):
            x = deeper(stage(x))  # (batch, WIDTH, side / 2^level, side / 2^level)
            maps.append(x)
        whole = [F.interpolate(x, images.shape[-2:], mode="bilinear") for x in self.block(maps)]
        return self.head(torch.cat(whole, 1))


def block(before: int, after: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


def as_inputs(scenes: Scenes) -> Tensor:
    """(n, side, side, 3) of 0..1 -> (n, 3, side, side), each scene less its own mean colour, so that textures count"""
    found = torch.from_numpy(scenes.images.astype(np.float32)).permute(0, 3, 1, 2).contiguous()
    return found - found.mean((2, 3), keepdim=True)


def as_labels(scenes: Scenes) -> Tensor:
    return torch.from_numpy(scenes.labels)


def mean_iou(said: Tensor, true: Tensor) -> float:
    """Over the classes, all scenes together: (n, side, side) each; a class that nobody says or shows counts 1"""
    shares = []
    for label in range(len(CLASSES)):
        both, either = ((said == label) & (true == label)).sum(), ((said == label) | (true == label)).sum()
        shares.append(float(both / either) if either else 1.0)
    return sum(shares) / len(shares)


def build_trial(
    found: Tensor, said: Tensor, validation: Scenes, test: Scenes, count: dict[str, int] | None = None, steps: int = 0
) -> Trial:
    """From labels of the validation and the test scenes, (n, side, side) each."""
    scores = {
        "mIoU": mean_iou(said, as_labels(test)),
        "pixel accuracy": float((said == as_labels(test)).float().mean()),
    }
    return Trial(mean_iou(found, as_labels(validation)), scores, count or {}, steps)
