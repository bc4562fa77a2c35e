"""Put a method into a frozen model, and take it out again.

    probe = inject(model, LoRA(rank=8, targets=r".*\\.(query|value)"), head=nn.Linear(384, 8))
    probe(x)                    head(model(x)), with the method
    probe.count()               parameters: method, norm, head, total of what is trained, and stored
    with probe.disabled(): ...  the model as it was, to the bit
    probe.merge()               the method inside the weights, for the methods that can
    probe.save(path)            what was trained, and whose
    probe.remove()              the model as it was

The model object stays the same and is changed in place: calling it calls the method too.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from survey.probes import files
from survey.probes.errors import ComposeError, ProbeError
from survey.probes.parts import Injectable, Part, Tap, check_shapes


@dataclass
class _Host:
    """What is in a model: its probes in order, and what it was like before the first."""

    trained: dict[str, bool]
    modes: dict[str, bool]
    probes: list[Probe] = field(default_factory=list)
    merges: int = 0


_HOSTS: weakref.WeakKeyDictionary[nn.Module, _Host] = weakref.WeakKeyDictionary()


def inject(model: nn.Module, method: Injectable, head: nn.Module | str | None = None) -> Probe:
    """Freeze `model` and put `method` into it; only the method, its norms and the head can be trained then.

    `head` is a module that takes what the model gives (a (batch, width) tensor; of a transformers model the mean of the last
    hidden states over the tokens that count), or the path of the model's own. The model goes into eval mode, so that dropout and
    batch statistics of frozen layers stay out of it; so does the method, until `probe.train()`. A second method may follow where
    the two compose. Raises ProbeError.
    """
    parts = method.parts(model)
    own, norms = list(method.own(model)), list(method.norms(model))
    own_head = [name for name, _ in model.named_parameters() if isinstance(head, str) and name.startswith(f"{head}.")]
    if isinstance(head, str) and not own_head:
        raise ProbeError(f"the model has no head {head!r} with parameters", "Give the path of a layer, or a module")
    own = [name for name in own if name not in own_head]
    norms = [name for name in norms if name not in own and name not in own_head]
    if not (parts or own or head):
        raise ProbeError(f"{method.name} has nothing to train", "Give a head")
    host = _HOSTS.get(model)
    _check_composes(host.probes if host else [], parts, [*own, *norms, *own_head])
    if host is None:
        modes = {path: module.training for path, module in model.named_modules()}
        host = _HOSTS[model] = _Host({name: p.requires_grad for name, p in model.named_parameters()}, modes)
    return Probe(model, method, parts, {"method": own, "norm": norms, "head": own_head}, head, host)


class Probe:
    """A method inside a model, until `remove`."""

    def __init__(
        self,
        model: nn.Module,
        method: Injectable,
        parts: list[Part],
        own: Mapping[str, list[str]],
        head: nn.Module | str | None,
        host: _Host,
    ) -> None:
        self.model = model
        self.method = method
        self.parts = parts
        self.head = None if isinstance(head, str) else head
        self.own = own
        self.is_merged = False
        self._host = host
        self._on = True
        self._tensors = dict(model.named_parameters())
        self._originals = {name: self._tensors[name].detach().clone() for names in own.values() for name in names}
        self._before_merge: dict[str, Tensor] = {}
        self._merged_as = 0
        self._hooks = [handle for part in parts for tap in part.taps() for handle in self._listen(tap)]
        host.probes.append(self)
        _freeze(model, host)
        model.eval()
        for part in parts:
            part.eval()

    # ---- use ---------------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        output = self.model(*args, **kwargs)
        return output if self.head is None else self.head(_features(output, kwargs.get("attention_mask")))

    def train(self, mode: bool = True) -> Probe:
        """Train mode for the method and the head; the frozen model stays in eval mode."""
        for module in [*self.parts, *([self.head] if self.head is not None else [])]:
            module.train(mode)
        return self

    def to(self, device: str | torch.device) -> Probe:
        """Move all of it: the model, the method and the head."""
        for module in [self.model, *self.parts, *([self.head] if self.head is not None else [])]:
            module.to(device)
        for probe in self._host.probes:  # some devices need other parameter objects
            probe._tensors = dict(self.model.named_parameters())
        return self

    def eval(self) -> Probe:
        return self.train(False)

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """What is trained, as `method.…`, `norm.…` and `head.…`."""
        for part in self.parts:
            for name, value in part.named_parameters():
                if value.requires_grad:
                    yield f"method.{part.name}.{name}", value
        for group, names in self.own.items():
            for name in names:
                yield f"{group}.{name}", self._tensors[name]
        if self.head is not None:
            for name, value in self.head.named_parameters():
                yield f"head.{name}", value

    def parameters(self, group: str | None = None) -> list[Tensor]:
        """What is trained, or of that the `method`, `norm` or `head`."""
        return [value for name, value in self.named_parameters() if group is None or name.startswith(f"{group}.")]

    def count(self) -> dict[str, int]:
        """Numbers of parameters: `method`, `norm`, `head`, `total` (these three: all that is trained), `stored` (what a file of
        this probe holds: less than total where a part of the method serves in training only, more where it holds frozen parts).
        """
        trained = {group: sum(p.numel() for p in self.parameters(group)) for group in ("method", "norm", "head")}
        stored = sum(value.numel() for value in self._stored().values())
        return trained | {"total": sum(trained.values()), "stored": stored}

    @contextmanager
    def disabled(self) -> Iterator[None]:
        """The model without this probe, inside the `with`."""
        merged = self.is_merged
        if merged:
            self.unmerge()
        kept = {name: self._tensors[name].detach().clone() for name in self._originals}
        self._set(self._originals)
        self._on = False
        try:
            yield
        finally:
            self._on = True
            self._set(kept)
            if merged:
                self.merge()

    def remove(self) -> None:
        """Take the probe out; the last one out leaves the model as it was before the first. Twice is as good as once."""
        if self not in self._host.probes:
            return
        if self.is_merged:
            self.unmerge()
        for handle in self._hooks:
            handle.remove()
        self._set(self._originals)
        for name in self._originals:
            self._tensors[name].grad = None
        self._host.probes.remove(self)
        if self._host.probes:
            _freeze(self.model, self._host)
            return
        del _HOSTS[self.model]
        for name, flag in self._host.trained.items():
            self._tensors[name].requires_grad_(flag)
        for path, module in self.model.named_modules():
            module.training = self._host.modes.get(path, module.training)

    # ---- merging -----------------------------------------------------------------------------------------------------

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def merge(self) -> None:
        """Put the method's update into the weights. Raises ComposeError where that cannot be, or is not the same."""
        if self.is_merged:
            return
        self._check_merge()
        weights: dict[str, Tensor] = {}
        before: dict[str, Tensor] = {}
        for part in self.parts:
            layer = self.model.get_submodule(part.path)
            for name, value in part.merged(layer).items():
                path = f"{part.path}.{name}"
                if any(path in names for probe in self._host.probes for names in probe.own.values()):
                    raise ComposeError(f"{path} is trained, and a merge would change it", "Remove what trains it first")
                before[path], weights[path] = self._tensors[path].detach().clone(), value
        self._set(weights)
        self._before_merge = before
        self._host.merges += 1
        self._merged_as = self._host.merges
        self.is_merged = True

    def unmerge(self) -> None:
        """The weights as they were, to the bit, and the method beside them again."""
        if not self.is_merged:
            return
        for other in self._host.probes:
            shared = other._before_merge.keys() & self._before_merge.keys()
            if shared and other._merged_as > self._merged_as:
                raise ComposeError(f"{other.method.name} was merged into {min(shared)} later", "Unmerge that one first")
        self._set(self._before_merge)
        self._before_merge = {}
        self.is_merged = False

    # ---- files -------------------------------------------------------------------------------------------------------

    def fingerprint(self) -> str:
        """A SHA-256 of the frozen model: names, shapes and values of its parameters as they were, its own head left out."""
        values = dict(self.model.state_dict())
        for probe in sorted(self._host.probes, key=lambda probe: -probe._merged_as):
            values |= probe._before_merge
            values |= probe._originals
        heads = {name for probe in self._host.probes for name in probe.own["head"]}
        return files.fingerprint({name: value for name, value in values.items() if name not in heads})

    def save(self, path: str | Path) -> None:
        """Write what was trained as safetensors, with the method, its configuration and the model's fingerprint."""
        files.save(Path(path), self._stored(), self.method, self.fingerprint())

    def load(self, path: str | Path) -> None:
        """Take in what `save` wrote. Raises FileError for a file of another model, method or configuration."""
        tensors = files.load(Path(path), self.method, self.fingerprint())
        if self.is_merged:
            raise ComposeError("a merged probe takes in no file", "Unmerge it first")
        parts = {f"method.{part.name}.": part for part in self.parts}
        mine: dict[str, dict[str, Tensor]] = {prefix: {} for prefix in parts}
        rest: dict[str, Tensor] = {}
        for name, value in tensors.items():
            prefix = next((one for one in parts if name.startswith(one)), None)
            if prefix is None:
                rest[name] = value
            else:
                mine[prefix][name.removeprefix(prefix)] = value
        others = {name: value for name, value in self._stored().items() if not name.startswith(tuple(parts))}
        check_shapes(self.method.name, {name: value.shape for name, value in others.items()}, rest)
        for prefix, part in parts.items():
            check_shapes(part.name, {name: value.shape for name, value in part.stored().items()}, mine[prefix])
        for prefix, part in parts.items():
            part.restore(mine[prefix])
        with torch.no_grad():
            for name, value in others.items():
                value.copy_(rest[name])

    # ---- within ------------------------------------------------------------------------------------------------------

    def _listen(self, tap: Tap) -> Iterator[Any]:
        module = self.model.get_submodule(tap.path) if tap.path else self.model
        if (before := tap.before) is not None:
            yield module.register_forward_pre_hook(
                lambda _module, args, kwargs: before((args, kwargs)) if self._speaks() else None, with_kwargs=True
            )
        if (after := tap.after) is not None:
            yield module.register_forward_hook(
                lambda _module, args, kwargs, output: after((args, kwargs), output) if self._speaks() else None,
                with_kwargs=True,
            )

        if tap.instead is not None:
            yield _Instead(module, tap.instead, self._speaks)

    def _speaks(self) -> bool:
        return self._on and not self.is_merged

    def _stored(self) -> dict[str, Tensor]:
        """Detached, but the model's and the head's own tensors: what is copied into them is taken in."""
        stored = {
            f"method.{part.name}.{n}": value.detach() for part in self.parts for n, value in part.stored().items()
        }
        stored |= {f"{group}.{name}": self._tensors[name].detach() for group in self.own for name in self.own[group]}
        if self.head is not None:
            stored |= {f"head.{name}": value.detach() for name, value in self.head.state_dict().items()}
        return stored

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _set(self, values: Mapping[str, Tensor]) -> None:
        for name, value in values.items():
            self._tensors[name].copy_(value)

    def _check_merge(self) -> None:
        if not self.parts or not all(part.mergeable for part in self.parts):
            raise ComposeError(
                f"{self.method.name} cannot be merged: it is no change of weights", "Keep it beside the model, as it is"
            )
        holders: dict[int, int] = {}
        for module in self.model.modules():
            for value in module._parameters.values():
                holders[id(value)] = holders.get(id(value), 0) + 1
        for part in self.parts:
            for name in part.frozen():
                if holders[id(self._tensors[name])] > 1:
                    raise ComposeError(
                        f"{name} is shared by several layers, which a merge would all change", "Untie it first"
                    )
        order = [(probe, part) for probe in self._host.probes for part in probe.parts]
        for mine in self.parts:
            place = next(n for n, (_, part) in enumerate(order) if part is mine)
            for n, (probe, other) in enumerate(order):
                if probe is self or probe.is_merged or other.path != mine.path:
                    continue
                if not mine.merges_beside(other, later=n > place):
                    raise ComposeError(
                        f"{self.method.name} cannot be merged into {mine.path} under {probe.method.name}",
                        f"Merge or remove {probe.method.name} first",
                    )


class _Instead:
    """Calls `other` in the place of a layer's forward, while `is_on`; `other` calls the layer, and gets its own forward."""

    def __init__(self, module: nn.Module, other: Callable[..., Any], is_on: Callable[[], bool]) -> None:
        self.module, self.other, self.is_on = module, other, is_on
        self.forward = module.forward
        self.within = False
        module.forward = self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.within or not self.is_on():
            return self.forward(*args, **kwargs)
        self.within = True
        try:
            return self.other(*args, **kwargs)
        finally:
            self.within = False

    def remove(self) -> None:
        del self.module.forward


def _check_composes(probes: list[Probe], parts: list[Part], own: list[str]) -> None:
    names = {part.name for part in parts}
    for probe in probes:
        theirs = {name for group in probe.own.values() for name in group}
        frozen = {name for part in parts for name in part.frozen()}
        their_frozen = {name for part in probe.parts for name in part.frozen()}
        claims = {claim for part in parts for claim in part.claims()}
        their_claims = {claim for part in probe.parts for claim in part.claims()}
        clash = (
            (set(probe._before_merge) & set(own))
            | (theirs & {*own, *frozen})
            | (their_frozen & set(own))
            | (claims & their_claims)
        )
        places = {tap.path: tap.instead is not None for part in parts for tap in part.taps()}
        for tap in (tap for part in probe.parts for tap in part.taps()):
            if tap.path in places and (tap.instead is not None or places[tap.path]):
                raise ComposeError(
                    f"{probe.method.name} is at {tap.path} already, and one of the two stands alone", "Remove it first"
                )
        if clash:
            raise ComposeError(f"{probe.method.name} is in the model already and has {min(clash)}", "Remove it first")
        if probe.is_merged and any(part.path == other.path for part in parts for other in probe.parts):
            raise ComposeError(f"{probe.method.name} is merged into {min(names)}", "Unmerge it first")


def _freeze(model: nn.Module, host: _Host) -> None:
    trained = {name for probe in host.probes for names in probe.own.values() for name in names}
    for name, value in model.named_parameters():
        value.requires_grad_(name in trained)


def _features(output: Any, mask: Tensor | None) -> Tensor:
    """What a head takes: (batch, width), or whatever tensor the model gives"""
    if isinstance(output, Tensor):
        return output
    hidden = getattr(output, "last_hidden_state", None)
    if hidden is None:
        raise ProbeError(
            f"the model gives a {type(output).__name__}, which no head takes", "Wrap it so that it gives a tensor"
        )
    if mask is None:
        return hidden.mean(1)  # (batch, tokens, width) -> (batch, width)
    weight = mask.unsqueeze(-1).to(hidden.dtype)  # (batch, tokens) -> (batch, tokens, 1)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)  # -> (batch, width)
