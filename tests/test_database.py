"""The file below the library: brought up to date whole or not at all, written whole or not at all, shared by many."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import pytest

from corpus import database
from corpus.database import SCHEMA_VERSION, Database
from corpus.errors import HomeError, LibraryError
from corpus.identity import aliases, content_hash, title_key
from corpus.library import Library
from corpus.models import Citation, Filters, Paper, SearchRequest
from corpus.searches import save_search, saved_searches

NOTHING = {"new": 0, "updated": 0, "merged": 0, "unchanged": 0}

THIN = Paper(
    arxiv_id="2101.00001",
    title="Thin Adapters",
    abstract="We freeze the network.",
    authors=("Ada Byron", "Lin Wei"),
    year=2021,
    categories=("cs.LG",),
)
THICK = Paper(id="b", title="Thick Zöne", abstract="We thaw it.")
THICK_AGAIN = THICK.model_copy(update={"abstract": None, "venue": "ICLR"})  # the same list has it a second time
NUMBERED = Paper(id="c #2", title="Another paper, whose id looks like the key of a second record")


# ---- a file as version 1 wrote it ------------------------------------------------------------------------------------


def schema(version: int) -> str:
    return resources.files("corpus").joinpath(f"schema/{version}.sql").read_text("utf-8")


def put_paper(connection: sqlite3.Connection, pid: int, paper: Paper) -> None:
    values = [json.dumps(v) if isinstance(v, tuple) else v for v in paper.model_dump().values()]
    columns = f"pid, {', '.join(Paper.model_fields)}, origin, title_key, text_hash"
    row = (pid, *values, '{"title": "list"}', title_key(paper.title), content_hash(paper))
    connection.execute(f"INSERT INTO papers ({columns}) VALUES ({', '.join('?' * len(row))})", row)
    connection.executemany("INSERT INTO ids (alias, pid) VALUES (?, ?)", ((alias, pid) for alias in aliases(paper)))


def put_record(connection: sqlite3.Connection, pid: int, key: str, record: Paper) -> None:
    body = json.dumps(record.to_json(), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    connection.execute("INSERT INTO records VALUES ('list', ?, ?, ?, ?)", (key, pid, digest, body))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A library of version 1: three papers of four records, citations, notes, tags, places."""
    path = tmp_path / "home" / "library.db"
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(schema(1))
    connection.execute("INSERT INTO meta VALUES ('library_id', '0123456789abcdef')")
    thick = THICK.model_copy(update={"venue": "ICLR"})
    for pid, paper in enumerate([THIN.model_copy(update={"id": "arxiv:2101.00001"}), thick, NUMBERED], start=1):
        put_paper(connection, pid, paper)
    put_record(connection, 1, "arxiv:2101.00001", THIN)
    put_record(connection, 2, "b", THICK)
    put_record(connection, 2, "b #2", THICK_AGAIN)
    put_record(connection, 3, "c #2", NUMBERED)
    connection.execute("INSERT INTO ids (alias) VALUES ('arxiv:1902.00751')")  # cited, and not here yet
    connection.execute("INSERT INTO citations SELECT a.aid, b.aid FROM ids a, ids b WHERE a.pid = 1 AND b.pid <> 1")
    connection.execute("INSERT INTO citations SELECT a.aid, b.aid FROM ids a, ids b WHERE a.pid = 1 AND b.pid IS NULL")
    connection.execute("INSERT INTO notes VALUES (1, 1, 'Read again.', '2026-01-02T03:04:05+00:00')")
    connection.execute("INSERT INTO tags VALUES (2, 'to read')")
    connection.execute("INSERT INTO places VALUES (1, 'adapters', 'efficient', 0.9, 'hand')")
    connection.execute("INSERT INTO similar VALUES (1, 2, 0.5)")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    return path


def content(path: Path) -> list[str]:
    """The whole file as SQL."""
    connection = sqlite3.connect(path)
    try:
        return [f"version {connection.execute('PRAGMA user_version').fetchone()[0]}", *connection.iterdump()]
    finally:
        connection.close()


def kept(path: Path) -> dict[str, list[tuple]]:
    """What version 1 knows, in its own columns."""
    connection = sqlite3.connect(path)
    try:
        columns = {"records": "label, pid, hash, body", "notes": "nid, pid, text, created"}
        tables = ("meta", "papers", "records", "ids", "citations", "notes", "tags", "places", "similar")
        return {t: sorted(connection.execute(f"SELECT {columns.get(t, '*')} FROM {t}"), key=repr) for t in tables}
    finally:
        connection.close()


def test_an_old_library_is_brought_up_to_date_with_nothing_lost(old: Path) -> None:
    before = kept(old)
    library = Library(old)
    assert kept(old) == before
    assert library.column("PRAGMA user_version") == [SCHEMA_VERSION]
    assert library.rows("PRAGMA foreign_key_check") == []
    assert library.library_id == "0123456789abcdef"
    assert library.paper("2101.00001").title == "Thin Adapters"
    assert [(note.text, note.source) for note in library.notes(1)] == [("Read again.", None)]
    assert library.cited_by(1) == [2, 3]
    assert library.matching(Filters(tag="to read")) == [2]
    assert library.quoting("zone", re.compile("z.ne", re.IGNORECASE)) == [2]


def test_an_old_library_knows_its_records_again(old: Path) -> None:
    library = Library(old)
    assert library.add([THICK_AGAIN, THIN, THICK], "list") == NOTHING | {"unchanged": 3}
    assert library.stats()["records"] == 4


def test_a_second_record_gets_a_key_that_is_no_id_and_a_paper_s_id_stays(old: Path) -> None:
    assert Library(old).column("SELECT key FROM records ORDER BY 1") == ["arxiv:2101.00001", "b", "b\n2", "c #2"]


def test_records_of_an_old_library_are_compared_by_title_author_and_year(old: Path) -> None:
    library = Library(old)
    published = Paper(doi="10.1/x", title="Thin adapters.", authors=("Byron, Ada",), year=2022)
    assert library.add([published], "journal") == NOTHING | {"merged": 1}
    assert library.rows("SELECT title_key, author_key, year FROM records WHERE label = 'list' ORDER BY key")[:2] == [
        ("thinadapters", "byron", 2021),
        ("thickzone", "", None),
    ]


def test_what_an_old_library_cites_lights_up(old: Path) -> None:
    library = Library(old)
    library.add([Paper(arxiv_id="1902.00751", title="Adapters")], "arxiv")
    assert library.cited_by(1) == [2, 3, library.resolve("1902.00751")]


def test_a_library_of_version_2_gets_a_place_for_searches_and_keeps_all_else(old: Path, tmp_path: Path) -> None:
    Library(old).close()
    connection = sqlite3.connect(old)  # back to what version 2 was: it had all but these tables
    for table in ("searches", "revision", "mentions", "concepts", "corrections", "idea_notes", "ideas"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("INSERT INTO cursors VALUES ('arxiv', 'lora', '{}', '2026-01-02')")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    before = kept(old)
    library = Library(old)
    assert library.column("PRAGMA user_version") == [SCHEMA_VERSION]
    assert kept(old) == before
    assert library.column("SELECT key FROM cursors") == ["lora"]
    save_search(library, "mine", SearchRequest(query="lora"))
    assert [one.name for one in saved_searches(Library(old))] == ["mine"]


def test_an_old_and_a_new_library_have_the_same_tables(old: Path, tmp_path: Path) -> None:
    query = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
    assert Library(old).rows(query) == Library(tmp_path / "new.db").rows(query)


class Killed(BaseException):
    """Stands for whatever ends a process."""


STEPS = sum(len(list(database._statements(schema(version)))) for version in range(2, SCHEMA_VERSION + 1))


@pytest.mark.parametrize("done", range(STEPS + 1))
def test_an_update_that_is_cut_off_leaves_the_old_library(
    old: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    before = content(old)
    statements = database._statements
    left = done

    def cut(script: str) -> Iterator[str]:
        nonlocal left
        for statement in statements(script):
            if not left:
                raise Killed
            left -= 1
            yield statement
        if script == schema(SCHEMA_VERSION):
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(database, "_statements", cut)
        Library(old)
    assert content(old) == before
    assert Library(old).add([THIN, THICK, THICK_AGAIN], "list") == NOTHING | {"unchanged": 3}


_KILLED = """
import os, sys
from pathlib import Path
from corpus import database
statements = database._statements
def cut(script):
    found = list(statements(script))
    yield from found[: len(found) // 2]
    os._exit(9)
database._statements = cut
database.Database(Path(sys.argv[1]))
"""


def run(script: str, path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=Path(__file__).parents[1])


def test_a_process_that_dies_in_an_update_leaves_the_old_library(old: Path) -> None:
    before = content(old)
    assert run(_KILLED, old).wait(60) == 9
    assert content(old) == before
    assert Library(old).count() == 3


def test_a_library_of_a_newer_format_is_not_touched(old: Path) -> None:
    connection = sqlite3.connect(old)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = content(old)
    with pytest.raises(LibraryError, match="newer"):
        Library(old)
    assert content(old) == before


# ---- opened by many --------------------------------------------------------------------------------------------------


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Do the work in so many threads, all starting together; raises what any of them raises."""
    barrier = threading.Barrier(count)

    def start(number: int) -> None:
        barrier.wait()
        work(number)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(start, range(count)))


def test_threads_make_a_library_at_once(tmp_path: Path) -> None:
    path = tmp_path / "home" / "library.db"

    def use(number: int) -> None:
        mine = Database(path)
        mine.set_meta(f"from {number}", "here")
        mine.close()

    at_once(8, use)
    assert Database(path).column("SELECT count(*) FROM meta") == [8]


def test_threads_bring_a_library_up_to_date_at_once(old: Path) -> None:
    before = kept(old)

    def use(number: int) -> None:
        Library(old).close()

    at_once(6, use)
    assert kept(old) == before


def test_processes_bring_a_library_up_to_date_at_once(old: Path) -> None:
    script = "import sys; from pathlib import Path; from corpus.database import Database; Database(Path(sys.argv[1]))"
    workers = [run(script, old) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert Library(old).column("PRAGMA user_version") == [SCHEMA_VERSION]


def test_a_writer_waits_for_another(library: Library) -> None:
    inside, order = threading.Event(), []

    def wait_and_write() -> None:
        inside.wait()
        library.set_meta("second", "2")
        order.append("second")
        library.close()

    thread = threading.Thread(target=wait_and_write)
    thread.start()
    with library.transaction() as connection:
        inside.set()
        thread.join(0.3)
        connection.execute("INSERT INTO meta VALUES ('first', '1')")
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert (library.meta("first"), library.meta("second")) == ("1", "2")


def test_a_library_that_stays_locked_is_an_error(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT", 0.05)
    other = Library(library.path)
    with other.transaction(), pytest.raises(HomeError, match="locked") as caught:
        Library(library.path).set_meta("key", "value")
    assert "Another Fourways process" in caught.value.remedy


# ---- written whole or not at all -------------------------------------------------------------------------------------


class Broken(Exception):
    """Something else goes wrong inside a transaction."""


def put(connection: sqlite3.Connection, key: str) -> None:
    connection.execute("INSERT INTO meta VALUES (?, '')", (key,))


def test_a_transaction_in_a_transaction_is_written_with_it(library: Library) -> None:
    with library.transaction() as outer:
        put(outer, "before")
        with library.transaction() as inner:
            put(inner, "inside")
        assert Library(library.path).meta("inside") is None  # nobody else sees it yet
        put(outer, "after")
    assert Library(library.path).column("SELECT key FROM meta ORDER BY 1") == ["after", "before", "inside"]


def test_an_error_in_the_inner_transaction_takes_all_back(library: Library) -> None:
    with pytest.raises(Broken), library.transaction() as outer:
        put(outer, "before")
        with library.transaction() as inner:
            put(inner, "inside")
            raise Broken
    assert library.column("SELECT key FROM meta") == []


def test_an_error_after_the_inner_transaction_takes_all_back(library: Library) -> None:
    with pytest.raises(Broken), library.transaction() as outer:
        with library.transaction() as inner:
            put(inner, "inside")
        put(outer, "after")
        raise Broken
    assert library.column("SELECT key FROM meta") == []


def test_a_batch_that_fails_in_its_middle_enters_no_paper(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus import intake

    merge_anew = intake.merge_anew

    def fail_on_the_second(connection: sqlite3.Connection, pid: int) -> None:
        if pid > 1:
            raise Broken
        merge_anew(connection, pid)

    monkeypatch.setattr(intake, "merge_anew", fail_on_the_second)
    twice = [Paper(id=name, title=f"Paper {name}", year=year) for name in "ab" for year in (2020, 2021)]
    with pytest.raises(Broken):
        library.add(twice, "list")
    assert (library.count(), library.stats()["records"]) == (0, 0)
    monkeypatch.undo()
    assert library.add(twice, "list") == NOTHING | {"new": 2, "merged": 2}


def test_a_full_disk_is_an_error_that_loses_nothing(library: Library) -> None:
    library.add([THIN], "list")
    pages = library.column("PRAGMA page_count")[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    many = [Paper(id=str(n), title=f"Paper {n}", abstract="word " * 500) for n in range(200)]
    with pytest.raises(HomeError, match="full") as caught:
        library.add(many, "list")
    assert "disk space" in caught.value.remedy
    assert library.count() == 1
    library.connection.execute("PRAGMA max_page_count = 1000000")
    assert library.add(many, "list") == NOTHING | {"new": 200}


def test_a_copy_of_the_file_alone_is_whole(library: Library, tmp_path: Path) -> None:
    library.add([THIN], "list")
    copy = tmp_path / "copy.db"
    copy.write_bytes(library.path.read_bytes())
    assert Library(copy).count() == 1


def test_a_closed_library_opens_again_on_use(library: Library) -> None:
    library.add([THIN], "list")
    library.close()
    library.close()
    assert library.count() == 1


# ---- what hangs on what ----------------------------------------------------------------------------------------------


def test_what_hangs_on_a_paper_goes_with_it_and_its_ids_wait(library: Library) -> None:
    library.add([THIN, THICK, THICK.model_copy(update={"venue": "ICLR"})], "list")
    library.add_note("b", "Mine.")
    library.add_tags("b", ["read"])
    library.add_citations([Citation(citing="2101.00001", cited="b")])
    with library.transaction() as connection:
        connection.execute("INSERT INTO harvests (hid, started, request) VALUES (1, '2026-01-01', '{}')")
        connection.execute("INSERT INTO found VALUES ('lora', 2, 1, 1)")
        connection.execute("DELETE FROM papers WHERE pid = 2")
    for table in ("records", "notes", "tags", "found", "merges"):
        assert library.column(f"SELECT count(*) FROM {table} WHERE pid = 2") == [0]
    assert library.column("SELECT pid FROM ids WHERE alias = 'b'") == [None]
    assert library.stats()["citations_kept"] == 1
    assert library.rows("PRAGMA foreign_key_check") == []


def test_what_was_said_of_a_wanted_paper_goes_with_it(library: Library) -> None:
    with library.transaction() as connection:
        connection.execute("INSERT INTO wanted VALUES ('b', NULL, 'notes.md', '2026-01-01')")
        connection.execute("INSERT INTO wanted_notes VALUES ('b', 'Look at this.', 'notes.md')")
        connection.execute("DELETE FROM wanted")
    assert library.column("SELECT count(*) FROM wanted_notes") == [0]


def test_nothing_is_found_by_a_harvest_that_never_was(library: Library) -> None:
    library.add([THIN], "list")
    with pytest.raises(LibraryError, match="FOREIGN KEY"), library.transaction() as connection:
        connection.execute("INSERT INTO found VALUES ('lora', 1, 99, 1)")


def test_statements_are_parted_and_triggers_stay_whole() -> None:
    script = "-- One; two.\nCREATE TABLE a (b);\n\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n    DELETE FROM a;\nEND;\nSELECT 1;\n"
    first, trigger, last = database._statements(script)
    assert first.endswith("CREATE TABLE a (b);\n")
    assert trigger.strip().endswith("END;")
    assert last == "SELECT 1;\n"
