"""What the harvest page reads from its form, and what it says."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from corpus.errors import InputError, ModelError
from corpus.harvest import Request
from corpus.logbook import Run
from corpus.merges import Merge
from corpus.report import HarvestReport, Skipped
from corpus.topics import Topic
from survey.jobs import Step
from survey.views.harvest_text import (
    asked_for,
    by_topic,
    cost,
    describe,
    how_ended,
    is_empty,
    last_asked,
    plan_of,
    read_request,
    run_rows,
    side_by_side,
    told_counts,
    told_merge,
    topic_label,
    topic_name,
    topic_rows,
    verdict,
    wait_told,
)
from survey.views.moments import duration, roughly, when

KEPT = "What was fetched until then is kept, and the next harvest goes on from there."
THIN = Topic("thin", "Thin layers", "薄层", "ti:thin", ("cs.LG",), "efficient")
BARE = Topic("bare", "<b>Bare</b>", "<b>Bare</b>", "ti:bare", (), "existing")
TOPICS = {"thin": THIN, "bare": BARE}
DONE = HarvestReport(new=3, updated=1, unchanged=1200, requests=2, topics={"thin": {"asked": 4, "new": 3}})


def run(report: HarvestReport | None = DONE, number: int = 1, **request: object) -> Run:
    ended = "2025-03-04T10:05:00+00:00" if report else None
    return Run(number=number, started="2025-03-04T10:00:00+00:00", ended=ended, request=request, report=report)


# ---- the form ----------------------------------------------------------------------------------------------------------


def test_ids_are_read_in_any_form_each_once() -> None:
    given = "2106.09685v2, https://arxiv.org/abs/1902.00751\nquant-ph/0201082；2106.09685"
    assert read_request((), ids=given).ids == ("2106.09685", "1902.00751", "quant-ph/0201082")


def test_what_is_no_id_is_refused_with_the_form_of_one() -> None:
    with pytest.raises(InputError, match=r"'10\.1/x' is no arXiv id") as caught:
        read_request((), ids="10.1/x")
    assert "2106.09685" in caught.value.remedy


def test_a_query_that_arxiv_cannot_answer_is_refused() -> None:
    with pytest.raises(InputError, match="a parenthesis has no partner"):
        read_request((), query="(ti:thin")


def test_an_empty_form_asks_for_nothing() -> None:
    assert is_empty(read_request((), query="  ", ids=" ,", citations=True))
    assert not is_empty(read_request((THIN,)))
    assert not is_empty(read_request((), wanted=True))


def test_the_fields_of_the_form_are_the_request_s() -> None:
    request = read_request((THIN,), query=" thin  layers ", since=date(2024, 1, 2), limit=5, citations=True)
    assert request == Request(
        topics=(THIN,), query="thin layers", since=date(2024, 1, 2), limit=5, citations=("semantic-scholar",)
    )


def test_the_cost_is_pages_of_200_three_seconds_apart() -> None:
    request = read_request((THIN, BARE), ids="2106.09685", limit=500, wanted=True)
    told = cost(request, wanted=3, index=False)
    # 2 topics of 3 pages, 1 page of ids, 3 papers of notes.
    assert told == "About 10 requests to arXiv, which asks for 3 s between them: 30 s or more."


def test_the_cost_names_what_comes_after() -> None:
    told = cost(read_request((THIN,), citations=True, limit=200), wanted=0, index=True)
    assert told == ("About 1 request to arXiv, which asks for 3 s between them; then the citations and the indexing.")


def test_the_plan_has_the_steps_that_the_harvest_reports() -> None:
    request = read_request((THIN,), query="ti:x", ids="2106.09685", wanted=True, citations=True)
    assert plan_of(request, index=True)[1:] == [
        "Harvesting ids",
        "Harvesting thin",
        "Harvesting query ti:x",
        "Harvesting notes",
        "Citations from semantic-scholar",
        "Embedding papers",
    ]
    assert plan_of(read_request((THIN,)), index=False) == ["Harvesting thin"]


# ---- topics ------------------------------------------------------------------------------------------------------------


def test_a_topic_is_shown_with_its_name_and_what_it_has_found() -> None:
    assert topic_label(THIN, 0, "") == "Thin layers"
    shown = topic_label(THIN, 1200, "2025-03-04T10:05:00+00:00", UTC).replace("\u00a0", " ").replace("\u2011", "-")
    assert shown == "Thin layers :small[:gray[· 1,200 papers, 2025-03-04]]"


def test_a_topic_s_name_is_text_and_is_not_said_twice() -> None:
    assert topic_label(BARE, 0, "") == r"\<b\>Bare\<\/b\>"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("thin", "Thin layers"),
        ("ids", "arXiv ids"),
        ("notes", "Papers of your notes"),
        ("query ti:x", "Query ti:x"),
        ("gone", "Gone"),
    ],
)
def test_topic_names(key: str, name: str) -> None:
    assert topic_name(key, TOPICS) == name


def test_groups_stand_in_columns_of_about_one_height() -> None:
    groups = {"a": [THIN] * 7, "b": [THIN] * 10, "c": [THIN] * 8, "d": [THIN] * 2}
    assert side_by_side(groups, 3) == [["a", "d"], ["b"], ["c"]]


def test_a_topic_was_last_asked_when_a_harvest_asked_even_if_it_found_nothing() -> None:
    found = {"thin": (3, "2025-01-01T00:00:00+00:00"), "bare": (1, "2025-01-01T00:00:00+00:00")}
    assert last_asked([run()], found) == {
        "thin": "2025-03-04T10:05:00+00:00",
        "bare": "2025-01-01T00:00:00+00:00",
    }


# ---- a harvest under way -----------------------------------------------------------------------------------------------

PLAN = ["Loading", "Harvesting thin", "Harvesting bare", "Citations from semantic-scholar", "Embedding papers"]


def test_before_the_first_step_it_is_starting() -> None:
    assert describe((), PLAN, TOPICS, 0, 100).doing == "Starting"


def test_a_topic_under_way_has_its_place_and_its_counts() -> None:
    view = describe([Step("Harvesting thin", 200, 400, 0, 10)], PLAN, TOPICS, 150, 10)
    assert view.part == 0.25
    assert view.doing == "1 of 2: **Thin layers** · 200 of 400"
    # A quarter in 10 s leaves 30 s.
    assert view.so_far == "200 papers read, 150 new · about 30 s left, then the citations and the indexing"


def test_where_a_topic_is_done_the_next_is_being_asked_for() -> None:
    view = describe([Step("Harvesting thin", 400, 400, 0, 10)], PLAN, TOPICS, 0, 10)
    assert view.part == 0.5
    assert view.doing == r"2 of 2: **\<b\>Bare\<\/b\>**"


def test_the_time_left_shrinks_while_nothing_is_heard() -> None:
    steps = [Step("Harvesting thin", 200, 400, 0, 20)]
    assert "about 1 min left" in describe(steps, PLAN, TOPICS, 0, 20).so_far
    assert "about 30 s left" in describe(steps, PLAN, TOPICS, 0, 50).so_far
    assert "a few seconds left" in describe(steps, PLAN, TOPICS, 0, 500).so_far


def test_indexing_has_a_bar_of_its_own() -> None:
    steps = [Step("Harvesting thin", 400, 400, 0, 10), Step("Embedding papers", 10, 40, 10, 20)]
    view = describe(steps, PLAN, TOPICS, 40, 20)
    assert (view.part, view.doing) == (0.25, "**Embedding papers** · 10 of 40")
    assert view.so_far == "400 papers read, 40 new · about 30 s left"


def test_a_wait_is_told_with_its_reason() -> None:
    assert wait_told("", 3) == ""
    told = wait_told("HTTP 503: trying again in 30 s", 27.3)
    assert told.endswith(r"The service keeps us waiting: HTTP 503\: trying again in 30 s (27 s left)")
    assert "left" not in wait_told("HTTP 503", 0)


# ---- its end -----------------------------------------------------------------------------------------------------------


def test_a_harvest_that_came_to_its_end_is_done() -> None:
    assert verdict(stopped=False, error=None, report=DONE, whole=True) == ("success", "The harvest is done.")


def test_a_stopped_harvest_says_what_is_kept() -> None:
    assert verdict(stopped=True, error=None, report=DONE, whole=False) == ("info", f"Stopped. {KEPT}")


def test_a_failure_is_told_with_its_remedy() -> None:
    error = ModelError("the model cannot be had", "Run `fourways doctor`")
    kind, told = verdict(stopped=False, error=error, report=None, whole=False)
    assert (kind, told) == ("error", "The model cannot be had. Run `fourways doctor`.")
    assert verdict(stopped=False, error=error, report=DONE, whole=False)[1].endswith(KEPT)


def test_a_full_disk_is_told() -> None:
    kind, told = verdict(stopped=False, error=OSError(28, "No space left"), report=None, whole=False)
    assert kind == "error"
    assert "No space left" in told


def test_a_broken_harvest_points_to_the_server_s_output() -> None:
    kind, told = verdict(stopped=False, error=None, report=None, whole=False)
    assert kind == "error"
    assert "server has printed" in told
    assert told.endswith(KEPT)


def test_a_service_that_gave_up_is_named() -> None:
    report = HarvestReport(gave_up=("arxiv.org does not answer. Try later.",))
    kind, told = verdict(stopped=False, error=None, report=report, whole=True)
    assert (kind, told) == (
        "warning",
        rf"Not all could be fetched: arxiv\.org does not answer\. Try later. {KEPT}",
    )


def test_what_was_done_is_told_in_plain_words() -> None:
    report = DONE.model_copy(
        update={
            "citations": {"new": 1, "linked": 5000},
            "waiting": {"arrived": 1, "left": 2},
            "waited_s": 83.0,
        }
    )
    assert told_counts(report, embedded=4) == [
        "**3 new papers**, 1 updated, 0 merged, 1,200 unchanged.",
        "1 new citation; 5,000 link two papers of the library now.",
        "1 paper of your notes arrived, 2 still wait.",
        "4 papers indexed.",
        "2 requests, 1 min 23 s waited between them.",
    ]


def test_papers_of_notes_that_did_not_arrive_still_wait() -> None:
    report = HarvestReport(requests=1, waiting={"arrived": 0, "left": 1})
    assert told_counts(report, None)[1] == "Your notes still wait for 1 paper."


def test_what_did_not_happen_is_not_told() -> None:
    assert told_counts(HarvestReport(new=1, requests=1), None) == [
        "**1 new paper**, 0 updated, 0 merged, 0 unchanged.",
        "1 request.",
    ]


def test_the_table_of_topics() -> None:
    assert topic_rows(DONE, TOPICS) == [{"Topic": "Thin layers", "asked": 4, "new": 3}]


def test_new_papers_stand_under_every_topic_that_found_them_in_their_order() -> None:
    assert by_topic([5, 3, 4], {"thin": [3, 5, 9], "bare": [4, 5], "none": [9]}) == {"thin": [5, 3], "bare": [5, 4]}


def test_a_merge_says_why_and_what_the_other_was_called() -> None:
    merge = Merge(
        number=1, paper_id="p", title="Thin", other_title="*Thin*", labels=("arxiv", "acl"), why="doi", created=""
    )
    assert told_merge(merge) == r"with “\*Thin\*”, from arxiv\, acl: the same doi"
    assert told_merge(merge.model_copy(update={"other_title": "Thin"})) == r"from arxiv\, acl: the same doi"


# ---- earlier harvests --------------------------------------------------------------------------------------------------


def test_the_table_of_harvests() -> None:
    rows = run_rows([run(topics=["thin"])], TOPICS, UTC)
    assert rows == [
        {"when": "2025-03-04 10:00", "what": "Thin layers", "new": 3, "updated": 1, "how it ended": "complete"}
    ]


def test_how_a_harvest_ended() -> None:
    assert how_ended(run(None)) == "cut off, or still running"
    assert how_ended(run(HarvestReport(gave_up=("stopped",)))) == "stopped"
    assert how_ended(run(HarvestReport(skipped=(Skipped(where="x", why="y"),)))) == "complete"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"topics": ["thin", "bare"]}, "Thin layers, <b>Bare</b>"),
        ({"topics": ["a", "b", "c", "d", "e"]}, "A, B, C, 2 more topics"),
        ({"query": "ti:x", "ids": ["1", "2"], "since": "2024-01-02"}, "“ti:x”, 2 ids, since 2024-01-02"),
        ({"wanted": True}, "papers of your notes"),
        ({"categories": ["cs.CL"], "bulk": True}, "cs.CL"),
        ({}, "everything"),
    ],
)
def test_what_was_asked_for(request_: dict[str, object], told: str) -> None:
    assert asked_for(request_, TOPICS) == told


# ---- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (60, "1 min"), (599, "9 min 59 s"), (754, "13 min"), (7200, "2 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(3, "a few seconds"), (84, "about 1 min"), (3600, "about 1 h")])
def test_estimates_are_rough(seconds: float, text: str) -> None:
    assert roughly(seconds) == text


def test_times_are_to_the_minute_and_what_is_no_time_stays() -> None:
    assert when("2025-03-04T10:05:59+00:00", UTC) == "2025-03-04 10:05"
    assert when("once", UTC) == "once"
