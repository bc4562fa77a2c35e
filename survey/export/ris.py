"""A draft's references as RIS, for Zotero, Mendeley and EndNote."""

from __future__ import annotations

from survey.bibliography import Record, build_record
from survey.draft.models import Draft

_TYPES = {"article": "JOUR", "inproceedings": "CONF", "misc": "GEN"}


def render_ris(draft: Draft) -> str:
    """One record a paper, written by rispy."""
    import rispy

    return str(rispy.dumps([_fields(build_record(reference)) for reference in draft.references]))


def _fields(record: Record) -> dict[str, object]:
    reference = record.reference
    fields: dict[str, object] = {
        "type_of_reference": _TYPES[record.kind],
        "id": reference.key,
        "title": reference.title,
        "authors": [name.turned for name in record.names],
        "year": str(reference.year or ""),
        "secondary_title": reference.venue,
        "doi": record.doi,
        "urls": [record.address] if record.address else [],
        "notes": [f"arXiv:{record.arxiv_id}"] if record.arxiv_id else [],
    }
    return {name: value for name, value in fields.items() if value}
