"""Focal loss, cross-entropy that easy examples hardly enter: Lin et al. 2017, arXiv:1708.02002, section 3.

FL(p_t) = -alpha_t (1 - p_t)^gamma log p_t, from the logits: the logarithm of a computed probability loses its last digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class FocalLoss:
    """`alpha` weights the positives (1 - alpha the negatives; None: neither). It is for independent yes-no targets only."""

    gamma: float = 2.0
    alpha: float | None = 0.25

    name: ClassVar[str] = "focal"
    kind: ClassVar[str] = "loss"
    title: ClassVar[str] = "Focal loss"
    paper: ClassVar[str] = "Focal Loss for Dense Object Detection (2017), arXiv:1708.02002"
    section: ClassVar[str] = "3 Focal Loss"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("imbalanced",)

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Not reduced: (..) and 0/1 targets (..) -> (..); (batch, classes) and integers (batch,) -> (batch,)

        For detection the paper divides the sum by the number of positives, not by that of all anchors.
        """
        if logits.dim() == targets.dim() + 1:
            log_p = (
                F.log_softmax(logits, -1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
            )  # (batch, classes) -> (batch,)
            return -((1 - log_p.exp()) ** self.gamma) * log_p
        signed = torch.where(targets > 0.5, logits, -logits)
        loss = -(torch.sigmoid(-signed) ** self.gamma) * F.logsigmoid(signed)
        return loss if self.alpha is None else loss * torch.where(targets > 0.5, self.alpha, 1 - self.alpha)


def prior_bias(probability: float = 0.01) -> float:
    """The bias of the last layer with which every output starts at `probability`, so that the many negatives start nearly right
    (section 3.3).
    """
    return -math.log((1 - probability) / probability)
