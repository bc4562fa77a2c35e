"""What a search has found, a page at a time: what is asked, in which order, counts that narrow it, and the papers."""

from __future__ import annotations

import time

import streamlit as st

from corpus.errors import shorten
from corpus.models import Answer, Hit, Place, SearchRequest
from corpus.searches import SavedSearch
from survey.asking import PAGE, advise, doubt, filter_texts, liking, narrowed, unliking, without
from survey.browsing import ORDERS, SORTED, Sheet, Shown, build_sheet, is_listing, shown_fields
from survey.hits import excerpt, marks_of, reasons
from survey.references import render_papers
from survey.strategies import STRATEGIES
from survey.views.copying import copy_bibtex
from survey.views.language import named, say, told
from survey.views.lists import list_button
from survey.views.page import chips, link, ready_workspace, workspace
from survey.views.saved import new_ids, opened, remember, save_button, search_link
from survey.views.text import byline, marked, message, plain

# Values of a facet that can be chosen.
_VALUES = 8
# Papers of a listing that go into one file of BibTeX.
_MOST_ENTRIES = 1000


def show_results(request: SearchRequest, shown: Shown) -> None:
    """Draw the page of the answer. Raises what the searcher raises."""
    _chosen(request, shown)
    searcher = ready_workspace().searcher
    started = time.perf_counter()
    sheet = build_sheet(searcher, workspace().library, request, shown)
    took = time.perf_counter() - started
    answer = sheet.answer
    if answer.searched_for and answer.searched_for != " ".join(request.query.split()):
        st.caption(say("search.searched_for", words=plain(answer.searched_for)))
    if not answer.hits:
        _nothing(request, sheet, shown)
        return
    if unsure := doubt(request, answer):
        st.caption(f":material/translate: {say('text.sentence', text=told(unsure))}")
    kept = opened(request)
    new = new_ids(kept, answer.hits)
    papers, side = st.columns([3, 1], gap="large")
    with papers:
        _head(request, sheet, shown, took, kept, len(new))
        _draw_all(request, answer, new)
        _pages(request, sheet, shown, kept)
    with side.container(key="facets"):
        _facets(request, answer, shown)
    if kept:
        remember(kept, answer.hits)


def strategy_name(key: str) -> str:
    return named(STRATEGIES[key]) if key in STRATEGIES else key


def _nothing(request: SearchRequest, sheet: Sheet, shown: Shown) -> None:
    if shown.page > 1:
        st.info(say("search.no_more"), icon=":material/search_off:")
        search_link(request, say("search.first_page"), ":material/first_page:", **_fields(shown, page=1))
        return
    advice = say("search.other_filters") if is_listing(request) else told(advise(ready_workspace().searcher, request))
    st.info(say("search.none", advice=message(advice)), icon=":material/search_off:")


def _chosen(request: SearchRequest, shown: Shown) -> None:
    """What is asked beside the words, each with a link to the search without it."""
    library, order = workspace().library, _fields(shown, page=1)
    request = request.model_copy(update={"k": PAGE})
    with st.container(horizontal=True, key="chosen"):
        for side in ("like", "unlike"):
            for paper_id in getattr(request, side):
                title = plain(shorten(library.paper(paper_id).title, 70))
                label = say(f"search.{side}", title=title)
                search_link(without(request, paper_id), label, ":material/close:", **order)
        for name, value in filter_texts(request.filters).items():
            named_so = strategy_name(value) if name == "strategy" else value
            label = say("search.filter", name=say(f"search.{name}"), value=plain(named_so))
            search_link(narrowed(request, name, None), label, ":material/close:", **order)
        if request.rerank:
            bare = request.model_copy(update={"rerank": None})
            search_link(bare, say("search.reranked", model=plain(request.rerank)), ":material/close:", **order)


# ---- above the papers --------------------------------------------------------------------------------------------------


def _head(request: SearchRequest, sheet: Sheet, shown: Shown, took: float, kept: SavedSearch | None, new: int) -> None:
    """How much was found, in which order, and the buttons that keep the search or all that it lists."""
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        parts = [_counted(request, sheet, shown, took)]
        if kept and kept.ran and new:
            parts.append(say("search.new_since", n=new, day=kept.ran[:10]))
        st.caption(" · ".join(parts), width="stretch")
        _choose_order(request, shown)
        if is_listing(request):
            _download(request)
        else:
            save_button(request, sheet.answer.hits, kept)


def _counted(request: SearchRequest, sheet: Sheet, shown: Shown, took: float) -> str:
    last = sheet.first + len(sheet.answer.hits) - 1
    if is_listing(request):
        return say("search.listed", first=sheet.first, last=last, n=sheet.total or 0)
    if shown.order != "best":
        return say("search.sorted", first=sheet.first, last=last, n=sheet.total or 0, took=took)
    if shown.page == 1:
        return say("search.found", n=last, took=took)
    return say("search.found_on", first=sheet.first, last=last, took=took)


def _choose_order(request: SearchRequest, shown: Shown) -> None:
    orders = ORDERS[1:] if is_listing(request) else ORDERS
    st.session_state["order"] = shown.order if shown.order in orders else orders[0]
    st.selectbox(
        say("search.order"),
        orders,
        format_func=lambda order: say(f"search.order_{order}"),
        key="order",
        on_change=_reorder,
        help=None if is_listing(request) else say("search.order_means", n=SORTED),
        label_visibility="collapsed",
        width=190,
    )


def _reorder() -> None:
    st.query_params.pop("page", None)
    order = str(st.session_state["order"])
    if order == "best":
        st.query_params.pop("order", None)
    else:
        st.query_params["order"] = order


def _download(request: SearchRequest) -> None:
    library = workspace().library

    def build() -> str:
        return render_papers(library.papers(library.matching(request.filters)[:_MOST_ENTRIES]))

    st.download_button(
        say("search.bibtex_file"),
        build,
        "papers.bib",
        "application/x-bibtex",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
        key="download-bib",
    )


def _fields(shown: Shown, **changes: object) -> dict[str, str]:
    return shown_fields(shown.model_copy(update=changes))


def _pages(request: SearchRequest, sheet: Sheet, shown: Shown, kept: SavedSearch | None) -> None:
    """Links to the pages before and after this one."""
    more = {"saved": kept.name} if kept else {}
    if shown.page == 1 and not sheet.more:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="pages"):
        if shown.page > 1:
            before = _fields(shown, page=shown.page - 1) | more
            search_link(request, say("search.previous"), ":material/chevron_left:", **before)
        st.caption(say("search.page", n=shown.page), width="content")
        if sheet.more:
            after = _fields(shown, page=shown.page + 1) | more
            search_link(request, say("search.next"), ":material/chevron_right:", **after)


# ---- beside the papers -------------------------------------------------------------------------------------------------


def _facets(request: SearchRequest, answer: Answer, shown: Shown) -> None:
    """Counts by year, venue, strategy and category, each a link to the search narrowed to it."""
    order = _fields(shown, page=1)
    request = request.model_copy(update={"k": PAGE})
    st.caption(f"**{say('search.narrow')}** · {say('search.counted', n=answer.counted)}")
    for field, pairs in answer.facets.items():
        if not pairs or field in filter_texts(request.filters):
            continue
        with st.container(gap=None, key=f"facet-{field}"):
            st.caption(f"**{say(f'search.{field}')}**")
            # Years come in order, and the last are asked for most.
            for value, count in pairs[: -_VALUES - 1 : -1] if field == "year" else pairs[:_VALUES]:
                label = strategy_name(value) if field == "strategy" else value
                search_link(narrowed(request, field, value), f"{plain(label)} :gray[{count:,}]", **order)


# ---- the papers --------------------------------------------------------------------------------------------------------


def _draw_all(request: SearchRequest, answer: Answer, new: set[str]) -> None:
    library = workspace().library
    keys = {hit.paper.name: library.resolve(hit.paper.name) for hit in answer.hits}
    places = library.places(list(keys.values()))
    for hit in answer.hits:
        key = keys[hit.paper.name]
        _draw(request, hit, places.get(key, []), library.tags(key), hit.paper.name in new)


def _draw(request: SearchRequest, hit: Hit, places: list[Place], tags: list[str], new: bool) -> None:
    paper = hit.paper
    request = request.model_copy(update={"k": PAGE})
    with st.container(border=True, gap="xsmall", key=f"hit-{paper.name}"):
        link("paper", f"**{marked(paper.title, marks_of(hit, 'title'))}**", id=paper.name)
        # One text: each element costs the browser some 5 ms.
        text = [f":small[:gray[{plain(byline(paper.authors, paper.year, paper.venue))}]]"]
        if paper.abstract:
            text.append(marked(*excerpt(paper.abstract, marks_of(hit, "abstract"))))
        why = " · ".join(plain(told(reason)) for reason in reasons(hit))
        badges = [f":green-badge[{say('search.new')}]"] if new else []
        badges += [chips(places), *(f":gray-badge[:material/bookmark: {plain(tag)}]" for tag in tags)]
        badges.append(f":gray[:small[{why}]]" if why else "")
        text.append(" ".join(filter(None, badges)))
        st.markdown("\n\n".join(filter(None, text)))
        with st.container(horizontal=True, vertical_alignment="center"):
            search_link(liking(request, paper.name), say("paper.more_like"), ":material/join_inner:")
            search_link(unliking(request, paper.name), say("search.not_like_this"), ":material/join_left:")
            link("graph", say("paper.in_graph"), icon=":material/hub:", node=paper.name)
            list_button(paper.name, tags)
            copy_bibtex([paper], paper.name)
