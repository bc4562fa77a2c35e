"""Papers that notes speak of and that the library does not have yet: what was said of them waits until they arrive."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.errors import UnknownPaper
from corpus.identity import title_key
from corpus.intake import now
from corpus.library import Library
from corpus.models import Frozen


class Wanted(Frozen):
    """A paper that is waited for: by id, or by title where no id is known. `source` is where it was read of."""

    alias: str
    title: str | None
    source: str

    @property
    def arxiv_id(self) -> str | None:
        return self.alias.removeprefix("arxiv:") if self.alias.startswith("arxiv:") else None


def want(library: Library, alias: str | None, title: str | None, source: str, passages: Sequence[str]) -> bool:
    """Wait for a paper, known by an id or at least a title, and keep the passages for it. True if it is newly wanted."""
    name = alias or f"title:{title_key(title or '') or title}"
    with library.transaction() as connection:
        query = "INSERT OR IGNORE INTO wanted VALUES (?, ?, ?, ?)"
        new = connection.execute(query, (name, title, source, now())).rowcount
        connection.executemany(
            "INSERT OR IGNORE INTO wanted_notes VALUES (?, ?, ?)", ((name, passage, source) for passage in passages)
        )
    return bool(new)


def list_wanted(library: Library) -> list[Wanted]:
    """The papers that are waited for, in the order in which they were read of."""
    query = "SELECT alias, title, source FROM wanted ORDER BY created, alias"
    return [Wanted(alias=alias, title=title, source=source) for alias, title, source in library.rows(query)]


def settle_wanted(library: Library) -> int:
    """Hand the passages of wanted papers that have arrived to these papers, as notes. Returns how many have arrived."""
    arrived = 0
    for wanted in list_wanted(library):
        pid = _arrived(library, wanted)
        if pid is None:
            continue
        arrived += 1
        with library.transaction() as connection:
            passages = connection.execute(
                "SELECT text, source FROM wanted_notes WHERE alias = ? ORDER BY text", (wanted.alias,)
            ).fetchall()
            for row in passages:
                library.keep_note(pid, row["text"], row["source"])
            connection.execute("DELETE FROM wanted WHERE alias = ?", (wanted.alias,))
    return arrived


def _arrived(library: Library, wanted: Wanted) -> int | None:
    if wanted.alias.startswith("title:") and wanted.title:
        found = library.column(
            "SELECT pid FROM records WHERE title_key = ? AND title_key <> '' ORDER BY pid LIMIT 1",
            (title_key(wanted.title),),
        )
        return int(found[0]) if found else None
    try:
        return library.resolve(wanted.alias)
    except UnknownPaper:
        return None
