"""One idea: what it says, what speaks for and against it, what is near to it, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from corpus.errors import FourwaysError
from corpus.ideas import (
    OWN,
    STATES,
    Evidence,
    Existing,
    Idea,
    KeptIdea,
    delete_idea,
    kept_idea,
    kept_ideas,
    note_idea,
    rate_idea,
    set_state,
    tag_idea,
)
from corpus.library import Library
from survey.ideas.board import move_name
from survey.ideas.export import NOVELTY, SUPPORT
from survey.ideas.moves import load_moves
from survey.strategies import STRATEGIES
from survey.views.page import COLOURS, link
from survey.views.text import byline, message, plain

# What must be trained, from the reading notes' advice to those with little compute.
_COST = {
    "inference only": "nothing is trained",
    "data only": "data are made or merged, nothing else",
    "plug-in": "a small module is trained",
    "frozen model": "little beside a frozen model is trained",
    "whole model": "a whole model is trained",
}
# Likenesses below this are not worth a look.
_CLOSE = 0.7


def idea_marks(kept: KeptIdea) -> str:
    """Strategy, move, numbers and tags of an idea on one line of Markdown."""
    idea = kept.idea
    parts = [strategy_mark(idea), f":gray-badge[{plain(move_name(idea.move))}]"]
    if idea.exists:
        parts.append(":red-badge[done already]")
    told = [f"rated {kept.rating} of 5"] if kept.rating else []
    for name, value in (("novelty", idea.novelty), ("support", idea.support)):
        if value is not None:
            told.append(f"{name} {value:.2f}")
    told += [f"#{tag}" for tag in kept.tags]
    badges = " ".join(part for part in parts if part)
    return f"{badges}  \n:small[:gray[{plain(' · '.join(told))}]]" if told else badges


def strategy_mark(idea: Idea) -> str:
    named = STRATEGIES.get(idea.strategy or "")
    return f":{COLOURS[named.key]}-badge[{named.en}]" if named else ""


def show_idea(library: Library, key: str) -> None:
    """Draw the idea of this key. Raises InputError where there is none."""
    kept = kept_idea(library, key)
    idea = kept.idea
    if refused := st.session_state.pop("refused", None):
        st.error(refused, icon=":material/error:")
    st.header(plain(idea.statement), anchor=False)
    named = STRATEGIES.get(idea.strategy or "")
    marks = [f":{COLOURS[named.key]}-badge[{named.en} {named.zh}]" if named else ""]
    move = load_moves().get(idea.move)
    found_by = f"{move.en} {move.zh}" if move else "Your own" if idea.move == OWN else move_name(idea.move)
    marks.append(f":gray-badge[{plain(found_by)}]")
    st.markdown(" ".join(mark for mark in marks if mark))
    if doing := [one for one in idea.nearest if one.does_it]:
        titles = ", ".join(f"“{plain(one.title)}”" for one in doing[:2])
        st.warning(f"A paper of the library does this already: {titles}.", icon=":material/content_copy:")
    left, right = st.columns([5, 3], gap="large")
    with left:
        _grounds(idea)
        _evidence(idea, "for", "What speaks for it")
        _evidence(idea, "against", "What speaks against it")
        _nearest(idea)
    with right:
        _standing(library, kept)
        _numbers(idea)
        _trying(idea)
        _notes(library, kept)
        _origin(library, kept)


def _grounds(idea: Idea) -> None:
    if idea.why:
        st.markdown(plain(idea.why))
    if not idea.concepts:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Made of", width="content")
        names = dict(zip(idea.concepts, idea.names, strict=False))
        for key in idea.concepts:
            name = names.get(key) or key.split(":", 1)[-1]
            link("graph", f"{plain(name)} :gray[{plain(key.split(':', 1)[0])}]", icon=":material/hub:", node=key)


def _evidence(idea: Idea, speaks: str, heading: str) -> None:
    found = [one for one in idea.evidence if one.speaks == speaks]
    if not found and (speaks == "against" or idea.move == OWN):
        return
    st.subheader(heading, anchor=False)
    if not found:
        st.caption("No paper was quoted.")
    names = dict(zip(idea.concepts, idea.names, strict=False))
    sides: dict[str, list[Evidence]] = {}
    for one in found:
        sides.setdefault(one.concept, []).append(one)
    for concept, papers in sides.items():
        if concept:
            st.markdown(f"**{plain(names.get(concept) or concept.split(':', 1)[-1])}**")
        for one in papers:
            with st.container(gap="xsmall"):
                if one.words:
                    st.markdown(f"> {plain(one.words)}")
                link("paper", f"{plain(one.title)} :gray[{one.year or ''}]", id=one.paper)


def _nearest(idea: Idea) -> None:
    st.subheader("Nearest existing work", anchor=False)
    if not idea.nearest:
        st.caption("Nobody has looked yet." if idea.novelty is None else "None was found in the library.")
    with st.container(gap="xsmall"):
        for one in idea.nearest:
            link("paper", _existing(one), id=one.paper)


def _existing(one: Existing) -> str:
    near = " :red-badge[does it]" if one.does_it else " :orange-badge[close]" if one.similarity >= _CLOSE else ""
    remark = byline((), one.year, f"likeness {one.similarity:.2f}")
    return f"{plain(one.title)} :gray[{plain(remark)}]{near}"


# ---- what is made of it ------------------------------------------------------------------------------------------------


def _standing(library: Library, kept: KeptIdea) -> None:
    key = kept.idea.key
    state, rating, tags = f"state-{key}", f"rating-{key}", f"tags-{key}"
    # What is kept counts, for another tab may have changed it.
    st.session_state[state] = kept.state
    st.session_state[rating] = None if kept.rating is None else kept.rating - 1
    st.session_state[tags] = list(kept.tags)

    def change(act: Callable[[], object]) -> None:
        try:
            act()
        except FourwaysError as error:
            st.session_state["refused"] = message(str(error))

    def new_tags() -> None:
        chosen = list(st.session_state[tags])
        if added := [tag for tag in chosen if tag not in kept.tags]:
            tag_idea(library, key, added)
        if gone := [tag for tag in kept.tags if tag not in chosen]:
            tag_idea(library, key, gone, remove=True)

    def new_rating() -> None:
        given = st.session_state[rating]
        rate_idea(library, key, None if given is None else int(given) + 1)

    st.segmented_control(
        "State",
        STATES,
        format_func=str.capitalize,
        required=True,
        key=state,
        on_change=lambda: change(lambda: set_state(library, key, st.session_state[state])),
    )
    st.caption("Your rating")
    st.feedback("stars", key=rating, on_change=partial(change, new_rating))
    known = sorted({tag for one in kept_ideas(library) for tag in one.tags} | set(kept.tags))
    st.multiselect(
        "Tags",
        known,
        key=tags,
        accept_new_options=True,
        placeholder="Type a tag",
        on_change=partial(change, new_tags),
    )


def _numbers(idea: Idea) -> None:
    if idea.novelty is None and idea.support is None:
        return
    for name, value, meaning in (("Novelty", idea.novelty, NOVELTY), ("Support", idea.support, SUPPORT)):
        if value is not None:
            st.progress(min(1.0, max(0.0, value)), f"**{name} {value:.2f}**")
            st.caption(f"{meaning.capitalize()}.")


def _trying(idea: Idea) -> None:
    facts = {
        "What it costs": f"{idea.cost}: {_COST[idea.cost]}" if idea.cost else None,
        "Compare it with": idea.baseline,
        "On the data set": idea.dataset,
        "Quick probe": idea.probe,
    }
    lines = [f"- {name}: **{plain(text)}**" for name, text in facts.items() if text]
    if lines:
        st.subheader("Trying it", anchor=False)
        st.markdown("\n".join(lines))


def _notes(library: Library, kept: KeptIdea) -> None:
    st.subheader("Notes", anchor=False)
    for note in kept.notes:
        with st.container(border=True, gap="xsmall"):
            st.text(note.text)
            st.caption(note.created[:10])
    with st.form("idea-notes", border=False, clear_on_submit=True):
        given = st.text_area(
            "A new note", key="new-idea-note", label_visibility="collapsed", placeholder="What to remember", height=80
        )
        if st.form_submit_button("Add the note") and given.strip():
            note_idea(library, kept.idea.key, given)
            st.rerun()


def _origin(library: Library, kept: KeptIdea) -> None:
    link("graph", "In the graph", icon=":material/hub:", node=f"idea:{kept.idea.key}")
    st.caption(plain(f"{kept.idea.key} · since {kept.created[:10]} · changed {kept.changed[:10]}"))
    if kept.idea.move == OWN:
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("It goes for good, with its notes.")
            if st.button("Delete it", key="delete-idea", type="primary"):
                delete_idea(library, kept.idea.key)
                st.query_params.clear()
                st.rerun()
