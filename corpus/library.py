"""The library: one SQLite file that is the truth about papers, their ids, citations, notes, tags and places.

Everything else (vectors, graphs) is derived from it and can be rebuilt.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence

from corpus import intake
from corpus.database import Database, as_list
from corpus.errors import InputError, UnknownPaper
from corpus.identity import canonical_id, title_key
from corpus.intake import Entered, Intake
from corpus.models import MAX_NOTE, MAX_TAG, Citation, Filters, Note, Paper, Place, clean_line, clean_lines, clean_text

# A batch is one transaction: what a killed import had finished stays, and SQLite syncs the disk once a batch.
BATCH = 1_000
# What a search finds a paper by, as one short text: it changes when title, abstract or the list of authors do.
_STATE = "text_hash || ':' || length(authors)"
# How many papers `all_papers` holds at a time.
_CHUNK = 10_000


class Library(Database):
    """The papers in the SQLite file `path`; see Database for how it is opened and what is raised."""

    @property
    def library_id(self) -> str:
        """The library's own id, made once: what its vectors are kept under."""
        if self.meta("library_id") is None:
            with self.transaction() as connection:
                connection.execute("INSERT OR IGNORE INTO meta VALUES ('library_id', ?)", (secrets.token_hex(8),))
        return str(self.meta("library_id"))

    def count(self) -> int:
        """How many papers there are; unlike `stats`, it costs next to nothing."""
        return int(self.column("SELECT count(*) FROM papers")[0])

    def fingerprint(self) -> str:
        """A digest of what papers say and where people have placed them: it changes when anything derived must be made anew."""
        digest = hashlib.sha256()
        for row in self.rows("SELECT pid, text_hash, directions FROM papers ORDER BY pid"):
            digest.update(repr(row).encode())
        return digest.hexdigest()[:16]

    # ---- writing -------------------------------------------------------------------------------------------------

    def add(self, records: Iterable[Paper], label: str) -> dict[str, int]:
        """Take in records from the source called `label`, a transaction a batch.

        Returns how many were `new` papers, `updated` one, were `merged` into one known by another record, or left
        everything `unchanged`. Where `records` raises, what came before it is kept.
        """
        counts = dict.fromkeys(("new", "updated", "merged", "unchanged"), 0)
        source = Intake(clean_line(label))
        batch: list[Paper] = []

        def flush() -> None:
            full, batch[:] = batch[:], []  # emptied first: a batch that cannot be written is not tried again below
            with self.transaction() as connection:
                entered = source.enter(connection, full)
            for _, outcome in entered:
                counts[outcome] += 1

        try:
            for record in records:
                batch.append(record)
                if len(batch) == BATCH:
                    flush()
        finally:
            if batch:
                flush()
        return counts

    def add_page(self, records: Sequence[Paper], label: str) -> list[Entered]:
        """Take in one page of a source that is read again and again, in one transaction; says what became of each record."""
        with self.transaction() as connection:
            return Intake(clean_line(label)).enter(connection, records)

    def add_citations(self, citations: Iterable[Citation]) -> dict[str, int]:
        """Keep who cites whom. Returns how many edges were `new`, and `linked`: both ends are papers here (new or not)."""
        with self.transaction() as connection:
            known = dict(connection.execute("SELECT alias, aid FROM ids").fetchall())
            before = connection.execute("SELECT count(*) FROM citations").fetchone()[0]

            def number(alias: str) -> int:
                alias = canonical_id(alias)
                if alias not in known:
                    known[alias] = connection.execute("INSERT INTO ids (alias) VALUES (?)", (alias,)).lastrowid
                return int(known[alias])

            edges = ((number(c.citing), number(c.cited)) for c in citations)
            connection.executemany("INSERT OR IGNORE INTO citations VALUES (?, ?)", edges)
            after = connection.execute("SELECT count(*) FROM citations").fetchone()[0]
        return {"new": after - before, "linked": len(self.citations())}

    def add_note(self, paper_id: str, text: str) -> Note:
        """Write a note on a paper; its line breaks are kept. Raises UnknownPaper, InputError."""
        pid, text = self.resolve(paper_id), clean_lines(text)
        if not 0 < len(text) <= MAX_NOTE:
            what = f"the note is longer than {MAX_NOTE} characters" if text else "the note is empty"
            raise InputError(what, "Give its text: fourways note ID TEXT")
        self.keep_note(pid, text, None)
        return self.notes(pid)[-1]

    def keep_note(self, pid: int, text: str, source: str | None) -> bool:
        """Keep a note that was read in the file called `source`, once; None: written here, and kept each time."""
        with self.transaction() as connection:
            known = "SELECT 1 FROM notes WHERE pid = ? AND text = ? AND source = ?"
            if source and connection.execute(known, (pid, text, source)).fetchone():
                return False
            connection.execute(
                "INSERT INTO notes (pid, text, created, source) VALUES (?, ?, ?, ?)", (pid, text, intake.now(), source)
            )
        return True

    def add_tags(self, paper_id: str, tags: Iterable[str]) -> list[str]:
        """Tag a paper; returns all of its tags. Raises UnknownPaper, InputError."""
        pid = self.resolve(paper_id)
        cleaned = [tag for tag in map(_tag, tags) if tag]
        if not cleaned or max(map(len, cleaned)) > MAX_TAG:
            what = f"a tag is longer than {MAX_TAG} characters" if cleaned else "there is no tag to set"
            raise InputError(what, "Give one or more: fourways tag ID TAG")
        with self.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", ((pid, tag) for tag in cleaned))
        return self.tags(pid)

    def set_fulltext(self, paper_id: str, text: str) -> None:
        """Keep the words of the paper's PDF for search, in place of those it had. Raises UnknownPaper."""
        pid = self.resolve(paper_id)
        with self.transaction() as connection:
            connection.execute("DELETE FROM fulltexts WHERE rowid = ?", (pid,))
            connection.execute("INSERT INTO fulltexts (rowid, text) VALUES (?, ?)", (pid, text))

    def set_places(self, places: Iterable[tuple[int, Place]]) -> None:
        """Replace the places of all papers by these `(pid, place)` pairs."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM places")
            connection.executemany(
                "INSERT OR REPLACE INTO places (pid, direction, strategy, weight, source) VALUES (?, ?, ?, ?, ?)",
                ((pid, p.direction, p.strategy, p.weight, p.source) for pid, p in places),
            )

    def set_similar(self, pairs: Iterable[tuple[int, int, float]]) -> None:
        """Replace the pairs `(pid, other pid, cosine)` of papers that are near in meaning."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM similar")
            connection.executemany(
                "INSERT OR REPLACE INTO similar VALUES (?, ?, ?)",
                ((min(one, other), max(one, other), score) for one, other, score in pairs),
            )

    # ---- reading -------------------------------------------------------------------------------------------------

    def resolve(self, paper_id: str) -> int:
        """The key of the paper known by this id of any kind. Raises UnknownPaper."""
        with self.guard():
            row = self.connection.execute("SELECT pid FROM ids WHERE alias = ?", (canonical_id(paper_id),)).fetchone()
        if row is None or row[0] is None:
            raise UnknownPaper(paper_id)
        return int(row[0])

    def papers(self, pids: Sequence[int]) -> list[Paper]:
        """The papers of these keys, in this order; keys of no paper are passed over."""
        query = "SELECT * FROM papers WHERE pid IN (SELECT value FROM json_each(?))"
        with self.guard():
            rows = self.connection.execute(query, (as_list(pids),)).fetchall()
        found = {row["pid"]: intake.to_paper(row) for row in rows}
        return [found[pid] for pid in pids if pid in found]

    def paper(self, paper_id: str) -> Paper:
        """The paper known by this id of any kind. Raises UnknownPaper."""
        return self.papers([self.resolve(paper_id)])[0]

    def all_papers(self) -> Iterator[tuple[int, Paper]]:
        """Every `(pid, paper)`, by key, without holding them all in memory."""
        last = 0
        while True:
            with self.guard():
                rows = self.connection.execute(
                    "SELECT * FROM papers WHERE pid > ? ORDER BY pid LIMIT ?", (last, _CHUNK)
                ).fetchall()
            if not rows:
                return
            for row in rows:
                yield row["pid"], intake.to_paper(row)
            last = rows[-1]["pid"]

    def names(self) -> dict[int, str]:
        """The id that each paper goes by."""
        return dict(self.rows("SELECT pid, id FROM papers ORDER BY pid"))

    def text_hashes(self) -> dict[int, str]:
        """The content hash of each paper's words."""
        return dict(self.rows("SELECT pid, text_hash FROM papers ORDER BY pid"))

    def word_states(self) -> list[tuple[int, str]]:
        """Key and state of what a search finds each paper by: another state means other words."""
        return self.rows(f"SELECT pid, {_STATE} FROM papers ORDER BY pid")  # noqa: S608

    def words(self, pids: Sequence[int] | None = None) -> Iterator[tuple[int, str, dict[str, str]]]:
        """Key, state and words (title, abstract, authors) of these papers (of all, if None), by key: lighter than whole papers."""
        where = "" if pids is None else " WHERE pid IN (SELECT value FROM json_each(?))"
        query = f"SELECT pid, {_STATE} AS state, title, abstract, authors FROM papers{where} ORDER BY pid"  # noqa: S608
        with self.guard():
            rows = self.connection.execute(query, () if pids is None else (as_list(pids),))
            for pid, state, title, abstract, authors in rows:
                names = ", ".join(json.loads(authors))
                yield pid, state, {"title": title, "abstract": abstract or "", "authors": names}

    def years(self) -> list[tuple[int, int]]:
        """Key and year of each paper that has one."""
        return self.rows("SELECT pid, year FROM papers WHERE year IS NOT NULL ORDER BY pid")

    def counts_among(self, pids: Sequence[int], field: str) -> list[tuple[str, int]]:
        """How many of these papers have each `year`, `venue`, `category` or `strategy`; years in order, else most first."""
        sources = {
            "year": ("papers p", "p.year", "1"),
            "venue": ("papers p", "p.venue", "n DESC, 1"),
            "category": ("papers p, json_each(p.categories) c", "c.value", "n DESC, 1"),
            "strategy": ("places p", "p.strategy", "n DESC, 1"),
        }
        table, column, order = sources[field]
        query = (
            f"SELECT {column}, count(DISTINCT p.pid) AS n FROM {table}"  # noqa: S608
            f" WHERE p.pid IN (SELECT value FROM json_each(?)) AND {column} IS NOT NULL GROUP BY 1 ORDER BY {order}"
        )
        return [(str(value), int(count)) for value, count in self.rows(query, (as_list(pids),))]

    def citations(self) -> list[tuple[int, int]]:
        """Pairs `(citing, cited)` of papers in the library, without self-citations and repeats."""
        return self.rows(
            "SELECT DISTINCT a.pid, b.pid FROM citations c JOIN ids a ON a.aid = c.citing JOIN ids b ON b.aid = c.cited"
            " WHERE a.pid IS NOT NULL AND b.pid IS NOT NULL AND a.pid <> b.pid ORDER BY a.pid, b.pid"
        )

    def cited_by(self, pid: int) -> list[int]:
        """The papers that this one cites, by key."""
        return self.column(
            "SELECT DISTINCT b.pid FROM ids a JOIN citations c ON c.citing = a.aid JOIN ids b ON b.aid = c.cited"
            " WHERE a.pid = ? AND b.pid IS NOT NULL AND b.pid <> a.pid ORDER BY b.pid",
            (pid,),
        )

    def citing(self, pid: int) -> list[int]:
        """The papers that cite this one, by key."""
        return self.column(
            "SELECT DISTINCT a.pid FROM ids b JOIN citations c ON c.cited = b.aid JOIN ids a ON a.aid = c.citing"
            " WHERE b.pid = ? AND a.pid IS NOT NULL AND a.pid <> b.pid ORDER BY a.pid",
            (pid,),
        )

    def aliases(self, pid: int) -> list[str]:
        """Every id the paper is known by; not the digest under which bibliographies without ids wait for it."""
        return self.column("SELECT alias FROM ids WHERE pid = ? AND alias NOT LIKE 'work:%' ORDER BY alias", (pid,))

    def origin(self, pid: int) -> dict[str, str]:
        """Field -> label of the record that it came from."""
        (text,) = self.column("SELECT origin FROM papers WHERE pid = ?", (pid,))
        return dict(json.loads(text))

    def notes(self, pid: int) -> list[Note]:
        query = (
            "SELECT p.id, n.text, n.created, n.source FROM notes n JOIN papers p USING (pid) WHERE pid = ? ORDER BY nid"
        )
        rows = self.rows(query, (pid,))
        return [Note(paper_id=row[0], text=row[1], created=row[2], source=row[3]) for row in rows]

    def tags(self, pid: int) -> list[str]:
        return self.column("SELECT tag FROM tags WHERE pid = ? ORDER BY tag", (pid,))

    def places(self, pids: Sequence[int] | None = None) -> dict[int, list[Place]]:
        """The places of these papers (of all, if None), the heaviest first."""
        where = "" if pids is None else "WHERE pid IN (SELECT value FROM json_each(?)) "
        query = (
            f"SELECT pid, strategy, direction, weight, source FROM places {where}ORDER BY pid, weight DESC, direction"  # noqa: S608
        )
        found: dict[int, list[Place]] = {}
        for pid, strategy, direction, weight, source in self.rows(query, (as_list(pids or ()),) if where else ()):
            place = Place(strategy=strategy, direction=direction, weight=weight, source=source)
            found.setdefault(pid, []).append(place)
        return found

    def similar(self) -> list[tuple[int, int, float]]:
        """All pairs that are near in meaning: `(pid, pid, cosine)`."""
        return self.rows("SELECT one, other, similarity FROM similar ORDER BY one, other")

    def similar_to(self, pid: int) -> list[tuple[int, float]]:
        """The papers near this one in meaning, the nearest first."""
        return self.rows(
            "SELECT CASE one WHEN ?1 THEN other ELSE one END AS near, similarity FROM similar"
            " WHERE one = ?1 OR other = ?1 ORDER BY similarity DESC, near",
            (pid,),
        )

    def matching(self, filters: Filters) -> list[int]:
        """The keys of the papers that the filters let through."""
        where, arguments = filter_sql(filters)
        return self.column(f"SELECT pid FROM papers p WHERE {where} ORDER BY pid", arguments)  # noqa: S608

    def titled(self, title: str) -> list[int]:
        """The keys of the papers of which some record has this title, punctuation and capitals aside."""
        return self.column("SELECT DISTINCT pid FROM records WHERE title_key = ? ORDER BY pid", (title_key(title),))

    def quoting(self, phrase: str, pattern: re.Pattern[str]) -> list[int]:
        """The keys of the papers whose title, abstract or full text `pattern` finds, looked for by the words of `phrase`."""
        match = '"' + " ".join(re.findall(r"\w+", phrase)) + '"'
        found = self.rows(
            "SELECT p.pid, p.title || char(10) || coalesce(p.abstract, '') FROM papers_fts f JOIN papers p ON p.pid = f.rowid"
            " WHERE papers_fts MATCH ?",
            (match,),
        ) + self.rows("SELECT rowid, text FROM fulltexts WHERE fulltexts MATCH ?", (match,))
        return sorted({pid for pid, text in found if pattern.search(text)})

    def has_fulltexts(self) -> bool:
        return bool(self.column("SELECT 1 FROM fulltexts LIMIT 1"))

    def names_of(self, pids: Sequence[int]) -> list[str]:
        """The ids of these papers, in this order."""
        query = "SELECT pid, id FROM papers WHERE pid IN (SELECT value FROM json_each(?))"
        found = dict(self.rows(query, (as_list(pids),)))
        return [found[pid] for pid in pids if pid in found]

    def in_fulltexts(self, match: str, limit: int, filters: Filters) -> list[int]:
        """Papers whose full text matches an FTS5 expression, best first by BM25."""
        where, arguments = filter_sql(filters)
        join = f" AND rowid IN (SELECT pid FROM papers p WHERE {where})" if filters else ""  # noqa: S608
        query = f"SELECT rowid FROM fulltexts WHERE fulltexts MATCH ?{join} ORDER BY bm25(fulltexts), rowid LIMIT ?"  # noqa: S608
        return self.column(query, (match, *arguments, limit))

    def stats(self) -> dict[str, int]:
        """How much there is of everything."""
        tables = {
            "papers": "papers",
            "with_abstract": "papers WHERE abstract IS NOT NULL",
            "records": "records",
            "citations_kept": "citations",
            "full_texts": "fulltexts",
            "notes": "notes",
            "tagged": "(SELECT DISTINCT pid FROM tags)",
            "placed": "(SELECT DISTINCT pid FROM places)",
            "similar_pairs": "similar",
        }
        counts = {name: int(self.column(f"SELECT count(*) FROM {table}")[0]) for name, table in tables.items()}  # noqa: S608
        return counts | {"citations": len(self.citations())}

    def counts_by(self, column: str) -> list[tuple[str, int]]:
        """How many papers have each `year`, `venue`, `strategy`, or `label` of a record; years in order, else most first."""
        queries = {
            "year": "SELECT year, count(*) FROM papers WHERE year IS NOT NULL GROUP BY 1 ORDER BY 1",
            "venue": "SELECT venue, count(*) AS n FROM papers WHERE venue IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1",
            "label": "SELECT label, count(DISTINCT pid) AS n FROM records GROUP BY 1 ORDER BY n DESC, 1",
            "strategy": "SELECT strategy, count(DISTINCT pid) AS n FROM places GROUP BY 1 ORDER BY n DESC, 1",
        }
        return [(str(value), int(count)) for value, count in self.rows(queries[column])]


def filter_sql(filters: Filters) -> tuple[str, list[object]]:
    """A condition on `papers p`, and its arguments."""
    conditions: list[str] = ["1"]
    arguments: list[object] = []
    for condition, value in (
        ("p.year >= ?", filters.year_from),
        ("p.year <= ?", filters.year_to),
        ("p.venue = ? COLLATE NOCASE", clean_text(filters.venue)),
        ("EXISTS (SELECT 1 FROM json_each(p.categories) WHERE value = ? COLLATE NOCASE)", clean_text(filters.category)),
        ("EXISTS (SELECT 1 FROM places x WHERE x.pid = p.pid AND x.strategy = ?)", filters.strategy),
        ("EXISTS (SELECT 1 FROM tags x WHERE x.pid = p.pid AND x.tag = ?)", filters.tag and _tag(filters.tag)),
    ):
        if value is not None:
            conditions.append(condition)
            arguments.append(value)
    return " AND ".join(conditions), arguments


def _tag(text: str) -> str:
    return clean_line(text).lower()
