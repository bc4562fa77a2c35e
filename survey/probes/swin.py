"""Swin, attention within windows that are shifted in every other layer: Liu et al. 2021, arXiv:2103.14030, section 3.2.

softmax(Q K^T / sqrt(d) + B) V within windows of M x M, B from a table of the (2M - 1)^2 relative positions a head. The map is
rolled by the shift, so a window at the seam holds parts that are no neighbours: a mask of -100 keeps them apart.
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
class SwinAttention:
    """`shifted`: by half a window. A map that fits into one window is neither divided nor shifted."""

    window: int = 7
    heads: int = 4
    shifted: bool = True

    name: ClassVar[str] = "swin"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "Swin shifted-window attention"
    paper: ClassVar[str] = (
        "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows (2021), arXiv:2103.14030"
    )
    section: ClassVar[str] = "3.2 Shifted Window based Self-Attention"
    formula: ClassVar[str] = "4 d^2 + 4 d + (2M - 1)^2 heads"
    tasks: ClassVar[tuple[str, ...]] = ("image-cnn",)

    def parameter_count(self, width: int) -> int:
        return 4 * width**2 + 4 * width + (2 * self.window - 1) ** 2 * self.heads

    def build(self, width: int) -> nn.Module:
        """Raises ValueError for heads that do not divide the width, or an empty window."""
        if self.heads < 1 or width % self.heads:
            raise ValueError(f"a width of {width} in {self.heads} heads: take a number that divides it")
        if self.window < 1:
            raise ValueError(f"a window of {self.window}: take 1 or more")
        return _Windows(self, width)


class _Windows(nn.Module):  # type: ignore[misc]
    positions: Tensor

    def __init__(self, method: SwinAttention, width: int) -> None:
        super().__init__()
        self.method, size = method, method.window
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.table = nn.Parameter(torch.empty((2 * size - 1) ** 2, method.heads))
        nn.init.trunc_normal_(self.table, std=0.02)
        places = torch.cartesian_prod(torch.arange(size), torch.arange(size))  # (M M, 2)
        apart = places[:, None] - places[None] + size - 1  # (M M, M M, 2), from 0 to 2M - 2
        self.register_buffer("positions", apart[..., 0] * (2 * size - 1) + apart[..., 1], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, height, width, d) -> the same; padded below and to the right where the window does not divide the map"""
        batch, height, width, d = x.shape
        size, heads = self.method.window, self.method.heads
        x = F.pad(x, (0, 0, 0, -width % size, 0, -height % size))
        tall, wide = x.shape[1:3]
        # A side that one window covers has no second window to exchange with.
        shift = [size // 2 if self.method.shifted and side > size else 0 for side in (tall, wide)]
        x = divide(x.roll([-s for s in shift], (1, 2)), size)  # (batch, windows, M M, d)
        windows = x.shape[1]
        query, key, value = (
            self.qkv(x).view(batch, windows, size * size, 3, heads, d // heads).permute(3, 0, 1, 4, 2, 5)
        )
        bias = self.table[self.positions].permute(2, 0, 1)  # (M M, M M, heads) -> (heads, M M, M M)
        if any(shift):
            bias = bias + self._seams(tall, wide, shift).unsqueeze(1)  # (windows, heads, M M, M M)
        x = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        x = self.out(
            x.transpose(2, 3).flatten(3)
        )  # (batch, windows, heads, M M, d / heads) -> (batch, windows, M M, d)
        x = join(x, size, tall, wide).roll(shift, (1, 2))
        return x[:, :height, :width]

    def _seams(self, tall: int, wide: int, shift: list[int]) -> Tensor:
        """-100 where two places of a window were no neighbours before the roll: (windows, M M, M M)"""
        sides = []
        for side, by in zip((tall, wide), shift, strict=True):
            place = torch.arange(side, device=self.table.device)
            sides.append((place >= side - self.method.window).long() + (place >= side - by).long())
        region = (3 * sides[0][:, None] + sides[1][None]).view(1, tall, wide, 1)
        parts = divide(region, self.method.window).squeeze(0).squeeze(-1)  # (windows, M M)
        return -100.0 * (parts[:, None] != parts[:, :, None]).to(self.table.dtype)


def divide(x: Tensor, size: int) -> Tensor:
    """(batch, height, width, d) -> (batch, windows, size size, d)"""
    batch, height, width, d = x.shape
    x = x.view(batch, height // size, size, width // size, size, d).transpose(2, 3)
    return x.reshape(batch, -1, size * size, d)


def join(x: Tensor, size: int, height: int, width: int) -> Tensor:
    """(batch, windows, size size, d) -> (batch, height, width, d)"""
    batch, _, _, d = x.shape
    x = x.view(batch, height // size, width // size, size, size, d).transpose(2, 3)
    return x.reshape(batch, height, width, d)
