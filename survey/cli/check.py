"""Checking a draft against the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import print_json, say, workspace_of

if TYPE_CHECKING:
    from survey.checking import CheckReport

# Findings of one kind, and sentences of somebody's own, that are printed; --json has all.
_SHOWN = 20


def add_to(app: typer.Typer) -> None:
    app.command("check", epilog="Example: fourways check peft/survey.md")(check)


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="outline.json, or the draft in .md, .tex, .docx or .html.")],
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Check every citation and quote of a draft against the library, also after you edited it."""
    from survey.checking import check_draft

    report = check_draft(workspace_of(context).library, file)
    if json:
        print_json(report.to_contract())
    else:
        _print(report)
    if not report.holds:
        raise typer.Exit(1)


def _print(report: CheckReport) -> None:
    from survey.checking.report import FINDINGS

    typer.echo(f"{report.sentences} sentences, {report.quotes} quotes, {report.papers} papers")
    for kind, told in FINDINGS.items():
        found = [one for one in report.findings if one.kind == kind]
        if not found:
            continue
        typer.echo(f"{len(found)} {told}:")
        for one in found[:_SHOWN]:
            typer.echo(f"  {one.where}: {one.text} ({one.why})")
        if len(found) > _SHOWN:
            typer.echo(f"  and {len(found) - _SHOWN} more; --json lists all")
    if report.own:
        typer.echo(
            f"{len(report.own)} sentences are not ours; what they cite is there, what they say is yours to check:"
        )
        for text in report.own[:_SHOWN]:
            typer.echo(f"  {text}")
    if report.holds:
        typer.echo(
            "Every key resolves, every quote stands in its paper, every count is right, and every sentence cites."
        )
    else:
        say(f"error: {len(report.findings)} things do not hold. Mend them, or draft anew with `fourways survey`.")
