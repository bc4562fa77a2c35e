"""XML from strangers: bounded, without entities, external files or a DOCTYPE. Elements are lxml's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from corpus.errors import one_line, shorten

# Entities are left alone, nothing is loaded, and libxml2's own limits hold (10 MB a text, 256 levels).
_SAFE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}
# Comments and instructions would part the text of an element in two.
_PLAIN = {"remove_comments": True, "remove_pis": True}
# Control characters that XML 1.0 forbids. Abstracts have them all the same, and one would cost the whole answer.
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_SPACES = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
# Bytes around the records of an answer; each broken one is tried together with them.
_MAX_AROUND = 100_000
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


class BrokenXml(ValueError):
    """The document is not well-formed; the message says why, in a few words."""


class RefusedXml(BrokenXml):
    """The document has a DOCTYPE, with which it could define entities that grow or read files."""


def parse_xml(content: bytes) -> Any:
    """The root element of a document. Raises BrokenXml, or RefusedXml for one with a DOCTYPE."""
    parser = etree.XMLParser(**_SAFE, **_PLAIN)
    try:
        root = etree.fromstring(_without_controls(content), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if _DOCTYPE.match(content):
            raise _refusal() from error
        raise BrokenXml(_reason(error, parser.error_log)) from error
    if root is None:
        raise BrokenXml("the document is empty")
    _refuse_doctype(root)
    return root


def parse_sound(content: bytes, tag: str) -> tuple[Any, list[bytes]]:
    """The root element without those `<tag>` elements that are not well-formed, and these as they came.

    One bad character in one record would else cost a page of good ones, at every try. Raises as `parse_xml` does,
    when what is around the elements is broken.
    """
    try:
        return parse_xml(content), []
    except RefusedXml:
        raise
    except BrokenXml as error:
        name = tag.encode()
        found = list(re.finditer(rb"<%b[\s>](?:(?!<%b[\s>]).)*?</%b\s*>" % (name, name, name), content, re.DOTALL))
        if not found:
            raise
        head, tail = content[: found[0].start()], content[found[-1].end() :]
        if len(head) + len(tail) > _MAX_AROUND:
            raise
        sound: list[bytes] = []
        broken: list[bytes] = []
        for match in found:
            (sound if _is_sound(head + match[0] + tail) else broken).append(match[0])
        if not broken:
            raise BrokenXml(str(error)) from error
        return parse_xml(head + b"".join(sound) + tail), broken


def complaint(body: bytes, root: str, piece: str, kind: str) -> str | None:
    """Why an answer must be asked for again: "rate exceeded", "no `kind`", "cut short"; None for a `<root>` document.

    A DOCTYPE is no reason to ask again, except for an HTML page: that is what a proxy sends before a busy service.
    """
    start = body[:2_000].lower()
    none = "rate exceeded" if b"rate exceeded" in start else f"no {kind}"
    try:
        found, _ = parse_sound(body, piece)
    except RefusedXml:
        return none if re.search(rb"<!doctype\s+html", start) else None
    except BrokenXml:
        return "cut short" if re.search(rb"<(?:\w+:)?%b[\s>]" % root.lower().encode(), start) else none
    return None if local_name(found) == root else none


def walk(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Go through a document: `("start", element)` where one opens, `("end", element)` where it is whole.

    An element that is cleared at its end by `forget` takes no memory. Raises BrokenXml where the document breaks, and
    RefusedXml at once for one with a DOCTYPE; errors of the stream itself pass through.
    """
    cleaned = _Cleaned(stream)
    events = etree.iterparse(cleaned, events=("start", "end"), **_SAFE, **_PLAIN)
    first = True
    try:
        for event, element in events:
            if first:
                _refuse_doctype(element)
                first = False
            yield event, element
    except etree.XMLSyntaxError as error:
        raise _refusal() if _DOCTYPE.match(cleaned.head) else BrokenXml(_reason(error, events.error_log)) from error


def forget(element: Any) -> None:
    """Free an element that is done with, and its elder siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def text_of(element: Any, path: str, names: dict[str, str]) -> str | None:
    """The text of the first element at `path`, on one line; None where it is absent or empty."""
    found = element.find(path, names)
    return plain(found) if found is not None else None


def plain(element: Any) -> str | None:
    """All text of an element, on one line; None where there is none."""
    return " ".join("".join(element.itertext()).split()) or None


def local_name(element: Any) -> str:
    """The element's name without its namespace."""
    return str(etree.QName(element).localname)


class _Cleaned:
    """A stream whose forbidden control characters read as spaces. `head` is the first piece that was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.head = b""

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.head = self.head or data
        return data if self.head.startswith(_WIDE_MARKS) else data.translate(_SPACES)


_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)


def _without_controls(content: bytes) -> bytes:
    """UTF-16 is left alone: half of its bytes look like controls."""
    return content if content.startswith(_WIDE_MARKS) else content.translate(_SPACES)


def _is_sound(document: bytes) -> bool:
    try:
        parse_xml(document)
    except BrokenXml:
        return False
    return True


def _refuse_doctype(element: Any) -> None:
    if element.getroottree().docinfo.doctype:
        raise _refusal()


def _refusal() -> RefusedXml:
    return RefusedXml("it has a DOCTYPE, which may hold entity tricks")


def _reason(error: Exception, log: Any) -> str:
    """What went wrong first and where, in lxml's words."""
    for entry in log:
        return shorten(f"{one_line(entry.message)}, line {entry.line}, column {entry.column}", 120)
    return shorten(one_line(str(error)), 120) or "not well-formed"
