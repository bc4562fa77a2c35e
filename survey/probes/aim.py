"""AIM, a frozen image transformer adapted to video: Yang et al. 2023, arXiv:2302.03024, section 3.

Within each block, all of it frozen but the adapters (d -> d / 4 -> d, GELU, the second matrix starting at zero):
x += T(MSA(LN1(x^T)))^T, attention over the frames of each place, by the same weights as over the places of each frame (temporal);
x += MSA(LN1(x)) + S(MSA(LN1(x))) (spatial); x += MLP(LN2(x)) + s J(LN2(x)) (joint).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.probes.registry import register

# LN1, attention, LN2, MLP of a block of the frozen model; each maps (batch, tokens, d) to the same size.
Parts = tuple[nn.Module, nn.Module, nn.Module, nn.Module]


@register
@dataclass(frozen=True)
class AIM:
    """`embedding_spread`: the standard deviation the temporal embedding starts with. The published code has zero; a small
    model that trains briefly needs more to find the order at all.
    """

    temporal: bool = True
    spatial: bool = True
    joint: bool = True
    reduction: int = 4
    scale: float = 0.5
    embedding_spread: float = 0.0

    name: ClassVar[str] = "aim"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "AIM: spatial, temporal and joint adaptation"
    paper: ClassVar[str] = "AIM: Adapting Image Models for Efficient Video Action Recognition (2023), arXiv:2302.03024"
    section: ClassVar[str] = "3 Methodology (spatial, temporal, joint adaptation)"
    formula: ClassVar[str] = "3 L (2 d m + d + m), m = d / 4, + T d for the temporal embedding"
    tasks: ClassVar[tuple[str, ...]] = ("video",)

    def parameter_count(self, width: int, layers: int, frames: int = 0) -> int:
        """Of the adapters; `frames` > 0 counts the temporal embedding too."""
        inner = width // self.reduction
        adapters = self.temporal + self.spatial + self.joint
        return adapters * layers * (2 * width * inner + width + inner) + frames * width

    def build(self, blocks: Sequence[Parts], width: int, frames: int) -> nn.Module:
        """The blocks are frozen, in place. Raises ValueError where an adapter would have no width."""
        if not 1 <= self.reduction <= width:
            raise ValueError(f"a width of {width} divided by {self.reduction}: take a reduction from 1 to {width}")
        return _AIM(self, blocks, width, frames)


class _Adapter(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(width, inner), nn.Linear(inner, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(.., d) -> (.., d), without a skip connection"""
        return self.up(F.gelu(self.down(x)))


class _Block(nn.Module):  # type: ignore[misc]
    def __init__(self, method: AIM, parts: Parts, width: int) -> None:
        super().__init__()
        self.scale = method.scale
        self.norm1, self.attention, self.norm2, self.mlp = (part.requires_grad_(False) for part in parts)
        inner = width // method.reduction
        wanted = {"temporal": method.temporal, "spatial": method.spatial, "joint": method.joint}
        self.adapters = nn.ModuleDict({name: _Adapter(width, inner) for name, on in wanted.items() if on})

    def forward(self, x: Tensor) -> Tensor:
        """(batch, frames, tokens, d) -> (batch, frames, tokens, d)"""
        if "temporal" in self.adapters:
            across = x.transpose(1, 2)  # (batch, tokens, frames, d)
            attended = self._attend(across)
            x = x + self.adapters["temporal"](attended).transpose(1, 2)
        attended = self._attend(x)
        if "spatial" in self.adapters:
            attended = attended + self.adapters["spatial"](attended)
        x = x + attended
        normed = self.norm2(x)
        out = self.mlp(normed)
        if "joint" in self.adapters:
            out = out + self.scale * self.adapters["joint"](normed)
        return x + out

    def _attend(self, x: Tensor) -> Tensor:
        """Over the third dimension: (batch, a, b, d) -> (batch, a, b, d)"""
        flat = x.flatten(0, 1)  # (batch, a, b, d) -> (batch a, b, d)
        return self.attention(self.norm1(flat)).view_as(x)


class _AIM(nn.Module):  # type: ignore[misc]
    def __init__(self, method: AIM, blocks: Sequence[Parts], width: int, frames: int) -> None:
        super().__init__()
        self.embedding = (
            nn.Parameter(torch.randn(frames, 1, width) * method.embedding_spread) if method.temporal else None
        )
        self.blocks = nn.ModuleList(_Block(method, parts, width) for parts in blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Embedded patches (batch, frames, tokens, d), before the first block -> the same size, after the last"""
        if self.embedding is not None:
            x = x + self.embedding
        for block in self.blocks:
            x = block(x)
        return x
