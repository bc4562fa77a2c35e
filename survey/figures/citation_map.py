"""Who cites whom among the papers of a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import cos, hypot, pi, sin, sqrt
from typing import NamedTuple

from survey.draft.models import Draft
from survey.figures.captions import Captions, captions_of
from survey.figures.measure import label_of, width
from survey.figures.papers import Standing, build_standing, name_of
from survey.figures.sketch import (
    INK,
    MUTED,
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

# The layout compares all pairs of papers.
MOST_PAPERS = 400
MOST_LABELS = 28
# So many of them, the papers cited most, have their names further away where there is no room beside their marks.
LED = 12
# Inches: the height for few and for many papers, and what names at the rim need.
_TALL, _MARGIN = (2.2, 5.8), 0.35
_SEED = 0
# How much of a place is by rank alone, against distance.
_RANK = 0.6
# Inches between two marks, how often marks that are nearer move apart, and inches between two names in a row.
_APART, _MOVES, _BETWEEN = 0.03, 60, 0.08
# How far from its mark a name may stand, beside the gap that it always has.
_FAR = (0.15, 0.3, 0.5, 0.75)

Places = Mapping[str, tuple[float, float]]
Span = tuple[float, float, float, float]  # left, top, right, bottom


class Spot(NamedTuple):
    """Where a name can stand: its left end and middle, the box that it takes, and the line to it from a mark that is far."""

    x: float
    y: float
    box: Span
    line: Line | None

    def covers(self, other: Span) -> bool:
        """Whether the name, or the line to it, covers another box."""
        return _overlap(self.box, other) or (self.line is not None and _crosses(self.line, other))


def build_citation_map(draft: Draft) -> Sketch | None:
    """Papers that are linked lie near each other; None where no paper of the draft cites another, or too few are known to."""
    standing = build_standing(draft)
    if not standing.cited_by:
        return None
    links = [(a, b) for a, b in draft.links if a != b and a in standing.references and b in standing.references]
    degree = Counter(key for link in links for key in link)
    shown = sorted(degree, key=lambda key: (-degree[key], key))[:MOST_PAPERS]
    kept = set(shown)
    links = [(a, b) for a, b in links if a in kept and b in kept]
    tall = min(_TALL[1], _TALL[0] + 0.05 * len(kept))
    places = _part(standing, _lay_out(standing, sorted(kept), links, tall), tall)
    words = captions_of(draft)
    sketch = Sketch(words.citations_title, _caption(words, len(standing.references), len(degree), len(kept)))
    faint = max(0.12, min(0.5, 60 / len(links)))
    sketch.marks += [Line((places[a], places[b]), MUTED, 0.6, faint) for a, b in links]
    for key in sorted(kept, key=lambda key: (standing.cited_by[key], key)):
        section = standing.section[key]
        sketch.marks.append(Dot(*places[key], _radius(standing, key), colour_of(section), marker_of(section)))
    sketch.marks += _labels(standing, places, links, tall)
    sections = {standing.section[key] for key in kept}
    titles = [(number, title) for number, title in enumerate(standing.titles) if number in sections]
    sketch.tall = add_legend(sketch, titles, tall + 0.1)
    return sketch


def _lay_out(standing: Standing, keys: Sequence[str], links: Sequence[tuple[str, str]], tall: float) -> Places:
    """Forces (Fruchterman & Reingold 1991), from a start in which each section has its own corner; in inches."""
    import networkx
    import numpy as np

    rng = np.random.default_rng(_SEED)
    graph = networkx.Graph()
    graph.add_nodes_from(keys)
    graph.add_edges_from(links)
    turn = 2 * pi / max(1, len(standing.titles))
    start = {
        key: np.array([cos(turn * standing.section[key]), sin(turn * standing.section[key])]) + rng.normal(0, 0.2, 2)
        for key in keys
    }
    found = networkx.spring_layout(
        graph, pos=start, seed=_SEED, iterations=80, k=1.6 / len(keys) ** 0.5, method="force", scale=None
    )
    return _spread(keys, np.array([found[key] for key in keys]), tall)


def _spread(keys: Sequence[str], points: object, tall: float) -> Places:
    """The layout over the whole figure. Each axis goes by rank as much as by distance: what forces leave in one clump parts."""
    import numpy as np

    points = np.round(np.asarray(points, dtype=float), 6)
    places = np.zeros_like(points)
    for axis, (low, high) in enumerate(((_MARGIN, WIDTH - _MARGIN), (_MARGIN, tall - _MARGIN))):
        values = points[:, axis]
        rank = np.argsort(np.argsort(values, kind="stable"), kind="stable") / max(1, len(values) - 1)
        extent = float(np.ptp(values)) or 1.0
        mixed = _RANK * rank + (1 - _RANK) * (values - values.min()) / extent
        places[:, axis] = low + (high - low) * mixed
    return {key: (round(float(x), 3), round(float(y), 3)) for key, (x, y) in zip(keys, places, strict=True)}


def _part(standing: Standing, places: Places, tall: float) -> Places:
    """The places, marks that cover each other moved apart along the line between them."""
    import numpy as np

    keys = sorted(places)
    points = np.array([places[key] for key in keys])
    radius = np.array([_radius(standing, key) for key in keys])
    least = radius[:, None] + radius[None, :] + _APART
    np.fill_diagonal(least, 0.0)
    low, high = np.array([_MARGIN, _MARGIN]) / 2, np.array([WIDTH, tall]) - _MARGIN / 2
    for _ in range(_MOVES):
        way = points[:, None] - points[None, :]
        far = np.hypot(way[..., 0], way[..., 1])
        short = np.maximum(0.0, least - far)
        if short.max() < 0.001:
            break
        # Marks on one spot part by their order.
        order = np.sign(np.arange(len(keys))[:, None] - np.arange(len(keys))[None, :])
        unit = np.where(far[..., None] > 0, way / np.maximum(far, 1e-9)[..., None], order[..., None] * [1.0, 0.0])
        points = np.clip(points + (0.5 * short[..., None] * unit).sum(axis=1), low, high)
    return {key: (round(float(x), 3), round(float(y), 3)) for key, (x, y) in zip(keys, points, strict=True)}


def _radius(standing: Standing, key: str) -> float:
    return 0.035 + min(0.07, 0.013 * sqrt(standing.cited_by[key]))


def _labels(standing: Standing, places: Places, links: Sequence[tuple[str, str]], tall: float) -> list[Words | Line]:
    """Names of the papers cited most, each where it covers no mark of such a paper and no other name, rather no mark at all; else
    none. Those of the first are led to their marks where they stand away from them.
    """
    ranked = sorted(places, key=standing.rank)
    marks = [_around(places[key], _radius(standing, key)) for key in ranked]
    away = _away(places, links)
    found: list[tuple[Spot, str]] = []
    for number, key in enumerate(ranked):
        if len(found) == MOST_LABELS:
            break
        text = label_of(name_of(standing.references[key]), key)
        spots = _spots(places[key], _radius(standing, key), width(text, SMALL), away[key], _FAR if number < LED else ())
        free = [spot for spot in spots if _is_inside(spot.box, tall) and _is_free(spot, [one for one, _ in found])]
        clear = [spot for spot in free if not any(spot.covers(mark) for mark in marks[:MOST_LABELS])]
        near = (spot for spot in clear if not spot.line and not any(spot.covers(mark) for mark in marks))
        # A line may cross a mark where there is no other way.
        last = (
            spot for spot in free if number < LED and not any(_overlap(spot.box, mark) for mark in marks[:MOST_LABELS])
        )
        spot = next(near, None) or next(iter(clear), None) or next(last, None)
        if spot:
            found.append((spot, text))
    lines = [spot.line for spot, _ in found if spot.line]
    return [*lines, *(Words(spot.x, spot.y, text, SMALL, INK, halo=True) for spot, text in found)]


def _around(place: tuple[float, float], radius: float) -> Span:
    (x, y) = place
    return x - radius, y - radius, x + radius, y + radius


def _is_inside(box: Span, tall: float) -> bool:
    return box[0] > 0.02 and box[2] < WIDTH - 0.02 and box[1] > 0.02 and box[3] < tall


def _is_free(spot: Spot, others: Sequence[Spot]) -> bool:
    """Whether a name and its line keep clear of the other names, and of their lines."""
    wider = (spot.box[0] - _BETWEEN, spot.box[1], spot.box[2] + _BETWEEN, spot.box[3])
    return not any(_overlap(wider, other.box) or spot.covers(other.box) or other.covers(spot.box) for other in others)


def _crosses(line: Line, box: Span) -> bool:
    (x, y), (a, b) = line.points
    steps = [(x + (a - x) * part / 20, y + (b - y) * part / 20) for part in range(21)]
    return any(box[0] < left < box[2] and box[1] < top < box[3] for left, top in steps)


def _away(places: Places, links: Sequence[tuple[str, str]]) -> Places:
    """For each paper the way from those that it is linked to: there its name covers the fewest lines."""
    away = dict.fromkeys(places, (0.0, 0.0))
    for pair in links:
        for one, other in (pair, pair[::-1]):
            (x, y), (a, b) = places[one], places[other]
            far = hypot(x - a, y - b) or 1.0
            away[one] = (away[one][0] + (x - a) / far, away[one][1] + (y - b) / far)
    return away


def _spots(
    place: tuple[float, float], radius: float, wide: float, away: tuple[float, float], far: Sequence[float] = ()
) -> list[Spot]:
    """Where a name can stand beside its mark, the best first, then `far` from it."""
    (x, y), half, gap = place, 0.075, radius + 0.04
    ways = [(round(cos(turn * pi / 8), 6), round(sin(turn * pi / 8), 6)) for turn in range(16)]
    # Rather straight beside, above or below than aslant.
    ways.sort(key=lambda way: (way[0] * way[1] != 0, -round(way[0] * away[0] + way[1] * away[1], 6)))
    found = []
    for distance in (0.0, *far):
        # Beside its mark a name stands at one of eight places, further away lines part in twice as many ways.
        for across, down in ways if distance else [way for way in ways if abs(way[0]) in (0.0, 0.707107, 1.0)]:
            left, middle = x + across * (gap + distance), y + down * (gap + distance)
            rim, end = radius + 0.015, gap + distance - 0.03
            line = Line(tuple((x + across * out, y + down * out) for out in (rim, end)), INK, 0.6) if distance else None
            left -= wide * (0.5 if not across else across < 0)
            middle += half * ((down > 0) - (down < 0))
            found.append(Spot(left, middle, (left, middle - half, left + wide, middle + half), line))
    return found


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _caption(words: Captions, papers: int, linked: int, shown: int) -> str:
    parts = [words.citations]
    if shown < linked:
        parts.append(words.citations_shown.format(shown=shown, linked=linked))
    if linked < papers:
        parts.append(words.citations_apart.format(n=papers - linked, papers=papers))
    return words.gap.join(parts)
