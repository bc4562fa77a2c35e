from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from limits import few, no_tick

from survey.bench.data.saliency import describe_objects, find_salient, otsu
from survey.bench.data.scenes import CLASSES, SIDE, Scenes, build_scenes
from survey.bench.tasks import masks, segmentation
from survey.bench.tasks.masks import Alone, Masks, Pyramid, build_block, mean_iou
from survey.bench.tasks.segmentation import (
    Learner,
    Segmentation,
    as_inputs,
    build_trial,
    label_plainly,
    share_of_objects,
)
from survey.bench.training import BudgetError
from survey.probes.dynamic_head import DynamicHead
from survey.probes.errors import ProbeError
from survey.probes.hrnet import HRNetExchange
from survey.probes.unsupervised_segmentation import IGNORED


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few scenes."""
    for module in (segmentation, masks):
        for name, value in (("TRAIN", 24), ("VALIDATION", 8), ("TEST", 8)):
            monkeypatch.setattr(module, name, value)
        module.load_splits.cache_clear()
    yield
    for module in (segmentation, masks):
        module.load_splits.cache_clear()


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return build_scenes(16, seed=0)


def test_a_scene_holds_one_object_and_all_classes_come_as_often(scenes: Scenes) -> None:
    shown = [set(np.unique(labels)) for labels in scenes.labels]
    assert all(len(labels) == 2 and 0 in labels for labels in shown)
    assert np.bincount(scenes.labels.max((1, 2))).tolist() == [0, 4, 4, 4, 4]
    assert scenes.images.shape == (16, SIDE, SIDE, 3)
    assert scenes.images.min() >= 0
    assert scenes.images.max() <= 1
    assert np.array_equal(build_scenes(16, 0).images, scenes.images)


def test_otsu_parts_two_heaps() -> None:
    assert otsu(np.array([1.0, 2.0, 1.5, 9.0, 10.0])) == pytest.approx((2 + 9) / 2)


def test_a_bright_square_is_salient_on_a_slope_and_nothing_is_on_a_plain_wall() -> None:
    rows, columns = np.mgrid[:32, :32]
    slope = np.repeat((0.3 + 0.01 * rows + 0.005 * columns)[..., None], 3, -1)
    square = slope.copy()
    square[10:20, 12:22] += 0.3
    found = find_salient(np.stack([square, slope]))
    true = np.zeros((32, 32), dtype=bool)
    true[10:20, 12:22] = True
    assert (found[0] & true).sum() / (found[0] | true).sum() > 0.9
    speck = slope.copy()
    speck[5:8, 5:8] += 0.3  # 9 pixels are fewer than an object has
    assert not find_salient(speck[None]).any()


def test_what_is_salient_covers_the_objects(scenes: Scenes) -> None:
    found, true = find_salient(scenes.images), scenes.labels > 0
    assert (found & true).sum() / (found | true).sum() > 0.8


def test_features_know_neither_colour_nor_quarter_turns(scenes: Scenes) -> None:
    there = scenes.labels > 0
    turned = describe_objects(np.rot90(scenes.images, axes=(1, 2)), np.rot90(there, axes=(1, 2)))
    swapped = describe_objects(scenes.images[..., [2, 0, 1]], there)
    plain = describe_objects(scenes.images, there)
    np.testing.assert_allclose(turned, plain, atol=1e-6)
    np.testing.assert_allclose(swapped, plain, atol=1e-6)
    np.testing.assert_allclose(plain.mean(0), 0, atol=1e-9)


def test_clusters_with_other_numbers_score_alike_and_a_missing_class_counts(scenes: Scenes) -> None:
    renamed = np.array([3, 0, 1, 4, 2])[scenes.labels]
    trial = build_trial(renamed, renamed, scenes, scenes)
    assert trial.validation == 1
    assert set(trial.scores.values()) == {1.0}
    salient = (scenes.labels > 0).astype(np.int64)
    one = build_trial(salient, salient, scenes, scenes).scores
    assert one["object IoU"] == 1  # all of them found, as one class
    assert one["mIoU"] < 0.4


def test_the_share_of_objects_forgets_which() -> None:
    said, true = np.array([[[1, 2, 0, 0]]]), np.array([[[2, 2, 3, 0]]])
    assert share_of_objects(said, true) == pytest.approx(2 / 3)


def test_ignored_places_teach_nothing(scenes: Scenes) -> None:
    learner = Learner(3e-2, 0, few(8), no_tick)
    learner.train(scenes.images, np.where(scenes.labels > 0, IGNORED, 0))  # all that is told is background
    assert learner.done == 8
    assert (learner.label(scenes.images) == 0).all()
    with pytest.raises(BudgetError):
        Learner(1e-2, 0, few(seconds=-1), no_tick).train(scenes.images, scenes.labels)


def test_scenes_lose_their_mean_colour(scenes: Scenes) -> None:
    torch.testing.assert_close(as_inputs(scenes.images).mean((2, 3)), torch.zeros(16, 3), atol=1e-5, rtol=0)


def test_every_row_can_be_run(small: None) -> None:
    task = Segmentation()
    for row in task.methods():
        trial = task.learn(row, 1e-2, 0, few(), no_tick)
        assert 0 <= trial.scores["mIoU"] <= 1
        assert (trial.steps > 0) == (row in ("unsupervised-segmentation", "random-labels", "supervised"))
    assert task.learn("background", None, 0, few(), no_tick).scores["object IoU"] == 0


def test_rounds_share_the_steps(small: None) -> None:
    seen: list[int] = []
    spec = 'unsupervised-segmentation{"rounds": 2}'
    trial = Segmentation().learn(spec, 1e-2, 0, few(6), lambda done, planned: seen.append(done))
    assert (trial.steps, seen) == (6, [1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize("row", ["background", "saliency", "k-means"])
def test_plain_rows_label_without_a_network(scenes: Scenes, row: str) -> None:
    found = label_plainly(row, scenes, scenes, 0)
    assert found.shape == scenes.labels.shape
    assert found.max() == {"background": 0, "saliency": 1, "k-means": 4}[row]


def test_more_clusters_than_objects_is_one_line(small: None) -> None:
    with pytest.raises(ProbeError, match="unsupervised-segmentation: 99 clusters of 24 objects") as caught:
        Segmentation().learn('unsupervised-segmentation{"clusters": 99}', 1e-2, 0, few(), no_tick)
    assert "\n" not in str(caught.value)


# ---- with masks ------------------------------------------------------------------------------------------------------


def test_mean_iou_by_hand() -> None:
    said, true = torch.tensor([[[0, 0, 1, 1]]]), torch.tensor([[[0, 1, 1, 2]]])
    # background 1/2, the first 1/3, the second 0/1, the two that nobody shows or says 1
    assert mean_iou(said, true) == pytest.approx((1 / 2 + 1 / 3 + 0 + 1 + 1) / 5)


def test_a_block_lets_resolutions_hear_each_other_and_convolutions_do_not() -> None:
    sizes = [torch.rand(2, 16, 8 // 2**level, 8 // 2**level) for level in range(3)]
    changed = [sizes[0], sizes[1], sizes[2] + 1]
    for spec, hears in ((HRNetExchange((16, 16, 16)), True), ("convolutions", False), ("plain", False)):
        between = build_block(spec).eval()
        with torch.no_grad():
            same = torch.equal(between(sizes)[0], between(changed)[0])
        assert same != hears
    own = sum(p.numel() for p in Alone().parameters())
    assert own > max(HRNetExchange((16, 16, 16)).parameter_count(), DynamicHead(4).parameter_count(16))


def test_blocks_fit_the_pyramid_and_are_counted(small: None) -> None:
    task = Masks()
    for row in task.methods():
        trial = task.learn(row, 1e-2, 0, few(2), no_tick)
        assert 0 <= trial.scores["mIoU"] <= 1
    assert Pyramid(build_block("plain"))(torch.rand(2, 3, 32, 32)).shape == (2, len(CLASSES), 32, 32)
    trial = task.learn("dynamic-head", 1e-2, 0, few(1), no_tick)
    assert trial.count["method"] == DynamicHead(4).parameter_count(16)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ('hrnet{"channels": [8, 16]}', r"hrnet: \[8, 16\] channels where the maps are 3 of 16. Leave them out"),
        ('dynamic-head{"groups": 5}', "dynamic-head: 16 channels in 5 groups"),
        ("lora", "'lora' cannot be tried on masks"),
    ],
)
def test_blocks_that_do_not_fit_are_one_line(small: None, spec: str, message: str) -> None:
    with pytest.raises(ProbeError, match=message) as caught:
        Masks().learn(spec, 1e-2, 0, few(), no_tick)
    assert "\n" not in str(caught.value)
