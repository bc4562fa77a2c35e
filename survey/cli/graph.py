"""The idea graph: stats, neighbours, path, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from survey.cli.console import ProgressBar, console, print_json, say, workspace_of

if TYPE_CHECKING:
    import networkx as nx

    from corpus.library import Library

_JSON = typer.Option("--json", help="Print as JSON.")


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        help="The graph of citations and ideas.",
        no_args_is_help=False,
        rich_markup_mode=None,
        epilog="Example: fourways graph stats",
    )
    group.command("stats", epilog="Example: fourways graph stats")(show_stats)
    group.command("neighbours", epilog="Example: fourways graph neighbours arxiv:2106.09685")(show_neighbours)
    group.command("path", epilog="Example: fourways graph path arxiv:2106.09685 arxiv:2203.12119")(show_path)
    group.command("export", epilog="Example: fourways graph export ideas.graphml")(export)
    app.add_typer(group, name="graph")


def show_stats(context: typer.Context, json: Annotated[bool, _JSON] = False) -> None:
    """How much there is of everything, and what is cited most."""
    from survey.graph import stats

    graph, _ = _graph(context)
    figures = stats(graph)
    if json:
        print_json(figures)
        return
    from rich.table import Table

    table = Table(box=None, show_header=False)
    for heading in ("nodes", "edges", "papers_by_strategy"):
        for name, count in figures[heading].items():
            table.add_row(heading.replace("_", " "), name, str(count))
    table.add_row("components", "joined by citations or likeness", str(figures["components"]))
    table.add_row("components", "papers in the largest", str(figures["largest_component"]))
    for one in figures["most_cited"]:
        table.add_row("most cited", _cell(one["title"]), str(one["citations"]))
    console().print(table)


def show_neighbours(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="A paper's id, or the key of a direction or strategy.")],
    json: Annotated[bool, _JSON] = False,
) -> None:
    """What a paper, direction or strategy is linked to."""
    from survey.graph import find_node, neighbours

    graph, library = _graph(context)
    found = neighbours(graph, find_node(graph, library, name))
    if json:
        print_json(found)
        return
    from rich.table import Table

    table = Table("link", "weight", "id", "title", box=None)
    for one in found:
        arrow = "->" if one["way"] == "out" else "<-"
        table.add_row(f"{arrow} {one['edge']}", f"{one['weight']:.2f}", _cell(one["id"]), _cell(one["title"]))
    console().print(table if found else "It has no links: run `fourways index`, or import its citations.")


def show_path(
    context: typer.Context,
    start: Annotated[str, typer.Argument(metavar="A", help="Where the path starts: an id or key.")],
    end: Annotated[str, typer.Argument(metavar="B", help="Where it ends.")],
    json: Annotated[bool, _JSON] = False,
) -> None:
    """The shortest way between two papers, directions or strategies."""
    from survey.graph import find_node, shortest_path

    graph, library = _graph(context)
    steps = shortest_path(graph, find_node(graph, library, start), find_node(graph, library, end))
    if json:
        print_json(steps)
        return
    for step in steps:
        typer.echo(f"{step['id']}  {step['title']}")
        if step["edge"]:
            typer.echo(f"  | {step['edge']}")


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it: .graphml, .gexf or .json.")],
) -> None:
    """Write the whole graph to a file."""
    from survey.graph import save_graph

    graph, _ = _graph(context)
    save_graph(graph, file)
    typer.echo(f"{graph.number_of_nodes()} nodes and {graph.number_of_edges()} edges: {file}")


def _graph(context: typer.Context) -> tuple[nx.MultiDiGraph[Any], Library]:
    from survey.graph import build_idea_graph

    library = workspace_of(context).library
    if not library.count():
        say("The library is empty: run `fourways start` or `fourways import FILE`.")
    with ProgressBar() as bar:
        return build_idea_graph(library, progress=bar), library


def _cell(text: str) -> Any:
    from rich.text import Text

    return Text(text)
