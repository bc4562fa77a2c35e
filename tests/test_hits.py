"""A hit as it is shown: marks that lie outside their text, abstracts without a space, reasons that have no number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.models import Hit, Paper
from survey.hits import excerpt, marks_of, parts, reasons, tidy, word_spans


def hit(why: dict[str, Any], **fields: str) -> Hit:
    return Hit(paper=Paper(id="x", **{"title": "Thin adapters", **fields}), score=1.0, why=why)


def test_marks_are_the_engine_s_where_it_gives_any() -> None:
    found = hit({"marks": {"abstract": [[3, 7]]}, "words": ["thin"]}, abstract="We thaw it.")
    assert marks_of(found, "abstract") == [(3, 7)]
    assert marks_of(found, "title") == []


def test_else_they_are_the_matched_words_with_and_without_an_s() -> None:
    found = hit({"words": ["adapter"]}, abstract="Adapters, an adapter; adaptersmith.")
    assert marks_of(found, "title") == [(5, 13)]
    assert [found.paper.abstract[a:b] for a, b in marks_of(found, "abstract")] == ["Adapters", "adapter"]  # type: ignore[index]
    assert marks_of(hit({}), "title") == marks_of(hit({"words": ["thin"]}), "abstract") == []


@pytest.mark.parametrize(
    ("spans", "kept"),
    [
        ([(5, 9), (0, 2)], [(0, 2), (5, 9)]),
        ([(0, 4), (2, 6), (6, 7)], [(0, 7)]),
        ([(-5, 2), (8, 99), (50, 60), (4, 4), (6, 5)], [(0, 2), (8, 10)]),
        ([], []),
    ],
)
def test_spans_are_put_in_order_inside_the_text_and_apart(
    spans: list[tuple[int, int]], kept: list[tuple[int, int]]
) -> None:
    assert tidy(spans, 10) == kept


def test_parts_are_the_whole_text() -> None:
    assert parts("We thaw it.", [(0, 2), (8, 11)]) == [("We", True), (" thaw ", False), ("it.", True)]
    assert parts("", []) == []


def test_an_excerpt_is_the_stretch_with_the_most_different_words() -> None:
    text = "lora lora lora " + "begin " * 60 + "here a lora meets an adapter " + "end " * 60
    shown, spans = excerpt(text, word_spans(text, ["lora", "adapter"]), 80)
    assert [shown[a:b] for a, b in spans] == ["lora", "adapter"]
    assert shown.startswith("… ") and shown.endswith(" …")
    assert len(shown) <= 84


def test_a_short_text_is_shown_whole() -> None:
    assert excerpt("short", [(0, 5)], 80) == ("short", [(0, 5)])


def test_a_text_without_spaces_is_cut_around_its_mark() -> None:
    text = "字" * 300 + "适配器" + "字" * 300
    shown, spans = excerpt(text, [(300, 303)], 50)
    assert [shown[a:b] for a, b in spans] == ["适配器"]
    assert len(shown) <= 54


@given(st.text(alphabet="ab .", max_size=300), st.lists(st.tuples(st.integers(-5, 305), st.integers(-5, 305))))
def test_an_excerpt_s_marks_are_those_of_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    marks = tidy(spans, len(text))
    shown, kept = excerpt(text, marks, 40)
    assert "".join(part for part, _ in parts(shown, kept)) == shown
    whole = [text[a:b] for a, b in marks]
    assert all(any(shown[a:b] in one for one in whole) for a, b in kept)
    if text.strip() and marks and text[slice(*marks[0])].strip():
        assert kept


def test_reasons_say_each_thing_that_is_known() -> None:
    why = {"words": list("abcdefghij"), "cosine": 0.456, "fulltext_rank": 3, "citations": 12, "rerank": 0.987}
    assert reasons(hit(why | {"cited_by_hits": ["p", "q"]})) == [
        "words: a, b, c, d, e, f, g, h …",
        "cosine 0.46",
        "in its full text",
        "cited by 2 of these hits",
        "12 citations here",
        "re-ranked 0.99",
    ]
    assert reasons(hit({"words": [], "cited_by_hits": [], "citations": 0})) == []


def test_citing_hits_go_by_their_numbers_where_they_are_numbered() -> None:
    found = hit({"cited_by_hits": ["q", "p", "not shown"], "citations": 1})
    assert reasons(found, {"p": 2, "q": 5}) == ["cited by hits 2, 5", "1 citation here"]
    assert reasons(found, {"q": 1}) == ["cited by hit 1", "1 citation here"]
    assert reasons(found, {}) == ["1 citation here"]
