"""Figures: what is drawn of a small draft, that labels fit and do not overlap, and drafts of which little can be drawn."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from itertools import combinations
from math import hypot

import pytest
from export_drafts import QUIET, hostile_papers, make_draft

from corpus.models import Paper
from survey.bibliography import is_cjk
from survey.draft.models import Draft
from survey.figures import build_figures, builders
from survey.figures.citation_map import LED, build_citation_map
from survey.figures.growth import MOST_YEARS, build_growth
from survey.figures.measure import _font_of as font_of
from survey.figures.measure import fit, label_of, showable, width, wrap
from survey.figures.papers import build_standing, name_of, readable
from survey.figures.rendering import DARK, in_scheme
from survey.figures.sketch import INK, WIDTH, Box, Dot, Line, Sketch, Words
from survey.figures.taxonomy import build_taxonomy
from survey.figures.timeline import MOST, build_timeline, choose_key_papers


def draft_of(years: Sequence[int | None], cites: Sequence[tuple[int, int]] = ()) -> Draft:
    """A draft of papers p0, p1, ... of these years; `cites` are pairs (citing, cited) of their numbers."""
    papers = [
        Paper(
            id=f"p{n:03}", title=f"Paper number {n:03} on layers", authors=(f"Ana N{n:03}",), year=year, abstract="A."
        )
        for n, year in enumerate(years)
    ]
    draft = make_draft(papers)
    key = {reference.id: reference.key for reference in draft.references}
    links = sorted((key[f"p{a:03}"], key[f"p{b:03}"]) for a, b in cites)
    return draft.model_copy(update={"links": tuple(links)})


def texts(sketch: Sketch | None) -> list[str]:
    assert sketch is not None
    return [mark.text for mark in sketch.marks if isinstance(mark, Words)]


def extent(words: Words) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a text, in inches."""
    wide = width(words.text, words.size, words.bold)
    left = words.x - {"left": 0.0, "center": wide / 2, "right": wide}[words.align]
    half = words.size / 72 * 0.5
    return left, words.y - half, left + wide, words.y + half


PLAIN_FONT = font_of("a")
PLAIN = [
    QUIET[0],
    QUIET[1],
    QUIET[2],
    *(QUIET[2].model_copy(update={"id": f"q{n}", "year": 2010 + n}) for n in range(4)),
]
LARGE = draft_of([2000 + n % 25 for n in range(300)], [(n, n % 17) for n in range(20, 300)])
DRAFTS = {"seven": make_draft(PLAIN), "hostile": make_draft(hostile_papers()), "300": LARGE}


# ---- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", builders())
@pytest.mark.parametrize("draft", DRAFTS)
def test_no_text_leaves_the_figure_and_none_covers_another(draft: str, name: str) -> None:
    sketch = builders()[name](DRAFTS[draft])
    assert sketch is not None
    boxes = [extent(mark) for mark in sketch.marks if isinstance(mark, Words)]
    assert all(left >= -0.01 and right <= WIDTH + 0.01 for left, _, right, _ in boxes)
    assert all(top >= 0 and bottom <= sketch.tall for _, top, _, bottom in boxes)
    for one, other in combinations(boxes, 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across <= 0.01 or down <= 0.03


@pytest.mark.parametrize("picture", ["svg", "pdf", "png"])
def test_two_drawings_give_the_same_bytes(picture: str) -> None:
    from survey.figures.rendering import render_sketch

    sketch = build_timeline(make_draft(hostile_papers()))
    assert sketch is not None
    first = render_sketch(sketch, "timeline", picture)  # type: ignore[arg-type]
    assert first == render_sketch(sketch, "timeline", picture)  # type: ignore[arg-type]
    assert len(first) > 1_000


def test_an_svg_is_well_formed_and_holds_no_date_and_no_script() -> None:
    for figure in build_figures(make_draft(hostile_papers())):
        svg = figure.render("svg").decode()
        tags = {element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(svg).iter()}
        assert "script" not in tags
        assert "dc:date" not in svg


def test_a_dark_page_gets_other_inks() -> None:
    svg = build_figures(make_draft(QUIET))[0].render("svg").decode()
    assert INK in svg
    dark = in_scheme(svg, dark=True)
    assert INK not in dark
    assert DARK[INK] in dark
    assert in_scheme(svg, dark=False) == svg


def test_a_draft_is_not_asked_twice_for_the_same_picture() -> None:
    first, second = (build_figures(make_draft(QUIET))[0].render("svg") for _ in range(2))
    assert first is second


# ---- little to draw --------------------------------------------------------------------------------------------------


def test_without_years_there_is_no_timeline_and_no_growth() -> None:
    names = [figure.name for figure in build_figures(draft_of([None, None, None], [(1, 0)]))]
    assert names == ["taxonomy", "citation_map"]


def test_without_citations_there_is_no_map() -> None:
    assert build_citation_map(draft_of([2020, 2021])) is None


def test_one_section_is_no_tree() -> None:
    draft = draft_of([2020])
    assert build_taxonomy(draft) is None
    assert build_figures(draft) == []


def test_of_one_year_there_is_no_growth() -> None:
    assert build_growth(draft_of([2020] * 6)) is None


def test_of_a_few_papers_there_is_no_growth() -> None:
    assert build_growth(draft_of([2019, 2020, 2021, 2022, None, None])) is None


# ---- growth ----------------------------------------------------------------------------------------------------------


def test_growth_counts_each_year() -> None:
    assert texts(build_growth(draft_of([2019, 2021, 2021, 2022, 2022, None]))) == [
        "0", "1", "2", "1", "2019", "2020", "2", "2021", "2", "2022", "Listening", "Speaking",
    ]  # fmt: skip


def test_growth_says_what_it_leaves_out() -> None:
    sketch = build_growth(draft_of([2019, 2021, 2021, 2021, 2021, None]))
    assert sketch is not None
    assert sketch.caption.endswith("1 paper without a year is left out.")


def test_long_ago_shares_a_column() -> None:
    sketch = build_growth(draft_of([1958, 1990, 2020, 2020, 2021]))
    shown = texts(sketch)
    assert f"≤{2021 - MOST_YEARS + 1}" in shown
    assert "1958" not in shown


def test_the_columns_are_as_high_as_their_counts() -> None:
    sketch = build_growth(draft_of([2020, 2020] + [2021] * 6))
    assert sketch is not None
    boxes = [mark for mark in sketch.marks if isinstance(mark, Box)]
    height = {x: sum(box.tall for box in boxes if box.x == x) for x in {box.x for box in boxes}}
    low, high = (height[x] for x in sorted(height))
    assert high / low == pytest.approx(3, rel=0.05)


# ---- timeline --------------------------------------------------------------------------------------------------------


def test_key_papers_are_the_most_cited_of_each_section_then_of_all() -> None:
    draft = draft_of([2020 + n // 10 for n in range(40)], [(n, 3) for n in range(10, 25)] + [(n, 25) for n in (30, 31)])
    standing = build_standing(draft)
    chosen = choose_key_papers(standing)
    assert len(chosen) == MOST // 2
    assert {standing.references[key].id for key in chosen} >= {"p003", "p025"}
    assert [standing.references[key].year for key in chosen] == sorted(
        standing.references[key].year or 0 for key in chosen
    )


def test_where_the_citations_of_most_are_unknown_a_few_rank_nothing() -> None:
    draft = draft_of([2020 + n // 10 for n in range(40)], [(11, 3), (12, 3)])
    assert not build_standing(draft).cited_by
    sketch = build_timeline(draft)
    assert sketch is not None
    assert "cited 2 times" not in texts(sketch)
    assert "too few citations" in sketch.caption


def test_the_timeline_says_how_often_a_paper_is_cited() -> None:
    shown = texts(build_timeline(draft_of([2019, 2020, 2021], [(1, 0), (2, 0)])))
    assert shown[:3] == ["2019", "Paper number 000 on layers", "cited 2 times"]
    assert shown[3:5] == ["2020", "Paper number 001 on layers"]


# ---- taxonomy --------------------------------------------------------------------------------------------------------


def test_the_tree_names_topic_sections_and_papers() -> None:
    # Author and year stay on one line.
    assert [text.replace("\u00a0", " ") for text in texts(build_taxonomy(make_draft(QUIET)))] == [
        "Listening (2)", "Brown 2020, van der Hof 2021", "Speaking (1)", "Moor 2023", "Layers",
    ]  # fmt: skip


# ---- citation map ----------------------------------------------------------------------------------------------------


def test_the_map_draws_each_citation_and_leaves_out_who_has_none() -> None:
    sketch = build_citation_map(draft_of([2019, 2020, 2021, 2022], [(1, 0), (2, 0)]))
    assert sketch is not None
    assert len([mark for mark in sketch.marks if isinstance(mark, Line)]) == 2
    assert sketch.caption.endswith("1 of 4 papers have no such link and are left out.")
    largest = max((mark for mark in sketch.marks if isinstance(mark, Dot)), key=lambda dot: dot.radius)
    assert texts(sketch)[0] == "N000 2019"
    assert largest.radius > 0.05


# Twelve papers in one clump, each cited by all others of 40.
CLUMP = draft_of([2000 + n // 4 for n in range(40)], [(a, b) for b in range(12) for a in range(12, 40)])


@pytest.mark.parametrize("draft", [LARGE, CLUMP], ids=["300", "clump"])
def test_the_papers_cited_most_are_named_on_the_map(draft: Draft) -> None:
    standing = build_standing(draft)
    most = sorted(standing.references, key=standing.rank)[:LED]
    assert {name_of(standing.references[key]) for key in most} <= set(texts(build_citation_map(draft)))


@pytest.mark.parametrize("draft", [LARGE, CLUMP], ids=["300", "clump"])
def test_names_on_the_map_stand_apart(draft: Draft) -> None:
    sketch = build_citation_map(draft)
    assert sketch
    boxes = [extent(mark) for mark in sketch.marks if isinstance(mark, Words) and mark.halo]
    for one, other in combinations(boxes, 2):
        beside = max(one[0], other[0]) - min(one[2], other[2])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert beside > 0.07 or down <= 0  # no two names read as one


def test_marks_on_the_map_do_not_cover_each_other() -> None:
    sketch = build_citation_map(CLUMP)
    assert sketch
    dots = [mark for mark in sketch.marks if isinstance(mark, Dot)][:40]
    assert all(hypot(a.x - b.x, a.y - b.y) > a.radius + b.radius for a, b in combinations(dots, 2))


def test_the_map_does_not_depend_on_the_order_of_the_links() -> None:
    draft = draft_of([2020] * 12, [(n, n // 2) for n in range(1, 12)])
    turned = draft.model_copy(update={"links": draft.links[::-1]})
    one, other = build_citation_map(draft), build_citation_map(turned)
    assert one is not None
    assert other is not None
    assert [mark for mark in one.marks if isinstance(mark, Dot)] == [m for m in other.marks if isinstance(m, Dot)]


# ---- words -----------------------------------------------------------------------------------------------------------


def test_a_text_is_cut_at_a_word() -> None:
    assert fit("Layers that listen to the layers around them", 1.6) == "Layers that listen to…"
    assert fit("Layers", 1.6) == "Layers"


def test_a_text_is_wrapped_and_what_is_left_over_is_cut() -> None:
    assert wrap("Layers that listen to layers around", 1.0, 2) == ["Layers that", "listen to…"]
    assert wrap("方法与展望的综述", 0.5, 4) == ["方法与展", "望的综述"]


def test_what_no_font_can_show_is_left_out() -> None:
    assert showable("Films \U0010ffff and layers") == "Films and layers"
    assert label_of("\U0010ffff\U0010fffe\U0010fffd x", "moor2020") == "moor2020"


@pytest.mark.parametrize(
    ("title", "authors", "name"),
    [
        ("LoRA: Low-rank layers", ("Ana Brown",), "LoRA"),
        (r"$\Delta$-LoRA: Low-rank layers", ("Ana Brown",), "Δ-LoRA"),
        ("Layers in films: a study", ("Ana Brown",), "Brown 2020"),
        ("Layers in films that nobody has ever signed", (), "Layers in films that…"),
        ("视觉语言模型综述方法与展望的一个非常长的题目没有空格", (), "视觉语言模型综述方法与展望的一个非常"),
    ],
)
def test_short_names(title: str, authors: tuple[str, ...], name: str) -> None:
    paper = Paper(id="x", title=title, authors=authors, year=2020, abstract="A.")
    assert name_of(make_draft([paper]).references[0]) == name


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        (r"$\alpha$-mixing in $O(n^2)$ and $k$-means", "α-mixing in O(n^2) and k-means"),
        ("Films for $5 or $6", "Films for $5 or $6"),
        (r"\input{a} $x", r"\input{a} $x"),
    ],
)
def test_formulas_are_readable(title: str, shown: str) -> None:
    assert readable(title) == shown


# ---- in Chinese ------------------------------------------------------------------------------------------------------


def test_a_chinese_draft_has_chinese_captions_and_notes() -> None:
    draft = draft_of([2019, 2020, 2021, 2022, 2022], [(1, 0), (2, 0)])
    chinese = draft.model_copy(update={"outline": draft.outline.model_copy(update={"topic": "层"})})
    for figure in build_figures(chinese):
        assert is_cjk(figure.title)
        assert not re.search("[A-Za-z]", figure.caption)
    timeline = texts(build_timeline(chinese))
    assert ("被引 2 次" if showable("被引次") == "被引次" else "cited 2 times") in timeline


def test_where_no_font_has_chinese_the_picture_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "survey.figures.measure._font_of", lambda char, bold=False: None if char > "\u2e80" else PLAIN_FONT
    )
    papers = [paper.model_copy(update={"year": 2020}) for paper in QUIET]
    draft = make_draft(papers, topic="安静的层", headings=("倾听的层", "Speaking 层"))
    assert texts(build_taxonomy(draft)) == [
        "Section 1 (2)", "Brown\u00a02020, van\u00a0der\u00a0Hof\u00a02020", "Speaking (1)", "Moor\u00a02020", "Survey",
    ]  # fmt: skip
    shown = texts(build_timeline(draft))
    assert shown[-2:] == ["Section 1", "Speaking"]
    assert "cited 2 times" in shown
    # What stands beside it is the reader's own font's business.
    assert is_cjk(build_figures(draft)[0].caption)
