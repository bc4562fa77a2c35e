"""A small pair of encoders, of images and of captions, trained to put what belongs together side by side: Radford et al. 2021,
arXiv:2103.00020, section 2.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from survey.bench.data.captions import WORDS, number_words
from survey.bench.models.tiny_vit import Block, TinyViT

WIDTH, JOINT = 48, 32  # of a token, and of what is compared
LONGEST = 24  # words of a text, two captions and more


class TextEncoder(nn.Module):  # type: ignore[misc]
    """Embedded words (n, length, d) and where each text ends (n,) -> features (n, JOINT). No word sees those behind it, so that
    what fills up the shorter texts changes nothing.
    """

    def __init__(self, depth: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.words = nn.Embedding(len(WORDS), WIDTH)
        self.position = nn.Parameter(torch.randn(LONGEST, WIDTH) * 0.02)
        self.blocks = nn.ModuleList(Block(WIDTH, heads, causal=True) for _ in range(depth))
        self.norm, self.out = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, JOINT, bias=False)

    def forward(self, words: Tensor, ends: Tensor) -> Tensor:
        x = words + self.position[: words.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.out(self.norm(x[torch.arange(len(x), device=x.device), ends]))

    def embed(self, text: str) -> Tensor:
        """The words of one text, (length, d), without its start and end"""
        numbers, _ = number_words([text])
        return self.words(numbers[0, 1:-1].to(self.words.weight.device))

    def read(self, texts: Sequence[str]) -> Tensor:
        """(n, JOINT)"""
        numbers, ends = (value.to(self.words.weight.device) for value in number_words(texts))
        return self(self.words(numbers), ends)


class ImageEncoder(nn.Module):  # type: ignore[misc]
    """Images (n, 3, side, side) -> features (n, JOINT)"""

    def __init__(self) -> None:
        super().__init__()
        self.vit, self.out = TinyViT(WIDTH, depth=2, channels=3), nn.Linear(WIDTH, JOINT, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        return self.out(self.vit(images))


class DualEncoder(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.image, self.text = ImageEncoder(), TextEncoder()
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, images: Tensor, texts: Sequence[str]) -> Tensor:
        """As many of each -> scores (images, texts)"""
        seen, read = (functional.normalize(x, dim=-1) for x in (self.image(images), self.text.read(texts)))
        # The paper's bound, beyond which training was found to be unstable.
        return self.log_scale.clamp(max=math.log(100)).exp() * seen @ read.T


def contrastive_loss(scores: Tensor) -> Tensor:
    """Scores (n, n) of images against texts, those on the diagonal belonging together -> a scalar"""
    right = torch.arange(len(scores), device=scores.device)
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2
