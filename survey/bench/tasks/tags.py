"""What do regions of a picture show: words, object tags and regions in one sequence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.pictures import FIRST, REGIONS, THINGS, VOCABULARY, Pictures, build_pictures
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.errors import ProbeError
from survey.probes.oscar import OscarInput

TRAIN, VALIDATION, TEST = 400, 200, 600
BATCH = 32
WIDTH, LAYERS, HEADS = 64, 2, 4
LONGEST = 12


@task
@dataclass(frozen=True)
class Tags:
    """One small BERT for all, without pre-training; only what it gets to see differs: `no-tags` words and regions, `no-regions`
    words and tags, `shuffled-tags` the tags of another picture. Tags and words do not tell one region from another: a third at
    most is right by them alone.
    """

    name: ClassVar[str] = "tags"
    title: ClassVar[str] = (
        "Name what each of three noisy regions shows, given tags of the picture that are wrong 15 times in 100"
    )
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy"),
        Measure("accuracy, tag there"),
        Measure("accuracy, tag missing"),
    )
    rows: ClassVar[tuple[str, ...]] = ("majority", "no-tags", "shuffled-tags", "no-regions")
    reference: ClassVar[str] = "no-tags"
    rates: ClassVar[tuple[float, ...]] = (3e-4, 1e-3, 3e-3)
    steps: ClassVar[int] = 300

    def methods(self) -> tuple[str, ...]:
        return ("oscar", *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_splits(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, ("oscar",), self.rows)
        learning, validation, test = (split.to(limits.device) for split in load_splits(seed))
        if own == "majority":
            common = int(learning.answers.flatten().mode().values)
            always = [torch.full_like(split.answers, common) for split in (validation, test)]
            return build_trial(always[0], always[1], validation, test)
        with settings_in_words(own):
            model = build_model(own if isinstance(own, OscarInput) else OscarInput(), seed).to(limits.device)
        seen = view(learning, own, seed)
        done = train(
            model,
            index_batches(TRAIN, BATCH, seed),
            lambda chosen: F.cross_entropy(model(seen[chosen]).flatten(0, 1), learning.answers[chosen].flatten()),
            list(model.parameters()),
            rate or self.rates[0],
            limits,
            tick,
        )
        with torch.no_grad():
            said = [model(view(split, own, seed)).argmax(-1) for split in (validation, test)]
        count = build_count(model, list(model.inputs.regions.parameters()))
        return build_trial(said[0], said[1], validation, test, count, done)


@lru_cache(maxsize=5)
def load_splits(seed: int) -> tuple[Pictures, Pictures, Pictures]:
    pictures = build_pictures(TRAIN + VALIDATION + TEST, seed)
    return pictures[:TRAIN], pictures[TRAIN : TRAIN + VALIDATION], pictures[TRAIN + VALIDATION :]


def view(pictures: Pictures, row: Any, seed: int) -> Pictures:
    """What the row gets to see: zeros are left out by the mask."""
    tags, regions = pictures.tags, pictures.regions
    if row == "no-tags":
        tags = torch.zeros_like(tags)
    if row == "no-regions":
        regions = torch.zeros_like(regions)
    if row == "shuffled-tags":
        step = 1 + int(torch.randint(len(tags) - 1, (1,), generator=torch.Generator().manual_seed(seed)))
        tags = tags.roll(step, 0)
    return Pictures(pictures.words, tags, regions, pictures.answers)


class Matcher(nn.Module):  # type: ignore[misc]
    """Oscar's input, the layers of a small BERT, and yes or no from [CLS]."""

    def __init__(self, method: OscarInput) -> None:
        super().__init__()
        from transformers import BertConfig, BertModel

        config = BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=2 * WIDTH,
            max_position_embeddings=LONGEST,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        bert = BertModel(config, add_pooling_layer=False)
        self.inputs, self.encoder = method.build(bert.embeddings, WIDTH), bert.encoder
        self.head = nn.Linear(WIDTH, THINGS)

    def forward(self, pictures: Pictures) -> Tensor:
        """-> (batch, regions, things)"""
        seen = pictures.regions.abs().sum(-1) > 0  # (batch, regions)
        masks = tuple(part.to(torch.long) for part in (pictures.words > 0, pictures.tags > 0, seen))
        inputs, mask = self.inputs(pictures.words, pictures.tags, pictures.regions, masks)
        # (batch, tokens) -> (batch, 1, 1, tokens), to be added to what attention scores
        hidden = (1.0 - mask[:, None, None].to(inputs.dtype)) * torch.finfo(inputs.dtype).min
        return self.head(self.encoder(inputs, hidden).last_hidden_state[:, -REGIONS:])


def build_model(method: OscarInput, seed: int) -> Matcher:
    """Raises ProbeError for regions of another width than a detector's."""
    if method.region_width != OscarInput().region_width:
        what = f"regions of {method.region_width} numbers"
        raise ProbeError(what, f"The pictures of this task have {OscarInput().region_width}")
    torch.manual_seed(seed)
    return Matcher(method)


def build_trial(
    found: Tensor,
    said: Tensor,
    validation: Pictures,
    test: Pictures,
    count: dict[str, int] | None = None,
    steps: int = 0,
) -> Trial:
    """From the things that are named in the validation and the test pictures, (pictures, regions) each. A tag is missing where the
    detector took the thing for another; rows see it or not.
    """
    right = said == test.answers
    tagged = (test.answers[..., None] + FIRST == test.tags[:, None, :REGIONS]).any(-1)  # (pictures, regions)
    scores = {
        "accuracy": float(right.float().mean()),
        "accuracy, tag there": float(right[tagged].float().mean()),
        "accuracy, tag missing": float(right[~tagged].float().mean()),
    }
    return Trial(float((found == validation.answers).float().mean()), scores, count or {}, steps)
