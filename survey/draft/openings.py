"""Counted facts: how many papers, of which years, which of them stand out and what they speak of. The wording varies by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log

from survey.draft.material import Material, Spoken, by_concept
from survey.draft.models import Quote, Sentence
from survey.draft.terms import words_of

# Papers cited for a count of more, and papers that a first sentence names.
SHOWN, NAMED = 6, 2
# What fewer papers of a section speak of, or a smaller share of them, is not told.
LEAST, SHARE = 3, 0.2
# How much more of a section than of the draft must speak of something that marks it.
LIFT = 1.5
# What more of the draft's papers speak of says nothing of a section.
COMMON = 0.4

# One wording a section, in turn. {papers}: "seven papers"; {years}: " from 2019 to 2024", or nothing.
_SIZES = (
    "{papers}{years} {belong} here",
    "this section takes in {papers}{years}",
    "under this heading {stand} {papers}{years}",
    "here the library has {papers}{years}",
    "{papers}{years} {make} up this section",
)
# {n}: "seven"; {name}: a method, data set or task.
_SPEECH = {
    "method": (
        "{n} of them speak of {name}",
        "of them, {n} turn to {name}",
        "{n} of these papers name {name}",
        "the method named most is {name}, by {n} of them",
    ),
    "dataset": (
        "the data set named most is {name}, by {n} papers",
        "{n} of them measure on {name}",
        "{n} of these papers report on {name}",
        "of data sets, {name} is named most, by {n} papers",
    ),
    "task": (
        "the task named most is {name}, by {n} papers",
        "{n} of them turn to {name}",
        "{n} of these papers work on {name}",
        "of tasks, {name} is named most, by {n} papers",
    ),
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def open_section(
    material: Material, path: tuple[str, ...], ids: Sequence[str], turn: int, told: frozenset[str]
) -> Iterator[Sentence]:
    """The counted sentences that the section of the papers `ids` begins with.

    `turn` chooses the wording. `told` are concepts that need not be told: those of the topic.
    """
    yield _size(material, path, ids, turn)
    if len(ids) < 2 * LEAST:
        return
    barred = told | words_of(" ".join(path))
    for kind in ("method", "dataset", "task"):
        if who := _most_spoken(material, ids, kind, barred):
            yield _speech(material, path, who, _SPEECH[kind][turn % len(_SPEECH[kind])])
            if kind != "method":
                return


def common_words(material: Material, topic: str) -> frozenset[str]:
    """The words of the topic, and of the concepts that many papers of the draft speak of."""
    ids = list(material.papers)
    names = [
        next(iter(who.values())).name
        for kind in ("method", "task", "dataset")
        for who in by_concept(material, ids, kind).values()
        if len(who) > COMMON * len(ids)
    ]
    return words_of(" ".join([topic, *names]))


def _size(material: Material, path: tuple[str, ...], ids: Sequence[str], turn: int) -> Sentence:
    """How many papers, of which years, and which of them stand out."""
    years = sorted(year for paper_id in ids if (year := material.papers[paper_id].year))
    one = len(ids) == 1
    text = _SIZES[turn % len(_SIZES)].format(
        papers=counted(len(ids), "paper"),
        years=span_of(years),
        belong="belongs" if one else "belong",
        stand="stands" if one else "stand",
        make="makes" if one else "make",
    )
    named, clause = _outstanding(material, ids, years, turn)
    return counted_sentence(path, f"{text}{clause}", [material.title_quote(paper_id) for paper_id in named])


def _outstanding(material: Material, ids: Sequence[str], years: Sequence[int], turn: int) -> tuple[list[str], str]:
    """The papers that a section's first sentence names, and its clause on them; those that no other opening has named, if any."""
    titled = {paper_id: f"“{material.papers[paper_id].title}”" for paper_id in ids}
    if len(ids) == 1:
        return [ids[0]], f": {titled[ids[0]]}"
    if cited := [one for one in most_cited(material, ids) if one not in material.named][:NAMED]:
        each = [f"{titled[one]} ({times(material.cited_by[one])})" for one in cited]
        material.named.update(cited)
        return cited, f"; the papers of this survey cite {listed(each)} most"
    in_time = sorted(ids, key=lambda one: (material.year(one), one))
    first = in_time[0]
    if not years:
        return [first], f", among them {titled[first]}"
    last = [one for one in in_time if material.papers[one].year][-1]
    new = [one for one in (first, last) if one not in material.named] or [first]
    material.named.update(new)
    if years[0] == years[-1]:
        return [new[0]], f", among them {titled[new[0]]}"
    if len(new) == 2 and turn % 2:
        return (
            new,
            f"; {the('earliest', years[0], years)} is {titled[first]}, {the('latest', years[-1], years)} {titled[last]}",
        )
    which = the("earliest", years[0], years) if new[0] == first else the("latest", years[-1], years)
    return [new[0]], f"; {which} is {titled[new[0]]}"


def the(which: str, year: int, years: Sequence[int]) -> str:
    """'the earliest', or 'one of the earliest' where several papers are of that year."""
    return f"the {which}" if years.count(year) == 1 else f"one of the {which}"


def most_cited(material: Material, ids: Sequence[str]) -> list[str]:
    """Those of `ids` that at least two papers of the draft cite, the most cited first, of equals the oldest."""
    cited = [one for one in ids if material.cited_by[one] > 1]
    return sorted(cited, key=lambda one: (-material.cited_by[one], material.year(one), one))


def _most_spoken(
    material: Material, ids: Sequence[str], kind: str, barred: frozenset[str]
) -> Mapping[str, Spoken] | None:
    """Paper id -> what it says of the concept that marks these papers: that many of them speak of, and of the others fewer.

    The mark is n log(n N / (m M)), with n of these m papers that speak of it and N of the draft's M; concepts that say no more than
    the `barred` words mark none.
    """
    everywhere, most = material.speakers, len(material.papers)
    best: tuple[float, str] = (0.0, "")
    here = by_concept(material, ids, kind)
    for concept, who in here.items():
        lift = len(who) * most / (len(ids) * everywhere[concept])
        if len(who) < max(LEAST, SHARE * len(ids)) or (lift < LIFT and len(ids) < most / 2):
            continue
        if not words_of(next(iter(who.values())).name) <= barred:
            best = min(best, (-len(who) * max(log(lift), 0.1), concept))
    return here[best[1]] if best[1] else None


def _speech(material: Material, path: tuple[str, ...], who: Mapping[str, Spoken], form: str) -> Sentence:
    surest = sorted(who, key=lambda one: (-who[one].weight, material.year(one), one))[:SHOWN]
    text = form.format(n=number_word(len(who)), name=next(iter(who.values())).name)
    more = f" ({number_word(len(surest))} are cited)" if len(who) > len(surest) else ""
    return counted_sentence(path, f"{text}{more}", spoken_quotes(material, {one: who[one] for one in surest}))


def spoken_quotes(material: Material, who: Mapping[str, Spoken]) -> list[Quote]:
    """The title or sentence in which each paper speaks of something, by year."""
    in_time = sorted(who, key=lambda one: (material.year(one), one))
    return [material.sentence_quote(one, who[one].source, who[one].start) for one in in_time]


def counted_sentence(path: tuple[str, ...], text: str, quotes: Sequence[Quote]) -> Sentence:
    return Sentence(section=path, text=f"{text[:1].upper()}{text[1:]}.", citations=tuple(quotes), kind="counted")


def counted(number: int, noun: str) -> str:
    """'one paper', 'seven papers', '13 papers'."""
    return f"{number_word(number)} {noun}{'' if number == 1 else 's'}"


def number_word(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number_word(number)} times")


def span_of(years: Sequence[int]) -> str:
    """' from 2019 to 2024', ' of 2020', or nothing."""
    if not years:
        return ""
    first, last = min(years), max(years)
    return f" of {first}" if first == last else f" from {first} to {last}"


def listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
