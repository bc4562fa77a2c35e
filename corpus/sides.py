"""An embedder of two sides: questions are read by one model, papers and all else by another of the same dimension."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from functools import cached_property

from corpus.embed import DEFAULT_MODEL, Embedder, Tick, Vectors

_FITTED = re.compile(rf"^({re.escape(DEFAULT_MODEL)})@[0-9a-f]{{8}}")


def reader_of_papers(model: str) -> str:
    """The name of the model whose vectors the papers have where questions are read by `model`.

    >>> reader_of_papers("all-MiniLM-L6-v2@0a1b2c3d+int8")
    'all-MiniLM-L6-v2+int8'
    """
    return _FITTED.sub(r"\1", model)


class SidedEmbedder:
    """Reads what is searched for with `queries`, and everything else with what `load` gives, once it is needed.

    What `fourways tune` fits is the side of the questions; the papers keep the vectors of the bundled model.
    """

    def __init__(self, name: str, queries: Embedder, load: Callable[[], Embedder]) -> None:
        self.name, self.dimension, self.device = name, queries.dimension, queries.device
        self._queries, self._load = queries, load
        self._lock = threading.Lock()  # the app's sessions share an embedder

    @cached_property
    def _loaded(self) -> Embedder:
        return self._load()

    def _documents(self) -> Embedder:
        with self._lock:
            return self._loaded

    def encode(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        return self._documents().encode(texts, tick=tick)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._queries.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str], *, tick: Tick | None = None) -> Vectors:
        return self._documents().encode_documents(texts, tick=tick)
