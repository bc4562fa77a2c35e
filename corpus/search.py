"""Finding papers: by words (SQLite FTS5, BM25), by meaning (Chroma, cosine), by words of full texts; fused by ranks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast, get_args

import numpy as np

from corpus.embed import Embedder, Vectors, normalise
from corpus.errors import IndexMismatch, QueryError
from corpus.glossary import translate
from corpus.index import Index
from corpus.library import Library
from corpus.models import Answer, Filters, Hit, Paper, SearchRequest

Mode = Literal["hybrid", "lexical", "dense"]

# Cormack, Clarke & Büttcher 2009: a paper at rank r of a list adds 1 / (60 + r).
RRF_K = 60
# How deep each of the two lists is read before they are fused.
DEPTH = 200
MAX_K = 10_000
MAX_QUERY = 5_000
# BM25 over an OR of more words than this is slow and says no more than the first of them.
MAX_WORDS = 64

# Words of questions and of glue, which say nothing about what a paper is about.
_GLUE = frozenset(
    [
        "a",
        "about",
        "all",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "being",
        "between",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "each",
        "find",
        "for",
        "from",
        "get",
        "give",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "know",
        "like",
        "list",
        "looking",
        "make",
        "many",
        "may",
        "me",
        "might",
        "more",
        "most",
        "my",
        "need",
        "of",
        "on",
        "one",
        "or",
        "other",
        "our",
        "out",
        "over",
        "paper",
        "papers",
        "please",
        "recommend",
        "research",
        "show",
        "some",
        "studies",
        "study",
        "such",
        "suggest",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "used",
        "using",
        "via",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "whose",
        "why",
        "will",
        "with",
        "work",
        "works",
        "would",
        "you",
        "your",
    ]
)
# How many papers the full texts add: a long text has every word somewhere, only the best tell something.
_TEXTS = 20
_WORD = re.compile(r"\w+")


class Searcher:
    """Searches one library. `embedder` is a function, so that a lexical search does not load a model."""

    def __init__(self, library: Library, index: Index, embedder: Callable[[], Embedder]) -> None:
        self._library, self._index, self._embedder = library, index, embedder

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        filters: Filters | None = None,
        mode: Mode = "hybrid",
        like: Sequence[str] = (),
    ) -> list[Hit]:
        """The `k` best papers for `query`, or near the papers `like` (ids), or both; best first.

        Raises QueryError for a query that cannot be answered, UnknownPaper for an unknown id, IndexMismatch where vectors
        are needed and are missing or another model's.
        """
        liked = [self._library.resolve(one) for one in like]
        query = self._checked(query, k, mode, bool(liked))
        vector = None if mode == "lexical" else self._vector(query, liked)
        return self._find(query, k, filters or Filters(), mode, liked, vector)

    def answer(self, request: SearchRequest, *, facets: bool = False) -> Answer:
        """The hits of `request`, what was searched for and, where asked for, `facets`; raises what `search` raises."""
        hits = self.search(
            request.query, request.k, filters=request.filters, mode=cast(Mode, request.mode), like=request.like
        )
        return Answer(hits=tuple(hits), searched_for=searched_for(request.query))

    def search_many(self, queries: Mapping[str, str], k: int, *, mode: Mode = "hybrid") -> dict[str, list[str]]:
        """Query id -> ids of the `k` best papers; all queries are embedded at once."""
        checked = {qid: self._checked(query, k, mode, liked=False) for qid, query in queries.items()}
        vectors: Sequence[Vectors | None] = [None] * len(checked)
        if mode != "lexical":
            vectors = list(self._ready_embedder().encode(list(checked.values())))
        found = {}
        for (qid, query), vector in zip(checked.items(), vectors, strict=True):
            found[qid] = [hit.paper.name for hit in self._find(query, k, Filters(), mode, [], vector)]
        return found

    # ---- the lists -----------------------------------------------------------------------------------------------

    def _find(
        self, query: str, k: int, filters: Filters, mode: Mode, liked: Sequence[int], vector: Vectors | None
    ) -> list[Hit]:
        depth = max(DEPTH, k + len(liked))
        titles = " ".join(paper.title for paper in self._library.papers(liked))
        words = query_words(f"{query} {titles}")
        among = self._library.matching(filters) if filters and vector is not None else None
        by_words = [] if mode == "dense" else self._lexical(words, depth, filters)
        by_meaning = [] if vector is None else self._index.nearest(vector, depth, among)
        in_texts = [] if mode == "dense" or not words else self._library.in_fulltexts(_any_of(words), _TEXTS, filters)
        skip = set(liked)
        lists = ([key for key, _ in by_words], [key for key, _ in by_meaning], in_texts)
        ranks = [{key: rank for rank, key in enumerate(found, 1)} for found in lists]
        fused = [(key, score) for key, score in fuse(ranks) if key not in skip][:k]
        cosines, bm25 = dict(by_meaning), dict(by_words)
        hits = []
        papers = self._library.papers([key for key, _ in fused])
        for paper, (key, score) in zip(papers, fused, strict=True):
            why: dict[str, Any] = {"words": matched_words(words, paper)}
            if key in ranks[0]:
                why |= {"lexical_rank": ranks[0][key], "bm25": round(bm25[key], 4)}
            if key in ranks[1]:
                why |= {"dense_rank": ranks[1][key], "cosine": round(cosines[key], 4)}
            if key in ranks[2]:
                why["fulltext_rank"] = ranks[2][key]
            hits.append(Hit(paper=paper, score=round(score, 6), why=why))
        return hits

    def _lexical(self, words: Sequence[str], depth: int, filters: Filters) -> list[tuple[int, float]]:
        return self._library.lexical(_any_of(words), depth, filters) if words else []

    def _vector(self, query: str, liked: Sequence[int]) -> Vectors:
        """One direction (d,): the query's vector, and the mean of the liked papers' ones."""
        parts: list[Vectors] = []
        embedder = self._ready_embedder()
        if query:
            parts.append(embedder.encode([query])[0])
        if liked:
            vectors = self._index.vectors(liked)
            if missing := [key for key in liked if key not in vectors]:
                name = self._library.papers(missing)[0].name
                raise IndexMismatch(f"the paper {name!r} has no vector yet", "Run `fourways index`")
            parts.append(np.mean([vectors[key] for key in liked], axis=0))
        return np.asarray(normalise(np.mean(parts, axis=0, keepdims=True))[0])

    def _ready_embedder(self) -> Embedder:
        if not self._library.count():
            remedy = "Run `fourways start` for the starter catalogue, or `fourways import FILE`"
            raise QueryError("the library is empty", remedy)
        self._index.require_vectors()  # before the model is loaded, which takes longer
        embedder = self._embedder()
        self._index.require(embedder)
        return embedder

    def _checked(self, query: str, k: int, mode: str, liked: bool) -> str:
        query = " ".join(query.split())
        if mode not in get_args(Mode):
            raise QueryError(f"there is no search mode {mode!r}", f"Use one of {', '.join(get_args(Mode))}")
        if not 1 <= k <= MAX_K:
            raise QueryError(f"{k} papers cannot be shown", f"Ask for 1 to {MAX_K} with -k")
        if len(query) > MAX_QUERY:
            raise QueryError(
                f"the query has {len(query)} characters",
                f"Shorten it to {MAX_QUERY}: a title or an abstract is long enough",
            )
        if not query and not liked:
            raise QueryError("the query is empty", "Say what to look for, or name a paper with --like")
        if query and not any(c.isalnum() for c in query) and not liked:
            raise QueryError("the query holds no word", "Say in a few words what to look for")
        return searched_for(query)


def _any_of(words: Sequence[str]) -> str:
    """An FTS5 expression. Quoted, an operator is a word like any other."""
    return " OR ".join(f'"{word}"' for word in words)


def searched_for(query: str) -> str:
    """What is looked up: the query, its Chinese in the field's English as far as the glossary goes.

    >>> searched_for("CLIP 的零样本分割")
    'CLIP zero-shot segmentation'
    """
    translation = translate(query)
    return " ".join([translation.text, *translation.unknown]) if translation.used else query


def query_words(query: str) -> list[str]:
    """The words to look up, in lower case and without repeats; glue words only where there is nothing else.

    >>> query_words("What are the adapters used for LoRA?")
    ['adapters', 'lora']
    """
    words = list(dict.fromkeys(_WORD.findall(query.lower())))
    telling = [word for word in words if word not in _GLUE]
    return (telling or words)[:MAX_WORDS]


def matched_words(words: Sequence[str], paper: Paper) -> list[str]:
    """Those of `words` that stand in the paper's title or abstract, or begin a word there (adapter, adapters)."""
    text = set(_WORD.findall(f"{paper.title} {paper.abstract or ''}".lower()))
    stems = {word.rstrip("s") for word in text}
    return [word for word in words if word in text or word.rstrip("s") in stems]


def fuse(rankings: Sequence[Mapping[int, int]]) -> list[tuple[int, float]]:
    """Reciprocal rank fusion of `key -> rank` lists (ranks from 1): `(key, score)`, best first, ties by key.

    Formula: score(p) = sum over lists of 1 / (60 + rank(p)). Cormack, Clarke & Büttcher, SIGIR 2009.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for key, rank in ranking.items():
            scores[key] = scores.get(key, 0.0) + 1.0 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def year_range(text: str) -> tuple[int | None, int | None]:
    """`2019-2022`, `2019-`, `-2022` or `2021` as (first, last) year. Raises QueryError."""
    match = re.fullmatch(r"\s*(\d{4})?\s*(-?)\s*(\d{4})?\s*", text)
    if not match or not (match[1] or match[3]) or (match[1] and match[3] and not match[2]):
        raise QueryError(f"{text[:40]!r} is no range of years", "Write it as 2019-2022, 2019-, -2022 or 2021")
    first, last = (int(match[n]) if match[n] else None for n in (1, 3))
    if not match[2]:
        last = first
    if first is not None and last is not None and first > last:
        raise QueryError(f"the range of years {first}-{last} runs backwards", f"Write it as {last}-{first}")
    return first, last
