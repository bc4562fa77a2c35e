"""A vision transformer and a convolutional network small enough to be trained in seconds, their layers named as those of the
usual large ones, so that the methods' default patterns fit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):  # type: ignore[misc]
    """Query, key and value out of one layer, [q; k; v]."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.num_heads, self.causal = heads, causal
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, tokens, d) -> the same size"""
        # (batch, tokens, 3 d) -> (3, batch, heads, tokens, d / heads)
        query, key, value = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return self.proj(attended.transpose(1, 2).flatten(2))  # (batch, heads, tokens, d / heads) -> (batch, tokens, d)


class FeedForward(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):  # type: ignore[misc]
    """x += attention(norm(x)), x += mlp(norm(x)): Dosovitskiy et al. 2020, arXiv:2010.11929, section 3.1."""

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width), Attention(width, heads, causal)
        self.norm2, self.mlp = nn.LayerNorm(width), FeedForward(width, 4 * width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class TinyViT(nn.Module):  # type: ignore[misc]
    """Images (batch, channels, side, side) -> features (batch, width): the class token, normed."""

    def __init__(
        self, width: int = 48, depth: int = 3, heads: int = 4, side: int = 16, patch: int = 4, channels: int = 1
    ) -> None:
        super().__init__()
        self.width, self.patch, self.places = width, patch, (side // patch) ** 2
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.cls = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.position = nn.Parameter(torch.randn(1, 1 + self.places, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def embed(self, images: Tensor) -> Tensor:
        """(batch, channels, side, side) -> (batch, 1 + places, d), what enters the first block"""
        patches = self.patches(images).flatten(2).transpose(1, 2)  # (batch, d, rows, columns) -> (batch, places, d)
        return torch.cat([self.cls.expand(len(images), -1, -1), patches], 1) + self.position

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]


class TinyCNN(nn.Module):  # type: ignore[misc]
    """Images (batch, 1, side, side) -> features (batch, 64): three convolutions, the first two pooled, then the mean of all
    places. `stage1` to `stage3` are where a block can be put: their output is what the next convolution reads.
    """

    width = 64

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2, self.conv3 = (
            nn.Conv2d(before, after, 3, padding=1) for before, after in ((1, 16), (16, 32), (32, 64))
        )
        self.norm1, self.norm2, self.norm3 = (nn.BatchNorm2d(channels) for channels in (16, 32, 64))
        self.stage1, self.stage2, self.stage3 = nn.MaxPool2d(2), nn.MaxPool2d(2), nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        x = self.stage1(functional.relu(self.norm1(self.conv1(images))))  # -> (batch, 16, side / 2, side / 2)
        x = self.stage2(functional.relu(self.norm2(self.conv2(x))))  # -> (batch, 32, side / 4, side / 4)
        x = self.stage3(functional.relu(self.norm3(self.conv3(x))))  # -> (batch, 64, side / 4, side / 4)
        return x.mean((2, 3))
