"""Papers as CSV with a header row, parted by commas, semicolons, tabs or bars; the header tells which.

Columns are named as in `corpus.models.Paper` or as in the exports of Zotero, Scopus, Web of Science, IEEE Xplore and
PubMed, without case. Lists in a cell are parted by `;`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.addresses import sort_addresses
from corpus.sources.decoding import text_lines
from corpus.sources.fields import build_paper, read_day, read_names, read_words, read_year
from corpus.sources.markup import html_to_text

_DELIMITERS = (",", ";", "\t", "|")
# Field -> the names of its column; where a file has several, the first that is filled counts.
_COLUMNS = {
    "title": ("title", "article title", "document title", "paper title", "ti"),
    "authors": ("author full names", "authors", "author", "author s", "creators", "au"),
    "year": ("year", "publication year", "pub year", "py", "date", "publication date", "published"),
    "published": ("published", "date", "publication date"),
    "venue": (
        "venue",
        "publication title",
        "source title",
        "journal",
        "journal book",
        "book title",
        "booktitle",
        "proceedings title",
        "conference name",
        "container title",
        "so",
        "publisher",
    ),
    "doi": ("doi", "di"),
    "abstract": ("abstract", "abstract note", "summary", "ab"),
    "keywords": ("keywords", "author keywords", "manual tags", "tags", "de"),
    "categories": ("categories", "arxiv categories"),
}
_EPRINTS = ("arxiv id", "arxiv", "eprint")
_LINKS = ("url", "link", "links")
_REMARKS = ("extra", "notes", "note")


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read the rows; one that is no paper becomes a Fault that names its line."""
    lines = _lines(stream)
    header = next((line for line in lines if line.strip() and not line.lower().startswith("sep=")), "")
    try:
        delimiter, columns = _read_header(header)
    except csv.Error as error:
        yield Fault("line 1", f"broken CSV ({error})")
        return
    if not set(_COLUMNS["title"]) & set(columns):
        yield Fault("line 1", "the header has no column called title")
        return
    rows = csv.reader(chain([header], lines), delimiter=delimiter)
    next(rows)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:  # the reader goes on with the line after it
            yield Fault(f"line {rows.line_num}", f"broken CSV ({error})")
            continue
        if any(cell.strip() for cell in row):
            yield build_paper(_values(columns, row), f"line {rows.line_num}")


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines with their ends. One that is too long becomes one whose cell is too long, for the reader to tell."""
    for _, line in text_lines(stream):
        yield "x" * (csv.field_size_limit() + 1) + "\n" if line is None else line + "\n"


def _read_header(line: str) -> tuple[str, list[str]]:
    """The delimiter under which the header has a title and the most columns that are known, and the columns' names."""
    known = {name for names in _COLUMNS.values() for name in names}
    readings = []
    for delimiter in _DELIMITERS:
        names = [
            " ".join(name.lower().replace("_", " ").replace("-", " ").replace("/", " ").split())
            for name in _cells(line, delimiter)
        ]
        readings.append((bool(set(_COLUMNS["title"]) & set(names)), len(known & set(names)), delimiter, names))
    best = max(readings, key=lambda reading: reading[:2])
    return best[2], best[3]


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _values(columns: list[str], row: list[str]) -> dict[str, object]:
    """The fields that the row's cells give. What stands beyond the last column is passed over."""
    cells: dict[str, str] = {}
    for name, cell in zip(columns, row, strict=False):
        if cell.strip():
            cells.setdefault(name, cell)

    def first(names: Iterable[str]) -> str:
        return next((cells[name] for name in names if name in cells), "")

    values: dict[str, object] = {
        field: cells[field.replace("_", " ")] for field in Paper.model_fields if field.replace("_", " ") in cells
    }
    for field, names in _COLUMNS.items():
        values[field] = html_to_text(first(names))
    values["authors"] = read_names(first(_COLUMNS["authors"]))
    values["year"] = next((year for name in _COLUMNS["year"] if (year := read_year(cells.get(name)))), None)
    values["published"] = next((day for name in _COLUMNS["published"] if (day := read_day(cells.get(name)))), None)
    for field in ("keywords", "categories", "strategies", "directions"):
        values[field] = read_words(values.get(field))
    return _with_links(values, cells)


def _with_links(values: dict[str, object], cells: dict[str, str]) -> dict[str, object]:
    sorted_out = sort_addresses(
        values,
        eprints=[cells.get(name) for name in _EPRINTS],
        links=[cells.get(name) for name in _LINKS],
        remarks=[cells[name] for name in _REMARKS if name in cells],
    )
    return sorted_out | {"code_url": cells.get("code url") or cells.get("code") or sorted_out["code_url"]}
