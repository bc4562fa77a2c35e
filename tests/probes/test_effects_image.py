"""Adapting a frozen network beats reading it: over three seeds, each with a backbone and splits of its own.

Those of the transformer take longer: `python benchmarks/probe_effects.py`.
"""

from __future__ import annotations

import torch
from limits import no_tick

from survey.bench.task import Limits
from survey.bench.tasks.image_cnn import ImageCNN

STEPS, RATE = 120, 6e-3


def accuracies(seed: int, *methods: str) -> list[float]:
    limits = Limits(STEPS, float("inf"))
    return [ImageCNN().learn(method, RATE, seed, limits, no_tick).scores["accuracy"] for method in methods]


def test_low_rank_convolutions_beat_the_linear_probe() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for seed in range(3):
            linear, locon = accuracies(seed, "linear", "locon")
            assert locon > linear + 0.07, seed
            assert linear > 0.35  # what the frozen features hold is more than the fifth that guessing gets
    finally:
        torch.set_num_threads(threads)
