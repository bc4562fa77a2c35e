"""Examples with labels that somebody has -> splits: by class, without repeats, without classes that are too small."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from survey.probes.errors import ProbeError

# Of each class, for validation and for the test.
_VALIDATION, _TEST = 0.2, 0.25
# One for each split.
_FEWEST = 3
# Examples that a run uses at most; more would be read for longer than they are trained on.
MOST = 4_000

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Sorted(Generic[_Item]):
    """Examples of each class, in the classes' order, and what was left out, in words."""

    classes: tuple[str, ...]
    members: tuple[tuple[_Item, ...], ...]
    notes: tuple[str, ...]


def sort_examples(pairs: Sequence[tuple[_Item, str]], where: str) -> Sorted[_Item]:
    """Examples under their classes, each once. Raises ProbeError where fewer than two classes are large enough."""
    groups: dict[str, dict[_Item, None]] = defaultdict(dict)
    seen: dict[_Item, str] = {}
    repeats = clashes = 0
    for item, label in pairs:
        if item in seen:
            repeats += 1
            clashes += seen[item] != label
            continue
        seen[item] = label
        groups[label][item] = None
    small = sorted(label for label, items in groups.items() if len(items) < _FEWEST)
    kept = sorted(label for label in groups if label not in small)
    notes = []
    if repeats:
        notes.append(f"{repeats} repeated examples are left out" + (f", {clashes} of another class" if clashes else ""))
    if small:
        named = ", ".join(small[:5]) + (" and more" if len(small) > 5 else "")
        notes.append(f"left out, for fewer than {_FEWEST} examples: {named}")
    if len(kept) < 2:
        have = f"one class ({kept[0][:40]!r})" if kept else "no class"
        raise ProbeError(
            f"{where} has {have} of {_FEWEST} examples or more: there is nothing to tell apart",
            f"Give two classes with {_FEWEST} examples each at least",
        )
    return Sorted(tuple(kept), tuple(tuple(groups[label]) for label in kept), tuple(notes))


def split_examples(found: Sorted[_Item], seed: int, most: int = MOST) -> tuple[list[tuple[_Item, int]], ...]:
    """Train, validation and test (example, class), drawn by `seed`, with the same shares of each class; `most` in all."""
    random_ = random.Random(seed)
    share = min(1.0, most / sum(map(len, found.members)))
    splits: tuple[list[tuple[_Item, int]], ...] = ([], [], [])
    for number, members in enumerate(found.members):
        drawn = random_.sample(members, max(_FEWEST, round(share * len(members))))
        first = max(1, round(_TEST * len(drawn)))
        second = first + max(1, round(_VALIDATION * len(drawn)))
        for split, part in zip(splits, (drawn[second:], drawn[first:second], drawn[:first]), strict=True):
            split.extend((item, number) for item in part)
    for split in splits:
        random_.shuffle(split)
    return splits
