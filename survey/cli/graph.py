"""The idea graph: stats, neighbours, path, export; and its structure: main path, communities, bridges, growth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey.cli.console import ProgressBar, console, print_json, say, workspace_of

if TYPE_CHECKING:
    from corpus.workspace import Workspace
    from survey.graph import IdeaTable
    from survey.graph.structure.ranks import Ints

_JSON = typer.Option("--json", help="Print as JSON.")
_TOPIC = typer.Argument(help="Only the papers on this, and what they cite or are cited by.", show_default=False)
# Links of one kind that are shown.
_SHOWN = 20
# Hits that a topic takes: for its structure, and where its papers are counted.
_HITS, _COUNTED = 200, 1_000
_NO_LINKS = "It has no links: run `fourways index`, or import its citations."


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        help="The graph of citations and ideas.",
        no_args_is_help=False,
        rich_markup_mode=None,
        epilog="Example: fourways graph stats",
    )
    group.command("stats", epilog="Example: fourways graph stats")(show_stats)
    group.command("neighbours", epilog="Example: fourways graph neighbours arxiv:2106.09685 --kind cites")(
        show_neighbours
    )
    group.command("related", epilog="Example: fourways graph related arxiv:2106.09685")(show_related)
    group.command("path", epilog="Example: fourways graph path arxiv:2106.09685 arxiv:2203.12119")(show_path)
    group.command("main-path", epilog="Example: fourways graph main-path 'visual prompt tuning'")(show_main_path)
    group.command("communities", epilog="Example: fourways graph communities -k 10")(show_communities)
    group.command("bridges", epilog="Example: fourways graph bridges 'parameter-efficient tuning'")(show_bridges)
    group.command("growth", epilog="Example: fourways graph growth 'prompt tuning'")(show_growth)
    group.command("export", epilog="Example: fourways graph export ideas.graphml")(export)
    app.add_typer(group, name="graph")


def show_stats(context: typer.Context, json: Annotated[bool, _JSON] = False) -> None:
    """How much there is of everything, and what is cited and used most."""
    from survey.graph import stats

    figures = stats(_graph(workspace_of(context)))
    if json:
        print_json(figures)
        return
    rows: list[tuple[str, ...]] = []
    for heading in ("nodes", "edges", "papers_by_strategy"):
        rows += ((heading.replace("_", " "), name, str(count)) for name, count in figures[heading].items())
    rows.append(("components", "joined by citations or likeness", str(figures["components"])))
    rows.append(("components", "papers in the largest", str(figures["largest_component"])))
    rows.append(("components", "papers joined to none", str(figures["papers_alone"])))
    for what, name in (
        ("against the date", "citations_against_date"),
        ("of a paper by itself, left out", "self_citations"),
        ("of papers that are not here", "citations_waiting"),
    ):
        rows.append(("citations", what, str(figures[name])))
    for heading, value in (("most_cited", "citations"), ("highest_rank", "rank")):
        rows += ((heading.replace("_", " "), one["title"], str(one[value])) for one in figures[heading])
    for kind, ones in figures["most_used"].items():
        rows += ((f"{kind} of most papers", one["title"], str(one["papers"])) for one in ones)
    _print_table(None, rows)


def show_neighbours(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="A paper's id, a concept, or the key of a direction, strategy or idea.")
    ],
    kind: Annotated[str | None, typer.Option(help="Only links of this kind, or to nodes of this kind.")] = None,
    k: Annotated[
        int | None,
        typer.Option("-k", min=1, help=f"Links of each kind that are shown (else {_SHOWN}; with --json, all)."),
    ] = None,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """What a paper, method, task, data set, direction, strategy or idea is linked to."""
    from survey.graph import build_star, check_kind, count_neighbours, neighbours

    check_kind(kind)
    node, star = build_star(workspace_of(context).library, name)
    if json:
        print_json(neighbours(star, node, kind=kind, k=k))
        return
    k = k or _SHOWN
    found = neighbours(star, node, kind=kind, k=k)
    if not found:
        typer.echo(_NO_LINKS if kind is None else f"It has no links of the kind {kind}.")
        return
    rows = [
        (f"{'->' if one['way'] == 'out' else '<-'} {one['edge']}", f"{one['weight']:.2f}", one["id"], one["title"])
        for one in found
    ]
    _print_table(("link", "weight", "id", "title"), rows)
    for (edge, way), count in count_neighbours(star, node, kind=kind).items():
        if count > k:
            typer.echo(f"{'->' if way == 'out' else '<-'} {edge}: {count - k} more; -k {count} shows all {count}")


def show_related(
    context: typer.Context,
    paper: Annotated[str, typer.Argument(metavar="ID", help="A paper's id.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many of each.")] = 10,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Papers that cite the same as this one, and papers that are cited together with it."""
    from survey.graph.reports import related

    workspace = workspace_of(context)
    name = workspace.library.paper(paper).name
    graph = _graph(workspace)
    found = related(graph, graph.row(name), k=k)
    if json:
        print_json(found)
        return
    if not any(found.values()):
        typer.echo("None: no other paper cites what it cites, and none is cited beside it.")
        return
    headings = {"coupled": "cites the same", "co_cited": "cited together"}
    rows = [(headings[how], f"{one['share']:.2f}", one["id"], one["title"]) for how in found for one in found[how]]
    _print_table(("", "share", "id", "title"), rows)


def show_path(
    context: typer.Context,
    start: Annotated[str, typer.Argument(metavar="A", help="Where the path starts: an id, concept or key.")],
    end: Annotated[str, typer.Argument(metavar="B", help="Where it ends.")],
    json: Annotated[bool, _JSON] = False,
) -> None:
    """The shortest way between two papers, concepts, directions or strategies."""
    from survey.graph import find_node, shortest_path

    workspace = workspace_of(context)
    graph = _graph(workspace)
    steps = shortest_path(graph, find_node(graph, workspace.library, start), find_node(graph, workspace.library, end))
    if json:
        print_json(steps)
        return
    for step in steps:
        typer.echo(f"{step['id']}  {step['title']}")
        if step["edge"]:
            typer.echo(f"  | {step['edge']}")


def show_main_path(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="The papers on this, and what they cite or are cited by.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="Citations that the key routes run over.")] = 10,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """The papers through which most of the knowledge on a topic came down, the oldest first."""
    from survey.graph.reports import main_path

    workspace = workspace_of(context)
    graph = _graph(workspace)
    found = main_path(graph, _papers(workspace, graph, topic), k=k)
    if json:
        print_json({"topic": topic, **found})
        return
    if not found["path"]:
        typer.echo(
            f"No citation joins the {found['papers']} papers on it: import some, or run `fourways harvest --citations`."
        )
        return
    rows = [
        (str(one["year"] or ""), f"{one['share']:.0%}" if "share" in one else "", one["id"], one["title"])
        for one in found["path"]
    ]
    _print_table(("year", "paths", "id", "title"), rows)
    on_path = {one["id"] for one in found["path"]}
    others = {end for one in found["routes"] for end in (one["cited"], one["citing"])} - on_path
    if others:
        typer.echo("Also on the key routes:")
        _print_table(None, [(name, str(graph.nodes[name]["title"])) for name in sorted(others)])
    say(
        f"{found['papers']} papers, {found['citations']} citations, {found['search_paths']} search paths;"
        f" {found['against_date']} citations against the date, {found['dropped']} left out as they close a circle"
    )


def show_communities(
    context: typer.Context,
    topic: Annotated[str | None, _TOPIC] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many, the largest first.")] = 20,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Papers that hang together by citations and likeness, named by what they speak of and others don't."""
    from survey.graph.reports import find_communities
    from survey.graph.structure.naming import describe_communities

    workspace = workspace_of(context)
    graph = _graph(workspace)
    labels = find_communities(graph, _papers(workspace, graph, topic))
    found = describe_communities(graph, labels, k)
    if json:
        print_json(found)
        return
    if not found:
        typer.echo("There are none: no citation or likeness joins the papers. Run `fourways index`.")
        return
    rows = [
        (str(one["community"]), str(one["papers"]), ", ".join(one["names"]), one["leading"][0]["title"])
        for one in found
    ]
    _print_table(("", "papers", "speaks of", "leading paper"), rows)
    if (more := int(labels.max()) + 1 - len(found)) > 0:
        typer.echo(f"{more} more, each of {found[-1]['papers']} papers or fewer")


def show_bridges(
    context: typer.Context,
    topic: Annotated[str | None, _TOPIC] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many.")] = 10,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """The papers that join communities: most shortest paths between two communities run over them."""
    from survey.graph.reports import find_bridges, find_communities

    workspace = workspace_of(context)
    graph = _graph(workspace)
    among = _papers(workspace, graph, topic)
    found = find_bridges(graph, find_communities(graph, among), k=k, among=among)
    if json:
        print_json(found)
        return
    if not found["bridges"]:
        typer.echo("There are none: no path joins two communities.")
        return
    rows = []
    for one in found["bridges"]:
        named = [", ".join(found["communities"][str(number)][:2]) for number in (one["community"], *one["joins"])]
        rows.append((f"{one['share']:.1%}", one["id"], one["title"], " | ".join(named)))
    _print_table(("paths", "id", "title", "joins"), rows)
    if found["sampled"] < found["linked"]:
        say(f"Estimated by the paths from {found['sampled']} papers, drawn from {found['linked']}.")


def show_growth(
    context: typer.Context,
    topic: Annotated[str | None, _TOPIC] = None,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Papers, their citations and what they speak of, year by year."""
    from survey.graph.structure.growth import growth

    workspace = workspace_of(context)
    graph = _graph(workspace)
    # A thousand hits, as the years are counted; citations would bring in what is cited on the way.
    found = growth(graph, _papers(workspace, graph, topic, hits=_COUNTED, wider=False))
    if json:
        print_json(found)
        return
    if not found:
        typer.echo("No paper has a year.")
        return
    columns = ("year", "papers", "citations", "concepts", "new_concepts")
    rows = [tuple(str(one[column]) for column in columns) for one in found]
    _print_table(tuple(column.replace("_", " ") for column in columns), rows)


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it: .graphml, .gexf or .json.")],
) -> None:
    """Write the whole graph to a file."""
    from survey.graph import check_export, save_graph

    check_export(file)
    graph = _graph(workspace_of(context))
    save_graph(graph, file)
    typer.echo(f"{graph.number_of_nodes()} nodes and {graph.number_of_edges()} edges: {file}")


def _graph(workspace: Workspace) -> IdeaTable:
    from survey.graph import open_graph

    if not workspace.library.count():
        say("The library is empty: run `fourways start` or `fourways import FILE`.")
    with ProgressBar() as bar:
        return open_graph(workspace, progress=bar)


def _papers(
    workspace: Workspace, graph: IdeaTable, topic: str | None, *, hits: int = _HITS, wider: bool = True
) -> Ints | None:
    from survey.graph.topic import topic_papers

    return None if topic is None else topic_papers(workspace, graph, topic, hits=hits, wider=wider)


def _print_table(heads: Sequence[str] | None, rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(*(heads or ()), box=None, show_header=heads is not None)
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)
