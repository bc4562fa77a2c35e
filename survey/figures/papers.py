"""What the figures ask of a draft: in which section a paper stands, how often the others cite it, and its short name."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from corpus.models import clean_line
from corpus.sources.markup import latex_to_text
from survey.bibliography import split_name
from survey.draft.material import JOINED
from survey.draft.models import Draft, Reference, papers_of
from survey.figures.captions import words_within
from survey.figures.measure import label_of

# What stands before a colon is the name of a method, if it is this short.
_NAME = 18
_WORDS = 24
# Between two dollars: a command, an index or a power, or one letter.
_FORMULA = re.compile(r"\$(?=[^$]*[\\^_])[^$]{1,80}\$|\$[^\W\d_]\$")


@dataclass(frozen=True)
class Standing:
    """The papers of a draft by key. `section` is the number, from 0, of the first-level section that a paper stands in;
    `titles` are its headings as they can be drawn. `cited_by` is empty where the citations of most are not known.
    """

    references: Mapping[str, Reference]
    section: Mapping[str, int]
    cited_by: Mapping[str, int]
    titles: tuple[str, ...]

    def rank(self, key: str) -> tuple[int, int, str]:
        """Sorts by: most cited by the papers of the draft, then earliest."""
        return -self.cited_by[key], self.references[key].year or 9999, key


def build_standing(draft: Draft) -> Standing:
    """Papers that stand in no section are left out."""
    words = words_within(draft)
    key_of = {reference.id: reference.key for reference in draft.references}
    section = {
        key_of[one]: number
        for number, part in enumerate(draft.outline.sections)
        for one in papers_of(part)
        if one in key_of
    }
    links = [(a, b) for a, b in draft.links if a != b and a in section and b in section]
    # Where the citations of most papers are not known, those of a few would be taken for the whole.
    linked = len({one for link in links for one in link}) >= JOINED * len(section)
    return Standing(
        references={reference.key: reference for reference in draft.references if reference.key in section},
        section=section,
        cited_by=Counter(cited for _, cited in links if linked),
        titles=tuple(
            label_of(clean_line(part.title), words.section.format(number=number))
            for number, part in enumerate(draft.outline.sections, 1)
        ),
    )


def readable(title: str) -> str:
    r"""The title with its formulas as they would be printed; an amount of money is none.

    >>> readable(r"$\alpha$-mixing in 360$^{\circ}$ films for $5")
    'α-mixing in 360^∘ films for $5'
    """
    return _FORMULA.sub(lambda match: latex_to_text(match[0]), title)


def name_of(reference: Reference) -> str:
    """What a paper is called where there is little room: its method, else its first author and year, else its first words."""
    title = readable(reference.title)
    if (found := re.match(r"([^:\s]+): ", title)) and len(found[1]) <= _NAME:
        return found[1]
    if reference.authors:
        return f"{split_name(reference.authors[0]).family} {reference.year or ''}".strip()
    return textwrap.shorten(title, _WORDS, placeholder="…") if " " in reference.title else reference.title[:_NAME]
