"""The draft in a kept survey's folder, with its figures."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from corpus.errors import InputError
from survey.checking.contract import load_contract
from survey.draft.models import Draft
from survey.drafts.models import KeptFigure
from survey.export import build_files, exports
from survey.export.json import render_json
from survey.export.saving import save_files
from survey.figures import Figure

SURVEY, DRAFT, FIGURES = "survey.json", "outline.json", "figures.json"


def save_drafted(folder: Path, draft: Draft, figures: Sequence[Figure]) -> None:
    """Keep the draft of a survey with its figures, all or none. Raises HomeError."""
    text = render_json(draft)
    kept = [{"name": one.name, "caption": one.caption, "svg": one.render("svg").decode()} for one in figures]
    drawn = json.dumps({"draft": _digest(text.encode()), "figures": kept}, ensure_ascii=False)
    save_files({DRAFT: text.encode(), FIGURES: drawn.encode()}, folder)


def load_draft(folder: Path) -> Draft | None:
    """The draft of a survey; None where it has none yet. Raises InputError where the file holds none."""
    path = folder / DRAFT
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return _load_draft(path, stat.st_mtime_ns, stat.st_size)


def load_figures(folder: Path) -> dict[str, KeptFigure] | None:
    """Name -> figure of the draft as it stands; None where they were not kept with it."""
    try:
        drawn = (folder / FIGURES).stat().st_mtime_ns, (folder / DRAFT).stat().st_mtime_ns
        return _load_figures(folder, drawn)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def build_archive(draft: Draft) -> bytes:
    """The draft in all formats, with its figures, as one zip; the same draft gives the same bytes."""
    files: dict[str, bytes] = {}
    for name in exports():
        files |= build_files(draft, name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(zipfile.ZipInfo(file), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


@lru_cache(maxsize=8)
def _load_draft(path: Path, changed: int, size: int) -> Draft:
    """`changed` and `size` are the file's: another one is read anew."""
    try:
        return load_contract(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read", "Draft it again") from error


@lru_cache(maxsize=8)
def _load_figures(folder: Path, drawn: tuple[int, int]) -> dict[str, KeptFigure] | None:
    """`drawn`: when the figures and the draft were written."""
    read = json.loads((folder / FIGURES).read_text("utf-8"))
    if read["draft"] != _digest((folder / DRAFT).read_bytes()):
        return None
    return {one["name"]: KeptFigure.model_validate(one) for one in read["figures"]}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
