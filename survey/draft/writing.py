"""From an outline to a draft: a summary, and for each section counted facts, quotes, relations, a table and open problems; at
the end, what is open in all of the field.

Nothing is made up: every sentence and every cell that says something of a paper holds the span of its title or abstract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from corpus.embed import Vectors
from corpus.errors import InputError, shorten
from corpus.models import Paper
from survey.draft.comparing import compare
from survey.draft.keys import build_keys, build_reference
from survey.draft.material import Gap, Material, Spoken, build_material
from survey.draft.models import Draft, Sentence, Table, closing_of, papers_of
from survey.draft.openings import common_words, open_section
from survey.draft.problems import close, state_problems
from survey.draft.quoting import choose_quotes, quote_row
from survey.draft.relating import relate, relate_sections
from survey.draft.summary import summarise
from survey.outline import Outline, Section

# A section with subsections is introduced by so many quotes; the others stand below.
INTRODUCED = 1


def write_draft(
    outline: Outline,
    papers: Sequence[Paper],
    vectors: Vectors,
    citations: Sequence[tuple[int, int]],
    *,
    spoken: Mapping[str, Sequence[Spoken]] | None = None,
    gaps: Sequence[Gap] = (),
) -> Draft:
    """The draft of an outline of `papers`; `vectors` (n, d) and `citations` (pairs (i, j): papers[i] cites papers[j]) as there.

    `spoken`: paper id -> what it says of methods, tasks and data sets, the surest first; `gaps`: what nobody has done, the best
    first. Raises InputError where the outline names a paper that is not among `papers`.
    """
    by_id = {paper.name: paper for paper in papers}
    placed = [paper_id for section in outline.sections for paper_id in papers_of(section)]
    if strangers := [paper_id for paper_id in placed if paper_id not in by_id]:
        raise InputError(
            f"the outline names {shorten(strangers[0])!r}, which is not among the papers",
            "Build the outline of these papers",
        )
    keys = build_keys([by_id[paper_id] for paper_id in placed])
    material = build_material(papers, keys, vectors, citations, spoken or {}, outline.topic)
    writer = _Writer(material, outline)
    summary = list(summarise(material, outline))
    body = [one for section in outline.sections for one in writer.write(section, ())]
    references = (build_reference(by_id[paper_id], key) for paper_id, key in keys.items())
    return Draft(
        outline=outline,
        references=tuple(sorted(references, key=lambda one: one.key)),
        sentences=(*summary, *body, *close(material, closing_of(outline.topic), outline.sections, gaps)),
        tables=tuple(writer.tables),
        links=tuple(sorted((keys[citing], keys[cited]) for citing, cited in material.links)),
    )


class _Writer:
    """Writes section after section: what one has said, the next need not."""

    def __init__(self, material: Material, outline: Outline) -> None:
        self.material = material
        self.tables: list[Table] = []
        self._topic = outline.topic
        self._common = common_words(material, self._topic)
        self._turns = count()
        self._first_level = {section.title: papers_of(section) for section in outline.sections}

    def write(self, section: Section, above: tuple[str, ...]) -> Iterator[Sentence]:
        path, ids, material = (*above, section.title), papers_of(section), self.material
        turn = next(self._turns)
        yield from open_section(material, path, section, turn, self._common)
        if not above:
            others = {title: held for title, held in self._first_level.items() if title != section.title}
            if crossing := relate_sections(material, path, ids, others):
                yield crossing
        most, heading = (INTRODUCED, section.title) if section.sections else (None, None)
        for row in choose_quotes(material, ids, most=most, heading=heading):
            yield quote_row(material, path, row)
        if not section.sections:
            yield from relate(material, path, ids, turn)
            yield from state_problems(material, path, ids)
            if table := compare(material, path, ids, self._topic):
                self.tables.append(table)
        for part in section.sections:
            yield from self.write(part, path)
