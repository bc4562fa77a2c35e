"""From a topic to a draft in steps: choose the papers, fetch what the library knows of them, build the outline, write the draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.embed import Vectors
from corpus.errors import InputError, QueryError, UnknownPaper, shorten
from corpus.library import Library
from corpus.models import Paper
from corpus.report import Progress
from corpus.workspace import Workspace
from survey.draft import Draft, write_draft
from survey.draft.gathering import find_gaps, load_spoken
from survey.outline import Outline, build_outline
from survey.selection import select_papers
from survey.strategies import SURE

MAX_PAPERS = 20_000
STAGES = ("Finding papers", "Reading papers", "Building the outline", "Looking for gaps", "Writing")


@dataclass(frozen=True)
class Sources:
    """The papers of a survey, and what the library knows of them: rows of `vectors` (n, d) belong to `papers` and their `keys`.

    `citations` are pairs (i, j): papers[i] cites papers[j].
    """

    keys: Sequence[int]
    papers: Sequence[Paper]
    vectors: Vectors
    citations: Sequence[tuple[int, int]]

    @property
    def years(self) -> dict[str, int | None]:
        """Paper id -> year."""
        return {paper.name: paper.year for paper in self.papers}


def compose(
    workspace: Workspace,
    topic: str,
    *,
    ids: Sequence[str] | None = None,
    max_papers: int = 150,
    pins: Sequence[str] = (),
    exclude: Sequence[str] = (),
    progress: Progress | None = None,
) -> Draft:
    """A draft on `topic` from the `max_papers` most relevant papers, or from exactly the papers `ids`.

    `pins` are papers that are in it whatever the search says, `exclude` papers that are not; both by id or title. `progress` is
    told each of the STAGES. Raises QueryError for a topic that cannot be searched, UnknownPaper for a paper that the library
    lacks, InputError where no paper is left or nobody wrote about the topic, IndexMismatch where there are no vectors.
    """

    def stage(done: int) -> None:
        if progress:
            progress(STAGES[min(done, len(STAGES) - 1)], done, len(STAGES))

    topic = " ".join(topic.split())
    stage(0)
    relevance = choose_papers(
        workspace, topic, ids=ids, max_papers=max_papers, pins=pins, exclude=exclude, step=lambda: stage(0)
    )
    stage(1)
    sources = load_sources(workspace, list(relevance), topic)
    stage(2)
    outline = outline_of(topic, sources, relevance, lambda: stage(2))
    stage(3)
    draft = draft_of(workspace, outline, sources, lambda: stage(4))
    stage(5)
    return draft


def choose_papers(
    workspace: Workspace,
    topic: str,
    *,
    ids: Sequence[str] | None = None,
    max_papers: int = 150,
    pins: Sequence[str] = (),
    exclude: Sequence[str] = (),
    step: Callable[[], None] = lambda: None,
) -> dict[int, float]:
    """The first step: key -> relevance in 0..1 of the papers of a survey, the most relevant first. See `compose`.

    `step` is called between the parts of the work, and may raise to stop.
    """
    topic = " ".join(topic.split())
    _check(topic, ids, max_papers, pins, exclude)
    library = workspace.library
    if ids is None:
        pinned, excluded = find_papers(library, pins), find_papers(library, exclude)
        return select_papers(workspace, topic, max_papers, pins=pinned, exclude=excluded, step=step)
    return {library.resolve(one): 1.0 for one in ids}


def load_sources(workspace: Workspace, keys: Sequence[int], topic: str = "") -> Sources:
    """What the library knows of the papers of these keys that are indexed. Raises InputError where none is, IndexMismatch."""
    workspace.index.require(workspace.embedder())
    rows = workspace.index.vectors(list(keys))
    keys = [key for key in keys if key in rows]
    if not keys:
        raise InputError(
            f"the library has no indexed paper on {shorten(topic)!r}", "Import papers on it, then run `fourways index`"
        )
    return Sources(
        keys=keys,
        papers=placed_papers(workspace.library, keys),
        vectors=np.stack([rows[key] for key in keys]),
        citations=citations_among(workspace.library, keys),
    )


def outline_of(
    topic: str, sources: Sources, relevance: Mapping[int, float], step: Callable[[], None] = lambda: None
) -> Outline:
    """The second step: the outline of these papers. `relevance` by key; a paper that it lacks has the least.

    `step` is called between the parts of the work, and may raise to stop.
    """
    weights = [relevance.get(key, 0.0) for key in sources.keys]
    return build_outline(topic, sources.papers, sources.vectors, sources.citations, relevance=weights, step=step)


def draft_of(
    workspace: Workspace, outline: Outline, sources: Sources, writing: Callable[[], None] = lambda: None
) -> Draft:
    """The last step: the draft of an outline, built or changed by hand, of the papers of `sources`.

    `writing` is called when gaps have been looked for. Raises InputError where the outline names another paper.
    """
    library = workspace.library
    spoken = load_spoken(library, sources.keys)
    gaps = find_gaps(library, sources.keys, spoken, outline.topic)
    writing()
    return write_draft(outline, sources.papers, sources.vectors, sources.citations, spoken=spoken, gaps=gaps)


def _check(topic: str, ids: Sequence[str] | None, max_papers: int, pins: Sequence[str], exclude: Sequence[str]) -> None:
    if not topic:
        raise QueryError("the topic is empty", "Say what the survey is about")
    if not 1 <= max_papers <= MAX_PAPERS:
        raise QueryError(
            f"a survey of {max_papers} papers cannot be drafted", f"Ask for 1 to {MAX_PAPERS} with --max-papers"
        )
    if ids is not None and (pins or exclude):
        raise QueryError("papers are pinned or excluded beside an exact list of papers", "Change the list itself")
    if ids is not None and len(ids) > MAX_PAPERS:
        raise QueryError(f"a survey of {len(ids)} papers cannot be drafted", f"Name {MAX_PAPERS} at most")


def find_papers(library: Library, names: Iterable[str]) -> list[str]:
    """The ids of papers that are named by an id of any kind or by their title, without repeats.

    Raises UnknownPaper for one that is not in the library, InputError for a title that several papers have.
    """
    found: dict[str, None] = {}
    for name in names:
        try:
            key = library.resolve(name)
        except UnknownPaper:
            titled = library.titled(name)
            if not titled:
                raise
            if len(titled) > 1:
                ids = ", ".join(library.names_of(titled)[:3])
                raise InputError(f"{len(titled)} papers are called {shorten(name)!r}", f"Use an id: {ids}") from None
            (key,) = titled
        found[library.names_of([key])[0]] = None
    return list(found)


def placed_papers(library: Library, keys: Sequence[int]) -> list[Paper]:
    """The papers of these keys, each with the directions that it stands under, by hand or surely enough."""
    places = library.places(keys)
    return [
        paper.model_copy(update={"directions": tuple(p.direction for p in places.get(key, []) if p.weight >= SURE)})
        for key, paper in zip(keys, library.papers(keys), strict=True)
    ]


def citations_among(library: Library, keys: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs `(i, j)`: the paper keys[i] cites the paper keys[j]."""
    row = {key: number for number, key in enumerate(keys)}
    return [(row[a], row[b]) for a, b in library.citations() if a in row and b in row]


def load_ids(path: Path) -> list[str]:
    """The ids in a file, one a line, without repeats; empty lines and lines with `#` are passed over. Raises InputError."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path} cannot be read ({reason})", "Name a file with one id a line") from error
    ids = list(dict.fromkeys(line.strip() for line in lines if line.strip() and not line.startswith("#")))
    if not ids:
        raise InputError(f"{path} holds no id", "Write one id a line")
    return ids
