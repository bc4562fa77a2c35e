"""A survey's papers: those that were found and what speaks for each, left out by a tick, wanted ones added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from corpus.errors import FourwaysError, UnknownPaper
from corpus.models import Paper
from corpus.workspace import Workspace
from survey.drafts import Found, Survey, change_survey
from survey.drafts.steps import pinned
from survey.views.language import say
from survey.views.page import ready_workspace
from survey.views.survey_work import Run, change, refuse, tell_refused
from survey.views.text import byline, paper_address, plain, shortened

_PAGE = 50
_HITS = 8
_ORDERS = ("relevance", "cited", "newest", "oldest")


def show_papers(opened: Workspace, key: str, survey: Survey, run: Run) -> None:
    """The list of papers, and what can be done with it."""
    tell_refused()
    left = len(survey.papers) - len(survey.chosen)
    counted = say("survey.found", n=len(survey.papers))
    st.markdown(f"{counted} {say('survey.left_out_of_these', n=left) if left else ''}")
    _next(survey, run, "next")
    with st.expander(say("survey.add_paper"), icon=":material/add:"):
        _add(opened, key, survey)
    with st.expander(say("survey.look_again"), icon=":material/refresh:"):
        _again(opened, key, survey, run)
    _list(opened, key, survey)


def _next(survey: Survey, run: Run, name: str) -> None:
    if not survey.searched:
        if st.button(say("survey.find"), type="primary", icon=":material/search:", key=f"{name}-find"):
            run("papers")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if not survey.fits:
            label = say("survey.update_outline" if survey.outline and survey.edited else "survey.build_outline")
            if st.button(label, type="primary", icon=":material/account_tree:", key=f"{name}-outline"):
                st.query_params["view"] = "outline"
                run("outline")
        if not survey.is_drafted:
            plain_type: Any = "secondary" if not survey.fits else "primary"
            if st.button(say("survey.write"), type=plain_type, icon=":material/edit_note:", key=f"{name}-draft"):
                st.query_params["view"] = "draft"
                run("draft")
        else:
            st.caption(f":green[:material/check_circle:] {say('survey.papers_drafted')}")


# ---- papers that somebody wants ----------------------------------------------------------------------------------------


def _add(opened: Workspace, key: str, survey: Survey) -> None:
    with st.form("add-paper", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(say("survey.add_name"), key="add-name", placeholder="2106.09685", max_chars=400).strip()
        if st.form_submit_button(say("survey.add"), icon=":material/add:") and name:
            _add_named(key, survey, name)
    for paper in _offered(survey):
        with st.container(horizontal=True, vertical_alignment="center"):
            paper_id = paper.name
            if st.button(say("survey.add"), icon=":material/add:", key=f"add-{paper_id}"):
                change(lambda paper_id=paper_id: _pin(opened, key, paper_id))  # type: ignore[misc]
            st.markdown(f"{plain(paper.title)} :gray[{plain(byline(paper.authors, paper.year, paper.venue))}]")


def _add_named(key: str, survey: Survey, name: str) -> None:
    """The paper of this id or title; of any other words, what a search finds is offered."""
    opened = ready_workspace()
    try:
        _pin(opened, key, name)
    except UnknownPaper:
        hits = opened.searcher.search(name, _HITS)
        st.session_state["survey-offered"] = [hit.paper for hit in hits]
        if not hits:
            st.session_state["survey-refused"] = say("survey.nothing_found")
    except FourwaysError as error:
        refuse(error)
    st.rerun()


def _offered(survey: Survey) -> list[Paper]:
    chosen = set(survey.chosen)
    offered: list[Paper] = st.session_state.get("survey-offered", [])
    return [paper for paper in offered if paper.name not in chosen]


def _pin(opened: Workspace, key: str, name: str) -> Survey:
    return change_survey(opened.home, key, lambda now: pinned(opened, now, name))


def _again(opened: Workspace, key: str, survey: Survey, run: Run) -> None:
    st.caption(say("survey.look_again_means"))
    with st.form("look-again", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        most = st.number_input(
            say("survey.most"), 2, max(1000, survey.most), survey.most, step=10, key=f"most-{key}", width=160
        )
        if st.form_submit_button(say("survey.look_again"), icon=":material/refresh:"):
            change_survey(opened.home, key, lambda now: now.model_copy(update={"most": int(most)}))
            run("papers", anew=True)


# ---- the list ----------------------------------------------------------------------------------------------------------


def _list(opened: Workspace, key: str, survey: Survey) -> None:
    papers = papers_of(opened, tuple(one.id for one in survey.papers))
    words, order = st.columns([3, 1], vertical_alignment="bottom")
    typed = words.text_input(
        say("survey.only_with"), key=f"only-{key}", placeholder=say("survey.only_for_example"), max_chars=200
    )
    by = order.selectbox(
        say("survey.order"), _ORDERS, format_func=lambda one: say(f"survey.order_{one}"), key=f"order-{key}"
    )
    asked = (typed or "").lower().split()
    shown = [one for one in survey.papers if one.id in papers and _has(papers[one.id], asked)]
    shown.sort(key=lambda one: _rank(one, papers[one.id], by))
    pages = max(1, -(-len(shown) // _PAGE))
    page = 1
    if pages > 1:
        page = int(st.number_input(say("survey.page", n=pages), 1, pages, 1, key=f"page-{key}-{pages}", width=160))
    if gone := len(survey.papers) - len(papers):
        st.caption(say("survey.gone", n=gone))
    left_out = set(survey.left_out)
    with st.container(gap="xsmall", key="survey-papers"):
        for one in shown[(page - 1) * _PAGE : page * _PAGE]:
            _tick(opened, key, one, papers[one.id], kept=one.id not in left_out)
    if not shown:
        st.caption(say("survey.none_with"))


def _tick(opened: Workspace, key: str, one: Found, paper: Paper, *, kept: bool) -> None:
    name = f"keep-{key}-{one.id}"
    st.session_state[name] = kept
    about = plain(byline(paper.authors, paper.year, paper.venue, most=3))
    address = f"[{say('survey.open_paper')}]({paper_address(one.id)})"
    label = f"**{shortened(paper.title, 300)}** :gray[{about}] :small[{' · '.join([*_why(one), address])}]"
    st.checkbox(label, key=name, on_change=_keep, args=(opened, key, one.id, name))


def _why(one: Found) -> list[str]:
    """What speaks for a paper."""
    told = [f"**{say('survey.pinned')}**"] if one.pinned else []
    if one.relevance is not None and not one.pinned:
        told.append(say("survey.relevance", part=f"{one.relevance:.0%}"))
    if one.cited:
        told.append(say("survey.cited_here", n=one.cited))
    return told


def _keep(opened: Workspace, key: str, paper_id: str, name: str) -> None:
    kept = bool(st.session_state[name])

    def change(now: Survey) -> Survey:
        others = tuple(one for one in now.left_out if one != paper_id)
        return now.model_copy(update={"left_out": others if kept else (*others, paper_id)})

    try:
        change_survey(opened.home, key, change)
    except FourwaysError as error:
        refuse(error)


def _has(paper: Paper, words: list[str]) -> bool:
    text = f"{paper.title} {' '.join(paper.authors)} {paper.year or ''} {paper.venue or ''}".lower()
    return all(word in text for word in words)


def _rank(one: Found, paper: Paper, order: str) -> tuple[float, ...]:
    pinned_first = 0.0 if one.pinned else 1.0
    if order == "relevance":
        return pinned_first, -(one.relevance or 0.0)
    if order == "cited":
        return -one.cited, -(one.relevance or 0.0)
    year = paper.year or 0
    return (-year,) if order == "newest" else (year or 9999,)


def papers_of(opened: Workspace, ids: tuple[str, ...]) -> dict[str, Paper]:
    """Those of the ids that the library knows, with their papers."""
    found: dict[str, Paper] = _papers_of(str(opened.home.root), opened.library.revision(), ids, _opened=opened)
    return found


def _load_papers(root: str, revision: int, ids: tuple[str, ...], *, _opened: Workspace) -> dict[str, Paper]:
    """Those of the ids that the library still knows. Read again when it has changed."""
    keys: dict[str, int] = {}
    for one in ids:
        try:
            keys[one] = _opened.library.resolve(one)
        except UnknownPaper:
            continue
    papers = _opened.library.papers(list(keys.values()))
    return dict(zip(keys, papers, strict=True))


_papers_of: Callable[..., Any] = st.cache_resource(show_spinner=False, max_entries=8)(_load_papers)
