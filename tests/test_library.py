"""The library: identity over time, citations that wait for their papers, notes, filters, and a file that is not well."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from corpus.database import SCHEMA_VERSION
from corpus.errors import HomeError, InputError, LibraryError, UnknownPaper
from corpus.library import BATCH, Library
from corpus.models import MAX_NOTE, Citation, Filters, Paper, Place
from corpus.retrieval.asking import whole_phrase

NOTHING = {"new": 0, "updated": 0, "merged": 0, "unchanged": 0}


def keys_and_names(library: Library) -> dict[int, str]:
    return {pid: paper.name for pid, paper in library.all_papers()}


# ---- records become papers -------------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_went_in(library: Library, preprint: Paper) -> None:
    assert library.add([preprint], "arxiv") == NOTHING | {"new": 1}
    assert library.paper("2101.00001") == preprint.model_copy(update={"id": "arxiv:2101.00001"})


def test_the_same_record_again_changes_nothing(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    before = library.fingerprint()
    assert library.add([preprint], "arxiv") == NOTHING | {"unchanged": 1}
    assert library.fingerprint() == before
    assert library.stats()["records"] == 1


def test_a_changed_record_of_the_same_source_updates_its_paper(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    assert library.add([preprint.model_copy(update={"abstract": "Anew."})], "arxiv") == NOTHING | {"updated": 1}
    assert library.paper("2101.00001").abstract == "Anew."
    assert library.stats()["records"] == 1


def test_a_record_with_another_id_merges_and_both_ids_are_known(
    library: Library, preprint: Paper, published: Paper
) -> None:
    library.add([preprint], "arxiv")
    assert library.add([published], "journal") == NOTHING | {"merged": 1}
    assert library.stats()["papers"] == 1
    assert library.paper("2101.00001") == library.paper("10.1234/THIN.5")
    assert library.aliases(1) == ["arxiv:2101.00001", "doi:10.1234/thin.5"]
    assert library.origin(1)["venue"] == "journal"


def test_which_record_came_first_does_not_matter(tmp_path: Path, preprint: Paper, published: Paper) -> None:
    one, other = Library(tmp_path / "one.db"), Library(tmp_path / "other.db")
    one.add([preprint], "arxiv")
    one.add([published], "journal")
    other.add([published], "journal")
    other.add([preprint], "arxiv")
    assert one.paper("2101.00001") == other.paper("2101.00001")


def test_a_record_that_holds_the_ids_of_two_papers_makes_them_one(library: Library) -> None:
    library.add([Paper(title="Thin adapters", arxiv_id="2101.00001"), Paper(title="On thinness", doi="10.1/x")], "a")
    library.add_note("10.1/x", "Read again.")
    library.add_tags("10.1/x", ["new", "both"])
    library.add_tags("2101.00001", ["both"])
    library.add_citations([Citation(citing="other", cited="10.1/x")])

    bridge = Paper(title="Thin adapters", arxiv_id="2101.00001", doi="10.1/x")
    assert library.add([bridge, Paper(title="Other", id="other")], "b") == NOTHING | {"merged": 1, "new": 1}

    pid = library.resolve("2101.00001")
    assert pid == library.resolve("10.1/x")
    assert [note.text for note in library.notes(pid)] == ["Read again."]
    assert library.tags(pid) == ["both", "new"]
    assert library.citing(pid) == [library.resolve("other")]
    assert library.stats()["records"] == 4


def test_an_abstract_of_the_authors_replaces_a_summary(library: Library) -> None:
    library.add([Paper(title="T", arxiv_id="2101.00001", abstract="In short.", summary_by="fourways")], "starter")
    library.add([Paper(title="T", arxiv_id="2101.00001", abstract="At length.")], "arxiv")
    paper = library.paper("2101.00001")
    assert (paper.abstract, paper.summary_by) == ("At length.", None)


def test_a_source_that_lists_a_paper_twice_keeps_both_records(library: Library) -> None:
    twice = [Paper(title="T", id="t", abstract="Long ago."), Paper(title="T", id="t", venue="ICLR")]
    assert library.add(twice, "list") == NOTHING | {"new": 1, "merged": 1}
    assert (library.paper("t").abstract, library.paper("t").venue) == ("Long ago.", "ICLR")


def test_and_reading_that_source_again_changes_nothing(library: Library) -> None:
    twice = [Paper(title="T", id="t", abstract="Long ago."), Paper(title="T", id="t", venue="ICLR")]
    library.add([*twice, twice[0]], "list")
    assert library.add([*twice, twice[0]], "list") == NOTHING | {"unchanged": 3}


def test_papers_of_one_title_and_year_by_different_authors_stay_apart(library: Library) -> None:
    editorials = [Paper(title="Editorial", authors=(name,), year=2020) for name in ("Ada Byron", "Lin Wei")]
    assert library.add(editorials, "list") == NOTHING | {"new": 2}


def test_a_bare_title_is_the_same_paper_in_every_source(library: Library) -> None:
    library.add([Paper(title="Thin adapters", year=2021)], "one.csv")
    assert library.add([Paper(title="Thin Adapters", year=2021)], "other.csv") == NOTHING | {"merged": 1}
    assert list(keys_and_names(library).values()) == [library.aliases(1)[0]]


def test_papers_whose_id_is_a_blank_stay_apart(library: Library) -> None:
    blank = [Paper(title=title, doi="N/A", id="none") for title in ("Thin", "Thick")]
    assert library.add(blank, "export") == NOTHING | {"new": 2}


def test_what_came_before_a_failing_source_is_kept(library: Library) -> None:
    def broken() -> Iterator[Paper]:
        for number in range(BATCH + 5):
            yield Paper(title=f"Paper {number}")
        raise InputError("the wire is cut", "Mend it")

    with pytest.raises(InputError, match="cut"):
        library.add(broken(), "wire")
    assert library.stats()["papers"] == BATCH + 5


def test_a_label_of_any_characters_will_do(library: Library, preprint: Paper) -> None:
    library.add([preprint], "caf\udce9.jsonl")
    assert library.origin(1)["title"] == "caf.jsonl"


# ---- ids and citations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unknown", ["2101.99999", "", "x" * 100_000, "\udcff", "'; DROP TABLE papers; --"])
def test_an_unknown_id_is_an_error_that_says_so(library: Library, unknown: str) -> None:
    with pytest.raises(UnknownPaper, match="known as"):
        library.resolve(unknown)


def test_citations_light_up_when_their_paper_arrives(library: Library) -> None:
    library.add([Paper(title="New", id="new")], "a")
    assert library.add_citations([Citation(citing="new", cited="https://arxiv.org/abs/2101.00001v3")]) == {
        "new": 1,
        "linked": 0,
    }
    with pytest.raises(UnknownPaper):
        library.resolve("2101.00001")
    library.add([Paper(title="Old", arxiv_id="2101.00001")], "b")
    new, old = library.resolve("new"), library.resolve("2101.00001")
    assert library.citations() == [(new, old)]
    assert (library.cited_by(new), library.citing(old)) == ([old], [new])


def test_citations_of_one_paper_under_two_ids_count_once_and_of_itself_never(library: Library) -> None:
    library.add([Paper(title="Old", arxiv_id="2101.00001", doi="10.1/x"), Paper(title="New", id="new")], "a")
    edges = [("new", "10.1/x"), ("new", "2101.00001"), ("10.1/x", "2101.00001")]
    library.add_citations(Citation(citing=citing, cited=cited) for citing, cited in edges)
    assert library.citations() == [(2, 1)]


def test_a_citation_that_is_known_is_not_new(library: Library) -> None:
    edge = Citation(citing="a", cited="b")
    assert library.add_citations([edge, edge])["new"] == 1
    assert library.add_citations([edge])["new"] == 0


# ---- notes, tags, places, filters, words -----------------------------------------------------------------------------


def test_notes_are_kept_in_order_with_their_lines(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    written = library.add_note("2101.00001", " First:\n  thin.\x00 ")
    library.add_note("2101.00001", "Second.")
    assert written.text == "First:\n  thin."
    assert [note.text for note in library.notes(1)] == ["First:\n  thin.", "Second."]
    assert written.created.endswith("+00:00")


@pytest.mark.parametrize("text", ["", " \n ", "\udcff", "x" * (MAX_NOTE + 1)])
def test_an_empty_or_endless_note_is_refused(library: Library, preprint: Paper, text: str) -> None:
    library.add([preprint], "arxiv")
    with pytest.raises(InputError, match="note"):
        library.add_note("2101.00001", text)
    assert library.notes(1) == []


def test_tags_are_lower_case_and_set_once(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    assert library.add_tags("2101.00001", ["To Read", "to  read ", "\udcffa"]) == ["a", "to read"]
    assert library.matching(Filters(tag="TO READ")) == [1]


@pytest.mark.parametrize("tags", [[], [" "], ["x" * 101]])
def test_an_empty_or_endless_tag_is_refused(library: Library, preprint: Paper, tags: list[str]) -> None:
    library.add([preprint], "arxiv")
    with pytest.raises(InputError, match="tag"):
        library.add_tags("2101.00001", tags)


def test_notes_survive_an_update_of_their_paper(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    library.add_note("2101.00001", "Mine.")
    library.add([preprint.model_copy(update={"title": "Thinner Adapters"})], "arxiv")
    assert [note.text for note in library.notes(1)] == ["Mine."]


@pytest.fixture
def shelf(library: Library) -> Library:
    library.add(
        [
            Paper(
                title="Thin adapters", abstract="Frozen networks learn.", year=2020, venue="ICLR", categories=("cs.LG",)
            ),
            Paper(
                title="Prompt tables", abstract="Adapting by prompts.", year=2021, venue="ACL", categories=("cs.CL",)
            ),
            Paper(title="Undated work", authors=("Zoë Frozen",)),
        ],
        "shelf",
    )
    library.add_tags(library.names()[2], ["read"])
    library.set_places([(1, Place(strategy="efficient", direction="adapters", weight=0.9, source="hand"))])
    return library


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), [1, 2, 3]),
        (Filters(year_from=2021), [2]),
        (Filters(year_to=2020), [1]),
        (Filters(year_from=2020, year_to=2021), [1, 2]),
        (Filters(year_from=2022, year_to=2019), []),
        (Filters(venue="iclr"), [1]),
        (Filters(venue="\udcff"), []),
        (Filters(category="CS.cl"), [2]),
        (Filters(tag="read"), [2]),
        (Filters(strategy="efficient"), [1]),
        (Filters(strategy="efficient", year_from=2021), []),
    ],
)
def test_filters(shelf: Library, filters: Filters, found: list[int]) -> None:
    assert shelf.matching(filters) == found


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("frozen", [1]),
        ("Prompt  tables", [2]),  # capitals and space aside
        ("adapter", []),  # word for word: there are adapters and adapting
        ("tables prompt", []),
        ("nothing", []),
        ('"', []),
        ("AND OR NEAR(", []),
    ],
)
def test_quoting_finds_phrases_word_for_word(shelf: Library, phrase: str, found: list[int]) -> None:
    assert shelf.quoting(phrase, whole_phrase(phrase)) == found


def test_quoting_follows_a_changed_title_and_reads_full_texts(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    library.add([preprint.model_copy(update={"title": "Slim Modules"})], "arxiv")
    assert library.quoting("slim modules", whole_phrase("slim modules")) == [1]
    assert library.quoting("thin adapters", whole_phrase("thin adapters")) == []
    library.set_fulltext("2101.00001", "Thin adapters, at length.")
    assert library.quoting("thin adapters", whole_phrase("thin adapters")) == [1]


def test_words_come_with_a_state_that_changes_with_them(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    (before,) = library.words()
    assert before[2]["title"] == preprint.title
    assert library.word_states() == [before[:2]]
    library.add([preprint.model_copy(update={"abstract": "Other words."})], "arxiv")
    assert library.word_states() != [before[:2]]


def test_revision_counts_what_was_written(library: Library, preprint: Paper) -> None:
    before = library.revision()
    library.add([preprint], "arxiv")
    after = library.revision()
    assert after > before
    library.add_tags("2101.00001", ["read"])
    assert library.revision() == after + 1
    library.add_tags("2101.00001", ["read"])  # there already
    assert library.revision() == after + 1


def test_counts_among_some_papers(shelf: Library) -> None:
    assert dict(shelf.counts_among([1, 2], "category")) == dict(shelf.counts_among([1, 2, 3], "category"))
    assert shelf.counts_among([1], "strategy") == [("efficient", 1)]
    assert [year for year, _ in shelf.counts_among([1, 2, 3], "year")] == sorted(
        year for year, _ in shelf.counts_by("year")
    )
    assert shelf.counts_among([], "venue") == []


def test_places_come_heaviest_first_and_are_replaced_as_a_whole(shelf: Library) -> None:
    light = Place(strategy="existing", direction="reuse", weight=0.2, source="computed")
    heavy = Place(strategy="efficient", direction="adapters", weight=0.8, source="computed")
    shelf.set_places([(2, light), (2, heavy)])
    assert shelf.places() == {2: [heavy, light]}
    assert shelf.places([1, 2]) == {2: [heavy, light]}
    assert shelf.places([]) == {}


def test_similar_pairs_are_kept_once_and_found_from_both_ends(shelf: Library) -> None:
    shelf.set_similar([(2, 1, 0.5), (1, 3, 0.7)])
    assert shelf.similar() == [(1, 2, 0.5), (1, 3, 0.7)]
    assert shelf.similar_to(1) == [(3, 0.7), (2, 0.5)]
    assert shelf.similar_to(2) == [(1, 0.5)]


def test_counts(shelf: Library) -> None:
    assert shelf.counts_by("year") == [("2020", 1), ("2021", 1)]
    assert shelf.counts_by("venue") == [("ACL", 1), ("ICLR", 1)]
    assert shelf.counts_by("strategy") == [("efficient", 1)]
    assert shelf.counts_by("label") == [("shelf", 3)]
    stats = shelf.stats()
    assert (stats["papers"], stats["with_abstract"], stats["tagged"], stats["placed"]) == (3, 2, 1, 1)


def test_papers_come_in_the_order_asked_for(shelf: Library) -> None:
    assert [paper.title for paper in shelf.papers([3, 99, 1])] == ["Undated work", "Thin adapters"]


def test_the_fingerprint_follows_what_papers_say_and_not_notes(shelf: Library) -> None:
    before = shelf.fingerprint()
    shelf.add_note(shelf.names()[1], "Mine.")
    assert shelf.fingerprint() == before
    shelf.add([Paper(title="One more")], "shelf")
    assert shelf.fingerprint() != before


# ---- the file --------------------------------------------------------------------------------------------------------


def test_a_library_is_the_same_when_it_is_opened_again(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    again = Library(library.path)
    assert again.library_id == library.library_id
    assert again.paper("2101.00001") == library.paper("2101.00001")


def test_a_library_of_a_newer_format_is_left_alone(library: Library) -> None:
    library.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(LibraryError, match="newer"):
        Library(library.path)


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"not a database, surely\n" * 100)
    with pytest.raises(LibraryError, match="damaged"):
        Library(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_file_that_lost_its_middle_is_an_error(library: Library) -> None:
    library.add((Paper(title=f"Paper {number}", abstract="word " * 50) for number in range(200)), "a")
    library.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    library.close()
    data = library.path.read_bytes()
    library.path.write_bytes(data[:8192] + b"\xff" * (len(data) - 8192))
    with pytest.raises(LibraryError, match="damaged"):
        list(Library(library.path).all_papers())


def test_another_program_s_database_is_an_error(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "library.db")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.close()
    with pytest.raises(LibraryError, match="no such table"):
        Library(tmp_path / "library.db").stats()


def test_a_home_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    # Works for root as well, whom no permission stops.
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HomeError, match="cannot be made"):
        Library(tmp_path / "file" / "home" / "library.db")


def test_a_library_that_is_a_folder_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "library.db").mkdir()
    with pytest.raises(HomeError, match="cannot be used"):
        Library(tmp_path / "library.db")


def test_a_transaction_that_fails_leaves_nothing(library: Library) -> None:
    with pytest.raises(InputError), library.transaction() as connection:
        connection.execute("INSERT INTO meta VALUES ('key', 'value')")
        raise InputError("something else is wrong", "Mend it")
    assert library.meta("key") is None
    library.set_meta("key", "value")  # and the next one works
    assert library.meta("key") == "value"


# ---- more than one writer --------------------------------------------------------------------------------------------


def test_threads_share_a_library(library: Library) -> None:
    counts: list[dict[str, int]] = []

    def write(start: int) -> None:
        counts.append(
            library.add((Paper(title=f"Paper {n}", id=str(n)) for n in range(start, start + 300)), f"t{start}")
        )
        library.close()

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 150, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert library.stats()["papers"] == 600
    assert sum(count["new"] for count in counts) == 600
    assert sum(count["merged"] for count in counts) == 300


_WRITER = """
import sys
from pathlib import Path
from corpus.library import Library
from corpus.models import Paper
path, start = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.read(1)
Library(path).add((Paper(title=f"Paper {n}", id=str(n)) for n in range(start, start + 300)), f"p{start}")
"""


def test_processes_make_and_write_a_library_at_once(tmp_path: Path) -> None:
    path = tmp_path / "home" / "library.db"
    root = Path(__file__).parents[1]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(start)], cwd=root, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        for start in (0, 150, 300)
    ]
    for writer in writers:  # all are up before the first may start
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"!")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    assert Library(path).stats()["papers"] == 600
