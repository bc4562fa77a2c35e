"""The graph's picture: a canvas that Streamlit mounts in the page, and what a hand on it reports."""

from __future__ import annotations

from typing import Any

import streamlit as st

from survey.drawing import Drawing
from survey.graph.table import NODE_KINDS
from survey.strategies import STRATEGIES
from survey.views import FOLDER
from survey.views.language import language, named, say

# Streamlit takes one script; the parts follow one another in it.
_SCRIPTS = ("graph_layout.js", "graph_paint.js", "graph_controls.js", "graph.js")

# What the picture says; `survey/views/graph.js` fills it in.
_WORDS = (
    *(
        "find",
        "colours",
        "by_kind",
        "by_strategy",
        "from",
        "to",
        "years",
        "smaller",
        "larger",
        "all",
        "fit",
        "save",
        "png",
    ),
    *("canvas", "found", "shown", "toggle", "no_strategy"),
)
_LINKS = ("belongs_to", "cites", "similar", "mentions")

_mount: Any = st.components.v2.component(
    "fourways_graph",
    html=(FOLDER / "graph.html").read_text("utf-8"),
    css=(FOLDER / "graph.css").read_text("utf-8"),
    js="\n".join((FOLDER / name).read_text("utf-8") for name in _SCRIPTS),
)


def draw(drawing: Drawing, centre: str) -> str:
    """Draw the graph; returns the id of the node that was chosen last, at first the centre's."""
    key = f"graph-{centre}"
    before = (st.session_state.get(key) or {}).get("chosen") or centre
    data = {
        "drawing": drawing.model_dump(mode="json"),
        "chosen": before,
        "strategies": {strategy.key: named(strategy) for strategy in STRATEGIES.values()},
        "chinese": language() == "zh",
        "words": {name: say(f"picture.{name}") for name in _WORDS},
        "kinds": {kind: say(f"graph.kind_{kind}").capitalize() for kind in NODE_KINDS},
        "links": {kind: say(f"graph.edge_{kind}") for kind in _LINKS},
    }

    def note_opened() -> None:
        if node := (st.session_state.get(key) or {}).get("opened"):
            open_node(centre, str(node))

    state = _mount(
        key=key, data=data, default={"chosen": centre}, on_chosen_change=_rerun, on_opened_change=note_opened
    )
    return str(state.get("chosen") or centre)


def open_node(centre: str, node: str) -> None:
    """Have the neighbours of `node` drawn too, in the picture around `centre`."""
    opened = opened_nodes(centre)
    st.session_state[f"opened-{centre}"] = [*opened, *([] if node in opened else [node])]


def opened_nodes(centre: str) -> list[str]:
    """The nodes whose neighbours are drawn too, in the order in which they were opened."""
    return list(st.session_state.get(f"opened-{centre}", ()))


def _rerun() -> None:
    """Streamlit wants a callback for each value that the picture reports; the rerun itself draws the card."""
