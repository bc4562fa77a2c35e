"""Fitting how questions are read to the library: tune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import ProgressBar, console, fail, print_json, say, workspace_of

if TYPE_CHECKING:
    from corpus.tuning import TuneReport, Version
    from corpus.workspace import Workspace


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: fourways tune --minutes 10. Then: fourways tune --list")(tune)


def tune(
    context: typer.Context,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, max=600, help="How long to train; else 15, or 1 on a GPU of CUDA.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Train so many steps instead: the same seed then gives the same weights.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="What is held out and drawn.")] = 0,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; else the fastest there is.")] = None,
    use: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Use a version of --list, without training.")
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take it back: questions are read by the bundled model.")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="List the versions that there are.")] = False,
    index: Annotated[
        bool, typer.Option("--index/--no-index", help="Bring what hangs on the model up to date, as `index` does.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Fit how questions are read to your library; kept only where pairs that were held out are found better.

    It learns from who cites whom and from titles and abstracts. The vectors of the papers stay as they are.
    """
    workspace = workspace_of(context)
    if sum((use is not None, undo, show)) > 1:
        raise typer.BadParameter("give one of --use, --undo and --list")
    if show:
        _list(workspace, json)
    elif undo or use:
        _switch(workspace, use, json)
        _bring_up_to_date(workspace, index)
    elif _tune(workspace, minutes, steps, seed, device, json):
        _bring_up_to_date(workspace, index)


def _tune(
    workspace: Workspace, minutes: float | None, steps: int | None, seed: int, device: str | None, json: bool
) -> bool:
    """Whether what came out was kept."""
    from corpus import tuning

    plan = tuning.Plan(minutes=minutes, steps=steps, seed=seed)
    try:
        with ProgressBar() as bar:
            report = tuning.tune(workspace, plan, device=device, progress=bar)
    except KeyboardInterrupt:
        # Not through typer, whose Ctrl-C ends in "What was done is kept".
        raise SystemExit(fail("interrupted. Nothing was kept; the model in use is the one it was.", 130)) from None
    if json:
        print_json(report.model_dump(mode="json"))
    else:
        _print_report(report)
    return report.kept


def _bring_up_to_date(workspace: Workspace, index: bool) -> None:
    """What is made for searching is of one model. The vectors of the papers stay; only what is new is embedded."""
    from survey.indexing import index_library

    if not index:
        say("Next: fourways index")
        return
    with ProgressBar() as bar:
        index_library(workspace, progress=bar)


def _print_report(report: TuneReport) -> None:
    from rich.table import Table

    version = report.version
    table = Table(box=None)
    for heading in ("held-out pairs", "before", "after"):
        table.add_column(heading, justify="left" if heading == "held-out pairs" else "right")
    for name, field in (("ndcg@10", "ndcg"), ("recall@10", "recall"), ("1 / rank of the first", "mrr")):
        table.add_row(name, *(f"{getattr(scores, field):.3f}" for scores in (version.before, version.after)))
    console().print(table)
    typer.echo(
        f"{version.queries} questions among {version.papers} papers; {version.steps} steps of {version.batch} examples"
        f" in {version.seconds / 60:.1f} minutes on {version.device}"
    )
    if report.kept:
        typer.echo(f"kept, and in use: {version.name}")
        say("To take it back: fourways tune --undo")
    else:
        typer.echo("not kept: the held-out pairs are not found better by more than chance")
        say("The model in use is the one it was. More papers or citations, or more --minutes, may help")


def _switch(workspace: Workspace, use: str | None, json: bool) -> None:
    from corpus.tuning import use_version

    model = use_version(workspace, use)
    if json:
        print_json({"model": model})
    else:
        typer.echo(f"in use: {model}")


def _list(workspace: Workspace, json: bool) -> None:
    from corpus.tuning import list_versions

    used = workspace.index.model()
    versions = list_versions(workspace.home)
    if json:
        print_json([one.model_dump(mode="json") | {"in_use": one.name == used} for one in versions])
    elif not versions:
        typer.echo("no versions yet")
        say("Fit one: fourways tune")
    else:
        _print_versions(versions, used)


def _print_versions(versions: list[Version], used: str | None) -> None:
    from rich.table import Table

    table = Table(box=None)
    for heading in ("version", "made", "papers", "steps", "ndcg@10 before", "after", "recall@10 before", "after", ""):
        table.add_column(heading)
    for one in versions:
        figures = [one.before.ndcg, one.after.ndcg, one.before.recall, one.after.recall]
        shown = [f"{figure:.3f}" for figure in figures]
        table.add_row(one.label, one.made[:16], str(one.papers), str(one.steps), *shown, "in use" * (one.name == used))
    console().print(table)
