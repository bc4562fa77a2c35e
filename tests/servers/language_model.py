"""A server that speaks OpenAI's chat protocol on this machine: well-behaved, or wrong in the ways that servers and models are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from servers.listening import Asked, ListeningServer, json_reply
from servers.local import Reply

# The data of a request (the JSON of the user's message) -> what the model says.
Speak = Callable[[dict[str, Any]], str]


def join_quotes(data: dict[str, Any]) -> str:
    """A model that keeps to the rules: every two quotes in one sentence, joined by `while`; headings as they are."""
    if "sections" in data:
        kept = [{"number": one["number"], "heading": one["heading"]} for one in data["sections"]]
        return json.dumps({"headings": kept})
    quotes = data["quotes"]
    pairs = [quotes[at : at + 2] for at in range(0, len(quotes), 2)]
    return say([(_joined([one["text"] for one in pair]), [one["key"] for one in pair]) for pair in pairs])


def say(sentences: list[tuple[str, list[str]]]) -> str:
    """An answer of these sentences with their keys."""
    return json.dumps({"sentences": [{"text": text, "keys": keys} for text, keys in sentences]}, ensure_ascii=False)


def say_headings(*headings: str) -> str:
    """An answer of these headings, numbered from 1."""
    return json.dumps({"headings": [{"number": number, "heading": one} for number, one in enumerate(headings, 1)]})


def _joined(texts: list[str]) -> str:
    first, *others = texts
    return f"{first[:-1]}{''.join(f', while {_small(text)[:-1]}' for text in others)}."


def _small(text: str) -> str:
    """A sentence with a small letter at its beginning, unless that is a name's."""
    word = text.split()[0]
    return text[0].lower() + text[1:] if word[1:].islower() else text


def completion(text: Any, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A whole answer of the protocol."""
    said = {"role": "assistant", "content": text, **message}
    return {
        "id": "toy-1",
        "object": "chat.completion",
        "created": 0,
        "model": "toy",
        "choices": [{"index": 0, "message": said, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }


class LanguageModelServer(ListeningServer):
    """Says what `speak` makes of a request. `key`: the only one it takes, if any. `takes`: the options of a request that it knows.

    Further troubles: "drip" (a byte now and then), "elsewhere" (a redirect to `other`), "no-model" (404), "echo" (400, with the
    headers of the request in its message), "no-choices", "tools" (a call of a tool), "null" (no content), "length" (cut off by the
    model's limit), "list" (JSON of another form), "packed" (a body that says it is gzip).
    """

    def __init__(
        self,
        speak: Speak = join_quotes,
        *,
        key: str | None = None,
        other: str = "",
        takes: frozenset[str] | None = None,
        **knobs: Any,
    ) -> None:
        super().__init__(**knobs)
        self.speak, self.key, self.other, self.takes = speak, key, other, takes

    def start(self) -> LanguageModelServer:
        super().start()
        assert self._http
        self._http.RequestHandlerClass = _dripping(self, self._http.RequestHandlerClass)
        return self

    @property
    def base(self) -> str:
        return f"{self.url}/v1"

    def data(self, number: int = -1) -> dict[str, Any]:
        """What a request of the log asked about."""
        return _data(self.asked[number])

    def respond(self, asked: Asked) -> Reply:
        if asked.path == "/v1/models":
            return json_reply({"object": "list", "data": [{"id": "qwen:8b", "object": "model"}]})
        if asked.path != "/v1/chat/completions":
            return json_reply({"error": {"message": "no such path"}}, 404)
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return json_reply({"error": {"message": f"wrong key {asked.headers.get('authorization')}"}}, 401)
        body = asked.json()
        if self.takes is not None and (strange := set(body) - {"model", "messages"} - self.takes):
            return json_reply({"error": {"message": f"unknown options {sorted(strange)}"}}, 400)
        return json_reply(completion(self.speak(_data(asked))))

    def spoil(self, trouble: str, right: Reply) -> Reply | None:
        asked = self._now.asked
        wrong: dict[str, Callable[[], Reply]] = {
            "elsewhere": lambda: Reply(b"", 307, {"Location": f"{self.other}{asked.path}"}),
            "no-model": lambda: json_reply({"error": {"message": "model 'toy' not found"}}, 404),
            "echo": lambda: json_reply({"error": {"message": f"bad request: {dict(asked.headers)}"}}, 400),
            "no-choices": lambda: json_reply({**completion(""), "choices": []}),
            "tools": lambda: json_reply(
                completion(None, finish="tool_calls", tool_calls=[{"id": "1", "type": "function"}])
            ),
            "null": lambda: json_reply(completion(None)),
            "length": lambda: json_reply(completion('{"sentences": [{"text": "Adap', finish="length")),
            "list": lambda: json_reply([1, 2, 3]),
            "packed": lambda: Reply(right.body, 200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
        }
        return wrong[trouble]() if trouble in wrong else super().spoil(trouble, right)


def _data(asked: Asked) -> dict[str, Any]:
    found = json.loads(asked.json()["messages"][-1]["content"])
    assert isinstance(found, dict)
    return found


def _dripping(server: LanguageModelServer, usual: type[BaseHTTPRequestHandler]) -> type[BaseHTTPRequestHandler]:
    class Handler(usual):  # type: ignore[misc, valid-type]
        def do_POST(self) -> None:
            if server.always != "drip":
                super().do_GET()
                return
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b" ")
                time.sleep(0.05)

    return Handler
