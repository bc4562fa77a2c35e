"""Papers as RIS (`.ris`), as Zotero, Mendeley, EndNote and the publishers write it; read by rispy, a record at a time.

A record runs from its `TY` line to `ER`, to the next `TY` or to the end of the file: a missing `ER` costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.addresses import sort_addresses
from corpus.sources.decoding import text_lines
from corpus.sources.fields import build_paper, first_text, read_day, read_names, read_year
from corpus.sources.markup import html_to_text

_TAG = re.compile(r"([A-Z][A-Z0-9])  -(?:\s+(.*)|$)", re.DOTALL)
# Some programs write one space; where `TY` has two, a line such as `AI - and what it costs` is text.
_LOOSE_TAG = re.compile(r"([A-Z][A-Z0-9]) {1,2}-(?:\s+(.*)|$)", re.DOTALL)
# rispy joins the lines of a long text one by one, which takes quadratic time: no real record comes near this.
_MAX_RECORD = 1_000_000
_COST_OF_LINE = 50
_TOO_LONG = f"a record longer than {_MAX_RECORD} characters"

# rispy's names of the tags that say one thing; the first that is filled counts.
_TITLES = ("title", "primary_title", "secondary_title")  # TI, T1; a whole book may have T2 alone
_VENUES = (
    "secondary_title",  # T2
    "journal_name",  # JO
    "alternate_title3",  # JF
    "alternate_title2",  # JA
    "alternate_title1",  # J2
    "custom3",  # C3: EndNote's name of the proceedings
    "tertiary_title",  # T3
    "publisher",
)
_AUTHORS = ("authors", "first_authors", "secondary_authors", "tertiary_authors")
_YEARS = ("year", "publication_year", "date")
_DAYS = ("date", "publication_year", "year")
_ABSTRACTS = ("abstract", "notes_abstract")
_EPRINTS = ("note", "type_of_work", "number", "accession_number", "volume", "custom1", "custom2")
_LINKS = ("file_attachments1", "file_attachments2", "figure")


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read the records; one that is no paper becomes a Fault that names the line of its `TY`."""
    for number, lines in _records(text_lines(stream)):
        where = f"line {number}"
        if isinstance(lines, str):
            yield Fault(where, lines)
        else:
            yield _to_paper(_parse(lines), where)


def _records(numbered: Iterable[tuple[int, str | None]]) -> Iterator[tuple[int, list[str] | str]]:
    """The lines of each record with the number of the first, or the reason why there is no record."""
    start, lines, size, form, is_stray = 0, list[str](), 0, _TAG, False
    for number, line in numbered:
        mark = _LOOSE_TAG.match(line or "")
        if mark and mark[1] in ("TY", "ER"):
            if start:
                yield start, lines if size <= _MAX_RECORD else _TOO_LONG
            form = _TAG if _TAG.match(line or "") else _LOOSE_TAG
            start, lines, size, is_stray = (number if mark[1] == "TY" else 0), [f"TY  - {mark[2] or ''}"], 0, False
            continue
        tag = form.match(line or "")
        if start:
            size += _MAX_RECORD + 1 if line is None else len(line) + _COST_OF_LINE
            if size <= _MAX_RECORD:
                lines.append(f"{tag[1]}  - {tag[2] or ''}" if tag else line or "")
        elif tag and not is_stray:
            yield number, "a record without its first line (TY)"
            is_stray = True
    if start:
        yield start, lines if size <= _MAX_RECORD else _TOO_LONG


def _parse(lines: list[str]) -> dict[str, Any]:
    """rispy's reading of one record. An address may hold a `;`, at which rispy would part it."""
    from rispy import RisParser

    records = RisParser(delimiter_tags_mapping={}).parse_lines(iter([*lines, "ER  - "]))
    return dict(records[0]) if records else {}


def _to_paper(record: dict[str, Any], where: str) -> Paper | Fault:
    def text(names: Iterable[str]) -> str:
        return html_to_text(first_text(record.get(name) for name in names) or "")

    title = text(_TITLES)
    venues = [name for name in _VENUES if record.get(name) != record.get("secondary_title") or text(_TITLES[:2])]
    people: object = next((record[name] for name in _AUTHORS if record.get(name)), [])
    days = [day for name in _DAYS if (day := read_day(record.get(name)))]
    values: dict[str, object] = {
        "title": title,
        "authors": read_names(people),
        "year": next((year for name in _YEARS if (year := read_year(record.get(name)))), None),
        "published": days[0] if days else None,
        "venue": text(venues),
        "doi": record.get("doi"),
        "abstract": text(_ABSTRACTS),
        "keywords": record.get("keywords"),
    }
    notes = [note for note in (*record.get("notes", []), record.get("research_notes")) if isinstance(note, str)]
    links = [*record.get("urls", []), *(record.get(name) for name in _LINKS)]
    eprints = [told for name in _EPRINTS if isinstance(told := record.get(name), str) and "arxiv" in told.lower()]
    return build_paper(sort_addresses(values, eprints=eprints, links=links, remarks=notes), where)
