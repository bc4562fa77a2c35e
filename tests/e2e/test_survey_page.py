"""The survey page in a real browser: from a topic to files step by step, work that outlives a reload, a server that is killed."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from survey.cli import run

if TYPE_CHECKING:
    from conftest import Browser
    from playwright.sync_api import Position

pytestmark = pytest.mark.e2e

WORK = ".st-key-work-survey"
ALERT = "[data-testid=stAlert]"
MARKDOWN = "[data-testid=stMarkdownContainer]"
STEPS = "[data-testid=stButtonGroup] button"
TOPIC = "adapters"
# Where a label has its box; further on may be a link.
BOX: Position = {"x": 8, "y": 12}


def ask(browser: Browser, topic: str, button: str) -> None:
    browser.open("/survey")
    browser.tab.get_by_label("Topic", exact=True).fill(topic)
    browser.click("button", button)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A home with twelve papers on adapters, indexed without a model."""
    papers = (
        {
            "id": f"a:{n}",
            "title": f"Adapters number {n} for {'films' if n % 2 else 'texts'}",
            "abstract": f"The adapters of number {n} are trained on {'films' if n % 2 else 'texts'}. They remain slow.",
            "year": 2015 + n,
        }
        for n in range(12)
    )
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in papers), "utf-8")
    home = ["--home", str(tmp_path / "home")]
    assert run([*home, "import", str(tmp_path / "papers.jsonl")]) == 0
    assert run([*home, "index", "--model", "hash:256"]) == 0
    return tmp_path / "home"


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a language model that takes calls and never answers: whoever asks it waits until he is stopped."""
    if find_spec("openai") is None:
        pytest.skip("needs the extra llm")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def ask_and_wait_for(browser: Browser, mute: str) -> None:
    """Have a draft written that a language model keeps waiting, which is the last step but one."""
    browser.open("/survey")
    browser.tab.get_by_label("Topic", exact=True).fill(TOPIC)
    browser.tab.get_by_label("Papers at most").fill("12")
    browser.click("summary", "language model")
    browser.tab.get_by_label("Address of a language model").fill(mute)
    browser.tab.get_by_label("The model's name there").fill("tiny")
    browser.click("button", "Draft it")
    browser.one(WORK, "Asking the language model")


def test_a_survey_is_made_step_by_step_and_comes_as_it_was_changed(browser: Browser) -> None:
    ask(browser, TOPIC, "Choose the papers first")
    browser.one(".st-key-survey-papers")
    browser.settle()
    first = browser.tab.locator(".st-key-survey-papers label").first
    left_out = first.locator("strong").first.inner_text()
    first.click(position=BOX)
    browser.one(MARKDOWN, "1 of them is left out")
    browser.click("button", "Build the outline")
    browser.one(".st-key-outline-tree")
    browser.settle()
    browser.tab.get_by_label("Title of the section").fill("What I call it")
    browser.tab.keyboard.press("Enter")  # with keys alone
    browser.one(".st-key-outline-tree button", "What I call it")
    browser.settle()
    browser.click(".st-key-outline-draft button", "Write the draft")
    browser.one("h3", "References")
    browser.settle()
    draft = json.loads(browser.download("download-json").read_text("utf-8"))
    assert "What I call it" in [section["title"] for section in draft["sections"]]
    assert left_out not in [reference["title"] for reference in draft["references"]]
    browser.one(MARKDOWN, "All of it stands")
    shown = browser.text()
    browser.tab.reload()
    browser.one("h3", "References")
    browser.settle()
    assert browser.text() == shown
    browser.click(STEPS, "Check")
    browser.one("h3", "A copy that you edited")
    browser.tab.go_back()
    browser.one("h3", "References")


def test_nothing_serious_is_in_the_way_of_anybody_at_any_step(
    browse: Callable[..., Browser],
    serve: Callable[[Path], AbstractContextManager[str]],
    small: Path,
    barriers: Callable[[Browser], list[str]],
) -> None:
    with serve(small) as address:
        browser = browse(address)
        ask(browser, TOPIC, "Draft it")
        browser.one("h3", "References")
        browser.settle()
        told = barriers(browser)
        for step, shown in (
            ("Papers", ".st-key-survey-papers"),
            ("Outline", ".st-key-outline-tree"),
            ("Check", "[data-testid=stFileUploader]"),
        ):
            browser.click(STEPS, step)
            browser.one(shown)
            browser.settle()
            told += barriers(browser)
        browser.open("/survey")  # with the earlier ones
        told += barriers(browser)
        assert told == []


def test_two_tabs_make_two_surveys(browser: Browser, browse: Callable[..., Browser], filled: str) -> None:
    other = browse(filled)
    ask(browser, "prompt tuning", "Choose the papers first")
    ask(other, "data augmentation", "Choose the papers first")
    for tab, title in ((browser, "prompt tuning"), (other, "data augmentation")):
        tab.one(".st-key-survey-papers")
        tab.one("h1", title)
    assert browser.query()["draft"] != other.query()["draft"]
    other.tab.goto(browser.tab.url)  # one survey in two tabs: a tick in one is there in the other
    other.one(".st-key-survey-papers")
    browser.tab.locator(".st-key-survey-papers label").first.click(position=BOX)
    browser.one(MARKDOWN, "1 of them is left out")
    other.tab.reload()
    other.one(MARKDOWN, "1 of them is left out")


def test_work_is_found_after_a_reload_and_in_another_tab_and_stopped(
    browser: Browser, browse: Callable[..., Browser], filled: str, mute: str
) -> None:
    ask_and_wait_for(browser, mute)
    browser.tab.reload()
    browser.one(WORK, "Asking the language model")
    other = browse(filled)
    other.tab.goto(browser.tab.url)
    other.one(WORK, "Asking the language model")
    other.click(f"{WORK} button", "Stop")
    for tab in (other, browser):
        tab.one(ALERT, "Stopped")
    browser.one(".st-key-outline-tree")  # what was done is kept


def test_a_survey_is_deleted_when_that_is_meant(browser: Browser) -> None:
    ask(browser, "adapter tuning", "Choose the papers first")
    browser.one(".st-key-survey-papers")
    browser.click("[data-testid=stPageLink] a", "All surveys")
    row = ".st-key-survey-adapter-tuning"
    browser.click(f"{row} button", "Delete")
    browser.click("button", "Delete it")
    browser.wait(lambda: not browser.tab.locator(row).count())
    browser.settle()
    browser.tab.go_back()
    browser.one(ALERT, "there is no survey")


def test_a_hostile_topic_and_title_show_as_text(browser: Browser, hostile: str) -> None:
    ask(browser, hostile[:300], "Draft it")
    browser.one("h3", "References")
    browser.settle()
    assert re.fullmatch(r"[\w-]+", browser.query()["draft"][0])
    for step in ("Papers", "Outline", "Draft", "Check"):
        browser.click(STEPS, step)
        browser.settle()
        drawn = f"{MARKDOWN} :is(script, b, .katex), img[onerror], a[href^=javascript]"
        assert browser.tab.locator(drawn).count() == 0
        assert browser.tab.evaluate("window.hacked") is None
    assert browser.strangers() == []


def test_a_server_killed_in_the_middle_of_a_survey_leaves_what_was_done(
    browse: Callable[..., Browser],
    serve: Callable[[Path], AbstractContextManager[str]],
    kill: Callable[[str], None],
    small: Path,
    mute: str,
) -> None:
    with serve(small) as address:
        browser = browse(address)
        ask_and_wait_for(browser, mute)
        query = browser.tab.url.removeprefix(address)
        kill(address)
    browser.tab.goto("about:blank")
    browser.errors.clear()  # that the server has gone is told by the browser
    with serve(small) as address:
        browser = browse(address)
        browser.open("/survey")
        browser.click("[data-testid=stPageLink] a", TOPIC)
        browser.one(ALERT, "closed in the middle of a step")
        browser.one(".st-key-outline-tree")
        browser.open(query)
        browser.one("button", "Go on")
        browser.click(STEPS, "Papers")
        browser.one(MARKDOWN, "12 papers found")
