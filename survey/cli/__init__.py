"""The command line: parse, call, print. One file a group of commands; each imports what it calls only when it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from survey.cli import check, concepts, draft, find, graph, harvest, health, ideas, papers, places, probe, serve, tune
from survey.cli.console import Options, fail

_EPILOG = "Example: fourways start. Then: fourways search 'adapters for video action recognition'"

_INTERRUPTED = 130

app = typer.Typer(
    name="fourways",
    help="A research-idea knowledge base and survey generator that works offline.",
    epilog=_EPILOG,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="The library's folder (else $FOURWAYS_HOME, else your data folder).")
    ] = None,
    chroma: Annotated[
        str | None, typer.Option(help="Address of a Chroma server, instead of the home's own index.")
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    context.obj = Options(home=home, chroma=chroma or os.environ.get("FOURWAYS_CHROMA"))
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"fourways {installed('fourways')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


serve.add_to(app)
papers.add_to(app)
places.add_to(app)
harvest.add_to(app)
find.add_to(app)
graph.add_to(app)
concepts.add_to(app)
ideas.add_to(app)
draft.add_to(app)
check.add_to(app)
tune.add_to(app)
probe.add_to(app)
health.add_to(app)


def main() -> None:
    """Run the command line and exit: 0 done, 1 a known failure, 2 wrong usage, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; returns its exit status. A known failure is one line on standard error."""
    from corpus.errors import FourwaysError, one_line

    try:
        result = app(arguments, prog_name="fourways", standalone_mode=False)
        if result == _INTERRUPTED:  # what typer makes of Ctrl-C
            raise KeyboardInterrupt
    except FourwaysError as error:
        return fail(str(error), 1)
    except typer.TyperException as error:
        remedy = "See `fourways --help`, or --help after a command."
        return fail(f"{one_line(error.format_message())}. {remedy}", error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return fail("interrupted. What was done is kept; run the same command again to go on.", _INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): not a failure. Python would complain on flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
