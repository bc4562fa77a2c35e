"""Probes: the methods that can be tried, and the commands that try them."""

from __future__ import annotations

from typing import Annotated

import typer

from survey.cli.console import console, print_json
from survey.cli.probe_run import run_methods
from survey.cli.probe_show import list_tasks, report


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Methods of papers in code, small enough to read, and a bench to try them on in minutes.",
        rich_markup_mode=None,
        epilog="Example: fourways probe run lora houlsby --task text --budget 60",
    )
    for name, example, command in (
        ("list", "list --kind adapter", list_methods),
        ("tasks", "tasks", list_tasks),
        ("run", "run lora houlsby vpt-deep --task image --budget 60", run_methods),
        ("report", "report --task image", report),
    ):
        group.command(name, epilog=f"Example: fourways probe {example}")(command)
    app.add_typer(group, name="probe")


def list_methods(
    kind: Annotated[str | None, typer.Option(help="Only of this kind: adapter, block, attention, loss ...")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Every method: its paper, how many parameters it trains, and the kinds of tasks it is for."""
    from corpus.errors import InputError, shorten
    from survey.bench.counts import build_counts
    from survey.probes.registry import KINDS, load_methods

    if kind is not None and kind not in KINDS:
        raise InputError(f"{shorten(kind)!r} is no kind of method", f"Take one of {', '.join(KINDS)}")
    methods = [method for method in load_methods().values() if kind in (None, method.kind)]
    counts = build_counts()
    if json:
        print_json(
            [
                {
                    "name": method.name,
                    "kind": method.kind,
                    "title": method.title,
                    "paper": method.paper,
                    "section": method.section,
                    "parameter_formula": method.formula,
                    "example": {"on": counts[method.name][0], "parameters": counts[method.name][1]},
                    "tasks": list(method.tasks),
                }
                for method in methods
            ]
        )
        return
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "kind", "paper", "parameters", "for example", "tasks", box=None)
    for method in methods:
        where, number = counts[method.name]
        example = where if number is None else f"{number:,}: {where}"
        cells = (method.name, method.kind, method.paper, method.formula, example, ", ".join(method.tasks))
        table.add_row(*(Text(cell) for cell in cells))
    console().print(table)
