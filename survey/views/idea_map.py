"""The map of gaps as a heat map: the methods of a topic (`?topic=`) against its tasks."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from corpus.concepts import concept, mentions_of
from corpus.errors import shorten
from survey.ideas.mapping import Gap, IdeaMap, render_csv, topic_map
from survey.ideas.picture import render_picture
from survey.views.language import say
from survey.views.page import keep_in_address, link, preset, ready_workspace
from survey.views.text import plain

_CELL = 34
_LISTED, _PAPERS = 12, 8
# Colours on the light page and on the dark one: of few and many papers, what is written on either, what is between cells, and a
# gap's ground, frame and word. From the share `deep` of the most on a cell counts as many: there both words have a contrast of 4.5.
_LOOKS: dict[str, dict[str, Any]] = {
    "light": {
        "few": "#f0f5fc",
        "many": "#17408b",
        "deep": 0.49,
        "on_few": "#000000",
        "on_many": "#ffffff",
        "page": "#ffffff",
        "gap": "#fff4ec",
        "frame": "#b3420f",
        "word": "#8a2b06",
    },
    "dark": {
        "few": "#1d2639",
        "many": "#9db9ff",
        "deep": 0.286,
        "on_few": "#ffffff",
        "on_many": "#000000",
        "page": "#12161f",
        "gap": "#33190b",
        "frame": "#ff9f5a",
        "word": "#ffc79c",
    },
}


def show_map() -> None:
    """Draw the map of the topic in the address, or of the whole library. Raises what `topic_map` raises."""
    preset("map-topic", st.query_params.get("topic", ""))
    st.text_input(
        say("map.topic"),
        key="map-topic",
        placeholder=say("map.topic_for_example"),
        on_change=keep_in_address,
        args=("topic", "map-topic"),
        width=640,
    )
    found = _find(st.query_params.get("topic", "").strip())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            say("map.csv"),
            render_csv(found),
            "map.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="map-csv",
        )
        st.download_button(
            say("map.picture"),
            render_picture(found),
            "map.svg",
            "image/svg+xml",
            on_click="ignore",
            icon=":material/image:",
            key="map-svg",
        )
        st.caption(say("map.legend", n=found.papers, gap=say("map.gap")))
    picked = _draw(found)
    if picked is not None:
        _cell(found, *picked)
    _gaps(found)


def _find(topic: str) -> IdeaMap:
    """The map, kept while topic and library stay: a click on a cell draws the page anew."""
    opened = ready_workspace()
    state = (str(opened.home.root), topic, opened.library.revision())
    kept = st.session_state.get("map")
    if kept is None or kept[0] != state:
        with st.spinner(say("map.drawing")):
            kept = st.session_state["map"] = (state, topic_map(opened, topic or None))
    found: IdeaMap = kept[1]
    return found


def _draw(found: IdeaMap) -> tuple[int, int] | None:
    """The heat map; returns the row and column of the cell that was clicked."""
    marks = found.marks()
    rows = []
    for number, row in enumerate(found.rows):
        for place, column in enumerate(found.columns):
            gap, count = marks.get((number, place)), found.counts[number][place]
            rows.append(
                {
                    "row": number,
                    "column": place,
                    "method": row.name,
                    "task": column.name,
                    "papers": count,
                    "here": _told(count, gap),
                    "mark": str(count) if count else _mark(gap),
                    "gap": gap is not None and gap.where == "library",
                }
            )
    with st.container(key="map-chart"):  # scrolls sideways where the screen is narrow
        chart = st.vega_lite_chart(
            rows,
            _spec(found, _LOOKS["dark" if st.context.theme.type == "dark" else "light"]),
            key=f"map-{found.topic}",
            on_select="rerun",
            selection_mode="cell",
            width="content",
        )
    chosen: Any = chart.get("selection", {}).get("cell") or []
    if not chosen:
        return None
    number, place = chosen[0].get("row"), chosen[0].get("column")
    inside = isinstance(number, int) and isinstance(place, int)
    return (number, place) if inside and number < len(found.rows) and place < len(found.columns) else None


def _mark(gap: Gap | None) -> str:
    return "" if gap is None else say("map.gap") if gap.where == "library" else "–"


def _told(count: int, gap: Gap | None) -> str:
    if gap is None:
        return say("map.both" if count else "map.few")
    if gap.where == "library":
        return say("map.none_at_all", expected=gap.expected)
    return say("map.none_here", n=gap.elsewhere)


def _spec(found: IdeaMap, look: dict[str, Any]) -> dict[str, Any]:
    """Vega-Lite: shaded cells, frames around gaps, and what stands in each. Labels come from the names by number, for two concepts
    may share a name.
    """
    methods = [f"{row.name} ({row.papers:,})" for row in found.rows]
    tasks = [f"{column.name} ({column.papers:,})" for column in found.columns]
    most = max((count for line in found.counts for count in line), default=0)
    deep = {"test": f"datum.papers > {most * look['deep']}", "value": look["on_many"]}
    tips = [{"field": field, "title": say(f"map.{field}")} for field in ("method", "task", "papers")]
    tips.append({"field": "here", "title": " "})
    return {
        "width": {"step": _CELL},
        "height": {"step": _CELL},
        "encoding": {
            "x": {
                "field": "column",
                "type": "ordinal",
                "axis": _axis(tasks) | {"orient": "top", "labelAngle": -45},
            },
            "y": {"field": "row", "type": "ordinal", "axis": _axis(methods)},
            "tooltip": tips,
        },
        "layer": [
            {
                "params": [{"name": "cell", "select": {"type": "point", "fields": ["row", "column"]}}],
                "mark": {"type": "rect", "stroke": look["page"], "strokeWidth": 2, "cursor": "pointer"},
                "encoding": {
                    "color": {
                        "field": "papers",
                        "type": "quantitative",
                        "scale": {"type": "sqrt", "range": [look["few"], look["many"]], "domain": [0, max(1, most)]},
                        "legend": None,
                    }
                },
            },
            {
                "transform": [{"filter": "datum.gap"}],
                "mark": {
                    "type": "rect",
                    "fill": look["gap"],
                    "stroke": look["frame"],
                    "strokeWidth": 2,
                    "width": _CELL - 4,
                    "height": _CELL - 4,
                    "tooltip": True,
                    "interactive": False,
                },
            },
            {
                "mark": {"type": "text", "fontSize": 12, "interactive": False},
                "encoding": {
                    "text": {"field": "mark"},
                    "color": {
                        "condition": [{"test": "datum.gap", "value": look["word"]}, deep],
                        "value": look["on_few"],
                    },
                },
            },
        ],
        "config": {"view": {"stroke": None}},
    }


def _axis(labels: list[str]) -> dict[str, Any]:
    # Vega reads a JSON array as it reads JavaScript's; the names stand in it as strings and nothing else.
    names = json.dumps(labels, ensure_ascii=True)
    return {
        "title": None,
        "labelExpr": f"{names}[datum.value]",
        "labelLimit": 240,
        "labelOverlap": False,
        "ticks": False,
        "domain": False,
    }


def _cell(found: IdeaMap, number: int, place: int) -> None:
    """What is behind a cell: its papers, or, of a gap, papers of either side."""
    row, column = found.rows[number], found.columns[place]
    with st.container(border=True, key="map-cell"):
        st.subheader(f"{plain(row.name)} + {plain(column.name)}", anchor=False)
        library = ready_workspace().library
        speak = {axis.key: _holders(axis.key) for axis in (row, column)}
        both = [key for key in speak[row.key] if key in set(speak[column.key])]
        if both:
            st.caption(say("map.papers_of_both", n=len(both)))
            for paper in library.papers(both[:_PAPERS]):
                link("paper", f"{plain(paper.title)} :gray[{paper.year or ''}]", id=paper.name)
        else:
            st.caption(say("map.of_either"))
            for axis in (row, column):
                st.markdown(f"**{plain(axis.name)}**")
                for paper in library.papers(speak[axis.key][: _PAPERS // 2]):
                    link("paper", f"{plain(paper.title)} :gray[{paper.year or ''}]", id=paper.name)
        with st.container(horizontal=True, vertical_alignment="center"):
            for axis in (row, column):
                link("graph", say("map.in_graph", name=plain(axis.name)), icon=":material/hub:", node=axis.key)
            if st.button(say("map.keep"), icon=":material/lightbulb:", key="keep-cell"):
                from survey.ideas.proposing import add_own

                statement = say("map.statement", method=shorten(row.name, 200), task=shorten(column.name, 200))
                kept = add_own(ready_workspace(), statement)
                st.query_params.clear()
                st.query_params["idea"] = kept.idea.key
                st.rerun()


def _holders(key: str) -> list[int]:
    """The papers that speak of a concept, the surest first."""
    library = ready_workspace().library
    return list(dict.fromkeys(one.paper for one in mentions_of(library, concept(library, key))))


def _gaps(found: IdeaMap) -> None:
    gaps = [gap for gap in found.gaps if gap.where == "library"]
    st.subheader(say("map.gaps", n=len(gaps)), anchor=False)
    if not gaps:
        st.caption(say("map.no_gap"))
        return
    known = {axis.key: axis for axis in (*found.rows, *found.columns)}
    st.dataframe(
        [
            {
                say("map.method"): known[gap.method].name,
                say("map.papers"): known[gap.method].papers,
                say("map.task"): known[gap.task].name,
                say("map.papers_on_it"): known[gap.task].papers,
                say("map.by_chance"): gap.expected,
            }
            for gap in gaps
        ],
        column_config={
            say("map.by_chance"): st.column_config.NumberColumn(format="%.1f", help=say("map.by_chance_means"))
        },
        height=min(420, 38 + 35 * min(_LISTED, len(gaps))),
        hide_index=True,
    )
