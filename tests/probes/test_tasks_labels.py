from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from limits import few, no_tick

from survey.bench.data.boxes import ASKED, CONCEPTS, DATASETS, MEANINGS, Boxes, build_splits, covers, shown_by
from survey.bench.tasks.labels import Labels, answer, build_space, build_targets, build_trial, build_truth
from survey.bench.training import BudgetError
from survey.probes.errors import ProbeError
from survey.probes.label_spaces import LabelMerging

TASK = Labels()


def boxes(*shown: tuple[str, str]) -> Boxes:
    """(data set, concept) each."""
    concepts = torch.tensor([CONCEPTS.index(concept) for _, concept in shown])
    datasets = torch.tensor([DATASETS.index(dataset) for dataset, _ in shown])
    return Boxes(torch.zeros(len(shown), 1), concepts, datasets)


def column(method: LabelMerging | str, dataset: str, name: str) -> int:
    found = build_space(method).label(dataset, name)
    assert found is not None
    return found


def test_meanings_are_merged_and_words_are_not() -> None:
    space = build_space(LabelMerging())
    assert space.label("streets", "car") == space.label("offices", "automobile")  # synonyms
    assert space.label("streets", "dog") == space.label("farms", "hound")
    assert space.label("offices", "mouse") != space.label("farms", "mouse")  # one word, two things
    assert space.label("farms", "vehicle") not in (space.label("streets", "car"), space.label("streets", "bus"))
    assert space.label("farms", "crane") is None  # nobody knows which
    assert (len(space.classes), len(space.dropped)) == (13, 1)


def test_names_join_what_only_sounds_alike() -> None:
    assert column("by-name", "offices", "mouse") == column("by-name", "farms", "mouse")
    assert column("by-name", "streets", "car") != column("by-name", "offices", "automobile")
    assert len(build_space("concatenation").classes) == sum(len(classes) for classes in MEANINGS.values()) == 20


def test_only_the_mask_keeps_unannotated_boxes_from_being_negatives() -> None:
    # A horse of the streets is in no class there; the streets say nothing of horses, but they do say that it is no car.
    horse, car = column("no-mask", "farms", "horse"), column("no-mask", "streets", "car")
    targets, counted = build_targets(build_space("no-mask"), boxes(("streets", "horse")), whole=False, masked=True)
    assert targets.sum() == 0
    assert not counted[0, horse]
    assert counted[0, car]
    _, all_counted = build_targets(build_space("no-mask"), boxes(("streets", "horse")), whole=False, masked=False)
    assert all_counted.all()
    annotated, _ = build_targets(build_space("oracle"), boxes(("streets", "horse")), whole=True, masked=False)
    assert annotated[0].nonzero().flatten().tolist() == [horse]


def test_a_truck_of_the_farms_is_a_vehicle_and_not_known_to_be_a_truck() -> None:
    space = build_space(LabelMerging())
    targets, counted = build_targets(space, boxes(("farms", "truck")), whole=False, masked=True)
    assert targets[0].nonzero().flatten().tolist() == [space.label("farms", "vehicle")]
    assert not counted[0, space.label("streets", "truck")]
    assert build_truth(boxes(("farms", "truck")))[0].nonzero().flatten().tolist() == [
        ASKED.index("truck"),
        ASKED.index("vehicle"),
    ]


def test_the_loss_is_that_of_the_label_space() -> None:
    space, generator = build_space(LabelMerging()), torch.Generator().manual_seed(0)
    drawn = build_splits((30,), seed=0)[0]
    targets, counted = build_targets(space, drawn, whole=False, masked=True)
    losses = F.binary_cross_entropy_with_logits(
        torch.randn(targets.shape, generator=generator), targets, reduction="none"
    )
    expected = space.loss(losses, targets, [DATASETS[n] for n in drawn.datasets])
    torch.testing.assert_close(losses.masked_fill(~counted, 0).sum() / counted.sum(), expected)


def test_a_meaning_is_answered_by_the_best_of_its_classes() -> None:
    space = build_space("concatenation")
    found = torch.zeros(1, len(space.classes))
    found[0, column("concatenation", "streets", "car")], found[0, column("concatenation", "offices", "automobile")] = (
        0.2,
        0.7,
    )
    assert answer(space, found)[0, ASKED.index("car")] == pytest.approx(0.7)
    kept = LabelMerging().merge({"streets": {"car": ["car"]}})
    assert answer(kept, torch.ones(1, 1))[0].tolist() == [float(meaning == "car") for meaning in ASKED]


def test_the_truth_scores_one() -> None:
    drawn = build_splits((300,), seed=0)[0]
    trial = build_trial(build_truth(drawn).float(), drawn, build_truth(drawn).float(), drawn)
    assert trial.validation == 1
    assert set(trial.scores.values()) == {1.0}


def test_names_cover_what_they_mean() -> None:
    assert covers("vehicle") == ("car", "truck", "bus", "bicycle")
    assert covers("person") == ("person",)
    assert shown_by("farms", "crane") == ("bird", "hoist")
    assert "bird" not in ASKED


def test_a_trial_repeats_and_says_how_many_classes_there_are() -> None:
    trials = [TASK.learn("label-merging", 0.01, 0, few(), no_tick) for _ in range(2)]
    assert trials[0] == trials[1]
    assert trials[0].notes == ("13 classes, 1 dropped",)
    assert trials[0].count["total"] == 25 * 48 + 49 * 13
    assert TASK.learn("random", None, 0, few(), no_tick).scores["mAP"] < 0.12


def test_bad_requests_are_one_line() -> None:
    with pytest.raises(ProbeError, match="'lora' cannot be tried on labels"):
        TASK.learn("lora", 0.01, 0, few(), no_tick)
    with pytest.raises(BudgetError, match="too short for one step"):
        TASK.learn("no-mask", 0.01, 0, few(seconds=-1), no_tick)
