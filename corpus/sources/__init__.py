"""Where papers come from. One file a source; each has a pure `read` that yields a `Paper`, or a `Fault` for what is none.

To add a file format: write its module with `read(stream)` and add its suffix to `readers()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from corpus.models import Paper


@dataclass(frozen=True)
class Fault:
    """A piece of a source that is no paper: `where` it stands, and `why` it was skipped."""

    where: str
    why: str


@dataclass(frozen=True)
class Reference:
    """An entry of a bibliography: its canonical `ids`, the best first, and what is told of the work."""

    ids: tuple[str, ...] = ()
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None


Reader = Callable[[BinaryIO], Iterator[Paper | Fault]]


def readers() -> dict[str, Reader]:
    """File suffix -> reader. Imported on use, so that `fourways --help` does not pay for the parsers."""
    from corpus.sources import jsonl, table

    return {".jsonl": jsonl.read, ".ndjson": jsonl.read, ".json": jsonl.read_json, ".csv": table.read}
