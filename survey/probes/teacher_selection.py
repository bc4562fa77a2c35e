"""Distillation from teachers that a policy selects for each example: Yuan et al. 2020, arXiv:2012.06048 (AAAI 2021).

For example i and teacher k the state s_ik is made of the example's representation, the teacher's probabilities and the
teacher's loss; the policy is sigmoid(A s_ik + b_k), one row of A and one b a teacher. The student learns from the mean of the
selected teachers, or from the labels alone where none is; the reward is its negative loss afterwards, and REINFORCE moves the
policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.probes.distillation import soft_losses
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class TeacherSelection:
    temperature: float = 4.0
    weight: float = 0.9

    name: ClassVar[str] = "teacher-selection"
    kind: ClassVar[str] = "training"
    title: ClassVar[str] = "Multi-teacher distillation, teachers selected by reinforcement"
    paper: ClassVar[str] = "Reinforced Multi-Teacher Selection for Knowledge Distillation (2020), arXiv:2012.06048"
    section: ClassVar[str] = "the method (teacher selection, policy, reward)"
    formula: ClassVar[str] = "K (|s| + 1), |s| = width + classes + 1"
    tasks: ClassVar[tuple[str, ...]] = ("distillation",)

    def parameter_count(self, width: int, classes: int, teachers: int) -> int:
        """Of the policy; `width` is that of an example's representation."""
        return teachers * (width + classes + 2)

    def build(self, width: int, classes: int, teachers: int) -> Policy:
        """It starts by selecting every teacher with a chance of one half."""
        return Policy(width + classes + 1, teachers)

    def states(self, features: Tensor, teachers: Tensor, targets: Tensor) -> Tensor:
        """(batch, width), logits (K, batch, classes), integers (batch,) -> (K, batch, |s|)"""
        log_p = F.log_softmax(teachers, -1)
        loss = -log_p.gather(-1, targets.expand(len(teachers), -1).unsqueeze(-1))  # (K, batch, 1)
        return torch.cat([features.expand(len(teachers), -1, -1), log_p.exp(), loss], -1)

    def losses(self, student: Tensor, teachers: Tensor, targets: Tensor, selected: Tensor) -> Tensor:
        """(batch, classes), (K, batch, classes), (batch,), 0/1 (K, batch) -> what the student minimises, (batch,)"""
        hard = F.cross_entropy(student, targets, reduction="none")
        count = selected.sum(0)
        soft = (selected * soft_losses(student, teachers, self.temperature)).sum(0) / count.clamp_min(1)
        return torch.where(count > 0, (1 - self.weight) * hard + self.weight * soft, hard)


class Policy(nn.Module):  # type: ignore[misc]
    def __init__(self, state: int, teachers: int) -> None:
        super().__init__()
        if teachers < 1:
            raise ValueError(f"{teachers} teachers: take 1 or more")
        self.matrix, self.bias = nn.Parameter(torch.zeros(teachers, state)), nn.Parameter(torch.zeros(teachers))

    def forward(self, states: Tensor) -> Tensor:
        """(K, batch, |s|) -> the logits of selecting, (K, batch)"""
        return torch.einsum("kbs,ks->kb", states, self.matrix) + self.bias[:, None]

    def select(self, states: Tensor, generator: torch.Generator) -> Tensor:
        """Draw for each teacher and example: (K, batch, |s|) -> 0/1 (K, batch). The generator is one of the CPU."""
        chances = self(states).detach().sigmoid()
        return (torch.rand(chances.shape, generator=generator).to(chances) < chances).to(chances.dtype)

    def loss(self, states: Tensor, selected: Tensor, rewards: Tensor) -> Tensor:
        """REINFORCE, -mean of reward times log chance of what was drawn: .., 0/1 (K, batch), (batch,) -> a scalar

        Rewards less a baseline that does not depend on the draw, such as their running mean, give the same gradient with less
        noise.
        """
        log_chance = -F.binary_cross_entropy_with_logits(self(states), selected, reduction="none").sum(0)  # (batch,)
        return -(rewards.detach() * log_chance).mean()
