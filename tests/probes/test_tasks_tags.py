from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from limits import few, no_tick

from survey.bench.data.pictures import CLS, FEATURES, FIRST, MISTAKEN, REGIONS, SEP, THINGS, build_pictures
from survey.bench.tasks import tags
from survey.bench.tasks.tags import WIDTH, Tags, build_model, build_trial, view
from survey.bench.training import BudgetError
from survey.probes.errors import ProbeError
from survey.probes.oscar import OscarInput

TASK = Tags()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few pictures."""
    for name, value in (("TRAIN", 40), ("VALIDATION", 10), ("TEST", 20)):
        monkeypatch.setattr(tags, name, value)
    tags.load_splits.cache_clear()
    yield
    tags.load_splits.cache_clear()


def test_a_picture_has_three_things_a_word_for_one_and_tags_for_most() -> None:
    pictures = build_pictures(500, seed=0)
    assert all(len(set(row)) == REGIONS for row in pictures.answers.tolist())
    assert (pictures.words[:, 0] == CLS).all()
    assert (pictures.words[:, -1] == SEP).all()
    assert (pictures.answers + FIRST == pictures.words[:, 1:2]).any(1).all()
    there = (pictures.answers[..., None] + FIRST == pictures.tags[:, None, :REGIONS]).any(-1).float().mean()
    assert float(there) == pytest.approx(
        1 - MISTAKEN, abs=0.04
    )  # now and then a wrong one is the thing of another region
    assert pictures.regions.shape == (500, REGIONS, 2054)
    boxes = pictures.regions[..., FEATURES:]
    torch.testing.assert_close(boxes[..., 4:], boxes[..., 2:4] - boxes[..., :2])  # width and height


def test_tags_stand_in_no_order() -> None:
    pictures = build_pictures(600, seed=0)
    same = (pictures.tags[:, :REGIONS] == pictures.answers + FIRST).float().mean(0)
    torch.testing.assert_close(same, torch.full((REGIONS,), (1 - MISTAKEN) / REGIONS), atol=0.07, rtol=0)


def test_what_a_row_does_not_see_is_not_in_its_model() -> None:
    pictures = build_pictures(8, seed=0)
    model = build_model(OscarInput(), 0).eval()
    with torch.no_grad():
        whole = model(pictures)
        others = build_pictures(8, seed=1)
        without = view(pictures, "no-tags", 0)
        assert torch.equal(model(without), model(view(pictures, "no-tags", 1)))
        pictures_other_tags = view(
            type(pictures)(pictures.words, others.tags, pictures.regions, pictures.answers), "no-tags", 0
        )
        assert torch.equal(model(pictures_other_tags), model(without))
        blind = model(view(pictures, "no-regions", 0))
    assert whole.shape == (8, REGIONS, THINGS)
    assert not torch.allclose(whole, model(without))
    torch.testing.assert_close(blind[:, 0], blind[:, 1])  # no region differs from another


def test_shuffled_tags_are_those_of_another_picture() -> None:
    pictures = build_pictures(9, seed=0)
    shuffled = view(pictures, "shuffled-tags", 0)
    assert sorted(shuffled.tags.tolist()) == sorted(pictures.tags.tolist())
    assert not (shuffled.tags == pictures.tags).all(1).any()
    assert view(pictures, OscarInput(), 0).tags is pictures.tags


def test_scores_are_apart_for_things_whose_tag_is_there() -> None:
    pictures = build_pictures(300, seed=0)
    tagged = (pictures.answers[..., None] + FIRST == pictures.tags[:, None, :REGIONS]).any(-1)
    said = torch.where(tagged, pictures.answers, (pictures.answers + 1) % THINGS)  # knows what it has a tag for
    trial = build_trial(pictures.answers, said, pictures, pictures)
    assert trial.validation == 1
    assert trial.scores["accuracy, tag there"] == 1
    assert trial.scores["accuracy, tag missing"] == 0
    assert trial.scores["accuracy"] == pytest.approx(float(tagged.float().mean()))


def test_every_row_can_be_run_and_repeats(small: None) -> None:
    for row in TASK.methods():
        trial = TASK.learn(row, 1e-3, 0, few(), no_tick)
        assert (trial.steps == 0) == (row == "majority")
    again = TASK.learn(row, 1e-3, 0, few(), no_tick)
    assert again == trial
    assert again.count["method"] == OscarInput().parameter_count(WIDTH) == 2054 * WIDTH + WIDTH


def test_bad_requests_are_one_line(small: None) -> None:
    with pytest.raises(ProbeError, match="'lora' cannot be tried on tags"):
        TASK.learn("lora", 1e-3, 0, few(), no_tick)
    with pytest.raises(ProbeError, match=r"regions of 10 numbers. The pictures of this task have 2054."):
        TASK.learn('oscar{"region_width": 10}', 1e-3, 0, few(), no_tick)
    with pytest.raises(BudgetError, match="too short for one step"):
        TASK.learn("no-tags", 1e-3, 0, few(seconds=-1), no_tick)
