"""Measures of classification."""

from __future__ import annotations

import torch
from torch import Tensor


def balanced_accuracy(predicted: Tensor, labels: Tensor, classes: int) -> float:
    """The mean, over the classes that occur, of the share that is found (n,), (n,) -> 0..1: chance is 1 / classes."""
    there = torch.bincount(labels, minlength=classes)
    found = torch.bincount(labels[predicted == labels], minlength=classes)
    return float((found[there > 0] / there[there > 0]).mean())
