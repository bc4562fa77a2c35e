"""Drafts on disk: one module a format, each with a `render_NAME(draft)` that gives its text or bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import InputError, shorten
from survey.draft.models import Draft
from survey.export.bibtex import render_bibtex
from survey.export.csl import render_csl
from survey.export.html import render_html
from survey.export.json import render_json
from survey.export.latex import render_latex
from survey.export.markdown import render_markdown
from survey.export.ris import render_ris
from survey.export.saving import save_files
from survey.export.word import render_word
from survey.figures import build_figures
from survey.figures.rendering import Picture


@dataclass(frozen=True)
class Format:
    """A format that a draft can be had in. `file` is its name on disk; `figures` the kind of pictures that it needs beside it."""

    label: str
    file: str
    mime: str
    render: Callable[[Draft], str | bytes]
    figures: Picture | None = None
    needs: tuple[str, ...] = ()  # other formats whose files it needs beside it


def exports() -> dict[str, Format]:
    """Name -> format. `outline.json` is a name that other tools look for. A new format is a module, and a line here."""
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return {
        "md": Format("Markdown", "survey.md", "text/markdown", render_markdown, "svg"),
        "tex": Format("LaTeX", "survey.tex", "application/x-tex", render_latex, "pdf", ("bib",)),
        "docx": Format("Word", "survey.docx", word, render_word),
        "html": Format("HTML", "survey.html", "text/html", render_html),
        "bib": Format("BibTeX", "references.bib", "application/x-bibtex", render_bibtex),
        "ris": Format("RIS", "references.ris", "application/x-research-info-systems", render_ris),
        "csl": Format("CSL-JSON", "references.csl.json", "application/vnd.citationstyles.csl+json", render_csl),
        "json": Format("JSON", "outline.json", "application/json", render_json),
    }


def check_formats(given: str) -> list[str]:
    """The formats named in `md,json`, without repeats. Raises InputError for one that does not exist, or for none."""
    names = list(dict.fromkeys(name.strip().lower() for name in given.split(",") if name.strip()))
    for name in names or [given.strip()]:
        if name not in exports():
            raise InputError(f"there is no format {shorten(name)!r}", f"Use one or more of {', '.join(exports())}")
    return names


def build_files(draft: Draft, name: str) -> dict[str, bytes]:
    """File name, with slashes -> content, of all that a format needs; its own file is the first."""
    chosen = exports()[name]
    files = {chosen.file: _encoded(chosen.render(draft))}
    for other in chosen.needs:
        files |= build_files(draft, other)
    if picture := chosen.figures:
        files |= {f"figures/{figure.name}.{picture}": figure.render(picture) for figure in build_figures(draft)}
    return files


def build_download(draft: Draft, name: str) -> bytes:
    """A format as one file: its own, or a zip where it needs others beside it. The same draft gives the same bytes."""
    files = build_files(draft, name)
    if not is_packed(name):
        return files[exports()[name].file]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(zipfile.ZipInfo(file), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def is_packed(name: str) -> bool:
    """Whether a format is handed out as a zip."""
    return bool(exports()[name].figures or exports()[name].needs)


def save_draft(draft: Draft, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write the draft into `folder`, with what each format needs beside it; the paths of the formats' own files.

    A file is the old one or the new one, never half of one; one that was edited is set aside. Raises InputError for an unknown
    format, HomeError where the folder cannot be written.
    """
    chosen = check_formats(",".join(formats))
    files: dict[str, bytes] = {}
    for name in chosen:
        files |= build_files(draft, name)
    save_files(files, folder)
    return [folder / exports()[name].file for name in chosen]


def _encoded(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
