"""Outlines: from a topic's papers to sections and subsections, each paper in one of them.

topic -> group -> label -> order. Surveys, data sets and studies are told by their titles; all other papers are grouped by
meaning and citations together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.errors import InputError
from corpus.models import Frozen, Paper
from survey.grouping import SMALLEST, Rows, citation_rank, mix_citations, split_rows
from survey.headings import Label, label_groups
from survey.phrases import Phrases, build_phrases, singular
from survey.strategies import directions
from survey.wording import DATASET_TITLE, DATASET_USED, EVALUATION_TITLE, SURVEY_TITLE

# Sections of the first level, and subsections of a section.
SECTIONS = (4, 8)
SUBSECTIONS = (2, 5)
# A section of fewer papers is not divided.
DIVISIBLE = 12
# Where this share of the papers falls under one facet, the facet is the topic and not a part of it.
FACET_MOST = 0.4
# A direction that this share of a group's papers stands under names the group.
MOST = 0.5

DATASETS, EVALUATION, SURVEYS = "Datasets and benchmarks", "Evaluation and analysis", "Related surveys"


class Section(Frozen):
    """A heading, the papers placed right under it in reading order (ids), and its subsections. Only leaves hold papers."""

    title: str
    papers: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


class Outline(Frozen):
    """The sections of a survey on `topic`. Every paper it was built from stands in exactly one section."""

    topic: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class _Material:
    """What an outline is made of, the papers sorted by id: rows of the arrays belong to papers."""

    topic: str
    papers: Sequence[Paper]
    vectors: Vectors
    features: Vectors  # (n, d): vectors mixed with those of papers near in citations; what groups are made of
    rank: NDArray[np.float64]  # PageRank among these papers
    importance: NDArray[np.float64]
    phrases: Phrases
    used: list[Label] = field(default_factory=list)  # headings given away, anywhere in the outline


def build_outline(
    topic: str,
    papers: Sequence[Paper],
    vectors: Vectors,
    citations: Sequence[tuple[int, int]],
    *,
    relevance: Sequence[float] | None = None,
) -> Outline:
    """The outline of a survey on `topic`; the same papers in any order give the same outline.

    `vectors` (n, d), of length 1, and `relevance` (n, higher is better; it weighs the wording of headings) belong to `papers`;
    `citations` are pairs (i, j): papers[i] cites papers[j]. Raises InputError where there is no paper, an id stands twice, or the
    arguments do not belong together.
    """
    _check(papers, vectors, citations, relevance)
    material = _prepare(topic, papers, vectors, citations, relevance)
    facets, methods = _facets(material.papers)
    groups = sorted(split_rows(material.features, methods, SECTIONS), key=lambda rows: _reading_order(material, rows))
    if len(groups) == 1:
        # Nothing to be told apart from: a phrase would only narrow it.
        named = [(Label("Methods" if facets else "Papers on the topic", ()), groups[0])]
    else:
        named = _named(material, groups, parent=None)
    sections = [_section(material, rows, label) for label, rows in named]
    sections += [_section(material, rows, Label(title, ())) for title, rows in facets]
    return Outline(topic=topic, title=_survey_title(topic), sections=tuple(sections))


# ---- material --------------------------------------------------------------------------------------------------------


def _check(
    papers: Sequence[Paper], vectors: Vectors, citations: Sequence[tuple[int, int]], relevance: Sequence[float] | None
) -> None:
    n = len(papers)
    if not n:
        raise InputError("there is no paper to make an outline of", "Import papers on the topic, or widen the topic")
    if len(vectors) != n or (relevance is not None and len(relevance) != n):
        raise InputError(
            f"{n} papers came with {len(vectors)} vectors", "Give one vector, and one relevance if any, for each paper"
        )
    if len({paper.name for paper in papers}) < n:
        raise InputError("a paper stands twice among the papers of the outline", "Give each paper once")
    if any(not (0 <= i < n and 0 <= j < n) for i, j in citations):
        raise InputError("a citation names a paper that is not there", "Give citations among the papers only")


def _prepare(
    topic: str,
    papers: Sequence[Paper],
    vectors: Vectors,
    citations: Sequence[tuple[int, int]],
    relevance: Sequence[float] | None,
) -> _Material:
    """Everything in the order of ids, so that nothing after this depends on the order of the arguments."""
    order = sorted(range(len(papers)), key=lambda row: papers[row].name)
    place = {row: number for number, row in enumerate(order)}
    edges = sorted({(place[i], place[j]) for i, j in citations if i != j})
    ordered = [papers[row] for row in order]
    rows = np.asarray(vectors, dtype=np.float32)[order]
    weights = (
        np.ones(len(order)) if relevance is None else np.clip(np.asarray(relevance, dtype=np.float64)[order], 0, None)
    )
    top = float(weights.max())
    return _Material(
        topic=topic,
        papers=ordered,
        vectors=rows,
        features=mix_citations(rows, edges),
        rank=citation_rank(len(order), edges),
        importance=0.5 + 0.5 * weights / top if top > 0 else np.ones(len(order)),
        phrases=build_phrases(ordered),
    )


# ---- facets ----------------------------------------------------------------------------------------------------------


def _facets(papers: Sequence[Paper]) -> tuple[list[tuple[str, Rows]], Rows]:
    """The facets that have papers enough, in the order in which they close a survey, and the rows of all other papers."""
    found: dict[str, list[int]] = {DATASETS: [], EVALUATION: [], SURVEYS: []}
    for row, paper in enumerate(papers):
        if facet := facet_of(paper.title):
            found[facet].append(row)
    most = FACET_MOST * len(papers)
    kept = [(title, np.array(rows)) for title, rows in found.items() if SMALLEST <= len(rows) <= most]
    placed = {int(row) for _, rows in kept for row in rows}
    rest = np.array([row for row in range(len(papers)) if row not in placed], dtype=np.int64)
    # A remainder too small for a section would be a heading for two papers.
    return (kept, rest) if len(rest) >= SMALLEST else ([], np.arange(len(papers)))


def facet_of(title: str) -> str | None:
    """The standard section that a title asks for, or None for a paper on a method.

    >>> facet_of("A Survey of Adapters"), facet_of("Dataset Distillation by Gradient Matching")
    ('Related surveys', None)
    """
    if SURVEY_TITLE.search(title):
        return SURVEYS
    if DATASET_TITLE.search(title) and not DATASET_USED.search(title):
        return DATASETS
    return EVALUATION if EVALUATION_TITLE.search(title) else None


# ---- sections --------------------------------------------------------------------------------------------------------


def _named(material: _Material, groups: Sequence[Rows], parent: Label | None) -> list[tuple[Label, Rows]]:
    """The groups with their headings; those that no phrase tells apart are put together, last, as other work."""
    labels = _by_direction(material, groups, parent)
    given = [label for label in labels if label]
    phrases = label_groups(
        material.phrases,
        groups,
        material.vectors,
        parent=parent,
        used=[*material.used, *given],
        topic=material.topic,
        importance=material.importance,
    )
    labels = [label or phrase for label, phrase in zip(labels, phrases, strict=True)]
    named = [(label, rows) for label, rows in zip(labels, groups, strict=True) if label]
    material.used.extend(label for label, _ in named)
    if nameless := [rows for label, rows in zip(labels, groups, strict=True) if not label]:
        named.append((Label("Other work" if named else "Papers on the topic", ()), np.sort(np.concatenate(nameless))))
    return named


def _by_direction(material: _Material, groups: Sequence[Rows], parent: Label | None) -> list[Label | None]:
    """The direction that most papers of a group stand under and few of its siblings' do: a heading that a person has worded.

    A direction names one group at most, and none where it says no more than the topic or was used before. The numbered ideas
    of the reading notes name no group: they are questions to ask of a field, not parts of one.
    """
    table = {key: _label_of(direction.en) for key, direction in directions().items() if direction.idea is None}
    barred = {key for label in (*material.used, *([parent] if parent else [])) for key in label.keys}
    about = {singular(word) for word in re.findall(r"[^\W_]+", material.topic.lower())}
    total = sum(len(rows) for rows in groups)
    found: list[tuple[float, str, int]] = []
    for key, label in table.items():
        if barred & set(label.keys) or set(label.keys[0]) <= about:
            continue
        held = [sum(key in material.papers[row].directions for row in rows) for rows in groups]
        for group, rows in enumerate(groups):
            share, others = held[group] / len(rows), (sum(held) - held[group]) / max(1, total - len(rows))
            if share >= MOST and others <= share / 2:
                found.append((-share * held[group], key, group))
    labels: list[Label | None] = [None] * len(groups)
    given: set[str] = set()
    for _, key, group in sorted(found):
        if labels[group] is None and key not in given:
            labels[group] = table[key]
            given.add(key)
    return labels


def _label_of(name: str) -> Label:
    return Label(name, (tuple(singular(word) for word in re.findall(r"[^\W_]+", name.lower())),))


def _section(material: _Material, rows: Rows, label: Label) -> Section:
    """A section with the papers in reading order, in subsections where there are papers enough."""
    if len(rows) >= DIVISIBLE:
        groups = sorted(
            split_rows(material.features, rows, SUBSECTIONS), key=lambda part: _reading_order(material, part)
        )
        named = _named(material, groups, label) if len(groups) > 1 else []
        if len(named) > 1:
            parts = tuple(Section(title=part.text, papers=_ordered(material, some)) for part, some in named)
            return Section(title=label.text, sections=parts)
    return Section(title=label.text, papers=_ordered(material, rows))


def _ordered(material: _Material, rows: Rows) -> tuple[str, ...]:
    """Ids by year, within a year the most cited-by-the-cited first; papers without a year come last."""
    papers, rank = material.papers, np.round(material.rank, 12)
    return tuple(papers[r].name for r in sorted(rows, key=lambda r: (papers[r].year or 9999, -rank[r], papers[r].name)))


def _reading_order(material: _Material, rows: Rows) -> tuple[float, float, str]:
    """Foundations first: the median year of a group's papers, then the highest PageRank, then the first id."""
    years = [year for row in rows if (year := material.papers[row].year)]
    age = float(np.median(years)) if years else np.inf
    return age, -round(float(material.rank[rows].max()), 12), material.papers[rows[0]].name


def _survey_title(topic: str) -> str:
    if re.search(r"[\u3400-\u9fff]", topic):
        return f"{topic}：综述"
    return f"{topic[:1].upper()}{topic[1:]}: a survey"
