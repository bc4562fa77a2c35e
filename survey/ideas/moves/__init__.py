"""The moves: ways to come to an idea, each looking in the landscape for places where it applies.

They are the numbered ideas of the reading notes that the project grew from, a row each in `moves.toml`. A new move that carries
tools to tasks is a row there; another one is a function `(move, landscape, *, k)` as well, and a line in FUNCTIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corpus.ideas import Idea
from survey.ideas.landscape import Landscape
from survey.ideas.move import Move, load_moves
from survey.ideas.moves.combining import combine, complement, merge_data, unify
from survey.ideas.moves.crossing import cross
from survey.ideas.moves.improving import several_teachers, weak_spot
from survey.ideas.moves.transfer import transfer

__all__ = ["FUNCTIONS", "Move", "find_ideas", "load_moves"]

FUNCTIONS: Mapping[str, Callable[..., list[Idea]]] = {
    "transfer": transfer,
    "weak-spot": weak_spot,
    "complement": complement,
    "several-teachers": several_teachers,
    "merge-data": merge_data,
    "unify": unify,
    "combine": combine,
}


def find_ideas(move: str, landscape: Landscape, *, k: int) -> list[Idea]:
    """The `k` best ideas of one move, best first."""
    return FUNCTIONS.get(move, cross)(load_moves()[move], landscape, k=k)
