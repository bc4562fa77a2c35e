"""Which known paper a reference means: by the title and the first author in its text."""

from __future__ import annotations

import time

import pytest

from corpus.harvest.matching import TitleIndex
from corpus.sources import Reference
from corpus.sources.bbl import parse_bbl

KNOWN = TitleIndex(
    [
        (1, "Thin Adapters for BERT-like Models", ["Ada Byron", "Lin Wei"]),
        (2, "Low Ranks Suffice", ["Émile Núñez"]),
        (3, "Deep Teachers", ["Ada Byron"]),  # a title of just twelve letters
        (4, "Mixes", ["Lin Wei"]),
        (5, "Low Ranks Suffice: A Second Look", ["Émile Núñez"]),
        (6, "A Theory of Frozen Networks", ["Aäron van den Oord"]),
        (7, "A Theory of Gates", []),
        (8, "Prompts without Words", ["Li, Xu"]),
        (9, "Structured Losses", ["Sami Abu-El-Haija"]),
        (10, "Low Ranks Suffice", ["Émile Núñez"]),
    ]
)


def find(text: str, **told: object) -> int | None:
    return KNOWN.find(text, Reference(**told))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A. Byron, L. Wei, Thin adapters for BERT-like models, in: Made-up Systems, 2019.", 1),
        ("Byron A, Wei L. Thin adapters for BERT like models. J Made Up. 2019.", 1),
        ("Byron, A., Wei, L.: Thin Adapters for BERT-Like Models (2019)", 1),
        ("Byron A and Wei L 2019 Thin adapters for BERT-like models, J. Made Up 3", 1),
        ("E. Nunez, “Low ranks suffice,” 2021.", 2),  # accents and case say nothing
        ("A. van den Oord. A theory of frozen networks. 2017.", 6),
        ("S. Abu-El-Haija. Structured losses. 2019.", 9),
        ("X. Li. Prompts without words. 2022.", 8),
    ],
)
def test_a_title_is_found_whatever_stands_around_it(text: str, key: int) -> None:
    assert find(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "B. Haddad. Thin adapters for BERT-like models. 2019.",  # another first author
        "A. Byronson. Thin adapters for BERT-like models. 2019.",  # his name is a part of a word
        "A. Byron. Rethinking thin adapters for BERT-like models. 2019.",
        "A. Byron. Thin adapters for BERT-like models of speech. 2019.",
        "A. Byron. Thin adapters. 2019.",
        "A. Byron. Deep teachers need students. 2019.",
        "Thin adapters for BERT-like models. 2019.",
        "A theory of gates. 2019.",  # nobody is known to have written it
        "L. Wei. Mixes. 2018.",  # so short a title must be told apart by the style
        "",
        "1999",
    ],
)
def test_what_only_resembles_a_known_paper_is_none(text: str) -> None:
    assert find(text) is None


def test_the_longest_title_wins() -> None:
    assert find("E. Núñez. Low ranks suffice: A second look. 2022.") == 5


def test_of_two_papers_of_one_title_and_author_the_first_is_found() -> None:
    assert find("E. Núñez. Low ranks suffice. 2021.") == 2


def test_a_short_title_is_found_where_it_was_told_apart() -> None:
    assert find("L. Wei.\nMixes.\n2018.", title="Mixes", authors=("L. Wei",)) == 4
    assert find("L. Wei.\nMixes of all kinds.\n2018.", title="Mixes of all kinds", authors=("L. Wei",)) is None


def test_a_title_told_apart_needs_its_author_too() -> None:
    assert find("B. Haddad.\nMixes.\n2018.", title="Mixes", authors=("B. Haddad",)) is None


def test_a_known_title_inside_a_longer_title_is_not_meant() -> None:
    title = "Deep teachers, shallow students, and what lies between"
    assert find(f"A. Byron.\n{title}.\n2019.", title=title, authors=("A. Byron",)) is None


def test_a_printed_item_is_found() -> None:
    (item,) = parse_bbl("\\bibitem{k} {\\'E}.~N{\\'u}{\\~n}ez.\n\\newblock Low {R}anks suffice.\n\\newblock 2021.")
    assert KNOWN.find(item.text, item.reference) == 2


def test_many_titles_with_one_beginning_take_little_time() -> None:
    known = TitleIndex(
        (n, f"Towards unsupervised learning of things, part {n} of many", ["Ada Byron"]) for n in range(20_000)
    )
    began = time.perf_counter()
    for number in range(20):
        text = f"A. Byron. Towards unsupervised learning of things, part {number} of many. 2020."
        assert known.find(text, Reference()) == number
    assert time.perf_counter() - began < 5.0
