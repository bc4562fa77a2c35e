"""Serving the app with Streamlit: on this machine only, unless another address is asked for."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from corpus.errors import ServeError, shorten
from corpus.home import VARIABLE, Home
from survey.importing import MOST_MB

ADDRESS = "127.0.0.1"


def check_port(port: int, address: str = ADDRESS) -> None:
    """Raises ServeError where the address is none of this machine's, or the port cannot be served at."""
    try:
        family = ipaddress.ip_address(address).version
    except ValueError as error:
        raise ServeError(
            f"{shorten(address)!r} is no IP address", f"Use {ADDRESS} for this machine only, 0.0.0.0 for all networks"
        ) from error
    with socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise ServeError(
                f"the port {port} of {address} cannot be used ({error.strerror})",
                "Choose another with --port N, or stop what runs there",
            ) from error


def is_open(address: str) -> bool:
    """Whether others than this machine can reach what is served at the address."""
    return not ipaddress.ip_address(address).is_loopback


def app_file() -> Path:
    """The app's entry: beside the packages in a checkout, inside them in an installed wheel. Raises ServeError."""
    package = Path(__file__).resolve().parent
    for candidate in (package.parent / "app.py", package / "app.py"):
        if candidate.is_file() and (candidate.parent / "views").is_dir() | (candidate.parent / "survey").is_dir():
            return candidate
    raise ServeError("the app's file app.py is missing", "Install Fourways anew")


def allowed_hosts(address: str, names: Sequence[str] = ()) -> list[str]:
    """Under which names browsers may ask for the app; empty: under any, where others are let in and no name is given.

    A page elsewhere could have its own name lead to this machine, and so read the library (DNS rebinding); it asks under that
    name. `names` are those that a proxy serves the app under, as `papers.example.org`.
    """
    if is_open(address) and not names:
        return []
    return list(dict.fromkeys(["localhost", ADDRESS, address, *names]))


def serve(
    home: Home,
    port: int,
    *,
    address: str = ADDRESS,
    hosts: Sequence[str] = (),
    chroma: str | None = None,
    browser: bool = True,
) -> None:
    """Replace this process by the app's server, which answers browsers that ask for it under `allowed_hosts`. Never returns."""
    environment = os.environ | {VARIABLE: str(home.root)} | ({"FOURWAYS_CHROMA": chroma} if chroma else {})
    command = [
        # -P: a file such as click.py in the current folder must not take a library's place.
        *(sys.executable, "-P", "-m", "streamlit", "run", str(app_file())),
        *("--server.address", address, "--server.port", str(port)),
        *("--server.headless", "false" if browser else "true"),
        # Said here too, so that nobody's own configuration of Streamlit opens what must stay shut.
        *("--server.enableXsrfProtection", "true", "--server.enableCORS", "true"),
        *("--server.maxUploadSize", str(MOST_MB), "--server.enableStaticServing", "false"),
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "minimal", "--server.fileWatcherType", "none"),
    ]
    for name in allowed_hosts(address, hosts):
        command += ["--server.allowedHosts", name]
    host = f"[{address}]" if ":" in address else address
    typer.echo(f"Fourways is at http://{host}:{port} (Ctrl-C stops it)")
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606
