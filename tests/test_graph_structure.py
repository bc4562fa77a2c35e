"""The shape of a graph, on graphs small enough to be worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.graph import table_of
from survey.graph.reports import find_bridges, find_communities, main_path
from survey.graph.structure.groups import bridges, communities
from survey.graph.structure.growth import growth
from survey.graph.structure.naming import describe_communities
from survey.graph.structure.paths import (
    build_main_path,
    global_path,
    key_routes,
    search_path_counts,
    without_circles,
)
from survey.graph.structure.ranks import co_cited, coupled, pagerank


def ends(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]


# ---- ranks -----------------------------------------------------------------------------------------------------------


def test_pagerank_of_two_papers() -> None:
    # 0 cites 1, which cites nothing and so gives its rank to both: r0 = .075 + .425 (1 - r0), so r0 = .5 / 1.425.
    assert pagerank(2, *ends((0, 1))) == pytest.approx([0.5 / 1.425, 1 - 0.5 / 1.425])


def test_pagerank_is_that_of_networkx() -> None:
    graph = nx.gnp_random_graph(40, 0.1, seed=3, directed=True)
    found = pagerank(40, *ends(*graph.edges))
    assert found == pytest.approx([nx.pagerank(graph, tol=1e-12)[node] for node in range(40)], abs=1e-6)


def test_pagerank_leaves_out_what_is_no_paper() -> None:
    assert pagerank(3, *ends(), among=np.array([0, 2])).tolist() == [0.5, 0.0, 0.5]
    assert pagerank(0, *ends()).tolist() == []


# 0 cites 3 and 4; 1 cites 3, 4 and 5; 2 cites 5.
SHARED = ends((0, 3), (0, 4), (1, 3), (1, 4), (1, 5), (2, 5))


def test_coupling_counts_what_two_papers_both_cite() -> None:
    rows, others, shares = coupled(6, *SHARED)
    found = dict(zip(zip(rows.tolist(), others.tolist(), strict=True), shares.tolist(), strict=True))
    # 0 and 1 share two references: 2 / sqrt(2 * 3); 1 and 2 share one: 1 / sqrt(3 * 1).
    assert found == pytest.approx({(0, 1): 0.816497, (1, 0): 0.816497, (1, 2): 0.57735, (2, 1): 0.57735})


def test_co_citation_counts_who_cites_both() -> None:
    rows, others, shares = co_cited(6, *SHARED)
    found = dict(zip(zip(rows.tolist(), others.tolist(), strict=True), shares.tolist(), strict=True))
    # 3 and 4 are cited by 0 and 1, and by nobody else; 5 is cited with each of them by 1 alone, and by 2.
    assert found[3, 4] == 1.0
    assert found[3, 5] == found[5, 4] == 0.5


def test_only_the_most_alike_are_kept_and_nobody_is_alike_himself() -> None:
    rows, others, _ = coupled(6, *SHARED, k=1)
    assert list(zip(rows.tolist(), others.tolist(), strict=True)) == [(0, 1), (1, 0), (2, 1)]
    assert len(coupled(2, *ends((0, 0), (0, 1), (0, 1)))[0]) == 0


def test_coupling_of_one_paper_is_that_of_all() -> None:
    rows, others, shares = coupled(6, *SHARED)
    one = coupled(6, *SHARED, of=np.array([1]))
    assert [column.tolist() for column in one] == [column[rows == 1].tolist() for column in (rows, others, shares)]


def test_what_too_many_cite_couples_none() -> None:
    rows, others, shares = coupled(6, *SHARED, most=1)
    assert len(rows) == len(others) == len(shares) == 0
    everybody = ends(*((at, 3_000) for at in range(3_000)))
    assert len(coupled(3_001, *everybody)[0]) == 0


# ---- communities and bridges -----------------------------------------------------------------------------------------

# Two triangles, 0 1 2 and 3 4 5, joined by 2 - 3; 6 is joined to nothing.
TRIANGLES = ((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3))


def test_two_triangles_are_two_communities() -> None:
    one, other = ends(*TRIANGLES)
    assert communities(7, one, other, np.ones(7)).tolist() == [0, 0, 0, 1, 1, 1, -1]


def test_the_largest_community_comes_first() -> None:
    edges = (*TRIANGLES, (4, 6), (5, 6))
    one, other = ends(*edges)
    assert communities(7, one, other, np.ones(len(edges))).tolist() == [1, 1, 1, 0, 0, 0, 0]


@settings(deadline=None)
@given(st.permutations(range(len(TRIANGLES))), st.lists(st.booleans(), min_size=7, max_size=7))
def test_communities_do_not_depend_on_the_order_of_edges(order: list[int], turned: list[bool]) -> None:
    edges = [TRIANGLES[at][::-1] if turn else TRIANGLES[at] for at, turn in zip(order, turned, strict=True)]
    assert communities(7, *ends(*edges), np.ones(7)).tolist() == [0, 0, 0, 1, 1, 1, -1]


def test_no_edges_no_communities() -> None:
    assert communities(3, *ends(), np.ones(0)).tolist() == [-1, -1, -1]
    assert communities(1, *ends((0, 0)), np.ones(1)).tolist() == [-1]  # a paper that cites itself


def test_bridges_on_a_line() -> None:
    # 0 - 1 - 2 - 3 in the communities {0, 1} and {2, 3}: of the pairs of both, 0-2 runs over 1, 1-3 over 2, 0-3 over 1 and 2.
    labels = np.array([0, 0, 1, 1])
    assert bridges(4, *ends((0, 1), (1, 2), (2, 3)), labels).tolist() == [0.0, 2.0, 2.0, 0.0]


def test_shortest_paths_of_one_length_share_the_pair() -> None:
    # From 0 to 3 leads a path over 1 and one over 2.
    labels = np.array([0, 1, 1, 1])
    assert bridges(4, *ends((0, 1), (0, 2), (1, 3), (2, 3)), labels).tolist() == [0.0, 0.5, 0.5, 0.0]


def test_with_each_paper_its_own_community_it_is_betweenness() -> None:
    graph = nx.gnp_random_graph(30, 0.15, seed=5)
    known = nx.betweenness_centrality(graph, normalized=False)
    assert bridges(30, *ends(*graph.edges), np.arange(30)) == pytest.approx([known[node] for node in range(30)])


def test_bridges_of_large_graphs_are_estimated_the_same_way_twice() -> None:
    graph = nx.connected_caveman_graph(6, 8)
    labels = np.arange(48) // 8
    exact = bridges(48, *ends(*graph.edges), labels)
    first, second = (bridges(48, *ends(*graph.edges), labels, exact=10, samples=24) for _ in range(2))
    assert first.tolist() == second.tolist()
    assert set(np.argsort(-first)[:12]) == set(np.argsort(-exact)[:12])  # the two ends of each cave
    assert first.sum() == pytest.approx(exact.sum(), rel=0.2)


def test_one_community_has_no_bridges() -> None:
    assert bridges(3, *ends((0, 1), (1, 2)), np.zeros(3, dtype=np.int64)).tolist() == [0.0, 0.0, 0.0]


# ---- the main path ---------------------------------------------------------------------------------------------------

# From the cited paper to the citing one. Three search paths: 1 2 4 5, 1 2 3 4 5 and 1 3 4 5.
ARCS = [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (4, 5)]


def test_search_path_counts() -> None:
    assert search_path_counts(ARCS) == {(1, 2): 2, (1, 3): 1, (2, 3): 1, (2, 4): 1, (3, 4): 2, (4, 5): 3}


def test_the_global_main_path_has_the_highest_sum() -> None:
    assert global_path(search_path_counts(ARCS)) == [1, 2, 3, 4, 5]  # 2 + 1 + 2 + 3; over 1 3 it is 1 + 2 + 3


def test_counts_are_exact_however_large() -> None:
    # A hundred diamonds in a row double the number of paths a hundred times.
    arcs = [arc for at in range(0, 300, 3) for arc in ((at, at + 1), (at, at + 2), (at + 1, at + 3), (at + 2, at + 3))]
    found = build_main_path(((head, tail) for tail, head in arcs), {})
    assert found.total == 2**100
    assert found.counts[0, 1] == 2**99
    assert found.path[:4] == (0, 1, 3, 4)  # of equals the lower number


def test_key_routes_keep_what_the_one_path_leaves_out() -> None:
    counts = search_path_counts([*ARCS, (7, 8), (8, 9)])
    assert key_routes(counts, 1) == [(1, 2), (2, 3), (3, 4), (4, 5)]
    assert set(key_routes(counts, 8)) >= {(7, 8), (8, 9), (1, 3), (2, 4)}
    assert key_routes({}, 3) == [] and global_path({}) == []


def test_a_circle_is_broken_where_it_goes_against_the_date() -> None:
    # 1 (2019) and 2 (2020) cite each other; 3 cites 2.
    days = {1: 20190000, 2: 20200000, 3: 20210000}
    found = build_main_path([(1, 2), (2, 1), (3, 2)], days)
    assert (found.path, found.dropped, found.against_date) == ((1, 2, 3), 1, 1)


@pytest.mark.parametrize("days", [{}, {1: 2020, 2: 2020, 3: 2020}])
def test_of_one_day_or_without_days_the_lower_number_is_older(days: dict[int, int]) -> None:
    assert without_circles([(1, 2), (2, 3), (3, 1)], days) == ([(1, 2), (2, 3)], 1)


def test_a_citation_of_the_future_is_followed_where_it_closes_no_circle() -> None:
    found = build_main_path([(1, 2)], {1: 2019, 2: 2021})
    assert (found.path, found.dropped, found.against_date) == ((2, 1), 0, 1)


def test_self_citations_and_nothing_at_all() -> None:
    assert build_main_path([(1, 1)], {}).path == ()
    assert build_main_path([], {}).total == 0


@settings(deadline=None)  # the first call imports networkx
@given(
    st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30),
    st.dictionaries(st.integers(0, 9), st.integers(1, 4)),
)
def test_any_citations_have_a_main_path(citations: set[tuple[int, int]], days: dict[int, int]) -> None:
    found = build_main_path(citations, days)
    assert nx.is_directed_acyclic_graph(nx.DiGraph(found.counts.keys()))
    assert all(arc in found.counts for arc in [*pairwise(found.path), *found.routes])
    assert set(pairwise(found.path)) <= set(build_main_path(citations, days, k=100).routes) or not found.path
    paths = sum(
        len(list(nx.all_simple_paths(graph, source, sink)))
        for graph in [nx.DiGraph(found.counts.keys())]
        for source in graph
        if not graph.in_degree(source)
        for sink in graph
        if not graph.out_degree(sink)
    )
    assert found.total == paths


# ---- as it is told ---------------------------------------------------------------------------------------------------


@pytest.fixture
def graph() -> nx.MultiDiGraph:
    """Two triangles of citations joined by one, of 2018 to 2021; the first speaks of adapters, the second of tracking."""
    made = nx.MultiDiGraph()
    years = {"a": 2018, "b": 2020, "c": 2020, "d": 2020, "e": 2021, "f": 2021}
    for name, year in years.items():
        made.add_node(name, kind="paper", title=f"Paper {name}", year=year)
    made.add_node("g", kind="paper", title="Alone and undated")
    made.add_node("method:adapters", kind="method", title="adapters")
    made.add_node("task:tracking", kind="task", title="tracking")
    for citing, cited in ("ba", "ca", "cb", "ed", "fd", "fe", "dc"):
        made.add_edge(citing, cited, kind="cites", weight=1.0, source="bibliography")
    for paper in "abc":
        made.add_edge(paper, "method:adapters", kind="uses", weight=0.5, source='title: "adapters"')
    for paper in "cdef":
        made.add_edge(paper, "task:tracking", kind="addresses", weight=0.5, source='title: "tracking"')
    return made


def test_growth_fills_the_years_between(graph: nx.MultiDiGraph) -> None:
    assert growth(table_of(graph)) == [
        {"year": 2018, "papers": 1, "citations": 0, "concepts": 1, "new_concepts": 1},
        {"year": 2019, "papers": 0, "citations": 0, "concepts": 0, "new_concepts": 0},
        {"year": 2020, "papers": 3, "citations": 4, "concepts": 2, "new_concepts": 1},
        {"year": 2021, "papers": 2, "citations": 3, "concepts": 1, "new_concepts": 0},
    ]


def test_growth_of_some_papers_and_of_none(graph: nx.MultiDiGraph) -> None:
    table = table_of(graph)
    (only,) = growth(table, np.array([table.row("d")]))
    assert only == {"year": 2020, "papers": 1, "citations": 1, "concepts": 1, "new_concepts": 1}
    assert growth(table, np.array([table.row("g")])) == []


def test_communities_are_named_by_what_others_do_not_speak_of(graph: nx.MultiDiGraph) -> None:
    table = table_of(graph)
    labels = find_communities(table)
    first, second = describe_communities(table, labels)
    assert (first["papers"], first["names"][0], first["leading"][0]["id"]) == (3, "adapters", "a")
    assert (second["names"][0], second["leading"][0]["id"]) == ("tracking", "d")
    assert len(describe_communities(table, labels, 1)) == 1
    assert describe_communities(table, np.full(len(table), -1)) == []


def test_bridges_are_told_with_what_they_join(graph: nx.MultiDiGraph) -> None:
    table = table_of(graph)
    found = find_bridges(table, find_communities(table), k=2)
    # All 9 pairs of both communities run over c and d; 6 of them do not begin at c, and 6 do not end at d.
    assert [(one["id"], one["between"], one["community"], one["joins"]) for one in found["bridges"]] == [
        ("c", 6.0, 0, [1]),
        ("d", 6.0, 1, [0]),
    ]
    assert found["bridges"][0]["share"] == round(6 / 9, 4)
    assert (found["linked"], found["sampled"]) == (6, 6)
    assert found["communities"]["0"][0] == "adapters"


def test_the_main_path_is_told_with_its_counts(graph: nx.MultiDiGraph) -> None:
    # Oldest first: a, b, c, then d, e, f; each triangle has a short way and a long one, so there are 4 search paths.
    found = main_path(table_of(graph), k=1)
    assert [one["id"] for one in found["path"]] == list("abcdef")
    assert [one.get("count") for one in found["path"]] == [2, 2, 4, 2, 2, None]
    assert (found["search_paths"], found["citations"]) == (4, 7)
    assert found["routes"][0] == {"cited": "a", "citing": "b", "count": 2, "share": 0.5}


def test_the_main_path_of_papers_that_nothing_joins(graph: nx.MultiDiGraph) -> None:
    table = table_of(graph)
    found = main_path(table, np.array([table.row("a"), table.row("g")]))
    assert (found["papers"], found["citations"], found["path"], found["routes"]) == (2, 0, [], [])
