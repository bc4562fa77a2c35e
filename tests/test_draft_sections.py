"""What a draft's sections are made of: counted facts, relations, tables, open problems and gaps, each with its evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from corpus.models import ConceptKind, EdgeKind, Paper
from survey.checking.contract import load_contract
from survey.draft import Draft, Sentence, Table, write_draft
from survey.draft.material import Gap, Spoken
from survey.draft.naming import own_name
from survey.draft.wording import Wording
from survey.export.blocks import Heading, build_blocks
from survey.export.markdown import render_markdown
from survey.outline import Outline, Section
from survey.outline.facets import OPEN
from survey.sentences import after_connective, how_open, tone


def paper(number: int, title: str, abstract: str = "", *, year: int | None = None, **more: object) -> Paper:
    return Paper.model_validate(
        {"id": f"p{number}", "title": title, "abstract": abstract, "year": year or 2000 + number, **more}
    )


def draft_of(
    sections: Mapping[str, Sequence[Paper]],
    citations: Sequence[tuple[int, int]] = (),
    *,
    topic: str = "birds",
    spoken: Mapping[str, Sequence[Spoken]] | None = None,
    gaps: Sequence[Gap] = (),
) -> Draft:
    """The draft of papers in sections; citations by the papers' places in all of them together."""
    papers = [one for held in sections.values() for one in held]
    parts = tuple(Section(title=title, papers=tuple(one.name for one in held)) for title, held in sections.items())
    outline = Outline(topic=topic, title="Birds: a survey", sections=parts)
    vectors = np.ones((len(papers), 2), dtype=np.float32) / 2**0.5
    return write_draft(outline, papers, vectors, citations, spoken=spoken, gaps=gaps)


def texts(draft: Draft, kind: str, section: tuple[str, ...] | None = None) -> list[str]:
    return [one.text for one in draft.sentences if one.kind == kind and (section is None or one.section == section)]


def said(
    one: Paper, words: str, name: str, kind: ConceptKind = "method", edge: EdgeKind = "uses", weight: float = 0.8
) -> Spoken:
    """That a paper speaks of `name` with these words of its abstract, or else of its title."""
    source = "abstract" if words in (one.abstract or "") else "title"
    start = (one.abstract or "").find(words) if source == "abstract" else one.title.index(words)
    return Spoken(
        concept=f"{kind}:{name.lower()}",
        name=name,
        kind=kind,
        edge=edge,
        weight=weight,
        source="abstract" if source == "abstract" else "title",
        start=start,
        stop=start + len(words),
    )


# ---- counted facts ---------------------------------------------------------------------------------------------------


def test_ten_sections_do_not_read_alike() -> None:
    sections = {f"Part {n}": [paper(2 * n, f"Song {n}"), paper(2 * n + 1, f"Nest {n}")] for n in range(5)}
    openings = [one.text.partition("from")[0] for one in draft_of(sections).sentences if one.section]
    assert openings == [
        "This section covers two papers ",
        "Two papers ",
        "This section brings together two papers ",
        "Two papers ",
        "This section covers two papers ",
    ]


def test_no_paper_is_the_earliest_where_several_are() -> None:
    papers = [paper(1, "A", year=2001), paper(2, "B", year=2001), paper(3, "C", year=2003)]
    (sentence,) = [one for one in draft_of({"All": papers}).sentences if one.kind == "counted"]
    assert sentence.text == "This section covers three papers from 2001 to 2003."
    # The first and the last bear the years out.
    assert [quote.quote for quote in sentence.citations] == ["A", "C"]


def test_what_marks_a_section_is_told_with_the_words_of_its_papers() -> None:
    birds = [paper(n, f"Bird {n}", "All birds sing. Some birds dance in the rain.") for n in range(6)]
    fish = [paper(n, f"Fish {n}", "All fish sing.") for n in range(6, 14)]
    spoken = {one.name: [said(one, "sing", "singing")] for one in [*birds, *fish]}
    for one in birds[:4]:
        spoken[one.name].append(said(one, "dance", "dancing"))
    draft = draft_of({"Birds": birds, "Fish": fish}, spoken=spoken)
    # All papers speak of singing, which marks no section.
    assert texts(draft, "counted", ("Birds",))[1:] == [
        "Four of them mention dancing, among them “Bird 0”, “Bird 1” and “Bird 2”."
    ]
    sentence = next(one for one in draft.sentences if "dancing" in one.text)
    assert [quote.quote for quote in sentence.citations] == ["Some birds dance in the rain."] * 3
    assert texts(draft, "counted", ("Fish",))[1:] == []


def test_a_task_that_says_nothing_by_itself_marks_no_section() -> None:
    birds = [paper(n, f"Bird {n}", "We test all birds on the task of detection.") for n in range(6)]
    fish = [paper(n, f"Fish {n}", "All fish sing.") for n in range(6, 16)]
    for name, told in (("detection", 0), ("bird detection", 1)):
        spoken = {one.name: [said(one, "detection", name, "task")] for one in birds}
        draft = draft_of({"Part": birds, "Fish": fish}, topic="song", spoken=spoken)
        assert len(texts(draft, "counted", ("Part",))) == 1 + told
    # Who likes it does not work on it.
    likes = [one.model_copy(update={"abstract": "All birds are like detection."}) for one in birds]
    spoken = {one.name: [said(one, "detection", "bird detection", "task")] for one in likes}
    assert len(texts(draft_of({"Part": likes, "Fish": fish}, topic="song", spoken=spoken), "counted", ("Part",))) == 1


def test_the_summary_counts_all_papers_and_names_the_largest_sections() -> None:
    sections = {
        "Birds": [paper(n, f"Bird {n}") for n in range(4)],
        "Fish": [paper(n, f"Fish {n}") for n in range(4, 7)],
    }
    assert texts(draft_of(sections), "counted", ()) == [
        "This survey covers seven papers from 2000 to 2006, four of them from 2003 or later; the earliest is “Bird 0”.",
        "The papers are arranged in two sections: Birds (four papers, such as “Bird 0”) and Fish (three papers, such as “Fish 4”).",
    ]


def test_a_draft_of_few_papers_has_no_summary() -> None:
    assert all(one.section for one in draft_of({"All": [paper(1, "A"), paper(2, "B")]}).sentences)


# ---- how papers relate -----------------------------------------------------------------------------------------------


def test_citations_are_told_from_the_cited_paper() -> None:
    papers = [
        paper(1, "OWL: Birds at Night"),
        paper(2, "Nests", authors=["Ann Lee"]),
        paper(3, "Eggs", authors=["Bo Li"]),
    ]
    draft = draft_of({"All": papers}, [(1, 0), (2, 0)])
    assert texts(draft, "relation") == ["OWL is cited by Lee (2002) and Li (2003)."]
    (sentence,) = [one for one in draft.sentences if one.kind == "relation"]
    assert [quote.id for quote in sentence.citations] == ["p1", "p2", "p3"]
    assert draft.links == (("lee2002nests", "anon2001owl"), ("li2003eggs", "anon2001owl"))


def test_a_chain_of_citations_is_the_main_path() -> None:
    papers = [paper(n, f"{name}: Birds") for n, name in enumerate(("OWL", "EMU", "JAY"))]
    assert texts(draft_of({"All": papers}, [(1, 0), (2, 1)]), "relation")[0] == (
        "The main path of citations runs from OWL (2000) through EMU (2001) to JAY (2002)."
    )


def test_sections_relate_by_whom_their_papers_cite() -> None:
    old, new = [paper(n, f"Old {n}") for n in range(2)], [paper(n, f"New {n}") for n in range(2, 5)]
    draft = draft_of({"Old": old, "New": new}, [(2, 0), (3, 0), (4, 1)])
    assert texts(draft, "relation", ("New",)) == [
        "“New 2”, “New 3” and “New 4” cite work from the section on Old, such as “Old 0” and “Old 1”."
    ]


def test_a_paper_that_speaks_of_anothers_method_is_told() -> None:
    papers = [
        paper(1, "OWL: Birds at Night", "An owl flies."),
        paper(2, "EMU: Birds by Day", "Other birds, such as OWL, fly at night and see very little of the day."),
        # Of its own year, and gives the name to something of its own: neither means the first paper's.
        paper(3, "JAY: Blue Birds", "Old birds fly as OWL does, but only at night.", year=2001),
        paper(4, "Birds", "Our OWL is a model of birds that are awake at night and sleep by day."),
    ]
    draft = draft_of({"All": papers})
    assert texts(draft, "relation") == ["EMU refers to OWL by name."]
    (sentence,) = [one for one in draft.sentences if one.kind == "relation"]
    assert [quote.quote for quote in sentence.citations] == [papers[1].abstract, "OWL: Birds at Night"]


def test_a_paper_with_a_method_of_the_same_name_does_not_speak_of_anothers() -> None:
    papers = [
        paper(1, "OWL: Birds at Night", "An owl flies."),
        paper(2, "OWL: Birds that Walk", "Other birds walk, and OWL walks too, though it seldom does so by day."),
    ]
    assert texts(draft_of({"All": papers}), "relation") == []


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("We build on OWL to count birds.", True),
        ("We make OWLs count birds.", True),
        ("Based on owls of winter light (OWL), we count birds.", True),
        # A name that goes on.
        ("We propose Deep OWL to count birds.", True),
        # One of a row, or what it is compared with.
        ("We count birds with EMU, OWL and JAY.", False),
        ("We count birds with EMU and OWL by day.", False),
        ("We count birds with OWL-1 or OWL/EMU by day.", False),
        ("Our count is faster than OWL in rain.", False),
        ("We compare with the OWL baseline in rain.", False),
        ("Unlike OWL, we count birds in rain.", False),
        ("We count birds as fast as OWL in rain.", False),
        # Another thing of that name.
        ("Based on odd wing lengths (OWL), we count birds. We train OWL by day.", False),
        ("We propose OWL and count birds. With OWL we see more.", False),
    ],
)
def test_who_refers_to_a_method_builds_on_it(sentence: str, told: bool) -> None:
    papers = [paper(1, "OWL: Owls of Winter Light"), paper(2, "Counting", f"Birds sing. {sentence}")]
    assert texts(draft_of({"All": papers}), "relation") == (["“Counting” refers to OWL by name."] if told else [])


def test_what_many_spell_out_is_a_kind_and_nobodys_method() -> None:
    other = paper(2, "Counting", "Online winter learning (OWL) is old. We build on OWL to count birds.")
    for title, told in (("Birds at Night", False), ("Online Winter Learning", True)):
        first = paper(1, title, "We introduce Online Winter Learning (OWL), which is small.")
        assert texts(draft_of({"All": [first, other]}), "relation") == ["“Counting” refers to OWL by name."] * told


@pytest.mark.parametrize(
    "title", ["SPICE: Owls of Winter Light", "VQA: Birds at Night", "OWL: Automatic Evaluation of Birds"]
)
def test_tasks_and_measures_are_no_methods_that_others_build_on(title: str) -> None:
    name = title.partition(":")[0]
    papers = [paper(1, title), *(paper(n, f"Counting {n}", f"We build on {name} to count.") for n in (2, 3))]
    draft = draft_of({"All": papers})
    assert texts(draft, "relation") == []
    assert "name most" not in texts(draft, "counted")[0]


def test_where_nobody_cites_a_part_is_told_by_the_method_that_others_name() -> None:
    papers = [
        paper(1, "Birds of Old", "A bird flies."),
        paper(2, "OWL: Birds at Night", "An owl flies."),
        paper(3, "Birds by Day", "Birds such as OWL sleep by day."),
        paper(4, "Birds at Noon", "At noon even OWL is asleep."),
    ]
    parts = tuple(
        Section(title=t, papers=tuple(o.name for o in held)) for t, held in (("A", papers[:2]), ("B", papers[2:]))
    )
    outline = Outline(topic="birds", title="Birds", sections=(Section(title="All", papers=(), sections=parts),))
    draft = write_draft(outline, papers, np.ones((4, 2), dtype=np.float32) / 2**0.5, [])
    assert "A (two papers, such as OWL) and B (two papers, such as “Birds by Day”)" in texts(draft, "counted")[0]


def test_gains_over_the_same_method_are_told_together() -> None:
    papers = [paper(n, f"{name}: Birds", f"{name} flies better than kites.") for n, name in ((1, "OWL"), (2, "EMU"))]
    spoken = {one.name: [said(one, "kites", "kites", edge="improves")] for one in papers}
    assert texts(draft_of({"All": papers}, spoken=spoken), "relation") == ["OWL and EMU report gains over kites."]


@pytest.mark.parametrize(
    ("sentence", "gains"),
    [
        ("We outperform kites.", True),
        ("We show that OWL flies better than kites.", True),
        ("We present a nest that surpasses kites.", True),
        ("In rain our owls exceed the speed of kites.", True),
        ("Improvements of OWL over kites are large.", True),
        # To do something with kites is not to do better than they.
        ("OWL extends kites.", False),
        ("OWL is more fragile than kites.", False),
        ("Our owls compete with kites.", False),
        # Somebody else does better, or better at something.
        ("We show that emus outperform kites.", False),
        ("Emus have recently outperformed kites.", False),
        ("We study emus that outperform kites.", False),
        ("Our results show emus to be faster than kites.", False),
        ("OWL outperforms emus on kites.", False),
        ("OWL does not outperform kites.", False),
        ("OWL is outperformed by kites.", False),
    ],
)
def test_gains_are_a_papers_own(sentence: str, gains: bool) -> None:
    papers = [paper(n, "OWL: Birds" if n == 1 else f"Bird {n}", sentence) for n in (1, 2)]
    if "OWL" in sentence:
        papers[1] = papers[1].model_copy(update={"abstract": "We outperform kites."})
    spoken = {one.name: [said(one, "kites", "kites", edge="improves")] for one in papers}
    told = texts(draft_of({"All": papers}, spoken=spoken), "relation")
    assert told == (["OWL and “Bird 2” report gains over kites."] if gains else [])


def test_how_young_papers_are_is_told_where_no_paper_stands_out() -> None:
    years = (2001, 2001, 2003, 2008, 2009, 2010)
    papers = [paper(n, f"Bird {n}", year=year) for n, year in enumerate(years)]
    # Half of them are of the last three years.
    assert texts(draft_of({"All": papers}), "counted")[1:] == [
        "This section covers six papers from 2001 to 2010, three of them from 2008 or later."
    ]
    assert texts(draft_of({"All": papers[:5]}), "counted") == ["This section covers five papers from 2001 to 2009."]


def test_a_section_begins_with_the_method_that_others_name() -> None:
    papers = [
        paper(1, "Birds of Old"),
        paper(2, "OWL: Birds at Night"),
        paper(3, "Birds by Day", "Birds such as OWL sleep by day."),
        paper(4, "Birds at Noon", "At noon even OWL is asleep."),
    ]
    assert texts(draft_of({"All": papers}), "counted") == [
        "This section covers four papers from 2001 to 2004; the one whose method the others name most is OWL (two papers)."
    ]


def test_the_method_that_a_section_begins_with_is_not_told_twice() -> None:
    birds = [paper(1, "OWL: Birds at Night"), *(paper(n, f"Bird {n}", "OWL is asleep by day.") for n in range(2, 8))]
    fish = [paper(n, f"Fish {n}") for n in range(8, 20)]
    spoken = {one.name: [said(one, "OWL", "OWL")] for one in birds}
    told = texts(draft_of({"Birds": birds, "Fish": fish}, topic="animals", spoken=spoken), "counted", ("Birds",))
    assert told == [
        "This section covers seven papers from 2001 to 2007; the one whose method the others name most is OWL (six papers)."
    ]


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("OWL: A Benchmark of Birds at Night", ""),
        ("Birds at Night", "We introduce OWL, a large data set of birds."),
        ("Birds at Night", "We present a benchmark of birds called OWL, which is large."),
        # The table of terms knows it.
        ("ScanNet: Birds at Night", ""),
    ],
)
def test_who_names_a_data_set_measures_with_it(title: str, abstract: str) -> None:
    name = "ScanNet" if title.startswith("ScanNet") else "OWL"
    papers = [
        paper(1, title, abstract),
        paper(2, "Birds by Day", f"Birds such as those of {name} sleep by day."),
        paper(3, "Birds at Noon", f"At noon those of {name} are asleep."),
    ]
    draft = draft_of({"All": papers})
    assert texts(draft, "relation") == []
    assert "name most" not in texts(draft, "counted")[0]


def test_papers_that_the_same_paper_cites_stand_in_one_sentence() -> None:
    papers = [paper(n, f"{name}: Birds") for n, name in enumerate(("OWL", "EMU", "JAY"))]
    assert texts(draft_of({"All": papers}, [(2, 0), (2, 1)]), "relation") == ["OWL and EMU are cited by JAY."]


def test_a_paper_that_cites_and_is_cited_is_told_once() -> None:
    papers = [paper(n, f"{name}: Birds") for n, name in enumerate(("OWL", "EMU", "JAY", "TIT", "AUK", "KEA", "TUI"))]
    # Beside the main path of the first four, TUI cites KEA, which cites AUK.
    links = [(1, 0), (2, 1), (3, 2), (5, 4), (6, 5)]
    assert texts(draft_of({"All": papers}, links), "relation")[1:] == ["KEA cites AUK and is cited by TUI."]
    assert texts(draft_of({"全部": papers}, links, topic="鸟类"), "relation")[1:] == ["KEA 引用了 AUK，并被 TUI 引用。"]


def test_plural_names_take_are() -> None:
    words = Wording()
    assert [words.be(name) for name in ("convolutional neural networks", "GANs", "dropout", "analysis")] == [
        "are",
        "are",
        "is",
        "is",
    ]


def test_what_a_heading_says_in_chinese_is_not_told_in_english() -> None:
    papers = [paper(n, f"Bird {n}", "Birds sing by prompt tuning.") for n in range(6)]
    spoken = {one.name: [said(one, "prompt tuning", "prompt tuning")] for one in papers}
    others = [paper(n, f"Fish {n}") for n in range(6, 16)]
    drafts = [draft_of({title: papers, "鱼类": others}, topic="动物", spoken=spoken) for title in ("鸟鸣", "提示微调")]
    assert [any("均涉及提示微调" in one for one in texts(draft, "counted")) for draft in drafts] == [True, False]


# ---- tables ----------------------------------------------------------------------------------------------------------


def table_of(draft: Draft) -> Table:
    (table,) = draft.tables
    return table


def test_a_table_holds_what_papers_say_and_its_place() -> None:
    papers = [
        paper(
            1,
            "OWL: Birds at Night",
            "We keep the wings frozen and train the feathers only, at https://github.com/owl/owl.",
        ),
        paper(2, "Nests", "Existing birds freeze all wings.", venue="BIRDS", code_url="https://example.org/nests"),
        paper(3, "EMU: Birds by Day", "We freeze the feathers and test it on object detection."),
    ]
    spoken = {
        "p1": [said(papers[0], "Night", "night recognition", "task")],
        "p2": [said(papers[1], "birds", "birds", "task")],
        "p3": [said(papers[2], "object detection", "object detection", "task")],
    }
    table = table_of(draft_of({"All": papers}, spoken=spoken))
    assert table.columns == ("Method", "Year", "Venue", "Trained", "Task", "Code")
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["OWL", "2001", "", "keep the wings frozen", "night recognition", "https://github.com/owl/owl"],
        # What others freeze is not what this paper trains, and the task is the topic of the draft.
        ["", "2002", "BIRDS", "", "", "https://example.org/nests"],
        ["EMU", "2003", "", "freeze the feathers", "object detection", ""],
    ]
    evidence = [cell.evidence and cell.evidence.quote for cell in table.rows[0].cells]
    assert evidence == ["OWL", None, None, "keep the wings frozen", "Night", "https://github.com/owl/owl"]


def tasks_of(
    said_by_first: Sequence[tuple[str, str]], *, title: str = "OWL: Birds", abstract: str, heading: str = "All"
) -> str:
    """The task cell of a paper that speaks of tasks in these words: (words, name of the task)."""
    one, other = paper(1, title, abstract), paper(2, "EMU: Running", "We study running.")
    # Others say of all of them, and of running, that they are tasks.
    names = dict.fromkeys(["running", *(name for _, name in said_by_first)])
    others = [paper(10 * n + m, f"A Study of {name}") for n, name in enumerate(names, 1) for m in (0, 1)]
    spoken = {
        "p1": [said(one, words, name, "task") for words, name in said_by_first],
        "p2": [said(other, "Running", "running", "task")],
        **{each.name: [said(each, each.title[11:], each.title[11:], "task")] for each in others},
    }
    table = draft_of({heading: [one, other], "More": others}, spoken=spoken).tables[0]
    return table.rows[0].cells[table.columns.index("Task")].text if "Task" in table.columns else ""


@pytest.mark.parametrize(
    ("abstract", "cell"),
    [
        ("We present a model of nest counting.", "nest counting"),
        ("Experiments on nest counting show gains.", "nest counting"),
        ("OWL is strong on nest counting benchmarks.", "nest counting"),
        ("Some fly. Nest counting is hard. All know nest counting.", "nest counting"),
        # Only mentioned, by others, behind what it does, or as what it is like.
        ("Some fly. Others live by nest counting.", ""),
        ("Recent models achieve much in nest counting.", ""),
        ("To see what nest counting needs, we introduce OWL.", ""),
        ("We present a model inspired by nest counting.", ""),
        ("Motivated by the needs of many who do nest counting, we present OWL.", ""),
        ("We present a model for fields such as song, flight and nest counting.", ""),
        ("We present a model for tasks such as song, flight and nest counting.", "nest counting"),
    ],
)
def test_a_task_is_what_a_paper_works_on(abstract: str, cell: str) -> None:
    words = "Nest counting" if "Nest" in abstract else "nest counting"
    assert tasks_of([(words, "nest counting")], abstract=abstract) == cell


def test_a_thing_is_no_task() -> None:
    assert tasks_of([("translation", "translation")], abstract="We test OWL on translation.") == "translation"
    for words, abstract in (
        ("translations", "We test OWL on translations of images."),
        ("translation", "We test OWL on our translation."),
    ):
        assert tasks_of([(words, "translation")], abstract=abstract) == ""


def test_a_papers_own_acronym_is_nobody_elses_task_or_data() -> None:
    named, joined = "Our Odd Counting Rule (OCR) helps on OCR.", "OWL + OCR does well in experiments with OCR."
    for abstract in (named, joined):
        assert tasks_of([("OCR", "optical character recognition")], abstract=abstract) == ""
    spelt = "We test optical character recognition (OCR) and OCR."
    assert tasks_of([("OCR", "optical character recognition")], abstract=spelt) == "optical character recognition"
    papers = [paper(n, f"{name}: Birds", f"We test {name} on it.") for n, name in ((1, "MIND"), (2, "EMU"))]
    papers[1] = papers[1].model_copy(update={"abstract": "We test EMU on MIND."})
    spoken = {one.name: [said(one, "MIND", "MIND", "dataset")] for one in papers}
    assert "Data" not in table_of(draft_of({"All": papers}, spoken=spoken)).columns


def test_of_names_that_say_the_same_the_first_stands() -> None:
    names = ("wild nest counting", "nest counting", "counting wild nest", "egg laying")
    assert tasks_of([(name, name) for name in names], abstract=f"We test OWL on {', '.join(names)}.") == (
        "wild nest counting, egg laying"
    )


def test_what_the_heading_says_is_no_task() -> None:
    abstract = "We test OWL on nest counting and on wild bird."
    said_by = [("nest counting", "nest counting"), ("wild bird", "wild bird")]
    assert tasks_of(said_by, abstract=abstract) == "nest counting, wild bird"
    # The topic is birds.
    assert tasks_of(said_by, abstract=abstract, heading="Wild animals") == "nest counting"
    assert tasks_of(said_by, abstract=abstract, heading="Nest counting") == "wild bird"


def test_a_column_that_hardly_a_paper_fills_is_left_out() -> None:
    papers = [paper(n, f"{name}: Birds") for n, name in enumerate(("OWL", "EMU", "JAY", "TIT"))]
    papers[0] = papers[0].model_copy(update={"code_url": "https://example.org/owl"})
    draft = draft_of({"All": papers})
    assert table_of(draft).columns == ("Method", "Year")
    # It stands with the reference all the same.
    assert [one.code_url for one in draft.references if one.id == "p0"] == ["https://example.org/owl"]


def test_the_evidence_of_a_cell_stands_at_its_place() -> None:
    one = paper(1, "OWL", "To begin with, we only train the last 0.5% of the feathers of a bird.")
    draft = draft_of({"All": [one, paper(2, "EMU: A Bird", "We freeze the wings.")]})
    cell = table_of(draft).rows[0].cells[table_of(draft).columns.index("Trained")]
    assert cell.text == "only train the last 0.5% of the feathers of a bird"
    assert cell.evidence is not None
    assert (one.abstract or "")[cell.evidence.start : cell.evidence.end] == cell.text


def test_papers_that_say_nothing_of_it_make_no_table() -> None:
    assert draft_of({"All": [paper(1, "A"), paper(2, "B")]}).tables == ()


@pytest.mark.parametrize(
    ("title", "abstract", "name"),
    [
        ("LoRA: Low-Rank Adaptation", "", "LoRA"),
        ("P-Tuning v2: Prompts", "", "P-Tuning v2"),
        ("Attention: A Study", "", None),
        ("Few-Shot Learning: A Study", "", None),
        ("Low-Rank Adaptation", "We propose Low-Rank Adaptation (LoRA), which is small.", "LoRA"),
        ("A Study", "The new layer, dubbed AdaMix, is small.", "AdaMix"),
        ("A Study", "We present GraLoRA, a small layer.", "GraLoRA"),
        ("A Study", "We use BERT, a large model.", None),
        ("A Study", "We introduce Owl, a family of birds that see at night (BSN).", None),
        ("A Study", "We introduce super-resolution (SR) for birds.", None),
    ],
)
def test_a_papers_own_name_for_its_method(title: str, abstract: str, name: str | None) -> None:
    found = own_name(Paper(title=title, abstract=abstract))
    assert (found.text if found else None) == name
    if found:
        source = title if found.source == "title" else abstract
        assert source[found.start : found.end] == name


def test_a_name_that_an_older_paper_uses_is_not_a_papers_own() -> None:
    papers = [paper(1, "On VAE"), paper(2, "A Study", "We design a Variational Autoencoder (VAE) for birds.")]
    assert draft_of({"All": papers}).tables == ()


# ---- open problems and gaps ------------------------------------------------------------------------------------------


def problems(draft: Draft) -> list[Sentence]:
    return [one for one in draft.sentences if one.kind == "problem"]


def test_what_is_open_is_quoted_word_for_word_without_its_however() -> None:
    one = paper(
        1, "Birds", "Birds fly. However, how the smallest of all birds find their way at night remains unclear."
    )
    (problem,) = problems(draft_of({"All": [one]}))
    assert problem.text == "how the smallest of all birds find their way at night remains unclear."
    (quote,) = problem.citations
    assert (one.abstract or "")[quote.start : quote.end] == quote.quote == problem.text


@pytest.mark.parametrize(
    ("sentence", "open_"),
    [
        ("How birds sleep remains poorly understood.", 2),
        ("Little is known of the sleep of birds.", 2),
        ("The flight of birds has not been studied at night.", 2),
        ("Existing nests fail to keep the rain out.", 1),
        ("鸟类的睡眠仍是一个尚未解决的问题。", 2),
        ("Our nest overcomes these limitations.", 0),
        ("Birds sing in the morning.", 0),
    ],
)
def test_how_open(sentence: str, open_: int) -> None:
    assert how_open(sentence) == open_


def test_a_sentence_goes_on_after_its_connective() -> None:
    assert after_connective("Yet, birds fly.") == 5
    assert after_connective("Birds fly, however.") == 0


def test_praise_of_results_is_worth_less_than_a_statement() -> None:
    statement, ours = tone("Birds build nests of moss."), tone("We build nests of moss.")
    assert 1.0 == statement > ours > tone("Extensive experiments show that nests of moss outperform all others.")


def test_a_gap_cites_the_words_that_it_rests_on() -> None:
    papers = [paper(1, "Owls", "Owls hunt at night."), paper(2, "Emus", "Emus run by day.")]
    sides = tuple((one.name, said(one, words, words)) for one, words in zip(papers, ("hunt", "run"), strict=True))
    draft = draft_of({"All": papers}, gaps=[Gap(text="No paper speaks of both.", evidence=sides)])
    (gap,) = [one for one in draft.sentences if one.kind == "gap"]
    assert (gap.section, gap.text) == ((OPEN,), "No paper speaks of both.")
    assert [quote.quote for quote in gap.citations] == ["hunt", "run"]


def test_what_is_open_in_all_of_the_field_closes_the_draft() -> None:
    unsolved = (
        "how owls catch mice under the snow of a long winter",
        "why emus never learned to fly over the wide plains",
        "what larks sing about when they rise from meadows at dawn",
        "where gulls that follow fishing boats spend the stormy nights",
    )
    papers = [
        paper(n, f"On bird {n}", f"The birds of number {n} are many. However, {one} remains unclear.", year=2020)
        for n, one in enumerate(unsolved)
    ]
    draft = draft_of({"All": papers})
    within = [one for one in draft.sentences if one.kind == "problem" and one.section == ("All",)]
    closing = [one for one in draft.sentences if one.section == (OPEN,)]
    assert len(within) == 1  # one for every six papers
    assert len(closing) == 2  # one more is quoted among what the papers do
    assert {one.text for one in closing}.isdisjoint(one.text for one in within)
    last = draft.to_contract()["sections"][-1]
    assert last == {"title": "Challenges and future directions", "papers": [], "sections": []}
    assert load_contract(json.dumps(draft.to_contract())) == draft
    assert [block.text for block in build_blocks(draft) if isinstance(block, Heading)][-1] == last["title"]


def test_a_section_on_what_is_open_takes_it_up() -> None:
    papers = [
        paper(n, f"On {bird}", f"How {bird} sleep is an open problem. {bird} sing.")
        for n, bird in enumerate(("owls", "emus"))
    ]
    gap = Gap(text="No paper speaks of both.", evidence=((papers[0].name, said(papers[0], "sing", "sing")),))
    draft = draft_of({"Birds": papers[:1], OPEN: papers[1:]}, gaps=[gap])
    assert not draft.closing
    assert draft.sentences[-1].section == (OPEN,)
    assert [one["title"] for one in draft.to_contract()["sections"]] == ["Birds", OPEN]


def test_a_single_open_problem_makes_no_section() -> None:
    papers = [
        paper(n, f"On {bird}", f"How {bird} sleep is an open problem.") for n, bird in enumerate(("owls", "emus"))
    ]
    assert not draft_of({"All": papers}).closing


# ---- all of it -------------------------------------------------------------------------------------------------------


def test_no_sentence_is_quoted_twice_in_a_draft() -> None:
    words = ("feathers", "nests", "eggs", "songs", "wings", "beaks")
    papers = [
        paper(
            n,
            f"On {word}",
            f"The {word} of many birds are made for life in the open sea and on its shores. {word} remain hard to study.",
        )
        for n, word in enumerate(words)
    ]
    draft = draft_of({"First": papers[:3], "Second": papers[3:]}, topic="shores")
    quoted = [one.text for one in draft.sentences if one.kind in ("quote", "problem")]
    assert len(quoted) == len(set(quoted)) > 3


def test_chinese_papers_are_quoted_and_counted() -> None:
    papers = [
        paper(n, f"鸟类研究{n}", f"第{n}种鸟在夜间飞行时依靠星光来辨别方向，并且能够记住很长的路线。") for n in range(3)
    ]
    draft = draft_of({"全部": papers}, topic="鸟类")
    assert texts(draft, "counted")[0] == "本节收录 2000 至 2002 年的 3 篇论文；最早的是“鸟类研究0”。"
    assert texts(draft, "quote")


def test_a_draft_on_a_chinese_topic_speaks_chinese_and_quotes_papers_in_their_own_words() -> None:
    papers = [
        paper(
            n,
            f"{name}: Birds at Night",
            f"We study how {name} finds its way by the light of the stars.",
            authors=[f"Ann {name}"],
        )
        for n, name in enumerate(("OWL", "EMU"))
    ]
    draft = draft_of({"夜行": papers}, [(1, 0)], topic="鸟类")
    assert [one.text for one in draft.sentences if one.kind != "quote"] == [
        "本节收录 2000 至 2001 年的 2 篇论文：“OWL: Birds at Night”和“EMU: Birds at Night”。",
        "OWL 被 EMU 引用。",
    ]
    text = render_markdown(draft)
    assert "OWL [@owl2000owl] 被 EMU [@emu2001emu] 引用。" in text
    assert "| 论文 | 方法 | 年份 |" in text
    assert "## 参考文献" in text


def test_papers_without_abstracts_and_years_are_listed_all_the_same() -> None:
    papers = [Paper(id=f"p{n}", title=f"Bird {n}") for n in range(7)]
    draft = draft_of({"All": papers})
    assert texts(draft, "counted") == [
        "This survey covers seven papers, among them “Bird 0”.",
        "This section covers seven papers, among them “Bird 0”.",
    ]
    assert all(one.citations for one in draft.sentences)
