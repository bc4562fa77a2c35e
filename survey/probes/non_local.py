"""Non-local block, attention over all positions of a feature map: Wang et al. 2018, arXiv:1711.07971, sections 3.2 and 3.3.

z = x + BN(W_z softmax(theta^T phi / sqrt(C')) g): theta, phi, g are 1x1 convolutions to C' channels. The scale 1 / sqrt(C') is
that of the published settings; the paper's embedded Gaussian has none. BN starts with gamma = 0, so the block starts as the
identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class NonLocal:
    """C' = C / `reduction`; `pool` > 1 takes keys and values from a max-pooled map (in space only); `dimensions` 1, 2 or 3."""

    reduction: int = 2
    pool: int = 1
    dimensions: int = 2

    name: ClassVar[str] = "non-local"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "Non-local block"
    paper: ClassVar[str] = "Non-local Neural Networks (2018), arXiv:1711.07971"
    section: ClassVar[str] = "3.2 Instantiations, 3.3 Non-local Block"
    formula: ClassVar[str] = "3 (C C' + C') + C' C + C + 2 C"
    tasks: ClassVar[tuple[str, ...]] = ("image-cnn", "video")

    def parameter_count(self, channels: int) -> int:
        inner = channels // self.reduction
        return 3 * (channels * inner + inner) + inner * channels + channels + 2 * channels

    def build(self, channels: int) -> nn.Module:
        """Raises ValueError where no channel is left."""
        if not 1 <= self.reduction <= channels:
            raise ValueError(f"{channels} channels divided by {self.reduction}: take a reduction from 1 to {channels}")
        return _NonLocal(self, channels)


class _NonLocal(nn.Module):  # type: ignore[misc]
    def __init__(self, method: NonLocal, channels: int) -> None:
        super().__init__()
        inner = channels // method.reduction
        convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[method.dimensions - 1]
        normalisation = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[method.dimensions - 1]
        self.theta, self.phi, self.g = (convolution(channels, inner, 1) for _ in range(3))
        self.out = convolution(inner, channels, 1)
        self.norm = normalisation(channels)
        nn.init.zeros_(self.norm.weight)
        for layer in (self.theta, self.phi, self.g, self.out):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)
        space = (method.pool,) * min(method.dimensions, 2)
        window = (1, *space) if method.dimensions == 3 else space
        pool = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[method.dimensions - 1]
        self.pool = pool(window) if method.pool > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(batch, C, *places) -> (batch, C, *places), places being 1 to 3 sizes"""
        few = self.pool(x)
        query = self.theta(x).flatten(2).transpose(1, 2)  # (batch, C', *places) -> (batch, n, C')
        key, value = (layer(few).flatten(2).transpose(1, 2) for layer in (self.phi, self.g))
        attended = F.scaled_dot_product_attention(query, key, value)
        attended = attended.transpose(1, 2).unflatten(2, x.shape[2:])  # (batch, n, C') -> (batch, C', *places)
        return x + self.norm(self.out(attended))
