"""TSM, channels shifted along time: Lin et al. 2019, arXiv:1811.08383, section 3.

Of C channels the first C / `divisor` take the value of the next frame, as many after them that of the frame before; zeros come
in at the ends. It costs nothing, and lets a model of single frames see the order. Within a residual branch, x + f(shift(x)),
the frame itself is kept ("residual shift", section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class TSM:
    divisor: int = 8

    name: ClassVar[str] = "tsm"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "Temporal shift module"
    paper: ClassVar[str] = "TSM: Temporal Shift Module for Efficient Video Understanding (2019), arXiv:1811.08383"
    section: ClassVar[str] = "3 Temporal Shift Module, 3.3 residual shift"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("video",)

    def parameter_count(self) -> int:
        return 0

    def __call__(self, x: Tensor, dim: int = 2) -> Tensor:
        """(batch, frames, ..) with the channels in dimension `dim` -> the same size; `x` is left as it is.

        Raises ValueError where fewer channels than `divisor`, or more than half of them, would be shifted each way.
        """
        fold = x.shape[dim] // self.divisor if self.divisor >= 2 else 0
        if fold < 1:
            raise ValueError(
                f"{x.shape[dim]} channels divided by {self.divisor}: take a divisor from 2 to {x.shape[dim]}"
            )
        earlier, later, rest = x.split([fold, fold, x.shape[dim] - 2 * fold], dim)
        earlier = torch.cat([earlier[:, 1:], torch.zeros_like(earlier[:, :1])], 1)
        later = torch.cat([torch.zeros_like(later[:, :1]), later[:, :-1]], 1)
        return torch.cat([earlier, later, rest], dim)

    def build(self, branch: Callable[[Tensor], Tensor], frames: int, dim: int = 1) -> nn.Module:
        """A residual branch of single frames, (batch frames, ..) with the channels in `dim`, that now sees its neighbours."""
        return _Shifted(self, branch, frames, dim)


class _Shifted(nn.Module):  # type: ignore[misc]
    def __init__(self, method: TSM, branch: Callable[[Tensor], Tensor], frames: int, dim: int) -> None:
        super().__init__()
        self.method, self.branch, self.frames, self.dim = method, branch, frames, dim

    def forward(self, x: Tensor) -> Tensor:
        """(batch frames, ..) -> (batch frames, ..): what the branch adds, the sum being its caller's"""
        dim = self.dim + 1 if self.dim >= 0 else self.dim
        shifted = self.method(x.unflatten(0, (-1, self.frames)), dim)  # (batch frames, ..) -> (batch, frames, ..)
        return self.branch(shifted.flatten(0, 1))
