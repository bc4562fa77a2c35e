"""Getting papers from services, and what became one: harvest, merges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import DAYS, ProgressBar, console, fail, load_model, print_counts, print_json, say, workspace_of

if TYPE_CHECKING:
    from corpus.topics import Topic
    from corpus.workspace import Workspace
    from survey.harvesting import Harvested


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: fourways harvest lora adapters --citations --index")(harvest)
    app.command(epilog="Example: fourways merges --undo 12")(merges)


def harvest(
    context: typer.Context,
    topics: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC...]", help="Topics (see --topics); none: all.")
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="Words, or a query in arXiv's language, such as ti:adapter.")
    ] = None,
    ids: Annotated[str | None, typer.Option(help="arXiv ids, parted by commas.")] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="Only papers of this arXiv category; may be repeated.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=DAYS, help="Submitted on this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAYS, help="Submitted on this day or earlier.")] = None,
    limit: Annotated[
        int | None, typer.Option("--max", min=1, help="Of each topic no more than its newest so many.")
    ] = None,
    citations: Annotated[bool, typer.Option("--citations", help="Then ask whom the papers cite.")] = False,
    citations_from: Annotated[
        list[str] | None, typer.Option(help="semantic-scholar (the default), openalex or eprint; may be repeated.")
    ] = None,
    index: Annotated[bool, typer.Option("--index", help="Then embed what is new or changed.")] = False,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="Through OAI-PMH: all papers of the categories and dates.")
    ] = False,
    wanted: Annotated[bool, typer.Option("--wanted", help="Only the papers that imported notes speak of.")] = False,
    base_url: Annotated[
        str | None, typer.Option(help="Another address of arXiv's API, up to the question mark.")
    ] = None,
    s2_url: Annotated[str | None, typer.Option(help="Another address of Semantic Scholar.")] = None,
    openalex_url: Annotated[str | None, typer.Option(help="Another address of OpenAlex.")] = None,
    delay: Annotated[
        float | None, typer.Option(min=0, help="Seconds between requests to arXiv: 3, and 0 to this machine.")
    ] = None,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds that one request is tried again before giving up.")
    ] = 300,
    list_topics: Annotated[bool, typer.Option("--topics", help="List the topics and stop.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Pull papers from arXiv: what is new since last time. Interrupted, the next run goes on where it was.

    $S2_API_KEY, if set, is sent to Semantic Scholar; $OPENALEX_API_KEY and $FOURWAYS_MAILTO (your e-mail address) to OpenAlex.
    """
    from corpus.harvest import Request
    from corpus.topics import find_topics, load_topics
    from survey.harvesting import run_harvest, service_addresses

    workspace = workspace_of(context)
    known = load_topics(workspace.home.topics)
    if list_topics:
        _print_topics(workspace, known, json)
        return
    everything = not (topics or query or ids or category or wanted or bulk)
    request = Request(
        topics=tuple(known.values() if everything else find_topics(topics or [], known)),
        query=query,
        ids=tuple(text.strip() for text in (ids or "").split(",") if text.strip()),
        categories=tuple(category or ()),
        since=since and since.date(),
        until=until and until.date(),
        limit=limit,
        bulk=bulk,
        wanted=wanted or everything,
        citations=tuple(citations_from or (["semantic-scholar"] if citations else ())),
        of_all=everything,
    )
    if index:
        load_model(workspace)
    with ProgressBar() as bar:
        done = run_harvest(
            workspace,
            request,
            base_url=base_url,
            interval=delay,
            addresses=service_addresses(s2_url, openalex_url, base_url),
            patience=patience,
            index=index,
            tell=bar.say,
            progress=bar,
        )
    if wanted and not json:
        _print_wanted(workspace)
    if json:
        print_json(done.report.model_dump(mode="json") | ({} if done.embedded is None else {"embedded": done.embedded}))
    else:
        _print_report(done)
    if done.report.gave_up:
        raise typer.Exit(fail("; ".join(done.report.gave_up)))


def merges(
    context: typer.Context,
    undo: Annotated[int | None, typer.Option(metavar="N", help="Take apart what merge N made one.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List which records were merged into one paper, and why; or undo one merge."""
    from corpus.merges import list_merges, undo_merge

    library = workspace_of(context).library
    if undo is not None:
        kept, other = undo_merge(library, undo)
        typer.echo(f"{kept} and {other} are two papers now. Next: fourways index")
        return
    found = list_merges(library)
    if json:
        print_json([merge.model_dump(mode="json") for merge in found])
        return
    for merge in found:
        same = "" if merge.title == merge.other_title else f" (there: {merge.other_title})"
        typer.echo(f"{merge.number}  {merge.paper_id}  {merge.title}{same}")
        say(f"    from {', '.join(merge.labels)}; the same {merge.why}")
    if not found:
        say("Nothing was merged yet.")


def _print_topics(workspace: Workspace, topics: Mapping[str, Topic], json: bool) -> None:
    from rich.table import Table

    from corpus.logbook import counts_by_topic

    counts = counts_by_topic(workspace.library)
    if json:
        print_json([asdict(topic) | {"found": counts.get(key, (0, ""))[0]} for key, topic in topics.items()])
        return
    table = Table("topic", "", "", "strategy", "found", box=None)
    for key, topic in topics.items():
        table.add_row(key, topic.en, topic.zh, topic.strategy, str(counts.get(key, (0, ""))[0]))
    console().print(table)
    say(f"Your own topics go into {workspace.home.topics}, written as in corpus/topics.toml.")


def _print_wanted(workspace: Workspace) -> None:
    """The papers of notes that no harvest has found yet."""
    from corpus.wanted import list_wanted

    for paper in list_wanted(workspace.library):
        name = paper.title or paper.alias
        say(
            f"still wanted: {name} ({paper.source})"
            + ("" if paper.arxiv_id else "; arXiv is asked for its title alone")
        )


def _print_report(done: Harvested) -> None:
    report = done.report
    for topic, counts in report.topics.items():
        parts = ", ".join(f"{counts[what]} {what}" for what in ("new", "updated", "merged", "unchanged"))
        typer.echo(f"{topic}: {counts['asked']} asked; {parts}")
    print_counts(report)
    typer.echo(f"{report.requests} requests, {report.waited_s:.0f} s waited")
    if report.waiting.get("arrived") or report.waiting.get("left"):
        typer.echo(
            f"papers of your notes: {report.waiting['arrived']} arrived, {report.waiting['left']} wait for a harvest"
        )
    if done.embedded is not None:
        typer.echo(f"{done.embedded} papers embedded")
    elif report.new or report.updated or report.merged:
        say("Next: fourways index")
