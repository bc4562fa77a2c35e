"""Effects that papers report and that show on the bench's small tasks, over three seeds each, at a rate of their grids."""

from __future__ import annotations

import statistics
import time

import numpy as np

from survey.bench.data.saliency import describe_objects, find_salient
from survey.bench.data.scenes import CLASSES, build_scenes
from survey.bench.task import Limits, Task
from survey.bench.tasks.distillation import PartialTeachers
from survey.bench.tasks.labels import Labels
from survey.bench.tasks.ranking import Ranking
from survey.probes.unsupervised_segmentation import UnsupervisedSegmentation

SEEDS = (0, 1, 2)


def scores(task: Task, method: str, rate: float, measure: str) -> list[float]:
    """Of every seed, in order."""
    limits = Limits(task.steps, time.monotonic() + 600)
    return [task.learn(method, rate, seed, limits, lambda done, planned: None).scores[measure] for seed in SEEDS]


def test_the_first_places_are_learned_better_from_five_than_from_one() -> None:
    five = scores(Ranking(), "top-k-list-mle", 1e-2, "ndcg@5")
    one = scores(Ranking(), "softmax", 1e-2, "ndcg@5")
    assert all(a > b + 0.01 for a, b in zip(five, one, strict=True))
    assert min(five) > 0.84


def test_merged_labels_with_a_mask_beat_label_spaces_side_by_side() -> None:
    merged, apart, unmasked = (
        scores(Labels(), method, 1e-2, "mAP") for method in ("label-merging", "concatenation", "no-mask")
    )
    assert all(a > b + 0.1 for a, b in zip(merged, apart, strict=True))
    assert all(a > b + 0.1 for a, b in zip(merged, unmasked, strict=True))


def test_teachers_who_know_the_digit_teach_better_and_the_policy_finds_most_of_them() -> None:
    task = PartialTeachers()
    alike = scores(task, "distillation", 3e-2, "accuracy")
    oracle = scores(task, "oracle", 3e-2, "accuracy")
    assert all(a > b for a, b in zip(oracle, alike, strict=True))
    # Two of three would be by chance. The student's lead is not asserted: with three seeds it is within their spread.
    assert statistics.mean(scores(task, "teacher-selection", 1e-1, "right teachers")) > 0.75


def test_clusters_of_salient_objects_are_mostly_the_classes() -> None:
    for seed in SEEDS:
        scenes = build_scenes(160, seed)
        masks = find_salient(scenes.images)
        groups = UnsupervisedSegmentation(clusters=len(CLASSES) - 1, core=1.0).group(
            describe_objects(scenes.images, masks)
        )
        kinds = scenes.labels.max((1, 2))
        pure = sum(np.bincount(kinds[groups == group]).max() for group in np.unique(groups)) / len(kinds)
        assert pure > 0.6  # chance is little above a quarter
