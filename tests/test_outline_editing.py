"""What a person changes of an outline: each change on a toy outline, and that no change ever loses or doubles a paper.

Adapters       a1 2019, a2 2020
Prompts
  Soft         s1 2021, s2 2022
  Hard         h1 2020
Open problems  o1 2023
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from corpus.errors import InputError
from survey.outline import Outline, Section
from survey.outline.editing import (
    MAX_TITLE,
    Years,
    add_section,
    check_outline,
    find_section,
    ids_of,
    lift_section,
    merge_sections,
    move_papers,
    move_section,
    neighbour_of,
    remove_section,
    rename_section,
    retitle,
    split_section,
    walk_sections,
    with_papers,
    without_papers,
)

YEARS = {"a1": 2019, "a2": 2020, "s1": 2021, "s2": 2022, "h1": 2020, "o1": 2023}
SOFT, HARD = ("Prompts", "Soft"), ("Prompts", "Hard")
ADAPTERS, PROMPTS, PROBLEMS = ("Adapters",), ("Prompts",), ("Open problems",)
OUTLINE = Outline(
    topic="tuning",
    title="Tuning: a survey",
    sections=(
        Section(title="Adapters", papers=("a1", "a2")),
        Section(
            title="Prompts",
            sections=(Section(title="Soft", papers=("s1", "s2")), Section(title="Hard", papers=("h1",))),
        ),
        Section(title="Open problems", papers=("o1",)),
    ),
)


def shape(outline: Outline) -> dict[str, list[str]]:
    """`Prompts > Soft` -> its own papers, of every section in reading order."""
    return {" > ".join(path): list(section.papers) for path, section in walk_sections(outline)}


def test_a_section_gets_another_title_and_keeps_its_place_and_papers() -> None:
    renamed = shape(rename_section(OUTLINE, SOFT, "  Learned \n vectors "))
    assert renamed == {
        "Adapters": ["a1", "a2"],
        "Prompts": [],
        "Prompts > Learned vectors": ["s1", "s2"],
        "Prompts > Hard": ["h1"],
        "Open problems": ["o1"],
    }
    assert shape(rename_section(OUTLINE, ADAPTERS, "ADAPTERS"))["ADAPTERS"] == ["a1", "a2"]


@pytest.mark.parametrize(
    ("title", "told"),
    [(" \u200b ", "a title is empty"), ("prompts", "is called 'prompts' too"), ("x" * 151, "151 letters")],
)
def test_a_title_that_cannot_be(title: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        rename_section(OUTLINE, ADAPTERS, title)
    assert len("x" * 151) == MAX_TITLE + 1


def test_the_whole_gets_another_title() -> None:
    assert retitle(OUTLINE, "How to tune").title == "How to tune"
    with pytest.raises(InputError, match="a title is empty"):
        retitle(OUTLINE, "")


@pytest.mark.parametrize(
    ("titles", "step", "order"),
    [
        (PROBLEMS, -1, ["Adapters", "Open problems", "Prompts"]),
        (ADAPTERS, 1, ["Prompts", "Adapters", "Open problems"]),
        (ADAPTERS, -1, ["Adapters", "Prompts", "Open problems"]),
        (PROBLEMS, 9, ["Adapters", "Prompts", "Open problems"]),
    ],
)
def test_a_section_moves_up_and_down_among_its_own(titles: tuple[str, ...], step: int, order: list[str]) -> None:
    assert [one.title for one in move_section(OUTLINE, titles, step).sections] == order


def test_a_subsection_moves_inside_its_section_only() -> None:
    moved = move_section(OUTLINE, HARD, -1)
    assert list(shape(moved)) == ["Adapters", "Prompts", "Prompts > Hard", "Prompts > Soft", "Open problems"]
    assert move_section(OUTLINE, HARD, 1) == OUTLINE


def test_a_lifted_subsection_stands_after_its_section_which_needs_no_subsections_for_one() -> None:
    assert shape(lift_section(OUTLINE, HARD)) == {
        "Adapters": ["a1", "a2"],
        "Prompts": ["s1", "s2"],
        "Hard": ["h1"],
        "Open problems": ["o1"],
    }
    with pytest.raises(InputError, match="first level already"):
        lift_section(OUTLINE, ADAPTERS)


def test_a_lifted_subsection_whose_title_is_taken_gets_a_number() -> None:
    named = rename_section(OUTLINE, HARD, "Adapters")
    assert [one.title for one in lift_section(named, ("Prompts", "Adapters")).sections] == [
        "Adapters",
        "Prompts",
        "Adapters (2)",
        "Open problems",
    ]


def test_papers_move_to_the_place_of_their_year() -> None:
    moved = shape(move_papers(OUTLINE, ["a2", "o1"], SOFT, YEARS))
    assert moved == {
        "Adapters": ["a1"],
        "Prompts": [],
        "Prompts > Soft": ["a2", "s1", "s2", "o1"],
        "Prompts > Hard": ["h1"],
    }
    assert shape(move_papers(OUTLINE, ["a2"], SOFT))["Prompts > Soft"] == ["s1", "s2", "a2"]  # without years, behind


@pytest.mark.parametrize(
    ("ids", "into", "told"),
    [
        (["nobody"], ADAPTERS, "'nobody' is not in the outline"),
        (["a1"], PROMPTS, "holds its papers in subsections"),
        (["a1"], ("Nowhere",), "has no section 'Nowhere'"),
    ],
)
def test_papers_that_cannot_move(ids: list[str], into: tuple[str, ...], told: str) -> None:
    with pytest.raises(InputError, match=told):
        move_papers(OUTLINE, ids, into)


def test_two_sections_become_one_in_order_of_years() -> None:
    assert shape(merge_sections(OUTLINE, HARD, ADAPTERS, YEARS)) == {
        "Adapters": ["a1", "a2", "h1"],
        "Prompts": ["s1", "s2"],
        "Open problems": ["o1"],
    }
    assert shape(merge_sections(OUTLINE, PROMPTS, ADAPTERS, YEARS))["Adapters"] == ["a1", "a2", "h1", "s1", "s2"]


def test_into_a_section_with_subsections_it_goes_as_one_of_them() -> None:
    merged = shape(merge_sections(OUTLINE, ADAPTERS, PROMPTS))
    assert list(merged) == ["Prompts", "Prompts > Soft", "Prompts > Hard", "Prompts > Adapters", "Open problems"]
    named = rename_section(OUTLINE, ADAPTERS, "Soft")  # two of one title become one
    assert shape(merge_sections(named, ("Soft",), PROMPTS, YEARS))["Prompts > Soft"] == ["a1", "a2", "s1", "s2"]


def test_a_section_is_not_merged_with_one_that_it_stands_in() -> None:
    for titles, into in ((SOFT, PROMPTS), (PROMPTS, SOFT), (SOFT, SOFT)):
        with pytest.raises(InputError, match="that it stands in"):
            merge_sections(OUTLINE, titles, into)


@pytest.mark.parametrize(
    ("titles", "into"),
    [(ADAPTERS, SOFT), (PROMPTS, ADAPTERS), (SOFT, HARD), (HARD, SOFT), (PROBLEMS, HARD)],
)
def test_papers_of_a_deleted_section_go_to_its_neighbour(titles: tuple[str, ...], into: tuple[str, ...]) -> None:
    assert neighbour_of(OUTLINE, titles) == into
    gone, kept = find_section(OUTLINE, titles), find_section(OUTLINE, into)
    left = remove_section(OUTLINE, titles, YEARS)
    assert sorted(ids_of(left)) == sorted(ids_of(OUTLINE))
    place = into if len(find_section(left, into[:1]).sections) > 1 else into[:1]
    held = {*gone.papers, *(one for part in gone.sections for one in part.papers), *kept.papers}
    assert held == set(find_section(left, place).papers)


def test_the_only_section_cannot_be_deleted() -> None:
    one = Outline(topic="t", title="T", sections=(Section(title="All", papers=("a", "b")),))
    with pytest.raises(InputError, match="the only section"):
        remove_section(one, ("All",))


def test_a_section_is_split_into_parts_that_hold_its_papers() -> None:
    split = shape(split_section(OUTLINE, ADAPTERS, [("Serial", ["a2"]), ("Serial", ["a1"])]))
    assert (split["Adapters"], split["Adapters > Serial"], split["Adapters > Serial (2)"]) == ([], ["a2"], ["a1"])
    for parts in ([("All", ["a1", "a2"])], [("One", ["a1"]), ("Two", [])], [("One", ["a1"]), ("Two", ["s1"])]):
        with pytest.raises(InputError, match="cannot be split so"):
            split_section(OUTLINE, ADAPTERS, parts)


def test_a_new_section_takes_its_papers_along() -> None:
    assert shape(add_section(OUTLINE, "Old ones", ["h1", "a1"])) == {
        "Adapters": ["a2"],
        "Prompts": ["s1", "s2"],
        "Open problems": ["o1"],
        "Old ones": ["a1", "h1"],
    }
    assert shape(add_section(OUTLINE, "Mixed", ["o1"], under=PROMPTS))["Prompts > Mixed"] == ["o1"]


@pytest.mark.parametrize(
    ("title", "ids", "under", "told"),
    [
        ("New", [], (), "a new section needs a paper"),
        ("adapters", ["o1"], (), "is called 'adapters' too"),
        ("New", ["o1"], ADAPTERS, "has no subsections"),
        ("New", ["nobody"], (), "not in the outline"),
    ],
)
def test_a_section_that_cannot_be_new(title: str, ids: list[str], under: tuple[str, ...], told: str) -> None:
    with pytest.raises(InputError, match=told):
        add_section(OUTLINE, title, ids, under)


def test_papers_that_are_left_out_leave_no_empty_section() -> None:
    assert shape(without_papers(OUTLINE, ["h1", "o1", "nobody"])) == {"Adapters": ["a1", "a2"], "Prompts": ["s1", "s2"]}
    with pytest.raises(InputError, match="no paper is left"):
        without_papers(OUTLINE, list(YEARS))


def test_papers_that_are_taken_in_stand_where_they_are_told_to() -> None:
    more = with_papers(OUTLINE, {"n1": SOFT, "n2": PROBLEMS}, {**YEARS, "n1": 2021})
    assert (shape(more)["Prompts > Soft"], shape(more)["Open problems"]) == (["s1", "n1", "s2"], ["o1", "n2"])
    with pytest.raises(InputError, match="stands in the outline already"):
        with_papers(OUTLINE, {"a1": SOFT})


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ([Section(title="A", papers=("a",)), Section(title="A", papers=("b",))], "the same title"),
        ([Section(title="A", papers=("a",)), Section(title="B")], "'B' holds no paper"),
        ([Section(title="A", papers=("a",)), Section(title="B", papers=("a",))], "'a' stands in two"),
        ([Section(title=" ", papers=("a",))], "a section has no title"),
    ],
)
def test_what_is_no_outline(sections: list[Section], told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_outline(Outline(topic="t", title="T", sections=tuple(sections)))


def halves(outline: Outline, path: tuple[str, ...]) -> Outline:
    held = list(find_section(outline, path).papers)
    return split_section(outline, path, [("First", held[: len(held) // 2]), ("Second", held[len(held) // 2 :])])


def changed_at_random(outline: Outline, chance: random.Random, turn: int, years: Years) -> Outline:
    path, other = (chance.choice([path for path, _ in walk_sections(outline)]) for _ in range(2))
    some = chance.sample(sorted(years), 3)
    changes: list[Callable[[], Outline]] = [
        lambda: rename_section(outline, path, f"T{turn}"),
        lambda: move_section(outline, path, chance.choice([-1, 1])),
        lambda: lift_section(outline, path),
        lambda: merge_sections(outline, path, other, years),
        lambda: remove_section(outline, path, years),
        lambda: halves(outline, path),
        lambda: move_papers(outline, some, path, years),
        lambda: add_section(outline, f"N{turn}", some),
    ]
    return chance.choice(changes)()


def test_no_row_of_changes_loses_or_doubles_a_paper() -> None:
    chance = random.Random(7)
    ids = [f"p{n}" for n in range(24)]
    years = {one: chance.choice([2019, 2020, None]) for one in ids}
    sections = tuple(Section(title=f"S{n}", papers=tuple(ids[n * 6 : n * 6 + 6])) for n in range(4))
    outline, done = Outline(topic="t", title="T", sections=sections), 0
    for turn in range(600):
        try:
            outline = changed_at_random(outline, chance, turn, years)
        except InputError:
            continue
        done += 1
        assert sorted(ids_of(outline)) == sorted(ids)
        check_outline(outline)
        assert all(len(section.sections) != 1 for _, section in walk_sections(outline))
        assert all(not (section.papers and section.sections) for _, section in walk_sections(outline))
    assert done > 300
