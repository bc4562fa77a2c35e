"""A small image transformer made to read clips, (batch, frames, 1, side, side) -> features (batch, width): the ways of the papers.

All but TSN and the plain mean of frames change what a frame hears of the others. The image model is frozen; beside the method,
the last norm is trained, as AIM does.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from survey.bench.models.tiny_vit import Block, TinyViT
from survey.probes.aim import AIM
from survey.probes.non_local import NonLocal
from survey.probes.timesformer import DividedAttention
from survey.probes.tsm import TSM
from survey.probes.tsn import TSN

SPATIAL = AIM(temporal=False, joint=False)
# A start near zero is a saddle: nothing that could tell the frames apart grows within a short training.
EMBEDDING_SPREAD = 0.5


class FrameMean(nn.Module):  # type: ignore[misc]
    """Each frame alone, and the mean: the order is lost."""

    def __init__(self, image: TinyViT) -> None:
        super().__init__()
        self.image, self.width = image, image.width

    def forward(self, clips: Tensor) -> Tensor:
        # (batch, frames, ..) -> (batch frames, ..) -> (batch, frames, d) -> (batch, d)
        return self.image(clips.flatten(0, 1)).unflatten(0, clips.shape[:2]).mean(1)


class Clips(nn.Module):  # type: ignore[misc]
    """`layers`, one after another, on the frames' tokens (batch, frames, 1 + places, d); then the mean of their class tokens."""

    def __init__(self, image: TinyViT, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.image, self.width = image.requires_grad_(False), image.width
        image.norm.requires_grad_(True)
        # What `layers` share with the image model is frozen with it, so that what they bring is what can be trained.
        self.layers = nn.ModuleList(layers)

    def forward(self, clips: Tensor) -> Tensor:
        x = self.image.embed(clips.flatten(0, 1)).unflatten(0, clips.shape[:2])
        for layer in self.layers:
            x = layer(x)
        return self.image.norm(x[:, :, 0]).mean(1)  # (batch, frames, d) -> (batch, d)

    def method_parameters(self) -> list[Tensor]:
        inside = {id(value) for value in self.image.parameters()}
        return [value for value in self.parameters() if value.requires_grad and id(value) not in inside]

    def norm_parameters(self) -> list[Tensor]:
        return list(self.image.norm.parameters())


def build_aim(image: TinyViT, method: AIM, frames: int) -> Clips:
    return Clips(image, [_adapted(image.blocks, method, image.width, frames)])


def build_frames(image: TinyViT, _: TSN, frames: int) -> Clips:
    """What TSN asks about each frame: the image model with AIM's spatial adapters."""
    return build_aim(image, SPATIAL, frames)


def build_shifted(image: TinyViT, method: TSM, frames: int) -> Clips:
    """TSM in the attention's branch, before its norm; with AIM's spatial adapters, since a shift trains nothing."""
    parts = [(method.build(block.norm1, frames, -1), block.attn, block.norm2, block.mlp) for block in image.blocks]
    return Clips(image, [SPATIAL.build(parts, image.width, frames)])


def build_non_local(image: TinyViT, method: NonLocal, frames: int) -> Clips:
    """A non-local block over the patches of all frames, before the last block; with AIM's spatial adapters. It knows no order."""
    before, after = (
        _adapted(blocks, SPATIAL, image.width, frames) for blocks in (image.blocks[:-1], image.blocks[-1:])
    )
    return Clips(image, [before, _AcrossPatches(method.build(image.width), image.places), after])


def build_divided(image: TinyViT, method: DividedAttention, frames: int) -> Clips:
    """TimeSformer's blocks: attention over time is new and trained, with an embedding of the time; space stays frozen."""
    return Clips(image, [_Divided(image, method, frames)])


def _adapted(blocks: Sequence[Block], method: AIM, width: int, frames: int) -> nn.Module:
    return method.build([(block.norm1, block.attn, block.norm2, block.mlp) for block in blocks], width, frames)


class _AcrossPatches(nn.Module):  # type: ignore[misc]
    def __init__(self, block: nn.Module, places: int) -> None:
        super().__init__()
        self.block, self.side = block, round(places**0.5)

    def forward(self, x: Tensor) -> Tensor:
        patches = x[:, :, 1:].unflatten(2, (self.side, self.side)).permute(0, 4, 1, 2, 3)
        patches = (
            self.block(patches).permute(0, 2, 3, 4, 1).flatten(2, 3)
        )  # (batch, d, frames, rows, columns) -> as before
        return torch.cat([x[:, :, :1], patches], 2)


class _Divided(nn.Module):  # type: ignore[misc]
    def __init__(self, image: TinyViT, method: DividedAttention, frames: int) -> None:
        super().__init__()
        width = image.width
        self.embedding = nn.Parameter(torch.randn(frames, 1, width) * EMBEDDING_SPREAD)
        self.blocks = nn.ModuleList(
            method.build(block.norm1, block.attn, block.norm2, block.mlp, width) for block in image.blocks
        )

    def forward(self, x: Tensor) -> Tensor:
        # One class token for all frames: they start alike, and differ by nothing but the embedding, which it does not get.
        first, patches = x[:, :, 0].mean(1), x[:, :, 1:] + self.embedding
        for block in self.blocks:
            first, patches = block(first, patches)
        # first (batch, d) -> (batch, frames, 1, d), so that what comes out has the size of what went in
        return torch.cat([first[:, None, None].expand(-1, patches.shape[1], -1, -1), patches], 2)
