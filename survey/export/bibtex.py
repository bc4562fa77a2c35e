"""A draft's references as BibTeX, under the keys of the draft."""

from __future__ import annotations

import re
from collections.abc import Iterable

from survey.bibliography import Name, Record, build_record
from survey.draft.models import Draft, Reference
from survey.export.latex_text import escape_bibtex

# Styles print a DOI letter by letter, so that it cannot be escaped.
_SAFE_DOI = re.compile(r"10\.[\d.]+/[A-Za-z0-9._;()/:-]+")
_VENUE = {"article": "journal", "inproceedings": "booktitle", "misc": "howpublished"}


def render_bibtex(draft: Draft) -> str:
    """One entry a paper. Titles stand in two pairs of braces, so that no style changes their capitals."""
    return render_entries(draft.references)


def render_entries(references: Iterable[Reference]) -> str:
    """The same of references that stand in no draft."""
    return "\n".join(_entry(build_record(reference)) for reference in references)


def _entry(record: Record) -> str:
    reference = record.reference
    fields = {
        "title": f"{{{escape_bibtex(reference.title)}}}",
        "author": " and ".join(_author(name) for name in record.names),
        "key": "" if record.names else escape_bibtex(reference.title),  # what styles sort by instead
        "year": str(reference.year or ""),
        _VENUE[record.kind]: escape_bibtex(reference.venue or "")
        if not record.arxiv_id or record.kind != "misc"
        else "",
        "doi": record.doi if record.doi and _SAFE_DOI.fullmatch(record.doi) else "",
        "eprint": record.arxiv_id or "",
        "archiveprefix": "arXiv" if record.arxiv_id else "",
        "url": record.address or "",
    }
    lines = [f"  {field} = {{{value}}}" for field, value in fields.items() if value]
    return f"@{record.kind}{{{reference.key},\n" + ",\n".join(lines) + "\n}\n"


def _author(name: Name) -> str:
    """Family, Given. A name of one part is a group's and stands in braces, as does a part that `and` would tear."""
    if not name.given:
        return f"{{{escape_bibtex(name.family)}}}"
    parts = (escape_bibtex(part) for part in (name.family, name.suffix, name.given) if part)
    return ", ".join(f"{{{part}}}" if " and " in f" {part.lower()} " or "," in part else part for part in parts)
