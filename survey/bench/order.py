"""What is asked of the bench from outside its process, and what it says while it works. Nothing here needs torch."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from corpus.errors import InputError, shorten
from corpus.models import Frozen
from survey.bench.catalogue import MethodCard, TaskCard

_MOST_METHODS = 30
# Settings stand apart by spaces, commas or semicolons; so may what stands in their values.
_BETWEEN = re.compile(r"[\s,;]+(?=[\w.-]+\s*=)")


class Order(Frozen):
    """What is to be run: `settings` as `field=value` or `method.field=value`; `budget` in seconds of a method's whole row."""

    task: str
    methods: tuple[str, ...]
    settings: tuple[str, ...] = ()
    seeds: int = Field(default=3, ge=1, le=100)
    budget: float | None = Field(default=None, gt=0)
    idea: str | None = None
    device: str | None = None
    threads: int = Field(default=1, ge=1, le=256)


class Finished(Frozen):
    """A row that is done: its score with its spread, or why it has `failed`."""

    method: str
    score: str = ""
    failed: str = ""


class Word(Frozen):
    """`begin`: `method` is tried from now on, row `done` of `total`; `steps`: `done` of `total`; `row`: one is finished; `kept`:
    the run is in the home under the id `key`; `stopped`: before anything was done; `error`: `what` went wrong, and its `remedy`.
    """

    kind: Literal["begin", "steps", "row", "kept", "stopped", "error"]
    method: str = ""
    done: int = 0
    total: int = 0
    row: Finished | None = None
    key: str = ""
    what: str = ""
    remedy: str = ""


def check_methods(specs: Sequence[str], task: TaskCard) -> tuple[str, ...]:
    """`specs`, each a method of the task or several joined by +, in their order and once. Raises InputError."""
    found = []
    for spec in specs:
        names = [name.strip() for name in spec.split("+")]
        for name in names:
            if name not in task.methods:
                near = difflib.get_close_matches(name, task.methods, 3) or task.methods
                what = f"{shorten(name, 40)!r} cannot be tried on the task {shorten(task.name, 40)}"
                raise InputError(what, f"It takes {', '.join(near)}")
        found.append("+".join(names))
    if not found:
        raise InputError("no method is chosen", "Choose one at least")
    if len(found) > _MOST_METHODS:
        raise InputError(f"{len(found)} methods are too many at once", f"Choose at most {_MOST_METHODS}")
    return tuple(dict.fromkeys(found))


def read_settings(text: str, specs: Sequence[str], methods: Mapping[str, MethodCard]) -> tuple[str, ...]:
    """`rank=4, lora.alpha=8` as settings one by one. Raises InputError for what no method of `specs` has; values are checked later.

    >>> read_settings("", ["lora"], {})
    ()
    """
    settings = [part.strip() for part in _BETWEEN.split(text.strip().strip(",;")) if part.strip()]
    names = list(dict.fromkeys(name for spec in specs for name in spec.split("+")))
    have = {name: [one.name for one in methods[name].settings] for name in names if name in methods}
    for setting in settings:
        key, equals, value = setting.partition("=")
        method, _, field = key.strip().rpartition(".")
        if not equals or not field or not value.strip():
            raise InputError(f"{shorten(setting, 40)!r} sets nothing", "Write rank=4, or lora.rank=4")
        if not any(method in ("", name) and field in fields for name, fields in have.items()):
            known = "; ".join(f"{name} has {', '.join(fields) or 'none'}" for name, fields in have.items())
            raise InputError(
                f"no method here has a setting {shorten(key.strip(), 40)!r}", known or "Leave the settings out"
            )
    return tuple(settings)
