"""Methods in a line: read, built with settings, and put into one model together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from survey.bench.methods import build_methods, inject_methods, parse_spec, render_spec
from survey.bench.models.layer_names import settings_for
from survey.bench.opening import open_task, set_options
from survey.probes.errors import ProbeError
from survey.probes.ia3 import IA3
from survey.probes.lora import LoRA

TARGETS = '{"rank": 2, "targets": "0|2"}'


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8))


@pytest.mark.parametrize("spec", ["lora", 'lora{"rank": 4}', "lora+ia3", 'lora{"rank": 4, "targets": "a+b"}+ia3'])
def test_a_line_is_read_and_written(spec: str) -> None:
    assert render_spec(parse_spec(spec)) == spec


def test_settings_of_the_line_come_before_those_of_the_task() -> None:
    (lora, ia3) = build_methods('lora{"rank": 4}+ia3', {"lora": {"rank": 2, "alpha": 1.0}})
    assert lora == LoRA(rank=4, alpha=1.0)
    assert ia3 == IA3()


def test_a_part_of_a_method_has_settings_of_its_own() -> None:
    (mam,) = build_methods('mam{"prefix": {"length": 8, "bottleneck": null}}')
    assert (mam.prefix.length, mam.prefix.bottleneck, mam.adapter.bottleneck) == (8, None, 192)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "names no method"),
        ("lora+", "names no method"),
        ("lora{rank: 4}", "names no method"),
        ("lroa", "Did you mean lora"),
        ('lora{"rnak": 4}', "It has rank, alpha"),
        ('lora{"rank": 0}', "a rank of 0 trains nothing"),
    ],
)
def test_what_cannot_be_built_is_told_with_a_remedy(spec: str, said: str) -> None:
    with pytest.raises(ProbeError, match=said):
        build_methods(spec)


def test_two_methods_in_one_model_count_and_train_together() -> None:
    backbone = model()
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    stack = inject_methods(backbone, build_methods(f"lora{TARGETS}+bitfit"), nn.Linear(8, 2))
    # LoRA: 2 (6 + 8) + 2 (8 + 8); BitFit: the biases 8 + 8; the head: 8 x 2 + 2.
    assert stack.count() == {"method": 60 + 16, "norm": 0, "head": 18, "total": 94, "stored": 94}
    assert sum(value.numel() for value in stack.parameters()) == 94
    stack(torch.ones(3, 6)).sum().backward()
    assert all(value.grad is not None for value in stack.parameters())
    stack.remove()
    after = backbone.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_where_the_second_method_cannot_go_the_first_is_taken_out_again() -> None:
    backbone = model()
    with pytest.raises(ProbeError, match=r"larger than the layer"):
        inject_methods(backbone, build_methods(f'lora{TARGETS}+lora{{"rank": 99, "targets": "2"}}'), nn.Linear(8, 2))
    assert all(value.requires_grad for value in backbone.parameters())
    with pytest.raises(ProbeError, match="in the model already"):
        inject_methods(backbone, build_methods(f"full+lora{TARGETS}"), nn.Linear(8, 2))
    with pytest.raises(ProbeError, match="cannot be put into a model"):
        inject_methods(backbone, build_methods("focal"))


def bert() -> nn.Module:
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    return BertModel(BertConfig(vocab_size=20, **sizes), add_pooling_layer=False)


def distilbert() -> nn.Module:
    from transformers import DistilBertConfig, DistilBertModel

    return DistilBertModel(DistilBertConfig(vocab_size=20, dim=32, n_layers=2, n_heads=2, hidden_dim=64))


def vit() -> nn.Module:
    from transformers import ViTConfig, ViTModel

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    return ViTModel(ViTConfig(image_size=8, patch_size=4, **sizes), add_pooling_layer=False)


@pytest.mark.parametrize("family", [bert, distilbert, vit])
def test_methods_find_the_same_layers_under_other_names(family: Callable[[], nn.Module]) -> None:
    backbone = family()
    settings = settings_for(backbone)
    # 32 wide, 2 layers, 64 inside; LoRA of rank 2 on query and value, Houlsby and Pfeiffer of 4, IA3, a prefix of 16.
    wanted = {
        'lora{"rank": 2}': 2 * 2 * 2 * 64,
        'houlsby{"bottleneck": 4, "train_norms": false}': 2 * 2 * (2 * 32 * 4 + 32 + 4),
        'pfeiffer{"bottleneck": 4}': 2 * (2 * 32 * 4 + 32 + 4),
        'parallel-adapter{"bottleneck": 4}': 2 * (2 * 32 * 4 + 32 + 4),
        "ia3": 2 * (2 * 32 + 64),
        "prefix-tuning": 2 * 16 * 32 * 2,
    }
    for spec, count in wanted.items():
        stack = inject_methods(backbone, build_methods(spec, settings), nn.Identity())
        assert stack.count()["method"] == count, spec
        stack.remove()


def test_options_are_typed_by_the_method() -> None:
    assert set_options(["lora", "ia3"], ["rank=4"]) == ['lora{"rank": 4}', "ia3"]
    assert set_options(["lora+ia3"], ["lora.fused=[true, false]"]) == ['lora{"fused": [true, false]}+ia3']
    assert set_options(["lora"], ["targets=.*query"]) == ['lora{"targets": ".*query"}']


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("rank", "sets nothing"),
        ("rank=many", "Give a whole number"),
        ("rank=4.5", "Give a whole number"),
        ("dropout=much", "Give a number"),
        ("size=4", "lora has rank, alpha"),
        ("ia3.targets=x", "no method here"),
    ],
)
def test_options_that_fit_nothing_are_told(setting: str, said: str) -> None:
    with pytest.raises(ProbeError, match=said):
        set_options(["lora"], [setting])


def test_an_unknown_task_names_the_nearest() -> None:
    with pytest.raises(ProbeError, match=r"no task 'txet'.*text"):
        open_task("txet")


def test_a_task_with_a_backbone_of_its_own_takes_no_other() -> None:
    with pytest.raises(ProbeError, match="brings its own backbone"):
        open_task("ranking", "some/model")
    assert getattr(open_task("text", "some/model"), "backbone") == "some/model"  # noqa: B009 (no part of the protocol)
