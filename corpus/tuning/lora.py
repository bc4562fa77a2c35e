"""LoRA, low-rank adaptation of linear layers: Hu et al. 2021, arXiv:2106.09685.

A frozen layer y = W x + b becomes y = W x + b + (alpha / rank) B A x. A (rank, in) starts Kaiming-uniform and B (out, rank) at
zero, so that training starts from the model as it was; afterwards the update is added into W, and costs nothing any more.
"""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor, nn


class LoRALinear(nn.Module):  # type: ignore[misc]
    """`base` (in -> out), frozen, with a trainable update of the rank `rank`, scaled by `alpha / rank`."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"a rank of {rank} is no rank")
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        like = {"dtype": base.weight.dtype, "device": base.weight.device}
        self.a = nn.Parameter(torch.empty(rank, base.in_features, **like))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank, **like))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """x (..., in) -> (..., out)"""
        return self.base(x) + (x @ self.a.T) @ (self.b.T * self.scale)

    def merged(self) -> nn.Linear:
        """A plain layer that gives what this one gives."""
        layer = nn.Linear(self.base.in_features, self.base.out_features, bias=self.base.bias is not None)
        layer.weight = nn.Parameter((self.base.weight + self.scale * self.b @ self.a).detach().clone())
        if self.base.bias is not None:
            layer.bias = nn.Parameter(self.base.bias.detach().clone())
        return layer


def add_lora(model: nn.Module, targets: str, *, rank: int, alpha: float) -> list[str]:
    """Freeze `model`, and give the linear layers whose whole path matches the regular expression `targets` an update.

    Returns their paths, in order. Raises ValueError where none matches.
    """
    model.requires_grad_(False)
    paths = [p for p, m in model.named_modules() if isinstance(m, nn.Linear) and re.fullmatch(targets, p)]
    if not paths:
        raise ValueError(f"no linear layer matches {targets!r}")
    for path in paths:
        _put(model, path, LoRALinear(model.get_submodule(path), rank, alpha))
    return paths


def merge_lora(model: nn.Module) -> None:
    """Put plain layers in the place of the adapted ones; the model gives what it gave before."""
    for path, module in list(model.named_modules()):
        if isinstance(module, LoRALinear):
            _put(model, path, module.merged())


def adapter_state(model: nn.Module) -> dict[str, Tensor]:
    """The updates alone: `PATH.a` and `PATH.b` of each adapted layer."""
    layers = [(path, module) for path, module in model.named_modules() if isinstance(module, LoRALinear)]
    return {f"{path}.{name}": getattr(module, name).detach().clone() for path, module in layers for name in ("a", "b")}


def _put(model: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    setattr(model.get_submodule(parent), name, module)
