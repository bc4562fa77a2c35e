"""Sources -> library. Importing the same thing twice changes nothing."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from pydantic import Field

from corpus.errors import InputError
from corpus.library import Library
from corpus.models import MAX_ID, Citation, Frozen, Paper, clean_line
from corpus.sources import Fault, Reader, readers
from corpus.sources.jsonl import lines

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Called with the number of bytes of the file that were read since the last call.
Progress = Callable[[int], None]


class Skipped(Frozen):
    """Something that was not taken in: `where` it stands, and `why`."""

    where: str
    why: str


class Report(Frozen):
    """What an import did. `citations` counts edges: new ones, and all whose both ends are papers of the library."""

    new: int = 0
    updated: int = 0
    merged: int = 0
    unchanged: int = 0
    skipped: tuple[Skipped, ...] = ()
    citations: dict[str, int] = Field(default_factory=dict)

    @property
    def papers(self) -> int:
        return self.new + self.updated + self.merged + self.unchanged

    def __add__(self, other: Report) -> Report:
        return Report(
            new=self.new + other.new,
            updated=self.updated + other.updated,
            merged=self.merged + other.merged,
            unchanged=self.unchanged + other.unchanged,
            skipped=self.skipped + other.skipped,
            citations=other.citations or self.citations,
        )


def import_file(library: Library, path: Path, *, form: str | None = None, progress: Progress | None = None) -> Report:
    """Take in the papers of one file (`.gz` or not). `form` names the format where the suffix does not.

    Raises InputError for a file that is missing, of an unknown format, cut short, or holds no paper at all. What stood
    before the cut is kept. The papers' source is labelled with the file's name, without its folder.
    """
    skipped: list[Skipped] = []
    damage: list[str] = []

    def papers(stream: BinaryIO, reader: Reader) -> Iterator[Paper]:
        try:
            for item in reader(stream):
                if isinstance(item, Fault):
                    skipped.append(Skipped(where=f"{path.name}, {item.where}", why=item.why))
                else:
                    yield item
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            damage.append(str(error))

    with _open(path, progress) as stream:
        counts = library.add(papers(stream, _reader(path, form)), label=path.name)
    report = Report.model_validate(counts | {"skipped": tuple(skipped)})
    if damage:
        raise InputError(
            f"{path} is cut short or damaged; the {report.papers} papers before that are in the library",
            "Get the file again and import it once more: nothing is added twice",
        )
    if not report.papers:
        why = f" ({skipped[0].where}: {skipped[0].why})" if skipped else ""
        raise InputError(f"{path} holds no paper{why}", "See `fourways import --help` for the formats")
    return report


def import_citations(library: Library, path: Path, *, progress: Progress | None = None) -> Report:
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
        raise InputError(
            f"{path} is cut short or damaged; the {counts['new']} new citations before that are in the library",
            "Get the file again and import it once more: nothing is added twice",
        )
    if not read:
        raise InputError(f"{path} holds no citation", "It must have two ids a line, parted by a tab")
    return Report(skipped=tuple(skipped), citations=counts)


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


def _reader(path: Path, form: str | None) -> Reader:
    table = readers()
    suffix = f".{form.lstrip('.').lower()}" if form else Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix not in table:
        known = ", ".join(sorted(table))
        raise InputError(
            f"{path.name} is of no known format ({suffix or 'no suffix'})",
            f"Known are {known}, each also as .gz; name one with --format",
        )
    return table[suffix]


@contextmanager
def _open(path: Path, progress: Progress | None) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where it is a gzip file (by its first two bytes, whatever its name)."""
    try:
        raw = path.open("rb", buffering=0)
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder", "Name a file") from error
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}", "Check the path") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "Check its permissions") from error
    with raw, io.BufferedReader(_Counted(raw, progress)) as counted:
        if counted.peek(2)[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=counted) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield counted


class _Counted(io.RawIOBase):
    """A file that tells how many bytes were read from it."""

    def __init__(self, raw: io.FileIO, progress: Progress | None) -> None:
        self._raw, self._progress = raw, progress

    def readable(self) -> bool:
        return True

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
