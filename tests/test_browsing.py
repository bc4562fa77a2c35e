"""Answers a page at a time, in another order; papers that filters list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import FourwaysError
from corpus.library import Library
from corpus.models import Answer, Citation, Filters, Hit, Paper, SearchRequest
from survey.asking import PAGE
from survey.browsing import Shown, build_sheet, is_listing, read_shown, shown_fields


class Ranked:
    """Finds p1, p2, ... in this order; of every fourth no year is known. The later, the more often cited."""

    def __init__(self, many: int) -> None:
        self.many = many

    def answer(self, request: SearchRequest, *, facets: bool = False) -> Answer:
        hits = [
            Hit(
                paper=Paper(id=f"p{n}", title=f"Paper {n}", year=None if n % 4 == 0 else 2000 + n % 4),
                score=1 / n,
                why={"citations": n},
            )
            for n in range(1, min(self.many, request.k) + 1)
        ]
        return Answer(hits=tuple(hits), counted=self.many)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Four papers of two venues; the oldest is cited twice, the newest once, and one has no year."""
    made = Library(tmp_path / "library.db")
    made.add(
        [
            Paper(id="old", title="Old", year=2001, venue="A"),
            Paper(id="new", title="New", year=2020, venue="A"),
            Paper(id="never", title="Never", venue="A"),
            Paper(id="other", title="Other", year=2010, venue="B"),
        ],
        "test",
    )
    made.add_citations(
        [Citation(citing=one, cited=two) for one, two in (("new", "old"), ("other", "old"), ("old", "new"))]
    )
    yield made
    made.close()


def ids(searcher: Ranked, library: Library, request: SearchRequest, shown: Shown) -> list[str]:
    return [hit.paper.name for hit in build_sheet(searcher, library, request, shown).answer.hits]


def test_pages_follow_each_other_until_the_last(library: Library) -> None:
    request = SearchRequest(query="papers", k=PAGE)
    first = build_sheet(Ranked(25), library, request, Shown())
    last = build_sheet(Ranked(25), library, request, Shown(page=3))
    assert [hit.paper.name for hit in first.answer.hits] == [f"p{n}" for n in range(1, 11)]
    assert [hit.paper.name for hit in last.answer.hits] == [f"p{n}" for n in range(21, 26)]
    assert (first.first, first.more, last.first, last.more) == (1, True, 21, False)
    assert not build_sheet(Ranked(20), library, request, Shown(page=2)).more


def test_another_order_is_of_the_best_and_keeps_theirs_where_it_makes_no_difference(library: Library) -> None:
    request = SearchRequest(query="papers", k=3)
    assert ids(Ranked(8), library, request, Shown(order="newest")) == ["p3", "p7", "p2"]
    assert ids(Ranked(8), library, request, Shown(order="oldest")) == ["p1", "p5", "p2"]
    assert ids(Ranked(8), library, request, Shown(order="oldest", page=3)) == ["p4", "p8"]
    assert ids(Ranked(1000), library, request, Shown(order="cited")) == ["p200", "p199", "p198"]


def test_filters_alone_list_papers(library: Library) -> None:
    of_a = SearchRequest(k=2, filters=Filters(venue="A"))
    assert is_listing(of_a)
    assert ids(Ranked(0), library, of_a, Shown()) == ["new", "old"]
    assert ids(Ranked(0), library, of_a, Shown(page=2)) == ["never"]
    assert ids(Ranked(0), library, of_a, Shown(order="oldest")) == ["old", "new"]
    assert ids(Ranked(0), library, of_a, Shown(order="cited")) == ["old", "new"]
    sheet = build_sheet(Ranked(0), library, of_a, Shown())
    assert (sheet.total, sheet.more, sheet.answer.counted) == (3, True, 3)
    assert sheet.answer.facets["venue"] == (("A", 3),)


@pytest.mark.parametrize(
    "asked", [{}, {"query": " "}, {"query": "words", "filters": Filters(tag="x")}, {"like": ("a",)}]
)
def test_all_else_is_no_listing(asked: dict[str, object]) -> None:
    assert not is_listing(SearchRequest.model_validate(asked))


def test_an_address_holds_order_and_page() -> None:
    assert read_shown({}) == Shown()
    assert read_shown({"order": [""], "page": ["", "2"]}) == Shown(page=2)
    shown = Shown(order="cited", page=7)
    assert read_shown({name: [value] for name, value in shown_fields(shown).items()}) == shown
    assert shown_fields(Shown()) == {}


@pytest.mark.parametrize(
    "fields", [{"order": ["shuffled"]}, {"page": ["0"]}, {"page": ["-1"]}, {"page": ["²"]}, {"page": ["9" * 99]}]
)
def test_an_address_that_makes_no_sense_is_told(fields: dict[str, list[str]]) -> None:
    with pytest.raises(FourwaysError):
        read_shown(fields)
