"""LoRA in the files of huggingface peft: a folder with `adapter_config.json` and `adapter_model.safetensors`.

peft's names: `base_model.model.PATH.lora_A.weight` (r, in) and `lora_B.weight` (out, r) of a linear layer, of a convolution
(r, in, k, k) and (out, r, 1, 1); `PATH.lora_embedding_A` (r, tokens) and `lora_embedding_B` (width, r) of an embedding; PATH as in
the model that was adapted. A head, biases and variants such as DoRA are refused by name, since leaving them out in silence gives
another model; so is a fused or grouped layer, for which peft has no such form.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from survey.probes.errors import ComposeError, FileError
from survey.probes.inject import Probe, inject
from survey.probes.locon import LoCon, LowRankConvolution
from survey.probes.lora import LoRA, LoRAEmbedding, LoRALinear

CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
_NAME = re.compile(r"base_model\.model\.(.+)\.(lora_A\.weight|lora_B\.weight|lora_embedding_A|lora_embedding_B)")
# Settings that change what the adapted model gives, and what they are in plain LoRA.
_PLAIN: dict[str, tuple[Any, ...]] = {
    "bias": ("none", None),
    "fan_in_fan_out": (False, None),
    "layer_replication": (None,),
    "lora_bias": (False, None),
    "modules_to_save": (None, []),
    "target_parameters": (None, []),
    "trainable_token_indices": (None, []),
    "use_bdlora": (None, False),
    "use_dora": (False, None),
    "use_qalora": (False, None),
}


def save_peft(probe: Probe, folder: str | Path, *, base: str | None = None, without_head: bool = False) -> None:
    """Write the LoRA or LoCon of `probe` so that peft can load it onto the model that it is in; `base` is that model's name.

    Raises FileError where the folder cannot be written, ComposeError for what such a file cannot hold: other methods, fused or
    grouped layers, and a head, unless it is to be left out.
    """
    if probe.head is not None and not without_head:
        raise ComposeError(
            "a peft file of LoRA has no place for the head", "Save the head apart, and say without_head=True"
        )
    tensors: dict[str, Tensor] = {}
    for part in probe.parts:
        tensors |= {
            f"{_PREFIX}{part.path}.{name}": value.detach().cpu().contiguous() for name, value in _names_of(part).items()
        }
    method = probe.method
    if not tensors or not isinstance(method, (LoRA, LoCon)):
        raise ComposeError(f"peft has no LoRA file of {method.name}", "Use the probe's own save")
    paths = "|".join(re.escape(part.path) for part in probe.parts)
    config = {
        "peft_type": "LORA",
        "task_type": None,
        "base_model_name_or_path": base,
        "r": method.rank,
        "lora_alpha": method.alpha,
        "lora_dropout": method.dropout if isinstance(method, LoRA) else 0.0,
        "target_modules": paths,
        "use_rslora": isinstance(method, LoRA) and method.rank_stabilised,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    where = Path(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
        partial = where / f".{TENSORS}.partial"
        save_file(tensors, partial, {"format": "pt"})
        partial.replace(where / TENSORS)
        (where / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    except (OSError, SafetensorError) as error:
        raise FileError(f"{where} cannot be written ({error})", "Choose a folder that can be written to") from None


def load_peft(model: nn.Module, folder: str | Path, head: nn.Module | str | None = None) -> Probe:
    """Inject into `model` the LoRA that peft saved. Raises FileError for what is no plain LoRA of this model."""
    config, tensors = _read(Path(folder))
    layers: dict[str, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        found = _NAME.fullmatch(name)
        if found is None:
            raise FileError(f"{folder} has {name}, which is no LoRA of a layer", "Take files of plain LoRA")
        layers.setdefault(found[1], {})[found[2]] = value
    missing = sorted(set(layers) - {path for path, _ in model.named_modules()})
    if missing:
        raise FileError(
            f"{folder} adapts {missing[0]}, which the model does not have", "Load it onto the model that peft adapted"
        )
    ranks = {len(value) for tensors in layers.values() for name, value in tensors.items() if "_A" in name}
    if len(ranks) != 1 or config.get("alpha_pattern"):
        raise FileError(f"{folder} has a rank or scale for each layer", "Take files with the same ones for all layers")
    is_conv = {any(value.ndim > 2 for value in tensors.values()) for tensors in layers.values()}
    if len(is_conv) > 1:
        raise FileError(f"{folder} adapts convolutions and other layers", "Save the two apart")
    targets = "|".join(re.escape(path) for path in layers)
    rank, alpha, dropout = ranks.pop(), float(config["lora_alpha"]), float(config.get("lora_dropout") or 0)
    stable = bool(config.get("use_rslora"))
    method: LoRA | LoCon = LoRA(rank, alpha, targets, dropout=dropout, rank_stabilised=stable)
    if is_conv.pop():
        # LoCon has the plain scale alone: the other one is the same with alpha sqrt(r).
        method = LoCon(rank, alpha * rank**0.5 if stable else alpha, targets)
    probe = inject(model, method, head)
    try:
        for part in probe.parts:
            part.restore(_values_of(part, layers[part.path]))
    except (FileError, ComposeError):
        probe.remove()
        raise
    return probe


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        tensors = load_file(folder / TENSORS)
    except (OSError, ValueError, SafetensorError) as error:
        raise FileError(f"{folder} cannot be read ({error})", f"Give a folder with {CONFIG} and {TENSORS}") from None
    if not isinstance(config, dict) or config.get("peft_type") != "LORA" or "lora_alpha" not in config:
        kind = config.get("peft_type") if isinstance(config, dict) else None
        raise FileError(f"{folder} holds {kind or 'something else'}, not LORA", "Give what peft saved of a LoraConfig")
    for name, plain in _PLAIN.items():
        if config.get(name, plain[0]) not in plain:
            raise FileError(f"{folder} was made with {name}={config[name]!r}", "Take files of plain LoRA")
    return config, tensors


def _names_of(part: Any) -> dict[str, Tensor]:
    """peft's names and shapes of one part's tensors."""
    if isinstance(part, LoRALinear) and len(part.wanted) == 1:
        return {"lora_A.weight": part.a, "lora_B.weight": part.b[0]}
    if isinstance(part, LoRAEmbedding):
        return {"lora_embedding_A": part.a, "lora_embedding_B": part.b}
    if isinstance(part, LowRankConvolution) and part.groups == 1:
        ones = (1,) * (part.down.ndim - 2)
        return {
            "lora_A.weight": part.down,
            "lora_B.weight": part.up[0].unflatten(1, (-1, *ones)),
        }  # (out, r) -> (out, r, 1, 1)
    raise ComposeError(f"peft has no LoRA file for what is at {part.path or 'the model'}", "Use the probe's own save")


def _values_of(part: Any, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The part's own tensors, from peft's."""
    wanted = {name: tuple(value.shape) for name, value in _names_of(part).items()}
    for name, shape in wanted.items():
        given = tuple(tensors[name].shape) if name in tensors else "nothing"
        if given != shape:
            raise FileError(
                f"{name} of {part.path} is {given} in the file, and the model needs {shape}", "Load it onto its model"
            )
    values = [tensors[name] for name in wanted]
    if isinstance(part, LoRAEmbedding):
        return {"a": values[0], "b": values[1]}
    if isinstance(part, LoRALinear):
        return {"a": values[0], "b": values[1].unsqueeze(0)}  # (out, r) -> (1, out, r)
    return {"down": values[0], "up": values[1].flatten(1).unsqueeze(0)}  # (out, r, 1, 1) -> (1, out, r)
