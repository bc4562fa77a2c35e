"""Which way a digit goes: who is blind to the order of frames is right about half, and shifted channels see it.

The backbone is trained for a few steps only, which is enough for the direction, and too little for the digits. Three seeds of the
whole task take longer: `python benchmarks/probe_effects.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import torch

from survey.bench.models import backbones
from survey.bench.task import Limits
from survey.bench.tasks.video import Video

RATE = 1e-2


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(backbones, "VIT", dataclasses.replace(backbones.VIT, steps=150))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def direction(method: str, seed: int, steps: int) -> float:
    trial = Video().learn(method, RATE, seed, Limits(steps, float("inf")), lambda done, planned: None)
    return trial.scores["direction"]


def test_shifted_channels_tell_the_direction_and_single_frames_never_do() -> None:
    assert direction("tsm", 0, steps=180) > 0.9
    assert direction("aim-spatial", 0, steps=20) == 0.5
    assert direction("linear", 0, steps=40) == 0.5
