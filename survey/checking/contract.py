"""Reading a draft from its `outline.json`."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from corpus.errors import InputError
from survey.checking.reading import Named, Reading, Statement, Words
from survey.draft.models import Draft, closing_of
from survey.outline import Outline


def load_contract(text: str) -> Draft:
    """The draft of a contract. Raises InputError where it is none, also after somebody edited it."""
    remedy = "Write it anew with `fourways survey TOPIC --format json`"
    try:
        read: Any = json.loads(text)
    except ValueError as error:
        raise InputError(f"the file is no JSON ({error})", remedy) from error
    if not isinstance(read, dict):
        raise InputError("the file holds no draft", remedy)
    try:
        outline = Outline.model_validate(read)
        # A last section without papers holds sentences alone, and is none of the outline's.
        closing = closing_of(outline.topic)
        kept = tuple(one for one in outline.sections if one.papers or one.sections or (one.title,) != closing)
        return Draft.model_validate({**read, "outline": outline.model_copy(update={"sections": kept})})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"the file holds no draft ({place}: {first['msg']})", remedy) from error


def read_contract(draft: Draft) -> Reading:
    """The statements of a draft, with the spans of their quotes, the cells of its tables that cite, and its references."""
    statements = [
        Statement(
            where=" > ".join(one.section) or "the summary",
            text=one.text,
            keys=tuple(dict.fromkeys(quote.key for quote in one.citations)),
            words=tuple(Words(q.quote, q.key, (q.source, q.start, q.end)) for q in one.citations),
            is_quote=one.kind in ("quote", "problem") and not one.smoothed,
        )
        for one in draft.sentences
    ]
    for table in draft.tables:
        for row in table.rows:
            words = tuple(
                Words(quote.quote, quote.key, (quote.source, quote.start, quote.end))
                for cell in row.cells
                if (quote := cell.evidence)
            )
            where = f"{' > '.join(table.section)}, table"
            statements.append(Statement(where, row.key, (row.key,), words, claims=False))
    references = {
        one.key: Named(id=one.id, url=one.url, title=one.title, digest=one.digest) for one in draft.references
    }
    return Reading(statements, references)
