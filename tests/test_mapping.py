"""The map of gaps: what is counted, which cells are gaps, and how it is written and drawn."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer

from corpus.concepts import set_concepts
from corpus.errors import FourwaysError, HomeError, InputError, QueryError
from corpus.home import Home
from corpus.library import Library
from corpus.models import Concept, Mention, Paper
from corpus.workspace import Workspace
from survey.cli.console import Options
from survey.cli.idea_map import map_topic
from survey.ideas.mapping import IdeaMap, build_map, render_csv, topic_map
from survey.ideas.picture import render_picture, save_picture

ADAPTERS, PROMPTS = "method:adapters", "method:prompts"
TRACKING, CAPTIONS = "task:tracking", "task:captions"
NAMES = {ADAPTERS: "adapters", PROMPTS: "prompts", TRACKING: "tracking", CAPTIONS: "captions"}
# What each paper speaks of. Of nine, four have adapters, five prompts, six tracking, four captions; none prompts and captions.
PAPERS = [
    *[(ADAPTERS, CAPTIONS)] * 3,
    (ADAPTERS, CAPTIONS, TRACKING),
    *[(PROMPTS, TRACKING)] * 5,
]


def fill(library: Library, papers: Iterable[tuple[str, ...]], names: dict[str, str] = NAMES) -> None:
    spoken = list(papers)
    library.add([Paper(id=f"p{n}", title=f"Paper {n} on tracking") for n in range(1, len(spoken) + 1)], "test")
    concepts = [Concept(key=key, kind=key.split(":")[0], name=name) for key, name in names.items()]
    set_concepts(
        library,
        concepts,
        [
            Mention(paper=n, concept=key, edge="uses", weight=1.0, field="title", start=0, stop=5)
            for n, keys in enumerate(spoken, 1)
            for key in keys
        ],
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(Home(tmp_path / "home"))


@pytest.fixture
def library(workspace: Workspace) -> Library:
    fill(workspace.library, PAPERS)
    return workspace.library


def cells(found: IdeaMap) -> dict[tuple[str, str], int]:
    return {
        (row.name, column.name): count
        for row, line in zip(found.rows, found.counts, strict=True)
        for column, count in zip(found.columns, line, strict=True)
    }


def test_cells_count_the_papers_that_speak_of_both(library: Library) -> None:
    found = build_map(library, None)
    assert [(row.name, row.papers) for row in found.rows] == [("prompts", 5), ("adapters", 4)]
    assert [(column.name, column.papers) for column in found.columns] == [("tracking", 6), ("captions", 4)]
    assert cells(found) == {
        ("prompts", "tracking"): 5,
        ("prompts", "captions"): 0,
        ("adapters", "tracking"): 1,
        ("adapters", "captions"): 4,
    }


def test_a_gap_is_a_pair_that_no_paper_has_and_chance_would_have_brought(library: Library) -> None:
    (gap,) = build_map(library, None).gaps
    assert (gap.method, gap.task, gap.where, gap.elsewhere) == (PROMPTS, CAPTIONS, "library", 0)
    assert gap.expected == round(5 * 4 / 9, 3)


def test_a_pair_that_papers_outside_the_topic_have_is_told_apart(library: Library) -> None:
    # Papers 1 to 3 have adapters with captions, 5 to 8 prompts with tracking; adapters and tracking meet in paper 4 only.
    found = build_map(library, [1, 2, 3, 5, 6, 7, 8])
    assert [(gap.method, gap.task, gap.where, gap.elsewhere) for gap in found.gaps] == [
        (PROMPTS, CAPTIONS, "library", 0),
        (ADAPTERS, TRACKING, "topic", 1),
    ]
    assert found.papers == 7


def test_a_side_with_hardly_any_paper_makes_no_gap(workspace: Workspace) -> None:
    fill(workspace.library, [(ADAPTERS,), (ADAPTERS,), (TRACKING,), (TRACKING,), (TRACKING,)])
    found = build_map(workspace.library, None)
    assert found.counts == ((0,),)
    assert found.gaps == ()


def test_a_concept_of_the_topic_comes_before_one_of_all_papers(workspace: Workspace) -> None:
    # All of the topic's papers 1 to 3 use prompts, as all other papers do; two of them have adapters, as none else.
    fill(workspace.library, [(ADAPTERS, PROMPTS, TRACKING)] * 2 + [(PROMPTS, TRACKING)] * 20)
    assert [row.name for row in build_map(workspace.library, [1, 2, 3], methods=1).rows] == ["adapters"]
    assert [row.name for row in build_map(workspace.library, None, methods=1).rows] == ["prompts"]


@pytest.mark.parametrize("papers", [0, 1, 3])
def test_few_papers_make_a_small_map_without_gaps(workspace: Workspace, papers: int) -> None:
    fill(workspace.library, PAPERS[:papers])
    found = build_map(workspace.library, None)
    assert cells(found) == ({("adapters", "captions"): papers} if papers else {})
    assert not found.gaps
    ElementTree.fromstring(render_picture(found))
    assert len(render_csv(found).splitlines()) == 2 + bool(papers)


def test_the_csv_has_totals_counts_and_gaps(library: Library) -> None:
    assert list(csv.reader(io.StringIO(render_csv(build_map(library, None))))) == [
        ["method", "papers", "tracking", "captions"],
        ["papers", "9", "6", "4"],
        ["prompts", "5", "5", "gap"],
        ["adapters", "4", "1", "4"],
    ]


def test_no_name_becomes_a_formula_or_a_tag(workspace: Workspace) -> None:
    fill(workspace.library, PAPERS, NAMES | {ADAPTERS: "=1+1", TRACKING: "<script>alert(1)</script> & ]]>"})
    found = build_map(workspace.library, None)
    assert "\n'=1+1,4," in render_csv(found)
    root = ElementTree.fromstring(render_picture(found))
    assert {one.tag.rsplit("}")[-1] for one in root.iter()}.isdisjoint({"script"})
    assert any("<script>alert(1)" in (one.text or "") for one in root.iter())


def test_the_picture_marks_gaps_by_word_and_frame_and_not_by_colour_alone(library: Library) -> None:
    found = build_map(library, [1, 2, 3, 5, 6, 7, 8])
    root = ElementTree.fromstring(render_picture(found))
    assert [one.text for one in root.iter() if one.get("class") == "mark"] == ["gap"]
    numbers = [one.text for one in root.iter() if (one.get("class") or "").startswith("number")]
    assert sorted(map(str, numbers)) == ["3", "4"]
    style = next(one.text or "" for one in root.iter() if one.tag.endswith("style"))
    assert "stroke-dasharray" in style.split(".empty")[1].split("}")[0]
    drawn = [one.get("class") for one in root.iter() if one.tag.endswith("rect")]
    assert drawn.count("empty") == 1 + 1  # the cell, and the legend's


def test_a_picture_is_written_whole_or_not_at_all(library: Library, tmp_path: Path) -> None:
    found = build_map(library, None)
    file = tmp_path / "map.svg"
    save_picture(found, file)
    assert file.read_text("utf-8") == render_picture(found)
    with pytest.raises(InputError, match=r"End the name with \.svg"):
        save_picture(found, tmp_path / "map.png")
    with pytest.raises(HomeError, match="cannot be written"):
        save_picture(found, tmp_path / "nowhere" / "map.svg")
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["map.svg"]


def test_a_topic_takes_the_papers_that_a_search_finds(library: Library, workspace: Workspace) -> None:
    library.add([Paper(id="q", title="Zebras at night")], "test")
    found = topic_map(workspace, "  tracking ")
    assert (found.topic, found.papers) == ("tracking", 9)
    assert topic_map(workspace, None).papers == 10


@pytest.mark.parametrize(
    ("topic", "error", "words"),
    [
        ("", QueryError, "the topic is empty"),
        ("unheard-of", InputError, "no paper in the library is about"),
        ("zebras", InputError, "speak of no method"),
    ],
)
def test_a_topic_that_gives_nothing_is_told(
    library: Library, workspace: Workspace, topic: str, error: type[FourwaysError], words: str
) -> None:
    library.add([Paper(id="q", title="Zebras at night")], "test")
    with pytest.raises(error, match=words):
        topic_map(workspace, topic)


def test_a_library_without_papers_or_concepts_says_what_to_run(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="fourways start"):
        topic_map(workspace, None)
    workspace.library.add([Paper(id="a", title="On tracking")], "test")
    with pytest.raises(InputError, match="fourways index"):
        topic_map(workspace, "tracking")


# ---- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(library: Library, tmp_path: Path) -> Callable[..., None]:
    app = typer.Typer()
    app.command("map")(map_topic)

    @app.callback()
    def options(context: typer.Context) -> None:
        context.obj = Options(home=tmp_path / "home")

    def run(*arguments: str) -> None:
        app(["map", *arguments], standalone_mode=False)

    return run


def test_the_table_on_the_terminal_names_its_columns_and_lists_the_gaps(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command()
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[:5] == ["method papers A B", "prompts 5 5 gap", "adapters 4 1 4", "A tracking (6)", "B captions (4)"]
    assert lines[-1] == "2.2 prompts + captions"


def test_table_picture_and_json(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table, picture = tmp_path / "map.csv", tmp_path / "map.svg"
    command("tracking", "--csv", str(table), "--picture", str(picture), "--json")
    printed = capsys.readouterr()
    found = IdeaMap.model_validate_json(printed.out)
    assert (found.topic, found.papers) == ("tracking", 9)
    assert table.read_text("utf-8") == render_csv(found)
    assert picture.read_text("utf-8") == render_picture(found)


def test_another_kind_of_picture_is_refused_before_anything_is_written(
    command: Callable[..., None], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"End the name with \.svg"):
        command("tracking", "--csv", str(tmp_path / "map.csv"), "--picture", str(tmp_path / "map.png"))
    assert not (tmp_path / "map.csv").exists()
