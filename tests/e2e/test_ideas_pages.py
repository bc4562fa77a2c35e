"""The idea graph, the board of ideas and the map of gaps in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from corpus.concepts import set_concepts
from corpus.home import Home
from corpus.library import Library
from corpus.models import Citation, Concept, Mention, Paper

if TYPE_CHECKING:
    from conftest import Browser

pytestmark = pytest.mark.e2e


def query_of(browser: Browser) -> dict[str, list[str]]:
    return parse_qs(urlsplit(browser.driver.current_url).query)


def part(browser: Browser, name: str) -> Any:
    return browser.node(f"[data-part={name}]")


def rest(browser: Browser) -> Any:
    """The canvas, when its nodes rest and the page does."""
    browser.wait(lambda: part(browser, "canvas").get_attribute("data-rested"))
    browser.settle()
    return part(browser, "canvas")


def counted(browser: Browser) -> int:
    """How many nodes the picture says it shows."""
    return int(part(browser, "told").text.split()[0])


def chip(browser: Browser, label: str) -> Any:
    drawn = browser.one("[data-testid=stBidiComponentIsolated]").shadow_root
    return next(one for one in drawn.find_elements("css selector", ".legend button") if one.text.startswith(label))


def find(browser: Browser, words: str, *, choose: bool = False) -> None:
    box = part(browser, "search")
    box.clear()
    box.send_keys(words, *([Keys.ENTER] if choose else []))


def test_what_is_found_in_the_picture_shows_its_card_and_becomes_the_centre(browser: Browser) -> None:
    browser.open("/graph?node=adapters")
    rest(browser)
    find(browser, "Parameter-efficient methods", choose=True)
    browser.one(".st-key-card", "Adapters, LoRA, prompts")
    browser.click(".st-key-card a", "Make it the centre")
    browser.one("h3", "Links of Parameter-efficient methods")
    assert query_of(browser)["node"] == ["strategy:efficient"]


def test_keys_a_click_and_a_double_click_choose_a_node_and_open_its_neighbours(browser: Browser) -> None:
    browser.open("/graph?node=strategy%3Aefficient")
    canvas = rest(browser)
    before = counted(browser)
    canvas.send_keys(Keys.ARROW_RIGHT)
    said = browser.wait(lambda: part(browser, "said").get_attribute("textContent"))
    title = next(field for field in said.split(", ")[1:])
    browser.one(".st-key-card", title)
    browser.settle()
    x, y = map(int, canvas.get_attribute("data-at").split())
    find(browser, "Parameter-efficient methods", choose=True)
    browser.one(".st-key-card", "Adapters, LoRA, prompts")
    browser.settle()
    find(browser, "")
    left, top = x - canvas.size["width"] // 2, y - canvas.size["height"] // 2
    ActionChains(browser.driver).move_to_element_with_offset(canvas, left, top).click().perform()
    browser.one(".st-key-card", title)
    browser.settle()
    ActionChains(browser.driver).move_to_element_with_offset(canvas, left, top).double_click().perform()
    browser.wait(lambda: counted(browser) > before)
    rest(browser)
    more = counted(browser)
    part(browser, "canvas").send_keys(Keys.ARROW_LEFT, Keys.ENTER)
    browser.wait(lambda: counted(browser) > more)


def test_the_legend_and_the_years_narrow_the_picture(browser: Browser) -> None:
    browser.open("/graph?node=adapters")
    rest(browser)
    whole = counted(browser)
    papers = int(chip(browser, "Paper").text.split()[-1])
    chip(browser, "Paper").click()
    assert counted(browser) == whole - papers
    chip(browser, "Paper").click()
    assert counted(browser) == whole
    part(browser, "to").send_keys(Keys.HOME)  # as early as there is
    assert whole - papers < counted(browser) < whole


def test_the_picture_is_moved_zoomed_coloured_and_saved(browser: Browser) -> None:
    browser.open("/graph?node=adapters")
    canvas = rest(browser)
    picture = "return arguments[0].toDataURL()"
    shown = [browser.driver.execute_script(picture, canvas)]

    def changed() -> None:
        browser.wait(lambda: browser.driver.execute_script(picture, canvas) not in shown)
        shown.append(browser.driver.execute_script(picture, canvas))

    part(browser, "in").click()
    changed()
    ActionChains(browser.driver).move_to_element_with_offset(canvas, -300, -250).click_and_hold().move_by_offset(
        60, 40
    ).release().perform()
    changed()
    browser.driver.execute_script(
        "arguments[0].value = 'strategy'; arguments[0].dispatchEvent(new Event('change'))", part(browser, "colour")
    )
    changed()
    part(browser, "png").click()
    saved: Path = browser.wait(lambda: next(browser.downloads.glob("idea-graph*.png"), None))
    browser.wait(lambda: saved.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n")


@pytest.fixture(scope="module")
def crowded(serve: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a library of which nine hundred papers use one method, each citing the one before."""
    home = tmp_path_factory.mktemp("crowded")
    library = Library(Home(home).library)
    library.add([Paper(id=f"p{n}", title=f"Paper {n}", year=2000 + n % 20) for n in range(1, 901)], "test")
    library.add_citations(Citation(citing=f"p{n}", cited=f"p{n - 1}") for n in range(2, 901))
    mentions = [
        Mention(paper=n, concept="method:crowd", edge="uses", weight=1.0, field="title", start=0, stop=5)
        for n in range(1, 901)
    ]
    set_concepts(library, [Concept(key="method:crowd", kind="method", name="crowd")], mentions)
    library.close()
    with serve(home) as address:
        yield address


def test_eight_hundred_nodes_come_to_rest_and_more_are_thinned(browse: Callable[[str], Browser], crowded: str) -> None:
    browser = browse(crowded)
    browser.open("/graph?node=crowd")
    rest(browser)
    browser.one("[data-testid=stSlider] input").send_keys(Keys.END)
    browser.wait(lambda: counted(browser) == 800)
    canvas = rest(browser)
    assert float(canvas.get_attribute("data-paint")) < 100  # milliseconds a frame; 6 to 19 on a slow machine
    browser.one("[data-testid=stCaptionContainer]", "This is the backbone: 800 of 901 nodes")


def test_an_idea_of_ones_own_is_kept_edited_and_hostile_text_is_text(browser: Browser, hostile: str) -> None:
    browser.open("/ideas")
    browser.click("summary", "Write down an idea of your own")
    box = browser.one("textarea")
    browser.wait(box.is_displayed)
    box.send_keys(hostile)
    browser.click("button", "Keep it")
    browser.wait(lambda: "idea" in query_of(browser))
    browser.one("h2", "zebrafish")
    browser.click("[data-testid=stButtonGroup] button", "Trying")
    browser.settle()
    browser.driver.refresh()
    browser.one(
        "[data-testid=stButtonGroup] button[aria-checked=true], [data-testid=stButtonGroup] button[kind$=Active]",
        "Trying",
    )
    idea = query_of(browser)["idea"][0]
    for path in ("/ideas", f"/ideas?idea={idea}", f"/graph?node={quote(f'idea:{idea}')}"):
        browser.open(path)
        browser.wait(
            lambda: (
                hostile[:60]
                in browser.driver.execute_script(
                    "return document.querySelector('[data-testid=stMain]').textContent"
                ).replace("\u2060", "")
            )
        )
        markdown = "[data-testid=stMarkdownContainer]"
        assert not browser.all(f"{markdown} :is(img, script, b, code, .katex), img[onerror], a[href^=javascript]")
        assert browser.driver.execute_script("return window.hacked") is None


def test_the_map_tells_a_cell_that_is_clicked(browser: Browser) -> None:
    browser.open("/ideas?view=map&topic=parameter-efficient")
    chart = browser.one("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas")
    browser.settle()
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", chart)
    width, height = chart.size["width"], chart.size["height"]
    ActionChains(browser.driver).move_to_element_with_offset(chart, width // 4, height // 4).click().perform()
    browser.one(".st-key-map-cell", "+")


@pytest.mark.parametrize("path", ["/ideas", "/ideas?view=map", "/graph?node=adapters"])
def test_the_pages_load_nothing_from_elsewhere(browser: Browser, path: str) -> None:
    browser.open(path)
    loaded = browser.driver.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
    assert [name for name in loaded if not name.startswith((browser.address, "data:", "blob:"))] == []
