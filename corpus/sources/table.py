"""Papers as CSV with a header row. Column names as in `corpus.models.Paper`, without case; lists are parted by `;`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.jsonl import to_paper

_LISTS = {"authors", "categories", "keywords", "strategies", "directions"}


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read the rows; one that is no paper becomes a Fault that names its line."""
    rows = csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=""), restkey="")
    try:
        columns = [(name or "").strip().lower() for name in rows.fieldnames or ()]
    except csv.Error as error:
        yield Fault("line 1", f"broken CSV ({error})")
        return
    if "title" not in columns:
        yield Fault("line 1", "the header has no column called title")
        return
    rows.fieldnames = columns
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:  # the reader goes on with the line after it
            yield Fault(f"line {rows.line_num}", f"broken CSV ({error})")
            continue
        yield to_paper(_values(row), f"line {rows.line_num}")


def _values(row: dict[str, Any]) -> dict[str, object]:
    """The cells that hold something; lists are split. What stands beyond the last column is passed over."""
    filled = {name: cell for name, cell in row.items() if isinstance(cell, str) and cell.strip()}
    return {name: cell.split(";") if name in _LISTS else cell for name, cell in filled.items()}
