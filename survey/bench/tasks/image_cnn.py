"""A small convolutional network that knows the digits 0 to 4, adapted to 5 to 9: LoCon, and blocks put between its stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from survey.bench.methods import build_methods
from survey.bench.models.backbones import load_cnn
from survey.bench.models.inserted import Inserted
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.tasks.image import build_majority, learn_stills, load_stills

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "locon": {"rank": 4},
    "se": {"reduction": 4},
    "swin": {"window": 4, "heads": 4},
}
# Stages and their channels: SE and attention within windows behind the first two, on maps of 8 x 8 and 4 x 4; the non-local block
# once, as its paper has few of them, where the map is widest.
PLACES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "se": (("stage1", 16), ("stage2", 32)),
    "swin": (("stage1", 16), ("stage2", 32)),
    "non-local": (("stage1", 16),),
}


@task
@dataclass(frozen=True)
class ImageCNN:
    name: ClassVar[str] = "image-cnn"
    title: ClassVar[str] = "Handwritten digits 5 to 9 anywhere on a canvas, by a small CNN that was trained on 0 to 4"
    measures: ClassVar[tuple[Measure, ...]] = (Measure("accuracy"),)
    rows: ClassVar[tuple[str, ...]] = ("majority", "linear", "full")
    rates: ClassVar[tuple[float, ...]] = (2e-3, 6e-3, 2e-2)
    steps: ClassVar[int] = 300
    notes: ClassVar[tuple[str, ...]] = (
        "se and swin stand behind the first two stages, the non-local block behind the first: new blocks in a frozen network",
        "se starts at half of what passes it, the others at nothing added",
    )

    def methods(self) -> tuple[str, ...]:
        return ("locon", "bitfit", *PLACES, *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_cnn(seed, limits, tick)
        load_stills(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        if method == "majority":
            return build_majority(load_stills(seed))
        model = load_cnn(seed, limits, tick)
        methods = build_methods(method, SETTINGS)
        return learn_stills(model, methods, put_between(methods), rate or self.rates[0], seed, limits, tick)


def put_between(methods: Sequence[Any]) -> list[Any]:
    """The methods as they are injected: a block behind its stages, an adapter as it is."""
    return [Inserted(one, PLACES[one.name]) if one.name in PLACES else one for one in methods]
