"""Earlier surveys: open, download, delete."""

from __future__ import annotations

from functools import partial

import streamlit as st

from corpus.errors import FourwaysError
from corpus.workspace import Workspace
from survey.drafts import Entry, build_archive, delete_survey, folder_of, list_surveys, load_draft
from survey.jobs import JOBS
from survey.views.language import say
from survey.views.moments import when
from survey.views.page import link
from survey.views.survey_work import refuse, survey_work, tell_refused
from survey.views.text import shortened

_FIRST, _MORE = 10, 40


def show_earlier(opened: Workspace) -> None:
    """All kept surveys, the one changed last first."""
    tell_refused()
    entries = list_surveys(opened.home)
    if not entries:
        return
    st.subheader(say("survey.earlier", n=len(entries)), anchor=False)
    most = st.session_state.setdefault("surveys-shown", _FIRST)
    for entry in entries[:most]:
        with st.container(border=True, key=f"survey-{entry.key}", gap="xsmall"):
            _row(opened, entry)
    if len(entries) > most and st.button(say("survey.show_more"), icon=":material/expand_more:", key="surveys-more"):
        st.session_state["surveys-shown"] = most + _MORE
        st.rerun()


def _row(opened: Workspace, entry: Entry) -> None:
    link("survey", f"**{shortened(entry.topic, 160)}**", draft=entry.key)
    job = JOBS.find(survey_work(opened, entry.key))
    busy = bool(job and job.running)
    about = [say("text.papers", n=entry.papers)] if entry.papers else []
    about += [say("survey.sections", n=entry.sections)] if entry.sections else []
    state = "busy" if busy else "drafted" if entry.drafted else "outlined" if entry.sections else "begun"
    about.append(say(f"survey.state_{state}"))
    about += [say("survey.by_hand")] if entry.edited else []
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(" · ".join([*about, when(entry.changed)]))
        if entry.drafted:
            st.download_button(
                say("survey.download_all"),
                # Called when the button is pressed: pictures for Word alone take seconds.
                partial(_archive, opened, entry.key),
                f"{entry.key}.zip",
                "application/zip",
                on_click="ignore",
                icon=":material/download:",
                key=f"archive-{entry.key}",
                type="tertiary",
            )
        with st.popover(say("survey.delete"), icon=":material/delete:", type="tertiary", key=f"delete-{entry.key}"):
            st.markdown(say("survey.delete_really", topic=shortened(entry.topic, 80)))
            if st.button(say("survey.delete_yes"), type="primary", disabled=busy, key=f"delete-yes-{entry.key}"):
                _delete(opened, entry.key)


def _archive(opened: Workspace, key: str) -> bytes:
    try:
        draft = load_draft(folder_of(opened.home, key))
    except FourwaysError as error:  # deleted or damaged since the page was drawn: the file says so
        return str(error).encode()
    return build_archive(draft) if draft else b""


def _delete(opened: Workspace, key: str) -> None:
    try:
        delete_survey(opened.home, key)
    except FourwaysError as error:
        refuse(error)
    st.rerun()
