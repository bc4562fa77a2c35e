"""Training a method on texts with labels: batches of like lengths, one head, and what is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from survey.bench.data.texts import Texts, TextSplits
from survey.bench.methods import Defaults, Stack, build_methods, inject_methods
from survey.bench.models.encoders import Encoder
from survey.bench.scores import balanced_accuracy
from survey.bench.task import Limits, Tick, Trial
from survey.bench.training import index_batches, train
from survey.probes.files import config_of

# Batches whose texts are sorted by length together: enough to be nearly without padding, few enough to stay well mixed.
_POOL = 8
# Texts a step of what is only read.
_READ = 64

Rows = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Split:
    """Token ids of texts, and their labels (texts,)."""

    rows: tuple[list[int], ...]
    labels: Tensor


@dataclass(frozen=True)
class Reading:
    """A problem: three splits, classes, and how they are read. `features` (texts, width) of the frozen model, by split."""

    encoder: Encoder
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    features: Mapping[str, Tensor]
    batch: int


def build_reading(encoder: Encoder, splits: TextSplits, longest: int, batch: int, device: str) -> Reading:
    """Texts as token ids, and what the frozen model makes of them: all that a linear probe needs."""

    def split(texts: Texts) -> Split:
        return Split(tuple(encoder.encode(texts.texts, longest)), torch.tensor(texts.labels))

    parts = {name: split(getattr(splits, name)) for name in ("train", "validation", "test")}
    frozen = inject_methods(encoder.model, build_methods("linear"), nn.Identity())
    try:
        features = {name: read(frozen, encoder, part.rows, device) for name, part in parts.items()}
    finally:
        frozen.remove()
    return Reading(encoder, classes=splits.classes, features=features, batch=batch, **parts)


def learn_reading(
    reading: Reading, spec: str, defaults: Defaults, rate: float, seed: int, limits: Limits, tick: Tick
) -> Trial:
    """Put the methods of `spec` into the encoder, train them with a head, measure, and take them out again."""
    if spec == "majority":
        return _majority(reading)
    methods = build_methods(spec, defaults)
    torch.manual_seed(seed)
    head = build_head(reading.encoder.width, len(reading.classes)).to(limits.device)
    if spec == "linear":
        return _linear(reading, head, rate, seed, limits, tick)
    stack = inject_methods(reading.encoder.model, methods, head)
    try:
        labels = reading.train.labels.to(limits.device)

        def loss(chosen: Tensor) -> Tensor:
            ids, mask = reading.encoder.pad([reading.train.rows[n] for n in chosen], limits.device)
            return functional.cross_entropy(stack(input_ids=ids, attention_mask=mask), labels[chosen])

        batches = batches_by_length(reading.train.rows, reading.batch, seed)
        steps = train(stack, batches, loss, stack.parameters(), rate, limits, tick)
        made = {
            name: read(stack, reading.encoder, split.rows, limits.device)
            for name, split in (("validation", reading.validation), ("test", reading.test))
        }
        return _trial(reading, made, stack.count(), steps, {one.name: config_of(one) for one in methods})
    finally:
        stack.remove()


def build_head(width: int, classes: int) -> nn.Module:
    """The same for every method. Features are brought to one scale first, so that a rate means the same on every backbone."""
    return nn.Sequential(nn.LayerNorm(width, elementwise_affine=False), nn.Linear(width, classes))


def batches_by_length(rows: Rows, size: int, seed: int) -> Iterator[Tensor]:
    """Indices (size,), the order decided by `seed`; texts of one batch are about as long as each other."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.tensor([len(row) for row in rows])
    for pool in index_batches(len(rows), size * _POOL, seed):
        ordered = pool[lengths[pool].argsort(stable=True)].split(size)
        for n in torch.randperm(len(ordered), generator=generator).tolist():
            yield ordered[n]


@torch.no_grad()  # type: ignore[untyped-decorator]
def read(stack: Stack, encoder: Encoder, rows: Rows, device: str) -> Tensor:
    """What comes out for each text, in their order, on the CPU."""
    order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
    found: list[Tensor] = []
    for begin in range(0, len(order), _READ):
        ids, mask = encoder.pad([rows[n] for n in order[begin : begin + _READ]], device)
        found.append(stack(input_ids=ids, attention_mask=mask).float().cpu())
    back = torch.empty(len(order), dtype=torch.int64)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(found)[back]


def _linear(reading: Reading, head: Any, rate: float, seed: int, limits: Limits, tick: Tick) -> Trial:
    features, labels = reading.features["train"].to(limits.device), reading.train.labels.to(limits.device)

    def loss(chosen: Tensor) -> Tensor:
        return functional.cross_entropy(head(features[chosen]), labels[chosen])

    batches = batches_by_length(reading.train.rows, reading.batch, seed)
    steps = train(head, batches, loss, list(head.parameters()), rate, limits, tick)
    with torch.no_grad():
        made = {name: head(reading.features[name].to(limits.device)).cpu() for name in ("validation", "test")}
    size = sum(value.numel() for value in head.parameters())
    count = {"method": 0, "norm": 0, "head": size, "total": size, "stored": size}
    note = "the frozen model reads each text once, and not in the time that is shown"
    return _trial(reading, made, count, steps, {"linear": {}}, (note,))


def _majority(reading: Reading) -> Trial:
    """The class that most training texts have, for all."""
    counts = torch.bincount(reading.train.labels, minlength=len(reading.classes))
    made = {
        name: counts.expand(len(split.labels), -1)
        for name, split in (("validation", reading.validation), ("test", reading.test))
    }
    return _trial(reading, made, {}, 0, {})


def _trial(
    reading: Reading,
    made: Mapping[str, Tensor],
    count: Mapping[str, int],
    steps: int,
    config: Mapping[str, Any],
    notes: tuple[str, ...] = (),
) -> Trial:
    """From logits (texts, classes) of the two splits."""
    right = (made["test"].argmax(1) == reading.test.labels).float().mean()
    scores = {
        "accuracy": float(right),
        "balanced accuracy": balanced_accuracy(made["test"].argmax(1), reading.test.labels, len(reading.classes)),
    }
    validation = float((made["validation"].argmax(1) == reading.validation.labels).float().mean())
    return Trial(validation, scores, count, steps, notes, config)
