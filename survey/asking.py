"""What is asked, as people and addresses write it: a search in words and in the app's address, narrowed, widened, and what to
say where nothing was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, get_args

from corpus.errors import InputError
from corpus.library import Library
from corpus.models import Answer, Filters, SearchRequest
from corpus.search import MAX_K, Mode, year_range
from corpus.searches import SavedSearch, unseen
from survey.strategies import check_strategy

# Papers on a page of the app: with twice as many, the first is seen .3 s later.
PAGE = 10
# Each filter's name in an address, on the command line and in sentences.
FILTERS = ("year", "venue", "category", "strategy", "tag")


class Answers(Protocol):
    """What answers a search; `corpus.search.Searcher` does."""

    def answer(self, request: SearchRequest, *, facets: bool = False) -> Answer: ...


def years_text(filters: Filters) -> str | None:
    """The range of years as it is typed: `2019-2022`, `2019-`, `-2022`, `2021`.

    >>> years_text(Filters(year_from=2019))
    '2019-'
    """
    first, last = filters.year_from, filters.year_to
    if first is None and last is None:
        return None
    return str(first) if first == last else f"{first or ''}-{last or ''}"


def filter_texts(filters: Filters) -> dict[str, str]:
    """Name -> value of the filters that are set, in the order of FILTERS."""
    values = {"year": years_text(filters)} | {name: getattr(filters, name) for name in FILTERS[1:]}
    return {name: value for name, value in values.items() if value}


def build_filters(given: Mapping[str, str | None], base: Filters | None = None) -> Filters:
    """`base`, changed by what is given: name -> value; an empty value takes the filter away. Raises QueryError."""
    changes: dict[str, Any] = {}
    for name, value in given.items():
        value = (value or "").strip() or None
        if name == "year":
            changes["year_from"], changes["year_to"] = year_range(value) if value else (None, None)
        else:
            changes[name] = check_strategy(value) if name == "strategy" else value
    return (base or Filters()).model_copy(update=changes)


def narrowed(request: SearchRequest, name: str, value: str | None) -> SearchRequest:
    """The same search with the filter `name` set to `value`; None takes it away."""
    return request.model_copy(update={"filters": build_filters({name: value}, request.filters)})


def liking(request: SearchRequest, paper_id: str) -> SearchRequest:
    """The same search, nearer to this paper."""
    return _moved(request, paper_id, "like", "unlike")


def unliking(request: SearchRequest, paper_id: str) -> SearchRequest:
    """The same search, farther from this paper."""
    return _moved(request, paper_id, "unlike", "like")


def without(request: SearchRequest, paper_id: str) -> SearchRequest:
    """The same search, as if nothing had been said of this paper."""
    return request.model_copy(
        update={side: tuple(one for one in getattr(request, side) if one != paper_id) for side in ("like", "unlike")}
    )


def _moved(request: SearchRequest, paper_id: str, to: str, other: str) -> SearchRequest:
    rest = without(request, paper_id)
    return rest.model_copy(update={to: (*getattr(rest, to), paper_id)})


def render_request(request: SearchRequest) -> str:
    """The search in words, on one line.

    >>> render_request(SearchRequest(query="lora", unlike=("a",), filters=Filters(year_from=2020)))
    'lora · not like a · year 2020-'
    """
    found = [request.query] if request.query else []
    if request.like:
        found.append("like " + ", ".join(request.like))
    if request.unlike:
        found.append("not like " + ", ".join(request.unlike))
    found += [f"{name} {value}" for name, value in filter_texts(request.filters).items()]
    if request.mode != "hybrid":
        found.append({"lexical": "words only", "dense": "meaning only"}.get(request.mode, request.mode))
    if request.rerank:
        found.append(f"re-ranked by {request.rerank}")
    return " · ".join(found)


# ---- the app's address -------------------------------------------------------------------------------------------------


def build_address(request: SearchRequest) -> dict[str, list[str]]:
    """The whole search as the fields of an address; what is as usual is left out. `read_address` reads it."""
    fields = {"q": [request.query], "like": [*request.like], "unlike": [*request.unlike]}
    fields |= {name: [value] for name, value in filter_texts(request.filters).items()}
    fields["mode"] = [request.mode] if request.mode != "hybrid" else []
    fields["k"] = [str(request.k)] if request.k != PAGE else []
    fields["rerank"] = [request.rerank or ""]
    return {name: kept for name, values in fields.items() if (kept := [value for value in values if value])}


def read_address(fields: Mapping[str, Sequence[str]]) -> SearchRequest:
    """The search that an address asks for. Raises QueryError, InputError for one that makes no sense."""
    last = {name: values[-1] for name, values in fields.items() if values and values[-1]}
    mode = last.get("mode", "hybrid")
    if mode not in get_args(Mode):
        raise InputError(f"there is no search mode {mode[:40]!r}", f"Use one of {', '.join(get_args(Mode))}")
    k = last.get("k", str(PAGE))
    if not (k.isascii() and k.isdigit() and 1 <= int(k[:6]) <= MAX_K):
        raise InputError(f"{k[:20]!r} papers cannot be shown", f"Ask for 1 to {MAX_K}")
    return SearchRequest(
        query=last.get("q", ""),
        k=int(k[:6]),
        filters=build_filters({name: last[name] for name in FILTERS if name in last}),
        mode=mode,
        like=tuple(dict.fromkeys(filter(None, fields.get("like", ())))),
        unlike=tuple(dict.fromkeys(filter(None, fields.get("unlike", ())))),
        rerank=last.get("rerank"),
    )


def same_search(one: SearchRequest, other: SearchRequest) -> bool:
    """Whether both ask for the same; how many papers they show does not count."""
    return one.model_copy(update={"k": other.k}) == other


def count_new(searcher: Answers, library: Library, kept: SavedSearch) -> int:
    """How many papers the kept search finds that it has not shown yet; 0 where it never ran.

    One that is re-ranked is counted before that: the order of its first hits does not change what is new among them.
    """
    if kept.ran is None:
        return 0
    found = searcher.answer(kept.request.model_copy(update={"rerank": None})).hits
    return len(unseen(library, kept.seen, found))


# ---- nothing found -----------------------------------------------------------------------------------------------------


def advise(searcher: Answers, request: SearchRequest) -> str:
    """What to change where nothing was found: the filters that, left out alone, let papers through; else what else helps."""
    given = filter_texts(request.filters)

    def finds(filters: Filters) -> bool:
        asked = request.model_copy(update={"filters": filters, "k": 1, "rerank": None})
        return bool(searcher.answer(asked).hits)

    helping = [name for name in given if finds(build_filters({name: None}, request.filters))]
    if helping:
        named = " or ".join(f"{name} {given[name]}" for name in helping)
        return f"Without the filter {named} there are some"
    if len(given) > 1 and finds(Filters()):
        return "Without the filters there are some"
    return "Use other words" if request.mode != "lexical" else "Use other words, or search by meaning too"


def doubt(request: SearchRequest, answer: Answer) -> str | None:
    """What to say of hits that hold no word of the query, as in a language that neither model nor glossary reads; else None."""
    if not request.query or not answer.hits or any(hit.why.get("words") for hit in answer.hits):
        return None
    return "No word of the query stands in these papers; they are what is least far in meaning"
