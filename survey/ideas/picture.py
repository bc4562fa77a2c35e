"""The map of gaps as a picture: an SVG that any browser shows, written by hand, for a table needs no plotting library."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from xml.sax.saxutils import escape

from corpus.errors import InputError, shorten
from corpus.files import write_whole
from corpus.models import clean_line
from survey.ideas.mapping import SUPPORT, IdeaMap

# Pixels of an unscaled picture.
_CELL, _LINE = 40, 18
_MARGIN, _HEADS, _FOOT = 16, 190, 96
_CHARACTER = 7.0
_LABEL = 34
_FEWEST = 460
# From nearly white to dark blue; its lightness falls evenly, so that it reads in grey and to the colour-blind too.
_LIGHT, _DARK = (240, 245, 252), (23, 64, 139)
# Beyond this share of the scale, the number in a cell is white.
_TURNS = 0.5
_STYLE = (
    "text{font:13px sans-serif;fill:#1d2433}.small{font-size:12px;fill:#5a6478}.title{font-size:16px;font-weight:600}"
    ".number,.mark{text-anchor:middle}.mark{font-weight:700;fill:#8a2b06}.over{fill:#ffffff}"
    ".gap{fill:url(#hatch);stroke:#b3420f;stroke-width:2}.empty{fill:#ffffff;stroke:#9aa3b5;stroke-dasharray:3 3}"
    ".none{fill:#ffffff;stroke:#e1e5ec}"
)


def save_picture(found: IdeaMap, path: Path) -> None:
    """Write the map as SVG. An older file stays whole until the new one is. Raises InputError for another kind, HomeError."""
    check_picture(path)
    save_text(render_picture(found), path)


def check_picture(path: Path) -> None:
    """Raises InputError unless the name ends in .svg."""
    if path.suffix.lower() != ".svg":
        raise InputError(f"{path.name} is of no known kind of picture", "End the name with .svg")


def save_text(text: str, path: Path) -> None:
    """Write a file in one step. Raises HomeError."""
    write_whole(path, lambda made: made.write_text(text, "utf-8", newline=""))


def render_picture(found: IdeaMap) -> str:
    """The map as SVG: darker where more papers are; a cell that is empty in the whole library is hatched, framed and marked "gap",
    one that is empty in the topic only has a broken frame, so that neither rests on colour.
    """
    left = _MARGIN + round(max((len(_row(found, n)) for n in range(len(found.rows))), default=0) * _CHARACTER) + 12
    wide = max(left + _CELL * len(found.columns) + _HEADS * 2 // 3, _FEWEST)
    tall = _HEADS + _CELL * len(found.rows) + _FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}" role="img">',
        f"<title>{_text(_title(found))}</title><style>{_STYLE}</style>",
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#fff4ec"/><line x1="0" y1="0" x2="0" y2="6" stroke="#e8a987" stroke-width="2"/>'
        "</pattern></defs>",
        f'<rect width="{wide}" height="{tall}" fill="#ffffff"/>',
        f'<text class="title" x="{_MARGIN}" y="28">{_text(shorten(_title(found), int(wide / 9)))}</text>',
        *_heads(found, left),
        *_cells(found, left),
        *_legend(tall),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _title(found: IdeaMap) -> str:
    about = shorten(found.topic, 60) if found.topic else "the whole library"
    return f"Methods and tasks of {about} ({found.papers:,} papers)"


def _row(found: IdeaMap, number: int) -> str:
    axis = found.rows[number]
    return f"{shorten(axis.name, _LABEL)} ({axis.papers:,})"


def _heads(found: IdeaMap, left: int) -> Iterator[str]:
    for place, column in enumerate(found.columns):
        x, y = left + _CELL * place + _CELL // 2, _HEADS - 10
        label = f"{shorten(column.name, 28)} ({column.papers:,})"
        yield f'<text x="{x}" y="{y}" transform="rotate(-45 {x} {y})">{_text(label)}</text>'
    for number in range(len(found.rows)):
        y = _HEADS + _CELL * number + _CELL // 2 + 5
        yield f'<text x="{left - 10}" y="{y}" text-anchor="end">{_text(_row(found, number))}</text>'


def _cells(found: IdeaMap, left: int) -> Iterator[str]:
    most = max((count for line in found.counts for count in line), default=0)
    marks = found.marks()
    for number, line in enumerate(found.counts):
        for place, count in enumerate(line):
            x, y = left + _CELL * place, _HEADS + _CELL * number
            gap = marks.get((number, place))
            told = f"{found.rows[number].name} / {found.columns[place].name}: {count} papers"
            if gap is not None:
                told += f", {gap.expected:.1f} expected; {gap.elsewhere} in the whole library"
            box = f'x="{x + 1}" y="{y + 1}" width="{_CELL - 2}" height="{_CELL - 2}"'
            yield f"<g><title>{_text(told)}</title>"
            if count:
                share = sqrt(count / most)
                over = " over" if share > _TURNS else ""
                yield f'<rect {box} fill="{_shade(share)}"/>'
                yield f'<text class="number{over}" x="{x + _CELL // 2}" y="{y + _CELL // 2 + 5}">{count}</text>'
            elif gap is None:
                yield f'<rect class="none" {box}/>'
            elif gap.where == "topic":
                yield f'<rect class="empty" {box}/>'
            else:
                yield f'<rect class="gap" {box}/>'
                yield f'<text class="mark" x="{x + _CELL // 2}" y="{y + _CELL // 2 + 5}">gap</text>'
            yield "</g>"


def _legend(tall: int) -> Iterator[str]:
    y = tall - _FOOT + 22
    for number, (box, words) in enumerate(
        (
            ('class="gap"', "no paper of the whole library speaks of both, though either has some here"),
            ('class="empty"', "none of the topic does, others do"),
            ('class="none"', f"none either, but one of both has fewer than {SUPPORT} papers: that tells nothing"),
        )
    ):
        top = y + number * (_LINE + 6)
        yield f'<rect {box} x="{_MARGIN + 1}" y="{top}" width="{_LINE}" height="{_LINE}"/>'
        yield f'<text class="small" x="{_MARGIN + _LINE + 10}" y="{top + 13}">{_text(words)}</text>'


def _shade(share: float) -> str:
    channels = (round(light + (dark - light) * share) for light, dark in zip(_LIGHT, _DARK, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _text(text: str) -> str:
    return escape(clean_line(text))
