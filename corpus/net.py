"""One polite connection to web services: paced, bounded and retried. All retrying is done here and nowhere else."""

from __future__ import annotations

import email.utils
import random
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from corpus.errors import HomeError, ServiceError, one_line, shorten

if TYPE_CHECKING:
    import requests
    from tenacity import RetryCallState

# An answer beyond this many bytes (unpacked) is not what was asked for; 2,000 entries of arXiv are about 6 MB.
MAX_BODY = 64 * 1024 * 1024
# How many seconds one request may be retried before it is given up, all waits together.
PATIENCE = 300.0
# Of a host that has not answered yet: there is probably no network, so tell the user soon.
_FIRST_TRIES = 3
# Seconds to connect, between two pieces of an answer, and for a whole answer.
_CONNECT, _READ, _WHOLE = 10.0, 60.0, 300.0
_LONGEST_WAIT = 120.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Answer:
    """What a service answered: its `status`, `headers` (lower-case names) and the whole unpacked `body`."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


# Looks at an answer with status 200 and gives the reason why it must be asked for again, or None.
Check = Callable[[Answer], str | None]


class _Again(Exception):
    """This request may work later: `why` it failed, and the seconds that the service wants us to wait."""

    def __init__(self, why: str, after: float = 0.0, status: int | None = None) -> None:
        super().__init__(why)
        self.why, self.after, self.status = why, after, status


class Session:
    """Requests one after the other, each waiting for its turn, with growing waits where a service is busy.

    `requests` counts what was sent and `waited` the seconds spent waiting (turns and retries). `patience` is how many
    seconds one request is retried. `sleep` is called for every wait and may raise to stop the work. `tell` hears of
    each wait for a retry. `pace` is a folder that remembers when each host was last asked, so that two processes in a
    row keep the interval too.
    """

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda text: None,
        pace: Path | None = None,
    ) -> None:
        self.requests = 0
        self.waited = 0.0
        self._patience, self._sleep, self._tell, self._pace = patience, sleep, tell, pace
        self._heard: set[str] = set()  # the hosts that have answered
        self._last: dict[str, float] = {}
        self._http: requests.Session | None = None

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        interval: float = 0.0,
        limit: int = MAX_BODY,
        hand_back: Collection[int] = (),
        check: Check | None = None,
    ) -> Answer:
        """Fetch `url`, no sooner than `interval` seconds after the last request to its host.

        Retries time-outs, lost connections, 408, 425, 429, 500, 502, 503, 504 and what `check` objects to, except for a
        status in `hand_back`, which is returned like 200. Raises ServiceError for any other status, for an answer of
        more than `limit` bytes, and when the patience is spent.
        """
        request = {"method": "GET", "url": url, "params": dict(params or {}), "headers": dict(headers or {})}
        return self._send(request, interval, limit, hand_back, check)

    def post(
        self,
        url: str,
        body: Any,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        interval: float = 0.0,
        limit: int = MAX_BODY,
        hand_back: Collection[int] = (),
        check: Check | None = None,
    ) -> Answer:
        """`get`, but with `body` sent as JSON by POST; only for questions, which may be asked twice."""
        request = {
            "method": "POST",
            "url": url,
            "json": body,
            "params": dict(params or {}),
            "headers": dict(headers or {}),
        }
        return self._send(request, interval, limit, hand_back, check)

    def _send(
        self, request: dict[str, Any], interval: float, limit: int, hand_back: Collection[int], check: Check | None
    ) -> Answer:
        from tenacity import Retrying, retry_if_exception_type

        host = _host(request["url"])
        retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            wait=self._wait,
            stop=partial(self._is_spent, host),
            sleep=self._pause,
            before_sleep=self._say_why,
            reraise=True,
        )
        _check_headers(request["headers"])
        try:
            return retrying(self._once, request, host, interval, limit, hand_back, check)
        except _Again as error:
            raise self._given_up(error, host) from error

    def _given_up(self, error: _Again, host: str) -> ServiceError:
        if host not in self._heard:
            return ServiceError(
                f"{host} cannot be reached ({error.why})", "Check the network, and the address", error.status
            )
        wish = f", and asks to come back in {error.after:.0f} s" if error.after else ""
        remedy = "What was fetched is kept; run the same command later to go on"
        return ServiceError(f"{host} does not answer as it should ({error.why}){wish}", remedy, error.status)

    def _once(
        self,
        request: dict[str, Any],
        host: str,
        interval: float,
        limit: int,
        hand_back: Collection[int],
        check: Check | None,
    ) -> Answer:
        import requests
        import urllib3

        self._take_turn(host, interval)
        self.requests += 1
        try:
            answer = self._exchange(request, host, limit)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _Again(_reason(error)) from error
        except requests.exceptions.ContentDecodingError as error:
            raise _Again("the answer cannot be unpacked") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
            raise ServiceError(
                f"{shorten(request['url'])} cannot be asked ({_reason(error)})", "Check the address"
            ) from error
        if answer.status in hand_back:
            return answer
        if answer.status in _AGAIN:
            raise _Again(f"HTTP {answer.status}", _retry_after(answer.headers), answer.status)
        if answer.status != 200:
            raise ServiceError(
                f"{host} answers HTTP {answer.status} to {shorten(answer.url)}",
                "Check the query and the address",
                answer.status,
            )
        if check and (why := check(answer)):
            raise _Again(why, _retry_after(answer.headers))
        return answer

    def _exchange(self, request: dict[str, Any], host: str, limit: int) -> Answer:
        import requests

        if self._http is None:
            self._http = requests.Session()
            self._http.max_redirects = 5
            self._http.headers["User-Agent"] = f"fourways/{version('fourways')}"
        started = time.monotonic()
        # A key in the headers would travel with a redirect to another host, so such a request follows none.
        follows = request["method"] == "GET" and not request["headers"]
        with self._http.request(**request, stream=True, timeout=(_CONNECT, _READ), allow_redirects=follows) as response:
            self._heard.add(host)
            pieces, size = [], 0
            for piece in _pieces(response):
                size += len(piece)
                if size > limit:
                    raise ServiceError(
                        f"{shorten(response.url)} sends more than {limit} bytes", "Ask for less at a time", 413
                    )
                if time.monotonic() - started > _WHOLE:
                    raise requests.Timeout(f"no whole answer in {_WHOLE:.0f} s")
                pieces.append(piece)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.url, response.status_code, headers, b"".join(pieces))

    def _take_turn(self, host: str, interval: float) -> None:
        """Wait until `interval` seconds have passed since the last request to the host, and note the time of this one."""
        mark = self._pace / re.sub(r"[^\w.-]", "_", host) if self._pace and interval else None
        wait = self._last[host] + interval - time.monotonic() if host in self._last else 0.0
        if mark and host not in self._last and mark.exists():
            wait = min(mark.stat().st_mtime + interval - time.time(), interval)
        self._pause(wait)
        self._last[host] = time.monotonic()
        if mark:
            try:
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
            except OSError as error:
                raise HomeError(
                    f"{mark} cannot be written ({error.strerror})",
                    "Free some disk space, or choose another home with --home DIR",
                ) from error

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self.waited += seconds
            self._sleep(seconds)

    def _wait(self, state: RetryCallState) -> float:
        """What the service asks for, else 1, 2, 4 ... seconds and up to half as much again, so that clients part ways."""
        error = state.outcome.exception() if state.outcome else None
        grown = min(2.0 ** (state.attempt_number - 1), _LONGEST_WAIT) * random.uniform(1.0, 1.5)
        return max(grown, error.after) if isinstance(error, _Again) else grown

    def _is_spent(self, host: str, state: RetryCallState) -> bool:
        if host not in self._heard and state.attempt_number >= _FIRST_TRIES:
            return True
        return state.idle_for + state.upcoming_sleep > self._patience

    def _say_why(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self._tell(f"{error}: trying again in {state.upcoming_sleep:.0f} s")


def _host(url: str) -> str:
    """The host and port of an address, without a name and password before them. Raises ServiceError."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError as error:
        raise ServiceError(f"{shorten(url)} is no address", "Check the address") from error


def _check_headers(headers: Mapping[str, str]) -> None:
    """Raise ServiceError for a value that HTTP cannot carry. What `requests` raises would quote it, and it may be a key."""
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise ServiceError(
                f"the value of {name} has characters that no header can carry", "Check the keys in the environment"
            )


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The unpacked body as it comes in: `iter_content` would wait for a whole piece, however slowly its bytes drip."""
    import requests
    import urllib3

    try:
        while piece := response.raw.read1(65_536, decode_content=True):
            yield piece
    except urllib3.exceptions.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's own, where nobody has to be spared."""
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:  # no address at all, as asking it will tell
        return False


def _retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that `Retry-After` asks for, given as seconds or as a date (RFC 9110, section 10.2.3); 0 if it doesn't."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    try:
        due = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (due.replace(tzinfo=due.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _reason(error: Exception) -> str:
    """The innermost cause, in a few words: what `requests` wraps says where it happened, not what."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return shorten(one_line(re.sub(r"<[^>]*>:?\s*", "", text)), 120) or type(inner).__name__
