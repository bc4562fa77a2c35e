"""Counted sentences of a draft, counted again: how many papers, of which years, and how often they are cited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count

import numpy as np

from corpus.models import Paper
from survey.checking.reading import plain
from survey.draft.material import Material, build_material
from survey.draft.models import Draft, Sentence
from survey.draft.openings import count_section
from survey.draft.summary import count_all
from survey.outline import Section

_NUMBER = re.compile(
    r"\d+|\b(?:no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|once|twice|times)\b"
    r"|[一两三四五六七八九十](?=部分)",
    re.IGNORECASE,
)


def recount(draft: Draft, papers: Mapping[str, Paper]) -> list[str]:
    """The counted sentences that can be counted from the draft's outline and links alone, as they are now.

    `papers` by id; empty where one is missing: then nothing can be counted.
    """
    if any(reference.id not in papers for reference in draft.references):
        return []
    keys = {reference.id: reference.key for reference in draft.references}
    row = {reference.key: number for number, reference in enumerate(draft.references)}
    ours = [papers[reference.id].model_copy(update={"id": reference.id}) for reference in draft.references]
    links = [(row[citing], row[cited]) for citing, cited in draft.links if citing in row and cited in row]
    material = build_material(ours, keys, np.zeros((len(ours), 1), np.float32), links, {}, draft.outline.topic)
    found = list(count_all(material, draft.outline))
    turns = count()
    for section in draft.outline.sections:
        found += _count(material, section, (), turns)
    return [one.text for one in found]


def _count(material: Material, section: Section, above: tuple[str, ...], turns: Iterator[int]) -> list[Sentence]:
    path = (*above, section.title)
    found = [count_section(material, path, section, next(turns))]
    for part in section.sections:
        found += _count(material, part, path, turns)
    return found


class Counts:
    """Sentences by what they say beside their numbers."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by: dict[str, list[str]] = {}
        for text in texts:
            self._by.setdefault(without_numbers(text), []).append(plain(text))

    def counted(self, text: str) -> Sequence[str]:
        """What was counted where a sentence says the same with other numbers; empty where it is as counted, or something else."""
        said = self._by.get(without_numbers(text), [])
        return () if plain(text) in said else said


def without_numbers(text: str) -> str:
    """The text without its numbers, and without what tells one paper from several."""
    return _NUMBER.sub("#", re.sub(r"\bpapers\b", "paper", plain(text), flags=re.IGNORECASE)).lower()
