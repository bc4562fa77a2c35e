"""What the library knows beside the papers' texts: what they speak of, and what none of its papers does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpus.concepts import concepts, mentions
from corpus.ideas import kept_ideas
from corpus.library import Library
from survey.draft.material import Gap, Spoken
from survey.draft.wording import wording_of
from survey.ideas.mapping import build_map
from survey.outline.chinese import both_languages
from survey.terms import words_of

# Ideas are looked at on a grid of so many methods and tasks; a gap is told where so many papers of the draft would be expected in
# it if methods and tasks were mixed by chance: with two, none at all comes by chance once in seven times (exp -2).
METHODS, TASKS, EXPECTED = 15, 12, 2.0
# Gaps of a draft; of one method or task, one: ten gaps of one method are one gap.
GAPS = 4
# So many papers of the draft speak of its subjects, where these stand in no title.
SUBJECT = 8
# Papers that stand for either side of a gap.
SIDES = 2


def load_spoken(library: Library, keys: Sequence[int]) -> dict[str, list[Spoken]]:
    """Paper id -> what it does with methods, tasks and data sets, the surest first; nothing for a library without concepts."""
    known = concepts(library)
    names = dict(zip(keys, library.names_of(keys), strict=True))
    found: dict[str, list[Spoken]] = {}
    for one in mentions(library, keys):
        concept = known[one.concept]
        said = Spoken.model_construct(
            concept=one.concept,
            name=concept.name,
            kind=concept.kind,
            edge=one.edge,
            weight=one.weight,
            source=one.field,
            start=one.start,
            stop=one.stop,
        )
        found.setdefault(names[one.paper], []).append(said)
    return found


def find_gaps(library: Library, keys: Sequence[int], spoken: Mapping[str, Sequence[Spoken]], topic: str) -> list[Gap]:
    """What no paper of the library does: ideas that somebody keeps and that rest on papers of the draft, then methods and tasks
    of the draft that no paper has both of, the most surprising first.
    """
    return [*_kept(library, spoken, topic), *_map(library, keys, spoken, topic)][:GAPS]


def _map(library: Library, keys: Sequence[int], spoken: Mapping[str, Sequence[Spoken]], topic: str) -> list[Gap]:
    found: list[Gap] = []
    used: set[str] = set()
    map_ = build_map(library, keys, methods=METHODS, tasks=TASKS)
    axes = {axis.key: axis for axis in (*map_.rows, *map_.columns)}
    about = words_of(both_languages(topic))
    for gap in sorted(map_.gaps, key=lambda one: (-one.expected, one.method, one.task)):
        method, task = axes[gap.method], axes[gap.task]
        if gap.where != "library" or gap.expected < EXPECTED or {gap.method, gap.task} & used:
            continue
        words = words_of(method.name), words_of(task.name)
        # A thing and its part, and words of the topic, are met everywhere without both being named.
        if words[0] <= words[1] or words[1] <= words[0] or any(one < about for one in words) or words[1] == about:
            continue
        sides = [_speakers(spoken, key) for key in (gap.method, gap.task)]
        # What few papers of the draft speak of, and none in its title, is a circumstance and not a subject of theirs.
        if any(
            side[0][1].source != "title" and axis.papers < SUBJECT
            for side, axis in zip(sides, (method, task), strict=True)
        ):
            continue
        if _meet(library, (gap.method, gap.task), words[0] | words[1]):
            continue
        used |= {gap.method, gap.task}
        language = wording_of(topic)
        text = language.gap.format(
            method=language.named(method.name),
            methods=language.papers(method.anywhere),
            task=language.named(task.name),
            tasks=language.papers(task.anywhere),
        )
        found.append(Gap(text=text, evidence=tuple(pair for side in sides for pair in side)))
    return found


def _meet(library: Library, concepts: tuple[str, str], words: frozenset[str]) -> bool:
    """Whether a paper that speaks of either has the words of both in its text, though not as the library knows these two."""
    query = "SELECT DISTINCT m.pid FROM mentions m JOIN concepts c USING (cid) WHERE c.key IN (?, ?)"
    pids = [pid for (pid,) in library.rows(query, concepts)]
    return any(words <= words_of(f"{said['title']} {said['abstract']}") for _, _, said in library.words(pids))


def _speakers(spoken: Mapping[str, Sequence[Spoken]], concept: str) -> list[tuple[str, Spoken]]:
    """The papers that speak of a concept, those with it in their title first, then the surest; with its words."""
    who = [(one, said) for one, all_said in spoken.items() for said in all_said if said.concept == concept]
    who.sort(key=lambda pair: (pair[1].source != "title", -pair[1].weight, pair[0]))
    first: dict[str, Spoken] = {}
    for one, said in who:
        first.setdefault(one, said)
    return list(first.items())[:SIDES]


def _kept(library: Library, spoken: Mapping[str, Sequence[Spoken]], topic: str) -> list[Gap]:
    """Ideas that a person wrote, rated or moved on, and that combine what papers of the draft speak of."""
    found = []
    language = wording_of(topic)
    for kept in kept_ideas(library):
        wanted = set(kept.idea.concepts)
        if not kept.touched or kept.state in ("dropped", "done") or len(wanted) < 2:
            continue
        sides = [pair for concept in sorted(wanted) for pair in _speakers(spoken, concept)[:1]]
        if len(sides) == len(wanted):
            names = language.listed([language.named(said.name, said.kind) for _, said in sides])
            text = language.idea.format(names=names, statement=kept.idea.statement.rstrip(".。"))
            found.append(Gap(text=text, evidence=tuple(sides)))
    return found
