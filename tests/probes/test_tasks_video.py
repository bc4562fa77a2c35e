"""Moving digits: clips beside their reversals, what of a clip each model sees, and who is blind to the order."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Iterator

import pytest
import torch
from limits import no_tick
from torch import Tensor

from survey.bench.adapting import build_head
from survey.bench.data.clips import CLASSES, FRAMES, build_clips, judge, load_clips
from survey.bench.data.digits import Labelled, Splits, split_digits
from survey.bench.methods import build_methods
from survey.bench.models import backbones
from survey.bench.models.tiny_vit import TinyViT
from survey.bench.models.video_models import FrameMean, build_shifted
from survey.bench.task import Limits, Trial
from survey.bench.tasks import video
from survey.bench.tasks.video import MIDDLES, SEGMENTS, SETTINGS, VARIANTS, Video, build_model, draw_of
from survey.bench.training import BudgetError
from survey.bench.variants import spell_out
from survey.probes import load_methods
from survey.probes.errors import ComposeError, ProbeError
from survey.probes.tsm import TSM
from survey.probes.tsn import TSN

FEW = Limits(2, float("inf"))
CLIPS = load_clips
BLIND = ("linear", "full", "tsn", "aim-spatial", "non-local", "lora", "houlsby", "vpt-deep", "prefix-tuning", "bitfit")
SEEING = ("tsm", "aim", "aim-temporal", "timesformer")


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(backbones, "VIT", dataclasses.replace(backbones.VIT, steps=2))
    monkeypatch.setattr(video, "load_clips", few_clips)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def few_clips(seed: int) -> Splits:
    """Every twentieth; of the test split a clip and its reversal are half of the split apart, so that both are among them."""
    splits = CLIPS(seed)
    half = len(splits.test) // 2
    chosen = torch.cat([torch.arange(0, half, 20), half + torch.arange(0, half, 20)])
    every = slice(None, None, 20)
    train, validation = (Labelled(p.inputs[every], p.labels[every]) for p in (splits.train, splits.validation))
    return Splits(train, validation, splits.test.take(chosen))


def learn(method: str, limits: Limits = FEW) -> Trial:
    return Video().learn(method, 5e-3, 0, limits, no_tick)


def model_of(spec: str) -> torch.nn.Module:
    torch.manual_seed(0)
    image, head = TinyViT(), build_head(48, CLASSES, 0, "cpu")
    return build_model(build_methods(spell_out(spec, VARIANTS), SETTINGS), image, head).eval()


# ---- clips -----------------------------------------------------------------------------------------------------------


def test_a_clip_stands_beside_its_reversal_with_the_other_direction() -> None:
    one = Labelled(split_digits((7,), 0).train.inputs[:6], torch.tensor([2] * 6))
    clips = build_clips(one, 2, torch.Generator().manual_seed(0))
    assert clips.inputs.shape == (24, FRAMES, 1, 16, 16)
    first, second = clips.inputs.chunk(2)
    assert torch.equal(second, first.flip(1))
    left_or_right, other = clips.labels.chunk(2)
    assert set(left_or_right.tolist()) == {4, 5}  # twice the digit's class, and one more where it goes right
    assert torch.equal(left_or_right + other, torch.full((12,), 9))


def test_one_that_goes_right_is_a_pixel_further_right_in_every_frame() -> None:
    one = Labelled(split_digits((7,), 0).train.inputs[:9], torch.zeros(9, dtype=torch.long))
    clips = build_clips(one, 1, torch.Generator().manual_seed(0))
    for clip, label in zip(clips.inputs, clips.labels.tolist(), strict=True):
        step = 1 if label == 1 else -1
        for before, after in itertools.pairwise(clip):
            assert torch.equal(after, before.roll(step, -1))


def test_what_is_looked_at_is_the_same_frames_of_a_reversed_clip() -> None:
    assert MIDDLES.tolist() == [1, 4, 7, 10]
    frames = torch.arange(FRAMES)
    assert torch.equal(frames.flip(0)[MIDDLES], frames[MIDDLES].flip(0))


def test_no_digit_is_in_two_splits() -> None:
    splits = CLIPS(0)
    # Wherever on the canvas, a digit's pixels are the same: in order of size, they say which image it is.
    parts = (splits.train, splits.validation, splits.test)
    pixels = [part.inputs[:, 0].flatten(1).sort(1).values for part in parts]
    kinds = [{one.numpy().tobytes() for one in part} for part in pixels]
    assert min(map(len, kinds)) > 150
    assert not kinds[0] & kinds[1] and not kinds[0] & kinds[2] and not kinds[1] & kinds[2]


def test_shares_by_hand() -> None:
    # Right; the digit alone; the direction alone; neither.
    assert judge(torch.tensor([4, 5, 2, 1]), torch.tensor([4, 4, 4, 4])) == {
        "accuracy": 0.25,
        "direction": 0.5,
        "digit": 0.5,
    }


# ---- models ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some() -> Tensor:
    return CLIPS(0).test.inputs[:5, MIDDLES]


@pytest.mark.parametrize("spec", BLIND)
def test_the_blind_say_the_same_of_a_clip_and_its_reversal(spec: str, some: Tensor) -> None:
    model = model_of(spec)
    with torch.no_grad():
        torch.testing.assert_close(model(some), model(some.flip(1)), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("spec", SEEING)
def test_the_others_do_not(spec: str, some: Tensor) -> None:
    model = model_of(spec)
    with torch.no_grad():
        for name, value in model.named_parameters():  # what is added starts at zero
            if value.requires_grad and "embedding" not in name:
                value.add_(0.2 * torch.randn(value.shape, generator=torch.Generator().manual_seed(1)))
        assert (model(some) - model(some.flip(1))).abs().max() > 1e-3


def test_what_is_added_starts_as_the_mean_of_the_frames(some: Tensor) -> None:
    torch.manual_seed(0)
    image, head = TinyViT().eval(), build_head(48, CLASSES, 0, "cpu")
    with torch.no_grad():
        mean = head(FrameMean(image)(some))
        for spec in ("aim-published", "aim-spatial", "non-local", "tsn"):
            torch.testing.assert_close(model_of(spec)(some), mean, msg=spec)
        for spec in ("tsm", "aim"):
            assert not torch.allclose(model_of(spec)(some), mean)


def test_a_shift_reaches_the_attention_of_every_block(some: Tensor) -> None:
    torch.manual_seed(0)
    image = TinyViT().eval()
    read: list[Tensor] = []
    image.blocks[1].norm1.register_forward_pre_hook(lambda _, arguments: read.append(arguments[0]))
    with torch.no_grad():
        build_shifted(image, TSM(8), SEGMENTS)(some)
    frames = read[0].unflatten(0, (-1, SEGMENTS))  # (batch, frames, tokens, d)
    assert not frames[:, -1, :, :6].any() and not frames[:, 0, :, 6:12].any()  # zeros come in at the ends
    assert frames[:, 0, :, :6].any()


def test_tsn_sees_other_frames_of_each_segment_in_training_and_the_middles_in_the_end() -> None:
    clips = torch.arange(FRAMES).view(1, FRAMES, 1).float()
    generator = torch.Generator().manual_seed(0)
    drawn = {tuple(draw_of(TSN(SEGMENTS))(clips, generator).flatten().int().tolist()) for _ in range(20)}
    assert len(drawn) > 10
    assert all(n // 3 == segment for frames in drawn for segment, n in enumerate(frames))
    assert draw_of(TSM())(clips, generator).flatten().tolist() == MIDDLES.tolist()


def test_counts_are_the_formulas() -> None:
    methods = load_methods()
    known = {
        "aim": methods["aim"]().parameter_count(48, 3, SEGMENTS),
        "aim-spatial": methods["aim"](temporal=False, joint=False).parameter_count(48, 3),
        "aim-temporal": methods["aim"](joint=False).parameter_count(48, 3, SEGMENTS),
        "tsm": methods["aim"](temporal=False, joint=False).parameter_count(48, 3),
        "timesformer": methods["timesformer"](4).parameter_count(48, 3) + SEGMENTS * 48,
        "non-local": methods["aim"](temporal=False, joint=False).parameter_count(48, 3)
        + methods["non-local"]().parameter_count(48),
    }
    for spec, count in known.items():
        counted = model_of(spec).count()
        assert counted["method"] == count, spec
        assert counted["norm"] == 96 and counted["head"] == 490
        assert counted["total"] == counted["stored"] == count + 586


def test_the_image_model_stays_as_it_was() -> None:
    for spec in ("tsm", "timesformer", "aim"):
        model = model_of(spec)
        torch.manual_seed(0)
        before = TinyViT().state_dict()
        image = model.backbone.image
        optimiser = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=0.1)
        model(torch.rand(2, SEGMENTS, 1, 16, 16)).pow(2).sum().backward()
        optimiser.step()
        changed = {name for name, value in image.state_dict().items() if not torch.equal(value, before[name])}
        assert changed == {"norm.weight", "norm.bias"}, spec


# ---- the task --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["linear", "full", "tsn", "aim-spatial", "lora", "vpt-shallow"])
def test_the_blind_are_right_about_the_direction_of_exactly_half(method: str) -> None:
    scores = learn(method).scores
    assert scores["direction"] == 0.5
    assert scores["accuracy"] <= 0.5


def test_every_method_learns() -> None:
    for method in Video().methods():
        if method in ("majority", "peft"):
            continue
        trial = learn(method)
        assert trial.steps == 2, method
        assert set(trial.scores) == {measure.name for measure in Video.measures}
        assert trial.count["total"] > 0
        assert trial.config


def test_the_majority_is_right_about_half_of_the_directions() -> None:
    scores = learn("majority").scores
    assert scores["direction"] == 0.5
    assert scores["accuracy"] == pytest.approx(scores["digit"] / 2)


def test_a_trial_is_repeatable() -> None:
    assert learn("tsn") == learn("tsn")


def test_the_list_of_methods_and_the_task_name_each_other() -> None:
    listed = {name for name, method in load_methods().items() if "video" in method.tasks}
    assert listed == set(Video().methods()) & load_methods().keys()


@pytest.mark.parametrize(
    ("spec", "kind", "words"),
    [
        ("tsm+lora", ComposeError, "tsm is a model of its own here"),
        ('tsm{"divisor": 99}', ProbeError, "take a divisor from 2 to 48"),
        ('aim{"reduction": 99}', ProbeError, "take a reduction from 1 to 48"),
        ('timesformer{"heads": 5}', ProbeError, "take a number that divides it"),
        ('lora{"rank": 0}', ProbeError, "trains nothing"),
        ("se", ProbeError, "cannot be tried on clips"),
        ("nothing", ProbeError, "there is no method"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(spec: str, kind: type[ProbeError], words: str) -> None:
    with pytest.raises(kind) as caught:
        learn(spec)
    assert words.lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value)


def test_a_budget_too_short_for_one_step_is_said() -> None:
    with pytest.raises(BudgetError, match="too short for one step"):
        learn("tsm", Limits(2, time.monotonic() - 1))
