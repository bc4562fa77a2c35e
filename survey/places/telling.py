"""A place in words."""

from __future__ import annotations

from corpus.models import Place
from survey.places.placing import YOU
from survey.strategies import STRATEGIES, directions

_SURE = {"hand": "placed by hand", YOU: "you said so"}


def told(place: Place) -> str:
    """One line: strategy, direction, how sure and why.

    >>> told(Place(strategy="efficient", direction="adapters", weight=0.914, source="cue: adapter, meaning .61"))
    'Parameter-efficient methods / Adapter modules (适配器), 91% sure: cue: adapter, meaning .61'
    """
    direction = directions()[place.direction]
    return f"{STRATEGIES[place.strategy].en} / {direction.en} ({direction.zh}), {how_sure(place.weight, place.source)}"


def how_sure(weight: float, source: str) -> str:
    """The confidence and the reason, in a few words."""
    return _SURE.get(source, f"{weight:.0%} sure: {source}")
