"""The shapes: what they clean, what they refuse, what they write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.models import Filters, Paper, clean_line, clean_lines


@pytest.mark.parametrize(
    ("given_title", "kept"),
    [
        ("  Thin \n\t adapters ", "Thin adapters"),
        ("Thin\x00adapters\x1b[31m", "Thin adapters [31m"),
        ("Thin \ud800adapters", "Thin adapters"),
        ("Thin adap\u00adters\u200b", "Thin adapters"),  # a soft hyphen and a zero-width space are inside a word
        ("Thin\u00a0adapters", "Thin adapters"),
        ("薄的 适配器 🙂", "薄的 适配器 🙂"),
    ],
)
def test_a_title_is_one_line_of_valid_text(given_title: str, kept: str) -> None:
    assert Paper(title=given_title).title == kept


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_cleaned_text_is_printable_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_line(text)
    assert cleaned.isprintable()
    assert clean_line(cleaned) == cleaned
    cleaned.encode("utf-8")


def test_a_note_keeps_its_lines_and_indents_but_no_control_characters() -> None:
    assert clean_lines("\n first\r\n\tsecond\x00\ud800 \n") == "first\n    second"


@pytest.mark.parametrize("title", ["", "   ", "\x00", "\ud800", "x" * 1_001])
def test_a_paper_needs_a_title_of_sane_length(title: str) -> None:
    with pytest.raises(ValidationError, match="title"):
        Paper(title=title)


def test_blank_fields_are_absent() -> None:
    assert Paper(title="T", abstract=" ", venue="", id="\t").to_json() == {"title": "T"}


def test_null_fields_are_absent() -> None:
    nulls = dict.fromkeys(set(Paper.model_fields) - {"title"})
    assert Paper.model_validate({"title": "T", **nulls}).to_json() == {"title": "T"}


def test_null_lists_are_empty_and_repeats_are_dropped() -> None:
    paper = Paper.model_validate({"title": "T", "authors": None, "keywords": ["a", None, " a ", ""]})
    assert (paper.authors, paper.keywords) == ((), ("a",))


@pytest.mark.parametrize("authors", ["Ada Byron", [{"name": "Ada Byron"}], [["Ada"]], [7]])
def test_authors_that_are_no_list_of_names_are_refused(authors: object) -> None:
    with pytest.raises(ValidationError, match="authors"):
        Paper.model_validate({"title": "T", "authors": authors})


@pytest.mark.parametrize("stamp", ["2021-06-17", "2021-06-17T17:37:18Z", "2021-06-17 17:37"])
def test_a_time_stamp_becomes_its_day(stamp: str) -> None:
    assert Paper(title="T", published=stamp).published == "2021-06-17"


@pytest.mark.parametrize("day", ["2021", "17.6.2021", "２０２１-06-17"])
def test_another_form_of_day_is_refused(day: str) -> None:
    with pytest.raises(ValidationError, match="updated"):
        Paper(title="T", updated=day)


@pytest.mark.parametrize("year", [0, 99_999, "soon"])
def test_a_year_out_of_time_is_refused(year: object) -> None:
    with pytest.raises(ValidationError, match="year"):
        Paper.model_validate({"title": "T", "year": year})


def test_a_paper_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Paper(title="T").title = "U"


def test_what_a_paper_writes_it_reads() -> None:
    paper = Paper(title="T", authors=("Ada Byron",), year=2021, keywords=("a", "b"), published="2021-06-17")
    assert Paper.model_validate(paper.to_json()) == paper


def test_filters_are_false_when_they_let_everything_through() -> None:
    assert not Filters()
    assert Filters(year_from=0)
