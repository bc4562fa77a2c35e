"""Imbalanced digits: how many there are of each, what is measured, and each loss as its formula."""

from __future__ import annotations

import time

import pytest
import torch
from limits import no_tick
from sklearn.metrics import balanced_accuracy_score
from torch import nn
from torch.nn import functional

from survey.bench.calibration import expected_calibration_error
from survey.bench.data.digits import Labelled, Splits
from survey.bench.task import Limits, Trial
from survey.bench.tasks.imbalanced import CLASSES, Imbalanced, build_loss, build_mlp, judge, load_imbalanced, recall
from survey.bench.training import BudgetError
from survey.bench.variants import spell_out
from survey.probes import load_methods
from survey.probes.errors import ProbeError
from survey.probes.focal import FocalLoss
from survey.probes.mixup import Mixup
from survey.probes.r_drop import RDrop

TASK = Imbalanced()


def learn(method: str, limits: Limits | None = None) -> Trial:
    return TASK.learn(method, 1e-2, 0, limits or Limits(3, float("inf")), no_tick)


# ---- data ------------------------------------------------------------------------------------------------------------


def test_each_digit_is_half_as_frequent_as_the_one_before() -> None:
    splits = load_imbalanced(0)
    counts = torch.bincount(splits.train.labels, minlength=CLASSES)
    assert sorted(counts.tolist(), reverse=True) == [128, 64, 32, 16, 8, 4, 2, 2, 2, 2]
    assert torch.bincount(splits.validation.labels).tolist() == [14] * 10
    assert torch.bincount(splits.test.labels).tolist() == [30] * 10
    assert counts.tolist() != torch.bincount(load_imbalanced(1).train.labels, minlength=CLASSES).tolist()


def test_no_image_is_in_two_splits() -> None:
    splits = load_imbalanced(0)
    seen = [{one.numpy().tobytes() for one in part.inputs} for part in (splits.train, splits.validation, splits.test)]
    assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]


# ---- measures --------------------------------------------------------------------------------------------------------


def test_a_calibration_error_by_hand() -> None:
    # Two at .8, one of them right: |1 - 1.6| = .6; one at .6, right: |1 - .6| = .4. In all (.6 + .4) / 3.
    probabilities = torch.tensor([[0.8, 0.2], [0.2, 0.8], [0.6, 0.4]])
    assert expected_calibration_error(probabilities, torch.tensor([0, 0, 0]), bins=5) == pytest.approx(1 / 3)


def test_who_is_as_sure_as_right_is_calibrated() -> None:
    probabilities = torch.tensor([[0.75, 0.25]] * 4)
    assert expected_calibration_error(probabilities, torch.tensor([0, 0, 0, 1])) == pytest.approx(0)
    certain = torch.eye(3)
    assert expected_calibration_error(certain, torch.tensor([0, 1, 2])) == 0
    assert expected_calibration_error(certain, torch.tensor([1, 2, 0])) == 1


def test_the_mean_of_recalls_is_the_balanced_accuracy_and_rare_digits_are_counted_apart() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(CLASSES).repeat(20)
    scores = torch.rand(len(labels), CLASSES, generator=generator) + 0.3 * functional.one_hot(labels, CLASSES)
    expected = balanced_accuracy_score(labels, scores.argmax(1))
    assert float(recall(scores, labels).mean()) == pytest.approx(expected)

    part = Labelled(torch.zeros(len(labels), 64), labels)
    counts = torch.tensor([100, 100, 100, 100, 100, 100, 100, 100, 8, 2])
    always_nine = functional.one_hot(torch.full_like(labels, 9), CLASSES).float()
    validation, test = judge(always_nine, scores, Splits(part, part, part), counts)
    assert validation == pytest.approx(0.1)
    assert test["rare recall"] == pytest.approx(float(recall(scores, labels)[8:].mean()))
    _, nine = judge(scores, always_nine, Splits(part, part, part), counts)
    assert nine["rare recall"] == 0.5


# ---- losses ----------------------------------------------------------------------------------------------------------


def test_the_losses_are_those_of_the_methods() -> None:
    torch.manual_seed(0)
    model = nn.Linear(4, CLASSES)
    x, y, counts = torch.randn(6, 4), torch.tensor([0, 1, 1, 2, 9, 9]), torch.arange(1, CLASSES + 1)
    log_p = model(x).log_softmax(-1)[range(6), y]
    plain = functional.cross_entropy(model(x), y)

    def of(own: object) -> torch.Tensor:
        return build_loss(own, model, counts, torch.Generator().manual_seed(0))(x, y)

    torch.testing.assert_close(of("cross-entropy"), plain)
    torch.testing.assert_close(of("weighted"), -(log_p / counts[y]).sum() / (1 / counts[y]).sum())
    torch.testing.assert_close(of(FocalLoss(gamma=2)), -((1 - log_p.exp()) ** 2 * log_p).mean())
    torch.testing.assert_close(of(FocalLoss(gamma=0)), plain)
    torch.testing.assert_close(of(RDrop()), plain)  # without dropout, both passes are the same
    mixed, targets = Mixup()(x, y, CLASSES, torch.Generator().manual_seed(0))
    torch.testing.assert_close(of(Mixup()), functional.cross_entropy(model(mixed), targets))


def test_with_dropout_the_passes_of_r_drop_disagree() -> None:
    torch.manual_seed(0)
    model, x, y = build_mlp().train(), torch.rand(8, 64), torch.arange(8)
    counts = torch.ones(CLASSES)
    strong, weak = (build_loss(RDrop(alpha), model, counts, torch.Generator()) for alpha in (10.0, 0.0))
    with torch.no_grad():
        assert float(strong(x, y)) > float(weak(x, y)) + 1e-3


# ---- the task --------------------------------------------------------------------------------------------------------


def test_the_majority_finds_one_digit_of_ten_and_nothing_rare() -> None:
    scores = learn("majority").scores
    assert scores["balanced accuracy"] == pytest.approx(0.1)
    assert scores["rare recall"] == 0
    assert scores["calibration error"] == pytest.approx(0.9)


@pytest.mark.parametrize("method", [name for name in TASK.methods() if name != "majority"])
def test_every_method_learns(method: str) -> None:
    trial = learn(method)
    assert trial.steps == 3
    assert trial.count["total"] == trial.count["head"] == sum(value.numel() for value in build_mlp().parameters())
    assert set(trial.scores) == {measure.name for measure in TASK.measures}
    assert trial == learn(method)


def test_a_variant_is_its_method_with_a_setting() -> None:
    assert learn("focal-1").config["focal"]["gamma"] == 1.0
    assert learn('focal{"gamma": 3.0}').config["focal"]["gamma"] == 3.0
    assert (
        spell_out('focal-1{"alpha": 0.5}', {"focal-1": ("focal", {"gamma": 1.0})})
        == 'focal{"gamma": 1.0, "alpha": 0.5}'
    )


def test_the_list_of_methods_and_the_task_name_each_other() -> None:
    listed = {name for name, method in load_methods().items() if TASK.name in method.tasks}
    assert listed == set(TASK.methods()) & load_methods().keys()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("lora", "cannot be tried on imbalanced"),
        ("focal+mixup", "tries one at a time"),
        ('weighted{"gamma": 2}', "has no settings"),
        ('mixup{"alpha": 0}', "take one above 0"),
        ('focal{"rank": 2}', "has no setting 'rank'"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(spec: str, words: str) -> None:
    with pytest.raises(ProbeError) as caught:
        learn(spec)
    assert words.lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value)


def test_a_budget_too_short_for_one_step_is_said() -> None:
    with pytest.raises(BudgetError, match="too short for one step"):
        learn("focal", Limits(3, time.monotonic() - 1))
