"""How things stand: status and doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from survey.cli.console import console, print_json, workspace_of


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: fourways status")(status)
    app.command(epilog="Example: fourways doctor")(doctor)


def status(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False
) -> None:
    """What is in the library."""
    from survey.health import status_of

    figures = status_of(workspace_of(context))
    if json:
        print_json(figures)
        return
    from rich.table import Table

    table = Table(box=None, show_header=False)
    for name, value in figures.items():
        shown = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name.replace("_", " "), shown)
    console().print(table)


def doctor(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False
) -> None:
    """What is missing on this machine, and how to mend it. Exit 1 where something that is needed is."""
    from survey.health import check_machine

    checks = []
    for check in check_machine(workspace_of(context)):
        checks.append(check)
        if not json:
            mark = "ok  " if check.ok else ("MISSING" if check.needed else "note")
            remedy = "" if check.ok or not check.remedy else f" {check.remedy}."
            typer.echo(f"{mark:8}{check.name}: {check.found}.{remedy}")
    if json:
        print_json([check.to_json() | {"ok": check.ok} for check in checks])
    if any(check.needed and not check.ok for check in checks):
        raise typer.Exit(1)
