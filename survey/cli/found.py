"""Printing what a search found: hits with what matched in them, and counts."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from survey.cli.console import console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from corpus.models import Answer, Hit

_INDENT = "    "
# Characters of an abstract that are shown: two lines of a wide terminal, and about as much elsewhere.
_EXCERPT = 200
# Values of a facet that are printed; --json has all.
_VALUES = 12


def print_hits(hits: Sequence[Hit]) -> None:
    """Number, title, facts, a stretch of the abstract, and why; matched words stand out in a terminal."""
    out = console()
    limit = min(_EXCERPT, 2 * (out.width - len(_INDENT)) - 8) if sys.stdout.isatty() else _EXCERPT
    numbers = {hit.paper.name: number for number, hit in enumerate(hits, 1)}
    for number, hit in enumerate(hits, 1):
        first = f"{number:>{len(_INDENT) - 2}}. "
        for text in _texts(hit, numbers, limit):
            _print_indented(out, text, first, _INDENT)
            first = _INDENT


def _print_indented(out: Console, text: Text, first: str, rest: str) -> None:
    """The text in lines as wide as the terminal, `first` before the first one and `rest` before the others."""
    from rich.text import Text

    for line in text.wrap(out, max(20, out.width - len(rest))):
        line.rstrip()
        out.print(Text.assemble((first, "dim"), line), soft_wrap=True)
        first = rest


def _texts(hit: Hit, numbers: Mapping[str, int], limit: int) -> list[Text]:
    from rich.text import Text

    from survey.hits import excerpt, marks_of, reasons

    paper = hit.paper
    authors = ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")
    facts = " · ".join(str(fact) for fact in (authors, paper.year, paper.venue) if fact)
    texts = [_marked(paper.title, marks_of(hit, "title"), "bold", "underline"), Text(facts)]
    if paper.abstract:
        texts.append(_marked(*excerpt(paper.abstract, marks_of(hit, "abstract"), limit), "", "bold"))
    texts.append(Text("   ".join(part for part in (paper.name, "; ".join(reasons(hit, numbers))) if part), "dim"))
    return [text for text in texts if text.plain]


def _marked(text: str, spans: Sequence[tuple[int, int]], style: str, mark: str) -> Text:
    from rich.text import Text

    shown = Text(text, style)
    for start, end in spans:
        shown.stylize(mark, start, end)
    return shown


def print_facets(answer: Answer) -> None:
    """One line a field: its values and how many of the candidates have each."""
    from rich.text import Text

    if not any(answer.facets.values()):
        return
    out = console()
    out.print(Text(f"\nOf the {answer.counted} best:", "dim"))
    margin = max(map(len, answer.facets)) + 2
    for field, pairs in answer.facets.items():
        # Years are in their order, and the last ones are asked for most.
        shown = pairs[-_VALUES:] if field == "year" else pairs[:_VALUES]
        left = len(pairs) - len(shown)
        before = f"{left} earlier years · " if left and field == "year" else ""
        after = f" · and {left} more" if left and field != "year" else ""
        if shown:
            line = Text(before + " · ".join(f"{value} ({count})" for value, count in shown) + after)
            _print_indented(out, line, f"{field:<{margin}}", " " * margin)


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit as `--json` prints it."""
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


def facets_json(answer: Answer) -> dict[str, Any]:
    """The counts as `--json` prints them."""
    facets = {
        field: [{"value": value, "count": count} for value, count in pairs] for field, pairs in answer.facets.items()
    }
    return {"facets": facets, "counted": answer.counted}
