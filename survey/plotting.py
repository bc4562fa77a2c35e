"""matplotlib for several threads: its settings are one for all of them, and the app draws in several."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_LOCK = threading.Lock()


@contextmanager
def plot_settings(settings: Mapping[str, Any]) -> Iterator[None]:
    """matplotlib under these of its rcParams, for nobody but the caller; who else draws waits."""
    import matplotlib

    with _LOCK, matplotlib.rc_context(dict(settings)):
        yield


def recolour(svg: str, colours: Mapping[str, str]) -> str:
    """The SVG with each of these colours, as it is written, in place of the other."""
    for colour, instead in colours.items():
        svg = svg.replace(colour, instead)
    return svg
