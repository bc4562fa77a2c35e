"""From a topic to a draft: find the papers, fetch their vectors and citations, build the outline, write the draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.errors import InputError, QueryError
from corpus.home import Home
from corpus.library import Library
from corpus.report import Progress
from corpus.retrieval.analysis import query_words
from corpus.workspace import Workspace
from survey.draft import Draft, write_draft
from survey.outline import build_outline
from survey.strategies import SURE

MAX_PAPERS = 20_000
RELEVANT = 0.6
FEWEST = 12
_STAGES = 4


def compose(
    workspace: Workspace,
    topic: str,
    *,
    ids: Sequence[str] | None = None,
    max_papers: int = 150,
    progress: Progress | None = None,
) -> Draft:
    """A draft on `topic` from the `max_papers` most relevant papers, or from exactly the papers `ids`.

    Raises QueryError for a topic that cannot be searched, UnknownPaper for an unknown id, InputError where no paper is left,
    IndexMismatch where there are no vectors.
    """

    def stage(done: int) -> None:
        if progress:
            progress("Drafting", done, _STAGES)

    topic = " ".join(topic.split())
    if not topic:
        raise QueryError("the topic is empty", "Say what the survey is about")
    if not 1 <= max_papers <= MAX_PAPERS:
        raise QueryError(
            f"a survey of {max_papers} papers cannot be drafted", f"Ask for 1 to {MAX_PAPERS} with --max-papers"
        )
    library = workspace.library
    stage(0)
    if ids is None:
        relevance = find_relevant(workspace, topic, max_papers)
    else:
        workspace.index.require(workspace.embedder())
        relevance = {library.resolve(one): 1.0 for one in ids}
    stage(1)
    rows = workspace.index.vectors(list(relevance))
    keys = [key for key in relevance if key in rows]
    if not keys:
        raise InputError(
            f"the library has no indexed paper on {topic!r}", "Import papers on it, then run `fourways index`"
        )
    places = library.places(keys)
    papers = [
        paper.model_copy(update={"directions": tuple(p.direction for p in places.get(key, []) if p.weight >= SURE)})
        for key, paper in zip(keys, library.papers(keys), strict=True)
    ]
    vectors = np.stack([rows[key] for key in keys])
    citations = citations_among(library, keys)
    stage(2)
    outline = build_outline(topic, papers, vectors, citations, relevance=[relevance[key] for key in keys])
    stage(3)
    draft = write_draft(outline, papers, vectors, citations)
    stage(4)
    return draft


def find_relevant(workspace: Workspace, topic: str, max_papers: int) -> dict[int, float]:
    """Key -> score of at most `max_papers` papers on `topic`.

    A small library has fewer papers on a topic than are asked for; the search fills up with what is least far. So a hit is kept
    if its cosine to the topic is at least RELEVANT of the mean of the ten best, or if it holds every word of the topic, or
    if it is among the first FEWEST.
    """
    hits = workspace.searcher.search(topic, max_papers)
    library, words = workspace.library, query_words(topic)
    scores = {library.resolve(hit.paper.name): hit.score for hit in hits}
    vectors = workspace.index.vectors(list(scores))
    target = workspace.embedder().encode([topic])[0]
    cosines = {key: float(vectors[key] @ target) for key in scores if key in vectors}
    best = sorted(cosines.values(), reverse=True)[:10]
    least = RELEVANT * sum(best) / max(1, len(best))
    kept = {}
    for rank, (hit, (key, score)) in enumerate(zip(hits, scores.items(), strict=True)):
        if rank < FEWEST or cosines.get(key, 0.0) >= least or len(hit.why["words"]) == len(words):
            kept[key] = score
    return kept


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


def run_folder(home: Home, topic: str) -> Path:
    """A folder of the home for a draft on `topic`; the same topic is drafted into the same folder."""
    slug = re.sub(r"[^\w]+", "-", topic.lower()).strip("-")[:60] or "survey"
    return home.runs / "surveys" / slug
