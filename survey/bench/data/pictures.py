"""Pictures as a detector leaves them: regions with features and boxes, tags, and a word of what is said about them.

The features of a thing are those of its kind, drawn once a world, in much noise. The tags are words for the three things, in no
order and wrong now and then: they do not tell which region is what, but what to expect. The words name one of the things.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from survey.probes.oscar import box_geometry

THINGS = 24  # kinds of things, each with a word of its own
REGIONS = 3  # in a picture
PAD, CLS, SEP, FIRST = 0, 1, 2, 3  # ids; those of the things from FIRST on
VOCABULARY = FIRST + THINGS
FEATURES = 2048
SCALE = FEATURES**-0.5  # of the features: kinds of length 1, so that the six numbers of the box count beside them
NOISE = 12.0  # of a region's features, in standard deviations of the kinds'
MISTAKEN = 0.15  # of the tags


@dataclass(frozen=True)
class Pictures:
    """`words` [CLS] thing [SEP] (n, 3), `tags` tag tag tag [SEP] (n, 4), `regions` (n, 3, 2054), and what each region shows, from 0
    to THINGS - 1, `answers` (n, 3)
    """

    words: Tensor
    tags: Tensor
    regions: Tensor
    answers: Tensor

    def __getitem__(self, rows: Tensor | slice) -> Pictures:
        return Pictures(self.words[rows], self.tags[rows], self.regions[rows], self.answers[rows])

    def to(self, device: str) -> Pictures:
        return Pictures(*(value.to(device) for value in (self.words, self.tags, self.regions, self.answers)))


def build_pictures(count: int, seed: int) -> Pictures:
    """`count` pictures of one world, that of `seed`, each of three different things"""
    generator = torch.Generator().manual_seed(seed)
    kinds = torch.randn(THINGS, FEATURES, generator=generator)
    things = torch.rand(count, THINGS, generator=generator).argsort(1)[:, :REGIONS]
    begin, end = (torch.full((count, 1), token) for token in (CLS, SEP))
    named = things.gather(1, torch.randint(REGIONS, (count, 1), generator=generator))
    words = torch.cat([begin, named + FIRST, end], 1)
    wrong = torch.rand(count, REGIONS, generator=generator) < MISTAKEN
    seen = torch.where(wrong, torch.randint(THINGS, things.shape, generator=generator), things)
    seen = seen.gather(1, torch.rand(count, REGIONS, generator=generator).argsort(1))
    tags = torch.cat([seen + FIRST, end], 1)
    features = SCALE * (kinds[things] + NOISE * torch.randn(count, REGIONS, FEATURES, generator=generator))
    return Pictures(words, tags, torch.cat([features, draw_boxes(count, generator)], -1), things)


def draw_boxes(count: int, generator: torch.Generator) -> Tensor:
    """(count, REGIONS, 6): anywhere in pictures of 100 x 100"""
    ends = 100 * torch.rand(count, REGIONS, 2, 2, generator=generator).sort(-1).values  # of both axes
    return box_geometry(ends.transpose(-2, -1).flatten(2), 100, 100)  # left, top, right, bottom
