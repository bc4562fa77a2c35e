"""What is tried, in a line: `lora`, `lora{"rank": 4}`, or two that share a model, `lora+ia3`."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from survey.probes import Probe, inject, load_methods
from survey.probes.errors import ProbeError

Defaults = Mapping[str, Mapping[str, Any]]  # method -> field -> value


def parse_spec(spec: str) -> list[tuple[str, dict[str, Any]]]:
    """Names and options of the methods in `spec`. Raises ProbeError where it cannot be read.

    >>> parse_spec('lora{"rank": 4}+ia3')
    [('lora', {'rank': 4}), ('ia3', {})]
    """
    found: list[tuple[str, dict[str, Any]]] = []
    rest = spec
    while rest or not found:
        end = next((n for n, letter in enumerate(rest) if letter in "{+"), len(rest))
        options: dict[str, Any] = {}
        name, rest = rest[:end].strip(), rest[end:]
        try:
            if rest.startswith("{"):
                options, used = json.JSONDecoder().raw_decode(rest)
                rest = rest[used:]
            if not name or (rest and not rest.startswith("+")) or rest == "+":
                raise ValueError
        except ValueError:
            raise ProbeError(f"{spec!r} names no method", 'Write lora, lora+ia3 or lora{"rank": 4}') from None
        found.append((name, options))
        rest = rest[1:]
    return found


def render_spec(parts: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """What `parse_spec` reads."""
    return "+".join(name + (json.dumps(dict(options)) if options else "") for name, options in parts)


def build_methods(spec: str, defaults: Defaults | None = None) -> list[Any]:
    """The methods of `spec`, with a task's own `defaults` under its options: {"vpt-deep": {"patch": 2}}. Raises ProbeError."""
    known = load_methods()
    return [
        build_method(known, name, dict((defaults or {}).get(name, {})) | options) for name, options in parse_spec(spec)
    ]


def build_method(known: Mapping[str, Any], name: str, options: Mapping[str, Any]) -> Any:
    if name not in known:
        near = difflib.get_close_matches(name, known, 3)
        raise ProbeError(
            f"there is no method {name!r}", f"Did you mean {' or '.join(near)}" if near else "See `fourways probe list`"
        )
    fields = [field.name for field in dataclasses.fields(known[name]) if field.init]
    if unknown := sorted(set(options) - set(fields)):
        what = f"{name} has no setting {unknown[0]!r}"
        raise ProbeError(what, f"It has {', '.join(fields)}" if fields else "It has none at all")
    parts = {field.name: field.default for field in dataclasses.fields(known[name])}
    return known[name](**{key: _read_value(value, parts[key]) for key, value in options.items()})


def _read_value(value: Any, before: Any) -> Any:
    """A list as a tuple; a part of a method from its own settings: mam{"prefix": {"length": 8}}."""
    if isinstance(value, dict) and dataclasses.is_dataclass(before) and not isinstance(before, type):
        try:
            return dataclasses.replace(before, **value)
        except TypeError as error:
            raise ProbeError(str(error).split(") ")[-1], "See its settings in `fourways probe list --json`") from None
    return tuple(value) if isinstance(value, list) else value


def inject_methods(model: nn.Module, methods: Sequence[Any], head: nn.Module | None = None) -> Stack:
    """Put methods into `model`, one after another; the head belongs to the last. Raises ProbeError, with none left inside."""
    probes: list[Probe] = []
    try:
        for n, method in enumerate(methods, 1):
            if not hasattr(method, "parts"):
                raise ProbeError(
                    f"{method.name} cannot be put into a model", "Take an adapter; see `fourways probe list`"
                )
            probes.append(inject(model, method, head if n == len(methods) else None))
    except ProbeError:
        for probe in reversed(probes):
            probe.remove()
        raise
    return Stack(probes)


class Stack:
    """Probes in one model, used as one."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self.probes = list(probes)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.probes[-1](*args, **kwargs)

    def train(self, mode: bool = True) -> Stack:
        for probe in self.probes:
            probe.train(mode)
        return self

    def eval(self) -> Stack:
        return self.train(False)

    def parameters(self) -> list[Tensor]:
        return [value for probe in self.probes for value in probe.parameters()]

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        for probe in self.probes:
            yield from probe.named_parameters()

    def count(self) -> dict[str, int]:
        """As of one probe: the sums."""
        counts = [probe.count() for probe in self.probes]
        return {key: sum(count[key] for count in counts) for key in counts[0]}

    def remove(self) -> None:
        for probe in reversed(self.probes):
            probe.remove()
