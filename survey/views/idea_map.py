"""The map of gaps as a heat map: the methods of a topic (`?topic=`) against its tasks."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from corpus.concepts import concept, mentions_of
from corpus.errors import shorten
from survey.ideas.mapping import Gap, IdeaMap, render_csv, topic_map
from survey.ideas.picture import render_picture
from survey.views.page import link, ready_workspace
from survey.views.text import plain

_CELL = 34
_LISTED, _PAPERS = 12, 8


def show_map() -> None:
    """Draw the map of the topic in the address, or of the whole library. Raises what `topic_map` raises."""
    st.session_state["map-topic"] = st.query_params.get("topic", "")
    st.text_input(
        "Topic",
        key="map-topic",
        placeholder="adapters for video; empty: the whole library",
        on_change=_to_address,
        width=640,
    )
    found = _find(st.query_params.get("topic", "").strip())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "CSV",
            render_csv(found),
            "map.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="map-csv",
        )
        st.download_button(
            "Picture",
            render_picture(found),
            "map.svg",
            "image/svg+xml",
            on_click="ignore",
            icon=":material/image:",
            key="map-svg",
        )
        st.caption(
            f"{found.papers:,} papers. A number: papers that speak of both. **gap**: no paper in the library does."
            " **–**: none here, but others do. Click a cell to see its papers."
        )
    picked = _draw(found)
    if picked is not None:
        _cell(found, *picked)
    _gaps(found)


def _to_address() -> None:
    if topic := st.session_state["map-topic"].strip():
        st.query_params["topic"] = topic
    else:
        st.query_params.pop("topic", None)


def _find(topic: str) -> IdeaMap:
    """The map, kept while topic and library stay: a click on a cell draws the page anew."""
    opened = ready_workspace()
    state = (str(opened.home.root), topic, opened.library.revision())
    kept = st.session_state.get("map")
    if kept is None or kept[0] != state:
        with st.spinner("Drawing the map"):
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
            _spec(found),
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
    return "" if gap is None else "gap" if gap.where == "library" else "–"


def _told(count: int, gap: Gap | None) -> str:
    if gap is None:
        return "speak of both" if count else "none, and few have either"
    by_chance = f"{gap.expected:.1f} by chance"
    return f"none in the library; {by_chance}" if gap.where == "library" else f"none here, {gap.elsewhere} elsewhere"


def _spec(found: IdeaMap) -> dict[str, Any]:
    """Vega-Lite: shaded cells, frames around gaps, and what stands in each. Labels come from the names by number, for two concepts
    may share a name.
    """
    methods = [f"{row.name} ({row.papers:,})" for row in found.rows]
    tasks = [f"{column.name} ({column.papers:,})" for column in found.columns]
    most = max((count for line in found.counts for count in line), default=0)
    dark = {"test": f"datum.papers > {most / 4}", "value": "#ffffff"}
    tips = [{"field": "method"}, {"field": "task"}, {"field": "papers"}, {"field": "here", "title": " "}]
    return {
        "width": {"step": _CELL},
        "height": {"step": _CELL},
        "encoding": {
            "x": {"field": "column", "type": "ordinal", "axis": _axis(tasks) | {"orient": "top", "labelAngle": -45}},
            "y": {"field": "row", "type": "ordinal", "axis": _axis(methods)},
            "tooltip": tips,
        },
        "layer": [
            {
                "params": [{"name": "cell", "select": {"type": "point", "fields": ["row", "column"]}}],
                "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 2, "cursor": "pointer"},
                "encoding": {
                    "color": {
                        "field": "papers",
                        "type": "quantitative",
                        "scale": {"type": "sqrt", "range": ["#f0f5fc", "#17408b"], "domain": [0, max(1, most)]},
                        "legend": None,
                    }
                },
            },
            {
                "transform": [{"filter": "datum.gap"}],
                "mark": {
                    "type": "rect",
                    "fill": "#fff4ec",
                    "stroke": "#b3420f",
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
                    "color": {"condition": [{"test": "datum.gap", "value": "#8a2b06"}, dark], "value": "#1d2433"},
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
        "labelColor": "#1d2433",
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
            st.caption(f"{len(both):,} papers of the whole library speak of both.")
            for paper in library.papers(both[:_PAPERS]):
                link("paper", f"{plain(paper.title)} :gray[{paper.year or ''}]", id=paper.name)
        else:
            st.caption("No paper of the library speaks of both. The surest of either side:")
            for axis in (row, column):
                st.markdown(f"**{plain(axis.name)}**")
                for paper in library.papers(speak[axis.key][: _PAPERS // 2]):
                    link("paper", f"{plain(paper.title)} :gray[{paper.year or ''}]", id=paper.name)
        with st.container(horizontal=True, vertical_alignment="center"):
            for axis in (row, column):
                link("graph", f"{plain(axis.name)} in the graph", icon=":material/hub:", node=axis.key)
            if st.button("Keep it as an idea", icon=":material/lightbulb:", key="keep-cell"):
                from survey.ideas.proposing import add_own

                statement = f"Try {shorten(row.name, 200)} on {shorten(column.name, 200)}."
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
    st.subheader(f"The widest gaps ({len(gaps)})", anchor=False)
    if not gaps:
        st.caption("None: every pair with papers on either side has a paper with both.")
        return
    named = {axis.key: axis for axis in (*found.rows, *found.columns)}
    st.dataframe(
        [
            {
                "method": named[gap.method].name,
                "papers": named[gap.method].papers,
                "task": named[gap.task].name,
                "papers on it": named[gap.task].papers,
                "by chance": gap.expected,
            }
            for gap in gaps
        ],
        column_config={
            "by chance": st.column_config.NumberColumn(
                format="%.1f", help="Papers with both, if neither had to do with the other."
            )
        },
        height=min(420, 38 + 35 * min(_LISTED, len(gaps))),
        hide_index=True,
    )
