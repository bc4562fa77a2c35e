"""Semantic Scholar's Academic Graph: whom papers cite, and how often they are cited. https://api.semanticscholar.org/api-docs/graph

Papers are asked for in batches. Its users report that large batches with references time out (HTTP 500, 504) or come
back with emptied lists, and that one ill record spoils its whole batch: so batches shrink on trouble and grow back
slowly, and what came back without its bibliography is asked for singly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from corpus.errors import ServiceError, one_line, shorten
from corpus.net import Session
from corpus.sources import Batch, Bibliography, Reference
from corpus.sources.references import (
    build_record,
    check_by,
    decode_json,
    known_ids,
    plain_count,
    plain_list,
    plain_object,
    plain_text,
    plain_year,
)

BASE_URL = "https://api.semanticscholar.org"
# Seconds between two requests; with a key one request a second is allowed.
INTERVAL = 1.0
# Ids in the first batch, and the most that the service takes.
FIRST_BATCH = 100
MAX_BATCH = 500
# References a page, the most that the service gives; and pages, since no paper cites so much.
MAX_PAGE = 1_000
_MAX_PAGES = 20

_SHORT = "externalIds,title,authors,year"
_FIELDS = ",".join(
    ["externalIds,title,authors,year,venue,referenceCount,citationCount"]
    + [f"references.{field}" for field in _SHORT.split(",")]
)
# A batch that is too large for the service; a smaller one may pass. 503 is left to the session: nobody is at home.
_TOO_LARGE = (413, 500, 502, 504)
# So a single paper fails that the service cannot cope with, although it answers others.
_PAPERS_FAULT = (400, 404, *_TOO_LARGE)
_NONE_KNOWN = b"No valid paper ids"
# So many papers failing one after the other, each after a whole patience: it is the service, not the papers.
_FAILURES = 3
_KINDS = {"arxiv": "ARXIV", "doi": "DOI", "acl": "ACL"}


@dataclass(frozen=True)
class Entry:
    """One paper of an answer: its `bibliography`, the service's own `paper_id`, and how many references it should have."""

    bibliography: Bibliography
    paper_id: str
    reference_count: int

    @property
    def is_short(self) -> bool:
        """Whether the list of references was emptied, or cut at a full page."""
        found = len(self.bibliography.references)
        return self.reference_count > found and (found == 0 or found >= MAX_PAGE)


@dataclass(frozen=True)
class Page:
    """Some references of one paper, and the offset of the next page; None at the end."""

    references: tuple[Reference, ...]
    next: int | None


# ---- reading ---------------------------------------------------------------------------------------------------------


def paper_id(alias: str) -> str | None:
    """The name under which a paper can be asked for; None where Semantic Scholar knows no such ids.

    >>> paper_id("arxiv:2106.09685"), paper_id("acl:P19-1613"), paper_id("mla:hu2022iclr-lora")
    ('ARXIV:2106.09685', 'ACL:P19-1613', None)
    """
    kind, _, name = alias.partition(":")
    if not name:
        return None
    if kind == "s2":
        return name
    return f"{_KINDS[kind]}:{name}" if kind in _KINDS else None


def parse(content: bytes, asked: Sequence[str]) -> list[Entry | None]:
    """Read the answer to a batch: an entry for each alias that was `asked`, in order; None for a paper that is unknown.

    Raises ValueError, with the reason in plain words, for an answer of another shape.
    """
    items = _items(content, len(asked))
    return [_entry(item, alias) if item else None for item, alias in zip(items, asked, strict=True)]


def _items(content: bytes, count: int) -> list[dict[str, Any] | None]:
    """The answer's entries as JSON objects. Raises ValueError."""
    value = decode_json(content)
    if not isinstance(value, list):
        raise ValueError(f"a list was expected, this says {_told(value)}")
    if len(value) != count:
        raise ValueError(f"{count} papers were asked for and {len(value)} came back")
    if not all(item is None or isinstance(item, dict) for item in value):
        raise ValueError("an entry is no paper")
    return value


def _entry(item: dict[str, Any], alias: str) -> Entry:
    values = {
        "title": item.get("title"),
        "authors": _authors(item),
        "year": plain_year(item.get("year")),
        "venue": plain_text(item.get("venue"), 300),
    }
    if alias.startswith("s2:"):
        values["id"] = alias
    # The service's other id of the same kind must not push out the one that the library knows the paper by.
    ids = (*known_ids([alias]), *known_ids(_external_ids(item)))
    references = tuple(_reference(one) for one in plain_list(item.get("references")) if isinstance(one, dict))
    bibliography = Bibliography(alias, build_record(ids, values), references, plain_count(item.get("citationCount")))
    return Entry(bibliography, plain_text(item.get("paperId"), 100), plain_count(item.get("referenceCount")) or 0)


def _external_ids(item: dict[str, Any]) -> list[str]:
    """The ids in the service's field, in forms that `canonical_id` reads."""
    given = plain_object(item.get("externalIds"))
    marks = {"ArXiv": "arxiv:", "ACL": "acl:", "DOI": "doi:"}
    return [mark + name for kind, mark in marks.items() if isinstance(name := given.get(kind), str)]


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    names = [plain_text(plain_object(author).get("name"), 300) for author in plain_list(item.get("authors"))]
    return tuple(name for name in names if name)


def _reference(item: dict[str, Any]) -> Reference:
    ids = known_ids(_external_ids(item))
    own = item.get("paperId")
    if not ids and isinstance(own, str) and own:
        ids = (f"s2:{own}",)
    return Reference(ids, plain_text(item.get("title")), _authors(item), plain_year(item.get("year")))


def parse_page(content: bytes) -> Page:
    """Read one page of a paper's references. Raises ValueError, with the reason in plain words, for another shape.

    `data` is null where the publisher withholds the list: that is an empty page.
    """
    value = decode_json(content)
    if not isinstance(value, dict) or "data" not in value or not isinstance(value["data"], list | None):
        raise ValueError(f"a page of references was expected, this says {_told(value)}")
    cited = [plain_object(plain_object(item).get("citedPaper")) for item in plain_list(value["data"])]
    following = value.get("next")
    return Page(tuple(_reference(item) for item in cited if item), following if isinstance(following, int) else None)


def _told(value: object) -> str:
    """What an answer of the wrong shape says, in a few words."""
    told = plain_object(value)
    return repr(shorten(one_line(str(told.get("message") or told.get("error") or value)), 100))


# ---- asking ----------------------------------------------------------------------------------------------------------


def fetch(
    session: Session,
    aliases: Sequence[str],
    *,
    base_url: str = BASE_URL,
    key: str | None = None,
    interval: float = INTERVAL,
) -> Iterator[Batch]:
    """Ask for the bibliographies of papers, by canonical ids; every alias comes back in one of the batches.

    `key` is sent in a header and told to nobody; `interval` is in seconds. Raises ServiceError when the service cannot
    be reached, refuses, or fails for several papers one after the other.
    """
    client = _Client(session, base_url.rstrip("/"), {"x-api-key": key} if key else {}, interval)
    strange = tuple((alias, "Semantic Scholar knows no ids of this kind") for alias in aliases if not paper_id(alias))
    if strange:
        yield Batch(failed=strange)
    yield from client.batches([alias for alias in aliases if paper_id(alias)])


class _Client:
    """Asks in batches whose `size` follows what the service can bear."""

    def __init__(self, session: Session, base_url: str, headers: dict[str, str], interval: float) -> None:
        self._session, self._headers, self._interval = session, headers, interval
        self._url = f"{base_url}/graph/v1/paper"
        self.size = FIRST_BATCH
        self._failures = 0

    def batches(self, aliases: Sequence[str]) -> Iterator[Batch]:
        done = 0
        while done < len(aliases):
            asked = aliases[done : done + self.size]
            try:
                entries = self._ask(asked)
            except ServiceError as error:
                if error.status not in _PAPERS_FAULT:
                    raise
                yield Batch(failed=((asked[0], error.what),))
                self._count_failure(error)
                done += 1
                continue
            if entries is None:
                self.size = len(asked) // 2
                continue
            yield from self._settle(asked, entries)
            done += len(asked)
            self.size = min(MAX_BATCH, self.size + max(1, self.size // 8))

    def _ask(self, asked: Sequence[str]) -> list[Entry | None] | None:
        """The answer to a batch; None if a smaller one should be tried. Raises ServiceError."""
        answer = self._session.post(
            f"{self._url}/batch",
            {"ids": [paper_id(alias) for alias in asked]},
            params={"fields": _FIELDS},
            headers=self._headers,
            interval=self._interval,
            hand_back=(400, *_TOO_LARGE) if len(asked) > 1 else (400,),
            check=check_by(lambda content: _items(content, len(asked))),
        )
        if answer.status == 200:
            return parse(answer.body, asked)
        if answer.status == 400 and _NONE_KNOWN in answer.body:
            return [None] * len(asked)
        if len(asked) > 1:
            return None
        told = shorten(one_line(answer.body.decode("utf-8", "replace")), 100)
        raise ServiceError(f"Semantic Scholar refuses it: {told}", "Check the address", answer.status)

    def _settle(self, asked: Sequence[str], entries: Sequence[Entry | None]) -> Iterator[Batch]:
        """The batch, once the lists that came back short have been asked for singly. Raises ServiceError after what is whole."""
        unknown = tuple(alias for alias, entry in zip(asked, entries, strict=True) if entry is None)
        found: list[Bibliography] = []
        failed: list[tuple[str, str]] = []
        for entry in entries:
            if entry is None:
                continue
            try:
                found.append(self._complete(entry) if entry.is_short else entry.bibliography)
                self._failures = 0
            except ServiceError as error:
                is_papers = error.status in _PAPERS_FAULT
                if is_papers:
                    failed.append((entry.bibliography.asked, error.what))
                if not is_papers or self._failures + 1 == _FAILURES:
                    yield Batch(tuple(found), unknown, tuple(failed))
                    raise
                self._failures += 1
        yield Batch(tuple(found), unknown, tuple(failed))

    def _count_failure(self, error: ServiceError) -> None:
        """Raises the error when so many papers failed in a row that the service must be at fault."""
        self._failures += 1
        if self._failures == _FAILURES:
            raise error

    def _complete(self, entry: Entry) -> Bibliography:
        """The entry's bibliography, with the references that its own pages give. Raises ServiceError."""
        name = entry.paper_id or paper_id(entry.bibliography.asked) or ""
        references: list[Reference] = []
        offset = 0
        for _ in range(_MAX_PAGES):
            answer = self._session.get(
                f"{self._url}/{quote(name, safe=':/')}/references",
                params={"fields": _SHORT, "offset": str(offset), "limit": str(MAX_PAGE)},
                headers=self._headers,
                interval=self._interval,
                check=check_by(parse_page),
            )
            page = parse_page(answer.body)
            references += page.references
            if page.next is None or page.next <= offset:
                break
            offset = page.next
        return replace(entry.bibliography, references=tuple(references))
