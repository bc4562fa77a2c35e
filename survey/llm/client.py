"""One request to an OpenAI-compatible server through OpenAI's own client: bounded in time and bytes, following no redirect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from corpus.errors import one_line, shorten
from survey.llm.settings import KEY, Settings

if TYPE_CHECKING:
    import httpx
    from openai import APIConnectionError, APIStatusError

# Bytes of one answer. A paragraph has some thousand; nothing that is larger has been asked for.
MOST_BYTES = 2_000_000
# Characters of the model's own text in it.
MOST_TEXT = 64_000
# Tokens of an answer, so that a model that has lost itself stops; models that think first need most of them.
MOST_TOKENS = 4_096
_CONNECT = 10.0
_SHOWN = 5

NO_TIME = "no answer in time"
# What a request may carry: the package would add the machine's system, and what other variables of the environment say.
_HEADERS = frozenset({"host", "content-type", "content-length", "accept", "connection"})


@dataclass(frozen=True)
class Answer:
    """What the model said, and how many tokens were read and written for it, where the server tells."""

    text: str
    tokens_read: int | None = None
    tokens_written: int | None = None


class Failure(Exception):
    """A request without a usable answer: `reason` for counting, `told` on one line.

    `final` where asking on is of no use; `spoke` where the server is well and it is the model's words that cannot be used.
    """

    def __init__(self, reason: str, told: str, *, final: bool = False, spoke: bool = False) -> None:
        super().__init__(told)
        self.reason, self.told, self.final, self.spoke = reason, one_line(told), final, spoke


class Server:
    """A connection to one server. Use with `async with`, in one event loop."""

    def __init__(self, settings: Settings, key: SecretStr | None) -> None:
        import httpx
        import openai

        from corpus.net import is_loopback

        self._settings, self._key = settings, key
        self._http = httpx.AsyncClient(
            follow_redirects=False,
            timeout=httpx.Timeout(settings.answer_seconds, connect=min(_CONNECT, settings.answer_seconds)),
            event_hooks={"request": [self._dress], "response": [_bound]},
            # A proxy of the environment has no business with this machine's own server.
            trust_env=not is_loopback(settings.url),
        )
        self._client = openai.AsyncOpenAI(
            api_key="unused", base_url=settings.url, max_retries=settings.retries, http_client=self._http
        )
        self._plain = False

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(self, messages: list[dict[str, str]], form: dict[str, Any], seconds: float) -> Answer:
        """The answer to `messages`, asked for in the JSON schema `form`, within `seconds`. Raises Failure."""
        import openai

        try:
            async with asyncio.timeout(max(0.0, seconds)):
                body = await self._exchange(messages, form)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise Failure(NO_TIME, f"{self._settings.host} did not answer in time") from error
        except openai.APIStatusError as error:
            raise await self._refusal(error) from error
        except openai.APIConnectionError as error:
            raise self._loss(error) from error
        except openai.OpenAIError as error:
            raise Failure("unreadable answer", f"{self._settings.host} sent an answer {error}") from error
        answer = _read(body)
        if self._key and self._key.get_secret_value() in answer.text:
            # Answers are kept in files, keys are not.
            raise Failure("unreadable answer", f"{self._settings.host} repeats the key in its answer")
        return answer

    async def _exchange(self, messages: list[dict[str, str]], form: dict[str, Any]) -> bytes:
        """The body of the answer. A server that does not take our options is asked without them, from then on always."""
        import openai

        options: dict[str, Any] = {
            "temperature": 0,
            "seed": 0,
            "max_tokens": MOST_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": form},
            },
        }
        if not self._plain:
            try:
                return await self._post(messages, options)
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                body = await self._post(messages, {})
                self._plain = True
                return body
        return await self._post(messages, {})

    async def _post(self, messages: list[dict[str, str]], options: dict[str, Any]) -> bytes:
        import httpx

        # The package's own `chat.completions.create` trusts an answer to have the protocol's form.
        body = {"model": self._settings.model, "messages": messages, **options}
        answer = await self._client.post("/chat/completions", cast_to=httpx.Response, body=body)
        return bytes(answer.content)

    async def _dress(self, request: httpx.Request) -> None:
        """Take every header from a request that is not needed, and put ours on: the key is known nowhere else."""
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]
        # Unpacked, an answer could be any size.
        request.headers["Accept-Encoding"] = "identity"
        request.headers["User-Agent"] = "fourways"
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"

    async def _refusal(self, error: APIStatusError) -> Failure:
        """What a status other than 200 means, in words; what the server says is repeated without the key."""
        status, host, model = error.status_code, self._settings.host, shorten(self._settings.model)
        said = self._said(error)
        if 300 <= status < 400:
            told = f"{host} sends us to another address (HTTP {status}), which is not followed"
            return Failure("sent elsewhere", told, final=True)
        if status in (401, 403):
            told = f"{host} refuses the key (HTTP {status}): set ${KEY} to a valid one"
            return Failure("key refused", told, final=True)
        if status == 404 and "model" in said.lower():
            told = f"{host} has no model {model!r}{await self._models()}"
            return Failure("model not found", told, final=True)
        if status == 404:
            told = f"{host} answers HTTP 404: its base address mostly ends in /v1"
            return Failure("address not found", told, final=True)
        reason = "too many requests" if status == 429 else f"HTTP {status}"
        return Failure(reason, f"{host} answers HTTP {status}{f' ({said})' if said else ''}")

    async def _models(self) -> str:
        """The models that the server has, for a message; nothing where it does not tell."""
        import httpx
        import openai

        try:
            async with asyncio.timeout(_CONNECT):
                answer = await self._client.get("/models", cast_to=httpx.Response, options={"max_retries": 0})
            names = [str(one["id"]) for one in answer.json()["data"]]
        except (TimeoutError, openai.OpenAIError, ValueError, LookupError, TypeError, RecursionError):
            return ""
        shown = [shorten(one_line(name), 40) for name in names[:_SHOWN]]
        return f"; it has {', '.join(shown)}{', ...' if len(names) > _SHOWN else ''}" if shown else ""

    def _loss(self, error: APIConnectionError) -> Failure:
        """Nobody is there, or somebody hung up."""
        import httpx

        if isinstance(error.__cause__, httpx.ConnectError):
            return Failure("not reached", f"{self._settings.host} cannot be reached ({_innermost(error)})", final=True)
        return Failure("connection lost", f"{self._settings.host} broke off ({_innermost(error)})")

    def _said(self, error: APIStatusError) -> str:
        body = error.body if isinstance(error.body, dict) else {}
        said = body.get("message")
        text = said if isinstance(said, str) else ""
        if self._key:
            text = text.replace(self._key.get_secret_value(), "***")
        return shorten(one_line(text), 120)


async def _bound(response: httpx.Response) -> None:
    """Have an answer's body end with an error where it grows beyond MOST_BYTES, or is packed although nobody asked for that."""
    import httpx
    import openai

    class Bounded(httpx.AsyncByteStream):
        def __init__(self, inner: httpx.AsyncByteStream) -> None:
            self._inner = inner

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for piece in self._inner:
                size += len(piece)
                if size > MOST_BYTES:
                    raise openai.OpenAIError(f"of more than {MOST_BYTES} bytes")
                yield piece

        async def aclose(self) -> None:
            await self._inner.aclose()

    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise openai.OpenAIError("that is packed, though none was asked for")
    response.stream = Bounded(cast(httpx.AsyncByteStream, response.stream))


def _read(body: bytes) -> Answer:
    """The model's text in the body of an answer. Raises Failure where it is not all there, or none."""
    try:
        whole = json.loads(body)
        choice = whole["choices"][0]
        text, ending = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Failure("unreadable answer", "the server's answer has another form than the protocol's") from error
    if ending == "length":
        raise Failure("cut off", "the model's answer was cut off", spoke=True)
    if isinstance(text, list):
        text = "".join(part["text"] for part in text if isinstance(part, dict) and isinstance(part.get("text"), str))
    if not isinstance(text, str) or not text.strip():
        raise Failure("empty answer", "the model answered nothing", spoke=True)
    if len(text) > MOST_TEXT:
        raise Failure("too long", f"the model answered more than {MOST_TEXT} characters", spoke=True)
    usage = whole.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Answer(text, _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens")))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def _innermost(error: BaseException) -> str:
    """The innermost cause, in a few words."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return shorten(one_line(text), 120) or type(error).__name__
