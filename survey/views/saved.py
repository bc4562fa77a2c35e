"""Kept searches in the app: their list, the button that keeps one, and what is new in the one that is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import streamlit as st

from corpus.errors import FourwaysError
from corpus.models import Hit, SearchRequest
from corpus.searches import SavedSearch, broken_searches, forget_search, mark_seen, save_search, saved_searches, unseen
from survey.asking import build_address, count_new, render_request, same_search
from survey.views import FOLDER
from survey.views.language import say, told
from survey.views.page import ready_workspace, workspace
from survey.views.text import plain
from survey.views.work import failure

# Kept searches whose new papers are counted in the list.
_COUNTED = 20


def search_link(request: SearchRequest, label: str, icon: str = "", **more: str) -> None:
    """A link to a search. `label` is Markdown: escape what is not ours."""
    st.page_link(FOLDER / "search.py", label=label, icon=icon, query_params=build_address(request) | more or None)


def list_saved() -> None:
    """Each with what it asks, how much is new in it, and a button that forgets it."""
    found, broken = saved_searches(workspace().library), broken_searches(workspace().library)
    if not found and not broken:
        return
    st.subheader(say("saved.title"), anchor=False)
    with st.container(gap=None):
        for number, one in enumerate(found):
            with st.container(horizontal=True, vertical_alignment="center", key=f"saved-{number}"):
                search_link(one.request, f"**{plain(one.name)}**", ":material/bookmark:", saved=one.name)
                if new := _new_in(one) if number < _COUNTED else 0:
                    st.markdown(f":green-badge[{say('saved.new', n=new)}]", width="content")
                st.caption(plain(_asked(one.request)), width="stretch")
                st.button(
                    say("saved.forget"),
                    icon=":material/delete:",
                    type="tertiary",
                    key=f"forget-{number}",
                    on_click=_forget(one.name),
                )
        for name in broken:
            with st.container(horizontal=True, vertical_alignment="center", key=f"broken-{name}"):
                st.caption(say("saved.broken", name=plain(name)), width="stretch")
                st.button(
                    say("saved.forget_named", name=plain(name)),
                    icon=":material/delete:",
                    type="tertiary",
                    on_click=_forget(name),
                )


def _asked(request: SearchRequest) -> str:
    """The search in words, on one line."""
    return " · ".join(told(part) for part in render_request(request).split(" · "))


def _new_in(kept: SavedSearch) -> int:
    library = workspace().library
    with suppress(FourwaysError):  # told when the search is opened
        return _counted(str(library.path), f"{library.meta('derived_from')} {library.count()}", kept.model_dump_json())
    return 0


def _count(path: str, state: str, kept: str) -> int:
    """What is new in the kept search; counted anew where the library's `state` or what it has shown is another."""
    opened = ready_workspace()
    return count_new(opened.searcher, opened.library, SavedSearch.model_validate_json(kept))


_counted: Callable[[str, str, str], int] = st.cache_data(show_spinner=False, max_entries=200)(_count)


def _forget(name: str) -> Callable[[], None]:
    def forget() -> None:
        with suppress(FourwaysError):  # another window was quicker
            forget_search(workspace().library, name)

    return forget


def save_button(request: SearchRequest, hits: Sequence[Hit], kept: SavedSearch | None) -> None:
    """Keeps the search that is shown; `kept` is what it is kept as already."""
    with st.popover(
        plain(kept.name) if kept else say("saved.save_this"),
        icon=":material/bookmark_check:" if kept else ":material/bookmark_add:",
        type="tertiary",
    ):
        placeholder = request.query[:60] or say("saved.a_name")
        st.text_input(say("saved.name"), key="save_as", placeholder=placeholder, max_chars=100)
        st.button(say("saved.save"), key="save", on_click=_save, args=(request, [hit.paper.name for hit in hits]))
        if error := st.session_state.pop("not_saved", None):
            st.error(error)


def _save(request: SearchRequest, shown: Sequence[str]) -> None:
    """Called before the page is drawn anew, which then stands for the kept search."""
    library = workspace().library
    name = str(st.session_state.get("save_as") or "").strip() or request.query[:60]
    try:
        kept = save_search(library, name, request)
        mark_seen(library, kept.name, shown)
    except FourwaysError as error:
        st.session_state["not_saved"] = failure(error)
        return
    st.session_state.pop("opened", None)
    st.query_params["saved"] = kept.name


def opened(request: SearchRequest) -> SavedSearch | None:
    """The kept search that the address names, if it is still what is asked; as it was when this window opened it."""
    name = st.query_params.get("saved", "")
    kept = next((one for one in saved_searches(workspace().library) if one.name == name), None)
    if kept is None or not same_search(kept.request, request):
        st.session_state.pop("opened", None)
        return None
    before = st.session_state.get("opened")
    # Drawing the page marks its papers as seen; they stay new to whoever looks at it.
    if before and before.name == name:
        return before  # type: ignore[no-any-return]
    st.session_state["opened"] = kept
    st.session_state.pop("remembered", None)
    return kept


def new_ids(kept: SavedSearch | None, hits: Sequence[Hit]) -> set[str]:
    """Which of the hits the kept search had not shown before; none, where it had never run."""
    found = unseen(workspace().library, kept.seen, hits) if kept and kept.ran else []
    return {hit.paper.name for hit in found}


def remember(kept: SavedSearch, hits: Sequence[Hit]) -> None:
    """Note that the hits were shown: once, and not at every drawing, for what is written makes the searcher look for changes."""
    shown = [hit.paper.name for hit in hits]
    if st.session_state.get("remembered") == shown:
        return
    with suppress(FourwaysError):  # forgotten in another window
        mark_seen(workspace().library, kept.name, shown)
    st.session_state["remembered"] = shown
