"""A small vision transformer that knows still digits 0 to 4, adapted to digits 5 to 9 that move left or right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from survey.bench.adapting import Adapted, Built, Draw, Lesson, build_head, learn_classes, predict, settings_of
from survey.bench.alone import settings_in_words
from survey.bench.data.clips import CLASSES, FRAMES, judge, load_clips
from survey.bench.methods import build_methods, inject_methods
from survey.bench.models.backbones import load_vit
from survey.bench.models.tiny_vit import TinyViT
from survey.bench.models.video_models import (
    EMBEDDING_SPREAD,
    Clips,
    FrameMean,
    build_aim,
    build_divided,
    build_frames,
    build_non_local,
    build_shifted,
)
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.tasks.image import ADAPTERS
from survey.bench.tasks.image import SETTINGS as STILL
from survey.bench.variants import Variants, spell_out
from survey.probes.errors import ComposeError, ProbeError
from survey.probes.tsn import TSN

BATCH = 32
SEGMENTS = 4
# Frames that are looked at: the middles of as many segments, which a reversal of the clip only turns round.
MIDDLES = TSN(SEGMENTS).frames(FRAMES)
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    **STILL,
    "aim": {"embedding_spread": EMBEDDING_SPREAD},
    "timesformer": {"heads": 4},
    "tsn": {"segments": SEGMENTS},
    "non-local": {"dimensions": 3},
}
VARIANTS: Variants = {
    "aim-spatial": ("aim", {"temporal": False, "joint": False}),
    "aim-temporal": ("aim", {"joint": False}),
    "aim-published": ("aim", {"embedding_spread": 0.0}),
}
BUILDERS: Mapping[str, Callable[..., Clips]] = {
    "tsn": build_frames,
    "aim": build_aim,
    "tsm": build_shifted,
    "timesformer": build_divided,
    "non-local": build_non_local,
}


@task
@dataclass(frozen=True)
class Video:
    name: ClassVar[str] = "video"
    title: ClassVar[str] = (
        "Which digit, 5 to 9, and whether it goes left or right: 4 frames, by a ViT of still digits 0 to 4"
    )
    measures: ClassVar[tuple[Measure, ...]] = (Measure("accuracy"), Measure("direction"), Measure("digit"))
    rows: ClassVar[tuple[str, ...]] = ("majority", "linear", "aim-spatial", "full")
    rates: ClassVar[tuple[float, ...]] = (2e-3, 6e-3, 2e-2)
    steps: ClassVar[int] = 300
    notes: ClassVar[tuple[str, ...]] = (
        "methods of frames alone, and their mean, cannot know the direction: .5 is their ceiling, and total accuracy theirs too",
        "tsm, tsn and non-local train AIM's spatial adapters too, timesformer its part over time; the last norm goes with each",
        "AIM's temporal embedding starts with a spread of .5; with the zero of its code (aim-published) frames start alike",
    )

    def methods(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*BUILDERS, *VARIANTS, *ADAPTERS, "peft", *self.rows]))

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_vit(seed, limits, tick)
        load_clips(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        splits = load_clips(seed)
        if method == "majority":
            guess = splits.train.labels.mode().values
            validation, test = (
                judge(guess.expand(len(part)), part.labels) for part in (splits.validation, splits.test)
            )
            return Trial(validation["accuracy"], test)
        image = load_vit(seed, limits, tick)
        head = build_head(image.width, CLASSES, seed, limits.device)
        torch.manual_seed(seed)
        methods = build_methods(spell_out(method, VARIANTS), SETTINGS)
        lesson = Lesson(splits.train, BATCH, draw_of(methods[0]))
        with settings_in_words(methods[0]):
            model = build_model(methods, image, head)
            done = learn_classes(model, lesson, rate or self.rates[0], seed, limits, tick)
        validation, test = (
            judge(predict(model, part.inputs[:, MIDDLES], limits.device), part.labels)
            for part in (splits.validation, splits.test)
        )
        return Trial(validation["accuracy"], test, model.count(), done, config=settings_of(methods))


def build_model(methods: Sequence[Any], image: TinyViT, head: nn.Linear) -> Adapted:
    """Clips (batch, SEGMENTS, 1, side, side) -> scores (batch, CLASSES). Raises ProbeError."""
    method = methods[0]
    if hasattr(method, "parts"):
        return inject_methods(FrameMean(image), methods, head)
    if len(methods) > 1:
        raise ComposeError(f"{method.name} is a model of its own here, and takes no other method", "Try it alone")
    if method.name not in BUILDERS:
        raise ProbeError(f"{method.name} cannot be tried on clips", "See `fourways probe tasks`")
    clips = BUILDERS[method.name](image, method, SEGMENTS)
    whole = nn.Sequential(clips, head)
    # TSN asks the model about single frames: clips of one each.
    built = Built(
        clips, head, method.build(nn.Sequential(nn.Unflatten(1, (1, 1)), whole)) if isinstance(method, TSN) else whole
    )
    built.to(head.weight.device)
    return built


def draw_of(method: Any) -> Draw:
    """Which frames a step of training sees: TSN draws one of each segment anew."""

    def draw(clips: Tensor, generator: torch.Generator) -> Tensor:
        return clips[:, method.frames(FRAMES, generator) if isinstance(method, TSN) else MIDDLES]

    return draw
