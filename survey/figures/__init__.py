"""Figures of a draft, drawn by matplotlib from what the draft says and nothing else; the same draft gives the same bytes.

One module a figure, each with `build_NAME(draft) -> Sketch | None`: None where there is too little to show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from survey.draft.models import Draft
from survey.figures.citation_map import build_citation_map
from survey.figures.growth import build_growth
from survey.figures.rendering import Picture, render_sketch
from survey.figures.sketch import Sketch
from survey.figures.taxonomy import build_taxonomy
from survey.figures.timeline import build_timeline


@dataclass(frozen=True)
class Figure:
    """One figure of `draft`. `caption` says what is drawn and by which rule; `title` is its first words, for a list or a label."""

    name: str
    title: str
    caption: str
    draft: Draft = field(repr=False)

    def render(self, picture: Picture) -> bytes:
        """The figure as svg, pdf or png (200 dots an inch)."""
        return _rendered(self.name, picture, self.draft)


def builders() -> dict[str, Callable[[Draft], Sketch | None]]:
    """Name -> what draws it, in the order in which they stand in a draft."""
    return {
        "taxonomy": build_taxonomy,
        "timeline": build_timeline,
        "growth": build_growth,
        "citation_map": build_citation_map,
    }


def build_figures(draft: Draft) -> list[Figure]:
    """The figures for which the draft has enough."""
    sketches = ((name, _sketch(name, draft)) for name in builders())
    return [Figure(name, sketch.title, sketch.caption, draft) for name, sketch in sketches if sketch]


# A draft is saved in several formats at once: they share the figures.
@lru_cache(maxsize=8)
def _sketch(name: str, draft: Draft) -> Sketch | None:
    return builders()[name](draft)


@lru_cache(maxsize=12)
def _rendered(name: str, picture: Picture, draft: Draft) -> bytes:
    sketch = _sketch(name, draft)
    assert sketch is not None
    return render_sketch(sketch, name, picture)
