"""Small backbones: trained once for a recipe and a seed, and kept in memory, and on disk where a folder is given."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from corpus.files import write_whole
from survey.bench.data.digits import KNOWN, put_anywhere, split_digits
from survey.bench.models.tiny_vit import TinyCNN, TinyViT
from survey.bench.task import Limits, Tick
from survey.bench.training import index_batches, train


@dataclass(frozen=True)
class Recipe:
    """What a backbone is made of. A `version` is counted up where its code, or that of its data, comes to make another."""

    name: str
    steps: int
    rate: float
    batch: int = 64
    version: int = 1

    def fingerprint(self, seed: int, device: str) -> str:
        """Of all that decides the weights; a card's numbers are not those of a processor."""
        told = dataclasses.asdict(self) | {"seed": seed, "device": device.partition(":")[0]}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


VIT = Recipe("digits-vit", steps=600, rate=3e-3)
CNN = Recipe("digits-cnn", steps=200, rate=5e-3)

Pretrain = Callable[[Any, Recipe, int, Limits, Tick], None]

_Model = TypeVar("_Model", bound=nn.Module)
_KEPT: dict[str, dict[str, Tensor]] = {}


def load_backbone(
    recipe: Recipe, build: Callable[[], _Model], pretrain: Pretrain, seed: int, limits: Limits, tick: Tick
) -> _Model:
    """A model of its own, in eval mode, on the device of `limits`: from memory, from the disk, or trained now, which no deadline
    cuts short.
    """
    torch.manual_seed(seed)
    model = build()
    model.to(limits.device)
    mark = recipe.fingerprint(seed, limits.device)
    path = limits.cache / f"{recipe.name}-{mark}.safetensors" if limits.cache else None
    if mark not in _KEPT:
        weights = read_weights(path, model) if path else None
        if weights is None:
            long = dataclasses.replace(limits, steps=recipe.steps, deadline=float("inf"))
            pretrain(model, recipe, seed, long, tick)
            weights = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
            if path:
                save_weights(path, weights)
        _KEPT[mark] = weights
    model.load_state_dict(_KEPT[mark])
    model.eval()
    return model


def read_weights(path: Path, model: nn.Module) -> dict[str, Tensor] | None:
    """What is at `path`, unless nothing fit for `model` is."""
    try:
        weights: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError):
        return None
    wanted = {name: value.shape for name, value in model.state_dict().items()}
    return weights if {name: value.shape for name, value in weights.items()} == wanted else None


def save_weights(path: Path, weights: dict[str, Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda made: save_file(weights, made))


def load_vit(seed: int, limits: Limits, tick: Tick) -> TinyViT:
    """Pre-trained on digits 0 to 4, anywhere on a canvas."""
    return load_backbone(VIT, TinyViT, pretrain_on_digits, seed, limits, tick)


def load_cnn(seed: int, limits: Limits, tick: Tick) -> TinyCNN:
    return load_backbone(CNN, TinyCNN, pretrain_on_digits, seed, limits, tick)


def pretrain_on_digits(model: nn.Module, recipe: Recipe, seed: int, limits: Limits, tick: Tick) -> None:
    """To tell digits 0 to 4; the classifier is thrown away."""
    head = nn.Linear(model.width, len(KNOWN)).to(limits.device)
    data = split_digits(KNOWN, seed).train
    places = torch.Generator().manual_seed(seed)

    def loss(chosen: Tensor) -> Tensor:
        images = put_anywhere(data.inputs[chosen], places).to(limits.device)
        return functional.cross_entropy(head(model(images)), data.labels[chosen].to(limits.device))

    batches = index_batches(len(data), recipe.batch, seed)
    train(model, batches, loss, [*model.parameters(), *head.parameters()], recipe.rate, limits, tick)
