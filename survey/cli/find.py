"""Finding papers: search, one query or a file of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from survey.cli.console import ProgressBar, console, print_json, say, warn_of_waiting, workspace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.models import Hit
    from corpus.search import Mode
    from corpus.workspace import Workspace


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: fourways search 'adapters for video action recognition' -k 5 --year 2020-2024")(search)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for, in your own words.")] = "",
    k: Annotated[int, typer.Option("-k", help="How many papers.")] = 10,
    year: Annotated[str | None, typer.Option(help="2019-2022, 2019-, -2022 or 2021.")] = None,
    venue: Annotated[str | None, typer.Option(help="Only this venue.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this arXiv category, such as cs.CV.")] = None,
    strategy: Annotated[str | None, typer.Option(help="efficient, existing, plug-and-play or evaluation.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only papers with this tag.")] = None,
    like: Annotated[
        list[str] | None, typer.Option(help="Near this paper (an id); may be given more than once.")
    ] = None,
    mode: Annotated[str, typer.Option(help="hybrid, lexical or dense.")] = "hybrid",
    json: Annotated[bool, typer.Option("--json", help="Print the hits as JSON.")] = False,
    queries: Annotated[Path | None, typer.Option(help='Many at once: a file of {"qid", "query"} lines.')] = None,
    run: Annotated[Path | None, typer.Option(help='Where to write the {"qid", "ids"} lines of --queries.')] = None,
) -> None:
    """Find papers by words and by meaning."""
    from corpus.models import Filters
    from corpus.search import searched_for, year_range
    from survey.strategies import check_strategy

    workspace = workspace_of(context)
    if queries or run:
        count = _many(workspace, query, queries, run, k, mode)
        print_json({"queries": count, "run": str(run)}) if json else typer.echo(f"{count} queries answered: {run}")
        return
    first, last = year_range(year) if year else (None, None)
    filters = Filters(
        year_from=first, year_to=last, venue=venue, category=category, strategy=check_strategy(strategy), tag=tag
    )
    started = time.perf_counter()
    hits = workspace.searcher.search(query, k, filters=filters, mode=cast("Mode", mode), like=like or ())
    took = round((time.perf_counter() - started) * 1000, 1)
    if mode != "lexical":
        warn_of_waiting(workspace)
    words = searched_for(query)
    if json:
        translated = {} if words == query else {"searched_for": words}
        answer = {"query": query, "mode": mode, "took_ms": took, "hits": [_hit_json(hit) for hit in hits]}
        print_json(answer | translated)
    else:
        if words != query:
            say(f"searched for: {words}")
        _print_hits(hits, workspace)


def _hit_json(hit: Hit) -> dict[str, Any]:
    paper = hit.paper
    return {
        "id": paper.name,
        "title": paper.title,
        "year": paper.year,
        "venue": paper.venue,
        "authors": list(paper.authors),
        "score": hit.score,
        "why": hit.why,
    }


def _print_hits(hits: Sequence[Hit], workspace: Workspace) -> None:
    from rich.text import Text

    if not hits:
        empty = not workspace.library.count()
        typer.echo(
            "The library is empty: run `fourways start` or `fourways import FILE`." if empty else "No paper matches."
        )
        return
    out = console()
    for number, hit in enumerate(hits, 1):
        paper = hit.paper
        authors = ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")
        facts = " · ".join(str(fact) for fact in (authors, paper.year, paper.venue) if fact)
        words = ", ".join(hit.why.get("words", [])[:8])
        meaning = f"cosine {hit.why['cosine']:.2f}" if "cosine" in hit.why else ""
        text = "in its full text" if "fulltext_rank" in hit.why else ""
        out.print(Text.assemble((f"{number:>2}. ", "dim"), (paper.title, "bold")))
        out.print(Text(f"    {facts}"))
        out.print(
            Text(
                f"    {paper.name}   "
                + "; ".join(part for part in (f"words: {words}" if words else "", meaning, text) if part),
                "dim",
            )
        )


def _many(workspace: Workspace, query: str, queries: Path | None, run: Path | None, k: int, mode: str) -> int:
    from corpus.errors import InputError
    from survey.batch import load_queries, save_run

    if query:
        raise InputError("a query and a file of queries were given", "Name one of them")
    if queries is None or run is None:
        raise InputError("--queries and --run go together", "Name the file of queries and the file to write")
    asked = load_queries(queries)
    found: dict[str, list[str]] = {}
    with ProgressBar() as bar:
        names = list(asked)
        for start in range(0, len(names), 64):
            chunk = {qid: asked[qid] for qid in names[start : start + 64]}
            found |= workspace.searcher.search_many(chunk, k, mode=cast("Mode", mode))
            bar("Searching", len(found), len(asked))
    save_run(found, run)
    return len(found)
