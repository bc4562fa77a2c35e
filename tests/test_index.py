"""The vectors: made from the library, compared by content hash, and never of two models at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.embed import HashEmbedder, Tick, Vectors
from corpus.errors import IndexMismatch, InputError
from corpus.index import Index, sync
from corpus.library import Library
from corpus.models import Paper

PAPERS = [
    Paper(id="a", title="Adapters for language", abstract="Small layers in a frozen network."),
    Paper(id="b", title="Prompts for vision", abstract="Learned tokens before the patches."),
    Paper(id="c", title="Mixing images", abstract="Two pictures are blended."),
]


class CountingEmbedder(HashEmbedder):
    """Counts the texts it has seen."""

    seen = 0

    def encode(self, texts, *, tick: Tick | None = None) -> Vectors:  # type: ignore[no-untyped-def]
        self.seen += len(texts)
        return super().encode(texts, tick=tick)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "library.db")
    made.add(PAPERS, "test")
    return made


@pytest.fixture
def index(tmp_path: Path, library: Library) -> Index:
    return Index(tmp_path / "chroma", library.library_id)


def test_a_second_sync_embeds_nothing(library: Library, index: Index) -> None:
    embedder = CountingEmbedder()
    first, second = sync(library, index, embedder), sync(library, index, embedder)
    assert (first.embedded, second.embedded, second.unchanged, embedder.seen) == (3, 0, 3, 3)


def test_only_a_changed_paper_is_embedded_again(library: Library, index: Index) -> None:
    embedder = CountingEmbedder()
    sync(library, index, embedder)
    library.add([PAPERS[0].model_copy(update={"abstract": "Layers that are trained."})], "test")
    assert sync(library, index, embedder).embedded == 1
    assert embedder.seen == 4


def test_an_interrupted_sync_goes_on_where_it_was(
    library: Library, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.index.STEP", 1)

    class Dies(HashEmbedder):
        calls = 0

        def encode(self, texts, *, tick: Tick | None = None) -> Vectors:  # type: ignore[no-untyped-def]
            self.calls += 1
            if self.calls == 3:
                raise KeyboardInterrupt
            return super().encode(texts, tick=tick)

    with pytest.raises(KeyboardInterrupt):
        sync(library, index, Dies())
    assert index.count() == 2
    assert sync(library, index, HashEmbedder()).embedded == 1


def test_nearest_comes_first_and_only_of_those_allowed(library: Library, index: Index) -> None:
    embedder = HashEmbedder()
    sync(library, index, embedder)
    vector = embedder.encode(["Prompts for vision Learned tokens before the patches."])[0]
    key = library.resolve("b")
    assert index.nearest(vector, 3)[0] == (key, pytest.approx(1.0, abs=1e-5))
    others = [library.resolve("a"), library.resolve("c")]
    assert {found for found, _ in index.nearest(vector, 3, others)} == set(others)
    assert index.nearest(vector, 3, []) == []


def test_matrix_rows_are_the_vectors_of_the_keys(library: Library, index: Index) -> None:
    sync(library, index, HashEmbedder())
    keys, matrix = index.matrix()
    assert keys == sorted(library.names())
    for key, row in index.vectors(keys).items():
        assert np.allclose(matrix[keys.index(key)], row)


def test_another_model_is_refused_until_rebuilt(library: Library, index: Index) -> None:
    sync(library, index, HashEmbedder(64))
    with pytest.raises(IndexMismatch, match="index --rebuild"):
        sync(library, index, HashEmbedder(32))
    assert index.model() == "hash:64"
    assert sync(library, index, HashEmbedder(32), rebuild=True).embedded == 3
    assert index.model() == "hash:32"


def test_no_vectors_yet_says_what_to_run(index: Index) -> None:
    with pytest.raises(IndexMismatch, match="fourways index"):
        index.require_vectors()


def test_a_folder_that_is_no_index_names_the_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "chroma"
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(IndexMismatch, match="Move the folder"):
        Index(folder, "x").count()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:1"])
def test_a_server_that_does_not_answer_is_one_line(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="no Chroma server answers"):
        Index(tmp_path, "x", url).count()


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="HOST:PORT"):
        Index(tmp_path, "x", "http://host:port").count()
