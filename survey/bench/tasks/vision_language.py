"""Prompts learned for a frozen pair of encoders, and what they are worth for classes that they were not learned on."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from survey.bench.adapting import settings_of
from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.captions import COLOURS, CORNERS, END, START, build_scenes, class_name
from survey.bench.data.digits import Labelled, split_digits
from survey.bench.methods import build_methods
from survey.bench.models.backbones import Recipe, load_backbone
from survey.bench.models.dual_encoder import JOINT, DualEncoder, contrastive_loss
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.coop import CoOp, cosine_logits
from survey.probes.errors import ProbeError

ENCODERS = Recipe("caption-encoders", steps=500, rate=3e-3, version=1)
METHODS = ("coop", "cocoop")
SETTINGS: Mapping[str, Mapping[str, Any]] = {"coop": {"length": 4}, "cocoop": {"length": 4, "reduction": 4}}
TEMPLATE = "a photo of a"  # where the contexts start, and what the row without training says
CONTRAST, NOISE = 0.6, 0.15  # of the images to be classified: the encoders were trained on clearer ones
SHOTS, CHECKED, TESTED = 16, 5, 10  # images of a class: to learn from, to choose the rate by, to measure
BATCH = 8


@dataclass(frozen=True)
class Half:
    """Classes, by name, and images of them (n, 3, side, side) with labels (n,)."""

    names: tuple[str, ...]
    train: Labelled
    validation: Labelled
    test: Labelled


@task
@dataclass(frozen=True)
class VisionLanguage:
    name: ClassVar[str] = "vision-language"
    title: ClassVar[str] = (
        "Colour and digit of dim images, by prompts learned on half of the classes: base and new ones"
    )
    measures: ClassVar[tuple[Measure, ...]] = (Measure("harmonic mean"), Measure("base"), Measure("new"))
    rows: ClassVar[tuple[str, ...]] = ("zero-shot", "full")
    reference: ClassVar[str] = "zero-shot"
    rates: ClassVar[tuple[float, ...]] = (2e-3, 1e-2, 5e-2)
    steps: ClassVar[int] = 150
    notes: ClassVar[tuple[str, ...]] = (
        "the rate is chosen on base classes: the new ones are not known before the end",
    )

    def methods(self) -> tuple[str, ...]:
        return (*METHODS, *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_encoders(seed, limits, tick)
        load_halves(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, METHODS, self.rows)
        if not isinstance(own, str):
            own = build_methods(method, SETTINGS)[0]
        encoders, halves = load_encoders(seed, limits, tick), load_halves(seed)
        torch.manual_seed(seed)
        with settings_in_words(own):
            classifiers = [build_classifier(own, encoders, half.names) for half in halves]
        done = 0
        if own != "zero-shot":
            done = learn_base(classifiers[0], halves[0].train, rate or self.rates[0], seed, limits, tick)
            classifiers[1].load_state_dict(classifiers[0].state_dict())
        validation = classifiers[0].score(halves[0].validation, limits.device)
        base, new = (one.score(half.test, limits.device) for one, half in zip(classifiers, halves, strict=True))
        scores = {"harmonic mean": 2 * base * new / max(base + new, 1e-9), "base": base, "new": new}
        trained = [value for value in classifiers[0].parameters() if value.requires_grad]
        count = build_count(None, trained, sum(value.numel() for value in trained)) if done else {}
        return Trial(validation, scores, count, done, config={} if isinstance(own, str) else settings_of([own]))


class Classifier(nn.Module):  # type: ignore[misc]
    """Images (n, 3, side, side) -> scores (n, classes). `prompts` maps features of images to scores; without it, the names stand
    behind the words of the template.
    """

    def __init__(self, encoders: DualEncoder, names: tuple[str, ...], prompts: nn.Module | None) -> None:
        super().__init__()
        self.encoders, self.prompts = encoders, prompts
        self.texts = [f"{TEMPLATE} {name} ." for name in names]

    def forward(self, images: Tensor) -> Tensor:
        seen, scale = self.encoders.image(images), self.encoders.log_scale
        return (
            self.prompts(seen, scale)
            if self.prompts
            else cosine_logits(seen, self.encoders.text.read(self.texts), scale)
        )

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def score(self, part: Labelled, device: str) -> float:
        """The share of images that are classified rightly."""
        found = [self(images.to(device)).argmax(-1).cpu() for images in part.inputs.split(32)]
        return float((torch.cat(found) == part.labels).float().mean())


def build_classifier(own: Any, encoders: DualEncoder, names: tuple[str, ...]) -> Classifier:
    """With encoders of its own, which are trained in the row `full` alone. Raises ProbeError."""
    encoders = copy.deepcopy(encoders).requires_grad_(own == "full")
    if isinstance(own, str):
        return Classifier(encoders, names, None)
    if getattr(own, "per_class", False):
        raise ProbeError("a context for each class says nothing of new classes", "Leave per_class out")
    text = encoders.text
    start, template, end = (text.embed(words).detach() for words in (START, TEMPLATE, f". {END}"))
    known = [text.embed(name).detach() for name in names]
    # A context of another length has no words to start from.
    start_from = template if own.length == len(template) else None
    more = (start_from,) if isinstance(own, CoOp) else (JOINT, start_from)
    return Classifier(encoders, names, own.build(start, known, end, text, *more).to(start.device))


def learn_base(model: Classifier, data: Labelled, rate: float, seed: int, limits: Limits, tick: Tick) -> int:
    """Train what in `model` can be, on images of the base classes; returns the steps done."""

    def loss(chosen: Tensor) -> Tensor:
        return functional.cross_entropy(
            model(data.inputs[chosen].to(limits.device)), data.labels[chosen].to(limits.device)
        )

    parameters = [value for value in model.parameters() if value.requires_grad]
    return train(model, index_batches(len(data), BATCH, seed), loss, parameters, rate, limits, tick)


@lru_cache(maxsize=4)
def load_halves(seed: int) -> tuple[Half, Half]:
    """Base and new classes, every other one of a chequerboard of colours and digits: each colour and digit is in both."""
    digits, generator = split_digits(tuple(range(10)), seed), torch.Generator().manual_seed(1000 + seed)
    halves = []
    for parity in (0, 1):
        pairs = [(c, d) for c in range(len(COLOURS)) for d in range(10) if (c + d) % 2 == parity]
        few = draw_images(digits.validation, pairs, SHOTS + CHECKED, generator)
        test = draw_images(digits.test, pairs, TESTED, generator)
        first = torch.arange(len(few)) % (SHOTS + CHECKED) < SHOTS
        names = tuple(class_name(colour, digit) for colour, digit in pairs)
        halves.append(Half(names, few.take(first), few.take(~first), test))
    return halves[0], halves[1]


def draw_images(digits: Labelled, pairs: list[tuple[int, int]], count: int, generator: torch.Generator) -> Labelled:
    """`count` dim images of each pair of colour and digit, labelled by its place among `pairs`, in their order."""
    chosen = []
    for _, digit in pairs:
        members = (digits.labels == digit).nonzero().flatten()
        chosen.append(members[torch.randperm(len(members), generator=generator)[:count]])
    colours = torch.tensor([colour for colour, _ in pairs]).repeat_interleave(count)
    corners = torch.randint(len(CORNERS), (len(colours),), generator=generator)
    scenes = build_scenes(digits.take(torch.cat(chosen)), colours, corners, generator, CONTRAST, NOISE)
    return Labelled(scenes.images, torch.arange(len(pairs)).repeat_interleave(count))


def load_encoders(seed: int, limits: Limits, tick: Tick) -> DualEncoder:
    """Trained on clear images of digits that are in no other split, and their captions."""
    return load_backbone(ENCODERS, DualEncoder, pretrain_on_captions, seed, limits, tick)


def pretrain_on_captions(model: DualEncoder, recipe: Recipe, seed: int, limits: Limits, tick: Tick) -> None:
    digits = split_digits(tuple(range(10)), seed).train
    generator = torch.Generator().manual_seed(seed)

    def loss(chosen: Tensor) -> Tensor:
        colours = torch.randint(len(COLOURS), (len(chosen),), generator=generator)
        corners = torch.randint(len(CORNERS), (len(chosen),), generator=generator)
        scenes = build_scenes(digits.take(chosen), colours, corners, generator)
        begin = [
            "" if coin else "a photo of " for coin in torch.randint(2, (len(chosen),), generator=generator).tolist()
        ]
        texts = [f"{first}{caption}" for first, caption in zip(begin, scenes.captions(), strict=True)]
        return contrastive_loss(model(scenes.images.to(limits.device), texts))

    train(
        model, index_batches(len(digits), recipe.batch, seed), loss, list(model.parameters()), recipe.rate, limits, tick
    )
