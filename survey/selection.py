"""Selection: from a topic to the papers that a survey on it reads.

A hybrid search finds what may be about the topic, and citations what its best hits cite and are cited with. Of these stay the
papers that are like those the search puts first, the less the more of the topic's words they have. Who reads a survey expects
what the field cites, and not only titles that name the topic: so they are ranked by the search, by the topic's words, by nearness
in meaning to the first papers, and by what citations say of them. Of one work under several ids the best stays.

The weights are plain numbers, chosen on 17 reading lists that people keep in public (which none of the benchmarks holds), and
tried on 12 others: of the papers on these that the library held, 300 selected papers had 68%, where the search alone had 61%.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Vectors, normalise
from corpus.errors import InputError, QueryError, shorten
from corpus.identity import title_key
from corpus.library import Library
from corpus.models import SearchRequest
from corpus.retrieval.asking import MAX_K
from corpus.workspace import Workspace
from survey.linkage import build_linkage

# A hit that lacks words of the topic may be trusted where its cosine is at least this part of the mean of the ten best.
RELEVANT = 0.7
# Where hardly a paper has all words of the topic and the three best are less near on average, nobody wrote about it. They have .15
# to .4 with all-MiniLM-L6-v2 for topics that a library of machine learning lacks, .45 to .75 for those it holds.
ABOUT = 0.43
# What has all words of the topic, but each in another sense, is far from it: it must be as near as that.
NEAR = 0.4
# A short topic is near to much that is about something else. Papers must be as like the first TRUSTED hits as this part of what
# these are themselves: one without a word of the topic; the same where LEAST_LINKS citations join it to the seeds, which speak for
# it too; one with all words; in between by the share of the words, each counted by its rarity. Likeness is the cosine seen from the
# middle of the rest of the library, for of papers of one field all are alike (Mu and Viswanath 2018, "All-but-the-Top").
TRUSTED, ALIKE, LINKED_ALIKE, NAMED_ALIKE = 10, 0.65, 0.35, 0.15
LEAST_LINKS, MANY_LINKS = 2, 10.0
# The search is read so deep at least: what it has far down, citations may bring up.
DEPTH = 1_000
# The hits that are trusted to say what belongs to the topic, and those whose mean says what it is like.
SEEDS, FIRST = 200, 20
# What each kind of evidence counts, each of 0..1: the search; the topic's words, by their rarity; nearness to the first seeds; the
# share of seeds among those who cite a paper; standing in bibliographies with seeds; citing seeds.
SEARCH, WORDS, LIKENESS, CITED, TOGETHER, CITING = 1.0, 0.5, 1.0, 2.0, 1.0, 0.5


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
class _Gauge:
    """What papers are held against: the topic's `vector` (d,), `near` being the mean cosine of the ten best to it, and the `first`
    hits, as seen from the `middle` (d,) of what the library holds besides.
    """

    vector: Vectors
    near: float
    first: Sequence[int]
    middle: Vectors

    def relevant(
        self,
        keys: Sequence[int],
        held: Mapping[int, Vectors],
        shares: Mapping[int, float],
        joined: Collection[int] = (),
    ) -> list[int]:
        """Those of the keys that are near enough to the topic, and like enough to the first hits.

        Without a vector, which comes with the next index, all words of the topic must be there.
        """
        if not self.first:
            return []
        usual = float(_likeness(held, self.first, self.first, self.middle).mean())
        kept = []
        for key, like in zip(keys, _likeness(held, keys, self.first, self.middle).tolist(), strict=True):
            least = NAMED_ALIKE + (1 - shares[key]) * ((LINKED_ALIKE if key in joined else ALIKE) - NAMED_ALIKE)
            is_near = key in held and bool(held[key] @ self.vector >= NEAR * self.near)
            if (is_near and like >= least * usual) or (key not in held and shares[key] == 1.0):
                kept.append(key)
        return kept


@dataclass(frozen=True)
class _Found:
    """The hits by key: `scores`, 0..1; `shares` of the topic's words, 0..1; `held`: vectors of those that have one. `topics`: the
    topic as it was typed and as it was looked up; `about`: the hits about it, the best first.
    """

    topics: tuple[str, str]
    scores: Mapping[int, float]
    shares: Mapping[int, float]
    held: Mapping[int, Vectors]
    gauge: _Gauge
    about: Sequence[int]


def _find(workspace: Workspace, topic: str, count: int) -> _Found:
    answer = workspace.searcher.answer(SearchRequest(query=topic, k=min(max(DEPTH, count), MAX_K)))
    topics = (topic, answer.searched_for)
    keys = [workspace.library.resolve(hit.paper.name) for hit in answer.hits]
    shares = _coverage(workspace, topics, keys)
    top = max((hit.score for hit in answer.hits), default=1.0) or 1.0
    scores = {key: max(0.0, hit.score / top) for key, hit in zip(keys, answer.hits, strict=True)}
    # What has no vector yet has no cosine, and is found by its words.
    cosines = {key: hit.why["cosine"] for key, hit in zip(keys, answer.hits, strict=True) if "cosine" in hit.why}
    highest = sorted(cosines.values(), reverse=True)[:10]
    # Of a small library the ten best hold some that are about something else.
    best = [cosine for cosine in highest if cosine >= highest[0] / 2]
    near = sum(best) / max(1, len(best))
    known = sum(highest[:3]) >= ABOUT * len(highest[:3]) > 0 or sum(shares[key] == 1.0 for key in keys) >= len(best)
    keys.sort(key=lambda key: -(SEARCH * scores[key] + WORDS * shares[key]))
    likely = [
        key
        for key in keys
        if (known and cosines.get(key, 0.0) >= RELEVANT * near)
        or (shares[key] == 1.0 and cosines.get(key, np.inf) >= NEAR * near)
    ]
    vector = workspace.embedder().encode_queries([answer.searched_for])[0]
    gauge = _Gauge(vector, near, likely[:TRUSTED], workspace.searcher.middle(likely))
    held = workspace.index.vectors(keys)
    return _Found(topics, scores, shares, held, gauge, gauge.relevant(keys if known else likely, held, shares))


def _coverage(workspace: Workspace, topics: Iterable[str], keys: Sequence[int]) -> dict[int, float]:
    """The share of the topic's words that each paper has, as it was typed, which are those of papers in Chinese, or looked up."""
    shares = [workspace.searcher.coverage(topic, keys) for topic in dict.fromkeys(topics)]
    return {key: max(one[key] for one in shares) for key in keys}


def _check_apart(library: Library, pinned: Sequence[int], excluded: Sequence[int]) -> None:
    if both := set(pinned) & set(excluded):
        name = library.names_of(sorted(both)[:1])[0]
        raise QueryError(f"the paper {name!r} is both pinned and excluded", "Name it once")


def _ranked(workspace: Workspace, found: _Found) -> dict[int, float]:
    """Key -> relevance, 0..1, of the papers about the topic and those that citations join to them, the most relevant first."""
    if not found.about:
        return {}
    links = build_linkage(workspace.library.citations(), found.about[:SEEDS])
    joined = set(links.keys[links.strength >= LEAST_LINKS].tolist())
    others = sorted(joined - found.scores.keys())
    held = {**found.held, **workspace.index.vectors(others)}
    shares = {**found.shares, **_coverage(workspace, found.topics, others)}
    keys = found.gauge.relevant(sorted({*found.about, *joined}), held, shares, joined)
    at = links.rows(keys)
    evidence = (
        SEARCH * np.array([found.scores.get(key, 0.0) for key in keys])
        + WORDS * np.array([shares[key] for key in keys])
        + LIKENESS * _scaled(_likeness(held, keys, found.about[:FIRST]))
        + CITED * _taken(links.share, at)
        + TOGETHER * _logarithm(_taken(links.weighed, at))
        + CITING * _logarithm(_taken(links.cites, at))
    )
    scores = np.round(evidence / (evidence.max() or 1.0), 9)
    order = np.lexsort((np.array(keys), -scores))
    return {keys[row]: float(scores[row]) for row in order.tolist()}


def _likeness(
    held: Mapping[int, Vectors], keys: Sequence[int], first: Sequence[int], middle: Vectors | float = 0.0
) -> NDArray[np.float64]:
    """The cosine of each paper to the mean of the `first` (n,), as seen from the `middle`; 0 for one without a vector."""
    there = [held[key] for key in first if key in held]
    if not there:
        return np.zeros(len(keys))
    mean = normalise(np.mean(normalise(np.array(there) - middle), axis=0)[None])[0]
    likeness = np.zeros(len(keys))
    rows = [row for row, key in enumerate(keys) if key in held]
    vectors = np.array([held[keys[row]] for row in rows], dtype=np.float32).reshape(len(rows), len(mean))
    likeness[rows] = normalise(vectors - np.float32(middle)) @ mean
    return likeness


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
