"""`fourways ideas map`: the methods of a topic against its tasks, with the gaps marked."""

from __future__ import annotations

from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import cell, console, print_json, say, workspace_of

if TYPE_CHECKING:
    from survey.ideas.mapping import IdeaMap

# Gaps that are listed below the table.
_LISTED = 10
# What stands in a cell that no paper is in: in the whole library, in the topic only, and where that tells nothing.
_GAP, _ELSEWHERE, _NONE = "gap", "-", "."


def map_topic(
    context: typer.Context,
    topic: Annotated[str | None, typer.Argument(help="What the papers are about; all papers, if not given.")] = None,
    methods: Annotated[int, typer.Option(min=1, max=60, help="Rows at most.")] = 15,
    tasks: Annotated[int, typer.Option(min=1, max=26, help="Columns at most.")] = 12,
    papers: Annotated[int, typer.Option(min=1, max=20_000, help="Papers on the topic at most.")] = 300,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table to this file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the table into this file, a .svg.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Methods against tasks: how many papers have both, and which pairs nobody has written about."""
    from survey.ideas.mapping import render_csv, topic_map
    from survey.ideas.picture import check_picture, save_picture, save_text

    if picture is not None:
        check_picture(picture)
    found = topic_map(workspace_of(context), topic, papers=papers, methods=methods, tasks=tasks)
    if csv is not None:
        save_text(render_csv(found), csv)
        say(f"the table: {csv}")
    if picture is not None:
        save_picture(found, picture)
        say(f"the picture: {picture}")
    if json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_map(found)


def _print_map(found: IdeaMap) -> None:
    from rich.table import Table

    marks = found.marks()
    table = Table("method", "papers", box=None, padding=(0, 1))
    for letter in ascii_uppercase[: len(found.columns)]:
        table.add_column(letter, justify="right")
    for number, row in enumerate(found.rows):
        cells = []
        for place, count in enumerate(found.counts[number]):
            gap = marks.get((number, place))
            empty = _NONE if gap is None else _GAP if gap.where == "library" else _ELSEWHERE
            cells.append(str(count) if count else empty)
        table.add_row(cell(row.name), str(row.papers), *cells)
    out = console()
    out.print(table)
    for letter, column in zip(ascii_uppercase, found.columns, strict=False):
        out.print(cell(f"{letter}  {column.name} ({column.papers})"))
    typer.echo(
        f"{found.papers} papers. {_GAP}: no paper in the library has both; {_ELSEWHERE}: none on the topic, others do;"
        f" {_NONE}: none, and too few have either"
    )
    names = {axis.key: axis.name for axis in (*found.rows, *found.columns)}
    gaps = [gap for gap in found.gaps if gap.where == "library"]
    if gaps:
        typer.echo("The widest gaps, with the papers that chance would have brought:")
    for gap in gaps[:_LISTED]:
        typer.echo(f"  {gap.expected:5.1f}  {names[gap.method]} + {names[gap.task]}")
    if len(gaps) > _LISTED:
        typer.echo(f"  and {len(gaps) - _LISTED} more; --json lists all")
