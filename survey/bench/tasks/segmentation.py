"""Segment scenes that nobody labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.saliency import describe_objects, find_salient
from survey.bench.data.scenes import CLASSES, Scenes, build_scenes
from survey.bench.methods import Defaults
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.unsupervised_segmentation import IGNORED, UnsupervisedSegmentation, matched_iou

TRAIN, VALIDATION, TEST = 160, 80, 160
BATCH = 16
DEFAULTS: Defaults = {UnsupervisedSegmentation.name: {"clusters": len(CLASSES) - 1}}
Labels = NDArray[np.int64]


@task
@dataclass(frozen=True)
class Segmentation:
    """Clusters are matched to classes one to one, the best way, before they are measured. `background` sees nothing, `saliency` one
    class of objects, `k-means` clusters of pixels; `random-labels` trains on salient masks whose groups are drawn, `supervised` on
    the truth: what the same network can reach.
    """

    name: ClassVar[str] = "segmentation"
    title: ClassVar[str] = "Segment scenes without labels: four kinds of objects, told apart by shape and texture"
    measures: ClassVar[tuple[Measure, ...]] = (Measure("mIoU"), Measure("object IoU"), Measure("pixel accuracy"))
    rows: ClassVar[tuple[str, ...]] = ("background", "saliency", "k-means", "random-labels", "supervised")
    reference: ClassVar[str] = "saliency"
    rates: ClassVar[tuple[float, ...]] = (3e-3, 1e-2, 3e-2)
    steps: ClassVar[int] = 240
    notes: ClassVar[tuple[str, ...]] = (
        "saliency and features are by hand, where the paper has a trained detector and a self-supervised model",
        "the rate is chosen with the labels of the validation scenes, for every row",
    )

    def methods(self) -> tuple[str, ...]:
        return (*DEFAULTS, *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_splits(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, tuple(DEFAULTS), self.rows, DEFAULTS)
        learning, validation, test = load_splits(seed)
        if own in ("background", "saliency", "k-means"):
            plain = [label_plainly(own, learning, split, seed) for split in (validation, test)]
            return build_trial(plain[0], plain[1], validation, test)
        learner = Learner(rate or self.rates[0], seed, limits, tick)
        with settings_in_words(own):
            if own == "supervised":
                learner.train(learning.images, learning.labels)
            elif own == "random-labels":
                masks = find_salient(learning.images)
                drawn = np.random.default_rng(seed).integers(1, len(CLASSES), len(masks))
                learner.train(learning.images, np.where(masks, drawn[:, None, None], 0))
            else:
                learner.rounds = own.rounds
                own.run(learning.images, find_salient, describe_objects, learner.train)
        assert learner.network is not None
        found = [learner.label(split.images) for split in (validation, test)]
        return build_trial(found[0], found[1], validation, test, build_count(learner.network), learner.done)


@lru_cache(maxsize=5)
def load_splits(seed: int) -> tuple[Scenes, Scenes, Scenes]:
    scenes = build_scenes(TRAIN + VALIDATION + TEST, seed)
    return scenes[:TRAIN], scenes[TRAIN : TRAIN + VALIDATION], scenes[TRAIN + VALIDATION :]


class Network(nn.Module):  # type: ignore[misc]
    """Two resolutions, the coarser one looking far: (batch, 3, side, side) -> (batch, labels, side, side)"""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.fine = block(3, 16)
        self.coarse = nn.Sequential(block(16, 32, stride=2), block(32, 32, dilation=2), block(32, 32, dilation=4))
        self.head = nn.Conv2d(48, labels, 1)

    def forward(self, images: Tensor) -> Tensor:
        fine = self.fine(images)
        coarse = F.interpolate(self.coarse(fine), fine.shape[-2:], mode="bilinear")
        return self.head(torch.cat([fine, coarse], 1))


def block(before: int, after: int, stride: int = 1, dilation: int = 1) -> nn.Module:
    layer = nn.Conv2d(before, after, 3, stride, dilation, dilation, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(after), nn.ReLU())


class Learner:
    """Trains a new network in each round, all rounds together with the steps that there are; labels with the last one."""

    def __init__(self, rate: float, seed: int, limits: Limits, tick: Tick) -> None:
        self.rate, self.seed, self.limits, self.tick = rate, seed, limits, tick
        self.rounds = 1
        self.done = 0
        self.network: nn.Module | None = None

    def train(self, images: Sequence[Any] | NDArray[np.float64], labels: Labels) -> Any:
        """Scenes and a label for each of their places, IGNORED where there is none -> `label`"""
        torch.manual_seed(self.seed)
        network = Network(max(int(labels.max()) + 1, len(CLASSES))).to(self.limits.device)
        inputs, targets = as_inputs(images).to(self.limits.device), torch.from_numpy(labels).to(self.limits.device)
        begun = self.done
        self.done += train(
            network,
            index_batches(len(inputs), BATCH, self.seed),
            lambda chosen: F.cross_entropy(network(inputs[chosen]), targets[chosen], ignore_index=IGNORED),
            list(network.parameters()),
            self.rate,
            replace(self.limits, steps=max(1, self.limits.steps // max(1, self.rounds))),
            lambda done, planned: self.tick(min(begun + done, self.limits.steps), self.limits.steps),
        )
        self.network = network
        return self.label

    def label(self, images: Sequence[Any] | NDArray[np.float64]) -> Labels:
        """(n, side, side, 3) -> (n, side, side)"""
        assert self.network is not None
        with torch.no_grad():
            parts = [self.network(part.to(self.limits.device)).argmax(1).cpu() for part in as_inputs(images).split(64)]
        found: Labels = torch.cat(parts).numpy()
        return found


def as_inputs(images: Sequence[Any] | NDArray[np.float64]) -> Tensor:
    """(n, side, side, 3) of 0..1 -> (n, 3, side, side), each scene less its own mean colour, so that textures count"""
    found = torch.from_numpy(np.asarray(images, dtype=np.float32)).permute(0, 3, 1, 2).contiguous()
    return found - found.mean((2, 3), keepdim=True)


def label_plainly(row: str, learning: Scenes, split: Scenes, seed: int) -> Labels:
    """By what trains no network."""
    if row == "background":
        return np.zeros_like(split.labels)
    if row == "saliency":
        return find_salient(split.images).astype(np.int64)
    from sklearn.cluster import KMeans

    model = KMeans(len(CLASSES), n_init=3, random_state=seed).fit(learning.images.reshape(-1, 3)[::7])
    found: Labels = model.predict(split.images.reshape(-1, 3)).astype(np.int64).reshape(split.labels.shape)
    return found


def build_trial(
    found: Labels,
    labelled: Labels,
    validation: Scenes,
    test: Scenes,
    count: dict[str, int] | None = None,
    steps: int = 0,
) -> Trial:
    """From labels of the validation and the test scenes, (n, side, side) each."""
    share, matching = matched_iou(labelled, test.labels, len(CLASSES))
    renamed = np.full(max(int(labelled.max()) + 1, len(CLASSES)), IGNORED)
    renamed[list(matching)] = list(matching.values())
    said = renamed[labelled]
    scores = {
        "mIoU": share,
        "object IoU": share_of_objects(said, test.labels),
        "pixel accuracy": float((said == test.labels).mean()),
    }
    return Trial(matched_iou(found, validation.labels, len(CLASSES))[0], scores, count or {}, steps)


def share_of_objects(said: Labels, true: Labels) -> float:
    """IoU of what is not background, whatever it is taken for."""
    both, either = ((said != 0) & (true != 0)).sum(), ((said != 0) | (true != 0)).sum()
    return float(both / max(int(either), 1))
