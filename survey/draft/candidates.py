"""The sentences of all abstracts of a draft that can be quoted, and how alike they are: TF-IDF over the whole draft.

What every paper of the draft says weighs little in it, so that the sentences of a section speak of what is its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.models import Paper
from survey.sentences import (
    after_connective,
    can_be_quoted,
    how_open,
    says_what_it_does,
    says_what_it_makes,
    split_sentences,
    tone,
)
from survey.terms import terms, weigh

Floats = NDArray[np.float64]

# What happened before what a sentence tells.
_AFTER = re.compile(
    r"(?:After|Once|Following|Afterwards?|As [^,]{1,40} (?:is|are) (?:\w+ed|being \w+))\b([^,]{0,80}),", re.IGNORECASE
)
# Words that sentences are compared by, at most: the rarest tell nothing of more than one paper.
_WORDS = 8_000


class Candidate(NamedTuple):
    """A sentence that can be quoted: characters `start` to `end` of the abstract of a paper.

    `cut`: what is left without its However; as a statement of its own it would begin small. `opens`: it comes before the paper
    says what it does itself, and tells what was before it. `ends`: the last of several, which mostly praises results. `titled`: the
    share of the words of the title that it has, in 0..1 (the title method of Edmundson 1969).
    """

    paper: str
    start: int
    end: int
    text: str
    cut: bool = False
    opens: bool = False
    ends: bool = False
    titled: float = 0.0


@dataclass(frozen=True)
class Sentences:
    """`all`: the candidates, a row each; `of`: paper id -> its rows; `weights` (sentences, words): TF-IDF of length 1, sparse.

    What a sentence is worth wherever it stands is read once: `tones`, `openness`, `does` and `makes`, a value a row.
    """

    all: Sequence[Candidate]
    of: Mapping[str, Sequence[int]]
    weights: Any

    @cached_property
    def tones(self) -> list[float]:
        return [tone(one.text) for one in self.all]

    @cached_property
    def openness(self) -> list[int]:
        return [how_open(one.text) for one in self.all]

    @cached_property
    def does(self) -> list[bool]:
        return [says_what_it_does(one.text) for one in self.all]

    @cached_property
    def makes(self) -> list[bool]:
        return [says_what_it_makes(one.text) for one in self.all]

    @cached_property
    def columns(self) -> Any:
        """The weights by word."""
        return self.weights.tocsc()

    def likeness(self, row: int) -> Floats:
        """How alike each sentence is to one (sentences,)."""
        weights = self.weights
        held = slice(weights.indptr[row], weights.indptr[row + 1])
        return np.asarray(self.columns[:, weights.indices[held]] @ weights.data[held], dtype=np.float64)

    @cached_property
    def mean(self) -> Floats:
        """The mean of all sentences, of length 1 (words,)."""
        mean = np.asarray(self.weights.mean(axis=0), dtype=np.float64).ravel()
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12))

    def rows(self, ids: Iterable[str]) -> list[int]:
        return [row for paper_id in ids for row in self.of.get(paper_id, ())]

    def dense(self, rows: Sequence[int]) -> tuple[Floats, NDArray[np.intp]]:
        """The weights of some rows (m, words), of the words that these have; and which words they are."""
        some = self.weights[list(rows)]
        words = np.unique(some.indices)
        return np.asarray(some[:, words].toarray(), dtype=np.float64), words


def build_sentences(papers: Mapping[str, Paper]) -> Sentences:
    """The sentences of the papers' abstracts that can be quoted, in the order of the papers."""
    found: list[Candidate] = []
    bags: list[Counter[str]] = []
    of: dict[str, list[int]] = {}
    for paper_id, paper in papers.items():
        title = set(terms(paper.title))
        for one in _candidates(paper_id, paper.abstract or ""):
            if _tells_on(one.text, title):
                continue
            bag = Counter(terms(one.text))
            of.setdefault(paper_id, []).append(len(found))
            found.append(one._replace(titled=len(title & bag.keys()) / max(1, len(title))))
            bags.append(bag)
    return Sentences(all=found, of=of, weights=weigh(bags, _WORDS))


def _tells_on(text: str, title: Set[str]) -> bool:
    """Whether a sentence goes on with a story: After pruning, ... What it is after was told before, unless the title says it."""
    match = _AFTER.match(text)
    return match is not None and not title & set(terms(match[1]))


def _candidates(paper_id: str, abstract: str) -> Iterator[Candidate]:
    spans = split_sentences(abstract)
    own = next((start for start, end in spans if says_what_it_does(abstract[start:end])), 0)
    for number, (start, end) in enumerate(spans, 1):
        text = abstract[start:end]
        where = {"opens": start < own, "ends": number == len(spans) > 2}
        if can_be_quoted(text):
            yield Candidate(paper_id, start, end, text, **where)
        elif (skip := after_connective(text)) and can_be_quoted(text[skip:][:1].upper() + text[skip + 1 :]):
            yield Candidate(paper_id, start + skip, end, text[skip:], cut=True, **where)
