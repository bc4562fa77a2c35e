"""What each search that `benchmarks/peers.py` compares has: a build, a load, and how it keeps its ids."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Answers one query: the ids of the `k` best papers.
Search = Callable[[str, int], list[str]]
Encode = Callable[[list[str]], Any]


@dataclass(frozen=True)
class Corpus:
    """The papers to search: `ids`, `texts` (title and abstract), `authors`; `vectors` (n, 384) in the same order."""

    ids: list[str]
    texts: list[str]
    authors: list[str]
    vectors: Any
    data: Path
    home: Path

    def known(self) -> dict[str, int]:
        """Text -> row of `vectors`."""
        return {text: row for row, text in enumerate(self.texts)}


class Engine:
    """`title` is its name in the table, `note` says how it was set up."""

    title: str
    note: str

    def ready(self, corpus: Corpus) -> None:
        """What stands in for the model is made here: it is not counted."""

    def build(self, corpus: Corpus, folder: Path) -> None:
        """Make the index in the empty `folder`."""
        raise NotImplementedError

    def load(self, folder: Path) -> Search:
        raise NotImplementedError

    def encoder(self, corpus: Corpus) -> Encode | None:
        """What embeds its papers, where its index is made of vectors."""
        return None


def save_ids(folder: Path, ids: Sequence[str]) -> None:
    (folder / "ids.json").write_text(json.dumps(list(ids)), "utf-8")


def load_ids(folder: Path) -> list[str]:
    return list(json.loads((folder / "ids.json").read_text("utf-8")))


def disk_mb(folder: Path) -> float:
    """What the index takes on the disk; models are left out, for every engine."""
    sizes = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # SQLite's side files come and go
            if path.is_file() and "models" not in path.relative_to(folder).parts:
                sizes += path.stat().st_size
    return sizes / 1e6
