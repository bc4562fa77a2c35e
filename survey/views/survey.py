"""Drafting a survey: the topic, and earlier surveys; with `?draft=` one of them, step by step (`?view=`)."""

from __future__ import annotations

from functools import partial

import streamlit as st

from corpus.workspace import Workspace
from survey.drafts import Survey, folder_of, load_draft, load_survey
from survey.drafts.steps import Step, new_survey, run_steps
from survey.jobs import JOBS, Job
from survey.views.language import say
from survey.views.page import keep_in_address, link, preset, ready_workspace, require_papers, shown_errors, workspace
from survey.views.survey_check import show_check, show_loose_check
from survey.views.survey_draft import show_draft
from survey.views.survey_list import show_earlier
from survey.views.survey_outline import show_outline
from survey.views.survey_papers import show_papers
from survey.views.survey_work import survey_work
from survey.views.text import plain
from survey.views.work import ended, start, under_way

MOST_TOPIC = 300
VIEWS = ("papers", "outline", "draft", "check")


@shown_errors()
def show() -> None:
    if key := st.query_params.get("draft"):
        _one(workspace(), key)
        return
    st.title(say("survey.title"), anchor=False)
    require_papers()
    with shown_errors():
        _form()
    opened = workspace()
    show_earlier(opened)
    show_loose_check()


# ---- a new one -------------------------------------------------------------------------------------------------------


def _form() -> None:
    with st.form("survey", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            topic = st.text_input(
                say("survey.topic"), key="topic", placeholder=say("survey.topic_for_example"), max_chars=MOST_TOPIC
            )
            count = st.number_input(say("survey.most"), 2, 1000, 150, step=10, key="papers", width=160)
        with st.container(horizontal=True):
            at_once = st.form_submit_button(
                say("survey.draft_it"), type="primary", key="draft-it", icon=":material/edit_note:"
            )
            choose = st.form_submit_button(say("survey.choose_first"), key="choose-first", icon=":material/checklist:")
        with st.expander(say("survey.options")):
            st.text_area(say("survey.pins"), key="pins", height=80)
            left, right = st.columns(2)
            left.text_input(say("survey.llm"), key="llm", placeholder="http://localhost:11434/v1")
            right.text_input(say("survey.llm_model"), key="llm_model")
    if at_once or choose:
        _begin(topic, int(count), "draft" if at_once else "papers")
    st.caption(say("survey.about"))


def _begin(topic: str, count: int, until: Step) -> None:
    opened = ready_workspace()
    pins = [line.strip() for line in st.session_state["pins"].splitlines() if line.strip()]
    llm, model = st.session_state["llm"], st.session_state["llm_model"]
    key = new_survey(opened, topic, count, pins=pins, llm=llm, llm_model=model)
    st.query_params.from_dict({"draft": key})
    _run(key, until)


def _run(key: str, until: Step, anew: bool = False) -> None:
    """Do the steps until this one in the background, and draw the page anew."""
    opened = ready_workspace()

    def work(job: Job[Survey]) -> Survey:
        try:
            return run_steps(opened, key, until, job.progress, anew=anew)
        finally:
            opened.library.close()

    start(survey_work(opened, key), work)


# ---- one that is kept ------------------------------------------------------------------------------------------------


def _one(opened: Workspace, key: str) -> None:
    link("survey", say("survey.all"), icon=":material/arrow_back:")
    survey = load_survey(opened.home, key)
    st.title(plain(survey.outline.title if survey.outline else survey.topic), anchor=False)
    work = survey_work(opened, key)
    if under_way(work):
        st.caption(say("survey.meanwhile"))
        return
    _tell_end(opened, key, survey)
    view = _view(opened, key, survey)
    run = partial(_run, key)
    with shown_errors():
        if view == "papers":
            show_papers(opened, key, survey, run)
        elif view == "outline":
            show_outline(opened, key, survey, run)
        elif view == "draft":
            show_draft(opened, key, survey, run)
        else:
            show_check(opened, key)


def _tell_end(opened: Workspace, key: str, survey: Survey) -> None:
    """How the last step ended, once; and where the app itself was ended in the midst of one, how to go on."""
    work = survey_work(opened, key)
    job = JOBS.find(work)
    if job is not None and st.session_state.get(f"told {work}") != job.started:
        st.session_state[f"told {work}"] = job.started
        ended(work)
    if survey.doing:
        with st.container(horizontal=True, vertical_alignment="center", key="broke-off"):
            step = say(f"survey.view_{survey.doing}").lower()
            st.warning(say("survey.broke_off", step=step), icon=":material/power_off:")
            if st.button(say("survey.go_on"), type="primary", icon=":material/play_arrow:", key="go-on"):
                _run(key, survey.until or survey.doing)  # type: ignore[arg-type]


def _view(opened: Workspace, key: str, survey: Survey) -> str:
    """Which step is looked at: the one in the address, else the last one that has been done."""
    there = {"papers": True, "outline": survey.outline is not None, "draft": _has_draft(opened, key)}
    there["check"] = there["draft"]
    views = [view for view in VIEWS if there[view]]
    asked = st.query_params.get("view", "")
    last = "draft" if there["draft"] else views[-1]
    preset("survey-view", asked if asked in views else last)
    st.segmented_control(
        say("survey.step"),
        views,
        format_func=lambda view: say(f"survey.view_{view}"),
        required=True,
        key="survey-view",
        label_visibility="collapsed",
        on_change=keep_in_address,
        args=("view", "survey-view"),
    )
    return str(st.session_state["survey-view"])


def _has_draft(opened: Workspace, key: str) -> bool:
    with shown_errors():
        return load_draft(folder_of(opened.home, key)) is not None
    return False


if __name__ == "__main__":
    show()
