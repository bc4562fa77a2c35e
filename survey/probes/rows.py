"""The rows that every table needs beside a method: nothing but the head, and all of the model.

A linear probe (Alain and Bengio 2016, arXiv:1610.01644) reads what the frozen features hold; full fine-tuning is the usual upper
row, at the price of a copy of the model for each task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from survey.probes.parts import Injectable
from survey.probes.registry import register


@register
@dataclass(frozen=True)
class Linear(Injectable):
    name: ClassVar[str] = "linear"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Linear probe"
    paper: ClassVar[str] = "Understanding intermediate layers using linear classifier probes (2016), arXiv:1610.01644"
    section: ClassVar[str] = "3"
    formula: ClassVar[str] = "0 beside the head"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "image-cnn", "video")
    identity: ClassVar[bool] = True

    def parameter_count(self) -> int:
        return 0


@register
@dataclass(frozen=True)
class Full(Injectable):
    name: ClassVar[str] = "full"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Full fine-tuning"
    paper: ClassVar[str] = (
        "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding (2018), arXiv:1810.04805"
    )
    section: ClassVar[str] = "3.2"
    formula: ClassVar[str] = "all of the model"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "image-cnn", "video", "vision-language")
    identity: ClassVar[bool] = True

    def own(self, model: nn.Module) -> list[str]:
        return [name for name, _ in model.named_parameters()]

    def parameter_count(self, backbone: int) -> int:
        """For a model of `backbone` parameters."""
        return backbone
