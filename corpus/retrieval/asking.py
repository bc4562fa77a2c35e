"""From a request to what is looked up: what can be answered, in which words, and over which years."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from corpus.errors import QueryError
from corpus.glossary import translate
from corpus.models import SearchRequest
from corpus.retrieval.analysis import QUOTES, ParsedQuery

Mode = Literal["hybrid", "lexical", "dense"]

MAX_K = 10_000
MAX_QUERY = 5_000
MAX_LIKED = 100


@dataclass(frozen=True)
class Asked:
    """A request that was understood: its `text` in English, cut up; the weights of the `terms` looked up; the keys of the
    papers `liked` and `disliked`, and of those that hold every quoted phrase (None: nothing was quoted).
    """

    request: SearchRequest
    text: str
    parsed: ParsedQuery
    terms: Mapping[str, float]
    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()
    quoting: set[int] | None = None


def check_request(request: SearchRequest, liked: bool) -> str:
    """The words to look up. Raises QueryError for what cannot be answered; with `liked` papers, no words are needed."""
    query = " ".join(request.query.split())
    if request.mode not in get_args(Mode):
        raise QueryError(f"there is no search mode {request.mode[:40]!r}", f"Use one of {', '.join(get_args(Mode))}")
    if not 1 <= request.k <= MAX_K:
        raise QueryError(f"{request.k} papers cannot be shown", f"Ask for 1 to {MAX_K} with -k")
    if len(query) > MAX_QUERY:
        raise QueryError(
            f"the query has {len(query)} characters",
            f"Shorten it to {MAX_QUERY}: a title or an abstract is long enough",
        )
    if len(request.like) + len(request.unlike) > MAX_LIKED:
        raise QueryError("too many papers are liked and disliked", f"Name {MAX_LIKED} at most")
    if not query and not liked:
        raise QueryError("the query is empty", "Say what to look for, or name a paper with --like")
    if query and not any(c.isalnum() for c in query) and not liked:
        raise QueryError("the query holds no word", "Say in a few words what to look for")
    return searched_for(query)


def searched_for(query: str) -> str:
    """What is looked up: the query, its Chinese in the field's English as far as the glossary goes.

    >>> searched_for("CLIP 的零样本分割")
    'CLIP zero-shot segmentation'
    """
    translation = translate(query)
    return " ".join([translation.text, *translation.unknown]) if translation.used else query


def any_of(words: Sequence[str]) -> str:
    """An FTS5 expression. Quoted, an operator is a word like any other."""
    return " OR ".join(f'"{word}"' for word in words)


def whole_phrase(quote: str) -> re.Pattern[str]:
    """Finds `quote` word for word, whatever its capitals and the space between its words."""
    return re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, quote.split())) + r"(?!\w)", re.IGNORECASE)


def without_quotes(text: str, quote: str) -> str:
    """`text` with the marks around `quote` taken off.

    >>> without_quotes('retrieval "per hop"', "per hop")
    'retrieval per hop'
    """
    inside = r"\s+".join(map(re.escape, quote.split()))
    return re.sub(f"[{QUOTES}]\\s*({inside})\\s*[{QUOTES}]", r"\1", text)


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
