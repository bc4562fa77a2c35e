"""A record of arXiv's as a paper, whichever format it comes in: Atom, OAI-PMH or the snapshot file. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from corpus.errors import shorten
from corpus.identity import canonical_id
from corpus.models import MAX_ID, Paper, clean_line
from corpus.sources import Fault
from corpus.sources.fields import build_paper
from corpus.sources.markup import latex_to_text

_MAX_VENUE = 300
_CODE = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:www\.)?((?:github|gitlab)\.com/[\w.-]+/[\w.~%/#?=&+@-]+)", re.IGNORECASE
)
_MAX_URL = 2_000
_AFFILIATION = re.compile(r"\([^()]*\)")
# Affiliations hold parentheses of their own, but not many deep.
_MAX_NESTED = 5
_BETWEEN_AUTHORS = re.compile(r",?\s+and\s+|[,;]")
_ET_AL = re.compile(r",?\s+et\s+al\.?\s*$")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_DOI = re.compile(r"(?<![\d.])10\.\d{4,9}(?:\.\d+)*/\S+")
_STAMP = re.compile(r"(?:[A-Z][a-z]{2},\s*)?([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})(?![0-9])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ID_MONTH = re.compile(r"(?:[a-z.-]+/)?(\d\d)(0[1-9]|1[0-2])")


def build_arxiv_paper(
    arxiv_id: str,
    *,
    title: str,
    abstract: str | None,
    authors: Sequence[str | None],
    categories: Sequence[str],
    comment: str | None,
    journal_ref: str | None,
    doi: str | None,
    published: str | None,
    updated: str | None,
) -> Paper | Fault:
    """The paper of one arXiv record, the same whichever format it came in. The days are ISO days.

    A paper that was never changed was updated on the day it was published. The comment gives only a link to code.
    """
    return build_paper(
        {
            "arxiv_id": arxiv_id,
            "doi": pick_doi(doi),
            "title": title,
            "abstract": abstract,
            "authors": authors,
            "year": int(published[:4]) if published else (id_month(arxiv_id) or (None,))[0],
            "venue": pick_venue(journal_ref),
            "categories": categories,
            "url": f"https://arxiv.org/abs/{arxiv_id}",
            "code_url": find_code(comment, abstract),
            "published": published,
            "updated": updated or published,
        },
        arxiv_id,
    )


def valid_id(text: str) -> str | None:
    """The bare arXiv id in a text that is one in any form (with version, as a link); None for any other text.

    >>> valid_id("https://arxiv.org/abs/quant-ph/0201082v1")
    'quant-ph/0201082'
    """
    known = canonical_id(text)
    bare = known.removeprefix("arxiv:")
    return bare if bare != known == canonical_id(bare) else None


def stamp_day(text: str) -> str:
    """The day of a version's time stamp, as ISO. Raises ValueError.

    >>> stamp_day("Mon, 2 Apr 2007 19:18:42 GMT")
    '2007-04-02'
    """
    match = _STAMP.match(text)
    try:
        if match:
            return date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1])).isoformat()
    except ValueError:
        pass
    raise ValueError(f"{shorten(text)!r} is no date")


def id_month(arxiv_id: str) -> tuple[int, int] | None:
    """The year and month in which an arXiv id was given. https://info.arxiv.org/help/arxiv_identifier.html

    >>> id_month("hep-th/9901001"), id_month("2106.09685")
    ((1999, 1), (2021, 6))
    """
    match = _ID_MONTH.match(arxiv_id)
    if not match:
        return None
    year = int(match[1])
    return year + (1900 if year > 90 and "/" in arxiv_id else 2000), int(match[2])


def pick_doi(text: str | None) -> str | None:
    """The first DOI of a text that may hold several, parted by spaces; None where there is none."""
    match = _DOI.search(text or "")
    return match[0].rstrip(",;") if match and len(match[0]) <= MAX_ID else None


def pick_venue(journal_ref: str | None) -> str | None:
    """A journal reference as the venue: it says that, and where, the paper was published."""
    return shorten(clean_line(journal_ref), _MAX_VENUE) or None if journal_ref else None


def split_authors(text: str) -> list[str]:
    r"""The names in arXiv's author line: affiliations in parentheses are left out, LaTeX accents become letters.

    >>> split_authors("A. Byron (Turin), L. Wei, Jr. and Z. Bal\\'azs")
    ['A. Byron', 'L. Wei, Jr.', 'Z. Balázs']
    """
    for _ in range(_MAX_NESTED):
        text = _AFFILIATION.sub(" ", text)
    names: list[str] = []
    for part in _BETWEEN_AUTHORS.split(latex_to_text(_ET_AL.sub("", text))):
        name = clean_line(part)
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f", {name}"
        elif name:
            names.append(name)
    return names


def find_code(*texts: str | None) -> str | None:
    """The one link to GitHub or GitLab in the texts; None where there is none, or more than one to choose from.

    >>> find_code("12 pages. Code: github.com/ada/thin-adapters.")
    'https://github.com/ada/thin-adapters'
    """
    found: dict[str, str] = {}
    for text in texts:
        if not text or not any(host in text.lower() for host in ("github.com", "gitlab.com")):
            continue  # the pattern is slow, and most abstracts are without a link
        for match in _CODE.finditer(text.replace("\\_", "_")):
            link = match[1].rstrip(".,;:/?#&")
            found.setdefault(link.lower().removesuffix(".git"), link)
    link = next(iter(found.values()), "")
    return f"https://{link}" if len(found) == 1 and link.count("/") >= 2 and len(link) < _MAX_URL else None
