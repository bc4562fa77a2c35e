"""A small vision transformer that knows the digits 0 to 4, adapted to 5 to 9."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import nn

from survey.bench.adapting import Lesson, build_head, learn_classes, predict, settings_of, share_right
from survey.bench.alone import settings_in_words
from survey.bench.data.digits import NEW, Labelled, Splits, put_anywhere, split_digits
from survey.bench.methods import build_methods, inject_methods, parse_spec
from survey.bench.models import fusing
from survey.bench.models.backbones import load_vit
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.probes.adapters import ParallelAdapter
from survey.probes.paths import FUSED_QKV
from survey.probes.prefix_tuning import PrefixTuning

BATCH = 32
PLACES = 2  # at which each digit is looked at, to measure
# Sizes for a width of 48: a rank or bottleneck of a large model would be no bottleneck here.
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    # One of its methods that is no module of ours; any other by its configuration.
    "peft": {"config": '{"peft_type": "LOHA", "r": 4, "alpha": 8, "target_modules": ["qkv"]}'},
    "lora": {"rank": 4, "alpha": 8.0, "targets": FUSED_QKV, "fused": (True, False, True)},
    "houlsby": {"bottleneck": 6},
    "pfeiffer": {"bottleneck": 6},
    "parallel-adapter": {"bottleneck": 6},
    "prefix-tuning": {"length": 8},
    "mam": {"prefix": PrefixTuning(8, bottleneck=12), "adapter": ParallelAdapter(12)},
    "vpt-shallow": {"prompts": 8, "patch": 4},
    "vpt-deep": {"prompts": 8, "patch": 4},
}
ADAPTERS = (
    "lora",
    "houlsby",
    "pfeiffer",
    "parallel-adapter",
    "ia3",
    "bitfit",
    "prefix-tuning",
    "mam",
    "vpt-shallow",
    "vpt-deep",
)


@task
@dataclass(frozen=True)
class Image:
    name: ClassVar[str] = "image"
    title: ClassVar[str] = "Handwritten digits 5 to 9 anywhere on a canvas, by a small ViT that was trained on 0 to 4"
    measures: ClassVar[tuple[Measure, ...]] = (Measure("accuracy"),)
    rows: ClassVar[tuple[str, ...]] = ("majority", "linear", "full")
    rates: ClassVar[tuple[float, ...]] = (2e-3, 6e-3, 2e-2)
    steps: ClassVar[int] = 400

    def methods(self) -> tuple[str, ...]:
        return (*ADAPTERS, fusing.NAME, "peft", *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_vit(seed, limits, tick)
        load_stills(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        if method == "majority":
            return build_majority(load_stills(seed))
        peak = rate or self.rates[0]
        if parse_spec(method)[0][0] == fusing.NAME:
            return learn_fusion(method, peak, seed, limits, tick)
        methods = build_methods(method, SETTINGS)
        return learn_stills(load_vit(seed, limits, tick), methods, methods, peak, seed, limits, tick)


def learn_stills(
    model: nn.Module,
    methods: Sequence[Any],
    injected: Sequence[Any],
    rate: float,
    seed: int,
    limits: Limits,
    tick: Tick,
) -> Trial:
    """Adapt `model` to digits 5 to 9 by `methods`, which are put into it as `injected`, and measure it."""
    splits = load_stills(seed)
    torch.manual_seed(seed)
    with settings_in_words(methods[0]):
        probe = inject_methods(model, injected, build_head(model.width, len(NEW), seed, limits.device))
    done = learn_classes(probe, Lesson(splits.train, BATCH, put_anywhere), rate, seed, limits, tick)
    validation, test = (
        share_right(predict(probe, part.inputs, limits.device), part.labels)
        for part in (splits.validation, splits.test)
    )
    return Trial(validation, {"accuracy": test}, probe.count(), done, config=settings_of(methods))


def learn_fusion(spec: str, rate: float, seed: int, limits: Limits, tick: Tick) -> Trial:
    """Both stages: two adapters, and the fusion of them."""
    lesson = Lesson(load_stills(seed).train, BATCH, put_anywhere)
    pfeiffer = build_methods("pfeiffer", SETTINGS)[0]
    with tempfile.TemporaryDirectory(prefix="fourways-") as folder:
        files = fusing.learn_adapters(
            lambda: load_vit(seed, limits, tick), lesson, pfeiffer, rate, seed, limits, tick, Path(folder)
        )
        fusion = build_methods(spec, {fusing.NAME: {"adapters": tuple(files)}})
        trial = learn_stills(load_vit(seed, limits, tick), fusion, fusion, rate, seed, limits, tick)
    told = {
        fusing.NAME: {"adapters": ["pfeiffer on 5, 6, 7", "pfeiffer on 7, 8, 9"], "bottleneck": pfeiffer.bottleneck}
    }
    return dataclasses.replace(trial, config=told, notes=(fusing.NOTE,))


@lru_cache(maxsize=4)
def load_stills(seed: int) -> Splits:
    """Digits 5 to 9: those to learn from as they are, the others put somewhere on a canvas, once and for all methods."""
    splits, generator = split_digits(NEW, seed), torch.Generator().manual_seed(1000 + seed)
    validation, test = (
        Labelled(put_anywhere(part.inputs.repeat(PLACES, 1, 1), generator), part.labels.repeat(PLACES))
        for part in (splits.validation, splits.test)
    )
    return Splits(splits.train, validation, test)


def build_majority(splits: Splits) -> Trial:
    """Always the most frequent class."""
    guess = splits.train.labels.mode().values
    validation, test = (share_right(guess.expand(len(part)), part.labels) for part in (splits.validation, splits.test))
    return Trial(validation, {"accuracy": test})
