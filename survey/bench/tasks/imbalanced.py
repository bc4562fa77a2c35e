"""Digits of which each is half as frequent as the one before: losses and augmentations for what is rare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from survey.bench.adapting import settings_of
from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.calibration import expected_calibration_error
from survey.bench.data.digits import Labelled, Splits, load_digits
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.bench.variants import Variants, spell_out
from survey.probes.focal import FocalLoss
from survey.probes.mixup import Mixup
from survey.probes.r_drop import RDrop

CLASSES = 10
MOST, FEWEST = 128, 2  # examples of the most frequent digit, and of the rarest ones
VALIDATION, TEST = 14, 30  # of each digit
RARE = 8  # examples: a digit with as many or fewer is a rare one
BATCH = 32
DROPOUT = 0.3  # in every row: R-Drop needs it
METHODS = ("focal", "mixup", "r-drop")
CONTROLS = ("majority", "cross-entropy", "weighted")
VARIANTS: Variants = {"focal-1": ("focal", {"gamma": 1.0})}
Loss = Callable[[Tensor, Tensor], Tensor]


@task
@dataclass(frozen=True)
class Imbalanced:
    """Validation and test have as many of each digit. `weighted` is cross-entropy, a class weighted by one over its count."""

    name: ClassVar[str] = "imbalanced"
    title: ClassVar[str] = "All ten digits, each half as frequent as the one before (128 to 2 examples), by an MLP"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("balanced accuracy"),
        Measure("rare recall"),
        Measure("calibration error", better="lower"),
    )
    rows: ClassVar[tuple[str, ...]] = CONTROLS
    reference: ClassVar[str] = "cross-entropy"
    rates: ClassVar[tuple[float, ...]] = (3e-3, 1e-2, 3e-2)
    steps: ClassVar[int] = 300
    notes: ClassVar[tuple[str, ...]] = (
        "every row has a dropout of .3; r-drop passes each batch twice",
        "rare: 8 examples or fewer; the calibration error is that on as many of each digit, which training is not",
    )

    def methods(self) -> tuple[str, ...]:
        return (*METHODS, *VARIANTS, *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_imbalanced(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(spell_out(method, VARIANTS), self.name, METHODS, self.rows)
        splits = load_imbalanced(seed)
        learning, validation, test = (part.to(limits.device) for part in (splits.train, splits.validation, splits.test))
        counts = torch.bincount(learning.labels, minlength=CLASSES)
        if own == "majority":
            always = functional.one_hot(counts.argmax(), CLASSES).float()
            return Trial(*judge(always.expand(len(validation), -1), always.expand(len(test), -1), splits, counts))
        torch.manual_seed(seed)
        model = build_mlp().to(limits.device)
        loss = build_loss(own, model, counts, torch.Generator().manual_seed(seed))
        batches = index_batches(len(learning), BATCH, seed)

        def step(chosen: Tensor) -> Tensor:
            return loss(learning.inputs[chosen], learning.labels[chosen])

        with settings_in_words(own):
            done = train(model, batches, step, list(model.parameters()), rate or self.rates[0], limits, tick)
        with torch.no_grad():
            checked, tested = (model(part.inputs).softmax(-1) for part in (validation, test))
        settings = settings_of([own]) if not isinstance(own, str) else {}
        return Trial(*judge(checked, tested, splits, counts), build_count(model), done, config=settings)


def build_mlp() -> nn.Sequential:
    """(batch, 64) -> scores (batch, CLASSES)"""
    return nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Dropout(DROPOUT),
        nn.Linear(128, 128), nn.ReLU(), nn.Dropout(DROPOUT),
        nn.Linear(128, CLASSES),
    )  # fmt: skip


def build_loss(own: Any, model: nn.Module, counts: Tensor, generator: torch.Generator) -> Loss:
    """Inputs (batch, 64) and classes (batch,) -> a scalar"""
    if isinstance(own, FocalLoss):
        return lambda x, y: own(model(x), y).mean()
    if isinstance(own, RDrop):
        return lambda x, y: own.of(model, x, y)
    if isinstance(own, Mixup):

        def mixed(x: Tensor, y: Tensor) -> Tensor:
            blend, targets = own(x, y, CLASSES, generator)
            return functional.cross_entropy(model(blend), targets)

        return mixed
    weight = 1 / counts.float() if own == "weighted" else None
    return lambda x, y: functional.cross_entropy(model(x), y, weight)


def judge(validation: Tensor, test: Tensor, splits: Splits, counts: Tensor) -> tuple[float, dict[str, float]]:
    """From probabilities (n, CLASSES): the first measure on the validation split, and all of them on the test split."""
    rare = (counts <= RARE).cpu()
    recalls = recall(test, splits.test.labels)
    scores = {
        "balanced accuracy": float(recalls.mean()),
        "rare recall": float(recalls[rare].mean()),
        "calibration error": expected_calibration_error(test.cpu(), splits.test.labels),
    }
    return float(recall(validation, splits.validation.labels).mean()), scores


def recall(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Of each class, (CLASSES,): the share of its examples that were found."""
    predicted = probabilities.argmax(-1).cpu()
    found = torch.bincount(labels[predicted == labels], minlength=CLASSES)
    return found / torch.bincount(labels, minlength=CLASSES)


@lru_cache(maxsize=8)
def load_imbalanced(seed: int) -> Splits:
    """Inputs (n, 64) of 0..1. Which digit is how frequent, the seed decides."""
    digits, generator = load_digits(), torch.Generator().manual_seed(seed)
    parts: tuple[list[Tensor], ...] = ([], [], [])
    for n, digit in enumerate(torch.randperm(CLASSES, generator=generator).tolist()):
        members = (digits.labels == digit).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=generator)]
        kept = max(FEWEST, round(MOST * 0.5**n))
        for part, chosen in zip(
            parts, members.split([VALIDATION, TEST, len(members) - VALIDATION - TEST]), strict=True
        ):
            part.append(chosen)
        parts[2][-1] = parts[2][-1][:kept]
    validation, test, learning = (
        Labelled(digits.inputs[chosen].flatten(1), digits.labels[chosen]) for chosen in map(torch.cat, parts)
    )
    return Splits(learning, validation, test)
