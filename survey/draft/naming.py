"""The name that a paper gives its own method or data set, where its title or abstract says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from corpus.glossary import load_acronyms, load_data_sets, load_terms
from corpus.models import Paper
from survey.concepts.words import NO_CONCEPTS
from survey.phrases import Key, key_of
from survey.sentences import split_sentences

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
# A recently proposed method named ...: somebody else's, unless `we` name it.
_OTHERS = re.compile(
    r"\b(?:recent(?:ly)?|existing|previous(?:ly)?|prior|popular|well-known|widely used)\b"
    r"(?:(?!\b(?:we|our|this (?:paper|work|article))\b|\.\s).)*$",
    re.IGNORECASE | re.DOTALL,
)
_PROPOSED = re.compile(
    rf"{_WE_PROPOSE}(?:(?:the|a|an|our|new|novel)\s+)*[\"“'`]*({_NAME})"
    r"(?=[\"”'`]*(?:,|\s+(?:\(|-|–|—|to\b|that\b|which\b|as\b|for\b|a\b|an\b)))"
)
# Behind a comma stands what the thing is one of: we introduce Flamingo, a family of visual language models (VLM).
# The bracket of a formula follows a symbol: O(N).
_BRACKETED = re.compile(rf"{_WE_PROPOSE}([^.,;:()]{{3,90}}?)(?:\s|(?<=\w{{3}}))\(({_NAME})\)")
# What stands between `we propose` and the words of a name where these are of something else: a model that uses a ... (GNN).
_ELSE = re.compile(
    r"\b(?:that|which|whose|where|to|of|for|from|on|in|into|by|with|without|via|through|over|under|between|against|based|inspired|built"
    r"|using|leveraging|employing|utili[sz]ing|combining|incorporating|integrating|applying|adopting|exploiting|extending|building"
    r"|including|containing|comprising|consisting|improving|aimed|aiming|designed)\b",
    re.IGNORECASE,
)
# Words with a capital, and small ones between them.
_STRESSED = re.compile(r"(?:(?<![\w-])[A-Z][\w-]*(?:\s+(?:and|by|for|from|in|of|on|the|to|via|with))*\s*)+$")
_NAMED = re.compile(r".*\b(?:called|named|dubbed|termed|coined|namely)\b", re.IGNORECASE | re.DOTALL)
# A name that is spelt out where it is given: SEgmentation TRansformer (SETR), DEtection TRansformer or DETR.
_SHORTENED = re.compile(rf"(?:[\s-]+[A-Z][\w-]*){{1,6}}(?:\s*\(|,?\s+or\s+)({_NAME})")
_DATA = re.compile(
    r"\b(?:data ?sets?|benchmarks?|corpus|corpora|databases?|test ?beds?|leaderboards?)\b", re.IGNORECASE
)
# Words before a name that a paper gives to something of its own.
_GIVES = re.compile(
    r"\b(?:propos|present|introduc|develop|design|call|nam|dub|term)\w*\s+(?:\w+\s+){0,2}$|\b(?:our|the proposed)\s+$",
    re.IGNORECASE,
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
    r"\b(?:outperform|surpass|exceed|beat|than\b|compared? (?:to|with|against)|comparable (?:to|with)|competitive (?:to|with)"
    r"|comparison (?:to|with)|baselines?|superior to|over (?:the )?(?:original |standard |vanilla )?$|versus|vs\.?|on par with"
    r"|unlike|in contrast to|rather than|instead of|improv\w+ (?:\w+ ){0,3}(?:over|on|upon)|rival\w*|match(?:es|ing)?\b)",
    re.IGNORECASE,
)
_COMPARED_WITH = re.compile(r"(?: \w+)? baselines?\b")


class Span(NamedTuple):
    """Words of a paper: characters `start` to `end` of `source`."""

    text: str
    source: Literal["title", "abstract"]
    start: int
    end: int


def own_name(paper: Paper) -> Span | None:
    """Where the paper names its own method: before the colon of its title, else where its abstract proposes it.

    An acronym of the field is nobody's own, but for the paper whose title begins with what it stands for.

    >>> own_name(Paper(title="LoRA: Low-Rank Adaptation of Large Language Models"))
    Span(text='LoRA', source='title', start=0, end=4)
    """
    match = _TITLE.match(paper.title)
    if match and is_name(match[1]) and not (match[1].endswith("s") and match[1][:-1] in load_acronyms()):
        return Span(match[1], "title", match.start(1), match.end(1))
    text, title = paper.abstract or "", key_of(paper.title)
    for span in (*_called(text), *_bracketed(text)):
        if not any(long != title[: len(long)] for long in _stands_for(span, text)):
            return span
    return None


def names_data(paper: Paper, name: Span) -> bool:
    """Whether the name that a paper gives is that of a data set or benchmark: the field knows it as one, or the paper says so."""
    return name.text.lower() in load_data_sets() or says_data(paper, name)


def names_no_method(paper: Paper, name: Span) -> bool:
    """Whether the name that a paper gives is one of a task or a measure, which others name because they work on it or measure with
    it: the field knows it as one, or the title says so.
    """
    return name.text in _tasks() or name.text.lower() in NO_CONCEPTS or bool(_MEASURES.search(paper.title))


def refers_to(text: str, places: Sequence[int], name: str, owner: Paper) -> int | None:
    """The first of the `places` of an abstract where a name stands for the method of its `owner`; None where it does nowhere.

    Who gives the name to something of its own, or spells it out in words that the owner does not have, means another thing.
    """
    theirs = set(key_of(f"{owner.title} {owner.abstract or ''}"))
    found = []
    for start in places:
        before = text[max(0, start - 120) : start]
        if _GIVES.search(before):
            return None
        if before.endswith("("):
            long = _long_form(before[:-1].rstrip(), name)
            if long is None:
                continue
            if not set(key_of(before[long:])) <= theirs:
                return None
        found.append(start)
    return found[0] if found else None


def builds_on(text: str, start: int) -> bool:
    """Whether the name that begins at `start` stands by itself, and neither in a row with others nor as what is compared with."""
    begin = next((begin for begin, end in split_sentences(text) if begin <= start < end), 0)
    before, behind = text[begin:start], re.sub(rf"^{NAME.pattern}", "", text[start : start + _ROW])
    in_row = _ROW_BEFORE.search(before) or _ROW_BEHIND.match(behind)
    return not in_row and not _COMPARED.search(before) and not _COMPARED_WITH.match(behind)


def says_data(paper: Paper, name: Span) -> bool:
    """Whether a paper says of what it names that it is a data set or benchmark: in its title, or beside the name."""
    data, word = _DATA.pattern, re.escape(name.text)
    said = (
        rf"{word}(?: ?\([^)]*\))?,? (?:is )?an? [^.,;]{{0,60}}?{data}"
        rf"|{word} {data}|{data}[^.]{{0,30}}\b(?:called|named|dubbed|termed|coined) {word}"
    )
    return bool(_DATA.search(paper.title) or re.search(said, paper.abstract or "", re.IGNORECASE))


def is_own(paper: Paper, short: str, name: str) -> bool:
    """Whether a paper uses an acronym for a method of its own, or a part of one, and not for the field's `name`."""
    if not short.isupper():
        return False
    own = own_name(paper)
    if own and short in (own.text, *re.split(r"[-+/]", own.text)):
        return True
    text = f"{paper.title}. {paper.abstract or ''}"
    for match in re.finditer(rf"\({re.escape(short)}s?\)", text):
        before = text[max(0, match.start() - 120) : match.start()].rstrip()
        start = _long_form(before, short)
        if start is not None and key_of(before[start:]) != key_of(name):
            return True
    return bool(re.search(rf"\+\s*{re.escape(short)}\b|\b{re.escape(short)}\s*\+", text))


def _called(text: str) -> Iterator[Span]:
    """Names that follow `called` or `we propose`."""
    for pattern in (_CALLED, _PROPOSED):
        for match in pattern.finditer(text):
            if not re.search(r"\bwe\b", match[0], re.IGNORECASE) and _OTHERS.search(text, 0, match.start()):
                continue
            short = _SHORTENED.match(text, match.end(1))
            if short and _long_form(text[match.start(1) : short.start(1) - 1], short[1]) == 0:
                match = short
            yield from _span(match, 1)


def _bracketed(text: str) -> Iterator[Span]:
    """Names in brackets behind the words that they are short for, which the paper proposes and does not use only."""
    for match in _BRACKETED.finditer(text):
        words = match[1]
        start = _long_form(words, match[2])
        before = _STRESSED.sub("", words) if start is None else words[:start]
        if not _ELSE.search(_NAMED.sub("", before)):
            yield from _span(match, 2)


def _span(match: re.Match[str], group: int) -> Iterator[Span]:
    name = match[group].rstrip(".,-/")
    if is_name(name):
        yield Span(name, "abstract", match.start(group), match.start(group) + len(name))


def _long_form(text: str, short: str) -> int | None:
    """Where in the text the words begin that the short form at its end is of; None where its letters do not spell any.

    Letter after letter from the last, each at the nearest place before the one behind it, the first at the beginning of a word
    (Schwartz & Hearst 2003).
    """
    at, low = len(text), text.lower()
    letters = [letter for letter in short.removesuffix("s").lower() if letter.isalnum()]
    for number, letter in reversed(list(enumerate(letters))):
        at = low.rfind(letter, 0, at)
        while at > 0 and number == 0 and low[at - 1].isalnum():
            at = low.rfind(letter, 0, at)
        if at < 0:
            return None
    return at


def _stands_for(span: Span, text: str) -> Iterator[Key]:
    """What of the field's a name stands for: the words of its acronym, or those before its brackets if they are a term."""
    before = text[max(0, span.start - 120) : span.start].rstrip()
    words: Key = ()
    if before.endswith("("):
        start = _long_form(before[:-1], span.text)
        words = key_of(before[start:]) if start is not None else ()
    if (words in _terms() and span.text.removesuffix("s").isupper()) or span.text.removesuffix("s") in load_acronyms():
        yield words or key_of(load_acronyms()[span.text.removesuffix("s")])


@cache
def _tasks() -> frozenset[str]:
    return frozenset(name for term in load_terms() if term.kind == "task" for name in term.en)


@cache
def _terms() -> frozenset[Key]:
    return frozenset(key_of(en) for term in load_terms() for en in term.en if " " in en)


def is_name(words: str) -> bool:
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
