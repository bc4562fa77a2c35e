"""The papers of a section side by side: what each names its own, what it trains, works on and measures with, and its code.

A cell holds words of the paper with their place, or what its record says; where neither says anything it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from survey.draft.keys import venue_of
from survey.draft.material import Material, Spoken
from survey.draft.models import Cell, Row, Table
from survey.draft.naming import is_own, says_data
from survey.draft.openings import VAGUE
from survey.draft.tasks import OTHERS, is_task, names_data_set, standard_name, works_on
from survey.outline.chinese import both_languages
from survey.sentences import speaks_of_itself, split_sentences
from survey.terms import words_of

# Papers of a table, at most, and the fewest that are worth one.
ROWS, FEWEST = 20, 2
# What fewer of the rows, or a smaller share of them, tell is no column: it would be empty.
TELLING, SHARE = 2, 1 / 2
# Of several tasks or data sets so many stand in a cell.
NAMED = 3
_EMPTY = Cell(text="")
_ALWAYS = {"Year", "Venue"}

# What is trained and what is left alone: from its verb to the end of the clause.
_TRAINED = re.compile(
    r"\b(?:(?:only|solely|merely|just)\s+(?:fine-?tun|train|updat|optimi[sz]|learn|tun|modif|adapt)(?:e|es|ing|s|ning|y|ies|ying)?\b"
    r"|(?:fine-?tun|train|updat|optimi[sz]|learn|tun|modif|adapt)(?:e|es|ing|s|ning|y|ies|ying)\s+(?:only|solely|merely|just)\b"
    r"|(?:while\s+|by\s+)?(?:keep|keeps|keeping|leav(?:e|es|ing))\s+(?:\w+[\s-]+){0,6}?(?:frozen|fixed|unchanged|untouched)\b"
    r"|(?:while\s+|by\s+)?freez(?:e|es|ing)\b"
    r"|without\s+(?:any\s+)?(?:fine-?tuning|(?:re)?training|updating|modifying)\b"
    r"|training-free\b"
    r"|(?:train|fine-?tun)(?:ed|ing)\s+(?:end-to-end|from\s+scratch)\b)"
)
# Where the clause goes on to something else.
_STOP = re.compile(
    r"[,;:()—]|\.(?!\d)|\s(?:while|which|that|and|but|or|because|since|when|where|whereas|thereby|thus|so|as|to|by|for|with|in)\s"
)
_CLAUSE = 70
_DANGLING = re.compile(
    r"(?:[\s.,;:–—-]+(?:of|the|a|an|in|on|to|with|for|by|about|from|its|their|and|or))*[\s.,;:–—-]*$"
)
_CODE = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|huggingface\.co|bitbucket\.org)/[\w./~-]*[\w/]")


def compare(material: Material, path: tuple[str, ...], ids: Sequence[str], topic: str) -> Table | None:
    """The table of a section with the papers `ids`, in their order; None for too few papers, or where nothing can be compared."""
    if len(ids) < FEWEST:
        return None
    shown = set(sorted(ids, key=lambda one: (-material.cited_by[one], -_told(material, one), ids.index(one)))[:ROWS])
    # What the topic or the heading says already, in either language.
    about = words_of(both_languages(topic)), words_of(both_languages(path[-1]))
    columns: dict[str, Callable[[str], Cell]] = {
        "Method": lambda one: _method(material, one),
        "Year": lambda one: Cell(text=str(material.papers[one].year or "")),
        "Venue": lambda one: Cell(text=venue_of(material.papers[one]) or ""),
        "Trained": lambda one: _trained(material, one),
        "Task": lambda one: _cell_of(material, one, _tasks(material, one, about)),
        "Data": lambda one: _cell_of(material, one, _data(material, one)),
        "Code": lambda one: _code(material, one),
    }
    rows = [one for one in ids if one in shown]
    cells = {name: [fill(one) for one in rows] for name, fill in columns.items()}
    filled = {name: sum(bool(cell.text) for cell in column) for name, column in cells.items()}
    kept = [name for name, n in filled.items() if n >= (1 if name in _ALWAYS else max(TELLING, SHARE * len(rows)))]
    # Years and venues alone compare nothing that the list of references does not.
    if set(kept) <= _ALWAYS:
        return None
    return Table(
        section=path,
        columns=tuple(kept),
        rows=tuple(
            Row(key=material.keys[one], cells=tuple(cells[name][number] for name in kept))
            for number, one in enumerate(rows)
        ),
    )


def _told(material: Material, paper_id: str) -> int:
    """How much of a row its text fills."""
    return (paper_id in material.names) + len({one.kind for one in material.spoken.get(paper_id, ())})


def _cell(material: Material, paper_id: str, source: Literal["title", "abstract"], start: int, end: int) -> Cell:
    quote = material.quote(paper_id, source, start, end)
    return Cell(text=quote.quote, evidence=quote)


def _method(material: Material, paper_id: str) -> Cell:
    span = material.names.get(paper_id)
    return _cell(material, paper_id, span.source, span.start, span.end) if span else _EMPTY


def _trained(material: Material, paper_id: str) -> Cell:
    """The first clause in which the abstract says what its own method trains or leaves frozen; not what others do."""
    text = material.text(paper_id, "abstract")
    name = material.names.get(paper_id)
    for begin, finish in split_sentences(text):
        sentence = text[begin:finish]
        if not (speaks_of_itself(sentence) or (name and name.text in sentence)) or OTHERS.search(sentence):
            continue
        if match := _TRAINED.search(text, begin, finish):
            stop = _STOP.search(text, match.end(), finish)
            end = whole = stop.start() if stop else finish
            if end - match.start() > _CLAUSE:
                end = max(match.end(), text.rfind(" ", match.end(), match.start() + _CLAUSE))
            words = _DANGLING.sub("", text[match.start() : end])
            cell = _cell(material, paper_id, "abstract", match.start(), match.start() + len(words))
            # Where the clause is longer than a cell.
            return cell if end == whole else cell.model_copy(update={"text": f"{cell.text} …"})
    return _EMPTY


def _cell_of(material: Material, paper_id: str, said: Sequence[Spoken]) -> Cell:
    """The names of what a paper speaks of, as the library calls it; its words on the first are the evidence.

    Of names that say the same and more, such as image classification and few-shot image classification, the first stands.
    """
    told: dict[str, Spoken] = {}
    for one in said:
        words = words_of(standard_name(one.name))
        known = [words_of(standard_name(name)) for name in told]
        if len(told) < NAMED and not any(words <= before or before <= words for before in known):
            told[one.name] = one
    if not told:
        return _EMPTY
    first = next(iter(told.values()))
    return Cell(text=", ".join(told), evidence=material.quote(paper_id, first.source, first.start, first.stop))


def _tasks(material: Material, paper_id: str, about: tuple[frozenset[str], frozenset[str]]) -> list[Spoken]:
    """The tasks that a paper works on or is measured on, without the vague and those that the topic and heading name."""
    return [
        one
        for one in material.spoken.get(paper_id, ())
        if one.kind == "task"
        and one.name not in VAGUE
        and not _says_no_more(words_of(one.name), *about)
        and not is_own(material.papers[paper_id], material.text(paper_id, one.source)[one.start : one.stop], one.name)
        and is_task(material, paper_id, one)
        and works_on(material, paper_id, one)
    ]


def _says_no_more(words: frozenset[str], topic: frozenset[str], heading: frozenset[str]) -> bool:
    """Whether a name is the topic, or the heading, or both: weakly supervised segmentation under Weakly supervised learning."""
    return words <= topic or words <= heading or topic <= words <= topic | heading


def _data(material: Material, paper_id: str) -> list[Spoken]:
    """The data sets that a paper names, without what it calls its own method."""
    paper = material.papers[paper_id]
    name = material.coined.get(paper_id)
    of_data = bool(name and says_data(paper, name))
    return [
        one
        for one in material.spoken.get(paper_id, ())
        if one.kind == "dataset"
        and names_data_set(material, paper_id, one)
        and (of_data or not is_own(paper, material.text(paper_id, one.source)[one.start : one.stop], one.name))
    ]


def _code(material: Material, paper_id: str) -> Cell:
    """The address of the code, from the record, else from the abstract."""
    if url := material.papers[paper_id].code_url:
        return Cell(text=url)
    match = _CODE.search(material.text(paper_id, "abstract"))
    return _cell(material, paper_id, "abstract", match.start(), match.end()) if match else _EMPTY
