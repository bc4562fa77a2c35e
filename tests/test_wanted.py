"""Papers that notes speak of before they are here: what was said of them waits, and becomes notes when they arrive."""

from __future__ import annotations

import pytest

from corpus.errors import InputError
from corpus.library import Library
from corpus.models import Paper
from corpus.wanted import list_wanted, settle_wanted, want

PASSAGES = ["It freezes the network.", "读：适配器。"]
THIN = Paper(title="Thin adapters", arxiv_id="2101.00001")


def texts(library: Library, paper_id: str) -> list[tuple[str, str | None]]:
    return [(note.text, note.source) for note in library.notes(library.resolve(paper_id))]


# ---- waiting -----------------------------------------------------------------------------------------------------------


def test_a_paper_is_waited_for_by_its_id(library: Library) -> None:
    assert want(library, "arxiv:2101.00001", "Thin adapters", "notes.md", PASSAGES)
    (wanted,) = list_wanted(library)
    assert (wanted.alias, wanted.arxiv_id, wanted.title, wanted.source) == (
        "arxiv:2101.00001",
        "2101.00001",
        "Thin adapters",
        "notes.md",
    )


def test_or_by_its_title_in_any_spelling(library: Library) -> None:
    assert want(library, None, "Thin Adapters", "notes.md", [])
    assert not want(library, None, "thin  adapters.", "other.md", [])
    (wanted,) = list_wanted(library)
    assert (wanted.arxiv_id, wanted.title) == (None, "Thin Adapters")


def test_a_paper_that_is_waited_for_already_gets_what_else_is_said(library: Library) -> None:
    assert want(library, "arxiv:2101.00001", None, "notes.md", PASSAGES[:1])
    assert not want(library, "arxiv:2101.00001", None, "notes.md", PASSAGES)
    assert not want(library, "arxiv:2101.00001", None, "other.md", PASSAGES[:1])
    library.add([THIN], "arxiv")
    settle_wanted(library)
    assert sorted(texts(library, "2101.00001")) == sorted(
        [(PASSAGES[0], "notes.md"), (PASSAGES[0], "other.md"), (PASSAGES[1], "notes.md")]
    )


def test_titles_without_a_letter_are_not_one_paper(library: Library) -> None:
    want(library, None, "+++", "notes.md", [])
    want(library, None, "???", "notes.md", [])
    assert [wanted.title for wanted in list_wanted(library)] == ["+++", "???"]
    library.add([Paper(title="!!!", id="bare")], "list")
    assert settle_wanted(library) == 0


# ---- arrived -----------------------------------------------------------------------------------------------------------


def test_what_was_said_becomes_notes_when_the_paper_arrives(library: Library) -> None:
    want(library, "arxiv:2101.00001", None, "notes.md", PASSAGES)
    want(library, "doi:10.1/other", None, "notes.md", ["Something else."])
    assert settle_wanted(library) == 0
    library.add([THIN], "arxiv")
    assert settle_wanted(library) == 1
    assert sorted(texts(library, "2101.00001")) == sorted((text, "notes.md") for text in PASSAGES)
    assert [wanted.alias for wanted in list_wanted(library)] == ["doi:10.1/other"]
    assert library.column("SELECT DISTINCT alias FROM wanted_notes") == ["doi:10.1/other"]


def test_a_title_arrives_in_any_spelling(library: Library) -> None:
    want(library, None, "Thin Adapters", "notes.md", ["Good."])
    library.add([Paper(title="THIN adapters.", id="a")], "list")
    assert settle_wanted(library) == 1
    assert texts(library, "a") == [("Good.", "notes.md")]


def test_a_title_arrives_by_a_record_that_gave_its_title_to_another(library: Library, published: Paper) -> None:
    """The paper goes by its published title, but one of its records has the title that was asked for."""
    want(library, None, "A working title", "notes.md", ["Good."])
    library.add([published, Paper(title="A working title", doi=published.doi, venue="arXiv")], "list")
    assert settle_wanted(library) == 1
    assert texts(library, "10.1234/thin.5") == [("Good.", "notes.md")]


def test_a_paper_under_another_of_its_ids_arrives_too(library: Library) -> None:
    want(library, "doi:10.1/thin", None, "notes.md", ["Good."])
    library.add([THIN.model_copy(update={"doi": "10.1/THIN"})], "arxiv")
    assert settle_wanted(library) == 1
    assert texts(library, "2101.00001") == [("Good.", "notes.md")]


def test_an_id_that_is_only_cited_has_not_arrived(library: Library) -> None:
    want(library, "arxiv:2101.00001", None, "notes.md", ["Good."])
    with library.transaction() as connection:
        connection.execute("INSERT INTO ids (alias) VALUES ('arxiv:2101.00001')")
    assert settle_wanted(library) == 0


def test_settling_twice_writes_no_note_twice(library: Library) -> None:
    library.add([THIN], "arxiv")
    for _ in range(2):
        want(library, "arxiv:2101.00001", None, "notes.md", ["Good."])
        settle_wanted(library)
    assert texts(library, "2101.00001") == [("Good.", "notes.md")]


def test_an_arrival_that_is_cut_off_loses_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    want(library, "arxiv:2101.00001", None, "notes.md", PASSAGES)
    library.add([THIN], "arxiv")
    keep = Library.keep_note
    kept: list[str] = []

    def fail_on_the_second(self: Library, pid: int, text: str, source: str | None) -> bool:
        kept.append(text)
        if len(kept) == 2:
            raise InputError("the power is out", "Wait")
        return keep(self, pid, text, source)

    with monkeypatch.context() as patch, pytest.raises(InputError, match="power"):
        patch.setattr(Library, "keep_note", fail_on_the_second)
        settle_wanted(library)
    assert texts(library, "2101.00001") == []
    assert settle_wanted(library) == 1
    assert len(texts(library, "2101.00001")) == 2
