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
    for number, line in lines(stream):
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
        return Fault(where, f"broken JSON ({_why(error)})")
    return to_paper(value, where)


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "nested too deep" if isinstance(error, RecursionError) else "a number too long"


def read_json(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read one JSON document: an array of papers, an object that holds one under `papers`, or a single paper.

    A file of JSON lines that was named `.json` is read as such.
    """
    data = stream.read()
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
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
