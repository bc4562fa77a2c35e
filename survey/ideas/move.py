"""The table of the moves, `moves.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from corpus.ideas import Cost
from corpus.models import ConceptKind, Frozen


class Move(Frozen):
    """A row of the table; its head says what the fields are."""

    key: str
    idea: str
    en: str
    zh: str
    strategy: str
    cost: Cost
    says: str = ""
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    onto: tuple[ConceptKind, ...] = ("task",)


@cache
def load_moves() -> Mapping[str, Move]:
    """Key -> move, in the table's order."""
    table = tomllib.loads(resources.files("survey").joinpath("ideas/moves.toml").read_text("utf-8"))
    return {key: Move(key=key, **entry) for key, entry in table.items()}
