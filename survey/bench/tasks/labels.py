"""Detection data sets with label spaces of their own, learned from as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.boxes import ASKED, CONCEPTS, DATASETS, MEANINGS, WIDTH, Boxes, build_splits, covers, shown_by
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.label_spaces import LabelMerging, LabelSpace

TRAIN, VALIDATION, TEST = 900, 600, 1200
BATCH = 64

ROWS = ("random", "concatenation", "by-name", "no-mask", "oracle")


@task
@dataclass(frozen=True)
class Labels:
    """One classifier of boxes with a yes-no output a class; what differs is the classes, and what counts as a negative.
    `concatenation` puts the three label spaces side by side, `by-name` joins what is spelled alike, `no-mask` merges meanings
    but takes the lack of a box for a negative, `oracle` merges them and has every box annotated.
    """

    name: ClassVar[str] = "labels"
    title: ClassVar[str] = (
        "Learn from three data sets of boxes whose label spaces overlap: synonyms, coarser names, homonyms"
    )
    measures: ClassVar[tuple[Measure, ...]] = (Measure("mAP"), Measure("mAP, one source"), Measure("F1"))
    rows: ClassVar[tuple[str, ...]] = ROWS
    rates: ClassVar[tuple[float, ...]] = (3e-3, 1e-2, 3e-2)
    steps: ClassVar[int] = 200

    def methods(self) -> tuple[str, ...]:
        return ("label-merging", *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_splits(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, ("label-merging",), self.rows)
        learning, validation, test = (split.to(limits.device) for split in load_splits(seed))
        if own == "random":
            generator = torch.Generator().manual_seed(seed)
            blind = [torch.rand(len(split.concepts), len(ASKED), generator=generator) for split in (validation, test)]
            return build_trial(blind[0], validation, blind[1], test)
        space = build_space(own)
        targets, counted = build_targets(space, learning, whole=own == "oracle", masked=isinstance(own, LabelMerging))
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(WIDTH, 48), nn.ReLU(), nn.Linear(48, len(space.classes))).to(limits.device)

        def loss(chosen: Tensor) -> Tensor:
            found = model(learning.features[chosen])  # (batch, classes)
            each = F.binary_cross_entropy_with_logits(found, targets[chosen], reduction="none")
            return each.masked_fill(~counted[chosen], 0.0).sum() / counted[chosen].sum().clamp_min(1)

        with settings_in_words(own):
            done = train(
                model,
                index_batches(TRAIN, BATCH, seed),
                loss,
                list(model.parameters()),
                rate or self.rates[0],
                limits,
                tick,
            )
        with torch.no_grad():
            found = [answer(space, model(split.features).float().sigmoid()).cpu() for split in (validation, test)]
        notes = (f"{len(space.classes)} classes, {len(space.dropped)} dropped",)
        return build_trial(found[0], validation, found[1], test, build_count(model), done, notes)


@lru_cache(maxsize=5)
def load_splits(seed: int) -> list[Boxes]:
    return build_splits((TRAIN, VALIDATION, TEST), seed)


def build_space(method: LabelMerging | str) -> LabelSpace:
    """The classes that are learned: of the rows as of the method."""
    if isinstance(method, LabelMerging):
        return method.merge(MEANINGS)
    if method in ("no-mask", "oracle"):
        return LabelMerging().merge(MEANINGS)
    alone = method == "concatenation"
    named = {
        dataset: {name: [f"{dataset} {name}" if alone else name] for name in classes}
        for dataset, classes in MEANINGS.items()
    }
    return LabelMerging().merge(named)


def build_targets(space: LabelSpace, boxes: Boxes, *, whole: bool, masked: bool) -> tuple[Tensor, Tensor]:
    """Yes or no, and whether it counts in the loss, both (boxes, classes). With `whole` everything is annotated, and not only
    what the box's data set does; what counts is then all, and so it is where nothing is `masked`.
    """
    table = torch.zeros(len(DATASETS), len(CONCEPTS), len(space.classes))
    for column, members in enumerate(space.classes):
        for dataset, name in members:
            places = range(len(DATASETS)) if whole else [DATASETS.index(dataset)]
            for place in places:
                table[place, [CONCEPTS.index(concept) for concept in shown_by(dataset, name)], column] = 1
    targets = table.to(boxes.features.device)[boxes.datasets, boxes.concepts]  # (boxes, classes)
    if not masked:
        return targets, torch.ones_like(targets, dtype=torch.bool)
    known = torch.stack([space.known(dataset) for dataset in DATASETS]).to(targets.device)  # (data sets, classes)
    return targets, known[boxes.datasets] | (targets > 0)


def answer(space: LabelSpace, found: Tensor) -> Tensor:
    """For each meaning that is asked the largest of the classes that hold it: (boxes, classes) -> (boxes, asked); 0 where there
    is none
    """
    columns = []
    for meaning in ASKED:
        holding = [
            column
            for column, members in enumerate(space.classes)
            if any(meaning in MEANINGS[dataset][name] for dataset, name in members)
        ]
        columns.append(found[:, holding].amax(1) if holding else torch.zeros_like(found[:, 0]))
    return torch.stack(columns, 1)


def build_truth(boxes: Boxes) -> Tensor:
    """Whether each box is what is asked, (boxes, asked)"""
    table = torch.tensor([[concept in covers(meaning) for meaning in ASKED] for concept in CONCEPTS])
    return table[boxes.concepts.cpu()]


def mean_precision(found: Tensor, truth: Tensor, columns: Sequence[int]) -> float:
    """Average precision of each of the columns, averaged"""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth[:, columns].numpy(), found[:, columns].numpy(), average="macro"))


def build_trial(
    found: Tensor,
    validation: Boxes,
    tested: Tensor,
    test: Boxes,
    count: dict[str, int] | None = None,
    steps: int = 0,
    notes: tuple[str, ...] = (),
) -> Trial:
    """From chances of the validation and the test boxes, (boxes, asked) each."""
    truth, said = build_truth(test), tested > 0.5
    sources = [
        sum(meaning in given for classes in MEANINGS.values() for given in classes.values()) for meaning in ASKED
    ]
    both, either = (said & truth).sum(0), said.sum(0) + truth.sum(0)  # (asked,)
    scores = {
        "mAP": mean_precision(tested, truth, range(len(ASKED))),
        "mAP, one source": mean_precision(tested, truth, [n for n, count in enumerate(sources) if count == 1]),
        "F1": float((2 * both / either.clamp_min(1)).mean()),
    }
    best = mean_precision(found, build_truth(validation), range(len(ASKED)))
    return Trial(best, scores, count or {}, steps, notes)
