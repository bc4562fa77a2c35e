"""The name that a paper gives its own method or data set, where its title or abstract says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from corpus.models import Paper

# Names are short; what is longer is a title with a colon in it.
_MOST_WORDS, _MOST_CHARACTERS = 3, 24
_NAME = r"[A-Za-z0-9][\w+*^.\-/²³]*"
# A word that may be a name, as others write it.
NAME = re.compile(r"[\w+*^/²³-]*[A-Za-z][\w+*^/²³-]*")
# LoRA: ...   P-Tuning v2: ...   Mask R-CNN - ...
_TITLE = re.compile(rf"^({_NAME}(?: {_NAME}){{0,2}})\s*(?::|\s[-–—]\s)")
# ... we propose Low-Rank Adaptation (LoRA) / we introduce a method called LoRA / dubbed LoRA / named LoRA, ...
_CALLED = re.compile(rf"\b(?:called|named|dubbed|termed|coined|we call|referred to as|denoted as)\s+[\"“'`]*({_NAME})")
_WE_PROPOSE = r"\b(?:[Ww]e|this (?:paper|work|article))\s+(?:\w+\s+)?(?:propose|present|introduce|develop|design)s?\s+"
_PROPOSED = re.compile(
    rf"{_WE_PROPOSE}(?:(?:the|a|an|our|new|novel)\s+)*[\"“'`]*({_NAME})"
    r"(?=[\"”'`]*(?:,|\s+(?:\(|-|–|—|to\b|that\b|which\b|as\b|for\b|a\b|an\b)))"
)
# Behind a comma stands what the thing is one of: we introduce Flamingo, a family of visual language models (VLM).
_BRACKETED = re.compile(rf"{_WE_PROPOSE}[^.,;:()]{{3,90}}\(({_NAME})\)")
# Words before a name that a paper gives to something of its own.
_GIVES = re.compile(
    r"\b(?:propos|present|introduc|develop|design|call|nam|dub|term)\w*\s+(?:\w+\s+){0,2}$|\b(?:our|the proposed)\s+$",
    re.IGNORECASE,
)
_PATTERNS = (_CALLED, _PROPOSED, _BRACKETED)


class Span(NamedTuple):
    """Words of a paper: characters `start` to `end` of `source`."""

    text: str
    source: Literal["title", "abstract"]
    start: int
    end: int


def own_name(paper: Paper) -> Span | None:
    """Where the paper names its own method: before the colon of its title, else where its abstract proposes it.

    >>> own_name(Paper(title="LoRA: Low-Rank Adaptation of Large Language Models"))
    Span(text='LoRA', source='title', start=0, end=4)
    """
    match = _TITLE.match(paper.title)
    if match and _is_name(match[1]):
        return Span(match[1], "title", match.start(1), match.end(1))
    return next(_in_abstract(paper.abstract or ""), None)


def is_given(text: str, start: int) -> bool:
    """Whether the paper gives the name that begins at `start` to something of its own: after `we propose`, or in brackets."""
    before = text[max(0, start - 40) : start]
    return before.endswith("(") or bool(_GIVES.search(before))


def _in_abstract(text: str) -> Iterator[Span]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            name = match[1].rstrip(".,-/")
            if _is_name(name):
                yield Span(name, "abstract", match.start(1), match.start(1) + len(name))


def _is_name(words: str) -> bool:
    """Whether it is written as names are: with a capital inside a word, or a digit beside a capital; each word if it has one."""
    parts = words.split()
    if len(words) > _MOST_CHARACTERS or len(parts) > _MOST_WORDS:
        return False
    if re.search(r"\sv\d(?:\.\d)?$", words) and words[0].isupper():
        return True
    return any(_is_coined(part) for part in parts) and all(part[0].isupper() or _is_coined(part) for part in parts)


def _is_coined(word: str) -> bool:
    if len(word) < 3 or not re.search(r"[A-Z]", word):
        return False
    # Few-Shot and Fine-Tuning are words with a hyphen, not names: each part begins with a capital and goes on small.
    plain = all(re.fullmatch(r"[A-Z]?[a-z]+|[A-Z]", part) for part in re.split(r"[-/]", word) if part)
    return not plain and bool(re.search(r"[a-z0-9^+*][A-Z]|[A-Z][A-Z]|[A-Z]\w*\d|\d[A-Z]", word))
