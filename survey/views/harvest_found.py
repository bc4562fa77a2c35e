"""What harvests have brought: the new papers of one, the earlier ones, and which papers were made one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from corpus import logbook
from corpus.library import Library
from corpus.logbook import Run
from corpus.merges import Merge, list_merges, undo_merge
from corpus.topics import Topic
from survey.views import harvest_text as text
from survey.views.language import say
from survey.views.moments import when
from survey.views.page import link
from survey.views.text import byline, plain

_STEP = 20
_MERGES = 20


def show_new(library: Library, runs: Sequence[Run], topics: Mapping[str, Topic]) -> None:
    if not runs:
        return
    st.subheader(say("harvest.new"), anchor=False)
    shown = _chosen_run(runs)
    found = logbook.found_in(library, shown.number)
    if not found:
        st.caption(say("harvest.nothing_new", when=when(shown.started)))
        return
    groups = {"": found} | text.by_topic(
        found, {key: logbook.found_by(library, key) for key in _topics_of(library, topics)}
    )
    chosen = ""
    if len(groups) > 2:
        names = {key: text.topic_name(key, topics) if key else say("harvest.all") for key in groups}
        chosen = (
            st.pills(
                say("harvest.topic"),
                list(groups),
                format_func=lambda key: f"{plain(names[key])} · {len(groups[key]):,}",
                default="",
                key=f"shown-topic-{shown.number}",
                label_visibility="collapsed",
            )
            or ""
        )
    count = st.session_state.get(f"shown-{shown.number}", _STEP)
    with st.container(gap="xsmall", key="new"):
        for paper in library.papers(groups[chosen][:count]):
            about = " · ".join(filter(None, (paper.published, byline(paper.authors, None, paper.venue, most=3))))
            link("paper", f"{plain(paper.title)} :small[:gray[{plain(about)}]]", id=paper.name)
    if len(groups[chosen]) > count and st.button(say("search.more"), icon=":material/expand_more:", key="more"):
        st.session_state[f"shown-{shown.number}"] = count + 5 * _STEP
        st.rerun()


def _chosen_run(runs: Sequence[Run]) -> Run:
    """The last harvest, or an earlier one that brought something, if it is chosen."""
    worth = [run for run in runs if run is runs[0] or (run.report and run.report.new)]
    if len(worth) == 1:
        return worth[0]
    chosen: Run = st.selectbox(
        say("harvest.run"),
        worth,
        format_func=lambda run: f"{when(run.started)} · {say('import.new', n=run.report.new) if run.report else ''}",
        key=f"shown-run-{runs[0].number}",  # a new harvest is shown, whatever was chosen before it
        width=320,
        label_visibility="collapsed",
    )
    return chosen


def _topics_of(library: Library, topics: Mapping[str, Topic]) -> list[str]:
    """The topics that have found anything, those of the table first."""
    found = logbook.counts_by_topic(library)
    return [key for key in [*topics, *(key for key in found if key not in topics)] if key in found]


def show_earlier(runs: Sequence[Run], topics: Mapping[str, Topic]) -> None:
    if runs:
        with st.expander(say("harvest.earlier")):
            st.dataframe(text.run_rows(runs, topics), hide_index=True)


def show_merged(library: Library) -> None:
    if undone := st.session_state.pop("undone", None):
        st.success(undone, icon=":material/call_split:")
    merges = list_merges(library, _MERGES)
    if not merges:
        return
    with st.expander(say("harvest.merged"), expanded=bool(undone)):
        st.caption(say("harvest.merged_means"))
        for merge in merges:
            _draw_merge(library, merge)


def _draw_merge(library: Library, merge: Merge) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap="xsmall", width="stretch"):
            link("paper", plain(merge.title), id=merge.paper_id)
            st.caption(text.told_merge(merge))
        if st.button(say("harvest.undo"), key=f"undo-{merge.number}", icon=":material/call_split:"):
            first, second = undo_merge(library, merge.number)
            st.session_state["undone"] = say("harvest.undone", first=plain(first), second=plain(second))
            st.rerun()
