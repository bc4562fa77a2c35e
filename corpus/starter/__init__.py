"""The bundled catalogue: bibliographic facts about papers and our own summaries of them.

`papers.jsonl` holds papers as in `corpus.models.Paper`; the `abstract` of each is a summary marked `summary_by: fourways`, which
gives way to the authors' abstract when that is imported. `citations.tsv` holds who cites whom among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import BinaryIO, cast

from corpus.library import Library
from corpus.models import Citation, Paper
from corpus.report import Report
from corpus.sources import Fault, jsonl

LABEL = "starter"


def wants_starter(library: Library) -> bool:
    """Whether the library is empty or has the catalogue already, which may have grown; nobody else's library is touched."""
    counts = library.counts_by("label")
    return not counts or LABEL in dict(counts)


def catalogue() -> Iterator[Paper]:
    """The papers of the catalogue."""
    with resources.files("corpus.starter").joinpath("papers.jsonl").open("rb") as stream:
        yield from (item for item in jsonl.read(cast(BinaryIO, stream)) if not isinstance(item, Fault))


def load_starter(library: Library) -> Report:
    """Take the catalogue in; nothing is added twice."""
    counts = library.add(catalogue(), LABEL)
    lines = resources.files("corpus.starter").joinpath("citations.tsv").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line)
    edges = library.add_citations(Citation(citing=citing, cited=cited) for citing, cited in pairs)
    return Report.model_validate(counts | {"citations": edges})
