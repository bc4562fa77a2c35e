"""What a figure is made of before it is drawn: lines, boxes, dots and words, in inches from the upper left corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

# A page of the app, and of the HTML, is 860 pixels wide: 100 of them an inch.
WIDTH = 8.6
SIZE, SMALL = 9.0, 8.0  # points

# Ink, muted ink and paper: the HTML replaces these three by the colours of the reader's scheme.
INK, MUTED, PAGE = "#1d2433", "#5a6479", "#fffffe"
# Told apart by the colour-blind (Okabe & Ito 2008, the first seven without yellow; then Tol), on white and on black.
COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#8c6bb1",
    "#999933",
    "#44aa99",
    "#aa4466",
    "#6f7d8c",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "p", ">", "h")

_COLUMNS = 3

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Words:
    """One line of text, centred on `y`."""

    x: float
    y: float
    text: str
    size: float = SIZE
    colour: str = INK
    align: Align = "left"
    bold: bool = False
    halo: bool = False


@dataclass(frozen=True)
class Line:
    points: tuple[tuple[float, float], ...]
    colour: str = MUTED
    width: float = 0.8
    opacity: float = 1.0


@dataclass(frozen=True)
class Box:
    """A rectangle from (x, y) down to the right; `opacity` is that of its filling."""

    x: float
    y: float
    wide: float
    tall: float
    colour: str
    opacity: float = 1.0
    edge: bool = False


@dataclass(frozen=True)
class Dot:
    """A mark of `radius` inches."""

    x: float
    y: float
    radius: float
    colour: str
    marker: str = "o"


Mark = Words | Line | Box | Dot


@dataclass
class Sketch:
    """A figure `tall` inches high and WIDTH wide. Marks are drawn in their order."""

    title: str
    caption: str
    tall: float = 0.0
    marks: list[Mark] = field(default_factory=list)


def colour_of(section: int) -> str:
    """The colour of the section of this number, from 0; sections beyond the last colour share it."""
    return COLOURS[min(section, len(COLOURS) - 1)]


def marker_of(section: int) -> str:
    """Its marker, so that nothing rests on colour alone."""
    return MARKERS[min(section, len(MARKERS) - 1)]


def add_legend(sketch: Sketch, titles: Sequence[tuple[int, str]], top: float, *, markers: bool = True) -> float:
    """Draw markers, or plain squares, with the titles of these sections, in columns; where the legend ends."""
    from survey.figures.measure import fit

    wide = WIDTH / _COLUMNS
    rows = -(-len(titles) // _COLUMNS)
    for place, (section, title) in enumerate(titles):
        x, y = 0.12 + place // rows * wide, top + 0.12 + place % rows * 0.22
        sketch.marks.append(Dot(x, y, 0.05, colour_of(section), marker_of(section) if markers else "s"))
        sketch.marks.append(Words(x + 0.13, y, fit(title, wide - 0.35, SMALL), SMALL))
    return top + rows * 0.22 + 0.05
