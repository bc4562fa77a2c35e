"""Where the layers stand in models of transformers: beside BERT's names, which the methods know, those of other families."""

from __future__ import annotations

from typing import Any

from torch import nn

from survey.probes.adapters import ParallelAdapter
from survey.probes.paths import ATTENTION_OUT, FFN_IN, FFN_OUT, FUSED_QKV
from survey.probes.prefix_tuning import PrefixTuning

_ATTENTION = r"(.*\.)?(attention|self_attn|attn)\.((self|attention)\.)?"
_OUT = rf"{ATTENTION_OUT}|(.*\.)?(attention|self_attn|attn)\.(o_proj|out_proj|out_lin)"
_IN_FFN = rf"{FFN_IN}|(.*\.)?(ffn\.lin1|mlp\.up_proj|layers\.\d+\.fc1)"
_OUT_FFN = rf"{FFN_OUT}|(.*\.)?(ffn\.lin2|mlp\.down_proj|layers\.\d+\.fc2)"


def settings_for(model: nn.Module) -> dict[str, dict[str, Any]]:
    """Settings under which the methods find their layers in `model`: BERT, DistilBERT, ViT, DINO, CLIP, decoders and the like.

    Where queries are turned by their position (rotary embeddings), what a prefix would do with them is another thing: there prefix
    tuning keeps its own patterns, and says that they match nothing.
    """
    settings: dict[str, dict[str, Any]] = {
        "lora": {"targets": _of("query", "value", "q_proj", "v_proj", "q_lin", "v_lin")},
        "houlsby": {"targets": f"{_OUT}|{_OUT_FFN}"},
        "pfeiffer": {"targets": _OUT_FFN},
        "parallel-adapter": {"inputs": _IN_FFN, "outputs": _OUT_FFN},
        "ia3": {
            "targets": _of("key", "value", "k_proj", "v_proj", "k_lin", "v_lin") + f"|{FUSED_QKV}",
            "inner": _OUT_FFN,
        },
        "vpt-shallow": {"targets": r"(.*\.)?(blocks|layers?)\.\d+"},
        "vpt-deep": {"targets": r"(.*\.)?(blocks|layers?)\.\d+"},
    }
    if any("rotary" in path or "rope" in path for path, _ in model.named_modules()):
        return settings
    prefix: dict[str, Any] = {
        "queries": f"{_of('query', 'q_proj', 'q_lin')}|{FUSED_QKV}",
        "keys": f"{_of('key', 'k_proj', 'k_lin')}|{FUSED_QKV}",
        "outputs": _OUT,
    }
    settings["prefix-tuning"] = dict(prefix)
    settings["mam"] = {
        "prefix": PrefixTuning(length=30, bottleneck=800, **prefix),
        "adapter": ParallelAdapter(bottleneck=192, inputs=_IN_FFN, outputs=_OUT_FFN),
    }
    return settings


def _of(*names: str) -> str:
    return _ATTENTION + f"({'|'.join(names)})"
