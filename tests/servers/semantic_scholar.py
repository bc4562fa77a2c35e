"""Semantic Scholar's graph API on the loopback: paper/batch and paper/ID/references, with the troubles its users report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from servers.listening import Asked, ListeningServer, json_reply
from servers.local import Reply


@dataclass(frozen=True)
class Work:
    """A paper as the service keeps it. `ids` are its externalIds; `cites` its bibliography."""

    paper_id: str
    title: str
    ids: dict[str, str] = field(default_factory=dict)
    authors: tuple[str, ...] = ("Ada Byron", "Lin Wei")
    year: int | None = 2021
    venue: str = ""
    cites: tuple[Work, ...] = ()
    cited_by: int = 0

    def names(self) -> set[str]:
        """What the paper can be asked for by."""
        marks = {"ArXiv": "ARXIV", "DOI": "DOI", "ACL": "ACL"}
        return {self.paper_id} | {f"{marks[kind]}:{name}".lower() for kind, name in self.ids.items() if kind in marks}


class SemanticScholarServer(ListeningServer):
    """Serves `works`. Without `key`, anybody may ask; with it, whoever does not send it gets 429 at once.

    `max_with_references`: a batch of more papers times out (504). `emptied`: paper ids whose references come back empty
    in batches. `poison`: paper ids that give 500 to every batch they are in. `broken_pages`: those whose pages give 500.
    `page_cap` bounds a page of references, and those of one paper in a batch. `withheld`: a publisher hides the list.
    """

    def __init__(
        self,
        works: Iterable[Work],
        *,
        key: str | None = None,
        max_with_references: int = 500,
        max_batch: int = 500,
        page_cap: int = 1_000,
        emptied: Iterable[str] = (),
        poison: Iterable[str] = (),
        broken_pages: Iterable[str] = (),
        withheld: Iterable[str] = (),
        **knobs: Any,
    ) -> None:
        super().__init__(**knobs)
        self.works = list(works)
        self._by_name = {name: work for work in self.works for name in work.names()}
        self.key, self.page_cap = key, page_cap
        self.max_with_references, self.max_batch = max_with_references, max_batch
        self.emptied, self.poison = set(emptied), set(poison)
        self.broken_pages, self.withheld = set(broken_pages), set(withheld)

    def batches(self) -> list[int]:
        """How many papers each batch asked for."""
        return [len(asked.json()["ids"]) for asked in self.asked if asked.method == "POST"]

    def respond(self, asked: Asked) -> Reply:
        if self.key is not None and asked.headers.get("x-api-key") != self.key:
            return json_reply({"message": "Too Many Requests. Please wait and try again.", "code": "429"}, 429)
        if asked.method == "POST" and asked.path == "/graph/v1/paper/batch":
            return self._batch(asked.json()["ids"], asked.query.get("fields", ""))
        page = re.fullmatch(r"/graph/v1/paper/(.+)/references", asked.path)
        return self._page(page[1], asked.query) if page else json_reply({"message": "Missing endpoint"}, 404)

    def _batch(self, ids: list[str], fields: str) -> Reply:
        if len(ids) > self.max_batch:
            return json_reply({"error": f"more than {self.max_batch} paper ids"}, 400)
        works = [self._find(name) for name in ids]
        if not any(works):
            return json_reply({"error": "No valid paper ids given"}, 400)
        if any(work and work.paper_id in self.poison for work in works):
            return json_reply({"message": "Internal Server Error"}, 500)
        if "references" in fields and len(ids) > self.max_with_references:
            return json_reply({"message": "Endpoint request timed out"}, 504)
        return json_reply([self._whole(work) if work else None for work in works])

    def _page(self, name: str, query: dict[str, str]) -> Reply:
        work = self._find(name)
        if work is None:
            return json_reply({"error": f"Paper with id {name} not found"}, 404)
        if work.paper_id in self.broken_pages:
            return json_reply({"message": "Internal Server Error"}, 500)
        if work.paper_id in self.withheld:
            return json_reply({"offset": 0, "citingPaperInfo": {"note": "withheld"}, "data": None})
        offset, limit = int(query.get("offset", "0")), min(int(query.get("limit", "100")), self.page_cap)
        cited = work.cites[offset : offset + limit]
        value: dict[str, Any] = {"offset": offset, "data": [{"citedPaper": _short(one)} for one in cited]}
        if offset + limit < len(work.cites):
            value["next"] = offset + limit
        return json_reply(value)

    def _find(self, name: str) -> Work | None:
        return self._by_name.get(name) or self._by_name.get(name.lower())

    def _whole(self, work: Work) -> dict[str, Any]:
        hidden = work.paper_id in self.emptied | self.withheld
        return {
            **_short(work),
            "venue": work.venue,
            "referenceCount": len(work.cites),
            "citationCount": work.cited_by,
            "references": [] if hidden else [_short(one) for one in work.cites[: self.page_cap]],
        }


def _short(work: Work) -> dict[str, Any]:
    return {
        "paperId": work.paper_id or None,
        "externalIds": {**work.ids, "CorpusId": 1_000} if work.ids else None,
        "title": work.title,
        "year": work.year,
        "authors": [{"authorId": str(number), "name": name} for number, name in enumerate(work.authors, 1)],
    }


def made_up_id(number: int) -> str:
    """A paper id in the service's form."""
    return f"{number:040x}"
