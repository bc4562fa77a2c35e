"""Which language model is asked, within what bounds, and with which key.

The key comes from the environment and is read when it is needed: it is no part of the settings, so that nothing that prints,
hashes or keeps them can tell it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from corpus.errors import InputError, shorten
from corpus.home import Home
from corpus.net import is_loopback

KEY, OPENAI_KEY, PLAIN_HTTP = "FOURWAYS_LLM_KEY", "OPENAI_API_KEY", "FOURWAYS_LLM_PLAIN_HTTP"
_OPENAI = "api.openai.com"


@dataclass(frozen=True)
class Settings:
    """One model of one server, and how long it is waited for.

    `url` is the base address, as in http://localhost:11434/v1; `answers` the folder where answers are kept, None to keep none;
    `parallel` how many requests run at once. Seconds: `answer_seconds` until a server sends its next bytes, `request_seconds` for
    one request with its `retries`, `total_seconds` for all. `plain_http`: a key may go unencrypted to another machine.
    """

    url: str
    model: str
    answers: Path | None = None
    parallel: int = 1
    answer_seconds: float = 180.0
    request_seconds: float = 300.0
    total_seconds: float = 1_800.0
    retries: int = 3
    plain_http: bool = False

    @property
    def host(self) -> str:
        """Host and port, as messages name the server."""
        return urlsplit(self.url).netloc


def load_settings(
    url: str,
    model: str,
    *,
    home: Home | None = None,
    parallel: int = 1,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings for `model` at `url`, checked before anybody waits for a draft; answers are kept in `home`.

    `/v1` is added to an address without a path. Raises InputError for an address that cannot be used, a missing model or package,
    and a key that must not or cannot be sent.
    """
    if not model.strip():
        raise InputError("no language model is named", "Name one of the server's with --llm-model NAME")
    if parallel < 1:
        raise InputError(f"{parallel} requests at once cannot be", "Ask for 1 or more")
    if find_spec("openai") is None:
        raise InputError("the package that asks language models is missing", "Install it: pip install 'fourways[llm]'")
    settings = Settings(
        url=_address(url),
        model=model.strip(),
        answers=home.runs / "llm" if home else None,
        parallel=parallel,
        plain_http=environment.get(PLAIN_HTTP, "") not in ("", "0"),
    )
    load_key(settings, environment)
    return settings


def load_key(settings: Settings, environment: Mapping[str, str] = os.environ) -> SecretStr | None:
    """The key for this server: $FOURWAYS_LLM_KEY, else $OPENAI_API_KEY where the server is OpenAI's, else None.

    Raises InputError, without the key, where it would go unencrypted over the network, or no header can carry it.
    """
    name = KEY
    if not environment.get(KEY) and settings.host == _OPENAI:
        name = OPENAI_KEY
    key = environment.get(name, "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InputError(f"${name} holds characters that no key has", "Copy the key again, without line breaks")
    if settings.url.startswith("http://") and not is_loopback(settings.url) and not settings.plain_http:
        raise InputError(
            f"the key in ${name} would go unencrypted to {settings.host}",
            f"Use an https address, unset ${name}, or allow it with {PLAIN_HTTP}=1",
        )
    return SecretStr(key)


def _address(url: str) -> str:
    """The base address without a slash at its end. A name and password in it are refused, and not repeated."""
    remedy = "Give its base address, for example http://localhost:11434/v1"
    try:
        parts = urlsplit(url.strip())
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        named, parts = None, urlsplit("")
    if not url.strip().isascii() or not url.strip().isprintable() or " " in url.strip():
        raise InputError("the address of the language model holds characters that no address has", remedy)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            "the address of the language model holds more than a host and a path",
            f"Leave it out; a key goes into ${KEY}",
        )
    if parts.scheme not in ("http", "https") or not named:
        raise InputError(f"{shorten(url)!r} is no address of a language model", remedy)
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/") or "/v1", "", ""))
