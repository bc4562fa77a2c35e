from __future__ import annotations

from itertools import product

import pytest
import torch
import torch.nn.functional as F

from survey.probes.distillation import Distillation, soft_losses
from survey.probes.teacher_selection import TeacherSelection

K, BATCH, CLASSES, WIDTH = 3, 6, 4, 5


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def drawn() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features, logits of the student and of the teachers, labels."""
    labels = torch.arange(BATCH) % CLASSES
    return torch.randn(BATCH, WIDTH), torch.randn(BATCH, CLASSES), torch.randn(K, BATCH, CLASSES), labels


def test_distillation_is_the_formula_of_hinton() -> None:
    _, student, teachers, labels = drawn()
    t = 3.0
    soft = [
        F.kl_div(F.log_softmax(student / t, 1), F.softmax(teacher / t, 1), reduction="batchmean")
        for teacher in teachers
    ]
    expected = 0.3 * F.cross_entropy(student, labels) + 0.7 * t**2 * sum(soft) / K
    torch.testing.assert_close(Distillation(t, 0.7)(student, teachers, labels), expected)


def test_a_student_that_agrees_has_no_soft_loss() -> None:
    _, student, _, labels = drawn()
    loss = Distillation(4.0, 0.9)(student, student[None], labels)
    torch.testing.assert_close(loss, 0.1 * F.cross_entropy(student, labels))


def test_soft_gradients_keep_their_size() -> None:
    # At a high temperature the gradient is that of matching logits, (v - z) / classes, whatever T is.
    _, student, teachers, _ = drawn()
    centred = [x - x.mean(-1, keepdim=True) for x in (student, teachers[0])]
    student = student.requires_grad_()
    for t in (100.0, 200.0):
        (gradient,) = torch.autograd.grad(soft_losses(student, teachers[:1], t).sum(), student)
        torch.testing.assert_close(gradient, (centred[0] - centred[1]) / CLASSES, atol=0.02, rtol=0)
    with pytest.raises(ValueError, match="a temperature of 0"):
        soft_losses(student, teachers, 0)


def test_all_teachers_selected_is_distillation_and_none_is_cross_entropy() -> None:
    _, student, teachers, labels = drawn()
    method = TeacherSelection(3.0, 0.7)
    every = method.losses(student, teachers, labels, torch.ones(K, BATCH)).mean()
    torch.testing.assert_close(every, Distillation(3.0, 0.7)(student, teachers, labels))
    one = torch.zeros(K, BATCH)
    one[1] = 1
    torch.testing.assert_close(
        method.losses(student, teachers, labels, one).mean(), Distillation(3.0, 0.7)(student, teachers[1:2], labels)
    )
    none = method.losses(student, teachers, labels, torch.zeros(K, BATCH)).mean()
    torch.testing.assert_close(none, F.cross_entropy(student, labels))


def test_the_policy_is_counted_and_starts_undecided() -> None:
    features, _, teachers, labels = drawn()
    method = TeacherSelection()
    policy, states = method.build(WIDTH, CLASSES, K), method.states(features, teachers, labels)
    assert states.shape == (K, BATCH, WIDTH + CLASSES + 1)
    assert sum(p.numel() for p in policy.parameters()) == method.parameter_count(WIDTH, CLASSES, K)
    assert (policy(states).sigmoid() == 0.5).all()
    policy.loss(states, policy.select(states, torch.Generator().manual_seed(0)), torch.randn(BATCH)).backward()
    assert all((p.grad != 0).any(-1).all() for p in policy.parameters())
    with pytest.raises(ValueError, match="0 teachers"):
        method.build(WIDTH, CLASSES, 0)


def test_reinforce_estimates_the_gradient_of_the_expected_reward() -> None:
    features, student, teachers, labels = (x[:, :1] if x.dim() == 3 else x[:1] for x in drawn())
    method = TeacherSelection()
    policy, states = method.build(WIDTH, CLASSES, K), method.states(features, teachers, labels)
    torch.nn.init.normal_(policy.matrix, std=0.3)
    expected = torch.zeros(())
    chances = policy(states).sigmoid()
    rewards = {}
    for action in product([0.0, 1.0], repeat=K):
        selected = torch.tensor(action)[:, None]
        rewards[action] = -method.losses(student, teachers, labels, selected)
        expected = expected + (selected * chances + (1 - selected) * (1 - chances)).prod() * rewards[action].sum()
    exact = torch.autograd.grad(-expected, list(policy.parameters()))
    generator, count = torch.Generator().manual_seed(0), 20_000
    many = states.expand(-1, count, -1)
    selected = policy.select(many, generator)
    gained = torch.stack([rewards[tuple(draw)] for draw in selected.T.tolist()]).squeeze(-1)
    baseline = sum(rewards.values()) / len(rewards)
    found = torch.autograd.grad(policy.loss(many, selected, gained - baseline), list(policy.parameters()))
    for ours, theirs in zip(found, exact, strict=True):
        assert ((ours - theirs).norm() / theirs.norm()).item() < 0.05


def test_the_policy_finds_the_one_good_teacher() -> None:
    method = TeacherSelection(1.0, 1.0)
    policy, generator = method.build(WIDTH, CLASSES, K), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(policy.parameters(), lr=0.1)
    for _ in range(70):
        labels = torch.randint(0, CLASSES, (64,), generator=generator)
        right = 5.0 * F.one_hot(labels, CLASSES)
        teachers = torch.stack([right, right.roll(1, 1), right.roll(2, 1)])
        states = method.states(torch.randn(64, WIDTH, generator=generator), teachers, labels)
        selected = policy.select(states, generator)
        # the reward: how near the mean of what was selected comes to the label
        chances = (selected[..., None] * teachers.softmax(-1)).sum(0) / selected.sum(0)[:, None].clamp_min(1)
        rewards = chances.gather(1, labels[:, None]).squeeze(1)
        optimizer.zero_grad()
        policy.loss(states, selected, rewards - rewards.mean()).backward()
        optimizer.step()
    good, *bad = policy(states).sigmoid().mean(1).tolist()
    assert good > 0.8
    assert max(bad) < 0.2
