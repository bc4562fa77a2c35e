"""Performer, attention through positive random features (FAVOR+): Choromanski et al. 2020, arXiv:2009.14794, sections 2.3, 2.4.

exp(q.k) is the mean over w ~ N(0, I) of phi(q) phi(k) with phi(x) = exp(w.x - |x|^2 / 2); with m features phi(Q) (phi(K)^T V) costs
m length width. The kernel is unbiased; the attention, a quotient of two such means, is only consistent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class Performer:
    """`features` random directions; `orthogonal` within blocks of the head's width, which lowers the variance (section 2.4)."""

    features: int = 128
    orthogonal: bool = True

    name: ClassVar[str] = "performer"
    kind: ClassVar[str] = "attention"
    title: ClassVar[str] = "Performer attention (FAVOR+)"
    paper: ClassVar[str] = "Rethinking Attention with Performers (2020), arXiv:2009.14794"
    section: ClassVar[str] = "2.3 positive random features, 2.4 orthogonal random features"
    formula: ClassVar[str] = "0 (the random directions are drawn, not trained)"
    tasks: ClassVar[tuple[str, ...]] = ("sequences",)

    def parameter_count(self, length: int, heads: int, width: int) -> int:
        return 0

    def build(self, length: int, heads: int, width: int) -> nn.Module:
        """`width` is that of one head. Raises ValueError where there is no feature."""
        if self.features < 1:
            raise ValueError(f"{self.features} random features: take 1 or more")
        return _Performer(self, width)


def draw_directions(features: int, width: int, *, orthogonal: bool, generator: torch.Generator | None = None) -> Tensor:
    """(features, width), every row distributed as N(0, I); orthogonal to the others of its block of `width` rows, if asked."""
    directions = torch.randn(features, width, generator=generator)
    if not orthogonal:
        return directions
    blocks = -(-features // width)
    square, upper = torch.linalg.qr(torch.randn(blocks, width, width, generator=generator))
    # Uniform over all rotations only with the signs of the diagonal taken out.
    square = square * torch.diagonal(upper, dim1=-2, dim2=-1).sign().unsqueeze(-2)
    rows = square.transpose(-2, -1).reshape(blocks * width, width)[
        :features
    ]  # (blocks, width, width) -> (features, width)
    return rows * directions.norm(dim=1, keepdim=True)


def log_features(x: Tensor, directions: Tensor) -> Tensor:
    """log phi(x) sqrt(m): (.., length, width), (m, width) -> (.., length, m)"""
    return x @ directions.T - x.square().sum(-1, keepdim=True) / 2


class _Performer(nn.Module):  # type: ignore[misc]
    directions: Tensor

    def __init__(self, method: Performer, width: int) -> None:
        super().__init__()
        self.method = method
        self.register_buffer("directions", draw_directions(method.features, width, orthogonal=method.orthogonal))

    def redraw(self, generator: torch.Generator | None = None) -> None:
        """New directions, as the paper does from time to time in training. The generator is one of the CPU."""
        features, width = self.directions.shape
        fresh = draw_directions(features, width, orthogonal=self.method.orthogonal, generator=generator)
        self.directions = fresh.to(self.directions)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Each (batch, heads, length, width) -> (batch, heads, length, width)"""
        scale = query.shape[-1] ** -0.25
        query = log_features(query * scale, self.directions)  # (batch, heads, length, m)
        key = log_features(key * scale, self.directions)
        # A factor of a query, or one of all keys, cancels in the quotient: taken out, nothing overflows.
        query = (query - query.amax(-1, keepdim=True).detach()).exp()
        key = (key - key.amax((-2, -1), keepdim=True).detach()).exp()
        summed = key.transpose(-2, -1) @ value  # (batch, heads, m, width)
        weight = query @ key.sum(-2).unsqueeze(-1)  # (batch, heads, length, 1)
        return query @ summed / weight.clamp_min(torch.finfo(weight.dtype).tiny)
