"""Methods, tasks and data sets: the list, and one of them with its papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from survey.cli.console import cell, console, print_json, say, workspace_of

if TYPE_CHECKING:
    from corpus.library import Library
    from corpus.models import Concept

_JSON = typer.Option("--json", help="Print as JSON.")
_KINDS = ("method", "task", "dataset")


class _ListsByDefault(TyperGroup):
    """`concepts WORDS` is `concepts list WORDS`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=_ListsByDefault,
        help="Methods, tasks and data sets that papers speak of.",
        rich_markup_mode=None,
        epilog="Example: fourways concepts 'prompt tuning' --kind method",
    )
    group.command("list", epilog="Example: fourways concepts list 'prompt tuning' --kind method")(show_list)
    group.command("show", epilog="Example: fourways concepts show LoRA")(show_one)
    app.add_typer(group, name="concepts")


def show_list(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words of its name or of a spelling, Chinese too.")] = "",
    kind: Annotated[str | None, typer.Option(help="method, task or dataset.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many.")] = 30,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """What papers speak of, the most used first."""
    from corpus.concepts import matching
    from corpus.errors import InputError, shorten

    if kind is not None and kind not in _KINDS:
        raise InputError(f"{shorten(kind)!r} is no kind of concept", f"Take one of {', '.join(_KINDS)}")
    library = workspace_of(context).library
    found = matching(library, query, kind)
    if json:
        print_json([one.to_json() | {"papers": papers} for one, papers in found[:k]])
        return
    if not found:
        say("No concept is called so." if query else "The library has no concepts yet: run `fourways index`.")
        return
    from rich.table import Table

    table = Table("papers", "kind", "name", "also written", "zh", box=None)
    for one, papers in found[:k]:
        others = ", ".join(form for form in one.forms if form.lower() not in (one.name.lower(), one.zh))
        table.add_row(str(papers), one.kind, cell(one.name), cell(others), one.zh or "")
    console().print(table)
    if len(found) > k:
        say(f"and {len(found) - k} more; -k shows more")


def show_one(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name, spelling or key.")],
    k: Annotated[int, typer.Option("-k", min=1, help="How many papers of each edge.")] = 10,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """One concept: its papers by what they do with it, with the words that say so."""
    from corpus.concepts import concept

    library = workspace_of(context).library
    one = concept(library, name)
    edges = _papers(library, one, k)
    if json:
        print_json(one.to_json() | {"edges": edges})
        return
    typer.echo(f"{one.name} ({one.kind}{', ' + one.zh if one.zh else ''})")
    typer.echo(f"written: {', '.join(one.forms)}")
    from rich.table import Table

    for edge, told in edges.items():
        typer.echo(f"{edge.replace('_', ' ')}: {told['papers']}")
        table = Table("weight", "id", "title", "words", box=None, show_header=False)
        for row in told["first"]:
            table.add_row(f"{row['weight']:.2f}", cell(row["id"]), cell(row["title"]), cell(row["words"]))
        console().print(table)


def _papers(library: Library, one: Concept, k: int) -> dict[str, Any]:
    """Edge -> how many papers have it, and the `k` surest with the words around the concept."""
    from corpus.concepts import mentions_of

    told: dict[str, Any] = {}
    for mention in mentions_of(library, one):
        edge = told.setdefault(mention.edge, {"papers": 0, "first": []})
        edge["papers"] += 1
        if edge["papers"] <= k:
            (paper,) = library.papers([mention.paper])
            text = paper.title if mention.field == "title" else paper.abstract or ""
            row = {"id": paper.name, "title": paper.title, "weight": mention.weight, "field": mention.field}
            edge["first"].append(row | {"words": around(text, mention.start, mention.stop)})
    return dict(sorted(told.items(), key=lambda pair: -pair[1]["papers"]))


def around(text: str, start: int, stop: int, *, room: int = 60) -> str:
    """The characters `start` to `stop` of a text, and whole words up to `room` characters on either side."""
    first, last = max(0, start - room), min(len(text), stop + room)
    first = text.find(" ", first, start) + 1 if first and " " in text[first:start] else first
    last = text.rfind(" ", stop, last) if last < len(text) and " " in text[stop:last] else last
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}"
