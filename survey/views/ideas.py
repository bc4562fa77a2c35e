"""Ideas: the board of all by state, one idea (`?idea=` its key), and the map of gaps (`?view=map`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from corpus.errors import HomeError
from corpus.ideas import MAX_STATEMENT, KeptIdea, State, kept_ideas
from corpus.workspace import Workspace
from survey.ideas.board import build_board, move_name
from survey.ideas.export import render_json, render_markdown
from survey.jobs import JOBS, Job
from survey.strategies import STRATEGIES
from survey.views.idea import idea_marks, show_idea
from survey.views.idea_map import show_map
from survey.views.page import link, offer_index, ready_workspace, require_papers, shown_errors, workspace
from survey.views.text import plain, shortened

_FIRST, _MORE = 10, 20
# From left to right: as an idea goes, and at the end what came to nothing.
_COLUMNS: tuple[State, ...] = ("new", "reading", "trying", "done", "dropped")
_VIEWS = {"board": "Board", "map": "Map of gaps"}
_LOOKING = "Looking for proposals"


@shown_errors()
def show() -> None:
    if key := st.query_params.get("idea"):
        st.title("An idea", anchor=False)
        link("ideas", "All ideas", icon=":material/arrow_back:")
        show_idea(workspace().library, key)
        return
    st.title("Ideas", anchor=False)
    require_papers()
    if _view() == "map":
        show_map()
        return
    _board()


def _view() -> str:
    asked = st.query_params.get("view", "board")
    st.session_state["ideas-view"] = asked if asked in _VIEWS else "board"
    st.segmented_control(
        "Show",
        list(_VIEWS),
        format_func=_VIEWS.__getitem__,
        required=True,
        key="ideas-view",
        label_visibility="collapsed",
        on_change=_to_address,
        args=("view", "ideas-view"),
    )
    return str(st.session_state["ideas-view"])


def _to_address(field: str, key: str) -> None:
    """Keep in the address what was chosen, so that it can be shared, and Back leads to it."""
    value = st.session_state[key]
    if value:
        st.query_params[field] = str(value)
    else:
        st.query_params.pop(field, None)


# ---- the board ---------------------------------------------------------------------------------------------------------


def _board() -> None:
    opened = workspace()
    if refused := st.session_state.pop("refused", None):
        st.warning(refused, icon=":material/group:")
    with shown_errors():
        _propose(opened)
    with st.expander("Write down an idea of your own", icon=":material/edit:"):
        _own()
    kept = kept_ideas(opened.library)
    if not kept:
        st.info("No ideas yet. **Propose** looks for some in what your papers speak of.", icon=":material/lightbulb:")
        return
    strategy, move, text = _filters(kept)
    board = build_board(kept, strategy=strategy, move=move, text=text)
    shown = [one for ideas in board.values() for one in ideas]
    with st.container(horizontal=True, vertical_alignment="center"):
        _downloads(shown)
        left_out = f" of {len(kept):,}" if len(shown) < len(kept) else ""
        st.caption(
            f"{len(shown):,}{left_out} ideas. The better ones of every move stand first; a move is a way to find ideas."
        )
    for column, state in zip(st.columns(len(_COLUMNS), gap="small"), _COLUMNS, strict=True):
        with column:
            _column(state, board[state])


def _filters(kept: Sequence[KeptIdea]) -> tuple[str | None, str | None, str]:
    moves = sorted({one.idea.move for one in kept})
    words, by_strategy, by_move = st.columns([2, 1, 1])
    for field, known in (("strategy", list(STRATEGIES)), ("move", moves), ("words", None)):
        asked = st.query_params.get(field)
        st.session_state[f"ideas-{field}"] = asked if known is None or asked in known else None
    text = words.text_input(
        "Words",
        key="ideas-words",
        placeholder="adapters tracking",
        on_change=_to_address,
        args=("words", "ideas-words"),
    )
    strategy = by_strategy.selectbox(
        "Strategy",
        list(STRATEGIES),
        format_func=lambda key: f"{STRATEGIES[key].en} {STRATEGIES[key].zh}",
        key="ideas-strategy",
        placeholder="all",
        on_change=_to_address,
        args=("strategy", "ideas-strategy"),
        index=None,
    )
    move = by_move.selectbox(
        "Move",
        moves,
        format_func=move_name,
        key="ideas-move",
        placeholder="all",
        on_change=_to_address,
        args=("move", "ideas-move"),
        index=None,
    )
    return strategy, move, text or ""


def _column(state: str, ideas: Sequence[KeptIdea]) -> None:
    st.markdown(f"**{state.capitalize()}** :gray[{len(ideas):,}]")
    if not ideas:
        st.caption("None.")
    most = st.session_state.get(f"ideas-most-{state}", _FIRST)
    for one in ideas[:most]:
        with st.container(border=True, gap="xsmall", key=f"idea-{one.idea.key}"):
            link("ideas", shortened(one.idea.statement, 140), idea=one.idea.key)
            st.markdown(idea_marks(one))
    if len(ideas) > most:
        more = min(_MORE, len(ideas) - most)
        st.button(f"{more} more", on_click=_show_more, args=(state, most + more), key=f"ideas-more-{state}")


def _show_more(state: str, most: int) -> None:
    st.session_state[f"ideas-most-{state}"] = most


def _downloads(ideas: Sequence[KeptIdea]) -> None:
    for label, name, mime, render in (
        ("Markdown", "ideas.md", "text/markdown", render_markdown),
        ("JSON", "ideas.json", "application/json", render_json),
    ):
        st.download_button(label, render(ideas), name, mime, on_click="ignore", icon=":material/download:", key=name)


def _own() -> None:
    with st.form("own-idea", border=False, clear_on_submit=True):
        statement = st.text_area(
            "The idea in a sentence",
            key="own-statement",
            placeholder="Try prompts on …",
            height=80,
            max_chars=MAX_STATEMENT,
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            strategy = st.selectbox(
                "Strategy",
                list(STRATEGIES),
                format_func=lambda key: f"{STRATEGIES[key].en} {STRATEGIES[key].zh}",
                key="own-strategy",
                index=None,
                placeholder="none",
                width=320,
            )
            tags = st.text_input("Tags, parted by commas", key="own-tags", width=320)
            kept = st.form_submit_button("Keep it")
    if kept:
        given = [tag for tag in (tags or "").split(",") if tag.strip()]
        from survey.ideas.proposing import add_own

        added = add_own(ready_workspace(), statement or "", strategy=strategy, tags=given)
        st.query_params["idea"] = added.idea.key
        st.rerun()


# ---- proposing ---------------------------------------------------------------------------------------------------------


def _propose(opened: Workspace) -> None:
    if not opened.library.column("SELECT count(*) FROM concepts")[0]:
        st.info("The library has no methods and tasks yet: ideas are made of these.", icon=":material/category:")
        offer_index()
        return
    job: Job[dict[str, int]] | None = JOBS.find(_job(opened))
    if job and job.running:
        _watch(job)
        return
    if job:
        with shown_errors():
            _outcome(job)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Propose", type="primary", icon=":material/lightbulb:", key="propose"):
            _start(opened)
        st.caption(
            "Looks for what has not been combined yet. What you rated, tagged, moved or annotated stays as it is."
        )


def _job(opened: Workspace) -> str:
    return f"ideas of {opened.home.root}"


def _start(opened: Workspace) -> None:
    ready = ready_workspace()

    def work(job: Job[dict[str, int]]) -> dict[str, int]:
        from survey.ideas.proposing import propose

        try:
            return propose(ready, progress=job.progress)
        finally:
            ready.library.close()

    try:
        JOBS.start(_job(opened), work)
    except HomeError:  # another tab was quicker
        st.session_state["refused"] = "Ideas were being proposed already."
    st.rerun()


def _draw_job(job: Job[dict[str, int]]) -> None:
    if not job.running:
        st.rerun()
    with st.container(border=True, key="proposing"):
        step = job.steps[-1] if job.steps else None
        st.progress(step.part if step else 0.0, plain(step.what) if step else _LOOKING)
        st.button(
            "Stopping …" if job.stopping else "Stop",
            on_click=job.stop,
            disabled=job.stopping,
            icon=":material/stop_circle:",
            key="propose-stop",
        )


# Drawn anew every second, by itself. Called as a function, for the decorator has no types.
_watch: Callable[[Job[dict[str, int]]], None] = st.fragment(_draw_job, run_every=1.0)


def _outcome(job: Job[dict[str, int]]) -> None:
    if job.error is not None:
        raise job.error
    if job.stopped:
        st.info("Stopped. The earlier proposals are still here.", icon=":material/stop_circle:")
    elif job.result is None:
        st.error("It broke off; the server's log has the reason.", icon=":material/error:")
    else:
        told = job.result
        st.success(
            f"{told.get('new', 0):,} new proposals, {told.get('kept', 0):,} as before, {told.get('gone', 0):,} gone.",
            icon=":material/check_circle:",
        )


if __name__ == "__main__":
    show()
