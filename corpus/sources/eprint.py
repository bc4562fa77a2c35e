r"""The LaTeX source that arXiv keeps of a paper, and the bibliography in it. https://info.arxiv.org/help/bulk_data.html

A source is a gzipped tar, or one gzipped file. It is unpacked in memory, within bounds, and nothing of it is ever
written: names and paths in it only tell what kind of file it is. A `.bbl` file or `thebibliography` says what the paper
cites; a `.bib` file adds ids to it, or stands in for it with those entries that the text cites.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO, Self

from corpus.errors import ServiceError
from corpus.models import Paper
from corpus.net import Answer, Session
from corpus.sources import Fault, Reference
from corpus.sources.bbl import MAX_ITEMS, Item, parse_bbl
from corpus.sources.references import known_ids

BASE_URL = "https://export.arxiv.org"
# Seconds between two requests: https://info.arxiv.org/help/api/tou.html
INTERVAL = 3.0
# Bytes: of an answer (arXiv takes sources of up to 50 MB), of all that is unpacked, and of one file that is read.
MAX_ANSWER = 100 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_FILE = 20 * 1024 * 1024
MAX_FILES = 5_000
# Bytes of one extended header (names, attributes), and of all.
MAX_HEADER, MAX_HEADERS = 16 * 1024, 2 * 1024 * 1024

_READ = {".bbl", ".bib", ".tex", ".ltx", ".latex"}
_EXTENSIONS = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}
_KINDS = {b"%PDF": "a PDF", b"%!PS": "PostScript", b"PK\x03\x04": "a ZIP archive or an office document"}
_NOT_NOW = re.compile(rb"rate exceeded|too many|captcha|robot|later|try again|unavailable|maintenance", re.IGNORECASE)
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|\?xml)", re.IGNORECASE)


class NoSource(ValueError):
    """There is no bibliography to be read here; the message says why, in plain words."""


@dataclass(frozen=True)
class Source:
    """The files of a source that can tell of its bibliography, as text: `.bbl`, `.bib` and `.tex`."""

    bbl: tuple[str, ...] = ()
    bib: tuple[str, ...] = ()
    tex: tuple[str, ...] = ()


# ---- unpacking -------------------------------------------------------------------------------------------------------


def read_source(content: bytes) -> Source:
    """Unpack a source in memory. Raises NoSource for what is no LaTeX, is damaged, or is larger than the bounds.

    The tar may come without its gzip layer, which the connection takes off where the server calls it an encoding.
    """
    packed = io.BytesIO(_refuse_foreign(content))
    stream = _Bounded(gzip.GzipFile(fileobj=packed) if content[:2] == b"\x1f\x8b" else packed)
    try:
        head = stream.read(tarfile.BLOCKSIZE)
        if _is_tar(head):
            stream.rewind(head)
            return _sort(_members(stream))
        whole = head + stream.read(MAX_FILE)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NoSource("the source is damaged: it cannot be unpacked") from error
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise error if isinstance(error, NoSource) else NoSource(f"the source is damaged ({error})") from error
    return Source(tex=(_decode(_refuse_foreign(whole)),))


def _refuse_foreign(content: bytes) -> bytes:
    """The content, if it may be LaTeX or a tar. Raises NoSource."""
    kind = "a web page" if _WEB_PAGE.match(content) else _KINDS.get(content[:4])
    if kind:
        raise NoSource(f"arXiv has no LaTeX source of it, but {kind}")
    return content


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than MAX_UNPACKED bytes."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile) -> None:
        self._stream, self._given, self._head = stream, 0, b""

    def rewind(self, head: bytes) -> None:
        """Give `head` once more."""
        self._head = head

    def read(self, size: int = -1) -> bytes:
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece + self.read(size - len(piece)) if 0 < len(piece) < size else piece
        data = self._stream.read(size if size >= 0 else MAX_UNPACKED)
        self._given += len(data)
        if self._given > MAX_UNPACKED:
            raise NoSource(f"the source is larger than {MAX_UNPACKED // 1024**2} MB when unpacked")
        return data


def _is_tar(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


def _members(stream: _Bounded) -> Iterator[tuple[str, bytes]]:
    """Suffix and content of the plain files that are worth reading; links, devices and folders are passed over."""
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_header()) as archive:
        for number, member in enumerate(archive, 1):
            if number > MAX_FILES:
                raise NoSource(f"the source has more than {MAX_FILES} files")
            suffix = PurePosixPath(member.name).suffix.lower()
            if not member.isreg() or suffix not in _READ or member.size > MAX_FILE:
                continue
            file = archive.extractfile(member)
            if file:
                yield suffix, file.read(MAX_FILE)


def _header() -> type[tarfile.TarInfo]:
    """Headers that are refused before tarfile reads large extensions: its search in them takes quadratic time."""
    total = 0

    class Header(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            nonlocal total
            header = super().frombuf(buf, encoding, errors)
            if header.type in _EXTENSIONS:
                total += header.size
                if header.size > MAX_HEADER or total > MAX_HEADERS:
                    raise NoSource("the source has a file of an unreasonable name")
            return header

    return Header


def _sort(members: Iterable[tuple[str, bytes]]) -> Source:
    found: dict[str, list[str]] = {".bbl": [], ".bib": [], ".tex": []}
    for suffix, content in members:
        found[suffix if suffix in found else ".tex"].append(_decode(content))
    return Source(tuple(found[".bbl"]), tuple(found[".bib"]), tuple(found[".tex"]))


def _decode(content: bytes) -> str:
    """UTF-8, else what older papers were written in. Old Macs ended lines with a carriage return."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


# ---- the bibliography ------------------------------------------------------------------------------------------------


def read_references(source: Source) -> list[tuple[Reference, str]]:
    """The references of a source, each with its plain text; without repeats. Raises NoSource if it has none."""
    tex = [_without_comments(text) for text in source.tex]
    items = [
        item for text in (*source.bbl, *tex) if "\\bibitem" in text or "\\entry{" in text for item in parse_bbl(text)
    ]
    if items:
        told = parse_bib(source.bib, {item.key for item in items})
        items = [_filled(item, told[item.key]) if item.key in told else item for item in items]
    elif source.bib:
        items = list(parse_bib(source.bib, _cited(tex) if tex else None).values())
    if not items:
        raise NoSource("there is no bibliography in its source")
    return [(item.reference, item.text) for item in _unrepeated(items)][:MAX_ITEMS]


def _unrepeated(items: Sequence[Item]) -> list[Item]:
    """An appendix often has a bibliography of its own, with the same entries."""
    seen: dict[object, Item] = {}
    for item in items:
        seen.setdefault(item.reference.ids[:1] or item.text, item)
    return list(seen.values())


def _filled(item: Item, told: Item) -> Item:
    """What was printed, with the ids that the style leaves out; title and year where they could not be told apart."""
    ours, theirs = item.reference, told.reference
    ids = known_ids([*ours.ids, *theirs.ids])
    title, authors = ours.title or theirs.title, ours.authors or theirs.authors
    return replace(item, reference=Reference(ids, title, authors, ours.year or theirs.year))


_COMMENT = re.compile(r"(?<!\\)%.*")
_CITE = re.compile(r"\\[a-zA-Z]{0,20}?[cC]ite[a-zA-Z]{0,20}\*?\s*(?:\[[^\]]{0,500}\]\s*){0,2}\{([^{}]{1,5000})\}")


def _without_comments(tex: str) -> str:
    return _COMMENT.sub("", tex) if "%" in tex else tex


def _cited(tex: Sequence[str]) -> set[str] | None:
    r"""The keys that the text cites, by any of LaTeX's cite commands; None for all, after `\nocite{*}`."""
    keys = {key.strip() for text in tex for match in _CITE.finditer(text) for key in match[1].split(",")}
    return None if "*" in keys else keys


# ---- BibTeX ----------------------------------------------------------------------------------------------------------

_ENTRY = re.compile(r"^[ \t]*@(\w+)\s*[{(]\s*([^\s,{}()=\"#]*)", re.MULTILINE)
_CROSSREF = re.compile(r"\bcrossref\s*=\s*[{\"]\s*([^\s,{}\"]+)", re.IGNORECASE)
_WORD = re.compile(r"=\s*([A-Za-z][\w:.-]*)\s*[,\n}#]|#\s*([A-Za-z][\w:.-]*)")
_MAX_BLOCK = 50_000


def parse_bib(files: Sequence[str], wanted: set[str] | None) -> dict[str, Item]:
    """The `wanted` entries of BibTeX files by key, or all of them, at most MAX_ITEMS; broken ones are left out.

    Only these are parsed: the ACL's bibliography, which many papers bring along, has 100,000 entries.
    """
    blocks: dict[str, str] = {}
    macros: dict[str, str] = {}
    for text in files:
        for kind, key, block in _blocks(text):
            if kind == "string":
                macros.setdefault(key.lower(), block)
            elif kind not in ("comment", "preamble"):
                blocks.setdefault(key, block)
    keys = [key for key in blocks if wanted is None or key in wanted][:MAX_ITEMS]
    found = {key: _bib_item(key, _with_macros(blocks[key], blocks, macros)) for key in keys}
    return {key: item for key, item in found.items() if item}


def _blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Kind, key and text of each entry. An entry begins where a line begins with `@`."""
    starts = list(_ENTRY.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for match, end in zip(starts, ends, strict=False):  # without an entry there is an end all the same
        if end - match.start() <= _MAX_BLOCK:
            yield match[1].lower(), match[2], text[match.start() : end]


def _with_macros(block: str, blocks: Mapping[str, str], macros: Mapping[str, str]) -> str:
    """The entry behind the abbreviations that it uses, and behind the book that it refers to."""
    before = []
    if (book := _CROSSREF.search(block)) and book[1] in blocks:
        before.append(blocks[book[1]])
    words = {(first or second).lower() for first, second in _WORD.findall("".join([*before, block]))}
    return "\n".join([*(macros[word] for word in words if word in macros), *before, block])


def _bib_item(key: str, text: str) -> Item | None:
    from corpus.sources import bibtex

    papers = [one for one in bibtex.read(io.BytesIO(text.encode("utf-8", "replace"))) if isinstance(one, Paper)]
    if not papers:
        return None
    paper = papers[-1]  # an entry that refers to a book comes behind it
    ids = known_ids([f"arxiv:{paper.arxiv_id}", f"doi:{paper.doi}", paper.url])
    told = [paper.authors[0] if paper.authors else "", paper.title, paper.venue or "", str(paper.year or "")]
    return Item(key, Reference(ids, paper.title, paper.authors[:1], paper.year), "\n".join(t for t in told if t))


# ---- asking ----------------------------------------------------------------------------------------------------------


def fetch(
    session: Session, alias: str, *, base_url: str = BASE_URL, interval: float = INTERVAL
) -> list[tuple[Reference, str]] | Fault:
    """The references of one paper, by `arxiv:ID`, each with its plain text; a Fault where its source gives none.

    Raises ServiceError; a paper that arXiv does not have is one with status 404.
    """
    url = f"{base_url.rstrip('/')}/e-print/{alias.removeprefix('arxiv:')}"
    try:
        answer = session.get(url, interval=interval, limit=MAX_ANSWER, check=objection)
        return read_references(read_source(answer.body))
    except NoSource as error:
        return Fault(alias, str(error))
    except ServiceError as error:
        if error.status == 413:  # more than MAX_ANSWER: this paper's fault, not the service's
            return Fault(alias, "its source is too large to be read")
        raise


def objection(answer: Answer) -> str | None:
    """Why an answer with status 200 must be asked for again, or None. A web page may be a paper's source, if a rare one."""
    if not answer.body:
        return "an empty answer"
    start = answer.body[:20_000]
    if (_WEB_PAGE.match(start) or len(answer.body) < 200) and _NOT_NOW.search(start):
        return "a web page that asks to come back later"
    return None
