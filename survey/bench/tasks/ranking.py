"""Learning to rank lists whose right order is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.lists import EMPTY, ITEMS, TELLING, Lists, build_lists
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.list_mle import TopKListMLE, ndcg

TRAIN, VALIDATION, TEST = 200, 200, 500
PLACES = 5  # that count
BATCH = 16  # lists
Loss = Callable[[Tensor, Tensor], Tensor]


@task
@dataclass(frozen=True)
class Ranking:
    """One scorer for all, 20 -> 32 -> 1; only its loss differs. `random` orders blindly, `oracle` knows what was graded but for
    the noise of the grading: no scorer can be better on average.
    """

    name: ClassVar[str] = "ranking"
    title: ClassVar[str] = "Rank 20 items of 5 grades by 20 features, 14 of them noise: the first 5 places"
    measures: ClassVar[tuple[Measure, ...]] = (Measure("ndcg@5"), Measure("ndcg@20"), Measure("best first"))
    rows: ClassVar[tuple[str, ...]] = ("random", "pointwise", "softmax", "list-mle", "oracle")
    rates: ClassVar[tuple[float, ...]] = (3e-3, 1e-2, 3e-2)
    steps: ClassVar[int] = 200

    def methods(self) -> tuple[str, ...]:
        return ("top-k-list-mle", *self.rows)

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_splits(seed)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, ("top-k-list-mle",), self.rows)
        learning, validation, test = (split.to(limits.device) for split in load_splits(seed))
        if own in ("random", "oracle"):
            generator = torch.Generator().manual_seed(seed)
            judged = [
                split.utility if own == "oracle" else torch.rand(split.utility.shape, generator=generator)
                for split in (validation, test)
            ]
            return build_trial(judged[0], validation, judged[1], test)
        torch.manual_seed(seed)
        scorer = nn.Sequential(nn.Linear(TELLING + EMPTY, 32), nn.ReLU(), nn.Linear(32, 1)).to(limits.device)
        loss = build_loss(own)
        with settings_in_words(own):
            done = train(
                scorer,
                index_batches(TRAIN, BATCH, seed),
                lambda chosen: loss(scorer(learning.features[chosen]).squeeze(-1), learning.relevance[chosen]),
                list(scorer.parameters()),
                rate or self.rates[0],
                limits,
                tick,
            )
        with torch.no_grad():
            found = [
                scorer(split.features).squeeze(-1) for split in (validation, test)
            ]  # (lists, items, 1) -> (lists, items)
        return build_trial(found[0], validation, found[1], test, build_count(scorer), done)


@lru_cache(maxsize=5)
def load_splits(seed: int) -> tuple[Lists, Lists, Lists]:
    """Of one world: to learn from, to choose the rate by, to measure."""
    lists = build_lists(TRAIN + VALIDATION + TEST, seed)
    return lists[:TRAIN], lists[TRAIN : TRAIN + VALIDATION], lists[TRAIN + VALIDATION :]


def build_loss(method: TopKListMLE | str) -> Loss:
    """Scores and grades (lists, items) -> a scalar. Divided by the places that count, so that a rate means the same for all."""
    if method == "pointwise":
        return lambda scores, grades: F.mse_loss(scores, grades)
    own = {"softmax": TopKListMLE(1), "list-mle": TopKListMLE(ITEMS)}.get(str(method), method)
    assert isinstance(own, TopKListMLE)
    return lambda scores, grades: own(scores, grades).mean() / min(own.k, ITEMS)


def build_trial(
    found: Tensor, validation: Lists, ranked: Tensor, test: Lists, count: dict[str, int] | None = None, steps: int = 0
) -> Trial:
    """From scores of the validation and the test lists, (lists, items) each."""
    best = test.relevance.gather(1, ranked.argmax(1, keepdim=True)).squeeze(1) == test.relevance.amax(1)
    scores = {
        "ndcg@5": float(ndcg(ranked, test.relevance, PLACES).mean()),
        "ndcg@20": float(ndcg(ranked, test.relevance, ITEMS).mean()),
        "best first": float(best.float().mean()),
    }
    return Trial(float(ndcg(found, validation.relevance, PLACES).mean()), scores, count or {}, steps)
