"""What a search looks through: the newest snapshot, and what the library has gained, changed and lost since.

Papers that came after the snapshot are analysed in memory and found by their words; their vectors come with the next index.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors
from corpus.errors import HomeError, IndexMismatch
from corpus.index import Index
from corpus.library import Library
from corpus.models import Filters
from corpus.report import Progress
from corpus.retrieval.analysis import Analyser
from corpus.retrieval.links import Links, build_links
from corpus.retrieval.postings import Postings, build_postings
from corpus.retrieval.ranking import Scores, authority
from corpus.retrieval.snapshot import Snapshot, current, is_indexing, load_snapshot, save_snapshot, with_vectors
from corpus.retrieval.vectors import CANDIDATES, best

# More papers than this, and a tenth of the library, are not analysed anew by every process: the snapshot is made anew.
_FEW = 2_000
# Papers between two reports of progress.
_STEP = 1_000
# Seconds after which comparing snapshot and library counts as slow.
_SLOW = 0.1
Mask = NDArray[np.bool_]


class Holdings:
    """The view of one library, kept up to date. `folder`: where snapshots are kept; None: in memory only."""

    def __init__(self, library: Library, index: Index, folder: Path | None, analyser: Analyser) -> None:
        self._library, self._index, self._folder, self._analyser = library, index, folder, analyser
        self._lock = threading.RLock()
        self._view: View | None = None
        self._known: object = None
        self._rest = 0.0

    def view(self) -> View:
        """The view of the library as it is now. Where there is no snapshot yet, or a much older one, it is made here."""
        with self._lock:
            if self._view is not None and time.monotonic() < self._rest:
                return self._view
            # Without a folder nobody else tells that the index has changed.
            known = (self._library.revision(), current(self._folder) if self._folder else self._index.revision)
            if self._view is None or known != self._known:
                started = time.monotonic()
                self._view, self._known = self._made(), known
                # While a harvest writes every second, a large library must not be compared at every query.
                took = time.monotonic() - started
                self._rest = started + 5 * took if took > _SLOW else 0.0
            return self._view

    def view_with_vectors(self) -> View:
        """The same, with the vectors that Chroma has where the snapshot has none. Raises IndexMismatch during the first index."""
        with self._lock:
            view = self.view()
            if view.snapshot.table is None and self._folder and is_indexing(self._folder):
                # Chroma cannot be read as a whole while it is written; and half of the papers is not what was asked for.
                raise IndexMismatch(
                    "the papers are being indexed for the first time",
                    "Wait for it to end, or search with --mode lexical",
                )
            if view.snapshot.table is None and (model := self._index.model()) is not None:
                newest = current(self._folder).get("name", "") if self._folder else ""
                keys, vectors = self._index.matrix()
                view = replace(view, snapshot=with_vectors(view.snapshot, model, keys, vectors))
                self._keep(view.snapshot, newest)
                self._view = view
            return view

    def renew(self, model: str, keys: Sequence[int], vectors: Vectors, progress: Progress | None = None) -> None:
        """Make a snapshot of the library as it is now, with these vectors (len(keys), d) of `model`. Raises HomeError."""
        with self._lock:
            rows, states, postings = self._analysed(None, None, progress)
            snapshot = with_vectors(Snapshot(rows, states, postings), model, keys, vectors)
            if self._folder:
                try:
                    save_snapshot(snapshot, self._folder)
                except OSError as error:
                    raise HomeError(
                        f"what makes searching fast cannot be written to {self._folder} ({error.strerror or error})",
                        "Free some disk space and run `fourways index` again",
                    ) from error
            self._view = None

    def _made(self) -> View:
        old = self._view.snapshot if self._view else None
        if self._folder is None:
            old = None
        elif old is None or current(self._folder).get("name") != old.name:
            old = load_snapshot(self._folder)
        if old is None:
            return self._whole(None)
        states = self._library.word_states()
        keys = np.array([key for key, _ in states], dtype=np.int64)
        words = np.array([state for _, state in states], dtype=old.states.dtype)
        at = np.minimum(np.searchsorted(old.keys, keys), max(0, len(old.keys) - 1))
        same = (old.keys[at] == keys) & (old.states[at] == words) if len(old.keys) else np.zeros(len(keys), dtype=bool)
        if np.count_nonzero(~same) > max(_FEW, len(keys) // 10):
            return self._whole(old)
        alive = np.zeros(len(old.keys), dtype=bool)
        alive[at[same]] = True
        added, _, postings = self._analysed(keys[~same].tolist(), old.postings)
        return View(self._library, old, np.concatenate([old.keys, added]), alive, postings)

    def _whole(self, old: Snapshot | None) -> View:
        """A snapshot of the whole library, with the vectors of `old`, and the view of it."""
        newest = current(self._folder).get("name", "") if self._folder else ""
        keys, states, postings = self._analysed(None, None)
        snapshot = Snapshot(keys, states, postings)
        if old is not None:
            snapshot = replace(snapshot, model=old.model, vector_keys=old.vector_keys, table=old.table)
        self._keep(snapshot, newest)
        _, _, none = self._analysed([], postings)
        return View(self._library, snapshot, keys, np.ones(len(keys), dtype=bool), none)

    def _analysed(
        self, pids: Sequence[int] | None, like: Postings | None, progress: Progress | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.bytes_], Postings]:
        keys: list[int] = []
        states: list[str] = []
        total = self._library.count() if progress else 0

        def texts() -> Iterator[dict[str, str]]:
            for key, state, words in self._library.words(pids):
                keys.append(key)
                states.append(state)
                if progress and len(keys) % _STEP == 0:
                    progress("Preparing the search", len(keys), total)
                yield words

        postings = build_postings(texts(), self._analyser, like=like)
        return np.array(keys, dtype=np.int64), np.array(states, dtype="S24"), postings

    def _keep(self, snapshot: Snapshot, newest: str) -> None:
        """Save it, unless an index that was finished meanwhile has a newer one than `newest`."""
        if self._folder:
            with suppress(OSError):  # a full disk must not keep anybody from searching
                save_snapshot(snapshot, self._folder, instead_of=newest)


@dataclass(frozen=True)
class View:
    """The papers as rows: first those of the snapshot, of which `alive` tells the ones that still stand, then `recent` ones."""

    library: Library
    snapshot: Snapshot
    keys: NDArray[np.int64]
    alive: Mask
    recent: Postings
    _masks: dict[tuple[str, object], Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, pids: Iterable[int]) -> list[int]:
        """The row of each of these papers that is here."""
        return [self._row_of[pid] for pid in pids if pid in self._row_of]

    def words(self, terms: Mapping[str, float]) -> NDArray[np.float32]:
        """The BM25F score of every row (n,), 0 where no term stands."""
        scores = np.concatenate([self.snapshot.postings.scores(terms), self.recent.scores(terms)])
        scores[: len(self.alive)][~self.alive] = 0
        return scores

    def meaning(self, vector: Vectors, candidates: int = CANDIDATES, within: Mask | None = None) -> NDArray[np.float32]:
        """The cosine of every row (n,) to `vector` (d,), -inf where there is no vector or the row is not `within`.

        Those of the nearest `candidates` rows are exact, the others near to it.
        """
        cosines = np.full(len(self), -np.inf, dtype=np.float32)
        table = self.snapshot.table
        if table is None:
            return cosines
        at, there = self._vectors
        cosines[there] = table.estimates(vector[None])[0][at[there]]
        if within is not None:
            cosines[~within] = -np.inf
        if candidates:
            rows = best(cosines, candidates)
            cosines[rows] = table.cosines(vector, at[rows])
        return cosines

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors (len(rows), d) of these rows. Raises KeyError with the first row that has none."""
        at, there = self._vectors
        for row in rows:
            if self.snapshot.table is None or not there[row]:
                raise KeyError(row)
        return np.asarray(self.snapshot.table.full[at[list(rows)]])  # type: ignore[union-attr]

    def has_vector(self, rows: NDArray[np.intp]) -> Mask:
        """Which of these rows have a vector."""
        return np.asarray(self._vectors[1][rows])

    @property
    def waiting(self) -> int:
        """How many papers have no vector yet."""
        return int(np.count_nonzero(self._standing & ~self._vectors[1]))

    def allowed(self, filters: Filters) -> Mask:
        """Which rows (n,) still stand and are let through."""
        mask = self._standing.copy()
        for name, value in filters:
            if value is not None:
                mask = mask & self._mask(name, value)
        return mask

    def _mask(self, name: str, value: object) -> Mask:
        if name == "year_from":
            return self._years >= int(str(value))
        if name == "year_to":
            return (self._years <= int(str(value))) & (self._years > 0)
        if (name, value) not in self._masks:
            mask = np.zeros(len(self), dtype=bool)
            mask[self.rows(self.library.matching(Filters.model_validate({name: value})))] = True
            self._masks[name, value] = mask
        return self._masks[name, value]

    @cached_property
    def authority(self) -> Scores:
        """How often each row is cited, from 0 to 1."""
        return authority(self.links.times_cited)

    @cached_property
    def has_texts(self) -> bool:
        """Whether any paper has a full text."""
        return self.library.has_fulltexts()

    @cached_property
    def links(self) -> Links:
        """Who cites whom."""
        return build_links(self.library.citations(), self._row_of, len(self))

    @cached_property
    def _vectors(self) -> tuple[NDArray[np.intp], Mask]:
        """For every row: the row of its vector in the table, and whether it has one."""
        at, there = np.zeros(len(self), dtype=np.intp), np.zeros(len(self), dtype=bool)
        if self.snapshot.vector_keys is not None and len(self.snapshot.vector_keys):
            known = self.snapshot.vector_keys
            at = np.minimum(np.searchsorted(known, self.keys), len(known) - 1)
            there = (known[at] == self.keys) & self._standing
        return at, there

    @cached_property
    def _row_of(self) -> dict[int, int]:
        rows = np.flatnonzero(self._standing)
        return dict(zip(self.keys[rows].tolist(), rows.tolist(), strict=True))

    @cached_property
    def _standing(self) -> Mask:
        return np.concatenate([self.alive, np.ones(len(self) - len(self.alive), dtype=bool)])

    @cached_property
    def _years(self) -> NDArray[np.int32]:
        years = np.zeros(len(self), dtype=np.int32)
        for key, year in self.library.years():
            if (row := self._row_of.get(key)) is not None:
                years[row] = year
        return years
