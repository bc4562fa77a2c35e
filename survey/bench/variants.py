"""Rows of a table that are a method with some of it left out, or set otherwise, under a name of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey.bench.methods import parse_spec, render_spec

Variants = Mapping[str, tuple[str, Mapping[str, Any]]]  # name -> method and settings


def spell_out(spec: str, variants: Variants) -> str:
    """`spec` with methods of the list in the place of names of `variants`; its own settings go over theirs.

    >>> spell_out('focal-1', {'focal-1': ('focal', {'gamma': 1.0})})
    'focal{"gamma": 1.0}'
    """
    parts = [(options, *variants.get(name, (name, {}))) for name, options in parse_spec(spec)]
    return render_spec([(method, {**preset, **options}) for options, method, preset in parts])
