"""Which model is asked, and where a key may go."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from corpus.errors import InputError
from corpus.home import Home
from survey.llm import Settings, load_key, load_settings

SECRET = "sk-that-nobody-may-read"
KEY = {"FOURWAYS_LLM_KEY": SECRET}


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://localhost:11434/v1", "http://localhost:11434/v1"),
        ("http://localhost:11434/v1/", "http://localhost:11434/v1"),
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("  https://Models.Example.org/openai/v1 ", "https://models.example.org/openai/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
    ],
)
def test_addresses(given: str, used: str) -> None:
    assert load_settings(given, "toy", environment={}).url == used


@pytest.mark.parametrize(
    "given",
    [
        "",
        "localhost:11434",
        "ftp://localhost/v1",
        "http://",
        "http://localhost:99999/v1",
        "http://localhost:x/v1",
        "http://[::1",
        "http://local host/v1",
        "http://localhost/v1\nHost: other",
        "http://bücher.example/v1",
        "http://localhost/v1?key=a",
        "http://localhost/v1#a",
    ],
)
def test_addresses_that_cannot_be_used(given: str) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        load_settings(given, "toy", environment={})


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        load_settings(f"https://me:{SECRET}@models.example.org/v1", "toy", environment={})
    assert SECRET not in str(caught.value)
    assert "FOURWAYS_LLM_KEY" in str(caught.value)


@pytest.mark.parametrize("model", ["", "  "])
def test_a_model_must_be_named(model: str) -> None:
    with pytest.raises(InputError, match="--llm-model"):
        load_settings("http://localhost/v1", model, environment={})


def test_no_requests_at_once() -> None:
    with pytest.raises(InputError, match="1 or more"):
        load_settings("http://localhost/v1", "toy", parallel=0, environment={})


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.llm.settings.find_spec", lambda name: None)
    assert importlib.util.find_spec("json")
    with pytest.raises(InputError, match=r"pip install 'fourways\[llm\]'"):
        load_settings("http://localhost/v1", "toy", environment={})


def test_answers_are_kept_in_the_home(tmp_path: Path) -> None:
    settings = load_settings("http://localhost/v1", "toy", home=Home(tmp_path), environment={})
    assert settings.answers == tmp_path / "runs" / "llm"


# ---- keys ------------------------------------------------------------------------------------------------------------


def key_for(url: str, environment: dict[str, str]) -> str | None:
    found = load_key(load_settings(url, "toy", environment=environment), environment)
    return found.get_secret_value() if found else None


def test_a_key_goes_to_the_server_that_was_named() -> None:
    assert key_for("https://models.example.org", KEY) == SECRET
    assert key_for("http://127.0.0.1:8080", KEY) == SECRET
    assert key_for("http://127.0.0.1:8080", {}) is None


def test_openais_key_goes_to_openai_only() -> None:
    environment = {"OPENAI_API_KEY": SECRET}
    assert key_for("https://api.openai.com/v1", environment) == SECRET
    assert key_for("https://api.openai.com/v1", environment | {"FOURWAYS_LLM_KEY": "mine"}) == "mine"
    assert key_for("https://models.example.org", environment) is None
    assert key_for("https://api.openai.com.example.org/v1", environment) is None
    assert key_for("http://localhost:11434", environment) is None


@pytest.mark.parametrize(
    "url", ["http://models.example.org", "http://192.0.2.1:8000/v1", "http://localhost.example.org"]
)
def test_no_key_goes_unencrypted_over_the_network(url: str) -> None:
    with pytest.raises(InputError, match="unencrypted") as caught:
        load_settings(url, "toy", environment=KEY)
    assert SECRET not in str(caught.value)
    assert load_settings(url, "toy", environment={}).url.startswith("http://")  # without a key there is nothing to lose
    assert key_for(url, KEY | {"FOURWAYS_LLM_PLAIN_HTTP": "1"}) == SECRET
    with pytest.raises(InputError):
        key_for(url, KEY | {"FOURWAYS_LLM_PLAIN_HTTP": "0"})


@pytest.mark.parametrize("key", [f"{SECRET}\nHost: other", f"{SECRET} b", f"{SECRET}é", f"{SECRET}\x00"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(InputError, match="characters") as caught:
        load_settings("http://localhost/v1", "toy", environment={"FOURWAYS_LLM_KEY": key})
    assert SECRET not in str(caught.value)


def test_white_space_around_a_key_is_a_slip() -> None:
    assert key_for("http://localhost/v1", {"FOURWAYS_LLM_KEY": f" {SECRET}\n"}) == SECRET


def test_settings_and_keys_tell_no_key() -> None:
    settings = load_settings("http://localhost/v1", "toy", environment=KEY)
    assert SECRET not in repr(settings)
    assert SECRET not in repr(load_key(settings, KEY))
    assert isinstance(settings, Settings)
