"""References as JSON objects of other programs -> the fields of a paper.

CSL-JSON (Zotero, Mendeley, pandoc, Crossref), Zotero's own items (Better BibTeX's JSON), and Semantic Scholar's. They
differ in names alone, so that one table reads them all. https://docs.citationstyles.org/en/stable/specification.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from corpus.identity import canonical_id
from corpus.models import Paper
from corpus.sources.addresses import sort_addresses
from corpus.sources.fields import first_text, read_day, read_names, read_words, read_year
from corpus.sources.markup import html_to_text

_VENUES = (
    "container-title",
    "publicationTitle",
    "proceedingsTitle",
    "conferenceName",
    "event-title",
    "event",
    "publicationVenue",
    "venue",
    "journal",
    "collection-title",
    "repository",
    "publisher",
)
_DATES = ("issued", "published", "published-print", "published-online", "publicationDate", "date")
_EPRINTS = ("number", "archive_location", "archiveID", "archiveLocation")
# The names that tell such an object from a paper in our own fields, which has none of them.
FOREIGN = frozenset(
    {
        "author",
        "issued",
        "container-title",
        "DOI",
        "URL",
        "creators",
        "publicationTitle",
        "proceedingsTitle",
        "abstractNote",
        "externalIds",
        "publicationDate",
    }
)


def to_values(item: dict[str, Any]) -> dict[str, object]:
    """The fields of `corpus.models.Paper` in such an object. Its own `id` is kept only where it is a known kind of id."""
    own_id = item.get("id")
    dates = [read_date(item[name]) for name in _DATES if item.get(name)]
    external = ids if isinstance(ids := item.get("externalIds"), dict) else {}
    values: dict[str, object] = {field: item[field] for field in Paper.model_fields if field in item} | {
        "id": own_id if isinstance(own_id, str) and canonical_id(own_id) != own_id else None,
        "title": _text(item, ("title",)) or item.get("title"),
        "authors": read_names(_people(item)),
        "year": read_year(item.get("year")) or next((year for year, _ in dates if year), None),
        "published": next((day for _, day in dates if day), None),
        "venue": _text(item, _VENUES),
        "doi": _text(item, ("DOI", "doi")) or _text(external, ("DOI",)),
        "abstract": _text(item, ("abstract", "abstractNote")),
        "keywords": read_words(item.get("keyword") or item.get("keywords") or item.get("tags")),
    }
    acl = _text(external, ("ACL",))
    links = [_text(item, (name,)) for name in ("URL", "url", "link")]
    eprints = [
        _text(item, (name,)) for name in _EPRINTS if "arxiv" in f"{item.get('archive')} {item.get(name)}".lower()
    ]
    return sort_addresses(
        values,
        eprints=[_text(item, ("arxiv_id",)), _text(external, ("ArXiv",)), *eprints],
        links=[*links, f"https://aclanthology.org/{acl}" if acl else None],
        remarks=[text for name in ("note", "extra") if isinstance(text := item.get(name), str)],
    )


def read_date(value: object) -> tuple[int | None, str | None]:
    """Year and ISO day of a date: `{"date-parts": [[2021, 6, 17]]}`, `{"raw": ...}`, `{"literal": ...}` or text."""
    if isinstance(value, dict):
        parts = value.get("date-parts")
        first = parts[0] if isinstance(parts, list) and parts else None
        if isinstance(first, list) and first:
            return read_date("-".join(str(part)[:4] for part in first[:3] if isinstance(part, int | str)))
        value = first_text(value.get(key) for key in ("raw", "literal"))
    return read_year(value), read_day(value)


def _people(item: dict[str, Any]) -> object:
    """The authors; the editors where there are none."""
    creators = item.get("creators")
    if isinstance(creators, list) and creators:
        people = [one for one in creators if isinstance(one, dict)]
        return [one for one in people if one.get("creatorType", "author") == "author"] or people
    return item.get("author") or item.get("authors") or item.get("editor") or []


def _text(item: dict[str, Any], names: Iterable[str]) -> str | None:
    """The first of the fields that holds text, as itself, in a list (Crossref) or under `name` (Semantic Scholar)."""
    for name in names:
        value = item.get(name)
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("name") if isinstance(value, dict) else value
        if isinstance(value, str) and value.strip():
            return html_to_text(re.sub(r"<span class=\"nocase\">|</span>", "", value))
    return None
