"""Headings that change change everywhere: in the outline, in the place of sentences, and where our own sentences name them."""

from __future__ import annotations

import pytest

from survey.draft.models import Draft, Quote, Sentence
from survey.draft.renaming import retitle
from survey.outline import Outline, Section

QUOTE = Quote(key="lee", id="p", quote="Birds", start=0, end=5, source="title")


def outline_of(birds: str, owls: str) -> Outline:
    parts = (Section(title=owls, papers=("p",)), Section(title="Emus", papers=("q",)))
    return Outline(topic="t", title="T", sections=(Section(title=birds, sections=parts), Section(title="Fish")))


def told(section: tuple[str, ...], text: str, marks: tuple[int, ...] = ()) -> Sentence:
    return Sentence(section=section, text=text, citations=(QUOTE,) * len(marks), kind="counted", marks=marks)


@pytest.mark.parametrize(
    ("section", "text", "renamed"),
    [
        ((), "The largest is Birds (2 papers).", "The largest is Singing birds (2 papers)."),
        (
            ("Fish",),
            "A cites work from the section on Birds, such as B.",
            "A cites work from the section on Singing birds, such as B.",
        ),
        (("Birds",), "Its parts are Owls (one paper, such as A).", "Its parts are Night owls (one paper, such as A)."),
        # In Chinese, as drafts are worded and as older ones were.
        ((), "篇数最多的是Birds（2 篇，如 A）。", "篇数最多的是Singing birds（2 篇，如 A）。"),
        ((), "篇数最多的是Birds（2篇论文，如A）。", "篇数最多的是Singing birds（2篇论文，如A）。"),
        (("Fish",), "A 引用了“Birds”一节的论文。", "A 引用了“Singing birds”一节的论文。"),
        (("Fish",), "A引用了「Birds」一节的论文。", "A引用了「Singing birds」一节的论文。"),
        (("Fish",), "最早的是“Birds”。", "最早的是“Birds”。"),  # a paper's title
        # Owls are no section that these speak of; and words of papers are no headings.
        (("Fish",), "Owls (one paper) hunt.", "Owls (one paper) hunt."),
        (("Birds",), "Four mention Owls.", "Four mention Owls."),
    ],
)
def test_where_our_sentences_name_a_heading(section: tuple[str, ...], text: str, renamed: str) -> None:
    draft = Draft(outline=outline_of("Birds", "Owls"), references=(), sentences=(told(section, text),))
    (one,) = retitle(draft, outline_of("Singing birds", "Night owls")).sentences
    assert one.text == renamed
    assert one.section == tuple("Singing birds" if part == "Birds" else part for part in section)


def test_a_citation_stays_behind_its_words() -> None:
    text = "Its parts are Owls (one paper, such as A) and Emus (one paper, such as B)."
    marks = (text.index(" A)") + 2, text.index(" B)") + 2)
    draft = Draft(outline=outline_of("Birds", "Owls"), references=(), sentences=(told(("Birds",), text, marks),))
    (one,) = retitle(draft, outline_of("Birds", "Night owls")).sentences
    assert [one.text[:mark][-9:] for mark in one.marks] == ["such as A", "such as B"]


def test_what_a_paper_says_stays() -> None:
    said = Sentence(section=("Birds", "Owls"), text="Owls (one paper) sing.", citations=(QUOTE,))
    draft = Draft(outline=outline_of("Birds", "Owls"), references=(), sentences=(said,))
    (one,) = retitle(draft, outline_of("Birds", "Night owls")).sentences
    assert (one.section, one.text) == (("Birds", "Night owls"), said.text)
