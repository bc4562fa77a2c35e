"""Whom papers cite, asked of services on the loopback: matched to the library, kept by id, asked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from servers import openalex, semantic_scholar
from servers.eprint import EprintServer, pack
from servers.semantic_scholar import SemanticScholarServer

from corpus import logbook
from corpus.errors import ServiceError
from corpus.harvest.bibliographies import Addresses, fetch_citations
from corpus.harvest.work import Work
from corpus.library import Library
from corpus.models import Paper
from corpus.net import Session

THIN = Paper(arxiv_id="2101.00001", title="Thin Adapters", authors=("Ada Byron",), year=2021)
WIDE = Paper(arxiv_id="2102.00002", title="Wide Prompts Before the Patches", authors=("Lin Wei",), year=2021)
OLD = Paper(id="mine:old", title="Freezing Nearly Everything", authors=("Noor Haddad",), year=2019)

Ask = Callable[..., Work]


@pytest.fixture
def shelf(library: Library) -> Library:
    library.add([THIN, WIDE, OLD], "mine.jsonl")
    return library


@pytest.fixture
def ask(shelf: Library) -> Ask:
    """Asks one source about the papers of the shelf, without waiting."""

    def run(source: str, pids: list[int] | None = None, **addresses: Any) -> Work:
        session = Session(patience=20, sleep=lambda seconds: None)
        work = Work(shelf, session, logbook.begin(shelf, {}), lambda what, done, total: None)
        fetch_citations(work, source, Addresses(**addresses), pids)
        return work

    return run


def cited(library: Library, paper_id: str) -> list[str]:
    return [paper.title for paper in library.papers(library.cited_by(library.resolve(paper_id)))]


def s2_works() -> list[semantic_scholar.Work]:
    wide = semantic_scholar.Work("s-wide", WIDE.title, {"ArXiv": "2102.00002"}, ("Lin Wei",))
    old = semantic_scholar.Work("s-old", "Freezing nearly everything.", {}, ("N. Haddad",), 2020)
    away = semantic_scholar.Work("s-away", "Not Here Yet", {"DOI": "10.1234/AWAY"}, ("Mika Virtanen",))
    thin = semantic_scholar.Work(
        "s-thin",
        THIN.title,
        {"ArXiv": "2101.00001", "DOI": "10.1234/thin.5"},
        ("Ada Byron",),
        2022,
        venue="Journal of Small Models",
        cites=(wide, old, away),
        cited_by=42,
    )
    return [thin, wide]


def test_references_are_matched_by_id_and_by_title_and_first_author(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works()) as server:
        work = ask("semantic-scholar", semantic_scholar=server.url)
    assert cited(shelf, "2101.00001") == [WIDE.title, OLD.title]
    assert work.tally.citations["new"] == 3
    assert logbook.cited_by_counts(shelf, shelf.resolve("2101.00001"))["semantic-scholar"][0] == 42


def test_a_citation_of_a_paper_that_is_not_here_lights_up_when_it_arrives(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works()) as server:
        ask("semantic-scholar", semantic_scholar=server.url)
    shelf.add([Paper(title="Not here yet", doi="10.1234/away")], "later.bib")
    assert cited(shelf, "2101.00001") == [WIDE.title, OLD.title, "Not here yet"]


def test_what_the_service_knows_of_the_paper_itself_is_merged_into_it(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works()) as server:
        ask("semantic-scholar", semantic_scholar=server.url)
    paper = shelf.paper("2101.00001")
    assert (paper.name, paper.doi, paper.venue) == ("arxiv:2101.00001", "10.1234/thin.5", "Journal of Small Models")
    assert shelf.count() == 3


def test_each_paper_is_asked_about_once(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works()) as server:
        ask("semantic-scholar", semantic_scholar=server.url)
        asked = len(server.requests)
        assert asked > 0
        ask("semantic-scholar", semantic_scholar=server.url)
        assert len(server.requests) == asked


def test_a_paper_that_the_service_does_not_know_is_passed_over_with_a_count(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works()[:1]) as server:
        assert ask("semantic-scholar", semantic_scholar=server.url).tally.citations["unknown"] == 1


def test_a_service_that_fails_loses_nothing_and_the_next_run_goes_on(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works(), always=503) as server, pytest.raises(ServiceError, match="503"):
        ask("semantic-scholar", semantic_scholar=server.url)
    with SemanticScholarServer(s2_works()) as server:
        ask("semantic-scholar", semantic_scholar=server.url)
    assert cited(shelf, "2101.00001") == [WIDE.title, OLD.title]


def test_the_key_is_sent_and_told_nowhere(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works(), key="k3y-0f-mine") as server:
        work = ask("semantic-scholar", semantic_scholar=server.url, key="k3y-0f-mine")
    assert cited(shelf, "2101.00001") == [WIDE.title, OLD.title]
    assert "k3y" not in work.tally.report(1, 0).model_dump_json()
    assert not [row for row in shelf.connection.iterdump() if "k3y-0f-mine" in row]


def test_without_the_key_a_busy_service_is_given_up_in_one_line(shelf: Library, ask: Ask) -> None:
    with SemanticScholarServer(s2_works(), key="theirs") as server, pytest.raises(ServiceError, match="429"):
        ask("semantic-scholar", semantic_scholar=server.url)


def test_openalex_is_asked_by_doi_and_its_references_are_matched(shelf: Library, ask: Ask) -> None:
    works = [
        openalex.Work("W1", THIN.title, "10.48550/arxiv.2101.00001", authors=("Ada Byron",), cites=("W2", "W3", "W4")),
        openalex.Work("W2", WIDE.title, "10.48550/arxiv.2102.00002", authors=("Lin Wei",)),
        openalex.Work("W3", OLD.title, None, authors=("Noor Haddad",), year=2019),
        openalex.Work("W4", "Not Here Yet", "10.1234/away"),
    ]
    with openalex.OpenAlexServer(works) as server:
        ask("openalex", openalex=server.url)
    assert cited(shelf, "2101.00001") == [WIDE.title, OLD.title]


def test_the_latex_source_is_read_and_matched_by_id_and_title(shelf: Library, ask: Ask) -> None:
    bbl = r"""\begin{thebibliography}{3}
\bibitem{wide} Lin Wei. \newblock Something else entirely. \newblock arXiv:2102.00002, 2021.
\bibitem{old} N. Haddad and A. Byron. \newblock Freezing nearly everything. \newblock In \emph{Proc. of Somewhere}, 2019.
\bibitem{gone} M. Virtanen. \newblock Nobody has it. \newblock 1999.
\end{thebibliography}"""
    with EprintServer({"2101.00001": pack({"paper.tex": r"\documentclass{article}", "paper.bbl": bbl})}) as server:
        work = ask("eprint", eprint=server.url)
    assert cited(shelf, "2101.00001") == [WIDE.title, OLD.title]
    assert [skipped.where for skipped in work.tally.skipped] == [
        "eprint, arxiv:2102.00002"
    ]  # the server has none of it
    with EprintServer({}) as server:
        ask("eprint", eprint=server.url)
        assert not server.requests
