"""Top-k ranking, ListMLE cut after k places: Xia, Liu, Li 2009, NIPS; ListMLE itself: Xia et al. 2008, ICML.

The chance that a Plackett-Luce model draws the right first k in the right order, as a loss:
-sum_{i <= k} (s_{pi(i)} - log sum_{j >= i} exp s_{pi(j)}). k = 1 is softmax cross-entropy, k = n is ListMLE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from survey.probes.registry import register


@register
@dataclass(frozen=True)
class TopKListMLE:
    """`k` places count. Items of one relevance keep the order they come in, so a fixed seed gives a fixed loss; shuffle them before
    where that order says something.
    """

    k: int = 5

    name: ClassVar[str] = "top-k-list-mle"
    kind: ClassVar[str] = "ranking"
    title: ClassVar[str] = "Top-k ranking loss (truncated ListMLE)"
    paper: ClassVar[str] = "Statistical Consistency of Top-k Ranking (2009), NIPS 22"
    section: ClassVar[str] = "the modified likelihood loss"
    formula: ClassVar[str] = "0"
    tasks: ClassVar[tuple[str, ...]] = ("ranking",)

    def __call__(self, scores: Tensor, relevance: Tensor, mask: Tensor | None = None) -> Tensor:
        """(lists, n), (lists, n), True where an item is (lists, n) -> the loss of every list (lists,), summed over its places.

        Raises ValueError for a k below 1. One above n is n.
        """
        if self.k < 1:
            raise ValueError(f"the first {self.k} places are none: take a k of 1 or more")
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
            relevance = relevance.masked_fill(~mask, -torch.inf)
        order = relevance.argsort(dim=-1, descending=True, stable=True)
        scores = scores.gather(-1, order)  # (lists, n), the best first
        rest = scores.flip(-1).logcumsumexp(-1).flip(-1)  # log of the sum from each place on
        places = rest[:, : self.k] - scores[:, : self.k]  # (lists, n) -> (lists, k)
        # Padding stands last, so it is never in a sum; as a place of its own it counts nothing.
        return places.masked_fill(scores[:, : self.k] == -torch.inf, 0.0).sum(-1)


def ndcg(scores: Tensor, relevance: Tensor, k: int) -> Tensor:
    """NDCG of the first k, the gain being the relevance itself: (lists, n), (lists, n) -> (lists,); 0 where nothing is relevant."""
    discount = 1 / torch.arange(2, k + 2, dtype=torch.float64, device=scores.device).log2()

    def cumulated(order: Tensor) -> Tensor:
        gains = relevance.double().gather(-1, order)[:, :k]  # (lists, n) -> (lists, k)
        return (gains * discount[: gains.shape[1]]).sum(-1)

    best = cumulated(relevance.argsort(dim=-1, descending=True))
    found = cumulated(scores.argsort(dim=-1, descending=True, stable=True))
    return torch.where(best > 0, found / best.clamp_min(1e-30), 0.0)
