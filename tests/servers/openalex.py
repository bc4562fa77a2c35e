"""OpenAlex's works on the loopback: lists filtered by doi, openalex and locations.landing_page_url, and single works."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from servers.listening import Asked, ListeningServer, json_reply
from servers.local import Reply

_FIELDS = {
    "id",
    "doi",
    "ids",
    "title",
    "publication_year",
    "authorships",
    "locations",
    "primary_location",
    "referenced_works",
    "cited_by_count",
}


@dataclass(frozen=True)
class Work:
    """A work as OpenAlex keeps it. `number` is `W123`, `pages` are the landing pages of its locations, the first its own."""

    number: str
    title: str
    doi: str | None = None
    pages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ("Ada Byron", "Lin Wei")
    year: int | None = 2021
    venue: str | None = None
    cites: tuple[str, ...] = ()
    cited_by: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        address = f"https://doi.org/{self.doi}" if self.doi else None
        locations = [
            {"landing_page_url": page, "pdf_url": None, "source": {"display_name": self.venue} if self.venue else None}
            for page in self.pages or ([address] if address else [])
        ]
        return {
            "id": f"https://openalex.org/{self.number}",
            "doi": address,
            "ids": {"openalex": f"https://openalex.org/{self.number}", **({"doi": address} if address else {})},
            "title": self.title,
            "publication_year": self.year,
            "authorships": [
                {"author_position": "middle", "author": {"id": f"https://openalex.org/A{n}", "display_name": name}}
                for n, name in enumerate(self.authors)
            ],
            "primary_location": locations[0] if locations else None,
            "locations": locations,
            "referenced_works": [f"https://openalex.org/{number}" for number in self.cites],
            "cited_by_count": self.cited_by,
            **self.extra,
        }


class OpenAlexServer(ListeningServer):
    """Serves `works`. A list takes at most `max_values` values in its filter and gives at most `max_page` works.

    `refused`: values that make the service answer 400. With `key`, whoever does not send it gets 429.
    """

    def __init__(
        self,
        works: Iterable[Work],
        *,
        max_values: int = 100,
        max_page: int = 100,
        refused: Iterable[str] = (),
        key: str | None = None,
        **knobs: Any,
    ) -> None:
        super().__init__(**knobs)
        self.works = list(works)
        self.max_values, self.max_page, self.refused, self.key = max_values, max_page, set(refused), key

    def filters(self) -> list[tuple[str, list[str]]]:
        """Field and values of every list that was asked for."""
        found = [asked.query["filter"].partition(":") for asked in self.asked if "filter" in asked.query]
        return [(name, values.split("|")) for name, _, values in found]

    def respond(self, asked: Asked) -> Reply:
        if self.key is not None and asked.headers.get("authorization") != f"Bearer {self.key}":
            return json_reply({"error": "Rate limit exceeded", "message": "Insufficient budget."}, 429)
        select = [name for name in asked.query.get("select", "").split(",") if name]
        if unknown := set(select) - _FIELDS:
            return _refuse(f"{sorted(unknown)} are not valid select fields")
        if asked.path == "/works":
            return self._list(asked.query, select)
        single = re.fullmatch(r"/works/doi:(.+)", asked.path)
        works = [work for work in self.works if single and (work.doi or "").lower() == single[1].lower()]
        return json_reply(_pick(works[0], select)) if works else json_reply({"error": "404 Not Found"}, 404)

    def _list(self, query: dict[str, str], select: list[str]) -> Reply:
        name, _, text = query.get("filter", "").partition(":")
        values = text.split("|")
        if "," in text or not name or self.refused & set(values):
            return _refuse(f"{text} is not a valid filter")
        if len(values) > self.max_values:
            return _refuse(f"Maximum number of values exceeded for {name}")
        size = int(query.get("per-page", "25"))
        if size > self.max_page:
            return _refuse("per-page parameter must be between 1 and 100")
        wanted = {value.lower() for value in values}
        found = [work for work in self.works if wanted & _values(work, name)]
        meta = {"count": len(found), "page": 1, "per_page": size}
        return json_reply({"meta": meta, "results": [_pick(work, select) for work in found[:size]], "group_by": []})


def _values(work: Work, name: str) -> set[str]:
    values = {
        "doi": [work.doi or ""],
        "openalex": [work.number],
        "locations.landing_page_url": list(work.pages),
    }[name]
    return {value.lower() for value in values if value}


def _pick(work: Work, select: list[str]) -> dict[str, Any]:
    value = work.to_json()
    return {name: value[name] for name in select} if select else value


def _refuse(message: str) -> Reply:
    return json_reply({"error": "Invalid query parameters error.", "message": message}, 400)
