"""One run of the bench: its table, what it says, its picture, its files, and another run beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from corpus.errors import FourwaysError
from corpus.home import Home
from corpus.ideas import kept_idea
from corpus.workspace import Workspace
from survey.bench.record import Run
from survey.bench.report import build_comparison, build_notes, find_verdicts, render_differences, render_markdown
from survey.bench.results import check_comparable, delete_run, dump_run, load_run, load_runs, runs_of_idea
from survey.own_texts import task_name
from survey.views import probes_text as text
from survey.views.language import say, told
from survey.views.moments import when
from survey.views.page import keep_in_address, link, preset
from survey.views.text import plain, shortened

# Runs to choose from, and those that stand with their idea.
_MOST_COMPARED, _MOST_OF_IDEA = 200, 10


def show_run(opened: Workspace, key: str, other: str | None) -> None:
    """Draw the run of this id, and `other` beside it if it is named. Raises InputError where there is none."""
    run = load_run(opened.home, key)
    st.header(plain(text.task_label(run.task, run.title)), anchor=False)
    _about(opened, run)
    _results(run)
    _downloads(run)
    _picture(run)
    _compare(opened, run, other)
    _delete(opened, run)


def show_outcome(opened: Workspace, run: Run) -> None:
    """What the last run came to, with the way to its own page."""
    if run.interrupted:
        st.info(say("probes.was_stopped"), icon=":material/stop_circle:")
    else:
        st.success(say("probes.done"), icon=":material/check_circle:")
    with st.container(border=True, key="probe-outcome"):
        st.subheader(plain(text.task_label(run.task, run.title)), anchor=False)
        _results(run)
        link("probes", say("probes.open"), icon=":material/open_in_new:", run=run.id)
        _picture(run)


def run_row(run: Run) -> None:
    """A run in a list of them."""
    with st.container(gap=None, key=f"run-{run.id}"):
        label = f"**{plain(task_name(run.task))}** {plain(text.tried_text(run))}"
        link("probes", label, run=run.id)
        mark = f":orange-badge[{say('probes.cut')}] " if run.interrupted else ""
        facts = [when(run.made), say("probes.seeds_count", n=run.seeds), text.best_text(run)]
        st.caption(mark + plain(" · ".join(filter(None, facts))))


def _about(opened: Workspace, run: Run) -> None:
    mark = f":orange-badge[{say('probes.cut')}]" if run.interrupted else ""
    st.caption(" · ".join(filter(None, [plain(when(run.made)), plain(run.id), mark])))
    if not run.idea:
        return
    try:
        statement = shortened(kept_idea(opened.library, run.idea).idea.statement, 200)
    except FourwaysError:
        st.caption(say("probes.for_lost_idea", key=plain(run.idea)))
        return
    link("ideas", say("probes.for_idea", idea=statement), icon=":material/lightbulb:", idea=run.idea)


def _results(run: Run) -> None:
    with st.container(key=f"probe-table-{run.id}"):
        st.table(text.table_of(run), border="horizontal", hide_index=True, alt=plain(run.title))
    st.caption(say("probes.legend"))
    lines = [text.verdict_text(one) for one in find_verdicts(run)]
    if lines:
        st.markdown("\n".join(f"- {line}" for line in lines))
    if notes := build_notes(run):
        st.markdown("\n".join(f"- :gray[{plain(told(note))}]" for note in notes))
    st.caption(say("probes.made", how=text.setting_text(run)))


def _picture(run: Run) -> None:
    """After all else of a run: the first one waits a second or more for matplotlib."""
    from survey.bench.picture import in_dark

    if not any(row.count.get("total") and row.outcomes for row in run.rows):
        return  # nothing was trained: there is nothing to draw it against
    svg = _drawn(dump_run(run))
    shown = in_dark(svg) if st.context.theme.type == "dark" else svg
    about = say("probes.picture", measure=plain(told(run.measures[0].name)))
    with st.container(width=760):  # or as narrow as the screen
        st.image(shown[shown.index("<svg") :], caption=about, width="stretch", alt=about)


def _draw(dumped: str) -> str:
    from survey.bench.picture import render_picture
    from survey.bench.results import read_run

    return render_picture(read_run(dumped))


_drawn: Callable[[str], str] = st.cache_data(show_spinner=False, max_entries=50)(_draw)


def _downloads(run: Run) -> None:
    files: list[tuple[str, str, str, Callable[[], str]]] = [
        (say("probes.json"), f"{run.id}.json", "application/json", partial(dump_run, run)),
        (say("probes.markdown"), f"{run.id}.md", "text/markdown", partial(render_markdown, run)),
        (say("probes.svg"), f"{run.id}.svg", "image/svg+xml", lambda: _drawn(dump_run(run))),
    ]
    with st.container(horizontal=True):
        for label, name, mime, make in files:
            suffix = name.rpartition(".")[2]
            st.download_button(
                label, make, name, mime, on_click="ignore", icon=":material/download:", key=f"probe-{suffix}"
            )


# ---- beside another ----------------------------------------------------------------------------------------------------


def _compare(opened: Workspace, run: Run, other: str | None) -> None:
    st.subheader(say("probes.compare"), anchor=False)
    others = {one.id: one for one in load_runs(opened.home, run.task)[:_MOST_COMPARED] if one.id != run.id}
    if other and other not in others:
        named = load_run(opened.home, other)
        check_comparable([run, named])
        others[named.id] = named
    if not others:
        st.caption(say("probes.no_other"))
        return
    preset("probe-with", other if other in others else None)
    st.selectbox(
        say("probes.compare_with"),
        list(others),
        format_func=lambda key: f"{when(others[key].made)} · {text.tried_text(others[key])}",
        key="probe-with",
        index=None,
        placeholder=say("probes.choose_run"),
        on_change=keep_in_address,
        args=("with", "probe-with"),
    )
    if other in others:
        _side_by_side(run, others[str(other)])


def _side_by_side(run: Run, other: Run) -> None:
    table = build_comparison([run, other])
    names = [say("probes.method"), *(plain(f"{when(one.made)} · {one.id}") for one in (run, other))]
    columns = [list(map(plain, column)) for column in zip(*table.rows, strict=True)]
    st.caption(say("probes.compared", measure=plain(told(run.measures[0].name))))
    with st.container(key="probe-compared"):
        st.table(dict(zip(names, columns, strict=True)), border="horizontal", hide_index=True)
    link("probes", say("probes.open_other"), icon=":material/open_in_new:", run=other.id)
    st.markdown("\n".join(f"- {plain(told(line))}" for line in render_differences([run, other])))


def _delete(opened: Workspace, run: Run) -> None:
    with st.popover(say("probes.delete"), icon=":material/delete:"):
        st.markdown(say("probes.for_good"))
        if st.button(say("probes.delete_it"), key="delete-run", type="primary"):
            delete_run(opened.home, run.id)
            st.query_params.clear()
            st.rerun()


# ---- on an idea's page -------------------------------------------------------------------------------------------------


def show_probes_of(home: Home, idea: str) -> None:
    """The way to try an idea on the bench, and the runs that were made for it."""
    link("probes", say("probes.try"), icon=":material/science:", idea=idea)
    runs = runs_of_idea(home, idea)
    for run in runs[:_MOST_OF_IDEA]:
        run_row(run)
    if len(runs) > _MOST_OF_IDEA:
        st.caption(say("probes.more_of_idea", n=len(runs) - _MOST_OF_IDEA))
