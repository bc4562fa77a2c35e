"""The library: what it holds, what its index waits for, files to take in, the disk, and what the machine lacks."""

from __future__ import annotations

from typing import Any

import streamlit as st

from corpus.workspace import Workspace
from survey.health import Check, check_machine
from survey.holdings_report import Counts, Holdings, count_drafts, count_probes, disk_use, latest_holdings
from survey.jobs import Job
from survey.strategies import STRATEGIES
from survey.views.language import named, say, told
from survey.views.library_import import show_import
from survey.views.page import (
    index_work,
    link,
    ready_workspace,
    require_papers,
    shown_errors,
    start_index,
    starter_work,
    workspace,
)
from survey.views.text import message, plain
from survey.views.work import ended, start, under_way

_HEIGHT = 360  # less, and every second venue would lose its name
_LITTLE = 50_000  # bytes; less is told as 0.0 MB
_SOON = 0.6  # seconds within which the counts are waited for


@shown_errors()
def show() -> None:
    st.title(say("library.title"), anchor=False)
    opened = workspace()
    st.caption(say("library.home", home=plain(str(opened.home.root))))
    with shown_errors():
        _contents(opened)
    _disk(opened)
    _doctor(opened)


def _contents(opened: Workspace) -> None:
    holdings = _counted(opened)
    _numbers(opened, holdings)
    if holdings.papers:
        _pictures(holdings)
        _sources(holdings)
    busy = False
    with shown_errors():
        busy = _index(opened)
    show_import(opened)
    if not holdings.papers and not busy:
        require_papers()


def _counted(opened: Workspace) -> Holdings:
    """The newest counts; where they take longer than a moment, those from before, and a word that says so."""
    with st.spinner(say("library.counting_first")):
        holdings, fresh = latest_holdings(opened, _SOON)
    if not fresh:
        _await_counts(opened, holdings.revision)
    return holdings


def _draw_wait(opened: Workspace, revision: int) -> None:
    holdings, fresh = latest_holdings(opened, 0.0)
    if fresh or holdings.revision != revision:
        st.rerun()
    st.caption(say("library.counting"))


_await_counts: Any = st.fragment(_draw_wait, run_every=2.0)


# ---- numbers and pictures ----------------------------------------------------------------------------------------------


def _numbers(opened: Workspace, holdings: Holdings) -> None:
    figures = {
        "papers": holdings.papers,
        "abstracts": holdings.with_abstract,
        "citations": holdings.citations,
        "concepts": sum(count for _, count in holdings.concepts),
        "ideas": sum(count for _, count in holdings.ideas),
        "drafts": count_drafts(opened.home),
        "probes": count_probes(opened.home),
        "notes": holdings.notes,
    }
    with st.container(horizontal=True, gap="large", key="numbers"):
        for name, count in figures.items():
            st.metric(say(f"library.{name}"), f"{count:,}", width="content")
    details = [
        say(f"library.{name}", n=count)
        for name, count in (
            ("of_concepts", dict(holdings.concepts).get("method", 0)),
            ("of_tasks", dict(holdings.concepts).get("task", 0)),
            ("of_datasets", dict(holdings.concepts).get("dataset", 0)),
            ("full_texts", holdings.full_texts),
            ("similar", holdings.similar_pairs),
            ("tagged", holdings.tagged),
            ("merged", holdings.merges),
            ("unlinked", holdings.citations_kept - holdings.citations),
        )
        if count
    ]
    if details:
        st.caption(" · ".join(details))


def _pictures(holdings: Holdings) -> None:
    years, venues, strategies = st.columns([4, 3, 3], gap="medium")
    with years:
        st.subheader(say("library.by_year"), anchor=False)
        _bars(holdings.years, say("library.year"), height=_HEIGHT)
    with venues:
        st.subheader(say("library.by_venue"), anchor=False)
        more = ((say("library.other_venues"), holdings.other_venues),) if holdings.other_venues else ()
        _bars((*holdings.venues, *more), say("library.venue"), across=True, height=_HEIGHT)
    with strategies:
        st.subheader(say("library.by_strategy"), anchor=False)
        by_key = dict(holdings.strategies)
        _bars(
            tuple((named(one), by_key.get(key, 0)) for key, one in STRATEGIES.items()),
            say("library.strategy"),
            across=True,
            height=_HEIGHT,
        )
        for key, one in STRATEGIES.items():
            link("graph", named(one), icon=":material/hub:", node=f"strategy:{key}")


def _bars(counts: Counts, what: str, *, height: int, across: bool = False) -> None:
    papers = say("library.papers")
    if not counts:
        st.caption(say("library.none"))
        return
    rows = [{what: name, papers: count} for name, count in counts]
    if not across:
        st.bar_chart(rows, x=what, y=papers, x_label="", y_label="", sort=False, height=height)
        return
    # Streamlit's own chart cuts names at 180 pixels or less, however wide it is.
    name = {"field": what, "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}}
    count = {"field": papers, "type": "quantitative", "title": None}
    tips = [{"field": what, "type": "nominal"}, {"field": papers, "type": "quantitative", "format": ","}]
    spec = {"mark": "bar", "height": height, "encoding": {"y": name, "x": count, "tooltip": tips}}
    st.vega_lite_chart(rows, spec, width="stretch")


def _sources(holdings: Holdings) -> None:
    with st.expander(say("library.sources")):
        st.dataframe(
            [{say("library.source"): name, say("library.papers"): count} for name, count in holdings.sources],
            hide_index=True,
        )


# ---- the index ---------------------------------------------------------------------------------------------------------


def _index(opened: Workspace) -> bool:
    """How the index stands; says whether it is being brought up to date."""
    st.subheader(say("library.index"), anchor=False)
    if under_way(starter_work(opened)) or under_way(index_work(opened)):
        return True
    if report := ended(index_work(opened)):
        st.success(say("library.indexed", n=report.embedded), icon=":material/check_circle:")
    ready = ready_workspace()
    vectors = ready.index.count()
    papers = opened.library.count()  # as it stands now; the other counts may be from before
    waiting = max(0, papers - vectors)
    model = plain(ready.index.model() or say("library.no_model"))
    with st.container(horizontal=True, vertical_alignment="center"):
        if waiting:
            st.markdown(f":orange[:material/pending:] {say('library.waiting', n=waiting)}", width="content")
        else:
            st.markdown(f":green[:material/check_circle:] {say('library.ready')}", width="content")
        if papers and st.button(
            say("library.index_now"),
            type="primary" if waiting else "secondary",
            key="index_library",
            icon=":material/sync:",
        ):
            start_index()
    st.caption(say("library.vectors", n=vectors, model=model))
    return False


# ---- disk and machine --------------------------------------------------------------------------------------------------


def _disk(opened: Workspace) -> None:
    st.subheader(say("library.disk"), anchor=False)
    parts = disk_use(opened.home)
    if not parts:
        st.caption(say("library.none"))
        return
    most = max(size for _, size in parts) / 1e6
    st.dataframe(
        [
            {say("library.part"): say(f"library.part_{name}"), "MB": round(size / 1e6, 1), "": size / 1e6 / most}
            for name, size in parts
            if size >= _LITTLE
        ],
        column_config={
            "": st.column_config.ProgressColumn(format=" ", max_value=1.0),
            "MB": st.column_config.NumberColumn(format="localized"),
        },
        hide_index=True,
        width=560,
    )


def _doctor(opened: Workspace) -> None:
    st.subheader(say("library.machine"), anchor=False)
    key = f"doctor {opened.home.root}"
    if under_way(key):
        return
    if checks := ended(key):
        for check in checks:
            _finding(check)
    # Behind a button: looking for a GPU imports torch, which takes seconds and some hundred megabytes.
    if st.button(say("library.check"), icon=":material/stethoscope:", key="check_machine"):
        ready = ready_workspace()

        def look(job: Job[list[Check]]) -> list[Check]:
            found: list[Check] = []
            try:
                job.progress("Checking this machine", 0, 1)
                for check in check_machine(ready):
                    found.append(check)
                    job.progress("Checking this machine", 0, 1)
                return found
            finally:
                ready.library.close()

        start(key, look)


def _finding(check: Check) -> None:
    colour, icon = ("green", "check_circle") if check.ok else ("red" if check.needed else "orange", "error")
    remedy = "" if check.ok or not check.remedy else say("library.remedy", remedy=message(told(check.remedy)))
    st.markdown(f":{colour}[:material/{icon}:] **{plain(told(check.name))}** {message(told(check.found))} {remedy}")


if __name__ == "__main__":
    show()
