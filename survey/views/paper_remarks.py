"""What somebody wrote on a paper, on its page: tags, which are its lists, and notes, which can be changed and deleted."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from corpus.errors import FourwaysError
from corpus.models import Note
from corpus.remarks import change_note, delete_note, numbered_notes
from survey.views.language import say
from survey.views.lists import choose_tags, keep_tags
from survey.views.page import workspace
from survey.views.text import plain
from survey.views.work import failure


def show_tags(paper_id: str) -> None:
    """The paper's tags in a box that changes them at once."""
    st.subheader(say("paper.tags"), anchor=False)
    key = f"tags-of-{paper_id}"
    library = workspace().library
    # What is kept counts, for another tab may have changed it.
    st.session_state[key] = library.tags(library.resolve(paper_id))
    choose_tags(paper_id, key=key, on_change=lambda: _try(lambda: keep_tags(paper_id, st.session_state[key])))
    if refused := st.session_state.pop("tags-refused", None):
        st.error(refused, icon=":material/error:")


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except FourwaysError as error:
        st.session_state["tags-refused"] = failure(error)


def show_notes(paper_id: str) -> None:
    """The notes, those of reading notes with the file that they were read in; and a box for a new one."""
    st.subheader(say("paper.notes"), anchor=False)
    for number, note in numbered_notes(workspace().library, paper_id):
        with st.container(border=True, gap="xsmall", key=f"note-{number}"):
            if st.session_state.get("note-changed") == number:
                _change(paper_id, number, note)
            else:
                _draw(paper_id, number, note)
    with st.form("notes", border=False, clear_on_submit=True):
        given = st.text_area(
            say("paper.new_note"),
            key="new_note",
            label_visibility="collapsed",
            placeholder=say("paper.to_remember"),
            height=80,
        )
        if st.form_submit_button(say("paper.add_note"), key="add-note") and given.strip():
            workspace().library.add_note(paper_id, given)
            st.rerun()


def _draw(paper_id: str, number: int, note: Note) -> None:
    st.text(note.text)
    with st.container(horizontal=True, vertical_alignment="center"):
        day = note.created[:10]
        told = say("paper.note_from", day=day, file=plain(note.source)) if note.source else day
        st.caption(told, width="stretch")
        if not note.source and st.button(
            say("paper.change"), icon=":material/edit:", type="tertiary", key=f"change-note-{number}"
        ):
            st.session_state["note-changed"] = number
            st.rerun()
        with st.popover(say("paper.delete"), icon=":material/delete:", type="tertiary"):
            st.markdown(say("paper.delete_read" if note.source else "paper.delete_means"))
            if st.button(say("paper.delete_it"), type="primary", key=f"delete-note-{number}"):
                delete_note(workspace().library, paper_id, number)
                st.rerun()


def _change(paper_id: str, number: int, note: Note) -> None:
    with st.form(f"note-{number}-form", border=False):
        text = st.text_area(
            say("paper.note"), note.text, key=f"note-text-{number}", label_visibility="collapsed", height=120
        )
        with st.container(horizontal=True):
            kept = st.form_submit_button(say("paper.keep"), type="primary", key=f"keep-note-{number}")
            left = st.form_submit_button(say("paper.leave"), key=f"leave-note-{number}")
    if kept:
        change_note(workspace().library, paper_id, number, text)
    if kept or left:
        st.session_state.pop("note-changed", None)
        st.rerun()
