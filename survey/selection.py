"""Selection: from a topic to the papers that a survey on it reads.

A hybrid search finds what is about the topic; its best hits are the seeds. Who reads a survey expects what the field cites, and not
only titles that name the topic: so papers are ranked by the search, by their nearness in meaning to the first seeds, and by what
citations say of them, and those that citations join to the seeds need be less near. Of one work under several ids the best stays.

The weights are plain numbers, chosen on 17 reading lists that people keep in public (which none of the benchmarks holds), and
tried on 12 others: of the papers on these that the library held, 300 selected papers had 67%, where the search alone had 61%.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors, normalise
from corpus.errors import InputError, QueryError, shorten
from corpus.identity import title_key
from corpus.library import Library
from corpus.models import Hit, SearchRequest
from corpus.retrieval.analysis import query_words
from corpus.retrieval.asking import MAX_K
from corpus.workspace import Workspace
from survey.linkage import build_linkage

# A hit that lacks words of the topic is about it where its cosine is at least this part of the mean of the ten best.
RELEVANT = 0.7
# Where no paper has all words of the topic and the ten best are less near on average, nobody wrote about it. all-MiniLM-L6-v2 has
# .25 to .35 for topics that a library of machine learning lacks, .5 to .7 for those it holds.
ABOUT = 0.4
# What so many citations join to the seeds may be less near: its links speak for it too. What has all words of the topic, but each
# in another sense, is far from it: it must be as near as that.
LINKED_RELEVANT, LEAST_LINKS = 0.4, 2
MANY_LINKS = 10.0
# A short topic is near to much that is about something else. Hits must be as like the mean of the first TRUSTED hits as this part
# of what these are themselves: those that lack words of the topic, and those that have them all.
TRUSTED, ALIKE, NAMED_ALIKE = 10, 0.65, 0.6
# The search is read so deep at least: what it has far down, citations may bring up.
DEPTH = 1_000
# The hits that are trusted to say what belongs to the topic, and those whose mean says what it is like.
SEEDS, FIRST = 200, 20
# What each kind of evidence counts, each of 0..1: the search; nearness to the first seeds; the share of seeds among those who
# cite a paper; standing in bibliographies with seeds; citing seeds.
SEARCH, LIKENESS, CITED, TOGETHER, CITING = 1.0, 1.0, 2.0, 1.0, 0.5


def select_papers(
    workspace: Workspace,
    topic: str,
    max_papers: int,
    *,
    pins: Sequence[str] = (),
    exclude: Sequence[str] = (),
    step: Callable[[], None] = lambda: None,
) -> dict[int, float]:
    """Key -> relevance in 0..1 of at most `max_papers` papers on `topic`, the most relevant first.

    `pins` are ids of papers that are there whatever the search says, `exclude` of papers that are not. `step` is called between the
    parts of the work, and may raise to stop. Raises UnknownPaper for
    an id that the library lacks, QueryError for a topic that cannot be searched, InputError where nobody wrote about it,
    IndexMismatch where there are no vectors.
    """
    library = workspace.library
    pinned, excluded = ([library.resolve(one) for one in ids] for ids in (pins, exclude))
    _check_apart(library, pinned, excluded)
    step()
    found = _find(workspace, topic, max_papers + len(excluded))
    step()
    if not found.about and not pinned:
        raise InputError(
            f"no paper in the library is about {shorten(topic)!r}", "Use other words, or harvest or import papers on it"
        )
    ranked = dict.fromkeys(pinned, 1.0)
    for key, score in _ranked(workspace, found).items():
        ranked.setdefault(key, score)
    step()
    keys = _distinct(library, [key for key in ranked if key not in excluded])
    return {key: ranked[key] for key in keys[: max(max_papers, len(pinned))]}


@dataclass(frozen=True)
class _Found:
    """`scores`: key -> score, 0..1, of all hits, the best first; `about`: those about the topic, in their order; `held`: vectors by
    key, of these and more; `vector` (d,) the topic's; `near` the mean cosine of the ten best.
    """

    scores: Mapping[int, float]
    about: Sequence[int]
    held: Mapping[int, Vectors]
    vector: Vectors
    near: float


def _find(workspace: Workspace, topic: str, count: int) -> _Found:
    answer = workspace.searcher.answer(SearchRequest(query=topic, k=min(max(DEPTH, count), MAX_K)))
    hits, words = answer.hits, len(query_words(answer.searched_for))
    cosines = sorted((hit.why.get("cosine", 0.0) for hit in hits), reverse=True)[:10]
    # Of a small library the ten best hold some that are about something else.
    best = [cosine for cosine in cosines if cosine >= cosines[0] / 2]
    near = sum(best) / max(1, len(best))
    keys = [_key(workspace, hit) for hit in hits]
    typed = {
        word for word in query_words(topic) if not word.isascii()
    }  # Chinese papers have these, not the English ones
    found = [hit.why.get("words", ()) for hit in hits]
    named = [len(one) >= words or (bool(typed) and typed.issubset(one)) for one in found]
    least = RELEVANT * near if near >= ABOUT or sum(named) >= len(best) else np.inf
    about = [
        key
        for key, hit, all_words in zip(keys, hits, named, strict=True)
        if hit.why.get("cosine", np.inf if all_words else -1.0) >= (LINKED_RELEVANT * near if all_words else least)
    ]
    top = max((hit.score for hit in hits), default=1.0) or 1.0
    scores = {key: max(0.0, hit.score / top) for key, hit in zip(keys, hits, strict=True)}
    vector = workspace.embedder().encode_queries([answer.searched_for])[0]
    worded = {key for key, all_words in zip(keys, named, strict=True) if all_words}
    held = workspace.index.vectors(about)
    return _Found(scores, _alike(about, held, worded), held, vector, near)


def _alike(about: Sequence[int], held: Mapping[int, Vectors], named: Collection[int]) -> list[int]:
    """Those of the hits that are like the first of them; of those with all words of the topic, `named`, less is asked."""
    likeness = _likeness(held, about, about[:TRUSTED])
    usual = likeness[:TRUSTED].mean() if about else 0.0
    return [
        key
        for key, like in zip(about, likeness.tolist(), strict=True)
        if like >= (NAMED_ALIKE if key in named else ALIKE) * usual
    ]


def _key(workspace: Workspace, hit: Hit) -> int:
    return workspace.library.resolve(hit.paper.name)


def _check_apart(library: Library, pinned: Sequence[int], excluded: Sequence[int]) -> None:
    if both := set(pinned) & set(excluded):
        name = library.names_of(sorted(both)[:1])[0]
        raise QueryError(f"the paper {name!r} is both pinned and excluded", "Name it once")


def _ranked(workspace: Workspace, found: _Found) -> dict[int, float]:
    """Key -> relevance, 0..1, of the papers about the topic and those that citations join to them, the most relevant first."""
    if not found.about:
        return {}
    links = build_linkage(workspace.library.citations(), found.about[:SEEDS])
    joined = links.keys[links.strength >= LEAST_LINKS].tolist()
    keys = sorted({*found.about, *joined})
    held = {**found.held, **workspace.index.vectors([key for key in keys if key not in found.held])}
    about = set(found.about)
    least = LINKED_RELEVANT * found.near
    keys = [key for key in keys if key in about or (key in held and float(held[key] @ found.vector) >= least)]
    at = links.rows(keys)
    evidence = (
        SEARCH * np.array([found.scores.get(key, 0.0) for key in keys])
        + LIKENESS * _scaled(_likeness(held, keys, found.about[:FIRST]))
        + CITED * _taken(links.share, at)
        + TOGETHER * _logarithm(_taken(links.weighed, at))
        + CITING * _logarithm(_taken(links.cites, at))
    )
    scores = np.round(evidence / (evidence.max() or 1.0), 9)
    order = np.lexsort((np.array(keys), -scores))
    return {keys[row]: float(scores[row]) for row in order.tolist()}


def _likeness(held: Mapping[int, Vectors], keys: Sequence[int], first: Sequence[int]) -> NDArray[np.float64]:
    """The cosine of each paper to the mean of the `first` (n,), 0 for one without a vector."""
    there = [held[key] for key in first if key in held]
    if not there:
        return np.zeros(len(keys))
    middle = normalise(np.mean(there, axis=0)[None])[0]
    return np.array([float(held[key] @ middle) if key in held else 0.0 for key in keys])


def _taken(values: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values of these rows, 0 for row -1."""
    return np.append(values, 0.0)[rows]


def _logarithm(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts as 0..1 by their logarithm. Where no paper has MANY_LINKS, a few are weak evidence, and stay far from 1."""
    return np.asarray(np.log1p(counts) / np.log1p(max(MANY_LINKS, counts.max(initial=0.0))))


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values from 0, the least, to 1, the greatest; all 0 where they are equal."""
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 1e-9 else np.zeros(len(values))


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
