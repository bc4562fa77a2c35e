"""Nystrom attention, through landmarks of the sequence: Xiong et al. 2021, arXiv:2102.03902, section 3.

softmax(Q K~^T) Z softmax(Q~ K^T) V, where Q~ and K~ are means over segments and Z approaches the pseudo-inverse of
softmax(Q~ K~^T) by six steps of an iteration of order three (all with the usual 1 / sqrt(d)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class Nystrom:
    """`kernel` > 0 adds the paper's skip connection, a depth-wise convolution of the values along the sequence."""

    landmarks: int = 64
    iterations: int = 6
    kernel: int = 0

    name: ClassVar[str] = "nystrom"
    kind: ClassVar[str] = "attention"
    title: ClassVar[str] = "Nystrom attention"
    paper: ClassVar[str] = (
        "Nystromformer: A Nystrom-Based Algorithm for Approximating Self-Attention (2021), arXiv:2102.03902"
    )
    section: ClassVar[str] = "3 Nystrom approximation of self-attention"
    formula: ClassVar[str] = "heads kernel (0 without the convolution)"
    tasks: ClassVar[tuple[str, ...]] = ("sequences",)

    def parameter_count(self, length: int, heads: int, width: int) -> int:
        return heads * self.kernel

    def build(self, length: int, heads: int, width: int) -> nn.Module:
        """`width` is that of one head. Raises ValueError for landmarks that do not fit, or an even kernel."""
        if not 1 <= self.landmarks <= length:
            raise ValueError(f"{self.landmarks} landmarks for a length of {length}: take from 1 to {length}")
        if self.kernel and self.kernel % 2 == 0:
            raise ValueError(f"a kernel of {self.kernel} has no middle: take an odd one")
        return _Nystrom(self, heads)


def pseudo_inverse(matrix: Tensor, iterations: int) -> Tensor:
    """The iteration of the paper's equation 14: (.., m, m) -> (.., m, m), from A^T / (|A|_1 |A|_inf)."""
    size = matrix.abs()
    scale = size.sum(-2).amax(-1) * size.sum(-1).amax(-1)  # (..)
    result = matrix.transpose(-2, -1) / scale[..., None, None]
    one = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    for _ in range(iterations):
        product = matrix @ result
        result = 0.25 * result @ (13 * one - product @ (15 * one - product @ (7 * one - product)))
    return result


class _Nystrom(nn.Module):  # type: ignore[misc]
    def __init__(self, method: Nystrom, heads: int) -> None:
        super().__init__()
        self.method = method
        self.skip: nn.Module | None = None
        if method.kernel:
            pad = (method.kernel // 2, 0)
            self.skip = nn.Conv2d(heads, heads, (method.kernel, 1), padding=pad, groups=heads, bias=False)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Each (batch, heads, length, width) -> (batch, heads, length, width)"""
        landmarks = min(self.method.landmarks, query.shape[-2])
        query = query * query.shape[-1] ** -0.5
        # (batch, heads, length, width) -> (batch, heads, landmarks, width); segments overlap where the length does not divide
        few_queries = F.adaptive_avg_pool2d(query, (landmarks, query.shape[-1]))
        few_keys = F.adaptive_avg_pool2d(key, (landmarks, key.shape[-1]))
        left = (query @ few_keys.transpose(-2, -1)).softmax(-1)  # (.., length, landmarks)
        middle = (few_queries @ few_keys.transpose(-2, -1)).softmax(-1)  # (.., landmarks, landmarks)
        right = (few_queries @ key.transpose(-2, -1)).softmax(-1)  # (.., landmarks, length)
        result = left @ pseudo_inverse(middle, self.method.iterations) @ (right @ value)
        return result if self.skip is None else result + self.skip(value)
