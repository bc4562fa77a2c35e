"""Distillation of teachers into a student: Hinton et al. 2015, arXiv:1503.02531, section 2; several teachers count alike.

(1 - weight) CE(y, student) + weight T^2 mean_k KL(teacher_k^T || student^T), both softened by the temperature T. The factor
T^2 keeps the size of the soft gradients when T changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class Distillation:
    temperature: float = 4.0
    weight: float = 0.9

    name: ClassVar[str] = "distillation"
    kind: ClassVar[str] = "training"
    title: ClassVar[str] = "Distillation, teachers of equal weights"
    paper: ClassVar[str] = "Distilling the Knowledge in a Neural Network (2015), arXiv:1503.02531"
    section: ClassVar[str] = "2 Distillation"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("distillation",)

    def __call__(self, student: Tensor, teachers: Tensor, targets: Tensor) -> Tensor:
        """Logits (batch, classes), (teachers, batch, classes), integers (batch,) -> the mean loss, a scalar"""
        soft = soft_losses(student, teachers, self.temperature).mean()
        return (1 - self.weight) * F.cross_entropy(student, targets) + self.weight * soft


def soft_losses(student: Tensor, teachers: Tensor, temperature: float) -> Tensor:
    """T^2 KL(teacher || student) of every teacher and example: (batch, classes), (K, batch, classes) -> (K, batch)

    Raises ValueError for a temperature that is not positive.
    """
    if temperature <= 0:
        raise ValueError(f"a temperature of {temperature}: take one above 0")
    p, q = F.log_softmax(teachers / temperature, -1), F.log_softmax(student / temperature, -1)
    return temperature**2 * (p.exp() * (p - q)).sum(-1)
