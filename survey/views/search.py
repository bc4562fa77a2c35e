"""The search page. Its address holds the whole search (`q`, filters, `like`, `unlike`), so that a search can be kept and sent."""

from __future__ import annotations

import time

import streamlit as st

from corpus.errors import shorten
from corpus.models import Answer, Hit, Place, SearchRequest
from corpus.search import MAX_K
from corpus.searches import SavedSearch, saved_searches
from survey.asking import (
    FILTERS,
    PAGE,
    advise,
    doubt,
    filter_texts,
    liking,
    narrowed,
    read_address,
    unliking,
    without,
)
from survey.hits import excerpt, marks_of, reasons
from survey.strategies import STRATEGIES
from survey.views.language import named, say, told
from survey.views.page import (
    COLOURS,
    chips,
    link,
    ready_workspace,
    require_papers,
    shown_errors,
    workspace,
)
from survey.views.saved import list_saved, new_ids, opened, remember, save_button, search_link
from survey.views.text import byline, marked, message, plain

_FIELDS = ("q", *FILTERS, "mode")
_MODES = ("hybrid", "lexical", "dense")
_EXAMPLES = ("adapters for video action recognition", "low-rank adaptation", "data augmentation by mixing images")
# Values of a facet that can be chosen.
_VALUES = 8


@shown_errors()
def show() -> None:
    st.title(say("search.title"), anchor=False)
    require_papers()
    _ask()
    request = read_address({field: st.query_params.get_all(field) for field in st.query_params})
    if not request.query and not request.like and not request.unlike:
        st.session_state.pop("opened", None)
        _welcome()
        return
    _answer(_allowed(request))


# ---- the first page ----------------------------------------------------------------------------------------------------


def _welcome() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say("search.try"), width="content")
        for example in _EXAMPLES:
            link("search", example, icon=":material/search:", q=example)
    list_saved()
    st.subheader(say("search.four_ways"), anchor=False)
    counts = dict(workspace().library.counts_by("strategy"))
    for column, strategy in zip(st.columns(len(STRATEGIES)), STRATEGIES.values(), strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f":{COLOURS[strategy.key]}[**{named(strategy)}**]")
            st.caption(told(strategy.about))
            papers = say("text.papers", n=counts.get(strategy.key, 0))
            link("graph", papers, icon=":material/hub:", node=f"strategy:{strategy.key}")


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
    venues = [venue for venue, _ in workspace().library.counts_by("venue")[:200]]
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
        format_func=_strategy_name,
        index=None,
        placeholder=say("search.any"),
    )
    mode.selectbox(say("search.by"), _MODES, key="mode", format_func=lambda mode: say(f"search.mode_{mode}"))


def _strategy_name(key: str) -> str:
    return named(STRATEGIES[key]) if key in STRATEGIES else key


def _write_address() -> None:
    """Called when the form is sent, before the page is drawn anew."""
    given = {field: str(st.session_state.get(field) or "").strip() for field in _FIELDS}
    if given["mode"] == "hybrid":
        given["mode"] = ""
    address = {field: [value] for field, value in given.items() if value}
    kept = ["rerank"]
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


# ---- answering ---------------------------------------------------------------------------------------------------------


def _answer(request: SearchRequest) -> None:
    _chosen(request)
    searcher = ready_workspace().searcher
    started = time.perf_counter()
    answer = searcher.answer(request, facets=True)
    took = time.perf_counter() - started
    if answer.searched_for and answer.searched_for != " ".join(request.query.split()):
        st.caption(say("search.searched_for", words=plain(answer.searched_for)))
    if not answer.hits:
        advice = message(told(advise(searcher, request)))
        st.info(say("search.none", advice=advice), icon=":material/search_off:")
        return
    if unsure := doubt(request, answer):
        st.caption(f":material/translate: {say('text.sentence', text=told(unsure))}")
    kept = opened(request)
    new = new_ids(kept, answer.hits)
    _head(request, answer, took, kept, len(new))
    _facets(request, answer)
    library = workspace().library
    places = library.places([library.resolve(hit.paper.name) for hit in answer.hits])
    for hit in answer.hits:
        _draw(request, hit, places.get(library.resolve(hit.paper.name), []), hit.paper.name in new)
    if len(answer.hits) == request.k < MAX_K and st.button(
        say("search.more"), icon=":material/expand_more:", key="more-papers"
    ):
        st.query_params["k"] = str(min(MAX_K, request.k + PAGE))
        st.rerun()
    if kept:
        remember(kept, answer.hits)


def _chosen(request: SearchRequest) -> None:
    """What is asked beside the words, each with a link to the search without it."""
    library = workspace().library
    request = request.model_copy(update={"k": PAGE})
    with st.container(horizontal=True, key="chosen"):
        for side in ("like", "unlike"):
            for paper_id in getattr(request, side):
                title = plain(shorten(library.paper(paper_id).title, 70))
                search_link(without(request, paper_id), say(f"search.{side}", title=title), ":material/close:")
        for name, value in filter_texts(request.filters).items():
            shown = _strategy_name(value) if name == "strategy" else value
            label = say("search.filter", name=say(f"search.{name}"), value=plain(shown))
            search_link(narrowed(request, name, None), label, ":material/close:")
        if request.rerank:
            bare = request.model_copy(update={"rerank": None})
            search_link(bare, say("search.reranked", model=plain(request.rerank)), ":material/close:")


def _head(request: SearchRequest, answer: Answer, took: float, kept: SavedSearch | None, new: int) -> None:
    """How much was found, and the button that keeps the search."""
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        parts = [say("search.found", n=len(answer.hits), took=took)]
        if kept and kept.ran and new:
            parts.append(say("search.new_since", n=new, day=kept.ran[:10]))
        st.caption(" · ".join(parts), width="stretch")
        save_button(request, answer.hits, kept)


def _facets(request: SearchRequest, answer: Answer) -> None:
    """Counts by year, venue, strategy and category, each a link to the search narrowed to it."""
    open_fields = {
        field: pairs for field, pairs in answer.facets.items() if pairs and field not in filter_texts(request.filters)
    }
    if not open_fields:
        return
    request = request.model_copy(update={"k": PAGE})
    with st.expander(say("search.narrow")):
        for column, (field, pairs) in zip(st.columns(len(open_fields)), open_fields.items(), strict=True):
            with column.container(gap=None, key=f"facet-{field}"):
                st.caption(f"**{say(f'search.{field}')}**")
                # Years come in order, and the last are asked for most.
                for value, count in pairs[: -_VALUES - 1 : -1] if field == "year" else pairs[:_VALUES]:
                    shown = _strategy_name(value) if field == "strategy" else value
                    search_link(narrowed(request, field, value), f"{plain(shown)} :gray[{count}]")
        st.caption(say("search.counted", n=answer.counted))


def _draw(request: SearchRequest, hit: Hit, places: list[Place], new: bool) -> None:
    paper = hit.paper
    request = request.model_copy(update={"k": PAGE})
    with st.container(border=True, gap="xsmall", key=f"hit-{paper.name}"):
        link("paper", f"**{marked(paper.title, marks_of(hit, 'title'))}**", id=paper.name)
        st.caption(plain(byline(paper.authors, paper.year, paper.venue)))
        if paper.abstract:
            st.markdown(marked(*excerpt(paper.abstract, marks_of(hit, "abstract"))))
        why = " · ".join(plain(told(reason)) for reason in reasons(hit))
        badge = f":green-badge[{say('search.new')}] " if new else ""
        st.markdown(f"{badge}{chips(places)} " + (f":gray[:small[{why}]]" if why else ""))
        with st.container(horizontal=True, vertical_alignment="center"):
            link("paper", say("search.open"), icon=":material/article:", id=paper.name)
            search_link(liking(request, paper.name), say("paper.more_like"), ":material/join_inner:")
            search_link(unliking(request, paper.name), say("search.not_like_this"), ":material/join_left:")
            link("graph", say("paper.in_graph"), icon=":material/hub:", node=paper.name)


if __name__ == "__main__":
    show()
