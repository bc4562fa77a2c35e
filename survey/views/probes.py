"""Probes: methods of papers tried on small problems. What to try, how it goes, what came of it (`?run=` its id), earlier runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec

import streamlit as st

from corpus.errors import InputError, shorten
from corpus.home import Home
from corpus.ideas import KeptIdea, kept_idea, kept_ideas
from corpus.workspace import Workspace
from survey.bench.catalogue import Catalogue, TaskCard, load_catalogue
from survey.bench.order import Order, check_methods, read_settings
from survey.bench.record import Run
from survey.bench.results import load_runs
from survey.ideas.trying import suggest_trial
from survey.jobs import Job
from survey.own_texts import MOST_MB, TYPES, delete_table, keep_table, list_tables, task_of
from survey.probing import run_probe, standing
from survey.views import probes_text as text
from survey.views.language import say
from survey.views.page import keep_in_address, link, preset, ready_workspace, shown_errors, workspace
from survey.views.probes_run import run_row, show_outcome, show_run
from survey.views.text import plain
from survey.views.work import ended, failure, start, under_way

# Marks the user's own tables among the tasks.
_OWN = "own:"
_FIRST, _MORE = 20, 40
_SEEDS, _SECONDS = 3, 60.0


@shown_errors()
def show() -> None:
    opened = workspace()
    if key := st.query_params.get("run"):
        st.title(say("probes.one"), anchor=False)
        link("probes", say("probes.all"), icon=":material/arrow_back:")
        show_run(opened, key, st.query_params.get("with"))
        return
    st.title(say("probes.title"), anchor=False)
    st.caption(say("probes.about"))
    key = probe_work(opened.home)
    busy = under_way(key)
    if busy:
        _watch(opened.home)
    elif (run := ended(key)) is not None:
        show_outcome(opened, run)
    with st.expander(say("probes.what"), expanded=not busy, icon=":material/science:"), shown_errors():
        _form(opened, key)
    _earlier(opened)


def probe_work(home: Home) -> str:
    """What a probe in the background is called."""
    return f"probe {home.root}"


def _draw_standing(home: Home) -> None:
    """Which method is tried, and the rows that are done."""
    if (now := standing(home)) is None:
        return
    with st.container(key="probe-standing", gap="xsmall"):
        st.markdown(f"**{plain(text.task_label(now.order.task))}**")
        if now.count:
            st.caption(say("probes.row_of", method=plain(now.method), number=now.number, count=now.count))
        for row in now.rows:
            st.markdown(f"- {plain(row.method)}: {plain(row.failed or row.score)}")


# Drawn anew every second, by itself. Called as a function, for the decorator has no types.
_watch: Callable[[Home], None] = st.fragment(_draw_standing, run_every=1.0)


# ---- what to try -------------------------------------------------------------------------------------------------------


def _form(opened: Workspace, key: str) -> None:
    catalogue = load_catalogue()
    idea = _idea(opened)
    trial = suggest_trial(idea.idea, catalogue) if idea else None
    if idea:
        named = "probes.idea_named" if trial and trial.named else "probes.idea_by_move" if trial else "probes.idea_far"
        st.caption(say(named))
    name, task = _task(opened.home, catalogue, trial.task if trial else "text")
    _describe(task)
    proposed = trial.methods if trial and trial.task == name else ()
    chosen = _methods(catalogue, task, f"{name}-{idea.idea.key if idea else ''}", proposed)
    seeds, seconds, settings = st.columns([1, 1, 3])
    count = seeds.number_input(say("probes.seeds"), 1, 20, _SEEDS, key="probe-seeds", help=say("probes.seeds_mean"))
    budget = seconds.number_input(
        say("probes.budget"),
        min_value=0.001,
        max_value=86_400.0,
        value=_SECONDS,
        step=10.0,
        format="%g",
        key="probe-budget",
        placeholder=say("probes.no_limit"),
        help=say("probes.budget_means"),
    )
    given = settings.text_input(
        say("probes.settings"),
        key="probe-settings",
        placeholder=say("probes.settings_for_example"),
        help=say("probes.settings_mean"),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(say("probes.start"), type="primary", icon=":material/play_arrow:", key="probe-start"):
            checked = check_methods(chosen, task)
            order = Order(
                task=task_of(opened.home, name.removeprefix(_OWN)) if name.startswith(_OWN) else name,
                methods=checked,
                settings=read_settings(given or "", checked, catalogue.methods),
                seeds=int(count),
                budget=budget,
                idea=idea.idea.key if idea else None,
            )
            _start(key, order)
        st.caption(text.cost(len(chosen) + len(task.rows), budget, int(count)))
    _own_texts(opened.home)


def _start(key: str, order: Order) -> None:
    home = ready_workspace().home

    def work(job: Job[Run]) -> Run:
        return run_probe(home, order, job.progress)

    start(key, work)


def _idea(opened: Workspace) -> KeptIdea | None:
    """The idea that it is for, as the address names it."""
    known = {one.idea.key: one for one in kept_ideas(opened.library)}
    asked = st.query_params.get("idea")
    if asked and asked not in known:
        try:
            asked = kept_idea(opened.library, asked).idea.key
        except InputError as error:
            st.warning(failure(error), icon=":material/warning:")
            asked = None
    if not known:
        return None
    preset("probe-idea", asked)
    st.selectbox(
        say("probes.idea"),
        list(known),
        format_func=lambda key: shorten(known[key].idea.statement, 160),
        key="probe-idea",
        index=None,
        placeholder=say("probes.no_idea"),
        on_change=keep_in_address,
        args=("idea", "probe-idea", "task"),
    )
    return known.get(asked or "")


def _task(home: Home, catalogue: Catalogue, usual: str) -> tuple[str, TaskCard]:
    """The task of the address, or the usual one; what is known of it."""
    tables = [f"{_OWN}{name}" for name in list_tables(home)]
    names = [*catalogue.tasks, *tables]
    asked = st.query_params.get("task")
    preset("probe-task", asked if asked in names else usual)
    st.selectbox(
        say("probes.task"),
        names,
        format_func=lambda name: text.task_choice(name.removeprefix(_OWN), catalogue.tasks.get(name)),
        key="probe-task",
        on_change=keep_in_address,
        args=("task", "probe-task"),
    )
    name = str(st.session_state["probe-task"])
    own = catalogue.own_texts.model_copy(update={"name": name.removeprefix(_OWN)})
    return name, catalogue.tasks.get(name, own)


def _describe(task: TaskCard) -> None:
    measures = ", ".join(text.measure_label(one) for one in task.measures)
    rows = ", ".join(f"**{plain(row)}**" if row == task.reference else plain(row) for row in task.rows)
    lines = [say("probes.measures", measures=measures), say("probes.always", rows=rows)]
    told = "  \n".join([*lines, say("probes.fair", steps=task.steps)])
    st.caption(told, help=text.rows_explained(task) or None)


def _methods(catalogue: Catalogue, task: TaskCard, of: str, proposed: Sequence[str]) -> list[str]:
    known = [name for name in task.methods if name != "peft" or find_spec("peft")]
    st.session_state.setdefault(f"probe-methods-{of}", [name for name in proposed if name in known])
    chosen = st.multiselect(
        say("probes.methods"),
        known,
        format_func=lambda name: text.method_choice(name, catalogue.methods.get(name)),
        key=f"probe-methods-{of}",
        placeholder=say("probes.choose"),
        accept_new_options=True,
        help=say("probes.methods_mean"),
    )
    with st.expander(say("probes.about_methods", n=len(known))), st.container(key="probe-methods", gap="small"):
        for name in sorted(known, key=lambda name: name not in chosen):
            _about_method(catalogue, name, name in chosen)
    return list(chosen)


def _about_method(catalogue: Catalogue, name: str, marked: bool) -> None:
    card = catalogue.methods.get(name)
    if card is None:
        st.markdown(f"**{plain(name)}** {say('probes.variant')}")
        return
    mark = ":material/check: " if marked else ""
    with st.container(gap=None):
        st.markdown(f"{mark}**{plain(card.title)}** `{card.name}` :gray-badge[{say(f'probes.kind_{card.kind}')}]")
        paper_id = text.known_paper(workspace().library, card)
        if paper_id:
            link("paper", plain(card.paper), id=paper_id)
        else:
            st.markdown(plain(card.paper))
        st.caption("  \n".join(text.method_facts(card)))


def _own_texts(home: Home) -> None:
    with st.expander(say("probes.own"), icon=":material/upload_file:"), shown_errors():
        st.caption(say("probes.own_about", size=MOST_MB))
        drawn = st.session_state.setdefault("probe-drawn", 0)  # a new number empties it
        upload = st.file_uploader(
            say("probes.own_file"), list(TYPES), max_upload_size=MOST_MB, key=f"probe-file-{drawn}"
        )
        if upload is not None:
            name = keep_table(home, upload)
            st.session_state["probe-drawn"] += 1
            st.query_params["task"] = f"{_OWN}{name}"
            st.rerun()
        for number, name in enumerate(list_tables(home)):
            with st.container(horizontal=True, vertical_alignment="center", key=f"own-{number}"):
                st.markdown(plain(name), width="content")
                st.button(
                    say("probes.delete"),
                    icon=":material/delete:",
                    type="tertiary",
                    key=f"delete-own-{number}",
                    on_click=partial(delete_table, home, name),
                )


# ---- earlier runs ------------------------------------------------------------------------------------------------------


def _earlier(opened: Workspace) -> None:
    runs = load_runs(opened.home)
    st.subheader(say("probes.earlier"), anchor=False)
    if not runs:
        st.caption(say("probes.none_yet"))
        return
    most = st.session_state.get("probes-most", _FIRST)
    with st.container(key="probe-runs", gap="small"):
        for run in runs[:most]:
            run_row(run)
    if len(runs) > most:
        more = min(_MORE, len(runs) - most)
        st.button(say("ideas.more", n=more), on_click=_show_more, args=(most + more,), key="probes-more")


def _show_more(most: int) -> None:
    st.session_state["probes-most"] = most


if __name__ == "__main__":
    show()
