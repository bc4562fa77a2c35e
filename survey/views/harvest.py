"""The harvest page: what to pull from arXiv, how it goes, what it brought, and which papers it made one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from corpus import logbook
from corpus.errors import HomeError, InputError
from corpus.harvest import Request
from corpus.library import Library
from corpus.logbook import Run
from corpus.topics import Topic, load_topics
from corpus.wanted import list_wanted
from corpus.workspace import Workspace
from survey.harvesting import Harvested, run_harvest
from survey.jobs import JOBS, Job
from survey.strategies import STRATEGIES
from survey.views import harvest_text as text
from survey.views.harvest_found import show_earlier, show_merged, show_new
from survey.views.language import named, say, told
from survey.views.page import COLOURS, offer_index, ready_workspace, shown_errors, workspace
from survey.views.text import plain
from survey.views.work import failure

_RUNS = 50
_COLUMNS = 3
_FIRST_DAY = date(1991, 8, 14)  # arXiv's first paper
_SHOWN = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}
_ICONS = {"success": "check_circle", "info": "stop_circle", "warning": "warning", "error": "error"}


@shown_errors()
def show() -> None:
    st.title(say("harvest.title"), anchor=False)
    st.caption(say("harvest.about"))
    opened = workspace()
    runs, topics = logbook.runs(opened.library, _RUNS), _topics(opened)
    if refused := st.session_state.pop("refused", None):
        st.warning(refused, icon=":material/group:")
    job: Job[Harvested] | None = JOBS.find(_key(opened))
    if job and job.running:
        _watch(job, opened, topics)
    elif job:
        with shown_errors():
            _outcome(job, runs, topics)
            show_new(opened.library, runs, topics)
    busy = bool(job and job.running)
    # Folded while it runs: the page is short then, and shows the progress wherever it was scrolled to.
    with st.expander(say("harvest.what"), expanded=not busy, icon=":material/checklist:"), shown_errors():
        _form(opened, runs, busy=busy)
    if not job:
        show_new(opened.library, runs, topics)
    show_earlier(runs, topics)
    show_merged(opened.library)


def _key(opened: Workspace) -> str:
    return str(opened.home.root)


def _topics(opened: Workspace) -> dict[str, Topic]:
    """The topics by key; without the user's own where their file is broken, which the form tells."""
    try:
        return load_topics(opened.home.topics)
    except InputError:
        return load_topics()


# ---- the form ----------------------------------------------------------------------------------------------------------


def _form(opened: Workspace, runs: Sequence[Run], *, busy: bool) -> None:
    topics = load_topics(opened.home.topics)
    picked = _pick(opened, topics, runs)
    wanted = list_wanted(opened.library)
    query, ids, since, limit = st.columns([3, 3, 2, 2])
    words = query.text_input(say("harvest.query"), key="harvest-query", placeholder=say("harvest.query_for_example"))
    given = ids.text_input(say("harvest.ids"), key="harvest-ids", placeholder="2106.09685, 1902.00751")
    day = since.date_input(say("harvest.since"), None, min_value=_FIRST_DAY, max_value="today", key="harvest-since")
    most = limit.number_input(say("harvest.most"), 1, 30_000, 200, step=100, key="harvest-most")
    with st.container(horizontal=True):
        index = st.toggle(say("import.index"), value=True, key="harvest-index", help=say("harvest.index_means"))
        citations = st.toggle(say("harvest.citations"), key="harvest-citations", help=say("harvest.citations_mean"))
        notes = bool(wanted) and st.toggle(say("harvest.wanted", n=len(wanted)), key="harvest-wanted")
    request = text.read_request(
        picked,
        query=words or "",
        ids=given or "",
        since=day,
        limit=int(most),
        wanted=notes,
        citations=citations,
    )
    empty = text.is_empty(request)
    with st.container(horizontal=True, vertical_alignment="center"):
        # A press on a button that was drawn before another tab's harvest began would be lost if it were drawn dead now.
        known = st.session_state.get("harvest-busy", busy)
        st.session_state["harvest-busy"] = busy
        dead = empty or (busy and known)
        if st.button(
            say("harvest.start"), type="primary", icon=":material/download:", disabled=dead, key="harvest-start"
        ):
            _start(request, index)
        if busy:
            st.caption(say("harvest.one_at_a_time"))
        elif empty:
            st.caption(say("harvest.pick_first"))
        else:
            st.caption(text.cost(request, len(wanted), index))


def _pick(opened: Workspace, topics: Mapping[str, Topic], runs: Sequence[Run]) -> list[Topic]:
    """The topics with a mark, at first those of the last harvest."""
    found = logbook.counts_by_topic(opened.library)
    last = text.last_asked(runs, found)
    before = runs[0].request.get("topics", ()) if runs else ()
    for key in topics:
        st.session_state.setdefault(f"topic-{key}", key in before)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("harvest.all_topics"),
            on_click=_mark,
            args=(list(topics), True),
            key="harvest-all",
            icon=":material/select_all:",
        )
        st.button(
            say("harvest.clear"),
            on_click=_mark,
            args=(list(topics), False),
            key="harvest-clear",
            icon=":material/deselect:",
        )
        st.caption(say("harvest.own_topics", file=plain(str(opened.home.topics))))
    groups = {
        key: [topic for topic in topics.values() if topic.strategy == key]
        for key in STRATEGIES
        if any(topic.strategy == key for topic in topics.values())
    }
    for column, keys in zip(st.columns(_COLUMNS), text.side_by_side(groups, _COLUMNS), strict=True):
        for key in keys:
            with column.container(gap="xsmall"):
                st.markdown(f":{COLOURS[key]}[**{named(STRATEGIES[key])}**]")
                for topic in groups[key]:
                    count = found.get(topic.key, (0, ""))[0]
                    st.checkbox(text.topic_label(topic, count, last.get(topic.key, "")), key=f"topic-{topic.key}")
    return [topic for key, topic in topics.items() if st.session_state[f"topic-{key}"]]


def _mark(keys: Sequence[str], on: bool) -> None:
    for key in keys:
        st.session_state[f"topic-{key}"] = on


def _start(request: Request, index: bool) -> None:
    """Begin, and draw the page anew; where another tab was quicker, that is told there."""
    opened = ready_workspace()

    def work(job: Job[Harvested]) -> Harvested:
        try:
            if index:  # before anything is fetched: a model that cannot be had is told at once
                job.progress(text.LOADING, 0, 1)
                opened.embedder()
                job.progress(text.LOADING, 1, 1)
            return run_harvest(opened, request, index=index, sleep=job.sleep, tell=job.tell, progress=job.progress)
        finally:
            opened.library.close()

    try:
        JOBS.start(_key(opened), work, text.plan_of(request, index))
    except HomeError as error:
        st.session_state["refused"] = failure(error)
    st.session_state["harvest-busy"] = True
    st.rerun()


# ---- under way, and its end --------------------------------------------------------------------------------------------


def _draw_job(job: Job[Harvested], opened: Workspace, topics: Mapping[str, Topic]) -> None:
    """How the running harvest stands."""
    if not job.running:
        st.rerun()
    with shown_errors(), st.container(border=True, key="running"):
        new = len(_brought(opened.library, logbook.runs(opened.library, 1), job))
        view = text.describe(job.steps, job.plan, topics, new, time.monotonic())
        st.progress(view.part, view.doing)
        waits = text.wait_told(*job.waiting)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                say("work.stopping") if job.stopping else say("work.stop"),
                on_click=job.stop,
                disabled=job.stopping,
                icon=":material/stop_circle:",
                key="harvest-stop",
            )
            st.caption(waits or view.so_far)


# Drawn anew every second, by itself. Called as a function, for the decorator has no types.
_watch: Callable[[Job[Harvested], Workspace, Mapping[str, Topic]], None] = st.fragment(_draw_job, run_every=1.0)


def _brought(library: Library, runs: Sequence[Run], job: Job[Harvested]) -> list[int]:
    run = _run_of(job, runs)
    return logbook.found_in(library, run.number) if run else []


def _run_of(job: Job[Harvested], runs: Sequence[Run]) -> Run | None:
    """The job's own harvest in the logbook: the last one, if it began after the job."""
    return runs[0] if runs and runs[0].started >= job.started else None


def _outcome(job: Job[Harvested], runs: Sequence[Run], topics: Mapping[str, Topic]) -> None:
    run = _run_of(job, runs)
    report = job.result.report if job.result else run.report if run else None
    kind, verdict = text.verdict(stopped=job.stopped, error=job.error, report=report, whole=job.result is not None)
    _SHOWN[kind](verdict, icon=f":material/{_ICONS[kind]}:")
    if report is None:
        return
    embedded = job.result.embedded if job.result else None
    st.markdown("  \n".join(text.told_counts(report, embedded)))
    if report.skipped:
        with st.expander(say("import.skipped", n=len(report.skipped))):
            where, why = say("import.where"), say("import.why")
            st.dataframe([{where: one.where, why: told(one.why)} for one in report.skipped], hide_index=True)
    if len(report.topics) > 1:
        with st.expander(say("harvest.by_topic")):
            st.dataframe(text.topic_rows(report, topics), hide_index=True)
    if embedded is None and (report.new or report.updated or report.merged):
        st.caption(say("import.not_indexed"))
        offer_index()


if __name__ == "__main__":
    show()
