"""Linformer, attention with keys and values projected along the sequence: Wang et al. 2020, arXiv:2006.04768, section 4.

softmax(Q (E K)^T / sqrt(d)) F V with E, F (rank, length): time and memory grow with the length, no longer with its square. E and F
are learned, shared by the heads ("headwise sharing" in the paper), and tie the layer to a longest length.
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
class Linformer:
    rank: int = 64

    name: ClassVar[str] = "linformer"
    kind: ClassVar[str] = "attention"
    title: ClassVar[str] = "Linformer attention"
    paper: ClassVar[str] = "Linformer: Self-Attention with Linear Complexity (2020), arXiv:2006.04768"
    section: ClassVar[str] = "4 Model"
    formula: ClassVar[str] = "2 rank length per layer"
    tasks: ClassVar[tuple[str, ...]] = ("sequences",)

    def parameter_count(self, length: int, heads: int, width: int) -> int:
        """Of one layer, for sequences of up to `length`."""
        return 2 * self.rank * length

    def build(self, length: int, heads: int, width: int) -> nn.Module:
        """`width` is that of one head. Raises ValueError for a rank that is none, or longer than the sequence."""
        if not 1 <= self.rank <= length:
            raise ValueError(f"a rank of {self.rank} for a length of {length}: take one from 1 to {length}")
        return _Linformer(length, self.rank)


class _Linformer(nn.Module):  # type: ignore[misc]
    def __init__(self, length: int, rank: int) -> None:
        super().__init__()
        # The variance 1 / rank is that of the random projections in the paper's proof.
        self.project_key = nn.Parameter(torch.randn(rank, length) * rank**-0.5)
        self.project_value = nn.Parameter(torch.randn(rank, length) * rank**-0.5)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Each (batch, heads, n, width) with n up to `length` -> (batch, heads, n, width)"""
        n, longest = key.shape[-2], self.project_key.shape[1]
        if n > longest:
            raise ValueError(f"a sequence of {n} for projections of {longest}: build them longer, or cut the sequence")
        key = self.project_key[:, :n] @ key  # (rank, n) (.., n, width) -> (.., rank, width)
        value = self.project_value[:, :n] @ value
        return F.scaled_dot_product_attention(query, key, value)
