"""A home, opened: its library, index, embedding model and searcher, each made when it is first needed."""

from __future__ import annotations

import threading
from functools import cached_property

from corpus.backends import load_embedder
from corpus.embed import DEFAULT_MODEL, Embedder
from corpus.home import Home
from corpus.index import Index
from corpus.library import Library
from corpus.search import Searcher


class Workspace:
    """What the command line and the app work with. `model` None: the one the index was made with, else the default."""

    def __init__(
        self, home: Home, *, model: str | None = None, device: str | None = None, chroma: str | None = None
    ) -> None:
        self.home = home
        self._model, self._device, self._chroma = model, device, chroma
        # The app's sessions share a workspace; without the lock two of them could load the model twice.
        self._lock = threading.RLock()
        self._loaded: Embedder | None = None

    @cached_property
    def library(self) -> Library:
        return Library(self.home.make().library)

    @cached_property
    def index(self) -> Index:
        return Index(self.home.chroma, self.library.library_id, self._chroma)

    @cached_property
    def searcher(self) -> Searcher:
        return Searcher(self.library, self.index, self.embedder)

    def embedder(self) -> Embedder:
        """The embedding model; loaded once. Raises ModelError, InputError."""
        with self._lock:
            if self._loaded is None:
                model = self._model or self.index.model() or DEFAULT_MODEL
                self._loaded = load_embedder(model, self.home, self._device)
            return self._loaded
