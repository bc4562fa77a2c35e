"""What people might ask, made of titles and sentences of abstracts: questions and key phrases for training; pure."""

from __future__ import annotations

import random
import re

# Ways to ask for papers about {x}; those of _WHO go on with what the papers do.
_ASK = (
    "Which papers {about} {x}?",
    "What works {about} {x}?",
    "Which studies {about} {x}?",
    "What research has been done on {x}?",
    "Are there any studies on {x}?",
    "Could you name some works about {x}?",
    "Can you recommend papers on {x}?",
    "Any works about {x}?",
    "papers on {x}",
    "I am looking for research on {x}.",
)
_ABOUT = ("study", "discuss", "propose", "explore", "focus on", "use", "address")
_WHO = ("Which papers", "What works", "Which studies", "What research papers", "Are there papers that")
# "We propose ...", "This paper presents ...": the verb and what follows say what a work does.
_OPENING = re.compile(
    r"^(?:in (?:this|the present) (?:paper|work|study|article|letter|report),?\s+)?"
    r"(?:we|this (?:paper|work|study|article)|our (?:work|paper))\s+"
    r"(?:(?:also|further|first|then|therefore|thus|hence|here)\s+)?"
    r"(propose|present|introduce|develop|study|investigate|explore|describe|address|consider|design|show|demonstrate|"
    r"analyse|analyze|examine|provide|use|suggest|extend|formulate|build|prove|find|observe|argue|apply|evaluate|compare)s?\s+",
    re.IGNORECASE,
)
# "However, ...", "To this end, ...": glue to the sentence before.
_GLUE = re.compile(
    r"^(?:however|moreover|furthermore|additionally|in addition|in particular|specifically|finally|besides|to this end|thus|"
    r"hence|therefore|recently|meanwhile|consequently|as a result|to address [^,]{0,60}|in contrast),\s+",
    re.IGNORECASE,
)
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")
# The name of a method before the colon of a title.
_NAME = re.compile(r"^[^\s:]{1,24}(?:\s[^\s:]{1,16})?:\s+(?=\S+\s+\S)")
# Words of a sentence that a question keeps: judged queries have 8 to 20.
_SHORT, _LONG = 7, 22


def sentences(abstract: str) -> tuple[str, ...]:
    """The sentences of an abstract that say something: of 5 to 60 words.

    >>> sentences("We freeze all layers of it. Good. It is fast on small machines, e.g. phones.")
    ('We freeze all layers of it.', 'It is fast on small machines, e.g. phones.')
    """
    return tuple(one for one in _END.split(" ".join(abstract.split())) if 5 <= len(one.split()) <= 60)


def subject(title: str) -> str:
    """A title without the name before its colon, which people who look for the paper do not know.

    >>> subject("LoRA: Low-Rank Adaptation of Large Language Models")
    'Low-Rank Adaptation of Large Language Models'
    """
    return _NAME.sub("", title.strip()).rstrip(".?! ")


def statement(sentence: str) -> tuple[str | None, str]:
    """What a sentence says its work does: the verb (None where it names none), and the rest.

    >>> statement("In this paper, we propose a layer that mixes tokens.")
    ('propose', 'a layer that mixes tokens')
    """
    text = _GLUE.sub("", sentence.strip())
    opening = _OPENING.match(text)
    rest = (text[opening.end() :] if opening else text).rstrip(".?! ")
    return (opening[1].lower() if opening else None), rest


def question_of_title(title: str, dice: random.Random, plain: float = 0.3) -> str:
    """The title as somebody might ask for it; of the share `plain` without the words of a question."""
    if dice.random() < plain:
        return title if dice.random() < 0.5 else subject(title)
    return _question(None, subject(title), dice)


def question_of_sentence(sentence: str, dice: random.Random, plain: float = 0.3) -> str:
    """The sentence as somebody might ask for it: mostly a part of it, and of the share `plain` without a question's words."""
    if dice.random() < plain:
        return sentence if dice.random() < 0.5 else statement(sentence)[1]
    verb, rest = statement(sentence)
    words = rest.split()
    if len(words) > _SHORT:
        keep = dice.randint(_SHORT, min(len(words), _LONG))
        start = 0 if dice.random() < 0.6 else dice.randint(0, len(words) - keep)
        rest = " ".join(words[start : start + keep]).strip(",;: ")
    return _question(verb, rest, dice)


def _question(verb: str | None, x: str, dice: random.Random) -> str:
    if verb:
        return f"{dice.choice(_WHO)} {verb} {x}?"
    return dice.choice(_ASK).format(x=x, about=dice.choice(_ABOUT))
