"""MAM, mix and match: He et al. 2021, arXiv:2110.04366, section 4.6. A short prefix on attention, and a wide scaled parallel
adapter beside feed-forward: the design that came out best of taking the known methods apart.

On small models the network that the prefix comes out of in training is most of the parameters; it is not saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from survey.probes.adapters import ParallelAdapter
from survey.probes.parts import Injectable, Part
from survey.probes.prefix_tuning import PrefixTuning
from survey.probes.registry import register

_PREFIX = PrefixTuning(length=30, bottleneck=800)
_ADAPTER = ParallelAdapter(bottleneck=192, scale=4.0)


@register
@dataclass(frozen=True)
class MAM(Injectable):
    name: ClassVar[str] = "mam"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Mix-and-match adapter"
    paper: ClassVar[str] = "Towards a Unified View of Parameter-Efficient Transfer Learning (2021), arXiv:2110.04366"
    section: ClassVar[str] = "4.6"
    formula: ClassVar[str] = "those of prefix tuning and of the parallel adapter (MiniLM, m = 192: 4,898,720)"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "video")
    identity: ClassVar[bool] = False

    prefix: PrefixTuning = _PREFIX
    adapter: ParallelAdapter = _ADAPTER

    def parts(self, model: nn.Module) -> list[Part]:
        return self.prefix.parts(model) + self.adapter.parts(model)

    def parameter_count(self, width: int, layers: int) -> int:
        return self.prefix.parameter_count(width, layers) + self.adapter.parameter_count(width, layers)
