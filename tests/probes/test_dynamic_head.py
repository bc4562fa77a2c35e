from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from survey.probes.dynamic_head import DynamicHead, DyReLU, deform


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def test_undeformed_it_is_a_convolution() -> None:
    x, weight = torch.randn(2, 4, 6, 7), torch.randn(5, 4, 3, 3)
    out = deform(x, weight, torch.zeros(2, 9, 2, 6, 7), torch.ones(2, 9, 6, 7))
    torch.testing.assert_close(out, F.conv2d(x, weight, padding=1), atol=1e-5, rtol=1e-5)


def test_a_whole_offset_reads_a_shifted_map() -> None:
    x, weight = torch.randn(1, 4, 6, 7), torch.randn(5, 4, 3, 3)
    offset = torch.zeros(1, 9, 2, 6, 7)
    offset[:, :, 0], offset[:, :, 1] = 2, -1
    shifted = F.pad(x, (1, 0, 0, 2))[:, :, 2:, :7]  # what lies two below and one to the left, zeros from outside
    # The convolution of the shifted map has its own border: compare inside.
    out = deform(x, weight, offset, torch.ones(1, 9, 6, 7))
    torch.testing.assert_close(
        out[..., 1:-3, 2:-1], F.conv2d(shifted, weight, padding=1)[..., 1:-3, 2:-1], atol=1e-5, rtol=1e-5
    )


def test_half_an_offset_is_bilinear_and_modulation_weights_it() -> None:
    x, weight = torch.randn(1, 1, 5, 5), torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 1] = 1
    offset, modulation = torch.full((1, 9, 2, 5, 5), 0.5), torch.full((1, 9, 5, 5), 0.25)
    expected = 0.25 * F.avg_pool2d(x, 2, stride=1)
    torch.testing.assert_close(deform(x, weight, offset, modulation)[..., :4, :4], expected, atol=1e-5, rtol=0)


def test_dyrelu_can_be_a_relu() -> None:
    layer, x = DyReLU(4, 2), torch.randn(2, 4, 3, 3)
    with torch.no_grad():
        layer.net[2].weight.zero_()
        layer.net[2].bias.zero_()  # hsigmoid(0) = 1/2: a1 = 1, the rest 0
    torch.testing.assert_close(layer(x), x.relu())


def test_dynamic_head_count_sizes_and_gradients() -> None:
    method = DynamicHead(groups=4)
    block = method.build(16)
    levels = [torch.randn(2, 16, 16 >> i, 12 >> i) for i in range(3)]
    out = block(levels)
    assert [x.shape for x in out] == [x.shape for x in levels]
    assert sum(p.numel() for p in block.parameters()) == method.parameter_count(16)
    with torch.no_grad():
        block.scale.bias.fill_(0.5)  # else the inner ReLU may be shut for all maps
    sum((x * torch.linspace(-1, 1, x.numel()).view_as(x)).sum() for x in block(levels)).backward()
    assert all(p.grad.abs().sum() > 0 for p in block.parameters())


def test_a_level_hears_its_neighbours_only() -> None:
    block = DynamicHead(groups=4).build(16)
    levels = [torch.randn(1, 16, 16 >> i, 16 >> i, requires_grad=True) for i in range(4)]
    (block(levels)[0] * torch.linspace(-1, 1, 4096).view(1, 16, 16, 16)).sum().backward()
    assert [level.grad is not None and bool(level.grad.abs().sum() > 0) for level in levels] == [
        True,
        True,
        False,
        False,
    ]


def test_channels_that_do_not_divide() -> None:
    with pytest.raises(ValueError, match="18 channels in 16 groups"):
        DynamicHead().build(18)
