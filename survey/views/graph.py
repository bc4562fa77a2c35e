"""The idea graph around one node: `?node=` the key of a strategy, direction, concept or idea, or a paper's id."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import streamlit as st

from corpus.errors import FourwaysError
from survey.drawing import MOST_NODES, Drawing, build_drawing
from survey.graph import (
    CONCEPTS,
    IDEA,
    PAPER,
    STRATEGY,
    IdeaTable,
    count_neighbours,
    find_node,
    neighbours,
    shortest_path,
)
from survey.strategies import STRATEGIES, directions
from survey.views.language import language, named, say, told
from survey.views.page import COLOURS, chips, idea_graph, link, require_papers, shown_errors, workspace
from survey.views.picture import draw, open_node, opened_nodes
from survey.views.text import byline, idea_address, kind_name, node_address, paper_address, plain, shortened, snippet
from survey.views.work import failure

_SIZES = (60, 120, 250, 500, MOST_NODES)
_START = "strategy:efficient"
# Links a node that are drawn, on average: more hide what they join.
_LINKS = 3
# Links in the table, of each kind and way.
_LISTED = 100


@shown_errors()
def show() -> None:
    st.title(say("graph.title"), anchor=False)
    require_papers()
    graph = idea_graph()
    size = _choose(graph)
    centre = find_node(graph, workspace().library, st.query_params.get("node") or _START)
    path = _find_path(graph, centre)
    drawing = build_drawing(
        graph, centre, nodes=size, links=_LINKS * size, opened=opened_nodes(centre), path=[step["id"] for step in path]
    )
    with st.container(key="wide"):  # as wide as the window: app.css
        picture, side = st.columns([4, 1], gap="medium")
    with picture:
        chosen = draw(drawing, centre)
        _below(graph, drawing, centre)
    with side:
        _card(graph, chosen if chosen in graph else centre, centre)
    _table(graph, centre)


def _choose(graph: IdeaTable) -> int:
    """The box that names the centre, filled from the address, which it writes to; and how many nodes are drawn."""
    centre = st.query_params.get("node") or _START
    options = [f"strategy:{key}" for key in STRATEGIES] + [f"direction:{key}" for key in directions()]
    for candidate in (f"strategy:{centre}", f"direction:{centre}"):
        centre = candidate if candidate in options else centre
    st.session_state["centre"] = centre

    def name(node: str) -> str:
        if node not in graph:
            return node
        known = graph.nodes[node]
        name = _title(known)
        return name if known["kind"] == PAPER else say("graph.of_kind", name=name, kind=kind_name(known["kind"]))

    goal = st.query_params.get("to")
    st.session_state["goal"] = goal
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            say("graph.centre"),
            options if centre in options else [centre, *options],
            key="centre",
            format_func=name,
            accept_new_options=True,
            on_change=_recentre,
            width=560,
        )
        st.selectbox(
            say("graph.path_to"),
            options if goal in (None, *options) else [str(goal), *options],
            key="goal",
            index=None,
            format_func=name,
            accept_new_options=True,
            placeholder=say("graph.no_path"),
            on_change=_aim,
            width=320,
        )
        return int(st.select_slider(say("graph.most_nodes"), _SIZES, _SIZES[1], key="graph-size", width=220))


def _title(node: dict[str, Any]) -> str:
    """A node's name in the language that is chosen."""
    return str((node.get("zh") if language() == "zh" else None) or node["title"])


def _recentre() -> None:
    st.query_params["node"] = st.session_state["centre"] or _START


def _aim() -> None:
    if goal := st.session_state["goal"]:
        st.query_params["to"] = goal
    else:
        st.query_params.pop("to", None)


def _find_path(graph: IdeaTable, centre: str) -> list[dict[str, Any]]:
    """The fewest links from the centre to the node that the address names as `to`, told in a line; empty, where there are none."""
    goal = st.query_params.get("to")
    if not goal:
        return []
    try:
        steps = shortest_path(graph, centre, find_node(graph, workspace().library, goal))
    except FourwaysError as error:
        st.warning(failure(error), icon=":material/route:")
        return []
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="path"):
        st.caption(say("graph.steps", n=len(steps) - 1), width="content")
        for step in steps:
            link("graph", f"**{shortened(_title(graph.nodes[step['id']]), 70)}**", node=step["id"])
            if step["edge"]:
                st.caption(f"— {say('graph.edge_' + step['edge'])} —", width="content")
    return steps


def _below(graph: IdeaTable, drawing: Drawing, centre: str) -> None:
    """What was left out, how to use the picture, and the files."""
    if drawing.thinned:
        st.caption(_thinned(drawing))
    with st.container(horizontal=True, vertical_alignment="center"):
        names = [dot.id for dot in drawing.dots]
        st.download_button(
            say("graph.graphml"),
            partial(_graphml, graph, names),
            "idea-graph.graphml",
            "application/graphml+xml",
            on_click="ignore",
            icon=":material/download:",
            key="graphml",
        )
        st.caption(say("graph.how"))


def _thinned(drawing: Drawing) -> str:
    parts = []
    if drawing.reached > len(drawing.dots):
        parts.append(say("graph.thinned_nodes", shown=len(drawing.dots), n=drawing.reached))
    if drawing.links > len(drawing.lines):
        parts.append(say("graph.thinned_links", shown=len(drawing.lines), n=drawing.links))
    return say("graph.backbone", what=say("graph.and").join(parts))


def _graphml(graph: IdeaTable, names: list[str]) -> bytes:
    """The drawn nodes and all links between them."""
    import networkx as nx

    out = io.BytesIO()
    nx.write_graphml(graph.subgraph(names), out)
    return out.getvalue()


# ---- the card ----------------------------------------------------------------------------------------------------------


def _card(graph: IdeaTable, node: str, centre: str) -> None:
    kind = graph.nodes[node]["kind"]
    with st.container(border=True, key="card"):
        if kind == PAPER:
            _paper(node)
        elif kind in CONCEPTS:
            _concept(graph, node)
        elif kind == IDEA:
            _idea(graph, node)
        else:
            _heading(node, kind)
        if node != centre:
            st.button(
                say("graph.open_neighbours"),
                on_click=open_node,
                args=(centre, node),
                icon=":material/add_circle:",
                key="open",
            )
            link("graph", say("graph.make_centre"), icon=":material/center_focus_strong:", node=node)
            link("graph", say("graph.path_here"), icon=":material/route:", node=centre, to=node)


def _paper(node: str) -> None:
    library = workspace().library
    paper = library.paper(node)
    st.markdown(f"**{plain(paper.title)}**")
    st.caption(plain(byline(paper.authors, paper.year, paper.venue, most=2)))
    key = library.resolve(node)
    st.markdown(chips(library.places([key]).get(key, [])))
    if paper.abstract:
        st.markdown(f":small[{plain(snippet(paper.abstract, []))}]")
    link("paper", say("graph.open_paper"), icon=":material/article:", id=node)


def _concept(graph: IdeaTable, node: str) -> None:
    known = graph.nodes[node]
    st.markdown(f"**{plain(known['title'])}**  \n{plain(known.get('zh', ''))}")
    st.markdown(f":gray-badge[{kind_name(known['kind'])}]")
    counts = count_neighbours(graph, node)
    lines = [f"- {say(f'graph.edge_{edge}')}: {count:,}" for (edge, way), count in counts.items() if way == "in"]
    st.markdown("\n".join([say("graph.by_use"), "", *lines]) if lines else say("graph.no_use"))
    link("search", say("graph.search_it"), icon=":material/search:", q=known["title"])


def _idea(graph: IdeaTable, node: str) -> None:
    st.markdown(f"**{plain(graph.nodes[node]['title'])}**")
    st.markdown(f":gray-badge[{kind_name(IDEA)}]")
    link("ideas", say("graph.open_idea"), icon=":material/lightbulb:", idea=node.removeprefix("idea:"))


def _heading(node: str, kind: str) -> None:
    key = node.split(":", 1)[1]
    heading = STRATEGIES[key] if kind == STRATEGY else directions()[key]
    st.markdown(f"**{named(heading)}**")
    above = key if kind == STRATEGY else directions()[key].strategy
    st.markdown(f":{COLOURS[above]}-badge[{kind_name(kind)}]")
    st.markdown(f":small[{plain(told(heading.about))}]")
    if kind == STRATEGY:
        link("search", say("graph.search_in"), icon=":material/search:", strategy=key, q=heading.en)


# ---- the table ---------------------------------------------------------------------------------------------------------


def _table(graph: IdeaTable, centre: str) -> None:
    counts = count_neighbours(graph, centre)
    found = neighbours(graph, centre, k=_LISTED)
    name = plain(_title(graph.nodes[centre]))
    st.subheader(say("graph.links_of", name=name, n=sum(counts.values())), anchor=False)
    if not found:
        st.caption(say("graph.no_links"))
        return
    rows = [
        {
            say("graph.link"): f"{'→' if one['way'] == 'out' else '←'} {say('graph.edge_' + one['edge'])}",
            say("graph.kind"): kind_name(one["kind"]),
            say("graph.name"): one["title"],
            say("graph.weight"): one["weight"],
            say("graph.because"): one["source"],
            say("graph.open"): _address(one),
        }
        for one in found
    ]
    columns = {
        say("graph.open"): st.column_config.LinkColumn("", display_text=say("graph.open"), width="small"),
        say("graph.name"): st.column_config.TextColumn(width="large"),
        say("graph.weight"): st.column_config.NumberColumn(format="%.2f", width="small"),
    }
    st.dataframe(rows, column_config=columns, height=min(420, 38 + 35 * len(rows)))
    if len(found) < sum(counts.values()):
        st.caption(say("graph.strongest", n=_LISTED))


def _address(one: dict[str, Any]) -> str:
    if one["kind"] == PAPER:
        return paper_address(one["id"])
    return idea_address(one["id"].removeprefix("idea:")) if one["kind"] == IDEA else node_address(one["id"])


if __name__ == "__main__":
    show()
