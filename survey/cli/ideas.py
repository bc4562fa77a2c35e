"""Ideas: proposals and one's own, what is made of them, the back-test, and the map of gaps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from survey.cli.console import ProgressBar, console, print_json, say, workspace_of
from survey.cli.idea_map import map_topic
from survey.cli.probe_show import print_probes, probes_of

if TYPE_CHECKING:
    from corpus.ideas import KeptIdea
    from corpus.workspace import Workspace
    from survey.ideas.backtest import Backtest

_JSON = typer.Option("--json", help="Print as JSON.")
_KEY = typer.Argument(help="The idea's key, or the start of it; see `ideas list`.")
# What the ways to rank pairs are called in the table.
_WAYS = {
    "ours": "Fourways",
    "preferential_attachment": "preferential attachment",
    "common_neighbours": "common neighbours",
    "adamic_adar": "Adamic-Adar",
}


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Gaps between what papers do, and ideas with their evidence.",
        rich_markup_mode=None,
        epilog="Example: fourways ideas list --topic 'video action recognition'",
    )
    for name, example, command in (
        ("list", "list --strategy efficient -k 5", show_list),
        ("show", "show prompts-1a2b3c4d", show_one),
        ("add", "add 'Distil from two teachers of different sizes' --tag soon", add),
        ("rate", "rate prompts-1a2b3c4d 4", rate),
        ("state", "state prompts-1a2b3c4d trying", state),
        ("tag", "tag prompts-1a2b3c4d soon", tag),
        ("note", "note prompts-1a2b3c4d 'Ask the authors for their splits'", note),
        ("delete", "delete own-1a2b3c4d", delete),
        ("propose", "propose", propose_anew),
        ("moves", "moves", show_moves),
        ("export", "export ideas.md", export),
        ("map", "map 'video action recognition' --picture gaps.svg", map_topic),
        ("backtest", "backtest --until 2020", show_backtest),
    ):
        group.command(name, epilog=f"Example: fourways ideas {example}")(command)
    app.add_typer(group, name="ideas")


def show_list(
    context: typer.Context,
    strategy: Annotated[str | None, typer.Option(help="Only of this strategy.")] = None,
    topic: Annotated[str | None, typer.Option(help="Ideas for these words, found anew and not kept.")] = None,
    move: Annotated[str | None, typer.Option(help="Only of this move; see `ideas moves`.")] = None,
    only: Annotated[str | None, typer.Option("--state", help="Only in this state.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many.")] = 10,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Ideas, the best first: what you touched, then proposals by how likely and how new they are."""
    from corpus.ideas import STATES, KeptIdea
    from survey.ideas.moves import load_moves
    from survey.ideas.proposing import ideas_of_topic, kept_in_order
    from survey.strategies import check_strategy

    check_strategy(strategy)
    _check("move", move, [*load_moves(), "own"])
    _check("state", only, STATES)
    workspace = workspace_of(context)
    if topic is None:
        _bring_up_to_date(workspace)
        found = kept_in_order(workspace)
    else:
        with ProgressBar() as bar:
            found = [KeptIdea(idea=idea) for idea in ideas_of_topic(workspace, topic, k=5 * k, progress=bar)]
    found = [
        kept
        for kept in found
        if strategy in (None, kept.idea.strategy) and move in (None, kept.idea.move) and only in (None, kept.state)
    ]
    if json:
        print_json([kept.model_dump(mode="json") for kept in found[:k]])
        return
    if not found:
        say(_nothing(workspace, topic))
        return
    for number, kept in enumerate(found[:k], 1):
        _print_line(number, kept)
    if len(found) > k:
        say(f"and {len(found) - k} more; -k shows more")


def show_one(context: typer.Context, key: Annotated[str, _KEY], json: Annotated[bool, _JSON] = False) -> None:
    """One idea: what it rests on, what speaks against it, and what exists already."""
    from corpus.ideas import kept_idea

    workspace = workspace_of(context)
    kept = kept_idea(workspace.library, key)
    if json:
        print_json(kept.model_dump(mode="json") | {"probes": probes_of(workspace.home, kept.idea.key)})
    else:
        _print_idea(kept)
        print_probes(workspace.home, kept.idea.key)


def add(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(help="The idea, in a sentence.")],
    strategy: Annotated[str | None, typer.Option(help="The strategy that it is of.")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="A tag; may be repeated.")] = None,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Keep an idea of your own, with the nearest existing work. No run ever changes it."""
    from survey.ideas.proposing import add_own
    from survey.strategies import check_strategy

    kept = add_own(workspace_of(context), statement, strategy=check_strategy(strategy), tags=tags or ())
    if json:
        print_json(kept.model_dump(mode="json"))
    else:
        _print_idea(kept)


def rate(
    context: typer.Context,
    key: Annotated[str, _KEY],
    rating: Annotated[int, typer.Argument(min=0, max=5, help="1 to 5; 0 takes it away.")],
) -> None:
    """Rate an idea."""
    from corpus.ideas import rate_idea

    kept = rate_idea(workspace_of(context).library, key, rating or None)
    typer.echo(f"{kept.idea.key}: {kept.rating or 'no rating'}")


def state(
    context: typer.Context,
    key: Annotated[str, _KEY],
    to: Annotated[str, typer.Argument(metavar="STATE", help="new, reading, trying, dropped or done.")],
) -> None:
    """Move an idea to another state."""
    from corpus.ideas import set_state

    kept = set_state(workspace_of(context).library, key, to)
    typer.echo(f"{kept.idea.key}: {kept.state}")


def tag(
    context: typer.Context,
    key: Annotated[str, _KEY],
    tags: Annotated[list[str], typer.Argument(help="One or more.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take them off.")] = False,
) -> None:
    """Tag an idea."""
    from corpus.ideas import tag_idea

    kept = tag_idea(workspace_of(context).library, key, tags, remove=remove)
    typer.echo(f"{kept.idea.key}: {', '.join(kept.tags) or 'no tags'}")


def note(
    context: typer.Context, key: Annotated[str, _KEY], text: Annotated[str, typer.Argument(help="What to write.")]
) -> None:
    """Write a note on an idea."""
    from corpus.ideas import note_idea

    kept = note_idea(workspace_of(context).library, key, text)
    typer.echo(f"{kept.idea.key}: {len(kept.notes)} {'note' if len(kept.notes) == 1 else 'notes'}")


def delete(context: typer.Context, key: Annotated[str, _KEY]) -> None:
    """Take an idea out. A proposal comes back with the next run: move it to `dropped` instead."""
    from corpus.ideas import delete_idea, kept_idea

    library = workspace_of(context).library
    full = kept_idea(library, key).idea.key
    delete_idea(library, full)
    typer.echo(f"{full}: deleted")


def propose_anew(context: typer.Context, json: Annotated[bool, _JSON] = False) -> None:
    """Look for ideas in the whole library anew. What you touched stays as it is."""
    from survey.ideas.proposing import propose

    with ProgressBar() as bar:
        counts = propose(workspace_of(context), progress=bar)
    if json:
        print_json(counts)
    else:
        typer.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


def show_moves(context: typer.Context, json: Annotated[bool, _JSON] = False) -> None:
    """The ways to come to an idea, after the reading notes."""
    from survey.ideas.moves import load_moves

    moves = load_moves().values()
    if json:
        print_json([move.model_dump(mode="json") for move in moves])
        return
    from rich.table import Table

    table = Table("move", "in the notes", "what it is", "", "strategy", "what is trained", box=None)
    for move in moves:
        table.add_row(move.key, move.idea, move.en, move.zh, move.strategy, move.cost)
    console().print(table)


def export(context: typer.Context, file: Annotated[Path, typer.Argument(help="A .md or .json file.")]) -> None:
    """Write all ideas to a file."""
    from corpus.errors import InputError
    from survey.ideas.export import render_json, render_markdown
    from survey.ideas.picture import save_text
    from survey.ideas.proposing import kept_in_order

    render = {".md": render_markdown, ".json": render_json}.get(file.suffix.lower())
    if render is None:
        raise InputError(f"{file.name} is of no known format", "End the name with .md or .json")
    found = kept_in_order(workspace_of(context))
    save_text(render(found), file)
    typer.echo(f"{len(found)} ideas: {file}")


def show_backtest(
    context: typer.Context,
    until: Annotated[int, typer.Option(min=1500, max=2200, help="The last year that may be looked at.")],
    seeds: Annotated[int, typer.Option(min=1, max=20, help="How often unjoined pairs are drawn.")] = 3,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Whether proposals come true: ranked by the papers of a year and before, held against the later ones."""
    from survey.ideas.backtest import backtest
    from survey.ideas.past import load_past

    past, known = load_past(workspace_of(context).library)
    with ProgressBar() as bar:
        found = backtest(past, until, seeds=seeds, progress=bar)
    names = [one.name for one in known]
    if json:
        print_json(found.to_json(names))
    else:
        _print_backtest(found, names)


def _print_backtest(found: Backtest, names: list[str]) -> None:
    from rich.table import Table

    before, after = found.papers
    typer.echo(
        f"{before:,} papers up to {found.until} with {found.concepts:,} concepts, {after:,} papers after it."
        f" {found.pairs:,} pairs that had not met, {found.joined:,} of them later in one title."
    )
    table = Table("ranked by", "ROC AUC", "average precision", "right of the first 100", box=None)
    for way, scores in found.scores.items():
        table.add_row(_WAYS[way], *_figures(scores))
    for way, scores in found.titles.items():
        table.add_row(f"{_WAYS[way]}, over titles", *_figures(scores))
    console().print(table)
    typer.echo("Among the first:")
    for one, other, chance, joined in found.first[:10]:
        typer.echo(f"  {'joined' if joined else 'not   '}  {names[one]} + {names[other]} ({chance:.2f})")


def _figures(scores: Any) -> list[str]:
    return [f"{scores['auc']:.3f}", f"{scores['ap']:.3f}", f"{scores['p100']:.2f}"]


def _bring_up_to_date(workspace: Workspace) -> None:
    from survey.ideas.proposing import is_current, propose

    if not is_current(workspace):
        with ProgressBar() as bar:
            propose(workspace, progress=bar)


def _nothing(workspace: Workspace, topic: str | None) -> str:
    from corpus.concepts import concepts

    if not workspace.library.count():
        return "The library is empty. Run `fourways start` for the starter catalogue, or `fourways import FILE`"
    if not concepts(workspace.library):
        return "The library has no concepts yet. Run `fourways index`"
    return "No ideas. Try other words" if topic else "No ideas: fewer filters or more papers may help"


def _check(what: str, given: str | None, known: Any) -> None:
    from corpus.errors import InputError, shorten

    if given is not None and given not in known:
        raise InputError(f"there is no {what} {shorten(given, 40)!r}", f"Use one of {', '.join(known)}")


def _print_line(number: int | None, kept: KeptIdea) -> None:
    idea = kept.idea
    marks = [
        "" if idea.support is None else f"support {idea.support:.2f}",
        "" if idea.novelty is None else f"novelty {idea.novelty:.2f}",
        "done already" if idea.exists else "",
        "" if kept.state == "new" else kept.state,
        "" if kept.rating is None else f"rated {kept.rating}",
        *(f"#{tag}" for tag in kept.tags),
    ]
    typer.echo(idea.statement if number is None else f"{number:3}. {idea.statement}")
    typer.echo(
        f"{'' if number is None else '     '}{idea.key}  {', '.join(filter(None, [idea.strategy, idea.cost, *marks]))}"
    )


def _print_idea(kept: KeptIdea) -> None:
    from survey.ideas.export import NOVELTY, SUPPORT

    idea = kept.idea
    _print_line(None, kept)
    if idea.why:
        typer.echo(f"\n{idea.why}")
    for heading, speaks in (("For it", "for"), ("Against it", "against")):
        if said := [one for one in idea.evidence if one.speaks == speaks]:
            typer.echo(f"\n{heading}:")
            for one in said:
                typer.echo(f"  {one.paper}  {one.title}{_year(one.year)}")
                if one.words and one.words != one.title:
                    typer.echo(f"      “{one.words}”")
    if idea.nearest:
        typer.echo("\nNearest existing work:")
        for near in idea.nearest:
            does = ", and does it already" if near.does_it else ""
            typer.echo(f"  {near.paper}  {near.title}{_year(near.year)}, similarity {near.similarity:.2f}{does}")
    for name, value in (
        ("to compare with", idea.baseline),
        ("data set", idea.dataset),
        ("must be trained", idea.cost),
        ("probe", idea.probe),
        ("combines", ", ".join(idea.names)),
    ):
        if value:
            typer.echo(f"{name}: {value}")
    for note in kept.notes:
        typer.echo(f"\n{note.created[:10]}  {note.text}")
    say(f"Novelty: {NOVELTY}. Support: {SUPPORT}.")


def _year(year: int | None) -> str:
    return f" ({year})" if year else ""
