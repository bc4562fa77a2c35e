"""Dynamic Head, attention over scale, space and task of a feature pyramid: Dai et al. 2021, arXiv:2106.08322, section 3.

Spatial: each level is the sum of a deformable 3x3 convolution of its own map, of the next coarser and of the next finer, which
share one offset and modulation map predicted at the level itself. Scale: each of these enters weighted by
hsigmoid(relu(conv(mean))). Task: DyReLU, per channel the larger of two lines that depend on the whole map. Here the neighbours
are resized to the level first and deformed there; the published code deforms them at their own size by offsets of another,
which are off by a factor of 2 (its issue 25).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class DynamicHead:
    """`groups` of the GroupNorm behind each convolution; `reduction` within DyReLU."""

    groups: int = 16
    reduction: int = 4

    name: ClassVar[str] = "dynamic-head"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "Dynamic Head: scale, spatial and task attention"
    paper: ClassVar[str] = "Dynamic Head: Unifying Object Detection Heads with Attentions (2021), arXiv:2106.08322"
    section: ClassVar[str] = "3 Our Approach"
    formula: ClassVar[str] = "3 (9 C^2 + 2 C) + (243 C + 27) + (C + 1) + (C C/4 + C/4 + C/4 4C + 4C)"
    tasks: ClassVar[tuple[str, ...]] = ("masks",)

    def parameter_count(self, channels: int) -> int:
        inner = channels // self.reduction
        relu = channels * inner + inner + inner * 4 * channels + 4 * channels
        return 3 * (9 * channels**2 + 2 * channels) + (27 * 9 * channels + 27) + (channels + 1) + relu

    def build(self, channels: int) -> nn.Module:
        """Raises ValueError where the channels do not divide."""
        if channels % self.groups or channels < self.reduction:
            sizes = f"{channels} channels in {self.groups} groups, divided by {self.reduction}"
            raise ValueError(f"{sizes}: take numbers that divide them")
        return _Block(self, channels)


def deform(x: Tensor, weight: Tensor, offset: Tensor, modulation: Tensor) -> Tensor:
    """Modulated deformable 3x3 convolution (DCN v2), padding 1: x (batch, C, height, width), weight (out, C, 3, 3), offset
    (batch, 9, 2, height, width) as (down, right), modulation (batch, 9, height, width) -> (batch, out, height, width)
    """
    height, width = x.shape[-2:]
    step = torch.arange(-1, 2, device=x.device, dtype=x.dtype)
    down = torch.arange(height, device=x.device, dtype=x.dtype)[:, None] + offset[:, :, 0]  # (batch, 9, height, width)
    right = torch.arange(width, device=x.device, dtype=x.dtype) + offset[:, :, 1]
    down = down + step.repeat_interleave(3)[:, None, None]
    right = right + step.repeat(3)[:, None, None]
    # Whole numbers are centres of cells, -1 and 1 the outer edges of the map.
    grid = torch.stack([(2 * right + 1) / width - 1, (2 * down + 1) / height - 1], -1)  # (batch, 9, height, width, 2)
    seen = F.grid_sample(x, grid.flatten(1, 2), align_corners=False)  # (batch, C, 9 height, width)
    seen = seen.unflatten(2, (9, height)) * modulation.unsqueeze(1)  # (batch, C, 9, height, width)
    return torch.einsum("bcnhw,ocn->bohw", seen, weight.flatten(2))


class DyReLU(nn.Module):  # type: ignore[misc]
    """max(a1 x + b1, a2 x + b2) per channel, the four from the mean of the map; a1 near 1 and the others near 0 give a ReLU."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        inner = channels // reduction
        self.net = nn.Sequential(
            nn.Linear(channels, inner), nn.ReLU(), nn.Linear(inner, 4 * channels), nn.Hardsigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        """(batch, C, height, width) -> (batch, C, height, width)"""
        theta = self.net(x.mean((2, 3))) - 0.5  # (batch, 4 C)
        a1, b1, a2, b2 = theta.view(len(x), 4, -1, 1, 1).unbind(1)  # 4 of (batch, C, 1, 1)
        return torch.maximum((1 + 2 * a1) * x + b1, 2 * a2 * x + b2)


class _Block(nn.Module):  # type: ignore[misc]
    def __init__(self, method: DynamicHead, channels: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.randn(3, channels, channels, 3, 3) * 0.01)
        self.norms = nn.ModuleList(nn.GroupNorm(method.groups, channels) for _ in range(3))
        self.offset = nn.Conv2d(channels, 27, 3, padding=1)
        nn.init.normal_(self.offset.weight, std=0.01)
        nn.init.zeros_(self.offset.bias)
        self.scale = nn.Conv2d(channels, 1, 1)
        self.relu = DyReLU(channels, method.reduction)

    def forward(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """(batch, C, height_i, width_i), the finest first -> the same sizes"""
        results = []
        for i, own in enumerate(levels):
            offset, modulation = self.offset(own).split([18, 9], 1)
            offset = offset.unflatten(1, (9, 2))  # (batch, 18, height, width) -> (batch, 9, 2, height, width)
            near = [(0, levels[i - 1])] if i else []
            near += [(1, own)] + ([(2, levels[i + 1])] if i + 1 < len(levels) else [])
            total = torch.zeros_like(own)
            for which, level in near:
                x = F.interpolate(level, own.shape[-2:], mode="bilinear", align_corners=True)
                x = self.norms[which](deform(x, self.weights[which], offset, modulation.sigmoid()))
                total = total + F.hardsigmoid(self.scale(x.mean((2, 3), keepdim=True)).relu()) * x
            results.append(self.relu(total / len(near)))
        return results
