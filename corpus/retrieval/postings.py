"""Words -> papers: an inverted index whose scores are worked out when it is built.

BM25F (Robertson, Zaragoza & Taylor, CIKM 2004): the fields' term frequencies are weighted, made comparable in length and
added before they saturate. What a term adds to a paper's score is stored, so that a query adds up a few arrays.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.retrieval.analysis import Analyser

# Field -> (weight, b): how much a word counts there, and how far a long field counts less.
FIELDS = {"title": (2.5, 0.75), "abstract": (1.0, 0.75), "authors": (0.5, 0.0)}
K1 = 2.5

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Postings:
    """For every term the rows it stands in and what it adds to their scores, term after term.

    `hashes` (terms,) uint64 ascending, of the terms; `starts` (terms + 1,) where each one's run begins; `rows` (n,) int32 and
    `impacts` (n,) float32, idf included; `lengths`: the mean length of each field, which a later addition is measured by.
    """

    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    impacts: NDArray[np.float32]
    idf: NDArray[np.float32]
    lengths: NDArray[np.float64]
    size: int

    def scores(self, terms: Mapping[str, float]) -> NDArray[np.float32]:
        """The BM25F score of every row, (size,), for weighted `terms`."""
        scores = np.zeros(self.size, dtype=np.float32)
        for term, weight in terms.items():
            if (found := self.find(term)) is not None:
                run = slice(self.starts[found], self.starts[found + 1])
                impacts = self.impacts[run]
                scores[self.rows[run]] += impacts if weight == 1.0 else impacts * np.float32(weight)
        return scores

    def idf_of(self, hashes: NDArray[np.uint64]) -> NDArray[np.float64]:
        """What each term weighs; one that no paper has weighs what a term of a single paper does."""
        at = np.minimum(np.searchsorted(self.hashes, hashes), max(0, len(self.hashes) - 1))
        known = self.hashes[at] == hashes if len(self.hashes) else np.zeros(len(hashes), dtype=bool)
        rare = np.log1p((max(self.size, 1) - 0.5) / 1.5)
        return np.where(known, self.idf[at] if len(self.idf) else rare, rare)

    def find(self, term: str) -> int | None:
        """The number of a term; None where no paper has it."""
        wanted = hash_term(term)
        at = int(np.searchsorted(self.hashes, wanted))
        return at if at < len(self.hashes) and self.hashes[at] == wanted else None


def build_postings(papers: Iterable[Fields], analyser: Analyser, *, like: Postings | None = None) -> Postings:
    """The postings of `papers`, a row each. `like`: take word and length statistics from there, as a small addition must."""
    numbers: dict[str, int] = {}
    fields = list(FIELDS)
    tokens = [array("i") for _ in fields]
    counts: list[list[int]] = [[] for _ in fields]
    for paper in papers:
        for n, field in enumerate(fields):
            terms = analyser.terms(paper.get(field) or "")
            tokens[n].extend([numbers.setdefault(term, len(numbers)) for term in terms])
            counts[n].append(len(terms))
    size, wide = len(counts[0]), max(1, len(numbers))
    lengths = np.array([sum(field) / max(1, size) for field in counts]) if like is None else like.lengths
    keys: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float32]] = []
    for n, (weight, b) in enumerate(FIELDS.values()):
        length = np.asarray(counts[n], dtype=np.float32)
        norm = weight / (1 - b + b * length / (lengths[n] or 1))
        rows = np.repeat(np.arange(size, dtype=np.int64), counts[n])
        key, tf = np.unique(np.frombuffer(tokens[n], dtype=np.int32).astype(np.int64) * size + rows, return_counts=True)
        keys.append(key)
        weights.append((tf * norm[key % size]).astype(np.float32))
    key, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    tf = np.bincount(inverse, np.concatenate(weights), minlength=len(key))
    number, row = np.divmod(key, max(1, size))
    df = np.bincount(number, minlength=wide)
    hashes = np.array([hash_term(term) for term in numbers] or [np.uint64(0)], dtype=np.uint64)
    idf = np.log1p((size - df + 0.5) / (df + 0.5)) if like is None else like.idf_of(hashes)
    impacts = (idf[number] * tf * (K1 + 1) / (K1 + tf)).astype(np.float32)
    order = np.argsort(hashes)
    rank = np.empty(wide, dtype=np.int64)
    rank[order] = np.arange(wide)
    by_hash = np.argsort(rank[number], kind="stable")
    starts = np.concatenate([[0], np.cumsum(df[order])])
    return Postings(
        hashes[order],
        starts,
        row[by_hash].astype(np.int32),
        impacts[by_hash],
        idf[order].astype(np.float32),
        lengths,
        size,
    )


def hash_term(term: str) -> np.uint64:
    """64 bits of a term: at a million terms two share them once in 40 million libraries."""
    return np.uint64(int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little"))
