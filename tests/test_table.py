"""CSV: any delimiter, the columns of several programs, what is broken."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from corpus.filing import import_file
from corpus.library import Library
from corpus.models import Paper
from corpus.report import Report
from corpus.sources import Fault, table

FIXTURES = Path(__file__).parent / "fixtures"


def read(text: str | bytes) -> list[Paper | Fault]:
    return list(table.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


# ---- columns ---------------------------------------------------------------------------------------------------------------


def test_columns_are_named_without_case_and_lists_are_split() -> None:
    assert read('\ufeffTitle , YEAR,authors,Other\r\n"Thin, but",2021,Ada Byron; Lin Wei,x\r\n') == [
        Paper(title="Thin, but", year=2021, authors=("Ada Byron", "Lin Wei"))
    ]


def test_all_of_our_own_fields_are_read() -> None:
    values = {
        "id": "thin",
        "arxiv_id": "2101.00001",
        "doi": "10.1234/thin",
        "title": "Thin",
        "abstract": "We freeze.",
        "authors": "Ada Byron",
        "year": "2021",
        "venue": "Small Workshop",
        "categories": "cs.CL;cs.LG",
        "keywords": "adapters;noise",
        "url": "https://example.org/thin",
        "code_url": "https://example.org/code",
        "published": "2021-06-17",
        "updated": "2021-07-01",
        "summary_by": "Lin Wei",
        "strategies": "efficient",
        "directions": "adapters;lora",
    }
    assert list(values) == list(Paper.model_fields)
    lists = {"authors", "categories", "keywords", "strategies", "directions"}
    expected = {name: value.split(";") if name in lists else value for name, value in values.items()}
    assert read(",".join(values) + "\n" + ",".join(values.values())) == [Paper.model_validate(expected)]


def test_zotero() -> None:
    assert read((FIXTURES / "zotero.csv").read_bytes()) == [
        Paper(
            doi="10.1234/thin",
            title="Thin Adapters",
            abstract="Half of the weights are frozen.",
            authors=("Kurt Gödel", "Jitka Vačková"),
            year=2021,
            venue="Proceedings of the Small Workshop",
            keywords=("adapters", "small models"),
            url="https://example.org/thin",
            published="2021-06-17",
        ),
        Paper(arxiv_id="2101.00001", title="Prompt Tables", authors=("Ada Byron",), year=2021),
    ]


def test_scopus_parted_by_semicolons_with_full_names() -> None:
    assert read((FIXTURES / "scopus_semicolons.csv").read_bytes()) == [
        Paper(
            doi="10.1234/quiet",
            title="Quiet Gradients",
            abstract="Gradients, made quieter.",
            authors=("Lin Wei", "John Smith"),
            year=2020,
            venue="Journal of Little Computers",
            keywords=("gradients", "noise"),
            url="https://www.scopus.com/inward/record?id=1",
        )
    ]


def test_web_of_science_parted_by_tabs() -> None:
    assert read((FIXTURES / "web_of_science.tsv").read_bytes()) == [
        Paper(
            doi="10.1234/quiet",
            title="Quiet Gradients",
            abstract="Gradients are made quieter.",
            authors=("L Wei", "J Smith"),
            year=2020,
            venue="JOURNAL OF LITTLE COMPUTERS",
            keywords=("gradients", "noise"),
        )
    ]


def test_the_same_file_twice_changes_nothing(library: Library) -> None:
    assert import_file(library, FIXTURES / "web_of_science.tsv") == Report(new=1)
    assert import_file(library, FIXTURES / "web_of_science.tsv") == Report(unchanged=1)


# ---- shapes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    text = f"year{delimiter}title{delimiter}venue\n2021{delimiter}Thin{delimiter}Workshop\n"
    assert read(text) == [Paper(title="Thin", year=2021, venue="Workshop")]


def test_a_single_column_will_do() -> None:
    assert read("Title\nThin; a story\n") == [Paper(title="Thin; a story")]


def test_excel_s_line_about_the_delimiter_and_blank_lines_are_passed_over() -> None:
    assert read("sep=;\n\ntitle;year\n\nThin;2021\n;\n") == [Paper(title="Thin", year=2021)]


def test_empty_cells_are_absent_and_surplus_cells_are_passed_over() -> None:
    assert read("title,year,venue\nA,,,extra,more\nB\n") == [Paper(title="A"), Paper(title="B")]


def test_a_cell_may_span_lines() -> None:
    assert read('title,abstract\nA,"one\ntwo"\n') == [Paper(title="A", abstract="one two")]


def test_a_thousand_columns() -> None:
    assert read("c," * 999 + "title\n" + "x," * 999 + "A\n") == [Paper(title="A")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    assert read("title,year\n“Étale”,2021\n".encode(encoding)) == [Paper(title="“Étale”", year=2021)]


# ---- what is broken --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["name,year\nA,2020\n", "", "\n\n", "subtitle\nA\n"])
def test_without_a_title_column_there_is_no_paper(text: str) -> None:
    assert read(text) == [Fault("line 1", "the header has no column called title")]


def test_a_row_without_a_title_is_a_fault_with_its_line() -> None:
    assert read("title,year\nA,2020\n,2020\nB,2021\n") == [
        Paper(title="A", year=2020),
        Fault("line 3", "no title"),
        Paper(title="B", year=2021),
    ]


@pytest.mark.parametrize("year", ["soon", "99999", "-1"])
def test_a_year_that_is_none_is_left_out(year: str) -> None:
    assert read(f"title,year\nA,{year}\n") == [Paper(title="A")]


def test_null_bytes_part_words() -> None:
    assert read(b"title\nThin\0adapters\n") == [Paper(title="Thin adapters")]


@pytest.mark.parametrize("length", [200_000, 5_000_000])
def test_after_a_cell_beyond_the_reader_s_limit_the_next_row_is_read(length: int) -> None:
    first, second = read("title\n" + "x" * length + "\nB\n")
    assert isinstance(first, Fault)
    assert first.where == "line 2"
    assert "field larger" in first.why
    assert second == Paper(title="B")


def test_a_quote_that_is_never_closed_costs_the_rows_up_to_the_limit_only() -> None:
    first, *rest = read('title\n"A\n' + "B\n" * 100_000)
    assert isinstance(first, Fault)
    assert "field larger" in first.why
    assert set(rest) == {Paper(title="B")}
