"""Attention over long sequences: how near to exact, and from which length on any faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.cost import measure_memory, time_calls
from survey.bench.data.heads import HEADS, LAYERS, LENGTH, WIDTH, Heads, load_heads
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train

TRAIN, VALIDATION, TEST = 6, 2, 4  # stretches of text
BATCH = 4  # rows: a layer of a text each
LENGTHS = (512, 1024, 2048, 4096)
REPEATS = 3
WAYS = ("linformer", "performer", "nystrom", "exact-attention")


@task
@dataclass(frozen=True)
class Sequences:
    """The error is on queries, keys and values of MiniLM, |found - exact| / |exact|; what a method trains (Linformer's projections,
    one pair for all heads and layers) is trained to be near on other texts. `mean` answers every query with the mean of all values.
    Times and memory are of one forward pass of twelve heads on numbers without meaning, beside exact attention in the same minute.
    """

    name: ClassVar[str] = "sequences"
    title: ClassVar[str] = (
        "Stand in for exact attention: error on real texts of 512 tokens, time and memory up to 4,096"
    )
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("error@512", "lower", "number"),
        *(Measure(f"time@{length}/exact", "lower", "number") for length in LENGTHS),
        Measure("memory@4096", "lower", "MB"),
        Measure("faster from", "lower", "number"),
    )
    rows: ClassVar[tuple[str, ...]] = ("exact-attention", "mean")
    reference: ClassVar[str] = "exact-attention"
    rates: ClassVar[tuple[float, ...]] = (1e-2, 3e-2, 1e-1)
    steps: ClassVar[int] = 150
    notes: ClassVar[tuple[str, ...]] = (
        "exact attention is torch's fused kernel, which keeps no table of lengths squared: the approximations are not compared with"
        " one that does",
    )

    def methods(self) -> tuple[str, ...]:
        return (*WAYS, "mean")

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_splits(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, WAYS, self.rows)
        learning, validation, test = (split.to(limits.device) for split in load_splits(seed))
        torch.manual_seed(seed)
        with settings_in_words(own):
            attention = build_attention(own, LENGTH).to(limits.device)
            done = train(
                attention,
                index_batches(len(learning.query), BATCH, seed),
                lambda chosen: squared_error(attention, learning[chosen]),
                [value for value in attention.parameters() if value.requires_grad],
                rate or self.rates[0],
                limits,
                tick,
            )
            costs = load_costs(method, limits.device, limits.threads)
        with torch.no_grad():
            errors = [float(squared_error(attention, split)) ** 0.5 for split in (validation, test)]
        scores = {"error@512": errors[1]} | dict(costs)
        return Trial(-errors[0], scores, build_count(attention, list(attention.parameters())), done, (tell(costs),))


@lru_cache(maxsize=3)
def load_splits(seed: int) -> tuple[Heads, Heads, Heads]:
    """No text is in two of them."""
    heads = load_heads(TRAIN + VALIDATION + TEST, seed)
    first, second = len(LAYERS) * TRAIN, len(LAYERS) * (TRAIN + VALIDATION)
    return heads[:first], heads[first:second], heads[second:]


def build_attention(method: Any, length: int) -> nn.Module:
    return Mean() if method == "mean" else method.build(length, HEADS, WIDTH)


class Mean(nn.Module):  # type: ignore[misc]
    """What attention is that looks nowhere."""

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return value.mean(-2, keepdim=True).expand_as(query)


def squared_error(attention: nn.Module, heads: Heads) -> Tensor:
    """|found - exact|^2 / |exact|^2, over all rows together"""
    found = attention(heads.query, heads.key, heads.value)
    return F.mse_loss(found.float(), heads.exact) / heads.exact.square().mean()


@lru_cache(maxsize=64)
def load_costs(spec: str, device: str, threads: int) -> Mapping[str, float]:
    """Times beside exact attention, the memory, and the length from which on a method is faster, if it ever is.

    Measured once for a method, device and number of threads: they do not depend on what was trained.
    """
    own = build_alone(spec, Sequences.name, WAYS, Sequences.rows)
    exact = build_attention(build_alone("exact-attention", Sequences.name, WAYS, ()), LENGTH)
    shares: dict[int, float] = {}
    memory = 0.0
    for length in LENGTHS:
        generator = torch.Generator().manual_seed(length)
        query, key, value = torch.randn(3, 1, HEADS, length, WIDTH, generator=generator).to(device)
        attention = build_attention(own, length).to(device)
        calls = {name: partial(one, query, key, value) for name, one in (("exact", exact), ("own", attention))}
        times = time_calls(calls, REPEATS, device)
        shares[length] = 1.0 if spec == "exact-attention" else times["own"] / times["exact"]
        memory = measure_memory(calls["own"], device)
    crossing = crossover(shares)
    return {
        **{f"time@{length}/exact": share for length, share in shares.items()},
        f"memory@{LENGTHS[-1]}": memory,
        **({"faster from": float(crossing)} if crossing else {}),
    }


def crossover(shares: Mapping[int, float]) -> int | None:
    """Of lengths and the share of exact attention's time: the first from which on every measured one is below 1."""
    found = None
    for length in sorted(shares, reverse=True):
        if shares[length] >= 1:
            break
        found = length
    return found


def tell(costs: Mapping[str, float]) -> str:
    measured = f"measured up to {LENGTHS[-1]:,} tokens"
    crossing = costs.get("faster from")
    return (
        f"faster than exact attention from {crossing:,.0f} tokens on, {measured}"
        if crossing
        else f"never faster, {measured}"
    )
