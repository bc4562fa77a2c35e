"""Few images and their captions: a pair of encoders learns to find one by the other, with and without mixing pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from survey.bench.adapting import settings_of
from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.captions import COLOURS, CORNERS, Scenes, build_scenes
from survey.bench.data.digits import Labelled, split_digits
from survey.bench.models.dual_encoder import DualEncoder, contrastive_loss
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.mixgen import MixGen

PAIRS = 512  # to learn from
BATCH = 64
METHODS = ("mixgen",)


@task
@dataclass(frozen=True)
class Retrieval:
    """Every one of the 240 captions belongs to one image of the test split. `blind` guesses; `none` mixes nothing."""

    name: ClassVar[str] = "retrieval"
    title: ClassVar[str] = (
        "Find the image of a caption among 240, and the caption of an image: encoders trained on 512 pairs"
    )
    measures: ClassVar[tuple[Measure, ...]] = (Measure("recall@1"), Measure("text to image"), Measure("image to text"))
    rows: ClassVar[tuple[str, ...]] = ("blind", "none")
    reference: ClassVar[str] = "none"
    rates: ClassVar[tuple[float, ...]] = (1e-3, 3e-3, 1e-2)
    steps: ClassVar[int] = 300

    def methods(self) -> tuple[str, ...]:
        return (*METHODS, *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_pairs(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, METHODS, self.rows)
        learning, validation, test = load_pairs(seed)
        if own == "blind":
            chance = 1 / len(test)
            return Trial(chance, {measure.name: chance for measure in self.measures})
        torch.manual_seed(seed)
        model = DualEncoder().to(limits.device)
        texts = learning.captions()

        def loss(chosen: Tensor) -> Tensor:
            images, said = learning.images[chosen].to(limits.device), [texts[n] for n in chosen.tolist()]
            return contrastive_loss(model(*own(images, said)) if isinstance(own, MixGen) else model(images, said))

        batches = index_batches(len(learning), BATCH, seed)
        with settings_in_words(own):
            done = train(model, batches, loss, list(model.parameters()), rate or self.rates[0], limits, tick)
        settings = {} if isinstance(own, str) else settings_of([own])
        checked = judge(model, validation, limits.device)["recall@1"]
        return Trial(checked, judge(model, test, limits.device), build_count(model), done, config=settings)


@torch.no_grad()  # type: ignore[untyped-decorator]
def judge(model: DualEncoder, pairs: Scenes, device: str) -> dict[str, float]:
    """Shares of captions whose own image scores highest, of images whose own caption does, and the mean of both."""
    scores = model(pairs.images.to(device), pairs.captions())
    right = torch.arange(len(pairs), device=scores.device)
    found, told = (float((one.argmax(1) == right).float().mean()) for one in (scores.T, scores))
    return {"recall@1": (found + told) / 2, "text to image": found, "image to text": told}


@lru_cache(maxsize=4)
def load_pairs(seed: int) -> tuple[Scenes, Scenes, Scenes]:
    """To learn from, drawn at random; to choose the rate by and to measure: one image of every caption, of other digits."""
    digits, generator = split_digits(tuple(range(10)), seed), torch.Generator().manual_seed(1000 + seed)
    chosen = torch.randperm(len(digits.train), generator=generator)[:PAIRS]
    colours, corners = (torch.randint(len(of), (PAIRS,), generator=generator) for of in (COLOURS, CORNERS))
    learning = build_scenes(digits.train.take(chosen), colours, corners, generator)
    return learning, draw_all(digits.validation, generator), draw_all(digits.test, generator)


def draw_all(digits: Labelled, generator: torch.Generator) -> Scenes:
    """One image of each colour, digit and corner."""
    every = torch.cartesian_prod(torch.arange(len(COLOURS)), torch.arange(10), torch.arange(len(CORNERS)))
    colours, wanted, corners = every.unbind(1)
    members = [(digits.labels == digit).nonzero().flatten() for digit in range(10)]
    chosen = [members[n][torch.randint(len(members[n]), (1,), generator=generator)] for n in wanted.tolist()]
    return build_scenes(digits.take(torch.cat(chosen)), colours, corners, generator)
