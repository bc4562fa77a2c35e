"""Building an outline: group, label, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from corpus.embed import Vectors
from corpus.models import Frozen, Paper
from survey.grouping import Rows, split_rows
from survey.headings import Label
from survey.outline.chinese import is_chinese_topic, titles_for
from survey.outline.facets import EVALUATION, EVALUATIONS, REST, aspect_sections, split_facets, split_standard
from survey.outline.foundations import TITLE as FOUNDATIONS
from survey.outline.foundations import find_foundations
from survey.outline.labelling import easier_names, first_names, label_rows, name_groups
from survey.outline.material import Material, build_material, check_material
from survey.outline.naming import about_topic, section_of, without_aspects
from survey.outline.nesting import nest_by_name, settle_papers
from survey.outline.ordering import middle_year, reading_order
from survey.phrases import key_of

# Sections of the first level besides the standard ones; groups in all of them together.
SECTIONS = (3, 7)
GROUPS = 28
# A standard section of more papers is divided.
DIVISIBLE = 16
STANDARD_PARTS = 3
# A section of several groups bears its name out more than a group does: by so much a larger part of its papers.
WIDE = 1.25
# With more sections on the first level, those without a name take one that fewer of their papers hold.
MOST_FIRST = 14
UNNAMED = "Papers on the topic"
# The title of a section, and its parts; one of the same title where it has none.
Parts = tuple[str, list[tuple[Label, Rows]]]


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


def build_outline(
    topic: str,
    papers: Sequence[Paper],
    vectors: Vectors,
    citations: Sequence[tuple[int, int]],
    *,
    relevance: Sequence[float] | None = None,
    step: Callable[[], None] = lambda: None,
) -> Outline:
    """The outline of a survey on `topic`; the same papers in any order give the same outline.

    `vectors` (n, d), of length 1, and `relevance` (n, higher is better; it weighs the wording of headings) belong to `papers`;
    `citations` are pairs (i, j): papers[i] cites papers[j]. `step` is called between the parts of the work, and may raise to stop.
    Raises InputError where there is no paper, an id stands twice, or the arguments do not belong together.
    """
    check_material(papers, vectors, citations, relevance)
    material = build_material(topic, papers, vectors, citations, relevance, step)
    facets, methods = split_facets(material.subject, material.papers)
    base = find_foundations(
        methods, material.subject, material.papers, material.vectors, material.cited, material.citing
    )
    sections = [_leaf(material, FOUNDATIONS, base)] if len(base) else []
    groups = split_rows(material.features, np.setdiff1d(methods, base), most=GROUPS)
    step()
    sections += _sections(material, groups, dict(facets), bool(sections or facets))
    return Outline(topic=topic, title=_survey_title(topic), sections=_told(sections, topic))


# ---- sections --------------------------------------------------------------------------------------------------------


def _sections(
    material: Material, groups: Sequence[Rows], facets: Mapping[str, Rows], has_others: bool
) -> list[Section]:
    """The field's own sections, the earliest first, then its aspects, then the standard `facets`."""
    # Nothing to be told apart from: a phrase would only narrow it.
    whole = "Methods" if has_others else UNNAMED
    if len(groups) == 1:
        own = [_leaf(material, whole, groups[0])]
        return own + [_standard(material, facet, rows) for facet, rows in facets.items()]
    aspects, groups = _by_aspect(material.subject, label_rows(material, groups), groups, EVALUATION in facets)
    nodes = _own_sections(material, groups, [label for parts in aspects.values() for label, _ in parts])
    evaluations = aspects.pop(EVALUATIONS, []) if EVALUATION in facets else []
    nodes += [(about_topic(name, material.topic), parts) for name, parts in aspects.items()]
    sections = _settled(material, nodes, whole)
    for facet, rows in facets.items():
        sections.append(_standard(material, facet, rows, evaluations if facet == EVALUATION else ()))
    return sections


def _by_aspect(
    topic: str, labels: Sequence[Label | None], groups: Sequence[Rows], has_evaluation: bool
) -> tuple[dict[str, list[tuple[Label, Rows]]], list[Rows]]:
    """Section -> its groups, for the sections of aspects that two groups and more fall under; and all other groups.

    Where the survey `has_evaluation` for a section already, one group more finds its place there.
    """
    found: dict[str, list[tuple[Label, Rows]]] = {section: [] for section in aspect_sections()}
    for label, rows in zip(labels, groups, strict=True):
        if label and (section := section_of(label, topic)):
            found[section].append((label, rows))
    least = {EVALUATIONS: 1} if has_evaluation else {}
    kept = {section: parts for section, parts in found.items() if len(parts) >= least.get(section, 2)}
    placed = {int(rows[0]) for parts in kept.values() for _, rows in parts}
    return kept, [rows for rows in groups if int(rows[0]) not in placed]


def _own_sections(material: Material, groups: Sequence[Rows], used: Sequence[Label]) -> list[Parts]:
    """The groups in sections of several that have a name in common, and on the first level where they have none."""
    material.used.extend(used)
    if not groups:
        return []
    own = without_aspects(material.phrases)
    wide = replace(material, phrases=replace(own, least=WIDE * own.least))
    nested = nest_by_name(material.features, groups, SECTIONS, wide.phrases, lambda whole: label_rows(wide, whole))
    if len(nested) in (1, len(groups)):
        groups = sorted(groups, key=lambda rows: _reading_order(material, rows))
        return [(label.text, [(label, rows)]) for label, rows in _named(material, groups, None)]
    named = _with_names(wide, nested)
    held = {int(rows[0]) for _, parts in named for rows in parts}
    named = _beside(material, named, [rows for rows in groups if int(rows[0]) not in held])
    if not named:
        return [(UNNAMED, [(Label(UNNAMED, ()), np.concatenate(groups))])]
    named.sort(key=lambda one: _reading_order(material, np.concatenate(one[1])))
    return [(label.text, _parts(material, label, parts)) for label, parts in named]


def _settled(material: Material, sections: Sequence[Parts], whole: str) -> list[Section]:
    """The sections, each paper in the part whose name it holds; `whole` is the title of a section that is left alone."""
    leaves = [leaf for _, parts in sections for leaf in parts]
    if not leaves:
        return []
    settled = settle_papers(material.features, leaves, material.phrases)
    if sum(len(rows) > 0 for rows in settled) == 1:
        return [_leaf(material, whole, np.concatenate(settled))]
    found, rest = [], iter(settled)
    for title, parts in sections:
        kept = [
            (label.text, rows) for (label, _), rows in zip(parts, islice(rest, len(parts)), strict=True) if len(rows)
        ]
        if len(kept) > 1:
            found.append(_parted(material, title, dict(kept)))
        elif kept:
            found.append(_leaf(material, title, kept[0][1]))
    return found


def _with_names(wide: Material, nested: Sequence[list[Rows]]) -> list[tuple[Label, list[Rows]]]:
    """The sections that have a name."""
    whole = [np.sort(np.concatenate(parts)) for parts in nested]
    labels = first_names(wide, whole, None)
    if sum(1 if label else len(parts) for label, parts in zip(labels, nested, strict=True)) > MOST_FIRST:
        labels = easier_names(wide, whole, labels, [])
    wide.used.extend(label for label in labels if label)
    return [(label, list(parts)) for label, parts in zip(labels, nested, strict=True) if label]


def _beside(
    material: Material, named: list[tuple[Label, list[Rows]]], loose: Sequence[Rows]
) -> list[tuple[Label, list[Rows]]]:
    """The `named` sections and the `loose` groups, each under a name of its own, or in the section that it is nearest to."""
    others = [np.sort(np.concatenate(parts)) for _, parts in named]
    labels = first_names(material, [*loose, *others], None)[: len(loose)] if loose else []
    material.used.extend(label for label in labels if label)
    named = [*named, *((label, [rows]) for label, rows in zip(labels, loose, strict=True) if label)]
    if not named:
        return []
    centres = np.stack([material.features[np.concatenate(parts)].mean(axis=0) for _, parts in named]).astype(np.float64)
    for label, rows in zip(labels, loose, strict=True):
        if not label:
            likeness = centres @ material.features[rows].mean(axis=0)
            named[int(np.argmax(np.round(likeness, 9)))][1].append(rows)
    return named


def _parts(material: Material, label: Label, groups: Sequence[Rows]) -> list[tuple[Label, Rows]]:
    """The parts of a section of this name; the section itself where nothing tells them apart."""
    if len(groups) > 1:
        groups = sorted(groups, key=lambda part: _reading_order(material, part))
        named = _named(material, groups, label)
        if len(named) > 1:
            return named
    return [(label, np.sort(np.concatenate(groups)))]


def _standard(material: Material, facet: str, rows: Rows, others: Sequence[tuple[Label, Rows]] = ()) -> Section:
    """The section of a standard facet; `others`, groups that an aspect of the same kind names, are parts beside its own."""
    title = about_topic(facet, material.topic)
    parts = dict(split_standard(facet, material.papers, rows))
    if others:
        parts = parts or {REST[facet]: rows}
        for label, some in others:
            parts[label.text] = np.union1d(parts.get(label.text, some), some)
    if parts:
        return _parted(material, title, parts)
    label = Label(title, (key_of(facet),))
    groups = split_rows(material.features, rows, most=STANDARD_PARTS) if len(rows) > DIVISIBLE else [rows]
    named = _parts(material, label, groups)
    if len(named) == 1:
        return _leaf(material, title, rows)
    return _parted(material, title, {part.text: some for part, some in named})


def _parted(material: Material, title: str, parts: Mapping[str, Rows]) -> Section:
    return Section(title=title, sections=tuple(_leaf(material, name, rows) for name, rows in parts.items()))


def _leaf(material: Material, title: str, rows: Rows) -> Section:
    return Section(title=title, papers=_ordered(material, rows))


def _named(material: Material, groups: Sequence[Rows], parent: Label | None) -> list[tuple[Label, Rows]]:
    """The groups with their headings; the papers of one that nothing tells apart are taken in by its siblings."""
    return _taken_in(material, name_groups(material, groups, parent), groups)


def _taken_in(material: Material, labels: Sequence[Label | None], groups: Sequence[Rows]) -> list[tuple[Label, Rows]]:
    """The groups that have a heading; papers of one that nothing tells apart go to the group that each is nearest to."""
    named = [(label, rows) for label, rows in zip(labels, groups, strict=True) if label]
    if not named:
        return [(Label(UNNAMED, ()), np.sort(np.concatenate(groups)))]
    centres = np.stack([material.features[rows].mean(axis=0) for _, rows in named]).astype(np.float64)
    joined: list[list[int]] = [rows.tolist() for _, rows in named]
    for label, rows in zip(labels, groups, strict=True):
        if not label:
            nearest = np.argmax(np.round(material.features[rows].astype(np.float64) @ centres.T, 9), axis=1)
            for row, near in zip(rows.tolist(), nearest.tolist(), strict=True):
                joined[near].append(row)
    return [(label, np.array(sorted(rows))) for (label, _), rows in zip(named, joined, strict=True)]


def _ordered(material: Material, rows: Rows) -> tuple[str, ...]:
    """Ids in reading order."""
    names = [paper.name for paper in material.papers]
    return tuple(names[row] for row in reading_order(rows, material.years, material.cited, names))


def _reading_order(material: Material, rows: Rows) -> tuple[float, float, str]:
    """Foundations first: the middle year of a group's papers, then the highest PageRank, then the first id."""
    age = middle_year(rows, material.years, material.paths)
    return age, -round(float(material.rank[rows].max()), 12), material.papers[int(rows[0])].name


def _told(sections: Sequence[Section], topic: str) -> tuple[Section, ...]:
    """The sections with their titles in the language of the survey."""
    titles = titles_for([section.title for section in sections], topic)
    return tuple(
        Section(title=title, papers=section.papers, sections=_told(section.sections, topic))
        for title, section in zip(titles, sections, strict=True)
    )


def _survey_title(topic: str) -> str:
    if is_chinese_topic(topic):
        return f"{topic}：综述"
    return f"{topic[:1].upper()}{topic[1:]}: a survey"
