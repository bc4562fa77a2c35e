"""BibTeX as people keep it: styles mixed, LaTeX in every field, entries broken."""

from __future__ import annotations

import gzip
import io
import logging
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.filing import import_file
from corpus.library import Library
from corpus.models import Paper
from corpus.report import Report
from corpus.sources import Fault, bibtex

FIXTURE = Path(__file__).parent / "fixtures" / "references.bib"


def read(text: str | bytes) -> list[Paper | Fault]:
    return list(bibtex.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def read_entry(fields: str, kind: str = "article") -> Paper:
    """The paper of an entry that has a title beside these fields."""
    (paper,) = read(f"@{kind}{{key, title = {{Thin}}, {fields}}}")
    assert isinstance(paper, Paper)
    return paper


@pytest.fixture(scope="module")
def papers() -> dict[str, Paper]:
    """The papers of the fixture by their titles' first words."""
    found = [item for item in read(FIXTURE.read_bytes()) if isinstance(item, Paper)]
    return {paper.title.split()[0]: paper for paper in found}


# ---- a bibliography ------------------------------------------------------------------------------------------------------


def test_an_article_with_everything(papers: dict[str, Paper]) -> None:
    assert papers["Thin"] == Paper(
        doi="10.1234/thin_adapters",
        title="Thin Adapters for Étale Maps: O(n^2) and α-Mixing — a Sequel",
        abstract="We keep 50% of the weights frozen, and measure what is lost. Little is.",
        authors=("Kurt Gödel", "Jitka Vačková", "María García", "The Tiny Models Consortium"),
        year=2021,
        venue="Transactions on Little Computers",
        keywords=("adapters", "small models"),
        url="https://example.org/thin",
        code_url="https://github.com/moss/thin-adapters",
    )


def test_a_preprint_as_zotero_exports_it(papers: dict[str, Paper]) -> None:
    assert papers["Prompt"] == Paper(
        arxiv_id="2101.00001",
        doi="10.48550/arXiv.2101.00001",
        title="Prompt Tables",
        authors=("Ada Byron", "Jan van den Berg", "John Smith Jr."),
        year=2021,
        venue="arXiv",
        url="http://arxiv.org/abs/2101.00001",
        published="2021-01-05",
    )


def test_a_preprint_as_a_journal(papers: dict[str, Paper]) -> None:
    assert papers["Quiet"] == Paper(
        title="Quiet Gradients", authors=("Lin Wei",), year=2021, arxiv_id="2102.00002", venue="arXiv"
    )


def test_a_preprint_as_dblp_exports_it(papers: dict[str, Paper]) -> None:
    assert (papers["Losses"].arxiv_id, papers["Losses"].venue) == ("2103.00003", "CoRR")


def test_the_anthology_s_former_address_becomes_its_present_one(papers: dict[str, Paper]) -> None:
    assert papers["Spans"].url == "https://aclanthology.org/P19-1613"
    assert papers["Spans"].title == "Spans without “Trees”"


def test_an_entry_takes_what_it_lacks_from_its_proceedings_and_no_more(papers: dict[str, Paper]) -> None:
    assert papers["A"] == Paper(
        title="A Child of its Book", authors=("Lin Wei",), year=2018, venue="Proceedings of the Small Workshop"
    )


def test_what_an_entry_says_itself_counts_before_what_its_proceedings_say() -> None:
    parent = "@book{b, title = {Book}, year = 2018, publisher = {Moss}}\n"
    (_, paper) = read(parent + "@incollection{k, title = {A}, year = 2019, booktitle = {Own}, crossref = {B}}")
    assert paper == Paper(title="A", year=2019, venue="Own")


def test_a_book_that_is_missing_costs_nothing() -> None:
    assert read("@incollection{k, title = {A}, crossref = {nowhere}}") == [Paper(title="A")]


def test_a_book_has_its_editors_and_publisher(papers: dict[str, Paper]) -> None:
    assert papers["The"] == Paper(
        title="The Book of Masks", authors=("Anna Straße", "Łukasz Ørsted"), year=1999, venue="Moss & Stone"
    )


def test_a_broken_entry_is_a_fault_with_its_key_and_the_rest_is_read() -> None:
    items = read(FIXTURE.read_bytes())
    assert [item for item in items if isinstance(item, Fault)] == [
        Fault("entry broken", "broken BibTeX (it never ends: a closing brace or quote is missing)")
    ]
    assert len(items) == 9


def test_the_same_file_twice_changes_nothing(library: Library) -> None:
    first = import_file(library, FIXTURE)
    before = library.fingerprint()
    again = import_file(library, FIXTURE)
    assert (first.new, again.new, again.unchanged) == (8, 0, 8)
    assert library.fingerprint() == before
    assert [skipped.where for skipped in again.skipped] == ["references.bib, entry broken"]


def test_the_same_key_in_another_file_is_another_paper(library: Library, tmp_path: Path) -> None:
    for name, title in (("one.bib", "Thin Adapters"), ("other.bib", "Prompt Tables")):
        (tmp_path / name).write_text(f"@article{{smith2020, title = {{{title}}}, author = {{John Smith}}}}")
        assert import_file(library, tmp_path / name) == Report(new=1)


# ---- values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("{A}", "A"),
        ('"A"', "A"),
        ("2021", "2021"),
        ("{{A}} ", "A"),
        ('"The {"}quoted{"} one"', 'The "quoted" one'),
        ('"The "unescaped" one"', 'The "unescaped" one'),
        ('"A" # " and " # {B}', "A and B"),
        ("{One {#} two}", "One # two"),
        ("name # { of names}", "Name of names"),
        ("NAME", "Name"),
        ("unknown", "unknown"),
        ("jan", "jan"),
        ("{A}\n year = {2020}", "A"),  # a comma is missing
    ],
)
def test_a_value_is_braced_quoted_joined_or_a_macro(value: str, title: str) -> None:
    assert read("@string{name = {Name}}\n@misc{k, title = " + value + "\n}") == [Paper(title=title)]


def test_an_entry_may_stand_in_parentheses_and_all_entries_in_one_line() -> None:
    assert read("@misc(a, title = {A}) @misc{b, title = {B}} @misc{a, title = {C}}") == [
        Paper(title="A"),
        Paper(title="B"),
        Paper(title="C"),
    ]


def test_field_names_have_no_case_and_the_first_of_two_counts() -> None:
    assert read("@ARTICLE{k, TITLE = {A}, Title = {B}, Year = 2020, year = 2021}") == [Paper(title="A", year=2020)]


def test_comments_and_text_between_entries_are_passed_over() -> None:
    assert read("Some text.\n@comment{@misc{no, title = {No}}}\n% more\n@misc{k, title = {A}}\nThe end.") == [
        Paper(title="A")
    ]


@pytest.mark.parametrize(
    ("names", "authors"),
    [
        ("Byron, Ada and Lin Wei", ("Ada Byron", "Lin Wei")),
        ("Byron, Ada\n  and\tLin Wei AND others", ("Ada Byron", "Lin Wei")),
        ("{Moss and Stone, Inc.} and Lin Wei", ("Moss and Stone, Inc.", "Lin Wei")),
        ('{van den} Oord, A{\\"a}ron', ("Aäron van den Oord",)),
        ("Smith, Jr., John", ("John Smith Jr.",)),
        ("Ada {Byron, Countess}", ("Ada Byron, Countess",)),
        ("{\\'E}. {\\v{S}}t{\\v e}p{\\'a}nek", ("É. Štěpánek",)),
        ("Sand, Anders", ("Anders Sand",)),
        ("", ()),
    ],
)
def test_names(names: str, authors: tuple[str, ...]) -> None:
    assert read_entry(f"author = {{{names}}}").authors == authors


def test_editors_count_where_there_are_no_authors() -> None:
    assert read_entry("editor = {Lin Wei}").authors == ("Lin Wei",)
    assert read_entry("author = {Ada Byron}, editor = {Lin Wei}").authors == ("Ada Byron",)


@pytest.mark.parametrize(
    ("fields", "year", "published"),
    [
        ("year = 2021", 2021, None),
        ("year = {2021a}", 2021, None),
        ("year = {c. 1999}", 1999, None),
        ("year = {in press}", None, None),
        ("year = {99999}", None, None),
        ("date = {2021-06-17}", 2021, "2021-06-17"),
        ("date = {2021-06-17/2021-06-19}", 2021, "2021-06-17"),
        ("date = {2021-06}", 2021, None),
        ("date = {2021-13-45}", 2021, None),
        ("year = 2022, date = {2021-06-17}", 2022, "2021-06-17"),
    ],
)
def test_years_and_days(fields: str, year: int | None, published: str | None) -> None:
    paper = read_entry(fields)
    assert (paper.year, paper.published) == (year, published)


@pytest.mark.parametrize(
    "fields",
    [
        "eprint = {2101.00001}",
        "eprint = {2101.00001v2}, archivePrefix = {arXiv}, primaryClass = {cs.CL}",
        "eprint = {arXiv:2101.00001}",
        "journal = {ArXiv preprint}, volume = {abs/2101.00001}",
        "journal = {arXiv e-prints, arXiv:2101.00001}",
        "url = {https://arxiv.org/pdf/2101.00001v1.pdf}",
        "howpublished = {\\url{https://arxiv.org/abs/2101.00001}}",
        "doi = {https://doi.org/10.48550/ARXIV.2101.00001}",
        "note = {arXiv:2101.00001 [cs.CL]}",
        "arxivId = {2101.00001}",
    ],
)
def test_an_arxiv_id_is_found_wherever_a_style_puts_it(fields: str) -> None:
    assert read_entry(fields).arxiv_id == "2101.00001"


@pytest.mark.parametrize(
    "fields",
    [
        "eprint = {2101.00001}, eprinttype = {jstor}",
        "note = {An extension of arXiv:2101.00001}",
        "abstract = {We extend arXiv:2101.00001.}",
        "volume = {2101}, number = {00001}",
    ],
)
def test_another_paper_s_arxiv_id_is_not_taken(fields: str) -> None:
    assert read_entry(fields).arxiv_id is None


def test_the_primary_class_is_a_category() -> None:
    assert read_entry("eprint = {2101.00001}, primaryclass = {cs.CL}").categories == ("cs.CL",)


@pytest.mark.parametrize(
    ("fields", "url", "code"),
    [
        ("url = {https://a.org/x\\_y}", "https://a.org/x_y", None),
        ("url = {\\url{https://a.org/\\~{}ada}}", "https://a.org/~ada", None),
        ("howpublished = {\\url{https://a.org/x}}", "https://a.org/x", None),
        (
            "url = {https://a.org/x}, note = {Code: https://github.com/a/b.}",
            "https://a.org/x",
            "https://github.com/a/b",
        ),
        ("url = {https://github.com/a/b}", "https://github.com/a/b", None),
        ("url = {https://github.com/a/b}, doi = {10.1234/x}", None, "https://github.com/a/b"),
        ("url = {www.a.org}", "https://www.a.org", None),
        ("url = {see the web}", None, None),
    ],
)
def test_addresses(fields: str, url: str | None, code: str | None) -> None:
    paper = read_entry(fields)
    assert (paper.url, paper.code_url) == (url, code)


def test_the_first_venue_that_is_filled_counts() -> None:
    assert read_entry("journal = {}, booktitle = {Proc.\\ of {X}}, publisher = {P}").venue == "Proc. of X"
    assert read_entry("institution = {A School}", "phdthesis").venue == "A School"


def test_a_subtitle_follows_the_title() -> None:
    assert read_entry("subtitle = {A Story}").title == "Thin: A Story"


# ---- encodings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_encodings(encoding: str) -> None:
    assert read("@misc{k, title = {Étale “Mapß”}}".encode(encoding, "ignore"))[0].title.startswith("Étale")  # type: ignore[union-attr]


def test_a_file_may_be_partly_in_another_encoding() -> None:
    data = "@misc{a, title = {Étale}}\n".encode() + "@misc{b, title = {“Größe”}}\r\n".encode("cp1252")
    assert read(data) == [Paper(title="Étale"), Paper(title="“Größe”")]


# ---- what is broken --------------------------------------------------------------------------------------------------------

GOOD = "@misc{good, title = {Good}}\n"


@pytest.mark.parametrize(
    ("broken", "where", "why"),
    [
        ("@article{bad, title = {A\n", "entry bad", "never ends"),
        ('@article{bad, title = "A}\n', "entry bad", "never ends"),
        ("@article{bad, year = 2020}\n", "entry bad", "no title"),
        ("@article{bad, title = {}}\n", "entry bad", "no title"),
        ("@article{bad, title = {" + "x" * 1_001 + "}}\n", "entry bad", "longer than 1000 characters"),
        ("@article{title = {A}}\n", "line 2", "comma after entry key"),
        ("@article{bad, title}\n", "entry bad", "expected a `=`"),
        ("@article{bad}\n", "line 2", "no title"),
        ("@article{bad, title = {" + "{" * 10_000 + "}}\n", "entry bad", "never ends"),
        ("@article{bad, abstract = {" + "x" * 1_000_000 + "}}\n", "line 2", "longer than 300000 characters"),
        ("@article{bad, abstract = {" + "x\n" * 400_000 + "}}\n", "line 2", "longer than 300000 characters"),
        ("@article{bad, abstract = {" + "x" * 5_000_000 + "}}\n", "line 2", "longer than 300000 characters"),
    ],
)
def test_what_is_broken_is_one_fault_and_what_stands_around_it_is_read(broken: str, where: str, why: str) -> None:
    first, fault, last = read(GOOD + broken + GOOD)
    assert first == last == Paper(title="Good")
    assert isinstance(fault, Fault)
    assert fault.where == where
    assert why in fault.why


def test_ten_thousand_nested_braces_are_dropped() -> None:
    assert read("@misc{k, title = {" + "{" * 10_000 + "A \\emph{B}" + "}" * 10_000 + "}}")[0].title == "A B"  # type: ignore[union-attr]


def test_null_bytes_part_words() -> None:
    assert read(b"@misc{k, title = {Thin\0 adapters\0}}") == [Paper(title="Thin adapters")]


def test_macros_that_double_each_other_stay_small() -> None:
    doubling = "@string{a = {aaaaaaaaaa}}\n" + "@string{a = a # a}\n" * 40
    assert read(doubling + "@misc{k, title = {A}, journal = a}") == [Paper(title="A")]


def test_a_macro_keeps_its_first_ten_thousand_characters() -> None:
    (paper,) = read("@string{a = {" + "x" * 20_000 + "}}\n@misc{k, title = {A}, abstract = a}")
    assert isinstance(paper, Paper)
    assert len(paper.abstract or "") == 10_000


def test_the_parser_s_reports_stay_off_standard_error(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger=""):
        read("@article{bad, title = {A\n@misc{k, title = {\\frac}}")
    assert caplog.records == []


def test_what_stood_before_the_cut_of_a_packed_file_is_kept() -> None:
    noise = random.Random(0)
    text = "".join(f"@misc{{k{n}, title = {{{noise.randbytes(50).hex()}}}}}\n\n" for n in range(1_000))
    packed = gzip.compress(text.encode(), mtime=0)
    kept = []
    with gzip.open(io.BytesIO(packed[: len(packed) // 2])) as stream, pytest.raises(EOFError):
        for item in bibtex.read(stream):
            kept.append(item)
    assert 450 < len(kept) < 550
    assert all(isinstance(item, Paper) for item in kept)


_PIECES = [
    "@article{k, ",
    "@string{",
    "@comment",
    "title = ",
    "author=",
    "crossref={k},",
    "{",
    "}",
    '"',
    "#",
    ",",
    "=",
    "\\",
    "$",
]
_TEXT = st.lists(
    st.sampled_from([*_PIECES, "\n", "\\'e", "\\sqrt[", "jan", "and ", "(", ")", "%", "~"]) | st.text(max_size=3)
)


@given(_TEXT)
def test_no_bibtex_makes_the_reader_fail(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert all(isinstance(item, Paper | Fault) for item in read(text.encode("utf-8", "replace")))


@given(
    st.lists(
        st.sampled_from(["@misc{k, title = {A}}", "@misc{k, title = {B", "text", "@string{a = {b}}", "", "  @misc"])
    )
)
def test_to_part_the_file_at_lines_that_begin_an_entry_changes_nothing(lines: list[str]) -> None:
    import bibtexparser

    whole = bibtexparser.parse_string("\n".join(lines))
    titles = [
        getattr(block, "ignore_error_block", block).fields_dict["title"].value.strip("{}")
        for block in whole.blocks
        if isinstance(getattr(block, "ignore_error_block", block), bibtexparser.model.Entry)
    ]
    assert [item.title for item in read("\n".join(lines)) if isinstance(item, Paper)] == titles
