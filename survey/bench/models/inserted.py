"""Blocks that papers put between the layers of a network, put into a frozen one: each changes what a stage gives out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from survey.probes.parts import Injectable, Part, Tap
from survey.probes.swin import SwinAttention


@dataclass(frozen=True)
class Inserted(Injectable):
    """`method` is what was asked for; `places` are stages of the network, and how many channels each gives."""

    name: ClassVar[str] = "inserted"
    identity: ClassVar[bool] = False

    method: Any
    places: tuple[tuple[str, int], ...]

    def parts(self, model: nn.Module) -> list[Part]:
        device = next(model.parameters()).device
        return [InsertedBlock(path, build_block(self.method, channels).to(device)) for path, channels in self.places]


class InsertedBlock(Part):
    role = "block"
    way = "after"

    def __init__(self, path: str, block: nn.Module) -> None:
        super().__init__(path)
        self.block = block

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, after=lambda _, output: self.block(output)),)


def build_block(method: Any, channels: int) -> nn.Module:
    """(batch, channels, height, width) -> the same size"""
    return SwinPair(method, channels) if isinstance(method, SwinAttention) else method.build(channels)


class SwinPair(nn.Module):  # type: ignore[misc]
    """x + W-MSA(norm(x)), then the same with windows that are shifted: the attention of two of Swin's layers, without their MLPs.
    What is added starts at zero, so that the network starts as it was.
    """

    def __init__(self, method: SwinAttention, channels: int) -> None:
        super().__init__()
        kinds = (SwinAttention(method.window, method.heads, shifted) for shifted in (False, method.shifted))
        self.layers = nn.ModuleList(kind.build(channels) for kind in kinds)
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in self.layers)
        for layer in self.layers:
            nn.init.zeros_(layer.out.weight)
            nn.init.zeros_(layer.out.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)  # (batch, channels, height, width) -> (batch, height, width, channels)
        for norm, layer in zip(self.norms, self.layers, strict=True):
            x = x + layer(norm(x))
        return x.permute(0, 3, 1, 2)
