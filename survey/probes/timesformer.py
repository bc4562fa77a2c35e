"""TimeSformer's divided attention, first over time, then over space: Bertasius et al. 2021, arXiv:2102.05095, section 3.

x += W MSA_t(LN_t(x)) over the frames of each place, patches only; x += MSA(LN1(x)) over the places of each frame with the
class token, which attends once in every frame and takes the mean; x += MLP(LN2(x)). The time part is new: its weights are not
those over space.
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
class DividedAttention:
    """`zero_start`: W starts at zero, so that the block starts as that of the image model. (The published code does so in all
    layers but the first.)
    """

    heads: int = 12
    zero_start: bool = True

    name: ClassVar[str] = "timesformer"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "TimeSformer divided attention"
    paper: ClassVar[str] = "Is Space-Time Attention All You Need for Video Understanding? (2021), arXiv:2102.05095"
    section: ClassVar[str] = "3 (divided space-time attention)"
    formula: ClassVar[str] = "2 d + (4 d^2 + 4 d) + (d^2 + d) per layer, beside the image model's"
    tasks: ClassVar[tuple[str, ...]] = ("video",)

    def parameter_count(self, width: int, layers: int = 1) -> int:
        """Of the time part alone."""
        return layers * (2 * width + 4 * width**2 + 4 * width + width**2 + width)

    def build(self, norm1: nn.Module, attention: nn.Module, norm2: nn.Module, mlp: nn.Module, width: int) -> nn.Module:
        """Around the parts of a block of an image model, each (batch, tokens, d) -> (batch, tokens, d), the class token first.

        Raises ValueError for heads that do not divide the width.
        """
        if self.heads < 1 or width % self.heads:
            raise ValueError(f"a width of {width} in {self.heads} heads: take a number that divides it")
        return _Divided(self, (norm1, attention, norm2, mlp), width)


class _OverTime(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv, self.out, self.last = nn.Linear(width, 3 * width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(n, frames, d) -> (n, frames, d), what is added"""
        # (n, frames, 3 d) -> (3, n, heads, frames, d / heads)
        query, key, value = self.qkv(self.norm(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(query, key, value)
        return self.last(
            self.out(attended.transpose(1, 2).flatten(2))
        )  # (n, heads, frames, d / heads) -> (n, frames, d)


class _Divided(nn.Module):  # type: ignore[misc]
    def __init__(self, method: DividedAttention, parts: tuple[nn.Module, ...], width: int) -> None:
        super().__init__()
        self.norm1, self.attention, self.norm2, self.mlp = parts
        self.time = _OverTime(width, method.heads)
        if method.zero_start:
            nn.init.zeros_(self.time.last.weight)
            nn.init.zeros_(self.time.last.bias)

    def forward(self, first: Tensor, patches: Tensor) -> tuple[Tensor, Tensor]:
        """The class token (batch, d), patches (batch, frames, places, d) -> the same sizes"""
        batch, frames, places, d = patches.shape
        across = patches.transpose(1, 2).reshape(batch * places, frames, d)  # -> (batch places, frames, d)
        patches = patches + self.time(across).view(batch, places, frames, d).transpose(1, 2)
        whole = torch.cat(
            [first[:, None, None].expand(-1, frames, 1, -1), patches], 2
        )  # (batch, frames, 1 + places, d)
        attended = self.attention(self.norm1(whole.flatten(0, 1))).view_as(whole)
        first = first + attended[:, :, 0].mean(1)
        patches = patches + attended[:, :, 1:]
        tokens = torch.cat([first[:, None], patches.flatten(1, 2)], 1)  # (batch, 1 + frames places, d)
        tokens = tokens + self.mlp(self.norm2(tokens))
        return tokens[:, 0], tokens[:, 1:].view(batch, frames, places, d)
