"""Why a paper was found: the words that match and where they stand, how near it is, which other hits cite it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from corpus.models import Paper
from corpus.retrieval.analysis import Analyser, query_words
from corpus.retrieval.asking import Asked
from corpus.retrieval.holdings import View
from corpus.retrieval.ranking import TEXTS, Scores, Weights

# What a score is made of.
_PARTS = tuple(field.name for field in fields(Weights))


class Why:
    """Tells it of the hits, given as row -> id; `parts`: signal -> its scores, of which a hit's stands at its place."""

    def __init__(
        self,
        analyser: Analyser,
        asked: Asked,
        view: View,
        names: Mapping[int, str],
        parts: Mapping[str, Scores],
        weights: Weights,
    ) -> None:
        self._analyser, self._asked, self._view, self._parts, self._names = analyser, asked, view, parts, names
        self._weights = weights
        wanted = asked.parsed.all_terms | {term for term, weight in asked.terms.items() if weight > 0}
        self._wanted = frozenset(wanted)
        self._by_token = {token: frozenset(analyser.of_token(token)) for token in asked.parsed.tokens}
        # What was typed in Chinese and is looked up as it was typed, too: the words of papers in Chinese.
        self._typed = {
            token: frozenset(analyser.of_token(token))
            for token in query_words(asked.request.query)
            if not token.isascii() and token not in self._by_token
        }

    def of(self, place: int, row: int, paper: Paper) -> dict[str, Any]:
        """The keys that `corpus.models.Hit` describes."""
        texts = {"title": paper.title, "abstract": paper.abstract or ""}
        found = {name: self._analyser.matches(text, self._wanted) for name, text in texts.items()}
        there = {term for matches in found.values() for _, _, terms in matches for term in terms}
        words = [token for token, terms in self._by_token.items() if not there.isdisjoint(terms)]
        # Pairs of characters are the terms of Chinese: one alone says little.
        words += [token for token, terms in self._typed.items() if terms <= there]
        marks = {name: [(start, end) for start, end, _ in matches] for name, matches in found.items() if matches}
        why: dict[str, Any] = {"words": words, "marks": marks}
        for signal, rank in (("bm25", "lexical_rank"), ("cosine", "dense_rank")):
            if (scores := self._parts.get(signal)) is None:
                continue
            if np.isfinite(scores[place]) and (signal == "cosine" or scores[place] > 0):
                why[rank] = 1 + int(np.count_nonzero(scores > scores[place]))
                why[signal] = round(float(scores[place]), 4)
        if self._parts.get("fulltext", np.zeros(place + 1))[place] > 0:
            why["fulltext_rank"] = round((1 - float(self._parts["fulltext"][place])) * TEXTS) + 1
        links = self._view.links
        citing = links.citing(row).tolist()
        if citing:
            why["citations"] = len(citing)
        for name, others in (("cited_by_hits", citing), ("cites_hits", links.cited_from(row).tolist())):
            if near := [self._names[other] for other in others if other in self._names]:
                why[name] = near
        why["parts"] = {
            name: round(getattr(self._weights, name) * float(self._parts[name][place]), 4)
            for name in _PARTS
            if name in self._parts
        }
        return why
