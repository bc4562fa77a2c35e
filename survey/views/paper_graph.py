"""A paper's neighbourhood in the idea graph, drawn on its page where it is asked for."""

from __future__ import annotations

import streamlit as st

from survey.drawing import build_drawing
from survey.views.language import say
from survey.views.page import idea_graph, link
from survey.views.picture import draw, opened_nodes
from survey.views.text import shortened

_NODES, _LINKS = 40, 90


def show_neighbourhood(paper_id: str) -> None:
    """A switch, and behind it the picture: it takes a second, which not every visit of the page wants."""
    if not st.toggle(say("paper.draw"), key="draw-neighbourhood"):
        return
    graph = idea_graph()
    if paper_id not in graph:
        st.caption(say("paper.not_in_graph"))
        return
    drawing = build_drawing(graph, paper_id, nodes=_NODES, links=_LINKS, opened=opened_nodes(paper_id))
    chosen = draw(drawing, paper_id)
    if chosen in graph and chosen != paper_id:
        title = shortened(str(graph.nodes[chosen]["title"]), 100)
        link("graph", say("paper.chosen", name=title), icon=":material/hub:", node=chosen)
