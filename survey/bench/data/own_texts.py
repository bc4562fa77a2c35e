"""Texts with labels out of somebody's CSV or TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from survey.probes.errors import ProbeError

KINDS = (".csv", ".tsv")
# Bytes of a file, and characters of a text: a sentence model reads a few hundred words.
_LARGEST, _LONGEST = 100_000_000, 5_000
_TEXTS = ("text", "sentence", "title", "content", "abstract", "review")
_LABELS = ("label", "class", "category", "target", "y")


def read_texts(path: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """(text, label) of each row, and notes on rows that were skipped.

    The columns are those called `text` and `label` (or one of the usual names), else the first two. Raises ProbeError.
    """
    rows = _rows(path)
    if not rows:
        raise ProbeError(f"{path} is empty", "Give a CSV with a text and a label in each row")
    columns = _columns(rows[0])
    if columns is not None:
        rows = rows[1:]
    text, label = columns or (0, 1)
    pairs, short = [], 0
    for row in rows:
        cells = [row[n].strip() if n < len(row) else "" for n in (text, label)]
        if all(cells):
            pairs.append((" ".join(cells[0][:_LONGEST].split()), cells[1]))
        else:
            short += 1
    if not pairs:
        raise ProbeError(
            f"no row of {path} has both a text and a label", "Name the columns text and label, or put them first"
        )
    return pairs, [f"{short} rows without a text or a label were skipped"] if short else []


def _rows(path: Path) -> list[list[str]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ProbeError(f"{path} is larger than {_LARGEST // 1_000_000} MB", "Give a part of it")
        content = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"{path} is not UTF-8 (byte {error.start})"
        raise ProbeError(what, "Save it as UTF-8, in an editor or with iconv") from None
    except OSError as error:
        raise ProbeError(f"{path} cannot be read ({error.strerror or error})", "Give a file that can be read") from None
    try:
        return list(csv.reader(io.StringIO(content, newline=""), delimiter=_delimiter(path, content)))
    except csv.Error as error:
        raise ProbeError(f"{path} is no CSV ({error})", "Quote texts that hold the separator or quotes") from None


def _delimiter(path: Path, content: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    head = content.partition("\n")[0]
    # What splits the first line; a text may hold the others.
    return max((",", ";", "\t"), key=lambda sign: (head.count(sign) > 0, -(",;\t".index(sign))))


def _columns(head: Sequence[str]) -> tuple[int, int] | None:
    """Where text and label stand, by the names in the first row; None where it holds none."""
    names = [cell.strip().lower() for cell in head]
    found = [next((names.index(name) for name in known if name in names), None) for known in (_TEXTS, _LABELS)]
    if found[0] is None or found[1] is None:
        return None
    return found[0], found[1]
