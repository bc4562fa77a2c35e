"""Files of unknown encoding -> text, piece by piece or line by line, in bounded memory.

A byte order mark decides (UTF-8, UTF-16); else the text is UTF-8, and a byte that is not valid there is read as
Windows-1252, which older programs wrote. So a file that is partly the one and partly the other is read as well.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

# A line beyond this belongs to no paper, and reading it whole would let one file eat the memory.
MAX_LINE = 4 * 1024 * 1024

_PIECE = 64 * 1024
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FALLBACK = "fourways-windows-1252"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_FALLBACK, _as_windows)


def text_pieces(stream: BinaryIO) -> Iterator[str]:
    """The text of a stream in pieces of any length; line ends of all kinds read as newlines.

    All text before a cut is handed out before the stream's error comes (EOFError of a gzip file that is cut short).
    """
    # A plain `read` collects a whole piece, and loses what it has of it when the stream breaks off.
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    data = read(_PIECE)
    while 0 < len(data) < 3 and (more := read(_PIECE)):  # the byte order mark has up to three bytes
        data += more
    wide = data.startswith(_WIDE_MARKS)
    decode = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("replace" if wide else _FALLBACK)
    decoder = io.IncrementalNewlineDecoder(decode, translate=True)
    while data:
        yield decoder.decode(data)
        data = read(_PIECE)
    yield decoder.decode(b"", final=True)


def text_lines(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """The numbered lines, from 1, without their ends; None stands for one that is longer than MAX_LINE characters."""
    number, rest, too_long = 1, "", False
    for piece in text_pieces(stream):
        *lines, last = piece.split("\n")
        for line in lines:
            line = rest + line
            yield number, None if too_long or len(line) > MAX_LINE else line
            number, rest, too_long = number + 1, "", False
        rest += last
        if len(rest) > MAX_LINE:
            rest, too_long = "", True
    if rest or too_long:
        yield number, None if too_long else rest
