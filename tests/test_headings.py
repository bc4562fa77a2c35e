"""Headings: noun phrases that tell a group of papers from its siblings, written as the field writes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from corpus.models import Paper
from survey.headings import Label, label_groups
from survey.phrases import build_phrases, find_acronyms, overlaps, singular


def make(*texts: tuple[str, str]) -> list[Paper]:
    return [Paper(id=str(number), title=title, abstract=abstract) for number, (title, abstract) in enumerate(texts)]


def phrases_of(papers: Sequence[Paper]) -> set[str]:
    return set(build_phrases(papers).texts)


def headings(papers: Sequence[Paper], *sizes: int, **options: object) -> list[str | None]:
    """The headings of consecutive groups of the given sizes; each group has a direction of its own."""
    vectors = np.repeat(np.eye(len(sizes), dtype=np.float32), sizes, axis=0)
    ends = np.cumsum(sizes)
    groups = [np.arange(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    labels = label_groups(build_phrases(papers), groups, vectors, **options)  # type: ignore[arg-type]
    return [label.text if label else None for label in labels]


PRUNING = ("Weight Pruning of Small Nets", "Our weight pruning removes edges. With weight pruning they fit a phone.")
PARSING = ("Chart Parsing of Long Texts", "Our chart parsing reads trees. With chart parsing they fit a page.")


# ---- which phrases can be headings -----------------------------------------------------------------------------------


def test_a_phrase_never_jumps_over_a_left_out_word() -> None:
    # "Attention Is All You Need" without its glue words would give "attention need".
    papers = make(*[("Attention Is All You Need", "The attention that you need is here.")] * 8)
    assert not any("need" in text.lower() for text in phrases_of(papers))


def test_a_verb_ends_a_phrase() -> None:
    papers = make(
        *[("Masked Transformers Make Strong Learners", "Masked transformers make strong learners of words.")] * 8
    )
    assert not any("make" in text for text in phrases_of(papers))


def test_an_infinitive_is_no_heading() -> None:
    papers = make(*[("Better Nets", "It is hard to prune weights. They want to prune weights, too.")] * 8)
    assert "prune weights" not in phrases_of(papers)


def test_the_front_of_a_longer_phrase_is_a_fragment() -> None:
    papers = make(*[("Nets", "A hidden markov model is small. The hidden markov model can be used.")] * 8)
    assert phrases_of(papers) & {"hidden markov", "markov", "hidden"} == set()
    assert "hidden markov model" in {text.lower().removesuffix("s") for text in phrases_of(papers)}


@pytest.mark.parametrize(
    "phrase", ["better accuracy", "proposed method", "quickly", "visual", "improving speech", "CIFAR-100"]
)
def test_what_says_nothing_or_is_no_noun_is_no_heading(phrase: str) -> None:
    papers = make(*[("Nets", f"There is {phrase}. And {phrase}, again.")] * 8)
    assert phrase.lower() not in {text.lower() for text in phrases_of(papers)}


def test_addresses_are_not_read() -> None:
    papers = make(*[("Nets", "All is at https://code.example.org/nets and github.com/nets today.")] * 8)
    assert not any("github" in text.lower() or "http" in text.lower() for text in phrases_of(papers))


def test_one_papers_words_count_only_in_a_small_set() -> None:
    few = make(("Nets", "A gated decoder is small."), ("Nets", "Nothing more."))
    many = [*few, *(Paper(id=f"x{n}", title="Nets", abstract="Nothing more.") for n in range(8))]
    assert "gated decoder" in phrases_of(few)
    assert "gated decoder" not in phrases_of(many)


# ---- how they are written --------------------------------------------------------------------------------------------


def test_case_is_that_of_the_abstracts_and_not_of_titles() -> None:
    papers = make(
        *[("Training LORA Adapters Well", "With LoRA adapters one saves memory. All LoRA adapters are small.")] * 8
    )
    assert "LoRA adapters" in phrases_of(papers)


def test_a_capital_for_stress_is_given_up() -> None:
    papers = make(
        *[("Prompt Tuning", "They name it Prompt Tuning here.")] * 4,
        *[("Prompt Tuning", "It is prompt tuning again.")] * 4,
    )
    assert "prompt tuning" in phrases_of(papers)


def test_a_name_that_all_write_with_a_capital_keeps_it() -> None:
    papers = make(*[("Gaussian Kernels", "We like Gaussian kernels. They have Gaussian kernels.")] * 8)
    assert "Gaussian kernels" in phrases_of(papers)


def test_an_acronym_stands_behind_its_long_form() -> None:
    papers = make(*[("Nets", "In visual prompt tuning (VPT) little is learned. All of VPT is small.")] * 8)
    assert "visual prompt tuning (VPT)" in phrases_of(papers)
    assert "VPT" not in phrases_of(papers)


def test_an_acronym_of_the_field_needs_no_definition() -> None:
    papers = make(*[("Nets for NER", "All of NER is small. We like NER. A long text on NER (LTN) is ours.")] * 8)
    assert "named entity recognition (NER)" in phrases_of(papers)
    assert "NER" not in phrases_of(papers)


def test_without_abstracts_titles_are_written_small() -> None:
    papers = [Paper(id=str(n), title="Weight Pruning") for n in range(8)]
    assert phrases_of(papers) == {"weight pruning"}


def test_a_heading_opens_with_a_capital() -> None:
    assert headings(make(*[PRUNING] * 5, *[PARSING] * 5), 5, 5) == ["Weight pruning", "Chart parsing"]


def test_a_name_with_a_capital_inside_opens_as_it_is() -> None:
    mixed = ("On mBERT Probing", "With mBERT probing one looks inside. All mBERT probing helps.")
    assert headings(make(*[mixed] * 5, *[PARSING] * 5), 5, 5) == ["mBERT probing", "Chart parsing"]


# ---- acronyms --------------------------------------------------------------------------------------------------------


def test_acronyms_are_read_from_definitions() -> None:
    papers = make(("Nets", "We use parameter-efficient fine-tuning (PEFT) and graph neural networks (GNNs)."))
    assert find_acronyms(papers) == {
        "PEFT": ("parameter", "efficient", "fine", "tuning"),
        "GNN": ("graph", "neural", "network"),
    }


def test_a_word_can_give_an_acronym_two_letters() -> None:
    papers = make(("Nets", "With Low-Rank Adaptation (LoRA) one saves memory."))
    assert find_acronyms(papers) == {"LoRA": ("low", "rank", "adaptation")}


def test_letters_that_do_not_fit_define_nothing() -> None:
    assert find_acronyms(make(("Nets", "A large bird (NLP) flew. See the table (II)."))) == {}


def test_in_a_large_set_one_papers_own_acronym_is_left_alone() -> None:
    papers = make(("Nets", "We call it tiny word model (TWM)."), *[("Nets", "A large word model (LWM).")] * 40)
    assert set(find_acronyms(papers)) == {"LWM"}


# ---- which one a group gets ------------------------------------------------------------------------------------------


def test_what_most_of_the_parent_holds_names_no_part() -> None:
    common = "All use beam search. Such beam search is slow. "
    papers = make(*[(title, common + text) for title, text in [PRUNING] * 5 + [PARSING] * 5])
    assert headings(papers, 5, 5) == ["Weight pruning", "Chart parsing"]


def test_siblings_do_not_hold_each_other() -> None:
    long = ("Deep Chart Parsing", "The deep chart parsing is slow. Some deep chart parsing fails.")
    first, second = headings(make(*[PARSING] * 5, *[long] * 5), 5, 5)
    assert first is None or second is None or not overlaps(tuple(first.lower().split()), tuple(second.lower().split()))


def test_a_child_does_not_hold_its_parent() -> None:
    parent = Label("Pruning", (("pruning",),))
    assert headings(make(*[PRUNING] * 5, *[PARSING] * 5), 5, 5, parent=parent)[0] != "Weight pruning"


def test_a_heading_used_elsewhere_is_not_used_again() -> None:
    used = [Label("Chart parsing", (("chart", "parsing"),))]
    assert "Chart parsing" not in headings(make(*[PRUNING] * 5, *[PARSING] * 5), 5, 5, used=used)


def test_a_heading_says_more_than_the_topic() -> None:
    assert "Chart parsing" not in headings(make(*[PRUNING] * 5, *[PARSING] * 5), 5, 5, topic="chart parsing of texts")


def test_a_mixed_group_is_named_by_two_phrases() -> None:
    hashing = ("Locality Hashing of Images", "Our locality hashing sorts images. With locality hashing they are near.")
    birds = [(f"Birds of Place {n}", "Birds sing in the morning.") for n in range(6)]
    papers = make(*[PRUNING] * 2, *[hashing] * 2, *birds[:4], *[PARSING] * 8)
    assert headings(papers, 8, 8)[0] in {"Weight pruning and locality hashing", "Locality hashing and weight pruning"}


def test_a_group_without_words_of_its_own_has_no_heading() -> None:
    assert headings(make(*[("Nets", "")] * 10), 5, 5) == [None, None]


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("adapters", "adapter"),
        ("studies", "study"),
        ("losses", "loss"),
        ("bias", "bias"),
        ("analysis", "analysis"),
        ("gas", "gas"),
    ],
)
def test_singular(word: str, one: str) -> None:
    assert singular(word) == one


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("prompt", "tuning"), ("visual", "prompt", "tuning"), True),
        (("prompt",), ("chain", "thought", "prompting"), True),
        (("prompt", "tuning"), ("prefix", "tuning"), False),
        (("teacher", "network"), ("teacher", "model"), True),
        (("neural", "network"), ("language", "model"), False),
    ],
)
def test_overlaps(one: tuple[str, ...], other: tuple[str, ...], expected: bool) -> None:
    assert overlaps(one, other) is overlaps(other, one) is expected
