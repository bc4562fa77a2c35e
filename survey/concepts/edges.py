"""What a paper does with a concept: read from the words before and behind its mentions.

From a mention one goes back word by word to the one that governs it: a verb or a preposition. Words of the same noun phrase
are passed over, commas and `and` too, since a verb may govern a list; the sentence is never left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from corpus.models import ConceptKind, EdgeKind
from survey.concepts import words as lists
from survey.concepts.grams import named
from survey.concepts.text import BORDER, COLON, COMMA, JOIN, OPEN, SPACE, Words

EDGES: tuple[EdgeKind, ...] = ("introduces", "uses", "addresses", "evaluates_on", "improves", "combines")
# The edge where no word says more, and how sure it is.
DEFAULTS: dict[ConceptKind, tuple[EdgeKind, float]] = {
    "method": ("uses", 0.5),
    "task": ("addresses", 0.6),
    "dataset": ("evaluates_on", 0.6),
}
# A title that begins `X:` introduces X, or another X than the one that is known.
TITLED = 1.0
# In a title it is what the paper is about.
IN_TITLE = 0.2
# So many words one goes back at most.
_FAR = 12

# Roles of words. NOTHING is a word of a noun phrase.
NOTHING, WALL, THROUGH, ARTICLE, PROPOSES, NAMES, IMPROVES, COMBINES, USES = range(9)
TRAINS, EVALUATES, AIMS, WITH, THAN, OVER, OF, AND, GAINS = range(9, 18)
_ROLES = (
    (WALL, lists.BREAKS),
    (THROUGH, lists.THROUGH | lists.OF_A_KIND),
    (GAINS, lists.GAINS),
    (AIMS, lists.AIMS),
    (EVALUATES, lists.EVALUATES),
    (USES, lists.USES),
    (TRAINS, lists.TRAINS),
    (WITH, lists.WITH),
    (IMPROVES, lists.IMPROVES),
    (COMBINES, lists.COMBINES),
    (PROPOSES, lists.PROPOSES),
    (NAMES, lists.NAMES),
    (THAN, {"than"}),
    (OVER, {"over", "to", "against"}),
    (OF, {"of"}),
    (AND, {"and", "or"}),
    (ARTICLE, {"a", "an", "novel", "new"}),
)


# What a governing word makes of a concept of each kind; what is not here is the default.
_MEANT: dict[tuple[ConceptKind, int], tuple[EdgeKind, float]] = {
    ("method", USES): ("uses", 0.75),
    ("method", TRAINS): ("uses", 0.7),
    ("method", IMPROVES): ("improves", 0.75),
    ("method", THAN): ("improves", 0.65),
    ("method", COMBINES): ("combines", 0.75),
    ("task", AIMS): ("addresses", 0.8),
    ("task", EVALUATES): ("addresses", 0.75),
    ("dataset", EVALUATES): ("evaluates_on", 0.85),
    ("dataset", USES): ("uses", 0.55),
    ("dataset", TRAINS): ("uses", 0.7),
}


class Cue(NamedTuple):
    """The role of the word that governs a mention; whether no other word of the noun phrase stands between (`close`), and
    whether an article says that it is one of many (`one_of_many`)."""

    role: int
    close: bool
    one_of_many: bool


class Reader:
    """Reads the edges of mentions, given by their tokens."""

    def __init__(self, words: Words) -> None:
        role = np.zeros(len(words.names), dtype=np.uint8)
        for code, known in _ROLES:
            for word in known:
                if (number := words.number.get(word)) is not None:
                    role[number] = code
        # Bytes are read one by one much faster than arrays.
        self._roles = role[words.word].tobytes()
        self._gaps = words.gap.tobytes()
        self._fields = words.field
        self._names = named(words)[words.word].tobytes()
        self._words = words

    def edge(self, kind: ConceptKind, at: int, length: int) -> tuple[EdgeKind, float]:
        """The edge to a concept of this kind that stands at token `at`, and how sure it is (0..1)."""
        end = at + length
        in_title = self._fields[at] % 2 == 0
        cue = self.cue(at)
        edge, sure = _MEANT.get((kind, cue.role), DEFAULTS[kind])
        goes_on = self._gaps[end] <= JOIN
        if kind == "method" and goes_on and self._roles[end] == COMBINES:  # X combined with Y, X meets Y
            edge, sure = "combines", 0.75
        elif kind != "task" and any(self._names[at:end]):
            titled = in_title and self._gaps[at] == BORDER and self._gaps[end] == COLON
            ours = cue.role in (PROPOSES, NAMES) and cue.close and not cue.one_of_many
            part = goes_on and (self._roles[end] == NOTHING or self._gaps[end] == JOIN)  # LoRA ensembles, CLIP-based
            if titled:
                return "introduces", TITLED
            if ours and not part and not self._is_followed_by_plus(at, length):
                edge, sure = "introduces", 0.85
        return edge, min(1.0, sure + IN_TITLE) if in_title else sure

    def cue(self, at: int) -> Cue:
        """What governs the mention that begins at token `at`."""
        roles, gaps = self._roles, self._gaps
        listed = linked = hung = one_of_many = False
        close = True
        here = at
        for step in range(_FAR):
            gap = gaps[here]
            if gap > COMMA and not (gap == OPEN and step == 0):
                break
            listed = listed or gap == COMMA
            here -= 1
            role = roles[here]
            if role == NOTHING:
                close = False
            elif role == ARTICLE:
                one_of_many = one_of_many or not listed
            elif role == THROUGH:
                pass
            elif role == AND:
                listed = True
            elif role in (OF, OVER):
                hung = True
            elif role == GAINS:
                if hung:  # an improvement over X
                    return Cue(IMPROVES, close, one_of_many)
                close = False
            elif role == WITH and not linked:
                linked, listed = True, False
            elif role == COMBINES:
                return Cue(COMBINES, close, one_of_many)
            elif role in (WALL, WITH):
                break
            elif role in (PROPOSES, NAMES):
                # "Propose an extension of X" and "propose Y, a kind of X" propose no X.
                if linked or hung or listed:
                    break
                return Cue(role, close, one_of_many)
            elif linked:
                break
            elif role == EVALUATES and roles[here - 1] == TRAINS:  # trained on X
                return Cue(TRAINS, close, one_of_many)
            else:
                return Cue(role, close, one_of_many)
        return Cue(USES if linked else WALL, close, one_of_many)

    def is_meant(self, at: int, length: int) -> bool:
        """Whether the words are the concept: no verb ("thereby boosting the accuracy"), no interest ("attracted attention"), and
        nothing that the paper does without ("no fine-tuning")."""
        names, word = self._words.names, self._words.word
        before = names[word[at - 1]] if at and self._gaps[at] == SPACE else ""
        if before in lists.DENIES:
            return False
        if length > 1:
            return True
        if names[word[at]] == "attention":
            return before not in lists.ATTRACTS
        if names[word[at]].endswith("ing") and self._gaps[at + 1] == SPACE:
            return self._roles[at + 1] != ARTICLE and names[word[at + 1]] not in lists.OWNERS
        return True

    def _is_followed_by_plus(self, at: int, length: int) -> bool:
        """LoRA+ is not LoRA."""
        text = self._words.fields[self._fields[at]]
        stop = int(self._words.stop[at + length - 1])
        return text[stop : stop + 1] in ("+", "*", "-")
