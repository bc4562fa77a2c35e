"""Papers as JSON: one object a line (`.jsonl`), or one array of objects (`.json`). Fields as in `corpus.models.Paper`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from pydantic import ValidationError

from corpus.models import Paper
from corpus.sources import Fault

# A line beyond this is not a paper, and reading it whole would let one file eat the memory.
MAX_LINE = 4 * 1024 * 1024


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read JSON lines; a line that is no paper becomes a Fault that names the line."""
    number = 0
    while line := stream.readline(MAX_LINE):
        number += 1
        where = f"line {number}"
        if not line.endswith(b"\n") and len(line) == MAX_LINE:
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Fault(where, f"longer than {MAX_LINE} bytes")
        elif line.strip():
            yield _parse_line(line, where)


def _parse_line(line: bytes, where: str) -> Paper | Fault:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Fault(where, "not UTF-8 text")
    except (json.JSONDecodeError, RecursionError) as error:
        return Fault(where, f"broken JSON ({getattr(error, 'msg', 'nested too deep')})")
    return to_paper(value, where)


def read_json(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read one JSON document: an array of papers, an object that holds one under `papers`, or a single paper.

    A file of JSON lines that was named `.json` is read as such.
    """
    data = stream.read()
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        for number, line in enumerate(data.splitlines(), 1):
            if line.strip():
                yield _parse_line(line, f"line {number}")
        return
    items = value.get("papers", value) if isinstance(value, dict) else value
    for number, item in enumerate(items if isinstance(items, list) else [items], 1):
        yield to_paper(item, f"item {number}")


def to_paper(value: Any, where: str) -> Paper | Fault:
    """A decoded JSON value as a paper, or the reason why it is none."""
    if not isinstance(value, dict):
        return Fault(where, f"a paper is an object with a title, this is {type(value).__name__}")
    try:
        return Paper.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        return Fault(where, f"{field}: {first['msg']}")
