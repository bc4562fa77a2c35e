"""The four strategies, the directions under them, and where each paper stands.

The strategies are those of the lecture notes that the project grew from; the directions are the table `directions.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from corpus.embed import Embedder, Vectors
from corpus.errors import QueryError
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
    """A line of work under a strategy. `idea` is its number in the reading notes, where it is one of the twelve."""

    key: str
    strategy: str
    en: str
    zh: str
    about: str
    cues: tuple[str, ...]
    idea: str | None = None
    parent: str | None = None


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

# A cue in the title is right far more often than one nearest direction in meaning, and a person is right more often than either.
HAND, CUE = 1.0, 0.8
# Below this cosine to a direction's sentence, the nearest direction is a guess. At most NEAREST of them a paper.
MIN_COSINE = 0.42
NEAREST = 2


def check_strategy(key: str | None) -> str | None:
    """`key`, if it is a strategy's or None. Raises QueryError."""
    if key is not None and key not in STRATEGIES:
        raise QueryError(f"there is no strategy {key!r}", f"Use one of {', '.join(STRATEGIES)}")
    return key


@cache
def directions() -> Mapping[str, Direction]:
    """Key -> direction, in the order of the table."""
    table = tomllib.loads(resources.files("survey").joinpath("directions.toml").read_text("utf-8"))
    return {key: Direction(key=key, **(entry | {"cues": tuple(entry["cues"])})) for key, entry in table.items()}


def place_by_hand(paper: Paper) -> Iterator[Place]:
    """The places that the paper's record names; keys that are no direction are passed over."""
    known = directions()
    for key in paper.directions:
        if key in known:
            yield Place(strategy=known[key].strategy, direction=key, weight=HAND, source="hand")


def place_by_cue(title: str) -> Iterator[Place]:
    """The directions whose cues stand in the title, as whole words and without case."""
    known = directions()
    seen: set[str] = set()
    for match in _cue_pattern().finditer(title.lower()):
        for key in _cue_owners()[match[1]]:
            if key not in seen:
                seen.add(key)
                yield Place(strategy=known[key].strategy, direction=key, weight=CUE, source=f"cue: {match[1]}")


def directions_named(headings: Sequence[str]) -> list[str]:
    """The directions that headings of somebody's notes name: by a cue, by their English or by their Chinese name.

    >>> directions_named(["1. PEFT", "Adapter 相关技术"])
    ['unified-peft', 'adapters']
    """
    found: list[str] = []
    for heading in headings:
        parted = re.sub(r"([^\x00-\x7f]+)", r" \1 ", heading)  # Chinese is written without spaces around a cue
        found += [place.direction for place in place_by_cue(parted)]
        for direction in directions().values():
            # A short Chinese name, such as 统一, stands inside many other words.
            if (
                direction.en.lower() in heading.lower()
                or heading == direction.zh
                or (len(direction.zh) > 2 and direction.zh in heading)
            ):
                found.append(direction.key)
    return list(dict.fromkeys(found))


def place_by_meaning(vectors: Vectors, embedder: Embedder) -> list[list[Place]]:
    """For each of `vectors` (n, d), the directions whose name and sentence are near in meaning, nearest first."""
    known = list(directions().values())
    prototypes = embedder.encode([f"{direction.en}. {direction.about}" for direction in known])
    places = []
    for cosines in vectors @ prototypes.T:  # (n, directions)
        nearest = np.argsort(-cosines, kind="stable")[:NEAREST]
        places.append(
            [
                Place(
                    strategy=known[n].strategy,
                    direction=known[n].key,
                    weight=round(float(cosines[n]), 4),
                    source="meaning",
                )
                for n in nearest
                if cosines[n] >= MIN_COSINE
            ]
        )
    return places


def place_papers(
    papers: Sequence[tuple[int, Paper]], vectors: Mapping[int, Vectors], embedder: Embedder
) -> Iterator[tuple[int, Place]]:
    """Where each `(key, paper)` stands: by hand, else by the cues in its title, else by meaning; one place a direction."""
    near: dict[int, list[Place]] = {}
    with_vector = [key for key, _ in papers if key in vectors]
    if with_vector:
        near = dict(
            zip(with_vector, place_by_meaning(np.stack([vectors[k] for k in with_vector]), embedder), strict=True)
        )
    for key, paper in papers:
        places = list(place_by_hand(paper)) or list(place_by_cue(paper.title)) or near.get(key, [])
        for place in places:
            yield key, place


@cache
def _cue_owners() -> Mapping[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for direction in directions().values():
        for cue in direction.cues:
            owners.setdefault(cue.lower(), []).append(direction.key)
    return owners


@cache
def _cue_pattern() -> re.Pattern[str]:
    """All cues at once, the longer before the shorter; overlapping cues are found by looking ahead."""
    cues = sorted(_cue_owners(), key=lambda cue: (-len(cue), cue))
    return re.compile(rf"(?<![\w-])(?=({'|'.join(map(re.escape, cues))})(?![\w-]))")
