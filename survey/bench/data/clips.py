"""Moving digits: clips of one digit that goes left or right across a canvas without an edge.

Every clip stands beside its own reversal, with the other direction for a label: whoever does not see the order of the frames
says the same of both, and is right about the direction of exactly one of them.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from survey.bench.data.digits import NEW, SIDE, Labelled, Splits, put_on_canvas, split_digits

FRAMES = 12
STARTS = 3  # clips of each digit to learn from
CLASSES = 2 * len(NEW)


@lru_cache(maxsize=4)
def load_clips(seed: int) -> Splits:
    """Digits 5 to 9. Inputs (n, FRAMES, 1, side, side); a clip's class is twice its digit's, and one more where it goes right."""
    splits, generator = split_digits(NEW, seed), torch.Generator().manual_seed(1000 + seed)
    return Splits(
        build_clips(splits.train, STARTS, generator),
        build_clips(splits.validation, 1, generator),
        build_clips(splits.test, 1, generator),
    )


def build_clips(digits: Labelled, starts: int, generator: torch.Generator) -> Labelled:
    """From images (n, 8, 8): 2 n `starts` clips, the second half of them the reversals of the first."""
    images, labels = digits.inputs.repeat(starts, 1, 1), digits.labels.repeat(starts)
    down, right = torch.randint(SIDE, (2, len(images)), generator=generator)
    goes_right = torch.randint(2, (len(images),), generator=generator)
    step = 2 * goes_right - 1  # pixels a frame
    frames = [put_on_canvas(images, down, (right + n * step) % SIDE) for n in range(FRAMES)]
    clips = torch.stack(frames, 1).unsqueeze(2)  # (n, FRAMES, side, side) -> (n, FRAMES, 1, side, side)
    return Labelled(
        torch.cat([clips, clips.flip(1)]), torch.cat([2 * labels + goes_right, 2 * labels + 1 - goes_right])
    )


def judge(predicted: Tensor, labels: Tensor) -> dict[str, float]:
    """Shares of clips of which all is right, the direction, and the digit."""
    return {
        "accuracy": float((predicted == labels).float().mean()),
        "direction": float((predicted % 2 == labels % 2).float().mean()),
        "digit": float((predicted // 2 == labels // 2).float().mean()),
    }
