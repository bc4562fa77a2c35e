"""Serving the app with Streamlit, on this machine only."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import typer

from corpus.errors import ServeError
from corpus.home import VARIABLE, Home

ADDRESS = "127.0.0.1"


def check_port(port: int) -> None:
    """Raises ServeError where the port cannot be served at."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise ServeError(
                f"the port {port} cannot be used ({error.strerror})",
                "Choose another with --port N, or stop what runs there",
            ) from error


def app_file() -> Path:
    """The app's entry: beside the packages in a checkout, inside them in an installed wheel. Raises ServeError."""
    package = Path(__file__).resolve().parent
    for candidate in (package.parent / "app.py", package / "app.py"):
        if candidate.is_file() and (candidate.parent / "views").is_dir() | (candidate.parent / "survey").is_dir():
            return candidate
    raise ServeError("the app's file app.py is missing", "Install Fourways anew")


def serve(home: Home, port: int, *, chroma: str | None = None, browser: bool = True) -> None:
    """Replace this process by the app's server. Never returns."""
    environment = os.environ | {VARIABLE: str(home.root)} | ({"FOURWAYS_CHROMA": chroma} if chroma else {})
    command = [
        # -P: a file such as click.py in the current folder must not take a library's place.
        *(sys.executable, "-P", "-m", "streamlit", "run", str(app_file())),
        *("--server.address", ADDRESS, "--server.port", str(port)),
        *("--server.headless", "false" if browser else "true"),
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "minimal", "--server.fileWatcherType", "none"),
    ]
    typer.echo(f"Fourways is at http://{ADDRESS}:{port} (Ctrl-C stops it)")
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606
