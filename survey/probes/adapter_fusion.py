"""AdapterFusion: Pfeiffer et al. 2020, arXiv:2005.00247, section 3.2. Adapters that were trained before, one a task, are frozen,
and an attention at each layer learns which of them to listen to.

With h the feed-forward's output and z_n what the adapter n makes of it: sum_n softmax_n((Q h)^T K z_n) V z_n; Q, K, V (d, d), V
near the identity at the start. 3 d^2 parameters a layer; the adapters are saved with them, but not trained. It is the second of two
stages: what the first one trained is part of the price.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from survey.probes import files
from survey.probes.adapters import Bottleneck
from survey.probes.errors import FileError, ProbeError
from survey.probes.parts import Injectable, Part, Tap
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class AdapterFusion(Injectable):
    """`adapters` are files that probes of Pfeiffer's adapter were saved to, two or more, all of one model."""

    name: ClassVar[str] = "adapter-fusion"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "AdapterFusion"
    paper: ClassVar[str] = (
        "AdapterFusion: Non-Destructive Task Composition for Transfer Learning (2020), arXiv:2005.00247"
    )
    section: ClassVar[str] = "3.2"
    formula: ClassVar[str] = "3 L d^2 (MiniLM: 2,654,208), over adapters that are trained before"
    tasks: ClassVar[tuple[str, ...]] = ("image",)
    identity: ClassVar[bool] = False

    adapters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.adapters) < 2:
            raise ProbeError(
                "there is nothing to choose from", "Train two adapters or more first, and give their files"
            )

    def parts(self, model: nn.Module) -> list[Part]:
        mark = files.fingerprint(model.state_dict())
        layers: list[dict[str, Bottleneck]] = [_adapters_of(Path(path), model, mark) for path in self.adapters]
        if len({frozenset(one) for one in layers}) > 1:
            raise FileError("the adapters are not at the same layers", "Train them with the same targets")
        return [Fusion(path, [one[path] for one in layers]) for path in layers[0]]

    def parameter_count(self, width: int, layers: int) -> int:
        return 3 * width * width * layers


class Fusion(Part):
    role = "fusion"
    way = "after"

    def __init__(self, path: str, adapters: list[Bottleneck]) -> None:
        super().__init__(path)
        self.adapters = nn.ModuleList(adapters).requires_grad_(False)
        like = adapters[0].up.weight
        width = len(like)
        kind = {"dtype": like.dtype, "device": like.device}
        self.query = nn.Parameter(torch.randn(width, width, **kind) * 0.02)
        self.key = nn.Parameter(torch.randn(width, width, **kind) * 0.02)
        self.value = nn.Parameter(torch.eye(width, **kind) + 1e-3 * torch.randn(width, width, **kind))

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, after=self._choose),)

    def _choose(self, _: Any, h: Tensor) -> Tensor:
        """h (..., d) -> (..., d)"""
        z = torch.stack([h + adapter(h) for adapter in self.adapters], -2)  # (..., adapters, d)
        scores = (z @ self.key.T @ (h @ self.query.T).unsqueeze(-1)).squeeze(
            -1
        )  # (..., adapters, 1) -> (..., adapters)
        return (scores.softmax(-1).unsqueeze(-2) @ (z @ self.value.T)).squeeze(-2)  # (..., 1, d) -> (..., d)


def _adapters_of(path: Path, model: nn.Module, mark: str) -> dict[str, Bottleneck]:
    """Layer -> the adapter that a file holds for it."""
    metadata, tensors = files.read(path)
    if metadata["method"] != "pfeiffer":
        raise FileError(f"{path} holds {metadata['method']}", "Give files of Pfeiffer's adapter")
    if metadata["backbone"] != mark:
        raise FileError(f"{path} was trained on another model than this one", "Fuse adapters of this model")
    config: Mapping[str, Any] = json.loads(metadata["config"])
    found = {}
    for name in tensors:
        layer, _, _ = name.removeprefix("method.").rpartition(":adapter.net.")
        if layer and layer not in found:
            like = model.get_submodule(layer).weight
            net = Bottleneck(len(like), len(like), config["bottleneck"], config["activation"], like)
            start = f"method.{layer}:adapter.net."
            net.load_state_dict(
                {key.removeprefix(start): value for key, value in tensors.items() if key.startswith(start)}
            )
            found[layer] = net
    return found
