"""The search page. Its address holds the search (`q`, filters), so that a search can be kept and sent."""

from __future__ import annotations

import time
from typing import Any, cast, get_args

import streamlit as st

from corpus.errors import InputError
from corpus.models import Filters, Hit, Place
from corpus.search import MAX_K, Mode, searched_for, year_range
from survey.strategies import STRATEGIES, check_strategy
from survey.views.page import (
    COLOURS,
    chips,
    link,
    ready_workspace,
    require_papers,
    shown_errors,
    workspace,
)
from survey.views.text import byline, marked, plain, snippet

STEP = 20
_FIELDS = ("q", "year", "venue", "category", "strategy", "tag", "mode")
_MODES = {"hybrid": "Words and meaning", "lexical": "Words only", "dense": "Meaning only"}
_EXAMPLES = ("adapters for video action recognition", "low-rank adaptation", "data augmentation by mixing images")


@shown_errors()
def show() -> None:
    st.title("Find papers", anchor=False)
    require_papers()
    _ask()
    query, like = st.query_params.get("q", ""), st.query_params.get_all("like")
    if not query and not like:
        _welcome()
        return
    _answer(query, like)


def _welcome() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Try", width="content")
        for example in _EXAMPLES:
            link("search", example, icon=":material/search:", q=example)
    st.subheader("Four ways of working with little compute", anchor=False)
    counts = dict(workspace().library.counts_by("strategy"))
    for column, strategy in zip(st.columns(len(STRATEGIES)), STRATEGIES.values(), strict=True):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f":{COLOURS[strategy.key]}[**{strategy.en}**]  \n{strategy.zh}")
            st.caption(strategy.about)
            link(
                "graph", f"{counts.get(strategy.key, 0)} papers", icon=":material/hub:", node=f"strategy:{strategy.key}"
            )


def _ask() -> None:
    """The form. It is filled from the address, and writes to it."""
    for field in _FIELDS:
        st.session_state[field] = st.query_params.get(field, "") or None
    st.session_state["q"] = st.query_params.get("q", "")
    if st.session_state["strategy"] not in STRATEGIES:
        st.session_state["strategy"] = None
    if st.session_state["mode"] not in _MODES:
        st.session_state["mode"] = "hybrid"
    filtered = any(st.query_params.get(field) for field in _FIELDS if field != "q")
    with st.form("search", border=False):
        box, button = st.columns([6, 1], vertical_alignment="bottom")
        box.text_input("What are you looking for?", key="q", placeholder="a question, some words, or a whole abstract")
        button.form_submit_button("Search", type="primary", on_click=_write_address, width="stretch")
        with st.expander("Filters", expanded=filtered):
            _filters()


def _filters() -> None:
    venues = [venue for venue, _ in workspace().library.counts_by("venue")[:200]]
    years, venue, category, tag = st.columns(4)
    years.text_input("Years", key="year", placeholder="2019-2022, 2019-, 2021")
    venue.selectbox("Venue", venues, key="venue", index=None, placeholder="any", accept_new_options=True)
    category.text_input("arXiv category", key="category", placeholder="cs.CV")
    tag.text_input("Tag", key="tag", placeholder="a tag of yours")
    strategy, mode = st.columns(2)
    strategy.selectbox(
        "Strategy", list(STRATEGIES), key="strategy", format_func=_strategy_name, index=None, placeholder="any"
    )
    mode.selectbox("Search by", list(_MODES), key="mode", format_func=_MODES.__getitem__)


def _strategy_name(key: str) -> str:
    return f"{STRATEGIES[key].en} {STRATEGIES[key].zh}"


def _write_address() -> None:
    """Called when the form is sent, before the page is drawn anew."""
    given = {field: str(st.session_state.get(field) or "").strip() for field in _FIELDS}
    if given["mode"] == "hybrid":
        given["mode"] = ""
    st.query_params.from_dict({field: value for field, value in given.items() if value})


def _answer(query: str, like: list[str]) -> None:
    library = workspace().library
    for liked in like:
        paper = library.paper(liked)
        st.markdown(f":material/join_inner: Papers like **{plain(paper.title)}**")
    count = _count()
    started = time.perf_counter()
    hits = ready_workspace().searcher.search(query, count, filters=_chosen_filters(), mode=_chosen_mode(), like=like)
    took = time.perf_counter() - started
    if not hits:
        st.info("No paper matches. Use other words, or fewer filters.", icon=":material/search_off:")
        return
    if (words := searched_for(query)) != query:
        st.caption(f"Searched for: {plain(words)}")
    st.caption(f"{len(hits)} papers, the best first, in {took:.2f} s")
    places = library.places([library.resolve(hit.paper.name) for hit in hits])
    for hit in hits:
        _draw(hit, places.get(library.resolve(hit.paper.name), []))
    if len(hits) == count < MAX_K and st.button("More papers", icon=":material/expand_more:"):
        st.query_params["k"] = str(count + STEP)
        st.rerun()


def _draw(hit: Hit, places: list[Place]) -> None:
    paper, words = hit.paper, hit.why["words"]
    with st.container(border=True, gap="xsmall", key=f"hit-{paper.name}"):
        link("paper", f"**{plain(paper.title)}**", id=paper.name)
        st.caption(plain(byline(paper.authors, paper.year, paper.venue)))
        if paper.abstract:
            st.markdown(marked(snippet(paper.abstract, words), words))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{chips(places)} {_why(hit)}", width="stretch")
            link("paper", "Open", icon=":material/article:", id=paper.name)
            link("search", "More like this", icon=":material/join_inner:", like=paper.name)
            link("graph", "In the graph", icon=":material/hub:", node=paper.name)


def _why(hit: Hit) -> str:
    reasons = []
    if "fulltext_rank" in hit.why:
        reasons.append("in its full text")
    if "cosine" in hit.why:
        reasons.append(f"cosine {hit.why['cosine']:.2f}")
    if hit.why["words"]:
        reasons.append("matched " + ", ".join(map(plain, hit.why["words"])))
    return f":gray[:small[{' · '.join(reasons)}]]" if reasons else ""


def _chosen_filters() -> Filters:
    given: dict[str, Any] = {
        field: st.query_params[field]
        for field in ("venue", "category", "strategy", "tag")
        if st.query_params.get(field)
    }
    check_strategy(given.get("strategy"))
    if years := st.query_params.get("year"):
        given["year_from"], given["year_to"] = year_range(years)
    return Filters(**given)


def _chosen_mode() -> Mode:
    mode = st.query_params.get("mode", "hybrid")
    if mode not in get_args(Mode):
        raise InputError(f"there is no search mode {mode[:40]!r}", f"Use one of {', '.join(get_args(Mode))}")
    return cast(Mode, mode)


def _count() -> int:
    given = st.query_params.get("k", str(STEP))
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= MAX_K):
        raise InputError(f"{given[:20]!r} papers cannot be shown", f"Ask for 1 to {MAX_K}")
    return int(given[:6])


if __name__ == "__main__":
    show()
