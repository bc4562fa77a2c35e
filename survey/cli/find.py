"""Finding papers: search, one query or a file of them, and the searches that are kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from survey.cli.console import ProgressBar, print_json, say, warn_of_waiting, workspace_of
from survey.cli.found import facets_json, hit_json, print_facets, print_hits

if TYPE_CHECKING:
    from corpus.models import Answer, SearchRequest
    from corpus.search import Mode
    from corpus.searches import SavedSearch
    from corpus.workspace import Workspace

# Seconds after which a re-ranking says what takes so long.
_PATIENCE = 2.0


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: fourways search 'adapters for video action recognition' -k 5 --year 2020-2024")(search)
    app.command(epilog="Example: fourways searches --forget 'video adapters'")(searches)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for, in your own words.")] = "",
    k: Annotated[int | None, typer.Option("-k", help="How many papers; 10 if not given.")] = None,
    year: Annotated[str | None, typer.Option(help="2019-2022, 2019-, -2022 or 2021.")] = None,
    venue: Annotated[str | None, typer.Option(help="Only this venue.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this arXiv category, such as cs.CV.")] = None,
    strategy: Annotated[str | None, typer.Option(help="efficient, existing, plug-and-play or evaluation.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only papers with this tag.")] = None,
    like: Annotated[
        list[str] | None, typer.Option(help="Near this paper (an id); may be given more than once.")
    ] = None,
    unlike: Annotated[
        list[str] | None, typer.Option(help="Far from this paper (an id); may be given more than once.")
    ] = None,
    mode: Annotated[str | None, typer.Option(help="hybrid (if not given), lexical or dense.")] = None,
    rerank: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Order the first hits anew with this cross-encoder, by name or folder."),
    ] = None,
    facets: Annotated[bool, typer.Option("--facets", help="Count years, venues, strategies and categories.")] = False,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="Keep this search under a name.")] = None,
    saved: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Run a kept search; options given beside it count instead of its."),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="With --saved: only papers that it has not shown yet.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the hits as JSON.")] = False,
    queries: Annotated[Path | None, typer.Option(help='Many at once: a file of {"qid", "query"} lines.')] = None,
    run: Annotated[Path | None, typer.Option(help='Where to write the {"qid", "ids"} lines of --queries.')] = None,
) -> None:
    """Find papers by words and by meaning."""
    from corpus.errors import InputError
    from corpus.models import SearchRequest
    from corpus.searches import check_name, mark_seen, save_search, saved_search, unseen
    from survey.asking import build_filters, doubt, render_request

    workspace = workspace_of(context)
    library = workspace.library
    filters = {"year": year, "venue": venue, "category": category, "strategy": strategy, "tag": tag}
    filters = {name: value for name, value in filters.items() if value is not None}
    if queries or run:
        alone = {"--facets": facets, "--save": save, "--saved": saved, "--new": new, "--like": like, "--unlike": unlike}
        alone |= {"--rerank": rerank} | {f"--{name}": value for name, value in filters.items()}
        _refuse_beside_queries([option for option, value in alone.items() if value])
        count = _many(workspace, query, queries, run, 10 if k is None else k, mode or "hybrid")
        print_json({"queries": count, "run": str(run)}) if json else typer.echo(f"{count} queries answered: {run}")
        return
    if new and saved is None:
        raise InputError("--new tells what is new in a kept search", "Name the search with --saved NAME")
    if saved is not None and query:
        raise InputError("a query and --saved were given", "Leave out one of them; --save NAME keeps a new search")
    name = None if save is None else check_name(save)
    kept = None if saved is None else saved_search(library, saved)
    request = kept.request if kept else SearchRequest(query=query)
    changes: dict[str, Any] = {"k": k, "mode": mode, "rerank": rerank}
    changes = {field: value for field, value in changes.items() if value is not None}
    for field, ids in (("like", like), ("unlike", unlike)):
        if ids:
            changes[field] = tuple(paper_id for paper_id in ids if paper_id)
    if not changes.get("rerank", True):
        changes["rerank"] = None
    request = request.model_copy(update=changes | {"filters": build_filters(filters, request.filters)})

    started = time.perf_counter()
    ready = "Making the library ready for searching (once after many changes) ..."
    with _told_after(_PATIENCE, f"Re-ranking with {request.rerank} ..." if request.rerank else ready):
        answer = workspace.searcher.answer(request, facets=facets)
    took = round((time.perf_counter() - started) * 1000, 1)
    found = answer.hits
    if new and kept:
        answer = answer.model_copy(update={"hits": tuple(unseen(library, kept.seen, found))})
    if request.mode != "lexical":
        warn_of_waiting(workspace)
    if kept:
        say(f"{kept.name}: {render_request(request)}")
    if unsure := doubt(request, answer):
        say(unsure + ".")
    if json:
        print_json(_answer_json(request, answer, took, facets))
    else:
        _print_answer(workspace, request, answer, facets, bool(found))
    # Last, so that what was not printed to its end is not held for seen.
    if kept:
        mark_seen(library, kept.name, [hit.paper.name for hit in found])
    if name is not None:
        save_search(library, name, request)
        mark_seen(library, name, [hit.paper.name for hit in found])
        say(f"saved as {name!r}: {render_request(request)}")


@contextmanager
def _told_after(seconds: float, text: str) -> Iterator[None]:
    """Say `text` on standard error, if the block takes longer than this."""
    timer = threading.Timer(seconds, say, (text,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _answer_json(request: SearchRequest, answer: Answer, took: float, facets: bool) -> dict[str, Any]:
    """`searched_for` only where it is not the query itself; the counts only where they were asked for."""
    found: dict[str, Any] = {"query": request.query, "mode": request.mode, "took_ms": took}
    found["hits"] = [hit_json(hit) for hit in answer.hits]
    if _translated(request, answer):
        found["searched_for"] = answer.searched_for
    return found | (facets_json(answer) if facets else {})


def _translated(request: SearchRequest, answer: Answer) -> bool:
    return bool(answer.searched_for) and answer.searched_for != " ".join(request.query.split())


def _print_answer(workspace: Workspace, request: SearchRequest, answer: Answer, facets: bool, found: bool) -> None:
    """`found`: whether there were hits before those that had been seen were left out."""
    from survey.asking import advise

    if _translated(request, answer):
        say(f"searched for: {answer.searched_for}")
    if answer.hits:
        print_hits(answer.hits)
    elif found:
        typer.echo("Nothing new.")
    elif not workspace.library.count():
        typer.echo("The library is empty: run `fourways start` or `fourways import FILE`.")
    else:
        typer.echo("No paper matches.")
        say(f"{advise(workspace.searcher, request)}.")
    if facets:
        print_facets(answer)


def searches(
    context: typer.Context,
    forget: Annotated[str | None, typer.Option(metavar="NAME", help="Delete the kept search of this name.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the kept searches, or forget one. `search --save NAME` keeps one, `search --saved NAME` runs it."""
    from corpus.searches import broken_searches, forget_search, saved_searches

    library = workspace_of(context).library
    if forget is not None:
        name = forget_search(library, forget)
        print_json({"forgotten": name}) if json else typer.echo(f"forgotten: {name}")
        return
    found = saved_searches(library)
    for name in broken_searches(library):
        say(f"the saved search {name!r} cannot be read: delete it with `fourways searches --forget {name!r}`")
    if json:
        print_json([_saved_json(one) for one in found])
        return
    for one in found:
        _print_saved(one)
    if not found:
        typer.echo("No search is kept: fourways search QUERY --save NAME keeps one.")


def _print_saved(one: SavedSearch) -> None:
    from survey.asking import render_request

    ran = f"last run {one.ran[:10]}" if one.ran else "not run yet"
    typer.echo(f"{one.name}\n    {render_request(one.request)}")
    typer.echo(f"    made {one.created[:10]}, {ran}, {len(one.seen)} papers shown")


def _saved_json(one: SavedSearch) -> dict[str, Any]:
    from survey.asking import render_request

    shown = {"name": one.name, "words": render_request(one.request), "request": one.request.model_dump(mode="json")}
    return shown | {"created": one.created, "ran": one.ran, "seen": len(one.seen)}


def _refuse_beside_queries(options: list[str]) -> None:
    from corpus.errors import InputError

    if options:
        raise InputError(
            f"{options[0]} does not go with a file of queries", "Leave it out: -k and --mode are for all of them"
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
