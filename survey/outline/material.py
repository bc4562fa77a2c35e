"""What an outline is made of: papers in the order of their ids, and everything that is known of them before they are grouped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.errors import InputError
from corpus.models import Paper
from survey.grouping import build_features, citation_rank
from survey.headings import Label
from survey.outline.chinese import both_languages
from survey.outline.naming import build_names
from survey.outline.ordering import Years, path_shares
from survey.phrases import Phrases


@dataclass(frozen=True)
class Material:
    """What an outline is made of, the papers sorted by id: rows of the arrays belong to papers."""

    topic: str
    subject: str  # the topic, in English too
    papers: Sequence[Paper]
    vectors: Vectors
    features: Vectors  # (n, d): what groups are made of
    rank: NDArray[np.float64]  # PageRank among these papers
    cited: NDArray[np.int64]  # how many of these papers cite each
    citing: int  # how many of them cite others
    paths: NDArray[np.float64]  # the share of all search paths that run through each
    importance: NDArray[np.float64]
    phrases: Phrases
    used: list[Label] = field(default_factory=list)  # headings given away, anywhere in the outline

    @property
    def years(self) -> Years:
        return [paper.year for paper in self.papers]


def check_material(
    papers: Sequence[Paper], vectors: Vectors, citations: Sequence[tuple[int, int]], relevance: Sequence[float] | None
) -> None:
    """Raises InputError where there is no paper, an id stands twice, or the arguments do not belong together."""
    n = len(papers)
    if not n:
        raise InputError("there is no paper to make an outline of", "Import papers on the topic, or widen the topic")
    if len(vectors) != n or (relevance is not None and len(relevance) != n):
        raise InputError(
            f"{n} papers came with {len(vectors)} vectors", "Give one vector, and one relevance if any, for each paper"
        )
    if len({paper.name for paper in papers}) < n:
        raise InputError("a paper stands twice among the papers of the outline", "Give each paper once")
    if any(not (0 <= i < n and 0 <= j < n) for i, j in citations):
        raise InputError("a citation names a paper that is not there", "Give citations among the papers only")


def build_material(
    topic: str,
    papers: Sequence[Paper],
    vectors: Vectors,
    citations: Sequence[tuple[int, int]],
    relevance: Sequence[float] | None,
    step: Callable[[], None],
) -> Material:
    """Everything in the order of ids, so that nothing after this depends on the order of the arguments; see `build_outline`."""
    order = sorted(range(len(papers)), key=lambda row: papers[row].name)
    place = {row: number for number, row in enumerate(order)}
    edges = sorted({(place[i], place[j]) for i, j in citations if i != j})
    ordered = [papers[row] for row in order]
    rows = np.asarray(vectors, dtype=np.float32)[order]
    weights = (
        np.ones(len(order)) if relevance is None else np.clip(np.asarray(relevance, dtype=np.float64)[order], 0, None)
    )
    top = float(weights.max())
    step()
    features = build_features(ordered, rows, edges)
    step()
    subject = both_languages(topic)
    phrases = build_names(ordered, subject)
    step()
    return Material(
        topic=topic,
        subject=subject,
        papers=ordered,
        vectors=rows,
        features=features,
        rank=citation_rank(len(order), edges),
        cited=np.bincount([cited for _, cited in edges], minlength=len(order)),
        citing=len({citing for citing, _ in edges}),
        paths=path_shares(len(order), edges, [paper.year for paper in ordered]),
        importance=0.5 + 0.5 * weights / top if top > 0 else np.ones(len(order)),
        phrases=phrases,
    )
