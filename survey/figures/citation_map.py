"""Who cites whom among the papers of a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import cos, hypot, pi, sin, sqrt

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
# Inches: the height for few and for many papers, and what names at the rim need.
_TALL, _MARGIN = (2.2, 5.8), 0.35
_SEED = 0
# How much of a place is by rank alone, against distance.
_RANK = 0.6

Places = Mapping[str, tuple[float, float]]
Span = tuple[float, float, float, float]  # left, top, right, bottom
Spot = tuple[float, float, Span]


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
    places = _lay_out(standing, sorted(kept), links, tall)
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


def _radius(standing: Standing, key: str) -> float:
    return 0.035 + min(0.07, 0.013 * sqrt(standing.cited_by[key]))


def _labels(standing: Standing, places: Places, links: Sequence[tuple[str, str]], tall: float) -> list[Words]:
    """Names of the papers cited most, each where it covers no mark of such a paper and no other name; else none."""
    ranked = sorted(places, key=standing.rank)
    taken = [
        (x - r, y - r, x + r, y + r)
        for key in ranked[:MOST_LABELS]
        for x, y, r in [(*places[key], _radius(standing, key))]
    ]
    away = _away(places, links)
    labels: list[Words] = []
    for key in ranked:
        if len(labels) == MOST_LABELS:
            break
        reference = standing.references[key]
        text = label_of(name_of(reference), key)
        for x, y, box in _spots(places[key], _radius(standing, key), width(text, SMALL), away[key]):
            inside = box[0] > 0.02 and box[2] < WIDTH - 0.02 and box[1] > 0.02 and box[3] < tall
            if inside and not any(_overlap(box, other) for other in taken):
                labels.append(Words(x, y, text, SMALL, INK, halo=True))
                taken.append(box)
                break
    return labels


def _away(places: Places, links: Sequence[tuple[str, str]]) -> Places:
    """For each paper the way from those that it is linked to: there its name covers the fewest lines."""
    away = dict.fromkeys(places, (0.0, 0.0))
    for pair in links:
        for one, other in (pair, pair[::-1]):
            (x, y), (a, b) = places[one], places[other]
            far = hypot(x - a, y - b) or 1.0
            away[one] = (away[one][0] + (x - a) / far, away[one][1] + (y - b) / far)
    return away


def _spots(place: tuple[float, float], radius: float, wide: float, away: tuple[float, float]) -> list[Spot]:
    """Where a name can stand beside its mark, the best first; with the box that it takes."""
    (x, y), half, gap = place, 0.075, radius + 0.04
    sides = [
        ((1, 0), x + gap, y),
        ((-1, 0), x - gap - wide, y),
        ((0, -1), x - wide / 2, y - gap - half),
        ((0, 1), x - wide / 2, y + gap + half),
    ]
    sides.sort(key=lambda side: -round(side[0][0] * away[0] + side[0][1] * away[1], 6))
    return [(left, middle, (left, middle - half, left + wide, middle + half)) for _, left, middle in sides]


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _caption(words: Captions, papers: int, linked: int, shown: int) -> str:
    parts = [words.citations]
    if shown < linked:
        parts.append(words.citations_shown.format(shown=shown, linked=linked))
    if linked < papers:
        parts.append(words.citations_apart.format(n=papers - linked, papers=papers))
    return words.gap.join(parts)
