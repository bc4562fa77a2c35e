"""Many searches at once: a file of queries in, a file of ranked ids out, as scorers read them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.errors import HomeError, InputError


def load_queries(path: Path) -> dict[str, str]:
    """Query id -> query, from lines of `{"qid", "query"}`. Raises InputError that names the line."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path} cannot be read ({reason})", 'Name a file of {"qid", "query"} lines') from error
    queries: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            queries[str(value["qid"])] = str(value["query"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f'{path.name}, line {number} is not a {{"qid", "query"}} object', "Mend the line; nothing was searched"
            ) from error
    if not queries:
        raise InputError(f"{path} holds no query", 'Write {"qid", "query"} lines')
    return queries


def save_run(found: Mapping[str, Sequence[str]], path: Path) -> None:
    """Write `{"qid", "ids"}` lines; an older file stays whole until the new one is."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with scratch.open("w", encoding="utf-8") as stream:
            for qid, ids in found.items():
                stream.write(json.dumps({"qid": qid, "ids": list(ids)}, ensure_ascii=False) + "\n")
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise HomeError(
            f"{path} cannot be written ({error.strerror})", "Name a file in a folder that you can write to"
        ) from error
