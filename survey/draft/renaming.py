"""A draft under other headings: in its outline, in the place of each sentence and table, and where our own sentences name one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from survey.draft.models import Draft, Sentence
from survey.outline import Outline, Section

Titles = tuple[str, ...]


def retitle(draft: Draft, outline: Outline) -> Draft:
    """The draft with the titles of `outline`, whose sections are its own with other titles. What papers say stays as it is."""
    moved = dict(zip(_paths(draft.outline.sections, ()), _paths(outline.sections, ()), strict=True))
    if all(old == new for old, new in moved.items()):
        return draft.model_copy(update={"outline": outline})
    says = {path: _rewording(_seen_from(path, moved)) for path in [(), *moved]}
    return draft.model_copy(
        update={
            "outline": outline,
            "sentences": tuple(_moved(one, moved, says) for one in draft.sentences),
            "tables": tuple(
                one.model_copy(update={"section": moved.get(one.section, one.section)}) for one in draft.tables
            ),
        }
    )


def _paths(sections: Sequence[Section], above: Titles) -> Iterator[Titles]:
    for section in sections:
        yield (*above, section.title)
        yield from _paths(section.sections, (*above, section.title))


def _seen_from(path: Titles, moved: Mapping[Titles, Titles]) -> dict[str, str]:
    """The headings that a sentence of the section at `path` may name: of the first level, and of its own parts."""
    return {old[-1]: new[-1] for old, new in moved.items() if len(old) == 1 or old[:-1] == path}


def _moved(one: Sentence, moved: Mapping[Titles, Titles], says: Mapping[Titles, Callable[[str], str]]) -> Sentence:
    here = moved.get(one.section, one.section)
    if one.kind in ("quote", "problem") or one.smoothed:
        return one.model_copy(update={"section": here})
    say = says.get(one.section, str)
    # A heading is never torn by a citation: each part keeps its place.
    ends = sorted({0, *one.marks, len(one.text)})
    parts = [say(one.text[start:end]) for start, end in pairwise(ends)]
    place = {end: sum(map(len, parts[:number])) for number, end in enumerate(ends)}
    return one.model_copy(
        update={"section": here, "text": "".join(parts), "marks": tuple(place[mark] for mark in one.marks)}
    )


def _rewording(titles: Mapping[str, str]) -> Callable[[str], str]:
    """Puts new headings in a sentence: where a count of papers follows, or `the section on` precedes; of older drafts too."""
    if all(old == new for old, new in titles.items()):
        return str
    old = "|".join(re.escape(title) for title in sorted(titles, key=len, reverse=True))
    named = re.compile(
        rf"(?<=section on )(?:{old})(?=,)|(?<=「)(?:{old})(?=」)|(?<=“)(?:{old})(?=”一节)"
        rf"|(?<!\w)(?:{old})(?= \([\w,-]+ papers?\b)|(?:{old})(?=（\d+ ?篇)"
    )
    return lambda text: named.sub(lambda match: titles[match[0]], text)
