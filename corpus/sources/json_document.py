"""Papers as one JSON document (`.json`): an array of objects, an object that holds one, or a single paper.

The document is read object by object, so that memory stays bounded and what stood before a cut is kept. A file of JSON
lines under this name is read as such.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from corpus.models import Paper
from corpus.sources import Fault, jsonl
from corpus.sources.decoding import MAX_LINE, text_pieces

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# The members that hold the papers: ours, Zotero's (Better BibTeX), Semantic Scholar's and OpenAlex's.
_ARRAYS = {"papers", "items", "data", "results"}
_PIECE = 64 * 1024
_SPACE = re.compile(r"[ \t\n\r]*")
_CUT = "the file ends in the middle"
# At a cut, `json` stumbles over the first character of the last word or escape: `fals`, `\u12`.
_WORDS = ("true", "false", "null", "-")
_ESCAPE = 6


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """Read the papers; an object that is none becomes a Fault that names its number. Broken JSON ends the reading."""
    start = _read_start(stream)
    whole = cast(BinaryIO, io.BufferedReader(_Joined(start, stream)))
    if _is_lines(start):
        yield from jsonl.read(whole)
        return
    cursor, number = _Cursor(text_pieces(whole)), 0
    try:
        while cursor.peek():
            for value in _values(cursor):
                number += 1
                yield jsonl.to_paper(value, f"item {number}")
    except _BrokenJson as error:
        yield Fault(f"item {number + 1}", str(error))


# ---- JSON lines or not ---------------------------------------------------------------------------------------------------


def _read_start(stream: BinaryIO) -> bytes:
    """As much of the stream as tells whether it holds JSON lines, MAX_LINE bytes at most."""
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    start = bytearray()
    try:
        while len(start) <= MAX_LINE and (data := read(_PIECE)):
            start += data
            if (b"\n" in data or len(start) == len(data)) and _is_lines(bytes(start)) is not None:
                break
    except (EOFError, zlib.error, gzip.BadGzipFile):
        pass  # the next read raises it again, when what stood before it has been handed out
    return bytes(start)


def _is_lines(start: bytes) -> bool | None:
    """Whether a text that starts so holds an object a line; None if that cannot be told yet."""
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if text[:1] != b"{":
        return None if not text else False
    first, _, rest = text.partition(b"\n")
    rest = rest.lstrip()
    if not rest:
        return None
    return rest[:1] == b"{" or _is_object(first)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


class _Joined(io.RawIOBase):
    """A stream whose start has been read already."""

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._start = memoryview(start)
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._start[: len(view)] or self._read(len(view))
        self._start = self._start[len(data) :]
        view[: len(data)] = data
        return len(data)


# ---- a document, value by value --------------------------------------------------------------------------------------------


class _BrokenJson(Exception):
    """The document cannot be read on from here."""


class _Cursor:
    """A place in a JSON text of which only the part around it is in memory."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            self._at = cast(re.Match[str], _SPACE.match(self._text, self._at)).end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def take(self, *expected: str) -> str:
        """Step over the next character, which must be one of these."""
        char = self.peek()
        if char not in expected or not char:
            raise _BrokenJson(f"broken JSON (no {' or '.join(expected)} where one must be)" if char else _CUT)
        self._at += 1
        return char

    def value(self) -> Any:
        """Step over the next value and return it."""
        self.peek()
        while True:
            value, end, problem = None, self._at, None
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                problem = error
            except (ValueError, RecursionError) as error:
                raise _BrokenJson(f"broken JSON ({jsonl.why_broken(error)})") from error
            if problem is None and (self._ended or end < len(self._text)):  # a number may go on after the piece
                self._at = end
                return value
            if not self._read_on(len(self._text) - self._at) and problem:
                raise _BrokenJson(self._reason(problem))
            if problem and len(self._text) - self._at > MAX_LINE:
                raise _BrokenJson(f"longer than {MAX_LINE} characters, or {self._reason(problem)}")

    def _read_on(self, wanted: int = 1) -> bool:
        """Read on by `wanted` characters or more; False if there is nothing more. Doubling keeps the time linear."""
        parts, size = [self._text[self._at :]], 0
        while size < wanted and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            parts.append(piece or "")
            size += len(parts[-1])
        self._text, self._at = "".join(parts), 0
        return size > 0

    def _reason(self, problem: json.JSONDecodeError) -> str:
        rest = problem.doc[problem.pos :].strip()
        is_cut = problem.msg.startswith("Unterminated") or any(word.startswith(rest) for word in _WORDS)
        is_cut = is_cut or ("escape" in problem.msg and len(rest) < _ESCAPE)
        return _CUT if self._ended and is_cut else f"broken JSON ({problem.msg})"


def _values(cursor: _Cursor) -> Iterator[Any]:
    """The values of a document: the items of an array or of the array in an object, else what it is itself."""
    char = cursor.peek()
    if char == "[":
        yield from _items(cursor)
    elif char == "{":
        yield from _members(cursor)
    else:
        yield cursor.value()


def _items(cursor: _Cursor) -> Iterator[Any]:
    cursor.take("[")
    if cursor.peek() == "]":
        cursor.take("]")
        return
    while True:
        yield cursor.value()
        if cursor.take(",", "]") == "]":
            return


def _members(cursor: _Cursor) -> Iterator[Any]:
    """The papers in an object, or the object if it holds none."""
    members: dict[str, Any] = {}
    holds_papers = False
    end = cursor.take("{")
    if cursor.peek() == "}":
        end = cursor.take("}")
    while end != "}":
        if cursor.peek() not in ('"', ""):
            cursor.take('"')
        name = cursor.value()
        cursor.take(":")
        if name in _ARRAYS and "title" not in members and cursor.peek() == "[":
            holds_papers = True
            yield from _items(cursor)
        else:
            members[name] = cursor.value()
        end = cursor.take(",", "}")
    if not holds_papers:
        yield members
