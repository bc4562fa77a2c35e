"""Key papers in the order of their years."""

from __future__ import annotations

from itertools import groupby

from survey.draft.models import Draft
from survey.figures.captions import Captions, captions_of, words_within
from survey.figures.measure import fit, label_of, width
from survey.figures.papers import Standing, build_standing, name_of, readable
from survey.figures.sketch import (
    INK,
    MUTED,
    SIZE,
    SMALL,
    WIDTH,
    Dot,
    Line,
    Sketch,
    Words,
    add_legend,
    colour_of,
    marker_of,
)

MOST = 24
_ROW, _GAP, _RULE = 0.235, 0.1, 0.72


def build_timeline(draft: Draft) -> Sketch | None:
    """A row a paper, oldest first; None where fewer than two papers have a year."""
    standing = build_standing(draft)
    keys = choose_key_papers(standing)
    if len(keys) < 2:
        return None
    words = captions_of(draft)
    cited = any(standing.cited_by.values())
    sketch = Sketch(words.timeline_title, words.timeline if cited else words.timeline_uncited)
    within = words_within(draft)
    y = 0.1
    for year, together in groupby(keys, key=lambda key: standing.references[key].year):
        y += _GAP
        sketch.marks.append(Words(_RULE - 0.16, y + _ROW / 2, str(year), SIZE, INK, "right", bold=True))
        for key in together:
            _row(sketch, standing, key, y + _ROW / 2, within)
            y += _ROW
    sketch.marks.insert(0, Line(((_RULE, 0.1), (_RULE, y + 0.1)), width=1.2, opacity=0.6))
    shown = {standing.section[key] for key in keys}
    titles = [(number, title) for number, title in enumerate(standing.titles) if number in shown]
    sketch.tall = add_legend(sketch, titles, y + 0.24)
    return sketch


def choose_key_papers(standing: Standing) -> list[str]:
    """Keys, by year: of each section the paper that the others cite most, then those cited most of all, at most MOST.

    Papers that nobody cites fill up no more than half of it.
    """
    dated = sorted((key for key, reference in standing.references.items() if reference.year), key=standing.rank)
    first: dict[int, str] = {}
    for key in dated:
        first.setdefault(standing.section[key], key)
    cited = [key for key in dated if standing.cited_by[key]]
    chosen = list(dict.fromkeys([*sorted(first.values(), key=standing.rank), *cited]))[:MOST]
    if len(chosen) < MOST // 2:
        chosen = list(dict.fromkeys([*chosen, *dated]))[: MOST // 2]
    return sorted(chosen, key=lambda key: (standing.references[key].year, *standing.rank(key)))


def _row(sketch: Sketch, standing: Standing, key: str, y: float, words: Captions) -> None:
    reference, section = standing.references[key], standing.section[key]
    cited = standing.cited_by[key]
    sketch.marks.append(Dot(_RULE, y, 0.045 + min(0.05, 0.012 * cited**0.5), colour_of(section), marker_of(section)))
    note = words.cited[cited > 1].format(n=cited) if cited else ""
    room = WIDTH - _RULE - 0.2 - 0.1 - (width(note, SMALL) + 0.15 if note else 0)
    title = fit(label_of(readable(reference.title), name_of(reference)), room)
    sketch.marks.append(Words(_RULE + 0.2, y, title))
    if note:
        sketch.marks.append(Words(WIDTH - 0.1, y, note, SMALL, MUTED, "right"))
