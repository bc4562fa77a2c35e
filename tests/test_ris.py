"""RIS as Zotero, Mendeley and EndNote write it, whole and broken."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.filing import import_file
from corpus.library import Library
from corpus.models import Paper
from corpus.report import Report
from corpus.sources import Fault, ris

FIXTURES = Path(__file__).parent / "fixtures"


def read(text: str | bytes) -> list[Paper | Fault]:
    return list(ris.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def read_record(*lines: str) -> Paper:
    """The paper of a record that has a title beside these lines."""
    (paper,) = read("\n".join(["TY  - JOUR", "TI  - Thin", *lines, "ER  - ", ""]))
    assert isinstance(paper, Paper)
    return paper


# ---- three programs --------------------------------------------------------------------------------------------------------


def test_zotero() -> None:
    assert read((FIXTURES / "zotero.ris").read_bytes()) == [
        Paper(
            doi="10.1234/Thin",
            title="Thin Adapters for Étale Maps",
            abstract="We keep half of the weights frozen. And we measure what is lost.",
            authors=("Kurt Gödel", "Jitka Vačková"),
            year=2021,
            venue="Proceedings of the Small Workshop",
            keywords=("adapters", "small models"),
            url="https://example.org/thin;jsessionid=7",
            code_url="https://github.com/moss/thin-adapters",
            published="2021-06-17",
        ),
        Paper(
            arxiv_id="2101.00001",
            doi="10.48550/arXiv.2101.00001",
            title="Prompt Tables",
            abstract="Tables stand in for prompts.",
            authors=("Ada Byron",),
            year=2021,
            venue="arXiv",
            url="http://arxiv.org/abs/2101.00001",
            published="2021-01-05",
        ),
    ]


def test_mendeley() -> None:
    assert read((FIXTURES / "mendeley.ris").read_bytes()) == [
        Paper(
            doi="10.1234/quiet",
            title="Quiet Gradients",
            abstract="Gradients are made quieter.",
            authors=("Lin Wei", "John Smith Jr."),
            year=2020,
            venue="Journal of Little Computers",
            keywords=("gradients",),
            url="https://example.org/quiet",
        ),
        Paper(title="The Book of Masks", authors=("Anna Straße",), year=1999, venue="Moss & Stone"),
    ]


def test_endnote_with_an_unknown_tag_and_a_record_without_its_end() -> None:
    assert read((FIXTURES / "endnote.ris").read_bytes()) == [
        Paper(
            title="Spans without Trees",
            abstract="Spans are found. Trees are not.",
            authors=("Ada Byron",),
            year=2019,
            venue="Proceedings of the 9th Meeting on Words",
            keywords=("spans", "trees"),
            url="https://aclanthology.org/P19-1613",
            published="2019-07-28",
        ),
        Paper(title="The Record Before Lacks its End", year=2020),
    ]


def test_the_same_file_twice_changes_nothing(library: Library) -> None:
    assert import_file(library, FIXTURES / "zotero.ris") == Report(new=2)
    before = library.fingerprint()
    assert import_file(library, FIXTURES / "zotero.ris") == Report(unchanged=2)
    assert library.fingerprint() == before


def test_two_programs_about_the_same_paper_merge(library: Library, tmp_path: Path) -> None:
    import_file(library, FIXTURES / "mendeley.ris")
    other = tmp_path / "other.bib"
    other.write_text("@article{wei2020quiet, title = {{Quiet} Gradients}, author = {Wei, Lin}, year = {2020}}")
    assert import_file(library, other) == Report(merged=1)


# ---- fields ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["TI", "T1"])
def test_the_title_has_two_tags(tag: str) -> None:
    assert read(f"TY  - JOUR\n{tag}  - Thin\nER  - ") == [Paper(title="Thin")]


@pytest.mark.parametrize("tag", ["T2", "JO", "JF", "JA", "J2", "PB"])
def test_the_venue_has_many_tags(tag: str) -> None:
    assert read_record(f"{tag}  - A Journal").venue == "A Journal"


@pytest.mark.parametrize("tag", ["AB", "N2"])
def test_the_abstract_has_two_tags(tag: str) -> None:
    assert read_record(f"{tag}  - One,", "two.").abstract == "One, two."


@pytest.mark.parametrize(
    ("lines", "year", "published"),
    [
        (["PY  - 2021"], 2021, None),
        (["PY  - 2021/06/17/"], 2021, "2021-06-17"),
        (["Y1  - 2021/06//"], 2021, None),
        (["Y1  - 2021///"], 2021, None),
        (["DA  - 2021/06/17/Spring"], 2021, "2021-06-17"),
        (["PY  - 2022", "DA  - 2021/06/17"], 2022, "2021-06-17"),
        (["PY  - in press"], None, None),
        (["PY  - "], None, None),
    ],
)
def test_years_and_days(lines: list[str], year: int | None, published: str | None) -> None:
    paper = read_record(*lines)
    assert (paper.year, paper.published) == (year, published)


@pytest.mark.parametrize(
    "line",
    ["DO  - 10.1234/x", "DO  - doi:10.1234/x", "DO  - https://doi.org/10.1234/x", "UR  - https://doi.org/10.1234/x"],
)
def test_a_doi_in_any_form(line: str) -> None:
    assert read_record(line).doi == "10.1234/x"


@pytest.mark.parametrize(
    "line",
    [
        "UR  - https://arxiv.org/abs/2101.00001v2",
        "N1  - arXiv:2101.00001 [cs]",
        "M1  - arXiv:2101.00001",
        "T2  - arXiv preprint arXiv:2101.00001",
        "DO  - 10.48550/arXiv.2101.00001",
        "AN  - arXiv:2101.00001",
    ],
)
def test_an_arxiv_id_is_found_wherever_a_program_puts_it(line: str) -> None:
    assert read_record(line).arxiv_id == "2101.00001"


def test_a_file_on_somebody_s_disk_is_no_address() -> None:
    assert read_record("L1  - file:///home/ada/thin.pdf", "UR  - https://example.org").url == "https://example.org"
    assert read_record("L1  - file:///home/ada/thin.pdf").url is None


# ---- what is broken --------------------------------------------------------------------------------------------------------

GOOD = "TY  - JOUR\nTI  - Good\nER  - \n"


@pytest.mark.parametrize(
    "text",
    [
        "TY  - JOUR\nTI  - Good",
        "TY - JOUR\nTI - Good\nER -\n",
        "TY  - JOUR\r\nTI  - Good\r\nER  -",
        "TY  - JOUR\rTI  - Good\rER  - \r",
    ],
)
def test_line_ends_single_spaces_and_a_missing_end_do_not_matter(text: str) -> None:
    assert read(text) == [Paper(title="Good")]


def test_text_that_looks_like_a_tag_stays_in_the_abstract() -> None:
    assert read_record("AB  - On", "AI - and what it costs").abstract == "On AI - and what it costs"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    assert read("TY  - JOUR\nTI  - Étale\nER  - \n".encode(encoding)) == [Paper(title="Étale")]


@pytest.mark.parametrize(
    ("broken", "where", "why"),
    [
        ("TY  - JOUR\nAU  - Ada\nER  - \n", "line 4", "no title"),
        ("TY  - JOUR\nER  - \n", "line 4", "no title"),
        ("TY  - JOUR\nTI  - " + "x" * 1_001 + "\nER  - \n", "line 4", "the title is longer than 1000 characters"),
        ("TI  - Lost\nAU  - Ada\nER  - \n", "line 4", "a record without its first line (TY)"),
        ("TY  - JOUR\nAB  - " + "x" * 5_000_000 + "\nER  - \n", "line 4", "a record longer than 1000000 characters"),
        ("TY  - JOUR\nAB  - x\n" + "x\n" * 50_000 + "ER  - \n", "line 4", "a record longer than 1000000 characters"),
    ],
)
def test_what_is_broken_is_one_fault_and_what_stands_around_it_is_read(broken: str, where: str, why: str) -> None:
    assert read(GOOD + broken + GOOD) == [Paper(title="Good"), Fault(where, why), Paper(title="Good")]


def test_null_bytes_part_words() -> None:
    assert read(b"TY  - JOUR\nTI  - Thin\0adapters\nER  - \n") == [Paper(title="Thin adapters")]


@given(
    st.lists(
        st.sampled_from(["TY  - ", "ER  - ", "TI  - ", "AU  - ", "KW  - ", "UR  - ", "XX  - ", "\n", ";", "N1  - "])
        | st.text(max_size=3)
    )
)
def test_no_ris_makes_the_reader_fail(pieces: list[str]) -> None:
    assert all(isinstance(item, Paper | Fault) for item in read("\n".join(pieces).encode("utf-8", "replace")))
