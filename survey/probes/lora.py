"""LoRA, low-rank adaptation: Hu et al. 2021, arXiv:2106.09685, section 4.1.

y = W x + b + s B A x with s = alpha / r, A (r, in) Kaiming-uniform, B (out, r) zero: the model starts as it was, and s B A can be
added into W afterwards. (The paper says Gaussian for A; its code, and everybody's since, is uniform.) `rank_stabilised` takes
s = alpha / sqrt(r): Kalajdzievski 2023, arXiv:2312.03732. An embedding is a linear layer of one-hot rows: there A (r, tokens) is
zero and B (width, r) Gaussian. A layer that holds query, key and value side by side gets one A and B for each slice wanted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from survey.probes.errors import SizeError
from survey.probes.parts import Arguments, Injectable, Part, Tap, check_positive, check_size, first
from survey.probes.paths import QUERY_VALUE, matching
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class LoRA(Injectable):
    """`fused` says which of the equal slices of a merged layer's output get an update: (True, False, True) of [q; k; v]."""

    name: ClassVar[str] = "lora"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "LoRA"
    paper: ClassVar[str] = "LoRA: Low-Rank Adaptation of Large Language Models (2021), arXiv:2106.09685"
    section: ClassVar[str] = "4.1"
    formula: ClassVar[str] = "r (in + out) a layer; 4 L d r on query and value (MiniLM, r = 8: 73,728)"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "video")
    identity: ClassVar[bool] = True

    rank: int = 8
    alpha: float = 16.0
    targets: str = QUERY_VALUE
    fused: tuple[bool, ...] = ()
    dropout: float = 0.0
    rank_stabilised: bool = False

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)
        if self.fused and not any(self.fused):
            raise SizeError(
                "no slice of the fused layer is wanted", "Take fused=(True, False, True) for query and value"
            )

    @property
    def scale(self) -> float:
        return self.alpha / (math.sqrt(self.rank) if self.rank_stabilised else self.rank)

    def parts(self, model: nn.Module) -> list[Part]:
        layers = matching(model, self.targets, (nn.Linear, nn.Embedding))
        return [
            (LoRALinear if isinstance(layer, nn.Linear) else LoRAEmbedding)(path, layer, self)
            for path, layer in layers.items()
        ]

    def parameter_count(self, shapes: Iterable[tuple[int, int]]) -> int:
        """For layers in -> out (an embedding: tokens -> width)."""
        return sum(self._of_one(*shape) for shape in shapes)

    def _of_one(self, wide_in: int, wide_out: int) -> int:
        if not self.fused:
            return self.rank * (wide_in + wide_out)
        return sum(self.fused) * self.rank * (wide_in + wide_out // len(self.fused))


class LoRALinear(Part):
    """A (n r, in) and B (n, out / slices, r), where n of the layer's slices get an update; n = slices = 1 for a plain layer."""

    role = "lora"
    way = "adds"
    mergeable = True

    def __init__(self, path: str, layer: nn.Linear, config: LoRA) -> None:
        super().__init__(path)
        self.wanted = config.fused or (True,)
        self.scale = config.scale
        self.dropout = config.dropout
        if layer.out_features % len(self.wanted):
            raise SizeError(
                f"{path} gives {layer.out_features} values, which are not {len(self.wanted)} equal slices",
                "Give `fused` one value for each slice",
            )
        slice_width = layer.out_features // len(self.wanted)
        check_size("rank", config.rank, min(layer.in_features, slice_width), path)
        like = {"dtype": layer.weight.dtype, "device": layer.weight.device}
        count = sum(self.wanted)
        self.a = nn.Parameter(torch.empty(count * config.rank, layer.in_features, **like))
        self.b = nn.Parameter(torch.zeros(count, slice_width, config.rank, **like))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, after=self.update),)

    def frozen(self) -> set[str]:
        return {f"{self.path}.weight"}

    def update(self, arguments: Arguments, output: Tensor) -> Tensor:
        """x (..., in) -> output (..., out) + s B A x"""
        x = functional.dropout(first(arguments), self.dropout, self.training)
        if len(self.wanted) == 1:
            return output + self.scale * functional.linear(functional.linear(x, self.a), self.b[0])
        small = functional.linear(x, self.a).unflatten(-1, (len(self.b), -1))  # (..., n r) -> (..., n, r)
        slices = torch.einsum("...nr,nor->...no", small, self.b)  # (..., n, out / slices)
        return output + self.scale * self._spread(slices, -2).flatten(-2)  # (..., slices, out / slices) -> (..., out)

    def merged(self, layer: nn.Linear) -> dict[str, Tensor]:
        a = self.a.unflatten(0, (len(self.b), -1))  # (n r, in) -> (n, r, in)
        update = self._spread(self.b @ a, 0).flatten(0, 1)  # (slices, out / slices, in) -> (out, in)
        return {"weight": layer.weight + self.scale * update}

    def _spread(self, slices: Tensor, dim: int) -> Tensor:
        """n slices along `dim` -> all slices, zero where none is wanted"""
        given = iter(slices.unbind(dim))
        zero = torch.zeros_like(slices.select(dim, 0))
        return torch.stack([next(given) if wanted else zero for wanted in self.wanted], dim)


class LoRAEmbedding(Part):
    """A (r, tokens) zero, B (width, r) Gaussian."""

    role = "lora"
    way = "adds"
    mergeable = True

    def __init__(self, path: str, layer: nn.Embedding, config: LoRA) -> None:
        super().__init__(path)
        check_size("rank", config.rank, min(layer.num_embeddings, layer.embedding_dim), path)
        like = {"dtype": layer.weight.dtype, "device": layer.weight.device}
        self.scale = config.scale
        self.a = nn.Parameter(torch.zeros(config.rank, layer.num_embeddings, **like))
        self.b = nn.Parameter(torch.randn(layer.embedding_dim, config.rank, **like))

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, after=self.update),)

    def frozen(self) -> set[str]:
        return {f"{self.path}.weight"}

    def update(self, arguments: Arguments, output: Tensor) -> Tensor:
        """token ids (...) -> output (..., width) + s B A[:, ids]"""
        small = functional.embedding(first(arguments), self.a.T)  # (..., r)
        return output + self.scale * functional.linear(small, self.b)

    def merged(self, layer: nn.Embedding) -> dict[str, Tensor]:
        return {"weight": layer.weight + self.scale * (self.b @ self.a).T}  # (width, tokens) -> (tokens, width)
