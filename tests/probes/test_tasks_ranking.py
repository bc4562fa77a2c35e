from __future__ import annotations

import numpy as np
import pytest
import torch
from limits import few, no_tick
from sklearn.metrics import ndcg_score

from survey.bench.alone import build_alone, build_count
from survey.bench.data.lists import ITEMS, build_lists
from survey.bench.tasks.ranking import Ranking, build_loss, build_trial, load_splits
from survey.bench.training import BudgetError
from survey.probes.errors import ProbeError
from survey.probes.list_mle import TopKListMLE

TASK = Ranking()


def test_half_of_the_items_are_irrelevant_and_lists_have_levels_of_their_own() -> None:
    lists = build_lists(400, seed=0)
    shares = torch.bincount(lists.relevance.flatten().long(), minlength=5) / lists.relevance.numel()
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.2, 0.15, 0.1, 0.05]), atol=0.01, rtol=0)
    assert lists.relevance.mean(1).std() > 2 * lists.relevance.std() / ITEMS**0.5  # more than chance gives
    rises = [float(lists.utility[lists.relevance == grade].mean()) for grade in range(5)]
    assert rises == sorted(rises)


def test_the_seed_alone_decides_the_lists() -> None:
    assert torch.equal(build_lists(3, 1).features, build_lists(3, 1).features)
    assert not torch.equal(build_lists(3, 1).features, build_lists(3, 2).features)


def test_no_list_is_in_two_splits() -> None:
    rows = torch.cat([split.features.flatten(1) for split in load_splits(0)])
    assert len(torch.unique(rows, dim=0)) == len(rows) == 900


def test_the_scores_are_those_of_scikit_learn() -> None:
    _, validation, test = load_splits(0)
    ranked = torch.randn(test.relevance.shape, generator=torch.Generator().manual_seed(3))
    trial = build_trial(ranked[: len(validation.relevance)], validation, ranked, test)
    judged = test.relevance.amax(1) > 0  # scikit-learn gives 0 to the others as well, but says nothing of it
    for k in (5, 20):
        expected = ndcg_score(test.relevance[judged].numpy(), ranked[judged].double().numpy(), k=k)
        assert trial.scores[f"ndcg@{k}"] == pytest.approx(expected * judged.double().mean().item(), abs=1e-9)
    top = np.take_along_axis(test.relevance.numpy(), ranked.numpy().argmax(1)[:, None], 1)[:, 0]
    assert trial.scores["best first"] == pytest.approx((top == test.relevance.numpy().max(1)).mean())


def test_a_loss_counts_by_place() -> None:
    scores, grades = torch.zeros(1, ITEMS), torch.arange(ITEMS).float()[None]
    places = torch.arange(ITEMS, 0, -1).float().log()  # with equal scores, place i is drawn from n - i items
    assert float(build_loss("list-mle")(scores, grades)) == pytest.approx(float(places.mean()), rel=1e-5)
    assert float(build_loss(TopKListMLE(5))(scores, grades)) == pytest.approx(float(places[:5].mean()), rel=1e-5)
    assert float(build_loss("softmax")(scores, grades)) == pytest.approx(float(places[0]), rel=1e-5)
    assert float(build_loss("pointwise")(scores, grades)) == pytest.approx(float((grades**2).mean()))


def test_a_trial_repeats_to_the_bit() -> None:
    trials = [TASK.learn('top-k-list-mle{"k": 3}', 0.01, 0, few(), no_tick) for _ in range(2)]
    assert trials[0] == trials[1]
    assert trials[0].steps == 10
    assert trials[0].count == {"method": 0, "norm": 0, "head": 705, "stored": 705, "total": 705}
    assert TASK.learn("top-k-list-mle", 0.01, 0, few(), no_tick) != trials[0]


def test_rows_that_learn_nothing_have_no_parameters() -> None:
    blind, oracle = (TASK.learn(row, None, 0, few(), no_tick) for row in ("random", "oracle"))
    assert not blind.count
    assert blind.scores["ndcg@5"] < 0.45 < 0.85 < oracle.scores["ndcg@5"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("lora", "'lora' cannot be tried on ranking. Take one of top-k-list-mle"),
        ("top-k-list-mle+top-k-list-mle", "tries one at a time"),
        ('oracle{"k": 2}', "oracle has no settings"),
        ('top-k-list-mle{"q": 2}', "no setting 'q'"),
    ],
)
def test_what_cannot_be_tried_is_one_line(spec: str, message: str) -> None:
    with pytest.raises(ProbeError, match=message) as caught:
        TASK.learn(spec, 0.01, 0, few(), no_tick)
    assert "\n" not in str(caught.value)


def test_no_place_that_counts_is_an_error() -> None:
    with pytest.raises(ProbeError, match=r"^top-k-list-mle: the first 0 places are none. Take a k of 1 or more.$"):
        TASK.learn('top-k-list-mle{"k": 0}', 0.01, 0, few(), no_tick)


def test_a_budget_too_short_for_one_step() -> None:
    with pytest.raises(BudgetError, match="too short for one step"):
        TASK.learn("top-k-list-mle", 0.01, 0, few(seconds=-1), no_tick)


def test_counts_tell_a_method_from_what_is_around_it() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))
    aside = torch.nn.Linear(4, 1)
    inside = build_count(model, list(model[0].parameters()))
    assert inside == {"method": 8, "norm": 0, "head": 3, "stored": 11, "total": 11}
    beside = build_count(model, list(aside.parameters()))
    assert beside == {"method": 5, "norm": 0, "head": 11, "stored": 11, "total": 16}
    assert build_alone("oracle", "ranking", ("top-k-list-mle",), ("oracle",)) == "oracle"
