"""LoCon, LoRA for convolutions: Yeh et al. 2023 (LyCORIS), arXiv:2309.14859, section 3.

The update of a k x k convolution is one of r channels, with the same stride, padding and dilation, and a 1 x 1 convolution up:
y = conv(x; W) + s up(down(x)), s = alpha / r, down (r, in, k, k) Kaiming-uniform, up (out, r) zero: r (in k^2 + out) parameters.
It can be added into W. Of a grouped convolution each group gets r channels, which is the same number of parameters. (The
convolution of LoRA's own code is another one: it factors a (out k, in k) matrix.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from survey.probes.parts import Arguments, Injectable, Part, Tap, check_positive, check_size, first
from survey.probes.paths import matching
from survey.probes.registry import register

_KINDS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@register
@dataclass(frozen=True)
class LoCon(Injectable):
    name: ClassVar[str] = "locon"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "LoCon"
    paper: ClassVar[str] = (
        "Navigating Text-To-Image Customization: From LyCORIS Fine-Tuning to Model Evaluation (2023), arXiv:2309.14859"
    )
    section: ClassVar[str] = "3"
    formula: ClassVar[str] = "r (in k^2 + out) a convolution (8 to 12 channels, 3 x 3, r = 4: 336)"
    tasks: ClassVar[tuple[str, ...]] = ("image-cnn",)
    identity: ClassVar[bool] = True

    rank: int = 4
    alpha: float = 4.0
    targets: str = r".*conv\d*"

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)

    def parts(self, model: nn.Module) -> list[Part]:
        return [LowRankConvolution(path, layer, self) for path, layer in matching(model, self.targets, _KINDS).items()]

    def parameter_count(self, shapes: Iterable[tuple[int, int, int]]) -> int:
        """For convolutions (in, out, k^2); k^2 is the kernel's size: 9 of a 3 x 3."""
        return sum(self.rank * (channels * size + out) for channels, out, size in shapes)


class LowRankConvolution(Part):
    role = "locon"
    way = "adds"
    mergeable = True

    def __init__(self, path: str, layer: Any, config: LoCon) -> None:
        super().__init__(path)
        out, channels, *kernel = layer.weight.shape
        self.groups = layer.groups
        self.layer = (layer,)  # in a tuple: its weights are no parameters of this part
        self.scale = config.alpha / config.rank
        largest = min(channels * math.prod(kernel), out // self.groups)
        check_size("rank", config.rank, largest, path)
        like = {"dtype": layer.weight.dtype, "device": layer.weight.device}
        self.down = nn.Parameter(torch.empty(self.groups * config.rank, channels, *kernel, **like))
        self.up = nn.Parameter(torch.zeros(self.groups, out // self.groups, config.rank, **like))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, after=self._add),)

    def frozen(self) -> set[str]:
        return {f"{self.path}.weight"}

    def merged(self, layer: nn.Module) -> dict[str, Tensor]:
        down = self.down.unflatten(0, (self.groups, -1))  # (g r, in / g, k, k) -> (g, r, in / g, k, k)
        update = torch.einsum("gor,gr...->go...", self.up, down).flatten(0, 1)  # -> (out, in / g, k, k)
        return {"weight": layer.weight + self.scale * update}

    def _add(self, arguments: Arguments, output: Tensor) -> Tensor:
        """x (batch, in, ...) -> output (batch, out, ...) + s up(down(x))"""
        # The layer's own way to convolve, so that its padding (also a reflecting one) and stride are the update's.
        small = self.layer[0]._conv_forward(first(arguments), self.down, None)
        batched = small.ndim == self.down.ndim
        small = small if batched else small.unsqueeze(0)
        small = small.unflatten(1, (self.groups, -1))  # (batch, g r, ...) -> (batch, g, r, ...)
        update = torch.einsum("gor,bgr...->bgo...", self.up, small).flatten(1, 2)  # -> (batch, out, ...)
        return output + self.scale * (update if batched else update.squeeze(0))
