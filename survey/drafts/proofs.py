"""Whether a kept draft stands against the library, and a copy of it that somebody edited and handed in."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from corpus.errors import FourwaysError, HomeError, InputError, shorten
from corpus.workspace import Workspace
from survey.checking import CheckReport, Finding, check_draft
from survey.draft.models import Draft, Sentence
from survey.drafts.files import DRAFT
from survey.export.bibtex import render_bibtex
from survey.importing import safe_name

# What can be handed in, without dots.
TYPES = ("md", "tex", "docx", "html", "json")
MOST_MB = 20
_SHOWN = 160  # so much of a sentence is in a finding

# Where in the draft, and the sentence or the words quoted there, both as findings have them -> what is wrong with it.
Marks = Mapping[tuple[str, str], tuple[Finding, ...]]


def check_kept(workspace: Workspace, folder: Path) -> CheckReport:
    """What of the draft in `folder` does not hold against the library as it is now. Raises InputError where there is none."""
    path = folder / DRAFT
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise InputError("there is no draft to check", "Write it first") from error
    return _checked(workspace, path, stamp, workspace.library.revision())


@lru_cache(maxsize=16)
def _checked(workspace: Workspace, path: Path, stamp: int, revision: int) -> CheckReport:
    """`stamp` is the file's, `revision` the library's: after a change of either it is checked anew."""
    return check_draft(workspace.library, path)


def check_upload(workspace: Workspace, name: str, content: bytes, draft: Draft | None = None) -> CheckReport:
    """What of a file that somebody hands in does not hold; `draft` is the one that it is a copy of, if any.

    Of `name` only the suffix counts; it is named in errors. Raises InputError for one that is too large, of no known format, or
    no draft; HomeError.
    """
    suffix = Path(name).suffix.lower().removeprefix(".")
    if suffix not in TYPES:
        raise InputError(
            f"a file of this kind cannot be checked ({shorten(suffix) or 'no suffix'})", f"Known are {', '.join(TYPES)}"
        )
    if len(content) > MOST_MB << 20:
        raise InputError(f"the file is larger than {MOST_MB} MB", "Use `fourways check` for it")
    try:
        runs = workspace.home.make().runs
        runs.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=runs, prefix=".check-") as scratch:
            path = Path(scratch) / f"survey.{suffix}"
            path.write_bytes(content)
            if draft and suffix != "json":
                from survey.export.json import render_json

                (path.parent / DRAFT).write_text(render_json(draft), "utf-8")
                (path.parent / "references.bib").write_text(render_bibtex(draft), "utf-8")
            return _without_folder(workspace, path, safe_name(name))
    except OSError as error:
        raise HomeError(
            f"the file cannot be kept while it is checked ({error.strerror or error})", "Make room on the disk"
        ) from error


def _without_folder(workspace: Workspace, path: Path, name: str) -> CheckReport:
    try:
        return check_draft(workspace.library, path)
    except FourwaysError as error:
        # Where the file lies on this machine is nobody's business.
        raise InputError(error.what.replace(str(path), name), error.remedy) from error


def marks_of(report: CheckReport) -> Marks:
    """Findings by where they are."""
    marks: dict[tuple[str, str], tuple[Finding, ...]] = {}
    for one in report.findings:
        marks[one.where, one.text] = (*marks.get((one.where, one.text), ()), one)
    return marks


def findings_at(sentence: Sentence, marks: Marks) -> list[Finding]:
    """What is wrong with a sentence of the draft."""
    where = " > ".join(sentence.section) or "the summary"
    texts = dict.fromkeys([sentence.text, *(quote.quote for quote in sentence.citations)])
    return [one for text in texts for one in marks.get((where, shorten(text, _SHOWN)), ())]


def by_place(report: CheckReport) -> dict[str, list[Finding]]:
    """Where in the file -> what is wrong there, each thing once."""
    places: dict[str, list[Finding]] = {}
    for one in report.findings:
        known = places.setdefault(one.where, [])
        if one not in known:
            known.append(one)
    return places


def own_of(report: CheckReport) -> list[str]:
    """Sentences of somebody's own of which nothing is found to be wrong."""
    wrong = {one.text for one in report.findings}
    return [text for text in report.own if shorten(text, _SHOWN) not in wrong]
