"""Finding papers: by words (BM25F), by meaning (exact cosine), by words of full texts, with citations as a gentle prior.

What is looked up where is in corpus/retrieval: analysis.py cuts text into terms, holdings.py keeps what is searched,
ranking.py puts the signals together. Here a request becomes an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.embed import Embedder, Vectors, normalise
from corpus.errors import IndexMismatch, QueryError
from corpus.index import Index, model_mismatch
from corpus.library import Library
from corpus.models import Answer, Filters, Hit, SearchRequest
from corpus.report import Progress
from corpus.rerank import Reranker, load_reranker
from corpus.retrieval.analysis import Analyser, ParsedQuery
from corpus.retrieval.asking import MAX_K as MAX_K
from corpus.retrieval.asking import Asked, any_of, check_request, whole_phrase, without_quotes
from corpus.retrieval.asking import Mode as Mode
from corpus.retrieval.asking import searched_for as searched_for
from corpus.retrieval.asking import year_range as year_range
from corpus.retrieval.holdings import Holdings, Mask, View
from corpus.retrieval.ranking import (
    CITING,
    NEAREST,
    TEXTS,
    WEIGHTS,
    Scores,
    Weights,
    cited_by,
    combined,
    scaled,
    trust,
)
from corpus.retrieval.vectors import best
from corpus.retrieval.why import Why

# How deep each list is read before they are put together.
DEPTH = 1_000
# What another spelling of a word counts, and a word of a liked paper's title.
_VARIANT, _LIKED = 0.25, 0.5
# What a paper gets whose title is the query.
_SAME_TITLE = 2.0
# How many hits a cross-encoder reads, and how many papers the facets count.
RERANKED = 50
COUNTED = 200
# So many vectors say where the middle of a large library is, and fewer say nothing.
_MANY, _FEW = 2_000, 10
# What `why` tells as it is, and the signal it is; and the signals that are cosines, of which a negative one is a score too.
_RAW = {"bm25": "words", "cosine": "meaning"}
_COSINES = ("meaning", "likeness")
FACETS = ("year", "venue", "strategy", "category")


class Searcher:
    """Searches one library. `embedder` is a function, so that a lexical search does not load a model; `folder` keeps what was
    made ready for searching (None: in memory only).
    """

    def __init__(
        self,
        library: Library,
        index: Index,
        embedder: Callable[[], Embedder],
        folder: Path | None = None,
        *,
        reranker: Callable[[str], Reranker] = load_reranker,
        weights: Weights = WEIGHTS,
    ) -> None:
        self._library, self._embedder, self._load_reranker = library, embedder, reranker
        self._analyser = Analyser()
        self._holdings = Holdings(library, index, folder, self._analyser)
        self._rerankers: dict[str, Reranker] = {}
        self._weights = weights

    def answer(self, request: SearchRequest, *, facets: bool = False) -> Answer:
        """The best papers for `request`, what was looked up, and how the best COUNTED fall into `facets` where asked for.

        Raises QueryError for a request that cannot be answered, UnknownPaper for an unknown id, IndexMismatch where vectors are
        needed and are missing or another model's, ModelError for a cross-encoder that cannot be loaded.
        """
        asked = self._asked(request)
        vector = None
        if request.mode != "lexical":
            vector = self._vector(asked)
        return self._answered(asked, vector, facets)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        filters: Filters | None = None,
        mode: Mode = "hybrid",
        like: Sequence[str] = (),
        unlike: Sequence[str] = (),
    ) -> list[Hit]:
        """The hits of `answer`, for what is most often asked."""
        request = SearchRequest(
            query=query, k=k, filters=filters or Filters(), mode=mode, like=tuple(like), unlike=tuple(unlike)
        )
        return list(self.answer(request).hits)

    def search_many(self, queries: Mapping[str, str], k: int, *, mode: Mode = "hybrid") -> dict[str, list[str]]:
        """Query id -> ids of the `k` best papers; all queries are embedded at once."""
        asked = {qid: self._asked(SearchRequest(query=query, k=k, mode=mode)) for qid, query in queries.items()}
        vectors: Sequence[Vectors | None] = [None] * len(asked)
        if mode != "lexical" and asked:
            vectors = list(self._ready_embedder().encode_queries([one.text for one in asked.values()]))
        found = {}
        view = self._holdings.view()
        for (qid, one), vector in zip(asked.items(), vectors, strict=True):
            rows, _, _ = self._ranked(view, one, vector)
            found[qid] = self._library.names_of(view.keys[rows[:k]].tolist())
        return found

    def coverage(self, query: str, keys: Sequence[int]) -> dict[int, float]:
        """Key -> the share of the query's words that a paper has, each word counting by its rarity: 1.0 for one with all of them.

        The rarity is the logarithm of the papers by those with the word (Sparck Jones 1972). Of a compound, such as low-rank, a
        paper must have all parts. All have 1.0 where the query has no words.
        """
        view = self._holdings.view()
        there = view.rows(keys)
        held, rarity = np.zeros(len(there)), 0.0
        for token in self._analyser.query(query).tokens:
            has = self._has(view, token)
            rare = float(np.log((len(view) + 1) / (np.count_nonzero(has) + 0.5)))
            held += rare * has[there]
            rarity += rare
        shares = held / rarity if rarity else np.ones(len(there))
        return dict(zip(view.keys[there].tolist(), np.round(shares, 9).tolist(), strict=True))

    def middle(self, without: Iterable[int] = ()) -> Vectors:
        """The mean (d,) of the vectors of all papers `without` these, of some thousand in a large library; zeros for a few.

        Raises IndexMismatch where the library has no vectors.
        """
        snapshot = self._holdings.view_with_vectors().snapshot
        if snapshot.table is None or snapshot.vector_keys is None:
            raise IndexMismatch("the papers have no vectors yet", "Run `fourways index`")
        step = max(1, len(snapshot.table.full) // _MANY)
        others = ~np.isin(snapshot.vector_keys[::step], np.fromiter(without, dtype=np.int64))
        vectors = snapshot.table.full[::step][others]
        if len(vectors) < _FEW:
            return np.zeros(snapshot.table.full.shape[1], dtype=np.float32)
        return np.asarray(np.mean(vectors, axis=0, dtype=np.float64), dtype=np.float32)

    def waiting(self) -> int:
        """How many papers have no vector yet and are found by their words only."""
        return self._holdings.view().waiting

    def prepare(self, model: str, keys: Sequence[int], vectors: Vectors, progress: Progress | None = None) -> None:
        """Make the library ready for searching, with these vectors (len(keys), d) of `model`: the last step of an index."""
        self._holdings.renew(model, keys, vectors, progress)

    def _has(self, view: View, token: str) -> Mask:
        """Which rows have a word of a query: for a compound its parts or, as some write it, all in one."""
        terms = self._analyser.of_token(token)
        has = [view.words({term: 1.0}) > 0 for term in terms]
        if not has:
            return np.ones(len(view), dtype=bool)
        if len(has) == 1 or not token.isascii():
            return np.asarray(np.logical_and.reduce(has))
        *parts, whole = has
        # R-Drop has but one part that is a word.
        return np.asarray(whole | np.logical_and.reduce(parts)) if len(parts) > 1 else whole

    # ---- from a request to an answer -----------------------------------------------------------------------------

    def _answered(self, asked: Asked, vector: Vectors | None, facets: bool) -> Answer:
        request = asked.request
        view = self._holdings.view()
        rows, scores, parts = self._ranked(view, asked, vector)
        if not len(rows):
            return Answer(searched_for=asked.text)
        order = np.arange(len(rows))
        reranked: dict[int, float] = {}
        if request.rerank:
            order, reranked = self._reranked(view, asked, rows)
        order = order[: request.k]
        papers = self._library.papers(view.keys[rows[order]].tolist())
        shown = rows[order].tolist()
        names = {row: paper.name for row, paper in zip(shown, papers, strict=True)}
        why = Why(self._analyser, asked, view, names, parts, self._weights)
        hits = []
        for place, paper in zip(order.tolist(), papers, strict=True):
            reasons = why.of(place, int(rows[place]), paper)
            if place in reranked:
                reasons["rerank"] = round(reranked[place], 4)
            hits.append(Hit(paper=paper, score=round(float(scores[place]), 6), why=reasons))
        counted = view.keys[rows[:COUNTED]].tolist() if facets else []
        return Answer(
            hits=tuple(hits),
            searched_for=asked.text,
            facets={field: tuple(self._library.counts_among(counted, field)) for field in FACETS} if facets else {},
            counted=len(counted),
        )

    def _ranked(
        self, view: View, asked: Asked, vector: Vectors | None
    ) -> tuple[NDArray[np.intp], Scores, dict[str, Scores]]:
        """Rows, best first, their scores, and what these are made of; everything else that `why` tells is found later."""
        mode = asked.request.mode
        depth = max(DEPTH, asked.request.k)
        allowed = view.allowed(asked.request.filters)
        if asked.quoting is not None:
            held = np.zeros(len(view), dtype=bool)
            held[view.rows(asked.quoting)] = True
            allowed = allowed & held
        if apart := view.rows([*asked.liked, *asked.disliked]):
            allowed[apart] = False
        signals: dict[str, Scores] = {}
        if mode != "dense":
            words = view.words(asked.terms)
            words[~allowed] = 0
            signals["words"] = words
            if view.has_texts:
                signals["fulltext"] = self._in_texts(view, asked, allowed)
        if vector is not None:
            signals["meaning"] = view.meaning(vector, within=allowed)
        if mode == "hybrid":
            signals["citations"] = view.authority
        rows = _candidates(signals, depth)
        if mode == "hybrid" and len(rows):
            wider = self._wider(view, signals, rows, allowed)
            signals |= wider
            rows = np.union1d(rows, _candidates(wider, depth))
        parts = {name: scaled(scores, rows) for name, scores in signals.items()}
        raw = {name: signals[signal][rows] for name, signal in _RAW.items() if signal in signals}
        scores = combined(parts, self._weights)
        for row in view.rows(self._library.titled(asked.text)) if asked.text else ():
            scores[rows == row] += _SAME_TITLE
        order = np.lexsort((view.keys[rows], -scores))
        return rows[order], scores[order], {name: one[order] for name, one in (parts | raw).items()}

    def _wider(
        self, view: View, signals: Mapping[str, Scores], rows: NDArray[np.intp], allowed: Mask
    ) -> dict[str, Scores]:
        """Take the first hits for good ones: the signals of what is near to them and what they cite.

        Pseudo-relevance feedback with the mean of their vectors (Rocchio 1971), and one step along the citations.
        """
        scores = combined({name: scaled(one, rows) for name, one in signals.items()}, self._weights)
        order = np.lexsort((view.keys[rows], -scores))[:CITING]
        first = rows[order]
        wider = {"cited": cited_by(first, trust(scores[order]), view.links, allowed)}
        nearest = min(NEAREST, len(rows) // 10)  # of a handful of papers the first ten are simply all
        there = np.flatnonzero(view.has_vector(first[:nearest]))
        if len(there):
            mean = trust(scores[order[:nearest]])[there] @ view.vectors(first[there].tolist())
            wider["likeness"] = view.meaning(normalise(mean[None])[0], candidates=0, within=allowed)
        return wider

    def _in_texts(self, view: View, asked: Asked, allowed: Mask) -> Scores:
        """1 for the paper whose full text fits best, less for the next ones, 0 for all others."""
        scores = np.zeros(len(view), dtype=np.float32)
        words = [word for token in asked.parsed.tokens for word in re.findall(r"\w+", token)]
        if words:
            found = view.rows(self._library.in_fulltexts(any_of(words), TEXTS, asked.request.filters))
            for place, row in enumerate(row for row in found if allowed[row]):
                scores[row] = 1 - place / TEXTS
        return scores

    def _reranked(self, view: View, asked: Asked, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], dict[int, float]]:
        """The order of `rows` with the first RERANKED of them as a cross-encoder has it, and its scores by place."""
        name = str(asked.request.rerank)
        if name not in self._rerankers:
            self._rerankers[name] = self._load_reranker(name)
        first = self._library.papers(view.keys[rows[:RERANKED]].tolist())
        question = asked.text or first[0].title
        scores = self._rerankers[name].scores(question, [f"{paper.title}. {paper.abstract or ''}" for paper in first])
        order = np.concatenate([np.argsort(-np.asarray(scores), kind="stable"), np.arange(len(first), len(rows))])
        return order, dict(enumerate(scores))

    # ---- from words to what is looked up -------------------------------------------------------------------------

    def _asked(self, request: SearchRequest) -> Asked:
        liked = [self._library.resolve(one) for one in request.like]
        disliked = [self._library.resolve(one) for one in request.unlike]
        if both := set(liked) & set(disliked):
            name = self._library.papers(list(both)[:1])[0].name
            raise QueryError(f"the paper {name!r} is both liked and disliked", "Name it once")
        text = check_request(request, bool(liked))
        parsed = self._analyser.query(text)
        quoting: set[int] | None = None
        for quote in parsed.quotes:
            held = set(self._library.quoting(quote, whole_phrase(quote)))
            if held:
                quoting = held if quoting is None else quoting & held
            else:  # quotes in a question are often for stress: where no paper has the phrase, its words are looked for
                text = without_quotes(text, quote)
        terms = self._terms(request, parsed, liked, disliked)
        return Asked(request, text, parsed, terms, tuple(liked), tuple(disliked), quoting)

    def _terms(
        self, request: SearchRequest, parsed: ParsedQuery, liked: Sequence[int], disliked: Sequence[int]
    ) -> dict[str, float]:
        """The terms looked up and their weights: the query's, Chinese ones as they were typed, and those of liked titles."""
        terms = dict.fromkeys(parsed.terms, 1.0) | dict.fromkeys(parsed.variants, _VARIANT)
        if not request.query.isascii():
            terms |= {term: 1.0 for term in self._analyser.query(request.query).terms if not term.isascii()}
        for paper in self._library.papers(liked):
            for term in self._analyser.query(paper.title).terms:
                terms[term] = terms.get(term, 0.0) + _LIKED
        for paper in self._library.papers(disliked):
            for term in self._analyser.query(paper.title).terms:
                if term not in parsed.all_terms:
                    terms[term] = terms.get(term, 0.0) - _LIKED
        return terms

    def _vector(self, asked: Asked) -> Vectors:
        """One direction (d,): towards the query and the liked papers' mean, away from that of the disliked ones.

        Rocchio 1971, "Relevance feedback in information retrieval", with weights 1, 1 and 1/2.
        """
        embedder = self._ready_embedder()
        view = self._holdings.view_with_vectors()
        vector = np.zeros(embedder.dimension, dtype=np.float32)
        if asked.text:
            vector += embedder.encode_queries([asked.text])[0]
        for keys, weight in ((asked.liked, 1.0), (asked.disliked, -0.5)):
            if keys:
                vector += np.float32(weight) * self._mean(view, keys)
        return np.asarray(normalise(vector[None])[0])

    def _mean(self, view: View, keys: Sequence[int]) -> Vectors:
        try:
            return np.asarray(view.vectors(view.rows(keys)).mean(axis=0))
        except KeyError as error:
            name = self._library.papers([int(view.keys[error.args[0]])])[0].name
            raise IndexMismatch(f"the paper {name!r} has no vector yet", "Run `fourways index`") from error

    def _ready_embedder(self) -> Embedder:
        if not self._library.count():
            remedy = "Run `fourways start` for the starter catalogue, or `fourways import FILE`"
            raise QueryError("the library is empty", remedy)
        model = self._holdings.view_with_vectors().snapshot.model  # before the model is loaded, which takes longer
        if model is None:
            raise IndexMismatch("the papers have no vectors yet", "Run `fourways index`, or search with --mode lexical")
        embedder = self._embedder()
        if embedder.name != model:
            raise model_mismatch(model, embedder.name)
        return embedder


def _candidates(signals: Mapping[str, Scores], depth: int) -> NDArray[np.intp]:
    """The rows that are among the best `depth` by one of the signals, ascending; being cited often is no reason by itself."""
    found = [np.zeros(0, dtype=np.intp)]
    for name, scores in signals.items():
        if name != "citations":
            rows = best(scores, depth)
            found.append(rows if name in _COSINES else rows[scores[rows] > 0])
    return np.unique(np.concatenate(found))
