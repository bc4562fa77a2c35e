"""Open problems: sentences in which papers say what does not work yet, and gaps that the idea graph shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from survey.draft.candidates import Candidate
from survey.draft.material import Gap, Material
from survey.draft.models import Sentence, papers_of
from survey.draft.quoting import own_centrality, quote_row, unquoted
from survey.draft.telling import tell
from survey.outline import Section

# Problems quoted in a section: one for every six papers, within these bounds; alike ones once. So many in the closing section.
PROBLEMS = (1, 3)
PROBLEMS_AT_END = 5
REPEATS = 0.5
# What closes a draft is less alike to all that stands in it: it looks over the field and makes no point twice.
APART = 0.4
GAPS = 4


def close(
    material: Material,
    path: tuple[str, ...],
    sections: Sequence[Section],
    gaps: Sequence[Gap],
) -> list[Sentence]:
    """What closes a survey of these first-level sections: the gaps, and what is open beyond what they have quoted already.

    Of an outline of several parts what is open is told of each section in turn.
    """
    told = list(tell_gaps(material, path, gaps))
    parts = [part for section in sections for part in _parts(section)]
    if len(parts) > 1:
        problems = list(_look_over(material, path, sections))
    else:
        ids = [one for part in parts for one in part]
        problems = list(state_problems(material, path, ids, PROBLEMS_AT_END))
    return [*problems, *told] if len(problems) + len(told) > 1 else told  # a single sentence is no section


def _look_over(material: Material, path: tuple[str, ...], sections: Sequence[Section]) -> Iterator[Sentence]:
    """What is open in one section after the other, the largest first, round by round; a problem a part and paper at most."""
    texts = material.sentences.all
    sized = sorted(sections, key=lambda section: -len(papers_of(section)))
    lines = [[_by_openness(material, unquoted(material, ids)) for ids in _parts(section)] for section in sized]
    heard: set[str] = set()
    told = 0
    while any(lines):
        for parts in lines:
            fit = [
                (number, row)
                for number, rows in enumerate(parts)
                for row in rows
                if texts[row].paper not in heard and material.repeats[row] <= APART
            ]
            if not fit:
                parts.clear()
                continue
            # Of the parts the one whose clearest problem is the most open; of equals the first.
            number, row = min(fit, key=lambda one: (-material.sentences.openness[one[1]], one[0]))
            del parts[number]
            heard.add(texts[row].paper)
            yield quote_row(material, path, row, "problem")
            told += 1
            if told == PROBLEMS_AT_END:
                return


def _parts(section: Section) -> Iterator[Sequence[str]]:
    """The papers of each part of a section that has no parts itself, the largest first."""
    if section.papers:
        yield section.papers
    for part in sorted(section.sections, key=lambda one: -len(papers_of(one))):
        yield from _parts(part)


def _by_openness(material: Material, rows: Sequence[int]) -> list[int]:
    """Those of the rows that say what is open, the most open first, of equals the most central.

    What older papers deplore later ones have worked on: it is told only of open problems, and where none of the papers came out
    last. What a paper says of its own method is no problem of the field.
    """
    texts, open_ = material.sentences.all, material.sentences.openness
    late = [row for row in rows if material.year(texts[row].paper) >= material.recent]
    rows = [row for row in late or rows if open_[row] > bool(not late) and not _names_itself(material, texts[row])]
    if not rows:
        return []
    # What all papers of the draft deplore is why there is the topic at all.
    central = np.round(own_centrality(material, *material.sentences.dense(rows)), 6)
    return [rows[at] for at in sorted(range(len(rows)), key=lambda at: (-open_[rows[at]], -central[at], at))]


def _names_itself(material: Material, one: Candidate) -> bool:
    name = material.coined.get(one.paper)
    return bool(name and re.search(rf"(?<!\w){re.escape(name.text)}(?!\w)", one.text))


def state_problems(
    material: Material, path: tuple[str, ...], ids: Sequence[str], most: int | None = None
) -> Iterator[Sentence]:
    """What papers of a section say is open, word for word and one a paper: the most open first, of equals the most central.

    `most` of them, or as many as go with the number of papers; in reading order.
    """
    most = most or min(PROBLEMS[1], max(PROBLEMS[0], len(ids) // 6))
    here = unquoted(material, ids)
    order = _by_openness(material, here)
    if not order:
        return
    words, _ = material.sentences.dense(order)
    alike = words @ words.T
    papers = [material.sentences.all[row].paper for row in order]
    taken: list[int] = []
    for at in range(len(order)):
        new = not taken or float(alike[at, taken].max()) <= REPEATS
        if new and papers[at] not in {papers[one] for one in taken}:
            taken.append(at)
        if len(taken) == most:
            break
    place = {row: number for number, row in enumerate(here)}
    for row in sorted((order[at] for at in taken), key=place.__getitem__):
        yield quote_row(material, path, row, "problem")


def tell_gaps(material: Material, path: tuple[str, ...], gaps: Sequence[Gap]) -> Iterator[Sentence]:
    """The gaps as sentences, each on the words of the papers that it rests on."""
    for gap in gaps[:GAPS]:
        quotes = [
            material.quote(paper_id, one.source, one.start, one.stop)
            for paper_id, one in gap.evidence
            if paper_id in material.papers
        ]
        if quotes:
            yield tell(path, gap.text.rstrip(".。"), quotes, "gap", material.wording.stop)
