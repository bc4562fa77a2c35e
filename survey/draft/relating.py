"""How papers relate: who cites whom, the main path, who is named in whose abstract, and what several say they improve on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from survey.draft.material import Material, Spoken
from survey.draft.models import Quote, Sentence
from survey.draft.naming import NAME
from survey.draft.openings import SHOWN, listed, number_word, spoken_quotes
from survey.graph.structure.paths import build_main_path

# Sentences on relations in a section, and of one sort.
MOST, EACH = 3, 2
# A path of fewer papers is the citation that another sentence tells.
PATH = 3
PATH_SHOWN = 6
# So many papers must say that they do better than the same thing.
IMPROVING = 2

_CITED = (
    "{one} is cited by {others}",
    "{others} {cite} {one}",
)
# Words before a name that a paper gives to something of its own.
_GIVES = re.compile(
    r"\b(?:propos|present|introduc|develop|design|call|nam|dub|term)\w*\s+(?:\w+\s+){0,2}$|\b(?:our|the proposed)\s+$",
    re.IGNORECASE,
)


def relate(material: Material, path: tuple[str, ...], ids: Sequence[str], turn: int) -> list[Sentence]:
    """Sentences on how the papers of a section relate, the strongest sort of evidence first: citations, then their own words."""
    here = set(ids)
    links = [(citing, cited) for citing, cited in material.links if citing in here and cited in here]
    found: list[Sentence] = []
    if trail := _main_path(material, path, links):
        found.append(trail)
    found += islice(_citing(material, path, links, turn), EACH)
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
    for citing, cited in material.links:
        if citing in here and cited in home:
            pairs[home[cited]].append((citing, cited))
    if not pairs:
        return None
    title, found = min(pairs.items(), key=lambda pair: (-len({citing for citing, _ in pair[1]}), pair[0]))
    from_, to = ({pair[side] for pair in found} for side in (0, 1))
    if len(from_) < IMPROVING:
        return None
    heads = sorted(to, key=lambda one: (-material.cited_by[one], material.year(one), one))[:2]
    theirs = sorted(from_, key=lambda one: (material.year(one), one))
    such = listed([material.called(one) for one in heads])
    text = f"{number_word(len(theirs))} of these papers cite work of the section on {title}, such as {such}"
    return _relation(path, text, [material.title_quote(one) for one in (*heads, *theirs[: SHOWN - len(heads)])])


def _main_path(material: Material, path: tuple[str, ...], links: Sequence[tuple[str, str]]) -> Sentence | None:
    ids = sorted({one for pair in links for one in pair})
    number = {one: row for row, one in enumerate(ids)}
    days = {number[one]: material.papers[one].year or 0 for one in ids}
    trail = [ids[row] for row in build_main_path([(number[a], number[b]) for a, b in links], days).path]
    if len(trail) < PATH:
        return None
    shown = trail[:PATH_SHOWN]
    steps = [_dated(material, one) for one in shown]
    text = f"the main path of citations here runs from {steps[0]} over {listed(steps[1:-1])} to {steps[-1]}"
    return _relation(path, text, [material.title_quote(one) for one in shown])


def _citing(
    material: Material, path: tuple[str, ...], links: Sequence[tuple[str, str]], turn: int
) -> Iterator[Sentence]:
    """Of each paper that is cited, by whom; the most cited first."""
    by: dict[str, list[str]] = defaultdict(list)
    for citing, cited in links:
        by[cited].append(citing)
    for number, cited in enumerate(sorted(by, key=lambda one: (-len(by[one]), material.year(one), one))):
        who = sorted(by[cited], key=lambda one: (material.year(one), one))
        shown = who[: SHOWN - 1]
        names = [material.called(one) for one in shown]
        if len(who) > len(shown):
            names.append(f"{number_word(len(who) - len(shown))} more")
        form = _CITED[(turn + number) % 2]
        text = form.format(one=material.called(cited), others=listed(names), cite="cites" if len(who) == 1 else "cite")
        yield _relation(path, text, [material.title_quote(one) for one in (cited, *shown)])


def _naming(
    material: Material, path: tuple[str, ...], ids: Sequence[str], links: Sequence[tuple[str, str]]
) -> Iterator[Sentence]:
    """Of each method of the draft that other papers of this section name in their abstracts, by which; the most named first."""
    known = set(links)
    coined = {span.text: one for one, span in material.names.items()}
    by: dict[str, dict[str, Quote]] = defaultdict(dict)
    for paper_id in ids:
        text = material.text(paper_id, "abstract")
        for match in NAME.finditer(text):
            named = coined.get(match[0])
            if named and _means(material, paper_id, named, match) and (paper_id, named) not in known:
                by[named].setdefault(paper_id, material.sentence_quote(paper_id, "abstract", match.start()))
    for named in sorted(by, key=lambda one: (-len(by[one]), material.year(one), one)):
        who = sorted(by[named], key=lambda one: (material.year(one), one))[: SHOWN - 1]
        verb = "speaks" if len(who) == 1 else "speak"
        text = f"{listed([material.called(one) for one in who])} {verb} of {material.called(named)}"
        span = material.names[named]
        own = material.sentence_quote(named, span.source, span.start)
        yield _relation(path, text, [own, *(by[named][one] for one in who)])


def _means(material: Material, paper_id: str, named: str, match: re.Match[str]) -> bool:
    """Whether the abstract of a paper means another paper's method by a name: it is younger, and gives the name to nothing."""
    own = material.names.get(paper_id)
    if material.year(named) >= material.year(paper_id) or (own and own.text.lower() == match[0].lower()):
        return False
    before = match.string[: match.start()]
    return not before.endswith("(") and not _GIVES.search(before[-40:])


def _improving(material: Material, path: tuple[str, ...], ids: Sequence[str]) -> Iterator[Sentence]:
    """What several papers of the section say that they do better than, each in words of its own; what most say first."""
    by: dict[str, dict[str, Spoken]] = defaultdict(dict)
    for paper_id in ids:
        for one in material.spoken.get(paper_id, ()):
            if one.edge == "improves" and one.source == "abstract":
                by[one.concept].setdefault(paper_id, one)
    told: list[set[str]] = []
    for concept in sorted(by, key=lambda key: (-len(by[key]), key)):
        who = dict(sorted(by[concept].items(), key=lambda pair: (-pair[1].weight, pair[0]))[:SHOWN])
        name = next(iter(who.values())).name
        if len(who) < IMPROVING:
            return
        if any(set(who) <= before for before in told):
            continue
        told.append(set(who))
        in_time = sorted(who, key=lambda one: (material.year(one), one))
        text = f"{listed([material.called(one) for one in in_time])} report gains over {name}"
        yield _relation(path, text, spoken_quotes(material, who))


def _relation(path: tuple[str, ...], text: str, quotes: Sequence[Quote]) -> Sentence:
    # A name keeps its case (p-tuning), a sentence of ours begins with a capital.
    first = text.split(" ", 1)[0]
    text = text if re.search(r"[A-Z\d]", first) else f"{text[:1].upper()}{text[1:]}"
    return Sentence(section=path, text=f"{text}.", citations=tuple(quotes), kind="relation")


def _dated(material: Material, paper_id: str) -> str:
    year, name = material.papers[paper_id].year, material.called(paper_id)
    return f"{name} ({year})" if year and paper_id in material.names else name
