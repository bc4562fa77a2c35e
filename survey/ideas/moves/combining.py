"""Moves that put two things of one kind together: methods on a task, tasks in a model, data sets; and what comes next by itself."""

from __future__ import annotations

import numpy as np

from corpus.ideas import Idea
from survey.ideas.crossing import Gap, is_part, open_gaps
from survey.ideas.landscape import Landscape
from survey.ideas.moves.crossing import apart
from survey.ideas.moves.table import Move
from survey.ideas.telling import build_idea, counted, listed

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
            move.key,
            (gap.left, gap.right),
            f"Use {method} for {task}.",
            apart(landscape, gap.left, gap.right),
            strategy=move.strategy,
            cost=move.cost,
            support=gap.chance,
            task=gap.right,
        )
        found.append(idea)
    return found


def complement(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Two methods that are both used on one task, and that no paper joins: each may mend what the other lacks."""
    methods = landscape.of_kind("method")[:_MOST]
    found = []
    for gap in open_gaps(landscape, methods, methods, 3 * k):
        task = common(landscape, gap, "task")
        if task is None:
            continue
        one, other, where = (landscape.concepts[column].name for column in (gap.left, gap.right, task))
        ones, others = landscape.met(gap.left, task), landscape.met(gap.right, task)
        idea = build_idea(
            landscape,
            move.key,
            (gap.left, gap.right, task),
            f"Join {one} and {other} on {where}: what the one lacks the other may have.",
            f"{counted(ones)} here use {one} there, {others:,} {other}, and no paper speaks of both methods.",
            strategy=move.strategy,
            cost="plug-in",
            support=gap.chance,
            task=task,
        )
        found.append(idea)
    return found[:k]


def unify(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Two tasks that the same methods are used for, and that no paper treats together."""
    tasks = landscape.of_kind("task")[:_MOST]
    found = []
    for gap in open_gaps(landscape, tasks, tasks, 3 * k):
        both = met_by_both(landscape, gap, "method")
        if len(both) < _SHARED:
            continue
        one, other = (landscape.concepts[column].name for column in (gap.left, gap.right))
        used = listed([landscape.concepts[column].name for column in both[:_SHARED]])
        idea = build_idea(
            landscape,
            move.key,
            (gap.left, gap.right),
            f"One model for {one} and {other}, which are treated apart.",
            f"Papers on both use {used}; none speaks of both tasks.",
            strategy=move.strategy,
            cost=move.cost,
            support=gap.chance,
            task=gap.left,
        )
        found.append(idea)
    return found[:k]


def merge_data(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Two data sets of one task that no paper uses together: put together, they may be more than either."""
    sets = [column for column in landscape.of_kind("dataset", titles=0) if is_named(landscape, column)][:_MOST]
    found = []
    for gap in open_gaps(landscape, sets, sets, 3 * k):
        task = common(landscape, gap, "task")
        if task is None:
            continue
        one, other, where = (landscape.concepts[column].name for column in (gap.left, gap.right, task))
        idea = build_idea(
            landscape,
            move.key,
            (gap.left, gap.right, task),
            f"Bring {one} and {other} under one set of labels for {where}.",
            f"{counted(landscape.met(gap.left, task))} here use {one} for it, {landscape.met(gap.right, task):,} {other}, and none"
            " both.",
            strategy=move.strategy,
            cost=move.cost,
            support=gap.chance,
            task=task,
        )
        found.append(idea)
    return found[:k]


def is_named(landscape: Landscape, column: int) -> bool:
    """Whether a data set has a name of its own: `Cityscapes`, not `large-scale benchmark`."""
    one = landscape.concepts[column]
    return one.curated or (any(c.isupper() for c in one.name) and not one.name.split()[-1].islower())


def common(landscape: Landscape, gap: Gap, kind: str) -> int | None:
    """The concept of a kind that has met both most tellingly; None where none has, or where it is a part of either name."""
    both = [
        column
        for column in met_by_both(landscape, gap, kind)
        if not is_part(landscape, column, gap.left) and not is_part(landscape, column, gap.right)
    ]
    return both[0] if both else None


def met_by_both(landscape: Landscape, gap: Gap, kind: str) -> list[int]:
    """The concepts of a kind that `_USED` papers join with either, the most telling first: many papers for their number."""
    rows = landscape.past.together[[gap.left, gap.right]].toarray()
    least = np.minimum(rows[0], rows[1])
    least[(np.asarray(landscape.past.kinds) != kind) | (least < _USED) | landscape.broad] = 0
    scores = least / np.sqrt(np.maximum(landscape.past.papers, 1))
    order = np.argsort(-scores, kind="stable")
    return [int(column) for column in order[: np.count_nonzero(scores)]]
