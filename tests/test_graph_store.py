"""The graph in the home: saved once, read again, made anew only where the library says something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.concepts import set_concepts
from corpus.library import Library
from corpus.models import Citation, Concept, Mention, Paper, Place
from survey.graph import IdeaTable, open_table, stats, store


@pytest.fixture
def filled(library: Library) -> Library:
    library.add([Paper(id=name, title=f"Adapters {name}", year=2020, venue="ACL") for name in "abc"], "test")
    library.add_citations([Citation(citing="a", cited="b")])
    library.set_similar([(library.resolve("b"), library.resolve("c"), 0.9)])
    return library


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[IdeaTable]:
    """The graphs that were made anew."""
    made: list[IdeaTable] = []
    build = store.build_table

    def counted(library: Library, **more: object) -> IdeaTable:
        made.append(build(library, **more))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(store, "build_table", counted)
    return made


def same(one: IdeaTable, other: IdeaTable) -> bool:
    names = list(one)
    return (
        names == list(other)
        and all(one.nodes[name] == other.nodes[name] for name in names)
        and [list(one.out_edges(name, data=True)) for name in names]
        == [list(other.out_edges(name, data=True)) for name in names]
        and stats(one) == stats(other)
    )


def test_a_saved_graph_is_read_and_says_the_same(filled: Library, tmp_path: Path, built: list[IdeaTable]) -> None:
    first, second = (open_table(filled, tmp_path / "graph") for _ in range(2))
    assert len(built) == 1 and same(first, second)


def test_a_note_is_no_change_of_the_graph(filled: Library, tmp_path: Path, built: list[IdeaTable]) -> None:
    open_table(filled, tmp_path / "graph")
    filled.add_note("a", "Read this.")
    open_table(filled, tmp_path / "graph")
    assert len(built) == 1
    pointer = json.loads((tmp_path / "graph" / "current").read_text("utf-8"))
    assert pointer["revision"] == filled.revision()  # so that the next one need not compare


def change_paper(library: Library) -> None:
    library.add([Paper(id="a", title="Adapters a, revised")], "test")


def change_citations(library: Library) -> None:
    library.add_citations([Citation(citing="a", cited="c")])


def change_waiting(library: Library) -> None:
    library.add_citations([Citation(citing="a", cited="elsewhere")])


def change_places(library: Library) -> None:
    place = Place(strategy="efficient", direction="adapters", weight=1.0, source="you")
    library.set_places([(library.resolve("a"), place)])


def change_similar(library: Library) -> None:
    library.set_similar([(library.resolve("a"), library.resolve("c"), 0.9)])


def change_concepts(library: Library) -> None:
    concept = Concept(key="method:adapters", kind="method", name="adapters")
    mention = Mention(
        paper=library.resolve("a"), concept=concept.key, edge="uses", weight=0.5, field="title", start=0, stop=8
    )
    set_concepts(library, [concept], [mention])


@pytest.mark.parametrize(
    "change", [change_paper, change_citations, change_waiting, change_places, change_similar, change_concepts]
)
def test_what_changes_the_graph_makes_it_anew(
    filled: Library, tmp_path: Path, built: list[IdeaTable], change: object
) -> None:
    before = open_table(filled, tmp_path / "graph")
    change(filled)  # type: ignore[operator]
    after = open_table(filled, tmp_path / "graph")
    assert len(built) == 2 and not same(before, after)
    assert same(after, open_table(filled, tmp_path / "graph"))
    assert len(list((tmp_path / "graph").glob("graph-*"))) == 1  # the older one is swept away


@pytest.mark.parametrize("name", ["current", "node-kinds.npy", "edge-texts.starts.npy"])
def test_a_damaged_graph_is_made_anew(filled: Library, tmp_path: Path, built: list[IdeaTable], name: str) -> None:
    first = open_table(filled, tmp_path / "graph")
    (damaged,) = (tmp_path / "graph").rglob(name)
    damaged.write_bytes(b"no")
    assert same(open_table(filled, tmp_path / "graph"), first)
    assert len(built) == 2


def test_where_nothing_can_be_written_the_graph_is_made_each_time(
    filled: Library, tmp_path: Path, built: list[IdeaTable]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert same(open_table(filled, tmp_path / "file"), open_table(filled, tmp_path / "file"))
    assert len(built) == 2


def test_a_run_that_fails_leaves_the_older_graph(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_table(filled, tmp_path / "graph")
    before = (tmp_path / "graph" / "current").read_text("utf-8")
    change_citations(filled)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_point", full)
    open_table(filled, tmp_path / "graph")
    assert (tmp_path / "graph" / "current").read_text("utf-8") == before
    assert len(list((tmp_path / "graph").glob("graph-*"))) == 1
