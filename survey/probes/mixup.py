"""mixup, training on weighted means of two examples and of their labels: Zhang et al. 2017, arXiv:1710.09412, section 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class Mixup:
    """x = lambda x_i + (1 - lambda) x_j, likewise the labels, one lambda ~ Beta(alpha, alpha) a batch."""

    alpha: float = 0.2

    name: ClassVar[str] = "mixup"
    kind: ClassVar[str] = "augmentation"
    title: ClassVar[str] = "mixup"
    paper: ClassVar[str] = "mixup: Beyond Empirical Risk Minimization (2017), arXiv:1710.09412"
    section: ClassVar[str] = "2 From empirical risk minimization to mixup"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("imbalanced",)

    def __call__(self, x: Tensor, labels: Tensor, classes: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """x (batch, ..), integers (batch,) -> the mixed x, and targets (batch, classes) that cross-entropy takes as they are.

        Raises ValueError for an alpha that is not positive. The generator is one of the CPU.
        """
        if self.alpha <= 0:
            raise ValueError(f"mixup with an alpha of {self.alpha}: take one above 0, or leave mixup out")
        weight = draw_beta(self.alpha, generator)
        other = torch.randperm(len(x), generator=generator).to(x.device)
        targets = F.one_hot(labels, classes).to(x.dtype)
        return weight * x + (1 - weight) * x[other], weight * targets + (1 - weight) * targets[other]


def draw_beta(alpha: float, generator: torch.Generator) -> float:
    """One number from Beta(alpha, alpha); torch.distributions would draw from the global state."""
    first, second = torch._standard_gamma(torch.full((2,), alpha, dtype=torch.float64), generator=generator).tolist()
    # A small alpha may give two zeros, in the limit of which either end is as likely.
    return float(first / (first + second)) if first + second else float(torch.rand(1, generator=generator) < 0.5)
