"""The summary at the head of a draft: how large the literature is, where it began and grew, and what is said of all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from survey.draft.material import Material
from survey.draft.models import Sentence, papers_of
from survey.draft.openings import counted, counted_sentence, listed, most_cited, number_word, span_of, the, times
from survey.draft.quoting import choose_quotes, quote_row
from survey.outline import Outline

# Quotes of the summary, and sections and papers that it names.
QUOTES, NAMED = 3, 3
# A draft of fewer papers needs no summary.
LEAST = 6
# The last years, as few as hold this share of the papers, tell how young a literature is.
HALF = 0.5


def summarise(material: Material, outline: Outline) -> Iterator[Sentence]:
    """The sentences of the summary: counted facts, then the sentences nearest to what all papers say."""
    ids = [paper_id for section in outline.sections for paper_id in papers_of(section)]
    if len(ids) < LEAST:
        return
    yield from _extent(material, ids)
    yield from _sections(material, outline)
    if cited := most_cited(material, ids)[:NAMED]:
        each = [f"{material.called(one)} ({times(material.cited_by[one])})" for one in cited]
        text = f"of these papers, the others cite {listed(each)} most"
        yield counted_sentence((), text, [material.title_quote(one) for one in cited])
    in_time = sorted(ids, key=lambda one: (material.year(one), one))
    for row in choose_quotes(material, in_time, most=QUOTES, section=False):
        yield quote_row(material, (), row)


def _extent(material: Material, ids: Sequence[str]) -> Iterator[Sentence]:
    """How many papers of which years, the first of them, and since when half of them have come out."""
    dated = sorted((one for one in ids if material.papers[one].year), key=lambda one: (material.year(one), one))
    number = counted(len(ids), "paper")
    if not dated:
        yield counted_sentence(
            (), f"this survey rests on {number}, among them {_titled(material, ids[0])}", [material.title_quote(ids[0])]
        )
        return
    years = [material.year(one) for one in dated]
    first, last = dated[0], dated[-1]
    earliest, latest = the("earliest", years[0], years), the("latest", years[-1], years)
    text = f"this survey rests on {number}{span_of(years)}; {earliest} is {_titled(material, first)}"
    yield counted_sentence((), text, [material.title_quote(first)])
    middle = years[-max(1, round(HALF * len(years)))]
    recent = [one for one in dated if material.year(one) >= middle]
    if years[0] < middle and len(recent) < 0.8 * len(dated):
        when = f"of {middle}" if middle == years[-1] else f"of {middle} or later"
        text = f"{number_word(len(recent))} of them are {when}, {latest} being {_titled(material, last)}"
        yield counted_sentence((), text, [material.title_quote(last)])


def _sections(material: Material, outline: Outline) -> Iterator[Sentence]:
    """The largest sections, each with the paper that stands for it."""
    sized = sorted(outline.sections, key=lambda section: -len(papers_of(section)))[:NAMED]
    if len(outline.sections) < 2:
        return
    each = [f"{section.title} ({counted(len(papers_of(section)), 'paper')})" for section in sized]
    heads = [(most_cited(material, papers_of(section)) or papers_of(section))[0] for section in sized]
    text = f"they fall into {number_word(len(outline.sections))} sections, the largest being {listed(each)}"
    yield counted_sentence((), text, [material.title_quote(one) for one in heads])


def _titled(material: Material, paper_id: str) -> str:
    return f"“{material.papers[paper_id].title}”"
