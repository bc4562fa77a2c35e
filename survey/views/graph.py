"""The idea graph around one strategy, direction or paper: `?node=` its key or id."""

from __future__ import annotations

from typing import Any

import streamlit as st

from survey.drawing import build_drawing
from survey.graph import PAPER, STRATEGY, find_node, neighbourhood, neighbours
from survey.strategies import STRATEGIES, directions
from survey.views.page import COLOURS, chips, idea_graph, link, require_papers, shown_errors, workspace
from survey.views.picture import draw
from survey.views.text import byline, node_address, paper_address, plain, snippet

DRAWN = 60
_START = "strategy:efficient"


@shown_errors()
def show() -> None:
    st.title("Idea graph", anchor=False)
    require_papers()
    graph = idea_graph()
    _choose(graph)
    centre = find_node(graph, workspace().library, st.query_params.get("node") or _START)
    part = neighbourhood(graph, centre, DRAWN)
    picture, side = st.columns([3, 1], gap="medium")
    with picture:
        chosen = draw(build_drawing(part, centre), centre)
    with side:
        _card(graph, chosen if chosen in graph else centre, centre)
    _table(graph, centre)


def _choose(graph: Any) -> None:
    """The box that names the centre; it is filled from the address, and writes to it."""
    centre = st.query_params.get("node") or _START
    options = [f"strategy:{key}" for key in STRATEGIES] + [f"direction:{key}" for key in directions()]
    for candidate in (f"strategy:{centre}", f"direction:{centre}"):
        centre = candidate if candidate in options else centre
    st.session_state["centre"] = centre

    def name(node: str) -> str:
        if node not in graph:
            return node
        kind = "" if graph.nodes[node]["kind"] == PAPER else f" ({graph.nodes[node]['kind']})"
        return f"{graph.nodes[node]['title']} {graph.nodes[node].get('zh', '')}{kind}"

    st.selectbox(
        "Centre: a strategy, a direction, or a paper by its id",
        options if centre in options else [centre, *options],
        key="centre",
        format_func=name,
        accept_new_options=True,
        on_change=_recentre,
        width=640,
    )


def _recentre() -> None:
    st.query_params["node"] = st.session_state["centre"] or _START


def _card(graph: Any, node: str, centre: str) -> None:
    with st.container(border=True, key="card"):
        if graph.nodes[node]["kind"] == PAPER:
            _paper(node)
        else:
            _heading(graph, node)
        if node != centre:
            link("graph", "Make it the centre", icon=":material/center_focus_strong:", node=node)
    st.caption(f"At most {DRAWN} nodes are drawn, those with the strongest links first. Click a node to read about it.")


def _paper(node: str) -> None:
    library = workspace().library
    paper = library.paper(node)
    st.markdown(f"**{plain(paper.title)}**")
    st.caption(plain(byline(paper.authors, paper.year, paper.venue, most=2)))
    key = library.resolve(node)
    st.markdown(chips(library.places([key]).get(key, [])))
    if paper.abstract:
        st.markdown(f":small[{plain(snippet(paper.abstract, []))}]")
    link("paper", "Open the paper", icon=":material/article:", id=node)


def _heading(graph: Any, node: str) -> None:
    kind, key = node.split(":", 1)
    named = STRATEGIES[key] if kind == STRATEGY else directions()[key]
    st.markdown(f"**{named.en}**  \n{named.zh}")
    above = key if kind == STRATEGY else directions()[key].strategy
    st.markdown(f":{COLOURS[above]}-badge[{kind}]")
    st.markdown(f":small[{plain(named.about)}]")
    if kind == STRATEGY:
        link("search", "Search in this strategy", icon=":material/search:", strategy=key, q=named.en)


def _table(graph: Any, centre: str) -> None:
    found = neighbours(graph, centre)
    st.subheader(f"Links of {plain(graph.nodes[centre]['title'])} ({len(found)})", anchor=False)
    if not found:
        st.caption("None: run `fourways index`, or import its citations.")
        return
    rows = [
        {
            "link": f"{'→' if one['way'] == 'out' else '←'} {one['edge'].replace('_', ' ')}",
            "kind": one["kind"],
            "title": one["title"],
            "weight": one["weight"],
            "because of": one["source"],
            "open": paper_address(one["id"]) if one["kind"] == PAPER else node_address(one["id"]),
        }
        for one in found
    ]
    columns = {
        "open": st.column_config.LinkColumn("", display_text="open", width="small"),
        "title": st.column_config.TextColumn(width="large"),
        "weight": st.column_config.NumberColumn(format="%.2f", width="small"),
    }
    st.dataframe(rows, column_config=columns, height=min(420, 38 + 35 * len(rows)))


if __name__ == "__main__":
    show()
