"""Papers as PDF: the facts of the first pages (`pdf_facts.py`) and the full text.

The pages are read by PDFium (pypdfium2) in a process of its own, `pdf_pages.py`. pypdf was weighed against it on 60
papers, 828 pages: PDFium took 1.7 ms a page where pypdf took 29, 90.6 % of its words were known ones against 90.1 % (pypdf
loses spaces in some files), and it opens what is encrypted with AES, for which pypdf needs `cryptography` as well. Both
licences are permissive (BSD-3-Clause, PDFium's Apache-2.0). For PDFium speak against it a wheel of 3 to 4 MB (pypdf's has
0.3 MB) and that a hostile file can crash it or eat the memory: hence the process, which costs 0.1 to 0.2 s a file, may
use 1 GB (on Linux) and LIMIT seconds, and takes nothing down with it. Scripts in a PDF never run: this PDFium is built
without JavaScript.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from corpus.models import Paper, clean_lines
from corpus.sources import Fault
from corpus.sources.pdf_facts import Words, build_page, find_facts

# Seconds for one file; 300 pages of an ordinary book take one.
LIMIT = 60.0
MAX_BYTES = 200 * 1024 * 1024
# A page number or a library's stamp on a scanned page is no text.
_FEWEST_LETTERS = 60
# Letters a word, on average; in any language that parts its words it is 4 or more, formulas included 3.
_SHORTEST_WORDS = 2.2
_PROGRAM = Path(__file__).with_name("pdf_pages.py")

_FAULTS = {
    "password": "is encrypted: save it without a password",
    "security": "is encrypted in a way that cannot be read: save it without a password",
    "broken": "is no PDF, or is cut short or damaged: get the file again",
}


@dataclass(frozen=True)
class Document:
    """A paper that was read from a PDF, and its full `text`, the pages parted by form feeds."""

    paper: Paper
    text: str


def read(stream: BinaryIO) -> Iterator[Paper | Fault]:
    """The one paper of a PDF, or the Fault that says why it could not be read."""
    document = read_pdf(stream.read(MAX_BYTES + 1), "")
    yield document if isinstance(document, Fault) else document.paper


def read_pdf(content: bytes, name: str) -> Document | Fault:
    """The paper and the text of a PDF called `name`.

    The Fault's `why` goes on after the name: "is encrypted: ...". A title that is not found is taken from a `name` of
    several words; an arXiv id from a name that is one.
    """
    where = name or "the file"
    if len(content) > MAX_BYTES:
        return Fault(where, f"is larger than {MAX_BYTES >> 20} MB")
    if b"%PDF-" not in content[:1024]:  # where readers look for it: ISO 32000-2, annex I
        return Fault(where, "is no PDF" if content else "is empty")
    found = _run(content)
    if isinstance(found, str):
        return Fault(where, found)
    words = Words(found["texts"])
    text = "\f".join(clean_lines(words.mend(page)) for page in found["texts"]).strip()
    if sum(char.isalpha() for char in text) < _FEWEST_LETTERS:
        return Fault(where, "has no text, it is probably scanned: run OCR (e.g. ocrmypdf) first")
    if _is_garbled(text):
        return Fault(where, "does not say which letters it draws: run OCR (e.g. ocrmypdf --force-ocr) first")
    pages = [build_page(lines, height, words) for lines, height in zip(found["lines"], found["heights"], strict=True)]
    fields = find_facts(pages, name, found["title"], found["author"])
    if not fields.get("title"):
        return Fault(
            where, "shows no title on its first page: name the file after the paper, or import its facts as BibTeX"
        )
    try:
        return Document(Paper.model_validate(fields), text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Fault(where, f"cannot be used ({first['loc'][0]}: {first['msg']})")


def _run(content: bytes) -> dict[str, Any] | str:
    """What `pdf_pages.extract` makes of a PDF, or the reason why it makes nothing."""
    # -P: the program's folder holds modules whose names (`arxiv`, `table`) would hide libraries of these names.
    command = [sys.executable, "-P", str(_PROGRAM)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"takes more than {LIMIT:.0f} s to read: it is damaged, or made to do so"
    if done.returncode:
        return "cannot be read: it is damaged, or needs more than 1 GB of memory"
    found: dict[str, Any] = json.loads(done.stdout)
    return _FAULTS[found["fault"]] if "fault" in found else found


def _is_garbled(text: str) -> bool:
    """Whether the letters of the text stand for others, as in old files whose fonts have no names for their letters."""
    letters = sum(char.isalpha() for char in text)
    words = re.findall(r"[^\W\d_\u2e80-\uffff]+", text)  # Chinese characters, which may stand one by one, do not count
    counted = sum(map(len, words))
    return counted > 0.5 * letters and counted < _SHORTEST_WORDS * len(words)
