"""What holds of every method that is injected: where it starts, what it trains, and how it comes out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from survey.probes import inject
from survey.probes.adapter_fusion import AdapterFusion
from survey.probes.adapters import Houlsby, ParallelAdapter, Pfeiffer, bottleneck_count
from survey.probes.bitfit import BitFit
from survey.probes.errors import ComposeError, FileError, ProbeError, SizeError, TargetError
from survey.probes.ia3 import IA3
from survey.probes.locon import LoCon
from survey.probes.lora import LoRA
from survey.probes.mam import MAM
from survey.probes.parts import Injectable, Part, Tap, first, with_first
from survey.probes.prefix_tuning import PrefixTuning
from survey.probes.prompt_tuning import PromptTuning
from survey.probes.rows import Full, Linear
from survey.probes.vpt import VPTDeep, VPTShallow

WIDTH, LAYERS, INNER = 8, 2, 12


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads on so small models wait for each other more than they work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def bert(width: int = WIDTH, layers: int = LAYERS, inner: int = INNER, heads: int = 2, words: int = 30) -> BertModel:
    config = BertConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        vocab_size=words,
    )
    torch.manual_seed(0)
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for value in model.parameters():  # what starts at zero or one would hide what a method does with it
            value.add_(0.1 * torch.randn_like(value))
    return model


def minilm() -> BertModel:
    """Of MiniLM's sizes, but for the vocabulary."""
    return bert(384, 6, 1536, 12)


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(WIDTH, 3 * WIDTH), "proj": nn.Linear(WIDTH, WIDTH)})
        self.attn.num_heads = 2
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(WIDTH, INNER), "fc2": nn.Linear(INNER, WIDTH)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (one.unflatten(-1, (2, -1)).transpose(1, 2) for one in self.attn["qkv"](self.norm1(x)).chunk(3, -1))
        x = x + self.attn["proj"](functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return x + self.mlp["fc2"](functional.gelu(self.mlp["fc1"](self.norm2(x))))


class ViT(nn.Module):
    """Images (batch, 1, 8, 8) -> (batch, 8): a class token and four patches, two blocks; the class token comes out."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(1, WIDTH, 4, 4)
        self.cls = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]


class CNN(nn.Module):
    """Images (batch, 1, 8, 8) -> (batch, 8), with a strided, a reflecting and a grouped convolution, and batch statistics."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv1 = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1, padding_mode="reflect")
        self.conv3 = nn.Conv2d(8, WIDTH, (1, 3), groups=2, dilation=1)
        self.norm = nn.BatchNorm2d(WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(x))))
        return self.norm(self.conv3(x)).mean((2, 3))


@dataclass(frozen=True)
class Case:
    method: Any
    model: Callable[[], nn.Module]
    count: int
    norms: int = 0

    def __str__(self) -> str:
        return f"{self.method.name}-{self.model.__name__}"


ENCODER = {"width": WIDTH, "layers": LAYERS}
BERT_NORMS = (2 * LAYERS + 1) * 2 * WIDTH
CASES = [
    Case(Houlsby(4), bert, Houlsby(4).parameter_count(**ENCODER), BERT_NORMS),
    Case(Houlsby(4), ViT, Houlsby(4).parameter_count(**ENCODER), BERT_NORMS),
    Case(Pfeiffer(4), bert, Pfeiffer(4).parameter_count(**ENCODER)),
    Case(ParallelAdapter(4), bert, ParallelAdapter(4).parameter_count(**ENCODER)),
    Case(ParallelAdapter(4), ViT, ParallelAdapter(4).parameter_count(**ENCODER)),
    Case(LoRA(rank=2), bert, 4 * LAYERS * WIDTH * 2),
    Case(IA3(), bert, IA3().parameter_count(inner=INNER, **ENCODER)),
    Case(IA3(), ViT, IA3().parameter_count(inner=INNER, **ENCODER)),
    Case(BitFit(), bert, BitFit().parameter_count(inner=INNER, **ENCODER)),
    Case(PromptTuning(3), bert, PromptTuning(3).parameter_count(WIDTH)),
    Case(PrefixTuning(3), bert, PrefixTuning(3).parameter_count(**ENCODER)),
    Case(PrefixTuning(3), ViT, PrefixTuning(3).parameter_count(**ENCODER)),
    Case(PrefixTuning(3, bottleneck=5), bert, PrefixTuning(3, bottleneck=5).parameter_count(**ENCODER)),
    Case(VPTShallow(3, patch=4), ViT, VPTShallow(3).parameter_count(WIDTH)),
    Case(VPTDeep(3, patch=4), ViT, VPTDeep(3).parameter_count(**ENCODER)),
    Case(LoCon(1), CNN, LoCon(1).parameter_count([(1, 4, 9), (4, 8, 9), (8, 8, 3)])),
    Case(
        MAM(PrefixTuning(3, bottleneck=5), ParallelAdapter(4)),
        bert,
        MAM(PrefixTuning(3, bottleneck=5), ParallelAdapter(4)).parameter_count(**ENCODER),
    ),
]
# Zero but for rounding: what is added to all scores of a query, the softmax takes away.
NO_GRADIENT = ("method.encoder.layer.0.attention.self.key.bias", "method.encoder.layer.1.attention.self.key.bias")


def run(probe: Any, model: nn.Module) -> Any:
    """Features, from the probe with its head or from the model alone."""
    generator = torch.Generator().manual_seed(1)
    if isinstance(model, BertModel):
        mask = torch.ones(3, 6, dtype=torch.long)
        mask[1, 4:] = 0
        output = probe(input_ids=torch.randint(0, 30, (3, 6), generator=generator), attention_mask=mask)
        return output if isinstance(output, torch.Tensor) else output.last_hidden_state
    return probe(torch.randn(3, 1, 8, 8, generator=generator))


def shake(probe: Any, std: float = 0.3) -> None:
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for value in probe.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * std)


def check_all(method: Any, model: nn.Module, path: Path) -> None:
    base = run(model.eval(), model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    probe = inject(model, method, head=nn.Linear(WIDTH, 2))
    start = run(model, model)
    assert torch.equal(start, base) == method.identity
    assert run(probe, model).shape == (3, 2)

    optimiser = torch.optim.SGD(probe.parameters(), lr=0.1)
    seen: set[str] = set()
    for _ in range(2):
        optimiser.zero_grad()
        run(probe.train(), model).pow(2).sum().backward()
        seen |= {
            name for name, value in probe.named_parameters() if value.grad is not None and value.grad.abs().max() > 1e-8
        }
        optimiser.step()
    assert seen | set(NO_GRADIENT) >= {name for name, _ in probe.named_parameters()}
    trained = {id(value) for value in probe.parameters()}
    assert all(value.grad is None for value in model.parameters() if id(value) not in trained)
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers() if name in before)

    probe.eval()
    shake(probe)
    adapted, headed = run(model, model), run(probe, model)
    assert not torch.allclose(adapted, base, atol=1e-3)
    with probe.disabled():
        assert torch.equal(run(model, model), base)
    assert torch.equal(run(model, model), adapted)

    probe.save(path)
    probe.remove()
    assert torch.equal(run(model, model), base)
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in after.items())
    assert all(value.requires_grad and not value.grad_fn for value in model.parameters())
    assert not any(
        module._forward_hooks or module._forward_pre_hooks for module in model.modules() if not _hooked(module)
    )

    again = inject(model, method, head=nn.Linear(WIDTH, 2))
    again.load(path)
    assert torch.equal(run(model, model), adapted)
    assert torch.equal(run(again, model), headed)
    again.remove()


def _hooked(module: nn.Module) -> bool:
    """transformers puts hooks of its own into some modules."""
    return any(
        "transformers" in getattr(hook, "__module__", "")
        for hook in (*module._forward_hooks.values(), *module._forward_pre_hooks.values())
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_holds_of_every_method(case: Case, tmp_path: Path) -> None:
    check_all(case.method, case.model(), tmp_path / "probe.safetensors")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_count_is_the_formula(case: Case) -> None:
    probe = inject(case.model(), case.method)
    counted = probe.count()
    assert counted["method"] == case.count
    assert counted["norm"] == case.norms
    assert counted["total"] == case.count + case.norms == sum(value.numel() for value in probe.parameters())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_trains_in_bfloat16_as_well(case: Case) -> None:
    model = case.model().eval()
    base = run(model, model)
    probe = inject(model, case.method, head=nn.Linear(WIDTH, 2))
    shake(probe, 0.1)
    exact = run(probe, model)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = run(probe, model)
        rough.float().pow(2).sum().backward()
    torch.testing.assert_close(rough.float(), exact, atol=0.1, rtol=0.1)
    assert all(value.grad is not None and value.grad.isfinite().all() for value in probe.parameters())
    with probe.disabled():
        assert torch.equal(run(model, model), base)


def test_a_probe_moves_as_a_whole() -> None:
    model = bert()
    probe = inject(model, Houlsby(4), head=nn.Linear(WIDTH, 2))
    probe.to("meta")
    assert {value.device.type for value in [*probe.parameters(), *model.parameters()]} == {"meta"}


@pytest.mark.parametrize("method", [LoRA(rank=2), IA3()], ids=["lora", "ia3"])
def test_merged_is_the_same_as_beside_in_a_text_model(method: Any) -> None:
    check_merge(method, bert())


@pytest.mark.parametrize(
    ("method", "model"),
    [(IA3(), ViT), (LoRA(rank=2, targets=r".*qkv"), ViT), (LoCon(1), CNN)],
    ids=["ia3", "lora", "locon"],
)
def test_merged_is_the_same_as_beside_in_an_image_model(method: Any, model: Callable[[], nn.Module]) -> None:
    check_merge(method, model())


def check_merge(method: Any, model: nn.Module) -> None:
    base = run(model.eval(), model)
    probe = inject(model, method)
    shake(probe)
    adapted = run(model, model)
    probe.merge()
    assert not torch.allclose(adapted, base, atol=1e-3)
    torch.testing.assert_close(run(model, model), adapted, atol=1e-5, rtol=1e-5)
    probe.unmerge()
    assert torch.equal(run(model, model), adapted)
    probe.merge()
    probe.remove()
    assert torch.equal(run(model, model), base)


@pytest.mark.parametrize("method", [Houlsby(4), PrefixTuning(3), PromptTuning(3), BitFit()], ids=lambda m: m.name)
def test_what_is_no_change_of_weights_is_not_merged(method: Any) -> None:
    with pytest.raises(ComposeError, match="cannot be merged"):
        inject(bert(), method).merge()


# ---- known numbers ---------------------------------------------------------------------------------------------------


def test_counts_on_minilm_are_the_known_ones() -> None:
    model = minilm()
    sizes = {"width": 384, "layers": 6}
    known = {
        LoRA(rank=8): 73_728,
        Houlsby(24): 226_080,
        Pfeiffer(24): 113_040,
        ParallelAdapter(192): 888_192,
        IA3(): 13_824,
        BitFit(): 25_728,
        PromptTuning(16): 6_144,
        PrefixTuning(30): 138_240,
        PrefixTuning(16): 73_728,
        MAM(): 4_898_720,
    }
    for method, count in known.items():
        probe = inject(model, method)
        assert probe.count()["method"] == count, method
        probe.remove()
    assert Houlsby(24).parameter_count(**sizes) == 226_080
    assert IA3().parameter_count(inner=1536, **sizes) == 13_824
    assert MAM().parameter_count(**sizes) == 4_898_720
    assert AdapterFusion(("a", "b")).parameter_count(**sizes) == 2_654_208
    for method, count in known.items():
        assert f"{count:,}" in method.formula or method == PrefixTuning(16), method
    assert inject(model, Houlsby(24)).count()["norm"] == 13 * 2 * 384


def test_deep_prompts_on_vit_b_are_460800() -> None:
    assert VPTDeep(50).parameter_count(width=768, layers=12) == 460_800
    assert VPTShallow(50).parameter_count(width=768) == 38_400


def test_one_low_rank_convolution_of_8_to_12_channels_is_336() -> None:
    assert LoCon(4).parameter_count([(8, 12, 9)]) == 336


def test_what_a_prefix_comes_out_of_is_trained_but_not_stored() -> None:
    counted = inject(bert(), PrefixTuning(3, bottleneck=5)).count()
    assert counted["stored"] == PrefixTuning(3).parameter_count(**ENCODER) < counted["total"]


# ---- adapters --------------------------------------------------------------------------------------------------------


def test_a_serial_adapter_is_its_formula_and_nearly_nothing_at_the_start() -> None:
    torch.manual_seed(0)
    layer = nn.Sequential(nn.Linear(5, 6))
    x = torch.randn(4, 5)
    h = layer(x)
    probe = inject(layer, Houlsby(3, targets="0"))
    assert not torch.equal(layer(x), h)
    torch.testing.assert_close(layer(x), h, atol=1e-4, rtol=0)
    shake(probe)
    w1, b1, w2, b2 = probe.parameters()
    torch.testing.assert_close(layer(x), h + functional.gelu(h @ w1.T + b1) @ w2.T + b2)


def test_a_parallel_adapter_reads_what_the_feed_forward_reads() -> None:
    vit = ViT()
    x = torch.randn(2, 5, WIDTH)
    block = vit.blocks[0]
    probe = inject(vit, ParallelAdapter(4, scale=2.0))
    shake(probe)
    w1, b1, w2, b2 = probe.parts[0].parameters()
    read = block.norm2(torch.zeros(2, 5, WIDTH) + x)
    with probe.disabled():
        base = block.mlp["fc2"](functional.gelu(block.mlp["fc1"](read)))
    given = block.mlp["fc2"](functional.gelu(block.mlp["fc1"](read)))
    torch.testing.assert_close(given, base + 2 * (functional.relu(read @ w1.T + b1) @ w2.T + b2))


def test_fusion_of_adapters_starts_as_their_mean_and_learns_which_to_take(tmp_path: Path) -> None:
    model = bert()
    paths = []
    for n in range(2):
        probe = inject(model, Pfeiffer(4))
        shake(probe, 0.3 + n)
        paths.append(str(tmp_path / f"{n}.safetensors"))
        probe.save(paths[-1])
        probe.remove()
    method = AdapterFusion(tuple(paths))
    probe = inject(model, method)
    counted = probe.count()
    assert counted["method"] == method.parameter_count(**ENCODER) == 3 * LAYERS * WIDTH**2
    assert counted["stored"] == counted["method"] + 2 * LAYERS * bottleneck_count(WIDTH, 4)
    part = probe.parts[0]
    h = torch.randn(3, WIDTH)
    with torch.no_grad():
        part.query.zero_()
        part.value.copy_(torch.eye(WIDTH))
    z = [h + adapter(h) for adapter in part.adapters]
    torch.testing.assert_close(part._choose(None, h), (z[0] + z[1]) / 2)
    with torch.no_grad():
        part.query.copy_(torch.eye(WIDTH) * 1e4)
        part.key.copy_(torch.eye(WIDTH))
    best = [z[int((h[n] @ z[1][n]) > (h[n] @ z[0][n]))][n] for n in range(3)]
    torch.testing.assert_close(part._choose(None, h), torch.stack(best))
    probe.remove()
    check_all(method, model, tmp_path / "fused.safetensors")

    with pytest.raises(ProbeError, match="Train two adapters or more"):
        AdapterFusion((paths[0],))
    with pytest.raises(FileError, match="another model"):
        inject(bert(words=31), method)
    lora = inject(model, LoRA(rank=2))
    lora.save(tmp_path / "lora.safetensors")
    lora.remove()
    with pytest.raises(FileError, match="holds lora"):
        inject(model, AdapterFusion((paths[0], str(tmp_path / "lora.safetensors"))))


# ---- IA3, prefix, prompts --------------------------------------------------------------------------------------------


def test_ia3_leaves_the_attentions_output_alone() -> None:
    """Matched by suffix, `output.dense` is the attention's too: 16,128 parameters on MiniLM where the paper has 13,824."""
    paths = [part.path for part in inject(bert(), IA3()).parts]
    assert len(paths) == 3 * LAYERS
    assert not any(path.endswith("attention.output.dense") for path in paths)


def test_a_prefix_is_attention_over_more_keys_and_values() -> None:
    vit = ViT()
    block = vit.blocks[1]
    x = torch.randn(2, 5, WIDTH)
    probe = inject(vit, PrefixTuning(3))
    shake(probe, 1.0)
    prefix = probe.parts[0].prefix()[:, 1]  # (3, 2, width)
    q, k, v = block.attn["qkv"](block.norm1(x)).chunk(3, -1)
    k = torch.cat([prefix[:, 0].expand(2, -1, -1), k], 1)
    v = torch.cat([prefix[:, 1].expand(2, -1, -1), v], 1)
    q, k, v = (one.unflatten(-1, (2, -1)).transpose(1, 2) for one in (q, k, v))
    with probe.disabled():
        mixed = block.attn["proj"](functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        h = x + mixed
        expected = h + block.mlp["fc2"](functional.gelu(block.mlp["fc1"](block.norm2(h))))
    torch.testing.assert_close(block(x), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("how", ["eager", "sdpa"])
def test_a_prefix_keeps_to_the_mask(how: str) -> None:
    model = bert()
    model.set_attn_implementation(how)
    probe = inject(model, PrefixTuning(3))
    shake(probe, 1.0)
    ids = torch.randint(0, 30, (1, 6), generator=torch.Generator().manual_seed(3))
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    short = model(input_ids=ids[:, :4], attention_mask=mask[:, :4]).last_hidden_state
    masked = model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :4]
    torch.testing.assert_close(masked, short, atol=1e-5, rtol=1e-5)


def test_a_zero_prefix_is_not_nothing() -> None:
    model = bert()
    base = run(model, model)
    probe = inject(model, PrefixTuning(3))
    with torch.no_grad():
        probe.parts[0].values.zero_()
    assert (run(model, model) - base).abs().max() > 1e-3


def test_deep_prompts_are_the_blocks_on_more_tokens() -> None:
    vit = ViT()
    images = torch.randn(2, 1, 8, 8)
    probe = inject(vit, VPTDeep(3, patch=4))
    prompts = probe.parts[0].tokens
    with probe.disabled():
        x = vit.conv(images).flatten(2).transpose(1, 2)
        x = torch.cat([vit.cls.expand(2, -1, -1), prompts[0].expand(2, -1, -1), x], 1)
        x = vit.blocks[0](x)
        x = vit.blocks[1](torch.cat([x[:, :1], prompts[1].expand(2, -1, -1), x[:, 4:]], 1))
        expected = vit.norm(x)[:, 0]
    torch.testing.assert_close(vit(images), expected)


def test_shallow_prompts_go_through_all_blocks_and_out_again() -> None:
    vit = ViT()
    probe = inject(vit, VPTShallow(3, patch=4))
    x = torch.randn(2, 5, WIDTH)
    between = vit.blocks[0](x)
    assert between.shape == (2, 8, WIDTH)
    assert vit.blocks[1](between).shape == (2, 5, WIDTH)
    bound = (6 / (3 * 4**2 + WIDTH)) ** 0.5
    assert probe.parts[0].tokens.abs().max() <= bound


def test_a_prompt_is_embeddings_before_those_of_the_text() -> None:
    model = bert()
    ids = torch.randint(0, 30, (2, 5), generator=torch.Generator().manual_seed(3))
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    probe = inject(model, PromptTuning(3))
    prompt = probe.parts[0].tokens
    given = model(input_ids=ids, attention_mask=mask, token_type_ids=torch.ones_like(ids)).last_hidden_state
    with probe.disabled():
        embedded = torch.cat([prompt.expand(2, -1, -1), model.get_input_embeddings()(ids)], 1)
        kinds = torch.cat([torch.zeros(2, 3, dtype=torch.long), torch.ones_like(ids)], 1)
        wide = torch.cat([torch.ones(2, 3, dtype=torch.long), mask], 1)
        expected = model(inputs_embeds=embedded, attention_mask=wide, token_type_ids=kinds).last_hidden_state[:, 3:]
    torch.testing.assert_close(given, expected)
    words = model.get_input_embeddings().weight
    assert all((words == token).all(1).any() for token in prompt)


def test_a_low_rank_convolution_is_the_convolution_of_its_product() -> None:
    cnn = CNN()
    x = torch.randn(2, 1, 8, 8)
    probe = inject(cnn, LoCon(2, alpha=6, targets="conv1"))
    shake(probe)
    down, up = probe.parameters()
    update = torch.einsum("or,rikl->oikl", up[0], down)
    expected = functional.conv2d(x, cnn.conv1.weight + 6 / 2 * update, cnn.conv1.bias, stride=2, padding=1)
    torch.testing.assert_close(cnn.conv1(x), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(cnn.conv1(x[0]), expected[0], atol=1e-5, rtol=1e-5)


# ---- together --------------------------------------------------------------------------------------------------------


def test_methods_that_compose_do_and_come_out_in_any_order() -> None:
    model = bert()
    base = run(model, model)
    methods = [
        LoRA(rank=2, targets=r".*output\.dense"),
        Houlsby(4, train_norms=False),
        BitFit(),
        PrefixTuning(3),
        IA3(),
    ]
    probes = [inject(model, method) for method in methods]
    for probe in probes:
        assert all(value.requires_grad for value in probe.parameters())
        shake(probe)
    everything = run(model, model)
    for probe in probes:
        with probe.disabled():
            assert not torch.allclose(run(model, model), everything, atol=1e-4)
    assert torch.equal(run(model, model), everything)
    probes[0].merge()  # an update under an adapter is one of the weight
    torch.testing.assert_close(run(model, model), everything, atol=1e-4, rtol=1e-4)
    for probe in (probes[2], probes[0], probes[4], probes[1], probes[3]):
        probe.remove()
    assert torch.equal(run(model, model), base)
    assert all(value.requires_grad for value in model.parameters())


def test_a_file_is_of_the_frozen_model_whatever_else_is_in_it(tmp_path: Path) -> None:
    model = bert()
    first = inject(model, BitFit())
    shake(first)
    lora = inject(model, LoRA(rank=2))
    shake(lora)
    lora.merge()
    lora.save(tmp_path / "lora.safetensors")
    lora.remove()
    first.remove()
    inject(model, LoRA(rank=2)).load(tmp_path / "lora.safetensors")


@pytest.mark.parametrize(
    ("first", "second", "model"),
    [
        (PrefixTuning(3), PrefixTuning(2), bert),
        (PromptTuning(3), PromptTuning(3), bert),
        (VPTDeep(3), VPTShallow(3), ViT),
        (BitFit(), BitFit(), bert),
        (Full(), Houlsby(4), bert),
        (LoRA(rank=2), Full(), bert),
        (MAM(PrefixTuning(3), ParallelAdapter(4)), PrefixTuning(3), bert),
    ],
)
def test_methods_that_do_not_compose_are_refused(first: Any, second: Any, model: Callable[[], nn.Module]) -> None:
    host = model()
    inject(host, first)
    with pytest.raises(ComposeError, match="in the model already"):
        inject(host, second)


def test_a_scale_after_an_update_is_merged_after_it() -> None:
    vit = ViT()
    scale = inject(vit, IA3())
    lora = inject(vit, LoRA(rank=2, targets=r".*qkv"))
    shake(scale)
    shake(lora)
    everything = run(vit, vit)
    with pytest.raises(ComposeError, match="Merge or remove ia3 first"):
        lora.merge()
    scale.remove()
    scale = inject(vit, IA3())
    shake(scale)
    everything = run(vit, vit)
    with pytest.raises(ComposeError, match="Merge or remove lora first"):
        scale.merge()
    lora.merge()
    scale.merge()
    torch.testing.assert_close(run(vit, vit), everything, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: Houlsby(0), SizeError, "a bottleneck of 0"),
        (lambda: inject(bert(), Houlsby(9)), SizeError, "Take at most 8"),
        (lambda: Houlsby(4, activation="magic"), TargetError, "gelu, relu, swish"),
        (lambda: inject(CNN(), Houlsby(4)), TargetError, "no Linear at all"),
        (
            lambda: inject(bert(), ParallelAdapter(4, inputs=r".*layer\.0\.intermediate\.dense")),
            TargetError,
            "in pairs",
        ),
        (lambda: inject(bert(), IA3(targets=r".*layer\.0\.output\.dense")), TargetError, "one of the two"),
        (lambda: inject(bert(), BitFit(targets="bias")), TargetError, "Match the whole path"),
        (lambda: PromptTuning(0), SizeError, "number of prompts of 0"),
        (lambda: inject(ViT(), PromptTuning(3)), TargetError, "takes no embeddings"),
        (lambda: inject(bert(), PrefixTuning(3, keys=r".*layer\.0\..*key")), TargetError, "2, 1, 2 layers"),
        (
            lambda: inject(nn.Sequential(nn.Linear(4, 4)), PrefixTuning(3, queries="0", keys="0", outputs="0")),
            ProbeError,
            "heads=12",
        ),
        (lambda: VPTDeep(0), SizeError, "number of prompts of 0"),
        (lambda: inject(CNN(), VPTDeep(3)), TargetError, "matches no Module"),
        (lambda: inject(CNN(), LoCon(5)), SizeError, "larger than the layer conv1 allows. Take at most 4"),
        (lambda: inject(bert(), Linear()), ProbeError, "Give a head"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(make: Callable[[], Any], kind: type[ProbeError], words: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_prompt_needs_token_ids() -> None:
    model = bert()
    inject(model, PromptTuning(3))
    with pytest.raises(TargetError, match="input_ids"):
        model(inputs_embeds=torch.randn(1, 2, WIDTH))


class One(Part):
    """x -> 2 x before, after, or added as 2 x, of a layer x -> 3 x: what is put into the weights is known."""

    role = "one"
    mergeable = True

    def __init__(self, path: str, way: str) -> None:
        super().__init__(path)
        self.way = way  # type: ignore[misc]

    def taps(self) -> list[Tap]:
        if self.way == "before":
            return [Tap(self.path, before=lambda arguments: with_first(arguments, first(arguments) * 2))]
        if self.way == "after":
            return [Tap(self.path, after=lambda _, output: output * 2)]
        return [Tap(self.path, after=lambda arguments, output: output + 2 * first(arguments))]

    def merged(self, layer: nn.Linear) -> dict[str, torch.Tensor]:
        return {"weight": layer.weight + 2 if self.way == "adds" else layer.weight * 2}


@dataclass(frozen=True)
class OneOf(Injectable):
    way: str
    name = "one"

    def parts(self, model: nn.Module) -> list[Part]:
        return [One("0", self.way)]


@pytest.mark.parametrize("mine", ["before", "after", "adds"])
@pytest.mark.parametrize("theirs", ["before", "after", "adds"])
@pytest.mark.parametrize("later", [False, True])
def test_a_merge_is_allowed_only_where_it_changes_nothing(mine: str, theirs: str, later: bool) -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    nn.init.constant_(model[0].weight, 3.0)
    x = torch.ones(1, 1)
    first_probe = inject(model, OneOf(mine if later else theirs))
    second_probe = inject(model, OneOf(theirs if later else mine))
    probe = first_probe if later else second_probe
    beside = model(x)
    try:
        probe.merge()
    except ComposeError:
        # Refused: were it done all the same, another number would come out. (Doubling the input twice is the exception.)
        part = probe.parts[0]
        with torch.no_grad():
            model[0].weight.copy_(part.merged(model[0])["weight"])
        probe._on = False
        assert not torch.equal(model(x), beside) or mine == theirs != "adds"
    else:
        assert torch.equal(model(x), beside)
