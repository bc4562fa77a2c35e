"""Where the app is served, and who may ask for it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import ServeError
from corpus.home import Home
from survey.serving import allowed_hosts, check_port, is_open, serve


@pytest.mark.parametrize("address", ["nowhere", "localhost", "127.0.0.1; rm -rf", "", "256.0.0.1", "192.0.2.1"])
def test_an_address_that_is_none_of_this_machine_s_is_told(address: str) -> None:
    with pytest.raises(ServeError):
        check_port(8600, address)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServeError, match="cannot be used"):
            check_port(taken.getsockname()[1])


def test_only_this_machine_s_own_addresses_are_closed() -> None:
    assert not is_open("127.0.0.1") and not is_open("::1")
    assert is_open("0.0.0.0") and is_open("192.168.1.5") and is_open("::")


def test_a_browser_asks_under_a_name_that_is_allowed() -> None:
    assert allowed_hosts("127.0.0.1") == ["localhost", "127.0.0.1"]
    assert allowed_hosts("127.0.0.1", ["papers.example.org"])[-1] == "papers.example.org"
    assert allowed_hosts("0.0.0.0") == []
    assert "papers.example.org" in allowed_hosts("0.0.0.0", ["papers.example.org"])


def test_what_protects_the_app_is_said_to_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda *given: told.extend(given))
    serve(Home(tmp_path), 8600, browser=False)
    command, environment = told[1], told[2]
    for option, value in (
        ("--server.address", "127.0.0.1"),
        ("--server.enableXsrfProtection", "true"),
        ("--server.enableCORS", "true"),
        ("--server.maxUploadSize", "200"),
        ("--browser.gatherUsageStats", "false"),
        ("--server.allowedHosts", "localhost"),
    ):
        assert command[command.index(option) + 1] == value
    assert environment["FOURWAYS_HOME"] == str(tmp_path)
