"""SE, squeeze and excitation, attention over channels: Hu et al. 2018, arXiv:1709.01507, section 3.

x <- x * sigmoid(W_2 relu(W_1 mean(x))), the mean over all places, W_1 (C / r, C), W_2 (C, C / r).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class SqueezeExcitation:
    """The paper's count, 2 C^2 / r, is that without biases."""

    reduction: int = 16
    bias: bool = False

    name: ClassVar[str] = "se"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "SE channel attention"
    paper: ClassVar[str] = "Squeeze-and-Excitation Networks (2018), arXiv:1709.01507"
    section: ClassVar[str] = "3 Squeeze-and-Excitation Blocks"
    formula: ClassVar[str] = "2 C C/r (+ C/r + C with biases)"
    tasks: ClassVar[tuple[str, ...]] = ("image-cnn",)

    def parameter_count(self, channels: int) -> int:
        inner = channels // self.reduction
        return 2 * channels * inner + (inner + channels if self.bias else 0)

    def build(self, channels: int) -> nn.Module:
        """Raises ValueError where no channel is left."""
        if not 1 <= self.reduction <= channels:
            raise ValueError(f"{channels} channels divided by {self.reduction}: take a reduction from 1 to {channels}")
        return _Excitation(channels, channels // self.reduction, self.bias)


class _Excitation(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int, inner: int, bias: bool) -> None:
        super().__init__()
        first, second = nn.Linear(channels, inner, bias=bias), nn.Linear(inner, channels, bias=bias)
        self.gate = nn.Sequential(first, nn.ReLU(), second, nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        """(batch, C, *places) -> (batch, C, *places)"""
        gate = self.gate(x.flatten(2).mean(2))  # (batch, C, *places) -> (batch, C)
        return x * gate.view(*gate.shape, *[1] * (x.dim() - 2))  # (batch, C) -> (batch, C, 1, ..)
