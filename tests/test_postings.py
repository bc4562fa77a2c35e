"""BM25F by hand, and an addition measured by the library that it comes to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corpus.retrieval.analysis import Analyser
from corpus.retrieval.postings import FIELDS, K1, build_postings

PAPERS = [
    {"title": "adapters", "abstract": "small frozen", "authors": "Hu"},
    {"title": "prompts", "abstract": "frozen frozen", "authors": ""},
    {"title": "video", "abstract": "", "authors": "Hu, Li"},
]


def test_scores_are_bm25f() -> None:
    postings = build_postings(PAPERS, Analyser())
    # "frozen": in two of three papers. Abstracts have 4/3 words on average, the two that have one have two each.
    weight, b = FIELDS["abstract"]
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    norm = weight / (1 - b + b * 2 / (4 / 3))
    once, twice = (idf * tf * norm * (K1 + 1) / (K1 + tf * norm) for tf in (1, 2))
    assert postings.scores({"frozen": 1.0}) == pytest.approx([once, twice, 0], rel=1e-5)


def test_fields_add_up_before_they_saturate() -> None:
    both = build_postings([{"title": "lora", "abstract": "lora"}, {"title": "lora", "abstract": "frozen"}], Analyser())
    scores = both.scores({"lora": 1.0})
    assert scores[0] > scores[1] > 0


def test_authors_are_found_and_weights_scale() -> None:
    postings = build_postings(PAPERS, Analyser())
    assert np.flatnonzero(postings.scores({"hu": 1.0})).tolist() == [0, 2]
    assert postings.scores({"hu": 0.5}) == pytest.approx(0.5 * postings.scores({"hu": 1.0}))
    assert postings.scores({"nowhere": 1.0}).tolist() == [0, 0, 0]


def test_an_addition_scores_as_if_it_had_been_there() -> None:
    base = build_postings(PAPERS, Analyser())
    again = build_postings(PAPERS[:1], Analyser(), like=base)
    for term in ("adapt", "frozen", "hu"):
        assert again.scores({term: 1.0})[0] == pytest.approx(base.scores({term: 1.0})[0])


def test_a_word_that_only_the_addition_has_counts_as_a_rare_one() -> None:
    base = build_postings(PAPERS, Analyser())
    scores = build_postings([{"title": "brandnew adapters"}], Analyser(), like=base)
    assert scores.scores({"brandnew": 1.0})[0] > 0


def test_nothing_at_all_is_an_index_too() -> None:
    empty = build_postings([], Analyser())
    assert empty.scores({"lora": 1.0}).tolist() == []
    assert build_postings([{"title": "lora"}], Analyser(), like=empty).scores({"lora": 1.0})[0] > 0
