"""Open problems: sentences in which papers say what does not work yet, and gaps that the idea graph shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from survey.draft.material import Gap, Material
from survey.draft.models import Sentence
from survey.draft.quoting import own_centrality, quote_row, unquoted
from survey.draft.telling import tell

# Problems quoted in a section: one for every six papers, within these bounds; alike ones once. So many in the closing section.
PROBLEMS = (1, 3)
PROBLEMS_AT_END = 5
REPEATS = 0.5
GAPS = 4


def close(material: Material, path: tuple[str, ...], ids: Sequence[str], gaps: Sequence[Gap]) -> list[Sentence]:
    """What closes a survey of the papers `ids`: the gaps, and what is open beyond what its sections have quoted already."""
    told = list(tell_gaps(material, path, gaps))
    problems = list(state_problems(material, path, ids, PROBLEMS_AT_END))
    return [*problems, *told] if len(problems) + len(told) > 1 else told  # a single sentence is no section


def state_problems(
    material: Material, path: tuple[str, ...], ids: Sequence[str], most: int | None = None
) -> Iterator[Sentence]:
    """What papers of a section say is open, word for word and one a paper: the most open first, of equals the most central.

    `most` of them, or as many as go with the number of papers.
    """
    most = most or min(PROBLEMS[1], max(PROBLEMS[0], len(ids) // 6))
    texts, open_ = material.sentences.all, material.sentences.openness
    rows = [
        row
        for row in unquoted(material, ids)
        if open_[row] > 1 or (open_[row] and material.year(texts[row].paper) >= material.recent)
    ]
    if not rows:
        return
    words, columns = material.sentences.dense(rows)
    # What all papers of the draft deplore is why there is the topic at all.
    alike, central = words @ words.T, np.round(own_centrality(material, words, columns), 6)
    order = sorted(range(len(rows)), key=lambda at: (-open_[rows[at]], -central[at], at))
    taken: list[int] = []
    for at in order:
        new = not taken or float(alike[at, taken].max()) <= REPEATS
        if new and texts[rows[at]].paper not in {texts[rows[one]].paper for one in taken}:
            taken.append(at)
        if len(taken) == most:
            break
    for at in sorted(taken):
        yield quote_row(material, path, rows[at], "problem")


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
