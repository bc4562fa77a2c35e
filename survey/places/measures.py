"""What a paper's words say, as numbers: what the head of the classifier reads beside the vector."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from survey.places.cues import STRONG, Found
from survey.strategies import STRATEGIES, directions

Numbers = NDArray[np.float64]

_ORDER = {key: number for number, key in enumerate(STRATEGIES)}
_EVALUATION = _ORDER["evaluation"]
# Turns of phrase in abstracts that no list of words holds: parts of a pattern, each looked for only where one of its words stands,
# since most abstracts have none.
_TURNS = tuple(
    tuple((tuple(words.split("|")), re.compile(pattern)) for words, pattern in parts)
    for parts in (
        (  # efficient: little is trained, or less is spent
            (
                "parameters|%|percent",
                r"\b(?:only|just|less than|fewer than|merely|as few as|about)\b(?:[^.]|\.\d){0,25}(?:parameters|%|percent)",
            ),
            ("frozen|freez|quadratic", r"frozen|freez|quadratic"),
            (
                "reduc|sav|cut|lower",
                r"\b(?:reduc|sav|cut|lower)\w*\b[^.]{0,40}\b(?:memory|parameters|latency|comput|inference|storage)",
            ),
        ),
        (  # existing: a pretrained model is put to use
            (
                "llm|language model|clip|vision-language|foundation model|pretrained|pre-trained|gpt|diffusion|multimodal|vlm",
                r"\b(?:use|using|uses|leverag|exploit|harness|adapt|employ|build\w* on|powered by|prompt|integrat|capabilit\w+ of"
                r"|abilit\w+ of)[^.]{0,55}\b(?:llm|language model|clip|vision-language|foundation model|pre-?trained|gpt"
                r"|diffusion model|multimodal large|vlm)",
            ),
        ),
        (  # plug-and-play: a part is proposed
            (
                "module|loss|regulari|augment|layer|normali|distillation|objective|plug",
                r"we (?:propose|introduce|present|design|devise|develop)\b[^.]{0,80}"
                r"\b(?:module|loss|regulari[sz]|augment|layer|normali[sz]ation|distillation|objective|plug)",
            ),
        ),
        (  # evaluation: data or a measure is made
            (
                "dataset|data set|benchmark|corpus|corpora|testbed|test bed|test suite|leaderboard|evaluation|database|simulator",
                r"\b(?:we|paper|work|article|study)\b[^.]{0,40}\b(?:introduc|present|releas|construct|build|built|creat|collect"
                r"|contribut|curat|develop|propos|annotat)\w*\b[^.]{0,80}\b(?:data ?sets?|benchmarks?|corpus|corpora|test ?bed"
                r"|test suite|leaderboard|evaluation (?:suite|framework|protocol|metric)s?|database|simulator)\b",
            ),
        ),
        (  # evaluation: it is described
            (
                "dataset|data set|benchmark|corpus",
                r"\b(?:first|new|novel|large-scale)\b[^.,]{0,40}\b(?:data ?set|benchmark|corpus)\b",
            ),
            (
                "dataset|data set|benchmark|corpus",
                r"\b(?:data ?set|benchmark|corpus) (?:that )?(?:named|called|of|consist|contain|compris|with \d|includ|has|for)",
            ),
            ("consist", r"consist(?:s|ing) of (?:over |more than |about )?\d"),
        ),
        (  # evaluation: a survey
            (
                "survey|review|overview|tutorial",
                r"\b(?:this|our|the present) (?:survey|review|overview|tutorial)|systematic review|literature review"
                r"|\bwe (?:also |then )?(?:survey|review)\b"
                r"|this (?:paper|article|work) (?:surveys|reviews|provides an overview|gives an overview)",
            ),
            ("taxonomy", "taxonomy"),
        ),
        (  # evaluation: a study
            (
                "we ",
                r"we (?:also |systematically |empirically |first )?(?:evaluate|compare|examine|analy[sz]e|investigate|study|assess"
                r"|probe|benchmark|quantify|measure|find that|found that|observe that)\b",
            ),
            (
                "this ",
                r"this (?:paper|work|study|article) (?:investigates|examines|evaluates|compares|analy[sz]es|studies|explores"
                r"|quantifies|measures)",
            ),
            ("case study", "case study"),
            ("empirical", r"empirical(?:ly)? (?:study|compar|investigat|analys|evaluat)"),
            ("comparative", r"comparative (?:study|analysis)"),
            ("results|findings|analysis", r"(?:results|findings|analysis) (?:reveal|show|suggest|indicate)"),
        ),
    )
)
# Of each strategy: the heaviest cue of the title, all of them, cues where the paper says what it does, cues and hints of the
# abstract; then the turns of phrase; each other strategy's title beside that of evaluation; and whether there is no abstract.
COUNT = 5 * len(STRATEGIES) + len(_TURNS) + len(STRATEGIES)
# Of each direction: cues of the title, cues where the paper says what it does, cues and hints of the abstract.
PER_DIRECTION = 4


def measure(found: Sequence[Found], abstract: str) -> tuple[Numbers, dict[str, Numbers]]:
    """Numbers of the paper (COUNT,), and of each direction that it has a cue for (PER_DIRECTION,)."""
    known = directions()
    heaviest, title, lead, cues, hints = np.zeros((5, len(STRATEGIES)))
    each: dict[str, Numbers] = {}
    for one in found:
        row, weight = _ORDER[known[one.cue.direction].strategy], one.cue.weight
        own = each.setdefault(one.cue.direction, np.zeros(PER_DIRECTION))
        if one.title:
            heaviest[row] = max(heaviest[row], weight)
            title[row] += weight
            own[0] += weight
        if one.lead:
            lead[row] += weight
            own[1] += weight
        if one.abstract and weight == STRONG:
            cues[row] += 1
            own[2] += 1
        elif one.abstract:
            hints[row] += 1
            own[3] += 1
    others = [row for row in range(len(STRATEGIES)) if row != _EVALUATION]
    numbers = [
        heaviest,
        np.minimum(title, 3) / 2,
        np.minimum(lead, 2) / 2,
        np.minimum(cues, 4) / 2,
        np.minimum(hints, 4) / 2,
        _turns(abstract.lower()),
        heaviest[others] * heaviest[_EVALUATION],
        np.array([0.0 if abstract else 1.0]),
    ]
    return np.concatenate(numbers), {key: np.minimum(own, 2) for key, own in each.items()}


def _turns(abstract: str) -> Numbers:
    """How often each turn of phrase is used, at most twice, halved."""
    counts = [
        sum(len(pattern.findall(abstract)) for words, pattern in parts if any(word in abstract for word in words))
        for parts in _TURNS
    ]
    return np.minimum(counts, 2) / 2
