"""The training loop: questions drawn from the library, against the vectors of all of its papers at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from corpus.report import Progress
from corpus.tuning.pairs import Example, Sampler
from corpus.tuning.student import Student

TEMPERATURE = 0.05
# The share of the training in which the rate rises; then it falls to nothing in a straight line.
WARM_UP = 0.06
_CLIP = 1.0


@dataclass(frozen=True)
class Pace:
    """What a device can do: `minutes` that are enough there, the questions a step, and the highest learning rate."""

    minutes: float
    batch: int
    learning_rate: float


_CPU, _GPU = Pace(15.0, 64, 5e-4), Pace(1.0, 512, 1e-3)


def pace_of(device: str) -> Pace:
    """On a GPU larger steps, and a higher rate with them: 512 questions take 1.5 times as long there as 64, on an H100."""
    return _GPU if device.startswith("cuda") else _CPU


@dataclass(frozen=True)
class Limit:
    """When to stop: after so many `steps`, or (None) at the first step that ends after so many `seconds`."""

    steps: int | None
    seconds: float

    def spent(self, steps: int, seconds: float) -> float:
        """The share of the limit that is used up, 1 at its end."""
        return steps / self.steps if self.steps else seconds / self.seconds


def fit(
    student: Student,
    documents: Tensor,
    sampler: Sampler,
    limit: Limit,
    batch: int,
    progress: Progress,
    *,
    learning_rate: float = _CPU.learning_rate,
) -> int:
    """Train the student's update; returns the steps done.

    `documents` (n, d) are the vectors that questions are compared with, unit rows on the student's device; they stay as they are.
    The loss is cross entropy over all n of them (InfoNCE: van den Oord et al. 2018, arXiv:1807.03748), so that the hardest
    wrong papers are always there; papers that an example calls unclear are left out of its sum.
    """
    parameters = student.parameters()
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0.01)
    started, done, spent = time.monotonic(), 0, 0.0
    while spent < 1:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * rate(spent)
        loss = loss_of(student, documents, sampler.draw(batch))
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(parameters, _CLIP)
        optimizer.step()
        done += 1
        seconds = time.monotonic() - started
        spent = limit.spent(done, seconds)
        if limit.steps:
            progress("Training (steps)", done, limit.steps)
        else:
            progress("Training (seconds)", min(round(seconds), round(limit.seconds)), round(limit.seconds))
    return done


def loss_of(student: Student, documents: Tensor, examples: Sequence[Example]) -> Tensor:
    """The mean loss of the examples, a number."""
    scores = student.encode([one.text for one in examples]) @ documents.T / TEMPERATURE  # (batch, n)
    unclear = [(row, other) for row, one in enumerate(examples) for other in sorted(one.unclear)]
    if unclear:
        rows, columns = torch.tensor(unclear, device=scores.device).T
        scores = scores.index_put((rows, columns), scores.new_tensor(-torch.inf))
    return cross_entropy(scores, torch.tensor([one.right for one in examples], device=scores.device))


def rate(spent: float) -> float:
    """The share of the learning rate at this share of the training: up to 1, then down to nearly 0."""
    return min(1.0, 0.02 + spent / WARM_UP) if spent < WARM_UP else max(0.02, (1 - spent) / (1 - WARM_UP))
