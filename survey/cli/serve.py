"""The first run, and every later one: make the library, load the starter catalogue, index it, serve the app."""

from __future__ import annotations

from typing import Annotated

import typer

from survey.cli.console import ProgressBar, load_model, say, workspace_of


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: fourways start --port 8600 --no-browser")(start)


def start(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port to serve the app at.")] = 8501,
    address: Annotated[
        str,
        typer.Option(help="The address to serve at; any but this machine's own lets others in, without a password."),
    ] = "127.0.0.1",
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name under which a proxy serves the app; may be repeated."),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Make the library ready (the starter catalogue, on the first run) and serve the app."""
    from corpus.starter import load_starter, wants_starter
    from survey.indexing import index_library
    from survey.serving import check_port, is_open, serve

    check_port(port, address)
    if is_open(address):
        say(f"Whoever can reach {address} can read and change this library: the README says how to ask for a password")
    workspace = workspace_of(context)
    report = load_starter(workspace.library) if wants_starter(workspace.library) else None
    if report and report.new:
        say(f"{report.new} papers of the starter catalogue added to {workspace.home.root}")
    load_model(workspace)
    with ProgressBar() as bar:
        index_library(workspace, progress=bar)
    serve(workspace.home, port, address=address, hosts=host or (), chroma=context.obj.chroma, browser=not no_browser)
