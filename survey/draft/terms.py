"""The sentences of all abstracts of a draft that can be quoted, and how alike they are: TF-IDF over the whole draft.

What every paper of the draft says weighs little in it, so that the sentences of a section speak of what is its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.models import Paper
from survey.phrases import singular
from survey.sentences import after_connective, can_be_quoted, how_open, says_what_it_does, split_sentences, tone
from survey.wording import GLUE

Floats = NDArray[np.float64]

# Words that sentences are compared by, at most: the rarest tell nothing of more than one paper.
_WORDS = 8_000


class Candidate(NamedTuple):
    """A sentence that can be quoted: characters `start` to `end` of the abstract of a paper.

    `cut`: what is left without its However; as a statement of its own it would begin small. `opens`: it comes before the paper
    says what it does itself, and tells what was before it. `ends`: the last of several, which mostly praises results.
    """

    paper: str
    start: int
    end: int
    text: str
    cut: bool = False
    opens: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Sentences:
    """`all`: the candidates, a row each; `of`: paper id -> its rows; `weights` (sentences, words): TF-IDF of length 1, sparse.

    What a sentence is worth wherever it stands is read once: `tones`, `openness` and `does`, a value a row.
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
    found = [one for paper_id, paper in papers.items() for one in _candidates(paper_id, paper.abstract or "")]
    of: dict[str, list[int]] = {}
    for row, one in enumerate(found):
        of.setdefault(one.paper, []).append(row)
    return Sentences(all=found, of=of, weights=_weigh([one.text for one in found]))


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


def _weigh(texts: Sequence[str]) -> Any:
    """(1 + log tf) * log((1 + n) / df) as a sparse array, each row of length 1 over all of its words; columns are the words that
    two sentences share.
    """
    from scipy.sparse import csr_array

    bags = [Counter(terms(text)) for text in texts]
    frequency = Counter(word for bag in bags for word in bag)
    common = sorted((word for word, n in frequency.items() if n > 1), key=lambda word: (-frequency[word], word))
    column = {word: number for number, word in enumerate(common[:_WORDS])}
    idf = {word: log((1 + len(texts)) / n) for word, n in frequency.items()}
    rows, columns, values = [], [], []
    for row, bag in enumerate(bags):
        weights = {word: (1 + log(n)) * idf[word] for word, n in bag.items()}
        length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        kept = [word for word in weights if word in column]
        rows += [row] * len(kept)
        columns += [column[word] for word in kept]
        values += [weights[word] / length for word in kept]
    shape = (len(texts), max(1, len(column)))
    places = (np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64))
    return csr_array((np.array(values, dtype=np.float64), places), shape=shape)


def terms(text: str) -> list[str]:
    """Words in the singular and small letters, without glue; of Chinese, each two neighbouring characters."""
    found = []
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word[0] >= "\u3400":
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        elif (one := _one(word)) not in GLUE:
            found.append(one)
    return found


def words_of(text: str) -> frozenset[str]:
    """The words of a name or heading, in the singular and small letters."""
    return frozenset(map(_one, re.findall(r"[^\W_]+", text.lower())))


# The same words come again and again.
_one = lru_cache(maxsize=50_000)(singular)
