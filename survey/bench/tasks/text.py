"""Two tasks on texts of the bundled catalogue, for a frozen text model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from survey.bench.data.texts import TextSplits, order_splits, strategy_splits
from survey.bench.models.encoders import load_encoder
from survey.bench.models.layer_names import settings_for
from survey.bench.reading import Reading, build_reading, learn_reading
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.probes.registry import load_methods

# Of the registry, what fits a text model of transformers without more being said.
_NOT = ("adapter-fusion", "locon", "vpt-deep", "vpt-shallow")
ROWS = ("majority", "linear", "full")
RATES = (3e-4, 1e-3, 3e-3)
# For methods that cannot be without: any configuration of peft, say.
DEFAULTS: dict[str, dict[str, object]] = {
    "peft": {"config": '{"peft_type": "LOHA", "r": 4, "alpha": 8, "target_modules": ["query", "value"]}'}
}


def text_methods() -> tuple[str, ...]:
    adapters = [name for name, one in load_methods().items() if one.kind == "adapter" and name not in _NOT]
    return (*(name for name in adapters if name not in ROWS), *ROWS)


@dataclass(frozen=True)
class _Catalogue:
    """`backbone` is a model's folder or name, instead of the bundled one."""

    measures: ClassVar[tuple[Measure, ...]] = (Measure("accuracy"), Measure("balanced accuracy"))
    rows: ClassVar[tuple[str, ...]] = ROWS
    rates: ClassVar[tuple[float, ...]] = RATES
    steps: ClassVar[int] = 64
    batch: ClassVar[int] = 16
    longest: ClassVar[int]
    layers: ClassVar[int | None] = None

    backbone: str | None = None

    def splits(self, seed: int) -> TextSplits:
        raise NotImplementedError

    def methods(self) -> tuple[str, ...]:
        return text_methods()

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        _reading(self, seed, limits.device)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        reading = _reading(self, seed, limits.device)
        defaults = settings_for(reading.encoder.model) | DEFAULTS if self.backbone else DEFAULTS
        return learn_reading(reading, method, defaults, rate or self.rates[0], seed, limits, tick)


@task
@dataclass(frozen=True)
class WordOrder(_Catalogue):
    name: ClassVar[str] = "text"
    title: ClassVar[str] = "Are the words of a sentence in their order?"
    measures: ClassVar[tuple[Measure, ...]] = (Measure("accuracy"),)
    longest: ClassVar[int] = 24

    def splits(self, seed: int) -> TextSplits:
        return order_splits(seed)


@task
@dataclass(frozen=True)
class Strategy(_Catalogue):
    name: ClassVar[str] = "text-strategy"
    title: ClassVar[str] = "Which of the four strategies does a paper follow, by its summary?"
    steps: ClassVar[int] = 48
    batch: ClassVar[int] = 8
    longest: ClassVar[int] = 32

    def splits(self, seed: int) -> TextSplits:
        return strategy_splits(seed)


@lru_cache(maxsize=16)
def _reading(task: _Catalogue, seed: int, device: str) -> Reading:
    # A model of somebody's own may have its layers elsewhere.
    encoder = load_encoder(task.backbone, device, task.layers if task.backbone is None else None)
    return build_reading(encoder, task.splits(seed), task.longest, task.batch, device)
