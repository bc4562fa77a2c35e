"""AdapterFusion on the bench: two adapters first, each on a task of its own, and then what chooses between them.

Its tasks share the digits with the one that is measured: 5, 6 and 7 apart, and 7, 8 and 9. What the first stage takes is in the
method's time, and its adapters are among what is stored.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn

from survey.bench.adapting import Lesson, build_head, learn_classes
from survey.bench.data.digits import Labelled
from survey.bench.methods import Stack
from survey.bench.task import Limits, Tick
from survey.probes import inject
from survey.probes.adapters import Pfeiffer

NAME = "adapter-fusion"
GROUPS = ((0, 1, 2), (2, 3, 4))  # classes of the two tasks
NOTE = "a first stage trained its two adapters, on 5, 6, 7 and on 7, 8, 9: in its time, not in what it trains"
# Of a training's steps and time, what each adapter gets.
SHARE = 0.25


def learn_adapters(
    load: Callable[[], nn.Module],
    lesson: Lesson,
    pfeiffer: Pfeiffer,
    rate: float,
    seed: int,
    limits: Limits,
    tick: Tick,
    folder: Path,
) -> list[str]:
    """Files in `folder`, one for each of `GROUPS`. `load` gives the frozen model anew, which stays as it is."""
    files = []
    for n, classes in enumerate(GROUPS):
        now = time.monotonic()
        short = dataclasses.replace(
            limits, steps=max(1, round(SHARE * limits.steps)), deadline=now + SHARE * (limits.deadline - now)
        )
        model = load()
        torch.manual_seed(seed)
        probe = inject(model, pfeiffer, build_head(model.width, len(classes), seed, limits.device))
        learn_classes(
            Stack([probe]), dataclasses.replace(lesson, data=_only(lesson.data, classes)), rate, seed, short, tick
        )
        probe.save(path := folder / f"adapter-{n}.safetensors")
        files.append(str(path))
    return files


def _only(data: Labelled, classes: Sequence[int]) -> Labelled:
    """The examples of `classes`, counted from 0."""
    chosen = data.take(torch.isin(data.labels, torch.tensor(classes)).nonzero().flatten())
    return Labelled(chosen.inputs, torch.searchsorted(torch.tensor(classes), chosen.labels))
