"""Images with captions: what is said of them, the pair of encoders, prompts for base and new classes, and retrieval."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from limits import no_tick
from torch.nn import functional

from survey.bench.data.captions import COLOURS, WORDS, Scenes, build_scenes, number_words
from survey.bench.data.digits import Labelled, load_digits
from survey.bench.models.dual_encoder import DualEncoder, TextEncoder, contrastive_loss
from survey.bench.task import Limits, Trial
from survey.bench.tasks import retrieval, vision_language
from survey.bench.tasks.retrieval import Retrieval, judge, load_pairs
from survey.bench.tasks.vision_language import TEMPLATE, VisionLanguage, build_classifier, load_halves
from survey.bench.training import BudgetError
from survey.probes.cocoop import CoCoOp
from survey.probes.coop import CoOp
from survey.probes.errors import ProbeError

FEW = Limits(2, float("inf"))
PAIRS = load_pairs


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Encoders of two steps, and few images to measure on."""
    recipe = dataclasses.replace(vision_language.ENCODERS, steps=2, batch=8)
    monkeypatch.setattr(vision_language, "ENCODERS", recipe)
    monkeypatch.setattr(vision_language, "load_halves", few_halves)
    monkeypatch.setattr(retrieval, "load_pairs", few_pairs)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def few_halves(seed: int) -> Any:
    return tuple(
        dataclasses.replace(
            half, validation=half.validation.take(torch.arange(9)), test=half.test.take(torch.arange(9))
        )
        for half in load_halves(seed)
    )


def few_pairs(seed: int) -> tuple[Scenes, Scenes, Scenes]:
    learning, validation, test = PAIRS(seed)
    return learning, validation.take(torch.arange(12)), test.take(torch.arange(12))


def learn(task: Any, method: str, limits: Limits = FEW) -> Trial:
    trial = task.learn(method, 5e-3, 0, limits, no_tick)
    assert isinstance(trial, Trial)
    return trial


# ---- captions --------------------------------------------------------------------------------------------------------


def test_a_scene_is_what_its_caption_says() -> None:
    digits = Labelled(torch.ones(2, 8, 8), torch.tensor([3, 9]))
    generator = torch.Generator().manual_seed(0)
    scenes = build_scenes(digits, torch.tensor([0, 4]), torch.tensor([0, 3]), generator, contrast=0.5, noise=0.0)
    assert scenes.captions() == ["a red three at the top left", "a purple nine at the bottom right"]
    assert scenes.images.shape == (2, 3, 16, 16)
    torch.testing.assert_close(scenes.images[0, :, 0, 0], torch.tensor([0.5, 0.05, 0.05]))
    assert scenes.images[0, :, :8, :8].all() and not scenes.images[0, :, 8:].any()
    assert scenes.images[1, :, 8:, 8:].all() and not scenes.images[1, :, :8].any()


def test_texts_begin_and_end_and_the_shorter_are_filled_up() -> None:
    numbers, ends = number_words(["a red three", "red"])
    assert [[WORDS[n] for n in row] for row in numbers.tolist()] == [
        ["<start>", "a", "red", "three", "<end>"],
        ["<start>", "red", "<end>", "<start>", "<start>"],
    ]
    assert ends.tolist() == [4, 2]


# ---- encoders --------------------------------------------------------------------------------------------------------


def test_what_fills_a_text_up_changes_nothing() -> None:
    torch.manual_seed(0)
    text = TextEncoder().eval()
    with torch.no_grad():
        together = text.read(["a red three", "a photo of a white seven at the top left"])
        torch.testing.assert_close(together[:1], text.read(["a red three"]))
        assert not torch.allclose(text.read(["a red three"]), text.read(["three a red"]), atol=1e-4)  # the order counts


def test_the_loss_is_that_of_both_directions() -> None:
    scores = torch.tensor([[2.0, 0.0], [1.0, 3.0]])
    rows = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-2))) / 2
    columns = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(-3))) / 2
    assert float(contrastive_loss(scores)) == pytest.approx((rows + columns) / 2)


def test_scores_are_scaled_cosines_and_the_scale_has_a_bound() -> None:
    torch.manual_seed(0)
    model, images, texts = DualEncoder().eval(), torch.rand(2, 3, 16, 16), ["a red three", "a blue one"]
    with torch.no_grad():
        cosine = functional.cosine_similarity(model.image(images)[:, None], model.text.read(texts)[None], dim=-1)
        torch.testing.assert_close(model(images, texts), cosine / 0.07)
        model.log_scale.fill_(99)
        torch.testing.assert_close(model(images, texts), 100 * cosine)


# ---- base and new classes --------------------------------------------------------------------------------------------


def test_each_colour_and_digit_is_in_both_halves_and_no_class_is() -> None:
    base, new = load_halves(0)
    assert len(base.names) == len(new.names) == 30
    assert not set(base.names) & set(new.names)
    for half in (base, new):
        words = {word for name in half.names for word in name.split()}
        assert set(COLOURS) < words and len(words) == len(COLOURS) + 10
        for part, count in ((half.train, 16), (half.validation, 5), (half.test, 10)):
            assert torch.bincount(part.labels).tolist() == [count] * 30


def test_prompts_start_as_the_words_of_the_template() -> None:
    torch.manual_seed(0)
    encoders, names = DualEncoder().eval(), ("red three", "white seven")
    images = torch.rand(3, 3, 16, 16)
    with torch.no_grad():
        words = build_classifier("zero-shot", encoders, names).eval()(images)
        vectors = build_classifier(CoOp(length=4), encoders, names).eval()(images)
        torch.testing.assert_close(vectors, words)
        other = build_classifier(CoOp(length=3), encoders, names).eval()(images)
        assert not torch.allclose(other, words)
    assert len(TEMPLATE.split()) == 4


@pytest.mark.parametrize("method", [CoOp(length=4), CoCoOp(length=4, reduction=4)], ids=["coop", "cocoop"])
def test_only_the_prompts_are_trained_through_a_frozen_encoder(method: Any) -> None:
    torch.manual_seed(0)
    encoders = DualEncoder().eval()
    model = build_classifier(method, encoders, ("red three", "white seven", "blue one"))
    functional.cross_entropy(model(torch.rand(2, 3, 16, 16)), torch.tensor([0, 2])).backward()
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    assert all(name.startswith("prompts.") and ".encode." not in name for name in trained)
    assert all(value.grad is not None and value.grad.abs().max() > 0 for value in trained.values())
    assert all(value.grad is None for value in model.parameters() if not value.requires_grad)
    assert all(value.requires_grad for value in encoders.parameters())  # those that were given stay as they were


def test_every_method_learns_and_counts() -> None:
    counts = {"coop": 4 * 48, "cocoop": 4 * 48 + (32 * 8 + 8) + (8 * 48 + 48)}
    for method in VisionLanguage().methods():
        trial = learn(VisionLanguage(), method)
        assert trial.steps == (0 if method == "zero-shot" else 2)
        scores = trial.scores
        assert set(scores) == {"harmonic mean", "base", "new"}
        if scores["base"] and scores["new"]:
            assert scores["harmonic mean"] == pytest.approx(2 / (1 / scores["base"] + 1 / scores["new"]))
        if method in counts:
            assert trial.count["method"] == trial.count["total"] == trial.count["stored"] == counts[method]
    assert learn(VisionLanguage(), "coop") == learn(VisionLanguage(), "coop")


# ---- retrieval -------------------------------------------------------------------------------------------------------


def test_every_caption_has_one_image_and_the_splits_share_no_digit() -> None:
    learning, validation, test = load_pairs(0)
    assert len(learning) == 512
    for part in (validation, test):
        assert len(set(part.captions())) == len(part) == 240
    assert not torch.equal(validation.images, test.images)


class Perfect(torch.nn.Module):
    """Scores that are right, but that the first image is nearest to both of the first two captions."""

    def forward(self, images: torch.Tensor, texts: list[str]) -> torch.Tensor:
        scores = torch.eye(len(texts))
        scores[0, 1] = 2
        return scores


def test_recall_by_hand() -> None:
    digits = Labelled(load_digits().inputs[:4], load_digits().labels[:4])
    scenes = build_scenes(digits, torch.arange(4), torch.arange(4), torch.Generator().manual_seed(0))
    # Of the captions, the second finds the first image; of the images, the first finds the second caption.
    assert judge(Perfect(), scenes, "cpu") == {"recall@1": 0.75, "text to image": 0.75, "image to text": 0.75}


def test_mixed_pairs_are_learnt_from() -> None:
    for method in Retrieval().methods():
        trial = learn(Retrieval(), method)
        assert trial.steps == (0 if method == "blind" else 2)
        assert set(trial.scores) == {measure.name for measure in Retrieval.measures}
    plain, mixed = learn(Retrieval(), "none"), learn(Retrieval(), "mixgen")
    assert mixed.config["mixgen"]["share"] == 0.25
    assert plain.count == mixed.count
    assert learn(Retrieval(), "blind").scores["recall@1"] == pytest.approx(1 / 12)


# ---- both ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "spec", "words"),
    [
        (VisionLanguage(), "lora", "cannot be tried on vision-language"),
        (VisionLanguage(), 'coop{"length": 0}', "take 1 or more"),
        (VisionLanguage(), 'coop{"per_class": true}', "says nothing of new classes"),
        (VisionLanguage(), 'coop{"position": "first"}', "'end' or 'middle'"),
        (VisionLanguage(), 'cocoop{"reduction": 33}', "take from 1 to 32"),
        (Retrieval(), 'mixgen{"share": 0.9}', "take one above 0 and up to 0.5"),
        (Retrieval(), "coop", "cannot be tried on retrieval"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(task: Any, spec: str, words: str) -> None:
    with pytest.raises(ProbeError) as caught:
        learn(task, spec)
    assert words.lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("task", "method"), [(VisionLanguage(), "coop"), (Retrieval(), "mixgen")])
def test_a_budget_too_short_for_one_step_is_said(task: Any, method: str) -> None:
    with pytest.raises(BudgetError, match="too short for one step"):
        learn(task, method, Limits(2, time.monotonic() - 1))
