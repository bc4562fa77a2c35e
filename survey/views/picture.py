"""The graph's picture: an SVG that Streamlit mounts in the page, whose nodes can be clicked and reached by keyboard."""

from __future__ import annotations

from typing import Any

import streamlit as st

from survey.drawing import Drawing
from survey.views import FOLDER

_mount: Any = st.components.v2.component(
    "fourways_graph",
    html='<svg role="group" aria-label="The idea graph"></svg>',
    css=(FOLDER / "graph.css").read_text("utf-8"),
    js=(FOLDER / "graph.js").read_text("utf-8"),
)


def draw(drawing: Drawing, centre: str) -> str:
    """Draw the graph; returns the id of the node that was clicked last, at first the centre's."""
    key = f"graph-{centre}"
    before = (st.session_state.get(key) or {}).get("chosen") or centre
    data = {"drawing": drawing.model_dump(mode="json"), "chosen": before}
    state = _mount(key=key, data=data, default={"chosen": centre}, on_chosen_change=_rerun)
    return str(state.get("chosen") or centre)


def _rerun() -> None:
    """Streamlit wants a callback for each value that the picture reports; the rerun itself draws the card."""
