"""Drafts on disk: one file a format, each with a `render_` function from a draft to text."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.errors import HomeError, InputError, shorten
from survey.draft import Draft
from survey.export.json import render_json
from survey.export.markdown import render_markdown

# Format -> its file. `outline.json` is the name that other tools look for. A new format is a module, and a line here and below.
_FILES = {"md": "survey.md", "json": "outline.json"}


def exports() -> dict[str, Callable[[Draft], str]]:
    """Format -> the function that renders a draft in it."""
    return {"md": render_markdown, "json": render_json}


def check_formats(given: str) -> list[str]:
    """The formats named in `md,json`, without repeats. Raises InputError for one that does not exist, or for none."""
    names = list(dict.fromkeys(name.strip().lower() for name in given.split(",") if name.strip()))
    for name in names or [given.strip()]:
        if name not in exports():
            raise InputError(f"there is no format {shorten(name)!r}", f"Use one or more of {', '.join(exports())}")
    return names


def save_draft(draft: Draft, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write the draft into `folder`, a file a format; the paths written. A file is the old one or the new one, never half of one.

    Raises InputError for an unknown format, HomeError where the folder cannot be written.
    """
    chosen = check_formats(",".join(formats))
    texts = {folder / _FILES[name]: exports()[name](draft) for name in chosen}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fourways-") as scratch:
            # All are written before the first takes its place, so that a full disk leaves every old file.
            for path, text in texts.items():
                with (Path(scratch) / path.name).open("w", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
            for path, text in texts.items():
                _set_aside(path, text)
                (Path(scratch) / path.name).replace(path)
    except OSError as error:
        raise HomeError(
            f"the draft cannot be written to {folder} ({error.strerror or error})",
            "Choose another folder with --out DIR",
        ) from error
    return list(texts)


def _set_aside(path: Path, text: str) -> None:
    """Keep an older file that says something else, perhaps edited by hand, beside the new one: survey.md.1, survey.md.2, ..."""
    if not path.exists() or path.read_bytes() == text.encode():
        return
    number = 1
    while (kept := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    path.rename(kept)
