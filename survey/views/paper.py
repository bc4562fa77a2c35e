"""One paper: `?id=` any id that it is known by."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import streamlit as st

from corpus.models import Paper
from survey.cards import paper_card
from survey.places.correcting import correct_place
from survey.places.placing import YOU
from survey.places.telling import how_sure
from survey.strategies import STRATEGIES, directions
from survey.views.language import named, say, told
from survey.views.page import COLOURS, link, require_papers, shown_errors, workspace
from survey.views.text import byline, plain, web_address

_LINKED = ("cites", "cited_by", "similar")
_MOST = 50


@shown_errors()
def show() -> None:
    require_papers()
    paper_id = st.query_params.get("id", "")
    if not paper_id:
        st.title(say("paper.title"), anchor=False)
        st.text_input(say("paper.id"), key="wanted", placeholder=say("paper.any_id"), on_change=_open)
        st.caption(say("paper.how"))
        return
    library = workspace().library
    card = paper_card(library, paper_id)
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
        _tags(card)
        _notes(card)
        _origin(card)


def _open() -> None:
    st.query_params["id"] = st.session_state["wanted"].strip()


def _links(paper: Paper) -> None:
    addresses = {
        say("paper.paper"): web_address(paper.url),
        "arXiv": f"https://arxiv.org/abs/{quote(paper.arxiv_id, safe='/')}" if paper.arxiv_id else None,
        "DOI": f"https://doi.org/{quote(paper.doi, safe='/')}" if paper.doi else None,
        say("paper.code"): web_address(paper.code_url),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, address in addresses.items():
            if address:
                st.link_button(label, address, icon=":material/open_in_new:")
        link("search", say("paper.more_like"), icon=":material/join_inner:", like=paper.name)
        link("graph", say("paper.in_graph"), icon=":material/hub:", node=paper.name)


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


def _tags(card: dict[str, Any]) -> None:
    st.subheader(say("paper.tags"), anchor=False)
    if card["tags"]:
        st.markdown(" ".join(f":gray-badge[{plain(tag)}]" for tag in card["tags"]))
    with st.form("tags", border=False, clear_on_submit=True), st.container(horizontal=True):
        given = st.text_input(
            say("paper.new_tags"), key="new_tags", label_visibility="collapsed", placeholder=say("paper.some_tags")
        )
        if st.form_submit_button(say("paper.add_tags"), key="add-tags") and given.strip():
            workspace().library.add_tags(card["id"], given.split(","))
            st.rerun()


def _notes(card: dict[str, Any]) -> None:
    st.subheader(say("paper.notes"), anchor=False)
    for note in card["notes"]:
        with st.container(border=True, gap="xsmall"):
            st.text(note["text"])
            st.caption(note["created"][:10])
    with st.form("notes", border=False, clear_on_submit=True):
        given = st.text_area(
            say("paper.new_note"),
            key="new_note",
            label_visibility="collapsed",
            placeholder=say("paper.to_remember"),
            height=80,
        )
        if st.form_submit_button(say("paper.add_note"), key="add-note") and given.strip():
            workspace().library.add_note(card["id"], given)
            st.rerun()


def _origin(card: dict[str, Any]) -> None:
    with st.expander(say("paper.origin")):
        st.markdown("\n".join(f"- {plain(alias)}" for alias in card["aliases"]))
        field_name, source = say("paper.field"), say("paper.from")
        st.dataframe([{field_name: field, source: label} for field, label in sorted(card["origin"].items())])


if __name__ == "__main__":
    show()
