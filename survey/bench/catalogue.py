"""What can be tried on what, as data, for those that must not wait for torch, which tasks and methods themselves need.

`python -m survey.bench.catalogue` writes the file anew; a test holds it against the code.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from corpus.models import Frozen
from survey.bench.task import Measure

FILE = Path(__file__).with_suffix(".json")
# What a setting may be: numbers and patterns. Others name files, or are another package's to read.
_OPEN = {
    *("int", "float", "bool", "str", "int | None", "float | None"),
    *("tuple[int, ...]", "tuple[bool, ...]"),
}


class Setting(Frozen):
    """A field of a method that can be set: its `kind` is its type, `default` as JSON has it."""

    name: str
    kind: str
    default: str


class MethodCard(Frozen):
    """One method of the registry. `parameters` on the backbone `example`; None where that is not the method's to say."""

    name: str
    kind: str
    title: str
    paper: str
    section: str
    formula: str
    example: str
    parameters: int | None
    settings: tuple[Setting, ...]

    @property
    def arxiv_id(self) -> str | None:
        """Of the paper."""
        _, marker, rest = self.paper.partition("arXiv:")
        return rest.split()[0].rstrip(".,;)") if marker else None


class TaskCard(Frozen):
    """One task. `methods` can be tried on it, `rows` are in every table of it."""

    name: str
    title: str
    measures: tuple[Measure, ...]
    rows: tuple[str, ...]
    reference: str | None
    methods: tuple[str, ...]
    rates: tuple[float, ...]
    steps: int


class Catalogue(Frozen):
    """All tasks, that of a user's own texts last, and all methods, by their names."""

    tasks: dict[str, TaskCard]
    own_texts: TaskCard
    methods: dict[str, MethodCard]


@cache
def load_catalogue() -> Catalogue:
    """As it is in the file beside this module."""
    return Catalogue.model_validate_json(FILE.read_text("utf-8"))


def build_catalogue() -> Catalogue:
    """Of the code itself; imports torch."""
    from survey.bench.counts import build_counts
    from survey.bench.task import load_tasks
    from survey.bench.tasks.folder import FolderTexts
    from survey.probes import load_methods

    counts = build_counts()
    own: Any = FolderTexts
    # Neither its name nor its data says what can be tried on it.
    texts = own(name="folder", found=None)
    return Catalogue(
        tasks={name: _task(one) for name, one in load_tasks().items()},
        own_texts=_task(texts),
        methods={name: _method(one, *counts[name]) for name, one in load_methods().items()},
    )


def _task(task: Any) -> TaskCard:
    from survey.bench.run import reference_of

    return TaskCard(
        name=task.name,
        title=task.title,
        measures=tuple(task.measures),
        rows=tuple(task.rows),
        reference=reference_of(task),
        methods=tuple(name for name in task.methods() if name not in task.rows),
        rates=tuple(task.rates),
        steps=task.steps,
    )


def _method(method: Any, example: str, parameters: int | None) -> MethodCard:
    import dataclasses
    import typing

    hints = typing.get_type_hints(method)
    settings = []
    for field in dataclasses.fields(method):
        hint = hints[field.name]
        kind = hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)
        # A text without a default is somebody else's configuration.
        if field.init and kind in _OPEN and field.default != "":
            settings.append(Setting(name=field.name, kind=kind, default=json.dumps(field.default)))
    return MethodCard(
        name=method.name,
        kind=method.kind,
        title=method.title,
        paper=method.paper,
        section=method.section,
        formula=method.formula,
        example=example,
        parameters=parameters,
        settings=tuple(settings),
    )


def render_catalogue(catalogue: Catalogue) -> str:
    return json.dumps(catalogue.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from survey.bench import catalogue

    # As a module of its own name: run as a script, this one would make cards that are not those of others.
    FILE.write_text(catalogue.render_catalogue(catalogue.build_catalogue()), "utf-8")
