"""What citations say of papers: counts by hand on a graph of seven papers."""

from __future__ import annotations

import numpy as np
import pytest

from survey.linkage import DOUBT, build_linkage

# 1 and 2 are seeds. 1, 2 and 7 cite 5; 2 cites 1; 3 cites both seeds beside 5 and 6; 4 cites one seed beside 6.
SEEDS = (1, 2)
CITATIONS = [(1, 5), (2, 5), (7, 5), (2, 1), (3, 1), (3, 2), (3, 5), (3, 6), (4, 1), (4, 6)]


@pytest.mark.parametrize(
    ("key", "cited_by", "share", "cites", "together"),
    [
        # Both seeds cite it, and so do 2 of the 3 other bibliographies: by chance 2 * 2 / (3 + DOUBT) seeds would. 3 alone is on
        # the topic, and of the 4 others 3 hold it.
        (5, 1.5, 1.5 / (4 + DOUBT), 0, 1 - 3 / (4 + DOUBT)),
        (1, 0.5, 0.5 / (3 + DOUBT), 0, 1 - 2 / (4 + DOUBT)),
        (3, 0, 0, 2, 0),
        (6, 0, 0, 0, 1 - 1 / (4 + DOUBT)),  # 4 holds one seed only, which is no bibliography on the topic
        (7, 0, 0, 0, 0),
    ],
)
def test_links_of_a_paper(key: int, cited_by: float, share: float, cites: int, together: float) -> None:
    links = build_linkage(CITATIONS, SEEDS)
    (row,) = links.rows([key])
    found = (links.cited_by[row], links.share[row], links.cites[row], links.together[row])
    assert found == pytest.approx((cited_by, share, cites, together))
    assert links.strength[row] == pytest.approx(cited_by + cites + together / 2)


def test_a_bibliography_counts_by_the_logarithm_of_its_seeds() -> None:
    links = build_linkage(CITATIONS, SEEDS)
    assert links.weighed[links.rows([6])[0]] == pytest.approx((1 - 1 / (4 + DOUBT)) * np.log(3))


def test_what_all_topics_cite_is_not_joined_to_one() -> None:
    # 20 papers of a topic and 200 on anything else cite 900; the 20, and none of the others, cite 901.
    topic, others = range(20), range(100, 300)
    citations = [*((one, 900) for one in (*topic, *others)), *((one, 901) for one in topic)]
    links = build_linkage(citations, topic)
    famous, own = links.strength[links.rows([900, 901])]
    assert famous < 1 < 19 < own


def test_a_paper_without_citations_has_no_row() -> None:
    assert build_linkage(CITATIONS, SEEDS).rows([8, 1]).tolist() == [-1, 0]


def test_no_citations_and_no_seeds() -> None:
    assert build_linkage([], SEEDS).rows([1]).tolist() == [-1]
    assert not build_linkage(CITATIONS, []).strength.any()
