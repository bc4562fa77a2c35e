"""One paper, many ids: how ids are read, when two records are the same paper, and how records are merged.

All functions are pure. `merge` looks at a set of records and never at the order in which they came.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from corpus.models import Paper, clean_line

# arXiv identifiers: https://info.arxiv.org/help/arxiv_identifier.html (new form since April 2007, old form before).
_ARXIV_NEW = r"\d{4}\.\d{4,5}"
_ARXIV_OLD = r"[a-z][a-z-]*(?:\.[a-z]{2})?/\d{7}"
_ARXIV = re.compile(
    rf"^(?:arxiv:\s*|https?://(?:export\.|www\.)?arxiv\.org/(?:abs|pdf|html)/)?({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?(?:\.pdf)?"
    r"(?:\s*\[[a-z.-]+\])?$",  # the form that arXiv stamps on its pages: arXiv:2106.09685v2 [cs.CL]
    re.IGNORECASE | re.ASCII,
)
# arXiv registers a DOI for every paper: https://info.arxiv.org/help/doi.html
_ARXIV_DOI = re.compile(rf"^10\.48550/arxiv\.({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?$", re.IGNORECASE | re.ASCII)
_DOI = re.compile(r"^(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.[\d.]+/\S+)$", re.IGNORECASE)
# ACL anthology ids, and the DOIs that hold them: https://aclanthology.org/info/ids/
_ACL_ID = r"[A-Z]\d{2}-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+"
_ACL = re.compile(rf"^(?:acl:|https?://(?:www\.)?aclanthology\.org/)({_ACL_ID})/?(?:\.pdf)?$", re.IGNORECASE)
_ACL_DOI = re.compile(rf"^10\.18653/v1/({_ACL_ID})$", re.IGNORECASE)

_PREPRINT_VENUES = {"arxiv", "corr", "biorxiv", "medrxiv", "preprint", "openreview"}
# What spreadsheets and reference managers write where there is no id; taken for one, it would make all such papers one.
_NO_ID = {"n/a", "na", "nan", "none", "null", "nil", "unknown", "-", "--", "?", "."}
# LaTeX in titles: accents (`\v{c}`) and type faces say nothing, a symbol's name does (`\alpha` is not `\beta`).
_LATEX = re.compile(r"\\(?:[a-zA-Z]|text\w*|math\w*|emph|boldsymbol|mbox|ensuremath|operatorname)(?![a-zA-Z])")
_NAME_SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}


def canonical_id(text: str) -> str:
    """The one spelling of an id: arXiv ids lose their version, DOIs their case, links become ids.

    >>> canonical_id("https://arxiv.org/abs/2106.09685v2")
    'arxiv:2106.09685'
    >>> canonical_id("doi:10.18653/v1/P19-1613")
    'acl:P19-1613'
    """
    text = clean_line(text)
    return _known_form(text) or text


def _known_form(text: str) -> str | None:
    """The canonical spelling of an arXiv id, DOI or ACL id; None for any other text."""
    if match := _ARXIV.match(text):
        return "arxiv:" + _bare_archive(match[1])
    if match := _DOI.match(text):
        return _canonical_doi(match[1])
    if match := _ACL.match(text):
        return "acl:" + _acl_case(match[1])
    return None


def _canonical_doi(doi: str) -> str:
    if match := _ARXIV_DOI.match(doi):
        return "arxiv:" + _bare_archive(match[1])
    if match := _ACL_DOI.match(doi):
        return "acl:" + _acl_case(match[1])
    return "doi:" + doi.lower()


def _bare_archive(arxiv_id: str) -> str:
    """`math.GT/0309136` is `math/0309136`: the old ids are unique without their subject class."""
    return re.sub(r"\.[a-z]{2}/", "/", arxiv_id.lower())


def _acl_case(acl_id: str) -> str:
    return acl_id.upper() if acl_id[:1].isalpha() else acl_id.lower()


def aliases(record: Paper) -> list[str]:
    """Every id that the record gives for its paper, canonical, without repeats.

    An `id` may be any text; `arxiv_id`, `doi` and `url` count only where they have the form of one.
    """
    given = [canonical_id(record.id)] if record.id and not _is_no_id(record.id) else []
    given += [known for text in (record.arxiv_id, record.doi, record.url) if text and (known := _known_form(text))]
    return list(dict.fromkeys(given))


def _is_no_id(text: str) -> bool:
    return text.casefold() in _NO_ID


def title_id(record: Paper) -> str:
    """The id of a record that gives none: a digest of its title, first author and year."""
    words = f"{title_key(record.title) or record.title} {author_key(record.authors)} {record.year}"
    return "title:" + hashlib.sha256(words.encode()).hexdigest()[:12]


def work_id(title: str, authors: Sequence[str]) -> str | None:
    """The id of a work of which only title and first author are known, as bibliographies often have it; None without both."""
    key, author = title_key(title), author_key(authors)
    return "work:" + hashlib.sha256(f"{key} {author}".encode()).hexdigest()[:16] if key and author else None


def title_key(title: str) -> str:
    """The title without case, accents, markup and punctuation: equal keys mean equal titles."""
    plain = _LATEX.sub("", title) if "\\" in title else title
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", plain).casefold())


def author_key(authors: Sequence[str]) -> str:
    """The first author's family name, its last word, without case and accents.

    `Edward J. Hu` and `Hu, Edward` give `hu`; `Aäron van den Oord` and `van den Oord, Aäron` give `oord`.
    """
    if not authors:
        return ""
    words = [title_key(word) for word in authors[0].split(",")[0].split()]
    named = [word for word in words if word and word not in _NAME_SUFFIXES]
    return named[-1] if named else ""


def same_work(one: Paper, other: Paper) -> bool:
    """Whether two records without an id in common are the same paper.

    Title and first author must agree and the years lie within two of each other; a year that is not given agrees
    with any. A missing author list does not: "Introduction" without authors is many papers.
    """
    title, key = title_key(one.title), author_key(one.authors)
    if not title or title != title_key(other.title):
        return False
    if not key or key != author_key(other.authors):
        return False
    return one.year is None or other.year is None or abs(one.year - other.year) <= 2


def is_preprint(record: Paper) -> bool:
    """Whether the record speaks of a preprint: no venue but a preprint server's."""
    words = re.split(r"[\W_]+", (record.venue or "").casefold())
    return record.venue is None or words[0] in _PREPRINT_VENUES


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
    ranked = fresh = records
    if len(records) > 1:  # equals are told apart by label and then by their words, so that their order never counts
        records = sorted(records, key=lambda pair: (pair[0], pair[1].model_dump_json()))
        ranked = sorted(records, key=lambda pair: _standing(pair[1]))
        fresh = sorted(records, key=lambda pair: _freshness(pair[1]))
    fields: dict[str, object] = {}
    origin: dict[str, str] = {}

    def take(field: str, order: Sequence[tuple[str, Paper]]) -> None:
        for label, record in order:
            value = getattr(record, field)
            if value and not (field in ("arxiv_id", "doi") and _is_no_id(value)):
                fields[field], origin[field] = value, label
                return

    for field in ("title", "authors", "year", "venue", "url", "code_url", "arxiv_id", "doi"):
        take(field, ranked)
    if "authors" in fields:  # "and others" cuts a list short: the longest by the same first author is the whole one
        first = author_key(fields["authors"])  # type: ignore[arg-type]
        lists = [(label, record.authors) for label, record in ranked if author_key(record.authors) == first]
        origin["authors"], fields["authors"] = max(lists, key=lambda pair: len(pair[1]))
    take("abstract", fresh)
    if "abstract" in fields:
        fields["summary_by"] = next(r.summary_by for label, r in fresh if r.abstract)
    for field in ("categories", "keywords", "strategies", "directions"):
        united = dict.fromkeys(item for _, record in ranked for item in getattr(record, field))
        if united:
            fields[field] = tuple(united)
            origin[field] = ", ".join(dict.fromkeys(label for label, record in ranked if getattr(record, field)))
    for field, pick in (("published", min), ("updated", max)):
        days = [(getattr(record, field), label) for label, record in ranked if getattr(record, field)]
        if days:
            fields[field], origin[field] = pick(days)
    # Every value comes out of a validated record; to validate them again would double the time of an import.
    paper = Paper.model_construct(**_bare_ids(fields))
    return paper.model_copy(update={"id": _name([record for _, record in ranked], paper)}), origin


def _bare_ids(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with `arxiv_id` and `doi` as the bare ids that their names promise, where they hold one."""
    bare = dict(fields)
    if (arxiv_id := canonical_id(fields.get("arxiv_id", ""))).startswith("arxiv:"):
        bare["arxiv_id"] = arxiv_id.removeprefix("arxiv:")
    if match := _DOI.match(fields.get("doi", "")):
        bare["doi"] = match[1]
    return bare


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
    given = [record.id for record in ranked if record.id and not _is_no_id(record.id)]
    return (given or aliases(paper) or [title_id(ranked[0])])[0]
