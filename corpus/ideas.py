"""Ideas: what a proposal says and rests on, and what people made of it; kept in the library.

A run of the moves (`survey/ideas`) replaces the proposals that nobody has touched. One that somebody rated, tagged, annotated or
moved to another state stays as it was, and so does what people wrote themselves.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError

from corpus.errors import InputError, shorten
from corpus.intake import now
from corpus.library import Library
from corpus.models import MAX_NOTE, MAX_TAG, Frozen, clean_line, clean_lines

State = Literal["new", "reading", "trying", "dropped", "done"]
Cost = Literal["inference only", "data only", "plug-in", "frozen model", "whole model"]
STATES: tuple[State, ...] = get_args(State)
COSTS: tuple[Cost, ...] = get_args(Cost)
# The move of an idea that somebody wrote.
OWN = "own"
MAX_STATEMENT = 500
MAX_RATING = 5
_COLUMNS = "key, body, state, rating, tags, touched, created, changed"


class Evidence(Frozen):
    """A paper that speaks for or against an idea: on the side of which of its concepts, and in which `words` of its own."""

    paper: str
    title: str
    year: int | None = None
    concept: str = ""
    words: str = ""
    speaks: Literal["for", "against"] = "for"


class Existing(Frozen):
    """A paper near to an idea. `similarity`: the cosine of statement and paper; `does_it`: it speaks of all that is combined."""

    paper: str
    title: str
    year: int | None = None
    similarity: float
    does_it: bool = False


class Idea(Frozen):
    """One proposal. `move` is the way it was found, `concepts` the keys of what it combines, `names` how these are written.

    `support` in 0..1: how likely its concepts meet, as the library's own past tells (`survey/ideas/forecast.py`); None where that
    says nothing. `novelty` in 0..1: 1 less the similarity of the nearest existing paper, halved where a paper does it already;
    None before anybody looked. `why` states the counts that it rests on.
    """

    key: str
    statement: str = Field(min_length=1, max_length=MAX_STATEMENT)
    move: str
    strategy: str | None = None
    concepts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    why: str = ""
    evidence: tuple[Evidence, ...] = ()
    nearest: tuple[Existing, ...] = ()
    novelty: float | None = None
    support: float | None = None
    cost: Cost | None = None
    baseline: str | None = None
    dataset: str | None = None
    probe: str | None = None

    @property
    def exists(self) -> bool:
        """Whether a paper of the library does it already."""
        return any(one.does_it for one in self.nearest)


class IdeaNote(Frozen):
    text: str
    created: str


class KeptIdea(Frozen):
    """An idea, and what was made of it. `touched`: by somebody; `rating` 1 to 5."""

    idea: Idea
    state: State = "new"
    rating: int | None = None
    tags: tuple[str, ...] = ()
    notes: tuple[IdeaNote, ...] = ()
    touched: bool = False
    created: str = ""
    changed: str = ""


def idea_key(move: str, parts: Sequence[str]) -> str:
    """The same for the same move and parts, in any run.

    >>> idea_key("transfer", ["method:adapters", "task:tracking"]) == idea_key("transfer", ["task:tracking", "method:adapters"])
    True
    """
    digest = hashlib.blake2b("\n".join(sorted(parts)).encode(), digest_size=4).hexdigest()
    return f"{move}-{digest}"


def set_proposals(library: Library, ideas: Iterable[Idea]) -> dict[str, int]:
    """Keep these proposals in place of the earlier ones that nobody has touched. Returns how many are `new`, `kept` (there were
    before) and `gone`.
    """
    wanted = {idea.key: idea for idea in ideas}
    with library.transaction() as connection:
        before = dict(connection.execute("SELECT key, touched FROM ideas").fetchall())
        created = dict(connection.execute("SELECT key, created FROM ideas WHERE touched = 0").fetchall())
        connection.execute("DELETE FROM ideas WHERE touched = 0")
        rows = [
            (idea.key, idea.move, idea.model_dump_json(), created.get(idea.key, now()), now())
            for idea in wanted.values()
            if not before.get(idea.key)
        ]
        connection.executemany("INSERT INTO ideas (key, move, body, created, changed) VALUES (?, ?, ?, ?, ?)", rows)
    gone = sum(not touched and key not in wanted for key, touched in before.items())
    return {
        "new": sum(key not in before for key in wanted),
        "kept": sum(key in before for key in wanted),
        "gone": gone,
    }


def add_idea(
    library: Library,
    statement: str,
    *,
    strategy: str | None = None,
    tags: Sequence[str] = (),
    extra: Idea | None = None,
) -> KeptIdea:
    """Write down an idea of somebody's own; the same statement twice is one idea. `extra`: what was found out about it.

    Raises InputError for a statement that is empty or too long.
    """
    statement = check_statement(statement)
    key = idea_key(OWN, [statement.casefold()])
    found = {} if extra is None else extra.model_dump(include={"concepts", "names", "nearest", "novelty", "evidence"})
    idea = Idea(key=key, statement=statement, move=OWN, strategy=strategy, **found)
    cleaned = _check_tags(tags)
    with library.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO ideas (key, move, body, tags, touched, created, changed) VALUES (?, ?, ?, ?, 1, ?, ?)",
            (key, OWN, idea.model_dump_json(), json.dumps(cleaned, ensure_ascii=False), now(), now()),
        )
    return kept_idea(library, key)


def check_statement(text: str) -> str:
    """The statement on one line. Raises InputError."""
    statement = clean_line(text)
    if not statement:
        raise InputError("the idea is empty", 'Say it in a sentence: fourways ideas add "..."')
    if len(statement) > MAX_STATEMENT:
        what = f"the idea {shorten(statement, 40)!r} has {len(statement)} characters"
        raise InputError(what, f"Say it in {MAX_STATEMENT}; what is more is a note (fourways ideas note)")
    return statement


def kept_ideas(library: Library) -> list[KeptIdea]:
    """All of them: what people touched first, then by key; without those that cannot be read."""
    notes: dict[str, list[IdeaNote]] = {}
    for key, text, created in library.rows("SELECT key, text, created FROM idea_notes ORDER BY nid"):
        notes.setdefault(key, []).append(IdeaNote(text=text, created=created))
    rows = library.rows(f"SELECT {_COLUMNS} FROM ideas ORDER BY touched DESC, key")  # noqa: S608
    read = (_read(row, notes.get(row[0], [])) for row in rows)
    return [one for one in read if one is not None]


def kept_idea(library: Library, key: str) -> KeptIdea:
    """The idea of this key, or of the only key that begins so. Raises InputError with near keys."""
    wanted = clean_line(key)
    keys = library.column("SELECT key FROM ideas ORDER BY key")
    found = [one for one in keys if one == wanted] or [one for one in keys if wanted and one.startswith(wanted)]
    if len(found) != 1:
        what = f"there is no idea {shorten(wanted, 60)!r}" if not found else f"{len(found)} ideas begin with {wanted!r}"
        near = found[:3] or difflib.get_close_matches(wanted, keys, 3, 0.6)
        raise InputError(what, f"Did you mean {', '.join(near)}?" if near else "See `fourways ideas list`")
    notes = library.rows("SELECT text, created FROM idea_notes WHERE key = ? ORDER BY nid", (found[0],))
    (row,) = library.rows(f"SELECT {_COLUMNS} FROM ideas WHERE key = ?", (found[0],))  # noqa: S608
    read = _read(row, [IdeaNote(text=text, created=created) for text, created in notes])
    if read is None:
        raise InputError(f"the idea {found[0]} cannot be read: the file was changed by another hand", "Delete it")
    return read


def set_state(library: Library, key: str, state: str) -> KeptIdea:
    """Move an idea to another state. Raises InputError for an unknown one."""
    if state not in STATES:
        raise InputError(f"there is no state {shorten(state, 30)!r}", f"Use one of {', '.join(STATES)}")
    return _change(library, key, "state = ?", state)


def rate_idea(library: Library, key: str, rating: int | None) -> KeptIdea:
    """Give it 1 to 5, or take its rating away (None). Raises InputError for another number."""
    if rating is not None and not 1 <= rating <= MAX_RATING:
        raise InputError(f"{rating} is no rating", f"Use 1 to {MAX_RATING}, or 0 to take it away")
    return _change(library, key, "rating = ?", rating)


def tag_idea(library: Library, key: str, tags: Sequence[str], *, remove: bool = False) -> KeptIdea:
    """Put tags on it, or take them off. Raises InputError for one that is empty or too long."""
    there = kept_idea(library, key).tags
    given = _check_tags(tags)
    after = [tag for tag in there if tag not in given] if remove else list(dict.fromkeys([*there, *given]))
    return _change(library, key, "tags = ?", json.dumps(after, ensure_ascii=False))


def note_idea(library: Library, key: str, text: str) -> KeptIdea:
    """Write a note on it; its line breaks are kept. Raises InputError for one that is empty or too long."""
    cleaned = clean_lines(text)
    if not 0 < len(cleaned) <= MAX_NOTE:
        what = f"the note is longer than {MAX_NOTE} characters" if cleaned else "the note is empty"
        raise InputError(what, "Give its text: fourways ideas note KEY TEXT")
    full = kept_idea(library, key).idea.key
    with library.transaction() as connection:
        connection.execute("INSERT INTO idea_notes (key, text, created) VALUES (?, ?, ?)", (full, cleaned, now()))
        connection.execute("UPDATE ideas SET touched = 1, changed = ? WHERE key = ?", (now(), full))
    return kept_idea(library, full)


def delete_idea(library: Library, key: str) -> None:
    """Take an idea and its notes out. A proposal comes back with the next run; drop it instead (`state dropped`)."""
    full = kept_idea(library, key).idea.key
    with library.transaction() as connection:
        connection.execute("DELETE FROM ideas WHERE key = ?", (full,))


def _change(library: Library, key: str, assignment: str, value: Any) -> KeptIdea:
    full = kept_idea(library, key).idea.key
    with library.transaction() as connection:
        query = f"UPDATE ideas SET {assignment}, touched = 1, changed = ? WHERE key = ?"  # noqa: S608 - the caller's constant
        connection.execute(query, (value, now(), full))
    return kept_idea(library, full)


def _check_tags(tags: Sequence[str]) -> list[str]:
    cleaned = [clean_line(tag) for tag in tags]
    if bad := [tag for tag in cleaned if not 0 < len(tag) <= MAX_TAG]:
        raise InputError(f"{shorten(bad[0], 30)!r} is no tag", f"Use 1 to {MAX_TAG} characters")
    return list(dict.fromkeys(cleaned))


def _read(row: sqlite3.Row | tuple[Any, ...], notes: Sequence[IdeaNote]) -> KeptIdea | None:
    _, body, state, rating, tags, touched, created, changed = row
    try:
        return KeptIdea(
            idea=Idea.model_validate_json(body),
            state=state,
            rating=rating,
            tags=tuple(json.loads(tags)),
            notes=tuple(notes),
            touched=bool(touched),
            created=created,
            changed=changed,
        )
    except (ValidationError, ValueError, TypeError):
        return None
