"""Ideas: the board of all by state, one idea (`?idea=` its key), and the map of gaps (`?view=map`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from corpus.errors import FourwaysError
from corpus.ideas import MAX_STATEMENT, KeptIdea, State, kept_ideas, set_state
from corpus.workspace import Workspace
from survey.ideas.board import build_board
from survey.ideas.export import render_json, render_markdown
from survey.jobs import Job
from survey.strategies import STRATEGIES
from survey.views.idea import idea_marks, name_of_move, show_idea
from survey.views.idea_map import show_map
from survey.views.language import named, say
from survey.views.page import (
    keep_in_address,
    link,
    offer_index,
    preset,
    ready_workspace,
    require_papers,
    shown_errors,
    workspace,
)
from survey.views.text import shortened
from survey.views.work import ended, start, under_way

_FIRST, _MORE = 10, 20
# From left to right: as an idea goes, and at the end what came to nothing.
_COLUMNS: tuple[State, ...] = ("new", "reading", "trying", "done", "dropped")
_VIEWS = ("board", "map")
# Where an idea of each state goes from there, in one click; its own page offers all states.
_ONWARD: dict[str, tuple[State, ...]] = {
    "new": ("reading", "dropped"),
    "reading": ("trying", "dropped"),
    "trying": ("done", "dropped"),
    "done": ("trying",),
    "dropped": ("new",),
}
_ICONS: dict[str, str] = {
    "new": ":material/undo:",
    "reading": ":material/menu_book:",
    "trying": ":material/science:",
    "done": ":material/check:",
    "dropped": ":material/close:",
}


@shown_errors()
def show() -> None:
    if key := st.query_params.get("idea"):
        st.title(say("ideas.one"), anchor=False)
        link("ideas", say("ideas.all"), icon=":material/arrow_back:")
        show_idea(workspace().library, key)
        return
    st.title(say("ideas.title"), anchor=False)
    require_papers()
    if _view() == "map":
        show_map()
        return
    _board()


def _view() -> str:
    asked = st.query_params.get("view", "board")
    preset("ideas-view", asked if asked in _VIEWS else "board")
    st.segmented_control(
        say("ideas.show"),
        _VIEWS,
        format_func=lambda view: say(f"ideas.view_{view}"),
        required=True,
        key="ideas-view",
        label_visibility="collapsed",
        on_change=keep_in_address,
        args=("view", "ideas-view"),
    )
    return str(st.session_state["ideas-view"])


# ---- the board ---------------------------------------------------------------------------------------------------------


def _board() -> None:
    opened = workspace()
    with shown_errors():
        _propose(opened)
    with st.expander(say("ideas.write_own"), icon=":material/edit:"):
        _own()
    kept = kept_ideas(opened.library)
    if not kept:
        st.info(say("ideas.none_yet"), icon=":material/lightbulb:")
        return
    strategy, move, text = _filters(kept)
    board = build_board(kept, strategy=strategy, move=move, text=text)
    shown = [one for ideas in board.values() for one in ideas]
    with st.container(horizontal=True, vertical_alignment="center"):
        _downloads(shown)
        key = "ideas.count_of" if len(shown) < len(kept) else "ideas.count"
        st.caption(f"{say(key, shown=len(shown), n=len(kept))} {say('ideas.order')}")
    # A column without ideas needs room for its name only.
    widths = [3 if board[state] else 1 for state in _COLUMNS]
    for column, state in zip(st.columns(widths, gap="small"), _COLUMNS, strict=True):
        with column:
            _column(state, board[state])


def _filters(kept: Sequence[KeptIdea]) -> tuple[str | None, str | None, str]:
    moves = sorted({one.idea.move for one in kept})
    words, by_strategy, by_move = st.columns([2, 1, 1])
    for field, known in (("strategy", list(STRATEGIES)), ("move", moves), ("words", None)):
        asked = st.query_params.get(field)
        preset(f"ideas-{field}", asked if known is None or asked in known else None)
    text = words.text_input(
        say("ideas.words"),
        key="ideas-words",
        placeholder=say("ideas.words_for_example"),
        on_change=keep_in_address,
        args=("words", "ideas-words"),
    )
    strategy = by_strategy.selectbox(
        say("search.strategy"),
        list(STRATEGIES),
        format_func=lambda key: named(STRATEGIES[key]),
        key="ideas-strategy",
        placeholder=say("ideas.all_of_them"),
        on_change=keep_in_address,
        args=("strategy", "ideas-strategy"),
        index=None,
    )
    move = by_move.selectbox(
        say("ideas.move"),
        moves,
        format_func=name_of_move,
        key="ideas-move",
        placeholder=say("ideas.all_of_them"),
        on_change=keep_in_address,
        args=("move", "ideas-move"),
        index=None,
    )
    return strategy, move, text or ""


def _column(state: str, ideas: Sequence[KeptIdea]) -> None:
    st.markdown(f"**{say(f'ideas.state_{state}')}** :gray[{len(ideas):,}]")
    if not ideas:
        st.caption(say("ideas.none"))
    most = st.session_state.get(f"ideas-most-{state}", _FIRST)
    for one in ideas[:most]:
        with st.container(border=True, gap="xsmall", key=f"idea-{one.idea.key}"):
            link("ideas", shortened(one.idea.statement, 140), idea=one.idea.key)
            st.markdown(idea_marks(one))
            with st.container(horizontal=True, gap="small"):
                for onward in _ONWARD[state]:
                    st.button(
                        say(f"ideas.to_{onward}"),
                        icon=_ICONS[onward],
                        type="tertiary",
                        on_click=_move,
                        args=(one.idea.key, onward),
                        key=f"move-{one.idea.key}-{onward}",
                    )
    if len(ideas) > most:
        more = min(_MORE, len(ideas) - most)
        st.button(say("ideas.more", n=more), on_click=_show_more, args=(state, most + more), key=f"ideas-more-{state}")


def _move(key: str, state: State) -> None:
    with suppress(FourwaysError):  # another tab has deleted it
        set_state(workspace().library, key, state)


def _show_more(state: str, most: int) -> None:
    st.session_state[f"ideas-most-{state}"] = most


def _downloads(ideas: Sequence[KeptIdea]) -> None:
    for label, name, mime, render in (
        (say("ideas.markdown"), "ideas.md", "text/markdown", render_markdown),
        (say("ideas.json"), "ideas.json", "application/json", render_json),
    ):
        st.download_button(label, render(ideas), name, mime, on_click="ignore", icon=":material/download:", key=name)


def _own() -> None:
    with st.form("own-idea", border=False, clear_on_submit=True):
        statement = st.text_area(
            say("ideas.own_statement"),
            key="own-statement",
            placeholder=say("ideas.own_for_example"),
            height=80,
            max_chars=MAX_STATEMENT,
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            strategy = st.selectbox(
                say("search.strategy"),
                list(STRATEGIES),
                format_func=lambda key: named(STRATEGIES[key]),
                key="own-strategy",
                index=None,
                placeholder=say("ideas.no_strategy"),
                width=320,
            )
            tags = st.text_input(say("ideas.tags"), key="own-tags", width=320)
            kept = st.form_submit_button(say("ideas.keep"), key="keep-own")
    if kept:
        given = [tag for tag in (tags or "").split(",") if tag.strip()]
        from survey.ideas.proposing import add_own

        added = add_own(ready_workspace(), statement or "", strategy=strategy, tags=given)
        st.query_params["idea"] = added.idea.key
        st.rerun()


# ---- proposing ---------------------------------------------------------------------------------------------------------


def _propose(opened: Workspace) -> None:
    if not opened.library.column("SELECT count(*) FROM concepts")[0]:
        st.info(say("ideas.no_concepts"), icon=":material/category:")
        offer_index()
        return
    key = f"ideas {opened.home.root}"
    if under_way(key):
        return
    if (found := ended(key)) is not None:
        counts = {name: found.get(name, 0) for name in ("kept", "gone")}
        st.success(say("ideas.proposed", n=found.get("new", 0), **counts), icon=":material/check_circle:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(say("ideas.propose"), type="primary", icon=":material/lightbulb:", key="propose"):
            ready = ready_workspace()
            start(key, lambda job: _look(ready, job))
        st.caption(say("ideas.how"))


def _look(ready: Workspace, job: Job[dict[str, int]]) -> dict[str, int]:
    from survey.ideas.proposing import propose

    try:
        return propose(ready, progress=job.progress)
    finally:
        ready.library.close()


if __name__ == "__main__":
    show()
