"""A student of three teachers who each know a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from survey.bench.alone import build_alone, build_count, settings_in_words
from survey.bench.data.digits import EDGE, Labelled
from survey.bench.models.teachers import CLASSES, KNOWN, build_classifier, knows, load_school
from survey.bench.task import Limits, Measure, Tick, Trial, task
from survey.bench.training import index_batches, train
from survey.probes.distillation import Distillation
from survey.probes.teacher_selection import TeacherSelection

LABELLED = 200  # images the student learns from; its teachers saw four times as many
BATCH = 32
WIDTH = 32
# Teachers at 2 keep what they say apart, where 4 flattens it to almost the same.
TEMPERATURE, WEIGHT = 2.0, 0.9
WAYS = ("distillation", "teacher-selection")
POLICY_RATE = 0.03
MEMORY = 0.9  # of the running mean that rewards are compared with


@task
@dataclass(frozen=True)
class PartialTeachers:
    """The same student, images and steps for all. `cross-entropy` has no teacher, `distillation` listens to all three alike,
    `oracle` to those who have seen the digit. The policy of teacher-selection is trained while the student is, by Adam.
    """

    name: ClassVar[str] = "distillation"
    title: ClassVar[str] = (
        "Learn ten digits from 200 images and three teachers, each of whom knows six or seven of them"
    )
    measures: ClassVar[tuple[Measure, ...]] = (Measure("accuracy"), Measure("right teachers"), Measure("heard"))
    rows: ClassVar[tuple[str, ...]] = ("majority", "cross-entropy", "distillation", "oracle")
    reference: ClassVar[str] = "distillation"
    rates: ClassVar[tuple[float, ...]] = (1e-2, 3e-2, 1e-1)
    steps: ClassVar[int] = 300

    def methods(self) -> tuple[str, ...]:
        return (*WAYS, "majority", "cross-entropy", "oracle")

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        load_school(seed, tick)

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        own = build_alone(method, self.name, WAYS, self.rows, {way: {"temperature": TEMPERATURE} for way in WAYS})
        school = load_school(seed)
        chosen = torch.randperm(len(school.splits.train), generator=torch.Generator().manual_seed(seed))[:LABELLED]
        images, says = school.splits.train.take(chosen).to(limits.device), school.says[:, chosen].to(limits.device)
        if own == "majority":
            return build_majority(images, school.splits.validation, school.splits.test)
        torch.manual_seed(seed)
        student = build_classifier(WIDTH).to(limits.device)
        with settings_in_words(own):
            teaching = Teaching(own, student, images, says, seed)
            done = train(
                student,
                index_batches(LABELLED, BATCH, seed),
                teaching.loss,
                list(student.parameters()),
                rate or self.rates[0],
                limits,
                tick,
            )
        validation, test = (
            accuracy(student, split.to(limits.device)) for split in (school.splits.validation, school.splits.test)
        )
        return Trial(
            validation,
            {"accuracy": test} | teaching.heard(done),
            build_count(student, list(teaching.policy.parameters()) if teaching.policy is not None else []),
            done,
            (f"the teachers together {school.accuracy:.3f}",),
        )


class Teaching:
    """What the student minimises. The policy learns one step behind: its reward is by how much the cross-entropy of each
    image fell with the step, less the running mean of that.
    """

    def __init__(self, method: Any, student: nn.Module, images: Labelled, says: Tensor, seed: int) -> None:
        self.method, self.student, self.images, self.says = method, student, images, says
        self.inner = method if isinstance(method, TeacherSelection) else TeacherSelection(TEMPERATURE, WEIGHT)
        self.known = knows(images.labels)  # (teachers, images)
        self.policy: nn.Module | None = None
        if isinstance(method, TeacherSelection):
            self.policy = method.build(EDGE * EDGE, CLASSES, len(KNOWN)).to(says.device)
            self.optimiser = torch.optim.Adam(self.policy.parameters(), lr=POLICY_RATE)
        self.generator = torch.Generator().manual_seed(seed)
        self.waiting: tuple[Tensor, Tensor, Tensor, Tensor] | None = None
        self.baseline = 0.0
        self.chances: list[tuple[float, float]] = []  # of a batch: selected and right, selected

    def loss(self, chosen: Tensor) -> Tensor:
        """Of the images at these places, (batch,) -> a scalar"""
        if self.policy is not None:
            self._reward()
        targets, says = self.images.labels[chosen], self.says[:, chosen]
        answers = self.student(self.images.inputs[chosen])  # (batch, classes)
        if self.method == "cross-entropy":
            return F.cross_entropy(answers, targets)
        if isinstance(self.method, Distillation):
            self._note(torch.ones_like(self.known[:, chosen]), chosen)
            return self.method(answers, says, targets)
        selected = self.known[:, chosen] if self.policy is None else self._select(chosen, answers)
        self._note(selected, chosen)
        return self.inner.losses(answers, says, targets, selected).mean()

    def heard(self, steps: int) -> dict[str, float]:
        """Of the last fifth of the steps: the share of selected teachers who know the digit, and of teachers who were selected."""
        last = self.chances[-max(1, steps // 5) :]
        if not last:
            return {}
        right, selected = (sum(values) for values in zip(*last, strict=True))
        share = selected / (len(last) * BATCH * len(KNOWN))
        return {"heard": share} | ({"right teachers": right / selected} if selected else {})

    def _note(self, selected: Tensor, chosen: Tensor) -> None:
        self.chances.append((float((selected * self.known[:, chosen]).sum()), float(selected.sum())))

    def _select(self, chosen: Tensor, answers: Tensor) -> Tensor:
        assert self.policy is not None
        targets = self.images.labels[chosen]
        states = self.inner.states(self.images.inputs[chosen].flatten(1), self.says[:, chosen], targets)
        selected: Tensor = self.policy.select(states, self.generator)
        before = F.cross_entropy(answers.detach().float(), targets, reduction="none")
        self.waiting = (chosen, states, selected, before)
        return selected

    def _reward(self) -> None:
        if self.waiting is None or self.policy is None:
            return
        chosen, states, selected, before = self.waiting
        with torch.no_grad():
            answers = self.student(self.images.inputs[chosen])
            after = F.cross_entropy(answers.float(), self.images.labels[chosen], reduction="none")
        rewards = before - after  # (batch,)
        self.baseline = MEMORY * self.baseline + (1 - MEMORY) * float(rewards.mean())
        self.optimiser.zero_grad()
        self.policy.loss(states, selected, rewards - self.baseline).backward()
        self.optimiser.step()


def accuracy(student: nn.Module, images: Labelled) -> float:
    with torch.no_grad():
        return float((student(images.inputs).argmax(1) == images.labels).float().mean())


def build_majority(images: Labelled, validation: Labelled, test: Labelled) -> Trial:
    """Always the digit that the images to learn from show most."""
    common = images.labels.cpu().mode().values
    shares = [float((split.labels == common).float().mean()) for split in (validation, test)]
    return Trial(shares[0], {"accuracy": shares[1]})
