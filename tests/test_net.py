"""The polite connection: its pace, its patience and its bounds, against services on this machine that misbehave."""

from __future__ import annotations

import gzip
import json
import math
import os
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import net
from corpus.errors import HomeError, ServiceError
from corpus.net import Answer, Session, is_loopback

SECRET = "key-that-nobody-may-read"


# ---- a service that does what a test tells it ------------------------------------------------------------------------


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    client_port: int


Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Service:
    """Answers request number n as `acts[n]` does; the last one answers all that follow."""

    acts: list[Act] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def act(self) -> Act:
        return self.acts[min(len(self.asked), len(self.acts)) - 1]


def reply(status: int = 200, body: bytes = b"fine", **headers: str) -> Act:
    """A whole answer; `Retry_After` stands for `Retry-After`."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Ten bytes of the promised hundred, then nothing."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"0123456789")
    handler.close_connection = True


def cut_chunk(handler: BaseHTTPRequestHandler) -> None:
    """A chunk that ends before its end, in an answer of unknown length."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"64\r\n0123456789")
    handler.close_connection = True


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte every hundredth of a second, for far longer than a test may take."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(3_000):
        handler.wfile.write(b".")
        time.sleep(0.01)


def say_nothing(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.5)
    handler.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is nothing to print."""


@pytest.fixture
def serve() -> Iterator[Callable[..., Service]]:
    """Starts a service that does these acts, and stops it after the test."""
    with ExitStack() as stack:

        def start(*acts: Act) -> Service:
            service = Service(list(acts))

            class Handler(BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def do_GET(self) -> None:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    service.asked.append(Asked(self.command, self.path, headers, body, self.client_address[1]))
                    service.act()(self)

                do_POST = do_GET

                def log_message(self, format: str, *args: object) -> None:
                    """The service keeps its own log."""

            server = _Server(("127.0.0.1", 0), Handler)
            Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            service.url = f"http://127.0.0.1:{server.server_port}/api"
            return service

        yield start


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/api"


@dataclass
class Waits:
    """A clock that moves only when somebody sleeps, and what was slept."""

    slept: list[float] = field(default_factory=list)
    now: float = 1_000.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    clock = Waits()
    monkeypatch.setattr(net, "time", SimpleNamespace(monotonic=lambda: clock.now, time=time.time))
    return clock


# ---- asking ----------------------------------------------------------------------------------------------------------


def test_an_answer_is_whole_and_its_headers_have_lower_case_names(serve: Callable[..., Service]) -> None:
    service = serve(reply(body=b"<feed/>", X_Total="7"))
    answer = Session().get(service.url, params={"q": "thin adapters"})
    assert (answer.status, answer.body, answer.headers["x-total"]) == (200, b"<feed/>", "7")
    assert answer.url == service.url + "?q=thin+adapters"
    assert service.asked[0].headers["user-agent"].startswith("fourways/")


def test_a_question_by_post_is_json(serve: Callable[..., Service]) -> None:
    service = serve(reply())
    Session().post(service.url, {"ids": ["a"]}, params={"fields": "title"}, headers={"x-api-key": SECRET})
    (asked,) = service.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", "/api?fields=title", {"ids": ["a"]})
    assert asked.headers["x-api-key"] == SECRET


def test_a_packed_answer_is_unpacked(serve: Callable[..., Service]) -> None:
    service = serve(reply(body=gzip.compress(b"words " * 50_000, mtime=0), Content_Encoding="gzip"))
    assert Session().get(service.url).body == b"words " * 50_000


def test_one_connection_serves_many_requests(serve: Callable[..., Service]) -> None:
    service = serve(reply(body=b"x" * 200_000))
    session = Session()
    for _ in range(3):
        session.get(service.url)
    assert len({asked.client_port for asked in service.asked}) == 1
    assert (session.requests, session.waited) == (3, 0.0)


# ---- the pace --------------------------------------------------------------------------------------------------------


def test_requests_to_one_host_keep_the_interval(serve: Callable[..., Service], waits: Waits) -> None:
    service, session = serve(reply()), Session(sleep=waits.sleep)
    session.get(service.url, interval=3.0)
    session.get(service.url, interval=3.0)  # at once: the whole interval is left
    waits.now += 2.0
    session.get(service.url, interval=3.0)  # two of three seconds have passed
    waits.now += 60.0
    session.get(service.url, interval=3.0)
    assert waits.slept == [3.0, 1.0]
    assert session.waited == 4.0


def test_another_host_has_an_interval_of_its_own(serve: Callable[..., Service], waits: Waits) -> None:
    session = Session(sleep=waits.sleep)
    for service in (serve(reply()), serve(reply())):
        session.get(service.url, interval=3.0)
    assert waits.slept == []


def test_a_retry_keeps_the_interval_too(serve: Callable[..., Service], waits: Waits) -> None:
    service, session = serve(reply(503), reply()), Session(sleep=waits.sleep)
    session.get(service.url, interval=30.0)
    assert len(waits.slept) == 2  # the growing wait, and what is left of the interval after it
    assert sum(waits.slept) == pytest.approx(30.0)


def test_real_seconds_pass_between_two_requests(serve: Callable[..., Service]) -> None:
    service, session = serve(reply()), Session()
    started = time.monotonic()
    for _ in range(3):
        session.get(service.url, interval=0.1)
    assert time.monotonic() - started >= 0.2


def test_a_process_that_starts_anew_keeps_the_interval(serve: Callable[..., Service], tmp_path: Path) -> None:
    service = serve(reply())
    slept: list[float] = []
    for _ in range(2):
        Session(sleep=slept.append, pace=tmp_path / "pace").get(service.url, interval=60.0)
    assert len(slept) == 1
    assert 50 < slept[0] <= 60


def test_a_clock_that_was_put_back_costs_no_more_than_the_interval(
    serve: Callable[..., Service], tmp_path: Path
) -> None:
    service = serve(reply())
    slept: list[float] = []
    Session(pace=tmp_path).get(service.url, interval=60.0)
    (mark,) = tmp_path.iterdir()
    os.utime(mark, (time.time() + 86_400,) * 2)
    Session(sleep=slept.append, pace=tmp_path).get(service.url, interval=60.0)
    assert slept == [60.0]


def test_this_machine_s_own_services_leave_no_mark(serve: Callable[..., Service], tmp_path: Path) -> None:
    Session(pace=tmp_path / "pace").get(serve(reply()).url, interval=0.0)
    assert list(tmp_path.iterdir()) == []


def test_a_pace_that_cannot_be_kept_on_disk_is_an_error(serve: Callable[..., Service], tmp_path: Path) -> None:
    (tmp_path / "pace").write_text("in the way")
    service = serve(reply())
    with pytest.raises(HomeError, match="cannot be written"):
        Session(pace=tmp_path / "pace" / "folder").get(service.url, interval=3.0)


# ---- patience --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_busy_service_is_asked_again(serve: Callable[..., Service], waits: Waits, status: int) -> None:
    service, session = serve(reply(status), reply()), Session(sleep=waits.sleep)
    assert session.get(service.url).body == b"fine"
    assert session.requests == len(service.asked) == 2
    assert session.waited == sum(waits.slept) > 0


def test_waits_grow_and_no_two_clients_wait_alike(serve: Callable[..., Service], waits: Waits) -> None:
    for _ in range(2):
        Session(sleep=waits.sleep).get(serve(*[reply(500)] * 5, reply()).url)
    for slept, grown in zip(waits.slept, [1, 2, 4, 8, 16] * 2, strict=True):
        assert grown <= slept <= 1.5 * grown
    assert waits.slept[:5] != waits.slept[5:]


@pytest.mark.parametrize("status", [429, 503])
def test_the_seconds_of_retry_after_are_waited(serve: Callable[..., Service], waits: Waits, status: int) -> None:
    Session(sleep=waits.sleep).get(serve(reply(status, Retry_After="17"), reply()).url)
    assert waits.slept == [17.0]


def test_the_day_and_hour_of_retry_after_are_waited_for(serve: Callable[..., Service], waits: Waits) -> None:
    due = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    Session(sleep=waits.sleep).get(serve(reply(503, Retry_After=due), reply()).url)
    assert 50 < waits.slept[0] <= 60


@pytest.mark.parametrize("value", ["0", "Thu, 01 Jan 2015 00:00:00 GMT", "soon", "-5", "1e9"])
def test_a_retry_after_that_says_nothing_is_an_ordinary_wait(
    serve: Callable[..., Service], waits: Waits, value: str
) -> None:
    Session(sleep=waits.sleep).get(serve(reply(503, Retry_After=value), reply()).url)
    assert 1.0 <= waits.slept[0] <= 1.5


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,12} Jan \d{1,12} \d+:\d+:\d+ [+-]\d{1,9}", fullmatch=True))
def test_no_text_in_retry_after_makes_a_client_fail(text: str) -> None:
    seconds = net._retry_after({"retry-after": text})
    assert seconds >= 0
    assert math.isfinite(seconds)


def test_a_spent_patience_says_the_status_and_what_to_do(serve: Callable[..., Service], waits: Waits) -> None:
    service = serve(reply(503))
    with pytest.raises(ServiceError, match="HTTP 503") as caught:
        Session(sleep=waits.sleep, patience=20).get(service.url)
    assert caught.value.status == 503
    assert "run the same command later" in caught.value.remedy
    assert 7 <= sum(waits.slept) <= 20  # three growing waits at least; the one that would go beyond is not begun


def test_a_wait_beyond_the_patience_is_not_begun(serve: Callable[..., Service], waits: Waits) -> None:
    service = serve(reply(429, Retry_After="3600"))
    with pytest.raises(ServiceError, match="come back in 3600 s"):
        Session(sleep=waits.sleep, patience=300).get(service.url)
    assert (waits.slept, len(service.asked)) == ([], 1)


def test_each_request_has_the_whole_patience(serve: Callable[..., Service], waits: Waits) -> None:
    service = serve(reply(503, Retry_After="8"), reply(), reply(503, Retry_After="8"), reply())
    session = Session(sleep=waits.sleep, patience=10)
    session.get(service.url)
    session.get(service.url)
    assert waits.slept == [8.0, 8.0]


def test_what_is_waited_for_is_told(serve: Callable[..., Service], waits: Waits) -> None:
    told: list[str] = []
    Session(sleep=waits.sleep, tell=told.append).get(serve(reply(503, Retry_After="17"), reply()).url)
    assert told == ["HTTP 503: trying again in 17 s"]


class Stopped(Exception):
    """What a progress page raises when somebody presses its button."""


@pytest.mark.parametrize("first", [reply(), reply(503)], ids=["while it waits for its turn", "before a retry"])
def test_a_sleep_that_raises_stops_at_once(serve: Callable[..., Service], first: Act) -> None:
    def stop(seconds: float) -> None:
        raise Stopped

    service, session = serve(first), Session(sleep=stop)
    with pytest.raises(Stopped):
        for _ in range(2):
            session.get(service.url, interval=60.0)
    assert len(service.asked) == session.requests == 1


# ---- networks that fail ----------------------------------------------------------------------------------------------


def test_a_host_that_never_answered_is_given_up_soon(nobody: str, waits: Waits) -> None:
    session = Session(sleep=waits.sleep)
    with pytest.raises(ServiceError, match=r"cannot be reached \(Connection refused\)") as caught:
        session.get(nobody)
    assert (session.requests, len(waits.slept)) == (3, 2)
    assert "network" in caught.value.remedy
    assert caught.value.status is None


def test_a_host_that_has_answered_is_waited_for(serve: Callable[..., Service], waits: Waits) -> None:
    service, session = serve(reply(), hang_up), Session(sleep=waits.sleep, patience=60)
    session.get(service.url)
    with pytest.raises(ServiceError, match="does not answer as it should"):
        session.get(service.url)
    assert session.requests > 1 + 3


def test_one_host_s_answer_says_nothing_of_another(serve: Callable[..., Service], nobody: str, waits: Waits) -> None:
    session = Session(sleep=waits.sleep)
    session.get(serve(reply()).url)
    with pytest.raises(ServiceError, match="cannot be reached"):
        session.get(nobody)
    assert session.requests == 1 + 3


@pytest.mark.parametrize("trouble", [cut, cut_chunk, hang_up, reply(body=b"no gzip", Content_Encoding="gzip")])
def test_a_broken_answer_is_asked_for_again(serve: Callable[..., Service], waits: Waits, trouble: Act) -> None:
    service = serve(trouble, reply(body=b"whole"))
    assert Session(sleep=waits.sleep).get(service.url).body == b"whole"
    assert len(service.asked) == 2


def test_an_answer_that_breaks_every_time_is_no_lost_network(serve: Callable[..., Service], waits: Waits) -> None:
    with pytest.raises(ServiceError, match=r"does not answer as it should \(.*10 bytes read"):
        Session(sleep=waits.sleep, patience=60).get(serve(cut).url)


def test_a_service_that_says_nothing_is_left(
    serve: Callable[..., Service], waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net, "_READ", 0.05)
    service = serve(say_nothing, reply())
    assert Session(sleep=waits.sleep).get(service.url).body == b"fine"
    assert len(service.asked) == 2


def test_a_service_that_drips_is_left(serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "_WHOLE", 0.2)
    started = time.monotonic()
    with pytest.raises(ServiceError, match="no whole answer in 0 s"):
        Session(sleep=lambda seconds: None, patience=0).get(serve(drip).url)
    assert time.monotonic() - started < 5


# ---- bounds ----------------------------------------------------------------------------------------------------------


def test_an_answer_of_the_most_bytes_is_taken_and_one_more_is_not(serve: Callable[..., Service], waits: Waits) -> None:
    session = Session(sleep=waits.sleep)
    assert len(session.get(serve(reply(body=b"x" * 1_000)).url, limit=1_000).body) == 1_000
    service = serve(reply(body=b"x" * 1_001))
    with pytest.raises(ServiceError, match="more than 1000 bytes"):
        session.get(service.url, limit=1_000)
    assert len(service.asked) == 1  # it would send the same again


def packed(layers: int) -> bytes:
    """A hundred million zeros, packed so many times."""
    body = b"".join([bytes(1_000_000)] * 100)
    for _ in range(layers):
        body = gzip.compress(body, 1, mtime=0)
    return body


@pytest.mark.parametrize("layers", [1, 2])
def test_an_answer_that_unpacks_to_more_is_not_unpacked_whole(serve: Callable[..., Service], layers: int) -> None:
    service = serve(reply(body=packed(layers), Content_Encoding=", ".join(["gzip"] * layers)))
    session = Session()
    session.get(serve(reply()).url)  # imports what it needs
    tracemalloc.start()
    try:
        with pytest.raises(ServiceError, match="more than 1000000 bytes"):
            session.get(service.url, limit=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


# ---- answers that are none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_a_refusal_is_an_error_at_once(serve: Callable[..., Service], waits: Waits, status: int) -> None:
    service = serve(reply(status))
    with pytest.raises(ServiceError, match=f"answers HTTP {status} to {service.url}") as caught:
        Session(sleep=waits.sleep).get(service.url)
    assert caught.value.status == status
    assert (waits.slept, len(service.asked)) == ([], 1)


@pytest.mark.parametrize("status", [404, 503])
def test_a_status_that_was_asked_for_is_handed_back(serve: Callable[..., Service], status: int) -> None:
    answer = Session().get(serve(reply(status, b"why")).url, hand_back={404, 503}, check=lambda answer: "never right")
    assert (answer.status, answer.body) == (status, b"why")


def empty(answer: Answer) -> str | None:
    return None if answer.body else "an empty page"


def test_an_answer_that_is_objected_to_is_asked_for_again(serve: Callable[..., Service], waits: Waits) -> None:
    service = serve(reply(body=b""), reply(body=b"", Retry_After="20"), reply(body=b"full"))
    assert Session(sleep=waits.sleep).get(service.url, check=empty).body == b"full"
    assert waits.slept[1] == 20.0


def test_an_objection_that_stays_is_the_reason_given(serve: Callable[..., Service], waits: Waits) -> None:
    service = serve(reply(body=b""))
    with pytest.raises(ServiceError, match="an empty page") as caught:
        Session(sleep=waits.sleep, patience=30).get(service.url, check=empty)
    assert caught.value.status is None
    assert len(service.asked) > 3


@pytest.mark.parametrize(
    "address", ["http://[::1", "ftp://example.org/x", "example.org", "http://", "http://" + "a" * 70 + ".example/"]
)
def test_what_is_no_address_is_an_error_at_once(address: str, waits: Waits) -> None:
    with pytest.raises(ServiceError) as caught:
        Session(sleep=waits.sleep).get(address)
    assert caught.value.remedy == "Check the address"
    assert waits.slept == []


# ---- secrets ---------------------------------------------------------------------------------------------------------


def test_a_redirect_is_followed(serve: Callable[..., Service]) -> None:
    there = serve(reply(body=b"there"))
    answer = Session().get(serve(reply(302, Location=there.url)).url)
    assert (answer.body, answer.url) == (b"there", there.url)


def test_redirects_in_a_ring_end(serve: Callable[..., Service], waits: Waits) -> None:
    service = serve(reply(302, Location="/api"))
    with pytest.raises(ServiceError, match="cannot be asked"):
        Session(sleep=waits.sleep).get(service.url)
    assert len(service.asked) == 6


def test_a_header_never_reaches_the_host_that_a_redirect_names(serve: Callable[..., Service]) -> None:
    there = serve(reply())
    service = serve(reply(302, Location=there.url))
    with pytest.raises(ServiceError) as caught:
        Session().get(service.url, headers={"x-api-key": SECRET})
    with pytest.raises(ServiceError):
        Session().post(service.url, {}, headers={"x-api-key": SECRET})
    assert caught.value.status == 302
    assert there.asked == []


@pytest.mark.parametrize("acts", [[reply(400)], [reply(503)], [cut], [reply(200, b"x" * 100)], [hang_up]])
def test_no_message_tells_a_header(serve: Callable[..., Service], waits: Waits, acts: list[Act]) -> None:
    told: list[str] = []
    with pytest.raises(ServiceError) as caught:
        Session(sleep=waits.sleep, patience=5, tell=told.append).get(
            serve(*acts).url, headers={"x-api-key": SECRET}, limit=50
        )
    assert SECRET not in " ".join([str(caught.value), repr(caught.value), *told])


@pytest.mark.parametrize("value", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}é", f"{SECRET}\x00", f"a\r\nb: {SECRET}"])
def test_a_header_that_cannot_be_sent_is_not_told_either(serve: Callable[..., Service], value: str) -> None:
    service = serve(reply())
    with pytest.raises(ServiceError, match="x-api-key") as caught:
        Session().get(service.url, headers={"x-api-key": value})
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None
    assert service.asked == []


def test_a_password_in_an_address_is_not_told(nobody: str, waits: Waits) -> None:
    with pytest.raises(ServiceError) as caught:
        Session(sleep=waits.sleep).get(nobody.replace("//", f"//me:{SECRET}@"))
    assert SECRET not in str(caught.value)


# ---- this machine ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8000/api", True),
        ("http://localhost/api", True),
        ("http://[::1]:80/", True),
        ("https://export.arxiv.org/api/query", False),
        ("http://127.0.0.1.example.org/", False),
        ("localhost", False),
        ("http://[::1", False),
    ],
)
def test_which_addresses_are_this_machine_s_own(url: str, own: bool) -> None:
    assert is_loopback(url) is own
