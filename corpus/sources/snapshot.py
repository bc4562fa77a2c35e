"""arXiv's snapshot, `arxiv-metadata-oai-snapshot.json`: 2.7 million records, one JSON object a line, 5 GB.

The file and its fields: https://www.kaggle.com/datasets/Cornell-University/arxiv
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO

from pydantic_core import from_json

from corpus.models import Paper
from corpus.sources import Fault
from corpus.sources.arxiv_record import build_arxiv_paper, split_authors, stamp_day, valid_id
from corpus.sources.decoding import MAX_LINE

# The label under which the library keeps what came from here.
LABEL = "arxiv-snapshot"


def read_snapshot(
    stream: BinaryIO,
    *,
    categories: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    start: int = 0,
) -> Iterator[tuple[int, Paper | Fault]]:
    """The papers of any of these categories (`cs.CL`, or `cs` for all of it), first submitted on these days, inclusive.

    Each comes with the offset in bytes of the line after it. To go on from there, seek to it and give it as `start`.
    A line that is no paper becomes a Fault that names its offset.
    """
    wanted = _Wanted(categories, since, until)
    offset = start
    while line := stream.readline(MAX_LINE + 1):
        place, offset = offset, offset + len(line)
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                offset += len(rest)
            offset += len(rest)
            yield offset, Fault(f"byte {place}", f"longer than {MAX_LINE} bytes")
        elif wanted.may_hold(line):
            item = _read_line(line, f"byte {place}", wanted)
            if item is not None:
                yield offset, item


def _read_line(line: bytes, where: str, wanted: _Wanted) -> Paper | Fault | None:
    if not line.strip():
        return None
    try:
        value = from_json(line.removeprefix(b"\xef\xbb\xbf"), cache_strings="keys")
    except ValueError:
        try:
            value = json.loads(line)  # takes half a surrogate pair, which models.clean_text removes
        except (ValueError, RecursionError):
            return Fault(where, "broken JSON")
    try:
        return to_paper(value, where) if wanted.holds(value) else None
    except ValueError as error:
        return Fault(where, str(error))


def to_paper(value: Any, where: str) -> Paper | Fault:
    """A record of the snapshot as a paper, or the reason why it is none."""
    if not isinstance(value, dict):
        return Fault(where, f"a record is an object, this is {type(value).__name__}")
    arxiv_id = valid_id(_text(value, "id") or "")
    if arxiv_id is None:
        return Fault(where, "it has no arXiv id")
    if not _text(value, "title"):
        return Fault(where, "it has no title")
    try:
        days = _days(value)
    except ValueError as error:
        return Fault(where, str(error))
    return build_arxiv_paper(
        arxiv_id,
        title=_text(value, "title") or "",
        abstract=_text(value, "abstract"),
        authors=_authors(value),
        categories=(_text(value, "categories") or "").split(),
        comment=_text(value, "comments"),
        journal_ref=_text(value, "journal-ref"),
        doi=_text(value, "doi"),
        published=min(days, default=None),
        updated=max(days, default=None) or _text(value, "update_date"),
    )


class _Wanted:
    """Which records are asked for."""

    def __init__(self, categories: Sequence[str], since: date | None, until: date | None) -> None:
        self._exact = set(categories)
        archives = [name.removesuffix(".*") for name in categories]
        self._archives = tuple(f"{name}." for name in archives if "." not in name)
        self._since = since.isoformat() if since else ""
        self._until = until.isoformat() if until else "9999"
        self._marks = [name.encode() for name in (*self._exact, *self._archives)]

    def may_hold(self, line: bytes) -> bool:
        """Whether the line must be decoded. It need not if no wanted category stands anywhere in it, and it is whole."""
        if not self._marks or any(mark in line for mark in self._marks):
            return True
        return not line.endswith((b"}\n", b"}\r\n", b"}"))

    def holds(self, value: Any) -> bool:
        """Whether the record is wanted; what is no record at all is, to be told. Raises ValueError for a bad date."""
        if not isinstance(value, dict):
            return True
        if self._marks:
            found = (_text(value, "categories") or "").split()
            if not any(name in self._exact or name.startswith(self._archives) for name in found):
                return False
        if not self._since and self._until == "9999":
            return True
        day = min(_days(value), default="")
        return bool(day) and self._since <= day <= self._until


def _text(value: dict[str, Any], name: str) -> str | None:
    """A field's text on one line; line breaks, of which abstracts are full, make `models.clean_text` slow."""
    found = value.get(name)
    return " ".join(found.split()) if isinstance(found, str) else None


def _days(value: dict[str, Any]) -> list[str]:
    """The days of the versions. Raises ValueError."""
    versions = value.get("versions")
    stamps = [one.get("created") for one in versions if isinstance(one, dict)] if isinstance(versions, list) else []
    return [stamp_day(stamp) for stamp in stamps if isinstance(stamp, str)]


def _authors(value: dict[str, Any]) -> list[str]:
    """`authors_parsed` as `Given Family Suffix` each; it has letters where the line of `authors` has LaTeX accents."""
    parsed = value.get("authors_parsed")
    names = [_name(one) for one in parsed if isinstance(one, list)] if isinstance(parsed, list) else []
    return [name for name in names if name] or split_authors(_text(value, "authors") or "")


def _name(parts: list[Any]) -> str:
    family, given, suffix = ([part if isinstance(part, str) else "" for part in parts] + [""] * 3)[:3]
    return " ".join(part for part in (given, family, suffix) if part)
