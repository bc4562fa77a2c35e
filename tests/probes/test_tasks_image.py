"""Still digits: where they are on a canvas, backbones that are trained once, and what every method does on them."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from limits import no_tick
from torch import nn

from survey.bench.adapting import Lesson, build_head, learn_classes, predict, share_right
from survey.bench.data.digits import NEW, Labelled, Splits, load_digits, put_anywhere, put_on_canvas, split_digits
from survey.bench.models import backbones
from survey.bench.models.inserted import Inserted
from survey.bench.models.tiny_vit import TinyCNN, TinyViT
from survey.bench.task import Limits, Trial
from survey.bench.tasks import image, image_cnn
from survey.bench.tasks.image import Image
from survey.bench.tasks.image_cnn import PLACES, ImageCNN
from survey.bench.training import BudgetError
from survey.probes import inject, load_methods
from survey.probes.errors import ComposeError, ProbeError, SizeError, TargetError
from survey.probes.non_local import NonLocal
from survey.probes.squeeze_excitation import SqueezeExcitation
from survey.probes.swin import SwinAttention

FEW = Limits(2, float("inf"))
STILLS = image.load_stills


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Backbones of two steps and few images: what is tested here holds of any. One thread, since two wait for each other on so
    small models.
    """
    for name in ("VIT", "CNN"):
        monkeypatch.setattr(backbones, name, dataclasses.replace(getattr(backbones, name), steps=2))
    every = slice(None, None, 12)
    for module in (image, image_cnn):
        monkeypatch.setattr(module, "load_stills", lambda seed: few_stills(seed, every))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def few_stills(seed: int, which: slice) -> Splits:
    splits = STILLS(seed)
    parts = (splits.train, splits.validation, splits.test)
    return Splits(*(Labelled(part.inputs[which], part.labels[which]) for part in parts))


def learn(task: Any, method: str, rate: float = 5e-3, limits: Limits = FEW) -> Trial:
    trial = task.learn(method, rate, 0, limits, no_tick)
    assert isinstance(trial, Trial)
    return trial


# ---- digits ----------------------------------------------------------------------------------------------------------


def test_a_digit_at_the_edge_comes_in_again_on_the_other_side() -> None:
    canvas = put_on_canvas(torch.ones(1, 8, 8), torch.tensor([12]), torch.tensor([3]))[0]
    rows = [n for n in range(16) if canvas[n].any()]
    columns = [n for n in range(16) if canvas[:, n].any()]
    assert rows == [0, 1, 2, 3, 12, 13, 14, 15]
    assert columns == list(range(3, 11))
    assert canvas.sum() == 64


def test_each_image_gets_a_place_of_its_own_and_stays_whole() -> None:
    images = load_digits().inputs[:50]
    placed = put_anywhere(images, torch.Generator().manual_seed(0))
    assert placed.shape == (50, 1, 16, 16)
    torch.testing.assert_close(placed.sum((1, 2, 3)), images.sum((1, 2)))
    corners = {(int(one[0].any(1).int().argmax()), int(one[0].any(0).int().argmax())) for one in placed}
    assert len(corners) > 10


def test_splits_share_no_image_and_hold_the_same_shares_of_each_digit() -> None:
    splits = split_digits(NEW, seed=3)
    parts = (splits.train, splits.validation, splits.test)
    seen = [{one.numpy().tobytes() for one in part.inputs} for part in parts]
    assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]
    for place, digit in enumerate(NEW):
        whole = int((load_digits().labels == digit).sum())
        assert [int((part.labels == place).sum()) for part in parts[1:]] == [
            round(0.2 * whole),
            round(0.55 * whole) - round(0.2 * whole),
        ]
        assert sum(int((part.labels == place).sum()) for part in parts) == whole
    assert torch.equal(split_digits(NEW, 3).test.inputs, splits.test.inputs)
    assert not torch.equal(split_digits(NEW, 4).test.inputs, splits.test.inputs)


# ---- backbones -------------------------------------------------------------------------------------------------------


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([value.detach().flatten() for value in model.state_dict().values()])


def test_a_backbone_is_trained_once_and_every_trial_gets_its_own() -> None:
    ticks: list[int] = []
    first = backbones.load_vit(50, FEW, lambda done, planned: ticks.append(done))
    second = backbones.load_vit(50, FEW, lambda done, planned: ticks.append(done))
    assert ticks == [1, 2]
    assert torch.equal(weights(first), weights(second))
    assert not first.training
    with torch.no_grad():
        first.cls.add_(1)
    assert not torch.equal(weights(first), weights(backbones.load_vit(50, FEW, no_tick)))
    assert not torch.equal(weights(second), weights(backbones.load_vit(51, FEW, no_tick)))


def test_a_backbone_comes_from_the_folder_and_a_broken_file_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbones, "_KEPT", {})
    kept = dataclasses.replace(FEW, cache=tmp_path / "backbones")
    trained = weights(backbones.load_cnn(0, kept, no_tick))
    (path,) = (tmp_path / "backbones").iterdir()
    assert path.name.startswith("digits-cnn-")
    backbones._KEPT.clear()
    ticks: list[int] = []
    again = weights(backbones.load_cnn(0, kept, lambda done, planned: ticks.append(done)))
    assert torch.equal(trained, again) and not ticks
    for broken in (b"no weights", b""):
        path.write_bytes(broken)
        backbones._KEPT.clear()
        assert torch.equal(trained, weights(backbones.load_cnn(0, kept, no_tick)))
        assert path.stat().st_size > 1000


def test_another_recipe_is_another_backbone() -> None:
    recipe = backbones.VIT
    marks = {recipe.fingerprint(0, "cpu"), recipe.fingerprint(1, "cpu"), recipe.fingerprint(0, "cuda")}
    marks |= {dataclasses.replace(recipe, steps=9).fingerprint(0, "cpu")}
    marks |= {dataclasses.replace(recipe, version=2).fingerprint(0, "cpu")}
    assert len(marks) == 5
    assert recipe.fingerprint(0, "cuda:1") == recipe.fingerprint(0, "cuda")


def test_no_deadline_cuts_a_backbone_short() -> None:
    backbones.load_cnn(52, Limits(1, time.monotonic() - 1), no_tick)


# ---- adapting --------------------------------------------------------------------------------------------------------


def test_every_method_of_a_seed_gets_the_same_head() -> None:
    torch.manual_seed(7)
    first = build_head(4, 3, 0, "cpu")
    after = torch.rand(1)
    torch.manual_seed(8)
    assert torch.equal(first.weight, build_head(4, 3, 0, "cpu").weight)
    assert not torch.equal(first.weight, build_head(4, 3, 1, "cpu").weight)
    torch.manual_seed(7)
    assert torch.equal(after, torch.rand(1))  # the global state is left alone


def test_every_method_of_a_seed_gets_the_same_batches() -> None:
    data = Labelled(torch.arange(10.0)[:, None], torch.arange(10) % 2)

    def batches(seed: int) -> list[list[float]]:
        seen: list[list[float]] = []

        def draw(inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
            moved = inputs + torch.rand(len(inputs), 1, generator=generator)
            seen.append(moved.flatten().tolist())
            return moved

        torch.rand(seed + 5)  # what a method draws to begin with
        model = inject(nn.Sequential(nn.Linear(1, 1)), load_methods()["linear"](), nn.Linear(1, 2))
        learn_classes(model, Lesson(data, 4, draw), 0.1, seed, Limits(3, float("inf")), no_tick)
        return seen

    assert batches(0) == batches(0)
    assert batches(0) != batches(1)


def test_predictions_are_the_highest_scores() -> None:
    predicted = predict(lambda x: torch.cat([x, -x], 1), torch.tensor([[1.0], [-2.0], [3.0]]), "cpu", size=2)
    assert predicted.tolist() == [0, 1, 0]
    assert share_right(predicted, torch.tensor([0, 1, 1])) == pytest.approx(2 / 3)


# ---- the tasks -------------------------------------------------------------------------------------------------------


def test_the_majority_is_the_share_of_one_digit_of_five() -> None:
    trial = learn(Image(), "majority")
    labels = image.load_stills(0).test.labels
    shares = torch.bincount(labels) / len(labels)
    assert trial.scores["accuracy"] == pytest.approx(float(shares[image.load_stills(0).train.labels.mode().values]))
    assert trial.steps == 0 and not trial.count


@pytest.mark.parametrize("task", [Image(), ImageCNN()], ids=["image", "image-cnn"])
def test_every_method_learns_and_counts(task: Any) -> None:
    for method in task.methods():
        if method in ("majority", "peft"):
            continue
        trial = learn(task, method)
        assert trial.steps == 2, method
        assert set(trial.scores) == {"accuracy"} and 0 <= trial.scores["accuracy"] <= 1
        assert trial.count["head"] == 5 * (48 if task.name == "image" else 64) + 5
        assert trial.count["total"] == trial.count["method"] + trial.count["norm"] + trial.count["head"]
        assert (trial.count["method"] == 0) == (method == "linear"), method


def test_counts_are_the_formulas() -> None:
    known = {
        "lora": 3 * 2 * 4 * (48 + 48),  # layers, query and value, rank, in and out
        "houlsby": 2 * 3 * (2 * 48 * 6 + 48 + 6),
        "vpt-deep": 3 * 8 * 48,
        "ia3": 3 * (2 * 48 + 192),
        "adapter-fusion": 3 * 3 * 48**2,
        "full": sum(value.numel() for value in TinyViT().parameters()),
    }
    for method, count in known.items():
        assert learn(Image(), method).count["method"] == count, method
    for method in ("se", "non-local"):
        built = load_methods()[method](**({"reduction": 4} if method == "se" else {}))
        expected = sum(built.parameter_count(channels) for _, channels in PLACES[method])
        assert learn(ImageCNN(), method).count["method"] == expected


def test_a_trial_is_repeatable_and_says_how_the_method_was_set() -> None:
    first, again = (learn(Image(), 'lora{"rank": 2}') for _ in range(2))
    assert first == again
    assert first.config["lora"]["rank"] == 2
    assert first.config["lora"]["fused"] == [True, False, True]


def test_two_methods_share_a_model_where_they_compose() -> None:
    assert learn(Image(), "lora+ia3").count["method"] == 2304 + 864
    with pytest.raises(ComposeError, match="vpt-deep is in the model already"):
        learn(Image(), "vpt-deep+vpt-shallow")


@pytest.mark.skipif(find_spec("peft") is None, reason="needs the extra peft")
def test_a_configuration_of_peft_is_a_method_like_another() -> None:
    assert learn(Image(), "peft").count["method"] == 3 * 2 * 4 * (48 + 144)  # LoHa: two pairs of factors in each block
    config = '{"peft_type": "IA3", "target_modules": ["qkv", "fc2"], "feedforward_modules": ["fc2"]}'
    trial = learn(Image(), "peft" + json.dumps({"config": config}))
    assert trial.count["method"] == 3 * (144 + 192)


def test_fusion_says_that_it_had_a_first_stage() -> None:
    trial = learn(Image(), "adapter-fusion")
    assert "first stage" in trial.notes[0]
    assert trial.config["adapter-fusion"]["adapters"] == ["pfeiffer on 5, 6, 7", "pfeiffer on 7, 8, 9"]


@pytest.mark.parametrize("task", [Image(), ImageCNN()], ids=["image", "image-cnn"])
def test_the_list_of_methods_and_the_task_name_each_other(task: Any) -> None:
    listed = {name for name, method in load_methods().items() if task.name in method.tasks}
    assert listed == set(task.methods()) & load_methods().keys()


def test_blocks_leave_the_network_as_it_was_but_for_the_gate() -> None:
    torch.manual_seed(0)
    model, x = TinyCNN().eval(), torch.rand(3, 1, 16, 16)
    base = model(x)
    for method in (NonLocal(), SwinAttention(window=4), SqueezeExcitation(4)):
        probe = inject(model, Inserted(method, PLACES[method.name]), nn.Linear(64, 2))
        assert torch.equal(model(x), base) == (method.name != "se")  # the gate starts at a half
        with probe.disabled():
            assert torch.equal(model(x), base)
        probe.train()
        probe(x).sum().backward()
        assert all(value.grad is None for value in model.parameters())
        probe.remove()
        assert torch.equal(model.eval()(x), base)


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "spec", "kind", "words"),
    [
        (Image(), 'lora{"rank": 0}', SizeError, "rank of 0 trains nothing"),
        (Image(), 'lora{"rank": 49}', SizeError, "Take at most 48"),
        (Image(), 'lora{"targets": "query"}', TargetError, "matches no Linear"),
        (Image(), 'bitfit{"targets": "cls.*none"}', TargetError, "Match the whole path"),
        (Image(), "nothing", ProbeError, "there is no method 'nothing'"),
        (Image(), "focal", ProbeError, "cannot be put into a model"),
        (Image(), "locon", TargetError, "matches no Conv1d or Conv2d or Conv3d"),
        (Image(), 'adapter-fusion{"adapters": ["missing", "missing too"]}', ProbeError, "cannot be read"),
        (ImageCNN(), 'locon{"rank": 99}', SizeError, "larger than the layer conv1"),
        (ImageCNN(), 'se{"reduction": 17}', ProbeError, "from 1 to 16"),
        (ImageCNN(), "vpt-deep", TargetError, "matches no Module"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(task: Any, spec: str, kind: type[ProbeError], words: str) -> None:
    with pytest.raises(kind) as caught:
        learn(task, spec)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_budget_too_short_for_one_step_is_said() -> None:
    late = Limits(2, time.monotonic() - 1)
    for method in ("lora", "adapter-fusion"):
        with pytest.raises(BudgetError, match="too short for one step"):
            learn(Image(), method, limits=late)
