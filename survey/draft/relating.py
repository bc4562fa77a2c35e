"""How papers relate: who cites whom, the main path, who is named in whose abstract, and what several say they improve on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from survey.draft.material import Material, Spoken
from survey.draft.models import Quote, Sentence
from survey.draft.naming import names_data
from survey.draft.openings import SHOWN, in_time, spoken_quotes
from survey.draft.referring import builds_on
from survey.draft.telling import MARK, tell
from survey.graph.structure.paths import build_main_path
from survey.sentences import says_it_gains, sentence_at
from survey.terms import words_of

# Sentences on relations in a section, and of one sort.
MOST, EACH = 3, 2
# A path of fewer papers is the citation that another sentence tells.
PATH = 3
PATH_SHOWN = 6
# So many papers must say that they do better than the same thing.
IMPROVING = 2
# A method that more papers of the draft name, and a larger share of them, is named in all of its sections.
FEW, EVERYWHERE = 6, 0.12


def relate(material: Material, path: tuple[str, ...], ids: Sequence[str], turn: int) -> list[Sentence]:
    """Sentences on how the papers of a section relate, the strongest sort of evidence first: citations, then their own words."""
    here = set(ids)
    links = [(citing, cited) for citing in sorted(here) for cited in material.cites.get(citing, ()) if cited in here]
    found: list[Sentence] = []
    trail = _trail(material, links)
    if trail:
        found.append(_main_path(material, path, trail))
    found += islice(_citing(material, path, links, turn, set(trail)), EACH)
    found += islice(_naming(material, path, ids, links), EACH)
    found += islice(_improving(material, path, ids), EACH)
    return found[:MOST]


def relate_sections(
    material: Material, path: tuple[str, ...], ids: Sequence[str], others: Mapping[str, Sequence[str]]
) -> Sentence | None:
    """The section of which the papers `ids` cite most, out of `others` (title -> ids); None where they cite none twice."""
    home = {one: title for title, held in others.items() for one in held}
    here = set(ids)
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for citing in sorted(here):
        for cited in material.cites.get(citing, ()):
            if cited in home:
                pairs[home[cited]].append((citing, cited))
    if not pairs:
        return None
    title, found = min(pairs.items(), key=lambda pair: (-len({citing for citing, _ in pair[1]}), pair[0]))
    from_, to = ({pair[side] for pair in found} for side in (0, 1))
    if len(from_) < IMPROVING:
        return None
    words = material.wording
    heads = sorted(to, key=lambda one: (-material.cited_by[one], material.year(one), one))[:2]
    theirs = in_time(material, list(from_))[:SHOWN]
    form = words.crossing_more if len(from_) > len(theirs) else words.crossing
    text = form.format(
        n=words.number(len(from_)),
        who=words.listed([material.cite(one) for one in theirs]),
        title=title,
        such=words.listed([material.cite(one) for one in heads]),
    )
    return _relation(material, path, text, [material.title_quote(one) for one in (*theirs, *heads)])


def _trail(material: Material, links: Sequence[tuple[str, str]]) -> list[str]:
    """The main path of these citations, the oldest first; empty for a shorter one than PATH, and where years go back on it."""
    ids = sorted({one for pair in links for one in pair})
    number = {one: row for row, one in enumerate(ids)}
    days = {number[one]: material.papers[one].year or 0 for one in ids}
    trail = [ids[row] for row in build_main_path([(number[a], number[b]) for a, b in links], days).path]
    years = [days[number[one]] for one in trail]
    return trail if len(trail) >= PATH and years == sorted(years) else []


def _main_path(material: Material, path: tuple[str, ...], trail: Sequence[str]) -> Sentence:
    shown = trail[:PATH_SHOWN]
    steps = [_dated(material, one) for one in shown]
    return _relation(material, path, material.wording.way(steps), [material.title_quote(one) for one in shown])


def _citing(
    material: Material, path: tuple[str, ...], links: Sequence[tuple[str, str]], turn: int, told: set[str]
) -> Iterator[Sentence]:
    """Of papers that are cited, by whom; the most cited first. What is `told` of the main path is not said again.

    Papers that the same cite stand in one sentence, and so does a paper that cites one and is cited.
    """
    by: dict[str, list[str]] = defaultdict(list)
    for citing, cited in links:
        by[cited].append(citing)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in sorted(by, key=lambda paper_id: (-len(by[paper_id]), material.year(paper_id), paper_id)):
        if not {one, *by[one]} <= told:
            alike[tuple(in_time(material, by[one]))].append(one)
    number = 0
    while alike:
        who = next(iter(alike))
        theirs = alike.pop(who)
        # A paper alone that cites these, and that others cite, or the other way round.
        if above := next((group for group, held in alike.items() if held == [*who]), None):
            del alike[above]
            yield _between(material, path, above, who[0], theirs)
        elif len(theirs) == 1 and (below := alike.pop((theirs[0],), None)):
            yield _between(material, path, who, theirs[0], below)
        else:
            yield _cites(material, path, who, theirs, (turn + number) % 2)
        number += 1


def _cites(
    material: Material, path: tuple[str, ...], who: Sequence[str], cited: Sequence[str], turned: int
) -> Sentence:
    words = material.wording
    theirs = in_time(material, cited)[:SHOWN]
    text = words.cites[turned].format(
        one=_listed(material, theirs),
        be=words.be_forms[len(theirs) > 1],
        who=_citers(material, who),
        cite=words.cite_forms[len(who) > 1],
    )
    order = (*who[:SHOWN], *theirs) if turned else (*theirs, *who[:SHOWN])
    return _relation(material, path, text, [material.title_quote(one) for one in order])


def _between(material: Material, path: tuple[str, ...], who: Sequence[str], one: str, cited: Sequence[str]) -> Sentence:
    theirs = in_time(material, cited)[:SHOWN]
    text = material.wording.between.format(
        one=material.cite(one), cited=_listed(material, theirs), who=_citers(material, who)
    )
    return _relation(material, path, text, [material.title_quote(each) for each in (one, *theirs, *who[:SHOWN])])


def _listed(material: Material, ids: Sequence[str]) -> str:
    return material.wording.listed([material.cite(one) for one in ids])


def _citers(material: Material, ids: Sequence[str]) -> str:
    """The first papers that cite something, by name, and how many more do."""
    words = material.wording
    names = [material.cite(one) for one in ids[:SHOWN]]
    if len(ids) > len(names):
        names.append(words.more.format(n=words.number(len(ids) - len(names))))
    return words.listed(names)


def _naming(
    material: Material, path: tuple[str, ...], ids: Sequence[str], links: Sequence[tuple[str, str]]
) -> Iterator[Sentence]:
    """Of each method of the draft that other papers of this section name in their abstracts, by which; the most named first."""
    known = set(links)
    by: dict[str, list[str]] = defaultdict(list)
    for one in ids:
        for named in material.refers.get(one, ()):
            # What papers of all sections name marks none: the summary tells it.
            few = len(material.referred[named]) <= max(FEW, EVERYWHERE * len(material.papers))
            # A data set is named by who measures with it, and one of a list or a baseline by who does something else.
            if not few or (one, named) in known or names_data(material.papers[named], material.names[named]):
                continue
            if builds_on(material.text(one, "abstract"), material.referred[named][one]):
                by[named].append(one)
    for named in sorted(by, key=lambda one: (-len(by[one]), material.year(one), one)):
        who = in_time(material, by[named])[:SHOWN]
        words = material.wording
        text = words.refers.format(
            who=words.listed([material.cite(one) for one in who]),
            refer=words.refer_forms[len(who) > 1],
            name=material.cite(named),
        )
        span = material.names[named]
        own = material.sentence_quote(named, span.source, span.start)
        theirs = [material.sentence_quote(one, "abstract", material.referred[named][one]) for one in who]
        yield _relation(material, path, text, [*theirs, own])


def _improving(material: Material, path: tuple[str, ...], ids: Sequence[str]) -> Iterator[Sentence]:
    """What several papers of the section say that they do better than, each in words of its own; what most say first."""
    by: dict[str, dict[str, Spoken]] = defaultdict(dict)
    for paper_id in ids:
        for one in material.spoken.get(paper_id, ()):
            if one.edge == "improves" and one.source == "abstract" and _gains_over(material, paper_id, one):
                by[one.concept].setdefault(paper_id, one)
    told: list[set[str]] = []
    for concept in sorted(by, key=lambda key: (-len(by[key]), key)):
        who = dict(sorted(by[concept].items(), key=lambda pair: (-pair[1].weight, pair[0]))[:SHOWN])
        name = next(iter(who.values())).name
        if len(who) < IMPROVING:
            return
        # To do better than the topic itself, or than papers told before have done, tells nothing new.
        if words_of(name) <= material.topic or any(set(who) <= before for before in told):
            continue
        told.append(set(who))
        words = material.wording
        names = words.listed([material.cite(one) for one in in_time(material, list(who))])
        yield _relation(
            material, path, words.gains.format(who=names, name=words.named(name)), spoken_quotes(material, who)
        )


def _gains_over(material: Material, paper_id: str, one: Spoken) -> bool:
    """Whether the paper's own method does better, by its own words: to improve or extend something is no gain over it."""
    text, name = material.text(paper_id, "abstract"), material.names.get(paper_id)
    begin, _ = sentence_at(text, one.start)
    return says_it_gains(text[begin : one.start], name.text if name else None)


def _relation(material: Material, path: tuple[str, ...], text: str, quotes: Sequence[Quote]) -> Sentence:
    return tell(path, text, quotes, "relation", material.wording.stop)


def _dated(material: Material, paper_id: str) -> str:
    year, name = material.papers[paper_id].year, material.called(paper_id)
    said = material.wording.beside(name, str(year)) if year and paper_id in material.names else name
    return f"{said}{MARK}"
