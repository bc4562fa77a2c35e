from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from survey.probes.focal import FocalLoss, prior_bias
from survey.probes.mixgen import MixGen
from survey.probes.mixup import Mixup, draw_beta
from survey.probes.r_drop import RDrop, symmetric_divergence


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ---- focal loss ------------------------------------------------------------------------------------------------------


def test_focal_without_its_two_parameters_is_cross_entropy() -> None:
    logits, targets = torch.randn(50, generator=seeded()), (torch.rand(50, generator=seeded(1)) < 0.3).float()
    ours = FocalLoss(gamma=0, alpha=None)(logits, targets)
    theirs = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    torch.testing.assert_close(ours, theirs, atol=1e-7, rtol=1e-6)
    logits, labels = torch.randn(20, 5, generator=seeded()), torch.arange(20) % 5
    torch.testing.assert_close(FocalLoss(gamma=0)(logits, labels), F.cross_entropy(logits, labels, reduction="none"))


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_is_the_formula_of_the_paper(gamma: float) -> None:
    logits, targets = torch.linspace(-5, 5, 21, dtype=torch.float64), torch.arange(21) % 2
    p = torch.sigmoid(logits)
    p_t, alpha_t = torch.where(targets == 1, p, 1 - p), torch.where(targets == 1, 0.25, 0.75)
    expected = -alpha_t * (1 - p_t) ** gamma * p_t.log()
    torch.testing.assert_close(FocalLoss(gamma, 0.25)(logits, targets), expected, atol=1e-10, rtol=0)


def test_focal_of_two_classes_is_that_of_one_logit() -> None:
    logits, labels = torch.randn(20, 2, generator=seeded()), torch.arange(20) % 2
    one = FocalLoss(2.0, None)(logits[:, 1] - logits[:, 0], labels)
    torch.testing.assert_close(FocalLoss(2.0)(logits, labels), one, atol=1e-6, rtol=0)


def test_focal_is_finite_and_exact_far_out() -> None:
    logits = torch.tensor([-200.0, -12.0, 12.0, 200.0], requires_grad=True)
    loss = FocalLoss(2.0, None)(logits, torch.ones(4))
    loss.sum().backward()
    exact = FocalLoss(2.0, None)(logits.detach().double(), torch.ones(4))
    torch.testing.assert_close(loss, exact.float(), atol=0, rtol=1e-5)
    assert torch.isfinite(logits.grad).all()


def test_prior_bias_starts_at_the_prior() -> None:
    assert torch.sigmoid(torch.tensor(prior_bias(0.01))).item() == pytest.approx(0.01, abs=1e-6)


# ---- mixup -----------------------------------------------------------------------------------------------------------


def test_mixup_mixes_images_and_labels_alike() -> None:
    x = F.one_hot(torch.arange(6), 6).float()  # an image that is its own label
    mixed, targets = Mixup(alpha=1.0)(x, torch.arange(6), 6, seeded(5))
    torch.testing.assert_close(mixed, targets)
    torch.testing.assert_close(targets.sum(1), torch.ones(6))
    assert ((targets > 0).sum(1) <= 2).all()
    weights = targets.max(1).values[(targets > 0).sum(1) == 2]
    assert len(weights) >= 2
    torch.testing.assert_close(weights, weights[:1].expand_as(weights))  # one lambda a batch


def test_mixup_draws_from_the_beta_distribution() -> None:
    stats = pytest.importorskip("scipy.stats")
    generator = seeded()
    for alpha in (0.2, 2.0):
        drawn = [draw_beta(alpha, generator) for _ in range(2000)]
        assert stats.kstest(drawn, stats.beta(alpha, alpha).cdf).pvalue > 0.01
    assert 0 <= draw_beta(1e-4, generator) <= 1


def test_mixup_leaves_the_global_state_and_repeats() -> None:
    x, labels = torch.randn(8, 3, generator=seeded()), torch.arange(8) % 3
    state = torch.get_rng_state()
    first, second = (Mixup()(x, labels, 3, seeded(2))[0] for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(state, torch.get_rng_state())


def test_mixup_with_an_alpha_that_is_none() -> None:
    with pytest.raises(ValueError, match="alpha of 0"):
        Mixup(alpha=0)(torch.zeros(2, 1), torch.zeros(2, dtype=torch.long), 2, seeded())


# ---- MixGen ----------------------------------------------------------------------------------------------------------


def test_mixgen_joins_pairs_and_leaves_its_arguments() -> None:
    images, texts = torch.arange(8.0).view(8, 1), list("abcdefgh")
    mixed, joined = MixGen(weight=0.5, share=0.25)(images, texts)
    assert mixed.flatten().tolist() == [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert joined == ["a c", "b d", "c", "d", "e", "f", "g", "h"]
    assert images.flatten().tolist() == list(range(8))
    assert texts == list("abcdefgh")


def test_mixgen_of_a_whole_batch_mixes_no_mixture() -> None:
    mixed, joined = MixGen(share=0.5)(torch.arange(4.0), list("abcd"))
    assert mixed.tolist() == [1.0, 2.0, 2.0, 3.0]
    assert joined == ["a c", "b d", "c", "d"]


def test_mixgen_with_sizes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"a share of 0\.6"):
        MixGen(share=0.6)(torch.zeros(4), list("abcd"))
    with pytest.raises(ValueError, match="4 images and 3 texts"):
        MixGen()(torch.zeros(4), list("abc"))


# ---- R-Drop ----------------------------------------------------------------------------------------------------------


def test_r_drop_is_the_formula_of_the_paper() -> None:
    first, second = torch.randn(2, 9, 4, generator=seeded())
    targets = torch.arange(9) % 4
    p, q = F.log_softmax(first, 1), F.log_softmax(second, 1)
    divergence = F.kl_div(q, p, log_target=True, reduction="batchmean") + F.kl_div(
        p, q, log_target=True, reduction="batchmean"
    )
    expected = (F.cross_entropy(first, targets) + F.cross_entropy(second, targets)) / 2 + 0.7 * divergence / 2
    torch.testing.assert_close(RDrop(0.7)(first, second, targets), expected, atol=1e-6, rtol=0)


def test_r_drop_without_dropout_is_cross_entropy() -> None:
    torch.manual_seed(0)
    model, x, targets = nn.Linear(5, 3), torch.randn(8, 5), torch.arange(8) % 3
    torch.testing.assert_close(RDrop(5.0).of(model, x, targets), F.cross_entropy(model(x), targets))


def test_r_drop_passes_differ_and_both_learn() -> None:
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Dropout(0.5), nn.Linear(5, 3)), torch.randn(8, 5)
    targets = torch.arange(8) % 3
    torch.manual_seed(1)
    with_divergence = RDrop(1.0).of(model, x, targets)
    torch.manual_seed(1)
    without = RDrop(0.0).of(model, x, targets)
    assert with_divergence > without
    with_divergence.backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_the_divergence_is_symmetric() -> None:
    first, second = torch.randn(2, 9, 4, generator=seeded())
    torch.testing.assert_close(symmetric_divergence(first, second), symmetric_divergence(second, first))
    assert symmetric_divergence(first, first).item() == 0
