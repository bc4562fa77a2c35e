"""Three synthetic data sets of boxes whose label spaces overlap: synonyms, a coarser name, one word for two things, an unclear one.

Each box shows one concept, as a vector: that of its kind, its own, the look of the data set, and noise. All concepts are in every
data set, but each annotates only some, under names of its own: a box of another concept is there, and nobody says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

KINDS = {
    "vehicle": ("car", "truck", "bus", "bicycle"),
    "animal": ("dog", "cat", "horse", "rodent"),
    "device": ("phone", "keyboard", "pointer", "screen"),
    "person": ("person",),
    "crane": ("bird", "hoist"),
}
CONCEPTS = tuple(concept for members in KINDS.values() for concept in members)
# Data set -> name of a class -> its meanings; none where it is not clear.
MEANINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "streets": {
        "car": ("car",),
        "truck": ("truck",),
        "bus": ("bus",),
        "bicycle": ("bicycle",),
        "dog": ("dog",),
        "person": ("person",),
    },
    "offices": {
        "automobile": ("car",),
        "bike": ("bicycle",),
        "cat": ("cat",),
        "phone": ("phone",),
        "keyboard": ("keyboard",),
        "mouse": ("pointer",),
        "human": ("person",),
    },
    "farms": {
        "vehicle": ("vehicle",),
        "hound": ("dog",),
        "cat": ("cat",),
        "horse": ("horse",),
        "mouse": ("rodent",),
        "person": ("person",),
        "crane": (),
    },
}
DATASETS = tuple(MEANINGS)
# What is asked in the test: every concept that someone annotates, and the coarser one.
ASKED = tuple(sorted({meaning for classes in MEANINGS.values() for given in classes.values() for meaning in given}))
WIDTH = 24
OWN, LOOK, NOISE = 0.6, 0.7, 0.8  # standard deviations per number, beside 1 for the kind


@dataclass(frozen=True)
class Boxes:
    """`features` (n, WIDTH), `concepts` (n,) as places in CONCEPTS, `datasets` (n,) as places in DATASETS"""

    features: Tensor
    concepts: Tensor
    datasets: Tensor

    def to(self, device: str) -> Boxes:
        return Boxes(self.features.to(device), self.concepts.to(device), self.datasets.to(device))


def build_splits(sizes: tuple[int, ...], seed: int) -> list[Boxes]:
    """A split of each size, of one world, with boxes of all three data sets in each"""
    generator = torch.Generator().manual_seed(seed)
    kinds = torch.randn(len(KINDS), WIDTH, generator=generator)
    number = [n for n, members in enumerate(KINDS.values()) for _ in members]
    centres = kinds[number] + OWN * torch.randn(len(CONCEPTS), WIDTH, generator=generator)
    looks = LOOK * torch.randn(len(DATASETS), WIDTH, generator=generator)
    splits = []
    for size in sizes:
        concepts = torch.randint(len(CONCEPTS), (size,), generator=generator)
        datasets = torch.randint(len(DATASETS), (size,), generator=generator)
        noise = NOISE * torch.randn(size, WIDTH, generator=generator)
        splits.append(Boxes(centres[concepts] + looks[datasets] + noise, concepts, datasets))
    return splits


def covers(meaning: str) -> tuple[str, ...]:
    """The concepts that a meaning is true of: its own, or all of its kind."""
    return KINDS.get(meaning, (meaning,)) if meaning not in CONCEPTS else (meaning,)


def shown_by(dataset: str, name: str) -> tuple[str, ...]:
    """The concepts whose boxes a data set gives this name; both, where the name is not clear."""
    meanings = MEANINGS[dataset][name]
    return tuple(concept for meaning in meanings or (name,) for concept in covers(meaning))
