"""A web service on this machine's loopback, with a log of what was asked and troubles to order."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

BOMB = b"".join(
    [
        b'<?xml version="1.0"?>\n<!DOCTYPE feed [<!ENTITY a0 "ha">',
        *(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)),
        b"]>\n<feed>&a11;</feed>",
    ]
)


@dataclass
class Reply:
    """What the service answers."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/xml; charset=utf-8"})


class LocalServer:
    """Answers GET requests by `answer`; give that in a subclass.

    `url` is the address, `requests` the paths asked for, `times` when (seconds, monotonic). `troubles` maps the number
    of a request, from 1, to what goes wrong with it; `always` goes wrong with all others. A trouble is a status, or
    "rate" (status 200, a body that says no), "html", "nothing" (an empty body), "cut" (half the answer), "bomb" (entities
    that grow), "big" (`size` bytes), "slow" (answers after `lag` seconds) or "drop" (hangs up). Statuses of 429 and 503
    come with `Retry-After: retry_after`. `delay` is slept before every answer, in seconds.
    """

    path = "/"

    def __init__(
        self,
        *,
        troubles: Mapping[int, int | str] | None = None,
        always: int | str | None = None,
        fail_first: int = 0,
        retry_after: str | None = None,
        delay: float = 0.0,
        lag: float = 2.0,
        size: int = 100_000_000,
    ) -> None:
        self.troubles: dict[int, int | str] = dict.fromkeys(range(1, fail_first + 1), 503)
        self.troubles.update(troubles or {})
        self.always, self.retry_after, self.delay, self.lag, self.size = always, retry_after, delay, lag, size
        self.requests: list[str] = []
        self.times: list[float] = []
        self._lock = Lock()
        self._http: ThreadingHTTPServer | None = None

    def answer(self, asked: dict[str, str]) -> Reply:
        """The right answer to a query string."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        assert self._http, "the server has not been started"
        return f"http://127.0.0.1:{self._http.server_port}{self.path}"

    def gaps(self) -> list[float]:
        """The seconds between one request and the next."""
        return [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]

    def start(self) -> LocalServer:
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._http:
            self._http.shutdown()
            self._http.server_close()

    def __enter__(self) -> Any:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reply(self, path: str) -> Reply | None:
        """The answer to the request, right or not; None hangs up."""
        with self._lock:
            self.requests.append(path)
            self.times.append(time.monotonic())
            trouble = self.troubles.get(len(self.requests), self.always)
        time.sleep(self.delay)
        if isinstance(trouble, int):
            after = {"Retry-After": self.retry_after} if self.retry_after and trouble in (429, 503) else {}
            return Reply(b"busy", trouble, {"Content-Type": "text/plain", **after})
        if trouble == "slow":
            time.sleep(self.lag)
        with self._lock:
            right = self.answer(dict(parse_qsl(urlsplit(path).query, keep_blank_values=True)))
        return self.spoil(trouble, right) if trouble else right

    def spoil(self, trouble: str, right: Reply) -> Reply | None:
        """The right answer with something wrong. A subclass adds troubles of its own service."""
        if trouble == "drop":
            return None
        bodies = {
            "slow": right.body,
            "rate": b"Rate exceeded.",
            "html": b"<!DOCTYPE html><html><body>Please come back later.<br></body></html>",
            "nothing": b"",
            "cut": right.body[: len(right.body) // 2],
            "bomb": BOMB,
        }
        return Reply(b" " * self.size if trouble == "big" else bodies[trouble], 200)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is nothing to print."""


def _handler(server: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = server.reply(self.path)
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """The server keeps its own log."""

    return Handler
