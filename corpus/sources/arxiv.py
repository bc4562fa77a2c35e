"""arXiv's API: queries, pages of Atom, and the papers in them. https://info.arxiv.org/help/api/user-manual.html

The `arxiv` package builds the addresses and counts the pages; fetching (`corpus.net`) and reading are done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from corpus.errors import InputError, ServiceError, shorten
from corpus.models import Paper, clean_line
from corpus.net import Answer, Session
from corpus.sources import Fault
from corpus.sources.arxiv_record import build_arxiv_paper, valid_id
from corpus.sources.safe_xml import BrokenXml, RefusedXml, complaint, local_name, parse_sound, text_of

BASE_URL = "https://export.arxiv.org/api/query"
# Seconds between two requests: https://info.arxiv.org/help/api/tou.html
INTERVAL = 3.0
# The service's limits: entries a page, and hits that one query can be paged through.
MAX_PAGE = 2_000
MAX_HITS = 30_000
# Ids in one request: with more, the address outgrows what proxies let through.
_IDS_AT_ONCE = 100

_NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "arxiv": "http://arxiv.org/schemas/atom",
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
}
_ERROR_ID = "/api/errors"
_FIRST_DAY = date(1991, 7, 1)  # arXiv opened in August 1991
_LAST_DAY = date(2199, 12, 31)

_FIELD = re.compile(r"(?<!\w)(?:ti|au|abs|co|jr|cat|rn|id|all|doi|submittedDate|lastUpdatedDate):", re.IGNORECASE)
_OPERATOR = re.compile(r"(?<!\S)(?:AND|OR|ANDNOT)(?!\S)|[()]")
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z-]*(?:\.[A-Za-z-]+|\.\*)?")
# These are parted into subjects, `cs` into `cs.CL` and so on; new papers are filed under those alone.
_PARTED = {"astro-ph", "cond-mat", "cs", "econ", "eess", "math", "nlin", "physics", "q-bio", "q-fin", "stat"}


@dataclass(frozen=True)
class Feed:
    """One answer: how many hits the query has (`total`), the offset of the first here (`start`), and all its entries."""

    total: int
    start: int
    entries: tuple[Paper | Fault, ...]


@dataclass(frozen=True)
class Page:
    """Some entries of a query: from offset `start` on, of `total`. For ids, `start` and `total` count the ids."""

    start: int
    total: int
    entries: tuple[Paper | Fault, ...]


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(content: bytes) -> Feed:
    """Read an Atom answer. An entry that is no paper becomes a Fault; none is left out.

    Raises ServiceError for an error feed (its status is then 400), for a DOCTYPE, and for what is no Atom.
    """
    try:
        root, broken = parse_sound(content, "entry")
    except RefusedXml as error:
        raise ServiceError(f"the answer is refused: {error}", "Check the address, and who answers there") from error
    except BrokenXml as error:
        raise ServiceError(f"the answer is no Atom feed ({error})", "Check the address") from error
    if not is_feed(root):
        raise ServiceError(f"the answer is no Atom feed but <{local_name(root)}>", "Check the address")
    start = _count(root, "opensearch:startIndex")
    elements = root.findall("atom:entry", _NAMES)
    for element in elements:
        if _ERROR_ID in (text_of(element, "atom:id", _NAMES) or ""):
            told = text_of(element, "atom:summary", _NAMES) or "no reason given"
            raise ServiceError(f"the service refuses the query: {shorten(told, 200)}", "Mend the query or the id", 400)
    entries = [parse_entry(element, f"entry {start + n}") for n, element in enumerate(elements, 1)]
    entries += [Fault(_id_in(piece) or f"entry {start + n}", "broken XML") for n, piece in enumerate(broken, 1)]
    return Feed(_count(root, "opensearch:totalResults"), start, tuple(entries))


def is_feed(element: Any) -> bool:
    """Whether this is the root of an Atom feed."""
    return bool(element.tag == f"{{{_NAMES['atom']}}}feed")


def is_entry(element: Any) -> bool:
    """Whether this is an entry of an Atom feed."""
    return bool(element.tag == f"{{{_NAMES['atom']}}}entry")


def parse_entry(element: Any, where: str) -> Paper | Fault:
    """An `<entry>` as a paper, or the reason why it is none, under its id if it has one, else `where`."""
    entry_id = text_of(element, "atom:id", _NAMES)
    if entry_id is None:
        return Fault(where, "it has no id")
    arxiv_id = valid_id(entry_id)
    if arxiv_id is None:
        return Fault(shorten(entry_id), "its id is no arXiv id")
    if (title := text_of(element, "atom:title", _NAMES)) is None:
        return Fault(arxiv_id, "it has no title")
    days: dict[str, str | None] = {}
    for field in ("published", "updated"):
        stamp = text_of(element, f"atom:{field}", _NAMES)
        try:
            days[field] = datetime.fromisoformat(stamp).date().isoformat() if stamp else None
        except ValueError:
            return Fault(arxiv_id, f"{field}: {shorten(stamp or '')!r} is no date")
    return build_arxiv_paper(
        arxiv_id,
        title=title,
        abstract=text_of(element, "atom:summary", _NAMES),
        authors=[text_of(author, "atom:name", _NAMES) for author in element.iterfind("atom:author", _NAMES)],
        categories=_categories(element),
        comment=text_of(element, "arxiv:comment", _NAMES),
        journal_ref=text_of(element, "arxiv:journal_ref", _NAMES),
        doi=text_of(element, "arxiv:doi", _NAMES),
        published=days["published"],
        updated=days["updated"],
    )


def _categories(element: Any) -> list[str]:
    """All categories, the primary one first."""
    found = [*element.iterfind("arxiv:primary_category", _NAMES), *element.iterfind("atom:category", _NAMES)]
    return [term for category in found if (term := category.get("term"))]


def _count(root: Any, path: str) -> int:
    text = text_of(root, path, _NAMES) or ""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else 0


def _id_in(piece: bytes) -> str | None:
    match = re.search(rb"<id>\s*([^<]{1,200}?)\s*</id>", piece)
    return valid_id(match[1].decode("utf-8", "replace")) if match else None


def objection(answer: Answer) -> str | None:
    """Why an answer with status 200 must be asked for again, or None: the service is busy, or sent half a page.

    A DOCTYPE and an error feed are no reason to ask again; `parse` raises for them.
    """
    if (why := complaint(answer.body, "feed", "entry", "Atom feed")) or b"<entry" in answer.body:
        return why
    try:
        root, _ = parse_sound(answer.body, "entry")
    except RefusedXml:
        return None
    hits, offset = _count(root, "opensearch:totalResults"), _count(root, "opensearch:startIndex")
    return "an empty page before the end" if hits > offset else None


# ---- asking ----------------------------------------------------------------------------------------------------------


def build_query(
    query: str | None, categories: Sequence[str] = (), since: date | None = None, until: date | None = None
) -> str:
    """A `search_query` of words, categories (any of them) and the days of first submission, both inclusive.

    Words as a user types them are looked for everywhere, side by side; what has field prefixes (`ti:`), AND, OR,
    ANDNOT or parentheses is arXiv's own language and is passed on as it is. Raises InputError.

    >>> build_query("visual prompts", ["cs.CV", "cs.CL"], since=date(2022, 1, 1), until=date(2022, 6, 30))
    '(all:"visual prompts") AND (cat:cs.CV OR cat:cs.CL) AND submittedDate:[202201010000 TO 202206302359]'
    """
    parts = []
    if words := clean_line(query or ""):
        parts.append(f"({_words(words)})")
    if categories:
        parts.append("(" + " OR ".join(f"cat:{_category(name)}" for name in dict.fromkeys(categories)) + ")")
    if since or until:
        first, last = since or _FIRST_DAY, until or _LAST_DAY
        if first > last:
            raise InputError(f"no day lies between {first} and {last}", "Give a first day that is not after the last")
        parts.append(f"submittedDate:[{first:%Y%m%d}0000 TO {last:%Y%m%d}2359]")
    return " AND ".join(parts)


def _words(text: str) -> str:
    if _FIELD.search(text) or _OPERATOR.search(text):
        return text
    quoted = re.findall(r'"([^"]+)"|([^"\s]+)', text) if '"' in text else [(text, "")]
    phrases = [clean_line(phrase or word) for phrase, word in quoted]
    return " AND ".join(f'all:"{phrase}"' if " " in phrase else f"all:{phrase}" for phrase in phrases if phrase) or text


def _category(name: str) -> str:
    name = clean_line(name)
    if not _CATEGORY.fullmatch(name):
        remedy = "Give one such as cs.CL; see https://arxiv.org/category_taxonomy"
        raise InputError(f"{shorten(name)!r} is no arXiv category", remedy)
    return f"{name}.*" if name in _PARTED else name


def split_range(first: date, last: date) -> tuple[tuple[date, date], ...]:
    """The two halves of a range of days (inclusive), the later one first; a single day cannot be split."""
    if first >= last:
        return ((first, last),)
    middle = first + (last - first) // 2
    return ((middle + timedelta(days=1), last), (first, middle))


class ArxivClient:
    """Asks arXiv, a page at a time. `base_url` is everything before the question mark; `interval` is in seconds."""

    def __init__(
        self, session: Session, base_url: str = BASE_URL, interval: float = INTERVAL, page_size: int = 200
    ) -> None:
        self._session, self.base_url, self._interval = session, base_url.rstrip("?"), interval
        self._page_size = max(1, min(page_size, MAX_PAGE))

    def pages(
        self, query: str = "", *, ids: Sequence[str] = (), start: int = 0, limit: int | None = None
    ) -> Iterator[Page]:
        """The hits of a query from offset `start` on, newest change first, one request a page; at most `limit` entries.

        With `ids` (as `valid_id` gives them) these papers are fetched instead; `start` and `limit` count ids then, and
        what the service does not know does not come back. Raises ServiceError.
        """
        if ids:
            wanted = list(ids)[start:] if limit is None else list(ids)[start : start + limit]
            for offset in range(0, len(wanted), _IDS_AT_ONCE):
                entries = self._fetch_ids(wanted[offset : offset + _IDS_AT_ONCE])
                yield Page(start + offset, len(ids), tuple(entries))
        elif query:
            yield from self._pages(query, [], start, limit)

    def _fetch_ids(self, ids: list[str]) -> list[Paper | Fault]:
        """The papers of these ids. An id that the service does not take spoils its whole request and is left out."""
        try:
            return [entry for page in self._pages("", ids, 0, None) for entry in page.entries]
        except ServiceError as error:
            refused = [one for one in ids if error.status == 400 and one in error.what.split()]
            if not refused:
                raise
            others = [one for one in ids if one not in refused]
            return [Fault(one, error.what) for one in refused] + (self._fetch_ids(others) if others else [])

    def _pages(self, query: str, ids: list[str], start: int, limit: int | None) -> Iterator[Page]:
        import arxiv

        if limit is not None and limit <= 0:
            return
        client = _paging_client(self._fetch, self.base_url)
        search = arxiv.Search(query, ids, None, arxiv.SortCriterion.LastUpdatedDate, arxiv.SortOrder.Descending)
        # The package asks for `page_size` entries whenever its entries run out, so the last page can be made smaller.
        client.page_size = self._page_size if limit is None else min(self._page_size, limit)
        entries = client.results(search, offset=start)
        taken = 0
        for first in entries:
            page: Feed = client.page
            whole = (first, *islice(entries, len(page.entries) - 1))
            offset, taken = start + taken, taken + len(whole)
            yield Page(offset, page.total, whole if limit is None else whole[: limit - (offset - start)])
            if limit is not None:
                if taken >= limit:
                    return
                client.page_size = min(self._page_size, limit - taken)

    def _fetch(self, url: str) -> Feed:
        # arXiv says what is wrong with a query in a feed of status 400.
        answer = self._session.get(url, interval=self._interval, hand_back={400}, check=objection)
        try:
            return parse(answer.body)
        except ServiceError as error:
            host = urlsplit(answer.url).netloc
            raise ServiceError(f"{host}: {error.what}", error.remedy, error.status) from error


@dataclass(frozen=True)
class _Header:
    total_results: int


@dataclass(frozen=True)
class _Results:
    """What the package's paging looks at in an answer."""

    header: _Header
    results: tuple[Paper | Fault, ...]


def _paging_client(fetch: Any, base_url: str) -> Any:
    """The package's client, with its fetching and reading replaced; `page` is the answer that it read last."""
    import arxiv

    class Paging(arxiv.Client):  # type: ignore[misc]
        page: Feed
        query_url_format = base_url.replace("{", "{{").replace("}", "}}") + "?{}"

        # The one private name of the package that is used here; tests/test_arxiv.py guards it. The package's own leaves
        # out malformed entries and then counts on from what is left, so that it would ask for some entries twice and
        # never for the last. Here all entries are counted, faults as well.
        def _parse_feed(self, url: str, first_page: bool = True, _try_index: int = 0) -> _Results:
            self.page = fetch(url)
            return _Results(_Header(self.page.total), self.page.entries)

    return Paging()
