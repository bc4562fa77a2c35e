"""Kept searches: by name, with what they have shown; names that make no sense, rows that were broken, papers merged since."""

from __future__ import annotations

import pytest

from corpus.errors import InputError, LibraryError
from corpus.library import Library
from corpus.models import Filters, Hit, Paper, SearchRequest
from corpus.searches import (
    MAX_NAME,
    broken_searches,
    check_name,
    forget_search,
    mark_seen,
    save_search,
    saved_search,
    saved_searches,
    unseen,
)

REQUEST = SearchRequest(
    query="适配器 for video",
    k=7,
    filters=Filters(year_from=2020, venue="ICLR"),
    mode="dense",
    like=("a",),
    unlike=("b",),
)


def hits(*papers: Paper) -> list[Hit]:
    return [Hit(paper=paper, score=1.0) for paper in papers]


def put(library: Library, name: str, request: str, seen: str = "[]") -> None:
    """A row as another hand may have left it."""
    with library.transaction() as connection:
        connection.execute("INSERT INTO searches VALUES (?, ?, '2026-01-01', NULL, ?)", (name, request, seen))


def test_a_search_comes_back_as_it_was_saved(library: Library) -> None:
    save_search(library, "  Video \n adapters ", REQUEST)
    found = saved_search(Library(library.path), "Video adapters")
    assert (found.name, found.request, found.ran, found.seen) == ("Video adapters", REQUEST, None, ())
    assert saved_search(library, "video ADAPTERS") == found


def test_they_are_listed_by_name(library: Library) -> None:
    for name in ("prompts", "Adapters", "mixing"):
        save_search(library, name, SearchRequest(query=name))
    assert [one.name for one in saved_searches(library)] == ["Adapters", "mixing", "prompts"]


def test_what_was_shown_adds_up(library: Library) -> None:
    save_search(library, "mine", REQUEST)
    mark_seen(library, "mine", ["a", "b"])
    mark_seen(library, "MINE", ["b", "c"])
    found = saved_search(library, "mine")
    assert found.seen == ("a", "b", "c")
    assert found.ran is not None and found.ran >= found.created


def test_saving_the_same_again_keeps_what_was_shown_and_saving_another_does_not(library: Library) -> None:
    save_search(library, "mine", REQUEST)
    mark_seen(library, "mine", ["a"])
    assert save_search(library, "mine", REQUEST.model_copy()).seen == ("a",)
    other = save_search(library, "mine", REQUEST.model_copy(update={"query": "other"}))
    assert (other.request.query, other.seen, other.ran) == ("other", (), None)
    assert len(saved_searches(library)) == 1


def test_a_forgotten_search_is_gone(library: Library) -> None:
    save_search(library, "Mine", REQUEST)
    assert forget_search(library, "mine") == "Mine"
    assert saved_searches(library) == []
    with pytest.raises(InputError, match="no saved search 'mine'"):
        forget_search(library, "mine")


@pytest.mark.parametrize("name", ["", "  \n", "\x00", "x" * (MAX_NAME + 1)])
def test_a_name_is_neither_empty_nor_too_long(library: Library, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        save_search(library, name, REQUEST)
    assert saved_searches(library) == []


def test_a_name_of_the_greatest_length_is_kept() -> None:
    assert check_name("x" * MAX_NAME) == "x" * MAX_NAME


def test_an_unknown_name_names_the_near_ones(library: Library) -> None:
    with pytest.raises(InputError, match="There is none yet"):
        saved_search(library, "video")
    for name in ("Video adapters", "prompts"):
        save_search(library, name, REQUEST)
    for given in ("vidoe adapters", "adaptors", "o ad"):  # a slip, one in a word, a part of it
        with pytest.raises(InputError, match="Near to it are 'Video adapters'"):
            mark_seen(library, given, ["a"])
    with pytest.raises(InputError, match="fourways searches"):
        saved_search(library, "zebra")


@pytest.mark.parametrize(
    ("request_", "seen"),
    [("{broken", "[]"), ('{"k": "many"}', "[]"), ("[]", "[]"), (REQUEST.model_dump_json(), "{"), ("{}", '{"a": 1}')],
)
def test_a_broken_row_is_one_line_and_hides_no_other(library: Library, request_: str, seen: str) -> None:
    save_search(library, "whole", REQUEST)
    put(library, "torn", request_, seen)
    with pytest.raises(LibraryError, match=r"'torn' cannot be read\. Delete it"):
        saved_search(library, "torn")
    assert [one.name for one in saved_searches(library)] == ["whole"]
    assert broken_searches(library) == ["torn"]
    assert save_search(library, "torn", REQUEST).request == REQUEST  # saved over, it is whole again
    assert broken_searches(library) == []
    forget_search(library, "torn")


def test_a_broken_row_can_be_forgotten(library: Library) -> None:
    put(library, "torn", "{")
    assert forget_search(library, "torn") == "torn"
    assert broken_searches(library) == []


def test_unseen_are_the_papers_that_were_not_shown(library: Library) -> None:
    one, two = Paper(id="1", title="One"), Paper(id="2", title="Two")
    library.add([one, two], "list")
    assert unseen(library, ["1", "gone since"], hits(one, two)) == hits(two)


def test_a_paper_that_was_merged_since_is_not_new(library: Library, preprint: Paper, published: Paper) -> None:
    library.add([preprint], "arxiv")
    shown = library.paper("2101.00001")
    library.add([published.model_copy(update={"id": "own"})], "journal")
    merged = library.paper("10.1234/thin.5")
    assert unseen(library, [shown.name], hits(merged)) == []
    assert unseen(library, ["10.1234/thin.5"], hits(merged)) == []
    assert unseen(library, [], hits(merged)) == hits(merged)
