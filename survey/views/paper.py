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
from survey.strategies import directions
from survey.views.page import COLOURS, link, require_papers, shown_errors, workspace
from survey.views.text import byline, plain, web_address

_LINKED = {"cites": "Cites", "cited_by": "Cited by", "similar": "Near in meaning"}
_MOST = 50


@shown_errors()
def show() -> None:
    require_papers()
    paper_id = st.query_params.get("id", "")
    if not paper_id:
        st.title("A paper", anchor=False)
        st.text_input("Id", key="wanted", placeholder="arXiv id, DOI, ACL id ...", on_change=_open)
        st.caption("Any id that the paper is known by. Or find it on the search page.")
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
        "Paper": web_address(paper.url),
        "arXiv": f"https://arxiv.org/abs/{quote(paper.arxiv_id, safe='/')}" if paper.arxiv_id else None,
        "DOI": f"https://doi.org/{quote(paper.doi, safe='/')}" if paper.doi else None,
        "Code": web_address(paper.code_url),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, address in addresses.items():
            if address:
                st.link_button(label, address, icon=":material/open_in_new:")
        link("search", "More like this", icon=":material/join_inner:", like=paper.name)
        link("graph", "In the graph", icon=":material/hub:", node=paper.name)


def _abstract(paper: Paper) -> None:
    if not paper.abstract:
        st.info("No abstract is known.")
        return
    st.markdown(plain(paper.abstract))
    if paper.summary_by:
        st.caption(f"A summary by {plain(paper.summary_by)}, not the authors' abstract.")


def _linked(card: dict[str, Any]) -> None:
    labels = {name: f"{heading} ({len(card[name])})" for name, heading in _LINKED.items()}
    first = next((label for name, label in labels.items() if card[name]), None)
    for tab, name in zip(st.tabs(list(labels.values()), default=first), labels, strict=True):
        with tab:
            if not card[name]:
                st.caption("None in this library.")
            with st.container(gap="xsmall"):
                for one in card[name][:_MOST]:
                    remark = " · ".join(str(part) for part in (one.get("year"), one.get("cosine")) if part)
                    link("paper", f"{plain(one['title'])} :gray[{remark}]", id=one["id"])
            if len(card[name]) > _MOST:
                st.caption(f"and {len(card[name]) - _MOST} more: `fourways show {plain(card['id'])}` lists them")


def _places(card: dict[str, Any]) -> None:
    st.subheader("Where it stands", anchor=False)
    if not card["places"]:
        st.caption("Under no direction, as far as `fourways index` could tell.")
    for place in card["places"]:
        st.markdown(
            f":{COLOURS[place['strategy']]}-badge[{place['strategy_en']} {place['strategy_zh']}]  \n"
            f"{plain(place['direction_en'])} {plain(place['direction_zh'])} "
            f":gray[:small[{plain(how_sure(place['weight'], place['source']))}]]"
        )
    _correct(card)


def _correct(card: dict[str, Any]) -> None:
    """A menu to say where the paper stands, or does not, and to take that back."""
    with st.popover("Correct", icon=":material/edit_location:"):
        named = {key: f"{one.en} {one.zh}" for key, one in directions().items()}
        standing = [place["direction"] for place in card["places"] if place["source"] != YOU]
        choices = {
            "It stands under": [key for key in named if not card["corrections"].get(key)],
            "It does not stand under": standing,
            "Take back what was said of": [key for key in card["corrections"] if key in named],
        }
        kind = st.radio("What", [label for label, keys in choices.items() if keys], key="correct_what")
        key = st.selectbox("Direction", choices[kind], format_func=named.__getitem__, key="correct_direction")
        if st.button("Keep", key="correct_keep"):
            stands = {"It stands under": True, "It does not stand under": False}.get(kind)
            correct_place(workspace(), card["id"], key, stands)
            st.rerun()


def _tags(card: dict[str, Any]) -> None:
    st.subheader("Tags", anchor=False)
    if card["tags"]:
        st.markdown(" ".join(f":gray-badge[{plain(tag)}]" for tag in card["tags"]))
    with st.form("tags", border=False, clear_on_submit=True), st.container(horizontal=True):
        given = st.text_input(
            "New tags, parted by commas", key="new_tags", label_visibility="collapsed", placeholder="to-read, baseline"
        )
        if st.form_submit_button("Add") and given.strip():
            workspace().library.add_tags(card["id"], given.split(","))
            st.rerun()


def _notes(card: dict[str, Any]) -> None:
    st.subheader("Notes", anchor=False)
    for note in card["notes"]:
        with st.container(border=True, gap="xsmall"):
            st.text(note["text"])
            st.caption(note["created"][:10])
    with st.form("notes", border=False, clear_on_submit=True):
        given = st.text_area(
            "A new note", key="new_note", label_visibility="collapsed", placeholder="What to remember", height=80
        )
        if st.form_submit_button("Add the note") and given.strip():
            workspace().library.add_note(card["id"], given)
            st.rerun()


def _origin(card: dict[str, Any]) -> None:
    with st.expander("Ids, and where each field came from"):
        st.markdown("\n".join(f"- {plain(alias)}" for alias in card["aliases"]))
        st.dataframe([{"field": field, "from": label} for field, label in sorted(card["origin"].items())])


if __name__ == "__main__":
    show()
