"""OAI-PMH, arXiv's bulk interface: lists of records by set and by the day of their last change, a page at a time.

The protocol: https://www.openarchives.org/OAI/openarchivesprotocol.html. arXiv's use of it:
https://info.arxiv.org/help/oa/index.html. Records in the formats `arXiv`, `arXivRaw` and `oai_dc` are read.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from corpus.errors import ServiceError, shorten
from corpus.models import Paper
from corpus.net import Answer, Session
from corpus.sources import Fault
from corpus.sources.arxiv import INTERVAL
from corpus.sources.arxiv_record import (
    build_arxiv_paper,
    find_code,
    id_month,
    pick_doi,
    split_authors,
    stamp_day,
    valid_id,
)
from corpus.sources.fields import build_paper
from corpus.sources.markup import latex_to_text
from corpus.sources.safe_xml import BrokenXml, RefusedXml, complaint, local_name, parse_sound, plain, text_of

BASE_URL = "https://oaipmh.arxiv.org/oai"
# `arXivRaw` alone gives the day of every version. In `arXiv` the `created` of a revised paper is its last version's.
PREFIX = "arXivRaw"
# arXiv refuses a `from` before its first datestamp, and an `until` beyond tomorrow, as bad arguments.
_FIRST_DATESTAMP = date(2005, 9, 16)
# A token that expires again and again while not one day of the list was finished will never do.
_MAX_RESTARTS = 3

_NAMES = {"oai": "http://www.openarchives.org/OAI/2.0/"}


@dataclass(frozen=True)
class Deleted:
    """A record that the repository has withdrawn: only its id is left."""

    id: str


@dataclass(frozen=True)
class OaiPage:
    """One page of a list. `token` asks for the next; None: this was the last. `total` is told by some repositories only.

    `datestamp_max` is the ISO day up to which all was read in this run: the newest of a list that comes in order, or of
    a whole one; None where that is not known. `deleted` are ids, canonical where they are arXiv's.
    """

    entries: tuple[Paper | Fault, ...] = ()
    token: str | None = None
    datestamp_max: str | None = None
    total: int | None = None
    deleted: tuple[str, ...] = ()
    datestamps: tuple[str, ...] = ()


class ExpiredToken(ServiceError):
    """The repository does not know the resumption token, or not any more."""


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(content: bytes) -> OaiPage:
    """Read the answer to a ListRecords request. A record that is no paper becomes a Fault; none is left out.

    Raises ExpiredToken, and ServiceError for what the repository calls an error (an empty list aside), for a DOCTYPE
    and for what is no OAI-PMH.
    """
    try:
        root, broken = parse_sound(content, "record")
    except RefusedXml as error:
        raise ServiceError(f"the answer is refused: {error}", "Check the address, and who answers there") from error
    except BrokenXml as error:
        raise ServiceError(f"the answer is no OAI-PMH ({error})", "Check the address") from error
    if not is_answer(root):
        raise ServiceError(f"the answer is no OAI-PMH but <{local_name(root)}>", "Check the address")
    if _told_errors(root):
        return OaiPage()
    elements = [element for element in root.iter() if is_record(element)]
    items = [parse_record(element, f"record {n}") for n, element in enumerate(elements, 1)]
    faults = [Fault(_id_in(piece) or f"record {n}", "broken XML") for n, piece in enumerate(broken, 1)]
    stamps = (text_of(element, "oai:header/oai:datestamp", _NAMES) for element in elements)
    token = root.find("*/oai:resumptionToken", _NAMES)
    total = token.get("completeListSize", "") if token is not None else ""
    return OaiPage(
        entries=(*(item for item in items if not isinstance(item, Deleted)), *faults),
        token=((token.text or "").strip() or None) if token is not None else None,
        total=int(total) if re.fullmatch(r"[0-9]{1,12}", total) else None,
        deleted=tuple(item.id for item in items if isinstance(item, Deleted)),
        datestamps=tuple(day for stamp in stamps if stamp and (day := _whole_day(stamp))),
    )


def _told_errors(root: Any) -> bool:
    """Whether the repository says that there are no records. Raises what else it calls an error."""
    errors = {
        element.get("code", ""): plain(element) or "no reason given" for element in root.iterfind("oai:error", _NAMES)
    }
    if "badResumptionToken" in errors:
        told = shorten(errors["badResumptionToken"], 200)
        raise ExpiredToken(f"the list cannot be gone on with: {told}", "Start the harvest again")
    for code, told in errors.items():
        if code != "noRecordsMatch":
            raise ServiceError(f"the service refuses: {code} ({shorten(told, 200)})", "Check the set and the days")
    return bool(errors)


def is_answer(element: Any) -> bool:
    """Whether this is the root of an OAI-PMH answer."""
    return bool(element.tag == f"{{{_NAMES['oai']}}}OAI-PMH")


def is_record(element: Any) -> bool:
    """Whether this is a record of an OAI-PMH answer."""
    return bool(element.tag == f"{{{_NAMES['oai']}}}record")


def is_error(element: Any) -> bool:
    """Whether the repository tells an error with this element."""
    return bool(element.tag == f"{{{_NAMES['oai']}}}error")


def told(element: Any) -> str:
    """An error's code and words."""
    return f"{element.get('code', 'error')} ({plain(element) or 'no reason given'})"


def parse_record(element: Any, where: str) -> Paper | Fault | Deleted:
    """A `<record>` as a paper, or the reason why it is none, under its id if it has one, else `where`."""
    identifier = text_of(element, "oai:header/oai:identifier", _NAMES)
    where = _bare(identifier) if identifier else where
    header = element.find("oai:header", _NAMES)
    if identifier and header.get("status") == "deleted":
        arxiv_id = valid_id(where)
        return Deleted(f"arxiv:{arxiv_id}" if arxiv_id else identifier)
    body = next(iter(element.iterfind("oai:metadata/*", _NAMES)), None)
    if body is None:
        return Fault(where, "it has no metadata")
    form = local_name(body)
    if form not in ("arXiv", "arXivRaw", "dc"):
        return Fault(where, f"its format {shorten(form)} is not one of arXiv, arXivRaw, oai_dc")
    fields: dict[str, list[Any]] = {}
    for child in body:
        fields.setdefault(local_name(child), []).append(child)
    texts = {name: [text for child in children if (text := plain(child))] for name, children in fields.items()}
    try:
        if form == "dc":
            return _read_dc(texts, identifier, where)
        return _read_arxiv(texts, fields, where, raw=form == "arXivRaw")
    except ValueError as error:
        return Fault(where, str(error))


def _read_arxiv(texts: dict[str, list[str]], fields: dict[str, list[Any]], where: str, raw: bool) -> Paper | Fault:
    """The formats `arXiv` and `arXivRaw`, which differ in how they give authors and days."""
    one = {name: found[0] for name, found in texts.items() if found}
    arxiv_id = valid_id(one.get("id", ""))
    if arxiv_id is None:
        return Fault(where, "it has no arXiv id")
    if "title" not in one:
        return Fault(arxiv_id, "it has no title")
    if raw:
        days = [stamp_day(date) for version in fields.get("version", ()) for date in _texts(version, "date")]
        published, updated = min(days, default=None), max(days, default=None)
        authors = split_authors(one.get("authors", ""))
    else:
        created, changed = _day(one.get("created")), _day(one.get("updated"))
        published = created if created and not _is_late(created, arxiv_id) else None
        updated = max((day for day in (created, changed) if day), default=None)
        authors = [_full_name(author) for parent in fields.get("authors", ()) for author in parent]
    return build_arxiv_paper(
        arxiv_id,
        title=one["title"],
        abstract=one.get("abstract"),
        authors=authors,
        categories=one.get("categories", "").split(),
        comment=one.get("comments"),
        journal_ref=one.get("journal-ref"),
        doi=one.get("doi"),
        published=published,
        updated=updated,
    )


def _read_dc(texts: dict[str, list[str]], identifier: str | None, where: str) -> Paper | Fault:
    """Dublin Core, which every repository speaks: https://www.openarchives.org/OAI/openarchivesprotocol.html#dublincore"""
    identifiers = texts.get("identifier", [])
    named = [where, *(text for text in identifiers if "arxiv" in text.lower())]
    arxiv_id = next((known for text in named if (known := valid_id(text))), None)
    days = sorted(day for text in texts.get("date", []) if (day := _whole_day(text)))
    years = sorted(int(text[:4]) for text in texts.get("date", []) if re.match(r"(?:1[5-9]|20)[0-9]{2}(?![0-9])", text))
    descriptions = texts.get("description", [])
    links = [text for text in identifiers if text.startswith(("http://", "https://"))]
    return build_paper(
        {
            "id": None if arxiv_id else identifier,
            "arxiv_id": arxiv_id,
            "doi": next((doi for text in identifiers if (doi := pick_doi(text))), None),
            "title": next(iter(texts.get("title", [])), None),
            "abstract": next(iter(descriptions), None),
            "authors": [_turned(name) for name in texts.get("creator", [])],
            "year": years[0] if years else None,
            "keywords": texts.get("subject", []),
            "url": f"https://arxiv.org/abs/{arxiv_id}" if arxiv_id else next(iter(links), None),
            "code_url": find_code(*descriptions),
            "published": days[0] if days else None,
            "updated": days[-1] if days else None,
        },
        where,
    )


def _bare(identifier: str) -> str:
    """`oai:arXiv.org:2106.09685` -> `2106.09685`; other repositories' identifiers stay as they are."""
    repository, _, name = identifier.rpartition(":")
    return (valid_id(name) if repository.lower() == "oai:arxiv.org" else None) or identifier


def _id_in(piece: bytes) -> str | None:
    match = re.search(rb"<identifier>\s*([^<]{1,200}?)\s*</identifier>", piece)
    return _bare(match[1].decode("utf-8", "replace")) if match else None


def _texts(element: Any, name: str) -> list[str]:
    return [text for child in element if local_name(child) == name and (text := plain(child))]


def _full_name(author: Any) -> str:
    """`keyname`, `forenames` and `suffix` in the order in which they are spoken."""
    parts = {name: " ".join(_texts(author, name)) for name in ("forenames", "keyname", "suffix")}
    return latex_to_text(" ".join(part for part in parts.values() if part))


def _turned(name: str) -> str:
    """`Byron, Ada` -> `Ada Byron`."""
    family, comma, given = name.partition(", ")
    return latex_to_text(f"{given} {family}" if comma and "," not in given else name)


def _day(text: str | None) -> str | None:
    """An ISO day, checked. Raises ValueError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        raise ValueError(f"{shorten(text)!r} is no date") from error


def _whole_day(text: str) -> str | None:
    """A whole day; repositories may give a year or a month alone, or words."""
    try:
        return _day(text) if len(text) >= 10 else None
    except ValueError:
        return None


def _is_late(created: str, arxiv_id: str) -> bool:
    """Whether the day is past the month in which the id was given, and so a later version's, not the first one's."""
    year, month = id_month(arxiv_id) or (9999, 12)
    return created > f"{year}-{month:02d}-{calendar.monthrange(year, month)[1]}"


def objection(answer: Answer) -> str | None:
    """Why an answer with status 200 must be asked for again, or None."""
    return complaint(answer.body, "OAI-PMH", "record", "OAI-PMH")


# ---- asking ----------------------------------------------------------------------------------------------------------


def pages(
    session: Session,
    base_url: str = BASE_URL,
    *,
    set: str | None = None,
    since: date | None = None,
    until: date | None = None,
    token: str | None = None,
    interval: float = INTERVAL,
    prefix: str = PREFIX,
) -> Iterator[OaiPage]:
    """The records of a set (`cs:cs:CL`) that were changed between two days, inclusive; one request a page.

    `token` goes on with a list that was cut off. When a token has expired, the list starts again: from the newest day
    that was read, where the records came in order, else from `since`; so some records come twice, and none is missed.
    Raises ServiceError.
    """
    run = _Run(since)
    while True:
        wish = {"resumptionToken": token} if token else _first_request(set, run.resume_at(), until, prefix)
        try:
            page = _fetch(session, base_url, wish, interval)
        except ExpiredToken:
            if token is None:
                raise
            run.restart()
            token = None
            continue
        run.note(page)
        yield replace(page, datestamp_max=run.newest if run.ordered or not page.token else None)
        if page.token is None:
            return
        if page.token == token:
            raise ServiceError(
                f"{urlsplit(base_url).netloc} hands out the same resumption token twice", "Try again later"
            )
        token = page.token


class _Run:
    """How far a run has come: its `newest` datestamp, and whether all came in order of their datestamps."""

    def __init__(self, since: date | None) -> None:
        self._since = since
        self._restarts = 0
        self.newest: str | None = None
        self.ordered = True

    def note(self, page: OaiPage) -> None:
        for stamp in page.datestamps:
            if self.newest is None or stamp > self.newest:
                self.newest, self._restarts = stamp, 0
            elif stamp < self.newest:
                self.ordered = False

    def restart(self) -> None:
        self._restarts += 1
        if self._restarts > _MAX_RESTARTS:
            remedy = "Harvest a smaller set, or fewer days at a time"
            raise ServiceError("the resumption tokens expire sooner than one day can be read", remedy)

    def resume_at(self) -> date | None:
        return date.fromisoformat(self.newest) if self.newest and self.ordered else self._since


def _first_request(set: str | None, since: date | None, until: date | None, prefix: str) -> dict[str, str]:
    wish = {"metadataPrefix": prefix}
    if set:
        wish["set"] = set
    if since and since > _FIRST_DATESTAMP:
        wish["from"] = since.isoformat()
    if until and until < datetime.now(UTC).date():
        wish["until"] = until.isoformat()
    return wish


def _fetch(session: Session, base_url: str, wish: dict[str, str], interval: float) -> OaiPage:
    params = {"verb": "ListRecords"} | wish
    # arXiv sends its errors with status 200; other repositories with 400 or 404.
    answer = session.get(base_url, params=params, interval=interval, hand_back={400, 404}, check=objection)
    try:
        return parse(answer.body)
    except ExpiredToken:
        raise
    except ServiceError as error:
        status = answer.status if answer.status != 200 else None
        raise ServiceError(f"{urlsplit(answer.url).netloc}: {error.what}", error.remedy, status) from error
