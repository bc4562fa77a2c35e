"""The order of an outline: sections along the main path and time, in a section first what began it."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.models import Paper
from survey.outline import build_outline
from survey.outline.foundations import TITLE, find_foundations
from survey.outline.ordering import middle_year, path_shares, reading_order

NAMES = [f"p{row}" for row in range(8)]


def rows(*some: int) -> np.ndarray:
    return np.array(some, dtype=np.int64)


# ---- the main path ---------------------------------------------------------------------------------------------------


def test_shares_of_search_paths() -> None:
    # 1 and 2 build on 0, and 3 on both; 4 builds on 1 only. Three paths: 0-1-3, 0-2-3, 0-1-4; 5 stands alone.
    citations = [(1, 0), (2, 0), (3, 1), (3, 2), (4, 1)]
    shares = path_shares(6, citations, [2000, 2001, 2001, 2002, 2002, 2003])
    assert shares == pytest.approx([1, 2 / 3, 1 / 3, 2 / 3, 1 / 3, 0])


def test_two_papers_that_cite_each_other_close_no_circle() -> None:
    # The older one is taken for the cited one.
    assert path_shares(2, [(0, 1), (1, 0)], [2001, 2000]) == pytest.approx([1, 1])


def test_no_citations_are_no_paths() -> None:
    assert not path_shares(3, [], [2000, None, 2001]).any()


def test_counts_beyond_what_a_float_holds() -> None:
    # Each layer of two papers builds on both of the one before: 2 ** 1200 paths, half of them through each paper.
    layers = 1200
    citations = [(2 * n + a, 2 * n - 2 + b) for n in range(1, layers) for a in (0, 1) for b in (0, 1)]
    shares = path_shares(2 * layers, citations, [1000 + n // 2 for n in range(2 * layers)])
    assert shares == pytest.approx(np.full(2 * layers, 0.5))


# ---- sections --------------------------------------------------------------------------------------------------------


def test_without_paths_a_section_stands_at_its_median_year() -> None:
    years = [2001, 2003, 2010, None]
    assert middle_year(rows(0, 1, 2, 3), years, np.zeros(4)) == 2003
    assert middle_year(rows(0, 1), years, np.zeros(4)) == 2002
    assert middle_year(rows(3), years, np.zeros(4)) == float("inf")


def test_what_lies_on_the_main_path_draws_a_section_to_its_year() -> None:
    years = [2001, 2010, 2011, 2012]
    assert middle_year(rows(0, 1, 2, 3), years, np.array([1.0, 0, 0, 0])) == 2001


# ---- papers ----------------------------------------------------------------------------------------------------------


def test_a_section_opens_with_what_began_it() -> None:
    years = [2000, 2002, 2003, 2010]
    cited = np.array([0, 5, 0, 9])
    # 1 is cited often and of the older half; 3 is cited more often, but new; 0 is older and hardly read.
    assert reading_order(rows(0, 1, 2, 3), years, cited, NAMES) == [1, 0, 2, 3]


def test_at_most_a_quarter_of_a_section_began_it() -> None:
    years = [2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007]
    cited = np.array([3, 4, 9, 8, 0, 0, 0, 0])
    assert reading_order(rows(*range(8)), years, cited, NAMES) == [2, 3, 0, 1, 4, 5, 6, 7]


def test_of_one_year_the_most_cited_comes_first_and_undated_papers_last() -> None:
    years = [None, 2001, 2001, None]
    assert reading_order(rows(0, 1, 2, 3), years, np.array([9, 0, 1, 0]), NAMES) == [2, 1, 0, 3]


# ---- foundations -----------------------------------------------------------------------------------------------------


def old_and_new(titles: dict[int, str] | None = None, year: int | None = 1990) -> list[Paper]:
    return [
        Paper(id=f"p{n:02}", title=(titles or {}).get(n, f"Layered machine {n}"), year=year if n < 6 else year and 2020)
        for n in range(40)
    ]


def test_what_is_old_cited_and_wider_than_the_topic_is_a_foundation() -> None:
    """40 papers: 0 to 3 are old, cited and unlike the others; 4 is old and cited, but on the topic; 5 is unlike and uncited."""
    vectors = np.zeros((40, 2), dtype=np.float32)
    vectors[:, 0] = 1
    vectors[[0, 1, 2, 3, 5]] = [0, 1]
    cited = np.array([9, 8, 7, 6, 9, 0, *[0] * 34])
    every = np.arange(40)

    def found(papers: list[Paper], among: np.ndarray = every, citing: int = 20) -> list[int]:
        rows_found: list[int] = find_foundations(among, "speech of machines", papers, vectors, cited, citing).tolist()
        return rows_found

    assert found(old_and_new({n: f"Layers {n}" for n in range(40)})) == [0, 1, 2, 3]
    # A word of the topic in the title, also in the singular: it is on the topic.
    assert found(old_and_new({n: f"Layers {n}" for n in range(3)})) == [0, 1, 2]
    assert found(old_and_new()) == []
    layers = {n: f"Layers {n}" for n in range(40)}
    # Of 200 papers that cite others, 9 are less than one in twenty; 2 are no section; without years nothing is old.
    assert found(old_and_new(layers), citing=200) == []
    assert found(old_and_new(layers), among=rows(0, 1, 20, 21, 22)) == []
    assert found(old_and_new(layers, year=None)) == []


def test_foundations_open_the_outline() -> None:
    old = [Paper(id=f"a{n}", title=f"Layered machine {n}", abstract="Layers and weights.", year=1990) for n in range(3)]
    new = [
        Paper(id=f"b{n}", title=f"Speech synthesis {n}", abstract="Speech synthesis of voices.", year=2020)
        for n in range(30)
    ]
    vectors = np.array([[0.0, 1.0]] * 3 + [[1.0, 0.0]] * 30, dtype=np.float32)
    outline = build_outline("speech", [*old, *new], vectors, [(3 + n, m) for n in range(30) for m in range(3)])
    assert outline.sections[0].title == TITLE
    assert outline.sections[0].papers == ("a0", "a1", "a2")
