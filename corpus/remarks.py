"""What somebody has written on papers, as it is changed again: the tags of a paper, which are its lists too, and its notes."""

from __future__ import annotations

from collections.abc import Iterable

from corpus.errors import InputError
from corpus.library import Library
from corpus.models import MAX_NOTE, Note, clean_line, clean_lines


def count_tags(library: Library) -> list[tuple[str, int]]:
    """Every tag with the number of its papers, the fullest first."""
    return [
        (str(tag), int(count))
        for tag, count in library.rows("SELECT tag, count(*) AS n FROM tags GROUP BY 1 ORDER BY n DESC, 1")
    ]


def remove_tags(library: Library, paper_id: str, tags: Iterable[str]) -> list[str]:
    """Take tags off a paper; returns those that are left. One that it has not is no mistake. Raises UnknownPaper."""
    pid = library.resolve(paper_id)
    with library.transaction() as connection:
        connection.executemany(
            "DELETE FROM tags WHERE pid = ? AND tag = ?", [(pid, clean_line(tag).lower()) for tag in tags]
        )
    return library.tags(pid)


def numbered_notes(library: Library, paper_id: str) -> list[tuple[int, Note]]:
    """The notes of a paper, each with the number that changes it, the oldest first. Raises UnknownPaper."""
    pid = library.resolve(paper_id)
    numbers = library.column("SELECT nid FROM notes WHERE pid = ? ORDER BY nid", (pid,))
    return list(zip(numbers, library.notes(pid), strict=True))


def change_note(library: Library, paper_id: str, number: int, text: str) -> None:
    """Put another text into a note that was written here. Raises UnknownPaper; InputError for an empty or too long text, and
    where there is no such note, or it was read in a file.
    """
    pid, text = library.resolve(paper_id), clean_lines(text)
    if not 0 < len(text) <= MAX_NOTE:
        what = f"the note is longer than {MAX_NOTE} characters" if text else "the note is empty"
        raise InputError(what, "Delete it, if it is to go")
    with library.transaction() as connection:
        changed = connection.execute(
            "UPDATE notes SET text = ? WHERE nid = ? AND pid = ? AND source IS NULL", (text, number, pid)
        )
        if not changed.rowcount:
            raise InputError("this note cannot be changed", "It was read in a file, or is gone: write a new one")


def delete_note(library: Library, paper_id: str, number: int) -> None:
    """Delete a note for good; one that was read in a file comes back when that is imported again. Raises UnknownPaper."""
    pid = library.resolve(paper_id)
    with library.transaction() as connection:
        connection.execute("DELETE FROM notes WHERE nid = ? AND pid = ?", (number, pid))
