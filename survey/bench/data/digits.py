"""Handwritten digits, as scikit-learn bundles them: 1,797 images of 8 x 8. Backbones learn 0 to 4, methods adapt them to 5 to 9.

Each is put somewhere on a wider canvas, whose edges are joined: then a small model that never saw the other digits has
something to learn, and a moving digit needs no wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

SIDE = 16  # of a canvas, in pixels
EDGE = 8  # of a digit
KNOWN = (0, 1, 2, 3, 4)
NEW = (5, 6, 7, 8, 9)


@dataclass(frozen=True)
class Labelled:
    """Inputs (n, ..) and their classes (n,), counted from 0."""

    inputs: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: Tensor) -> Labelled:
        """Those at the indices `chosen`."""
        return Labelled(self.inputs[chosen], self.labels[chosen])

    def to(self, device: str | torch.device) -> Labelled:
        return Labelled(self.inputs.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Splits:
    train: Labelled
    validation: Labelled
    test: Labelled


@lru_cache(maxsize=1)
def load_digits() -> Labelled:
    """All of them: images (1797, 8, 8) of 0..1, labels 0..9."""
    from sklearn import datasets

    bunch = datasets.load_digits()
    return Labelled(torch.tensor(bunch.images / 16, dtype=torch.float32), torch.tensor(bunch.target))


def split_digits(digits: tuple[int, ...], seed: int, validation: float = 0.2, test: float = 0.35) -> Splits:
    """Images (n, 8, 8) of these digits, labelled by their place in `digits`; of each digit the same shares, drawn by `seed`."""
    whole, generator = load_digits(), torch.Generator().manual_seed(seed)
    parts: tuple[list[Tensor], ...] = ([], [], [])
    for digit in digits:
        members = (whole.labels == digit).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=generator)]
        first, second = round(validation * len(members)), round((validation + test) * len(members))
        for part, chosen in zip(parts, (members[second:], members[:first], members[first:second]), strict=True):
            part.append(chosen)
    classes = torch.full((10,), -1)
    classes[list(digits)] = torch.arange(len(digits))
    train, check, held_out = (torch.cat(part) for part in parts)
    return Splits(*(Labelled(whole.inputs[i], classes[whole.labels[i]]) for i in (train, check, held_out)))


def put_on_canvas(images: Tensor, down: Tensor, right: Tensor, side: int = SIDE) -> Tensor:
    """Images (n, 8, 8) and where their upper left corners go, (n,) each -> (n, side, side), joined at the edges."""
    steps = torch.arange(side, device=images.device)
    rows = (steps - down[:, None]) % side  # (n, side): which row of the image is here, EDGE and more where none is
    columns = (steps - right[:, None]) % side
    padded = torch.nn.functional.pad(images, (0, side - EDGE, 0, side - EDGE))  # (n, 8, 8) -> (n, side, side)
    return padded[torch.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]


def put_anywhere(images: Tensor, generator: torch.Generator, side: int = SIDE) -> Tensor:
    """Images (n, 8, 8) -> (n, 1, side, side), each at a place of its own."""
    down, right = torch.randint(side, (2, len(images)), generator=generator)
    return put_on_canvas(images, down, right, side).unsqueeze(1)
