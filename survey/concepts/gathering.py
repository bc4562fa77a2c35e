"""Curated terms, mined phrases and acronyms put together: what is one thing in several spellings becomes one group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survey.concepts.acronyms import Acronyms
from survey.concepts.grams import Candidate
from survey.concepts.kinds import Judge, Surroundings
from survey.concepts.seeds import Form, Group, joined
from survey.concepts.text import Words


class Groups:
    """All groups, and which one has a form."""

    def __init__(self, groups: list[Group]) -> None:
        self.all = groups
        self._owner = {joined(form): number for number, group in enumerate(groups) for form in group.forms}

    def of(self, form: Form) -> int | None:
        """The number of the group that has this form, however it is parted by hyphens and spaces."""
        return self._owner.get(joined(form))

    def add(self, number: int, form: Form) -> None:
        """Give a group a form; one that another group has stays there."""
        if self._owner.setdefault(joined(form), number) == number:
            self.all[number].forms.setdefault(form)

    def new(self, group: Group) -> int:
        self.all.append(group)
        for form in list(group.forms):
            self._owner.setdefault(joined(form), len(self.all) - 1)
        return len(self.all) - 1


def gather(groups: Groups, candidates: Sequence[Candidate], words: Words, known: Acronyms) -> None:
    """Give the groups the forms that papers have for them, and make groups of candidates that are something new."""
    for short, long in sorted(known.clear.items()):
        if (number := groups.of(long)) is not None:
            groups.add(number, (short,))
    judge, around = Judge(groups.all), Surroundings(words)
    clusters: dict[str, list[Candidate]] = {}
    for one in candidates:
        if (number := groups.of(one.form)) is not None:
            groups.add(number, one.form)
            continue
        short = one.form[0] if len(one.form) == 1 else ""
        if short in known.several:
            continue
        clusters.setdefault(joined(known.clear.get(short, one.form)), []).append(one)
    for members in clusters.values():
        forms = {one.form: None for one in members}
        for one in members:
            if len(one.form) == 1 and one.form[0] in known.clear:
                forms.setdefault(known.clear[one.form[0]])
        uses = np.array([len(one.places) for one in members], dtype=np.float64)
        cues = np.average([around.cues(one) for one in members], axis=0, weights=uses)
        fullest = max(forms, key=lambda form: (len(form), form))
        kind = judge.kind(fullest, cues, len(fullest) == 1)
        if kind is not None:
            groups.new(Group("", kind, forms))
