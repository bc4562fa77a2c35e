"""Any configuration of peft as a method: it gives what peft gives, and comes out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from survey.probes import inject
from survey.probes.errors import ComposeError, ProbeError, TargetError
from survey.probes.lora import LoRA
from survey.probes.peft_method import Peft


class Net(nn.Module):
    """(batch, 6) -> (batch, 4)"""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(6, 8)
        self.second = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x).tanh())


X = torch.linspace(-1, 1, 18).reshape(3, 6)
CONFIGS: list[dict[str, Any]] = [
    {"peft_type": "LORA", "r": 2, "target_modules": ["first", "second"]},
    {"peft_type": "LORA", "r": 2, "target_modules": ["first"], "use_dora": True},
    {"peft_type": "LOHA", "r": 2, "target_modules": ["first"]},
    {"peft_type": "IA3", "target_modules": ["first", "second"], "feedforward_modules": ["second"]},
]


def shake(values: Any) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for value in values:
            value.add_(0.3 * torch.randn_like(value))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c['peft_type']}{'-dora' * c.get('use_dora', False)}")
def test_it_gives_what_peft_gives_and_comes_out_again(config: dict[str, Any], tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    model = Net()
    base, before = model(X), {name: value.clone() for name, value in model.state_dict().items()}
    method = Peft(json.dumps(config))
    probe = inject(model, method, head=nn.Linear(4, 2))
    torch.testing.assert_close(model(X), base, atol=1e-6, rtol=1e-6)
    assert model.state_dict().keys() == before.keys()

    for _ in range(2):
        probe.train()(X).pow(2).sum().backward()
        torch.optim.SGD(probe.parameters(), lr=0.1).step()
    assert all(value.grad is not None and value.grad.any() for value in probe.parameters())
    assert all(value.grad is None for value in model.parameters())

    probe.eval()
    shake(probe.parameters("method"))
    theirs = peft.get_peft_model(Net(), peft.get_peft_config(config)).eval()
    added = [value for value in theirs.parameters() if value.requires_grad]
    assert probe.count()["method"] == sum(value.numel() for value in added) == method.parameter_count(probe.parts)
    with torch.no_grad():
        for mine, yours in zip(probe.parameters("method"), added, strict=True):
            yours.copy_(mine)
    adapted = model(X)
    torch.testing.assert_close(adapted, theirs(X), atol=1e-6, rtol=1e-6)
    assert not torch.allclose(adapted, base, atol=1e-2)
    with probe.disabled():
        assert torch.equal(model(X), base)

    if config["peft_type"] in ("LORA", "LOHA") and not config.get("use_dora"):
        probe.merge()
        torch.testing.assert_close(model(X), adapted, atol=1e-5, rtol=1e-5)
        probe.unmerge()
        assert torch.equal(model(X), adapted)
    else:
        with pytest.raises(ComposeError, match="cannot be merged"):
            probe.merge()

    probe.save(tmp_path / "probe.safetensors")
    probe.remove()
    assert torch.equal(model(X), base)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(value.requires_grad for value in model.parameters())
    assert vars(model).keys() == vars(Net()).keys()
    again = inject(model, method, head=nn.Linear(4, 2))
    again.load(tmp_path / "probe.safetensors")
    assert torch.equal(model(X), adapted)


def test_a_layer_of_peft_takes_no_other_method() -> None:
    pytest.importorskip("peft")
    model = Net()
    inject(model, Peft(json.dumps(CONFIGS[2])))
    inject(model, LoRA(rank=2, targets="second"))
    with pytest.raises(ComposeError, match="stands alone"):
        inject(model, LoRA(rank=2, targets="first"))


@pytest.mark.parametrize(
    ("config", "kind", "words"),
    [
        ({"peft_type": "LORA", "r": 2, "target_modules": ["third"]}, TargetError, "third"),
        ({"peft_type": "LORA", "rank": 2}, TargetError, "rank"),
        ({"peft_type": "PREFIX_TUNING"}, ProbeError, "adapts no layers"),
    ],
)
def test_what_peft_cannot_do_is_said_on_one_line(config: dict[str, Any], kind: type[ProbeError], words: str) -> None:
    pytest.importorskip("peft")
    model = Net()
    with pytest.raises(kind) as caught:
        inject(model, Peft(json.dumps(config)))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert vars(model).keys() == vars(Net()).keys()


@pytest.mark.parametrize("config", ["", "[]", "{}", "{"])
def test_a_configuration_is_json_with_a_type(config: str) -> None:
    with pytest.raises(ProbeError, match="no configuration"):
        Peft(config)


def test_without_peft_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "peft", None)
    with pytest.raises(ProbeError, match="pip install peft"):
        inject(Net(), Peft(json.dumps(CONFIGS[0])))
