"""The HTML page: one file without script, sources at hand, references linked both ways, hostile titles as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from export_drafts import HOSTILE_TITLES, QUIET, hostile_papers, make_draft

from survey.export.html import render_html


class Page(HTMLParser):
    """Tags with their attributes, the text of each `said` mark, and whether every tag is closed in its turn."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def having(self, name: str) -> list[str]:
        return [given[name] for _, given in self.tags if name in given]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_html(make_draft(QUIET)))


@pytest.fixture(scope="module")
def hostile() -> Page:
    return Page(render_html(make_draft(hostile_papers(), "<b>$x$</b>", ("<i>Über</i>", '"# 100%"'))))


def test_every_tag_is_closed(page: Page, hostile: Page) -> None:
    assert page.open == []
    assert hostile.open == []


def test_nothing_runs_and_nothing_is_fetched(page: Page, hostile: Page) -> None:
    for one in (page, hostile):
        assert not {"script", "iframe", "object", "img", "link", "form"} & {tag for tag, _ in one.tags}
        assert not [name for _, given in one.tags for name in given if name.startswith("on")]
        assert one.having("src") == []
        assert all(re.match(r"#|https?://", address) for address in one.having("href"))
        assert "default-src 'none'" in one.having("content")[0]


def test_hostile_titles_show_as_text(hostile: Page) -> None:
    for title in HOSTILE_TITLES:
        assert title in hostile.text


def test_a_hostile_address_is_no_link(hostile: Page) -> None:
    assert not [address for address in hostile.having("href") if "javascript" in address or '"' in address]


def test_ids_are_unique_and_every_link_inside_leads_somewhere(page: Page) -> None:
    ids = page.having("id")
    assert len(ids) == len(set(ids))
    assert {address[1:] for address in page.having("href") if address[0] == "#"} <= set(ids)
    assert {address[1:] for address in page.having("xlink:href") if address[0] == "#"} <= set(ids)


def test_references_are_linked_both_ways(page: Page) -> None:
    places = [given["id"] for tag, given in page.tags if tag == "a" and given.get("href") == "#ref-brown2020quiet"]
    # The summary, the section's opening, quote and problem, and its table.
    assert len(places) == 5
    assert {f"#{place}" for place in places} <= set(page.having("href"))


def test_a_quote_carries_its_source(page: Page) -> None:
    marks = [given for tag, given in page.tags if tag == "span" and given.get("class") == "said"]
    assert all(mark["tabindex"] == "0" for mark in marks)
    assert {
        "data-key": "brown2020quiet",
        "data-source": "abstract",
        "data-start": "0",
        "data-end": "46",
    }.items() <= marks[2].items()
    assert (
        "Quiet Layers (2020), abstract, characters 0–46: “A quiet layer listens to the layers around it.”" in page.text
    )


def test_a_sentence_that_a_language_model_worded_says_so() -> None:
    draft = make_draft(QUIET)
    worded = draft.sentences[2].model_copy(update={"smoothed": True, "text": "Quiet layers listen."})
    shown = Page(render_html(draft.model_copy(update={"sentences": (worded,)}))).text
    assert "Quiet layers listenWorded by a language model, from:Quiet Layers (2020), abstract, characters 0–46" in shown


def test_the_contents_lead_to_each_section(page: Page) -> None:
    wanted = ["#summary", "#section-1", "#section-2", "#references"]
    assert [address for address in page.having("href") if address in wanted][:4] == wanted


def test_a_small_screen_has_folded_contents_and_figures_that_scroll(page: Page) -> None:
    assert next(given for tag, given in page.tags if tag == "details") == {}
    frames = [
        given.get("class") for (tag, given), (inner, _) in zip(page.tags, page.tags[1:], strict=False) if inner == "svg"
    ]
    assert frames == ["wide"] * 3


def test_figures_are_inside_and_take_the_readers_colours(page: Page) -> None:
    figures = [given["aria-label"] for tag, given in page.tags if tag == "svg"]
    assert figures == [
        "Sections of this survey",
        "Key papers by year",
        "Citations between the papers",
    ]
    assert "currentColor" in " ".join(page.having("style"))


def test_two_runs_give_the_same_page() -> None:
    assert render_html(make_draft(QUIET)) == render_html(make_draft(QUIET))
