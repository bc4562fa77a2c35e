"""`fourways graph`, on a library without vectors: a topic is then looked up by its words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.library import Library
from corpus.models import Citation, Paper

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def filled(cli: Run, tmp_path: Path) -> Run:
    """Papers on adapters of 2018 to 2021, each citing the one before; two on tracking, of which the older cites the younger; and
    one that 30 others cite."""
    library = Library(tmp_path / "home" / "library.db")
    papers = [Paper(id=f"a{year}", title=f"Adapters of {year}", year=year) for year in range(2018, 2022)]
    papers += [Paper(id="t1", title="Tracking with points", year=2019), Paper(id="t2", title="Tracking", year=2022)]
    papers += [Paper(id=f"h{at:02}", title=f"Study {at}", year=2020) for at in range(30)]
    papers.append(Paper(id="hub", title="Much cited", year=2017))
    library.add(papers, "test")
    citations = [(f"a{year}", f"a{year - 1}") for year in range(2019, 2022)] + [("t1", "t2"), ("t2", "a2021")]
    citations += [(f"h{at:02}", "hub") for at in range(30)]
    library.add_citations([Citation(citing=citing, cited=cited) for citing, cited in citations])
    return cli


def test_neighbours_are_bounded_and_the_rest_is_counted(filled: Run) -> None:
    status, out, _ = filled("graph", "neighbours", "hub", "-k", "4")
    assert status == 0
    assert out.count("<- cites") == 5  # four and the line that says how many more
    assert "<- cites: 26 more; -k 30 shows all 30" in out
    assert len(json.loads(filled("graph", "neighbours", "hub", "--json")[1])) == 30
    assert len(json.loads(filled("graph", "neighbours", "hub", "--json", "-k", "2")[1])) == 2


def test_neighbours_of_one_kind(filled: Run) -> None:
    assert [one["way"] for one in json.loads(filled("graph", "neighbours", "t2", "--kind", "cites", "--json")[1])] == [
        "in",
        "out",
    ]
    assert filled("graph", "neighbours", "t2", "--kind", "method")[1] == "It has no links of the kind method.\n"
    status, _, err = filled("graph", "neighbours", "t2", "--kind", "likes")
    assert status == 1 and err.startswith("error: there is no kind of link or node 'likes'. Use one of addresses,")


def test_the_main_path_of_a_topic(filled: Run) -> None:
    status, out, err = filled("graph", "main-path", "adapters")
    assert status == 0
    years = [line.split()[0] for line in out.splitlines()[1:]]
    # t2 comes in by its citation of a2021, and would bring in t1 by a second step.
    assert years == ["2018", "2019", "2020", "2021", "2022"]
    assert "1 search paths" in err
    found = json.loads(filled("graph", "main-path", "adapters", "--json")[1])
    assert [one["id"] for one in found["path"]][:4] == ["a2018", "a2019", "a2020", "a2021"]


def test_a_main_path_copes_with_a_citation_of_the_future(filled: Run) -> None:
    found = json.loads(filled("graph", "main-path", "tracking", "--json")[1])
    assert found["against_date"] == 1
    assert [one["id"] for one in found["path"]][-2:] == ["t2", "t1"]


def test_growth_of_all_and_of_a_topic(filled: Run) -> None:
    years = json.loads(filled("graph", "growth", "tracking", "--json")[1])
    assert [(one["year"], one["papers"], one["citations"]) for one in years] == [
        (2019, 1, 1),
        (2020, 0, 0),
        (2021, 0, 0),
        (2022, 1, 1),
    ]
    assert len(filled("graph", "growth")[1].splitlines()) == 7  # 2017 to 2022, and the head


def test_communities_and_bridges(filled: Run) -> None:
    first, *_ = json.loads(filled("graph", "communities", "--json")[1])
    assert (first["papers"], first["leading"][0]["id"]) == (31, "hub")
    status, out, _ = filled("graph", "communities", "-k", "1")
    assert status == 0 and "more, each of" in out
    assert filled("graph", "bridges")[0] == 0
    found = json.loads(filled("graph", "bridges", "--json")[1])
    assert set(found) == {"linked", "sampled", "bridges", "communities"}


def test_related_papers_cite_the_same_or_are_cited_together(filled: Run, tmp_path: Path) -> None:
    Library(tmp_path / "home" / "library.db").add_citations([Citation(citing="a2021", cited="a2019")])
    # a2021 and a2020 both cite a2019, of which a2021 cites one more; a2020 and a2019 are cited by a2021, a2019 by a2020 too.
    assert json.loads(filled("graph", "related", "a2020", "--json")[1]) == {
        "coupled": [{"id": "a2021", "title": "Adapters of 2021", "year": 2021, "share": 0.7071}],
        "co_cited": [{"id": "a2019", "title": "Adapters of 2019", "year": 2019, "share": 0.7071}],
    }
    assert "cites the same" in filled("graph", "related", "a2020", "-k", "1")[1]
    assert filled("graph", "related", "hub")[1].startswith("None:")
    assert filled("graph", "related", "zz")[0] == 1


def test_stats_count_what_is_odd(filled: Run) -> None:
    assert json.loads(filled("graph", "stats", "--json")[1])["citations_against_date"] == 1
    assert "against the date" in filled("graph", "stats")[1]


@pytest.mark.parametrize("command", ["main-path", "growth", "communities", "bridges"])
def test_a_topic_that_nobody_wrote_about_is_one_line(filled: Run, command: str) -> None:
    status, out, err = filled("graph", command, "zebrafish husbandry")
    assert (status, out) == (1, "")
    assert (
        err
        == "error: no paper in the library is about 'zebrafish husbandry'. Use other words, or see `fourways search`.\n"
    )


@pytest.mark.parametrize("papers", [0, 1, 3])
@pytest.mark.parametrize(
    "command", [("stats",), ("growth",), ("communities",), ("bridges",), ("main-path", "paper"), ("neighbours", "p0")]
)
def test_small_libraries_without_citations(cli: Run, tmp_path: Path, papers: int, command: tuple[str, ...]) -> None:
    Library(tmp_path / "home" / "library.db").add(
        [Paper(id=f"p{at}", title=f"Paper {at}", abstract="Words.") for at in range(papers)], "test"
    )
    status, out, err = cli("graph", *command)
    if papers or command[0] not in ("main-path", "neighbours"):
        assert (status, "error" in err) == (0, False) and out
    else:
        assert status == 1 and err.count("error:") == 1 and len(err.splitlines()) <= 2


@pytest.mark.parametrize("command", [("neighbours", "zz"), ("path", "a2018", "zz"), ("path", "zz", "a2018")])
def test_an_unknown_id_is_one_line(filled: Run, command: tuple[str, ...]) -> None:
    status, out, err = filled("graph", *command)
    assert (status, out) == (1, "")
    assert err.startswith("error: nothing in the graph is called 'zz'.") and err.count("\n") == 1


def test_what_no_path_joins_is_one_line(filled: Run) -> None:
    status, _, err = filled("graph", "path", "a2018", "hub")
    assert status == 1 and err.startswith("error: no path joins 'a2018' and 'hub'.")
