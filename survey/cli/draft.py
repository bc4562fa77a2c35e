"""Drafting a survey."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import ProgressBar, print_json, say, warn_of_waiting, workspace_of

if TYPE_CHECKING:
    from corpus.report import Progress
    from corpus.workspace import Workspace
    from survey.draft import Draft
    from survey.llm import Report, Settings

_FORMATS = "One or more of md, tex, docx, html, bib, ris, csl, json, parted by commas."


def add_to(app: typer.Typer) -> None:
    app.command("survey", epilog="Example: fourways survey 'parameter-efficient fine-tuning' --out peft")(draft)


def draft(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="What the survey is about.")],
    papers: Annotated[Path | None, typer.Option(help="A file of ids, one a line: exactly these papers.")] = None,
    max_papers: Annotated[int, typer.Option(help="How many papers at most.")] = 150,
    pin: Annotated[
        list[str] | None, typer.Option(help="A paper that must be in it, by id or title; repeatable.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="A paper that must not be in it; repeatable.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write to (else runs/ in the home).")] = None,
    formats: Annotated[str, typer.Option("--format", help=_FORMATS)] = "md,json",
    llm: Annotated[
        str | None, typer.Option(help="Address of an OpenAI-compatible server that may word headings and quotes anew.")
    ] = None,
    llm_model: Annotated[str | None, typer.Option(help="The model to ask there.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the outline as JSON too.")] = False,
) -> None:
    """Draft a survey: an outline whose every reference is a paper of the library, with quoted sentences."""
    from survey.compose import compose, load_ids
    from survey.drafts import free_folder
    from survey.export import check_formats, save_draft
    from survey.export.saving import check_folder

    wanted = check_formats(formats)
    if out:
        check_folder(out)
    workspace = workspace_of(context)
    settings = _settings(workspace, llm, llm_model)
    ids = load_ids(papers) if papers else None
    with ProgressBar() as bar:
        made = compose(
            workspace, topic, ids=ids, max_papers=max_papers, pins=pin or (), exclude=exclude or (), progress=bar
        )
        report = None
        if settings:
            made, report = _reword(workspace, made, settings, bar)
    warn_of_waiting(workspace)
    folder = out or free_folder(workspace.home, topic)
    # In the home it is one of the app's drafts too, which reads outline.json.
    files = save_draft(made, folder, wanted if out else [*wanted, "json"])[: len(wanted)]
    if out is None:
        _keep(workspace, folder, made, max_papers, pin or (), exclude or ())
    if report:
        say(_told(report))
    if json:
        print_json(made.to_contract() | ({"llm": report.to_contract()} if report else {}))
        return
    counts = {"paper": made.references, "section": made.outline.sections, "sentence": made.sentences}
    told = [f"{len(some)} {name}{'s' * (len(some) != 1)}" for name, some in counts.items()]
    fewer = ids is None and len(made.references) < max_papers
    told[0] += f" (of {max_papers} asked for: no more are about the topic)" if fewer else ""
    typer.echo(f"{told[0]} in {told[1]}, {told[2]}")
    for file in files:
        typer.echo(str(file))


def _keep(
    workspace: Workspace, folder: Path, made: Draft, most: int, pins: Sequence[str], exclude: Sequence[str]
) -> None:
    from survey.compose import find_papers
    from survey.drafts import keep_survey, survey_of

    pinned, left_out = find_papers(workspace.library, pins), find_papers(workspace.library, exclude)
    keep_survey(folder, survey_of(made, most=most, pins=pinned, left_out=left_out))


def _settings(workspace: Workspace, url: str | None, model: str | None) -> Settings | None:
    """The language model to ask, checked before anybody waits for a draft; None without --llm."""
    from corpus.errors import InputError

    if url is None:
        if model is not None:
            raise InputError("--llm-model names a model, but no server", "Give its address too: --llm URL")
        return None
    from survey.llm import load_settings

    return load_settings(url, model or "", home=workspace.home)


def _reword(workspace: Workspace, made: Draft, settings: Settings, progress: Progress) -> tuple[Draft, Report]:
    from survey.llm import rewrite

    return rewrite(made, [workspace.library.paper(one.id) for one in made.references], settings, progress)


def _told(report: Report) -> str:
    from survey.llm import render_report

    return render_report(report)
