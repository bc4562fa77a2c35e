"""References of other programs as JSON: CSL-JSON, Zotero's items, Semantic Scholar's papers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.filing import import_file
from corpus.library import Library
from corpus.models import Paper
from corpus.sources import Fault, csl, json_document, jsonl

FIXTURES = Path(__file__).parent / "fixtures"


def read(value: Any) -> Paper | Fault:
    (item,) = json_document.read(io.BytesIO(json.dumps(value).encode()))
    return item


def test_csl_as_zotero_exports_it() -> None:
    with (FIXTURES / "zotero_csl.json").open("rb") as stream:
        items = list(json_document.read(stream))
    assert items == [
        Paper(
            doi="10.1234/thin",
            title="Thin Adapters for étale Maps",
            abstract="We keep half of the weights frozen. We measure what is lost.",
            authors=("Kurt Gödel", "Jan van den Berg", "John Smith Jr.", "The Tiny Models Consortium"),
            year=2021,
            venue="Proceedings of the Small Workshop",
            keywords=("adapters", "small models"),
            url="https://example.org/thin",
            code_url="https://github.com/moss/thin-adapters",
            published="2021-06-17",
        ),
        Paper(title="Prompt Tables", authors=("Ada Byron",), year=2021, venue="arXiv", arxiv_id="2101.00001"),
        Paper(title="The Book of Masks", authors=("Anna Straße",), year=1999),
        Fault("item 4", "no title"),
    ]


def test_zotero_s_own_items_as_better_bibtex_exports_them() -> None:
    with (FIXTURES / "better_bibtex.json").open("rb") as stream:
        items = list(json_document.read(stream))
    assert items == [
        Paper(
            arxiv_id="2002.00002",
            doi="10.1234/quiet",
            title="Quiet Gradients",
            abstract="Gradients are made quieter.",
            authors=("Lin Wei", "The Tiny Models Consortium"),
            year=2020,
            venue="Journal of Little Computers",
            keywords=("gradients", "noise"),
            url="https://example.org/quiet",
            published="2020-03-02",
        )
    ]


def test_semantic_scholar() -> None:
    paper = {
        "paperId": "649def34f8be52c8b66281af98ae884c09aef38b",
        "externalIds": {"ArXiv": "2101.00001", "DOI": "10.1234/thin", "ACL": "P19-1613", "CorpusId": 7},
        "title": "Thin Adapters",
        "venue": "Small Workshop",
        "year": 2021,
        "publicationDate": "2021-06-17",
        "journal": {"name": "Journal of Little Computers"},
        "authors": [{"authorId": "1", "name": "Ada Byron"}, {"authorId": None, "name": "Lin Wei"}],
    }
    assert read({"total": 1, "data": [paper]}) == Paper(
        arxiv_id="2101.00001",
        doi="10.1234/thin",
        title="Thin Adapters",
        authors=("Ada Byron", "Lin Wei"),
        year=2021,
        venue="Small Workshop",
        url="https://aclanthology.org/P19-1613",
        published="2021-06-17",
    )


def test_crossref_puts_titles_into_lists() -> None:
    assert read({"title": ["Thin"], "container-title": ["Proc."], "DOI": "10.1234/x"}) == Paper(
        title="Thin", venue="Proc.", doi="10.1234/x"
    )


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ({"date-parts": [[2021, 6, 17]]}, (2021, "2021-06-17")),
        ({"date-parts": [["2021", "06", "17"]]}, (2021, "2021-06-17")),
        ({"date-parts": [[2021, 6]]}, (2021, None)),
        ({"date-parts": [[2021]]}, (2021, None)),
        ({"date-parts": [[2021, 6, 17], [2021, 6, 19]]}, (2021, "2021-06-17")),
        ({"raw": "2021-06-17"}, (2021, "2021-06-17")),
        ({"literal": "Summer 2021"}, (2021, None)),
        ("2021-06-17", (2021, "2021-06-17")),
        ({"date-parts": [[]]}, (None, None)),
        ({"date-parts": [[None]]}, (None, None)),
        ({"date-parts": [[99999]]}, (None, None)),
        ({"date-parts": [[2021, 13, 45]]}, (2021, None)),
        ({"date-parts": "2021"}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_dates(issued: object, expected: tuple[int | None, str | None]) -> None:
    assert csl.read_date(issued) == expected
    paper = read({"title": "Thin", "issued": issued})
    assert isinstance(paper, Paper)
    assert (paper.year, paper.published) == expected


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ("http://zotero.org/users/1/items/A", None),
        ("smith2020", None),
        (7, None),
        ("arXiv:2101.00001", "arXiv:2101.00001"),
    ],
)
def test_a_program_s_own_id_is_no_id_of_the_paper(own: object, kept: str | None) -> None:
    paper = read({"id": own, "title": "Thin", "issued": {}})
    assert isinstance(paper, Paper)
    assert paper.id == kept


def test_our_own_fields_are_not_taken_for_another_program_s() -> None:
    assert csl.FOREIGN.isdisjoint(Paper.model_fields)
    ours = {"id": "thin", "title": "Thin", "publisher": "x", "date": "2021", "type": "article", "event": "x"}
    assert read(ours) == Paper(id="thin", title="Thin")


def test_ours_and_theirs_may_be_mixed() -> None:
    assert read({"title": "Thin", "author": "Byron, Ada and Wei, Lin", "year": 2021, "categories": ["cs.CL"]}) == Paper(
        title="Thin", authors=("Ada Byron", "Lin Wei"), year=2021, categories=("cs.CL",)
    )


def test_the_same_file_twice_changes_nothing(library: Library) -> None:
    first = import_file(library, FIXTURES / "zotero_csl.json")
    before = library.fingerprint()
    again = import_file(library, FIXTURES / "zotero_csl.json")
    assert (first.new, again.unchanged, again.papers) == (3, 3, 3)
    assert library.fingerprint() == before


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["date-parts", "raw", "name", "family", "given", "literal", "ArXiv", "tag"]), inner
        )
    ),
    max_leaves=6,
)
_NAMES = sorted(
    csl.FOREIGN | set(Paper.model_fields) | {"note", "extra", "tags", "keyword", "archive", "number", "editor"}
)


@given(st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_no_object_makes_the_reader_fail(item: dict[str, Any]) -> None:
    assert isinstance(jsonl.to_paper(item, "item 1"), Paper | Fault)
