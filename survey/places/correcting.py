"""Saying where a paper stands: it holds at once, whatever was computed, and later placing learns from it."""

from __future__ import annotations

from corpus.corrections import corrections_of, keep_correction
from corpus.errors import InputError
from corpus.models import Place
from corpus.workspace import Workspace
from survey.places.placing import YOU, place_papers, settle
from survey.strategies import check_direction


def correct_place(workspace: Workspace, paper_id: str, direction: str, stands: bool | None) -> list[Place]:
    """Say that the paper stands under the direction (by key or name), that it does not, or (None) take back what was said.

    Returns the paper's places from now on, the surest first. Raises UnknownPaper, QueryError for an unknown direction, InputError
    where there is nothing to take back. What was taken back is worked out anew, from the paper's vector where it has one.
    """
    library = workspace.library
    pid = library.resolve(paper_id)
    (paper,) = library.papers([pid])
    key = check_direction(direction).key
    said = corrections_of(library, pid)
    if stands is not None:
        said[key] = stands
        computed = [place for place in library.places([pid]).get(pid, []) if place.source != YOU]
        places = settle(paper, computed, said)
    elif key in said:
        del said[key]
        vectors = workspace.index.vectors([pid])
        embedder = workspace.index_embedder() if vectors else None
        places = [place for _, place in place_papers([(pid, paper)], vectors, embedder, {pid: said})]
    else:
        raise InputError(
            f"nobody has said anything of {paper.name!r} under {key}", "See what is said with `fourways show ID`"
        )
    keep_correction(library, pid, key, stands, places)
    return sorted(places, key=lambda place: (-place.weight, place.direction))
