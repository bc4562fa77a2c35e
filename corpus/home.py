"""Where a user's library lives: one folder, and what is kept in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import HomeError

VARIABLE = "FOURWAYS_HOME"


@dataclass(frozen=True)
class Home:
    """The folder `root`: the library is the truth in it, all else can be made again."""

    root: Path

    @property
    def library(self) -> Path:
        """The SQLite file."""
        return self.root / "library.db"

    @property
    def chroma(self) -> Path:
        """The vectors."""
        return self.root / "chroma"

    @property
    def search(self) -> Path:
        """Postings and vectors, ready for searching."""
        return self.root / "search"

    @property
    def models(self) -> Path:
        """What an embedder compiled for this machine."""
        return self.root / "models"

    @property
    def runs(self) -> Path:
        """Survey drafts and other results."""
        return self.root / "runs"

    @property
    def topics(self) -> Path:
        """The user's own topics to harvest, beside the bundled ones."""
        return self.root / "topics.toml"

    @property
    def pace(self) -> Path:
        """When each service was last asked, so that the next process keeps its distance too."""
        return self.root / "pace"

    @property
    def harvest_lock(self) -> Path:
        """Held by the one harvest that may run."""
        return self.root / "harvest.lock"

    def make(self) -> Home:
        """Make the folder where it is missing. Raises HomeError where it cannot be made or written."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeError(
                f"the home folder {self.root} cannot be made ({error.strerror})",
                f"Choose another with --home DIR or ${VARIABLE}",
            ) from error
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise HomeError(
                f"the home folder {self.root} cannot be written",
                f"Change its permissions, or choose another with --home DIR or ${VARIABLE}",
            )
        return self


def find_home(given: Path | None = None) -> Home:
    """The folder that was `given`, else the one of $FOURWAYS_HOME, else the platform's folder for user data."""
    if given is not None:
        return Home(given.expanduser().absolute())
    if named := os.environ.get(VARIABLE):
        return Home(Path(named).expanduser().absolute())
    import platformdirs

    return Home(Path(platformdirs.user_data_dir("fourways", appauthor=False)))
