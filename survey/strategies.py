"""The four strategies and the directions under them.

The strategies are those of the lecture notes that the project grew from; the directions are the table `directions.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

from corpus.errors import QueryError, shorten
from corpus.models import Paper, Place


@dataclass(frozen=True)
class Strategy:
    """A way of doing research with little compute: its key, its names, and what it is."""

    key: str
    en: str
    zh: str
    about: str


@dataclass(frozen=True)
class Direction:
    """A line of work under a strategy. `idea` is its number in the reading notes, where it is one of the twelve.

    `heading`: the title of a survey's section on it, if not `en`. `cues` name it wherever they stand, `titles` in a title only,
    `hints` speak for it; how they are written: `directions.toml`.
    """

    key: str
    strategy: str
    en: str
    zh: str
    about: str
    cues: tuple[str, ...]
    titles: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    idea: str | None = None
    parent: str | None = None
    heading: str | None = None


STRATEGIES: dict[str, Strategy] = {
    strategy.key: strategy
    for strategy in (
        Strategy(
            "efficient",
            "Parameter-efficient methods",
            "高效微调 (PEFT)",
            "Adapters, LoRA, prompts, attention approximations: keep the big model frozen.",
        ),
        Strategy(
            "existing",
            "Existing models, new directions",
            "已有模型 + 新方向",
            "Use a pretrained model for a new topic, without pretraining.",
        ),
        Strategy(
            "plug-and-play",
            "Plug-and-play modules",
            "即插即用",
            "A module, a loss or a data augmentation that fits many tasks.",
        ),
        Strategy(
            "evaluation",
            "Datasets, evaluation, surveys",
            "数据集、评测、综述",
            "Merge or build data sets, measure, write surveys.",
        ),
    )
}

# A person is right more often than anything that is computed.
HAND = 1.0
# From this confidence on, a place may name a section of a draft.
SURE = 0.6


def check_strategy(key: str | None) -> str | None:
    """`key`, if it is a strategy's or None. Raises QueryError."""
    if key is not None and key not in STRATEGIES:
        raise QueryError(f"there is no strategy {key!r}", f"Use one of {', '.join(STRATEGIES)}")
    return key


def check_direction(name: str) -> Direction:
    """The direction of this key, or of this English or Chinese name. Raises QueryError, with those that are near."""
    wanted = " ".join(name.split()).casefold()
    names = {key: (key, direction.en.casefold(), direction.zh) for key, direction in directions().items()}
    for key, known in names.items():
        if wanted in known:
            return directions()[key]
    spelled = {one: key for key, known in names.items() for one in known}
    near = get_close_matches(wanted, spelled, n=5, cutoff=0.5)
    near += [one for one in spelled if len(wanted) > 2 and wanted in one]
    keys = list(dict.fromkeys(spelled[one] for one in near))[:3]
    raise QueryError(
        f"there is no direction {shorten(name)!r}",
        f"Use {' or '.join(keys)}" if keys else "survey/directions.toml lists them all",
    )


@cache
def directions() -> Mapping[str, Direction]:
    """Key -> direction, in the order of the table."""
    table = tomllib.loads(resources.files("survey").joinpath("directions.toml").read_text("utf-8"))

    def read(key: str, entry: dict[str, Any]) -> Direction:
        lists: dict[str, Any] = {name: tuple(entry.get(name, ())) for name in ("cues", "titles", "hints")}
        return Direction(key=key, **(entry | lists))

    return {key: read(key, entry) for key, entry in table.items()}


def place_by_hand(paper: Paper) -> Iterator[Place]:
    """The places that the paper's record names; keys that are no direction are passed over."""
    known = directions()
    for key in paper.directions:
        if key in known:
            yield Place(strategy=known[key].strategy, direction=key, weight=HAND, source="hand")
