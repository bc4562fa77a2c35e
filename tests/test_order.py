"""The order in which records arrive never changes the library, and what is known already changes nothing.

The pools are small, so that ids, titles, authors and sources meet in every way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.identity import aliases, same_work, title_id
from corpus.library import Library
from corpus.merges import list_merges, undo_merge
from corpus.models import Paper

# A record, and the label of its source.
Labelled = tuple[str, Paper]

labels = st.sampled_from(["one", "two", "three"])
days = st.sampled_from([None, "2019-05-05", "2020-01-01", "2021-06-30"])
records = st.builds(
    Paper,
    id=st.sampled_from([None, None, "a", "b", "b #2", "2101.00001v2", "n/a"]),
    arxiv_id=st.sampled_from([None, None, "2101.00001", "2101.00002v1", "no id"]),
    doi=st.sampled_from([None, None, "10.1/x", "https://doi.org/10.1/X", "10.2/y", "10.48550/arXiv.2101.00002"]),
    url=st.sampled_from([None, None, "https://arxiv.org/abs/2101.00001", "https://example.org/thin"]),
    title=st.sampled_from(["Thin adapters", "THIN adapters.", "Thick adapters", "+++"]),
    authors=st.sampled_from([(), ("Ada Byron",), ("Byron, Ada", "Lin Wei"), ("Lin Wei",)]),
    year=st.sampled_from([None, 2017, 2019, 2021, 2023]),
    abstract=st.sampled_from([None, "We freeze it.", "We thaw it."]),
    summary_by=st.sampled_from([None, None, "fourways"]),
    venue=st.sampled_from([None, "arXiv", "ICLR", "Journal of Small Models"]),
    categories=st.sampled_from([(), ("cs.LG",), ("cs.CL", "cs.LG")]),
    published=days,
    updated=days,
)


def first_id(record: Paper) -> str:
    return (aliases(record) or [title_id(record)])[0]


def key_of(labelled: Labelled) -> tuple[str, str]:
    """What a record is known by in its source."""
    label, record = labelled
    return label, first_id(record)


# No source says two things of one paper.
shelves = st.lists(st.tuples(labels, records), max_size=8, unique_by=key_of)
# A source may list a paper as often as it likes.
lists = st.lists(st.tuples(labels, records), max_size=8)


@st.composite
def shelf_in_two_orders(draw: st.DrawFn) -> tuple[list[Labelled], list[Labelled]]:
    shelf = draw(shelves)
    return shelf, draw(st.permutations(shelf))


def new_library() -> Library:
    return Library(Path(":memory:"))


def fill(library: Library, shelf: Iterable[Labelled]) -> list[dict[str, int]]:
    """Add the records in this order, those that follow each other from one source at once; returns the counts."""
    return [
        library.add([record for _, record in group], label)
        for label, group in itertools.groupby(shelf, key=lambda pair: pair[0])
    ]


def dump(library: Library) -> set[tuple[object, ...]]:
    """Everything that a library says of its papers, without the keys that it counts them by."""
    return {
        (repr(paper), repr(library.origin(pid)), tuple(library.aliases(pid)), *bodies(library, pid))
        for pid, paper in library.all_papers()
    }


def bodies(library: Library, pid: int) -> list[str]:
    return library.column("SELECT label || body FROM records WHERE pid = ? ORDER BY 1", (pid,))


def changes(counts: Sequence[dict[str, int]]) -> int:
    """How many records changed anything."""
    return sum(number for count in counts for outcome, number in count.items() if outcome != "unchanged")


def works(shelf: Sequence[Labelled]) -> set[frozenset[int]]:
    """Which of the records are the same work, worked out pair by pair: whatever is linked, however far, is one."""
    ids = [set(aliases(record) or [title_id(record)]) for _, record in shelf]
    group = list(range(len(shelf)))
    for one, other in itertools.combinations(range(len(shelf)), 2):
        if ids[one] & ids[other] or same_work(shelf[one][1], shelf[other][1]):
            joined, gone = group[one], group[other]
            group = [joined if number == gone else number for number in group]
    return {frozenset(n for n, member in enumerate(group) if member == number) for number in group}


def check_names(library: Library) -> None:
    """Every paper has records and is found by its name, no other has that name, and the words are in the index."""
    papers = dict(library.all_papers())
    assert set(library.column("SELECT DISTINCT pid FROM records")) == set(papers)
    for pid, paper in papers.items():
        assert library.resolve(paper.name) == pid
    library.connection.execute("INSERT INTO papers_fts (papers_fts) VALUES ('integrity-check')")


def check_whole(library: Library) -> None:
    """`check_names`, and every id leads to the paper of its record."""
    check_names(library)
    for pid, _ in library.all_papers():
        for (body,) in library.rows("SELECT body FROM records WHERE pid = ?", (pid,)):
            assert library.resolve(first_id(Paper.model_validate_json(body))) == pid


# ---- order -----------------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(shelf_in_two_orders())
def test_the_order_of_arrival_never_changes_the_library(orders: tuple[list[Labelled], list[Labelled]]) -> None:
    one, other = new_library(), new_library()
    fill(one, orders[0])
    fill(other, orders[1])
    assert dump(one) == dump(other)
    check_whole(one)


@settings(max_examples=40, deadline=None)
@given(shelves)
def test_records_that_are_linked_are_one_paper_and_no_others(shelf: list[Labelled]) -> None:
    library = new_library()
    fill(library, shelf)
    place = {key_of(pair): number for number, pair in enumerate(shelf)}
    keys = library.rows("SELECT pid, label, key FROM records")
    papers = {pid: frozenset(place[label, key] for p, label, key in keys if p == pid) for pid, _, _ in keys}
    assert set(papers.values()) == works(shelf)


@settings(max_examples=25, deadline=None)
@given(lists, st.data())
def test_one_batch_or_many_make_the_same_library(shelf: list[Labelled], data: st.DataObject) -> None:
    """A source that says two things of one paper keeps both, in whatever order and batches it says them."""
    for label in ("one", "two", "three"):
        mine = [record for of, record in shelf if of == label]
        again = data.draw(st.permutations(mine))
        whole, torn = new_library(), new_library()
        whole.add(mine, label)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("corpus.library.BATCH", data.draw(st.integers(1, 3)))
            torn.add(again, label)
        assert dump(whole) == dump(torn)


# ---- again -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(shelf_in_two_orders())
def test_an_import_after_an_import_changes_nothing(orders: tuple[list[Labelled], list[Labelled]]) -> None:
    first, second = orders
    library = new_library()
    fill(library, first)
    before = dump(library)
    assert changes(fill(library, first)) == 0
    assert changes(fill(library, second)) == 0
    assert dump(library) == before


@settings(max_examples=40, deadline=None)
@given(st.lists(records, max_size=8), st.data())
def test_a_source_that_lists_papers_twice_can_be_read_again_in_any_order(
    records: list[Paper], data: st.DataObject
) -> None:
    library = new_library()
    library.add(records, "list")
    before = dump(library)
    assert changes([library.add(data.draw(st.permutations(records)), "list")]) == 0
    assert dump(library) == before


# ---- versions --------------------------------------------------------------------------------------------------------


@st.composite
def versions(draw: st.DrawFn) -> list[Paper]:
    """Versions of one record from its source, updated on different days; the last is the newest."""
    record = draw(records)
    updates = draw(st.lists(st.dates(), min_size=2, max_size=5, unique=True))
    texts = draw(st.permutations(["One.", "Two.", "Three.", "Four.", "Five."]))
    return [
        record.model_copy(update={"updated": day.isoformat(), "abstract": text, "summary_by": None})
        for day, text in zip(sorted(updates), texts, strict=False)
    ]


@settings(max_examples=25, deadline=None)
@given(versions(), st.data())
def test_versions_that_arrive_in_any_order_end_with_the_newest(record: list[Paper], data: st.DataObject) -> None:
    """Each arrives in a run of its own, as pages of a harvest do."""
    library, only = new_library(), new_library()
    only.add([record[-1]], "arxiv")
    for version in data.draw(st.permutations(record)):
        library.add_page([version], "arxiv")
    assert dump(library) == dump(only)
    assert library.stats()["records"] == 1


@settings(max_examples=25, deadline=None)
@given(versions(), st.data())
def test_versions_that_one_list_holds_are_all_kept_and_the_newest_speaks(
    record: list[Paper], data: st.DataObject
) -> None:
    library = new_library()
    library.add(data.draw(st.permutations(record)), "list")
    ((_, paper),) = library.all_papers()
    assert (paper.abstract, paper.updated) == (record[-1].abstract, record[-1].updated)
    assert library.stats()["records"] == len(record)


# ---- taken apart ---------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(shelf_in_two_orders(), st.lists(st.integers(0, 20), min_size=1, max_size=4), lists)
def test_whatever_is_taken_apart_stays_whole_and_apart(
    orders: tuple[list[Labelled], list[Labelled]], picks: list[int], more: list[Labelled]
) -> None:
    """After any merges are undone every paper is found, an import of what is known changes nothing, and more can come."""
    library = new_library()
    fill(library, orders[0])
    for pick in picks:
        if merges := list_merges(library):
            count = library.count()
            ids = undo_merge(library, merges[pick % len(merges)].number)
            assert len({library.resolve(name) for name in ids}) == 2
            assert library.count() == count + 1
            check_names(library)
    before = dump(library)
    assert changes(fill(library, orders[1])) == 0
    assert dump(library) == before
    apart = library.column("SELECT DISTINCT pid FROM records JOIN apart USING (label, key) ORDER BY 1")
    fill(library, more)
    check_names(library)
    assert library.column("SELECT DISTINCT pid FROM records JOIN apart USING (label, key) ORDER BY 1") == apart
