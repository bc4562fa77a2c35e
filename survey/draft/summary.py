"""The summary at the head of a draft: how large the literature is, where it began and grew, and what is said of all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from survey.draft.material import Material
from survey.draft.models import Sentence, papers_of
from survey.draft.openings import (
    cited_most,
    in_time,
    most_cited,
    most_named,
    name_parts,
    named_most,
    tell_recent,
    the_first,
)
from survey.draft.quoting import choose_quotes, quote_row
from survey.draft.telling import tell
from survey.outline import Outline

# Quotes of the summary, and sections and papers that it names.
QUOTES, NAMED = 2, 3
# How alike two quotes of the summary may be: each begins at the beginning.
APART = 0.25
# Methods that fewer other papers name are not told of all.
NAMES = 4
# A draft of fewer papers needs no summary.
LEAST = 6


def summarise(material: Material, outline: Outline) -> Iterator[Sentence]:
    """The sentences of the summary: counted facts, then the sentences nearest to what all papers say."""
    ids = _papers(outline)
    if len(ids) < LEAST:
        return
    yield from count_all(material, outline)
    for row in choose_quotes(material, in_time(material, ids), most=QUOTES, section=False, alike=APART):
        yield quote_row(material, (), row)


def count_all(material: Material, outline: Outline) -> Iterator[Sentence]:
    """The counted facts of the summary; none for a draft of few papers."""
    ids = _papers(outline)
    if len(ids) < LEAST:
        return
    yield from _extent(material, ids)
    yield from _sections(material, outline)
    if cited := most_cited(material, ids)[:NAMED]:
        text = material.wording.most_cited[len(cited) > 1].format(who=cited_most(material, cited))
        yield _counted(material, text, cited)
    yield from _named(material, ids)


def _named(material: Material, ids: Sequence[str]) -> Iterator[Sentence]:
    """The methods that most of the other papers name."""
    if most := [one for one in most_named(material, ids)[:NAMED] if len(material.referred[one]) >= NAMES]:
        text = material.wording.most_named[len(most) > 1].format(who=named_most(material, most))
        yield _counted(material, text, most)


def _papers(outline: Outline) -> list[str]:
    return [paper_id for section in outline.sections for paper_id in papers_of(section)]


def _counted(material: Material, text: str, cited: Sequence[str]) -> Sentence:
    return tell((), text, [material.title_quote(one) for one in cited], stop=material.wording.stop)


def _extent(material: Material, ids: Sequence[str]) -> Iterator[Sentence]:
    """How many papers of which years, the first of them, and since when half of them have come out."""
    words = material.wording
    dated = in_time(material, [one for one in ids if material.papers[one].year])
    number = words.papers(len(ids))
    if not dated:
        text = words.extent_undated.format(papers=number, first=material.cite_title(ids[0]))
        yield _counted(material, text, ids[:1])
        return
    years = [material.year(one) for one in dated]
    first = the_first(material, dated[0], years)
    text = words.extent.format(papers=number, years=words.years(years)) + tell_recent(material, years) + first
    # What names no paper cites the first and the last for the years.
    yield _counted(material, text, dated[:1] if first else [dated[0], dated[-1]])


def _sections(material: Material, outline: Outline) -> Iterator[Sentence]:
    """The largest sections, each with the paper that stands for it."""
    if len(outline.sections) < 2:
        return
    words = material.wording
    sized = sorted(outline.sections, key=lambda section: -len(papers_of(section)))[:NAMED]
    parts, heads = name_parts(material, sized)
    form = words.sections if len(outline.sections) > NAMED else words.all_sections
    text = form.format(n=words.number(len(outline.sections)), parts=parts)
    yield tell((), text, heads, stop=words.stop)
