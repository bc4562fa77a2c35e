"""The errors that Fourways raises.

    FourwaysError               what went wrong and what to do about it
    +-- InputError              a file, value or option that cannot be used
    +-- UnknownPaper            an id that no paper of the library is known by
    +-- QueryError              a query or filter that cannot be answered
    +-- HomeError               the home folder cannot be read or written
    +-- LibraryError            the library's database is damaged, locked or of a newer version
    +-- IndexMismatch           the vectors are missing, or are another model's
    +-- ModelError              an embedding model cannot be found, trusted or run
    +-- ServeError              the app cannot be served
    +-- ServiceError            a web service cannot be reached, refuses, or sends what cannot be used

The command line prints any of them as one line, `error: WHAT. REMEDY.`, and exits with status 1.
"""

from __future__ import annotations


class FourwaysError(Exception):
    """A known failure: `what` happened, and the `remedy` a user can apply."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = one_line(what)
        self.remedy = one_line(remedy)
        super().__init__(f"{self.what}. {self.remedy}.")


class InputError(FourwaysError):
    """A file, value or option cannot be used."""


class UnknownPaper(FourwaysError):
    """No paper of the library is known by this id."""

    def __init__(self, paper_id: str) -> None:
        self.paper_id = paper_id
        super().__init__(
            f"no paper in the library is known as {shorten(paper_id)!r}",
            "Find its id with `fourways search`, or import it first",
        )


class QueryError(FourwaysError):
    """The query or a filter cannot be answered."""


class HomeError(FourwaysError):
    """The home folder cannot be read or written."""


class LibraryError(FourwaysError):
    """The library's database is damaged, locked or of a newer version."""


class IndexMismatch(FourwaysError):
    """The vectors are missing, or were made by another model than the one asked for."""


class ModelError(FourwaysError):
    """An embedding model cannot be found, trusted or run."""


class ServeError(FourwaysError):
    """The app cannot be served."""


class ServiceError(FourwaysError):
    """A web service cannot be reached, refuses, or sends what cannot be used. `status` is HTTP's, where there is one."""

    def __init__(self, what: str, remedy: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(what, remedy)


def one_line(text: str) -> str:
    """`text` on one line, without control characters and without a full stop at its end."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(kept.split()).rstrip(".")


def shorten(text: str, limit: int = 80) -> str:
    """`text`, cut to `limit` characters, so that a message stays readable whatever a user typed."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
