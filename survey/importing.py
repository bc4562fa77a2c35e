"""Files handed in through the app -> library. Bounded in number, size and kind; of their names only a label is used."""

from __future__ import annotations

import gzip
import shutil
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from corpus.errors import FourwaysError, HomeError, InputError, shorten
from corpus.filing import NOTES, Bytes, import_citations, import_file
from corpus.home import Home
from corpus.models import Frozen
from corpus.report import Progress, Report
from corpus.sources import readers
from corpus.workspace import Workspace
from survey.indexing import index_library
from survey.jobs import Stopped
from survey.places.cues import directions_named

MOST_FILES = 100
MOST_MB = 200  # of a file as it is handed in, packed or not
MOST_UNPACKED_MB = 2_000
MOST_NAME = 100
READING = "Reading "
_PIECE = 1 << 20


class Upload(Protocol):
    """A file as the browser hands it in: the name that it has there, and its bytes."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def read(self, size: int = -1, /) -> bytes: ...


class FileReport(Frozen):
    """What came of the file `name`: a report, or why it `failed`."""

    name: str
    report: Report = Report()
    failed: str = ""


class Imported(Frozen):
    """What an import did until its end, or until it was `stopped`. `embedded`: papers that were indexed then; None: it did not."""

    files: tuple[FileReport, ...] = ()
    embedded: int | None = None
    stopped: bool = False

    @property
    def total(self) -> Report:
        return sum((one.report for one in self.files), Report())


def file_types(*, citations: bool = False) -> list[str]:
    """The suffixes that can be handed in, without dots."""
    known = {".tsv", ".txt"} if citations else {*readers(), *NOTES, ".pdf"}
    return [*sorted(suffix.removeprefix(".") for suffix in known), "gz"]


def safe_name(name: str) -> str:
    """A file's name as a label: without folders, without what cannot be seen, and not longer than MOST_NAME; its suffix stays.

    >>> safe_name("../../etc/passwd.bib"), safe_name("C:\\\\papers\\\\a.ris"), safe_name("..")
    ('passwd.bib', 'a.ris', 'file')
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(mark for mark in last if unicodedata.category(mark)[0] != "C").strip().lstrip(".")
    if len(seen.encode()) <= MOST_NAME:
        return seen or "file"
    suffix = "".join(Path(seen).suffixes[-2:])[-12:]
    stem = seen.encode()[: MOST_NAME - len(suffix.encode())].decode("utf-8", "ignore")
    return stem + suffix


def check_uploads(uploads: Sequence[Upload], *, citations: bool = False) -> None:
    """Raises InputError where they are too many, or one is too large or of a kind that is not read."""
    if len(uploads) > MOST_FILES:
        raise InputError(f"{len(uploads)} files are too many at once", f"Hand in at most {MOST_FILES}")
    for one in uploads:
        name = safe_name(one.name)
        if one.size > MOST_MB << 20:
            raise InputError(
                f"{shorten(name)} is larger than {MOST_MB} MB",
                "Use `fourways import` for it, or hand it in packed (.gz)",
            )
        suffix = Path(name.lower().removesuffix(".gz")).suffix.removeprefix(".")
        if suffix not in file_types(citations=citations)[:-1]:
            raise InputError(
                f"{shorten(name)} is of no known format ({suffix or 'no suffix'})",
                f"Known are {', '.join(file_types(citations=citations))}",
            )


def import_uploads(
    workspace: Workspace,
    uploads: Sequence[Upload],
    *,
    citations: bool = False,
    index: bool = True,
    progress: Progress = lambda what, done, total: None,
) -> Imported:
    """Read the files one after the other; then index, if `index` is set.

    A file that cannot be read is told and does not keep the others out. `progress` may raise Stopped: what was read is kept.
    Raises what `check_uploads` and `index_library` raise, OSError where the disk is full, HomeError where an import runs already.
    """
    check_uploads(uploads, citations=citations)
    done: list[FileReport] = []
    try:
        with _kept(workspace.home, uploads) as paths:
            for path in paths:
                done.append(_import(workspace, path, citations, progress))
        embedded = index_library(workspace, progress=progress).embedded if index else None
        return Imported(files=tuple(done), embedded=embedded)
    except Stopped:
        return Imported(files=tuple(done), stopped=True)


@contextmanager
def _kept(home: Home, uploads: Sequence[Upload]) -> Iterator[list[Path]]:
    """The files on the disk, for readers take paths: each in a numbered folder, under its safe name. They are gone afterwards."""
    from filelock import FileLock, Timeout

    folder = home.make().root / "uploads"
    try:
        with FileLock(home.root / "uploads.lock", timeout=0):
            shutil.rmtree(folder, ignore_errors=True)  # what a server that was killed has left
            try:
                yield [_save(folder / f"{number:03d}", one) for number, one in enumerate(uploads)]
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout as error:
        raise HomeError(
            f"an import into {home.root} is running already", "Wait until it is done, or stop it"
        ) from error


def _save(folder: Path, upload: Upload) -> Path:
    folder.mkdir(parents=True)
    path = folder / safe_name(upload.name)
    upload.seek(0)
    with path.open("wb") as out:
        for piece in iter(lambda: upload.read(_PIECE), b""):
            out.write(piece)
    return path


def _import(workspace: Workspace, path: Path, citations: bool, progress: Progress) -> FileReport:
    library = workspace.library
    try:
        plain = _unpack(path)
        tick = _bytes_of(plain, progress)
        if citations:
            return FileReport(name=path.name, report=import_citations(library, plain, progress=tick))
        report = import_file(library, plain, directions=directions_named, progress=tick)
        return FileReport(name=path.name, report=report)
    except FourwaysError as error:
        # Where the file lies on this machine is nobody's business.
        return FileReport(name=path.name, failed=str(error).replace(f"{path.parent}/", ""))


def _bytes_of(path: Path, progress: Progress) -> Bytes:
    done, total = 0, path.stat().st_size
    progress(READING + path.name, 0, total)

    def tick(count: int) -> None:
        nonlocal done
        done += count
        progress(READING + path.name, done, total)

    return tick


def _unpack(path: Path) -> Path:
    """The file, unpacked beside itself if it is a gzip file: a few packed bytes can stand for more than a disk holds.

    Raises InputError where it is larger than MOST_UNPACKED_MB, or damaged.
    """
    with path.open("rb") as start:
        if start.read(2) != b"\x1f\x8b":
            return path
    target = path.with_name(
        path.name.removesuffix(".gz") if path.name.endswith(".gz") else f"{path.stem}-unpacked{path.suffix}"
    )
    with gzip.open(path) as packed, target.open("wb") as out:
        written = 0
        try:
            for piece in iter(lambda: packed.read(_PIECE), b""):
                written += len(piece)
                if written > MOST_UNPACKED_MB << 20:
                    raise InputError(
                        f"{path.name} is larger than {MOST_UNPACKED_MB} MB when it is unpacked",
                        "Use `fourways import` for it",
                    )
                out.write(piece)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{path.name} is cut short or damaged", "Get the file again") from error
    return target
