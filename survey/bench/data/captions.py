"""Coloured digits in the corners of a canvas, and what there is to say of them: "a red three at the top left"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from survey.bench.data.digits import EDGE, SIDE, Labelled, put_on_canvas

COLOURS = {
    "red": (1.0, 0.1, 0.1),
    "green": (0.1, 0.9, 0.1),
    "blue": (0.2, 0.3, 1.0),
    "yellow": (0.9, 0.9, 0.1),
    "purple": (0.8, 0.1, 0.9),
    "white": (1.0, 1.0, 1.0),
}
NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CORNERS = ("top left", "top right", "bottom left", "bottom right")
START, END = "<start>", "<end>"
WORDS = (
    *(START, END, ".", "a", "at", "the", "photo", "of", "top", "bottom", "left", "right"),
    *COLOURS,
    *NUMERALS,
)
_NUMBERS = {word: n for n, word in enumerate(WORDS)}


@dataclass(frozen=True)
class Scenes:
    """Images (n, 3, side, side), and of each which colour, digit and corner it shows, (n,) each."""

    images: Tensor
    colours: Tensor
    digits: Tensor
    corners: Tensor

    def __len__(self) -> int:
        return len(self.digits)

    def take(self, chosen: Tensor) -> Scenes:
        return Scenes(self.images[chosen], self.colours[chosen], self.digits[chosen], self.corners[chosen])

    def captions(self) -> list[str]:
        things = zip(self.colours.tolist(), self.digits.tolist(), self.corners.tolist(), strict=True)
        return [f"a {class_name(colour, digit)} at the {CORNERS[corner]}" for colour, digit, corner in things]


def class_name(colour: int, digit: int) -> str:
    return f"{tuple(COLOURS)[colour]} {NUMERALS[digit]}"


def build_scenes(
    digits: Labelled,
    colours: Tensor,
    corners: Tensor,
    generator: torch.Generator,
    contrast: float = 1.0,
    noise: float = 0.05,
) -> Scenes:
    """Of images (n, 8, 8) labelled 0..9, as many colours and corners; times `contrast`, with normal noise."""
    room = SIDE - EDGE
    plain = put_on_canvas(digits.inputs, room * (corners // 2), room * (corners % 2))  # (n, side, side)
    paint = torch.tensor(list(COLOURS.values()))[colours]  # (n, 3)
    images = contrast * paint[:, :, None, None] * plain[:, None]
    images = images + noise * torch.randn(images.shape, generator=generator)
    return Scenes(images, colours, digits.labels, corners)


def number_words(texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Numbers of the words, (n, longest), START before and END behind them, zeros behind the shorter ones, and where END is, (n,).

    Raises KeyError for a word that is none of `WORDS`.
    """
    rows = [torch.tensor([_NUMBERS[word] for word in (START, *text.split(), END)]) for text in texts]
    return pad_sequence(rows, batch_first=True), torch.tensor([len(row) - 1 for row in rows])
