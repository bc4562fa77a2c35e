from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from survey.probes.hrnet import HRNetExchange
from survey.probes.non_local import NonLocal
from survey.probes.squeeze_excitation import SqueezeExcitation
from survey.probes.swin import SwinAttention, divide, join


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def counted(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def learns(module: nn.Module, x: torch.Tensor) -> bool:
    """Whether every parameter has had a gradient within two steps."""
    optimizer, seen = torch.optim.SGD(module.parameters(), lr=0.1), set()
    for _ in range(2):
        optimizer.zero_grad()
        out = module(x)
        (out * torch.linspace(-1, 1, out.numel()).view_as(out)).sum().backward()
        seen |= {name for name, p in module.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
        optimizer.step()
    return seen == {name for name, _ in module.named_parameters()}


# ---- Non-local block -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("pool", [1, 2])
def test_non_local_starts_as_the_identity(dimensions: int, pool: int) -> None:
    method = NonLocal(pool=pool, dimensions=dimensions)
    block, x = method.build(8), torch.randn(2, 8, *[4] * dimensions)
    assert torch.equal(block(x), x)
    assert counted(block) == method.parameter_count(8)


def test_non_local_is_attention_of_one_head() -> None:
    block, x = NonLocal().build(8).eval(), torch.randn(2, 8, 3, 5)
    nn.init.ones_(block.norm.weight)
    for layer in (block.theta, block.phi, block.g, block.out):
        nn.init.normal_(layer.weight)
    flat = x.flatten(2).transpose(1, 2)
    query, key, value = (F.linear(flat, m.weight.flatten(1), m.bias) for m in (block.theta, block.phi, block.g))
    weights = (query @ key.transpose(1, 2) / 4**0.5).softmax(-1)
    out = F.linear(weights @ value, block.out.weight.flatten(1), block.out.bias).transpose(1, 2).view_as(x)
    expected = x + out / (1 + block.norm.eps) ** 0.5
    torch.testing.assert_close(block(x), expected, atol=1e-5, rtol=1e-5)


def test_non_local_learns_once_its_gate_is_open() -> None:
    # With gamma = 0 only gamma and beta have gradients in the first step; the rest follow in the second, but the bias before a BN,
    # and that of the keys, which the softmax cancels, never do.
    block, x = NonLocal().build(8), torch.randn(4, 8, 3, 3)
    optimizer = torch.optim.SGD(block.parameters(), lr=1.0)
    for _ in range(2):
        optimizer.zero_grad()
        (block(x) * torch.linspace(-1, 1, x.numel()).view_as(x)).sum().backward()
        grads = {name for name, p in block.named_parameters() if p.grad.abs().max() > 1e-6}
        optimizer.step()
    assert {"norm.weight", "norm.bias", "out.weight", "g.weight", "theta.weight", "phi.weight"} <= grads


# ---- SE --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [False, True])
def test_se_gates_channels(bias: bool) -> None:
    method = SqueezeExcitation(reduction=4, bias=bias)
    block, x = method.build(16), torch.randn(2, 16, 3, 5)
    gate = torch.sigmoid(block.gate[2](block.gate[0](x.mean((2, 3))).relu()))
    torch.testing.assert_close(block(x), x * gate[:, :, None, None])
    assert counted(block) == method.parameter_count(16)
    assert learns(block, x)
    assert block(torch.randn(2, 16, 4, 3, 5)).shape == (2, 16, 4, 3, 5)


# ---- HRNet -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [(4, 8), (4, 8, 16), (18, 36, 72, 144)])
def test_hrnet_count_and_sizes(channels: tuple[int, ...]) -> None:
    method = HRNetExchange(channels)
    unit = method.build()
    assert counted(unit) == method.parameter_count()
    branches = [torch.randn(2, c, 16 >> i, 16 >> i) for i, c in enumerate(channels)]
    before = list(branches)
    out = unit(branches)
    assert [x.shape for x in out] == [x.shape for x in branches]
    assert all(x is y for x, y in zip(before, branches, strict=True))
    sum(x.square().sum() for x in out).backward()
    assert all(p.grad.abs().sum() > 0 for p in unit.parameters())


def test_hrnet_is_the_sum_of_the_paper() -> None:
    unit = HRNetExchange((2, 4, 8)).build().eval()
    x = [torch.randn(1, c, 8 >> i, 8 >> i) for i, c in enumerate((2, 4, 8))]
    scale = (1 + 1e-5) ** -0.5  # a BN that has seen nothing
    weight = {name: p for name, p in unit.named_parameters() if p.dim() == 4}

    def up(j: int, i: int) -> torch.Tensor:
        return F.interpolate(F.conv2d(x[j], weight[f"paths.{i}.{j}.0.weight"]) * scale, scale_factor=2 ** (j - i))

    def down(value: torch.Tensor, name: str) -> torch.Tensor:
        return F.conv2d(value, weight[name], stride=2, padding=1) * scale

    twice = down(down(x[0], "paths.2.0.0.weight").relu(), "paths.2.0.3.weight")
    expected = [
        x[0] + up(1, 0) + up(2, 0),
        down(x[0], "paths.1.0.0.weight") + x[1] + up(2, 1),
        twice + down(x[1], "paths.2.1.0.weight") + x[2],
    ]
    for ours, theirs in zip(unit(x), expected, strict=True):
        torch.testing.assert_close(ours, theirs.relu(), atol=1e-5, rtol=1e-5)


def test_hrnet_with_sizes_that_do_not_halve() -> None:
    with pytest.raises(ValueError, match=r"branch 1 is \(4, 3\)"):
        HRNetExchange((2, 4)).build()([torch.zeros(1, 2, 8, 8), torch.zeros(1, 4, 4, 3)])
    with pytest.raises(ValueError, match="1 branch"):
        HRNetExchange((2,)).build()


# ---- Swin ------------------------------------------------------------------------------------------------------------


def test_swin_count() -> None:
    method = SwinAttention(window=4, heads=4)
    block = method.build(32)
    assert counted(block) == method.parameter_count(32) == 4420


def test_dividing_and_joining() -> None:
    x = torch.randn(2, 6, 9, 5)
    windows = divide(x, 3)
    assert torch.equal(windows[1, 4], x[1, 3:6, 3:6].reshape(9, 5))
    assert torch.equal(join(windows, 3, 6, 9), x)


@pytest.mark.parametrize("shifted", [False, True])
def test_swin_attends_within_its_windows_only(shifted: bool) -> None:
    block, x = SwinAttention(window=4, heads=2, shifted=shifted).build(8), torch.randn(1, 8, 12, 8, requires_grad=True)
    block(x)[0, 1, 5].sum().backward()
    seen = x.grad[0].abs().sum(-1) > 1e-20
    expected = torch.zeros(8, 12, dtype=torch.bool)
    expected[(slice(0, 2), slice(2, 6)) if shifted else (slice(0, 4), slice(4, 8))] = True
    assert torch.equal(seen, expected)


def test_swin_of_one_window_is_attention_with_a_bias() -> None:
    block, x = SwinAttention(window=3, heads=2).build(8), torch.randn(2, 3, 3, 8)
    nn.init.normal_(block.table)
    bias = torch.empty(2, 9, 9)
    for i in range(9):
        for j in range(9):
            bias[:, i, j] = block.table[(i // 3 - j // 3 + 2) * 5 + i % 3 - j % 3 + 2]
    query, key, value = (y.view(2, 9, 2, 4).transpose(1, 2) for y in block.qkv(x.view(2, 9, 8)).chunk(3, -1))
    out = (query @ key.transpose(-2, -1) / 2 + bias).softmax(-1) @ value
    torch.testing.assert_close(block(x), block.out(out.transpose(1, 2).reshape(2, 3, 3, 8)), atol=1e-5, rtol=0)


def test_swin_learns() -> None:
    block, x = SwinAttention(window=2, heads=2).build(8), torch.randn(1, 5, 6, 8)
    assert learns(block, x)


@pytest.mark.parametrize(("size", "shifted"), [((8, 12), True), ((8, 12), False), ((7, 10), True), ((4, 4), True)])
def test_swin_is_that_of_transformers(size: tuple[int, int], shifted: bool) -> None:
    transformers = pytest.importorskip("transformers")
    from transformers.models.swin.modeling_swin import SwinLayer

    config = transformers.SwinConfig(embed_dim=8, window_size=4, attention_probs_dropout_prob=0.0)
    theirs = SwinLayer(config, 8, size, 2, shift_size=2 if shifted else 0).eval()
    if not hasattr(theirs.attention, "q_proj"):
        pytest.skip("transformers before 5 names the parts otherwise")
    theirs.layernorm_before = nn.Identity()
    nn.init.zeros_(theirs.mlp.fc2.weight)  # the feed-forward part adds nothing: what is left is x + attention
    nn.init.zeros_(theirs.mlp.fc2.bias)
    ours, attention = SwinAttention(window=4, heads=2, shifted=shifted).build(8), theirs.attention
    table = attention.relative_position_bias.relative_position_bias_table
    nn.init.normal_(table)
    with torch.no_grad():
        for name in ("weight", "bias"):
            parts = [getattr(layer, name) for layer in (attention.q_proj, attention.k_proj, attention.v_proj)]
            getattr(ours.qkv, name).copy_(torch.cat(parts))
            getattr(ours.out, name).copy_(getattr(attention.o_proj, name))
        ours.table.copy_(table)
    x = torch.randn(2, *size, 8)
    expected = theirs(x.flatten(1, 2), size)[0].view_as(x)
    torch.testing.assert_close(x + ours(x), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: NonLocal(reduction=9).build(8), "8 channels divided by 9"),
        (lambda: SqueezeExcitation(reduction=0).build(8), "8 channels divided by 0"),
        (lambda: SwinAttention(heads=3).build(8), "a width of 8 in 3 heads"),
        (lambda: SwinAttention(window=0).build(8), "a window of 0"),
    ],
)
def test_sizes_that_are_none(build: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build()
