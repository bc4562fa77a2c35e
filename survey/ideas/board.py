"""Ideas as they are shown: by state, the more promising first, narrowed by strategy, move and words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corpus.ideas import STATES, Idea, KeptIdea, State
from corpus.models import clean_line


def build_board(
    kept: Iterable[KeptIdea], *, strategy: str | None = None, move: str | None = None, text: str = ""
) -> dict[State, list[KeptIdea]]:
    """Every state -> its ideas, ranked, of this strategy and move (all, if None) that have all words of `text` somewhere."""
    wanted = clean_line(text).casefold().split()
    found = [
        one
        for one in kept
        if strategy in (None, one.idea.strategy)
        and move in (None, one.idea.move)
        and all(word in _words(one) for word in wanted)
    ]
    return {state: rank([one for one in found if one.state == state]) for state in STATES}


def rank(kept: Sequence[KeptIdea]) -> list[KeptIdea]:
    """What people rated high comes first; then what nobody rated, in turns: the best of every move, the second best of every move.

    Moves are not compared, for the support of one says nothing beside that of another. What a paper does already comes last
    of all, whatever its rating. Equal ones stand in order of their keys.
    """
    turns: dict[str, int] = {}
    places = {}
    for one in sorted(kept, key=lambda one: (one.idea.exists, -worth(one.idea), one.idea.key)):
        places[one.idea.key] = turns[one.idea.move] = turns.get(one.idea.move, -1) + 1
    return sorted(
        kept,
        key=lambda one: (
            one.idea.exists,
            -(one.rating or 0),
            places[one.idea.key],
            -worth(one.idea),
            one.idea.key,
        ),
    )


def worth(idea: Idea) -> float:
    """Support times novelty, 0..1: an idea is worth trying if it is likely to work out and nobody did it. What is not known of the
    two counts as a half.
    """
    support = 0.5 if idea.support is None else idea.support
    return support * (0.5 if idea.novelty is None else idea.novelty)


def move_name(key: str) -> str:
    """A move's key in words.

    >>> move_name("weak-spot")
    'Weak spot'
    """
    return key.replace("-", " ").capitalize()


def _words(one: KeptIdea) -> str:
    idea = one.idea
    parts = (idea.statement, idea.why, idea.key, *idea.names, *idea.concepts, *one.tags, *(n.text for n in one.notes))
    return " ".join(parts).casefold()
