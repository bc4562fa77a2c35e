"""A home, opened: its library, index, embedding model and searcher, each made when it is first needed."""

from __future__ import annotations

import hashlib
import threading
from functools import cached_property
from pathlib import Path

from corpus.backends import load_embedder
from corpus.embed import DEFAULT_MODEL, Embedder
from corpus.home import Home
from corpus.index import Index
from corpus.library import Library
from corpus.retrieval.snapshot import current
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
        self._asked_for: str | None = None

    @cached_property
    def library(self) -> Library:
        return Library(self.home.make().library)

    @cached_property
    def index(self) -> Index:
        return Index(self.home.chroma, self.library.library_id, self._chroma)

    @cached_property
    def searcher(self) -> Searcher:
        return Searcher(self.library, self.index, self.embedder, self.search_folder)

    @property
    def search_folder(self) -> Path:
        """Where what is ready for searching is kept: one folder for the home's own index, one for each Chroma server."""
        server = hashlib.sha256(self._chroma.encode()).hexdigest()[:8] if self._chroma else "local"
        return self.home.search / server

    def embedder(self) -> Embedder:
        """The model that searches; loaded once. Raises ModelError, InputError.

        While an index with another model is being made, it is still the one of the last index that was finished.
        """
        return self._load(self._model or current(self.search_folder).get("model") or self.index.model())

    def index_embedder(self) -> Embedder:
        """The model of the index, which may be half made; else as `embedder`."""
        return self._load(self._model or self.index.model() or current(self.search_folder).get("model"))

    def _load(self, model: str | None) -> Embedder:
        model = model or DEFAULT_MODEL
        with self._lock:
            if self._loaded is None or self._asked_for != model:
                self._loaded, self._asked_for = load_embedder(model, self.home, self._device), model
            return self._loaded
