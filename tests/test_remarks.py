"""Tags taken off again, lists counted, notes changed and deleted; and papers as BibTeX."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import InputError, UnknownPaper
from corpus.library import Library
from corpus.models import MAX_NOTE, Filters, Paper
from corpus.remarks import change_note, count_tags, delete_note, numbered_notes, remove_tags
from survey.references import render_papers


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path / "library.db")
    made.add([Paper(id="a", title="Adapters"), Paper(id="b", title="Prompts")], "test")
    yield made
    made.close()


def test_tags_are_counted_and_taken_off(library: Library) -> None:
    library.add_tags("a", ["baseline", "to read"])
    library.add_tags("b", ["To  Read"])
    assert count_tags(library) == [("to read", 2), ("baseline", 1)]
    assert remove_tags(library, "a", ["TO READ", "never there"]) == ["baseline"]
    assert library.matching(Filters(tag="to read")) == [library.resolve("b")]
    with pytest.raises(UnknownPaper):
        remove_tags(library, "c", ["baseline"])


def test_a_note_is_changed_and_deleted(library: Library) -> None:
    library.add_note("a", "frist")
    library.add_note("a", "second")
    (first, _), (second, _) = numbered_notes(library, "a")
    change_note(library, "a", first, "first,\nin two lines")
    delete_note(library, "a", second)
    delete_note(library, "a", second)  # by another tab
    assert [note.text for _, note in numbered_notes(library, "a")] == ["first,\nin two lines"]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (MAX_NOTE + 1)])
def test_a_note_cannot_become_nothing_or_endless(library: Library, text: str) -> None:
    library.add_note("a", "kept")
    ((number, _),) = numbered_notes(library, "a")
    with pytest.raises(InputError):
        change_note(library, "a", number, text)
    assert library.notes(library.resolve("a"))[0].text == "kept"


def test_only_a_note_of_this_paper_that_was_written_here_can_be_changed(library: Library) -> None:
    library.add_note("a", "mine")
    library.keep_note(library.resolve("b"), "read", "notes.md")
    ((mine, _),), ((read, _),) = numbered_notes(library, "a"), numbered_notes(library, "b")
    for paper_id, number in (("b", mine), ("b", read), ("a", 999)):
        with pytest.raises(InputError):
            change_note(library, paper_id, number, "another")
    delete_note(library, "b", mine)
    assert len(numbered_notes(library, "a")) == len(numbered_notes(library, "b")) == 1


def test_papers_become_bibtex_under_keys_of_their_own() -> None:
    papers = [
        Paper(id=f"arxiv:2106.0968{n}", arxiv_id=f"2106.0968{n}", title=title, authors=("Edward Hu",), year=2021)
        for n, title in enumerate(("LoRA & more", "LoRA_2"))
    ]
    text = render_papers(papers)
    assert "@misc{hu2021loraa,\n  title = {{LoRA \\& more}}" in text
    assert "@misc{hu2021lorab,\n  title = {{LoRA\\_2}}" in text
    assert "eprint = {2106.09680}" in text
    assert render_papers([]) == ""
