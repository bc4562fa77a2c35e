"""Whether a paper that names another's method means and uses that: not another thing of the name, a rival, or one of many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from corpus.glossary import load_terms
from corpus.models import Paper
from survey.concepts.words import NO_CONCEPTS
from survey.draft.naming import NAME, Span, long_form
from survey.phrases import key_of
from survey.sentences import sentence_at

# Words before a name that a paper gives to something of its own.
_GIVES = re.compile(
    r"\b(?i:propos|present|introduc|develop|design|call|nam|dub|term)\w*\s+(?:[a-z][\w-]*\s+){0,2}$|\b(?i:our|the proposed)\s+$"
)
# A title that names what measures others.
_MEASURES = re.compile(
    r"\b(?:(?:evaluation|similarity|quality|automatic|perceptual) (?:metrics?|measures?)|metrics? for|automatic evaluation"
    r"|evaluating|evaluation of|description evaluation)\b|\bevaluation$",
    re.IGNORECASE,
)
# A name in a row with others: such as NetVLAD, SimCLR and BYOL.
_LISTED = r"(?=[\w-]*[A-Z])[\w*+/.-]*\w(?: ?\([^)]*\))?"
_ROW = 80
_ROW_BEFORE = re.compile(rf"{_LISTED}\s?(?:,|,? (?:and|or|&)) $|/$")
_ROW_BEHIND = re.compile(rf"(?: ?\([^)]*\))?(?: \w+)?(?:, |,? (?:and|or|&) |/)(?:(?:and|or) )?{_LISTED}")
# What others are compared with.
_COMPARED = re.compile(
    r"\b(?:outperform|surpass|exceed|beat|than\b|as \w+ as\b|compared? (?:to|with|against)"
    r"|comparable (?:to|with)|competitive (?:to|with)"
    r"|comparison (?:to|with)|baselines?|superior to|over (?:the )?(?:original |standard |vanilla )?$|versus|vs\.?|on par with"
    r"|unlike|in contrast to|rather than|instead of|improv\w+ (?:\w+ ){0,3}(?:over|on|upon)|rival\w*|match(?:es|ing)?\b)",
    re.IGNORECASE,
)
_COMPARED_WITH = re.compile(r"(?: \w+)? baselines?\b")


def names_no_method(paper: Paper, name: Span) -> bool:
    """Whether the name that a paper gives is one of a task or a measure, which others name because they work on it or measure with
    it: the field knows it as one, or the title says so.
    """
    return name.text in _tasks() or name.text.lower() in NO_CONCEPTS or bool(_MEASURES.search(paper.title))


def refers_to(text: str, places: Sequence[int], name: str, owner: Paper) -> int | None:
    """The first of the `places` of an abstract where a name stands for the method of its `owner`; None where it does nowhere.

    Who gives the name to something of its own means another thing, and so does who spells it out in words that the owner does not
    have: in the title, if that lacks the name, for what many papers spell out is a kind of methods.
    """
    titled = (
        set(key_of(owner.title)) if name not in owner.title else set(key_of(f"{owner.title} {owner.abstract or ''}"))
    )
    found = []
    for start in places:
        before = text[max(0, start - 120) : start]
        if _GIVES.search(before):
            return None
        if before.endswith("("):
            long = long_form(before[:-1].rstrip(), name)
            if long is None:
                continue
            if not set(key_of(before[long:])) <= titled:
                return None
        found.append(start)
    return found[0] if found else None


def builds_on(text: str, start: int) -> bool:
    """Whether the name that begins at `start` stands by itself, and neither in a row with others nor as what is compared with."""
    begin, _ = sentence_at(text, start)
    before, behind = text[begin:start], re.sub(rf"^{NAME.pattern}", "", text[start : start + _ROW])
    in_row = _ROW_BEFORE.search(before) or _ROW_BEHIND.match(behind)
    return not in_row and not _COMPARED.search(before) and not _COMPARED_WITH.match(behind)


@cache
def _tasks() -> frozenset[str]:
    return frozenset(name for term in load_terms() if term.kind == "task" for name in term.en)
