"""Foundations: what a topic's papers build on that is older and wider than the topic: architectures, optimizers, first models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.models import Paper
from survey.grouping import Rows
from survey.outline.facets import FEWEST
from survey.outline.ordering import CITED_OFTEN
from survey.phrases import key_of
from survey.wording import GLUE

TITLE = "Background and foundations"
# A foundation is cited by this share of the papers that cite others here, and by CITED_OFTEN of them at least.
CITED_SHARE = 0.05
# It is among the oldest quarter, and among the quarter least like all others: what is on the topic itself opens its own section.
OLDEST, LIKENESS = 0.25, 0.25
# Not more than this share of the papers are foundations; the most cited are taken.
MOST = 0.1


def find_foundations(
    rows: Rows, topic: str, papers: Sequence[Paper], vectors: Vectors, cited: NDArray[np.int64], citing: int
) -> Rows:
    """Those of `rows`, ascending, that are foundations of the papers on `topic`; none where they are too few for a section.

    `vectors` (n, d) and `cited` (n,), how many of the papers cite each, belong to all n papers, of which `citing` cite others here.
    """
    years = [paper.year for paper in papers]
    # A title that has a word of the topic is on the topic.
    about = set(key_of(topic)) - GLUE
    none = np.zeros(0, dtype=np.int64)
    dated = [year for year in years if year]
    if not dated:
        return none
    oldest = np.quantile(dated, OLDEST)
    likeness = vectors.astype(np.float64) @ vectors.mean(axis=0)
    wide = np.round(likeness, 6) < np.round(np.quantile(likeness, LIKENESS), 6)
    least = max(CITED_OFTEN, CITED_SHARE * citing)
    found = [
        row
        for row in rows.tolist()
        if cited[row] >= least
        and wide[row]
        and (years[row] or np.inf) <= oldest
        and not about.intersection(key_of(papers[row].title))
    ]
    found = sorted(found, key=lambda row: (-int(cited[row]), row))[: int(MOST * len(vectors))]
    # What is left must make a section too.
    return np.array(sorted(found)) if FEWEST <= len(found) <= len(rows) - FEWEST else none
