"""R-Drop, two passes with different dropout that must agree: Liang et al. 2021, arXiv:2106.14448, section 2.

(CE_1 + CE_2) / 2 + alpha (KL(p_1 || p_2) + KL(p_2 || p_1)) / 2. The published code halves now one term, now the other; here both
are means over passes and over the batch, so that alpha = 0 is plain cross-entropy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class RDrop:
    alpha: float = 1.0

    name: ClassVar[str] = "r-drop"
    kind: ClassVar[str] = "loss"
    title: ClassVar[str] = "R-Drop"
    paper: ClassVar[str] = "R-Drop: Regularized Dropout for Neural Networks (2021), arXiv:2106.14448"
    section: ClassVar[str] = "2 Approach"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("imbalanced",)

    def __call__(self, first: Tensor, second: Tensor, targets: Tensor) -> Tensor:
        """Logits (batch, classes) of two passes over the same batch, integers (batch,) -> the mean loss, a scalar"""
        entropy = (F.cross_entropy(first, targets) + F.cross_entropy(second, targets)) / 2
        return entropy + self.alpha * symmetric_divergence(first, second)

    def of(self, model: Callable[[Tensor], Tensor], x: Tensor, targets: Tensor) -> Tensor:
        """The loss with both passes in one batch of twice the size, as the paper does: dropout draws for each row anew."""
        first, second = model(torch.cat([x, x])).chunk(2)  # (2 batch, classes) -> 2 x (batch, classes)
        return self(first, second, targets)


def symmetric_divergence(first: Tensor, second: Tensor) -> Tensor:
    """(KL(p || q) + KL(q || p)) / 2, the mean of a batch: both together are sum (p - q) (log p - log q)."""
    p, q = F.log_softmax(first, -1), F.log_softmax(second, -1)
    return 0.5 * ((p.exp() - q.exp()) * (p - q)).sum(-1).mean()
