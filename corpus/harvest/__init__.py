"""One harvest: services -> library. It can be stopped or killed anywhere; the next one goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from corpus import logbook
from corpus.errors import InputError, ServiceError
from corpus.harvest.bibliographies import SOURCES, Addresses, fetch_citations
from corpus.harvest.bulk import harvest_set, set_of
from corpus.harvest.questions import Asker, Question
from corpus.harvest.work import Work
from corpus.identity import title_key
from corpus.library import Library
from corpus.models import Frozen, Paper
from corpus.net import Session, is_loopback
from corpus.report import HarvestReport, Progress
from corpus.sources import arxiv, oai_pmh
from corpus.sources.arxiv_record import valid_id
from corpus.topics import Topic
from corpus.wanted import list_wanted, settle_wanted

# A title that arXiv did not have is looked for again after so many days.
_ASK_AGAIN = timedelta(days=30)
_WANTED = "notes"


class Request(Frozen):
    """What to harvest. `topics`, `query` and `ids` add up; with none of them there must be a category, or `wanted`.

    `limit`: of each question no more than its newest so many papers. `bulk`: the categories through OAI-PMH instead.
    `wanted`: also the papers that notes speak of. `citations`: the sources to ask whom the papers cite, and
    `of_all` papers of the library instead of those that were asked for here.
    """

    topics: tuple[Topic, ...] = ()
    query: str | None = None
    ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int | None = None
    bulk: bool = False
    wanted: bool = False
    citations: tuple[str, ...] = ()
    of_all: bool = False

    def questions(self) -> list[Question]:
        """What arXiv's API is asked, but for ids."""
        asked: list[tuple[str, str | None, tuple[str, ...]]] = [
            (topic.key, topic.query, self.categories or topic.categories) for topic in self.topics
        ]
        if self.query:
            asked.append((f"query {self.query}", self.query, self.categories))
        elif self.categories and not self.topics and not self.ids and not self.bulk:
            asked.append((f"category {', '.join(self.categories)}", None, self.categories))
        return [
            Question(topic, query, categories, self.since, self.until, self.limit) for topic, query, categories in asked
        ]


def harvest(
    library: Library,
    request: Request,
    session: Session,
    *,
    base_url: str | None = None,
    interval: float | None = None,
    addresses: Addresses | None = None,
    progress: Progress = lambda what, done, total: None,
) -> HarvestReport:
    """Take in what is asked for. `base_url` is arXiv's API (or its bulk interface); `interval` seconds lie between requests.

    A service that fails ends its part of the work and is named in the report's `gave_up`. Raises InputError for ids
    that cannot be arXiv's, an address that is none, or an unknown source of citations. An exception
    from `progress` or the session's `sleep` stops the harvest and is raised; what was done is kept and reported in the logbook.
    """
    url = base_url or (oai_pmh.BASE_URL if request.bulk else arxiv.BASE_URL)
    _check(request, url)
    pause = (0.0 if is_loopback(url) else arxiv.INTERVAL) if interval is None else interval
    work = Work(library, session, logbook.begin(library, _told(request)), progress)
    tally = work.tally
    try:
        if request.bulk:
            names: Sequence[str | None] = [set_of(category) for category in request.categories] or [None]
            for name in names:
                _try(work, partial(harvest_set, work, url, name, request.since, request.until, pause))
        else:
            _ask_arxiv(work, Asker(work, arxiv.ArxivClient(session, url, pause)), request)
        tally.waiting = {"arrived": settle_wanted(library), "left": len(list_wanted(library))}
        pids = None if request.of_all else sorted({p for t in tally.topics for p in logbook.found_by(library, t)})
        for source in request.citations:
            _try(work, partial(fetch_citations, work, source, addresses or Addresses(), pids))
        if request.citations:
            tally.citations = {"new": 0, **tally.citations, "linked": len(library.citations())}
    except BaseException as error:
        tally.gave_up.append(str(error) or "stopped")
        raise
    finally:
        report = tally.report(session.requests, session.waited)
        logbook.end(library, work.number, report)
    return report


def _check(request: Request, url: str) -> None:
    """Raises InputError for an address that is none, and for sources of citations that there are not."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise InputError(f"{url!r} is no address of a service", "Give one that begins with https:// or http://")
    if unknown := [source for source in request.citations if source not in SOURCES]:
        raise InputError(f"there is no source of citations {unknown[0]!r}", f"Use {', '.join(SOURCES)}")
    if request.bulk and not (request.categories or request.since):
        raise InputError("all of arXiv is millions of papers", "Name a --category or a first day with --since")


def _ask_arxiv(work: Work, asker: Asker, request: Request) -> None:
    """Every question in turn. One that arXiv refuses is told and passed over; when arXiv fails, the rest waits."""
    steps: list[tuple[str, Callable[[], None]]] = []
    if ids := [_bare(text) for text in request.ids]:
        steps.append(("ids", partial(asker.ask_ids, "ids", ids)))
    steps += [(question.topic, partial(asker.ask, question)) for question in request.questions()]
    if request.wanted:
        steps.append((_WANTED, partial(_ask_wanted, work.library, asker)))
    for topic, step in steps:
        work.tally.count(topic, "asked", 0)
        if not _try(work, step, topic):
            return


def _ask_wanted(library: Library, asker: Asker) -> None:
    """Look for the papers that notes speak of, by arXiv id or else by title; what arXiv did not have, again in a month."""
    today = datetime.now(UTC).date()
    due = [paper for paper in list_wanted(library) if _is_due(library, paper.alias, today)]
    if ids := [paper.arxiv_id for paper in due if paper.arxiv_id]:
        asker.ask_ids(_WANTED, ids)
    for paper in due:
        if paper.title and not paper.arxiv_id:
            asker.find_title(_WANTED, paper.title, partial(_has_title, title_key(paper.title)))
        logbook.set_cursor(library, "wanted", paper.alias, {"asked": today.isoformat()})


def _is_due(library: Library, alias: str, today: date) -> bool:
    asked = logbook.cursor(library, "wanted", alias).get("asked")
    return not asked or today - date.fromisoformat(asked) >= _ASK_AGAIN


def _has_title(key: str, paper: Paper) -> bool:
    return title_key(paper.title) == key


def _try(work: Work, step: Callable[[], None], topic: str = "") -> bool:
    """Take a step; whether the service can be asked further."""
    try:
        step()
    except ServiceError as error:
        work.tally.gave_up.append(str(error))
        if error.status != 400:
            return False
        work.tally.skip(topic, error.what)  # this question is wrong, not the service
    return True


def _told(request: Request) -> dict[str, Any]:
    """The request as the logbook keeps it: topics by their keys."""
    told = request.to_json()
    return told | ({"topics": [topic.key for topic in request.topics]} if request.topics else {})


def _bare(text: str) -> str:
    if bare := valid_id(text):
        return bare
    raise InputError(f"{text!r} is no arXiv id", "They look like 2106.09685 or quant-ph/0201082")
