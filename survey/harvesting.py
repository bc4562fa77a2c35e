"""Runs one harvest for the command line or the app: alone in its home, and with the index brought up to date after it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from corpus.errors import HomeError
from corpus.harvest import Request, harvest
from corpus.harvest.bibliographies import Addresses
from corpus.models import Frozen
from corpus.net import PATIENCE, Session
from corpus.report import HarvestReport, Progress
from corpus.sources import openalex, semantic_scholar
from corpus.workspace import Workspace

# Another address of arXiv's API, such as a mirror of one's own.
ARXIV_VARIABLE = "FOURWAYS_ARXIV_URL"


class Harvested(Frozen):
    """What a harvest did, and how many papers were embedded after it (None: the index was left as it is)."""

    report: HarvestReport
    embedded: int | None = None


def run_harvest(
    workspace: Workspace,
    request: Request,
    *,
    base_url: str | None = None,
    interval: float | None = None,
    addresses: Addresses | None = None,
    patience: float = PATIENCE,
    index: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    tell: Callable[[str], None] = lambda text: None,
    progress: Progress = lambda what, done, total: None,
) -> Harvested:
    """Harvest, then embed if `index` is set. `sleep` and `progress` may raise to stop; what was done is kept.

    `base_url` None: the address in $FOURWAYS_ARXIV_URL, else arXiv's own.
    Raises HomeError where another harvest runs in this home: two at once would ask arXiv twice as often as it allows.
    """
    from filelock import FileLock, Timeout

    from survey.indexing import index_library

    home = workspace.home.make()
    if base_url is None and not request.bulk:
        base_url = os.environ.get(ARXIV_VARIABLE) or None
    try:
        with FileLock(home.harvest_lock, timeout=0):
            session = Session(patience=patience, sleep=sleep, tell=tell, pace=home.pace)
            report = harvest(
                workspace.library,
                request,
                session,
                base_url=base_url,
                interval=interval,
                addresses=addresses or service_addresses(),
                progress=progress,
            )
    except Timeout as error:
        raise HomeError(
            f"another harvest is running in {home.root}", "Wait until it is done, or stop it; what it did is kept"
        ) from error
    embedded = index_library(workspace, progress=progress).embedded if index else None
    return Harvested(report=report, embedded=embedded)


def service_addresses(
    s2_url: str | None = None, openalex_url: str | None = None, arxiv_url: str | None = None
) -> Addresses:
    """The services of citations. Keys come from the environment: $S2_API_KEY, $OPENALEX_API_KEY, and
    $FOURWAYS_MAILTO (an e-mail address).

    `arxiv_url` is the address of arXiv's API, whose host also keeps the LaTeX sources.
    """
    from urllib.parse import urlsplit

    addresses = Addresses(
        semantic_scholar=(s2_url or semantic_scholar.BASE_URL).rstrip("/"),
        openalex=(openalex_url or openalex.BASE_URL).rstrip("/"),
        key=os.environ.get("S2_API_KEY") or None,
        openalex_key=os.environ.get("OPENALEX_API_KEY") or None,
        mailto=os.environ.get("FOURWAYS_MAILTO") or None,
    )
    if not arxiv_url:
        return addresses
    parts = urlsplit(arxiv_url)
    return Addresses(**{**vars(addresses), "eprint": f"{parts.scheme}://{parts.netloc}"})
