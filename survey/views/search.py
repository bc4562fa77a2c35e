"""The search page. Its address holds the whole search (`q`, filters, `like`, `unlike`), so that a search can be kept and sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from corpus.models import Filters, SearchRequest
from corpus.searches import saved_searches
from survey.asking import FILTERS, PAGE, read_address
from survey.browsing import is_listing, read_shown
from survey.strategies import STRATEGIES
from survey.views import FOLDER
from survey.views.language import named, say, told
from survey.views.lists import show_lists
from survey.views.page import COLOURS, link, require_papers, shown_errors, workspace
from survey.views.results import show_results, strategy_name
from survey.views.saved import list_saved, search_link
from survey.views.text import plain

_FIELDS = ("q", *FILTERS, "mode")
# Of which one can be chosen; others can be typed.
_VENUES = 200
_MODES = ("hybrid", "lexical", "dense")
_EXAMPLES = ("adapters for video action recognition", "low-rank adaptation", "data augmentation by mixing images")
_focus: Any = st.components.v2.component("fourways_focus", js=(FOLDER / "focus.js").read_text("utf-8"))


@shown_errors()
def show() -> None:
    st.title(say("search.title"), anchor=False)
    require_papers()
    _ask()
    fields = {field: st.query_params.get_all(field) for field in st.query_params}
    request = read_address(fields)
    if request.query or request.like or request.unlike or is_listing(request):
        show_results(_allowed(request), read_shown(fields))
        return
    st.session_state.pop("opened", None)
    _focus(height=1)
    _welcome()


# ---- the first page ----------------------------------------------------------------------------------------------------


def _welcome() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say("search.try"), width="content")
        for example in _EXAMPLES:
            link("search", example, icon=":material/search:", q=example)
    show_lists()
    list_saved()
    st.subheader(say("search.four_ways"), anchor=False)
    counts = dict(workspace().library.counts_by("strategy"))
    for column, strategy in zip(st.columns(len(STRATEGIES)), STRATEGIES.values(), strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f":{COLOURS[strategy.key]}[**{named(strategy)}**]")
            st.caption(told(strategy.about))
            papers = say("text.papers", n=counts.get(strategy.key, 0))
            search_link(SearchRequest(k=PAGE, filters=Filters(strategy=strategy.key)), papers, ":material/list:")
            link("graph", say("paper.in_graph"), icon=":material/hub:", node=f"strategy:{strategy.key}")


# ---- asking ------------------------------------------------------------------------------------------------------------


def _ask() -> None:
    """The form. It is filled from the address, and writes to it."""
    for field in _FIELDS:
        st.session_state[field] = st.query_params.get(field, "") or None
    st.session_state["q"] = st.query_params.get("q", "")
    if st.session_state["strategy"] not in STRATEGIES:
        st.session_state["strategy"] = None
    if st.session_state["mode"] not in _MODES:
        st.session_state["mode"] = "hybrid"
    with st.form("search", border=False):
        box, button = st.columns([6, 1], vertical_alignment="bottom")
        box.text_input(say("search.what"), key="q", placeholder=say("search.what_for_example"))
        button.form_submit_button(
            say("search.search"), type="primary", on_click=_write_address, width="stretch", key="search-button"
        )
        with st.expander(say("search.filters")):
            _filters()


def _filters() -> None:
    library = workspace().library
    venues = _venues(str(library.path), library.revision())
    years, venue, category, tag = st.columns(4)
    years.text_input(say("search.years"), key="year", placeholder="2019-2022, 2019-, 2021")
    venue.selectbox(
        say("search.venue"), venues, key="venue", index=None, placeholder=say("search.any"), accept_new_options=True
    )
    category.text_input(say("search.arxiv_category"), key="category", placeholder="cs.CV")
    tag.text_input(say("search.tag"), key="tag", placeholder=say("search.a_tag"))
    strategy, mode = st.columns(2)
    strategy.selectbox(
        say("search.strategy"),
        list(STRATEGIES),
        key="strategy",
        format_func=strategy_name,
        index=None,
        placeholder=say("search.any"),
    )
    mode.selectbox(say("search.by"), _MODES, key="mode", format_func=lambda mode: say(f"search.mode_{mode}"))


def _count_venues(path: str, revision: int) -> list[str]:
    """The venues with most papers, counted once for each state of the library."""
    return [venue for venue, _ in workspace().library.counts_by("venue")[:_VENUES]]


_venues: Callable[[str, int], list[str]] = st.cache_data(show_spinner=False, max_entries=4)(_count_venues)


def _write_address() -> None:
    """Called when the form is sent, before the page is drawn anew."""
    given = {field: str(st.session_state.get(field) or "").strip() for field in _FIELDS}
    if given["mode"] == "hybrid":
        given["mode"] = ""
    address = {field: [value] for field, value in given.items() if value}
    kept = ["rerank", "order"]
    if given["q"] == st.query_params.get("q", ""):
        kept += ["like", "unlike"]  # they were said of the hits for the words that they go with
    address |= {field: values for field in kept if (values := st.query_params.get_all(field))}
    st.query_params.from_dict(address)


def _allowed(request: SearchRequest) -> SearchRequest:
    """An address from elsewhere must not fetch a model: only those that a search kept here names re-rank."""
    if request.rerank in {None, *(one.request.rerank for one in saved_searches(workspace().library))}:
        return request
    st.caption(say("search.not_reranked", model=plain(str(request.rerank))))
    return request.model_copy(update={"rerank": None})


if __name__ == "__main__":
    show()
