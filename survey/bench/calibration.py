"""How far a model's confidence is from how often it is right: Guo et al. 2017, arXiv:1706.04599, section 2."""

from __future__ import annotations

import torch
from torch import Tensor


def expected_calibration_error(probabilities: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Of probabilities (n, classes) and classes (n,): sum over bins of confidence of n_b / n |accuracy_b - confidence_b|, the bins
    (0, 1/15], (1/15, 2/15] ...
    """
    confidence, predicted = probabilities.double().max(-1)
    right = (predicted == labels).double()
    place = (confidence * bins).ceil().long().clamp(1, bins) - 1
    gap = torch.zeros(bins, dtype=torch.float64, device=labels.device).index_add_(0, place, right - confidence)
    return float(gap.abs().sum() / len(labels))
