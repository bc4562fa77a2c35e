"""Any configuration of huggingface peft that adapts layers (LoRA and its kin, LoHa, LoKr, OFT, IA3 ...) as a method.

peft makes its layers, which wrap those of the model; they are called in the place of the model's own, so that the probe is
counted, switched off, saved and removed like any other. Its prompts and prefixes are no layers: take those of this package.
A layer that peft adapts takes no other method.

peft is not the library adapter-transformers, nor that one's successor `adapters`, which patches the classes of transformers and
needs a version of it; what both of them train is here as adapters, prefix tuning and mix-and-match.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from survey.probes.errors import ProbeError, TargetError
from survey.probes.parts import Injectable, Part, Tap
from survey.probes.registry import register

# Their update is added to the weight; others turn the weight, or scale it.
_ADDED = ("LORA", "LOHA", "LOKR")


@register
@dataclass(frozen=True)
class Peft(Injectable):
    """`config` is peft's configuration as JSON: {"peft_type": "LOHA", "r": 4, "target_modules": ["query"]}."""

    name: ClassVar[str] = "peft"
    kind: ClassVar[str] = "adapter"
    title: ClassVar[str] = "Any peft configuration"
    paper: ClassVar[str] = (
        "PEFT: State-of-the-art Parameter-Efficient Fine-Tuning Methods (2022), software of Hugging Face"
    )
    section: ClassVar[str] = "its documentation"
    formula: ClassVar[str] = "as the configuration says"
    tasks: ClassVar[tuple[str, ...]] = ("text", "text-strategy", "image", "video")
    identity: ClassVar[bool] = True

    config: str = ""

    def __post_init__(self) -> None:
        try:
            known = isinstance(read := json.loads(self.config), dict) and isinstance(read.get("peft_type"), str)
        except ValueError:
            known = False
        if not known:
            raise ProbeError(
                "that is no configuration of peft", 'Give its JSON, such as {"peft_type": "LOHA", "r": 4, ...}'
            )

    def parts(self, model: nn.Module) -> list[Part]:
        read = json.loads(self.config)
        flags = {name: value.requires_grad for name, value in model.named_parameters()}
        had = set(vars(model))
        try:
            peft: Any = importlib.import_module("peft")
            configs = importlib.import_module("peft.mapping").PEFT_TYPE_TO_CONFIG_MAPPING
        except ImportError:
            raise ProbeError("peft is not installed", "Install it: pip install peft") from None
        kind = read.pop("peft_type").upper()
        if kind not in configs or issubclass(configs[kind], peft.PromptLearningConfig):
            raise ProbeError(
                f"peft adapts no layers by {kind}", "Take one of its methods for layers, such as LORA, LOHA or IA3"
            )
        wrapped: dict[str, Any] = {}
        try:
            peft.inject_adapter_in_model(configs[kind](**read), model, "probe")
        except (ValueError, TypeError) as error:
            raise TargetError(f"peft: {' '.join(str(error).split()).rstrip('.')}", "Change its configuration") from None
        finally:
            for path, module in list(model.named_modules()):
                if hasattr(module, "get_base_layer"):
                    wrapped[path] = module
            for path, module in wrapped.items():
                parent, _, name = path.rpartition(".")
                setattr(model.get_submodule(parent), name, module.get_base_layer())
            for name in set(vars(model)) - had:
                delattr(model, name)
            for name, value in model.named_parameters():
                value.requires_grad_(flags[name])
        mergeable = kind in _ADDED and not read.get("use_dora")
        return [Wrapped(path, module, mergeable) for path, module in wrapped.items()]

    def parameter_count(self, parts: Iterable[Part]) -> int:
        """There is no one formula: of the parts that peft made."""
        return sum(value.numel() for part in parts for value in part.parameters() if value.requires_grad)


class Wrapped(Part):
    """peft's layer around one of the model's; its parameters by their names there, with - for the dots."""

    role = "peft"

    def __init__(self, path: str, module: Any, mergeable: bool) -> None:
        super().__init__(path)
        self.module = (module,)  # in a tuple: the model's own layer is in it
        self.mergeable = mergeable  # type: ignore[misc]
        own = {id(value) for value in module.get_base_layer().parameters()}
        for name, value in module.named_parameters():
            if id(value) not in own:
                value.requires_grad_("probe" in name.split("."))
                self.register_parameter(name.replace(".", "-"), value)

    def taps(self) -> Iterable[Tap]:
        return (Tap(self.path, instead=self.module[0]),)

    def frozen(self) -> set[str]:
        return {f"{self.path}.{name}" for name, _ in self.module[0].get_base_layer().named_parameters()}

    def train(self, mode: bool = True) -> Wrapped:
        self.training = mode
        self.module[0].train(mode)
        self.module[0].get_base_layer().eval()
        return self

    def merged(self, layer: nn.Module) -> dict[str, Tensor]:
        with torch.no_grad():
            return {"weight": layer.weight + self.module[0].get_delta_weight("probe")}
