"""The ids and addresses of a reference, sorted out: files put them into whatever field their style has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from corpus.identity import canonical_id
from corpus.models import clean_line
from corpus.sources.arxiv_record import find_code, pick_doi, valid_id
from corpus.sources.notes.links import ids_in_text, read_link

# DBLP writes `CoRR abs/2106.09685`, which is arXiv's first name of its computer science.
_CORR = re.compile(r"(?<![\w/.])abs/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?![\d/])", re.IGNORECASE | re.ASCII)
_LEADING_ARXIV = re.compile(r"\s*arxiv:", re.IGNORECASE)
_NO_SCHEME = re.compile(r"(?:www\.|doi\.org/|arxiv\.org/|github\.com/|aclanthology\.org/)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def sort_addresses(
    values: dict[str, object],
    *,
    eprints: Iterable[str | None] = (),
    links: Iterable[str | None] = (),
    remarks: Iterable[str] = (),
) -> dict[str, object]:
    """`values` with `arxiv_id`, `doi`, `url` and `code_url` as far as the texts tell them, and a plain `venue`.

    `eprints` are fields that hold an arXiv id alone; `links` hold one address each; `remarks` are free text, of which
    only lines that begin with `arXiv:` give the paper's own id. `doi` and `venue` of `values` are read as they stand in
    the file. A link to code is the paper's address only where the paper has no id.
    """
    doi, venue = (clean_line(text) if isinstance(text := values.get(key), str) else "" for key in ("doi", "venue"))
    addresses = [clean_line(link) for link in links if link]
    addresses = [f"https://{link}" if _NO_SCHEME.match(link) else link for link in addresses]
    notes = list(remarks)
    own = [line for note in notes for line in note.splitlines() if _LEADING_ARXIV.match(line)]

    ids = [f"arxiv:{known}" for text in eprints if text and (known := valid_id(text))]
    if own_doi := pick_doi(doi):
        ids.append(canonical_id(own_doi))
    ids += [known for link in addresses for known in read_link(link).ids]
    ids += [known for text in (venue, *own) for known in ids_in_text(text)]
    ids += [f"arxiv:{known}" for match in _CORR.finditer(venue) if (known := valid_id(match[1]))]
    acl = _first(ids, "acl:")

    pages = [link for link in addresses if _ADDRESS.fullmatch(link)]
    if ids:
        pages = [link for link in pages if not find_code(link)]
    url = pages[0] if pages else None
    if acl and (url is None or _first(read_link(url).ids, "acl:")):
        url = f"https://aclanthology.org/{acl}"  # the anthology has moved; this form is an id
    code = find_code(*addresses, *notes)
    return values | {
        "arxiv_id": _first(ids, "arxiv:"),
        "doi": own_doi or _first(ids, "doi:"),
        "url": url,
        "code_url": None if url and find_code(url) == code else code,
        "venue": "arXiv" if venue.lower().startswith("arxiv") else venue or None,
    }


def _first(ids: Iterable[str], kind: str) -> str | None:
    """The first id of this kind, without its kind."""
    return next((known.removeprefix(kind) for known in ids if known.startswith(kind)), None)
