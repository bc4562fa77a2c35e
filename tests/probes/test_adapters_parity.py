"""The same numbers as the library `adapters`, where it is installed: bottlenecks, prefixes, and what they count."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel

from survey.probes import inject
from survey.probes.adapters import Houlsby, ParallelAdapter
from survey.probes.mam import MAM
from survey.probes.prefix_tuning import PrefixTuning

adapters = pytest.importorskip("adapters")


def bert() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, vocab_size=30)
    return BertModel(config, add_pooling_layer=False).eval()


def theirs_with(config: Any) -> tuple[BertModel, dict[str, torch.Tensor]]:
    """Their model with random values in all that was added, and these by name."""
    model = bert()
    adapters.init(model)
    before = {name for name, _ in model.named_parameters()}
    model.add_adapter("one", config=config)
    model.set_active_adapters("one")
    model.eval()
    added = {name: value for name, value in model.named_parameters() if name not in before}
    torch.manual_seed(1)
    with torch.no_grad():
        for value in added.values():
            value.normal_(std=0.3)
    return model, added


def hidden(model: BertModel) -> torch.Tensor:
    ids = torch.randint(0, 30, (2, 6), generator=torch.Generator().manual_seed(2))
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    real = mask.bool()
    return model(input_ids=ids, attention_mask=mask).last_hidden_state[real]


@pytest.mark.parametrize(
    ("config", "method"),
    [
        (adapters.DoubleSeqBnConfig(reduction_factor=4), Houlsby(4, activation="swish", train_norms=False)),
        (adapters.ParBnConfig(reduction_factor=4), ParallelAdapter(4)),
    ],
    ids=["serial", "parallel"],
)
def test_bottlenecks(config: Any, method: Any) -> None:
    theirs, added = theirs_with(config)
    ours = bert()
    probe = inject(ours, method)
    assert probe.count()["total"] == sum(value.numel() for value in added.values())
    for part in probe.parts:
        layer, place = part.path.split("encoder.layer.")[1].split(".")[:2]
        kind = "attention" if place == "attention" else "output"
        mine = {name: value for name, value in added.items() if f"layer.{layer}.{kind}" in name}
        with torch.no_grad():
            for side, linear in (("down", part.net.down), ("up", part.net.up)):
                for what in ("weight", "bias"):
                    (value,) = (v for name, v in mine.items() if f"adapter_{side}" in name and name.endswith(what))
                    getattr(linear, what).copy_(value)
    torch.testing.assert_close(hidden(ours), hidden(theirs), atol=1e-6, rtol=1e-5)
    assert (hidden(bert()) - hidden(ours)).abs().max() > 0.1


def test_flat_prefixes() -> None:
    theirs, added = theirs_with(adapters.PrefixTuningConfig(flat=True, prefix_length=3))
    (values,) = added.values()
    ours = bert()
    probe = inject(ours, PrefixTuning(3))
    assert probe.count()["total"] == values.numel()
    with torch.no_grad():
        # Theirs is (length x layers x 2 x width) in the order length, layer and side, width.
        probe.parts[0].values.copy_(values.reshape(3, 2, 2, 16))
    torch.testing.assert_close(hidden(ours), hidden(theirs), atol=1e-5, rtol=1e-5)
    assert (hidden(bert()) - hidden(ours)).abs().max() > 0.01


def test_mix_and_match_counts_the_same() -> None:
    _, added = theirs_with(
        adapters.MAMConfig(adapters.PrefixTuningConfig(bottleneck_size=20), adapters.ParBnConfig(reduction_factor=4))
    )
    ours = MAM(PrefixTuning(30, bottleneck=20), ParallelAdapter(4))
    assert inject(bert(), ours).count()["total"] == sum(value.numel() for value in added.values())
