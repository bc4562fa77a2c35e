"""CoCoOp, a context that depends on the image: Zhou et al. 2022, arXiv:2203.05557, section 3.2.

v_m(x) = v_m + h(x), h a net of two layers with a bottleneck of a sixteenth of the image features. Each image has prompts of
its own, so a batch of B images and C classes costs B C passes through the text encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from survey.probes.coop import Prompts, TextEncoder, cosine_logits
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class CoCoOp:
    length: int = 4
    reduction: int = 16

    name: ClassVar[str] = "cocoop"
    kind: ClassVar[str] = "block"
    title: ClassVar[str] = "CoCoOp: conditional context optimization"
    paper: ClassVar[str] = "Conditional Prompt Learning for Vision-Language Models (2022), arXiv:2203.05557"
    section: ClassVar[str] = "3.2 Conditional Context Optimization"
    formula: ClassVar[str] = "M d + (w h + h) + (h d + d), w the image features' width, h = w / 16"
    tasks: ClassVar[tuple[str, ...]] = ("vision-language",)

    def parameter_count(self, width: int, image_width: int) -> int:
        """`width` is that of a word's embedding."""
        hidden = image_width // self.reduction
        return self.length * width + (image_width * hidden + hidden) + (hidden * width + width)

    def build(
        self,
        start: Tensor,
        names: Sequence[Tensor],
        end: Tensor,
        encode: TextEncoder,
        image_width: int,
        start_from: Tensor | None = None,
    ) -> nn.Module:
        """As `CoOp.build`. Raises ValueError for an empty context, or a net without a hidden unit."""
        if self.length < 1:
            raise ValueError(f"a context of {self.length} vectors: take 1 or more")
        if not 1 <= self.reduction <= image_width:
            raise ValueError(
                f"image features of {image_width} divided by {self.reduction}: take from 1 to {image_width}"
            )
        return _CoCoOp(self, Prompts(start, names, end, "end"), encode, image_width, start_from)


class _CoCoOp(nn.Module):  # type: ignore[misc]
    def __init__(
        self, method: CoCoOp, prompts: Prompts, encode: TextEncoder, image_width: int, start_from: Tensor | None
    ) -> None:
        super().__init__()
        width, hidden = prompts.start.shape[1], image_width // method.reduction
        one = torch.randn(method.length, width) * 0.02
        self.context = nn.Parameter(one if start_from is None else start_from.detach().clone())
        self.net = nn.Sequential(nn.Linear(image_width, hidden), nn.ReLU(), nn.Linear(hidden, width))
        self.prompts = prompts
        self.encode = encode.requires_grad_(False) if isinstance(encode, nn.Module) else encode

    def forward(self, image: Tensor, log_scale: float | Tensor = 4.6052) -> Tensor:
        """Features of images (batch, width) -> logits (batch, classes)"""
        classes = len(self.prompts.sizes)
        contexts = self.context + self.net(image).unsqueeze(1)  # (M, d) + (batch, 1, d) -> (batch, M, d)
        made = [self.prompts(one.expand(classes, -1, -1)) for one in contexts]
        prompts, ends = (torch.cat(parts) for parts in zip(*made, strict=True))  # (batch classes, longest, d)
        text = self.encode(prompts, ends).view(
            len(image), classes, -1
        )  # (batch classes, width) -> (batch, classes, width)
        return cosine_logits(image, text, log_scale)
