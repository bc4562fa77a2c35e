"""Outlines: every paper in one section, the same outline whatever the order, facets last."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from corpus.embed import HashEmbedder, Vectors
from corpus.errors import InputError
from corpus.models import Paper
from survey.grouping import build_features, citation_rank, mix_citations, nest_groups, split_rows
from survey.headings import Label
from survey.outline import Outline, Section, build_outline, facet_of
from survey.outline.facets import DATASETS, EVALUATION, OPEN, SURVEYS
from survey.outline.naming import about_topic
from survey.outline.nesting import nest_by_name, settle_papers
from survey.phrases import build_phrases

# Four subjects, each with words of its own; a paper's text is put together from them.
SUBJECTS = {
    "graph kernels": ["node labels", "random walks on trees", "molecule graphs", "subtree patterns"],
    "speech synthesis": ["mel spectrogram frames", "vocoder noise", "speaker voices", "prosody of speech"],
    "visual tracking": ["camera motion", "moving target boxes", "occluded objects", "video clips"],
    "topic models": ["word counts", "document mixtures", "Dirichlet priors", "vocabulary drift"],
}


def make_papers(each: int, *, subjects: Sequence[str] = tuple(SUBJECTS), start: int = 2000) -> list[Paper]:
    """`each` papers on every subject; the subjects follow each other in time."""
    papers = []
    for number, subject in enumerate(subjects):
        words = SUBJECTS[subject]
        for one in range(each):
            first, second = words[one % 4], words[(one + 1 + one // 4) % 4]
            papers.append(
                Paper(
                    id=f"{subject[:2]}{one:04}",
                    title=f"{subject.title()} with {first.title()}",
                    abstract=f"Good {subject} need {first}. Earlier {subject} saw {second} only. Number {one} of its kind.",
                    year=start + 5 * number + one % 3,
                )
            )
    return papers


def embed(papers: Sequence[Paper]) -> Vectors:
    return HashEmbedder(128).encode([f"{paper.title} {paper.abstract or ''}" for paper in papers])


def outline_of(papers: Sequence[Paper], citations: Sequence[tuple[int, int]] = ()) -> Outline:
    return build_outline("things", papers, embed(papers), citations)


def leaves(sections: Sequence[Section]) -> Iterator[Section]:
    for section in sections:
        if section.sections:
            yield from leaves(section.sections)
        else:
            yield section


def placed(outline: Outline) -> list[str]:
    return [paper_id for leaf in leaves(outline.sections) for paper_id in leaf.papers]


# ---- what holds for any papers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", [1, 2, 3, 5, 9, 20])
def test_every_paper_is_placed_exactly_once(each: int) -> None:
    papers = make_papers(each)
    assert sorted(placed(outline_of(papers))) == sorted(paper.name for paper in papers)


@pytest.mark.parametrize("each", [2, 5, 9, 20])
def test_no_section_is_empty_or_holds_one_paper(each: int) -> None:
    assert min(len(leaf.papers) for leaf in leaves(outline_of(make_papers(each)).sections)) >= 4


def test_only_leaves_hold_papers() -> None:
    for section in outline_of(make_papers(20)).sections:
        assert bool(section.papers) != bool(section.sections)


def test_the_order_of_the_papers_does_not_matter() -> None:
    papers = make_papers(12)
    vectors = embed(papers)
    citations = [(number, number - 1) for number in range(1, len(papers))]
    relevance = [1 / (1 + number) for number in range(len(papers))]
    order = list(range(len(papers)))
    random.Random(5).shuffle(order)
    where = {row: place for place, row in enumerate(order)}
    shuffled = build_outline(
        "things",
        [papers[row] for row in order],
        vectors[order],
        [(where[i], where[j]) for i, j in reversed(citations)],
        relevance=[relevance[row] for row in order],
    )
    assert shuffled == build_outline("things", papers, vectors, citations, relevance=relevance)


def test_no_phrase_heads_two_sections() -> None:
    outline = outline_of(make_papers(20))
    titles = [one.title for section in outline.sections for one in (section, *section.sections)]
    phrases = [title for title in titles if title != "Other work"]
    assert len(set(phrases)) == len(phrases) > 4


def test_three_hundred_papers_take_seconds() -> None:
    papers = make_papers(75)
    vectors = embed(papers)
    began = time.process_time()  # of this process, so that a busy machine does not fail it
    build_outline("things", papers, vectors, [])
    assert time.process_time() - began < 10


# ---- grouping --------------------------------------------------------------------------------------------------------


def test_subjects_become_sections_in_the_order_of_their_years() -> None:
    outline = outline_of(make_papers(8))
    assert [{paper_id[:2] for paper_id in section.papers} for section in outline.sections] == [
        {"gr"},
        {"sp"},
        {"vi"},
        {"to"},
    ]
    assert [section.title for section in outline.sections] == [
        "Graph kernels",
        "Speech synthesis",
        "Visual tracking",
        "Topic models",
    ]


def test_a_section_is_in_reading_order_oldest_first_and_without_a_year_last() -> None:
    papers = [
        Paper(id="a", title="Nets", year=2005),
        Paper(id="b", title="Nets"),
        Paper(id="c", title="Nets", year=2001),
    ]
    assert placed(outline_of(papers)) == ["c", "a", "b"]


def test_of_one_year_the_cited_paper_comes_first() -> None:
    papers = [Paper(id=name, title="Nets", year=2005) for name in "abc"]
    assert placed(outline_of(papers, [(0, 2), (1, 2)])) == ["c", "a", "b"]


def test_many_papers_of_one_subject_are_divided() -> None:
    outline = outline_of(make_papers(20))
    assert any(section.sections for section in outline.sections)


def test_papers_that_are_all_alike_stay_together() -> None:
    papers = [Paper(id=f"p{n:02}", title="Same Title", abstract="The same text again.") for n in range(30)]
    outline = outline_of(papers)
    assert len(outline.sections) == 1
    assert not outline.sections[0].sections


def test_split_rows_finds_two_clouds() -> None:
    vectors = np.array([[1, 0.01 * n] for n in range(6)] + [[0.01 * n, 1] for n in range(6)], dtype=np.float32)
    groups = split_rows(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.arange(12))
    assert sorted(group.tolist() for group in groups) == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_papers_beyond_the_tree_join_the_nearest_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.grouping.TREE_MOST", 16)
    vectors = np.array([[1, 0.01 * n] for n in range(20)] + [[0.01 * n, 1] for n in range(20)], dtype=np.float32)
    groups = split_rows(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.arange(40))
    assert {tuple(sorted({int(row) // 20 for row in group})) for group in groups} == {(0,), (1,)}
    assert sum(len(group) for group in groups) == 40


def test_a_citation_draws_two_papers_together() -> None:
    vectors = np.eye(3, dtype=np.float32)
    mixed = mix_citations(vectors, [(0, 1)])
    assert mixed[0] @ mixed[1] > 0.3
    assert mixed[0] @ mixed[2] == 0
    assert mixed[2].tolist() == [0, 0, 1]


def test_shared_references_and_being_cited_together_draw_papers_together() -> None:
    vectors = np.eye(4, dtype=np.float32)
    coupled = mix_citations(vectors, [(0, 2), (1, 2)])
    cited_together = mix_citations(vectors, [(2, 0), (2, 1)])
    assert coupled[0] @ coupled[1] > 0.05
    assert cited_together[0] @ cited_together[1] > 0.05


def test_pagerank_by_hand() -> None:
    # Both papers pass everything on; b gets a's share and a nothing but the base: a = .075 + .85 b / 2, b = a + .85 a.
    a, b = citation_rank(2, [(0, 1)])
    assert a + b == pytest.approx(1)
    assert b == pytest.approx(1.85 * a)


# ---- facets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "facet"),
    [
        ("A Survey of Adapters", SURVEYS),
        ("Graph Learning: A Review", SURVEYS),
        ("ClipZoo: A Large Dataset of Animal Sounds", DATASETS),
        ("Towards a Benchmark for Parsing", DATASETS),
        ("How Do Adapters Forget?", EVALUATION),
        ("An Empirical Study of Dropout", EVALUATION),
        ("Understanding Batch Sizes", EVALUATION),
        ("On the Sample Complexity of Pruning", None),
        ("A Theoretical Analysis of Dropout", None),
        ("Microsoft COCO: Common Objects in Context", DATASETS),
        ("NewNet: Common Objects in Context", None),
        ("参数高效微调综述", SURVEYS),
        ("Low-Rank Adapters for Speech", None),
        ("Dataset Distillation by Matching", None),
        ("Learning from Imbalanced Data Sets", None),
        ("Language Understanding with Trees", None),
        ("Peer Reviewing with Networks", None),
    ],
)
def test_facet_of_a_title(title: str, facet: str | None) -> None:
    assert facet_of(title) == facet


@pytest.mark.parametrize(
    ("abstract", "facet"),
    [
        ("We propose a new layer that forgets less.", None),
        ("In this work we present a simple and fast method.", None),
        ("We present an analysis of forgetting.", EVALUATION),
        (None, EVALUATION),
    ],
)
def test_an_inquiry_that_proposes_something_is_a_method(abstract: str | None, facet: str | None) -> None:
    assert facet_of("Revisiting Forgetting in Adapters", abstract) == facet


def test_a_question_that_is_answered_by_a_proposal_is_a_method() -> None:
    title = "Attention without Positions?"
    assert facet_of(title) == EVALUATION
    assert facet_of(title, "We compare twelve networks.") == EVALUATION
    assert facet_of(title, "Here we further propose a layer without positions.") is None


def surveys_of(count: int) -> list[Paper]:
    return [
        Paper(id=f"survey{n}", title=f"A Survey of Part {n}", abstract="Much is read.", year=1990) for n in range(count)
    ]


def test_facets_come_last_however_old() -> None:
    assert outline_of([*make_papers(6), *surveys_of(4)]).sections[-1].title == SURVEYS


def test_a_facet_of_too_few_papers_is_no_section() -> None:
    assert all(section.title != SURVEYS for section in outline_of([*make_papers(6), *surveys_of(2)]).sections)


def test_a_facet_that_is_the_topic_is_no_section() -> None:
    outline = outline_of([*make_papers(2), *surveys_of(8)])
    assert all(section.title != SURVEYS for section in outline.sections)


def test_a_perspective_on_a_method_does_not_look_ahead() -> None:
    assert facet_of("A Probabilistic Perspective on Unlearning") is None
    assert facet_of("Perspectives on Unlearning") == facet_of("Position: Unlearning Is Not Deletion") == OPEN


# ---- stopping --------------------------------------------------------------------------------------------------------


def test_an_outline_can_be_stopped_between_its_parts() -> None:
    papers, done = make_papers(20), []

    def step() -> None:
        done.append(1)
        if len(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_outline("things", papers, embed(papers), [], step=step)
    assert len(done) == 3


# ---- odd input -------------------------------------------------------------------------------------------------------


def test_no_papers_is_an_error_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"no paper .*Import papers"):
        build_outline("things", [], np.zeros((0, 8), dtype=np.float32), [])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_papers_make_one_section(count: int) -> None:
    outline = outline_of(make_papers(1)[:count])
    assert [len(section.papers) for section in outline.sections] == [count]


def test_papers_without_abstracts_have_headings_from_titles() -> None:
    papers = [paper.model_copy(update={"abstract": None}) for paper in make_papers(8)]
    assert {section.title for section in outline_of(papers).sections} >= {"Graph kernels", "Visual tracking"}


def test_chinese_papers_have_chinese_headings() -> None:
    papers = [
        Paper(
            id=f"{n}{m}",
            title=f"{subject}的第{m}种做法",
            abstract=f"我们研究{subject}，并且说明{subject}在{tail}上的用处。",
        )
        for n, (subject, tail) in enumerate([("低秩适配", "语言模型"), ("语音合成", "声码器")])
        for m in range(6)
    ]
    vectors = np.array([[1, 0]] * 6 + [[0, 1]] * 6, dtype=np.float32)
    outline = build_outline("微调", papers, vectors, [])
    assert {section.title for section in outline.sections} == {"低秩适配", "语音合成"}
    assert outline.title == "微调：综述"


def test_vectors_that_do_not_belong_are_an_error() -> None:
    with pytest.raises(InputError, match="4 papers came with 3 vectors"):
        build_outline("things", make_papers(1), np.zeros((3, 8), dtype=np.float32), [])


def test_a_paper_that_stands_twice_is_an_error() -> None:
    papers = [*make_papers(1), make_papers(1)[0]]
    with pytest.raises(InputError, match="twice"):
        outline_of(papers)


def test_a_citation_of_no_paper_is_an_error() -> None:
    with pytest.raises(InputError, match="not there"):
        outline_of(make_papers(1), [(0, 4)])


def test_a_chinese_survey_has_chinese_headings_of_english_papers_too() -> None:
    aspects = [*on_aspect("Quantization", 7, 2001), *on_aspect("Knowledge Distillation", 7, 2002)]
    papers = [*make_papers(9, subjects=["speech synthesis", "topic models"]), *surveys_of(4), *aspects]
    titles = [section.title for section in build_outline("模型", papers, embed(papers), []).sections]
    # The glossary has the one subject, and both words of the other.
    assert {"语音合成", "主题模型", "效率", "相关综述"} <= set(titles)


def test_what_a_chinese_topic_says_is_no_heading_in_either_language() -> None:
    papers = [*make_papers(9), *on_aspect("Quantization", 7, 2001), *on_aspect("Knowledge Distillation", 7, 2002)]
    outline = build_outline("语音合成与量化", papers, embed(papers), [])
    titles = {one.title for section in outline.sections for one in (section, *section.sections)}
    assert not titles & {"语音合成", "Speech synthesis", "量化", "Quantization"}


# ---- headings that a person has worded --------------------------------------------------------------------------------


def under(papers: Sequence[Paper], subject: str, *directions: str) -> list[Paper]:
    """The papers, with those on `subject` placed under the directions."""
    return [
        paper.model_copy(update={"directions": directions}) if paper.title.startswith(subject.title()) else paper
        for paper in papers
    ]


def test_a_direction_that_most_of_a_group_stands_under_is_its_heading() -> None:
    papers = under(make_papers(9), "visual tracking", "saliency-detection")
    titles = [section.title for section in outline_of(papers).sections]
    assert "Saliency detection" in titles
    assert sum("racking" in title for title in titles) == 0


def test_a_direction_of_every_group_names_none() -> None:
    papers = [paper.model_copy(update={"directions": ("surveys",)}) for paper in make_papers(9)]
    assert "Surveys" not in [section.title for section in outline_of(papers).sections]


def test_a_direction_that_says_no_more_than_the_topic_names_no_group() -> None:
    papers = under(make_papers(9), "visual tracking", "saliency-detection")
    outline = build_outline("saliency detection", papers, embed(papers), [])
    assert "Saliency detection" not in [section.title for section in outline.sections]


def test_a_numbered_idea_of_the_notes_names_no_group() -> None:
    papers = under(make_papers(9), "visual tracking", "unify")
    assert "Unify" not in [section.title for section in outline_of(papers).sections]


# ---- aspects ---------------------------------------------------------------------------------------------------------


def on_aspect(words: str, count: int, start: int) -> list[Paper]:
    """Papers that share nothing but the words of an aspect."""
    stuff = ["granite walls", "copper kettles", "velvet coats", "marble floors", "silver spoons"]
    return [
        Paper(
            id=f"{words[:3]}{n}",
            title=f"{words} of {stuff[n % 5].title()}",
            abstract=f"The {words.lower()} here is slow. We need {words.lower()}.",
            year=start,
        )
        for n in range(count)
    ]


def test_groups_that_bear_out_aspects_stand_in_their_section() -> None:
    papers = [*make_papers(8), *on_aspect("Quantization", 7, 2001), *on_aspect("Knowledge Distillation", 7, 2002)]
    section = next(one for one in outline_of(papers).sections if one.title == "Efficiency of things")
    assert {part.title for part in section.sections} == {"Quantization", "Knowledge distillation"}


def test_a_group_on_evaluation_stands_beside_studies_in_one_section() -> None:
    studies = [Paper(id=f"study{n}", title=f"An Empirical Study of Part {n}", abstract="Seen.") for n in range(4)]
    outline = outline_of([*make_papers(8), *on_aspect("Evaluation Metrics", 7, 2001), *studies])
    (section,) = [one for one in outline.sections if one.title.startswith("Evaluation")]
    assert section.title == "Evaluation of things"
    assert {part.title: len(part.papers) for part in section.sections} == {
        "Empirical studies": 4,
        "Evaluation metrics": 7,
    }


@pytest.mark.parametrize(
    ("title", "topic", "written"),
    [
        ("Applications", "3D object detection in autonomous driving", "Applications of 3D object detection"),
        ("Training strategies", "Safety in Large Language Models", "Training strategies for large language models"),
        ("Efficiency", "CLIP", "Efficiency of CLIP"),
        ("Efficiency", "efficient inference for language models", "Efficiency"),  # the topic says it already
        ("Applications", "one two three four five", "Applications"),  # too long to be joined
        ("Applications", "图神经网络", "Applications"),
        ("Related surveys", "speech recognition", "Related surveys"),
    ],
)
def test_some_sections_name_what_the_survey_is_about(title: str, topic: str, written: str) -> None:
    assert about_topic(title, topic) == written


def test_an_aspect_that_the_topic_names_is_no_heading() -> None:
    papers = [*make_papers(8), *on_aspect("Quantization", 7, 2001), *on_aspect("Knowledge Distillation", 7, 2002)]
    outline = build_outline("quantization", papers, embed(papers), [])
    titles = {one.title for section in outline.sections for one in (section, *section.sections)}
    assert "Quantization" not in titles


def test_what_looks_ahead_is_the_last_section_and_there_only_with_papers() -> None:
    ahead = [
        Paper(id=f"ahead{n}", title=f"Open Problems in Part {n}", abstract="Much is to do.", year=1990)
        for n in range(3)
    ]
    assert outline_of([*make_papers(6), *ahead]).sections[-1].title == OPEN
    assert all(section.title != OPEN for section in outline_of(make_papers(6)).sections)


def test_data_sets_and_benchmarks_are_told_apart() -> None:
    bench = [Paper(id=f"b{n}", title=f"Bench{n}: A Benchmark of Part {n}", year=2020) for n in range(3)]
    data = [Paper(id=f"d{n}", title=f"Data{n}: A Dataset of Part {n}", year=2020) for n in range(3)]
    section = next(one for one in outline_of([*make_papers(6), *bench, *data]).sections if one.title == DATASETS)
    assert {part.title: len(part.papers) for part in section.sections} == {"Benchmarks": 3, "Datasets": 3}


def test_a_survey_on_evaluation_has_no_section_of_that_name() -> None:
    studies = [Paper(id=f"s{n}", title=f"An Empirical Study of Part {n}", year=2020) for n in range(4)]
    papers = [*make_papers(6), *studies]
    assert "Evaluation of things" in [section.title for section in outline_of(papers).sections]
    asked = build_outline("evaluation of parts", papers, embed(papers), [])
    assert not any(section.title.startswith("Evaluation") for section in asked.sections)


# ---- features and nesting ----------------------------------------------------------------------------------------------


def test_features_of_papers_that_are_all_alike_are_nothing() -> None:
    papers = [Paper(id=f"p{n}", title="Same Title") for n in range(5)]
    features = build_features(papers, embed(papers), [])
    assert np.abs(features).max() == 0


def test_groups_of_like_centres_are_one_section() -> None:
    axes = np.repeat(np.eye(4, dtype=np.float32), 4, axis=0)
    features = axes.copy()
    features[4:8, 0] = 2.0  # the second group points mostly where the first does
    features[12:16, 2] = 2.0
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    groups = [np.arange(4 * n, 4 * n + 4) for n in range(4)]
    nested = nest_groups(features, groups, (2, 3))
    assert [sorted(int(rows[0]) // 4 for rows in parts) for parts in nested] in ([[0, 1], [2, 3]], [[2, 3], [0, 1]])


def test_a_group_stands_in_the_section_whose_name_it_bears_out() -> None:
    # Nine groups of two papers: the first four near each other, the others too; the fourth speaks of the others' name.
    features = np.repeat(np.eye(9, dtype=np.float32), 2, axis=0)
    features[:8, 0] += 1.0
    features[8:, 8] += 1.0
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    groups = [np.arange(2 * n, 2 * n + 2) for n in range(9)]
    papers = [
        Paper(id=f"p{n:02}", title="Nets", abstract="On chart parsing." if n < 6 else "On weight pruning.")
        for n in range(18)
    ]
    labels = {0: Label("Chart parsing", (("chart", "parsing"),)), 8: Label("Weight pruning", (("weight", "pruning"),))}
    nested = nest_by_name(
        features,
        groups,
        (2, 2),
        build_phrases(papers),
        lambda whole: [labels[0] if 0 in rows else labels[8] for rows in whole],
    )
    assert [sorted(int(rows[0]) // 2 for rows in parts) for parts in nested] == [[0, 1, 2], [3, 4, 5, 6, 7, 8]]


PARSING, PRUNING = Label("Chart parsing", (("chart", "parsing"),)), Label("Weight pruning", (("weight", "pruning"),))


def settled(spoken: Sequence[str], places: Sequence[int]) -> list[list[int]]:
    """The leaves Chart parsing and Weight pruning after papers with these abstracts have settled, first in the `places`."""
    papers = [Paper(id=f"p{n:02}", title="Nets", abstract=f"On {what}.") for n, what in enumerate(spoken)]
    leaves = [(label, np.flatnonzero(np.array(places) == n)) for n, label in enumerate((PARSING, PRUNING))]
    alike = np.ones((len(papers), 1), dtype=np.float32)  # so that names alone decide
    found = settle_papers(alike, leaves, build_phrases(papers))
    return [rows.tolist() for rows in found]


def test_a_paper_goes_to_the_leaf_whose_name_it_holds() -> None:
    """Paper 2 was put beside the parsers and speaks of pruning only; paper 5 speaks of neither, and stays."""
    spoken = ["chart parsing", "chart parsing", "weight pruning", "weight pruning", "weight pruning", "sleep"]
    assert settled(spoken, [0, 0, 0, 1, 1, 1]) == [[0, 1], [2, 3, 4, 5]]


def test_a_leaf_whose_name_few_papers_hold_is_given_up() -> None:
    """One of three papers holds the first leaf's name: among so few papers half of them must."""
    spoken = ["chart parsing", "sleep", "sleep", "weight pruning", "weight pruning", "chart parsing and weight pruning"]
    assert settled(spoken, [0, 0, 0, 1, 1, 1]) == [[], [0, 1, 2, 3, 4, 5]]


def test_a_leaf_that_one_paper_is_left_in_is_given_up() -> None:
    spoken = ["chart parsing", "weight pruning", "weight pruning", "weight pruning", "chart parsing and weight pruning"]
    assert settled(spoken, [0, 0, 1, 1, 1]) == [[], [0, 1, 2, 3, 4]]


# ---- many papers, and papers of one kind -------------------------------------------------------------------------------


def test_only_surveys_are_placed() -> None:
    papers = surveys_of(12)
    outline = outline_of(papers)
    assert sorted(placed(outline)) == sorted(paper.name for paper in papers)
    assert SURVEYS not in [section.title for section in outline.sections]


def test_more_papers_than_the_tree_takes_are_all_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.grouping.TREE_MOST", 60)
    papers = make_papers(50)
    outline = outline_of(papers)
    assert sorted(placed(outline)) == sorted(paper.name for paper in papers)
    assert min(len(leaf.papers) for leaf in leaves(outline.sections)) >= 2
