from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from limits import few, no_tick

from survey.bench.data.digits import Labelled
from survey.bench.models.teachers import KNOWN, School, build_classifier, knows, load_school
from survey.bench.tasks.distillation import PartialTeachers, Teaching, build_majority
from survey.bench.training import BudgetError
from survey.probes.distillation import Distillation
from survey.probes.errors import ProbeError
from survey.probes.teacher_selection import TeacherSelection

TASK = PartialTeachers()


@pytest.fixture(scope="module")
def school() -> School:
    return load_school(0)


def lesson(method: object) -> tuple[Teaching, torch.nn.Module, Labelled, torch.Tensor]:
    """Of four images and what three teachers say of them."""
    generator = torch.Generator().manual_seed(0)
    images = Labelled(torch.rand(4, 8, 8, generator=generator), torch.tensor([0, 3, 7, 9]))
    says = torch.randn(3, 4, 10, generator=generator)
    torch.manual_seed(0)
    student = build_classifier(8)
    return Teaching(method, student, images, says, seed=0), student, images, says


def test_every_digit_is_known_to_two_teachers() -> None:
    assert knows(torch.arange(10)).sum(0).tolist() == [2] * 10
    assert [len(known) for known in KNOWN] == [7, 7, 6]
    assert knows(torch.tensor([8])).flatten().tolist() == [0, 1, 1]


def test_a_teacher_is_sure_of_what_it_knows_and_never_says_another_digit(school: School) -> None:
    labels = school.splits.train.labels
    said = school.says.argmax(-1)  # (teachers, images)
    known = knows(labels).bool()
    for teacher, digits in enumerate(KNOWN):
        assert torch.isin(said[teacher], torch.tensor(digits)).all()
        assert (said[teacher] == labels)[known[teacher]].float().mean() > 0.97
        assert school.says[teacher].softmax(-1).amax(-1)[~known[teacher]].mean() > 0.6


def test_teachers_are_trained_once_for_a_seed(school: School) -> None:
    assert load_school(0) is school


def test_rows_minimise_what_they_say() -> None:
    every = torch.arange(4)
    for method in ("cross-entropy", Distillation(2.0, 0.5), "oracle"):
        teaching, student, images, says = lesson(method)
        answers = student(images.inputs)
        expected = {
            "cross-entropy": F.cross_entropy(answers, images.labels),
            "oracle": TeacherSelection(2.0, 0.9).losses(answers, says, images.labels, knows(images.labels)).mean(),
        }.get(str(method), Distillation(2.0, 0.5)(answers, says, images.labels))
        torch.testing.assert_close(teaching.loss(every), expected)


def test_the_policy_moves_to_what_helped_more_than_usual() -> None:
    teaching, _, _, _ = lesson(TeacherSelection(2.0, 0.9))
    assert teaching.policy is not None
    teaching.loss(torch.arange(4))
    assert teaching.waiting is not None
    chosen, states, selected, before = teaching.waiting
    before_step = teaching.policy(states).detach()
    torch.testing.assert_close(before_step, torch.zeros(3, 4))  # a chance of one half each at the start
    teaching.waiting = (chosen, states, selected, before + 1)  # as if each image's cross-entropy had fallen by 1
    teaching._reward()
    after_step = teaching.policy(states).detach()
    losses = [float(F.binary_cross_entropy_with_logits(logits, selected)) for logits in (before_step, after_step)]
    assert losses[1] < losses[0]  # what was drawn is likelier now
    assert teaching.baseline == pytest.approx(0.1)


def test_what_was_heard_is_told() -> None:
    teaching, _, _, _ = lesson("oracle")
    teaching.chances = [(0.0, 96.0), (32.0, 48.0)]
    assert teaching.heard(5) == {"heard": 48 / 96, "right teachers": 32 / 48}
    teaching.chances = [(0.0, 0.0)]
    assert teaching.heard(5) == {"heard": 0.0}


def test_a_trial_repeats_and_counts_the_policy(school: School) -> None:
    trials = [TASK.learn("teacher-selection", 0.03, 0, few(), no_tick) for _ in range(2)]
    assert trials[0] == trials[1]
    assert trials[0].count["method"] == TeacherSelection().parameter_count(64, 10, 3) == 228
    assert trials[0].count["stored"] == 65 * 32 + 33 * 10  # the student: the policy has served when it is trained
    alone = TASK.learn("cross-entropy", 0.03, 0, few(), no_tick)
    assert alone.count["total"] == alone.count["stored"] == trials[0].count["stored"]
    assert "heard" not in alone.scores


def test_majority_is_the_digit_shown_most() -> None:
    one = Labelled(torch.zeros(3, 8, 8), torch.tensor([4, 4, 2]))
    trial = build_majority(one, one, one)
    assert trial.validation == trial.scores["accuracy"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("lora", "'lora' cannot be tried on distillation"),
        ('distillation{"temperature": 0}', "distillation: a temperature of 0. Take one above 0."),
        ("distillation+teacher-selection", "tries one at a time"),
    ],
)
def test_bad_requests_are_one_line(school: School, spec: str, message: str) -> None:
    with pytest.raises(ProbeError, match=message) as caught:
        TASK.learn(spec, 0.03, 0, few(), no_tick)
    assert "\n" not in str(caught.value)


def test_a_budget_too_short_for_one_step(school: School) -> None:
    with pytest.raises(BudgetError, match="too short for one step"):
        TASK.learn("oracle", 0.03, 0, few(seconds=-1), no_tick)
