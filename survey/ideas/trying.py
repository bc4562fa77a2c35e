"""Which task and methods of the bench come near to an idea, by the words of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.ideas import Idea
from survey.bench.catalogue import Catalogue, TaskCard, load_catalogue

FILE = Path(__file__).with_name("trying.toml")
# Methods that are proposed at once: more would be no quick look.
_MOST = 3


@dataclass(frozen=True)
class Trial:
    """A task, and methods that can be tried on it; `named`: words of the idea name them, else the way it was found does."""

    task: str
    methods: tuple[str, ...]
    named: bool


def suggest_trial(idea: Idea, catalogue: Catalogue | None = None) -> Trial | None:
    """What to try of this idea; None where no method of the bench comes near to it."""
    known = catalogue or load_catalogue()
    words = " . ".join([*idea.names, idea.statement]).casefold()
    methods, tasks = (_found(part, words) for part in ("methods", "tasks"))
    if idea.probe in known.methods:
        methods = [idea.probe, *methods]
    named = bool(methods)
    methods = methods or list(_load()["moves"].get(idea.move, ()))
    best = max(known.tasks.values(), key=lambda task: _fit(task, methods, tasks), default=None)
    chosen = [name for name in methods if best and name in best.methods][:_MOST]
    return Trial(best.name, tuple(chosen), named) if best and chosen else None


def _fit(task: TaskCard, methods: Sequence[str], tasks: Sequence[str]) -> tuple[bool, int, int, int]:
    """Of a task: one that the first method can be tried on, or any; then what the idea is about; then how many methods fit, and
    the task that tries the fewest others, which is made for these.
    """
    fitting = [name for name in methods if name in task.methods]
    about = len(tasks) - tasks.index(task.name) if task.name in tasks else 0
    return bool(fitting), about, len(fitting), -len(task.methods)


def _found(part: str, words: str) -> list[str]:
    """Names of this part of the table whose words stand in `words`, in the table's order."""
    return [name for name, patterns in _patterns(part).items() if patterns.search(words)]


@cache
def _patterns(part: str) -> Mapping[str, re.Pattern[str]]:
    return {
        name: re.compile(rf"(?<![\w-])(?:{'|'.join(patterns)})(?![\w-])") for name, patterns in _load()[part].items()
    }


@cache
def _load() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(FILE.read_text("utf-8"))
