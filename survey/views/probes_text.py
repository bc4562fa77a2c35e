"""What the probes' pages say of tasks, methods and results, in the language that is chosen."""

from __future__ import annotations

from contextlib import suppress

from corpus.errors import UnknownPaper
from corpus.library import Library
from survey.bench.catalogue import MethodCard, TaskCard, load_catalogue
from survey.bench.record import Run
from survey.bench.report import Verdict, build_table, render_score, render_value
from survey.bench.task import Measure
from survey.own_texts import task_name
from survey.views.language import language, load_strings, say, told
from survey.views.moments import duration
from survey.views.text import plain


def task_choice(name: str, card: TaskCard | None) -> str:
    """A task in a list of them, as plain text."""
    return f"{name} — {told(card.title)}" if card else say("probes.own_task", name=name)


def task_label(task: str, title: str = "") -> str:
    """A run's task, as plain text."""
    name = task_name(task)
    return f"{name}: {told(title)}" if title else name


def measure_label(measure: Measure) -> str:
    return say(f"probes.{measure.better}", name=plain(told(measure.name)))


def rows_explained(task: TaskCard) -> str:
    """What the rows that are always there do, as Markdown; without those that the table of strings does not know."""
    known = load_strings(language())
    named = {row: f"probes.row_{row.replace('-', '_')}" for row in task.rows}
    lines = [
        say("probes.row_means", row=f"**{plain(row)}**", meaning=say(key)) for row, key in named.items() if key in known
    ]
    return "\n".join(f"- {line}" for line in lines)


def method_choice(name: str, card: MethodCard | None) -> str:
    """A method in a list of them, as plain text."""
    return name if card is None or card.title.casefold() == name else f"{name} ({card.title})"


def method_facts(card: MethodCard) -> list[str]:
    """What a method trains and how it can be set, as Markdown."""
    facts = [say("probes.trains", formula=plain(card.formula))]
    if card.parameters:
        facts = [
            say("probes.trains_for_example", formula=plain(card.formula), n=card.parameters, on=plain(card.example))
        ]
    settings = ", ".join(f"`{one.name}={one.default}`" for one in card.settings if len(one.default) < 20)
    return [*facts, say("probes.can_be_set", settings=settings)] if settings else facts


def known_paper(library: Library, card: MethodCard) -> str | None:
    """The id of the method's paper, if the library has it."""
    if card.arxiv_id:
        with suppress(UnknownPaper):
            paper_id = f"arxiv:{card.arxiv_id}"
            library.resolve(paper_id)
            return paper_id
    return None


def cost(rows: int, budget: float | None, seeds: int) -> str:
    """What a run takes at most."""
    if budget is None:
        return say("probes.cost_open", rows=rows, n=seeds)
    return say("probes.cost", rows=rows, n=seeds, time=duration(max(1.0, rows * budget)))


# ---- results -----------------------------------------------------------------------------------------------------------


def table_of(run: Run) -> dict[str, list[str]]:
    """Headings and columns of a run's table, as Markdown: what was tried in bold, what is always there not."""
    table = build_table(run)
    card = "probes.card_memory" if run.device.startswith("cuda") else "probes.memory"
    names = (
        *(plain(told(measure.name)) for measure in run.measures),
        *(say(f"probes.{name}") for name in ("trained", "stored", "rate", "wall", "cpu")),
        say(card),
    )
    rows = [
        [method_cell(row.method, cells[0], always=row.always), *map(plain, cells[1:])]
        for row, cells in zip(run.ranked(), table.rows, strict=True)
    ]
    columns = list(zip(*rows, strict=True)) or [()] * (len(names) + 1)
    return {name: list(column) for name, column in zip((say("probes.method"), *names), columns, strict=True)}


def method_cell(method: str, shown: str, *, always: bool) -> str:
    """A method, which is a link to its paper: with no link, keys could not reach a table that is wider than the screen."""
    if always:
        return plain(shown)
    card = load_catalogue().methods.get(method.split("{")[0].split("+")[0])
    label = f"**{plain(shown)}**"
    return f"[{label}](https://arxiv.org/abs/{card.arxiv_id})" if card and card.arxiv_id else label


def verdict_text(verdict: Verdict) -> str:
    """A sentence, as Markdown."""
    values = {
        "method": f"**{plain(verdict.method)}**",
        "reference": plain(verdict.reference),
        "measure": plain(told(verdict.measure.name)),
        "size": plain(render_value(abs(verdict.mean), verdict.measure)),
        "same": verdict.same,
        "seeds": verdict.seeds,
    }
    side = "over" if verdict.mean > 0 else "under"
    if verdict.spread is None:
        return say(f"probes.look_{side}", **values)
    if verdict.differs:
        return say(f"probes.{side}", **values)
    return say("probes.no_difference", **values, spread=plain(render_value(verdict.spread, verdict.measure)))


def setting_text(run: Run) -> str:
    """How a run was made, as Markdown."""
    parts = [
        say("probes.seeds_count", n=run.seeds),
        say("probes.steps_count", n=run.steps),
        say("probes.rates", rates=", ".join(f"{rate:g}" for rate in run.rates)) if run.rates else "",
        say("probes.budget_was", time=f"{run.budget:g}") if run.budget is not None else "",
        say("probes.backbone", name=plain(run.backbone)) if run.backbone else "",
        say("probes.threads", n=run.threads) if run.device == "cpu" else "",
        f"{plain(run.device_name)} ({plain(run.device)})",
        plain(" ".join(f"{name} {version}" for name, version in run.versions.items())),
        say("probes.prepared", time=duration(run.prepared)),
    ]
    return " · ".join(filter(None, parts))


def best_text(run: Run) -> str:
    """The best row that was tried, with its score, as plain text; empty where none was finished."""
    tried = [row for row in run.ranked() if not row.always and row.outcomes] or run.ranked()
    score = render_score(tried[0], run.measures[0]) if tried else ""
    return say("probes.best", method=tried[0].method, score=score, measure=told(run.measures[0].name)) if score else ""


def tried_text(run: Run, most: int = 6) -> str:
    """The methods that were tried, as plain text."""
    names = [row.method for row in run.rows if not row.always]
    more = say("probes.and_more", n=len(names) - most) if len(names) > most else ""
    return ", ".join(names[:most]) + more
