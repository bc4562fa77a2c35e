"""TSN, one frame from each segment of a video and the mean of their scores: Wang et al. 2016, arXiv:1608.00859, section 3.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class TSN:
    """A model of single frames becomes one of videos; the order of the frames is lost in the mean."""

    segments: int = 8

    name: ClassVar[str] = "tsn"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "Temporal segment network"
    paper: ClassVar[str] = (
        "Temporal Segment Networks: Towards Good Practices for Deep Action Recognition (2016), arXiv:1608.00859"
    )
    section: ClassVar[str] = "3.1 Temporal Segment Networks"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("video",)

    def parameter_count(self) -> int:
        return 0

    def frames(self, length: int, generator: torch.Generator | None = None) -> Tensor:
        """Which frames to take of a video of `length`, (segments,): one at random of each segment; its middle without a generator.

        A video shorter than the segments gives some frames twice. Raises ValueError for one without a frame.
        """
        if length < 1 or self.segments < 1:
            raise ValueError(f"{self.segments} segments of a video of {length} frames: both must be 1 or more")
        edges = torch.arange(self.segments, dtype=torch.float64) * length / self.segments
        where = torch.full_like(edges, 0.5) if generator is None else torch.rand(edges.shape, generator=generator)
        return (edges + where * length / self.segments).long().clamp_max(length - 1)

    def build(self, model: Callable[[Tensor], Tensor]) -> nn.Module:
        """`model` maps frames (n, ..) to scores (n, classes)."""
        return _Consensus(model)


class _Consensus(nn.Module):  # type: ignore[misc]
    def __init__(self, model: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.model = model

    def forward(self, video: Tensor) -> Tensor:
        """(batch, frames, ..) -> (batch, classes), the mean before any softmax"""
        scores = self.model(video.flatten(0, 1))  # (batch, frames, ..) -> (batch frames, classes)
        return scores.view(*video.shape[:2], -1).mean(1)
