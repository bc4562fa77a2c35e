"""Where a paper stands: place."""

from __future__ import annotations

from typing import Annotated

import typer

from survey.cli.console import print_json, workspace_of


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: fourways place arxiv:2106.09685 low-rank-adaptation")(place)


def place(
    context: typer.Context,
    paper_id: Annotated[str, typer.Argument(metavar="ID", help="Any id of the paper.")],
    direction: Annotated[
        str, typer.Argument(metavar="DIRECTION", help="The direction's key, English or Chinese name.")
    ],
    stands_not: Annotated[bool, typer.Option("--not", help="The paper does not stand there.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said of the two.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the paper's places as JSON.")] = False,
) -> None:
    """Say where a paper stands. It holds at once, and `fourways index` learns from it."""
    if stands_not and undo:
        raise typer.BadParameter("give one of --not and --undo")
    from survey.places.correcting import correct_place
    from survey.places.telling import told

    places = correct_place(workspace_of(context), paper_id, direction, None if undo else not stands_not)
    if json:
        print_json([one.to_json() for one in places])
    else:
        typer.echo("\n".join(map(told, places)) or "It stands nowhere now.")
