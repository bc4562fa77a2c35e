"""arXiv's bulk interface (OAI-PMH): every record of a set between two days, oldest first, on from where it stopped.

The cursor of a set is `{"done": DAY, "token": TOKEN}`: everything up to that day is in the library, and a list that was
cut off goes on with the token, which arXiv keeps for a day.
"""

from __future__ import annotations

from datetime import date

from corpus import logbook
from corpus.harvest.work import Work
from corpus.sources import oai_pmh

LABEL = "arxiv-oai"


def harvest_set(
    work: Work, base_url: str, name: str | None, since: date | None, until: date | None, interval: float
) -> None:
    """Take in the set `name` (`cs:cs:CL`; all of the repository, if None). Raises ServiceError; what came is kept."""
    key = f"{base_url} {name or ''} {since or ''} {until or ''}"
    state = logbook.cursor(work.library, LABEL, key)
    start = date.fromisoformat(state["done"]) if state.get("done") else since
    topic = f"bulk {name or 'all'}"
    done = 0
    for page in oai_pmh.pages(
        work.session, base_url, set=name, since=start, until=until, token=state.get("token"), interval=interval
    ):
        state = {"done": page.datestamp_max or state.get("done"), "token": page.token}
        work.keep(topic, page.entries, LABEL, (key, state))
        work.tally.deleted += len(page.deleted)
        done += len(page.entries) + len(page.deleted)
        work.progress(f"Harvesting {topic}", done, max(page.total or 0, done))


def set_of(category: str) -> str:
    """The OAI set of an arXiv category: `cs.CL` -> `cs:cs:CL`, `cs` -> `cs`; physics archives lie under `physics`.

    https://info.arxiv.org/help/oa/index.html
    """
    archive, _, field = category.partition(".")
    group = archive if archive in _GROUPS else "physics"
    if group == "physics" and archive != "physics":
        return f"physics:{archive}" + (f":{field}" if field else "")
    return f"{group}:{archive}:{field}" if field else group


_GROUPS = {"cs", "econ", "eess", "math", "physics", "q-bio", "q-fin", "stat"}
