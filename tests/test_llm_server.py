"""Language model servers that misbehave: the draft still comes, in time, with a word saying what was wrong."""

from __future__ import annotations

import logging
import socket
import threading
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from llm_drafts import DRAFT, PAPERS, QUESTIONS, quick
from servers.language_model import LanguageModelServer, completion, join_quotes
from servers.listening import Asked, json_reply
from servers.local import Reply

from survey.llm import Report, load_settings, render_report, rewrite

SECRET = "sk-that-nobody-may-read"
STANDS = "the rest stands as extracted"


@pytest.fixture(scope="module", autouse=True)
def _client() -> None:
    """Loads the client's package, which takes seconds that no test's clock should count."""
    import openai

    assert openai.__version__


def reword(server: LanguageModelServer, **bounds: Any) -> Report:
    """The report of a rewriting that must leave the draft as it was."""
    draft, report = rewrite(DRAFT, PAPERS, quick(server, **bounds))
    assert draft == DRAFT
    assert "\n" not in render_report(report)
    return report


# ---- every way in which an answer can be wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("slow", "no answer in time"),  # nothing at all for longer than we wait
        ("drip", "no answer in time"),  # a byte now and then, for ever
        ("drop", "connection lost"),
        ("nothing", "unreadable answer"),
        ("html", "unreadable answer"),
        ("cut", "unreadable answer"),
        ("list", "unreadable answer"),
        ("no-choices", "unreadable answer"),
        ("packed", "unreadable answer"),
        ("tools", "empty answer"),
        ("null", "empty answer"),
        ("length", "cut off"),
        (429, "too many requests"),
        (500, "HTTP 500"),
        (503, "HTTP 503"),
        (400, "HTTP 400"),
    ],
)
def test_a_server_in_trouble_leaves_the_draft_as_it_was(trouble: int | str, reason: str) -> None:
    with LanguageModelServer(always=trouble, lag=1.0) as server:
        report = reword(server, answer_seconds=0.3, request_seconds=0.4)
    assert report.failed[reason] >= 1
    assert report.answered == 0
    assert STANDS in render_report(report)


def test_three_requests_in_a_row_without_an_answer_are_enough() -> None:
    with LanguageModelServer(always=500) as server:
        report = reword(server)
        assert len(server.asked) == 3
    assert report.failed == {"HTTP 500": 3, "not asked": QUESTIONS - 3}
    assert "HTTP 500" in (report.trouble or "")


def test_a_model_that_speaks_nonsense_is_asked_on() -> None:
    with LanguageModelServer(always="length") as server:
        assert reword(server).failed == {"cut off": QUESTIONS}


def test_a_body_of_100_megabytes_is_not_taken_in() -> None:
    with LanguageModelServer(always="big", size=100_000_000) as server:
        server.spoil = lambda trouble, right: Reply(_spaces, 200)  # type: ignore[method-assign]
        _spaces = b" " * server.size
        tracemalloc.start()
        report = reword(server, answer_seconds=5.0, request_seconds=10.0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert report.failed["unreadable answer"] >= 1
    assert peak < 30_000_000


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("no-model", "has no model 'toy'"),
        ("elsewhere", "sends us to another address"),
        (401, "FOURWAYS_LLM_KEY"),
        (403, "FOURWAYS_LLM_KEY"),
        (404, "ends in /v1"),
    ],
)
def test_what_asking_on_cannot_mend_is_asked_once(trouble: int | str, told: str) -> None:
    with LanguageModelServer(always=trouble, other="http://localhost:9") as server:
        report = reword(server)
        assert [asked.path for asked in server.asked].count("/v1/chat/completions") == 1
    assert told in render_report(report)
    assert STANDS in render_report(report)


def test_models_that_a_server_has_are_named() -> None:
    with LanguageModelServer(troubles={1: "no-model"}) as server:
        report = reword(server)
        assert [asked.path for asked in server.asked] == ["/v1/chat/completions", "/v1/models"]
    assert report.trouble is not None
    assert report.trouble.endswith("has no model 'toy'; it has qwen:8b")


def test_a_server_that_has_not_answered_at_all_is_waited_for_once() -> None:
    with LanguageModelServer(always="slow", lag=1.0) as server:
        report = reword(server, answer_seconds=0.3, request_seconds=0.4)
    assert report.failed == {"no answer in time": 1, "not asked": QUESTIONS - 1}


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = load_settings(f"http://127.0.0.1:{taken.getsockname()[1]}", "toy", environment={})
        draft, report = rewrite(DRAFT, PAPERS, replace(settings, retries=0))
    assert draft == DRAFT
    assert "cannot be reached" in render_report(report)


def test_a_server_that_stops_after_two_answers() -> None:
    def speak(data: dict[str, Any]) -> str:
        if len(server.asked) == 2:
            threading.Thread(target=server.stop).start()
        return join_quotes(data)

    server = LanguageModelServer(speak, delay=0.1)
    server.start()
    draft, report = rewrite(DRAFT, PAPERS, quick(server))
    assert report.answered == 2
    assert f"2 of {QUESTIONS} answers came, and {STANDS}" in render_report(report)
    assert draft == DRAFT  # those two were of headings, which the model left as they are


def test_what_was_answered_before_the_trouble_is_taken() -> None:
    with LanguageModelServer(troubles={4: "drop"}) as server:
        draft, report = rewrite(DRAFT, PAPERS, quick(server))
    assert sum(one.smoothed for one in draft.sentences) == 1
    assert report.failed == {"connection lost": 1}
    assert "1 of 4 answers could not be used (1 connection lost)" in render_report(report)


# ---- trying again ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("troubles", [{1: 500, 2: 502}, {1: 429}, {1: "drop"}, {1: 503, 2: "drop"}])
def test_trying_again_helps(troubles: dict[int, int | str]) -> None:
    with LanguageModelServer(troubles=troubles) as server:
        _, report = rewrite(DRAFT, PAPERS, quick(server, retries=2, request_seconds=20.0))
    assert report.answered == QUESTIONS


@pytest.mark.parametrize("after", ["1", "in a second, as a date"])
def test_a_server_is_given_the_time_it_asks_for(after: str) -> None:
    due = datetime.now(UTC) + timedelta(seconds=3)
    wish = format_datetime(due, usegmt=True) if "date" in after else after
    with LanguageModelServer(troubles={1: 429}, retry_after=wish) as server:
        _, report = rewrite(DRAFT, PAPERS, quick(server, retries=2, request_seconds=20.0))
        assert 0.9 <= server.gaps()[0] < 10
    assert report.answered == QUESTIONS


@pytest.mark.parametrize("after", ["1000000000", "Fri, 31 Dec 2199 23:59:59 GMT", "inf", "-5", "soon", "60"])
def test_an_absurd_wish_holds_nobody_up(after: str) -> None:
    started = time.monotonic()
    with LanguageModelServer(always=429, retry_after=after) as server:
        report = reword(server, retries=1, request_seconds=0.9)
    assert report.answered == 0
    assert time.monotonic() - started < 10


# ---- time ------------------------------------------------------------------------------------------------------------


def test_all_requests_together_have_a_budget() -> None:
    with LanguageModelServer(delay=0.4) as server:
        draft, report = rewrite(DRAFT, PAPERS, quick(server, answer_seconds=5, request_seconds=5, total_seconds=0.6))
        assert len(server.asked) <= 2
    assert report.answered <= 1
    assert STANDS in render_report(report)
    assert len(draft.sentences) == len(DRAFT.sentences)


class Stop(Exception):
    """What a page raises from its progress to stop the work."""


def test_work_stops_within_a_second() -> None:
    ticks = 0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 2:
            raise Stop

    started = time.monotonic()
    with LanguageModelServer(always="slow", lag=3.0) as server, pytest.raises(Stop):
        rewrite(DRAFT, PAPERS, quick(server, answer_seconds=60, request_seconds=60), progress)
    # The tick that stops comes at 0.4 s.
    assert time.monotonic() - started < 2.4
    assert len(server.asked) <= 1


def test_progress_tells_what_is_done() -> None:
    told: list[tuple[str, int, int]] = []
    with LanguageModelServer() as server:
        rewrite(DRAFT, PAPERS, quick(server), lambda *step: told.append(step))
    assert told[-1] == ("Asking the language model", QUESTIONS, QUESTIONS)


def test_an_answer_in_parts_is_read() -> None:
    """Some servers send the text of models that think in parts."""

    class Parts(LanguageModelServer):
        def respond(self, asked: Asked) -> Reply:
            said = self.speak(self.data())
            return json_reply(completion([{"type": "thinking", "thinking": []}, {"type": "text", "text": said}]))

    with Parts() as server:
        _, report = rewrite(DRAFT, PAPERS, quick(server))
    assert report.answered == QUESTIONS


@pytest.mark.parametrize("parallel", [1, 3])
def test_no_more_requests_at_once_than_asked_for(parallel: int) -> None:
    lock, at_once, most = threading.Lock(), 0, 0

    def speak(data: dict[str, Any]) -> str:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.15)
        with lock:
            at_once -= 1
        return join_quotes(data)

    class Unlocked(LanguageModelServer):
        """A server that thinks about several requests at once."""

        def answer(self, asked: dict[str, str]) -> Reply:
            self._lock.release()
            try:
                return super().answer(asked)
            finally:
                self._lock.acquire()

    with Unlocked(speak) as server:
        draft, _ = rewrite(
            DRAFT, PAPERS, replace(quick(server, answer_seconds=5, request_seconds=5), parallel=parallel)
        )
    assert most == parallel
    assert sum(one.smoothed for one in draft.sentences) == 2


# ---- what is sent ----------------------------------------------------------------------------------------------------


def sent(server: LanguageModelServer) -> list[Asked]:
    assert server.asked
    return server.asked


def test_options_that_a_server_does_not_take_are_left_out() -> None:
    with LanguageModelServer(takes=frozenset()) as server:
        _, report = rewrite(DRAFT, PAPERS, quick(server))
        assert len(server.asked) == QUESTIONS + 1
        assert set(server.asked[-1].json()) == {"model", "messages"}
    assert report.answered == QUESTIONS


def test_a_request_asks_for_the_likeliest_answer() -> None:
    with LanguageModelServer() as server:
        rewrite(DRAFT, PAPERS, quick(server))
        body = sent(server)[0].json()
    assert (body["model"], body["temperature"], body["seed"]) == ("toy", 0, 0)
    assert body["response_format"]["type"] == "json_schema"


def test_tokens_are_counted() -> None:
    with LanguageModelServer() as server:
        _, report = rewrite(DRAFT, PAPERS, quick(server))
    assert (report.tokens_read, report.tokens_written) == (100 * QUESTIONS, 10 * QUESTIONS)


def test_a_key_is_sent_and_told_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOURWAYS_LLM_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    with LanguageModelServer(key=SECRET) as server:
        settings = replace(quick(server), answers=tmp_path)
        draft, report = rewrite(DRAFT, PAPERS, settings)
        assert sent(server)[0].headers["authorization"] == f"Bearer {SECRET}"
    files = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert report.answered == QUESTIONS == len(files)
    assert SECRET not in "".join([caplog.text, repr(settings), repr(report), repr(draft), *files])


@pytest.mark.parametrize("trouble", ["echo", 401, None])
def test_a_server_that_repeats_the_key_gets_it_into_no_message(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: int | str | None
) -> None:
    monkeypatch.setenv("FOURWAYS_LLM_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    with LanguageModelServer(always=trouble, key="another") as server:
        report = reword(server)
    assert SECRET not in repr(report) + render_report(report)


def test_a_key_in_an_answer_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOURWAYS_LLM_KEY", SECRET)
    with LanguageModelServer(lambda data: join_quotes(data).replace("Adapters", SECRET)) as server:
        draft, report = rewrite(DRAFT, PAPERS, replace(quick(server), answers=tmp_path))
    files = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert report.failed == {"unreadable answer": 1}
    assert SECRET not in "".join([repr(report), repr(draft), *files])


def test_a_key_does_not_go_along_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOURWAYS_LLM_KEY", SECRET)
    with LanguageModelServer() as other, LanguageModelServer(always="elsewhere", other=other.url) as server:
        reword(server)
        assert sent(server)[0].headers["authorization"] == f"Bearer {SECRET}"
        assert other.asked == []


def test_nothing_else_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = {
        "OPENAI_API_KEY": SECRET,
        "OPENAI_ADMIN_KEY": SECRET,
        "OPENAI_ORG_ID": SECRET,
        "OPENAI_PROJECT_ID": SECRET,
        "OPENAI_CUSTOM_HEADERS": f"X-Secret: {SECRET}",
        "OPENAI_BASE_URL": "http://localhost:9",
        "HTTP_PROXY": "http://localhost:9",
        "ALL_PROXY": "http://localhost:9",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    with LanguageModelServer() as server:
        rewrite(DRAFT, PAPERS, quick(server))
        for asked in sent(server):
            assert SECRET not in repr(asked)
            assert set(asked.headers) <= {
                "accept",
                "accept-encoding",
                "connection",
                "content-length",
                "content-type",
                "host",
                "user-agent",
            }
