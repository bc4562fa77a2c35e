"""Counted facts: how many papers, of which years, which of them stand out and what they speak of. The wording varies by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from math import log

from survey.draft.material import Material, Spoken, by_concept
from survey.draft.models import Quote, Sentence, papers_of
from survey.draft.naming import names_data
from survey.draft.tasks import is_task, works_on
from survey.draft.telling import tell
from survey.outline import Section
from survey.outline.chinese import HAN, both_languages
from survey.terms import words_of

# Papers that a sentence names: of those that speak of something, and in a section's first sentence.
SHOWN, NAMED = 3, 2
# What fewer papers of a section speak of, or a smaller share of them, is not told.
LEAST, SHARE = 3, 0.2
# The last years, as few as hold this share of the papers, tell how young these are; not of fewer papers than FEW.
HALF, FEW = 0.5, 6
# How much more of a section than of the draft must speak of something that marks it.
LIFT = 1.5
# What more of the draft's papers speak of says nothing of a section.
COMMON = 0.4
# Tasks that say nothing without what they are done to.
VAGUE = {
    "classification",
    "regression",
    "generation",
    "prediction",
    "recognition",
    "detection",
    "segmentation",
    "reasoning",
}


def open_section(
    material: Material, path: tuple[str, ...], section: Section, turn: int, told: frozenset[str]
) -> Iterator[Sentence]:
    """The counted sentences that a section begins with.

    `turn` chooses the wording. `told` are concepts that need not be told: those of the topic.
    """
    first = count_section(material, path, section, turn)
    yield first
    ids = papers_of(section)
    # What marks a section of parts is told of these.
    if len(ids) < 2 * LEAST or section.sections:
        return
    # What the headings say already, in either language.
    barred = told | words_of(both_languages(" ".join(path)))
    # The method of a paper that the first sentence names has been told.
    names = {material.names[quote.id].text.lower() for quote in first.citations if quote.id in material.names}
    for kind in ("method", "dataset", "task"):
        if who := _most_spoken(material, ids, kind, barred, names, path):
            words, forms = material.wording, material.wording.speech[kind]
            form = words.by_all[kind] if len(who) == len(ids) else forms[turn % len(forms)]
            yield _speech(material, path, who, form)
            if kind != "method":
                return


def count_section(material: Material, path: tuple[str, ...], section: Section, turn: int) -> Sentence:
    """How many papers a section has, of which years, and which of them stand out; for one of parts, what these are."""
    words, ids = material.wording, papers_of(section)
    years = sorted(year for paper_id in ids if (year := material.papers[paper_id].year))
    size = {"papers": words.papers(len(ids)), "years": words.years(years)}
    if len(ids) == 1:
        text = words.single.format(**size, first=material.cite_title(ids[0]))
        return tell(path, text, [material.title_quote(ids[0])], stop=words.stop)
    if section.sections:
        parts, heads = name_parts(material, section.sections)
        text = words.divided.format(**size, n=words.count(len(section.sections)), parts=parts)
        return tell(path, text, heads, stop=words.stop)
    named, clause = _outstanding(material, ids, years, turn)
    # Without a clause the papers at both ends bear the years out, and are cited for them.
    quotes = [material.title_quote(one) for one in named or _ends(material, ids)]
    recent = "" if named else tell_recent(material, years)
    text = words.sizes[turn % len(words.sizes)].format(**size) + recent + clause
    return tell(path, text, quotes, stop=words.stop)


def name_parts(material: Material, sections: Sequence[Section]) -> tuple[str, list[Quote]]:
    """Sections in a row, each with its number of papers and the one that stands for it; and what is cited."""
    words = material.wording
    held = [papers_of(one) for one in sections]
    heads = [(most_cited(material, ids) or most_named(material, ids) or ids)[0] for ids in held]
    each = [
        words.part(one.title, words.papers(len(ids)), material.cite(head))
        for one, ids, head in zip(sections, held, heads, strict=True)
    ]
    return words.listed(each), [material.title_quote(one) for one in heads]


def common_words(material: Material, topic: str) -> frozenset[str]:
    """The words of the topic, and of the concepts that many papers of the draft speak of."""
    ids = list(material.papers)
    names = [
        next(iter(who.values())).name
        for kind in ("method", "task", "dataset")
        for who in by_concept(material, ids, kind).values()
        if len(who) > COMMON * len(ids)
    ]
    return words_of(" ".join([both_languages(topic), *names]))


def _outstanding(material: Material, ids: Sequence[str], years: Sequence[int], turn: int) -> tuple[list[str], str]:
    """The papers that a section's first sentence names, and its clause on them; none where nothing sets one apart."""
    words = material.wording
    if cited := [one for one in most_cited(material, ids) if one not in material.named][:NAMED]:
        material.named.update(cited)
        return cited, words.joint + words.cited[len(cited) > 1].format(who=cited_most(material, cited))
    if named := [one for one in most_named(material, ids) if one not in material.named][:NAMED]:
        material.named.update(named)
        return named, words.joint + words.named_most[len(named) > 1].format(who=named_most(material, named))
    dated = in_time(material, ids)
    if len(ids) == 2:
        return dated, words.colon + words.listed([material.cite_title(one) for one in dated])
    if not years:
        return dated[:1], words.comma + words.among.format(who=material.cite_title(dated[0]))
    # In every other section: all of them alike would read as a list.
    if turn % 2 == 0 and dated[0] not in material.named and (clause := the_first(material, dated[0], years)):
        material.named.add(dated[0])
        return dated[:1], clause
    return [], ""


def the_first(material: Material, paper_id: str, years: Sequence[int]) -> str:
    """'; the earliest is ...', or nothing where several papers are of that year."""
    words = material.wording
    alone = years.count(min(years)) == 1
    return words.joint + words.earliest.format(who=material.cite_title(paper_id)) if alone else ""


def tell_recent(material: Material, years: Sequence[int]) -> str:
    """', six of them from 2023 or later': since when half of the papers have come out; nothing where that tells little."""
    if len(years) < FEW:
        return ""
    middle = sorted(years)[-round(HALF * len(years))]
    recent = sum(year >= middle for year in years)
    if min(years) == middle or recent >= 0.8 * len(years):
        return ""
    words = material.wording
    return words.comma + words.recent[middle != max(years)].format(n=words.number(recent), year=middle)


def _ends(material: Material, ids: Sequence[str]) -> list[str]:
    """The first and the last of the papers with a year."""
    dated = [one for one in in_time(material, ids) if material.papers[one].year]
    return [dated[0], dated[-1]]


def most_cited(material: Material, ids: Sequence[str]) -> list[str]:
    """Those of `ids` that at least two papers of the draft cite, the most cited first, of equals the oldest."""
    cited = [one for one in ids if material.cited_by[one] > 1]
    return sorted(cited, key=lambda one: (-material.cited_by[one], material.year(one), one))


def most_named(material: Material, ids: Sequence[str]) -> list[str]:
    """Those of `ids` whose method at least two other papers of the draft name, the most named first, of equals the oldest.

    A data set that others name is what they measure with.
    """
    named = [
        one
        for one in ids
        if len(material.referred.get(one, ())) > 1 and not names_data(material.papers[one], material.names[one])
    ]
    return sorted(named, key=lambda one: (-len(material.referred[one]), material.year(one), one))


def named_most(material: Material, ids: Sequence[str]) -> str:
    """Papers by name, each with how many of the draft name its method."""
    words = material.wording
    counts = [words.papers(len(material.referred[one])) for one in ids]
    return words.listed([words.beside(material.cite(one), n) for one, n in zip(ids, counts, strict=True)])


def cited_most(material: Material, ids: Sequence[str]) -> str:
    """Papers by name, each with how many of the draft cite it."""
    words = material.wording
    return words.listed([words.beside(material.cite(one), words.times(material.cited_by[one])) for one in ids])


def _most_spoken(
    material: Material, ids: Sequence[str], kind: str, barred: frozenset[str], names: Set[str], path: tuple[str, ...]
) -> Mapping[str, Spoken] | None:
    """Paper id -> what it says of the concept that marks these papers: that many of them speak of, and of the others fewer.

    The mark is n log(n N / (m M)), with n of these m papers that speak of it and N of the draft's M; concepts that say no more than
    the `barred` words, `names` in small letters, and what a heading of `path` says in its language mark none.
    """
    everywhere, most = material.speakers, len(material.papers)
    best: tuple[float, str] = (0.0, "")
    here = by_concept(material, ids, kind)
    if kind == "task":
        # Of a task those that work on it, as in the tables.
        here = {
            key: {
                one: said for one, said in who.items() if is_task(material, one, said) and works_on(material, one, said)
            }
            for key, who in here.items()
        }
    for concept, who in here.items():
        lift = len(who) * most / (len(ids) * everywhere[concept])
        if len(who) < max(LEAST, SHARE * len(ids)) or (lift < LIFT and len(ids) < most / 2):
            continue
        said = next(iter(who.values()))
        name, shown = said.name, material.wording.named(said.name, said.kind)
        # A Chinese name has no words to compare.
        if HAN.search(shown) and any(shown in title for title in path):
            continue
        if name not in VAGUE and name.lower() not in names and not words_of(name) <= barred:
            best = min(best, (-len(who) * max(log(lift), 0.1), concept))
    return here[best[1]] if best[1] else None


def _speech(material: Material, path: tuple[str, ...], who: Mapping[str, Spoken], form: str) -> Sentence:
    words = material.wording
    surest = sorted(who, key=lambda one: (-who[one].weight, material.year(one), one))[:SHOWN]
    shown = in_time(material, surest)
    said = next(iter(who.values()))
    name = words.named(said.name, said.kind)
    told = form.format(n=words.number(len(who)), name=name, be=words.be(name))
    names = words.listed([material.cite(one) for one in shown])
    text = (words.some if len(who) > len(shown) else words.all_of_them).format(told=told, who=names)
    return tell(path, text, spoken_quotes(material, {one: who[one] for one in shown}), stop=words.stop)


def in_time(material: Material, ids: Sequence[str]) -> list[str]:
    """Papers by year."""
    return sorted(ids, key=lambda one: (material.year(one), one))


def spoken_quotes(material: Material, who: Mapping[str, Spoken]) -> list[Quote]:
    """The title or sentence in which each paper speaks of something, by year."""
    return [material.sentence_quote(one, who[one].source, who[one].start) for one in in_time(material, list(who))]
