"""The logbook of harvests: where each source stands, who found what, and what was asked about citations."""

from __future__ import annotations

import pytest

from corpus import logbook
from corpus.harvest.citing import add_bibliography
from corpus.intake import Entered
from corpus.library import Library
from corpus.models import Paper
from corpus.report import HarvestReport, Skipped
from corpus.sources import Reference


@pytest.fixture
def library(library: Library) -> Library:
    """A library of three papers."""
    library.add(
        [
            Paper(title="Thin adapters", arxiv_id="2101.00001", doi="10.1/thin", published="2021-01-02"),
            Paper(title="Thick adapters", id="thick", year=2022),
            Paper(title="Old adapters", id="old", published="2015-05-05"),
        ],
        "list",
    )
    return library


def clock(monkeypatch: pytest.MonkeyPatch, stamp: str) -> None:
    monkeypatch.setattr(logbook, "now", lambda: stamp)


def report_on(*topics: str) -> HarvestReport:
    return HarvestReport(topics={topic: {"asked": 1, "new": 0} for topic in topics})


# ---- cursors -----------------------------------------------------------------------------------------------------------


def test_a_question_that_was_never_asked_has_no_cursor(library: Library) -> None:
    assert logbook.cursor(library, "arxiv", "lora") == {}


def test_a_cursor_is_what_was_last_set_for_its_source_and_question(library: Library) -> None:
    logbook.set_cursor(library, "arxiv", "lora", {"done": "2021-01-01"})
    logbook.set_cursor(library, "arxiv", "适配器", {"done": "2020-01-01"})
    logbook.set_cursor(library, "oai", "lora", {"token": None})
    logbook.set_cursor(library, "arxiv", "lora", {"done": "2022-02-02", "pending": [["a", 3]]})
    assert logbook.cursor(library, "arxiv", "lora") == {"done": "2022-02-02", "pending": [["a", 3]]}
    assert logbook.cursor(library, "arxiv", "适配器") == {"done": "2020-01-01"}
    assert logbook.cursor(library, "oai", "lora") == {"token": None}


def test_a_cursor_is_set_with_its_page_or_not_at_all(library: Library) -> None:
    with pytest.raises(ValueError, match="cut"), library.transaction():
        library.add_page([Paper(title="New", id="new")], "arxiv")
        logbook.set_cursor(library, "arxiv", "lora", {"done": "2021-01-01"})
        raise ValueError("the wire is cut")
    assert (library.count(), logbook.cursor(library, "arxiv", "lora")) == (3, {})


# ---- harvests ----------------------------------------------------------------------------------------------------------


def test_a_harvest_comes_back_with_its_whole_report(library: Library) -> None:
    number = logbook.begin(library, {"topics": ["lora"], "query": "适配器"})
    report = HarvestReport(
        new=2,
        asked=3,
        requests=4,
        waited_s=1.5,
        skipped=(Skipped(where="arxiv, entry 3", why="it has no title"),),
        topics={"lora": {"asked": 3, "new": 2}},
        waiting={"arrived": 1, "left": 0},
        gave_up=("arXiv cannot be reached",),
    )
    logbook.end(library, number, report)
    (run,) = logbook.runs(library)
    assert (run.number, run.request, run.report) == (number, {"topics": ["lora"], "query": "适配器"}, report)
    assert run.ended is not None
    assert run.ended >= run.started


def test_a_harvest_that_was_killed_has_no_end(library: Library) -> None:
    logbook.begin(library, {})
    (run,) = logbook.runs(library)
    assert (run.ended, run.report) == (None, None)


def test_the_latest_harvests_come_first(library: Library) -> None:
    numbers = [logbook.begin(library, {}) for _ in range(3)]
    assert [run.number for run in logbook.runs(library, 2)] == [numbers[2], numbers[1]]


# ---- who found what ----------------------------------------------------------------------------------------------------


def test_a_paper_counts_for_the_harvest_in_which_a_topic_first_found_it(library: Library) -> None:
    first, second = logbook.begin(library, {}), logbook.begin(library, {})
    logbook.note_found(library, first, "lora", [Entered(1, "new"), Entered(2, "unchanged"), Entered(1, "unchanged")])
    logbook.note_found(library, second, "lora", [Entered(1, "unchanged"), Entered(3, "new")])
    logbook.note_found(library, second, "adapters", [Entered(1, "merged")])
    assert logbook.found_by(library, "lora") == [1, 2, 3]
    assert logbook.found_by(library, "adapters") == [1]
    assert logbook.found_by(library, "losses") == []
    assert (logbook.found_in(library, first), logbook.found_in(library, second)) == ([1], [3])


def test_what_a_harvest_brought_comes_last_published_first(library: Library) -> None:
    """A paper that tells no more than its year stands after those that tell a day of it, and before older ones."""
    library.add([Paper(title="Undated", id="undated"), Paper(title="In May", id="may", published="2022-05-01")], "list")
    number = logbook.begin(library, {})
    for topic in ("lora", "adapters"):  # found by two topics, brought once
        logbook.note_found(library, number, topic, [Entered(pid, "new") for pid in range(1, 6)])
    assert [paper.title for paper in library.papers(logbook.found_in(library, number))] == [
        "In May",
        "Thick adapters",
        "Thin adapters",
        "Old adapters",
        "Undated",
    ]


def test_a_topic_s_day_is_that_of_the_last_harvest_that_asked_for_it(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second harvest of `lora` found nothing that the first had not; the third did not ask for it."""
    for day, topics, found in (("05", ["lora", "losses"], {"lora": 1}), ("06", ["lora"], {}), ("07", ["adapters"], {})):
        clock(monkeypatch, f"2026-01-{day}T00:00:00+00:00")
        number = logbook.begin(library, {})
        for topic, pid in found.items():
            logbook.note_found(library, number, topic, [Entered(pid, "new")])
        logbook.end(library, number, report_on(*topics))
    assert logbook.counts_by_topic(library) == {"lora": (1, "2026-01-06T00:00:00+00:00")}


def test_a_topic_whose_only_harvest_was_killed_has_no_day(library: Library) -> None:
    logbook.note_found(library, logbook.begin(library, {}), "lora", [Entered(1, "new"), Entered(2, "new")])
    assert logbook.counts_by_topic(library) == {"lora": (2, "")}


def test_what_topics_found_follows_when_papers_are_joined(library: Library) -> None:
    number = logbook.begin(library, {})
    logbook.note_found(library, number, "lora", [Entered(1, "new"), Entered(2, "new")])
    logbook.note_found(library, number, "adapters", [Entered(2, "new")])
    library.add([Paper(title="Thick adapters", id="thick", doi="10.1/thin")], "bridge")
    assert logbook.found_by(library, "lora") == logbook.found_by(library, "adapters") == [1]
    assert logbook.found_in(library, number) == [1]


# ---- citations ---------------------------------------------------------------------------------------------------------


def test_all_papers_are_to_be_asked_about_at_first_under_all_their_ids(library: Library) -> None:
    assert logbook.not_asked(library, "openalex") == [
        (1, ["arxiv:2101.00001", "doi:10.1/thin"]),
        (2, ["thick"]),
        (3, ["old"]),
    ]
    assert logbook.not_asked(library, "openalex", [3, 1, 99]) == [
        (1, ["arxiv:2101.00001", "doi:10.1/thin"]),
        (3, ["old"]),
    ]
    assert logbook.not_asked(library, "openalex", []) == []


def test_what_a_source_was_asked_about_is_not_asked_again_under_another_id(library: Library) -> None:
    logbook.note_asked(library, "openalex", "doi:10.1/thin", known=True, cited_by=7)
    logbook.note_asked(library, "openalex", "thick", known=False)
    assert [pid for pid, _ in logbook.not_asked(library, "openalex")] == [3]
    assert [pid for pid, _ in logbook.not_asked(library, "semantic-scholar")] == [1, 2, 3]


def test_an_id_that_only_waits_for_its_paper_is_not_asked_about(library: Library) -> None:
    add_bibliography(library, "old", [Reference(("doi:10.9/dark",)), Reference((), "Thin adapters", ("Ada Byron",))])
    library.add([Paper(title="Thin adapters", authors=("Ada Byron",), id="thin")], "list")
    assert logbook.not_asked(library, "openalex", [4]) == [(4, ["thin"])]
    assert len(logbook.not_asked(library, "openalex")) == 4


def test_papers_that_are_joined_need_no_second_question(library: Library) -> None:
    logbook.note_asked(library, "openalex", "thick", known=True)
    library.add([Paper(title="Thick adapters", id="thick", doi="10.1/thin")], "bridge")
    assert [pid for pid, _ in logbook.not_asked(library, "openalex")] == [3]


def test_counts_of_citing_works_by_source_with_their_day(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, "2026-01-05T10:00:00+00:00")
    logbook.note_asked(library, "openalex", "doi:10.1/thin", known=True, cited_by=7)
    logbook.note_asked(library, "openalex", "arxiv:2101.00001", known=True, cited_by=9)
    logbook.note_asked(library, "semantic-scholar", "arxiv:2101.00001", known=True, cited_by=0)
    logbook.note_asked(library, "eprint", "arxiv:2101.00001", known=True)
    clock(monkeypatch, "2026-02-01T10:00:00+00:00")
    logbook.note_asked(library, "semantic-scholar", "arxiv:2101.00001", known=True, cited_by=3)
    assert logbook.cited_by_counts(library, 1) == {"openalex": (9, "2026-01-05"), "semantic-scholar": (3, "2026-02-01")}
    assert logbook.cited_by_counts(library, 2) == {}
