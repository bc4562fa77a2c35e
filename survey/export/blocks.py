"""A draft as a row of blocks, the same for every format: which text stands where, who is named for a quote, which figure follows.

The formats differ in how a block looks, and in nothing that it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from corpus.models import clean_line
from survey.bibliography import SAFE_ADDRESS, short_name
from survey.draft.models import Draft, Reference, Sentence, Table
from survey.figures import Figure, build_figures
from survey.outline import Section

SUMMARY = "Summary"
REFERENCES = "References"
PAPER = "Paper"
PAPERS = "Papers"
PROBLEMS = "Open problems"
GAPS = "Gaps"

Layout = Literal["prose", "quotes", "problems", "gaps"]


@dataclass(frozen=True)
class Heading:
    """`level` 1 is a section; `anchor` is unique in the draft, in ASCII."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Text:
    """Sentences that stand together: a paragraph (prose), or a list of one sentence an item under a `label`."""

    layout: Layout
    sentences: tuple[Sentence, ...]

    @property
    def label(self) -> str:
        return {"problems": PROBLEMS, "gaps": GAPS}.get(self.layout, "")


@dataclass(frozen=True)
class Listing:
    """The papers of a section, in reading order."""

    references: tuple[Reference, ...]


Block = Heading | Text | Table | Listing | Figure


def build_blocks(draft: Draft) -> list[Block]:
    """The blocks of a draft in reading order, without its title and its list of references."""
    blocks: list[Block] = []
    if head := list(_body(draft, ())):
        blocks += [Heading(1, SUMMARY, "summary"), *head]
    blocks += build_figures(draft)
    by_id = {reference.id: reference for reference in draft.references}
    for number, section in enumerate(draft.outline.sections, 1):
        blocks += _section(draft, by_id, section, (), str(number))
    return blocks


def title_of(draft: Draft) -> str:
    """The draft's title, without what no file can hold: a topic may come from a shell that mangled it."""
    return clean_line(draft.outline.title)


def layout_of(sentence: Sentence) -> Layout:
    """How a sentence stands; what a language model worded anew is prose, whatever it was before."""
    if sentence.smoothed or sentence.kind in ("counted", "relation"):
        return "prose"
    return {"problem": "problems", "gap": "gaps"}.get(sentence.kind, "quotes")  # type: ignore[return-value]


def attribution(sentence: Sentence, references: dict[str, Reference]) -> str:
    """Whose words a quote is: Hu et al. (2022), as summarised by fourways. `references` by id."""
    cited = [references[one] for one in dict.fromkeys(quote.id for quote in sentence.citations) if one in references]
    who = "; ".join(short_name(reference) for reference in cited)
    by = sorted({reference.summary_by for reference in cited if reference.summary_by})
    return f"{who}, as summarised by {', '.join(by)}" if by else who


def cited_keys(sentence: Sentence) -> list[str]:
    """The keys that a sentence cites, each once, in its order."""
    return list(dict.fromkeys(quote.key for quote in sentence.citations))


def column_shares(rows: Sequence[Sequence[str]]) -> list[float]:
    """How much of a line's width each column of a table should have: no word broken, and no column over 26 letters wide.

    Addresses do not count: they are shown short.
    """
    wanted = []
    for column in zip(*rows, strict=True):
        texts = ["link" if SAFE_ADDRESS.fullmatch(text) else text for text in column]
        letters = max(min(26, len(text)) if " " in text else len(text) for text in texts)
        wanted.append(max(5, min(26, letters)) + 3)
    return [letters / sum(wanted) for letters in wanted]


def _section(
    draft: Draft, by_id: dict[str, Reference], section: Section, above: tuple[str, ...], number: str
) -> Iterator[Block]:
    path = (*above, section.title)
    yield Heading(len(path), clean_line(section.title), f"section-{number.replace('.', '-')}")
    yield from _body(draft, path)
    if section.papers:
        yield Listing(tuple(by_id[one] for one in section.papers))
    for count, part in enumerate(section.sections, 1):
        yield from _section(draft, by_id, part, path, f"{number}.{count}")


def _body(draft: Draft, path: tuple[str, ...]) -> Iterator[Block]:
    here = [sentence for sentence in draft.sentences if sentence.section == path]
    for layout, together in groupby(here, key=layout_of):
        yield Text(layout, tuple(together))
    yield from (_without_empty_columns(table) for table in draft.tables if table.section == path and table.rows)


def _without_empty_columns(table: Table) -> Table:
    kept = [n for n in range(len(table.columns)) if any(row.cells[n].text for row in table.rows)]
    rows = tuple(row.model_copy(update={"cells": tuple(row.cells[n] for n in kept)}) for row in table.rows)
    return Table(section=table.section, columns=tuple(table.columns[n] for n in kept), rows=rows)
