"""From a topic to papers: what is about it, what citations bring in, what the user wants in or out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpus.errors import InputError, QueryError, UnknownPaper
from corpus.home import Home
from corpus.models import Citation, Paper
from corpus.workspace import Workspace
from survey.indexing import index_library
from survey.selection import select_papers

ON_TOPIC = [
    Paper(id=f"on{n}", title=f"Frozen adapters number {n}", abstract=f"Frozen adapters, part {n}.", year=2020)
    for n in range(6)
]
# Two of three words: near to the topic, and found by nobody who asks for all of its words.
BENEATH = Paper(id="beneath", title="Adapters", abstract="Adapters of old.", year=2015)
WEATHER = [Paper(id=f"rain{n}", title=f"Weather report {n}", abstract="Rain and wind.", year=2020) for n in range(6)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make(tmp_path_factory.mktemp("home"), [*ON_TOPIC, BENEATH, *WEATHER])


def make(folder: Path, papers: list[Paper], citations: list[tuple[str, str]] | None = None) -> Workspace:
    made = Workspace(Home(folder), model="hash:256")
    made.library.add(papers, "test")
    made.library.add_citations([Citation(citing=one, cited=other) for one, other in citations or []])
    index_library(made)
    return made


def selected(workspace: Workspace, topic: str = "frozen adapters", most: int = 50, **chosen: Any) -> list[str]:
    names = workspace.library.names()
    return [names[key] for key in select_papers(workspace, topic, most, **chosen)]


def test_papers_on_the_topic_and_no_others(workspace: Workspace) -> None:
    found = selected(workspace)
    assert {paper.id for paper in ON_TOPIC} <= set(found)
    assert not [name for name in found if name.startswith("rain")]


def test_a_chinese_topic_finds_chinese_papers_that_have_its_words(tmp_path: Path) -> None:
    titles = {"a": "大模型的参数高效微调", "b": "参数高效微调方法综述", "c": "图像分割的新方法"}
    chinese = make(tmp_path, [Paper(id=one, title=title) for one, title in titles.items()])
    assert set(selected(chinese, "参数高效微调")) == {"a", "b"}


def test_relevance_is_between_0_and_1_and_falls(workspace: Workspace) -> None:
    scores = list(select_papers(workspace, "frozen adapters", 50).values())
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1
    assert min(scores) >= 0


def test_no_more_than_asked_for(workspace: Workspace) -> None:
    assert len(selected(workspace, most=3)) == 3


def test_a_topic_nobody_wrote_about_is_one_line_with_a_remedy(workspace: Workspace) -> None:
    with pytest.raises(InputError, match=r"no paper in the library is about 'zebra migration'\. Use other words"):
        select_papers(workspace, "zebra migration", 50)


def test_two_papers_on_the_topic_are_a_selection(tmp_path: Path) -> None:
    workspace = make(tmp_path, [*ON_TOPIC[:2], *WEATHER])
    assert sorted(selected(workspace)) == ["on0", "on1"]


def test_the_words_of_a_topic_in_another_sense_are_not_about_it(tmp_path: Path) -> None:
    # Each word once among sixty others: all words are there, and its cosine is about .2.
    story = " ".join(f"word{n}" for n in range(60))
    apart = Paper(
        id="apart", title=f"A lake that is frozen {story}", abstract="Sockets, plugs and adapters.", year=2020
    )
    assert sorted(selected(make(tmp_path, [*ON_TOPIC, apart, *WEATHER]))) == [paper.id for paper in ON_TOPIC]


# ---- citations -------------------------------------------------------------------------------------------------------

LINKED = Paper(
    id="linked",
    title="Small adapters",
    abstract="Blocks, towers, bridges, ladders, gates, roofs and adapters in wide networks.",
    year=2016,
)


def test_what_is_near_a_short_topic_but_unlike_its_papers_is_left_out(tmp_path: Path) -> None:
    """As near to the two words of the topic as the papers on it, but frozen in another sense."""
    models = [
        Paper(
            id=f"model{n}",
            title=f"Frozen adapters of language models {n}",
            abstract=f"Frozen adapters tune language models, part {n}.",
        )
        for n in range(12)
    ]
    fish = Paper(id="fish", title="Frozen", abstract="Frozen peas, fish, bread and butter.")
    plugs = Paper(
        id="plugs", title="Travel adapters for hotels", abstract="Sockets abroad. " * 4 + "Plugs, frozen in cold rooms."
    )
    found = selected(make(tmp_path, [*models, fish, plugs, *WEATHER]))
    assert set(found) == {paper.id for paper in models}


def test_what_two_papers_of_the_topic_cite_is_brought_in(tmp_path: Path) -> None:
    papers = [*ON_TOPIC, LINKED, *WEATHER]
    without = make(tmp_path / "without", papers)
    cited = make(tmp_path / "cited", papers, [("on0", "linked"), ("on1", "linked")])
    assert "linked" not in selected(without)
    assert "linked" in selected(cited)


def test_what_is_cited_with_papers_of_the_topic_is_brought_in(tmp_path: Path) -> None:
    pairs = [(f"rain{n}", cited) for n in range(4) for cited in ("on0", "on1", "linked")]
    assert "linked" in selected(make(tmp_path, [*ON_TOPIC, LINKED, *WEATHER], pairs))


def test_what_is_cited_but_off_the_topic_is_not(tmp_path: Path) -> None:
    workspace = make(tmp_path, [*ON_TOPIC, *WEATHER], [("on0", "rain0"), ("on1", "rain0"), ("on2", "rain0")])
    assert "rain0" not in selected(workspace)


def test_what_the_field_cites_comes_before_what_only_names_the_topic(tmp_path: Path) -> None:
    pairs = [(f"on{n}", "on3") for n in (0, 1, 2, 4)]
    before = selected(make(tmp_path / "before", [*ON_TOPIC, *WEATHER]))
    after = selected(make(tmp_path / "after", [*ON_TOPIC, *WEATHER], pairs))
    assert before.index("on3") > 0
    assert after[0] == "on3"


def test_what_is_cited_by_one_paper_of_the_topic_is_not_brought_in(tmp_path: Path) -> None:
    assert "linked" not in selected(make(tmp_path, [*ON_TOPIC, LINKED, *WEATHER], [("on0", "linked")]))


def test_more_papers_than_a_search_shows_are_no_error(workspace: Workspace) -> None:
    assert selected(workspace, most=20_000) == selected(workspace)


def test_of_one_title_the_best_found_is_kept(tmp_path: Path) -> None:
    twins = [
        Paper(id=name, title="Frozen Adapters, Thawed", authors=(author,), year=year)
        for name, author, year in (("pre", "Ada One", 2015), ("print", "Bo Two", 2021))
    ]
    found = selected(make(tmp_path, [*ON_TOPIC, *twins, *WEATHER]))
    assert len({"pre", "print"} & set(found)) == 1


# ---- the user's wishes -----------------------------------------------------------------------------------------------


def test_a_pin_is_there_whatever_the_search_says(workspace: Workspace) -> None:
    assert "rain3" in selected(workspace, pins=["rain3"])
    assert "rain3" in selected(workspace, most=2, pins=["rain3"])


def test_what_is_excluded_is_not_there_and_makes_room(workspace: Workspace) -> None:
    first = selected(workspace, most=3)
    again = selected(workspace, most=3, exclude=[first[0]])
    assert first[0] not in again
    assert len(again) == 3


def test_pins_make_a_selection_on_a_topic_nobody_wrote_about(workspace: Workspace) -> None:
    assert selected(workspace, "zebra migration", pins=["rain0", "on2"]) == ["rain0", "on2"]


def test_a_pin_that_is_not_in_the_library_says_so(workspace: Workspace) -> None:
    with pytest.raises(UnknownPaper, match=r"'nowhere'.*Find its id"):
        select_papers(workspace, "frozen adapters", 50, pins=["nowhere"])
    with pytest.raises(UnknownPaper, match="'nowhere'"):
        select_papers(workspace, "frozen adapters", 50, exclude=["nowhere"])


def test_a_paper_cannot_be_pinned_and_excluded(workspace: Workspace) -> None:
    with pytest.raises(QueryError, match="'on1' is both pinned and excluded"):
        select_papers(workspace, "frozen adapters", 50, pins=["on1"], exclude=["on1"])


def test_a_selection_can_be_stopped_between_its_parts(workspace: Workspace) -> None:
    done: list[int] = []
    select_papers(workspace, "frozen adapters", 50, step=lambda: done.append(1))
    assert len(done) > 1

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        select_papers(workspace, "frozen adapters", 50, step=stop)


def test_what_has_the_telling_word_is_brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`networks` is in each of eight papers, `ternary` in two: of the two words it is the one that tells."""
    papers = [Paper(id=f"net{n}", title=f"Networks number {n}", abstract="Networks that learn.") for n in range(6)]
    papers += [
        Paper(id=f"ternary{n}", title=f"Ternary weights number {n}", abstract="Weights that a network learns.")
        for n in range(2)
    ]
    made = make(tmp_path, [*papers, *WEATHER])
    found = selected(made, "ternary networks")
    monkeypatch.setattr("survey.selection.WORDS", 0.0)
    assert selected(made, "ternary networks")[-2:] == ["ternary0", "ternary1"]
    assert found.index("ternary0") < 3
