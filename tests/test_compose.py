"""From a topic to a draft: which papers are taken, and what is said where none can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.errors import InputError, QueryError, UnknownPaper
from corpus.home import Home
from corpus.models import Citation, Paper
from corpus.workspace import Workspace
from survey.compose import STAGES, citations_among, compose, find_papers, load_ids
from survey.indexing import index_library

ON_TOPIC = [
    Paper(id=f"on{n}", title=f"Frozen adapters {n}", abstract=f"Frozen adapters number {n}.", year=2020)
    for n in range(6)
]
OFF_TOPIC = [Paper(id=f"off{n}", title=f"Weather report {n}", abstract="Rain and wind.", year=2020) for n in range(6)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(Home(tmp_path), model="hash:256")
    made.library.add([*ON_TOPIC, *OFF_TOPIC], "test")
    made.library.add_citations([Citation(citing="on1", cited="on0"), Citation(citing="on2", cited="off0")])
    index_library(made)
    return made


def test_citations_are_pairs_of_rows(workspace: Workspace) -> None:
    keys = [workspace.library.resolve(name) for name in ("on0", "on1", "on2")]
    assert citations_among(workspace.library, keys) == [(1, 0)]


def test_a_draft_places_and_lists_every_paper_and_two_runs_are_equal(workspace: Workspace) -> None:
    draft = compose(workspace, "frozen adapters")
    assert {reference.id for reference in draft.references} == {paper.id for paper in ON_TOPIC}
    assert draft == compose(workspace, "frozen adapters")


def test_papers_are_named_by_id_or_title(workspace: Workspace) -> None:
    library = workspace.library
    assert find_papers(library, ["on1", "weather REPORT 2!", "on1"]) == ["on1", "off2"]
    with pytest.raises(UnknownPaper, match="'Snow report'"):
        find_papers(library, ["Snow report"])


def test_a_title_of_several_papers_names_none(workspace: Workspace) -> None:
    twins = [
        Paper(id=f"twin{n}", title="Twins", year=1990 + 20 * n, authors=(name,)) for n, name in enumerate(("A", "B"))
    ]
    workspace.library.add(twins, "test")
    with pytest.raises(InputError, match=r"2 papers are called 'twins'.*twin0, twin1"):
        find_papers(workspace.library, ["twins"])


def test_pins_and_exclusions(workspace: Workspace) -> None:
    draft = compose(workspace, "frozen adapters", pins=["Weather report 0"], exclude=["on3"])
    assert {one.id for one in draft.references} == {"off0", *(f"on{n}" for n in range(6) if n != 3)}
    with pytest.raises(QueryError, match="beside an exact list"):
        compose(workspace, "frozen adapters", ids=["on0"], exclude=["on3"])


def test_stages_are_told_in_order(workspace: Workspace) -> None:
    told: list[tuple[str, int, int]] = []
    compose(workspace, "frozen adapters", progress=lambda *stage: told.append(stage))
    # The long stages are told again while they last, so that they can be stopped.
    assert [sum(done == number for _, done, _ in told) > 1 for number in range(6)] == [True, False, True, *[False] * 3]
    once = list(dict.fromkeys(told))
    assert [done for _, done, _ in once] == [0, 1, 2, 3, 4, 5]
    assert [what for what, _, _ in once[:5]] == list(STAGES)


def test_given_papers_are_taken_exactly(workspace: Workspace) -> None:
    draft = compose(workspace, "anything", ids=["on0", "off3"])
    assert {reference.id for reference in draft.references} == {"on0", "off3"}


def test_what_cannot_be_drafted_says_why(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="the topic is empty"):
        compose(workspace, "  ")
    with pytest.raises(QueryError, match="--max-papers"):
        compose(workspace, "frozen", max_papers=0)
    with pytest.raises(UnknownPaper, match="'nowhere'"):
        compose(workspace, "frozen", ids=["nowhere"])
    with pytest.raises(QueryError, match="the library is empty"):
        compose(Workspace(Home(tmp_path / "empty"), model="hash:8"), "frozen")


def test_a_file_of_ids_is_read_without_repeats_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("\ufeff# chosen\na b\n\na b\nc\n", "utf-8")
    assert load_ids(path) == ["a b", "c"]
    path.write_text("# nothing\n", "utf-8")
    with pytest.raises(InputError, match="holds no id"):
        load_ids(path)
    with pytest.raises(InputError, match="cannot be read"):
        load_ids(tmp_path / "nowhere")
