from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from survey.probes.aim import AIM, Parts
from survey.probes.timesformer import DividedAttention
from survey.probes.tsm import TSM
from survey.probes.tsn import TSN

WIDTH = 8


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


class Attention(nn.Module):
    """torch's own, of one input."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.MultiheadAttention(WIDTH, 2, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x, x, x, need_weights=False)[0]


def parts() -> Parts:
    mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
    return nn.LayerNorm(WIDTH), Attention(), nn.LayerNorm(WIDTH), mlp


def still(blocks: list[Parts], x: torch.Tensor) -> torch.Tensor:
    """The image model on frames (n, tokens, d)."""
    for norm1, attention, norm2, mlp in blocks:
        x = x + attention(norm1(x))
        x = x + mlp(norm2(x))
    return x


def trained(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


# ---- TSN -------------------------------------------------------------------------------------------------------------


def test_tsn_takes_the_middle_of_each_segment() -> None:
    assert TSN(segments=4).frames(20).tolist() == [2, 7, 12, 17]
    assert TSN(segments=4).frames(2).tolist() == [0, 0, 1, 1]


def test_tsn_draws_within_each_segment() -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([TSN(segments=4).frames(20, generator) for _ in range(300)])
    for segment in range(4):
        assert set(drawn[:, segment].tolist()) == set(range(5 * segment, 5 * segment + 5))
    with pytest.raises(ValueError, match="0 frames"):
        TSN().frames(0)


def test_tsn_is_the_mean_of_frames_in_any_order() -> None:
    model, video = nn.Linear(6, 3), torch.randn(2, 4, 6)
    scores = TSN().build(model)(video)
    torch.testing.assert_close(scores, model(video).mean(1))
    torch.testing.assert_close(TSN().build(model)(video.flip(1)), scores)


# ---- TSM -------------------------------------------------------------------------------------------------------------


def test_tsm_shifts_both_ways_and_leaves_its_input() -> None:
    x = torch.arange(3.0).view(1, 3, 1).repeat(1, 1, 8) + 1
    before = x.clone()
    out = TSM(divisor=4)(x)
    assert out[0, :, 0].tolist() == [2, 3, 0]  # from the next frame
    assert out[0, :, 1].tolist() == [2, 3, 0]
    assert out[0, :, 2].tolist() == [0, 1, 2]  # from the one before
    assert out[0, :, 4].tolist() == [1, 2, 3]
    assert torch.equal(x, before)


@pytest.mark.parametrize("dim", [1, -1])
def test_tsm_in_a_branch(dim: int) -> None:
    layer = nn.Identity()
    x = torch.randn(6, 8, 8)
    video = x.view(2, 3, 8, 8)
    expected = TSM()(video, 2 if dim == 1 else 3).flatten(0, 1)
    assert torch.equal(TSM().build(layer, frames=3, dim=dim)(x), expected)


def test_tsm_sees_the_order() -> None:
    model, video = nn.Linear(8, 3), torch.randn(1, 4, 8)
    assert not torch.allclose(model(TSM()(video)).relu().mean(1), model(TSM()(video.flip(1))).relu().mean(1), atol=1e-3)


@pytest.mark.parametrize("divisor", [0, 1, 9])
def test_tsm_with_a_divisor_that_shifts_nothing_or_all(divisor: int) -> None:
    with pytest.raises(ValueError, match="8 channels divided by"):
        TSM(divisor)(torch.zeros(1, 2, 8))


# ---- AIM -------------------------------------------------------------------------------------------------------------


def test_aim_count_on_vit_b() -> None:
    assert AIM().parameter_count(width=768, layers=12) == 10_651_392


@pytest.mark.parametrize("off", [{}, {"temporal": False}, {"joint": False}, {"temporal": False, "spatial": False}])
def test_aim_starts_as_the_frozen_model_and_trains_its_adapters_alone(off: dict[str, bool]) -> None:
    blocks, x = [parts() for _ in range(2)], torch.randn(2, 3, 5, WIDTH)
    method = AIM(**off)
    model = method.build(blocks, WIDTH, frames=3)
    expected = still(blocks, x.flatten(0, 1)).view_as(x)
    assert torch.equal(model(x), expected)
    assert trained(model) == method.parameter_count(WIDTH, 2, frames=3 if method.temporal else 0)
    own = [p for block in model.blocks for p in block.adapters.parameters()]
    own += [] if model.embedding is None else [model.embedding]
    optimizer = torch.optim.SGD(own, lr=0.1)
    seen: set[int] = set()
    for _ in range(2):
        optimizer.zero_grad()
        (model(x) * torch.linspace(-1, 1, x.numel()).view_as(x)).sum().backward()
        seen |= {id(p) for p in own if p.grad.abs().sum() > 0}
        optimizer.step()
    assert seen == {id(p) for p in own}
    assert all(p.grad is None for block in blocks for part in block for p in part.parameters())
    assert not torch.equal(model(x), expected)


def test_aim_without_time_is_blind_to_the_order_and_with_it_is_not() -> None:
    x = torch.randn(1, 4, 5, WIDTH)
    for method in (AIM(temporal=False), AIM(embedding_spread=0.5)):
        model = method.build([parts()], WIDTH, frames=4)
        for adapter in model.blocks[0].adapters.values():
            nn.init.normal_(adapter.up.weight)
        same = torch.allclose(model(x.flip(1)).mean(1), model(x).mean(1), atol=1e-5)
        assert same is not method.temporal


def test_aim_is_the_formula_of_the_paper() -> None:
    blocks, x = [parts()], torch.randn(1, 3, 5, WIDTH)
    model = AIM(embedding_spread=0.5).build(blocks, WIDTH, frames=3)
    adapters = model.blocks[0].adapters
    for adapter in adapters.values():
        nn.init.normal_(adapter.up.weight)
    norm1, attention, norm2, mlp = blocks[0]
    expected = x[0] + model.embedding
    # by place, then by frame
    added = torch.stack([adapters["temporal"](attention(norm1(expected[None, :, i]))[0]) for i in range(5)], 1)
    expected = expected + added
    frames = []
    for frame in expected:
        y = attention(norm1(frame[None]))[0]
        y = frame + y + adapters["spatial"](y)
        frames.append(y + mlp(norm2(y)) + 0.5 * adapters["joint"](norm2(y)))
    torch.testing.assert_close(model(x)[0], torch.stack(frames), atol=1e-5, rtol=1e-5)


# ---- TimeSformer -----------------------------------------------------------------------------------------------------


def divided(*, zero_start: bool) -> tuple[nn.Module, Parts]:
    own = parts()
    return DividedAttention(heads=2, zero_start=zero_start).build(*own, WIDTH), own


def test_timesformer_count() -> None:
    block, own = divided(zero_start=True)
    without = sum(p.numel() for part in own for p in part.parameters())
    assert trained(block) - without == DividedAttention(heads=2).parameter_count(WIDTH)


def test_timesformer_starts_as_the_image_model_on_each_frame() -> None:
    block, own = divided(zero_start=True)
    first, patches = torch.randn(2, WIDTH), torch.randn(2, 3, 5, WIDTH)
    out_first, out = block(first, patches)
    for i in range(3):
        frame = still([own], torch.cat([first[:, None], patches[:, i]], 1))
        torch.testing.assert_close(out[:, i], frame[:, 1:], atol=1e-5, rtol=0)
    assert out_first.shape == first.shape


def test_timesformer_learns_over_time_within_two_steps() -> None:
    block, _ = divided(zero_start=True)
    optimizer, seen = torch.optim.SGD(block.parameters(), lr=0.1), set()
    for _ in range(2):
        optimizer.zero_grad()
        _, out = block(torch.randn(2, WIDTH), torch.randn(2, 3, 5, WIDTH))
        (out * torch.linspace(-1, 1, out.numel()).view_as(out)).sum().backward()
        seen |= {name for name, p in block.time.named_parameters() if p.grad.abs().sum() > 0}
        optimizer.step()
    assert seen == {name for name, _ in block.time.named_parameters()}


def test_timesformer_is_that_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    from transformers.models.timesformer.modeling_timesformer import TimesformerLayer

    config = transformers.TimesformerConfig(
        hidden_size=WIDTH, num_attention_heads=2, intermediate_size=16, num_frames=3, image_size=8, patch_size=4
    )
    theirs = TimesformerLayer(config, 1).eval()
    nn.init.normal_(theirs.temporal_dense.weight)

    class Attend(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return theirs.attention(x)[0]

    mlp = nn.Sequential(theirs.intermediate.dense, nn.GELU(), theirs.output.dense)
    ours = DividedAttention(heads=2).build(theirs.layernorm_before, Attend(), theirs.layernorm_after, mlp, WIDTH)
    ours.time.norm, ours.time.last = theirs.temporal_layernorm, theirs.temporal_dense
    ours.time.qkv, ours.time.out = theirs.temporal_attention.attention.qkv, theirs.temporal_attention.output.dense
    first, patches = torch.randn(2, WIDTH), torch.randn(2, 3, 4, WIDTH)
    # theirs wants the frames of a place side by side
    tokens = torch.cat([first[:, None], patches.transpose(1, 2).flatten(1, 2)], 1)
    expected = theirs(tokens)[0]
    out_first, out = ours(first, patches)
    torch.testing.assert_close(out_first, expected[:, 0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(out, expected[:, 1:].view(2, 4, 3, WIDTH).transpose(1, 2), atol=1e-5, rtol=1e-5)


def test_the_time_part_is_attention_of_torch() -> None:
    block, _ = divided(zero_start=False)
    time, x = block.time, torch.randn(4, 3, WIDTH)
    normed = time.norm(x).transpose(0, 1)
    attended, _ = F.multi_head_attention_forward(
        normed, normed, normed, WIDTH, 2, time.qkv.weight, time.qkv.bias, None, None, False, 0.0,
        time.out.weight, time.out.bias, need_weights=False,
    )  # fmt: skip
    torch.testing.assert_close(time(x), time.last(attended.transpose(0, 1)), atol=1e-5, rtol=0)


def test_sizes_that_are_none() -> None:
    with pytest.raises(ValueError, match="a width of 8 divided by 9"):
        AIM(reduction=9).build([parts()], WIDTH, 3)
    with pytest.raises(ValueError, match="a width of 8 in 3 heads"):
        DividedAttention(heads=3).build(*parts(), WIDTH)
