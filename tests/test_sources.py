"""The readers: bytes in; papers, and the faults of what is none, out."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.models import Paper
from corpus.sources import Fault, json_document, jsonl, readers, table


def read_lines(text: str | bytes) -> list[Paper | Fault]:
    return list(jsonl.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def read_json(text: str | bytes) -> list[Paper | Fault]:
    return list(json_document.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def read_table(text: str | bytes) -> list[Paper | Fault]:
    return list(table.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


@pytest.mark.parametrize("suffix", sorted(readers()))
@given(data=st.binary(max_size=300))
def test_no_bytes_make_a_reader_fail(suffix: str, data: bytes) -> None:
    assert all(isinstance(item, Paper | Fault) for item in readers()[suffix](io.BytesIO(data)))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(Paper.model_fields)), _JSON))
def test_no_json_object_makes_the_reader_fail(fields: dict[str, object]) -> None:
    (item,) = read_lines(json.dumps(fields))
    assert isinstance(item, Paper | Fault)


# ---- JSON lines ------------------------------------------------------------------------------------------------------


def test_a_line_is_a_paper() -> None:
    assert read_lines('{"title": "Thin", "year": 2021, "unknown": 1}\n') == [Paper(title="Thin", year=2021)]


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert read_lines(b'\xef\xbb\xbf{"title": "A"}\r\n\r\n{"title": "B"}') == [Paper(title="A"), Paper(title="B")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"title": "A"', "broken JSON"),
        ("not json", "broken JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"title": "A", "year": ' + "9" * 5_000 + "}", "a number too long"),
        ("7", "this is int"),
        ('["A"]', "this is list"),
        ("{}", "title: Field required"),
        ('{"title": null}', "title"),
        ('{"title": ""}', "title"),
        (r'{"title": "\ud800"}', "title"),
        ('{"title": "A", "year": 99999}', "year"),
        ('{"title": "A", "year": NaN}', "year"),
        ('{"title": "A", "authors": [{"name": "Ada Byron"}]}', "authors"),
        ('{"title": "A", "published": "yesterday"}', "published"),
        (b'{"title": "\xff"}', "not UTF-8"),
        ('{"title": "A"}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_line_that_is_no_paper_is_a_fault_with_its_number_and_reason(line: str | bytes, why: str) -> None:
    line = line.encode() if isinstance(line, str) else line
    good, bad, last = read_lines(b'{"title": "First"}\n' + line + b'\n{"title": "Last"}')
    assert (good, last) == (Paper(title="First"), Paper(title="Last"))
    assert isinstance(bad, Fault)
    assert bad.where == "line 2"
    assert why in bad.why


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_may_be_as_long_as_the_limit_and_no_longer(end: str) -> None:
    shell = len('{"title": "A", "other": ""}')
    for length, expected in ((jsonl.MAX_LINE, Paper), (jsonl.MAX_LINE + 1, Fault)):
        line = '{"title": "A", "other": "' + "x" * (length - shell) + '"}'
        assert [type(item) for item in read_lines(line + end)] == [expected]


def test_after_a_line_of_five_megabytes_the_next_is_read() -> None:
    first, second = read_lines('{"title": "' + "x" * 5_000_000 + '"}\n{"title": "B"}\n')
    assert isinstance(first, Fault)
    assert second == Paper(title="B")


# ---- one JSON document -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '[{"title": "A"}, {"title": "B"}]',
        '{"papers": [{"title": "A"}, {"title": "B"}], "version": 1}',
        '{"title": "A"}\n{"title": "B"}\n',  # JSON lines under another name
    ],
)
def test_a_document_of_papers(text: str) -> None:
    assert read_json(text) == [Paper(title="A"), Paper(title="B")]


def test_a_document_may_be_one_paper() -> None:
    assert read_json('{\n  "title": "A"\n}') == [Paper(title="A")]


def test_an_item_that_is_no_paper_is_a_fault_with_its_number() -> None:
    assert read_json('[{"title": "A"}, 5]') == [
        Paper(title="A"),
        Fault("item 2", "a paper is an object with a title, this is int"),
    ]


def test_an_empty_array_holds_nothing() -> None:
    assert read_json("[]") == read_json("") == []


# ---- CSV -------------------------------------------------------------------------------------------------------------


def test_columns_are_named_without_case_and_lists_are_split() -> None:
    assert read_table('\ufeffTitle , YEAR,authors,Other\r\n"Thin, but",2021,Ada Byron; Lin Wei,x\r\n') == [
        Paper(title="Thin, but", year=2021, authors=("Ada Byron", "Lin Wei"))
    ]


def test_empty_cells_are_absent_and_surplus_cells_are_passed_over() -> None:
    assert read_table("title,year,venue\nA,,,extra,more\nB\n") == [Paper(title="A"), Paper(title="B")]


def test_a_cell_may_span_lines() -> None:
    assert read_table('title,abstract\nA,"one\ntwo"\n') == [Paper(title="A", abstract="one two")]


def test_without_a_title_column_there_is_no_paper() -> None:
    assert read_table("name,year\nA,2020\n") == [Fault("line 1", "the header has no column called title")]


def test_a_row_that_is_no_paper_is_a_fault_with_its_line() -> None:
    assert read_table("title,year\nA,soon\n,2020\nB,2021\n")[2] == Paper(title="B", year=2021)
    first, second = read_table("title,year\nA,soon\n,2020\n")
    assert isinstance(first, Fault)
    assert isinstance(second, Fault)
    assert (first.where, second.where) == ("line 2", "line 3")


def test_after_a_cell_beyond_the_reader_s_limit_the_next_row_is_read() -> None:
    first, second = read_table("title\n" + "x" * 200_000 + "\nB\n")
    assert isinstance(first, Fault)
    assert "field larger" in first.why
    assert second == Paper(title="B")
