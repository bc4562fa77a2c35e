"""Lists to rank, with what is right known: each item's grade is cut from its utility, which the features tell in part.

The utility of an item is linear in the features that say something, with one product of two of them; every list has a level of its
own on top, as queries have many good answers or none; what is graded is that with noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

ITEMS = 20
TELLING = 6  # features that say something
EMPTY = 14  # features of noise
GRADES = (0.5, 0.7, 0.85, 0.95)  # quantiles of the utility between the grades 0 to 4: half of the items are irrelevant
NOISE = 0.5  # of the grading, in standard deviations of a list's utility
LEVEL = 1.0  # of whole lists, likewise


@dataclass(frozen=True)
class Lists:
    """`features` (lists, ITEMS, TELLING + EMPTY), `relevance` (lists, ITEMS) from 0 to 4, `utility` without noise (lists, ITEMS)"""

    features: Tensor
    relevance: Tensor
    utility: Tensor

    def __getitem__(self, rows: Tensor | slice) -> Lists:
        return Lists(self.features[rows], self.relevance[rows], self.utility[rows])

    def to(self, device: str) -> Lists:
        return Lists(self.features.to(device), self.relevance.to(device), self.utility.to(device))


def build_lists(count: int, seed: int) -> Lists:
    """`count` lists of one world, that of `seed`"""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(TELLING, generator=generator)
    weights = weights / weights.norm()
    features = torch.randn(count, ITEMS, TELLING + EMPTY, generator=generator)
    told = features[..., :TELLING]
    utility = told @ weights + 0.5 * told[..., 0] * told[..., 1]
    graded = utility + NOISE * torch.randn(count, ITEMS, generator=generator)
    graded = graded + LEVEL * torch.randn(count, 1, generator=generator)
    bounds = torch.quantile(graded.flatten()[:100_000], torch.tensor(GRADES))
    return Lists(features, torch.bucketize(graded, bounds).float(), utility)
