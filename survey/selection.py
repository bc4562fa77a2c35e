"""Selection: from a topic to the papers that a survey on it reads.

A hybrid search finds candidates; those about the topic are kept; one step along citations and co-citations brings in what they
build on and what builds on them, as far as it is about the topic too; of one work under several ids the best found stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.errors import InputError, QueryError, shorten
from corpus.identity import title_key
from corpus.library import Library
from corpus.models import Hit, SearchRequest
from corpus.retrieval.analysis import query_words
from corpus.workspace import Workspace

# A hit that lacks words of the topic is about it where its cosine is at least this part of the mean of the ten best.
RELEVANT = 0.7
# Where no paper has all words of the topic and the ten best are less near on average, nobody wrote about it. all-MiniLM-L6-v2 has
# .25 to .35 for topics that a library of machine learning lacks, .5 to .7 for those it holds.
ABOUT = 0.4
# What citations bring in may be less near than a hit: its links speak for it too.
LINKED_RELEVANT = 0.55
# So much of the selection is kept free for what citations bring in, and each of those needs so many links.
LINKED_SHARE, LEAST_LINKS = 0.2, 2
# Only the first papers of a search are trusted to say what belongs to the topic.
TRUSTED = 200


def select_papers(
    workspace: Workspace, topic: str, max_papers: int, *, pins: Sequence[str] = (), exclude: Sequence[str] = ()
) -> dict[int, float]:
    """Key -> relevance in 0..1 of at most `max_papers` papers on `topic`, the most relevant first.

    `pins` are ids of papers that are there whatever the search says, `exclude` of papers that are not. Raises UnknownPaper for
    an id that the library lacks, QueryError for a topic that cannot be searched, InputError where nobody wrote about it,
    IndexMismatch where there are no vectors.
    """
    library = workspace.library
    pinned, excluded = ([library.resolve(one) for one in ids] for ids in (pins, exclude))
    _check_apart(library, pinned, excluded)
    found = _find(workspace, topic, max_papers + len(excluded))
    if not found.scores and not pinned:
        raise InputError(
            f"no paper in the library is about {shorten(topic)!r}", "Use other words, or harvest or import papers on it"
        )
    chosen = dict.fromkeys(pinned, 1.0)
    chosen |= {key: score for key, score in found.scores.items() if key not in chosen}
    room = max(1, round(max_papers * (1 - LINKED_SHARE)))
    first = _distinct(library, [key for key in chosen if key not in excluded])[:max_papers]
    linked = _linked(workspace, found, first, set(excluded))
    first = first[: max(room, max_papers - len(linked), len(pinned))]
    linked = {key: score for key, score in linked.items() if key not in first}
    keys = _distinct(library, [*first, *linked])[: max(max_papers, len(pinned))]
    return {key: chosen.get(key, linked.get(key, 0.0)) for key in keys}


@dataclass(frozen=True)
class _Found:
    """`scores`: key -> relevance of the hits about the topic; `vector` (d,) the topic's; `near` the mean cosine of the ten best."""

    scores: Mapping[int, float]
    vector: NDArray[np.float32]
    near: float


def _find(workspace: Workspace, topic: str, count: int) -> _Found:
    answer = workspace.searcher.answer(SearchRequest(query=topic, k=count))
    hits, words = answer.hits, len(query_words(answer.searched_for))
    cosines = sorted((hit.why.get("cosine", 0.0) for hit in hits), reverse=True)[:10]
    # Of a small library the ten best hold some that are about something else.
    best = [cosine for cosine in cosines if cosine >= cosines[0] / 2]
    near = sum(best) / max(1, len(best))
    named = [hit for hit in hits if len(hit.why.get("words", ())) >= words]
    least = RELEVANT * near if near >= ABOUT or len(named) >= len(best) else np.inf
    kept = [hit for hit in hits if hit in named or hit.why.get("cosine", -1.0) >= least]
    top = max((hit.score for hit in kept), default=1.0) or 1.0
    vector = workspace.embedder().encode_queries([answer.searched_for])[0]
    return _Found({_key(workspace, hit): max(0.0, hit.score / top) for hit in kept}, vector, near)


def _key(workspace: Workspace, hit: Hit) -> int:
    return workspace.library.resolve(hit.paper.name)


def _check_apart(library: Library, pinned: Sequence[int], excluded: Sequence[int]) -> None:
    if both := set(pinned) & set(excluded):
        name = library.names_of(sorted(both)[:1])[0]
        raise QueryError(f"the paper {name!r} is both pinned and excluded", "Name it once")


def _linked(workspace: Workspace, found: _Found, first: Sequence[int], excluded: set[int]) -> dict[int, float]:
    """Papers that citations join to the `first`: key -> relevance, the most closely joined first.

    A paper's worth is the number of its links with them times the share of these among all its links: what a whole field cites
    is cited here too, and is not the topic's own. Being cited together with them by others counts as half a link.
    """
    trusted = list(first[:TRUSTED])
    links, degree = _count_links(workspace.library.citations(), set(trusted))
    barred = {*first, *excluded}
    candidates = [key for key, count in links.items() if count >= LEAST_LINKS and key not in barred]
    vectors = workspace.index.vectors(candidates)
    near = {key: float(vectors[key] @ found.vector) for key in candidates if key in vectors}
    worth = {key: links[key] ** 2 / degree[key] for key in near if near[key] >= LINKED_RELEVANT * found.near}
    order = sorted(worth, key=lambda key: (-round(worth[key], 9), key))[: len(first)]
    # Never more relevant than the hits in the middle: they were not what was asked for.
    middle = float(np.median([found.scores.get(key, 1.0) for key in first])) if first else 0.0
    return {key: middle / (1 + place / max(1, len(order))) for place, key in enumerate(order)}


def _count_links(pairs: Sequence[tuple[int, int]], here: set[int]) -> tuple[dict[int, float], dict[int, float]]:
    """Key -> links with the papers `here`, and with all papers."""
    links: dict[int, float] = {}
    degree: dict[int, float] = {}
    bibliographies: dict[int, list[int]] = {}
    for citing, cited in pairs:
        degree[citing] = degree.get(citing, 0.0) + 1
        degree[cited] = degree.get(cited, 0.0) + 1
        if citing in here:
            links[cited] = links.get(cited, 0.0) + 1
        if cited in here:
            links[citing] = links.get(citing, 0.0) + 1
        bibliographies.setdefault(citing, []).append(cited)
    for cited_together in bibliographies.values():
        ours = sum(key in here for key in cited_together)
        # Two papers of the topic in one bibliography: it is on the topic, or near to it.
        if ours >= 2:
            for key in cited_together:
                links[key] = links.get(key, 0.0) + 0.5
                degree[key] += 0.5
    return links, degree


def _distinct(library: Library, keys: Sequence[int]) -> list[int]:
    """The keys without later papers of the same title: a preprint and its published form that the library could not join."""
    seen: set[str] = set()
    kept = []
    for key, paper in zip(keys, library.papers(keys), strict=True):
        title = title_key(paper.title) or paper.name
        if title not in seen:
            seen.add(title)
            kept.append(key)
    return kept
