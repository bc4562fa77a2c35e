"""Moves that carry one kind of tool to tasks or methods that have not met it: which, says the table `moves.toml`."""

from __future__ import annotations

from corpus.ideas import Idea
from survey.ideas.crossing import Gap, open_gaps
from survey.ideas.landscape import Landscape
from survey.ideas.move import Move
from survey.ideas.telling import build_idea, counted, listed, shared


def cross(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """The tools of a move beside what they have not met, the likeliest first."""
    left = landscape.columns("|".join(move.left), kinds=("method",))
    right = (
        landscape.columns("|".join(move.right), kinds=move.onto)
        if move.right
        else [column for kind in move.onto for column in landscape.of_kind(kind)]
    )
    return [tell(move, landscape, gap) for gap in open_gaps(landscape, left, right, k)]


def tell(move: Move, landscape: Landscape, gap: Gap) -> Idea:
    """The idea of one gap."""
    left, right = (landscape.concepts[column].name for column in (gap.left, gap.right))
    return build_idea(
        landscape,
        move,
        (gap.left, gap.right),
        move.says.format(left=left, right=right),
        apart(landscape, gap.left, gap.right),
        support=gap.chance,
        task=gap.right,
    )


def apart(landscape: Landscape, one: int, other: int) -> str:
    """That two have not met, how many papers speak of either, and whom they share."""
    papers = landscape.past.papers
    first, second = (landscape.concepts[column].name for column in (one, other))
    text = f"{counted(int(papers[one]))} here speak of {first}, {int(papers[other]):,} of {second}, and none of both."
    near = shared(landscape, one, other)
    return f"{text} Both have met {listed(near)}." if near else text
