"""What every page shares: the open library, its graph, errors shown as messages, and links to other pages."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from corpus.errors import FourwaysError, HomeError, IndexMismatch
from corpus.home import Home, find_home
from corpus.models import Place
from corpus.workspace import Workspace
from survey.jobs import JOBS, Job
from survey.strategies import STRATEGIES
from survey.views import FOLDER
from survey.views.language import named, say
from survey.views.work import ended, failure, start, under_way

if TYPE_CHECKING:
    from corpus.index import SyncReport
    from survey.graph import IdeaTable

# One colour a strategy, everywhere in the app: names of Streamlit's palette.
COLOURS = {"efficient": "blue", "existing": "green", "plug-and-play": "orange", "evaluation": "violet"}


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show a known failure as a message with its remedy, not as a traceback. Also a decorator for a whole page."""
    try:
        yield
    except FourwaysError as error:
        st.error(failure(error), icon=":material/error:")
        if isinstance(error, IndexMismatch):
            offer_index()
    except OSError as error:
        st.error(failure(error), icon=":material/error:")


def show_address(page: str) -> None:
    """Let the browser show the address of `page`, about to be drawn: after a link from a page to itself, Streamlit keeps the
    old one. After a link from another page the browser is right, and a second word from here would be a step in its history.
    """
    if st.session_state.get("page") == page:
        st.query_params.update({field: st.query_params.get_all(field) for field in st.query_params})
    st.session_state["page"] = page


def workspace() -> Workspace:
    """The library that this process serves. What searches it or asks its index takes `ready_workspace`."""
    return _opened(str(find_home().root), os.environ.get("FOURWAYS_CHROMA"))[0]


def ready_workspace() -> Workspace:
    """The same, when its index is open and its model loaded, which took 2 s in the background when the app started."""
    opened, warming = _opened(str(find_home().root), os.environ.get("FOURWAYS_CHROMA"))
    # Chroma cannot be opened by two threads at once.
    warming.join()
    return opened


def _open(root: str, chroma: str | None) -> tuple[Workspace, threading.Thread]:
    opened = Workspace(Home(Path(root)), chroma=chroma)
    warming = threading.Thread(target=_warm, args=(opened,), name="warm", daemon=True)
    warming.start()
    return opened, warming


# Called as a function, for a decorator that has no types would take those of what it wraps.
_opened: Callable[[str, str | None], tuple[Workspace, threading.Thread]] = st.cache_resource(show_spinner=False)(_open)


def _warm(opened: Workspace) -> None:
    """Load what the first search needs while its words are being typed. What fails here is told when it is needed."""
    from survey.references import render_papers

    with suppress(FourwaysError):
        if opened.index.model():
            opened.searcher.search("warm", 1)
    render_papers([])  # what makes BibTeX of hits takes a second to import


def idea_graph() -> IdeaTable:
    """The graph of this library, opened in the background. While that lasts, the page shows the graph from before the last
    change, or, where there is none yet, how far it is, and goes no further.
    """
    opened = workspace()
    root, key = str(opened.home.root), f"graph {opened.home.root}"
    known = _GRAPHS.get(root)
    if known and known[0] == opened.library.revision():
        return known[1]
    job: Job[IdeaTable] | None = JOBS.find(key)
    if job is None or job.result is not None:
        job = _open_graph(opened, key)
    job.join(PATIENCE)
    if job.running and under_way(key):
        return known[1] if known else _wait()
    if job.result is not None:
        return job.result
    ended(key)
    if st.button(say("page.open_graph"), type="primary", key="open-graph"):
        _open_graph(opened, key)
        st.rerun()
    return _wait()


def _wait() -> NoReturn:
    st.stop()
    raise AssertionError  # Streamlit has ended the page, and does not say so in its types


# Seconds within which a page waits for what is opened in the background.
PATIENCE = 1.0
# Home -> the graph that was opened last, and the revision of the library that it is of.
_GRAPHS: dict[str, tuple[int, IdeaTable]] = {}


def _open_graph(opened: Workspace, key: str) -> Job[IdeaTable]:
    from survey.graph import open_graph

    def work(job: Job[IdeaTable]) -> IdeaTable:
        try:
            job.progress("Opening the graph", 0, 1)
            revision = opened.library.revision()
            table = open_graph(opened, progress=job.progress)
            _GRAPHS[str(opened.home.root)] = (revision, table)
            return table
        finally:
            opened.library.close()

    try:
        return JOBS.start(key, work)
    except HomeError:  # another tab was quicker
        job: Job[IdeaTable] | None = JOBS.find(key)
        assert job is not None
        return job


def require_papers() -> None:
    """Go on only where there are papers; else say how to get some, and offer the starter catalogue."""
    opened = workspace()
    key = starter_work(opened)
    if under_way(key):
        st.stop()
    if opened.library.count():
        return
    ended(key)
    st.info(say("page.empty"), icon=":material/inbox:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(say("page.load_starter"), type="primary", key="load_starter"):
            start(key, lambda job: _load_starter(ready_workspace(), job))
        link("library", say("page.to_library"), icon=":material/upload_file:")
    st.stop()


def _load_starter(opened: Workspace, job: Job[SyncReport]) -> SyncReport:
    from corpus.starter import load_starter
    from survey.indexing import index_library

    try:
        job.progress("Loading the starter catalogue", 0, 1)
        load_starter(opened.library)
        return index_library(opened, progress=job.progress)
    finally:
        opened.library.close()


def starter_work(opened: Workspace) -> str:
    """What loading the starter catalogue in the background is called."""
    return f"starter {opened.home.root}"


def index_work(opened: Workspace) -> str:
    """What indexing in the background is called."""
    return f"index {opened.home.root}"


def start_index() -> None:
    """Bring the index up to date in the background, and draw the page anew."""
    from survey.indexing import index_library

    opened = ready_workspace()

    def work(job: Job[SyncReport]) -> SyncReport:
        try:
            job.progress("Loading the embedding model", 0, 1)
            return index_library(opened, progress=job.progress)
        finally:
            opened.library.close()

    start(index_work(opened), work)


def offer_index() -> None:
    """A button that embeds what has no vector yet; while that is done, how far it is."""
    key = index_work(workspace())
    if under_way(key):
        return
    ended(key)
    if st.button(say("page.index_now"), type="primary", key="index_now"):
        start_index()


def link(page: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """A link to one of the pages. `label` is Markdown: escape what is not ours."""
    st.page_link(FOLDER / f"{page}.py", label=label, icon=icon, query_params=query or None)


def preset(key: str, value: str | None) -> None:
    """Let the widget of this key, about to be drawn, show `value`, which the address asks for."""
    st.session_state[key] = st.session_state[f"{key}-shown"] = value


def keep_in_address(field: str, key: str, *gone: str) -> None:
    """Keep in the address what was chosen under `key`, so that it can be shared, and Back leads to it; what hung on it goes.

    Where the widget shows what was `preset`, nobody has chosen: Streamlit says so too when a link was followed before the page
    was drawn to its end, and the address is another one by then.
    """
    chosen = st.session_state[key]
    if chosen == st.session_state.get(f"{key}-shown"):
        return
    st.session_state[f"{key}-shown"] = chosen
    for one in gone:
        st.query_params.pop(one, None)
    if value := str(chosen or "").strip():
        st.query_params[field] = value
    else:
        st.query_params.pop(field, None)


def chips(places: list[Place]) -> str:
    """The strategies of these places as coloured Markdown badges."""
    keys = list(dict.fromkeys(place.strategy for place in places))
    return " ".join(f":{COLOURS[key]}-badge[{named(STRATEGIES[key])}]" for key in keys)
