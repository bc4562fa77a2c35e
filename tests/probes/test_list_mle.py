from __future__ import annotations

from itertools import permutations

import pytest
import torch
import torch.nn.functional as F

from survey.probes.list_mle import TopKListMLE, ndcg


def drawn(*size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_first_place_alone_is_cross_entropy() -> None:
    scores, relevance = drawn(6, 9), drawn(6, 9, seed=1)
    expected = F.cross_entropy(scores, relevance.argmax(1), reduction="none")
    torch.testing.assert_close(TopKListMLE(k=1)(scores, relevance), expected, atol=1e-12, rtol=0)


def test_all_places_are_list_mle() -> None:
    scores, relevance = drawn(6, 9), drawn(6, 9, seed=1)
    order = relevance.argsort(1, descending=True)
    chosen = scores.gather(1, order)
    expected = sum(chosen[:, i:].logsumexp(1) - chosen[:, i] for i in range(9))
    torch.testing.assert_close(TopKListMLE(k=9)(scores, relevance), expected, atol=1e-9, rtol=0)
    torch.testing.assert_close(TopKListMLE(k=50)(scores, relevance), expected, atol=1e-9, rtol=0)


def test_the_chances_of_all_orders_of_the_first_two_make_one() -> None:
    scores = drawn(1, 5)
    total = 0.0
    for first, second in permutations(range(5), 2):
        relevance = torch.zeros(1, 5)
        relevance[0, first], relevance[0, second] = 2, 1
        total += (-TopKListMLE(k=2)(scores, relevance)).exp().item()
    assert total == pytest.approx(1, abs=1e-9)


def test_padding_changes_nothing() -> None:
    scores, relevance = drawn(3, 4), drawn(3, 4, seed=1)
    mask = torch.ones(3, 7, dtype=torch.bool)
    mask[:, 4:] = False
    wide = [F.pad(x, (0, 3), value=9.0).requires_grad_() for x in (scores, relevance)]
    loss = TopKListMLE(k=6)(wide[0], wide[1].detach(), mask)
    torch.testing.assert_close(loss, TopKListMLE(k=6)(scores, relevance))
    loss.sum().backward()
    assert torch.isfinite(wide[0].grad).all()
    assert (wide[0].grad[:, 4:] == 0).all()
    assert (wide[0].grad[:, :4] != 0).all()


def test_ties_are_settled_alike_each_time() -> None:
    scores, relevance = drawn(2, 6), torch.tensor([[1.0, 1, 0, 0, 2, 2]] * 2)
    before = torch.get_rng_state()
    assert torch.equal(TopKListMLE(k=3)(scores, relevance), TopKListMLE(k=3)(scores, relevance))
    assert torch.equal(before, torch.get_rng_state())


def test_learning_it_ranks() -> None:
    features, relevance = drawn(20, 8, 3), None
    relevance = (features @ torch.tensor([1.0, -2, 0.5], dtype=torch.float64)).relu().round()
    weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    before = ndcg((features * drawn(3, seed=4)).sum(-1), relevance, 5).mean()
    for _ in range(100):
        loss = TopKListMLE(k=5)(features @ weight, relevance).mean()
        (gradient,) = torch.autograd.grad(loss, weight)
        weight = (weight - 0.5 * gradient).detach().requires_grad_()
    assert ndcg((features @ weight).detach(), relevance, 5).mean() > max(before, 0.95)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_ndcg_is_that_of_scikit_learn(k: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    scores, relevance = drawn(10, 12), drawn(10, 12, seed=1).abs().round()
    expected = [metrics.ndcg_score(relevance[i : i + 1].numpy(), scores[i : i + 1].numpy(), k=k) for i in range(10)]
    assert ndcg(scores, relevance, k).tolist() == pytest.approx(expected, abs=1e-9)


def test_ndcg_where_nothing_is_relevant() -> None:
    assert ndcg(drawn(1, 4), torch.zeros(1, 4), 3).item() == 0


def test_no_places_are_an_error() -> None:
    with pytest.raises(ValueError, match="first 0 places"):
        TopKListMLE(k=0)(drawn(1, 4), drawn(1, 4))
