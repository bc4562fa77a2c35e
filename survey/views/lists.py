"""Lists of papers. A list is a tag: a paper may be in several, and `fourways tag` and `search --tag` know them too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from corpus.errors import FourwaysError
from corpus.models import MAX_TAG, Filters, SearchRequest
from corpus.remarks import count_tags, remove_tags
from survey.asking import PAGE
from survey.views.language import say
from survey.views.page import workspace
from survey.views.saved import search_link
from survey.views.text import plain
from survey.views.work import failure

# Lists on the first page; the tag filter names all of them.
_LISTED = 30


def show_lists() -> None:
    """Each list as a link to its papers."""
    found = count_tags(workspace().library)
    if not found:
        return
    st.subheader(say("lists.title"), anchor=False)
    with st.container(horizontal=True, key="lists"):
        for tag, count in found[:_LISTED]:
            request = SearchRequest(k=PAGE, filters=Filters(tag=tag))
            search_link(request, f"{plain(tag)} :gray[{count:,}]", ":material/bookmark:")


def list_button(paper_id: str, tags: Sequence[str]) -> None:
    """A button that asks which lists the paper is to be in."""
    kept = bool(tags)
    if st.button(
        say("lists.kept") if kept else say("lists.keep"),
        icon=":material/bookmark_check:" if kept else ":material/bookmark_add:",
        type="tertiary",
        key=f"list-{paper_id}",
    ):
        _ask(paper_id)


def _ask(paper_id: str) -> None:
    dialog: Any = st.dialog(say("lists.which"))
    dialog(_draw_choice)(paper_id)


def _draw_choice(paper_id: str) -> None:
    paper = workspace().library.paper(paper_id)
    st.markdown(f"**{plain(paper.title)}**")
    library = workspace().library
    given = library.tags(library.resolve(paper_id))
    known = sorted({tag for tag, _ in count_tags(library)[:_LISTED]} | set(given))
    with st.form("choose-lists", border=False):
        chosen: list[str] = []
        if known:
            chosen = st.pills(
                say("lists.names"),
                known,
                selection_mode="multi",
                default=given,
                format_func=plain,
                key=f"lists-of-{paper_id}",
            )
        new = st.text_input(say("lists.new"), key="new-list", max_chars=MAX_TAG, placeholder=say("lists.new_example"))
        if st.form_submit_button(say("lists.save"), type="primary", key="save-lists"):
            try:
                keep_tags(paper_id, [*chosen, *(new or "").split(",")])
            except FourwaysError as error:
                st.error(failure(error), icon=":material/error:")
                return
            st.rerun()


def choose_tags(paper_id: str, *, key: str, on_change: Callable[[], None]) -> None:
    """A box for the paper's tags, to which others and new ones can be added. The caller sets what stands in it, in the session's
    state under `key`.
    """
    library = workspace().library
    given = library.tags(library.resolve(paper_id))
    known = sorted({tag for tag, _ in count_tags(library)} | set(given))
    st.multiselect(
        say("lists.names"),
        known,
        key=key,
        accept_new_options=True,
        placeholder=say("lists.type_a_name"),
        on_change=on_change,
    )


def keep_tags(paper_id: str, chosen: Sequence[str]) -> None:
    """Let the paper have these tags and no others. Raises InputError for a tag that is too long, UnknownPaper."""
    library = workspace().library
    before = set(library.tags(library.resolve(paper_id)))
    wanted = {tag[: MAX_TAG + 1].strip().lower() for tag in chosen if tag.strip()}
    if fresh := sorted(wanted - before):
        library.add_tags(paper_id, fresh)
    if gone := before - wanted:
        remove_tags(library, paper_id, gone)
