"""LoRA: what it starts from, what it trains, and that it is the same merged, saved, disabled and removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import BertConfig, BertModel

from survey.probes import inject
from survey.probes.errors import ComposeError, FileError, ProbeError, SizeError, TargetError
from survey.probes.lora import LoRA
from survey.probes.rows import Full, Linear

MINILM_SHAPES = [(384, 384)] * 12  # query and value of 6 layers


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads on so small models wait for each other more than they work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Toy(nn.Module):
    """Token ids (batch, 5) -> (batch, 6): an embedding, a merged query-key-value layer, and a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.qkv = nn.Linear(6, 18)
        self.out = nn.Linear(6, 6)
        self.norm = nn.LayerNorm(6)
        self.register_buffer("positions", torch.arange(5))
        self.drop = nn.Dropout(0.5)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(self.embedding(ids)).chunk(3, -1)
        return self.norm(self.drop(self.out(nn.functional.scaled_dot_product_attention(q, k, v)))).mean(1)


@pytest.fixture
def toy() -> Toy:
    torch.manual_seed(0)
    return Toy().eval()


@pytest.fixture
def ids() -> torch.Tensor:
    return torch.randint(0, 11, (3, 5), generator=torch.Generator().manual_seed(1))


METHODS = [
    LoRA(rank=2, targets="out"),
    LoRA(rank=2, targets="qkv"),
    LoRA(rank=2, targets="qkv", fused=(True, False, True)),
    LoRA(rank=2, targets="embedding"),
    LoRA(rank=3, targets="embedding|qkv|out", rank_stabilised=True),
]


def shake(probe: object) -> None:
    """Other values for all that is trained, so that nothing is right by being zero."""
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for value in probe.parameters():  # type: ignore[attr-defined]
            value.copy_(torch.randn(value.shape, generator=generator) * 0.3)


@pytest.mark.parametrize("method", METHODS)
def test_what_holds_of_every_method(method: LoRA, toy: Toy, ids: torch.Tensor, tmp_path: Path) -> None:
    base = toy(ids)
    before = {name: value.clone() for name, value in toy.state_dict().items()}
    probe = inject(toy, method, head=nn.Linear(6, 2))
    assert torch.equal(toy(ids), base)

    optimiser = torch.optim.SGD(probe.parameters(), lr=0.1)
    seen: set[str] = set()
    for _ in range(2):
        optimiser.zero_grad()
        probe.train()(ids).pow(2).sum().backward()
        seen |= {name for name, value in probe.named_parameters() if value.grad is not None and value.grad.any()}
        optimiser.step()
    assert seen == {name for name, _ in probe.named_parameters()}
    assert all(value.grad is None for value in toy.parameters())

    probe.eval()
    shake(probe)
    adapted = toy(ids)
    assert not torch.allclose(adapted, base)
    with probe.disabled():
        assert torch.equal(toy(ids), base)
    assert torch.equal(toy(ids), adapted)

    probe.merge()
    torch.testing.assert_close(toy(ids), adapted, atol=1e-5, rtol=1e-5)
    toy.train()
    toy.eval()
    torch.testing.assert_close(toy(ids), adapted, atol=1e-5, rtol=1e-5)
    with probe.disabled():
        assert torch.equal(toy(ids), base)
    probe.save(tmp_path / "merged.safetensors")
    probe.unmerge()
    assert torch.equal(toy(ids), adapted)

    probe.save(tmp_path / "probe.safetensors")
    merged, beside = load_file(tmp_path / "merged.safetensors"), load_file(tmp_path / "probe.safetensors")
    assert merged.keys() == beside.keys()
    assert all(torch.equal(merged[name], beside[name]) for name in beside)
    with_head = probe(ids)
    probe.remove()
    probe.remove()
    assert torch.equal(toy(ids), base)
    assert toy.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in toy.state_dict().items())
    assert all(value.requires_grad for value in toy.parameters())

    again = inject(toy, method, head=nn.Linear(6, 2))
    again.load(tmp_path / "probe.safetensors")
    assert torch.equal(toy(ids), adapted)
    assert torch.equal(again(ids), with_head)


def test_the_count_is_the_formula(toy: Toy) -> None:
    probe = inject(toy, LoRA(rank=3, targets="embedding|qkv|out"), head=nn.Linear(6, 2))
    shapes = [(11, 6), (6, 18), (6, 6)]
    assert probe.count() == {"method": 3 * (17 + 24 + 12), "norm": 0, "head": 14, "total": 173, "stored": 173}
    assert probe.method.parameter_count(shapes) == 159  # type: ignore[attr-defined]
    probe.remove()
    fused = LoRA(rank=2, targets="qkv", fused=(True, False, True))
    assert inject(toy, fused).count()["method"] == fused.parameter_count([(6, 18)]) == 2 * 2 * (6 + 6)


def test_query_and_value_of_minilm_at_rank_8_are_73728() -> None:
    config = BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, vocab_size=10
    )
    probe = inject(BertModel(config), LoRA(rank=8))
    assert probe.count()["method"] == LoRA(rank=8).parameter_count(MINILM_SHAPES) == 73_728


def test_gpt_3_at_rank_1_on_query_and_value_has_the_papers_4_7_million() -> None:
    assert LoRA(rank=1).parameter_count([(12_288, 12_288)] * 2 * 96) == 4_718_592


def test_the_update_is_the_formula() -> None:
    torch.manual_seed(3)
    layer = nn.Sequential(nn.Linear(5, 4))
    x = torch.randn(7, 5)
    probe = inject(layer, LoRA(rank=2, alpha=6, targets="0"))
    shake(probe)
    a, b = probe.parameters()
    expected = x @ (layer[0].weight + 6 / 2 * b[0] @ a).T + layer[0].bias
    torch.testing.assert_close(layer(x), expected)
    assert LoRA(rank=4, alpha=8, rank_stabilised=True).scale == 4


def test_a_fused_update_leaves_the_keys_alone(toy: Toy, ids: torch.Tensor) -> None:
    x = toy.embedding(ids)
    q, k, v = toy.qkv(x).chunk(3, -1)
    probe = inject(toy, LoRA(rank=2, targets="qkv", fused=(True, False, True)))
    shake(probe)
    new_q, new_k, new_v = toy.qkv(x).chunk(3, -1)
    assert torch.equal(new_k, k)
    assert not torch.allclose(new_q, q)
    assert not torch.allclose(new_v, v)


def test_two_updates_of_one_layer_add_up_and_merge_in_any_order(toy: Toy, ids: torch.Tensor) -> None:
    base = toy(ids)
    one = inject(toy, LoRA(rank=2, targets="out"))
    two = inject(toy, LoRA(rank=1, targets="out"))
    shake(one)
    shake(two)
    both = toy(ids)
    for first, second in ((one, two), (two, one)):
        first.merge()
        torch.testing.assert_close(toy(ids), both, atol=1e-5, rtol=1e-5)
        second.merge()
        torch.testing.assert_close(toy(ids), both, atol=1e-5, rtol=1e-5)
        with pytest.raises(ComposeError, match="Unmerge that one first"):
            first.unmerge()
        second.unmerge()
        first.unmerge()
        assert torch.equal(toy(ids), both)
    one.remove()
    assert not torch.allclose(toy(ids), base)
    two.remove()
    assert torch.equal(toy(ids), base)


def test_dropout_acts_in_training_only(toy: Toy, ids: torch.Tensor) -> None:
    probe = inject(toy, LoRA(rank=2, targets="out", dropout=0.5))
    shake(probe)
    assert torch.equal(toy(ids), toy(ids))
    probe.train()
    assert not torch.equal(toy(ids), toy(ids))
    assert not toy.drop.training


def test_the_model_gets_its_modes_and_flags_back(toy: Toy) -> None:
    toy.train()
    toy.norm.requires_grad_(False)
    inject(toy, LoRA(rank=2, targets="out")).remove()
    assert toy.training
    assert toy.drop.training
    assert not toy.norm.weight.requires_grad
    assert toy.out.weight.requires_grad


def test_all_of_the_model_and_the_head_alone(toy: Toy, ids: torch.Tensor) -> None:
    base = toy(ids)
    count = sum(value.numel() for value in toy.parameters())
    full = inject(toy, Full())
    assert full.count()["method"] == Full().parameter_count(count)
    toy(ids).pow(2).sum().backward()
    assert sum(value.grad is not None for value in toy.parameters()) == len(list(toy.parameters()))
    shake(full)
    assert not torch.allclose(toy(ids), base)
    with full.disabled():
        assert torch.equal(toy(ids), base)
    with pytest.raises(ComposeError, match="Remove it first"):
        inject(toy, LoRA(rank=2, targets="out"))
    full.remove()
    assert torch.equal(toy(ids), base)
    head = inject(toy, Linear(), head=nn.Linear(6, 3))
    assert head.count() == {"method": 0, "norm": 0, "head": 21, "total": 21, "stored": 21}
    assert head(ids).shape == (3, 3)
    head.remove()
    own = inject(toy, Linear(), head="out")
    assert own.count()["head"] == 42
    with pytest.raises(ComposeError, match="Remove it first"):
        inject(toy, LoRA(rank=2, targets="out"))


def test_a_head_on_a_transformers_model_reads_the_tokens_that_count() -> None:
    torch.manual_seed(0)
    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20)
    model = BertModel(config)
    probe = inject(model, LoRA(rank=2), head=nn.Identity())
    ids = torch.tensor([[1, 2, 3, 4]])
    mask = torch.tensor([[1, 1, 0, 0]])
    given = probe(input_ids=ids, attention_mask=mask)
    torch.testing.assert_close(given, probe(input_ids=ids[:, :2], attention_mask=mask[:, :2]))


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda toy: LoRA(rank=0), SizeError, "a rank of 0 trains nothing"),
        (
            lambda toy: inject(toy, LoRA(rank=7, targets="out")),
            SizeError,
            "larger than the layer out allows. Take at most 6",
        ),
        (lambda toy: inject(toy, LoRA(targets="ou")), TargetError, "whole path, such as out"),
        (lambda toy: inject(toy, LoRA(targets="positions")), TargetError, "a frozen buffer"),
        (lambda toy: inject(toy, LoRA(targets=r"out\.weight")), TargetError, "a parameter, not"),
        (lambda toy: inject(toy, LoRA(targets="norm")), TargetError, "a LayerNorm, not a Linear"),
        (lambda toy: inject(toy, LoRA(targets="(")), TargetError, "no regular expression"),
        (
            lambda toy: inject(toy, LoRA(rank=2, targets="qkv", fused=(True, False, True, True))),
            SizeError,
            "4 equal slices",
        ),
        (lambda toy: inject(toy, Linear()), ProbeError, "Give a head"),
        (lambda toy: inject(toy, Linear(), head="nowhere"), ProbeError, "no head 'nowhere'"),
        (lambda toy: inject(nn.Sequential(nn.ReLU()), LoRA()), TargetError, "no Linear or Embedding at all"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(make: object, kind: type[ProbeError], words: str, toy: Toy) -> None:
    with pytest.raises(kind) as caught:
        make(toy)  # type: ignore[operator]
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert all(value.requires_grad for value in toy.parameters())


def test_a_layer_that_is_passed_by_is_refused() -> None:
    model = nn.TransformerEncoderLayer(8, 2)
    with pytest.raises(TargetError, match="never called"):
        inject(model, LoRA(targets=r".*\.out_proj"))


def test_a_weight_of_two_layers_is_not_merged() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    probe = inject(model, LoRA(rank=1, targets="0"))
    with pytest.raises(ComposeError, match="shared"):
        probe.merge()


def test_a_file_of_something_else_is_refused(toy: Toy, tmp_path: Path) -> None:
    path = tmp_path / "probe.safetensors"
    inject(toy, LoRA(rank=2, targets="out")).save(path)
    other = Toy()
    cases = [
        (inject(other, LoRA(rank=2, targets="out")), "another model"),
        (inject(Toy(), LoRA(rank=3, targets="out")), "rank=2"),
        (inject(Toy(), Linear(), head=nn.Linear(6, 2)), "holds lora, not linear"),
    ]
    for probe, words in cases:
        with pytest.raises(FileError, match=words):
            probe.load(path)
    headed = inject(toy, LoRA(rank=2, targets="qkv"), head=nn.Linear(6, 2))
    headed.save(path)
    headed.remove()
    with pytest.raises(FileError, match=r"head\.bias"):
        inject(toy, LoRA(rank=2, targets="qkv")).load(path)
    (tmp_path / "rubbish").write_bytes(b"no tensors")
    with pytest.raises(FileError, match="cannot be read"):
        cases[0][0].load(tmp_path / "rubbish")
    with pytest.raises(FileError, match="cannot be read"):
        cases[0][0].load(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot be written"):
        cases[0][0].save(tmp_path / "file" / "below")
