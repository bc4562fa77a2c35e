"""What is kept of ideas: proposals come and go, what somebody touched stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.errors import InputError
from corpus.ideas import (
    MAX_STATEMENT,
    Idea,
    add_idea,
    delete_idea,
    idea_key,
    kept_idea,
    kept_ideas,
    note_idea,
    rate_idea,
    set_proposals,
    set_state,
    tag_idea,
)
from corpus.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library.db")


def proposal(*parts: str, statement: str = "Try adapters on tracking.", support: float = 0.5) -> Idea:
    return Idea(
        key=idea_key("transfer", parts), statement=statement, move="transfer", concepts=tuple(parts), support=support
    )


ADAPTERS = proposal("method:adapters", "task:tracking")
PROMPTS = proposal("method:prompts", "task:tracking", statement="Try prompts on tracking.")


def keys(library: Library) -> list[str]:
    return [one.idea.key for one in kept_ideas(library)]


def test_a_new_run_replaces_proposals_that_nobody_touched(library: Library) -> None:
    assert set_proposals(library, [ADAPTERS, PROMPTS]) == {"new": 2, "kept": 0, "gone": 0}
    created = kept_idea(library, ADAPTERS.key).created
    better = ADAPTERS.model_copy(update={"support": 0.9})
    assert set_proposals(library, [better]) == {"new": 0, "kept": 1, "gone": 1}
    assert keys(library) == [ADAPTERS.key]
    kept = kept_idea(library, ADAPTERS.key)
    assert kept.idea.support == 0.9
    assert kept.created == created


@pytest.mark.parametrize(
    "touch",
    [
        lambda library, key: set_state(library, key, "reading"),
        lambda library, key: rate_idea(library, key, 4),
        lambda library, key: tag_idea(library, key, ["soon"]),
        lambda library, key: note_idea(library, key, "Ask first."),
    ],
    ids=["state", "rating", "tag", "note"],
)
def test_what_somebody_touched_no_run_changes_or_takes_out(library: Library, touch) -> None:
    set_proposals(library, [ADAPTERS, PROMPTS])
    touch(library, ADAPTERS.key)
    before = kept_idea(library, ADAPTERS.key)
    assert before.touched
    set_proposals(library, [ADAPTERS.model_copy(update={"statement": "Something else."})])
    assert kept_idea(library, ADAPTERS.key) == before
    set_proposals(library, [])
    assert kept_ideas(library) == [before]


def test_an_idea_of_ones_own_is_kept_once_and_stays(library: Library) -> None:
    own = add_idea(library, "  Distil  from two teachers. ", strategy="efficient", tags=["mine"])
    again = add_idea(library, "distil from two teachers.")
    assert own.idea.statement == "Distil from two teachers."
    assert (again.idea.key, again.tags) == (own.idea.key, ("mine",))
    set_proposals(library, [ADAPTERS])
    assert keys(library) == [own.idea.key, ADAPTERS.key]
    delete_idea(library, own.idea.key)
    assert keys(library) == [ADAPTERS.key]


def test_state_rating_tags_and_notes(library: Library) -> None:
    set_proposals(library, [ADAPTERS])
    key = ADAPTERS.key
    assert set_state(library, key, "trying").state == "trying"
    assert rate_idea(library, key, 5).rating == 5
    assert rate_idea(library, key, None).rating is None
    assert tag_idea(library, key, ["b", "a", "b"]).tags == ("b", "a")
    assert tag_idea(library, key, ["b"], remove=True).tags == ("a",)
    note_idea(library, key, "First.\nSecond line.")
    assert [note.text for note in note_idea(library, key, "Then.").notes] == ["First.\nSecond line.", "Then."]


def test_the_start_of_a_key_will_do(library: Library) -> None:
    set_proposals(library, [ADAPTERS])
    assert kept_idea(library, ADAPTERS.key[:-3]).idea == ADAPTERS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda library: kept_idea(library, "transfer-00000000"), "there is no idea"),
        (lambda library: kept_idea(library, "transfer-"), "2 ideas begin with"),
        (lambda library: kept_idea(library, ""), "there is no idea"),
        (lambda library: set_state(library, ADAPTERS.key, "someday"), "Use one of new, reading"),
        (lambda library: rate_idea(library, ADAPTERS.key, 6), "Use 1 to 5"),
        (lambda library: tag_idea(library, ADAPTERS.key, [" "]), "is no tag"),
        (lambda library: note_idea(library, ADAPTERS.key, " \n"), "the note is empty"),
        (lambda library: add_idea(library, " \x00 "), "the idea is empty"),
        (lambda library: add_idea(library, "x" * (MAX_STATEMENT + 1)), "Say it in 500"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(library: Library, change, message: str) -> None:
    set_proposals(library, [ADAPTERS, PROMPTS])
    before = kept_ideas(library)
    with pytest.raises(InputError, match=message):
        change(library)
    assert kept_ideas(library) == before


def test_an_idea_that_another_hand_broke_hides_no_other(library: Library) -> None:
    set_proposals(library, [ADAPTERS, PROMPTS])
    with library.transaction() as connection:
        connection.execute("UPDATE ideas SET body = '{' WHERE key = ?", (ADAPTERS.key,))
    assert keys(library) == [PROMPTS.key]
    with pytest.raises(InputError, match="cannot be read"):
        kept_idea(library, ADAPTERS.key)
