"""Bottleneck adapters: serial (Houlsby et al. 2019, arXiv:1902.00751, section 2; Pfeiffer et al. 2020, arXiv:2005.00247, section 3)
and parallel (He et al. 2021, arXiv:2110.04366, sections 3.3 and 4).

Serial, on a sub-layer's output h (before the skip connection and the norm): h + W2 f(W1 h + b1) + b2. Parallel, beside a
sub-layer F of input x: F(x) + s (W2 f(W1 x + b1) + b2). W1 (m, d), W2 (d, m): 2 d m + d + m parameters.

Serial weights start as a normal of standard deviation 1e-3, cut at two of it: both small. Were both zero, neither would ever get
a gradient, and the adapter would stay a bias. Parallel ones start as LoRA's do: W1 Kaiming-uniform, W2 zero.

Pfeiffer's placement is here the one after the feed-forward layer, before the skip connection; the paper's search also moves the
layer norm, which a hook cannot.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional

from survey.probes.errors import TargetError
from survey.probes.parts import Arguments, Injectable, Part, Tap, check_positive, check_size, first, norm_parameters
from survey.probes.paths import ATTENTION_OUT, FFN_IN, FFN_OUT, matching
from survey.probes.registry import register

ACTIVATIONS = {"gelu": functional.gelu, "relu": functional.relu, "swish": functional.silu}


def bottleneck_count(width: int, bottleneck: int) -> int:
    """Parameters of one adapter."""
    return 2 * width * bottleneck + width + bottleneck


@register
@dataclass(frozen=True)
class Houlsby(Injectable):
    """Two serial adapters a layer: on the outputs of attention and feed-forward; all layer norms are trained with them."""

    name: ClassVar[str] = "houlsby"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Adapter (Houlsby)"
    paper: ClassVar[str] = "Parameter-Efficient Transfer Learning for NLP (2019), arXiv:1902.00751"
    section: ClassVar[str] = "2"
    formula: ClassVar[str] = "2 L (2 d m + d + m) (MiniLM, m = 24: 226,080), and the layer norms"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "video")
    identity: ClassVar[bool] = False

    bottleneck: int = 24
    targets: str = f"{ATTENTION_OUT}|{FFN_OUT}"
    activation: str = "gelu"
    train_norms: bool = True

    def __post_init__(self) -> None:
        check_positive("bottleneck", self.bottleneck)
        activation_of(self.activation)

    def parts(self, model: nn.Module) -> list[Part]:
        layers = matching(model, self.targets, (nn.Linear,))
        return [Serial(path, layer, self.bottleneck, self.activation) for path, layer in layers.items()]

    def norms(self, model: nn.Module) -> list[str]:
        return norm_parameters(model) if self.train_norms else []

    def parameter_count(self, width: int, layers: int) -> int:
        """Of the adapters alone: a layer norm of the width d has 2 d more."""
        return 2 * layers * bottleneck_count(width, self.bottleneck)


@register
@dataclass(frozen=True)
class Pfeiffer(Houlsby):
    """One serial adapter a layer, on the output of feed-forward; norms stay frozen."""

    name: ClassVar[str] = "pfeiffer"
    title: ClassVar[str] = "Adapter (Pfeiffer)"
    paper: ClassVar[str] = (
        "AdapterFusion: Non-Destructive Task Composition for Transfer Learning (2020), arXiv:2005.00247"
    )
    section: ClassVar[str] = "3"
    formula: ClassVar[str] = "L (2 d m + d + m) (MiniLM, m = 24: 113,040)"

    targets: str = FFN_OUT
    activation: str = "relu"
    train_norms: bool = False

    def parameter_count(self, width: int, layers: int) -> int:
        return layers * bottleneck_count(width, self.bottleneck)


@register
@dataclass(frozen=True)
class ParallelAdapter(Injectable):
    """An adapter beside the feed-forward layer: it reads what `inputs` reads and adds to what `outputs` gives."""

    name: ClassVar[str] = "parallel-adapter"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Scaled parallel adapter"
    paper: ClassVar[str] = "Towards a Unified View of Parameter-Efficient Transfer Learning (2021), arXiv:2110.04366"
    section: ClassVar[str] = "3.3"
    formula: ClassVar[str] = "L (2 d m + d + m) (MiniLM, m = 192: 888,192)"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "video")
    identity: ClassVar[bool] = True

    bottleneck: int = 24
    scale: float = 4.0
    inputs: str = FFN_IN
    outputs: str = FFN_OUT
    activation: str = "relu"

    def __post_init__(self) -> None:
        check_positive("bottleneck", self.bottleneck)
        activation_of(self.activation)

    def parts(self, model: nn.Module) -> list[Part]:
        inputs, outputs = (matching(model, pattern, (nn.Linear,)) for pattern in (self.inputs, self.outputs))
        if len(inputs) != len(outputs):
            raise TargetError(
                f"{len(inputs)} layers match `inputs` and {len(outputs)} match `outputs`", "Let them match in pairs"
            )
        pairs = zip(inputs.items(), outputs.items(), strict=True)
        return [Parallel(source, path, (begin, end), self) for (source, begin), (path, end) in pairs]

    def parameter_count(self, width: int, layers: int) -> int:
        return layers * bottleneck_count(width, self.bottleneck)


class Bottleneck(nn.Module):  # type: ignore[misc]
    """x (..., d_in) -> W2 f(W1 x + b1) + b2 (..., d_out)"""

    def __init__(self, wide_in: int, wide_out: int, bottleneck: int, activation: str, like: Tensor) -> None:
        super().__init__()
        kind = {"dtype": like.dtype, "device": like.device}
        self.down = nn.Linear(wide_in, bottleneck, **kind)
        self.up = nn.Linear(bottleneck, wide_out, **kind)
        self.activation = activation_of(activation)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.up(self.activation(self.down(x)))


class Serial(Part):
    role = "adapter"
    way = "after"

    def __init__(self, path: str, layer: nn.Linear, bottleneck: int, activation: str) -> None:
        super().__init__(path)
        width = layer.out_features
        check_size("bottleneck", bottleneck, width, path)
        self.net = Bottleneck(width, width, bottleneck, activation, layer.weight)
        for linear in (self.net.down, self.net.up):
            nn.init.trunc_normal_(linear.weight, std=1e-3, a=-2e-3, b=2e-3)

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, after=lambda _, output: output + self.net(output)),)


class Parallel(Part):
    role = "parallel"
    way = "adds"

    def __init__(self, source: str, path: str, ends: tuple[nn.Linear, nn.Linear], config: ParallelAdapter) -> None:
        super().__init__(path)
        wide_in, wide_out = ends[0].in_features, ends[1].out_features
        check_size("bottleneck", config.bottleneck, min(wide_in, wide_out), path)
        self.source = source
        self.scale = config.scale
        self.net = Bottleneck(wide_in, wide_out, config.bottleneck, config.activation, ends[0].weight)
        nn.init.kaiming_uniform_(self.net.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.net.up.weight)
        self._x: Tensor | None = None

    def taps(self) -> Iterable[Tap]:
        return Tap(self.source, before=self._keep), Tap(self.path, after=self._add)

    def _keep(self, arguments: Arguments) -> Arguments:
        self._x = first(arguments)
        return arguments

    def _add(self, _: Arguments, output: Tensor) -> Tensor:
        x, self._x = self._x, None
        assert x is not None, f"{self.source} was not called before {self.path}"
        return output + self.scale * self.net(x)


def activation_of(name: str) -> Any:
    if name not in ACTIVATIONS:
        raise TargetError(f"{name!r} is no activation", f"Take one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
