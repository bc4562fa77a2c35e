"""XML files: saved answers of arXiv's API (Atom) or of an OAI-PMH repository, told apart by their root element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from corpus.errors import shorten
from corpus.models import Paper
from corpus.sources import Fault, arxiv, oai_pmh
from corpus.sources.safe_xml import BrokenXml, RefusedXml, forget, local_name, walk

# More elements than any record has; one with more would eat the memory. The longest author lists give 10,000.
_MAX_ELEMENTS = 100_000


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read the entries or records one by one; of a broken file, what stands before the break."""
    count = 0
    try:
        for item in _items(stream):
            count += 1
            yield item
    except RefusedXml as error:
        yield Fault("the file", str(error))
    except BrokenXml as error:
        yield Fault(f"after entry {count}" if count else "the file", f"broken XML, read no further: {error}")


def _items(stream: BinaryIO) -> Iterator[Paper | Fault]:
    count = size = 0
    inside: Any = None
    root: Any = None
    for event, element in walk(stream):
        if root is None:
            root = element
            if not arxiv.is_feed(root) and not oai_pmh.is_answer(root):
                yield Fault("the file", f"neither Atom nor OAI-PMH, but <{shorten(local_name(root), 40)}>")
                return
        elif event == "start":
            size += 1
            if inside is None and (arxiv.is_entry(element) or oai_pmh.is_record(element)):
                inside, size = element, 0
                count += 1
            if inside is not None and size > _MAX_ELEMENTS:
                raise BrokenXml(f"entry {count} has more than {_MAX_ELEMENTS} elements")
        elif element is inside:
            yield _item(element, f"entry {count}")
            inside = None
            forget(element)
        elif inside is None and element is not root:
            yield from _error(element)
            forget(element)


def _item(element: Any, where: str) -> Paper | Fault:
    if arxiv.is_entry(element):
        return arxiv.parse_entry(element, where)
    item = oai_pmh.parse_record(element, where)
    return Fault(item.id, "deleted by the repository") if isinstance(item, oai_pmh.Deleted) else item


def _error(element: Any) -> Iterator[Fault]:
    """What an OAI-PMH repository answered in place of records."""
    if oai_pmh.is_error(element):
        yield Fault("the file", f"an error of the repository: {shorten(oai_pmh.told(element), 200)}")
