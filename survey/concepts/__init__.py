"""Methods, tasks and data sets, mined from titles and abstracts, and what each paper does with them.

The curated terms of `corpus/terms.tsv` are looked for as they are; noun phrases and acronyms that several papers use are
added to them where their words and their surroundings say what they are (`kinds`). All is counted on numbers (`text`,
`grams`), so that a library of 150,000 papers is read in minutes; nothing depends on the order of the papers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corpus.models import Concept, Mention, Paper
from corpus.report import Progress
from survey.concepts.acronyms import find_definitions, settle
from survey.concepts.gathering import Groups, gather
from survey.concepts.grams import find_candidates
from survey.concepts.naming import build_mined
from survey.concepts.seeds import load_seeds
from survey.concepts.text import build_words

# Goes up with any change of what is mined from the same papers.
VERSION = 2
# How many papers must use a phrase; of few papers, fewer.
LEAST, LEAST_OF_FEW, FEW = 3, 2, 200


@dataclass(frozen=True)
class Mined:
    """`concepts` by key; `mentions` by paper."""

    concepts: tuple[Concept, ...]
    mentions: list[Mention]


def mine(papers: Iterable[tuple[int, Paper]], *, progress: Progress | None = None) -> Mined:
    """The concepts of `(pid, paper)` pairs and what each paper does with them. Pure, and the same in whatever order they come.

    Curated terms are kept where one paper has them; others where LEAST papers do (LEAST_OF_FEW of less than FEW).
    """
    words = build_words(papers, progress)
    if not words.papers():
        return Mined((), [])
    few = words.papers() < FEW
    known = settle(words, find_definitions(words))
    if progress:
        progress("Finding phrases", 0, 1)
    candidates = find_candidates(words, LEAST_OF_FEW if few else LEAST)
    if progress:
        progress("Finding phrases", 1, 1)
    groups = Groups(load_seeds())
    gather(groups, candidates, words, known, few)
    candidates.clear()  # with all the places where they stand
    return Mined(*build_mined(words, groups, known, progress))
