"""IA3, infused adapter by inhibiting and amplifying inner activations: Liu et al. 2022, arXiv:2205.05638, section 3.3.

Keys, values and the inner activations of the feed-forward layer are multiplied by learned vectors, which start at one:
softmax(Q (l_k K)^T / sqrt(d)) (l_v V), and W2 (l_ff f(W1 x)). In all 2 d + d_ff parameters a layer. A multiplied output is a
multiplied row of the weight, a multiplied input a multiplied column: the vectors can be merged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from survey.probes.errors import TargetError
from survey.probes.parts import Arguments, Injectable, Part, Tap, first, with_first
from survey.probes.paths import FFN_OUT, FUSED_QKV, KEY_VALUE, compiled, matching
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class IA3(Injectable):
    """Outputs of `targets` are scaled, and inputs of `inner`; of layers that also match `fused` the last two thirds are."""

    name: ClassVar[str] = "ia3"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "IA3"
    paper: ClassVar[str] = (
        "Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning (2022), arXiv:2205.05638"
    )
    section: ClassVar[str] = "3.3"
    formula: ClassVar[str] = "L (2 d + d_ff) (MiniLM: 13,824)"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "video")
    identity: ClassVar[bool] = True

    targets: str = f"{KEY_VALUE}|{FUSED_QKV}"
    inner: str = FFN_OUT
    fused: str = FUSED_QKV

    def parts(self, model: nn.Module) -> list[Part]:
        outer = matching(model, self.targets, (nn.Linear,))
        inner = matching(model, self.inner, (nn.Linear,))
        if both := outer.keys() & inner.keys():
            raise TargetError(f"{min(both)} matches `targets` and `inner`", "Let each layer match one of the two")
        fused = compiled(self.fused)
        parts: list[Part] = [
            ScaledOutput(path, layer, layer.out_features // 3 if fused.fullmatch(path) else 0)
            for path, layer in outer.items()
        ]
        return parts + [ScaledInput(path, layer) for path, layer in inner.items()]

    def parameter_count(self, width: int, inner: int, layers: int) -> int:
        return layers * (2 * width + inner)


class ScaledOutput(Part):
    """The output's values from `start` on, times a vector."""

    role = "ia3"
    way = "after"
    mergeable = True

    def __init__(self, path: str, layer: nn.Linear, start: int) -> None:
        super().__init__(path)
        self.start = start
        self.scale = nn.Parameter(torch.ones_like(layer.weight[start:, 0]))

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, after=lambda _, output: output * self._all(output.shape[-1])),)

    def frozen(self) -> set[str]:
        return {f"{self.path}.weight"}

    def merged(self, layer: nn.Linear) -> dict[str, Tensor]:
        scale = self._all(layer.out_features)
        merged = {"weight": layer.weight * scale.unsqueeze(1)}  # (out, in) * (out, 1)
        return merged if layer.bias is None else merged | {"bias": layer.bias * scale}

    def _all(self, width: int) -> Tensor:
        if not self.start:
            return self.scale
        return torch.cat([self.scale.new_ones(width - len(self.scale)), self.scale])


class ScaledInput(Part):
    role = "ia3"
    way = "before"
    mergeable = True

    def __init__(self, path: str, layer: nn.Linear) -> None:
        super().__init__(path)
        self.scale = nn.Parameter(torch.ones_like(layer.weight[0]))

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, before=self._before),)

    def frozen(self) -> set[str]:
        return {f"{self.path}.weight"}

    def merged(self, layer: nn.Linear) -> dict[str, Tensor]:
        return {"weight": layer.weight * self.scale}  # (out, in) * (in)

    def _before(self, arguments: Arguments) -> Arguments:
        return with_first(arguments, first(arguments) * self.scale)
