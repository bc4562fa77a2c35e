"""The text of a PDF's pages, read by PDFium in a process of its own.

`corpus.sources.pdf` runs this file as a program: a PDF on standard input, one JSON object on standard output (see
`extract`). PDFium is C++: a damaged or hostile file may make it stop the process or ask for any amount of memory, so it
never runs in the process that has the library open. Only the standard library and pypdfium2 are imported here, because
every PDF pays for the start (about 0.1 s).
"""

from __future__ import annotations

import ctypes
import json
import math
import re
import sys
from collections import Counter
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

# Bytes of address space; ordinary papers need 50 MB. Held on Linux; elsewhere the caller's time limit alone bounds the work.
MEMORY = 1 << 30
# The facts of a paper stand on its first pages; the text of a book beyond MAX_PAGES helps no search for a paper.
FACT_PAGES = 3
MAX_PAGES = 300
MAX_TEXT = 2_000_000
# Characters of a page that are looked at one by one; a dense page has 8,000.
_MAX_LOOKED_AT = 20_000
# A line is as large as the largest letters that make up a tenth of it, for the letter that begins a paragraph may be
# larger than all others. In a line of capitals the largest counts: titles in small capitals mix two sizes.
_SHARE = 0.1
# What is smaller than this share of its line, and no letter, is the mark of a footnote. Small capitals have 0.8.
_MARK = 0.78
_NO_MARK = re.compile(r"[^\W\d_]|[][.,:;!'\"()-]")
_BOLD = re.compile(r"bold|black|heavy|demi|-medi|-bd|cmbx", re.IGNORECASE)
# https://pdfium.googlesource.com/pdfium/+/refs/heads/main/public/fpdfview.h: FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_LOCKED = {4: "password", 5: "security"}


def extract(content: bytes) -> dict[str, Any]:
    """What a PDF holds, as plain values.

    `count` pages; `texts`, one a page, at most MAX_PAGES of them and MAX_TEXT characters; `lines`, one list for each of
    the first FACT_PAGES pages, of `[text, marks, size, x, y, angle, bold]`: the marks of footnotes at the line's end,
    size and place in points from the lower left corner, angle in radians; `heights` of these pages in points; `title` and
    `author` of the file's metadata. A file that cannot be opened gives `{"fault": "password" | "security" | "broken"}`.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return {"fault": _LOCKED.get(getattr(error, "err_code", 0), "broken")}
    found: dict[str, Any] = {"count": len(document), "texts": [], "lines": [], "heights": []}
    for key in ("Title", "Author"):
        found[key.lower()] = document.get_metadata_value(key)[:2_000]
    left = MAX_TEXT
    for number in range(min(len(document), MAX_PAGES)):
        try:
            page = document[number]
            text = page.get_textpage()
        except pypdfium2.PdfiumError:  # one damaged page does not hide the others
            found["texts"].append("")
            continue
        if number < FACT_PAGES:
            found["lines"].append(_lines(text))
            found["heights"].append(page.get_height())
        found["texts"].append(text.get_text_range(0, min(text.count_chars(), left)))
        left -= len(found["texts"][-1])
        text.close()
        page.close()
        if left <= 0:
            break
    return found


def _lines(text: Any) -> list[list[Any]]:
    """The lines of a page in the order of the file, as in `extract`."""
    lines: list[list[Any]] = []
    line: list[tuple[str, int]] = []
    count = min(text.count_chars(), _MAX_LOOKED_AT)
    for index in range(count + 1):
        char = chr(pdfium.FPDFText_GetUnicode(text, index)) if index < count else "\n"
        if char != "\n":
            line.append((char, index))
            continue
        if drawn := [(char, index) for char, index in line if not char.isspace()]:
            *looks, marks = _looks(text, drawn)
            end = drawn[-1 - marks][1] + 1
            parts = ("".join(c for c, at in line if at < end), "".join(c for c, at in line if at >= end))
            lines.append([*map(str.strip, parts), *looks])
        line = []
    return lines


def _looks(text: Any, drawn: list[tuple[str, int]]) -> tuple[float, float, float, float, bool, int]:
    """Size, x, y, angle, boldness and number of marks of a line, given its characters and their indices on the page."""
    sizes = [_size(text, index) for _, index in drawn]
    letters = Counter(size for size, (char, _) in zip(sizes, drawn, strict=True) if char.isalpha()) or Counter(sizes)
    in_capitals = "".join(char for char, _ in drawn).isupper()
    enough = 1 if in_capitals else _SHARE * letters.total()
    size = max((size for size, times in letters.items() if times >= enough), default=max(sizes))
    marks = 0
    while marks < len(drawn) - 1 and sizes[-1 - marks] < _MARK * size and not _NO_MARK.match(drawn[-1 - marks][0]):
        marks += 1
    first = next((index for char, index in drawn if char.isalpha()), drawn[0][1])
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, drawn[0][1], x, y)
    angle = pdfium.FPDFText_GetCharAngle(text, first)
    return size, round(x.value, 1), round(y.value, 1), round(angle, 2), _is_bold(text, first), marks


def _size(text: Any, index: int) -> float:
    """The size of one character in points."""
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    # The size that the file names is stretched by the matrix: many programs write size 1 and stretch it.
    size = pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d)
    if size < 2:  # a Type 3 font has a scale of its own, so the letter is measured; capitals are 0.7 of the size high
        sides = [ctypes.c_double() for _ in range(4)]
        pdfium.FPDFText_GetCharBox(text, index, *sides)
        size = (sides[3].value - sides[2].value) / 0.7
    return round(float(size), 1)


def _is_bold(text: Any, index: int) -> bool:
    """Whether a character's font says that it is bold, by its weight or by its name."""
    name, flags = ctypes.create_string_buffer(100), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    return pdfium.FPDFText_GetFontWeight(text, index) >= 500 or bool(_BOLD.search(name.value.decode("latin-1")))


def _bound() -> None:
    """Hold this process to MEMORY, and let it leave no core file."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    _bound()
    json.dump(extract(sys.stdin.buffer.read()), sys.stdout)
