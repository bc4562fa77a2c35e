"""The app as a user meets it: `fourways start` in one process, Chromium in another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from conftest import Browser

pytestmark = pytest.mark.e2e

TOPIC = "adapters for video action recognition"


def query_of(browser: Browser) -> dict[str, list[str]]:
    return parse_qs(urlsplit(browser.driver.current_url).query)


def search(browser: Browser, words: str) -> list[str]:
    browser.open("/")
    browser.one("input[aria-label='What are you looking for?']").send_keys(words, Keys.ENTER)
    found: list[str] = browser.wait(browser.hits)
    browser.settle()
    return browser.hits() or found


def test_a_search_finds_papers_and_its_address_finds_them_again(browser: Browser) -> None:
    found = search(browser, TOPIC)
    assert any("video" in title.lower() for title in found[:3])
    assert query_of(browser) == {"q": [TOPIC]}
    browser.driver.refresh()
    browser.wait(lambda: browser.hits() == found)
    assert browser.one("input").get_attribute("value") == TOPIC


def test_matched_words_are_marked_in_the_abstract(browser: Browser) -> None:
    search(browser, "adapter")
    assert browser.one(".stMarkdown .stMarkdownColoredBackground").text.lower().startswith("adapt")


def test_a_result_opens_its_paper_and_back_leads_to_the_results(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click("[class*=st-key-hit-] a", "Open")
    browser.one("h1", found[0])
    browser.driver.back()
    browser.wait(lambda: browser.hits() == found)


def test_more_like_this_is_a_search_with_an_address_of_its_own(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click("[class*=st-key-hit-] a", "More like this")
    browser.one(".st-key-chosen a", f"Like: {found[0][:60]}")
    browser.wait(lambda: "like" in query_of(browser))
    browser.settle()
    assert query_of(browser)["q"] == [TOPIC]
    assert found[0] not in browser.hits()
    browser.click(".st-key-chosen a", "Like: ")
    browser.wait(lambda: browser.hits() == found)
    assert query_of(browser) == {"q": [TOPIC]}


def test_counts_narrow_the_search_and_filters_combine(browser: Browser) -> None:
    search(browser, TOPIC)
    browser.click("summary", "Narrow down")
    year = browser.one(".st-key-facet-year a", "20").text.split()[0]
    browser.click(".st-key-facet-year a", year)
    browser.one(".st-key-chosen a", f"Year: {year}")
    browser.settle()  # the counts stay open
    browser.click(".st-key-facet-strategy a", "Parameter-efficient methods")
    browser.one(".st-key-chosen a", "Strategy: Parameter-efficient methods")
    assert query_of(browser) == {"q": [TOPIC], "year": [year], "strategy": ["efficient"]}


def test_a_search_is_saved_found_again_and_forgotten(browser: Browser) -> None:
    found = search(browser, TOPIC)
    browser.click("button", "Save this search")
    name = browser.one("input[aria-label=Name]")
    browser.wait(name.is_displayed)
    name.send_keys("moving <b>pictures</b>")
    browser.click(".st-key-save button", "Save")
    browser.wait(lambda: query_of(browser).get("saved") == ["moving <b>pictures</b>"])
    browser.open("/")
    browser.click("[class*=st-key-saved-] a", "moving <b>pictures</b>")
    browser.wait(lambda: browser.hits() == found)
    browser.open("/")
    browser.click("[class*=st-key-saved-] button", "Forget")
    browser.wait(lambda: not browser.all("[class*=st-key-saved-]"))


def test_a_survey_is_drafted_and_downloaded(browser: Browser) -> None:
    browser.open("/survey")
    browser.one("input[aria-label=Topic]").send_keys("parameter-efficient fine-tuning")
    browser.click("button", "Draft it")
    browser.one("h3", "References")
    markdown = download(browser, "Markdown")
    draft = json.loads(download(browser, "JSON"))
    keys = {reference["key"] for reference in draft["references"]}
    assert len(keys) > 20
    assert all(citation["key"] in keys for one in draft["sentences"] for citation in one["citations"])
    assert markdown.startswith(f"# {draft['title']}")
    assert f"[@{draft['references'][0]['key']}]" in markdown


def download(browser: Browser, label: str) -> str:
    """The text of the file that the button `label` gives."""
    browser.click("[data-testid=stDownloadButton] button", label)

    def finished() -> Path | None:
        files = sorted(browser.downloads.glob("parameter-efficient-fine-tuning.*"))
        wanted = [file for file in files if file.suffix == {"Markdown": ".md", "JSON": ".json"}[label]]
        return next(iter(wanted), None)

    file: Path = browser.wait(finished)
    return file.read_text("utf-8")


def test_a_note_is_kept_and_shown_as_text(browser: Browser) -> None:
    browser.open("/paper?id=h:1")
    browser.one("textarea").send_keys("<b>remember</b> $x$")
    browser.click("button", "Add the note")
    browser.one("[data-testid=stText]", "<b>remember</b> $x$")
    browser.driver.refresh()
    browser.one("[data-testid=stText]", "<b>remember</b> $x$")


@pytest.mark.parametrize("path", ["/?q=zebrafish&mode=lexical", "/paper?id=h:1", "/graph?node=h:1"])
def test_a_hostile_title_is_shown_as_text(browser: Browser, hostile: str, path: str) -> None:
    browser.open(path)
    shown = browser.driver.execute_script("return document.querySelector('[data-testid=stMain]').textContent")
    # A character without width keeps Streamlit from making emoji and arrows of what is meant as text.
    assert hostile in shown.replace("\u2060", "")
    markdown = "[data-testid=stMarkdownContainer]"
    assert not browser.all(f"{markdown} :is(img, script, b, code, .katex), img[onerror], a[href^=javascript]")
    assert browser.driver.execute_script("return window.hacked") is None


def test_an_empty_library_says_what_to_do(empty_browser: Browser) -> None:
    empty_browser.open("/")
    empty_browser.one("[data-testid=stAlert]", "The library is empty")
    empty_browser.one("button", "Load the starter catalogue")


@pytest.mark.parametrize("path", ["/", "/paper?id=h:1", "/graph", "/survey", "/status"])
def test_a_page_loads_nothing_from_elsewhere(browser: Browser, path: str) -> None:
    browser.open(path)
    loaded = browser.driver.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
    icon = browser.driver.execute_script("return document.querySelector('link[rel~=icon]').href")
    strangers = [name for name in (*loaded, icon) if not name.startswith((browser.address, "data:", "blob:"))]
    assert strangers == []
