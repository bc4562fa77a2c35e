from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from survey.probes.exact_attention import ExactAttention
from survey.probes.linformer import Linformer
from survey.probes.nystrom import Nystrom, pseudo_inverse
from survey.probes.performer import Performer, draw_directions, log_features


def drawn(length: int, width: int = 8, *, seed: int = 0, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, 3, length, width, generator=generator, dtype=dtype) for _ in range(3)]


def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return (query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5).softmax(-1) @ value


METHODS = [
    ExactAttention(),
    Linformer(rank=4),
    Performer(features=16),
    Nystrom(landmarks=4),
    Nystrom(landmarks=4, kernel=5),
]


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_every_parameter_is_counted_and_learns(method: ExactAttention | Linformer | Performer | Nystrom) -> None:
    torch.manual_seed(0)
    layer = method.build(12, heads=3, width=8)
    query, key, value = (x.requires_grad_() for x in drawn(12))
    out = layer(query, key, value)
    assert out.shape == query.shape
    out.square().sum().backward()
    assert sum(p.numel() for p in layer.parameters()) == method.parameter_count(12, heads=3, width=8)
    assert all(p.grad.abs().sum() > 0 for p in [*layer.parameters(), query, key, value])


def test_exact_attention_is_the_formula() -> None:
    inputs = drawn(9)
    torch.testing.assert_close(ExactAttention().build(9, 3, 8)(*inputs), attend(*inputs), atol=1e-5, rtol=0)


def test_linformer_that_projects_nothing_is_exact() -> None:
    layer = Linformer(rank=10).build(10, 3, 8)
    with torch.no_grad():
        layer.project_key.copy_(torch.eye(10))
        layer.project_value.copy_(torch.eye(10))
    inputs = drawn(10)
    torch.testing.assert_close(layer(*inputs), attend(*inputs), atol=1e-5, rtol=0)


def test_linformer_takes_shorter_sequences_only() -> None:
    layer = Linformer(rank=2).build(10, 3, 8)
    assert layer(*drawn(7)).shape == (2, 3, 7, 8)
    with pytest.raises(ValueError, match="a sequence of 11"):
        layer(*drawn(11))


@pytest.mark.parametrize("orthogonal", [False, True])
def test_performer_features_are_unbiased(orthogonal: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    query, key = (0.3 * torch.randn(5, 8, generator=generator) for _ in range(2))
    total = torch.zeros(5, 5)
    for _ in range(200):
        directions = draw_directions(64, 8, orthogonal=orthogonal, generator=generator)
        total += log_features(query, directions).exp() @ log_features(key, directions).exp().T / 64
    exact = (query @ key.T).exp()
    assert ((total / 200 - exact).norm() / exact.norm()).item() < 0.05


def test_orthogonal_directions() -> None:
    rows = draw_directions(12, 8, orthogonal=True, generator=torch.Generator().manual_seed(0))
    inside = rows[:8] @ rows[:8].T
    torch.testing.assert_close(inside, torch.diag(torch.diagonal(inside)), atol=1e-5, rtol=0)
    many = draw_directions(8000, 8, orthogonal=True, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(many.T @ many / 8000, torch.eye(8), atol=0.05, rtol=0)  # as N(0, I)


def test_more_features_come_nearer() -> None:
    torch.manual_seed(0)
    query, key, value = drawn(16)
    inputs = (0.5 * query, 0.5 * key, value)
    exact = attend(*inputs)
    errors = [(Performer(features=m).build(16, 3, 8)(*inputs) - exact).norm() / exact.norm() for m in (8, 4096)]
    assert errors[1] < 0.1 < errors[0]


def test_performer_survives_large_inputs() -> None:
    query, key, value = drawn(16)
    torch.manual_seed(0)
    whole = Performer(features=32).build(16, 3, 8)(40 * query, key, torch.ones_like(value))
    # the weights of a query still add to one
    torch.testing.assert_close(whole, torch.ones_like(value), atol=1e-4, rtol=0)
    assert torch.isfinite(Performer(features=32).build(16, 3, 8)(40 * query, 40 * key, value)).all()


def test_redrawing_changes_the_directions() -> None:
    layer = Performer(features=16).build(16, 3, 8)
    before = layer.directions.clone()
    layer.redraw(torch.Generator().manual_seed(3))
    assert not torch.equal(before, layer.directions)
    assert "directions" in layer.state_dict()  # what was trained with them needs them


def test_nystrom_with_every_token_a_landmark_is_exact() -> None:
    inputs = drawn(12, dtype=torch.float64)
    out = Nystrom(landmarks=12, iterations=20).build(12, 3, 8)(*inputs)
    torch.testing.assert_close(out, attend(*inputs), atol=1e-3, rtol=0)


def test_pseudo_inverse_is_that_of_linear_algebra() -> None:
    matrix = (3 * torch.eye(6) + torch.randn(4, 6, 6, generator=torch.Generator().manual_seed(0))).softmax(-1)
    torch.testing.assert_close(pseudo_inverse(matrix, 12), torch.linalg.pinv(matrix), atol=1e-3, rtol=0)


def test_nystrom_is_that_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    from transformers.models.nystromformer.modeling_nystromformer import NystromformerSelfAttention

    config = transformers.NystromformerConfig(
        hidden_size=24,
        num_attention_heads=3,
        num_landmarks=4,
        segment_means_seq_len=12,
        conv_kernel_size=5,
        attention_probs_dropout_prob=0.0,
    )
    torch.manual_seed(0)
    theirs = NystromformerSelfAttention(config).eval()
    theirs.init_option = (
        "exact"  # each matrix scaled by itself, as the paper has it; the default takes the largest of the batch
    )
    ours = Nystrom(landmarks=4, kernel=5).build(12, 3, 8)
    ours.skip.load_state_dict(theirs.conv.state_dict())
    x = torch.randn(2, 12, 24)
    split = [layer(x).view(2, 12, 3, 8).transpose(1, 2) for layer in (theirs.query, theirs.key, theirs.value)]
    expected = theirs(x)[0]
    torch.testing.assert_close(ours(*split).transpose(1, 2).reshape(2, 12, 24), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (Linformer(rank=0), "a rank of 0"),
        (Linformer(rank=13), "a rank of 13"),
        (Performer(features=0), "0 random features"),
        (Nystrom(landmarks=0), "0 landmarks"),
        (Nystrom(landmarks=4, kernel=4), "a kernel of 4"),
    ],
)
def test_sizes_that_are_none(method: Linformer | Performer | Nystrom, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        method.build(12, 3, 8)


def test_torch_agrees_with_the_formula_used_above() -> None:
    inputs = drawn(9)
    torch.testing.assert_close(F.scaled_dot_product_attention(*inputs), attend(*inputs), atol=1e-5, rtol=0)
