"""Prefix tuning: Li and Liang 2021, arXiv:2101.00190, section 4. l learned keys and values stand before those of each attention.

Attention over [P_k; K] and [P_v; V] is a mixture (He et al. 2021, arXiv:2110.04366, section 3.1):
(1 - g) attn(Q, K, V) + g attn(Q, P_k, P_v), g = sigmoid(lse(Q P_k^T / sqrt(c)) - lse(Q K^T / sqrt(c))), c a head's width. In this
form it can be put beside a frozen attention without touching it: g is computed from its queries, keys and mask, and its output
is mixed before the output projection.

2 l d parameters a layer. With `bottleneck` they come out of a network in training, which the paper found more stable:
(l, d) -> tanh(Linear(d, b)) -> Linear(b, 2 d L); only what it gives is saved, and a loaded probe has no network any more. Zero
keys and values are not the identity: they take their share of the softmax.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from survey.probes.errors import TargetError
from survey.probes.parts import Arguments, Injectable, Part, Tap, check_positive, check_shapes, first, with_first
from survey.probes.paths import ATTENTION_OUT, FUSED_QKV, KEY, QUERY, compiled, head_count, matching
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class PrefixTuning(Injectable):
    """`queries`, `keys` and `outputs` match the projections of one attention after another; a layer that is queries and keys at
    once gives [q; k; v]. `heads` only where the model does not say.
    """

    name: ClassVar[str] = "prefix-tuning"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Prefix tuning"
    paper: ClassVar[str] = "Prefix-Tuning: Optimizing Continuous Prompts for Generation (2021), arXiv:2101.00190"
    section: ClassVar[str] = "4"
    formula: ClassVar[str] = (
        "2 l d L (MiniLM, l = 30: 138,240); in training l d + d b + b + 2 d L (b + 1) with a network of b"
    )
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "video")
    identity: ClassVar[bool] = False

    length: int = 16
    bottleneck: int | None = None
    queries: str = f"{QUERY}|{FUSED_QKV}"
    keys: str = f"{KEY}|{FUSED_QKV}"
    outputs: str = ATTENTION_OUT
    heads: int | None = None
    std: float = 0.02

    def __post_init__(self) -> None:
        check_positive("length", self.length)
        if self.bottleneck is not None:
            check_positive("bottleneck", self.bottleneck)
        for pattern in (self.queries, self.keys, self.outputs):
            compiled(pattern)

    def parts(self, model: nn.Module) -> list[Part]:
        found = [matching(model, pattern, (nn.Linear,)) for pattern in (self.queries, self.keys, self.outputs)]
        if len({len(layers) for layers in found}) > 1:
            raise TargetError(
                f"{', '.join(str(len(layers)) for layers in found)} layers match queries, keys and outputs",
                "Let them match one of each in every attention",
            )
        paths = list(zip(*found, strict=True))
        heads = [head_count(model, query, self.heads) for query, _, _ in paths]
        return [Prefix(paths, heads, next(iter(found[2].values())), self)]

    def parameter_count(self, width: int, layers: int) -> int:
        flat = 2 * self.length * width * layers
        if self.bottleneck is None:
            return flat
        return self.length * width + (width + 1) * self.bottleneck + (self.bottleneck + 1) * 2 * width * layers


class Prefix(Part):
    """Keys and values (l, layers, 2, d), flat or from the network."""

    role = "prefix"

    def __init__(self, paths: list[Any], heads: list[int], layer: nn.Linear, config: PrefixTuning) -> None:
        super().__init__("")
        self.paths, self.heads = paths, heads
        self.width = layer.in_features
        like = {"dtype": layer.weight.dtype, "device": layer.weight.device}
        self.net: nn.Module | None = None
        shape: tuple[int, ...] = (config.length, len(paths), 2, self.width)
        if config.bottleneck is not None:
            shape = (config.length, self.width)
            self.net = nn.Sequential(
                nn.Linear(self.width, config.bottleneck, **like),
                nn.Tanh(),
                nn.Linear(config.bottleneck, 2 * self.width * len(paths), **like),
            )
        self.values = nn.Parameter(torch.empty(shape, **like).normal_(std=config.std if self.net is None else 1.0))
        self._seen: dict[str, Tensor | None] = {}

    def claims(self) -> set[str]:
        return {f"the prefix of {query}" for query, _, _ in self.paths}

    def prefix(self) -> Tensor:
        """(l, layers, 2, d)"""
        if self.net is None:
            return self.values
        return self.net(self.values).unflatten(
            -1, (len(self.paths), 2, self.width)
        )  # (l, 2 d layers) -> (l, layers, 2, d)

    def stored(self) -> dict[str, Tensor]:
        return {"values": self.prefix()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        check_shapes(self.name, {"values": self.prefix().shape}, tensors)
        self.values = nn.Parameter(tensors["values"].to(self.values).clone())
        self.net = None

    def taps(self) -> Iterable[Tap]:
        for n, (query, key, out) in enumerate(self.paths):
            if attention := query.rpartition(".")[0]:
                yield Tap(attention, before=self._see_mask)
            yield Tap(query, after=lambda _, output: self._see("query", output))
            yield Tap(key, after=lambda _, output: self._see("key", output))
            yield Tap(out, before=lambda arguments, n=n: self._mix(arguments, n))  # type: ignore[misc]

    def _see_mask(self, arguments: Arguments) -> Arguments:
        args, kwargs = arguments
        self._seen["mask"] = kwargs.get("attention_mask", args[1] if len(args) > 1 else None)
        return arguments

    def _see(self, what: str, output: Tensor) -> Tensor:
        self._seen[what] = output
        return output

    def _mix(self, arguments: Arguments, n: int) -> Arguments:
        """context (batch, q, d) -> the same, mixed with what the prefix gives"""
        context = first(arguments)
        query, key, mask = self._seen.pop("query"), self._seen.pop("key"), self._seen.pop("mask", None)
        assert query is not None and key is not None
        if query.shape[-1] == 3 * self.width:
            query, key = query[..., : self.width], query[..., self.width : 2 * self.width]
        by_head = (self.heads[n], -1)
        q = query.unflatten(-1, by_head).transpose(-3, -2) / math.sqrt(
            self.width // self.heads[n]
        )  # (b, q, d) -> (b, h, q, c)
        k = key.unflatten(-1, by_head).transpose(-3, -2)  # (b, k, d) -> (b, h, k, c)
        p_k, p_v = self.prefix()[:, n].unflatten(-1, by_head).permute(1, 2, 0, 3)  # (l, 2, d) -> 2 x (h, l, c)
        scores = q @ k.transpose(-2, -1)  # (b, h, q, k)
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
        own = q @ p_k.transpose(-2, -1)  # (b, h, q, l)
        share = torch.sigmoid(own.logsumexp(-1) - scores.logsumexp(-1)).unsqueeze(-1)  # (b, h, q, 1)
        given = own.softmax(-1) @ p_v  # (b, h, q, c)
        context_by_head = context.unflatten(-1, by_head).transpose(-3, -2)  # (b, q, d) -> (b, h, q, c)
        mixed = (1 - share) * context_by_head + share * given
        return with_first(arguments, mixed.transpose(-3, -2).flatten(-2))  # (b, h, q, c) -> (b, q, d)
