"""One paper, many ids: how ids are read, when two records are the same paper, and how records are merged.

All functions are pure. `merge` looks at a set of records and never at the order in which they came.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from corpus.models import Paper

# arXiv identifiers: https://info.arxiv.org/help/arxiv_identifier.html (new form since April 2007, old form before).
_ARXIV_NEW = r"\d{4}\.\d{4,5}"
_ARXIV_OLD = r"[a-z][a-z-]*(?:\.[a-z]{2})?/\d{7}"
_ARXIV = re.compile(
    rf"^(?:arxiv:|https?://(?:export\.|www\.)?arxiv\.org/(?:abs|pdf|html)/)?({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?(?:\.pdf)?$",
    re.IGNORECASE,
)
# arXiv registers a DOI for every paper: https://info.arxiv.org/help/doi.html
_ARXIV_DOI = re.compile(rf"^10\.48550/arxiv\.({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?$", re.IGNORECASE)
_DOI = re.compile(r"^(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)
# ACL anthology ids, and the DOIs that hold them: https://aclanthology.org/info/ids/
_ACL_ID = r"[A-Z]\d{2}-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+"
_ACL = re.compile(rf"^(?:acl:|https?://(?:www\.)?aclanthology\.org/)({_ACL_ID})/?(?:\.pdf)?$", re.IGNORECASE)
_ACL_DOI = re.compile(rf"^10\.18653/v1/({_ACL_ID})$", re.IGNORECASE)

_PREPRINT_VENUES = {"arxiv", "corr", "biorxiv", "medrxiv", "preprint", "openreview"}


def canonical_id(text: str) -> str:
    """The one spelling of an id: arXiv ids lose their version, DOIs their case, links become ids.

    >>> canonical_id("https://arxiv.org/abs/2106.09685v2")
    'arxiv:2106.09685'
    >>> canonical_id("doi:10.18653/v1/P19-1613")
    'acl:P19-1613'
    """
    text = text.strip()
    if match := _ARXIV.match(text):
        return "arxiv:" + match[1].lower()
    if match := _DOI.match(text):
        return _canonical_doi(match[1])
    if match := _ACL.match(text):
        return "acl:" + _acl_case(match[1])
    return text


def _canonical_doi(doi: str) -> str:
    if match := _ARXIV_DOI.match(doi):
        return "arxiv:" + match[1].lower()
    if match := _ACL_DOI.match(doi):
        return "acl:" + _acl_case(match[1])
    return "doi:" + doi.lower()


def _acl_case(acl_id: str) -> str:
    return acl_id.upper() if acl_id[:1].isalpha() else acl_id.lower()


def aliases(record: Paper) -> list[str]:
    """Every id that the record gives for its paper, canonical, without repeats."""
    given = [record.id]
    if record.arxiv_id:
        given.append("arxiv:" + record.arxiv_id.removeprefix("arXiv:").removeprefix("arxiv:"))
    if record.doi:
        given += [record.doi if _DOI.match(record.doi) else "doi:" + record.doi]
    if record.url and (_ARXIV.match(record.url) or _ACL.match(record.url) or _DOI.match(record.url)):
        given.append(record.url)
    return list(dict.fromkeys(canonical_id(one) for one in given if one))


def title_key(title: str) -> str:
    """The title without case, accents, markup and punctuation: equal keys mean equal titles."""
    plain = re.sub(r"\\[a-zA-Z]+|[{}$]", " ", title)
    folded = unicodedata.normalize("NFKD", plain).casefold()
    return "".join(c for c in folded if c.isalnum())


def author_key(authors: Sequence[str]) -> str:
    """The first author's family name, without case and accents: `Edward J. Hu` and `Hu, Edward` give `hu`."""
    if not authors:
        return ""
    first = authors[0]
    family = first.split(",")[0] if "," in first else (first.split() or [""])[-1]
    return title_key(family)


def same_work(one: Paper, other: Paper) -> bool:
    """Whether two records without an id in common are the same paper.

    Title and first author must agree and the years lie within two of each other; a year that is not given agrees
    with any. A missing author list does not: "Introduction" without authors is many papers.
    """
    if title_key(one.title) != title_key(other.title):
        return False
    key = author_key(one.authors)
    if not key or key != author_key(other.authors):
        return False
    return one.year is None or other.year is None or abs(one.year - other.year) <= 2


def is_preprint(record: Paper) -> bool:
    """Whether the record speaks of a preprint: no venue but a preprint server's."""
    return record.venue is None or record.venue.casefold() in _PREPRINT_VENUES


def content_hash(paper: Paper) -> str:
    """SHA-256 (first 16 hex digits) of the words that are embedded: a change here is what makes a vector stale."""
    return hashlib.sha256(embedding_text(paper).encode()).hexdigest()[:16]


def embedding_text(paper: Paper) -> str:
    """What the embedding model reads of a paper: title and abstract."""
    return f"{paper.title}\n{paper.abstract or ''}".strip()


def merge(records: Sequence[tuple[str, Paper]]) -> tuple[Paper, dict[str, str]]:
    """Merge the `(label, record)` pairs of one paper into the paper, and say which label each field came from.

    The rule: what was published wins over a preprint, a record of the authors' wins over a summary by somebody else,
    and among equals the one that was updated last. Categories, keywords and places are united. The abstract is the
    newest one whatever the venue. `published` is the earliest day, `updated` the latest.
    """
    ranked = sorted(records, key=lambda pair: (*_standing(pair[1]), pair[0]))
    fresh = sorted(records, key=lambda pair: (*_freshness(pair[1]), pair[0]))
    fields: dict[str, object] = {}
    origin: dict[str, str] = {}

    def take(field: str, order: Sequence[tuple[str, Paper]]) -> None:
        for label, record in order:
            value = getattr(record, field)
            if value:
                fields[field], origin[field] = value, label
                return

    for field in ("title", "authors", "year", "venue", "url", "code_url", "arxiv_id", "doi"):
        take(field, ranked)
    take("abstract", fresh)
    if "abstract" in fields:
        fields["summary_by"] = next(r.summary_by for label, r in fresh if r.abstract)
    for field in ("categories", "keywords", "strategies", "directions"):
        united = dict.fromkeys(item for _, record in ranked for item in getattr(record, field))
        if united:
            fields[field] = tuple(united)
            origin[field] = ", ".join(label for label, record in ranked if getattr(record, field))
    for field, pick in (("published", min), ("updated", max)):
        days = [(getattr(record, field), label) for label, record in ranked if getattr(record, field)]
        if days:
            fields[field], origin[field] = pick(days)
    paper = Paper.model_validate(fields)
    return paper.model_copy(update={"id": _name([record for _, record in ranked], paper)}), origin


def _standing(record: Paper) -> tuple[int, int, str]:
    """Sort key, best first: published before preprint, the authors' record before a summary, newest before older."""
    return (int(is_preprint(record)), int(record.summary_by is not None), _descending(_last_day(record)))


def _freshness(record: Paper) -> tuple[int, str, int]:
    """Sort key for abstracts, best first: the authors' own before a summary, then the newest."""
    return (int(record.summary_by is not None), _descending(_last_day(record)), int(is_preprint(record)))


def _last_day(record: Paper) -> str:
    return record.updated or record.published or (f"{record.year:04d}-00-00" if record.year else "")


def _descending(day: str) -> str:
    """A string that sorts the other way round than an ISO day; no day sorts last."""
    return "".join(chr(ord("0") + ord("9") - ord(c)) if c.isdigit() else c for c in day) or "~"


def _name(ranked: Sequence[Paper], paper: Paper) -> str:
    """The id a paper goes by: the one it was given in its best record, else its arXiv id, DOI, or a digest of its title."""
    given = [record.id for record in ranked if record.id]
    if given:
        return given[0]
    known = aliases(paper)
    if known:
        return known[0]
    digest = hashlib.sha256(f"{title_key(paper.title)} {author_key(paper.authors)} {paper.year}".encode()).hexdigest()
    return "title:" + digest[:12]
