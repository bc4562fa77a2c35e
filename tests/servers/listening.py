"""A `LocalServer` that also takes POST, and hands the whole request on: method, path, headers and body."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from servers.local import LocalServer, Reply


@dataclass(frozen=True)
class Asked:
    """One request as it came in. `headers` have lower-case names; `at` is in seconds, monotonic."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float

    def json(self) -> Any:
        return json.loads(self.body)


class ListeningServer(LocalServer):
    """Answers by `respond`; give that in a subclass. `asked` is the log of whole requests, `requests` that of their paths."""

    path = ""

    def __init__(self, **knobs: Any) -> None:
        super().__init__(**knobs)
        self.asked: list[Asked] = []
        self._now = threading.local()

    def respond(self, asked: Asked) -> Reply:
        """The right answer to a request."""
        raise NotImplementedError

    def answer(self, asked: dict[str, str]) -> Reply:
        return self.respond(self._now.asked)

    def start(self) -> ListeningServer:
        super().start()
        assert self._http
        self._http.RequestHandlerClass = _handler(self)
        return self

    def hear(self, asked: Asked) -> Reply | None:
        self.asked.append(asked)
        self._now.asked = asked
        return self.reply(asked.path)


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(json.dumps(value).encode(), status, {"Content-Type": "application/json", **headers})


def _handler(server: ListeningServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            asked = Asked(self.command, unquote(parts.path), query, headers, body, time.monotonic())
            reply = server.hear(asked)
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """The server keeps its own log."""

    return Handler
