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
from survey.ideas.moves import load_moves
from survey.strategies import STRATEGIES
from survey.views.language import language, named, say
from survey.views.page import COLOURS, link, workspace
from survey.views.probes_run import show_probes_of
from survey.views.text import byline, kind_name, plain
from survey.views.work import failure

# Likenesses below this are not worth a look.
_CLOSE = 0.7


def idea_marks(kept: KeptIdea) -> str:
    """Strategy, move, numbers and tags of an idea on one line of Markdown."""
    idea = kept.idea
    parts = [strategy_mark(idea), f":gray-badge[{plain(name_of_move(idea.move))}]"]
    if idea.exists:
        parts.append(f":red-badge[{say('idea.done_already')}]")
    facts = [say("idea.rated", n=kept.rating)] if kept.rating else []
    for name, value in (("novelty", idea.novelty), ("support", idea.support)):
        if value is not None:
            facts.append(say(f"idea.{name}", value=value))
    facts += [f"#{tag}" for tag in kept.tags]
    badges = " ".join(part for part in parts if part)
    return f"{badges}  \n:small[:gray[{plain(' · '.join(facts))}]]" if facts else badges


def name_of_move(key: str) -> str:
    """A move in a few words of the language that is chosen."""
    move = load_moves().get(key)
    if key == OWN:
        return say("idea.own")
    return named(move) if move and language() != "en" else move_name(key)


def strategy_mark(idea: Idea) -> str:
    strategy = STRATEGIES.get(idea.strategy or "")
    return f":{COLOURS[strategy.key]}-badge[{named(strategy)}]" if strategy else ""


def show_idea(library: Library, key: str) -> None:
    """Draw the idea of this key. Raises InputError where there is none."""
    kept = kept_idea(library, key)
    idea = kept.idea
    if refused := st.session_state.pop("refused", None):
        st.error(refused, icon=":material/error:")
    st.header(plain(idea.statement), anchor=False)
    move = load_moves().get(idea.move)
    found_by = named(move) if move else name_of_move(idea.move)
    st.markdown(f"{strategy_mark(idea)} :gray-badge[{plain(found_by)}]")
    if doing := [one for one in idea.nearest if one.does_it]:
        titles = ", ".join(f"“{plain(one.title)}”" for one in doing[:2])
        st.warning(say("idea.does_it", titles=titles), icon=":material/content_copy:")
    left, right = st.columns([5, 3], gap="large")
    with left:
        _grounds(idea)
        _evidence(idea, "for")
        _evidence(idea, "against")
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
        st.caption(say("idea.made_of"), width="content")
        names = dict(zip(idea.concepts, idea.names, strict=False))
        for key in idea.concepts:
            name = names.get(key) or key.split(":", 1)[-1]
            link("graph", f"{plain(name)} :gray[{kind_name(key.split(':', 1)[0])}]", icon=":material/hub:", node=key)


def _evidence(idea: Idea, speaks: str) -> None:
    found = [one for one in idea.evidence if one.speaks == speaks]
    if not found and (speaks == "against" or idea.move == OWN):
        return
    st.subheader(say(f"idea.{speaks}"), anchor=False)
    if not found:
        st.caption(say("idea.nothing_quoted"))
    names = dict(zip(idea.concepts, idea.names, strict=False))
    sides: dict[str, list[Evidence]] = {}
    for one in found:
        sides.setdefault(one.concept, []).append(one)
    for concept, papers in sides.items():
        if concept:
            st.markdown(f"**{plain(names.get(concept) or concept.split(':', 1)[-1])}**")
        for one in papers:
            with st.container(gap="xsmall"):
                if one.words and one.words.strip() != one.title.strip():  # its link says the same
                    st.markdown(f"> {plain(one.words)}")
                link("paper", f"{plain(one.title)} :gray[{one.year or ''}]", id=one.paper)


def _nearest(idea: Idea) -> None:
    st.subheader(say("idea.nearest"), anchor=False)
    if not idea.nearest:
        st.caption(say("idea.not_looked" if idea.novelty is None else "idea.none_found"))
    with st.container(gap="xsmall"):
        for one in idea.nearest:
            link("paper", _existing(one), id=one.paper)


def _existing(one: Existing) -> str:
    near = ""
    if one.does_it:
        near = f" :red-badge[{say('idea.this_does_it')}]"
    elif one.similarity >= _CLOSE:
        near = f" :orange-badge[{say('idea.close')}]"
    remark = byline((), one.year, say("idea.likeness", value=one.similarity))
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
            st.session_state["refused"] = failure(error)

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
        say("ideas.state"),
        STATES,
        format_func=lambda one: say(f"ideas.state_{one}"),
        required=True,
        key=state,
        on_change=lambda: change(lambda: set_state(library, key, st.session_state[state])),
    )
    st.caption(say("idea.your_rating"))
    st.feedback("stars", key=rating, on_change=partial(change, new_rating))
    known = sorted({tag for one in kept_ideas(library) for tag in one.tags} | set(kept.tags))
    st.multiselect(
        say("paper.tags"),
        known,
        key=tags,
        accept_new_options=True,
        placeholder=say("idea.type_a_tag"),
        on_change=partial(change, new_tags),
    )


def _numbers(idea: Idea) -> None:
    if idea.novelty is None and idea.support is None:
        return
    for name, value in (("novelty", idea.novelty), ("support", idea.support)):
        if value is not None:
            st.progress(min(1.0, max(0.0, value)), f"**{say(f'idea.{name}_is', value=value)}**")
            st.caption(say(f"idea.{name}_means"))


def _trying(idea: Idea) -> None:
    facts = {
        "cost": say(f"idea.cost_{idea.cost.replace(' ', '_').replace('-', '_')}") if idea.cost else None,
        "baseline": idea.baseline and plain(idea.baseline),
        "dataset": idea.dataset and plain(idea.dataset),
        "probe": idea.probe and plain(idea.probe),
    }
    lines = [f"- {say(f'idea.{name}', text=f'**{text}**')}" for name, text in facts.items() if text]
    st.subheader(say("idea.trying"), anchor=False)
    if lines:
        st.markdown("\n".join(lines))
    show_probes_of(workspace().home, idea.key)


def _notes(library: Library, kept: KeptIdea) -> None:
    st.subheader(say("paper.notes"), anchor=False)
    for note in kept.notes:
        with st.container(border=True, gap="xsmall"):
            st.text(note.text)
            st.caption(note.created[:10])
    with st.form("idea-notes", border=False, clear_on_submit=True):
        given = st.text_area(
            say("paper.new_note"),
            key="new-idea-note",
            label_visibility="collapsed",
            placeholder=say("paper.to_remember"),
            height=80,
        )
        if st.form_submit_button(say("paper.add_note"), key="add-idea-note") and given.strip():
            note_idea(library, kept.idea.key, given)
            st.rerun()


def _origin(library: Library, kept: KeptIdea) -> None:
    link("graph", say("paper.in_graph"), icon=":material/hub:", node=f"idea:{kept.idea.key}")
    st.caption(say("idea.since", key=plain(kept.idea.key), made=kept.created[:10], changed=kept.changed[:10]))
    if kept.idea.move == OWN:
        with st.popover(say("idea.delete"), icon=":material/delete:"):
            st.markdown(say("idea.for_good"))
            if st.button(say("idea.delete_it"), key="delete-idea", type="primary"):
                delete_idea(library, kept.idea.key)
                st.query_params.clear()
                st.rerun()
