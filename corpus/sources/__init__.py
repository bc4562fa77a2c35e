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


@dataclass(frozen=True)
class Bibliography:
    """What a service knows of the paper that it was `asked` for: its `record`, whom it cites, how often it is cited."""

    asked: str
    record: Paper | None = None
    references: tuple[Reference, ...] = ()
    cited_by_count: int | None = None


@dataclass(frozen=True)
class Batch:
    """Answers about several papers, by the ids asked for: found, `unknown` to the service, and `failed` with the reason."""

    found: tuple[Bibliography, ...] = ()
    unknown: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


Reader = Callable[[BinaryIO], Iterator[Paper | Fault]]


def readers() -> dict[str, Reader]:
    """File suffix -> reader. Imported on use, so that `fourways --help` does not pay for the parsers."""
    from corpus.sources import bibtex, json_document, jsonl, ris, table, xml_file

    return {
        ".bib": bibtex.read,
        ".csv": table.read,
        ".json": json_document.read,
        ".jsonl": jsonl.read,
        ".ndjson": jsonl.read,
        ".ris": ris.read,
        ".tsv": table.read,
        ".xml": xml_file.read,
    }
