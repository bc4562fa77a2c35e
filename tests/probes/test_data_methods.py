from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from survey.probes.label_spaces import LabelMerging, LabelSpace
from survey.probes.unsupervised_segmentation import IGNORED, UnsupervisedSegmentation, matched_iou, overlaps

# ---- segmentation ----------------------------------------------------------------------------------------------------


def test_the_matching_is_the_best_of_all() -> None:
    random = np.random.default_rng(0)
    for _ in range(10):
        predicted, true = random.integers(0, 4, (2, 6, 6)), random.integers(0, 4, (2, 6, 6))
        scores = np.zeros((4, 4))
        for i in range(4):
            for j in range(4):
                a, b = predicted == i, true == j
                scores[i, j] = (a & b).sum() / max((a | b).sum(), 1)
        np.testing.assert_array_equal(overlaps(predicted, true, 4, 4), scores)
        best = max(sum(scores[i, order[i]] for i in range(4)) for order in permutations(range(4))) / 4
        assert matched_iou(predicted, true, 4)[0] == pytest.approx(best, abs=1e-12)


def test_renamed_labels_match_wholly() -> None:
    true = np.random.default_rng(0).integers(0, 3, (2, 5, 5))
    score, matching = matched_iou(np.array([2, 0, 1])[true], true, 3)
    assert score == 1
    assert matching == {2: 0, 0: 1, 1: 2}


def test_fewer_labels_than_classes_and_places_left_out() -> None:
    true = np.array([[0, 0, 1, 1, -1]])
    assert matched_iou(np.array([[0, 0, 0, 0, 0]]), true, 2)[0] == pytest.approx(0.25)
    assert matched_iou(np.array([[0, 0, 1, 1, 7]]), true, 2)[0] == 1


@pytest.mark.parametrize("spectral", [False, True])
def test_groups_keep_their_core(spectral: bool) -> None:
    random = np.random.default_rng(0)
    features = np.concatenate([centre + random.normal(size=(20, 4)) for centre in (0, 30, -30)])
    method = UnsupervisedSegmentation(clusters=3, core=0.8, spectral=spectral, neighbours=10)
    # With three far groups the graph of neighbours falls apart, which scikit-learn warns of; the clusters are right all the same.
    with pytest.warns(UserWarning, match="not fully connected") if spectral else _nothing():
        groups = method.group(features)
    for start in (0, 20, 40):
        own = groups[start : start + 20]
        assert (own == IGNORED).sum() == 4
        assert len(set(own.tolist()) - {IGNORED}) == 1
        far = np.linalg.norm(features[start : start + 20] - features[start : start + 20].mean(0), axis=1)
        assert far[own == IGNORED].min() > far[own != IGNORED].max()
    assert set(groups.tolist()) == {IGNORED, 1, 2, 3}


class _nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_the_pipeline_finds_the_kinds_of_squares() -> None:
    random = np.random.default_rng(0)
    true = np.zeros((40, 8, 8), np.int64)
    for i in range(36):  # the last four show nothing
        top, left = random.integers(0, 5, 2)
        true[i, top : top + 3, left : left + 3] = i % 2 + 1
    images: Sequence[object] = list(true * 10.0 + random.normal(0, 0.5, true.shape))
    rounds: list[np.ndarray] = []

    def saliency(given: Sequence[object]) -> np.ndarray:
        return np.stack(given) > 5

    def describe(given: Sequence[object], masks: np.ndarray) -> np.ndarray:
        return (np.stack(given) * masks).sum((1, 2), keepdims=True)[:, 0] / masks.sum((1, 2))[:, None]

    def train(given: Sequence[object], labels: np.ndarray) -> Callable[[Sequence[object]], np.ndarray]:
        rounds.append(labels)
        x = np.stack(given)
        means = np.array([x[labels == label].mean() for label in (0, 1, 2)])
        return lambda others: np.abs(np.stack(others)[..., None] - means).argmin(-1)

    labels = UnsupervisedSegmentation(clusters=2, core=0.5).run(images, saliency, describe, train)
    assert len(rounds) == 2
    assert (rounds[0] == IGNORED).any()
    assert not (rounds[1] == IGNORED).any()  # what was left out has been labelled by the network
    assert (labels[36:] == 0).all()
    assert matched_iou(labels, true, 3)[0] > 0.95


def test_more_clusters_than_objects() -> None:
    with pytest.raises(ValueError, match="5 clusters of 3 objects"):
        UnsupervisedSegmentation(clusters=5).group(np.zeros((3, 2)))


# ---- label spaces ----------------------------------------------------------------------------------------------------

SETS = {
    "A": {"car": ["car.n.01"], "person": ["person.n.01"], "thing": []},
    "B": {"auto": ["car.n.01"], "man": ["man.n.01"], "woman": ["woman.n.01"]},
    "C": {"vehicle": ["car.n.01"], "people": ["person.n.01"], "kite": ["kite.n.03"]},
}


def test_classes_of_one_meaning_become_one() -> None:
    space = LabelMerging().merge(SETS)
    assert space.label("A", "car") == space.label("B", "auto") == space.label("C", "vehicle")
    assert space.label("A", "person") == space.label("C", "people")
    assert space.label("A", "thing") is None
    assert len(space.classes) == 5
    assert [min(members) for members in space.classes] == sorted(min(members) for members in space.classes)
    with pytest.raises(KeyError, match="A has no class 'kite'"):
        space.label("A", "kite")


def test_what_a_data_set_tells_apart_is_not_joined() -> None:
    sets = {"A": {"person": ["man.n.01", "woman.n.01"], "car": ["car.n.01"]}, "B": SETS["B"]}
    strict, loose = LabelMerging().merge(sets), LabelMerging(one_each=False).merge(sets)
    assert [strict.label("B", name) for name in ("man", "woman")] == [None, None]
    assert strict.label("A", "person") is None
    assert loose.label("B", "man") == loose.label("B", "woman") == loose.label("A", "person") is not None


def test_a_missing_box_is_no_negative_where_it_was_not_looked_for() -> None:
    space = LabelMerging().merge(SETS)
    kite = space.label("C", "kite")
    assert space.known("A").tolist() == [any(d == "A" for d, _ in members) for members in space.classes]
    assert not space.known("A")[kite]
    assert space.known("C")[kite]
    logits = torch.zeros(2, len(space.classes), requires_grad=True)
    targets = torch.zeros(2, len(space.classes))
    losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    space.loss(losses, targets, ["A", "C"]).backward()
    assert logits.grad[0, kite] == 0
    assert logits.grad[1, kite] != 0
    assert space.loss(losses, targets, ["A", "C"]).item() == pytest.approx(np.log(2))
    targets[0, kite] = 1  # a box that is there counts, whoever drew it
    losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    logits.grad = None
    space.loss(losses, targets, ["A", "C"]).backward()
    assert logits.grad[0, kite] < 0


names = st.sampled_from("abcd")
meaning_lists = st.lists(st.sampled_from(["m1", "m2", "m3", "m4", "m5"]), max_size=2)
data_sets = st.dictionaries(
    st.sampled_from(["A", "B", "C"]), st.dictionaries(names, meaning_lists, max_size=4), max_size=3
)


@given(data_sets, st.booleans(), st.randoms(use_true_random=False))
def test_merging_depends_on_no_order_and_maps_each_class_once(
    sets: dict[str, dict[str, list[str]]], one_each: bool, random: object
) -> None:
    space = LabelMerging(one_each).merge(sets)
    turned = {d: dict(reversed(sets[d].items())) for d in reversed(list(sets))}
    assert LabelMerging(one_each).merge(turned) == space
    members = [source for own in space.classes for source in own] + sorted(space.dropped)
    assert sorted(members) == sorted((d, name) for d in sets for name in sets[d])


@given(data_sets)
def test_joined_is_what_a_chain_of_shared_meanings_joins(sets: dict[str, dict[str, list[str]]]) -> None:
    space: LabelSpace = LabelMerging(one_each=False).merge(sets)
    reach = {(d, n): set(own) for d in sets for n, own in sets[d].items() if own}
    for _ in range(6):  # meanings reachable over shared ones
        for source in reach:
            reach[source] = set().union(*(other for other in reach.values() if other & reach[source]))
    expected = {frozenset(b for b in reach if reach[b] == reach[a]) for a in reach}
    assert set(space.classes) == expected
