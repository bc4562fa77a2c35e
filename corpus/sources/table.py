"""Papers as CSV with a header row. Column names as in `corpus.models.Paper`, without case; lists are parted by `;`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.jsonl import to_paper

_LISTS = {"authors", "categories", "keywords"}


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read the rows; one that is no paper becomes a Fault that names its line."""
    rows = csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=""), restkey="")
    try:
        columns = [(name or "").strip().lower() for name in rows.fieldnames or ()]
        if "title" not in columns:
            yield Fault("line 1", "the header has no column called title")
            return
        rows.fieldnames = columns
        for row in rows:
            values: dict[str, object] = {}
            for name, value in row.items():
                if isinstance(value, str) and value.strip():
                    values[name] = value.split(";") if name in _LISTS else value
            yield to_paper(values, f"line {rows.line_num}")
    except csv.Error as error:
        yield Fault(f"line {rows.line_num}", f"broken CSV ({error})")
