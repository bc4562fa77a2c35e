"""The vectors of the library's papers, in Chroma: a cache of the library that can always be made again.

A library has one collection, named after the library's own id, so that several libraries can share a Chroma server. Every row
is a paper's key, its vector, and the model, dimension and content hash that it was made from.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from corpus.embed import Embedder, Vectors
from corpus.errors import IndexMismatch, InputError
from corpus.identity import embedding_text
from corpus.library import Library
from corpus.models import Frozen
from corpus.report import Progress

# Papers embedded and written in one step: what an interrupted run loses at most.
STEP = 512
# Rows fetched in one step; Chroma's own limit on a local index is 5,461.
_PAGE = 5_000
_REBUILD = "Run `fourways index --rebuild`"
# HNSW (Malkov & Yashunin 2016, arXiv:1603.09320): a search width of 200 finds 99% of the exact first 100 at 30,000 papers.
_CONFIGURATION = {"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}}


class SyncReport(Frozen):
    """What bringing the index up to date did: papers embedded, left as they were, and removed."""

    model: str
    device: str
    dimension: int
    embedded: int
    unchanged: int
    removed: int


class Index:
    """The collection of the library `library_id`, in `folder`, or on the Chroma server at `url`.

    Nothing is opened before it is needed. Raises InputError where the server cannot be reached, IndexMismatch where the
    folder cannot be read.
    """

    def __init__(self, folder: Path, library_id: str, url: str | None = None) -> None:
        self._folder, self._url = folder, url
        self._name = f"papers-{library_id}"
        self._client_: Any = None
        # Counted up by every write of this process: how what is kept of the vectors elsewhere learns that it is out of date.
        self.revision = 0
        self._lock = threading.Lock()  # Chroma fails where two threads open one folder at once

    # ---- state ---------------------------------------------------------------------------------------------------

    def model(self) -> str | None:
        """The name of the model whose vectors these are; None where there are none."""
        found = self._find()
        return None if found is None else str((found.metadata or {}).get("model"))

    def count(self) -> int:
        found = self._find()
        return 0 if found is None else int(found.count())

    def require_vectors(self) -> str:
        """The name of the model whose vectors these are. Raises IndexMismatch where there are none."""
        model = self.model()
        if model is None:
            raise IndexMismatch("the papers have no vectors yet", "Run `fourways index`, or search with --mode lexical")
        return model

    def require(self, embedder: Embedder) -> None:
        """Raises IndexMismatch unless there are vectors, and of this model."""
        model = self.require_vectors()
        if model != embedder.name:
            raise model_mismatch(model, embedder.name)

    def hashes(self) -> dict[int, str]:
        """Key -> content hash of every row."""
        found = self._find()
        hashes: dict[int, str] = {}
        if found is None:
            return hashes
        for page in self._pages(found, ["metadatas"]):
            hashes.update((int(key), str(row["hash"])) for key, row in zip(page["ids"], page["metadatas"], strict=True))
        return hashes

    # ---- reading -------------------------------------------------------------------------------------------------

    def nearest(self, vector: Vectors, k: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """The `k` papers nearest to `vector` (d,), as `(key, cosine)`, nearest first; only of `among` where given."""
        found = self._find()
        if found is None or k < 1 or (among is not None and not among):
            return []
        limit: dict[str, Any] = {} if among is None else {"ids": [str(key) for key in among]}
        with self._guard():
            answer = found.query(query_embeddings=[vector], n_results=k, include=["distances"], **limit)
        pairs = zip(answer["ids"][0], answer["distances"][0], strict=True)
        return sorted(((int(key), 1.0 - float(d)) for key, d in pairs), key=lambda pair: (-pair[1], pair[0]))

    def vectors(self, keys: Sequence[int]) -> dict[int, Vectors]:
        """Key -> vector (d,) of those papers that have one."""
        found = self._find()
        if found is None:
            return {}
        vectors: dict[int, Vectors] = {}
        for start in range(0, len(keys), _PAGE):
            with self._guard():
                page = found.get(ids=[str(key) for key in keys[start : start + _PAGE]], include=["embeddings"])
            vectors.update(zip(map(int, page["ids"]), np.asarray(page["embeddings"], dtype=np.float32), strict=True))
        return vectors

    def matrix(self) -> tuple[list[int], Vectors]:
        """All keys, ascending, and their vectors (n, d)."""
        found = self._find()
        if found is None:
            return [], np.zeros((0, 0), dtype=np.float32)
        keys: list[int] = []
        parts: list[Vectors] = []
        for page in self._pages(found, ["embeddings"]):
            keys += map(int, page["ids"])
            parts.append(np.asarray(page["embeddings"], dtype=np.float32))
        if not keys:
            return [], np.zeros((0, 0), dtype=np.float32)
        order = np.argsort(keys)
        return [keys[row] for row in order], np.concatenate(parts)[order]

    # ---- writing -------------------------------------------------------------------------------------------------

    def start(self, embedder: Embedder, *, rebuild: bool = False) -> None:
        """Make the collection where it is missing; `rebuild` throws the old one away first. Raises IndexMismatch."""
        self.revision += 1
        if rebuild and self._find() is not None:
            with self._guard():
                self._client.delete_collection(self._name)
        if self._find() is not None:
            self.require(embedder)
            return
        with self._guard():
            self._client.create_collection(
                self._name,
                embedding_function=None,
                configuration=_CONFIGURATION,
                metadata={"model": embedder.name, "dimension": embedder.dimension},
            )

    def adopt(self, model: str) -> None:
        """Call the vectors those of `model`: one that reads questions in its own way, and papers as the model before."""
        self.revision += 1
        found = self._find()
        with self._guard():
            found.modify(metadata={**found.metadata, "model": model})

    def write(self, embedder: Embedder, hashes: Mapping[int, str], vectors: Vectors) -> None:
        """Add or replace the rows of these papers; `vectors` (len(hashes), d) in the order of `hashes`."""
        self.revision += 1
        row = {"model": embedder.name, "dimension": embedder.dimension}
        with self._guard():
            self._find().upsert(
                ids=[str(key) for key in hashes],
                embeddings=vectors,
                metadatas=[row | {"hash": digest} for digest in hashes.values()],
            )

    def remove(self, keys: Sequence[int]) -> None:
        self.revision += 1
        for start in range(0, len(keys), _PAGE):
            with self._guard():
                self._find().delete(ids=[str(key) for key in keys[start : start + _PAGE]])

    # ---- Chroma --------------------------------------------------------------------------------------------------

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._client_ is None:
                self._client_ = self._open()
        return self._client_

    def _open(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        with self._guard():
            if self._url:
                return chromadb.HttpClient(settings=settings, **_server(self._url))
            self._folder.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(str(self._folder), settings=settings)

    def _find(self) -> Any:
        """The collection, or None where there is none. Asked anew each time: another process may have rebuilt it."""
        from chromadb.errors import NotFoundError

        with self._guard():
            try:
                return self._client.get_collection(self._name, embedding_function=None)
            except NotFoundError:
                return None

    def _pages(self, collection: Any, include: list[str]) -> Iterator[Any]:
        offset = 0
        while True:
            with self._guard():
                page = collection.get(limit=_PAGE, offset=offset, include=include)
            if not page["ids"]:
                return
            yield page
            offset += len(page["ids"])

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn what Chroma raises into the error that a user can act on."""
        import httpx
        from chromadb.errors import ChromaError

        try:
            yield
        except (httpx.HTTPError, ConnectionError) as error:
            raise InputError(f"no Chroma server answers at {self._url}", "Start it, or leave --chroma out") from error
        except (ChromaError, OSError, ValueError) as error:
            if self._url and "connect" in str(error).lower():
                raise InputError(
                    f"no Chroma server answers at {self._url}", "Start it, or leave --chroma out"
                ) from error
            raise IndexMismatch(
                f"the vectors in {self._url or self._folder} cannot be used ({str(error)[:160]})",
                _REBUILD if self._url else f"Move the folder {self._folder} away and run `fourways index`",
            ) from error


def sync(
    library: Library, index: Index, embedder: Embedder, *, rebuild: bool = False, progress: Progress | None = None
) -> SyncReport:
    """Embed what is new or changed, remove what is gone. Each step is kept, so an interrupted run goes on where it was.

    Raises IndexMismatch where the vectors are another model's and `rebuild` is not asked for.
    """
    index.start(embedder, rebuild=rebuild)
    wanted, present = library.text_hashes(), index.hashes()
    stale = [key for key, digest in wanted.items() if present.get(key) != digest]
    gone = [key for key in present if key not in wanted]
    index.remove(gone)
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress("Embedding papers", done, len(stale))

    for start in range(0, len(stale), STEP):
        keys = stale[start : start + STEP]
        papers = library.papers(keys)
        vectors = embedder.encode_documents([embedding_text(paper) for paper in papers], tick=tick)
        index.write(embedder, {key: wanted[key] for key in keys}, vectors)
    return SyncReport(
        model=embedder.name,
        device=embedder.device,
        dimension=embedder.dimension,
        embedded=len(stale),
        unchanged=len(wanted) - len(stale),
        removed=len(gone),
    )


def model_mismatch(there: str, given: str) -> IndexMismatch:
    """The vectors are those of the model `there`, and `given` is another."""
    return IndexMismatch(
        f"the vectors were made by the model {there!r}, and this is {given!r}",
        f"Run `fourways index --rebuild --model {given}`, or use --model {there}",
    )


def _server(url: str) -> dict[str, Any]:
    """Host, port and scheme of a Chroma server's address."""
    parts = urlsplit(url if re.match(r"^https?://", url) else f"http://{url}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if not parts.hostname or port == -1:
        raise InputError(f"{url!r} is not the address of a Chroma server", "Write it as http://HOST:PORT")
    secure = parts.scheme == "https"
    return {"host": parts.hostname, "port": port or (443 if secure else 8000), "ssl": secure}
