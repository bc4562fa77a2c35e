"""Sketches as SVG, PDF and PNG."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Literal

from survey.figures.measure import families
from survey.figures.sketch import INK, MUTED, PAGE, WIDTH, Box, Dot, Line, Mark, Sketch, Words
from survey.plotting import plot_settings, recolour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Picture = Literal["svg", "pdf", "png"]

# What would make each run another file: the date, the version, and the random names of SVG's definitions.
_METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
_SETTINGS = {
    "text.parse_math": False,  # a dollar in a title is a dollar
    "svg.fonttype": "path",  # looks the same whatever fonts the reader has
    "pdf.fonttype": 3,  # as outlines: fonts for Chinese are of a kind that its other way embeds wrongly
    "pdf.compression": 6,
}
# What a dark page needs instead.
DARK = {INK: "#e4e7ee", MUTED: "#9aa4b8", PAGE: "#14171d"}


def render_sketch(sketch: Sketch, name: str, picture: Picture) -> bytes:
    """The sketch as a file of this kind; `name` tells its definitions from another figure's on the same page."""
    from matplotlib.figure import Figure

    file = io.BytesIO()
    settings = {**_SETTINGS, "svg.hashsalt": name, "font.family": families()}
    with plot_settings(settings), warnings.catch_warnings():
        # Characters without a glyph are left out of labels before; a font that lies about its glyphs is no reason to fail.
        warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)
        figure = Figure(figsize=(WIDTH, sketch.tall))
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(sketch.tall, 0))
        axes.set_axis_off()
        for order, mark in enumerate(sketch.marks):
            _draw(axes, mark, order)
        transparent = picture == "svg"
        figure.savefig(
            file,
            format=picture,
            dpi=200,
            transparent=transparent,
            facecolor="none" if transparent else "white",
            metadata=_METADATA[picture],
        )
    return file.getvalue()


def _draw(axes: Axes, mark: Mark, order: int) -> None:
    if isinstance(mark, Words):
        _write(axes, mark, order)
    elif isinstance(mark, Line):
        xs, ys = zip(*mark.points, strict=True)
        axes.plot(xs, ys, color=mark.colour, lw=mark.width, alpha=mark.opacity, zorder=order, solid_capstyle="round")
    elif isinstance(mark, Dot):
        # Diameter in points; the rim parts dots that touch.
        size = mark.radius * 2 * 72
        axes.plot(
            [mark.x], [mark.y], mark.marker, ms=size, mfc=mark.colour, mec=PAGE, mew=min(0.6, size / 8), zorder=order
        )
    else:
        _fill(axes, mark, order)


def _write(axes: Axes, words: Words, order: int) -> None:
    from matplotlib.patheffects import Normal, Stroke

    axes.text(
        words.x,
        words.y,
        words.text,
        size=words.size,
        color=words.colour,
        ha=words.align,
        va="center_baseline",
        weight="bold" if words.bold else "normal",
        zorder=order,
        path_effects=[Stroke(linewidth=2.2, foreground=PAGE), Normal()] if words.halo else None,
    )


def _fill(axes: Axes, box: Box, order: int) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (box.x, box.y),
            box.wide,
            box.tall,
            facecolor=to_rgba(box.colour, box.opacity),
            edgecolor=box.colour if box.edge else "none",
            linewidth=0.8,
            zorder=order,
        )
    )


def in_scheme(svg: str, *, dark: bool) -> str:
    """The SVG of a figure for a light page, as it is, or for a dark one."""
    return recolour(svg, DARK) if dark else svg
