"""Headings that a model proposes: which are taken, and where they then stand."""

from __future__ import annotations

from collections import Counter

import pytest
from llm_drafts import DRAFT, PAPERS
from servers.language_model import say_headings

from corpus.models import Paper
from survey.llm.headings import MOST_WORDS, Siblings, choose_headings, find_fault, find_siblings, rename
from survey.llm.reading import Reading
from survey.outline import Section

TITLES = [
    "Visual prompt tuning for image retrieval",
    "Prompt tuning of frozen vision transformers",
    "LoRA and prompt tuning for image retrieval",
    "Frozen transformers retrieve images with LoRA",
]
BAG = [Reading(title) for title in TITLES]


@pytest.mark.parametrize(
    "heading",
    [
        "Prompt tuning",
        "Visual prompts",
        "Prompt tuning for image retrieval",
        "LoRA and prompt tuning",
        "Frozen transformers",
    ],
)
def test_a_noun_phrase_of_the_papers_words_is_taken(heading: str) -> None:
    assert find_fault(heading, "Visual prompts", BAG, ["Data sets"]) is None


@pytest.mark.parametrize(
    ("heading", "reason"),
    [
        ("", "more than a heading"),
        ("Prompt tuning:", "more than a heading"),
        ("Prompt tuning?", "more than a heading"),
        ("**Prompt tuning**", "more than a heading"),
        ("Prompt tuning https://example.org", "more than a heading"),
        ("Prompt\u202e tuning", "more than a heading"),
        ("Prompt tuning " * MOST_WORDS, "too many words"),
        ("Towards prompt tuning", "no noun phrase"),
        ("How transformers retrieve", "no noun phrase"),
        ("Prompt tuning is all", "no noun phrase"),
        ("Prompt tuning for", "no noun phrase"),
        ("Of transformers", "no noun phrase"),
        ("Prompt tuning methods", "no noun phrase"),
        ("Graph networks", "words that its papers do not share"),
        ("Visual prompt tuning of BERT", "words that its papers do not share"),
        ("Lora", "words that its papers do not share"),
        ("Retrieval of vision", "words that its papers do not share"),  # vision: of one paper only
        ("Prompts", "a neighbour's heading"),
        ("The data sets", "no noun phrase"),
        ("提示学习", "words that its papers do not share"),
    ],
)
def test_what_is_not_taken(heading: str, reason: str) -> None:
    assert find_fault(heading, "Image retrieval", BAG, ["Prompt", "Data sets"]) == reason


def test_a_chinese_heading_of_chinese_papers() -> None:
    bag = [Reading("视觉提示学习方法"), Reading("提示学习用于图像检索")]
    assert find_fault("提示学习", "图像检索", bag, []) is None
    assert find_fault("图神经网络", "图像检索", bag, []) == "words that its papers do not share"


def chosen(*answers: str) -> tuple[dict[tuple[int, ...], str], Counter[str]]:
    """What is taken of answers on the toy draft's groups of headings."""
    refused: Counter[str] = Counter()
    groups = list(find_siblings(DRAFT.outline.sections))
    taken, _ = choose_headings(list(zip(groups, answers, strict=True)), {p.name: p for p in PAPERS}, refused)
    return taken, refused


def test_groups_are_siblings_from_the_first_level_down() -> None:
    assert [(group.path, group.above, len(group.sections)) for group in find_siblings(DRAFT.outline.sections)] == [
        ((), None, 1),
        ((0,), "Speech models", 2),
    ]


def test_the_second_of_two_equal_proposals_is_not_taken() -> None:
    taken, refused = chosen(say_headings("Speech models"), say_headings("Speech", "Speech"))
    assert taken == {(0, 0): "Speech"}
    assert refused == {"a neighbour's heading": 1}


def test_a_new_heading_is_neither_the_old_nor_the_new_one_above() -> None:
    taken, refused = chosen(say_headings("Speech"), say_headings("Speech models", "Speech"))
    assert taken == {(0,): "Speech"}
    assert refused == {"a neighbour's heading": 2}


def test_a_heading_above_is_not_named_as_one_below_it() -> None:
    sections = (Section(title="Work", sections=(Section(title="Speech", papers=("p:adapters", "p:ranks")),)),)
    refused: Counter[str] = Counter()
    group = Siblings((), None, sections)
    assert choose_headings([(group, say_headings("Speech"))], {p.name: p for p in PAPERS}, refused) == ({}, 1)


def test_numbers_that_no_section_has_are_passed_over() -> None:
    taken, _ = chosen('{"headings": [{"number": 7, "heading": "Speech"}]}', say_headings("Small layers"))
    assert taken == {}


def test_capitals_on_every_word_are_made_small() -> None:
    papers = {name: Paper(id=name, title=title) for name, title in zip("abcd", TITLES, strict=True)}
    group = Siblings((), None, (Section(title="Retrieval", papers=tuple("abcd")),))
    taken, _ = choose_headings([(group, say_headings("Prompt Tuning For Image Retrieval"))], papers, Counter())
    assert taken == {(0,): "Prompt tuning for image retrieval"}
    taken, _ = choose_headings([(group, say_headings("LoRA And Prompt Tuning"))], papers, Counter())
    assert taken == {(0,): "LoRA and prompt tuning"}


def test_only_our_own_words_follow_a_heading() -> None:
    quoted = DRAFT.sentences[2].model_copy(update={"text": "A quote on Speech models (4 papers)."})
    draft = DRAFT.model_copy(update={"sentences": (DRAFT.sentences[0], quoted)})
    renamed = rename(draft, {(0,): "Speech"})
    assert [one.text for one in renamed.sentences] == ["The largest section is Speech (4 papers).", quoted.text]


def test_no_new_heading_leaves_the_draft_as_it_is() -> None:
    assert rename(DRAFT, {}) is DRAFT
