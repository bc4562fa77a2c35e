"""Papers as JSON: one object a line (`.jsonl`), or a document that holds an array of objects (`.json`).

An object has the fields of `corpus.models.Paper`, or is one of CSL-JSON, Zotero, Semantic Scholar (`corpus.sources.csl`)
or of arXiv's snapshot (`corpus.sources.snapshot`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.csl import FOREIGN, to_values
from corpus.sources.decoding import MAX_LINE
from corpus.sources.fields import build_paper


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read JSON lines; a line that is no paper becomes a Fault that names the line."""
    return _read_lines(lines(stream))


def _read_lines(numbered: Iterable[tuple[int, bytes | None]]) -> Iterator[Paper | Fault]:
    for number, line in numbered:
        where = f"line {number}"
        if line is None:
            yield Fault(where, f"longer than {MAX_LINE} bytes")
        elif line.strip():
            yield _parse_line(line, where)


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The numbered lines of a stream, from 1; None stands for a line that is longer than MAX_LINE bytes."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def _parse_line(line: bytes, where: str) -> Paper | Fault:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Fault(where, "not UTF-8 text")
    except (ValueError, RecursionError) as error:  # a plain ValueError: a number of more digits than Python reads
        return Fault(where, f"broken JSON ({why_broken(error)})")
    return to_paper(value, where)


def why_broken(error: Exception) -> str:
    """What `json` stumbled over."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "nested too deep" if isinstance(error, RecursionError) else "a number too long"


def to_paper(value: Any, where: str) -> Paper | Fault:
    """A decoded JSON value as a paper, or the reason why it is none.

    A title is the only thing that a record must have: any other field that cannot be used is left out.
    """
    if not isinstance(value, dict):
        return Fault(where, f"a paper is an object with a title, this is {type(value).__name__}")
    if "authors_parsed" in value or ("versions" in value and "update_date" in value):
        from corpus.sources.snapshot import to_paper as read_snapshot_record

        return read_snapshot_record(value, where)
    return build_paper(value if FOREIGN.isdisjoint(value) else to_values(value), where)
