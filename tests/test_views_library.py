"""The library: what its page counts and shows, and what files that are handed in come to."""

from __future__ import annotations

import gzip
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import Show, await_work, click, links, words

import survey.importing
from corpus.errors import HomeError, InputError
from corpus.home import Home
from corpus.library import Library
from corpus.models import Citation, Concept, Mention, Paper
from corpus.workspace import Workspace
from survey.holdings_report import count_holdings, disk_use, latest_holdings, load_holdings
from survey.importing import MOST_FILES, MOST_NAME, check_uploads, file_types, import_uploads, safe_name
from survey.jobs import JOBS, Stopped

HOSTILE = "../../<script>alert(1)</script>$x$.jsonl"
PAPERS = [
    Paper(id="a", title="Thin adapters", abstract="Small layers are trained.", year=2019, venue="ICLR"),
    Paper(id="b", title="Learned prompts", abstract="Tokens steer a frozen model.", year=2021, venue="ICLR"),
    Paper(id="c", title="Mixed pictures", year=2021, venue="CVPR"),
]


class File(io.BytesIO):
    """A file as a browser hands it in."""

    def __init__(self, name: str, content: bytes | str = b"", size: int | None = None) -> None:
        data = content.encode() if isinstance(content, str) else content
        super().__init__(data)
        self.name, self.size = name, len(data) if size is None else size


def line(paper_id: str, title: str) -> str:
    return json.dumps({"id": paper_id, "title": title, "abstract": f"About {title}."}) + "\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FOURWAYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FOURWAYS_CHROMA", raising=False)
    monkeypatch.setattr("corpus.workspace.DEFAULT_MODEL", "hash:64")
    return Home(tmp_path / "home")


@pytest.fixture
def workspace(home: Home) -> Iterator[Workspace]:
    opened = Workspace(home)
    yield opened
    opened.library.close()


@pytest.fixture
def library(workspace: Workspace) -> Library:
    """Three papers, a citation, and one that leads out of the library."""
    workspace.library.add(PAPERS, "mine.bib")
    workspace.library.add_citations([Citation(citing="b", cited="a"), Citation(citing="b", cited="z")])
    return workspace.library


# ---- counting ----------------------------------------------------------------------------------------------------------


def test_all_is_counted(library: Library) -> None:
    from corpus.concepts import set_concepts

    mention = Mention(paper=1, concept="method:thin", edge="uses", weight=1.0, field="title", start=0, stop=4)
    set_concepts(library, [Concept(key="method:thin", kind="method", name="thin")], [mention])
    holdings = count_holdings(library)
    assert (holdings.papers, holdings.with_abstract, holdings.citations, holdings.citations_kept) == (3, 2, 1, 2)
    assert holdings.years == (("2019", 1), ("2021", 2))
    assert holdings.venues == (("ICLR", 2), ("CVPR", 1))
    assert holdings.sources == (("mine.bib", 3),)
    assert holdings.concepts == (("method", 1),)


def test_venues_beyond_the_largest_are_counted_together(workspace: Workspace) -> None:
    workspace.library.add([Paper(title=f"Paper {n}", venue=f"Venue {n:02d}") for n in range(15)], "test")
    holdings = count_holdings(workspace.library)
    assert (len(holdings.venues), holdings.other_venues) == (12, 3)


def test_counts_are_kept_until_the_library_changes(
    workspace: Workspace, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, fresh = latest_holdings(workspace, 5.0)
    assert fresh and load_holdings(workspace.home, library) == first
    monkeypatch.setattr("survey.holdings_report.count_holdings", lambda library: pytest.fail("counted again"))
    assert latest_holdings(workspace, 5.0) == (first, True)


def test_while_counting_takes_long_the_counts_from_before_are_told_as_such(
    workspace: Workspace, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest_holdings(workspace, 5.0)
    gate = threading.Event()

    def slow(library: Library) -> object:
        gate.wait(10)
        return count_holdings(library)

    monkeypatch.setattr("survey.holdings_report.count_holdings", slow)
    monkeypatch.setattr("survey.holdings_report._SHARE", 1e9)
    library.add([Paper(title="One more")], "test")
    old, fresh = latest_holdings(workspace, 0.01)
    assert (old.papers, fresh) == (3, False)
    gate.set()
    assert latest_holdings(workspace, 10.0)[0].papers == 4


def test_kept_counts_of_another_library_or_broken_ones_are_not_taken(workspace: Workspace, library: Library) -> None:
    file = workspace.home.root / "holdings.json"
    file.write_text("{", "utf-8")
    assert load_holdings(workspace.home, library) is None
    other = count_holdings(library).model_copy(update={"library": "other"})
    file.write_text(other.model_dump_json(), "utf-8")
    assert load_holdings(workspace.home, library) is None


def test_the_disk_is_told_by_part(workspace: Workspace, library: Library) -> None:
    (workspace.home.root / "models").mkdir(exist_ok=True)
    (workspace.home.root / "models" / "m").write_bytes(b"x" * 1000)
    (workspace.home.root / "own.txt").write_bytes(b"x" * 10)
    parts = dict(disk_use(workspace.home))
    assert parts["models"] == 1000 and parts["library"] > 0 and parts["rest"] >= 10
    assert "runs" not in parts
    assert disk_use(Home(workspace.home.root / "nowhere")) == ()


# ---- names and bounds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("papers.bib", "papers.bib"),
        ("../../etc/passwd.bib", "passwd.bib"),
        ("C:\\papers\\a.ris", "a.ris"),
        ("/abs/a.csv", "a.csv"),
        ("a\x00\n\u202egpj.bib", "agpj.bib"),
        (".bib", "bib"),
        ("..", "file"),
        ("", "file"),
        ("论文.jsonl.gz", "论文.jsonl.gz"),
    ],
)
def test_a_name_is_a_label_and_nothing_else(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_a_long_name_keeps_its_end() -> None:
    name = safe_name("论" * 300 + ".jsonl.gz")
    assert len(name.encode()) <= MOST_NAME and name.endswith(".jsonl.gz")


def test_every_format_of_the_importers_can_be_handed_in() -> None:
    from corpus.filing import NOTES
    from corpus.sources import readers

    assert {f".{one}" for one in file_types()} == {*readers(), *NOTES, ".pdf", ".gz"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([File("a.exe", b"MZ")], "no known format"),
        ([File("a", b"x")], "no suffix"),
        ([File("a.gz", b"x")], "no known format"),
        ([File("a.bib", b"x", size=(200 << 20) + 1)], "larger than 200 MB"),
        ([File(f"{n}.bib", b"x") for n in range(MOST_FILES + 1)], "too many at once"),
    ],
)
def test_what_is_too_much_or_no_paper_is_refused(files: list[File], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_uploads(files)


# ---- importing ---------------------------------------------------------------------------------------------------------


def test_files_are_read_each_with_its_report_and_nothing_of_them_stays(workspace: Workspace) -> None:
    files = [
        File("one.jsonl", line("a", "Thin adapters")),
        File("two.jsonl.gz", gzip.compress((line("b", "Learned prompts") + "no json\n").encode(), mtime=0)),
        File("three.bib", "nothing of a bibliography"),
        File("notes.md", "# Notes\n\n- *Thin Adapters*, 2019: they are trained.\n"),
    ]
    done = import_uploads(workspace, files, index=True)
    assert [one.name for one in done.files] == ["one.jsonl", "two.jsonl.gz", "three.bib", "notes.md"]
    assert [one.report.new for one in done.files[:2]] == [1, 1]
    assert [(one.where, one.why) for one in done.files[1].report.skipped] == [
        ("two.jsonl, line 2", "broken JSON (Expecting value)")
    ]
    assert "holds no paper" in done.files[2].failed and str(workspace.home.root) not in done.files[2].failed
    assert done.embedded == 2 and workspace.index.count() == 2
    assert not (workspace.home.root / "uploads").exists()


def test_the_same_file_twice_adds_nothing(workspace: Workspace) -> None:
    for new in (1, 0):
        done = import_uploads(workspace, [File("one.jsonl", line("a", "Thin adapters"))], index=False)
        assert done.total.new == new


def test_a_hostile_name_writes_nowhere_else(workspace: Workspace, tmp_path: Path) -> None:
    done = import_uploads(workspace, [File(HOSTILE, line("a", "Thin adapters"))], index=False)
    assert done.total.new == 1
    assert [path.name for path in tmp_path.rglob("*.jsonl")] == []


def test_citations_are_read_from_pairs_of_ids(workspace: Workspace, library: Library) -> None:
    done = import_uploads(workspace, [File("more.tsv", "c\ta\nc\tb\n")], citations=True, index=False)
    assert done.total.citations["new"] == 2


def test_a_file_that_is_huge_when_unpacked_is_refused_before_it_fills_the_disk(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey.importing, "MOST_UNPACKED_MB", 1)
    bomb = gzip.compress(b"\n" * (5 << 20), mtime=0)
    done = import_uploads(workspace, [File("bomb.jsonl.gz", bomb), File("a.jsonl", line("a", "Thin"))], index=False)
    assert "larger than 1 MB when it is unpacked" in done.files[0].failed
    assert done.files[1].report.new == 1


def test_a_packed_file_that_is_cut_short_says_so(workspace: Workspace) -> None:
    cut = gzip.compress(b"x" * 100_000, mtime=0)[:-20]
    done = import_uploads(workspace, [File("cut.jsonl.gz", cut)], index=False)
    assert "cut short or damaged" in done.files[0].failed


def test_stopping_keeps_the_files_that_were_read(workspace: Workspace) -> None:
    def progress(what: str, done: int, total: int) -> None:
        if what == "Reading two.jsonl":
            raise Stopped

    files = [File(f"{name}.jsonl", line(name, name.title())) for name in ("one", "two", "three")]
    done = import_uploads(workspace, files, progress=progress)
    assert done.stopped and [one.report.new for one in done.files] == [1]
    assert workspace.library.count() == 1
    assert not (workspace.home.root / "uploads").exists()


def test_what_a_killed_server_left_is_removed(workspace: Workspace) -> None:
    left = workspace.home.make().root / "uploads" / "000" / "old.jsonl"
    left.parent.mkdir(parents=True)
    left.write_text(line("old", "Old"), "utf-8")
    assert import_uploads(workspace, [File("new.jsonl", line("new", "New"))], index=False).total.new == 1
    assert not left.exists() and workspace.library.count() == 1


def test_two_imports_at_once_are_refused(workspace: Workspace) -> None:
    from filelock import FileLock

    with FileLock(workspace.home.make().root / "uploads.lock"), pytest.raises(HomeError, match="running already"):
        import_uploads(workspace, [File("a.jsonl", line("a", "Thin"))])


# ---- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_counts_what_there_is_and_what_waits(library: Library, show: Show) -> None:
    app = show("library")
    figures = {one.label: one.value for one in app.metric}
    assert [figures[name] for name in ("Papers", "Citations", "With an abstract")] == ["3", "1", "2"]
    assert "3 papers wait for their vectors" in words(app)
    assert "1 citation whose other end is not here" in words(app)


def test_the_index_is_brought_up_to_date_in_the_background(library: Library, workspace: Workspace, show: Show) -> None:
    app = await_work(click(show("library"), "Index now"))
    assert "3 papers indexed" in words(app) and "Every paper is indexed" in words(app)
    assert workspace.index.count() == 3
    assert {one.label: one.value for one in app.metric}["Papers"] == "3"


def test_work_that_runs_is_found_by_every_visit_and_can_be_stopped(library: Library, home: Home, show: Show) -> None:
    def work(job: object) -> None:
        while True:
            job.progress("Embedding papers", 1, 2)  # type: ignore[attr-defined]
            time.sleep(0.02)

    job = JOBS.start(f"index {home.root}", work)
    for _ in range(2):
        app = show("library")
        assert [one.label for one in app.button if one.key == "stop-index"] == ["Stop"]
    app.button(key="stop-index").click().run()
    assert job.join(5)
    assert "Stopped. What was done until then is kept" in words(await_work(app))


def test_work_that_fails_says_why(library: Library, home: Home, show: Show) -> None:
    def work(job: object) -> None:
        raise HomeError("the <b>disk</b> is full", "Run `rm`")

    JOBS.start(f"index {home.root}", work)
    app = await_work(show("library"))
    assert [one.value for one in app.error] == ["the \\<b\\>disk\\<\\/b\\> is full.\n\nRun `rm`."]


def test_a_dropped_file_is_imported_and_indexed_and_what_was_skipped_is_told(home: Home, show: Show) -> None:
    app = show("library")
    content = (line("a", "Thin adapters") + "no json\n").encode()
    app.get("file_uploader")[0].set_value([(HOSTILE.rsplit("/", 1)[-1], content, "application/json")]).run()
    app = await_work(click(app, "Import"))
    assert "Not all could be read" in words(app) and "1 new paper" in words(app) and "1 paper indexed" in words(app)
    assert "<script>" not in words(app).replace("\\<script\\>", "")
    assert "1 skipped" in [one.label for one in app.expander]


def test_an_empty_library_can_be_filled_on_its_page(home: Home, show: Show) -> None:
    app = show("library")
    assert "The library is empty" in words(app)
    assert app.get("file_uploader")
    assert "Import files" in links(app)


def test_the_machine_is_looked_at_when_asked(library: Library, show: Show) -> None:
    app = show("library")
    assert "full\\-text search" not in words(app)
    assert "full\\-text search" in words(await_work(click(app, "Check this machine")))


def test_what_was_imported_and_waits_for_its_vectors_can_be_indexed_on_the_page(home: Home, show: Show) -> None:
    app = show("library")
    app.get("file_uploader")[0].set_value([("one.jsonl", line("a", "Thin adapters").encode(), "")]).run()
    app.toggle(key="import-index").set_value(False).run()
    app = await_work(click(app, "Import"))
    assert "What is not indexed is found by its words only" in words(app)
    assert "1 paper waits for its vector" in words(app)
    assert "1 paper indexed" in words(await_work(click(app, "Index now")))


def test_a_damaged_library_is_told_and_the_machine_can_still_be_looked_at(home: Home, show: Show) -> None:
    home.make().library.write_bytes(b"not a database, though it is long enough to be read as one" * 20)
    app = show("library")
    assert "damaged" in app.error[0].value
    assert any(one.label == "Check this machine" for one in app.button)


def test_while_the_starter_catalogue_is_loaded_the_page_shows_how_far_it_is(
    library: Library, home: Home, show: Show
) -> None:
    gate = threading.Event()
    JOBS.start(f"starter {home.root}", lambda job: gate.wait(20))
    try:
        assert [one.key for one in show("library").button if one.label == "Stop"] == ["stop-starter"]
    finally:
        gate.set()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("many.bib", "".join(f"@misc{{k{n}, title = {{Thin layers, part {n}}}, year = 2020}}\n" for n in range(300))),
        ("many.ris", "".join(f"TY  - JOUR\nTI  - Thin layers, part {n}\nPY  - 2020\nER  - \n" for n in range(300))),
        ("many.json", json.dumps([{"title": f"Thin layers, part {n}", "year": 2020} for n in range(300)])),
        ("many.csv", "title,year\n" + "".join(f"Thin layers part {n},2020\n" for n in range(300))),
    ],
)
def test_an_import_of_a_file_that_is_in_memory_already_can_be_stopped(
    workspace: Workspace, name: str, content: str
) -> None:
    calls = 0

    def stop(what: str, done: int, total: int) -> None:
        nonlocal calls
        calls += done == total  # all of it is read; its papers are not in the library yet
        if calls > 20:
            raise Stopped

    imported = import_uploads(workspace, [File(name, content)], index=False, progress=stop)
    assert imported.stopped
    assert workspace.library.count() < 300
    assert not (workspace.home.root / "uploads").exists()
    assert import_uploads(workspace, [File(name, content)], index=False).total.papers == 300
