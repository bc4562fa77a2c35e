"""Answers that were got before, in files named by a hash of all that was asked: a rerun costs nothing and writes the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from corpus.errors import HomeError
from corpus.files import write_whole
from survey.llm.client import MOST_TEXT, Answer
from survey.llm.settings import Settings


def build_name(settings: Settings, messages: list[dict[str, str]], form: dict[str, Any]) -> str:
    """The hash of a request: server, model, messages and form. The key is not in it, as it is not in the settings."""
    asked = json.dumps([settings.url, settings.model, messages, form], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def load_answer(folder: Path, name: str) -> Answer | None:
    """The answer that is kept under `name`; None where there is none that can be read."""
    try:
        with _file(folder, name).open("rb") as stream:
            text = json.loads(stream.read(8 * MOST_TEXT))["text"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return Answer(text) if isinstance(text, str) else None


def save_answer(folder: Path, name: str, model: str, answer: Answer) -> str | None:
    """Keep an answer. None, or in words why it could not be kept: the draft doesn't need it, so nothing is raised."""
    file = _file(folder, name)
    body = json.dumps({"model": model, "text": answer.text}, ensure_ascii=True)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, lambda path: path.write_text(body, "utf-8"))
    except (OSError, HomeError) as error:
        return error.what if isinstance(error, HomeError) else f"{file} cannot be written ({error.strerror or error})"
    return None


def _file(folder: Path, name: str) -> Path:
    return folder / name[:2] / f"{name}.json"
