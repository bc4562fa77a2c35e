"""Moves that put two things of one kind together: methods on a task, tasks in a model, data sets; and what comes next by itself."""

from __future__ import annotations

from corpus.ideas import Idea
from survey.ideas.crossing import Gap, is_part, open_gaps
from survey.ideas.landscape import Landscape
from survey.ideas.move import Move
from survey.ideas.moves.crossing import apart
from survey.ideas.telling import build_idea, counted, listed, met_by_both

# Papers that a method needs on a task, or a data set.
_USED = 2
# Concepts of a kind that are looked at, the most used first.
_MOST = 800
# What two tasks must share at least.
_SHARED = 3


def combine(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Methods and tasks that no paper speaks of together, by link prediction on the graph of all concepts."""
    found = []
    for gap in open_gaps(landscape, landscape.of_kind("method")[:_MOST], landscape.of_kind("task")[:_MOST], k):
        method, task = (landscape.concepts[column].name for column in (gap.left, gap.right))
        idea = build_idea(
            landscape,
            move,
            (gap.left, gap.right),
            f"Use {method} for {task}.",
            apart(landscape, gap.left, gap.right),
            support=gap.chance,
            task=gap.right,
        )
        found.append(idea)
    return found


def complement(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Two methods that are both used on one task, and that no paper joins: each may mend what the other lacks."""
    says = "Join {one} and {other} on {task}: what the one lacks the other may have."
    why = "{ones} here use {one} there, {others:,} {other}, and no paper speaks of both methods."
    return _on_one_task(move, landscape, landscape.of_kind("method")[:_MOST], says, why, k)


def unify(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Two tasks that the same methods are used for, and that no paper treats together."""
    tasks = landscape.of_kind("task")[:_MOST]
    found: list[Idea] = []
    for gap in open_gaps(landscape, tasks, tasks, 3 * k):
        both = met_by_both(landscape, gap.left, gap.right, kind="method", least=_USED)
        if len(found) == k or len(both) < _SHARED:
            continue
        one, other = (landscape.concepts[column].name for column in (gap.left, gap.right))
        used = listed([landscape.concepts[column].name for column in both[:_SHARED]])
        idea = build_idea(
            landscape,
            move,
            (gap.left, gap.right),
            f"One model for {one} and {other}, which are treated apart.",
            f"Papers on both use {used}; none speaks of both tasks.",
            support=gap.chance,
            task=gap.left,
        )
        found.append(idea)
    return found


def merge_data(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Two data sets of one task that no paper uses together: put together, they may be more than either."""
    sets = [column for column in landscape.of_kind("dataset", titles=0) if is_named(landscape, column)][:_MOST]
    says = "Bring {one} and {other} under one set of labels for {task}."
    why = "{ones} here use {one} for it, {others:,} {other}, and none both."
    return _on_one_task(move, landscape, sets, says, why, k)


def _on_one_task(move: Move, landscape: Landscape, columns: list[int], says: str, why: str, k: int) -> list[Idea]:
    """Pairs of `columns` that have not met, each on the task that has met both; `says` and `why` are filled with their names."""
    found: list[Idea] = []
    for gap in open_gaps(landscape, columns, columns, 3 * k):
        if len(found) < k and (task := common_task(landscape, gap)) is not None:
            one, other, where = (landscape.concepts[column].name for column in (gap.left, gap.right, task))
            ones, others = counted(landscape.met(gap.left, task)), landscape.met(gap.right, task)
            idea = build_idea(
                landscape,
                move,
                (gap.left, gap.right, task),
                says.format(one=one, other=other, task=where),
                why.format(one=one, other=other, ones=ones, others=others),
                support=gap.chance,
                task=task,
            )
            found.append(idea)
    return found


def is_named(landscape: Landscape, column: int) -> bool:
    """Whether a data set has a name of its own: `Cityscapes`, not `large-scale benchmark`."""
    one = landscape.concepts[column]
    return one.curated or (any(c.isupper() for c in one.name) and not one.name.split()[-1].islower())


def common_task(landscape: Landscape, gap: Gap) -> int | None:
    """The task that has met both most tellingly; None where none has but those that are a part of either name."""
    for column in met_by_both(landscape, gap.left, gap.right, kind="task", least=_USED):
        if not is_part(landscape, column, gap.left) and not is_part(landscape, column, gap.right):
            return column
    return None
