"""Files that a user names: written whole, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from corpus.errors import HomeError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` make a file, and put it at `path` once it is whole: an older one there stays until then. Raises HomeError."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fourways-") as scratch:
            made = Path(scratch) / path.name
            write(made)
            made.replace(path)
    except OSError as error:
        raise HomeError(
            f"{path} cannot be written ({error.strerror or error})", "Name a file in a folder that you can write to"
        ) from error
