"""Whom a paper cites: each entry of a bibliography finds its paper, or waits for it under the best that is told of it."""

from __future__ import annotations

import pytest

from corpus.harvest.citing import add_bibliography
from corpus.identity import work_id
from corpus.library import Library
from corpus.models import MAX_ID, Paper
from corpus.sources import Reference

CITING = "arxiv:2101.00001"
OLD = Paper(
    title="Thick Adapters", authors=("Ada Byron",), year=2015, arxiv_id="1501.00001", doi="10.1/thick", id="thick"
)


@pytest.fixture
def library(library: Library) -> Library:
    """A library whose first paper is the one that cites."""
    library.add([Paper(title="Thin adapters", arxiv_id="2101.00001", doi="10.1/thin")], "arxiv")
    return library


def cite(library: Library, *references: Reference) -> tuple[int, int]:
    return add_bibliography(library, CITING, references)


# ---- found in the library ----------------------------------------------------------------------------------------------


def test_a_reference_is_found_by_any_of_its_ids(library: Library) -> None:
    library.add([OLD], "arxiv")
    assert cite(library, Reference(("doi:10.9/other", "doi:10.1/thick"))) == (1, 0)
    assert library.cited_by(1) == [2]


@pytest.mark.parametrize("year", [2013, 2015, 2017, None])
def test_a_reference_without_an_id_is_found_by_title_first_author_and_year(library: Library, year: int | None) -> None:
    library.add([OLD], "arxiv")
    assert cite(library, Reference((), "THICK adapters.", ("Byron, A.",), year)) == (1, 0)
    assert library.cited_by(1) == [2]


@pytest.mark.parametrize(
    "reference",
    [
        Reference((), "Thick adapters", ("Ada Byron",), 2018),
        Reference((), "Thick adapters", ("Lin Wei",), 2015),
        Reference((), "Thick adapters, again", ("Ada Byron",), 2015),
    ],
)
def test_what_differs_in_one_of_them_is_another_work(library: Library, reference: Reference) -> None:
    library.add([OLD], "arxiv")
    assert cite(library, reference) == (1, 0)
    assert library.cited_by(1) == []


def test_an_unknown_id_does_not_hide_a_known_title(library: Library) -> None:
    library.add([OLD], "arxiv")
    cite(library, Reference(("s2:0a1b",), "Thick adapters", ("Ada Byron",), 2015))
    assert library.cited_by(1) == [2]
    assert library.column("SELECT count(*) FROM ids WHERE alias = 's2:0a1b'") == [0]


def test_a_guess_is_asked_only_where_nothing_else_is_known(library: Library) -> None:
    library.add([OLD], "arxiv")
    asked: list[str] = []

    def guess(reference: Reference) -> int | None:
        asked.append(reference.title)
        return 2 if reference.title == "Thick adaptors" else None

    known = Reference(("doi:10.1/thick",), "Known")
    assert add_bibliography(library, CITING, [known, Reference((), "Thick adaptors"), Reference((), "?")], guess) == (
        1,
        1,
    )
    assert asked == ["Thick adaptors", "?"]
    assert library.cited_by(1) == [2]


def test_the_citing_paper_may_go_by_any_id_in_any_spelling(library: Library) -> None:
    library.add([OLD], "arxiv")
    add_bibliography(library, "https://doi.org/10.1/THIN", [Reference(("doi:10.1/thick",))])
    assert library.cited_by(1) == [2]


# ---- waiting -----------------------------------------------------------------------------------------------------------


def test_a_reference_to_no_paper_lights_up_when_the_paper_arrives_under_its_id(library: Library) -> None:
    assert cite(library, Reference(("arxiv:1501.00001",))) == (1, 0)
    assert library.citations() == []
    library.add([OLD], "arxiv")
    assert library.citations() == [(1, 2)]


def test_and_so_does_one_that_tells_only_title_and_author(library: Library) -> None:
    cite(library, Reference((), "Thick adapters", ("A. Byron",)))
    library.add([Paper(title="Thick adapters", authors=("Lin Wei",)), OLD], "arxiv")
    assert library.citations() == [(1, library.resolve("thick"))]
    assert library.aliases(library.resolve("thick")) == ["arxiv:1501.00001", "doi:10.1/thick", "thick"]


@pytest.mark.parametrize("number", ["s2:0a1b2c", "openalex:W123"])
def test_a_service_s_own_number_does_not_keep_a_reference_dark(library: Library, number: str) -> None:
    """No paper comes under such a number, so the reference waits under its title and first author."""
    cite(library, Reference((number,), "Thick adapters", ("Ada Byron",), 2015))
    library.add([OLD], "arxiv")
    assert library.citations() == [(1, 2)]


def test_a_service_s_own_number_is_kept_where_nothing_else_is_told(library: Library) -> None:
    assert cite(library, Reference(("s2:0a1b2c",), "No authors")) == (1, 0)
    assert library.column("SELECT alias FROM ids WHERE pid IS NULL") == ["s2:0a1b2c"]


def test_entries_that_wait_for_one_work_are_one_citation(library: Library) -> None:
    work = Reference((), "Thick adapters", ("Ada Byron",))
    assert cite(library, work, Reference((), "THICK Adapters", ("Byron, Ada",), 2015)) == (1, 0)
    assert library.column("SELECT alias FROM ids WHERE pid IS NULL") == [work_id(work.title, work.authors)]


@pytest.mark.parametrize(
    "reference",
    [
        Reference(),
        Reference((), "A title alone"),
        Reference((), "", ("Ada Byron",)),
        Reference(("x" * (MAX_ID + 1),)),
        Reference(("",)),
        Reference((), "+++", ("Ada Byron",)),
    ],
)
def test_a_reference_that_says_too_little_is_counted_and_not_kept(library: Library, reference: Reference) -> None:
    before = library.column("SELECT count(*) FROM ids")
    assert cite(library, reference) == (0, 1)
    assert library.column("SELECT count(*) FROM ids") == before


# ---- again -------------------------------------------------------------------------------------------------------------


def test_the_same_bibliography_again_is_nothing_new(library: Library) -> None:
    library.add([OLD], "arxiv")
    references = [
        Reference(("doi:10.1/thick",)),
        Reference(("doi:10.9/dark",)),
        Reference((), "Dark", ("Lin Wei",)),
    ]
    assert cite(library, *references) == (3, 0)
    assert cite(library, *references) == (0, 0)


def test_nor_is_it_after_the_papers_have_arrived(library: Library) -> None:
    references = [Reference((), "Thick adapters", ("Ada Byron",)), Reference(("arxiv:1501.00002",))]
    cite(library, *references)
    library.add([OLD, Paper(title="Two", arxiv_id="1501.00002", doi="10.1/two")], "arxiv")
    assert cite(library, *references, Reference(("doi:10.1/two",)), Reference(("doi:10.1/thick",))) == (0, 0)
    assert add_bibliography(library, "doi:10.1/thin", references) == (0, 0)
    assert library.stats()["citations_kept"] == 2


def test_a_paper_does_not_cite_itself_under_any_id(library: Library) -> None:
    assert cite(library, Reference(("doi:10.1/thin",)), Reference((CITING,))) == (0, 0)
    assert library.stats()["citations_kept"] == 0


def test_two_ids_of_one_paper_are_one_citation(library: Library) -> None:
    library.add([OLD], "arxiv")
    assert cite(library, Reference(("doi:10.1/thick",)), Reference(("arxiv:1501.00001",))) == (1, 0)


def test_a_bibliography_that_breaks_off_is_not_kept(library: Library) -> None:
    def broken() -> object:
        yield Reference(("arxiv:1501.00001",))
        raise ValueError("the wire is cut")

    with pytest.raises(ValueError, match="cut"):
        add_bibliography(library, CITING, broken())  # type: ignore[arg-type]
    assert library.stats()["citations_kept"] == 0
