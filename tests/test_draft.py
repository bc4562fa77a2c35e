"""Drafts: counted facts, sentences word for word with their place in the abstract, keys that are unique."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from corpus.errors import InputError
from corpus.models import Paper
from survey.draft import Draft, build_keys, write_draft
from survey.draft.keys import text_digest
from survey.draft.telling import pieces_of
from survey.outline import Outline, Section
from survey.sentences import can_be_quoted, split_sentences

ADAPTERS = Paper(
    id="p:adapters",
    title="Adapters for Speech",
    abstract="Adapters are small layers between the frozen layers of a speech model. However, they cost time. "
    "With adapters, a speech model learns a new language from little data.",
    authors=("Ana Brown", "Li Wei"),
    year=2020,
    venue="TOYCONF",
    arxiv_id="2001.00001",
)
RANKS = Paper(
    id="p:ranks",
    title="LoRA: Low Ranks",
    abstract="A low rank is enough to adapt the weights of most speech models. Code is available at https://example.org/code.",
    authors=("Hu, Edward",),
    year=2022,
)
BARE = Paper(id="p:bare", title="Silence")
PAPERS = [ADAPTERS, RANKS, BARE]
VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
OUTLINE = Outline(
    topic="speech",
    title="Speech: a survey",
    sections=(
        Section(
            title="Adaptation",
            sections=(
                Section(title="Small layers", papers=("p:adapters", "p:ranks")),
                Section(title="Other work", papers=("p:bare",)),
            ),
        ),
    ),
)
# Both others cite the adapters.
CITATIONS = [(1, 0), (2, 0)]


@pytest.fixture
def draft() -> Draft:
    return write_draft(OUTLINE, PAPERS, VECTORS, CITATIONS)


def alone(papers: Sequence[Paper], citations: Sequence[tuple[int, int]] = ()) -> Draft:
    """The draft of one section with all `papers`, whose vectors are all alike."""
    outline = Outline(topic="t", title="T", sections=(Section(title="All", papers=tuple(p.name for p in papers)),))
    return write_draft(outline, papers, np.ones((len(papers), 2), dtype=np.float32) / 2**0.5, citations)


# ---- sentences -------------------------------------------------------------------------------------------------------


def test_every_quote_is_the_text_at_its_place(draft: Draft) -> None:
    papers = {paper.name: paper for paper in PAPERS}
    quotes = [quote for sentence in draft.sentences for quote in sentence.citations]
    assert {quote.source for quote in quotes} == {"title", "abstract"}
    for quote in quotes:
        source = papers[quote.id].title if quote.source == "title" else papers[quote.id].abstract or ""
        assert source[quote.start : quote.end] == quote.quote


def test_every_sentence_cites(draft: Draft) -> None:
    assert all(sentence.citations for sentence in draft.sentences)


def test_a_quoted_sentence_is_its_quote(draft: Draft) -> None:
    quoted = [one for one in draft.sentences if one.kind == "quote"]
    assert [one.text for one in quoted] == [one.citations[0].quote for one in quoted] != []


def test_a_section_opens_with_counted_facts(draft: Draft) -> None:
    assert draft.sentences[0].text == (
        "This section covers three papers from 2020 to 2022 in two parts: Small layers (two papers, such as Brown and Wei (2020)) "
        "and Other work (one paper, such as “Silence”)."
    )
    assert [quote.id for quote in draft.sentences[0].citations] == ["p:adapters", "p:bare"]
    assert draft.sentences[1].text == (
        "Two papers from 2020 to 2022 fall under this heading; the one that the others cite most is Brown and Wei (2020) (twice)."
    )


def test_each_citation_stands_behind_what_it_is_for(draft: Draft) -> None:
    first, second = draft.sentences[0].marks
    assert draft.sentences[0].text[:first].endswith("such as Brown and Wei (2020)")
    assert draft.sentences[0].text[:second].endswith("such as “Silence”")
    assert pieces_of(draft.sentences[1]) == [
        (
            "Two papers from 2020 to 2022 fall under this heading; the one that the others cite most is Brown and Wei (2020)",
            ("brown2020adapters",),
        ),
        (" (twice).", ()),
    ]


def test_a_section_of_one_paper_names_it(draft: Draft) -> None:
    (sentence,) = [one for one in draft.sentences if one.section == ("Adaptation", "Other work")]
    assert sentence.text == "One paper falls under this heading: “Silence”."


def test_without_citations_the_earliest_paper_is_named() -> None:
    third = RANKS.model_copy(update={"id": "p:third", "title": "Thirds"})
    assert alone([ADAPTERS, RANKS, third]).sentences[0].text == (
        "This section covers three papers from 2020 to 2022; the earliest is “Adapters for Speech”."
    )


def test_of_two_papers_both_are_named() -> None:
    assert alone([ADAPTERS, RANKS]).sentences[0].text == (
        "This section covers two papers from 2020 to 2022: “Adapters for Speech” and “LoRA: Low Ranks”."
    )
    same_year = RANKS.model_copy(update={"year": 2020})
    assert alone([ADAPTERS, same_year]).sentences[0].text == (
        "This section covers two papers of 2020: “Adapters for Speech” and “LoRA: Low Ranks”."
    )


def test_the_path_of_a_sentence_is_that_of_its_section(draft: Draft) -> None:
    assert {one.section for one in draft.sentences} == {
        ("Adaptation",),
        ("Adaptation", "Small layers"),
        ("Adaptation", "Other work"),
    }


def test_a_paper_is_quoted_once_in_a_section(draft: Draft) -> None:
    quoted = [
        one.citations[0].id for one in draft.sentences if one.kind == "quote" and one.section[-1] == "Small layers"
    ]
    assert quoted == ["p:adapters", "p:ranks"]


def test_the_same_words_are_not_quoted_twice() -> None:
    twins = [RANKS.model_copy(update={"id": f"p:{n}"}) for n in range(6)]
    assert [one.section for one in alone(twins).sentences if one.kind == "quote"] == [("All",)]


def test_a_sentence_that_says_we_yields_to_one_that_does_not() -> None:
    paper = Paper(
        id="p",
        title="T",
        abstract="We think that large parrots sing better than small parrots. The large parrots sing better than small parrots do.",
    )
    assert alone([paper]).sentences[-1].text == "The large parrots sing better than small parrots do."


def test_the_same_papers_in_another_order_give_the_same_draft(draft: Draft) -> None:
    turned = write_draft(OUTLINE, PAPERS[::-1], VECTORS[::-1], [(1, 2), (0, 2)])
    assert turned == draft


def test_an_outline_of_other_papers_is_an_error() -> None:
    with pytest.raises(InputError, match="p:bare"):
        write_draft(OUTLINE, PAPERS[:2], VECTORS[:2], [])


# ---- references ------------------------------------------------------------------------------------------------------


def test_references_are_the_placed_papers_by_key(draft: Draft) -> None:
    assert [(one.key, one.id) for one in draft.references] == [
        ("anonsilence", "p:bare"),
        ("brown2020adapters", "p:adapters"),
        ("hu2022lora", "p:ranks"),
    ]


def test_an_arxiv_paper_has_an_address(draft: Draft) -> None:
    assert draft.references[1].url == "https://arxiv.org/abs/2001.00001"


@pytest.mark.parametrize(
    ("author", "title", "key"),
    [
        ("Zoë Müller-Őry", "The Art of It", "mulleroryart"),
        ("Sam Davis Jr.", "Songs", "davissongs"),
        ("王伟", "低秩", "anon"),
        ("Ann Lee", "A 2 B or Not", "lee"),
    ],
)
def test_keys_are_ascii(author: str, title: str, key: str) -> None:
    assert build_keys([Paper(id="x", title=title, authors=(author,))]) == {"x": key}


def test_papers_of_one_key_get_letters_by_id() -> None:
    papers = [Paper(id=name, title="Birds", authors=("A Lee",), year=2001) for name in "cab"]
    assert build_keys(papers) == {"c": "lee2001birdsc", "a": "lee2001birdsa", "b": "lee2001birdsb"}


def test_a_letter_never_makes_another_papers_key() -> None:
    papers = [Paper(id=name, title="Bird", authors=("A Lee",)) for name in "xy"]
    papers.append(Paper(id="z", title="Birda", authors=("A Lee",)))
    keys = build_keys(papers)
    assert len(set(keys.values())) == 3
    assert keys["z"] == "leebirda"


def test_hundreds_of_papers_of_one_key_stay_apart() -> None:
    papers = [Paper(id=f"{n:04}", title="Birds") for n in range(800)]
    assert len(set(build_keys(papers).values())) == 800


# ---- the contract ----------------------------------------------------------------------------------------------------


def test_contract(draft: Draft) -> None:
    contract = draft.to_contract()
    assert list(contract) == ["topic", "title", "sections", "references", "sentences", "tables", "links"]
    assert contract["sections"][0]["sections"][0] == {
        "title": "Small layers",
        "papers": ["p:adapters", "p:ranks"],
        "sections": [],
    }
    assert contract["references"][2] == {
        "id": "p:ranks",
        "key": "hu2022lora",
        "title": "LoRA: Low Ranks",
        "authors": ["Hu, Edward"],
        "year": 2022,
        "digest": text_digest(RANKS),
    }
    assert contract["sentences"][-1] == {
        "section": ["Adaptation", "Other work"],
        "text": "One paper falls under this heading: “Silence”.",
        "citations": [
            {"key": "anonsilence", "id": "p:bare", "quote": "Silence", "start": 0, "end": 7, "source": "title"}
        ],
        "kind": "counted",
        "smoothed": False,
        "marks": [45],
    }


# ---- sentences of an abstract ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One is here. Two is there!", ["One is here.", "Two is there!"]),
        ("It gains 3.5 points. Then it stops.", ["It gains 3.5 points.", "Then it stops."]),
        ("Methods, e.g. LoRA, help. So be it.", ["Methods, e.g. LoRA, help.", "So be it."]),
        ("As in Hu et al. They agree.", ["As in Hu et al. They agree."]),
        ("J. Smith agrees. He said so.", ["J. Smith agrees.", "He said so."]),
        ("He said “no.” They left.", ["He said “no.”", "They left."]),
        ("方法简单。效果很好！", ["方法简单。", "效果很好！"]),
        ("  No end", ["No end"]),
        ("", []),
    ],
)
def test_split_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == sentences


def test_a_sentence_that_stands_alone_can_be_quoted() -> None:
    assert can_be_quoted("Adapters are small layers between the frozen layers of a model.")
    assert can_be_quoted("适配器是插入到冻结的大模型各层之间的小网络层。")
    assert can_be_quoted(
        "Settings such as models of films are met in the benchmarks that A* search and B* search have."
    )
    assert can_be_quoted("Motivated by the observation that layers differ, small layers stand between large ones.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Too short.",
        "Although these methods train only small layers, the frozen layers still cost memory and time.",
        "Recent evidence suggests that this limitation arises from the layers that are frozen.",
        "Though effective, small layers between the frozen layers of a model cost time and memory.",
        "However, the frozen layers of a model cannot be changed by adapters at all.",
        "To address this problem, small layers stand between the frozen layers of a model.",
        "The code of these small layers is available at https://example.org for everybody.",
        "Why do small layers between the frozen layers of a model help so very much?",
        "small letters at the front are a sign of a sentence that was cut in the middle.",
        "A sentence without an end was cut by whoever made the record, as many are cut",
        "Long " * 80 + "sentences are read by nobody.",
        "Motivated by this, small layers stand between the frozen layers of a large model.",
        "Motivated by the observation, small layers stand between the frozen layers of a model.",
        "As a first step towards such contexts, small layers stand between the frozen layers.",
        "The small layers also learn what the frozen layers of the large model have never seen.",
        "To that end, small layers are put between the frozen layers of a large model.",
        "To do so, small layers are put between the frozen layers of a large model.",
        "We show that it is equivalent to putting small layers between the frozen layers.",
        "Small layers, however, stand between the frozen layers of a large model.",
        "When large layers are frozen, the small layers between them can then be trained.",
        "Subsequently, small layers are put between the frozen layers of a large model.",
        "We put \\emph{small} layers between the frozen layers of a large model, one by one.",
        "We put **small layers** between the frozen layers of a large model, one by one.",
        "We put *Small Layers (SL)* between the frozen layers of a large model, one by one.",
        "The reviews had two concerns: small layers, and too many words for what they do.",
        "然而，插入到冻结的大模型各层之间的小网络层需要更多的时间。",
    ],
)
def test_what_leans_on_others_cannot_be_quoted(sentence: str) -> None:
    assert not can_be_quoted(sentence)
