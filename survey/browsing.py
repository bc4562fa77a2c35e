"""An answer a page at a time, in the order that is asked for; where only filters are given, all papers that they let through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from corpus.errors import InputError
from corpus.library import Library
from corpus.models import Answer, Filters, Frozen, Hit, SearchRequest
from corpus.search import COUNTED, FACETS, MAX_K
from survey.asking import PAGE, Answers

Order = Literal["best", "newest", "oldest", "cited"]
ORDERS: tuple[Order, ...] = get_args(Order)
# In any order but the best first, these many of the best are put in order: beyond them a search by meaning finds everything.
SORTED = COUNTED
_LAST_PAGE = MAX_K // PAGE


class Shown(Frozen):
    """How an answer is looked at: in which order, and which page of it, from 1 on."""

    order: Order = "best"
    page: int = 1


class Sheet(Frozen):
    """A page of an answer: its `answer` holds only the hits of this page. `first`: the number of the first of them, from 1 on;
    `total`: how many can be paged through, None where more can always be found; `more`: whether there is a next page.
    """

    answer: Answer
    first: int = 1
    total: int | None = None
    more: bool = False


def read_shown(fields: Mapping[str, Sequence[str]]) -> Shown:
    """The order and page of an address: `order`, `page`. Raises InputError for what makes no sense."""
    order, page = ((fields.get(name) or [usual])[-1] or usual for name, usual in (("order", "best"), ("page", "1")))
    if order not in ORDERS:
        raise InputError(f"papers cannot be ordered by {order[:40]!r}", f"Use one of {', '.join(ORDERS)}")
    if not (page.isascii() and page.isdigit() and 1 <= int(page[:6]) <= _LAST_PAGE):
        raise InputError(f"there is no page {page[:20]!r}", f"Ask for 1 to {_LAST_PAGE}")
    return Shown.model_validate({"order": order, "page": int(page[:6])})


def shown_fields(shown: Shown) -> dict[str, str]:
    """The fields of an address that `read_shown` reads; what is as usual is left out."""
    fields = {"order": shown.order, "page": str(shown.page)}
    return {name: value for name, value in fields.items() if value != str(getattr(Shown(), name))}


def is_listing(request: SearchRequest) -> bool:
    """Whether nothing is looked for: only filters are given, and they list papers."""
    return not request.query.strip() and not request.like and not request.unlike and bool(request.filters)


def build_sheet(searcher: Answers, library: Library, request: SearchRequest, shown: Shown) -> Sheet:
    """The page `shown` of what `request` finds, or of the papers that its filters let through; `request.k` papers a page.

    A listing has the newest first where the best were asked for. Raises what the searcher raises.
    """
    begin, end = request.k * (shown.page - 1), request.k * shown.page
    if is_listing(request):
        return _list(library, request, shown, begin, end)
    if shown.order == "best":
        answer = searcher.answer(request.model_copy(update={"k": min(MAX_K, end + 1)}), facets=True)
        found, total = answer.hits, None
    else:
        answer = searcher.answer(request.model_copy(update={"k": SORTED}), facets=True)
        found = tuple(sorted(answer.hits, key=_HITS[shown.order]))
        total = len(found)
    page = answer.model_copy(update={"hits": found[begin:end]})
    return Sheet(answer=page, first=begin + 1, total=total, more=len(found) > end)


_HITS: dict[str, Callable[[Hit], tuple[int, ...]]] = {
    "newest": lambda hit: (-(hit.paper.year or 0),),
    "oldest": lambda hit: (hit.paper.year or 9999,),
    "cited": lambda hit: (-int(hit.why.get("citations", 0)),),
}


def _list(library: Library, request: SearchRequest, shown: Shown, begin: int, end: int) -> Sheet:
    keys = _ordered(library, request.filters, shown.order)
    hits = tuple(Hit(paper=paper, score=0.0) for paper in library.papers(keys[begin:end]))
    facets = {field: tuple(library.counts_among(keys, field)) for field in FACETS}
    answer = Answer(hits=hits, facets=facets, counted=len(keys))
    return Sheet(answer=answer, first=begin + 1, total=len(keys), more=len(keys) > end)


def _ordered(library: Library, filters: Filters, order: Order) -> list[int]:
    """The keys of the papers that the filters let through. Those without a year come last."""
    keys = library.matching(filters)
    if order == "cited":
        inside = set(keys)
        counts = dict.fromkeys(keys, 0)
        for _, cited in library.citations():
            if cited in inside:
                counts[cited] += 1
        return sorted(keys, key=lambda key: -counts[key])
    years = dict(library.years())
    if order == "oldest":
        return sorted(keys, key=lambda key: years.get(key, 9999))
    return sorted(keys, key=lambda key: -years.get(key, 0))
