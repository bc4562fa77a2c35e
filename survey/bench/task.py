"""What a task of the bench says of itself, and what one training on it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar

Tick = Callable[[int, int], None]  # steps done, steps planned


@dataclass(frozen=True)
class Measure:
    """One column of scores. `unit` is what a value counts: a share of 0..1, seconds, or megabytes."""

    name: str  # as in the JSON: accuracy, ndcg@5
    better: Literal["higher", "lower"] = "higher"
    unit: Literal["share", "seconds", "MB", "number"] = "share"


@dataclass(frozen=True)
class Limits:
    """What one training may use: at most `steps`, until `deadline` (time.monotonic seconds), on `device` with `threads`. `cache` is
    a folder for backbones that are trained once; without it they are kept in memory alone.
    """

    steps: int
    deadline: float
    device: str = "cpu"
    threads: int = 1
    cache: Path | None = None


@dataclass(frozen=True)
class Trial:
    """One training. `validation` is the first measure on the validation split (higher is better; it chooses the rate), `scores`
    are the measures on the test split, `count` is what `Probe.count` gives, `steps` were done, `notes` say what a reader must know.
    `config`: how the method was set, where the task sets more of it than its own defaults do.
    """

    validation: float
    scores: Mapping[str, float]
    count: Mapping[str, int] = field(default_factory=dict)
    steps: int = 0
    notes: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)


class Task(Protocol):
    """A small problem on which methods are compared: the same data, head, batches and steps for each of them.

    A task may name the row that others are measured against, as `reference`: else it is `linear`, or the first row that knows
    something.
    """

    name: ClassVar[str]
    title: ClassVar[str]  # what is asked, in a line
    measures: ClassVar[tuple[Measure, ...]]  # the first one ranks
    rows: ClassVar[tuple[str, ...]]  # methods and controls that are always in the table
    rates: ClassVar[
        tuple[float, ...]
    ]  # the grid of learning rates, the same for every method; () where nothing is trained
    steps: ClassVar[int]  # of one training

    def methods(self) -> tuple[str, ...]:
        """Names of what can be tried on it: methods of the registry, and the rows."""
        ...

    def prepare(self, seed: int, limits: Limits, tick: Tick) -> None:
        """Data and backbone for `seed`, kept for the trials that follow; its time is not the methods'."""
        ...

    def learn(self, method: str, rate: float | None, seed: int, limits: Limits, tick: Tick) -> Trial:
        """Train `method` once, and measure it. Raises ProbeError."""
        ...


_TASKS: dict[str, Any] = {}
_Entry = TypeVar("_Entry", bound=type[Any])


def task(entry: _Entry) -> _Entry:
    """Put a task into the list: a decorator of its class. Raises ValueError for a name that is taken."""
    if entry.name in _TASKS and type(_TASKS[entry.name]).__qualname__ != entry.__qualname__:
        raise ValueError(f"two tasks are called {entry.name!r}")
    _TASKS[entry.name] = entry()
    return entry


def load_tasks() -> Mapping[str, Task]:
    """Name -> task, by name; imports all of `survey.bench.tasks`, and torch with them."""
    import importlib
    import pkgutil

    import survey.bench.tasks

    for found in pkgutil.iter_modules(survey.bench.tasks.__path__):
        importlib.import_module(f"survey.bench.tasks.{found.name}")
    return dict(sorted(_TASKS.items()))
