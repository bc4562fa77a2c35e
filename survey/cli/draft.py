"""Drafting a survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from survey.cli.console import ProgressBar, print_json, warn_of_waiting, workspace_of


def add_to(app: typer.Typer) -> None:
    app.command("survey", epilog="Example: fourways survey 'parameter-efficient fine-tuning' --out peft")(draft)


def draft(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="What the survey is about.")],
    papers: Annotated[Path | None, typer.Option(help="A file of ids, one a line: exactly these papers.")] = None,
    max_papers: Annotated[int, typer.Option(help="How many papers at most.")] = 150,
    out: Annotated[Path | None, typer.Option(help="The folder to write to (else runs/ in the home).")] = None,
    formats: Annotated[str, typer.Option("--format", help="One or more of md,json, parted by commas.")] = "md,json",
    json: Annotated[bool, typer.Option("--json", help="Print the outline as JSON too.")] = False,
) -> None:
    """Draft a survey: an outline whose every reference is a paper of the library, with quoted sentences."""
    from survey.compose import compose, load_ids, run_folder
    from survey.export import check_formats, save_draft

    wanted = check_formats(formats)
    workspace = workspace_of(context)
    ids = load_ids(papers) if papers else None
    with ProgressBar() as bar:
        made = compose(workspace, topic, ids=ids, max_papers=max_papers, progress=bar)
    warn_of_waiting(workspace)
    folder = out or run_folder(workspace.home, topic)
    files = save_draft(made, folder, wanted)
    if json:
        print_json(made.to_contract())
        return
    typer.echo(
        f"{len(made.references)} papers in {len(made.outline.sections)} sections, {len(made.sentences)} sentences"
    )
    for file in files:
        typer.echo(str(file))
