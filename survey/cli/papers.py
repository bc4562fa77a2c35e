"""Putting papers in, and looking at one: import, index, show, note, tag."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import DAYS, ProgressBar, fail, load_model, print_counts, print_json, say, workspace_of

if TYPE_CHECKING:
    from corpus.filing import Bytes
    from corpus.report import Report


def add_to(app: typer.Typer) -> None:
    app.command("import", epilog="Example: fourways import papers.jsonl.gz --citations citations.tsv.gz")(import_papers)
    app.command(epilog="Example: fourways index")(index)
    app.command(epilog="Example: fourways show arxiv:2106.09685")(show)
    app.command(epilog="Example: fourways note arxiv:2106.09685 'The update can be merged into the weight.'")(note)
    app.command(epilog="Example: fourways tag arxiv:2106.09685 to-read baseline")(tag)


def import_papers(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Papers: .bib .ris .csv .tsv .json .jsonl .xml .pdf; reading notes: .md .txt; each also as .gz."
        ),
    ],
    citations: Annotated[Path | None, typer.Option(help="A file of `citing<TAB>cited` lines, also as .gz.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="The format, where the name does not tell it.")] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="Only papers of this arXiv category; may be repeated.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Only papers published on this day or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Only papers published on this day or earlier.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Add papers, reading notes and citations to the library. The same file twice adds nothing."""
    from corpus.errors import FourwaysError
    from corpus.filing import Only, import_citations, import_file
    from corpus.report import Report
    from survey.places.cues import directions_named

    library = workspace_of(context).library
    report = Report()
    only = Only(tuple(category or ()), since and since.date(), until and until.date())
    with ProgressBar() as bar:
        failed: list[FourwaysError] = []
        for file in files:
            try:
                report += import_file(
                    library, file, form=form, only=only, directions=directions_named, progress=_bytes_of(file, bar)
                )
            except FourwaysError as error:  # the other files are read all the same
                failed.append(error)
        if citations:
            report += import_citations(library, citations, progress=_bytes_of(citations, bar))
    if not failed or report != Report():
        if json:
            print_json(report.model_dump(mode="json"))
        else:
            _print_report(report)
    if failed:
        raise typer.Exit(max(fail(str(error)) for error in failed))


def _bytes_of(file: Path, bar: ProgressBar) -> Bytes:
    done = 0
    total = file.stat().st_size if file.is_file() else 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        bar(f"Reading {file.name} (bytes)", done, total)

    return tick


def _print_report(report: Report) -> None:
    print_counts(report)
    if report.notes:
        typer.echo(f"{report.notes['new']} new notes")
        if report.notes["wanted"]:
            say(f"not here yet, of the papers they speak of: {report.notes['wanted']}: fourways harvest --wanted")
    if report.new or report.updated or report.merged:
        say("Next: fourways index")


def index(
    context: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Throw the vectors away and make them anew.")] = False,
    model: Annotated[
        str | None,
        typer.Option(help="A sentence-transformers model, by name or folder; `static`: very fast, for a first pass."),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(help="fp32, or int8: faster on a CPU and a little less exact. Another one needs --rebuild."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; else the fastest there is.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Embed what is new or changed, and place the papers in the graph."""
    from corpus.backends import at_precision
    from corpus.embed import DEFAULT_MODEL
    from survey.indexing import index_library

    model = model or (DEFAULT_MODEL if rebuild else None)
    if precision:
        model = at_precision(model or workspace_of(context).index.model() or DEFAULT_MODEL, precision)
    workspace = workspace_of(context, model=model, device=device)
    load_model(workspace)
    with ProgressBar() as bar:
        report = index_library(workspace, rebuild=rebuild, progress=bar)
    if json:
        print_json(report.model_dump(mode="json"))
    else:
        typer.echo(f"{report.embedded} papers embedded, {report.unchanged} were up to date, {report.removed} removed")


def show(
    context: typer.Context,
    paper_id: Annotated[str, typer.Argument(metavar="ID", help="Any id of the paper: arXiv, DOI, ACL, or its own.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Everything known about one paper, and where each field came from."""
    from survey.cards import paper_card, render_card

    card = paper_card(workspace_of(context).library, paper_id)
    if json:
        print_json(card)
    else:
        typer.echo(render_card(card))


def note(
    context: typer.Context,
    paper_id: Annotated[str, typer.Argument(metavar="ID", help="Any id of the paper.")],
    text: Annotated[str, typer.Argument(help="What to remember.")],
) -> None:
    """Write a note on a paper."""
    kept = workspace_of(context).library.add_note(paper_id, text)
    typer.echo(f"noted on {kept.paper_id}")


def tag(
    context: typer.Context,
    paper_id: Annotated[str, typer.Argument(metavar="ID", help="Any id of the paper.")],
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="One or more tags.")],
) -> None:
    """Tag a paper."""
    typer.echo("tags: " + ", ".join(workspace_of(context).library.add_tags(paper_id, tags)))
