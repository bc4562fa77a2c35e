"""Harvesting from a server on the loopback that speaks arXiv's protocol: what is asked, what is kept, where it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from servers.arxiv import ArxivServer, Record, make_papers

from corpus import logbook
from corpus.errors import HomeError, InputError
from corpus.harvest import Request, harvest
from corpus.harvest.questions import Asker, Question
from corpus.harvest.work import Work
from corpus.identity import content_hash
from corpus.library import Library
from corpus.models import Paper
from corpus.net import Session
from corpus.report import HarvestReport
from corpus.sources.arxiv import ArxivClient
from corpus.topics import Topic
from corpus.wanted import list_wanted, want

PAPERS = make_papers(100)
ALL = Topic(key="all-fields", en="All fields", zh="全部", query="abs:series", categories=(), strategy="efficient")
VISION = Topic(key="vision", en="Vision", zh="视觉", query="abs:series", categories=("cs.CV",), strategy="existing")


class Stopped(Exception):
    """What a progress function raises to stop."""


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer(PAPERS, page_cap=20) as running:
        yield running


@pytest.fixture
def ask(library: Library, server: ArxivServer) -> Callable[..., HarvestReport]:
    """Harvest from the server, without any waiting; the log of its requests starts anew."""

    def run(
        progress: Callable[[str, int, int], None] = lambda what, done, total: None, **request: object
    ) -> HarvestReport:
        server.requests.clear()
        asked = Request.model_validate({"topics": (ALL,), **request})
        session = Session(patience=5, sleep=lambda seconds: None)
        return harvest(library, asked, session, base_url=server.url, progress=progress)

    return run


def counts(report: HarvestReport) -> tuple[int, int, int, int]:
    return report.new, report.updated, report.merged, report.unchanged


def test_all_pages_of_a_topic_are_taken_in(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    report = ask()
    assert counts(report) == (100, 0, 0, 0)
    assert (report.asked, report.requests, len(server.requests)) == (100, 5, 5)
    first = PAPERS[0]
    paper = library.paper(f"arxiv:{first.arxiv_id}")
    assert (paper.title, paper.authors, paper.published) == (first.title, first.authors, first.published)


def test_a_second_harvest_adds_nothing_and_stops_at_the_first_page(
    server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    ask()
    again = ask()
    assert counts(again) == (0, 0, 0, 20)
    assert len(server.requests) == 1


def test_new_papers_are_found_on_the_first_page_and_the_known_ones_below_are_left(
    server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    ask()
    server.entries += [
        replace(PAPERS[0], arxiv_id=f"2501.0000{n}", title=f"Fresh {n}", updated="2025-01-05") for n in (1, 2)
    ]
    assert counts(ask()) == (2, 0, 0, 18)
    assert len(server.requests) == 1


def test_a_newer_version_replaces_the_text_of_that_paper_alone(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    ask()
    before = library.text_hashes()
    changed = replace(PAPERS[50], abstract="All is different in this series.", version=3, updated="2026-01-01")
    server.entries[50] = changed
    assert counts(ask())[:2] == (0, 1)
    pid = library.resolve(changed.arxiv_id)
    assert {key for key, digest in library.text_hashes().items() if before[key] != digest} == {pid}
    assert library.paper(changed.arxiv_id).abstract == "All is different in this series."


def test_an_interrupted_harvest_goes_on_where_it_was(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    def stop_at_60(what: str, done: int, total: int) -> None:
        if done >= 60:
            raise Stopped

    with pytest.raises(Stopped):
        ask(stop_at_60)
    assert library.count() == 40  # the page under way when it was stopped is asked for again
    report = ask()
    assert counts(report)[0] == 60
    starts = [request.split("start=")[1].split("&")[0] for request in server.requests]
    assert starts == ["40", "60", "80", "0"]  # the rest, and then what may be new at the top
    assert counts(ask()) == (0, 0, 0, 20)


def test_what_is_new_after_an_interruption_is_found_too(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    def stop_at_60(what: str, done: int, total: int) -> None:
        if done >= 60:
            raise Stopped

    with pytest.raises(Stopped):
        ask(stop_at_60)
    fresh = replace(PAPERS[0], arxiv_id="2501.00001", title="Fresh", updated="2025-01-05")
    server.entries.append(fresh)
    ask()
    assert library.count() == 101


def test_max_takes_the_newest_and_a_second_time_nothing(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    assert counts(ask(limit=30)) == (30, 0, 0, 0)
    newest = sorted((paper.updated for paper in PAPERS), reverse=True)[:30]
    assert sorted((str(paper.updated) for _, paper in library.all_papers()), reverse=True) == newest
    assert counts(ask(limit=30))[0] == 0


def test_without_max_what_it_left_out_is_fetched_later(library: Library, ask: Callable[..., HarvestReport]) -> None:
    ask(limit=30)
    assert counts(ask())[0] == 70
    assert counts(ask())[0] == 0
    assert library.count() == 100


def test_a_topic_that_overlaps_another_misses_nothing(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    """The newest papers of vision are known by the other topic; those below them are not new to vision alone."""
    ask(topics=(VISION,), limit=20)
    ask(limit=40)
    ask(topics=(VISION,))
    expected = {paper.arxiv_id for paper in PAPERS if "cs.CV" in paper.categories}
    found = {paper.arxiv_id for paper in library.papers(logbook.found_by(library, "vision"))}
    assert found == expected


def test_days_and_categories_narrow_what_is_asked(library: Library, ask: Callable[..., HarvestReport]) -> None:
    ask(topics=(), query="abs:series", categories=("cs.CV",), since=date(2021, 1, 1), until=date(2022, 12, 31))
    expected = {p.arxiv_id for p in PAPERS if "cs.CV" in p.categories and "2021" <= p.published < "2023"}
    assert {paper.arxiv_id for _, paper in library.all_papers()} == expected
    assert expected


def test_ids_are_fetched_and_unknown_ones_are_told(library: Library, ask: Callable[..., HarvestReport]) -> None:
    one, other = PAPERS[3].arxiv_id, PAPERS[4].arxiv_id
    report = ask(topics=(), ids=(f"https://arxiv.org/abs/{one}v2", other, "1234.56789"))
    assert counts(report)[0] == 2
    assert [(skipped.where, skipped.why) for skipped in report.skipped] == [
        ("arxiv:1234.56789", "arXiv does not know it")
    ]


def test_an_id_that_cannot_be_arxivs_is_refused_before_anything_is_asked(
    server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    with pytest.raises(InputError, match="no arXiv id"):
        ask(topics=(), ids=("2106.09685", "ten papers"))
    assert not server.requests


def test_a_malformed_entry_is_skipped_by_its_id_and_the_rest_is_kept(
    server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    server.malformed = {PAPERS[7].arxiv_id}
    report = ask()
    assert counts(report)[0] == 99
    assert [skipped.where for skipped in report.skipped] == [f"arxiv, {PAPERS[7].arxiv_id}"]


@pytest.mark.parametrize("trouble", [429, 500, 503, "rate", "empty", "drop", "html", "cut", "nothing"])
def test_a_trouble_that_passes_is_ridden_out(
    trouble: int | str, library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    server.troubles = {2: trouble, 3: trouble}
    report = ask()
    assert (library.count(), report.gave_up) == (100, ())
    assert report.requests == 7


def test_a_service_that_stays_away_is_given_up_with_what_came(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    server.troubles = dict.fromkeys(range(3, 50), 503)
    report = ask(topics=(ALL, VISION))
    assert library.count() == 40
    assert len(report.gave_up) == 1
    assert "HTTP 503" in report.gave_up[0]
    server.troubles = {}
    assert ask(topics=(ALL, VISION)).new == 60


def test_a_question_that_arxiv_refuses_does_not_stop_the_others(
    library: Library, ask: Callable[..., HarvestReport]
) -> None:
    broken = replace(ALL, key="broken", query="nosuchfield:x AND (")
    report = ask(topics=(broken, ALL))
    assert library.count() == 100
    assert [skipped.where for skipped in report.skipped] == ["broken"]
    assert len(report.gave_up) == 1  # so that a script hears of it


def test_entity_tricks_are_refused(library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]) -> None:
    server.troubles = {1: "bomb"}
    report = ask()
    assert "DOCTYPE" in report.gave_up[0]
    assert library.count() == 0


def test_more_than_arxiv_serves_of_one_query_is_split_by_date(library: Library, server: ArxivServer) -> None:
    server.max_hits = 30
    number = logbook.begin(library, {})
    session = Session(sleep=lambda seconds: None)
    work = Work(library, session, number, lambda what, done, total: None)
    asker = Asker(work, ArxivClient(session, server.url, 0.0, page_size=10), ceiling=30)
    asker.ask(Question("all", "abs:series"))
    assert library.count() == 100
    server.requests.clear()
    asker.ask(Question("all", "abs:series"))
    assert len(server.requests) == 1


def test_papers_that_notes_wait_for_are_fetched_by_id_and_by_title(
    library: Library, ask: Callable[..., HarvestReport]
) -> None:
    by_id, by_title = PAPERS[10], PAPERS[11]
    want(library, f"arxiv:{by_id.arxiv_id}", None, "notes.md", ["Read this one first."])
    want(library, None, by_title.title.upper(), "notes.md", ["And this one."])
    want(library, None, "A title that nobody has used", "notes.md", ["Gone?"])
    report = ask(topics=(), wanted=True)
    assert report.waiting == {"arrived": 2, "left": 1}
    assert [note.text for note in library.notes(library.resolve(by_id.arxiv_id))] == ["Read this one first."]
    assert [note.text for note in library.notes(library.resolve(by_title.arxiv_id))] == ["And this one."]
    assert [paper.title for paper in list_wanted(library)] == ["A title that nobody has used"]
    assert library.count() == 2
    again = ask(topics=(), wanted=True)  # what arXiv did not have is asked for again in a month
    assert again.requests == 0


def test_a_preprint_and_its_published_form_become_one(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    first: Record = PAPERS[20]
    published = Paper(
        doi="10.1234/thin.5",
        title=first.title,
        authors=first.authors,
        venue="Journal of Small Models",
        year=int(first.published[:4]) + 1,
    )
    library.add([published], "papers.bib")
    assert ask().merged == 1
    paper = library.paper("doi:10.1234/thin.5")
    assert (paper.arxiv_id, paper.venue) == (first.arxiv_id, "Journal of Small Models")


def test_the_logbook_tells_what_is_new_since_last_time(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    ask()
    server.entries.append(replace(PAPERS[0], arxiv_id="2501.00001", title="Fresh", updated="2025-01-05"))
    ask()
    last, first = logbook.runs(library)
    assert (first.report and first.report.new, last.report and last.report.new) == (100, 1)
    assert [paper.title for paper in library.papers(logbook.found_in(library, last.number))] == ["Fresh"]
    assert logbook.counts_by_topic(library)["all-fields"][0] == 101


def test_a_stopped_harvest_is_in_the_logbook_with_what_it_did(
    library: Library, ask: Callable[..., HarvestReport]
) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done >= 40:
            raise Stopped("stopped by hand")

    with pytest.raises(Stopped):
        ask(stop)
    (run,) = logbook.runs(library)
    assert run.report and (run.report.new, run.report.gave_up) == (20, ("stopped by hand",))


def test_harvested_text_is_what_gets_embedded(library: Library, ask: Callable[..., HarvestReport]) -> None:
    ask(limit=1)
    ((pid, paper),) = library.all_papers()
    assert library.text_hashes() == {pid: content_hash(paper)}


def test_a_full_disk_stops_with_a_remedy_and_the_next_run_goes_on(
    library: Library, server: ArxivServer, ask: Callable[..., HarvestReport]
) -> None:
    pages = library.column("PRAGMA page_count")[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(HomeError, match="full") as failure:
        ask()
    assert "Free some disk space" in failure.value.remedy
    assert library.count() < 100
    library.connection.execute("PRAGMA max_page_count = 1000000")
    ask()
    assert library.count() == 100
    assert library.column("PRAGMA integrity_check") == ["ok"]
