"""The list of methods: every one is a frozen dataclass, its own configuration and its entry here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, TypeVar

# adapter: put into a frozen model by `inject`; block: a layer of its own; attention: a way to attend; loss, augmentation, training
# (how a step is made), data (how data sets are made or joined), ranking: used without `inject`.
KINDS = ("adapter", "block", "attention", "loss", "augmentation", "training", "data", "ranking")


class Method(Protocol):
    """What an entry says of itself. `formula` is how many parameters it trains, in the words of the paper's sizes; `tasks` are
    the probes that it can be tried on.
    """

    name: ClassVar[str]
    kind: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]  # title of the paper, year, arXiv id or venue
    section: ClassVar[str]  # where in the paper it stands
    formula: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]


_ENTRIES: dict[str, type[Any]] = {}
_Entry = TypeVar("_Entry", bound=type[Any])


def register(entry: _Entry) -> _Entry:
    """Put a method into the list: a decorator of its class. Raises ValueError for a name that is taken, or an unknown kind."""
    if entry.name in _ENTRIES and _ENTRIES[entry.name].__qualname__ != entry.__qualname__:
        raise ValueError(f"two methods are called {entry.name!r}")
    if entry.kind not in KINDS:
        raise ValueError(f"{entry.kind!r} is no kind of method")
    _ENTRIES[entry.name] = entry
    return entry


def load_methods() -> Mapping[str, type[Any]]:
    """Name -> class of every method, by name; imports all modules of this package, and torch with them."""
    import survey.probes

    for found in pkgutil.iter_modules(survey.probes.__path__):
        importlib.import_module(f"survey.probes.{found.name}")
    return dict(sorted(_ENTRIES.items()))
