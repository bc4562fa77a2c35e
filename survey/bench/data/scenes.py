"""Scenes with one object each, painted: a shape filled with a texture, on a background that is rough too.

What an object is, is its shape and its texture together; colours are drawn anew for every scene, so that no colour is a class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 32  # of a scene, in pixels
# Label 0 is the background.
CLASSES = ("background", "striped disc", "chequered square", "plain triangle", "dotted ring")
SMALLEST, LARGEST = 7.0, 11.0  # radius of an object, in pixels
NOISE = 0.12
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scenes:
    """`images` (n, SIDE, SIDE, 3) of 0..1, `labels` (n, SIDE, SIDE) as places in CLASSES"""

    images: Floats
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: slice) -> Scenes:
        return Scenes(self.images[rows], self.labels[rows])


def build_scenes(count: int, seed: int) -> Scenes:
    """`count` scenes, of every class as many as of another, give or take one"""
    random = np.random.default_rng(seed)
    kinds = random.permutation(np.arange(count) % (len(CLASSES) - 1)) + 1
    painted = [paint(int(kind), random) for kind in kinds]
    return Scenes(np.stack([image for image, _ in painted]), np.stack([labels for _, labels in painted]))


def paint(kind: int, random: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """One scene with an object of the class `kind`: (SIDE, SIDE, 3), (SIDE, SIDE)"""
    radius = random.uniform(SMALLEST, LARGEST)
    down, right = random.uniform(radius, SIDE - radius, 2)
    turn = random.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    y, x = rows - down, columns - right
    along, across = (x * np.cos(turn) + y * np.sin(turn)) / radius, (y * np.cos(turn) - x * np.sin(turn)) / radius
    inside, ink = draw(kind, along, across, radius)
    ground, first, second = colours(random)
    slope = 0.15 * (random.uniform(-1, 1) * rows + random.uniform(-1, 1) * columns) / SIDE
    image = np.where(inside[..., None], np.where(ink[..., None], first, second), ground + slope[..., None])
    image = image + NOISE * random.normal(size=image.shape)
    return image.clip(0, 1), np.where(inside, kind, 0)


def draw(kind: int, along: Floats, across: Floats, radius: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What is inside the object, and where the first of its colours is; coordinates turned with it, in radii."""
    distance = np.hypot(along, across)
    u, v = along * radius, across * radius
    if kind == 1:
        return distance <= 1, np.floor(u / 2) % 2 == 0
    if kind == 2:
        return np.maximum(abs(along), abs(across)) <= 0.75, (np.floor(u / 2) + np.floor(v / 2)) % 2 == 0
    if kind == 3:
        sides = np.maximum(
            -along, 0.5 * along + np.sqrt(0.75) * np.abs(across)
        )  # of a triangle, all as far from its middle
        return sides <= 0.5, np.ones_like(along, dtype=bool)
    dots = np.hypot(u % 4 - 2, v % 4 - 2) <= 1.2
    return (distance <= 1) & (distance >= 0.5), dots


def colours(random: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Of the background and of the two inks, no two of which are close to each other."""
    while True:
        found = random.uniform(0.1, 0.9, (3, 3))
        gaps = [np.linalg.norm(found[i] - found[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
        if min(gaps) > 0.3:
            return found[0], found[1], found[2]
