"""LoRA in peft's files: there and back, what is refused, and that peft gives the same numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from survey.probes import Probe, inject
from survey.probes.adapters import Houlsby
from survey.probes.errors import ComposeError, FileError
from survey.probes.locon import LoCon
from survey.probes.lora import LoRA
from survey.probes.peft_files import CONFIG, TENSORS, load_peft, save_peft


class Text(nn.Module):
    """Token ids (batch, 5) -> (batch, 5, 4)"""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(11, 6)
        self.first = nn.Linear(6, 8)
        self.second = nn.Linear(8, 4)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(self.words(ids)).tanh())


class Image(nn.Module):
    """(batch, 2, 6, 6) -> (batch, 4, 4, 4)"""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv2(self.conv1(x).tanh())


IDS = torch.tensor([[1, 2, 3, 4, 10], [0, 0, 5, 6, 7]])
IMAGES = torch.linspace(-1, 1, 144).reshape(2, 2, 6, 6)
CASES = [
    (Text, LoRA(rank=2, alpha=6, targets="words|first|second"), IDS),
    (Text, LoRA(rank=3, targets="second", rank_stabilised=True, dropout=0.1), IDS),
    (Image, LoCon(rank=2, alpha=6, targets="conv1|conv2"), IMAGES),
]


def trained(model: nn.Module, method: Any) -> Probe:
    probe = inject(model, method)
    torch.manual_seed(1)
    with torch.no_grad():
        for value in probe.parameters():
            value.normal_(std=0.3)
    return probe


@pytest.mark.parametrize(("make", "method", "x"), CASES)
def test_there_and_back(make: Callable[[], nn.Module], method: Any, x: torch.Tensor, tmp_path: Path) -> None:
    model = make()
    probe = trained(model, method)
    expected = model(x)
    save_peft(probe, tmp_path, base="toy")
    assert json.loads((tmp_path / CONFIG).read_text())["base_model_name_or_path"] == "toy"
    other = make()
    again = load_peft(other, tmp_path, head=nn.Identity())
    assert torch.equal(again(x), expected)
    assert again.count()["method"] == probe.count()["method"]
    again.merge()
    torch.testing.assert_close(other(x), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("make", "method", "x"), CASES)
def test_peft_reads_it_and_gives_the_same(
    make: Callable[[], nn.Module], method: Any, x: torch.Tensor, tmp_path: Path
) -> None:
    peft = pytest.importorskip("peft")
    model = make()
    save_peft(trained(model, method), tmp_path)
    theirs = peft.PeftModel.from_pretrained(make(), tmp_path)
    torch.testing.assert_close(theirs(x), model(x), atol=1e-6, rtol=1e-6)
    assert not torch.allclose(make()(x), model(x), atol=1e-2)


@pytest.mark.parametrize(
    ("make", "names", "x"),
    [(Text, ["words", "first"], IDS), (Text, ["second"], IDS), (Image, ["conv1", "conv2"], IMAGES)],
)
def test_what_peft_writes_is_read(
    make: Callable[[], nn.Module], names: list[str], x: torch.Tensor, tmp_path: Path
) -> None:
    peft = pytest.importorskip("peft")
    torch.manual_seed(2)
    stable = names == ["second"]
    config = peft.LoraConfig(r=2, lora_alpha=6, target_modules=names, init_lora_weights=False, use_rslora=stable)
    theirs = peft.get_peft_model(make(), config).eval()
    theirs.save_pretrained(tmp_path)
    model = make()
    probe = load_peft(model, tmp_path)
    torch.testing.assert_close(model(x), theirs(x), atol=1e-6, rtol=1e-6)
    count = sum(value.numel() for value in theirs.parameters() if value.requires_grad)
    assert probe.count()["method"] == count
    torch.testing.assert_close(theirs.merge_and_unload()(x), model(x), atol=1e-5, rtol=1e-5)


def test_what_a_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    headed = inject(Text(), LoRA(rank=2, targets="first"), head=nn.Linear(4, 2))
    with pytest.raises(ComposeError, match="no place for the head"):
        save_peft(headed, tmp_path)
    save_peft(headed, tmp_path, without_head=True)
    assert set(load_file(tmp_path / TENSORS)) == {f"base_model.model.first.lora_{side}.weight" for side in "AB"}
    with pytest.raises(ComposeError, match="no LoRA file"):
        save_peft(inject(Text(), LoRA(rank=2, targets="first", fused=(True, False))), tmp_path)
    with pytest.raises(ComposeError, match="no LoRA file"):
        save_peft(inject(Text(), Houlsby(2, targets="first")), tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot be written"):
        save_peft(headed, tmp_path / "file" / "below", without_head=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"peft_type": "IA3"}, "holds IA3, not LORA"),
        ({"use_dora": True}, "use_dora=True"),
        ({"bias": "all"}, "bias='all'"),
        ({"modules_to_save": ["classifier"]}, "modules_to_save"),
        ({"alpha_pattern": {"first": 3}}, "for each layer"),
    ],
)
def test_what_is_no_plain_lora_is_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    save_peft(trained(Text(), LoRA(rank=2, targets="first|second")), tmp_path)
    config = json.loads((tmp_path / CONFIG).read_text())
    (tmp_path / CONFIG).write_text(json.dumps(config | change))
    model = Text()
    with pytest.raises(FileError, match=words):
        load_peft(model, tmp_path)
    assert all(value.requires_grad for value in model.parameters())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_model.model.classifier.weight": torch.zeros(2)}, "classifier.weight"),
        ({"base_model.model.first.lora_magnitude_vector": torch.zeros(8)}, "lora_magnitude_vector"),
        ({"base_model.model.third.lora_A.weight": torch.zeros(2, 6)}, "adapts third"),
        ({"base_model.model.second.lora_A.weight": torch.zeros(3, 8)}, "for each layer"),
        ({"base_model.model.second.lora_A.weight": torch.zeros(2, 9)}, r"\(2, 9\) in the file"),
        ({"base_model.model.second.lora_A.weight": torch.zeros(2, 8, 1, 1)}, "convolutions and other layers"),
    ],
)
def test_tensors_of_another_model_are_refused(change: dict[str, torch.Tensor], words: str, tmp_path: Path) -> None:
    save_peft(trained(Text(), LoRA(rank=2, targets="first|second")), tmp_path)
    save_file(load_file(tmp_path / TENSORS) | change, tmp_path / TENSORS)
    model = Text()
    base = model(IDS)
    with pytest.raises(FileError, match=words):
        load_peft(model, tmp_path)
    assert torch.equal(model(IDS), base)
    assert all(value.requires_grad for value in model.parameters())


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        load_peft(Text(), tmp_path)
    (tmp_path / CONFIG).write_text("[")
    with pytest.raises(FileError, match="cannot be read"):
        load_peft(Text(), tmp_path)
    save_file({}, tmp_path / TENSORS)
    (tmp_path / CONFIG).write_text("[]")
    with pytest.raises(FileError, match="not LORA"):
        load_peft(Text(), tmp_path)
