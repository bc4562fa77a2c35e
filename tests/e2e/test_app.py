"""The app as a user meets it: `fourways start` in one process, Chromium in another."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from conftest import Browser, Window

pytestmark = pytest.mark.e2e

TOPIC = "adapters for video action recognition"


def search(browser: Browser, words: str) -> list[str]:
    """Open the address of a search; what it finds."""
    browser.open(f"/?q={quote(words)}")
    return browser.hits()


def test_a_search_finds_papers_and_its_address_finds_them_again(browser: Browser) -> None:
    browser.open("/")
    box = browser.tab.get_by_label("What are you looking for?")
    box.fill(TOPIC)
    box.press("Enter")
    browser.wait(browser.hits)
    browser.settle()
    found = browser.hits()
    assert any("video" in title.lower() for title in found[:3])
    assert browser.query() == {"q": [TOPIC]}
    browser.tab.reload()
    browser.wait(lambda: browser.hits() == found)
    assert browser.tab.get_by_label("What are you looking for?").input_value() == TOPIC


def test_matched_words_are_marked_in_the_abstract(browser: Browser) -> None:
    search(browser, "adapter")
    assert browser.one(".stMarkdown .stMarkdownColoredBackground").inner_text().lower().startswith("adapt")


def test_a_result_opens_its_paper_and_back_leads_to_the_results(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click("[class*=st-key-hit-] a", found[0])
    browser.one("h1", found[0])
    browser.tab.go_back()
    browser.wait(lambda: browser.hits() == found)


def test_more_like_this_is_a_search_with_an_address_of_its_own(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click("[class*=st-key-hit-] a", "More like this")
    browser.one(".st-key-chosen a", f"Like: {found[0][:60]}")
    browser.wait(lambda: "like" in browser.query())
    browser.settle()
    assert browser.query()["q"] == [TOPIC]
    assert found[0] not in browser.hits()
    browser.click(".st-key-chosen a", "Like: ")
    browser.wait(lambda: browser.hits() == found)
    assert browser.query() == {"q": [TOPIC]}


def test_counts_narrow_the_search_and_filters_combine(browser: Browser) -> None:
    search(browser, TOPIC)
    year = browser.one(".st-key-facet-year a", "20").inner_text().split()[0]
    browser.click(".st-key-facet-year a", year)
    browser.one(".st-key-chosen a", f"Year: {year}")
    browser.settle()
    browser.click(".st-key-facet-strategy a", "Parameter-efficient methods")
    browser.one(".st-key-chosen a", "Strategy: Parameter-efficient methods")
    assert browser.query() == {"q": [TOPIC], "year": [year], "strategy": ["efficient"]}


def test_a_search_is_saved_found_again_and_forgotten(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click("button", "Save this search")
    browser.tab.get_by_label("Name").fill("moving <b>pictures</b>")
    browser.click(".st-key-save button", "Save")
    browser.wait(lambda: browser.query().get("saved") == ["moving <b>pictures</b>"])
    browser.open("/")
    browser.click("[class*=st-key-saved-] a", "moving <b>pictures</b>")
    browser.wait(lambda: browser.hits() == found)
    browser.open("/")
    browser.click("[class*=st-key-saved-] button", "Forget")
    browser.wait(lambda: not browser.tab.locator("[class*=st-key-saved-]").count())


def test_pages_and_orders_are_addresses(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click(".st-key-pages a", "Next")
    browser.wait(lambda: browser.query().get("page") == ["2"] and browser.hits() and browser.hits() != found)
    browser.settle()
    assert not set(browser.hits()) & set(found)
    browser.tab.go_back()
    browser.wait(lambda: browser.hits() == found)
    browser.settle()
    browser.choose(".st-key-order", "The newest first")
    browser.wait(lambda: browser.query().get("order") == ["newest"])
    browser.one("[data-testid=stCaptionContainer]", "best papers")
    browser.settle()
    newest = browser.hits()
    browser.tab.reload()
    browser.wait(lambda: browser.hits() == newest)
    assert newest != found


def test_a_paper_is_put_on_a_list_and_found_there(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click("[class*=st-key-hit-] button", "To a list")
    browser.tab.get_by_role("dialog").get_by_label("A new list").fill("to <b>read</b>")
    browser.click("[role=dialog] button", "Save")
    browser.one("[class*=st-key-hit-] .stMarkdownBadge", "to <b>read</b>")
    browser.open("/")
    browser.click(".st-key-lists a", "to <b>read</b>")
    browser.wait(lambda: browser.hits() == found[:1])
    assert browser.query() == {"tag": ["to <b>read</b>"]}
    assert "@" in browser.download("download-bib").read_text("utf-8")


def test_one_click_copies_bibtex(browse: Callable[..., Browser], filled: str, fresh: Window) -> None:
    fresh.allow("clipboard-read", "clipboard-write")
    browser = browse(filled)
    browser.open("/paper?id=arxiv:2106.09685")
    browser.part("copy").click()
    browser.wait(lambda: browser.part("copy").inner_text() == "Copied")
    copied = browser.tab.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("@") and "2106.09685" in copied


def test_two_tabs_search_without_disturbing_each_other(browser: Browser, browse: object, filled: str) -> None:
    other: Browser = browse(filled)  # type: ignore[operator]
    first, second = search(browser, TOPIC), search(other, "data augmentation by mixing images")
    assert first != second
    browser.tab.reload()
    browser.wait(lambda: browser.hits() == first)
    assert other.hits() == second


def test_a_survey_is_drafted_and_downloaded(browser: Browser) -> None:
    browser.open("/survey")
    browser.tab.get_by_label("Topic").fill("parameter-efficient fine-tuning")
    browser.click("button", "Draft it")
    browser.one("h3", "References")
    browser.settle()
    with zipfile.ZipFile(browser.download("download-md")) as packed:  # with its bibliography and figures
        (name,) = [one for one in packed.namelist() if one.endswith(".md")]
        markdown = packed.read(name).decode()
    draft = json.loads(browser.download("download-json").read_text("utf-8"))
    keys = {reference["key"] for reference in draft["references"]}
    assert len(keys) > 20
    assert all(citation["key"] in keys for one in draft["sentences"] for citation in one["citations"])
    assert markdown.startswith(f"# {draft['title']}")
    assert f"[@{draft['references'][0]['key']}]" in markdown


def test_a_note_is_kept_changed_and_deleted_and_shown_as_text(browser: Browser) -> None:
    browser.open("/paper?id=h:1")
    browser.tab.locator("textarea").fill("<b>remember</b> $x$")
    browser.click("button", "Add the note")
    browser.one("[data-testid=stText]", "<b>remember</b> $x$")
    browser.tab.reload()
    browser.one("[data-testid=stText]", "<b>remember</b> $x$")
    browser.settle()
    browser.click("[class*=st-key-note-] button", "Change")
    browser.one("[class*=st-key-note-text-] textarea").fill("<i>changed</i>")
    browser.click("[class*=st-key-keep-note-] button", "Keep")
    browser.one("[data-testid=stText]", "<i>changed</i>")
    browser.settle()
    browser.click("[class*=st-key-note-] button", "Delete")
    browser.click("[class*=st-key-delete-note-] button", "Delete it")
    browser.wait(lambda: "<i>changed</i>" not in browser.text())


@pytest.mark.parametrize("path", ["/?q=zebrafish&mode=lexical", "/paper?id=h:1", "/graph?node=h:1"])
def test_a_hostile_title_is_shown_as_text(browser: Browser, hostile: str, path: str) -> None:
    browser.open(path)
    browser.wait(lambda: hostile in browser.text())
    markdown = "[data-testid=stMarkdownContainer]"
    drawn = f"{markdown} :is(img, script, b, code, .katex), img[onerror], a[href^=javascript]"
    assert browser.tab.locator(drawn).count() == 0
    assert browser.tab.evaluate("window.hacked") is None
    assert browser.strangers() == []


def test_an_empty_library_says_what_to_do(empty_browser: Browser) -> None:
    empty_browser.open("/")
    empty_browser.one("[data-testid=stAlert]", "The library is empty")
    empty_browser.one("button", "Load the starter catalogue")
