"""What a change of an outline needs of the papers themselves: parts that a section falls into, and where more papers belong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corpus.embed import Vectors, normalise
from corpus.errors import InputError, shorten
from corpus.models import Paper
from survey.grouping import Rows, build_features, nest_groups, split_rows
from survey.headings import Label, label_groups
from survey.outline.building import Outline
from survey.outline.chinese import both_languages, titles_for
from survey.outline.editing import Titles, find_section, ids_in, walk_sections
from survey.outline.naming import build_names
from survey.phrases import key_of

# Parts that a section is split into at most.
MOST_PARTS = 6


def build_parts(
    outline: Outline,
    titles: Titles,
    papers: Sequence[Paper],
    vectors: Vectors,
    citations: Sequence[tuple[int, int]],
) -> list[tuple[str, list[str]]]:
    """The parts that the papers of a section fall into, each with a title and its papers, in the section's order of these.

    `papers` are those of the outline, with their `vectors` (n, d) and `citations`, pairs (i, j): papers[i] cites papers[j]. They
    are grouped as outlines are; a section too small for that falls into two. Raises InputError for one paper, and for papers that
    nothing tells apart.
    """
    section = find_section(outline, titles)
    held = ids_in(section)
    place = {one: n for n, one in enumerate(held)}
    row = {paper.name: n for n, paper in enumerate(papers)}
    rows = np.array([row[one] for one in sorted(held)], dtype=np.int64)
    groups = _groups(build_features(papers, vectors, citations), rows)
    if len(groups) < 2:
        raise InputError(
            f"nothing tells the papers of {shorten(section.title)!r} apart",
            "Move some of them to another section instead",
        )
    groups.sort(key=lambda group: min(place[papers[one].name] for one in group.tolist()))
    names = _names(outline, section.title, papers, vectors, groups)
    return [
        (name, sorted((papers[one].name for one in group.tolist()), key=place.__getitem__))
        for name, group in zip(names, groups, strict=True)
    ]


def place_papers(outline: Outline, new: Sequence[str], papers: Sequence[Paper], vectors: Vectors) -> dict[str, Titles]:
    """For each of the `new` papers the section without subsections whose papers it is nearest to (cosine with their mean).

    `papers`, with their `vectors` (n, d), are those of the outline and the new ones.
    """
    row = {paper.name: n for n, paper in enumerate(papers)}
    leaves = [(path, section) for path, section in walk_sections(outline) if section.papers]
    means = np.stack([vectors[[row[one] for one in section.papers]].mean(axis=0) for _, section in leaves])
    centres = normalise(means.astype(np.float32))
    places = {}
    for paper_id in new:
        likeness = np.round(centres @ vectors[row[paper_id]], 6)
        places[paper_id] = leaves[int(np.argmax(likeness))][0]
    return places


def _groups(features: Vectors, rows: Rows) -> list[Rows]:
    groups = split_rows(features, rows, most=MOST_PARTS)
    if len(groups) > 1 or len(rows) < 2 or np.ptp(features[rows], axis=0).max() < 1e-6:
        return list(groups)
    halves = nest_groups(features, [rows[n : n + 1] for n in range(len(rows))], (2, 2)) if len(rows) > 2 else []
    return [np.sort(np.concatenate(half)) for half in halves] or [rows[:1], rows[1:]]


def _names(
    outline: Outline, title: str, papers: Sequence[Paper], vectors: Vectors, groups: Sequence[Rows]
) -> list[str]:
    """A title for each group; of one that no phrase tells from the others the title of its first paper."""
    rows = np.sort(np.concatenate(groups))
    place = {one: n for n, one in enumerate(rows.tolist())}
    some = [papers[one] for one in rows.tolist()]
    used = [Label(section.title, (key_of(section.title),)) for _, section in walk_sections(outline)]
    subject = both_languages(outline.topic)
    labels = label_groups(
        build_names(some, subject),
        [np.array([place[one] for one in group.tolist()], dtype=np.int64) for group in groups],
        vectors[rows],
        topic=subject,
        parent=Label(title, (key_of(title),)),
        used=used,
    )
    names = [
        label.text if label else shorten(papers[int(group[0])].title, 60)
        for label, group in zip(labels, groups, strict=True)
    ]
    return titles_for(names, outline.topic)
