"""Each move on a toy library whose gaps can be seen by eye."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest

from corpus.ideas import Idea
from corpus.models import Concept, Mention, Paper
from survey.ideas.crossing import open_gaps
from survey.ideas.landscape import Landscape, build_landscape
from survey.ideas.moves import FUNCTIONS, find_ideas, load_moves
from survey.ideas.telling import speaking_against
from survey.strategies import STRATEGIES

KINDS = {
    "method": (
        "adapters",
        "prompt tuning",
        "data augmentation",
        "knowledge distillation",
        "multi-teacher distillation",
        "optimal transport",
        "CLIP",
        "dropout",
        "transformer",
        "scene graph",
        "pretraining",
        "back-translation",
    ),
    "task": (
        "tracking",
        "parsing",
        "translation",
        "image retrieval",
        "object detection",
        "sentiment analysis",
    ),
    "dataset": ("COCO", "LVIS", "WMT"),
}
CONCEPTS = [
    Concept(key=f"{kind}:{name.lower()}", kind=kind, name=name) for kind, names in KINDS.items() for name in names
]


def library(
    *titles: str, cites: Sequence[tuple[int, int]] = (), abstracts: Sequence[str] = (), venue: str = ""
) -> Landscape:
    """A paper for each title, numbered from 0, two years apart from 2000 on; a concept stands where its name does."""
    texts = [*abstracts, *[""] * (len(titles) - len(abstracts))]
    papers = [
        (n, Paper(id=f"p{n}", title=title, abstract=text or None, year=2000 + n // 2, venue=venue or None))
        for n, (title, text) in enumerate(zip(titles, texts, strict=True))
    ]
    said = [
        Mention(paper=n, concept=one.key, edge="uses", weight=1, field=field, start=match.start(), stop=match.end())
        for n, paper in papers
        for field, text in (("title", paper.title), ("abstract", paper.abstract or ""))
        for one in CONCEPTS
        if (match := re.search(rf"\b{re.escape(one.name)}\b", text))
    ]
    return build_landscape(papers, CONCEPTS, said, cites)


def combined(ideas: Sequence[Idea]) -> list[tuple[str, ...]]:
    return [idea.names for idea in ideas]


# Adapters are used for parsing and translation, prompt tuning for parsing only; both tasks share more.
LANGUAGE = (
    *["adapters for parsing"] * 3,
    *["adapters for translation"] * 3,
    *["prompt tuning for parsing"] * 3,
    *["transformer for parsing"] * 3,
    *["transformer for translation"] * 3,
)


def test_a_tool_is_carried_to_the_task_that_it_has_not_met() -> None:
    (idea,) = find_ideas("prompts", library(*LANGUAGE), k=3)
    assert idea.names == ("prompt tuning", "translation")
    assert idea.statement == "Leave the model frozen and steer it by prompt tuning for translation."
    assert idea.why == "3 papers here speak of prompt tuning, 6 of translation, and none of both."
    assert (idea.strategy, idea.cost, idea.baseline) == ("efficient", "frozen model", "adapters")
    assert {one.concept for one in idea.evidence} == {"method:prompt tuning", "task:translation"}
    assert all(one.words == one.title for one in idea.evidence)
    assert idea.support is None  # fifteen papers teach nothing


def test_what_has_met_is_no_gap() -> None:
    assert find_ideas("prompts", library(*LANGUAGE, "prompt tuning for translation"), k=3) == []
    # In the abstract of one paper is enough.
    met = library(*LANGUAGE, "a paper", abstracts=[*[""] * 15, "We try prompt tuning for translation."])
    assert find_ideas("prompts", met, k=3) == []


def test_too_few_papers_are_no_ground() -> None:
    assert find_ideas("prompts", library(*LANGUAGE[:8], *LANGUAGE[9:]), k=3) == []


@pytest.mark.parametrize(
    ("move", "tool", "onto", "says"),
    [
        ("frozen", "adapters", "tracking", "Tune only a few parameters for tracking, with adapters in a frozen model."),
        (
            "from-data",
            "data augmentation",
            "tracking",
            "Start from the training data of tracking, with data augmentation.",
        ),
        (
            "objective",
            "knowledge distillation",
            "tracking",
            "Train tracking with knowledge distillation, and change nothing else.",
        ),
        ("mathematics", "optimal transport", "tracking", "footing that it has not had, by optimal transport."),
        ("deeper", "CLIP", "tracking", "Bring what CLIP learns of whole images down to the parts that tracking needs."),
        ("component", "dropout", "transformer", "Take dropout in transformer apart"),
        (
            "structure",
            "scene graph",
            "pretraining",
            "Give pretraining a structural signal that existing tools provide: scene graph.",
        ),
    ],
)
def test_the_table_of_crossings(move: str, tool: str, onto: str, says: str) -> None:
    between = [f"{tool} for image retrieval"] * 3 + [f"{onto} and image retrieval"] * 3
    (idea,) = find_ideas(move, library(*between), k=3)
    assert idea.names == (tool, onto)
    assert says in idea.statement
    assert idea.move == move


def test_transfer_finds_what_one_area_has_and_the_other_has_not() -> None:
    language = [f"back-translation for {task}" for task in ("translation", "sentiment analysis") for _ in range(3)]
    vision = ["transformer for object detection"] * 3 + ["transformer for translation"] * 3
    (idea,) = find_ideas("transfer", library(*language, *vision), k=5)
    assert idea.statement == "Carry back-translation over from language to vision: try it on object detection."
    assert "6 papers on language here speak of back-translation, and none on vision" in idea.why


def test_complement_joins_two_methods_of_one_task() -> None:
    one = find_ideas("complement", library(*["adapters for parsing"] * 3, *["prompt tuning for parsing"] * 3), k=3)
    assert combined(one) == [("adapters", "prompt tuning", "parsing")]
    assert one[0].why == "3 papers here use adapters there, 3 prompt tuning, and no paper speaks of both methods."
    assert (
        find_ideas("complement", library(*["adapters for parsing"] * 3, *["prompt tuning for tracking"] * 3), k=3) == []
    )


def test_unify_wants_three_methods_in_common() -> None:
    methods = ("adapters", "prompt tuning", "transformer")
    apart = [f"{method} for {task}" for method in methods for task in ("parsing", "tracking") for _ in range(2)]
    (idea,) = find_ideas("unify", library(*apart), k=3)
    assert idea.statement == "One model for tracking and parsing, which are treated apart."
    assert find_ideas("unify", library(*apart[:8]), k=3) == []


def test_merge_data_joins_data_sets_of_one_task() -> None:
    (idea,) = find_ideas(
        "merge-data", library(*["object detection on COCO"] * 3, *["object detection on LVIS"] * 3), k=3
    )
    assert idea.statement == "Bring COCO and LVIS under one set of labels for object detection."
    assert (idea.strategy, idea.cost) == ("evaluation", "data only")


def test_several_teachers_goes_where_one_teaches_and_none_of_several() -> None:
    one = ["knowledge distillation for object detection on COCO"] * 2 + ["object detection on LVIS"] * 2
    several = ["multi-teacher distillation for translation"]
    (idea,) = find_ideas("several-teachers", library(*one, *several), k=3)
    assert idea.names == ("multi-teacher distillation", "object detection")
    assert idea.why == "2 papers here distil for object detection (knowledge distillation); none has several teachers."
    assert find_ideas("several-teachers", library(*one, "multi-teacher distillation for object detection"), k=3) == []


def test_combine_ranks_by_common_neighbours_where_nothing_can_be_learned() -> None:
    ideas = find_ideas("combine", library(*LANGUAGE), k=1)
    assert ideas[0].statement == "Use prompt tuning for translation."


COMPLAINTS = (
    "adapters for parsing",
    *["a reader of it"] * 3,
)


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("However, adapters are limited by their computational cost.", True),
        ("However, adapters need many labels, which is difficult.", False),
    ],
)
def test_weak_spot_wants_the_same_limitation_from_two_that_cite_it(second: str, found: bool) -> None:
    said = ["", "We like it. Yet adapters suffer from high computational cost.", second, "All is well with adapters."]
    ideas = find_ideas("weak-spot", library(*COMPLAINTS, cites=[(1, 0), (2, 0), (3, 0)], abstracts=said), k=3)
    assert [idea.statement for idea in ideas] == ["Make adapters work at lower cost."] * found
    if found:
        assert ideas[0].why == "2 papers that cite 'adapters for parsing' name the same limitation (cost)."
        assert [one.words for one in ideas[0].evidence[:2]] == [
            "However, adapters are limited by their computational cost.",
            said[1][12:],
        ]


def test_the_same_complaint_of_papers_that_do_not_cite_it_counts_for_nothing() -> None:
    said = ["", *["Yet adapters suffer from high computational cost."] * 3]
    assert find_ideas("weak-spot", library(*COMPLAINTS, cites=[(1, 0)], abstracts=said), k=3) == []


def test_evidence_against_must_be_said_of_the_concept() -> None:
    column = [one.name for one in CONCEPTS].index("adapters")
    blamed = library(
        "a", "b", abstracts=["We use adapters, as full tuning is expensive.", "But adapters are slow and costly here."]
    )
    assert [one.words for one in speaking_against(blamed, column)] == ["But adapters are slow and costly here."]
    praised = library("a", abstracts=["We use adapters, as full tuning is expensive."])
    assert speaking_against(praised, column) == []


def test_a_topic_keeps_one_of_its_concepts_in_every_gap() -> None:
    both = [f"{tool} for image retrieval" for tool in ("prompt tuning", "adapters") for _ in range(3)]
    tasks = [f"{task} and image retrieval" for task in ("tracking", "parsing") for _ in range(3)]
    all_of_it = library(*both, *tasks)
    names = {pair for move in ("prompts", "frozen") for pair in combined(find_ideas(move, all_of_it, k=9))}
    assert len(names) == 4
    about_parsing = all_of_it.focused([n for n, title in enumerate([*both, *tasks]) if "parsing" in title])
    focused = {pair for move in ("prompts", "frozen") for pair in combined(find_ideas(move, about_parsing, k=9))}
    assert focused == {pair for pair in names if "parsing" in pair}


def test_a_name_within_another_is_no_pair() -> None:
    ground = library(*["adapters for parsing"] * 3, *["transformer for tracking"] * 3)
    column = {one.name: n for n, one in enumerate(CONCEPTS)}
    assert open_gaps(ground, [column["adapters"]], [column["adapters"]], 3) == []
    assert len(open_gaps(ground, [column["adapters"]], [column["tracking"]], 3)) == 1


@pytest.mark.parametrize("move", load_moves())
@pytest.mark.parametrize("papers", [(), ("adapters for parsing",), LANGUAGE[:3]])
def test_a_library_of_hardly_any_papers_gives_no_ideas_and_no_error(move: str, papers: tuple[str, ...]) -> None:
    assert find_ideas(move, library(*papers), k=5) == []


def test_every_row_of_the_table_is_whole() -> None:
    moves = load_moves()
    assert set(FUNCTIONS) <= set(moves)
    for move in moves.values():
        assert move.strategy in STRATEGIES
        assert move.en
        assert move.zh
        # A row has words of tools and a sentence, or else a function.
        assert bool(move.left) == bool(move.says) == (move.key not in FUNCTIONS)
        for pattern in (*move.left, *move.right):
            re.compile(pattern)
        assert not move.says or ("{left}" in move.says and "{right}" in move.says)
    assert set(STRATEGIES) == {move.strategy for move in moves.values()}


def test_areas_are_told_by_concepts_and_by_venues() -> None:
    ground = library("adapters for parsing", "tracking on COCO", "adapters")
    assert np.flatnonzero(ground.areas["language"]).tolist() == [0]
    assert np.flatnonzero(ground.areas["vision"]).tolist() == [1]
    assert library("adapters", venue="CVPR 2024").areas["vision"].tolist() == [True]
