"""Scores against trained parameters, as SVG."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from survey.bench.record import Row, Run
from survey.bench.report import render_value
from survey.plotting import plot_settings, recolour

# Most parameters by fewest, from which on a log scale reads better; characters of a line of the title.
_WIDE, _TITLE = 5, 85
# Inches, and points of type.
_SIZE = (7.6, 4.8)
_TYPE = 9
_LINE, _INK, _POINT, _ROW, _GRID, _PAGE = "#9aa3b5", "#1d2433", "#17408b", "#b3420f", "#e1e5ec", "#fffffe"
# What a dark page has in their place.
_DARK = {_LINE: "#7d889e", _INK: "#e4e7ee", _POINT: "#8fb0ff", _ROW: "#f0a35a", _GRID: "#2b3242", _PAGE: "#12161f"}
# Where a label may stand, from its point: points of a page to the right and up.
_PLACES = [(7, 0), (-7, 0), (0, 9), (0, -9), (7, 8), (-7, 8), (7, -8), (-7, -8)]
_FAR = (1.0, 2.0, 3.2, 4.6, 6.5)


@dataclass(frozen=True)
class Box:
    """In pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide * tall if wide > 0 and tall > 0 else 0.0


def render_picture(run: Run) -> str:
    """The first measure, mean and standard deviation, over the parameters that are trained.

    What trains nothing is a broken line. Always in the table: squares; else circles.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    measure = run.measures[0]
    scored = [row for row in run.ranked() if row.values(measure.name)]
    drawn = [row for row in scored if row.count.get("total")]
    settings = {
        "font.size": _TYPE,
        "svg.hashsalt": "fourways",
        "svg.fonttype": "path",
        **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _INK),
    }
    with plot_settings(settings):
        figure = Figure(figsize=_SIZE, layout="constrained", facecolor=_PAGE)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _draw(axes, run, drawn)
        flat = [row for row in scored if row not in drawn]
        for row in flat:
            axes.axhline(row.mean(measure.name) or 0.0, color=_LINE, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
        _label(figure, axes, run, drawn, flat)
        made = io.StringIO()
        figure.savefig(made, format="svg", metadata={"Date": None, "Title": f"{run.task}: {run.title}"})
    return made.getvalue()


def in_dark(svg: str) -> str:
    """The picture for a dark page."""
    return recolour(svg, _DARK)


def _draw(axes: Any, run: Run, rows: Sequence[Row]) -> None:
    measure = run.measures[0]
    for row in rows:
        axes.errorbar(
            [row.count["total"]],
            [row.mean(measure.name)],
            yerr=[row.spread(measure.name) or 0.0],
            fmt="s" if row.always else "o",
            color=_ROW if row.always else _POINT,
            markersize=5,
            elinewidth=1,
            capsize=2.5,
        )
    totals = [row.count["total"] for row in rows]
    if totals and max(totals) > _WIDE * min(totals):
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.margins(x=0.12, y=0.12)
    axes.set_xlabel("parameters trained, the head's included")
    seeds = f", {run.seeds} seeds: mean and standard deviation" if run.seeds > 1 else ""
    axes.set_ylabel(measure.name + seeds)
    # A dollar in the name of a file is a dollar.
    title = "\n".join(textwrap.wrap(f"{run.task}: {run.title}", _TITLE)).replace("$", r"\$")
    axes.set_title(title, loc="left", fontsize=_TYPE + 1)
    axes.set_facecolor(_PAGE)
    axes.grid(color=_GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _label(figure: Any, axes: Any, run: Run, rows: Sequence[Row], flat: Sequence[Row]) -> None:
    """Names at their points, where they cover nothing; farther off with a line where there is no room."""
    measure = run.measures[0]
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    renderer = figure.canvas.get_renderer()
    frame = axes.get_window_extent(renderer)
    inside = Box(frame.x0, frame.y0, frame.x1, frame.y1)
    taken = [_mark(axes, row, measure.name, figure.dpi / 72) for row in rows]
    for row in flat:
        mean = row.mean(measure.name) or 0.0
        words = f"{row.method} {render_value(mean, measure)}"
        y = axes.transData.transform((1, mean))[1]
        taken.append(Box(inside.left, y - 1, inside.right, y + 1))
        taken.append(_write(axes, renderer, words, (inside.left, y), taken, inside, always=False))
    for row in rows:
        at = axes.transData.transform((row.count["total"], row.mean(measure.name) or 0.0))
        taken.append(_write(axes, renderer, row.method, tuple(at), taken, inside, always=True))


def _mark(axes: Any, row: Row, measure: str, scale: float) -> Box:
    """Where a point and its bars are."""
    mean, spread, total = row.mean(measure) or 0.0, row.spread(measure) or 0.0, row.count["total"]
    (x, low), (_, high) = axes.transData.transform([(total, mean - spread), (total, mean + spread)])
    return Box(x - 4 * scale, low - 4 * scale, x + 4 * scale, high + 4 * scale)


def _write(
    axes: Any, renderer: Any, words: str, at: tuple[float, float], taken: Sequence[Box], inside: Box, always: bool
) -> Box:
    """Put `words` near `at` (pixels), with a line where that is far and a line is wanted; returns where they are."""
    probe = axes.text(0, 0, words)
    own = probe.get_window_extent(renderer)
    probe.remove()
    scale = axes.figure.dpi / 72
    (dx, dy), box = _place(at, (own.width, own.height), scale, taken, inside)
    is_far = always and dx * dx + dy * dy > 15**2
    axes.annotate(
        words,
        axes.transAxes.inverted().transform(at),
        xycoords="axes fraction",
        xytext=(dx, dy),
        textcoords="offset points",
        ha="left" if dx > 0 else "right" if dx < 0 else "center",
        va="center" if abs(dy) < 1 else "bottom" if dy > 0 else "top",
        color=_INK,
        arrowprops={"arrowstyle": "-", "color": _LINE, "linewidth": 0.7, "shrinkB": 3} if is_far else None,
    )
    return box


def _place(
    at: tuple[float, float], size: tuple[float, float], scale: float, taken: Sequence[Box], inside: Box
) -> tuple[tuple[float, float], Box]:
    """The nearest place that covers nothing, or else the one that covers least: offset in points, and the box in pixels."""
    best: tuple[float, tuple[float, float], Box] | None = None
    for offset in _offsets():
        dx, dy = offset
        x, y = at[0] + dx * scale, at[1] + dy * scale
        wide, tall = size
        left = x if dx > 0 else x - wide if dx < 0 else x - wide / 2
        bottom = y - tall / 2 if abs(dy) < 1 else y if dy > 0 else y - tall
        box = Box(left - 1, bottom - 1, left + wide + 1, bottom + tall + 1)
        covered = sum(box.overlap(other) for other in taken)
        outside = wide * tall - Box(left, bottom, left + wide, bottom + tall).overlap(inside)
        price = covered + outside
        if best is None or price < best[0] - 1e-6:
            best = (price, offset, box)
        if price < 1e-6:
            break
    assert best is not None
    return best[1], best[2]


def _offsets() -> Iterator[tuple[float, float]]:
    for far in _FAR:
        for dx, dy in _PLACES:
            yield dx * far, dy * far
