"""BitFit: Ben Zaken et al. 2021, arXiv:2106.10199, section 3. Only the bias terms are trained, those of the norms too.

The bias of an attention's keys adds the same to all scores of a query, which the softmax takes away again: it is counted, as in the
paper, but its gradient is zero but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from survey.probes.parts import Injectable
from survey.probes.paths import BIAS, matching_parameters
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class BitFit(Injectable):
    """`targets` matches names of parameters; a pooler's bias is left out, since features are read before it."""

    name: ClassVar[str] = "bitfit"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "BitFit"
    paper: ClassVar[str] = (
        "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models (2021), arXiv:2106.10199"
    )
    section: ClassVar[str] = "3"
    formula: ClassVar[str] = "L (7 d + d_ff) + d of an encoder like BERT (MiniLM: 25,728)"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "image-cnn", "video")
    identity: ClassVar[bool] = True

    targets: str = BIAS

    def own(self, model: nn.Module) -> list[str]:
        return matching_parameters(model, self.targets)

    def parameter_count(self, width: int, inner: int, layers: int) -> int:
        """A layer has the biases of query, key, value, attention output, feed-forward output and two norms (7 d), and the inner
        one (d_ff); the embeddings have a norm's (d).
        """
        return layers * (7 * width + inner) + width
