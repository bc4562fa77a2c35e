"""Which tasks and data sets a paper works on, of all those that the library says it speaks of."""

from __future__ import annotations

import re
from functools import cache

from corpus.glossary import load_acronyms, load_terms
from survey.concepts.words import TASK_HEADS
from survey.draft.material import Material, Spoken
from survey.phrases import singular
from survey.sentences import says_what_it_does, sentence_at
from survey.terms import terms

# So many papers of a draft say of what the table of terms lacks that it is a task.
SAID = 2
# What does tasks is none.
_DOERS = {"model", "network", "system", "framework"}
# Behind a verb in -ing stands its object, or how far: ranking first.
_VERBAL = re.compile(r"\s+(?:\d|#|(?:the|an?|all|each|its|their|our|first|second|third|top|at|among|as)\b)")
# Sentences on what others do, though they may say `our`.
OTHERS = re.compile(
    r"^(?:existing|recent|previous|prior|current|conventional|traditional|most|many|typical)\b|\bunlike\b",
    re.IGNORECASE,
)
# What a paper does better, or measures itself on.
_MEASURES = re.compile(
    r"\b(?:evaluat|experiment|benchmark|validat|test|result|perform|appl(?:y|ied|icat)|effective|demonstrat|improv|achiev|outperform"
    r"|surpass|gain|accura|state[- ]of[- ]the[- ]art|sota|tackl|address|aim)\w*|实验|性能|结果|应用于",
    re.IGNORECASE,
)
# Whatever a method is likened to is no task of it.
_LIKENED = re.compile(
    r"\b(?:inspired by|borrow\w* from|(?:advance\w*|success|progress) (?:in|of)|analog\w+ (?:to|with|of)|akin to"
    r"|similar(?:ly)? to|as in|such as in|like)\s+(?:[\w-]+\s+){0,3}$"
    # Nor is why it is made, or where it would be of use: settings such as ...
    r"|\bmotivated by [^,.;:]*$"
    r"|\b(?:(?:setting|application|scenario|domain|area|field|situation|context|use case)s?|industr(?:y|ies)|real[- ]world \w+),?"
    r" (?:like|such as|e\.g\.,?|including)\s[^.;:]*$",
    re.IGNORECASE,
)
# What stands behind a task is of it for so many characters: question answering benchmarks.
_NEAR = 40
# Our recommendation is a thing too.
_OWNED = re.compile(r"\b(?:our|their|its|this|these|those)\s+$", re.IGNORECASE)


def works_on(material: Material, paper_id: str, one: Spoken) -> bool:
    """Whether a task that a paper speaks of is its own: in its title, in what it says that it does or measures, or told twice."""
    text = material.text(paper_id, one.source)
    said = text[one.start : one.stop]
    # Translations and recommendations are things, translation and recommendation are tasks.
    if " " not in said and singular(said) != said:
        return False
    if one.source == "title":
        return True
    begin, end = sentence_at(text, one.start)
    before = text[begin : one.start]
    if _LIKENED.search(before) or (" " not in said and _OWNED.search(before)):
        return False
    beside = text[begin : min(end, one.stop + _NEAR)]
    measures = before and _MEASURES.search(beside) and not OTHERS.search(beside)
    if measures or says_what_it_does(before):
        return True
    whole = f"{material.papers[paper_id].title} {text}".lower()
    spelt = whole.count(one.name.lower())
    # What is told by its acronym alone may be short for something else.
    return spelt > 1 or (spelt > 0 and whole.count(said.lower()) > 1)


def is_task(material: Material, paper_id: str, one: Spoken) -> bool:
    """Whether what the library takes for a task is one in these words: one that the table of terms has, or a kind of such a one,
    or one that papers call a task, or that is made as names of tasks are and stands in the title.

    An acronym is the task where the field or the paper says so.
    """
    text = material.text(paper_id, one.source)
    said = text[one.start : one.stop]
    if said.isupper() and not _means(material, paper_id, said, one.name):
        return False
    if " " not in said and said.lower().endswith("ing") and _VERBAL.match(text, one.stop):
        return False
    words = one.name.lower().split()
    if singular(words[-1]) in _DOERS:
        return False
    if one.name.lower() in _curated() or any(" ".join(words[at:]) in _curated() for at in range(1, len(words) - 1)):
        return True
    if singular(said) != said:
        return False
    head = singular(words[-1])
    return material.tasks[one.concept] >= SAID or (one.source == "title" and head in TASK_HEADS)


def _means(material: Material, paper_id: str, short: str, name: str) -> bool:
    """Whether an acronym stands for `name` in a paper: it does everywhere in the field, or all words of that are in the paper."""
    if name.upper() == short or load_acronyms().get(short) == name:
        return True
    paper = material.papers[paper_id]
    return set(terms(name)) <= set(terms(f"{paper.title} {paper.abstract or ''}"))


def names_data_set(material: Material, paper_id: str, one: Spoken) -> bool:
    """Whether words are written as the name of a data set: as many of them with a capital or digit, and all letters of the name.

    A natural question is none of the Natural Questions, nor is SNIP one of the Snips.
    """
    text = material.text(paper_id, one.source)
    said = text[one.start : one.stop]
    words = said.split()
    capitals = sum(_has_capital(word) for word in words)
    if not _has_capital(words[0]) or capitals < min(len(words), sum(map(_has_capital, one.name.split()))):
        return False
    # At the beginning of a sentence any word has a capital.
    first = one.source == "title" or one.start == sentence_at(text, one.start)[0]
    if first and sum(map(str.isupper, said)) < 2 <= sum(map(str.isupper, one.name)):
        return False
    return _bare(said) + "s" != _bare(one.name)


def _has_capital(word: str) -> bool:
    return bool(re.search(r"[A-Z0-9]", word))


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def standard_name(name: str) -> str:
    """A name with the field's own for the data set in it: ImageNet 2012 of ILSVRC 2012."""
    first, _, rest = name.partition(" ")
    return f"{_aliases().get(first.lower(), first)} {rest}".strip()


@cache
def _aliases() -> dict[str, str]:
    return {
        other.lower(): term.en[0]
        for term in load_terms()
        if term.kind == "dataset"
        for other in term.en[1:]
        if " " not in other
    }


@cache
def _curated() -> frozenset[str]:
    """The tasks of the table of terms, in small letters."""
    return frozenset(name.lower() for term in load_terms() if term.kind == "task" for name in term.en)
