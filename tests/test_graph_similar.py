"""Pairs that are alike: exact for some thousands of papers, nearly so beyond."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.embed import Vectors, normalise
from survey.graph import similar_pairs


def clusters(n: int, seed: int = 3) -> Vectors:
    """Vectors (n, 32) that lie around 40 centres, as papers do around topics."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((40, 32))
    return normalise((centres[random.integers(0, 40, n)] + 0.7 * random.standard_normal((n, 32))).astype(np.float32))


def test_pairs_are_mutual_nearest_neighbours() -> None:
    # On a circle at 0, 9, 20 and 90 degrees; k=1: 0 and 9 name each other, 20 names 9 but 9 names 0; 90 names 20.
    angles = np.radians([0.0, 9.0, 20.0, 90.0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert similar_pairs(vectors, k=1) == [(0, 1, pytest.approx(np.cos(np.radians(9)), abs=1e-3))]


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_papers_have_no_pairs(n: int) -> None:
    assert similar_pairs(clusters(n), k=5) == []


def test_fewer_papers_than_neighbours_are_all_alike() -> None:
    assert [(one, other) for one, other, _ in similar_pairs(clusters(3), k=10)] == [(0, 1), (0, 2), (1, 2)]


def test_many_papers_are_compared_with_few_and_hardly_a_pair_is_missed() -> None:
    vectors = clusters(3_000)
    every, found = similar_pairs(vectors), similar_pairs(vectors, exact=0)
    assert found == similar_pairs(vectors, exact=0)
    shared = set(every) & set(found)
    assert len(shared) >= 0.98 * len(every) and len(found) <= 1.01 * len(every)


@pytest.mark.parametrize("exact", [0, 10_000])
def test_papers_that_say_the_same(exact: int) -> None:
    # Hundreds of equal vectors must not make a table of each with each.
    vectors = np.repeat(clusters(3), [500, 1, 500], axis=0)
    found = similar_pairs(vectors, k=5, exact=exact)
    assert found and max(cosine for _, _, cosine in found) == pytest.approx(1.0, abs=1e-3)
    assert len(found) <= 5 * len(vectors)


@pytest.mark.parametrize("exact", [0, 10_000])
def test_vectors_of_nothing_are_like_nothing_in_particular(exact: int) -> None:
    vectors = clusters(200)
    vectors[:50] = 0.0
    for one, other, cosine in similar_pairs(vectors, k=5, exact=exact):
        assert one < other and -1.0 <= cosine <= 1.001


def test_progress_is_told_to_the_end() -> None:
    for exact in (0, 10_000):
        told: list[tuple[int, int]] = []
        similar_pairs(clusters(300), progress=lambda what, done, total: told.append((done, total)), exact=exact)  # noqa: B023
        assert told[-1] == (300, 300)
