"""Which task a name means: one of the list, or `folder:PATH` for somebody's own data."""

from __future__ import annotations

import dataclasses
import difflib
import json
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from survey.bench.methods import parse_spec, render_spec
from survey.bench.task import Task, load_tasks
from survey.probes import load_methods
from survey.probes.errors import ProbeError

FOLDER = "folder:"
_WORDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "words"}


def open_task(name: str, backbone: str | None = None) -> Task:
    """The task called `name`, on another `backbone` where that is given. Raises ProbeError."""
    if name.startswith(FOLDER):
        from survey.bench.tasks.folder import open_folder

        return cast(Task, open_folder(Path(name.removeprefix(FOLDER)).expanduser(), backbone))
    tasks = load_tasks()
    if name not in tasks:
        near = difflib.get_close_matches(name, tasks, 3) or list(tasks)
        what = f"there is no task {name[:60]!r}"
        raise ProbeError(what, f"Take one of {', '.join(near)}, or folder:PATH for data of your own")
    if backbone is None:
        return tasks[name]
    entry: Any = tasks[name]
    if not any(field.name == "backbone" for field in dataclasses.fields(entry)):
        raise ProbeError(f"the task {name} brings its own backbone", "Leave --backbone out, or take a task on texts")
    changed: Task = dataclasses.replace(entry, backbone=backbone)
    return changed


def set_options(specs: Sequence[str], settings: Sequence[str]) -> list[str]:
    """Put `field=value` (for every method that has the field) or `method.field=value` into the specs. Raises ProbeError.

    >>> set_options(["lora", "ia3"], ["rank=4"])
    ['lora{"rank": 4}', 'ia3']
    """
    read = [parse_spec(spec) for spec in specs]
    known = load_methods()
    for setting in settings:
        key, equals, text = setting.partition("=")
        method, _, field = key.strip().rpartition(".")
        if not equals or not field:
            raise ProbeError(f"{setting!r} sets nothing", "Write --set rank=4, or --set lora.rank=4")
        fitting = [
            (name, options)
            for parts in read
            for name, options in parts
            if method in ("", name) and name in known and field in _fields(known[name])
        ]
        if not fitting:
            names = dict.fromkeys(name for parts in read for name, _ in parts)
            have = "; ".join(
                f"{name} has {', '.join(_fields(known[name])) or 'none'}" for name in names if name in known
            )
            raise ProbeError(f"no method here has a setting {key!r}", have or "See `fourways probe list`")
        for name, options in fitting:
            options[field] = _value(known[name], field, text.strip())
    return [render_spec(parts) for parts in read]


def _fields(method: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(method) if field.init]


def _value(method: Any, field: str, text: str) -> Any:
    """`text` as the field's type has it: JSON, or a string as it is. Raises ProbeError."""
    from pydantic import TypeAdapter, ValidationError

    hint = typing.get_type_hints(method)[field]
    try:
        given = text if hint is str else json.loads(text)
        TypeAdapter(hint).validate_python(given, strict=hint is bool)
    except (ValueError, ValidationError):
        wanted = _WORDS.get(hint) or str(getattr(hint, "__name__", hint)).replace("typing.", "")
        raise ProbeError(
            f"{field}={text[:60]} of {method.name} is of another kind than it should be",
            f"Give {wanted}, as JSON has it",
        ) from None
    return given
