"""Headings: a model's proposal is taken where it is a noun phrase of the section's own words that no neighbour bears."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.models import Paper
from survey.draft.models import Draft, papers_of
from survey.draft.renaming import retitle
from survey.llm.asking import Question
from survey.llm.prompts import HEADINGS_FORM, build_headings_prompt, read_headings
from survey.llm.reading import Reading, stem
from survey.llm.words import NOUN_JOINS
from survey.outline import Section
from survey.phrases import singular
from survey.wording import DULL_ENDS, GLUE

MOST_WORDS = 8
# Chinese headings have no spaces; two characters are about a word.
_MOST_HAN = 20
# Titles of a section that the model is shown.
_TITLES = 10
_TITLE_LENGTH = 200
# A word of a heading must stand in so many of a section's papers, so that no single paper names it.
_LEAST_PAPERS = 2

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+(?:[-/+.'’][^\W_]+)*\+*")

Path = tuple[int, ...]


@dataclass(frozen=True)
class Siblings:
    """Sections that stand side by side below `above` (None at the first level); `path` is the place of that one in the outline."""

    path: Path
    above: str | None
    sections: tuple[Section, ...]


def find_siblings(sections: Sequence[Section], path: Path = (), above: str | None = None) -> Iterator[Siblings]:
    """All groups of siblings of an outline, those of the first level first."""
    if sections:
        yield Siblings(path, above, tuple(sections))
    for number, section in enumerate(sections):
        yield from find_siblings(section.sections, (*path, number), section.title)


def build_question(group: Siblings, topic: str, papers: Mapping[str, Paper]) -> Question:
    """What is asked about a group of siblings. Of each section's titles some are shown, from its first to its last paper."""
    shown = []
    for section in group.sections:
        ids = papers_of(section)
        step = max(1, -(-len(ids) // _TITLES))
        shown.append((section.title, [papers[one].title[:_TITLE_LENGTH] for one in ids[::step] if one in papers]))
    return Question(build_headings_prompt(topic, group.above, shown), HEADINGS_FORM, read_headings)


def choose_headings(
    answers: Sequence[tuple[Siblings, str]], papers: Mapping[str, Paper], refused: Counter[str]
) -> tuple[dict[Path, str], int]:
    """The place of a section -> its new heading, for each that is taken; and how many were proposed. `refused` counts why not.

    Groups come as `find_siblings` gives them, so that a section above has its new heading before those below are looked at.
    """
    taken: dict[Path, str] = {}
    proposed = 0
    for group, answer in answers:
        given = read_headings(answer)
        above = {taken.get(group.path, ""), group.above or ""} - {""}
        for number, section in enumerate(group.sections):
            heading = given.get(number + 1)
            if heading is None or heading == section.title:
                continue
            proposed += 1
            path = (*group.path, number)
            beside = [other.title for n, other in enumerate(group.sections) if n != number]
            beside += [taken[(*group.path, n)] for n in range(number) if (*group.path, n) in taken]
            below = [part.title for part in section.sections]
            words = [
                Reading(f"{papers[one].title} {papers[one].abstract or ''}")
                for one in papers_of(section)
                if one in papers
            ]
            heading = _in_sentence_case(heading, words)
            fault = find_fault(heading, section.title, words, [*above, *beside, *below])
            if fault:
                refused[fault] += 1
            elif heading != section.title:
                taken[path] = heading
    return taken, proposed


def rename(draft: Draft, headings: Mapping[Path, str]) -> Draft:
    """The draft with these headings, wherever they stand."""

    def renamed(sections: Sequence[Section], path: Path) -> tuple[Section, ...]:
        return tuple(
            section.model_copy(
                update={
                    "title": headings.get((*path, number), section.title),
                    "sections": renamed(section.sections, (*path, number)),
                }
            )
            for number, section in enumerate(sections)
        )

    if not headings:
        return draft
    return retitle(draft, draft.outline.model_copy(update={"sections": renamed(draft.outline.sections, ())}))


# ---- what a heading must be ------------------------------------------------------------------------------------------


def find_fault(heading: str, present: str, papers: Sequence[Reading], others: Sequence[str]) -> str | None:
    """Why a heading must not be used, in a few words for counting; None where nothing is found.

    `papers` are the titles with abstracts of the section's papers, `others` the headings beside, above and below it.
    """
    rules: list[tuple[str, Callable[[], bool]]] = [
        ("more than a heading", lambda: not _is_plain(heading)),
        ("too many words", lambda: len(_WORD.findall(heading)) > MOST_WORDS or len(_HAN.findall(heading)) > _MOST_HAN),
        ("no noun phrase", lambda: not _is_noun_phrase(heading, present)),
        ("words that its papers do not share", lambda: not _is_borne(heading, present, papers)),
        ("a neighbour's heading", lambda: any(_bare(heading) == _bare(other) for other in others)),
    ]
    return next((fault for fault, is_so in rules if is_so()), None)


def _is_plain(heading: str) -> bool:
    """Words, and what stands between them, and nothing else."""
    if not heading.isprintable():
        return False
    rest = _WORD.sub("", heading)
    return bool(_WORD.match(heading)) and not set(rest) - set(" ,-/")


def _is_noun_phrase(heading: str, present: str) -> bool:
    """Whether no word of it is a verb or glue, but for what joins, and its last can be what it is about."""
    if _HAN.search(heading):
        return True
    words = _WORD.findall(heading.casefold())
    own = {stem(word) for word in _WORD.findall(present)}
    if words[0] in NOUN_JOINS or words[-1] in NOUN_JOINS:
        return False
    if any(word in GLUE and word not in NOUN_JOINS and stem(word) not in own for word in words):
        return False
    last = words[-1]
    return stem(last) in own or not ({last, singular(last)} & DULL_ENDS or last.endswith(("ly", "ed")))


def _is_borne(heading: str, present: str, papers: Sequence[Reading]) -> bool:
    """Whether each word stands in the present heading or in several of the papers; a word with capitals inside, spelled so."""
    least = min(_LEAST_PAPERS, len(papers))
    own = Reading(present)
    for word in Reading(heading).words:
        if word.text.casefold() in NOUN_JOINS or word.text in own.forms:
            continue
        if any(c.isupper() for c in word.text[1:]) or any(c.isdigit() for c in word.text):
            holders = sum(word.text in paper.forms for paper in papers)
        else:
            holders = len(papers) if word.stem in own.stems else sum(word.stem in paper.stems for paper in papers)
            # Lora for LoRA: no paper writes it so.
            spelled = any({word.text, word.text.lower(), word.text.capitalize()} & paper.forms for paper in papers)
            known = any(form.casefold() == word.text.casefold() for paper in papers for form in paper.forms)
            if known and not spelled:
                return False
        if not holders or holders < least:
            return False
    return True


def _in_sentence_case(heading: str, papers: Sequence[Reading]) -> str:
    """Small letters for words that the papers write small too: models like Capitals On Every Word."""
    if not heading or _HAN.search(heading):
        return heading
    forms = Counter(form for paper in papers for form in paper.forms)

    def small(match: re.Match[str]) -> str:
        word = match[0]
        plain = word[1:].islower() or len(word) == 1
        if match.start() == 0 or not plain or forms[word.lower()] < forms[word] / 4 or not forms[word.lower()]:
            return word.lower() if match.start() and word.lower() in NOUN_JOINS else word
        return word.lower()

    text = re.sub(r"[^\W_]+", small, heading)
    first = text.split(" ")[0]
    return text[0].upper() + text[1:] if first.islower() else text


def _bare(heading: str) -> tuple[str, ...]:
    """A heading by its telling words, so that Adapters and The adapters are the same."""
    return tuple(sorted(word.stem for word in Reading(heading).words if word.text.casefold() not in NOUN_JOINS))
