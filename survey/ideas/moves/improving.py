"""Moves that start from what is known to be good: the weak spot of a much-cited paper, and a learning process with one teacher."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from corpus.ideas import Evidence, Idea
from corpus.models import Paper
from survey.ideas.crossing import open_gaps
from survey.ideas.landscape import Landscape
from survey.ideas.move import Move
from survey.ideas.telling import AGAINST, build_idea, counted, quoted, speaking_for
from survey.sentences import split_sentences

# Papers whose citing papers are read, the most cited first; and how many of these, the newest first.
_MUCH_CITED, _CITING = 300, 40
# Citing papers that must name the same limitation.
_NAMING = 2
# Aspect -> the words that name it in a sentence on a limitation; and what to do about it.
ASPECTS = {
    "memory": (r"\bmemory (?:cost|footprint|consumption|usage|overhead|intensive|requirements?)", "with less memory"),
    "cost": (r"\bcomput\w+ (?:cost|expens\w+|overhead|burden|demands?)|\bcostly|\bexpensive|\bslow\b|\blatency", "at lower cost"),
    "labels": (r"\blabel\w*|\bannotat\w+", "with fewer labels"),
    "generalization": (r"\bgenerali[sz]\w+|\bunseen|\bout-of-distribution|\bdomain (?:shift|gap)s?", "on unseen data"),
    "robustness": (r"\brobust\w*|\bnois[ey]\w*|\badversarial\w*|\bperturbations?", "under noise and attack"),
    "few examples": (r"\bfew-shot|\blow-resource|\bdata scarcity|\bsmall data|\boverfit\w*", "from few examples"),
    "forgetting": (r"\bforget\w*", "without forgetting"),
    "interpretability": (r"\binterpretab\w+|\bblack[- ]box|\bexplainab\w+", "in a way that can be understood"),
    "long inputs": (r"\blong(?:er)?[- ](?:sequences?|range|context|documents?|inputs?|videos?)|\bquadratic", "on long inputs"),
    "small details": (r"\bfine-grained|\bsmall objects?|\blocal (?:details?|features?|information)", "on small details"),
    "bias": (r"\bbias(?:es|ed)?\b|\bunfair\w*|\bstereotyp\w+", "without its bias"),
    "made-up content": (r"\bhallucinat\w+|\bfactual\w*|\bunfaithful\w*", "without making things up"),
    "stability": (r"\bunstable|\binstabilit\w+|\bsensitive to|\bhyper-?parameters?", "without fragile training"),
}  # fmt: skip


def weak_spot(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Much-cited papers whose citing papers name the same limitation, beside the name of a method that the paper is about."""
    cites = landscape.past.cites.tocsc()
    cited = landscape.past.cited
    order = np.lexsort((np.arange(len(cited)), -cited))[:_MUCH_CITED]
    found: dict[int, tuple[int, Idea]] = {}
    for row in order[cited[order] >= _NAMING].tolist():
        method = _own_method(landscape, row)
        if method is None or (landscape.focus is not None and not landscape.focus[method]):
            continue
        citing = cites[:, [row]].nonzero()[0]
        newest = citing[np.lexsort((citing, -landscape.past.years[citing]))][:_CITING]
        named = _complaints(landscape, newest.tolist(), method)
        if not named:
            continue
        aspect = max(named, key=lambda one: (len(named[one]), one))
        if len(named[aspect]) >= max(_NAMING, found.get(method, (0,))[0] + 1):
            found[method] = len(named[aspect]), _tell(move, landscape, row, method, aspect, named[aspect])
    best = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].key))
    return [idea for _, idea in best[:k]]


def _own_method(landscape: Landscape, row: int) -> int | None:
    """The method in the title of a paper that the fewest others speak of: its own."""
    columns = landscape.past.titled[[row]].nonzero()[1]
    methods = [column for column in columns.tolist() if landscape.concepts[column].kind == "method"]
    return min(methods, key=lambda column: (landscape.past.papers[column], column), default=None)


def _complaints(landscape: Landscape, citing: list[int], method: int) -> dict[str, list[Evidence]]:
    """Aspect -> a sentence of each citing paper that names the method, a limitation and that aspect."""
    one = landscape.concepts[method]
    called = re.compile("|".join(rf"\b{re.escape(form)}" for form in (one.name, *one.forms)), re.IGNORECASE)
    named: dict[str, list[Evidence]] = defaultdict(list)
    for row in citing:
        paper = landscape.paper(row)
        for sentence in _sentences(paper):
            if called.search(sentence) and AGAINST.search(sentence):
                said = called.sub(" ", sentence)  # few-shot learning is not blamed for few examples by its name
                for aspect, (words, _) in ASPECTS.items():
                    if re.search(words, said, re.IGNORECASE) and all(e.paper != paper.name for e in named[aspect]):
                        named[aspect].append(_said(paper, sentence, one.key))
    return {aspect: said for aspect, said in named.items() if said}


def _sentences(paper: Paper) -> Iterator[str]:
    text = paper.abstract or ""
    for start, end in split_sentences(text):
        yield text[start:end]


def _said(paper: Paper, sentence: str, concept: str) -> Evidence:
    return Evidence(paper=paper.name, title=paper.title, year=paper.year, concept=concept, words=sentence[:300])


def _tell(move: Move, landscape: Landscape, row: int, method: int, aspect: str, said: list[Evidence]) -> Idea:
    name, paper = landscape.concepts[method].name, landscape.paper(row)
    task = next(
        (c for c in landscape.past.holds[[row]].nonzero()[1].tolist() if landscape.concepts[c].kind == "task"), None
    )
    return build_idea(
        landscape,
        move,
        (method,),
        f"Make {name} work {ASPECTS[aspect][1]}.",
        f"{counted(len(said))} that cite {paper.title!r} name the same limitation ({aspect}).",
        task=task,
        evidence=[*said[:4], quoted(landscape, row, method)],
    )


def several_teachers(move: Move, landscape: Landscape, *, k: int) -> list[Idea]:
    """Tasks that have met a learning process with one teacher and several data sets, and nothing with several teachers."""
    one = landscape.columns(
        r"(?:knowledge |self-)?distillation|teacher-student \w+|mean teacher|teacher models?", kinds=("method",)
    )
    several = landscape.columns(
        r"multi-teacher\w*(?: \w+)*|multiple teachers?|ensemble distillation|teacher selection", kinds=("method",)
    )
    together = landscape.past.together
    tasks = []
    for task in landscape.of_kind("task"):
        met = together[[task]].toarray().ravel()
        sets = np.count_nonzero((met > 0) & (np.asarray(landscape.past.kinds) == "dataset"))
        if met[one].sum() >= 2 and sets >= 2 and not met[several].any():
            tasks.append(task)
    lefts = several or one[:1]
    gaps: dict[int, tuple[int, float | None]] = {}
    for gap in open_gaps(landscape, several, tasks, 2 * k, least=1):
        gaps.setdefault(gap.right, (gap.left, gap.chance))
    # Few works have several teachers, and each comes twice only: the rest of the tasks goes without a chance.
    for task in tasks if lefts else []:
        gaps.setdefault(task, (lefts[0], None))
    return [_teach(move, landscape, left, task, chance, one) for task, (left, chance) in list(gaps.items())[:k]]


def _teach(move: Move, landscape: Landscape, left: int, task: int, chance: float | None, one: list[int]) -> Idea:
    where = landscape.concepts[task].name
    teacher = max(one, key=lambda column: (landscape.met(column, task), -column))
    rows = landscape.rows(teacher, also=task)
    return build_idea(
        landscape,
        move,
        (left, task),
        f"Learn {where} from several teachers, weighted by what each knows, instead of one.",
        f"{counted(len(rows))} here distil for {where} ({landscape.concepts[teacher].name}); none has several teachers.",
        support=chance,
        task=task,
        evidence=speaking_for(landscape, teacher, among=rows.tolist(), count=1),
    )
