"""What became one paper: it is listed with the reason, keeps what hung on both, and can be taken apart again."""

from __future__ import annotations

import re

import pytest

from corpus.errors import InputError
from corpus.identity import title_id
from corpus.library import Library
from corpus.merges import Merge, list_merges, undo_merge
from corpus.models import Citation, Filters, Paper

NOTHING = {"new": 0, "updated": 0, "merged": 0, "unchanged": 0}


@pytest.fixture
def merged(library: Library, preprint: Paper, published: Paper) -> Library:
    """A preprint and its published form as one paper."""
    library.add([preprint], "arxiv")
    library.add([published], "journal")
    return library


def only_merge(library: Library) -> Merge:
    (merge,) = list_merges(library)
    return merge


def check_found(library: Library) -> None:
    """Every paper is found by the id it goes by, and no id leads nowhere."""
    papers = dict(library.all_papers())
    assert {pid: library.resolve(paper.name) for pid, paper in papers.items()} == {pid: pid for pid in papers}
    assert len({paper.name for paper in papers.values()}) == len(papers)
    assert library.rows("PRAGMA foreign_key_check") == []


# ---- joined ----------------------------------------------------------------------------------------------------------


def test_a_preprint_and_its_published_form_are_one_paper_and_it_is_listed(merged: Library) -> None:
    assert merged.count() == 1
    assert merged.aliases(1) == ["arxiv:2101.00001", "doi:10.1234/thin.5"]
    merge = only_merge(merged)
    assert (merge.paper_id, merge.title, merge.other_title) == ("arxiv:2101.00001", "Thin adapters.", "Thin adapters.")
    assert (merge.labels, merge.why) == (("journal",), "title, first author and year")


def test_a_shared_id_is_the_reason_where_there_is_one(library: Library, preprint: Paper) -> None:
    library.add([preprint], "arxiv")
    library.add([Paper(title="Otherwise", arxiv_id="2101.00001v3")], "list")
    assert only_merge(library).why == "arxiv:2101.00001"


def test_new_updated_and_unchanged_records_merge_nothing(library: Library, preprint: Paper) -> None:
    for record in (preprint, preprint, preprint.model_copy(update={"abstract": "Anew."})):
        library.add([record], "arxiv")
    assert list_merges(library) == []


def test_the_latest_merges_come_first(library: Library) -> None:
    for label in ("one", "two", "three"):
        library.add([Paper(title=f"As {label} has it", id="a")], label)
    assert [merge.labels for merge in list_merges(library)] == [("three",), ("two",)]
    assert len(list_merges(library, limit=1)) == 1


@pytest.fixture
def bridged(library: Library) -> Library:
    """Two papers with all that can hang on one, and a record that holds the ids of both."""
    library.add([Paper(title="Thin adapters", arxiv_id="2101.00001", abstract="Thin.")], "arxiv")
    library.add([Paper(title="On thinness", doi="10.1/x", year=2021)], "journal")
    library.add([Paper(title="Other", id="other")], "list")
    library.keep_note(2, "Read again.", "notes.md")
    library.add_note("2101.00001", "Mine.")
    library.add_tags("10.1/x", ["new", "both"])
    library.add_tags("2101.00001", ["both"])
    library.set_fulltext("10.1/x", "Whole words of the second.")
    library.add_citations([Citation(citing="other", cited="10.1/x"), Citation(citing="2101.00001", cited="other")])
    with library.transaction() as connection:
        connection.execute("INSERT INTO harvests (hid, started, request) VALUES (1, '2026-01-01', '{}')")
        connection.executemany(
            "INSERT INTO found VALUES (?, ?, 1, 1)", [("lora", 1), ("lora", 2), ("adapters", 2), ("losses", 3)]
        )
    library.add([Paper(title="Thin adapters", arxiv_id="2101.00001", doi="10.1/x", venue="ICLR")], "bridge")
    return library


def test_what_hung_on_both_papers_hangs_on_the_one(bridged: Library) -> None:
    pid = bridged.resolve("10.1/x")
    assert (pid, bridged.count()) == (bridged.resolve("2101.00001"), 2)
    assert sorted((note.text, note.source) for note in bridged.notes(pid)) == [
        ("Mine.", None),
        ("Read again.", "notes.md"),
    ]
    assert bridged.tags(pid) == ["both", "new"]
    other = bridged.resolve("other")
    assert (bridged.citing(pid), bridged.cited_by(pid)) == ([other], [other])
    assert bridged.in_fulltexts("whole", 5, Filters()) == [pid]
    assert bridged.rows("SELECT topic, pid FROM found ORDER BY 1") == [("adapters", 1), ("lora", 1), ("losses", 3)]
    assert bridged.rows("PRAGMA foreign_key_check") == []


def test_counts_after_a_join(bridged: Library) -> None:
    assert bridged.stats() == {
        "papers": 2,
        "with_abstract": 1,
        "records": 4,
        "citations_kept": 2,
        "citations": 2,
        "full_texts": 1,
        "notes": 2,
        "tagged": 1,
        "placed": 0,
        "similar_pairs": 0,
    }


def test_a_paper_keeps_its_own_full_text_when_another_joins_it(library: Library) -> None:
    library.add([Paper(title="Thin", id="a"), Paper(title="Thinner", id="b")], "list")
    library.set_fulltext("a", "first words")
    library.set_fulltext("b", "second words")
    library.add(
        [Paper(title="Thin", id="a", url="https://doi.org/10.1/x"), Paper(title="T", id="b", doi="10.1/x")], "c"
    )
    assert library.in_fulltexts("first", 5, Filters()) == [1]
    assert library.in_fulltexts("second", 5, Filters()) == []
    assert library.stats()["full_texts"] == 1


def test_the_lexical_index_follows_a_join(bridged: Library) -> None:
    assert bridged.quoting("thin", re.compile("thin", re.IGNORECASE)) == [1]
    bridged.connection.execute("INSERT INTO papers_fts (papers_fts) VALUES ('integrity-check')")


# ---- taken apart -----------------------------------------------------------------------------------------------------


def test_a_merge_that_is_undone_leaves_two_papers(merged: Library, preprint: Paper, published: Paper) -> None:
    assert undo_merge(merged, only_merge(merged).number) == ("arxiv:2101.00001", "doi:10.1234/thin.5")
    assert merged.paper("2101.00001") == preprint.model_copy(update={"id": "arxiv:2101.00001"})
    assert merged.paper("10.1234/thin.5") == published.model_copy(update={"id": "doi:10.1234/thin.5"})
    assert list_merges(merged) == []
    check_found(merged)


def test_both_papers_are_found_by_their_words(merged: Library) -> None:
    undo_merge(merged, only_merge(merged).number)
    assert merged.quoting("thin", re.compile("thin", re.IGNORECASE)) == [1, 2]
    merged.connection.execute("INSERT INTO papers_fts (papers_fts) VALUES ('integrity-check')")


def test_the_same_records_again_do_not_join_them(merged: Library, preprint: Paper, published: Paper) -> None:
    undo_merge(merged, only_merge(merged).number)
    before = merged.fingerprint()
    for _ in range(2):
        assert merged.add([published], "journal") == NOTHING | {"unchanged": 1}
        assert merged.add([preprint], "arxiv") == NOTHING | {"unchanged": 1}
    assert (merged.fingerprint(), merged.count()) == (before, 2)


def test_a_changed_version_updates_its_own_paper_alone(merged: Library, preprint: Paper, published: Paper) -> None:
    undo_merge(merged, only_merge(merged).number)
    first, second = merged.text_hashes().values()
    assert merged.add([published.model_copy(update={"abstract": "In print."})], "journal") == NOTHING | {"updated": 1}
    assert merged.text_hashes()[1] == first
    assert merged.text_hashes()[2] != second
    assert merged.add([preprint.model_copy(update={"abstract": "Anew."})], "arxiv") == NOTHING | {"updated": 1}
    assert (merged.paper("2101.00001").abstract, merged.paper("10.1234/thin.5").abstract) == ("Anew.", "In print.")
    check_found(merged)


def test_a_version_that_now_holds_the_other_s_id_takes_nothing_from_it(
    merged: Library, preprint: Paper, published: Paper
) -> None:
    undo_merge(merged, only_merge(merged).number)
    merged.add([published.model_copy(update={"arxiv_id": "2101.00001"})], "journal")
    merged.add([preprint.model_copy(update={"doi": "10.1234/thin.5"})], "arxiv")
    assert (merged.resolve("2101.00001"), merged.resolve("10.1234/thin.5")) == (1, 2)
    check_found(merged)


def test_another_source_s_record_goes_where_its_id_is(merged: Library) -> None:
    undo_merge(merged, only_merge(merged).number)
    record = Paper(title="Thin adapters", authors=("Ada Byron",), year=2021)
    assert merged.add([record.model_copy(update={"doi": "10.1234/THIN.5"})], "one") == NOTHING | {"merged": 1}
    assert merged.add([record.model_copy(update={"arxiv_id": "2101.00001"})], "two") == NOTHING | {"merged": 1}
    assert merged.rows("SELECT label, pid FROM records ORDER BY 1") == [
        ("arxiv", 1),
        ("journal", 2),
        ("one", 2),
        ("two", 1),
    ]


def test_a_record_that_matches_both_joins_the_one_that_is_free(merged: Library) -> None:
    undo_merge(merged, only_merge(merged).number)
    merged.add([Paper(title="Thin adapters", authors=("Ada Byron",), year=2021)], "list")
    assert merged.column("SELECT pid FROM records WHERE label = 'list'") == [1]
    assert merged.count() == 2


def test_notes_and_tags_stay_where_they_are(bridged: Library) -> None:
    for merge in list_merges(bridged):
        undo_merge(bridged, merge.number)
    assert [note.text for note in bridged.notes(1)] == ["Read again.", "Mine."]
    assert bridged.tags(1) == ["both", "new"]


def test_where_every_id_is_shared_the_paper_gets_one_of_its_own(library: Library) -> None:
    records = [Paper(title="Thin", id="a", abstract="One."), Paper(title="Thick", id="a", abstract="Two.")]
    library.add(records, "list")
    kept, other = undo_merge(library, only_merge(library).number)
    assert (kept, other) == ("a", "apart:1")
    assert (library.paper("a").abstract, library.paper("apart:1").abstract) == ("One.", "Two.")
    assert library.add(records, "list") == NOTHING | {"unchanged": 2}
    check_found(library)


def test_and_a_changed_version_of_it_does_not_take_the_id(library: Library) -> None:
    library.add([Paper(title="Thin", id="a")], "one")
    library.add([Paper(title="Thick", id="a")], "two")
    undo_merge(library, only_merge(library).number)
    assert library.add([Paper(title="Thicker", id="a")], "two") == NOTHING | {"updated": 1}
    assert (library.paper("a").title, library.paper("apart:1").title) == ("Thin", "Thicker")
    check_found(library)


def test_one_undone_after_another_where_every_id_is_shared(library: Library) -> None:
    library.add([Paper(title="Thin", id="a")], "one")
    for label in ("two", "three"):
        library.add([Paper(title=f"As {label} has it", id="a")], label)
        assert undo_merge(library, only_merge(library).number)[0] == "a"
    assert [paper.name for _, paper in library.all_papers()] == ["a", "apart:1", "apart:2"]
    check_found(library)


def test_a_paper_whose_last_own_id_is_taken_out_gets_another(library: Library) -> None:
    """The record that stays shares its one id with a third paper, and what is taken out has the others."""
    library.add([Paper(title="Thin", id="a")], "one")
    library.add([Paper(title="Thick", id="a")], "two")
    undo_merge(library, only_merge(library).number)
    library.add([Paper(title="Thick", id="apart:1", doi="10.1/b")], "three")
    assert undo_merge(library, only_merge(library).number) == ("apart:2", "apart:1")
    assert library.resolve("10.1/b") == library.resolve("apart:1") == 3
    check_found(library)


def test_papers_without_any_id_can_be_parted(library: Library) -> None:
    """Such a paper goes by a digest of its title, first author and year, which is shared only by equal ones."""
    thin, later = (Paper(title="Thin adapters", authors=("Ada Byron",), year=year) for year in (2020, 2021))
    library.add([thin], "one")
    library.add([later], "two")
    assert undo_merge(library, only_merge(library).number) == (title_id(thin), title_id(later))
    check_found(library)


def test_a_bridge_is_taken_out_and_then_its_ends_are_parted(bridged: Library) -> None:
    join, bridge = list_merges(bridged)
    assert (join.labels, join.other_title, join.why) == (("journal",), "On thinness", "doi:10.1/x")
    assert (bridge.labels, bridge.why) == (("bridge",), "arxiv:2101.00001")

    assert undo_merge(bridged, bridge.number) == ("arxiv:2101.00001", "apart:1")
    check_found(bridged)
    assert undo_merge(bridged, join.number) == ("arxiv:2101.00001", "doi:10.1/x")
    assert [paper.title for _, paper in bridged.all_papers()] == [
        "Thin adapters",
        "Other",
        "Thin adapters",
        "On thinness",
    ]
    check_found(bridged)


def test_the_ends_are_parted_and_then_the_bridge_is_taken_out(bridged: Library) -> None:
    join, bridge = list_merges(bridged)
    undo_merge(bridged, join.number)
    check_found(bridged)
    undo_merge(bridged, bridge.number)
    assert bridged.count() == 4
    check_found(bridged)
    assert list_merges(bridged) == []


def test_no_order_of_records_joins_them_again(bridged: Library) -> None:
    for merge in list_merges(bridged):
        undo_merge(bridged, merge.number)
    before = bridged.fingerprint()
    bridge = Paper(title="Thin adapters", arxiv_id="2101.00001", doi="10.1/x", venue="ICLR")
    assert bridged.add([bridge], "bridge") == NOTHING | {"unchanged": 1}
    assert bridged.add([Paper(title="On thinness", doi="10.1/x", year=2021)], "journal") == NOTHING | {"unchanged": 1}
    assert bridged.fingerprint() == before


def test_a_merge_inside_what_came_over_can_still_be_undone(library: Library) -> None:
    """`b` had taken in another record before it came over to `a`; parted from `a`, it can be parted itself."""
    library.add([Paper(title="Thin", id="a")], "one")
    library.add([Paper(title="Thick", id="b", doi="10.1/b")], "two")
    library.add([Paper(title="Thickest", doi="10.1/b", arxiv_id="2101.00003")], "three")  # joins b
    library.add([Paper(title="Thin", id="a", doi="10.1/b")], "four")  # joins b to a
    join = next(merge for merge in list_merges(library) if set(merge.labels) == {"two", "three"})
    undo_merge(library, join.number)
    inner = next(merge for merge in list_merges(library) if merge.labels == ("three",))
    assert inner.paper_id == "b"
    undo_merge(library, inner.number)
    assert library.paper("b").title == "Thick"
    assert library.count() == 3
    check_found(library)


def test_a_merge_is_undone_once(merged: Library) -> None:
    number = only_merge(merged).number
    undo_merge(merged, number)
    for gone in (number, 99, -1):
        with pytest.raises(InputError, match=f"no merge {gone}"):
            undo_merge(merged, gone)
    assert merged.count() == 2


def test_an_undoing_that_fails_changes_nothing(merged: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(merged.connection.iterdump())

    def fail(*_: object) -> None:
        raise InputError("the power is out", "Wait")

    monkeypatch.setattr("corpus.merges.merge_anew", fail)
    with pytest.raises(InputError, match="power"):
        undo_merge(merged, only_merge(merged).number)
    assert list(merged.connection.iterdump()) == before


# ---- versions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(preprint: Paper) -> tuple[Paper, Paper]:
    return (
        preprint.model_copy(update={"updated": "2021-01-02", "abstract": "First words."}),
        preprint.model_copy(update={"updated": "2022-01-02", "abstract": "Last words."}),
    )


def test_a_newer_version_replaces_the_text_of_that_paper_alone(library: Library, versions: tuple[Paper, Paper]) -> None:
    library.add([versions[0], Paper(title="Other", id="other")], "arxiv")
    before = library.text_hashes()
    assert library.add([versions[1]], "arxiv") == NOTHING | {"updated": 1}
    after = library.text_hashes()
    assert [pid for pid in before if before[pid] != after[pid]] == [1]
    assert library.paper("2101.00001").abstract == "Last words."
    assert library.stats()["records"] == 2


def test_an_older_version_that_comes_late_changes_nothing(library: Library, versions: tuple[Paper, Paper]) -> None:
    library.add([versions[1]], "arxiv")
    before = library.fingerprint()
    assert library.add([versions[0]], "arxiv") == NOTHING | {"unchanged": 1}
    assert library.paper("2101.00001").abstract == "Last words."
    assert library.fingerprint() == before


def test_a_version_without_a_day_counts_as_the_newest(library: Library, versions: tuple[Paper, Paper]) -> None:
    library.add([versions[1]], "arxiv")
    undated = versions[0].model_copy(update={"updated": None})
    assert library.add([undated], "arxiv") == NOTHING | {"updated": 1}
    assert library.paper("2101.00001").abstract == "First words."


def test_an_older_version_from_another_source_keeps_the_newer_text(
    library: Library, versions: tuple[Paper, Paper]
) -> None:
    library.add([versions[1]], "arxiv")
    assert library.add([versions[0]], "snapshot") == NOTHING | {"merged": 1}
    assert library.paper("2101.00001").abstract == "Last words."


# ---- pages and notes -------------------------------------------------------------------------------------------------


def test_a_page_says_what_became_of_each_record(library: Library, preprint: Paper, published: Paper) -> None:
    other = Paper(title="Other", id="other")
    assert library.add_page([preprint, other, published, preprint], "feed") == [
        (1, "new"),
        (2, "new"),
        (1, "merged"),
        (1, "unchanged"),
    ]
    assert library.add_page([published.model_copy(update={"venue": "ICLR"})], "feed") == [(1, "updated")]
    assert library.add_page([], "feed") == []


def test_a_page_names_the_paper_that_a_later_record_of_it_made(library: Library) -> None:
    one, two = Paper(title="Thin", id="a"), Paper(title="Thick", id="b", doi="10.1/x")
    library.add_page([one], "feed")
    page = [two, Paper(title="Thin", url="https://doi.org/10.1/x", id="a")]
    assert library.add_page(page, "other") == [(1, "new"), (1, "merged")]
    assert library.count() == 1


def test_a_note_that_was_read_in_a_file_is_kept_once_and_one_written_here_each_time(library: Library) -> None:
    library.add([Paper(title="Thin", id="a"), Paper(title="Thick", id="b")], "list")
    assert [library.keep_note(1, "Good.", source) for source in ("n.md", "n.md", "m.md", None, None)] == [
        True,
        False,
        True,
        True,
        True,
    ]
    assert library.keep_note(2, "Good.", "n.md")
    assert [note.source for note in library.notes(1)] == ["n.md", "m.md", None, None]
