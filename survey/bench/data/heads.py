"""Queries, keys and values as a trained model has them: those of MiniLM on long stretches of the bundled catalogue's summaries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from survey.bench.data.texts import load_catalogue
from survey.bench.models.encoders import load_encoder

LENGTH = 512  # tokens, the most that the model has places for
LAYERS = (1, 4)  # of six: one that looks at places, one that looks at meanings
HEADS, WIDTH = 12, 32


@dataclass(frozen=True)
class Heads:
    """Each (n, HEADS, LENGTH, WIDTH): one layer of one text a row; `exact` is what exact attention makes of them."""

    query: Tensor
    key: Tensor
    value: Tensor
    exact: Tensor

    def __getitem__(self, rows: Tensor | slice) -> Heads:
        return Heads(self.query[rows], self.key[rows], self.value[rows], self.exact[rows])

    def to(self, device: str) -> Heads:
        return Heads(*(value.to(device) for value in (self.query, self.key, self.value, self.exact)))


@lru_cache(maxsize=3)  # 75 MB each with the twelve stretches of the sequences task
def load_heads(stretches: int, seed: int) -> Heads:
    """Of so many stretches of summaries, put one after another as `seed` draws them: stretches * len(LAYERS) rows, those of a
    stretch together.

    Raises ProbeError where the model cannot be loaded.
    """
    encoder = load_encoder(None, "cpu")
    summaries = load_summaries()
    order = torch.randperm(len(summaries), generator=torch.Generator().manual_seed(seed)).tolist()
    rows = encoder.encode([summaries[n] for n in order], LENGTH)
    whole = torch.tensor([token for row in rows for token in row[1:-1]])  # without the marks of a text's ends
    ids = whole[: stretches * LENGTH].view(stretches, LENGTH)
    found = [_read(encoder.model, stretch[None]) for stretch in ids]
    query, key, value = (torch.cat([stretch[n] for stretch in found]) for n in range(3))
    return Heads(query, key, value, F.scaled_dot_product_attention(query, key, value))


def load_summaries() -> list[str]:
    return [paper["abstract"] for paper in load_catalogue() if paper.get("abstract")]


@torch.no_grad()  # type: ignore[untyped-decorator]
def _read(model: Any, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Ids (1, LENGTH) -> queries, keys and values, (layers, HEADS, LENGTH, WIDTH) each"""
    kept: dict[tuple[int, str], Tensor] = {}

    def keep(layer: int, part: str) -> Any:
        def hook(_module: Any, _inputs: Any, output: Tensor) -> None:
            # (1, LENGTH, HEADS * WIDTH) -> (1, HEADS, LENGTH, WIDTH)
            kept[layer, part] = output.unflatten(-1, (HEADS, WIDTH)).transpose(1, 2)

        return hook

    parts = ("query", "key", "value")
    hooks = [
        getattr(model.encoder.layer[layer].attention.self, part).register_forward_hook(keep(layer, part))
        for layer in LAYERS
        for part in parts
    ]
    try:
        model(input_ids=ids)
    finally:
        for hook in hooks:
            hook.remove()
    query, key, value = (torch.cat([kept[layer, part] for layer in LAYERS]) for part in parts)
    return query, key, value
