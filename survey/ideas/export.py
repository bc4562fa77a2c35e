"""Ideas as files: Markdown to read, JSON for other tools."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from corpus.ideas import STATES, Evidence, Existing, Idea, KeptIdea
from survey.export.markdown import escape
from survey.ideas.board import build_board, move_name
from survey.strategies import STRATEGIES

# What the two numbers mean, on one line each; the page says the same.
NOVELTY = "1 less the likeness of the nearest paper in the library, halved where one does it already"
SUPPORT = "how likely its parts come together in the next years, as the library's own past tells"


def render_json(kept: Sequence[KeptIdea]) -> str:
    """All that is kept of these ideas, in their order, as an indented JSON array with a line feed at its end."""
    return json.dumps([one.model_dump(mode="json") for one in kept], ensure_ascii=False, indent=2) + "\n"


def render_markdown(kept: Sequence[KeptIdea]) -> str:
    """These ideas by state, ranked, with evidence, nearest work and notes; all as text: no HTML, link or formula."""
    lines = ["# Ideas"]
    for state in STATES:
        ranked = build_board(kept)[state]
        if ranked:
            lines.append(f"## {state.capitalize()} ({len(ranked)})")
        for one in ranked:
            lines += _idea(one)
    if not kept:
        lines.append("There are none yet.")
    else:
        lines.append(f"Novelty: {NOVELTY}. Support: {SUPPORT}.")
    return "\n\n".join(lines) + "\n"


def _idea(one: KeptIdea) -> Iterator[str]:
    idea = one.idea
    yield f"### {escape(idea.statement)}"
    yield "\n".join(f"- {name}: {value}" for name, value in _facts(one))
    if idea.why:
        yield escape(idea.why)
    for heading, speaks in (("For it:", "for"), ("Against it:", "against")):
        if evidence := [_evidence(item) for item in idea.evidence if item.speaks == speaks]:
            yield heading
            yield "\n".join(evidence)
    if idea.nearest:
        yield "Nearest existing work:"
        yield "\n".join(map(_existing, idea.nearest))
    for note in one.notes:
        yield "\n".join(
            f"> {escape(line)}" if line.strip() else ">" for line in (note.created[:10], "", *note.text.splitlines())
        )


def _facts(one: KeptIdea) -> Iterator[tuple[str, str]]:
    idea = one.idea
    yield "key", f"`{idea.key}`"
    yield "move", escape(move_name(idea.move))
    if idea.strategy:
        named = STRATEGIES.get(idea.strategy)
        yield "strategy", escape(named.en if named else idea.strategy)
    for name, value in _numbers(idea):
        yield name, value
    for name, text in (
        ("of", ", ".join(idea.names)),
        ("must be trained", idea.cost),
        ("baseline", idea.baseline),
        ("data set", idea.dataset),
        ("probe", idea.probe),
        ("rating", f"{one.rating} of 5" if one.rating else None),
        ("tags", ", ".join(one.tags)),
    ):
        if text:
            yield name, escape(text)


def _numbers(idea: Idea) -> Iterator[tuple[str, str]]:
    for name, value in (("novelty", idea.novelty), ("support", idea.support)):
        if value is not None:
            yield name, f"{value:.2f}"


def _evidence(item: Evidence) -> str:
    words = f": “{escape(item.words)}”" if item.words else ""
    return f"- {_paper(item.paper, item.title, item.year)}{words}"


def _existing(item: Existing) -> str:
    does = ", and does it already" if item.does_it else ""
    return f"- {_paper(item.paper, item.title, item.year)}, similarity {item.similarity:.2f}{does}"


def _paper(paper_id: str, title: str, year: int | None) -> str:
    return f"{escape(title)}{f' ({year})' if year else ''} \\[{escape(paper_id)}\\]"
