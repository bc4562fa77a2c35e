"""How every page looks and reads: light and dark, wide and as narrow as a phone, in English and Chinese, by eye, keys or ear."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Browser, Window

pytestmark = pytest.mark.e2e

PAGES = {
    "search": "/",
    "results": "/?q=adapters",
    "listing": "/?strategy=efficient&order=cited",
    "paper": "/paper?id=arxiv:2106.09685",
    "graph": "/graph?node=adapters&to=strategy%3Aevaluation",
    "ideas": "/ideas",
    "idea": "/ideas?idea=",  # the first that is proposed
    "map": "/ideas?view=map",
    "probes": "/probes",
    "survey": "/survey",
    "harvest": "/harvest",
    "library": "/library",
}
FIRST_IDEAS_S = 240  # some seconds where nothing else runs
CHINESE = re.compile("[\u4e00-\u9fff]")
# A word or two of English that is no name, which a Chinese page should not say.
ENGLISH = re.compile(r"\b(the|of|papers?|with|and|your|none|search|open|more|save|keep|new)\b", re.I)
# What is said in it by the library and the table of directions, not by the page; and icons, whose names are their text.
CONTENT = (
    "[class*=st-key-hit-], [class*=st-key-idea-], .st-key-card, .st-key-probe-methods, [data-testid=stVegaLiteChart],"
    " [data-testid=stDataFrame],"
    " [data-testid=stIconMaterial], style"
)


def visit(browser: Browser, page: str) -> None:
    """Open a page. An idea is proposed first, where there is none."""
    if page != "idea":
        browser.open(PAGES[page])
        return
    browser.open("/ideas")
    if not browser.tab.locator("[class*=st-key-idea-]").count():
        browser.click(".st-key-propose button")
    browser.tab.locator("[class*=st-key-idea-] a").first.wait_for(timeout=FIRST_IDEAS_S * 1000)
    browser.settle()
    browser.click("[class*=st-key-idea-] a")
    browser.one("h2")
    browser.settle()


@pytest.mark.parametrize("page", PAGES)
def test_nothing_serious_is_in_the_way_of_anybody_and_nothing_is_wider_than_the_screen(
    browser: Browser, page: str, barriers: Callable[[Browser], list[str]]
) -> None:
    visit(browser, page)
    assert browser.strangers() == []
    assert barriers(browser) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_chinese_page_says_nothing_in_english_and_loads_nothing_from_elsewhere(
    browse: Callable[..., Browser], filled: str, chinese: Window, page: str
) -> None:
    browser = browse(filled, chinese)
    visit(browser, page)
    assert browser.strangers() == []
    browser.wait(lambda: browser.tab.evaluate("document.documentElement.lang") == "zh")
    browser.tab.evaluate(f"document.querySelectorAll({CONTENT!r}).forEach(one => one.remove())")
    if page in ("paper", "idea"):  # what it says, and what papers say
        assert CHINESE.search(browser.text())
        return
    said = browser.tab.locator("[data-testid=stMain]").all_inner_texts()
    lines = [line for text in said for line in text.splitlines()]
    assert [line for line in lines if ENGLISH.search(line) and not CHINESE.search(line) and line not in EXAMPLES] == []


# Queries to try; they are English in both languages, as most papers are.
EXAMPLES = {"adapters for video action recognition", "low-rank adaptation", "data augmentation by mixing images"}


def test_the_language_that_was_chosen_holds_after_a_reload_and_on_other_pages(
    browse: Callable[..., Browser], filled: str, fresh: Window
) -> None:
    browser = browse(filled, fresh)
    browser.open("/")
    browser.click(".st-key-language button", "中文")
    browser.one("h1", "查找论文")
    browser.wait(lambda: "=zh" in browser.tab.evaluate("document.cookie"))
    browser.tab.reload()
    browser.one("h1", "查找论文")
    browser.click("header a", "文献库")
    browser.one("h1", "文献库")
    other = browse(filled, fresh)
    other.open("/graph?node=adapters")
    other.one("h1", "思路图谱")
    other.part("png").wait_for()
    assert other.part("fit").inner_text() == "全图"
    other.click(".st-key-language button", "English")
    other.one("h1", "Idea graph")
    assert other.query()["node"] == ["adapters"]


def test_an_address_names_its_language(browse: Callable[..., Browser], filled: str, fresh: Window) -> None:
    browser = browse(filled, fresh)
    browser.open("/library?lang=zh")
    browser.one("h1", "文献库")
    other = browse(filled, fresh)  # what somebody has sent is not what was chosen
    other.open("/library")
    other.one("h1", "Library")


def test_a_search_can_be_made_with_keys_alone(browser: Browser) -> None:
    browser.open("/")
    browser.wait(
        lambda: browser.tab.evaluate("document.activeElement.getAttribute('aria-label')") == "What are you looking for?"
    )
    browser.tab.keyboard.type("adapters")
    browser.tab.keyboard.press("Enter")
    first = browser.wait(browser.hits)[0]
    for _ in range(40):
        browser.tab.keyboard.press("Tab")
        if first in browser.tab.evaluate("document.activeElement.textContent"):
            break
    browser.tab.keyboard.press("Enter")
    browser.wait(lambda: "/paper" in browser.tab.url)
