"""Curated terms, mined phrases and acronyms put together: what is one thing in several spellings becomes one group."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence

from corpus.models import ConceptKind
from survey.concepts.acronyms import Acronyms
from survey.concepts.grams import Candidate
from survey.concepts.kinds import Judge, Surroundings
from survey.concepts.seeds import Form, Group, joined
from survey.concepts.text import Words
from survey.concepts.words import NO_CONCEPTS

# A phrase is in a title in this part of its papers: what is not is a circumstance, and no subject.
TITLED = 0.04


class Groups:
    """All groups, and which one has a form."""

    def __init__(self, groups: list[Group]) -> None:
        self.all = groups
        self._owner: dict[str, int] = {}
        for number, group in enumerate(groups):
            for form in group.forms:
                self._owns(number, form)

    def of(self, form: Form) -> int | None:
        """The number of the group that has this form, however it is parted by hyphens and spaces."""
        return self._owner.get(joined(form))

    def add(self, number: int, form: Form) -> None:
        """Give a group a form; one that another group has stays there."""
        if self._owns(number, form):
            self.all[number].forms.setdefault(form)

    def new(self, group: Group) -> int:
        self.all.append(group)
        for form in group.forms:
            self._owns(len(self.all) - 1, form)
        return len(self.all) - 1

    def _owns(self, number: int, form: Form) -> bool:
        """Note whose form it is, where nobody else's; a name in parts is a name in one word too: Fashion-MNIST, FashionMNIST."""
        if len(form) > 1 and any(word.endswith("^") for word in form):
            self._owner.setdefault(f"{joined(form)}^", number)
        return self._owner.setdefault(joined(form), number) == number


def gather(groups: Groups, candidates: Sequence[Candidate], words: Words, known: Acronyms, few: bool) -> None:
    """Give the groups the forms that papers have for them, and make groups of candidates that are something new."""
    for short, long in sorted(known.clear.items()):
        if (number := groups.of(long)) is not None:
            groups.add(number, (short,))
    judge, around = Judge(groups.all), Surroundings(words)
    clusters: dict[str, list[Candidate]] = {}
    for one in candidates:
        full = _written_out(one.form, known)
        number = groups.of(one.form)
        if number is None and (number := groups.of(full)) is None:
            if len(one.form) > 1 or one.form[0] not in known.several:
                clusters.setdefault(joined(full), []).append(one)
        else:
            groups.add(number, one.form)
    for members in clusters.values():
        forms = {one.form: None for one in members}
        for one in members:
            if len(one.form) == 1 and one.form[0] in known.clear:
                forms.setdefault(known.clear[one.form[0]])
        fullest = max(forms, key=lambda form: (len(form), form))
        if not _is_subject(members, fullest, few):
            continue
        evidence = functools.reduce(operator.add, (around.of(one) for one in members))
        kind = _of_family(groups, fullest) or judge.kind(fullest, evidence, single=len(fullest) == 1)
        if kind is not None:
            groups.new(Group("", kind, forms))


def _written_out(form: Form, known: Acronyms) -> Form:
    """A form with its acronyms written out: deep RL is deep reinforcement learning."""
    return tuple(word for part in form for word in known.clear.get(part, (part,)))


def _of_family(groups: Groups, form: Form) -> ConceptKind | None:
    """The kind of the curated name that a name with a number belongs to: ResNet-34, WMT16."""
    if len(form) > 1 and not form[1][0].isdigit():
        return None
    stem = form[0].rstrip("^") if len(form) > 1 else form[0].rstrip("^").rstrip("0123456789")
    number = groups.of((f"{stem}^",)) if stem and (len(form) > 1 or stem != form[0].rstrip("^")) else None
    return None if number is None else groups.all[number].kind


def _is_subject(members: Sequence[Candidate], form: Form, few: bool) -> bool:
    """Whether papers are about it: a phrase stands in some title, but for names and in few papers; no metric, device or place."""
    if any(word.removesuffix("^") in NO_CONCEPTS for word in (form if len(form) == 1 else form[-1:])):
        return False
    if few or any(word.endswith("^") for word in form) or len(form) == 1:
        return True
    titles, papers = sum(one.titles for one in members), sum(one.papers for one in members)
    return titles >= max(1, TITLED * papers)
