"""The harvest page in a real browser, against a server that speaks arXiv's protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from servers.arxiv import ArxivServer, make_papers

from corpus.library import Library

if TYPE_CHECKING:
    from conftest import Browser

pytestmark = pytest.mark.e2e

CARD = ".st-key-running"
ALERT = "[data-testid=stAlert]"
NEW = ".st-key-new a"
TOPICS = """
[[topic]]
key = "thin"
en = "Thin things"
zh = "薄"
query = "ti:thin"
strategy = "efficient"

[[topic]]
key = "gated"
en = "Gated things"
zh = "门"
query = "ti:gated"
strategy = "efficient"

[[topic]]
key = "mixed"
en = "Mixed things"
zh = "混"
query = "ti:mixed"
strategy = "existing"
"""
FIRST_RUN_S = 120  # compiling the embedding model takes most of it
PAPERS = make_papers(400)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("harvesting")
    (made / "topics.toml").write_text(TOPICS, "utf-8")
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[ArxivServer]:
    with ArxivServer(list(PAPERS), page_cap=10) as running:
        yield running


@pytest.fixture(scope="module")
def address(server: ArxivServer, home: Path, serve: Callable[[Path], AbstractContextManager[str]]) -> Iterator[str]:
    """The app, which takes the server for arXiv."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOURWAYS_ARXIV_URL", server.url)
        with serve(home) as running:
            yield running


@pytest.fixture
def page(address: str, browse: Callable[..., Browser], server: ArxivServer) -> Iterator[Browser]:
    """The harvest page; nothing runs, and the server answers at once."""
    browser = browse(address)
    browser.open("/harvest")
    yield browser
    server.delay, server.troubles = 0.0, {}
    # What still runs comes to its end now; a button to stop it might go away under the hand.
    browser.tab.locator(CARD).wait_for(state="detached", timeout=FIRST_RUN_S * 1000)


def choose(page: Browser, *names: str, index: bool = True) -> None:
    """Mark these topics alone."""
    page.click("button", "Clear")
    page.settle()
    for name in names:
        page.click("[data-testid=stCheckbox] label", name)
        page.settle()
    if not index:
        page.click("[data-testid=stCheckbox] label", "Index afterwards")
        page.settle()


def await_end(page: Browser) -> str:
    """What is said when the running harvest has ended."""
    page.tab.locator(CARD).wait_for(state="detached", timeout=FIRST_RUN_S * 1000)
    page.settle()
    return page.one(ALERT).inner_text()


def stop(page: Browser) -> None:
    page.click(f"{CARD} button", "Stop")


def titled(word: str) -> set[str]:
    return {paper.title for paper in PAPERS if word in paper.title.lower()}


def kept(home: Path) -> set[str]:
    """The titles in the library."""
    library = Library(home / "library.db")
    found = {paper.title for _, paper in library.all_papers()}
    library.close()
    return found


def test_a_topic_is_harvested_and_what_is_new_can_be_opened(
    page: Browser, server: ArxivServer, home: Path, hostile: str
) -> None:
    # The newest of the topic: it stands first.
    server.entries.append(
        replace(PAPERS[0], arxiv_id="3001.00001", title=f"Thin {hostile}", published="2030-01-01", updated="2030-01-01")
    )
    choose(page, "Thin things")
    page.one("[data-testid=stCaptionContainer]", "1 request to arXiv, which asks for 3 s")
    server.delay = 3.0
    page.click("button", "Start")
    page.one(CARD, "Stop")
    server.delay = 0.0
    assert "The harvest is done" in await_end(page)
    expected = titled("thin")
    assert expected < kept(home)
    page.one("[data-testid=stMarkdownContainer]", f"{len(expected) + 1} new papers")
    assert page.one("[data-testid=stCheckbox]", "Thin things").inner_text().replace("\u00a0", " ").count("papers,") == 1
    shown = page.tab.locator(NEW).all_text_contents()
    assert len(shown) == min(20, len(expected) + 1)
    assert f"Thin {hostile}".replace("&lt;", "<") in shown[0].replace("\u2060", "")
    assert page.tab.evaluate("window.hacked") is None
    title = next(title for title in expected if shown[1].strip().startswith(title))
    page.click(NEW, title)
    page.one("h1", title)


def test_a_stopped_harvest_is_found_after_a_reload_and_the_next_one_completes_it(
    page: Browser, server: ArxivServer, home: Path
) -> None:
    server.delay = 2.5  # a reload on a busy machine takes its time
    choose(page, "Gated things", index=False)
    page.click("button", "Start")
    page.one(CARD, "papers read")
    page.tab.reload()
    page.one(CARD, "Gated things")
    stop(page)
    assert "the next harvest goes on from there" in await_end(page)
    assert 0 < len(titled("gated") & kept(home)) < len(titled("gated"))
    server.delay = 0.0
    page.click("button", "Start")  # the topics of the last harvest are still marked
    page.one(ALERT, "The harvest is done")
    assert titled("gated") <= kept(home)


def test_a_wait_is_told_and_stopping_ends_it_at_once(page: Browser, server: ArxivServer) -> None:
    server.retry_after = "60"
    server.troubles = {len(server.requests) + 1: 503}
    choose(page, "Mixed things", index=False)
    page.click("button", "Start")
    page.one(CARD, "The service keeps us waiting: HTTP 503")
    began = time.monotonic()
    stop(page)
    assert "Stopped" in await_end(page)
    assert time.monotonic() - began < 10  # of 60; the browser takes most of it


def test_a_second_tab_that_starts_too_is_told(
    page: Browser, browse: Callable[..., Browser], server: ArxivServer
) -> None:
    choose(page, "Mixed things", index=False)
    second = browse(page.address)
    second.open("/harvest")
    choose(second, "Thin things", index=False)
    server.delay = 1.0
    page.click("button", "Start")
    page.one(CARD, "Stop")
    second.click("button", "Start")
    second.one(ALERT, "another harvest is running")
    second.one(CARD, "Mixed things")


def test_the_page_loads_nothing_from_elsewhere(page: Browser) -> None:
    assert page.strangers() == []
