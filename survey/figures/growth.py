"""Papers a year, by section."""

from __future__ import annotations

from collections import Counter

from survey.draft.models import Draft
from survey.figures.captions import Captions, captions_of
from survey.figures.papers import Standing, build_standing
from survey.figures.sketch import INK, MUTED, SMALL, WIDTH, Box, Line, Sketch, Words, add_legend, colour_of

# Years that have a column of their own; all before them share the first.
MOST_YEARS = 20
# Of fewer papers a picture says less than a sentence.
FEWEST = 5
_TALL, _LEFT, _RIGHT, _TOP = 2.5, 0.5, 0.15, 0.3


def build_growth(draft: Draft) -> Sketch | None:
    """Stacked columns, a year each; None for fewer than FEWEST papers with a year, or where all are of one."""
    standing = build_standing(draft)
    dated = {key: year for key, reference in standing.references.items() if (year := reference.year)}
    years = _columns(list(dated.values()))
    if len(dated) < FEWEST or len(set(dated.values())) < 2:
        return None
    counts = Counter((max(year, years[0]), standing.section[key]) for key, year in dated.items())
    words = captions_of(draft)
    undated = len(standing.references) - len(dated)
    sketch = Sketch(words.growth_title, _caption(words, undated, years, min(dated.values())))
    highest = max(sum(n for (at, _), n in counts.items() if at == year) for year in years)
    _axis(sketch, highest)
    pitch = (WIDTH - _LEFT - _RIGHT) / len(years)
    wide = min(0.6, pitch * 0.8)
    for number, year in enumerate(years):
        middle = _LEFT + (number + 0.5) * pitch
        top = _column(sketch, standing, counts, year, middle - wide / 2, wide, _TALL / highest)
        total = sum(counts[year, section] for section in range(len(standing.titles)))
        if total:
            sketch.marks.append(Words(middle, top - 0.09, str(total), SMALL, INK, "center"))
        earlier = number == 0 and min(dated.values()) < year
        sketch.marks.append(
            Words(middle, _TOP + _TALL + 0.14, f"≤{year}" if earlier else str(year), SMALL, INK, "center")
        )
    named = [(section, title) for section, title in enumerate(standing.titles) if section in {s for _, s in counts}]
    sketch.tall = add_legend(sketch, named, _TOP + _TALL + 0.34, markers=False)
    return sketch


def _columns(years: list[int]) -> list[int]:
    """The years from first to last, also those without a paper; of a long span the last MOST_YEARS."""
    return list(range(max(min(years), max(years) - MOST_YEARS + 1), max(years) + 1)) if years else []


def _column(
    sketch: Sketch,
    standing: Standing,
    counts: Counter[tuple[int, int]],
    year: int,
    left: float,
    wide: float,
    scale: float,
) -> float:
    """Draw one column, the first section at the bottom; where it ends."""
    bottom = _TOP + _TALL
    for section in range(len(standing.titles)):
        if height := counts[year, section] * scale:
            bottom -= height
            gap = min(0.012, height / 4)
            sketch.marks.append(Box(left, bottom + gap, wide, height - gap, colour_of(section)))
    return bottom


def _axis(sketch: Sketch, highest: int) -> None:
    """Rules at round numbers, at most five."""
    step = next(base * 10**power for power in range(6) for base in (1, 2, 5) if highest <= 5 * base * 10**power)
    for value in range(0, highest + 1, step):
        y = _TOP + _TALL * (1 - value / highest)
        sketch.marks.append(Line(((_LEFT, y), (WIDTH - _RIGHT, y)), width=0.6, opacity=1.0 if value == 0 else 0.3))
        sketch.marks.append(Words(_LEFT - 0.08, y, str(value), SMALL, MUTED, "right"))


def _caption(words: Captions, undated: int, years: list[int], first: int) -> str:
    parts = [words.growth]
    if years and first < years[0]:
        parts.append(words.growth_earlier.format(year=years[0]))
    if undated:
        parts.append(words.growth_undated[undated > 1].format(n=undated))
    return words.gap.join(parts)
