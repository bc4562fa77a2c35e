"""Methods that are not put into a frozen model: losses, blocks, ways to attend, to train and to make data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from survey.bench.methods import Defaults, build_methods, parse_spec
from survey.probes.errors import ProbeError


def build_alone(
    spec: str, task: str, methods: Sequence[str], rows: Sequence[str], defaults: Defaults | None = None
) -> Any:
    """The method that `spec` names, with the task's `defaults` under its settings; or its name if it is one of the `rows` that are
    no method. Raises ProbeError where `task` cannot try it.
    """
    parts = parse_spec(spec)
    name = parts[0][0]
    if len(parts) > 1:
        raise ProbeError(f"{spec!r} are two methods, and {task} tries one at a time", "Name them one by one")
    if name not in (*methods, *rows):
        raise ProbeError(f"{name!r} cannot be tried on {task}", f"Take one of {', '.join(methods)}")
    if name not in methods:
        if parts[0][1]:
            raise ProbeError(f"{name} has no settings", f"Name it alone: {name}")
        return name
    return build_methods(spec, defaults)[0]


@contextmanager
def settings_in_words(method: Any) -> Iterator[None]:
    """A method's ValueError for settings that fit nothing, "WHAT: REMEDY", becomes the ProbeError of the other methods."""
    try:
        yield
    except ProbeError:
        raise
    except ValueError as error:
        what, _, remedy = str(error).partition(": ")
        name = getattr(method, "name", method)
        raise ProbeError(f"{name}: {what}", remedy[:1].upper() + remedy[1:] or "Take other settings") from None


def build_count(model: nn.Module | None, method: Sequence[Tensor] = (), stored: int | None = None) -> dict[str, int]:
    """As `Probe.count`: what the `method` brings, and under `head` the rest of the `model` that is trained with it. Of both
    only the model is stored, if `stored` does not say otherwise.
    """
    own = sum(value.numel() for value in method)
    whole = sum(value.numel() for value in model.parameters() if value.requires_grad) if model is not None else 0
    inside = {id(value) for value in model.parameters()} if model is not None else set()
    shared = sum(value.numel() for value in method if id(value) in inside)
    total = whole + own - shared
    kept = whole if stored is None else stored
    return {"method": own, "norm": 0, "head": whole - shared, "stored": kept, "total": total}
