"""One paper: `?id=` any id that it is known by."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import streamlit as st

from corpus.errors import UnknownPaper
from corpus.models import Paper
from survey.cards import paper_card
from survey.places.correcting import correct_place
from survey.places.placing import YOU
from survey.places.telling import how_sure
from survey.strategies import STRATEGIES, directions
from survey.views.copying import copy_bibtex
from survey.views.language import language, named, say, told
from survey.views.page import COLOURS, link, require_papers, shown_errors, workspace
from survey.views.paper_graph import show_neighbourhood
from survey.views.paper_remarks import show_notes, show_tags
from survey.views.text import byline, kind_name, plain, shortened, web_address
from survey.views.work import failure

_LINKED = ("cites", "cited_by", "similar")
_MOST = 50
# Concepts and ideas that are listed.
_CONCEPTS, _IDEAS = 24, 8


@shown_errors()
def show() -> None:
    require_papers()
    paper_id = st.query_params.get("id", "")
    if not paper_id:
        _ask()
        return
    library = workspace().library
    try:
        card = paper_card(library, paper_id)
    except UnknownPaper as error:
        _ask()
        st.error(failure(error), icon=":material/error:")
        link("search", say("paper.search_it"), icon=":material/search:", q=paper_id)
        return
    paper = library.paper(paper_id)
    st.title(plain(paper.title), anchor=False)
    st.caption(plain(byline(paper.authors, paper.year, paper.venue, most=12)))
    left, right = st.columns([5, 3], gap="large")
    with left:
        _links(paper)
        _abstract(paper)
        _linked(card)
    with right:
        _places(card)
        _concepts(card)
        _ideas(card)
        show_tags(paper.name)
        show_notes(paper.name)
        _origin(card)
    with left:  # last, for the page ends here while the graph is being opened
        show_neighbourhood(paper.name)


def _ask() -> None:
    st.title(say("paper.title"), anchor=False)
    st.text_input(say("paper.id"), key="wanted", placeholder=say("paper.any_id"), on_change=_open)
    st.caption(say("paper.how"))


def _open() -> None:
    st.query_params["id"] = st.session_state["wanted"].strip()


def _links(paper: Paper) -> None:
    arxiv_id = quote(paper.arxiv_id, safe="/") if paper.arxiv_id else None
    addresses = {
        say("paper.paper"): web_address(paper.url),
        "arXiv": f"https://arxiv.org/abs/{arxiv_id}" if arxiv_id else None,
        "PDF": f"https://arxiv.org/pdf/{arxiv_id}" if arxiv_id else _pdf(paper.url),
        "DOI": f"https://doi.org/{quote(paper.doi, safe='/')}" if paper.doi else None,
        say("paper.code"): web_address(paper.code_url),
    }
    if addresses["arXiv"] == addresses[say("paper.paper")] or addresses["PDF"] == addresses[say("paper.paper")]:
        del addresses[say("paper.paper")]
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, address in addresses.items():
            if address:
                st.link_button(label, address, icon=":material/open_in_new:")
        link("search", say("paper.more_like"), icon=":material/join_inner:", like=paper.name)
        link("graph", say("paper.in_graph"), icon=":material/hub:", node=paper.name)
        copy_bibtex([paper], paper.name)


def _pdf(url: str | None) -> str | None:
    """The address, if it is a PDF's."""
    address = web_address(url)
    return address if address and address.lower().split("?")[0].endswith(".pdf") else None


def _abstract(paper: Paper) -> None:
    if not paper.abstract:
        st.info(say("paper.no_abstract"))
        return
    st.markdown(plain(paper.abstract))
    if paper.summary_by:
        st.caption(say("paper.summary", by=plain(paper.summary_by)))


def _linked(card: dict[str, Any]) -> None:
    labels = {name: say(f"paper.{name}", n=len(card[name])) for name in _LINKED}
    first = next((label for name, label in labels.items() if card[name]), None)
    for tab, name in zip(st.tabs(list(labels.values()), default=first), labels, strict=True):
        with tab:
            if not card[name]:
                st.caption(say("paper.none_here"))
            with st.container(gap="xsmall"):
                for one in card[name][:_MOST]:
                    remark = " · ".join(str(part) for part in (one.get("year"), one.get("cosine")) if part)
                    link("paper", f"{plain(one['title'])} :gray[{remark}]", id=one["id"])
            if len(card[name]) > _MOST:
                st.caption(say("paper.more_linked", n=len(card[name]) - _MOST, id=plain(card["id"])))


def _places(card: dict[str, Any]) -> None:
    st.subheader(say("paper.places"), anchor=False)
    if not card["places"]:
        st.caption(say("paper.no_place"))
    for place in card["places"]:
        strategy, direction = STRATEGIES[place["strategy"]], directions()[place["direction"]]
        st.markdown(
            f":{COLOURS[strategy.key]}-badge[{named(strategy)}]  \n{plain(named(direction))} "
            f":gray[:small[{plain(told(how_sure(place['weight'], place['source'])))}]]"
        )
    _correct(card)


def _correct(card: dict[str, Any]) -> None:
    """A menu to say where the paper stands, or does not, and to take that back."""
    with st.popover(say("paper.correct"), icon=":material/edit_location:"):
        known = {key: named(one) for key, one in directions().items()}
        standing = [place["direction"] for place in card["places"] if place["source"] != YOU]
        choices = {
            "stands": [key for key in known if not card["corrections"].get(key)],
            "stands_not": standing,
            "take_back": [key for key in card["corrections"] if key in known],
        }
        kind = st.radio(
            say("paper.correct_what"),
            [kind for kind, keys in choices.items() if keys],
            format_func=lambda kind: say(f"paper.{kind}"),
            key="correct_what",
        )
        key = st.selectbox(
            say("paper.direction"), choices[kind], format_func=known.__getitem__, key="correct_direction"
        )
        if st.button(say("paper.keep"), key="correct_keep"):
            stands = {"stands": True, "stands_not": False}.get(kind)
            correct_place(workspace(), card["id"], key, stands)
            st.rerun()


def _concepts(card: dict[str, Any]) -> None:
    """What it does with methods, tasks and data sets, each a link to the graph; its words are said beside."""
    if not card["concepts"]:
        return
    st.subheader(say("paper.speaks_of"), anchor=False)
    by_edge: dict[str, list[dict[str, Any]]] = {}
    for one in card["concepts"][:_CONCEPTS]:
        by_edge.setdefault(one["edge"], []).append(one)
    for edge, found in by_edge.items():
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.caption(say(f"graph.edge_{edge}"), width="content")
            for one in found:
                name = (one["zh"] if language() == "zh" else None) or one["name"]
                link("graph", f"{plain(name)} :gray[:small[{kind_name(one['kind'])}]]", node=one["key"])


def _ideas(card: dict[str, Any]) -> None:
    if not card["ideas"]:
        return
    st.subheader(say("paper.ideas"), anchor=False)
    with st.container(gap="xsmall"):
        for one in card["ideas"][:_IDEAS]:
            link("ideas", shortened(one["statement"], 140), icon=":material/lightbulb:", idea=one["key"])


def _origin(card: dict[str, Any]) -> None:
    with st.expander(say("paper.origin")):
        st.markdown("\n".join(f"- {plain(alias)}" for alias in card["aliases"]))
        field_name, source = say("paper.field"), say("paper.from")
        st.dataframe([{field_name: field, source: label} for field, label in sorted(card["origin"].items())])


if __name__ == "__main__":
    show()
