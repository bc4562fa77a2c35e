"""Three teachers of the digits, of whom none knows all: each was trained on six or seven of the ten, and every digit is known to
two. What a teacher never saw it takes for something that it knows, and is sure of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.bench.data.digits import EDGE, Labelled, Splits, split_digits
from survey.bench.task import Limits, Tick
from survey.bench.training import index_batches, train

KNOWN = ((0, 1, 2, 3, 4, 5, 6), (3, 4, 5, 6, 7, 8, 9), (0, 1, 2, 7, 8, 9))
CLASSES = 10
WIDTH = 64
STEPS, BATCH, RATE = 200, 32, 1e-2
NOBODY = float("inf")


@dataclass(frozen=True)
class School:
    """`splits` of all ten digits, and what the teachers say of the images to learn from: logits (teachers, images, 10)"""

    splits: Splits
    says: Tensor
    accuracy: float  # of the mean of their chances, on the test


def build_classifier(width: int) -> nn.Module:
    """Images (n, 8, 8) -> logits (n, 10)"""
    return nn.Sequential(nn.Flatten(), nn.Linear(EDGE * EDGE, width), nn.ReLU(), nn.Linear(width, CLASSES))


def knows(labels: Tensor) -> Tensor:
    """Whether each teacher knows each digit: (n,) -> 0/1 (teachers, n)"""
    table = torch.zeros(len(KNOWN), CLASSES, device=labels.device)
    for row, known in zip(table, KNOWN, strict=True):
        row[list(known)] = 1
    return table[:, labels]


def train_teacher(known: tuple[int, ...], images: Labelled, seed: int, tick: Tick) -> nn.Module:
    """A classifier that has seen the digits `known` alone."""
    own = images.take(torch.isin(images.labels, torch.tensor(known)).nonzero().flatten())
    torch.manual_seed(seed)
    teacher = build_classifier(WIDTH)
    train(
        teacher,
        index_batches(len(own), BATCH, seed),
        lambda chosen: F.cross_entropy(teacher(own.inputs[chosen]), own.labels[chosen]),
        list(teacher.parameters()),
        RATE,
        Limits(STEPS, NOBODY),
        tick,
    )
    return teacher


_SCHOOLS: dict[int, School] = {}


def load_school(seed: int, tick: Tick = lambda done, planned: None) -> School:
    """The teachers of a seed, trained where they are not yet: some seconds. On the CPU, so that they are the same everywhere."""
    if seed not in _SCHOOLS:
        splits = split_digits(tuple(range(CLASSES)), seed)
        teachers = [train_teacher(known, splits.train, 10 * seed + n, tick) for n, known in enumerate(KNOWN)]
        with torch.no_grad():
            says = torch.stack([teacher(splits.train.inputs) for teacher in teachers])
            mean = torch.stack([teacher(splits.test.inputs).softmax(-1) for teacher in teachers]).mean(0)
        right = float((mean.argmax(1) == splits.test.labels).float().mean())
        _SCHOOLS[seed] = School(splits, says, right)
    return _SCHOOLS[seed]
