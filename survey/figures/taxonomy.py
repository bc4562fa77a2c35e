"""The sections and subsections of a draft as a tree, with a few papers of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.models import clean_line
from survey.draft.models import Draft, papers_of
from survey.figures.captions import Captions, captions_of, words_within
from survey.figures.measure import label_of, width, wrap
from survey.figures.papers import Standing, build_standing, name_of
from survey.figures.sketch import INK, MUTED, SMALL, WIDTH, Box, Line, Sketch, Words, colour_of
from survey.outline import Section

MOST_NAMED = 6
# Columns: left edge and width in inches of the topic, the sections, the subsections and the papers.
_TOPIC, _SECTIONS, _PARTS, _NAMED = (0.05, 1.15), (1.5, 2.0), (3.8, 2.1), (6.1, 2.45)
_LINE, _PAD, _GAP, _BETWEEN = 0.145, 0.045, 0.07, 0.1


@dataclass(frozen=True)
class _Node:
    """A heading with its lines, and what is below it. `middle` is in inches from the top."""

    lines: list[str]
    middle: float
    bottom: float
    names: list[str]
    parts: list[_Node]


def build_taxonomy(draft: Draft) -> Sketch | None:
    """None where there is one section, or none: that is no tree."""
    standing = build_standing(draft)
    if len(draft.outline.sections) < 2 and not any(section.sections for section in draft.outline.sections):
        return None
    key_of = {reference.id: reference.key for reference in draft.references}
    words = captions_of(draft)
    order = words.order_cited if any(standing.cited_by.values()) else words.order_earliest
    sketch = Sketch(words.taxonomy_title, words.taxonomy.format(order=order))
    within = words_within(draft)
    y, middles = 0.08, []
    for number, section in enumerate(draft.outline.sections):
        node = _place(_shown(section, str(number + 1), within), standing, key_of, y)
        _draw(sketch, node, colour_of(number))
        middles.append(node.middle)
        y = node.bottom + _BETWEEN
    sketch.tall = y
    _draw_topic(sketch, label_of(clean_line(draft.outline.topic), within.topic), middles)
    return sketch


def _shown(section: Section, number: str, words: Captions) -> Section:
    """The section with headings that can be drawn."""
    parts = tuple(_shown(part, f"{number}.{count}", words) for count, part in enumerate(section.sections, 1))
    title = label_of(clean_line(section.title), words.section.format(number=number))
    return section.model_copy(update={"title": title, "sections": parts})


def _place(section: Section, standing: Standing, key_of: dict[str, str], top: float) -> _Node:
    lines = _counted(section, _SECTIONS[1])
    if not section.sections:
        return _leaf(lines, section, standing, key_of, top, WIDTH - _PARTS[0] - 0.05)
    parts, y = [], top
    for part in section.sections:
        parts.append(_leaf(_counted(part, _PARTS[1]), part, standing, key_of, y, _NAMED[1]))
        y = parts[-1].bottom + _GAP
    bottom = max(y - _GAP, top + _height(lines))
    return _Node(lines, (parts[0].middle + parts[-1].middle) / 2, bottom, [], parts)


def _leaf(
    lines: list[str], section: Section, standing: Standing, key_of: dict[str, str], top: float, wide: float
) -> _Node:
    keys = sorted((key_of[one] for one in papers_of(section) if one in key_of), key=standing.rank)
    named = [label_of(name_of(standing.references[key]), key) for key in keys[:MOST_NAMED]]
    names = wrap(_joined(named, wide), wide, 2, SMALL - 0.5)
    tall = max(_height(lines), _height(names))
    return _Node(lines, top + tall / 2, top + tall, names, [])


def _joined(named: Sequence[str], wide: float) -> str:
    """The names, as many as two lines hold: one that is cut says nothing."""
    text = ""
    for name in dict.fromkeys(named):
        name = name.replace(" ", "\u00a0")  # author and year stay together
        longer = f"{text}, {name}" if text else name
        if width(longer, SMALL - 0.5) > 1.8 * wide:
            break
        text = longer
    return text


def _counted(section: Section, wide: float) -> list[str]:
    """The heading on at most three lines, and the number of papers."""
    lines = wrap(clean_line(section.title), wide - 0.16, 3, SMALL)
    count = f"({len(papers_of(section))})"
    if width(f"{lines[-1]} {count}", SMALL) <= wide - 0.16:
        return [*lines[:-1], f"{lines[-1]} {count}"]
    return [*lines, count]


def _height(lines: Sequence[str]) -> float:
    return len(lines) * _LINE + 2 * _PAD


def _draw(sketch: Sketch, node: _Node, colour: str) -> None:
    _box(sketch, node, _SECTIONS, colour, 0.22)
    if not node.parts:
        _draw_names(sketch, node, _PARTS[0], _SECTIONS, colour)
    for part in node.parts:
        _elbow(sketch, sum(_SECTIONS), node.middle, _PARTS[0], part.middle, colour)
        _box(sketch, part, _PARTS, colour, 0.1)
        _draw_names(sketch, part, _NAMED[0], _PARTS, colour)


def _box(sketch: Sketch, node: _Node, column: tuple[float, float], colour: str, opacity: float) -> None:
    tall = _height(node.lines)
    sketch.marks.append(Box(column[0], node.middle - tall / 2, column[1], tall, colour, opacity, edge=True))
    _lines(sketch, node.lines, column[0] + 0.08, node.middle, INK)


def _draw_names(sketch: Sketch, node: _Node, left: float, column: tuple[float, float], colour: str) -> None:
    if node.names and node.names[0]:
        sketch.marks.append(Line(((sum(column), node.middle), (left - 0.06, node.middle)), colour, 0.8, 0.7))
        _lines(sketch, node.names, left, node.middle, MUTED, SMALL - 0.5)


def _lines(sketch: Sketch, lines: Sequence[str], x: float, middle: float, colour: str, size: float = SMALL) -> None:
    for number, line in enumerate(lines):
        y = middle + (number - (len(lines) - 1) / 2) * _LINE
        sketch.marks.append(Words(x, y, line, size, colour))


def _elbow(sketch: Sketch, x: float, y: float, to_x: float, to_y: float, colour: str) -> None:
    bend = (x + to_x) / 2
    sketch.marks.append(Line(((x, y), (bend, y), (bend, to_y), (to_x, to_y)), colour, 0.9, 0.8))


def _draw_topic(sketch: Sketch, topic: str, middles: Sequence[float]) -> None:
    """The topic at the left, with a line to each section."""
    lines = wrap(topic[:1].upper() + topic[1:], _TOPIC[1] - 0.16, 6, SMALL, bold=True)
    sketch.tall = max(sketch.tall, _height(lines) + 0.16)
    # Between first and last section, and inside the figure.
    middle = (middles[0] + middles[-1]) / 2
    middle = min(max(middle, _height(lines) / 2 + 0.08), sketch.tall - _height(lines) / 2 - 0.08)
    for y in middles:
        _elbow(sketch, sum(_TOPIC), middle, _SECTIONS[0], y, MUTED)
    sketch.marks.append(Box(_TOPIC[0], middle - _height(lines) / 2, _TOPIC[1], _height(lines), MUTED, 0.15, edge=True))
    for number, line in enumerate(lines):
        y = middle + (number - (len(lines) - 1) / 2) * _LINE
        sketch.marks.append(Words(_TOPIC[0] + _TOPIC[1] / 2, y, line, SMALL, INK, "center", bold=True))
