"""Whom papers cite, asked of Semantic Scholar, of OpenAlex, or read in the LaTeX source that arXiv keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from corpus import logbook
from corpus.errors import ServiceError
from corpus.harvest.citing import add_bibliography
from corpus.harvest.work import Work
from corpus.net import Session, is_loopback
from corpus.sources import Batch, Bibliography, Fault, Reference, eprint, openalex, semantic_scholar

if TYPE_CHECKING:
    from corpus.harvest.matching import TitleIndex

SOURCES = ("semantic-scholar", "openalex", "eprint")


@dataclass(frozen=True)
class Addresses:
    """Where the services are, and what they may know of us. The keys are secrets: they are in no report."""

    semantic_scholar: str = semantic_scholar.BASE_URL
    openalex: str = openalex.BASE_URL
    eprint: str = eprint.BASE_URL
    key: str | None = None
    openalex_key: str | None = None
    mailto: str | None = None


def fetch_citations(work: Work, source: str, addresses: Addresses, pids: Sequence[int] | None = None) -> None:
    """Ask `source` whom these papers cite (all papers, if None); each is asked about once. Raises ServiceError.

    What is answered is kept at once, so that an interrupted run goes on where it was.
    """
    waiting = _askable(source, logbook.not_asked(work.library, source, pids))
    if source == "eprint":
        _read_sources(work, addresses, waiting)
        return
    failed: list[str] = logbook.cursor(work.library, source, "failed").get("aliases", [])
    waiting.sort(key=lambda pair: pair[1] in failed)  # what failed last time comes last, or it could end every run
    done = 0
    for batch in _batches(work.session, source, addresses, [alias for _, alias in waiting]):
        with work.library.transaction():
            for bibliography in batch.found:
                _keep(work, source, bibliography)
            for alias in batch.unknown:
                logbook.note_asked(work.library, source, alias, known=False)
            if batch.failed:
                failed = list(dict.fromkeys([*failed, *(alias for alias, _ in batch.failed)]))
                logbook.set_cursor(work.library, source, "failed", {"aliases": failed})
        work.tally.cite("unknown", len(batch.unknown))
        for alias, why in batch.failed:
            work.tally.skip(f"{source}, {alias}", why)
        done += len(batch.found) + len(batch.unknown) + len(batch.failed)
        work.progress(f"Citations from {source}", done, len(waiting))


def _askable(source: str, waiting: Sequence[tuple[int, list[str]]]) -> list[tuple[int, str]]:
    """`(pid, alias)` of the papers that have an id which the source can be asked for."""
    prefixes = {
        "semantic-scholar": ("arxiv:", "acl:", "doi:", "s2:"),
        "openalex": ("arxiv:", "doi:", "acl:"),
        "eprint": ("arxiv:",),
    }[source]
    found = []
    for pid, aliases in waiting:
        for prefix in prefixes:
            fitting = [alias for alias in aliases if alias.startswith(prefix)]
            if fitting:
                found.append((pid, fitting[0]))
                break
    return found


def _batches(session: Session, source: str, addresses: Addresses, aliases: Sequence[str]) -> Iterator[Batch]:
    if source == "openalex":
        url = addresses.openalex
        pause = 0.0 if is_loopback(url) else openalex.INTERVAL
        return openalex.fetch(
            session, aliases, base_url=url, mailto=addresses.mailto, key=addresses.openalex_key, interval=pause
        )
    url = addresses.semantic_scholar
    pause = 0.0 if is_loopback(url) else semantic_scholar.INTERVAL
    return semantic_scholar.fetch(session, aliases, base_url=url, key=addresses.key, interval=pause)


def _keep(work: Work, source: str, bibliography: Bibliography) -> None:
    """Keep what a source says of one paper: its other ids and venue, whom it cites, and how often it is cited."""
    if bibliography.record:
        work.library.add_page([bibliography.record], source)
    new, lost = add_bibliography(work.library, bibliography.asked, bibliography.references)
    logbook.note_asked(work.library, source, bibliography.asked, known=True, cited_by=bibliography.cited_by_count)
    _count(work, new, lost)


def _count(work: Work, new: int, lost: int) -> None:
    work.tally.cite("papers")
    work.tally.cite("new", new)
    work.tally.cite("without_id", lost)


def _read_sources(work: Work, addresses: Addresses, waiting: Sequence[tuple[int, str]]) -> None:
    """Read the bibliographies in the LaTeX sources, one paper after the other."""
    from corpus.harvest.matching import TitleIndex

    index = TitleIndex((pid, paper.title, paper.authors) for pid, paper in work.library.all_papers())
    interval = 0.0 if is_loopback(addresses.eprint) else eprint.INTERVAL
    for done, (_, alias) in enumerate(waiting):
        work.progress("Citations from LaTeX sources", done, len(waiting))
        source = _read_source(work.session, addresses.eprint, alias, interval)
        if isinstance(source, Fault):
            work.tally.skip(f"eprint, {alias}", source.why)
            logbook.note_asked(work.library, "eprint", alias, known=False)
            continue
        texts = {id(reference): text for reference, text in source}
        guess = partial(_find, index, texts)
        with work.library.transaction():
            new, lost = add_bibliography(work.library, alias, [reference for reference, _ in source], guess)
            logbook.note_asked(work.library, "eprint", alias, known=True)
        _count(work, new, lost)
    work.progress("Citations from LaTeX sources", len(waiting), len(waiting))


def _find(index: TitleIndex, texts: Mapping[int, str], reference: Reference) -> int | None:
    return index.find(texts[id(reference)], reference)


def _read_source(
    session: Session, base_url: str, alias: str, interval: float
) -> Sequence[tuple[Reference, str]] | Fault:
    """The references of a paper, each with its text as it stands there; a Fault where arXiv has no source of it."""
    try:
        return eprint.fetch(session, alias, base_url=base_url, interval=interval)
    except ServiceError as error:
        if error.status not in (403, 404):
            raise
        return Fault(alias, f"arXiv has no source of it (HTTP {error.status})")
