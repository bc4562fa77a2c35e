"""Exact scaled-dot-product attention, beside which the approximations stand: Vaswani et al. 2017, section 3.2.1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class ExactAttention:
    """softmax(Q K^T / sqrt(d)) V, by torch's own fused kernel: time grows with the square of the length, memory need not."""

    name: ClassVar[str] = "exact-attention"
    kind: ClassVar[str] = "attention"
    title: ClassVar[str] = "Scaled-dot-product attention"
    paper: ClassVar[str] = "Attention Is All You Need (2017), arXiv:1706.03762"
    section: ClassVar[str] = "3.2.1 Scaled Dot-Product Attention"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("sequences",)

    def parameter_count(self, length: int, heads: int, width: int) -> int:
        """Of one layer: none; the projections belong to the model around it."""
        return 0

    def build(self, length: int, heads: int, width: int) -> nn.Module:
        """`width` is that of one head."""
        return _Exact()


class _Exact(nn.Module):  # type: ignore[misc]
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Each (batch, heads, length, width) -> (batch, heads, length, width)"""
        return F.scaled_dot_product_attention(query, key, value)
