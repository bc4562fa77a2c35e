"""A draft's references as CSL-JSON, for Zotero, pandoc and citeproc.

https://docs.citationstyles.org/en/stable/specification.html
"""

from __future__ import annotations

import json

from survey.bibliography import Name, Record, build_record
from survey.draft.models import Draft

_TYPES = {"article": "article-journal", "inproceedings": "paper-conference", "misc": "article"}


def render_csl(draft: Draft) -> str:
    """A list of items, their ids the keys of the draft."""
    items = [_item(build_record(reference)) for reference in draft.references]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _item(record: Record) -> dict[str, object]:
    reference = record.reference
    item: dict[str, object] = {
        "id": reference.key,
        "type": _TYPES[record.kind],
        "title": reference.title,
        "author": [_person(name) for name in record.names],
        "issued": {"date-parts": [[reference.year]]} if reference.year else None,
        "container-title": reference.venue,
        "DOI": record.doi,
        "URL": record.address,
        "archive": "arXiv" if record.arxiv_id else None,
        "number": f"arXiv:{record.arxiv_id}" if record.arxiv_id else None,
    }
    return {name: value for name, value in item.items() if value}


def _person(name: Name) -> dict[str, str]:
    if not name.given:
        return {"literal": name.family}
    person = {"family": name.family, "given": name.given, "suffix": name.suffix}
    return {part: text for part, text in person.items() if text}
