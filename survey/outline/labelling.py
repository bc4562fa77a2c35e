"""Headings of sibling groups: directions first, then phrases, then what fewer of their papers hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survey.grouping import Rows
from survey.headings import Label, label_groups
from survey.outline.material import Material
from survey.outline.naming import label_by_direction

# Where hardly a group has a name, this part of the usual share of papers is enough.
EASE = 0.4


def name_groups(material: Material, groups: Sequence[Rows], parent: Label | None) -> list[Label | None]:
    """A heading for each of the sibling groups, None where nothing fits; what is given away is remembered."""
    labels = first_names(material, groups, parent)
    if parent and not all(labels):
        # A narrower name than the parent's is still better than none: hallucination, hallucination detection.
        again = label_rows(material, groups, _taken(labels), [parent])
        labels = [label or second for label, second in zip(labels, again, strict=True)]
    if sum(label is not None for label in labels) < 2:
        labels = easier_names(material, groups, labels, [parent] if parent else [])
    material.used.extend(label for label in labels if label)
    return labels


def first_names(material: Material, groups: Sequence[Rows], parent: Label | None) -> list[Label | None]:
    """The directions that the sibling groups stand under, and the phrases that tell the others apart."""
    labels = label_by_direction(material.subject, material.papers, groups, parent, material.used)
    phrases = label_rows(material, groups, parent, [label for label in labels if label])
    return [label or phrase for label, phrase in zip(labels, phrases, strict=True)]


def easier_names(
    material: Material, groups: Sequence[Rows], labels: Sequence[Label | None], given: Sequence[Label]
) -> list[Label | None]:
    """The labels, and for groups without one a name that fewer of their papers hold: better than one section for all of them."""
    again = label_rows(material, groups, _taken(labels), given, ease=EASE)
    return [label or second for label, second in zip(labels, again, strict=True)]


def _taken(labels: Sequence[Label | None]) -> Label:
    """All phrases that labels are made of, so that none is given away again."""
    return Label("", tuple(key for label in labels if label for key in label.keys))


def label_rows(
    material: Material,
    groups: Sequence[Rows],
    parent: Label | None = None,
    given: Sequence[Label] = (),
    ease: float = 1.0,
) -> list[Label | None]:
    """Phrases that tell the groups apart, none of them `given`; `ease` times the usual share of papers must hold one."""
    phrases = material.phrases
    return label_groups(
        phrases if ease == 1 else replace(phrases, least=ease * phrases.least),
        groups,
        material.vectors,
        parent=parent,
        used=[*material.used, *given],
        topic=material.subject,
        importance=material.importance,
    )
