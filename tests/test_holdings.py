"""What a search looks through: snapshots on the disk, what came after them, filters, and several processes at once."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from corpus.embed import HashEmbedder
from corpus.index import Index, sync
from corpus.library import Library
from corpus.models import Citation, Filters, Paper, Place
from corpus.retrieval.analysis import Analyser
from corpus.retrieval.holdings import Holdings
from corpus.retrieval.ranking import MANY
from corpus.retrieval.snapshot import current, load_snapshot, save_snapshot
from corpus.retrieval.vectors import CANDIDATES, best, build_table

PAPERS = [
    Paper(id="lora", title="Low-rank adaptation", abstract="Frozen weights.", year=2021, venue="ICLR"),
    Paper(id="vpt", title="Visual prompts", abstract="A frozen transformer.", year=2022, categories=["cs.CV"]),
    Paper(id="old", title="Mixup", abstract="Blended images."),
]


class Shelf:
    """A small library with its index, and holdings as one process has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = Library(folder / "library.db")
        self.library.add(PAPERS, "test")
        self.index = Index(folder / "chroma", self.library.library_id)
        sync(self.library, self.index, HashEmbedder(32))

    def open(self) -> Holdings:
        return Holdings(self.library, self.index, self.folder / "search", Analyser())

    def pid(self, name: str) -> int:
        return self.library.resolve(name)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def found(holdings: Holdings, term: str) -> list[int]:
    view = holdings.view()
    return view.keys[np.flatnonzero(view.words({term: 1.0}))].tolist()


def test_the_first_view_writes_a_snapshot_that_the_next_process_reads(shelf: Shelf) -> None:
    shelf.open().view_with_vectors()
    again = load_snapshot(shelf.folder / "search")
    assert again is not None
    assert again.model == "hash:32"
    assert again.keys.tolist() == [shelf.pid(name) for name in ("lora", "vpt", "old")]
    assert again.table is not None
    assert again.table.full == pytest.approx(shelf.index.matrix()[1])


def test_what_came_changed_or_went_after_the_snapshot_is_seen(shelf: Shelf) -> None:
    shelf.open().view()
    before = current(shelf.folder / "search")
    shelf.library.add([Paper(id="new", title="Frozen adapters", abstract="Of late.")], "test")
    shelf.library.add([PAPERS[0].model_copy(update={"abstract": "Thawed weights."})], "test")
    other = shelf.open()
    assert found(other, "frozen") == [shelf.pid("vpt"), shelf.pid("new")]
    assert found(other, "thaw") == [shelf.pid("lora")]
    assert current(shelf.folder / "search") == before  # few changes: the snapshot stays
    with shelf.library.transaction() as connection:
        connection.execute("DELETE FROM papers WHERE pid = ?", (shelf.pid("vpt"),))
    assert found(other, "frozen") == [shelf.pid("new")]


def test_a_paper_without_a_vector_waits_and_is_found_by_words(shelf: Shelf) -> None:
    holdings = shelf.open()
    assert holdings.view_with_vectors().waiting == 0
    shelf.library.add([Paper(id="new", title="Frozen adapters")], "test")
    view = holdings.view()
    assert view.waiting == 1
    cosines = view.meaning(HashEmbedder(32).encode_queries(["frozen"])[0])
    assert np.isinf(cosines[view.rows([shelf.pid("new")])]).all()


def test_a_new_snapshot_replaces_the_old_one_for_whoever_searches(shelf: Shelf) -> None:
    reader, writer = shelf.open(), shelf.open()
    reader.view_with_vectors()
    keys, vectors = shelf.index.matrix()
    writer.renew("another", keys, -vectors)
    assert reader.view().snapshot.model == "another"
    assert len(list((shelf.folder / "search").glob("snapshot-*"))) == 1


def test_what_a_search_made_never_replaces_what_an_index_made_meanwhile(shelf: Shelf) -> None:
    folder = shelf.folder / "search"
    shelf.open().view_with_vectors()
    mine, before = load_snapshot(folder), current(folder)["name"]
    assert mine is not None
    save_snapshot(mine, folder, instead_of=before)
    after = current(folder)["name"]
    assert after != before
    save_snapshot(mine, folder, instead_of=before)  # too late: another is the newest
    assert current(folder)["name"] == after


@pytest.mark.parametrize("damage", ["truncate", "remove", "pointer"])
def test_a_damaged_snapshot_is_made_again(shelf: Shelf, damage: str) -> None:
    shelf.open().view_with_vectors()
    folder = shelf.folder / "search"
    array = next(folder.glob("snapshot-*/postings-impacts.npy"))
    if damage == "truncate":
        array.write_bytes(array.read_bytes()[:40])
    elif damage == "remove":
        array.unlink()
    else:
        (folder / "current").write_text("{nonsense")
    assert load_snapshot(folder) is None
    assert found(shelf.open(), "frozen") == [shelf.pid("lora"), shelf.pid("vpt")]


def test_a_folder_that_cannot_be_written_does_not_keep_anybody_from_searching(shelf: Shelf) -> None:
    (shelf.folder / "search").write_text("a file where the folder should be")
    assert found(shelf.open(), "frozen") == [shelf.pid("lora"), shelf.pid("vpt")]


def test_filters_combine_as_the_library_has_them(shelf: Shelf) -> None:
    shelf.library.add_tags("vpt", ["to-read"])
    shelf.library.set_places([(shelf.pid("lora"), Place(strategy="efficient", direction="x", weight=1, source="hand"))])
    view = shelf.open().view()
    for filters in (
        Filters(year_from=2021),
        Filters(year_to=2021),
        Filters(year_from=2021, year_to=2022, category="CS.cv"),
        Filters(venue="iclr"),
        Filters(tag="to-read", year_from=2022),
        Filters(strategy="efficient"),
        Filters(tag="to-read", strategy="efficient"),
    ):
        assert view.keys[view.allowed(filters)].tolist() == shelf.library.matching(filters), filters


def test_links_count_who_cites_whom(shelf: Shelf) -> None:
    shelf.library.add_citations([Citation(citing="vpt", cited="lora"), Citation(citing="old", cited="lora")])
    view = shelf.open().view()
    lora, vpt, old = view.rows([shelf.pid(name) for name in ("lora", "vpt", "old")])
    assert view.links.citing(lora).tolist() == sorted([vpt, old])
    assert view.links.cited_from(vpt).tolist() == [lora]
    assert view.authority[[vpt, old]].tolist() == [0, 0]
    assert view.authority[lora] == pytest.approx(math.log(3) / math.log(1 + MANY))


def test_two_steps_find_what_a_full_comparison_finds() -> None:
    random = np.random.default_rng(0)
    # As embeddings are: much in few directions, a little in all others.
    vectors = (random.normal(size=(5_000, 384)) * (1 / np.arange(1, 385) ** 0.7)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = build_table(vectors)
    assert table.coarse.shape[1] < 384
    common = 0
    for query in vectors[:50] + 0.02 * random.normal(size=(50, 384)).astype(np.float32):
        rows = best(table.estimates(query[None])[0], CANDIDATES)
        exact = table.cosines(query, rows)
        common += len(set(rows[np.argsort(-exact)][:10]) & set(np.argsort(-(vectors @ query))[:10]))
    assert common / 500 >= 0.99


def test_best_orders_ties_by_row_and_leaves_out_what_has_no_score() -> None:
    scores = np.array([1, 3, -np.inf, 3, 2, 1], dtype=np.float32)
    assert best(scores, 3).tolist() == [1, 3, 4]
    assert best(scores, 4).tolist() == [1, 3, 4, 0]
    assert best(scores, 99).tolist() == [1, 3, 4, 0, 5]
