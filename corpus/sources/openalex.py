"""OpenAlex: whom works cite, and how often they are cited. https://developers.openalex.org

Works are asked for by DOI, fifty at a time; arXiv papers have one too. OpenAlex often keeps an arXiv paper under the DOI
of its published form, so what its own DOI does not find is looked for by its page at arXiv. A bibliography is a list of
OpenAlex's own ids, which are resolved in further requests; each is resolved once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from corpus.errors import ServiceError, one_line, shorten
from corpus.models import Paper
from corpus.net import Answer, Session
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

BASE_URL = "https://api.openalex.org"
# Seconds between two requests. A hundred a second are allowed, but users met 429 at much less.
INTERVAL = 0.5
# DOIs in one request (the address grows by 40 characters each), and ids of works: the most that a filter takes.
_DOIS_AT_ONCE = 50
_WORKS_AT_ONCE = 100
_MAX_PAGE = 100
# References that are remembered, about 60 MB: the same works are cited again and again.
_MEMORY = 100_000

_SHORT = "id,doi,ids,title,publication_year,authorships,locations"
_FIELDS = f"{_SHORT},primary_location,referenced_works,cited_by_count"
# They have a meaning of their own in a filter, and no way to be escaped.
_SPECIAL = re.compile(r"[,|!+\s\"]")
_WORK = re.compile(r"(?:https?://openalex\.org/)?(W\d{1,15})", re.IGNORECASE)
_MAX_REFERENCES = 20_000


@dataclass(frozen=True)
class Work:
    """A work of an answer: OpenAlex's `number` (`W123`), all its canonical `ids`, and the numbers of the works it cites."""

    number: str
    ids: tuple[str, ...]
    title: str
    authors: tuple[str, ...]
    year: int | None
    venue: str
    cites: tuple[str, ...]
    cited_by_count: int | None

    def reference(self) -> Reference:
        """The work as an entry of a bibliography."""
        return Reference(self.ids or (f"openalex:{self.number}",), self.title, self.authors, self.year)

    def record(self, ids: Iterable[str]) -> Paper | None:
        """The work as a record of the paper that has these ids."""
        values = {"title": self.title, "authors": self.authors, "year": self.year, "venue": self.venue}
        return build_record(ids, values)


# ---- reading ---------------------------------------------------------------------------------------------------------


def doi_of(alias: str) -> str | None:
    """The DOI under which a paper can be asked for; None where its id has none.

    >>> doi_of("arxiv:2106.09685"), doi_of("acl:P19-1613"), doi_of("s2:abc")
    ('10.48550/arxiv.2106.09685', '10.18653/v1/p19-1613', None)
    """
    kind, _, name = alias.partition(":")
    prefix = {"doi": "", "arxiv": "10.48550/arxiv.", "acl": "10.18653/v1/"}.get(kind)
    return prefix + name.lower() if prefix is not None and name else None


def parse(content: bytes) -> list[Work]:
    """Read a list of works, or a single work. Raises ValueError, with the reason in plain words, for another shape."""
    value = plain_object(decode_json(content))
    results = value.get("results", [value] if "id" in value else None)
    if not isinstance(results, list):
        told = str(value.get("message") or value.get("error") or "something else")
        raise ValueError(f"a list of works was expected, this says {shorten(one_line(told), 100)!r}")
    return [work for item in results if isinstance(item, dict) and (work := _work(item))]


def _work(item: dict[str, Any]) -> Work | None:
    number = _number(item.get("id"))
    if number is None:
        return None
    locations = [plain_object(location) for location in plain_list(item.get("locations"))]
    pages = [location.get(field) for location in locations for field in ("landing_page_url", "pdf_url")]
    names = [plain_object(plain_object(one).get("author")) for one in plain_list(item.get("authorships"))]
    authors = [plain_text(name.get("display_name"), 300) for name in names]
    source = plain_object(plain_object(item.get("primary_location")).get("source"))
    cited = [_number(one) for one in plain_list(item.get("referenced_works"))[:_MAX_REFERENCES]]
    return Work(
        number=number,
        ids=known_ids([item.get("doi"), plain_object(item.get("ids")).get("doi"), *pages]),
        title=plain_text(item.get("title")),
        authors=tuple(name for name in authors if name),
        year=plain_year(item.get("publication_year")),
        venue=plain_text(source.get("display_name"), 300),
        cites=tuple(dict.fromkeys(one for one in cited if one)),
        cited_by_count=plain_count(item.get("cited_by_count")),
    )


def _number(value: object) -> str | None:
    match = _WORK.fullmatch(value) if isinstance(value, str) else None
    return match[1].upper() if match else None


def gather(asked: str, works: Sequence[Work], references: dict[str, Reference]) -> Bibliography:
    """What several works say of one paper, such as its preprint and its published form.

    The work that is cited most tells title and year, and its count holds; ids and references are united.
    """
    ordered = sorted(works, key=lambda work: (-(work.cited_by_count or 0), work.number))
    numbers = dict.fromkeys(number for work in ordered for number in work.cites)
    return Bibliography(
        asked,
        ordered[0].record([asked, *(name for work in ordered for name in work.ids)]),
        tuple(references.get(number) or Reference((f"openalex:{number}",)) for number in numbers),
        ordered[0].cited_by_count,
    )


# ---- asking ----------------------------------------------------------------------------------------------------------


def fetch(
    session: Session,
    aliases: Sequence[str],
    *,
    base_url: str = BASE_URL,
    mailto: str | None = None,
    key: str | None = None,
    interval: float = INTERVAL,
) -> Iterator[Batch]:
    """Ask for the bibliographies of papers, by canonical ids; every alias comes back in one of the batches.

    `mailto` tells OpenAlex whom to write to. Without a `key`, which is free, it answers about a thousand requests a day;
    the key is sent in a header and told to nobody. `interval` is in seconds. Raises ServiceError.
    """
    client = _Client(session, base_url.rstrip("/"), mailto, key, interval)
    strange = tuple((alias, "OpenAlex knows no ids of this kind") for alias in aliases if not doi_of(alias))
    if strange:
        yield Batch(failed=strange)
    known = [alias for alias in aliases if doi_of(alias)]
    for start in range(0, len(known), _DOIS_AT_ONCE):
        yield client.batch(known[start : start + _DOIS_AT_ONCE])


class _Client:
    """Asks for works, and remembers the references that it has resolved."""

    def __init__(self, session: Session, base_url: str, mailto: str | None, key: str | None, interval: float) -> None:
        self._session, self._url, self._interval = session, f"{base_url}/works", interval
        self._polite = {"mailto": mailto} if mailto else {}
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._references: dict[str, Reference] = {}

    def batch(self, asked: Sequence[str]) -> Batch:
        """The bibliographies of these papers. Raises ServiceError."""
        works: dict[str, list[Work]] = {alias: [] for alias in asked}
        plain = [alias for alias in asked if not _SPECIAL.search(doi_of(alias) or "")]
        try:
            _deal(self._list("doi", [doi_of(alias) or "" for alias in plain], _FIELDS), works)
        except ServiceError as error:
            if error.status != 400:
                raise
            plain = []  # one DOI that the service cannot read spoils the whole list
        for alias in asked:
            if alias not in plain:
                _deal(self._single(doi_of(alias) or ""), works)
        _deal(self._by_page([alias for alias in asked if not works[alias] and alias.startswith("arxiv:")]), works)
        self._resolve({number for found in works.values() for work in found for number in work.cites})
        return Batch(
            found=tuple(gather(alias, found, self._references) for alias, found in works.items() if found),
            unknown=tuple(alias for alias, found in works.items() if not found),
        )

    def _by_page(self, aliases: Sequence[str]) -> list[Work]:
        """arXiv papers by the address of their page, which OpenAlex writes in two ways."""
        found: list[Work] = []
        for start in range(0, len(aliases), _DOIS_AT_ONCE // 2):
            names = [alias.removeprefix("arxiv:") for alias in aliases[start : start + _DOIS_AT_ONCE // 2]]
            pages = [f"{scheme}://arxiv.org/abs/{name}" for name in names for scheme in ("http", "https")]
            found += self._list("locations.landing_page_url", pages, _FIELDS)
        return found

    def _resolve(self, numbers: set[str]) -> None:
        """Learn what the works are that have these numbers; what OpenAlex has dropped is left out."""
        if len(self._references) > _MEMORY:
            self._references = {number: self._references[number] for number in numbers & self._references.keys()}
        missing = sorted(numbers - self._references.keys())
        for start in range(0, len(missing), _WORKS_AT_ONCE):
            for work in self._list("openalex", missing[start : start + _WORKS_AT_ONCE], _SHORT):
                self._references[work.number] = work.reference()

    def _list(self, field: str, values: Sequence[str], select: str) -> list[Work]:
        """The works that have one of these values. Raises ServiceError, with status 400 if one cannot be asked for."""
        if not values:
            return []
        params = {"filter": f"{field}:{'|'.join(values)}", "per-page": str(_MAX_PAGE), "select": select}
        return parse(self._ask(self._url, params).body)

    def _single(self, doi: str) -> list[Work]:
        answer = self._ask(f"{self._url}/doi:{quote(doi, safe='/')}", {"select": _FIELDS}, hand_back=(400, 404))
        return parse(answer.body) if answer.status == 200 else []

    def _ask(self, url: str, params: dict[str, str], hand_back: Sequence[int] = ()) -> Answer:
        return self._session.get(
            url,
            params=params | self._polite,
            headers=self._headers,
            interval=self._interval,
            hand_back=hand_back,
            check=check_by(parse),
        )


def _deal(found: Iterable[Work], works: dict[str, list[Work]]) -> None:
    """Put each work under the papers that it is about."""
    for work in found:
        for name in work.ids:
            if name in works and work not in works[name]:
                works[name].append(work)
