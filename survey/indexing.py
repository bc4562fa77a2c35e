"""Bringing all that is derived from the library up to date: vectors, concepts, papers that are alike, places under strategies."""

from __future__ import annotations

import hashlib
from importlib import resources

from filelock import Timeout

from corpus.concepts import set_concepts
from corpus.corrections import all_corrections, corrections_state
from corpus.errors import HomeError
from corpus.index import SyncReport, sync
from corpus.library import Library
from corpus.report import Progress
from corpus.retrieval.snapshot import current, indexing
from corpus.sides import reader_of_papers
from corpus.workspace import Workspace
from survey.concepts import VERSION, mine
from survey.graph import similar_pairs
from survey.places.head import weights_version
from survey.places.placing import place_papers

_STATE = "derived_from"
_PLACES_STATE = "placed_from"
_CONCEPTS_STATE = "concepts_from"


def index_library(workspace: Workspace, *, rebuild: bool = False, progress: Progress | None = None) -> SyncReport:
    """Embed what is new or changed; then, where anything changed, make the search ready, find the similar papers and place all
    of them anew.

    Raises what `corpus.index.sync` raises, HomeError where the library is being indexed already. A run that was interrupted goes
    on where it was; until it is finished, searches use what the last finished one made.
    """
    try:
        with indexing(workspace.search_folder):
            return _index(workspace, rebuild, progress)
    except Timeout as error:
        raise HomeError(
            f"the library in {workspace.home.root} is being indexed already", "Wait for that run to end, or stop it"
        ) from error


def _index(workspace: Workspace, rebuild: bool, progress: Progress | None) -> SyncReport:
    library = workspace.library
    embedder = workspace.index_embedder()
    report = sync(library, workspace.index, embedder, rebuild=rebuild, progress=progress)
    index_concepts(library, progress)
    state = _state(workspace, reader_of_papers(report.model))
    derived = library.meta(_STATE) == state
    ready = current(workspace.search_folder).get("model") == report.model and not workspace.searcher.waiting()
    placed_from = f"{state} {corrections_state(library)} {weights_version()}"
    placed = library.meta(_PLACES_STATE) == placed_from
    if derived and ready and placed:
        return report
    keys, vectors = workspace.index.matrix()
    if not (derived and ready):
        workspace.searcher.prepare(report.model, keys, vectors, progress)
    if not derived:  # else only how questions are read has changed, or what was said of places
        pairs = similar_pairs(vectors, progress=progress)
        library.set_similar((keys[i], keys[j], cosine) for i, j, cosine in pairs)
    if not (derived and placed):
        if progress:
            progress("Placing papers under the strategies", 0, 1)
        rows = dict(zip(keys, vectors, strict=True))
        library.set_places(place_papers(list(library.all_papers()), rows, embedder, all_corrections(library)))
        library.set_meta(_PLACES_STATE, placed_from)
        if progress:
            progress("Placing papers under the strategies", 1, 1)
    library.set_meta(_STATE, state)
    return report


def index_concepts(library: Library, progress: Progress | None = None) -> bool:
    """Mine methods, tasks and data sets anew where papers, the curated terms or the mining have changed; says whether it did.

    It needs no vectors and has a state of its own: a new term does not have all papers compared again.
    """
    terms = resources.files("corpus").joinpath("terms.tsv").read_bytes()
    state = hashlib.sha256(f"{VERSION} {library.fingerprint()} ".encode() + terms).hexdigest()[:16]
    if library.meta(_CONCEPTS_STATE) == state:
        return False
    mined = mine(library.all_papers(), progress=progress)
    set_concepts(library, mined.concepts, mined.mentions)
    library.set_meta(_CONCEPTS_STATE, state)
    return True


def _state(workspace: Workspace, model: str) -> str:
    """A digest of all that the derived tables depend on: the model, the table of directions, and the papers."""
    table = resources.files("survey").joinpath("directions.toml").read_bytes()
    return hashlib.sha256(model.encode() + table + workspace.library.fingerprint().encode()).hexdigest()[:16]
