"""Moving methods between language and vision."""

from __future__ import annotations

import numpy as np

from corpus.ideas import Idea
from survey.ideas.crossing import open_gaps
from survey.ideas.landscape import AREAS, Landscape
from survey.ideas.move import Move
from survey.ideas.telling import build_idea, counted

# A method is at home in an area with so many papers there; it is a stranger in the other with none.
AT_HOME = 5
# Papers of an area among a task's, for the task to be one of that area.
_SHARE = 0.5


def transfer(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Methods that are frequent in papers on language and absent from those on vision, or the other way round, each with the task
    of the other area that it most likely meets.
    """
    found: list[tuple[float, Idea]] = []
    methods = np.array(landscape.of_kind("method", titles=1), dtype=np.intp)
    tasks = np.array(landscape.of_kind("task", titles=1), dtype=np.intp)
    counts = {area: landscape.past.holds.T @ landscape.areas[area].astype(np.float64) for area in AREAS}
    for home, away in (("language", "vision"), ("vision", "language")):
        strangers = methods[(counts[home][methods] >= AT_HOME) & (counts[away][methods] == 0)]
        shares = counts[away][tasks] / np.maximum(landscape.past.papers[tasks], 1)
        there = tasks[(shares >= _SHARE) & (counts[away][tasks] > counts[home][tasks])]
        for gap in open_gaps(landscape, strangers.tolist(), there.tolist(), k):
            method, task = (landscape.concepts[column].name for column in (gap.left, gap.right))
            why = (
                f"{counted(int(counts[home][gap.left]))} on {home} here speak of {method}, and none on {away};"
                f" {int(landscape.past.papers[gap.right]):,} speak of {task}."
            )
            idea = build_idea(
                landscape,
                move,
                (gap.left, gap.right),
                f"Carry {method} over from {home} to {away}: try it on {task}.",
                why,
                support=gap.chance,
                task=gap.right,
            )
            found.append((gap.chance or 0.0, idea))
    found.sort(key=lambda pair: (-pair[0], pair[1].key))
    return [idea for _, idea in found[:k]]
