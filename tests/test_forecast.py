"""Which concepts meet next: the baselines against networkx, what is learned, and that nothing later is ever looked at."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from corpus.errors import InputError
from survey.ideas.backtest import backtest, measure
from survey.ideas.features import build_baselines, build_features
from survey.ideas.forecast import Forecast, TooLittlePast, draw_pairs, learn
from survey.ideas.past import Past, build_past


def past_of(*papers: tuple[int, str], titles: str | None = None, cites: list[tuple[int, int]] | None = None) -> Past:
    """A paper a pair of its year and its concepts, a letter each (a, b, ...); all are in its title, or only those of `titles`."""
    held = [(n, ord(c) - ord("a")) for n, (_, letters) in enumerate(papers) for c in letters]
    in_title = [(n, c) for n, c in held if titles is None or chr(c + ord("a")) in titles]
    return build_past([year for year, _ in papers], ["method", "task"] * 5, held, in_title, cites or [])


EARLY = ((2000, "ab"), (2001, "bc"), (2002, "cd"), (2003, "bd"))
ALL = tuple(combinations(range(4), 2))
PAIRS = np.array([a for a, _ in ALL]), np.array([b for _, b in ALL])


def test_the_past_counts_papers_titles_and_who_met() -> None:
    past = past_of(*EARLY, titles="abc")
    assert past.papers.tolist()[:4] == [1, 3, 2, 2]
    assert past.titles.tolist()[:4] == [1, 3, 2, 0]
    assert [int(past.together[pair]) for pair in ALL] == [1, 0, 0, 1, 1, 1]
    assert [int(past.joined[pair]) for pair in ALL] == [1, 0, 0, 1, 0, 0]
    assert past.until(2001).papers.tolist()[:4] == [1, 2, 1, 0]
    assert past.after(2001).papers.tolist()[:4] == [0, 1, 1, 2]


def test_a_paper_without_a_year_belongs_to_no_time() -> None:
    past = build_past([None, 2001], ["task"], [(0, 0), (1, 0)], [], [])
    assert (past.until(2200).papers[0], past.after(1500).papers[0], past.papers[0]) == (1, 1, 2)


def test_the_baselines_are_those_of_networkx() -> None:
    past = past_of(*EARLY, (2004, "ace"), (2004, "de"))
    graph = nx.Graph([(a, b) for a, b in combinations(range(5), 2) if past.together[a, b]])
    pairs = list(combinations(range(5), 2))
    ours = build_baselines(past.together, (np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])))
    assert ours["preferential_attachment"].tolist() == [p for *_, p in nx.preferential_attachment(graph, pairs)]
    assert ours["common_neighbours"].tolist() == [len(list(nx.common_neighbors(graph, *pair))) for pair in pairs]
    assert ours["adamic_adar"] == pytest.approx([p for *_, p in nx.adamic_adar_index(graph, pairs)])


def test_features_do_not_depend_on_which_comes_first() -> None:
    past = past_of(*EARLY, (2004, "ace"), (2004, "de"), cites=[(4, 0), (3, 2)])
    there, back = build_features(past, PAIRS), build_features(past, PAIRS[::-1])
    assert there.shape[0] == len(ALL)
    assert there == pytest.approx(back, abs=1e-9)


def test_pairs_are_drawn_from_those_that_had_not_met() -> None:
    known, later = past_of(*EARLY, (2003, "e")), past_of((2005, "ac"), (2005, "ab"), (2006, "ae"))
    (i, j), joined = draw_pairs(known, later, unjoined=9, seed=0, most=9, least=1)
    drawn = {(int(a), int(b)): bool(y) for a, b, y in zip(i, j, joined, strict=True)}
    # a and b had met, whatever came later; all pairs with e are open.
    assert drawn == {(0, 2): True, (0, 4): True, (0, 3): False, (1, 4): False, (2, 4): False, (3, 4): False}
    first, again = (draw_pairs(known, later, unjoined=1, seed=3, most=1, least=1) for _ in range(2))
    assert [side.tolist() for side in first[0]] == [side.tolist() for side in again[0]]
    assert again[1].tolist() == [True, False]


def test_to_meet_in_an_abstract_is_not_to_be_joined() -> None:
    known, later = past_of(*EARLY), past_of((2005, "ac"), titles="a")
    _, joined = draw_pairs(known, later, unjoined=9, seed=0, most=9, least=1)
    assert not joined.any()


@pytest.mark.parametrize(
    ("joined", "scores", "auc", "share"),
    [
        ([1, 1, 0, 0], [4, 3, 2, 1], 1.0, 0.5),
        ([1, 1, 0, 0], [1, 2, 3, 4], 0.0, 0.5),
        ([1, 0, 0, 0], [1, 1, 1, 1], 0.5, 0.25),
    ],
)
def test_the_measures(joined: list[int], scores: list[float], auc: float, share: float) -> None:
    found = measure(np.array(joined, dtype=bool), np.array(scores, dtype=float))
    assert (found["auc"], found["p100"]) == (auc, share)  # of four, the first hundred are all


def test_of_equal_scores_no_order_is_preferred() -> None:
    joined = np.arange(400) < 100
    assert measure(joined, np.zeros(400))["p100"] == 0.25
    assert measure(joined[::-1], np.zeros(400))["p100"] == 0.25
    # 50 right ones stand above the rest, which is right one time in seven.
    scores = np.where(np.arange(400) < 50, 1.0, 0.0)
    assert measure(joined, scores)["p100"] == pytest.approx((50 + 50 / 7) / 100)


def world(seed: int = 0, years: range = range(2000, 2022)) -> Past:
    """Concepts of four fields: a paper takes two of one field, seldom of two; so those of one field meet sooner or later."""
    dice = random.Random(seed)
    held, dates = [], []
    for year in years:
        for _ in range(60):
            field = dice.randrange(4)
            other = field if dice.random() < 0.9 else dice.randrange(4)
            held += [(len(dates), 40 * field + dice.randrange(40)), (len(dates), 40 * other + dice.randrange(40))]
            dates.append(year)
    return build_past(dates, ["method", "task"] * 80, held, held, [])


@pytest.fixture(scope="module")
def ages() -> Past:
    return world()


def test_the_forecast_learns_which_pairs_belong_together(ages: Past) -> None:
    found = backtest(ages, 2015, seeds=1)
    ours, base = found.scores["ours"], found.scores["preferential_attachment"]
    assert ours["auc"] > base["auc"] + 0.1
    assert ours["p100"] > base["p100"]
    assert len(found.first) == 100
    chances = [chance for _, _, chance, _ in found.first]
    assert chances == sorted(chances, reverse=True)
    assert 0 < chances[-1] <= chances[0] < 1


def test_a_backtest_gives_the_same_twice(ages: Past) -> None:
    assert backtest(ages, 2015, seeds=1) == backtest(world(), 2015, seeds=1)


def test_nothing_later_than_the_year_is_looked_at(ages: Past) -> None:
    known = ages.until(2015)
    other = world(seed=1)  # another history, of which only the later part is taken
    mixed = replace(
        ages,
        holds=np.where(ages.years[:, None] > 2015, other.holds.toarray(), ages.holds.toarray()),
    )
    from scipy import sparse

    mixed = replace(mixed, holds=sparse.csr_array(mixed.holds), titled=sparse.csr_array(mixed.holds))
    assert learn(mixed.until(2015)) == learn(known)


def test_the_chances_are_as_rare_as_the_truth(ages: Past) -> None:
    """Drawn pairs have more joined ones than there are; the forecast must not take that over."""
    known, later = ages.until(2015), ages.until(2018).after(2015)
    forecast = learn(known)
    (i, j), joined = draw_pairs(known, later, unjoined=400, seed=0, most=10_000)  # all that there are
    assert forecast.score(known, (i, j)).mean() == pytest.approx(joined.mean(), rel=0.35)


def test_a_forecast_survives_being_written_down(ages: Past) -> None:
    forecast = learn(ages)
    assert Forecast.model_validate_json(forecast.model_dump_json()) == forecast
    assert forecast.score(ages, (np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp))).tolist() == []


def test_a_short_past_teaches_nothing() -> None:
    with pytest.raises(TooLittlePast, match="joined 0 pairs"):
        learn(past_of(*EARLY))
    with pytest.raises(TooLittlePast):
        learn(build_past([], [], [], [], []))


@pytest.mark.parametrize(
    ("until", "message"),
    [(1990, "no papers up to 1990"), (2030, "no papers after 2030"), (2003, "too little to learn from")],
)
def test_a_year_that_leaves_nothing_is_told(ages: Past, until: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        backtest(ages, until)


def test_a_paper_that_cites_itself_or_the_future_changes_nothing_else() -> None:
    past = past_of(*EARLY, cites=[(0, 0), (0, 3), (3, 0)])
    assert past.cites.nnz == 2
    assert np.isfinite(build_features(past, PAIRS)).all()
