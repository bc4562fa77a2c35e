"""Searches that somebody keeps: by name, with what their runs have shown, so that a later run can tell what is new."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence

from corpus.errors import InputError, LibraryError, UnknownPaper, shorten
from corpus.intake import now
from corpus.library import Library
from corpus.models import Frozen, Hit, SearchRequest, clean_line

MAX_NAME = 100
_COLUMNS = "name, request, created, ran, seen"


class SavedSearch(Frozen):
    """A search by its name: what it asks, when it was made and last ran (ISO, UTC), and ids of the papers it has shown."""

    name: str
    request: SearchRequest
    created: str
    ran: str | None = None
    seen: tuple[str, ...] = ()


def check_name(name: str) -> str:
    """The name on one line, as it is kept. Raises InputError for one that is empty or too long."""
    cleaned = clean_line(name)
    if not cleaned:
        raise InputError("the saved search has no name", "Give it one: --save NAME")
    if len(cleaned) > MAX_NAME:
        raise InputError(
            f"the name {shorten(cleaned, 40)!r} has {len(cleaned)} characters", f"Shorten it to {MAX_NAME}"
        )
    return cleaned


def save_search(library: Library, name: str, request: SearchRequest) -> SavedSearch:
    """Keep a search under a name, in place of one that had it; letters' case does not part names.

    What it has shown stays known only where it asks for the same as before. Raises InputError for a name that cannot be kept.
    """
    name = check_name(name)
    with library.transaction() as connection:
        row = connection.execute(f"SELECT {_COLUMNS} FROM searches WHERE name = ?", (name,)).fetchone()  # noqa: S608
        text = request.model_dump_json()
        if row is None or not _asks(row, request):
            connection.execute("DELETE FROM searches WHERE name = ?", (name,))
            connection.execute("INSERT INTO searches (name, request, created) VALUES (?, ?, ?)", (name, text, now()))
    return saved_search(library, name)


def saved_search(library: Library, name: str) -> SavedSearch:
    """The search of this name. Raises InputError for an unknown name, LibraryError for one that cannot be read."""
    name = clean_line(name)
    rows = library.rows(f"SELECT {_COLUMNS} FROM searches WHERE name = ?", (name,))  # noqa: S608
    if not rows:
        raise _unknown(library, name)
    return _read(rows[0])


def saved_searches(library: Library) -> list[SavedSearch]:
    """All of them, by name; without those that `broken_searches` names."""
    found = []
    for row in library.rows(f"SELECT {_COLUMNS} FROM searches ORDER BY name"):  # noqa: S608
        try:
            found.append(_read(row))
        except LibraryError:
            continue  # told of by `broken_searches`: one of them must not hide the others
    return found


def broken_searches(library: Library) -> list[str]:
    """Names of saved searches that cannot be read: the file was changed by another hand."""
    readable = {one.name for one in saved_searches(library)}
    return [name for name in library.column("SELECT name FROM searches ORDER BY name") if name not in readable]


def forget_search(library: Library, name: str) -> str:
    """Delete the search of this name, readable or not; returns the name as it was kept. Raises InputError for an unknown one."""
    name = clean_line(name)
    with library.transaction() as connection:
        row = connection.execute("DELETE FROM searches WHERE name = ? RETURNING name", (name,)).fetchone()
    if row is None:
        raise _unknown(library, name)
    return str(row[0])


def mark_seen(library: Library, name: str, ids: Iterable[str]) -> None:
    """Note that the search has run now and has shown the papers `ids`, beside those it had shown before.

    Raises InputError for an unknown name, LibraryError for a search that cannot be read.
    """
    with library.transaction() as connection:  # read and written in one: two runs at once both count
        seen = dict.fromkeys([*saved_search(library, name).seen, *ids])
        connection.execute(
            "UPDATE searches SET ran = ?, seen = ? WHERE name = ?",
            (now(), json.dumps(list(seen), ensure_ascii=False), clean_line(name)),
        )


def unseen(library: Library, seen: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
    """Those of `hits` that are not among the papers `seen` (ids), also where a paper goes by another id since."""
    keys = set()
    for paper_id in seen:
        try:
            keys.add(library.resolve(paper_id))
        except UnknownPaper:
            continue  # the paper has left the library
    return [hit for hit in hits if library.resolve(hit.paper.name) not in keys]


def _asks(row: Sequence[str], request: SearchRequest) -> bool:
    """Whether this row can be read and asks for just that."""
    try:
        return _read(row).request == request
    except LibraryError:
        return False


def _read(row: Sequence[str]) -> SavedSearch:
    name, request, created, ran, seen = row
    try:
        return SavedSearch(
            name=name,
            request=SearchRequest.model_validate_json(request),
            created=created,
            ran=ran,
            seen=json.loads(seen),
        )
    except ValueError as error:  # pydantic's and json's are both of this kind
        raise LibraryError(
            f"the saved search {shorten(name)!r} cannot be read",
            f"Delete it with `fourways searches --forget {shorten(name)!r}` and save it anew",
        ) from error


def _unknown(library: Library, name: str) -> InputError:
    names = library.column("SELECT name FROM searches ORDER BY name")
    # A slip in the name or in one of its words, or a part of it.
    spelt = [(spelling, one) for one in names for spelling in (one.lower(), *one.lower().split())]
    close = difflib.get_close_matches(name.lower(), {spelling for spelling, _ in spelt}, n=9, cutoff=0.6)
    near = [one for wanted in close for spelling, one in spelt if spelling == wanted]
    near = list(dict.fromkeys([*near, *(one for one in names if name and name.lower() in one.lower())]))
    if near:
        remedy = "Near to it are " + ", ".join(map(repr, near[:3]))
    elif names:
        remedy = "`fourways searches` lists the saved ones"
    else:
        remedy = "There is none yet: save one with `fourways search QUERY --save NAME`"
    return InputError(f"there is no saved search {shorten(name)!r}", remedy)
