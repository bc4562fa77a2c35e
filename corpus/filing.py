"""Files of papers and citations -> library. Importing the same file twice changes nothing."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from corpus import logbook
from corpus.errors import InputError
from corpus.library import BATCH, Library
from corpus.models import MAX_ID, Citation, Paper, clean_line
from corpus.report import OUTCOMES, Report, Skipped
from corpus.sources import Fault, Reader, readers
from corpus.sources.jsonl import lines
from corpus.wanted import settle_wanted

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Called with the number of bytes of the file that were read since the last call.
Bytes = Callable[[int], None]
# Headings of notes -> the keys of the directions that they name.
Directions = Callable[[Sequence[str]], Sequence[str]]

NOTES = {".md", ".markdown", ".txt"}
# Enough to see the first record of a file whole.
_BUFFER = 64 * 1024
# A PDF beyond this is a book with pictures or no paper; it is read as a whole.
_MAX_PDF = 200 * 1024 * 1024


@dataclass(frozen=True)
class Only:
    """Which papers of a file to take: of any of these arXiv categories, first published on these days. Nothing set: all."""

    categories: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return bool(self.categories or self.since or self.until)

    def lets(self, paper: Paper) -> bool:
        """Whether to take the paper. One that does not say when it was published is not taken where days are set."""
        if self.categories and not any(_is_within(c, wanted) for c in paper.categories for wanted in self.categories):
            return False
        day = paper.published or (f"{paper.year:04d}-01-01" if paper.year else "")
        if (self.since or self.until) and not day:
            return False
        return not ((self.since and day < self.since.isoformat()) or (self.until and day > self.until.isoformat()))


def _is_within(category: str, wanted: str) -> bool:
    """Whether an arXiv category is the one that is wanted, or a part of it: `cs.CL` is within `cs`."""
    return category.lower() == wanted.lower() or category.lower().startswith(wanted.lower() + ".")


def import_file(
    library: Library,
    path: Path,
    *,
    form: str | None = None,
    only: Only | None = None,
    directions: Directions = lambda headings: (),
    progress: Bytes | None = None,
) -> Report:
    """Take in the papers of one file (`.gz` or not). `form` names the format where the suffix does not.

    Raises InputError for a file that is missing, of an unknown format, cut short, or holds no paper at all. What stood
    before the cut is kept. The papers' source is labelled with the file's name, without its folder. `directions` tells
    what the headings of reading notes mean. Papers that notes were waiting for get their notes.
    """
    try:
        return _import(library, path, form, only or Only(), directions, progress)
    finally:
        settle_wanted(library)


def _import(
    library: Library, path: Path, form: str | None, only: Only, directions: Directions, progress: Bytes | None
) -> Report:
    with _open(
        path, progress
    ) as stream:  # first of all: that a file is missing says more than that its format is unknown
        suffix = _suffix(path, form)
        if suffix in NOTES:
            from corpus.noting import import_notes

            return import_notes(library, stream.read(), path.name, directions)
        if suffix == ".pdf":
            return _import_pdf(library, stream.read(_MAX_PDF + 1), path)
        if suffix == ".json" and _is_snapshot(stream):
            return _import_snapshot(library, path, stream, only)
        return _import_papers(library, path, stream, readers()[suffix], only, progress)


def _import_papers(
    library: Library, path: Path, stream: BinaryIO, reader: Reader, only: Only, progress: Bytes | None
) -> Report:
    skipped: list[Skipped] = []
    damage: list[str] = []
    passed = 0

    def papers() -> Iterator[Paper]:
        nonlocal passed
        try:
            for item in reader(stream):
                if progress:
                    progress(
                        0
                    )  # some formats are read whole before their first paper: it may stop the work after that too
                if isinstance(item, Fault):
                    skipped.append(Skipped(where=f"{path.name}, {item.where}", why=item.why))
                elif only.lets(item):
                    yield item
                else:
                    passed += 1
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            damage.append(str(error))

    counts = library.add(papers(), label=path.name)
    report = Report.model_validate(counts | {"skipped": tuple(skipped)})
    if damage:
        raise _damaged(path, f"{report.papers} papers")
    if not report.papers and not passed:
        why = f" ({skipped[0].where}: {skipped[0].why})" if skipped else ""
        raise InputError(f"{path} holds no paper{why}", "See `fourways import --help` for the formats")
    return report


def _import_pdf(library: Library, content: bytes, path: Path) -> Report:
    """The paper of a PDF, and its full text for search."""
    from corpus.sources.pdf import read_pdf

    if len(content) > _MAX_PDF:
        raise InputError(
            f"{path} is larger than {_MAX_PDF >> 20} MB", "Import the paper without its figures, or its facts as BibTeX"
        )
    document = read_pdf(content, path.name)
    if isinstance(document, Fault):
        raise InputError(f"{path} {document.why}", "The other files can be imported without it")
    with library.transaction():
        ((pid, outcome),) = library.add_page([document.paper], path.name)
        library.set_fulltext(library.papers([pid])[0].name, document.text)
    return Report.model_validate({outcome: 1})


# ---- arXiv's snapshot: millions of lines, so it is filtered as it is read and goes on where it was killed ----------------


def _is_snapshot(stream: BinaryIO) -> bool:
    """Whether the stream begins like arXiv's snapshot, a record a line; nothing is read off it."""
    start = cast(io.BufferedReader, stream).peek(65_536)[:65_536].split(b"\n", 1)[0]
    return start.lstrip().startswith(b'{"id"') and b'"authors_parsed"' in start and b'"versions"' in start


def _import_snapshot(library: Library, path: Path, stream: BinaryIO, only: Only) -> Report:
    from corpus.sources.snapshot import LABEL, read_snapshot

    told = path.stat()
    key = f"{path.name} {told.st_size} {told.st_mtime_ns} {only}"
    start = int(logbook.cursor(library, LABEL, key).get("offset", 0))
    counts = dict.fromkeys(OUTCOMES, 0)
    skipped: list[Skipped] = []
    batch: list[Paper] = []

    def flush(offset: int) -> None:
        with library.transaction():
            for _, outcome in library.add_page(batch, LABEL):
                counts[outcome] += 1
            logbook.set_cursor(library, LABEL, key, {"offset": offset})
        batch.clear()

    stream.seek(start)
    offset = start
    try:
        for offset, item in read_snapshot(
            stream, categories=only.categories, since=only.since, until=only.until, start=start
        ):
            if isinstance(item, Fault):
                skipped.append(Skipped(where=f"{path.name}, {item.where}", why=item.why))
            else:
                batch.append(item)
            if len(batch) == BATCH:
                flush(offset)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        flush(offset)
        raise _damaged(path, f"{sum(counts.values())} papers") from error
    flush(0)
    return Report.model_validate(counts | {"skipped": tuple(skipped)})


# ---- citations -------------------------------------------------------------------------------------------------------------


def import_citations(library: Library, path: Path, *, progress: Bytes | None = None) -> Report:
    """Take in a citations file: `citing<TAB>cited` a line, ids of any kind, `.gz` or not; lines with `#` are comments."""
    skipped: list[Skipped] = []
    damage: list[str] = []
    read = 0

    def edges(stream: BinaryIO) -> Iterator[Citation]:
        nonlocal read
        try:
            for number, line in lines(stream):
                edge = _edge(line)
                if isinstance(edge, Citation):
                    read += 1
                    yield edge
                elif edge:
                    skipped.append(Skipped(where=f"{path.name}, line {number}", why=edge))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            damage.append(str(error))

    with _open(path, progress) as stream:
        counts = library.add_citations(edges(stream))
    if damage:
        raise _damaged(path, f"{counts['new']} new citations")
    if not read:
        raise InputError(f"{path} holds no citation", "It must have two ids a line, parted by a tab")
    return Report(skipped=tuple(skipped), citations=counts)


def _damaged(path: Path, kept: str) -> InputError:
    return InputError(
        f"{path} is cut short or damaged; the {kept} before that are in the library",
        "Get the file again and import it once more: nothing is added twice",
    )


def _edge(line: bytes | None) -> Citation | str | None:
    """The citation of a line, the reason why it holds none, or None for a comment, a blank line or the header."""
    try:
        text = (line or b"").decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        return "not UTF-8 text"
    ends = [clean_line(end) for end in text.split("\t")][:2]
    if line is not None and (not text.strip() or text.startswith("#") or ends == ["citing", "cited"]):
        return None
    if len(ends) < 2 or not all(0 < len(end) <= MAX_ID for end in ends):
        return "not `citing<TAB>cited`"
    return Citation(citing=ends[0], cited=ends[1])


def _suffix(path: Path, form: str | None) -> str:
    """The suffix that names the file's format. Raises InputError for one that nothing here reads."""
    suffix = f".{form.lstrip('.').lower()}" if form else Path(path.name.lower().removesuffix(".gz")).suffix
    known = {*readers(), *NOTES, ".pdf"}
    if suffix not in known:
        raise InputError(
            f"{path.name} is of no known format ({suffix or 'no suffix'})",
            f"Known are {', '.join(sorted(known))}, each also as .gz; name one with --format",
        )
    return suffix


@contextmanager
def _open(path: Path, progress: Bytes | None) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where it is a gzip file (by its first two bytes, whatever its name)."""
    try:
        raw = path.open("rb", buffering=0)
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder", "Name a file") from error
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}", "Check the path") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "Check its permissions") from error
    with raw, io.BufferedReader(_Counted(raw, progress), _BUFFER) as counted:
        if counted.peek(2)[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=counted) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield counted


class _Counted(io.RawIOBase):
    """A file that tells how many bytes were read from it."""

    def __init__(self, raw: io.FileIO, progress: Bytes | None) -> None:
        self._raw, self._progress = raw, progress

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._raw.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        try:
            count = self._raw.readinto(buffer)
        except OSError as error:
            raise InputError(
                f"{self._raw.name} cannot be read ({error.strerror})", "Check the disk it is on"
            ) from error
        if self._progress and count:
            self._progress(count)
        return count
