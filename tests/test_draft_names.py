"""The names that papers give to their own methods, as sentences call the papers by them."""

from __future__ import annotations

import pytest

from corpus.models import Paper
from survey.draft.naming import own_name


def named(abstract: str, title: str = "A Study of Birds") -> str | None:
    found = own_name(Paper(title=title, abstract=abstract))
    if found:
        source = title if found.source == "title" else abstract
        assert source[found.start : found.end] == found.text
    return found and found.text


@pytest.mark.parametrize(
    "abstract",
    [
        "We propose to count birds from photographs using a Nest Tree Search (NTS).",
        "We present an approach based on Wide Nest Layers (WNL) that counts birds.",
        "We introduce a paradigm that incorporates the Big Bird Model (BBM) into nests.",
        "We develop a simple counter that improves mean nest precision (mNP) by half.",
        "We present a method aimed at the training of Small Bird Networks (SBNs).",
    ],
)
def test_what_a_paper_only_uses_is_not_its_own(abstract: str) -> None:
    assert named(abstract) is None


@pytest.mark.parametrize(
    ("abstract", "name"),
    [
        # The preposition is part of the name.
        ("We propose a framework named nest congruence for bird counting (NCBC), which is small.", "NCBC"),
        ("We propose Nests of Many Birds (NoMB), a data set.", "NoMB"),
        ("We present Nest Counting with Meta Owls (MetaNest), which is small.", "MetaNest"),
        ("We present Wide Nest Layers(WNL), which are small.", "WNL"),
        ("We propose wide nest layers (WNL), which are small.", "WNL"),
    ],
)
def test_what_stands_before_the_brackets_belongs_to_the_name(abstract: str, name: str) -> None:
    assert named(abstract) == name


def test_a_formula_is_no_name() -> None:
    assert named("We propose the first counter of nests and eggs that is linear $O(N+E)$ by hand.") is None
    assert named("We propose a linear counter $O(N+E)$ of nests and eggs.") is None


@pytest.mark.parametrize(
    ("abstract", "name"),
    [
        ("We propose a counter called NEsting TRee (NETR), which is small.", "NETR"),
        ("The new counter, called NEsting TRee or NETR, is small.", "NETR"),
        ("It is a counter termed BIrd-Dependent NesT Search (BIDNTS).", "BIDNTS"),
        # Brackets with something else behind a name.
        ("It is a counter called NeTree Search (NASA) for birds.", "NeTree"),
    ],
)
def test_a_name_that_is_spelt_out_goes_on_to_its_short_form(abstract: str, name: str) -> None:
    assert named(abstract) == name


def test_an_acronym_of_the_field_belongs_to_the_paper_whose_title_it_shortens() -> None:
    abstract = "We present graph attention networks (GATs), which are small."
    assert named(abstract) is None
    # One of them.
    assert named(abstract, "Graph Attention Networks") == "GAT"
    assert named("We propose a deep Graph Convolutional Network (GCN) algorithm, which is small.") is None
    assert named("We present GANs for birds.") is None
    # It has no acronym in the table of terms, but it is a term.
    assert named("We propose a novel Self-Supervised Learning (SSL) task for birds.") is None
    # A name that is more than its first letters is coined, whatever it is short for.
    assert named("We propose novel graph pooling (gPool) layers for birds.") == "gPool"


@pytest.mark.parametrize(
    ("abstract", "title", "name"),
    [
        # What is introduced besides, or one after the other.
        ("We study birds. We also introduce NestNet, which is small.", "A Study of Birds", None),
        ("We study birds. Additionally we introduce a trick called NestDrop that is small.", "A Study of Birds", None),
        ("We study birds. First, we propose a Wide Nest Rule (WNR) that is small.", "A Study of Birds", None),
        ("We study birds. First, we propose a Wide Nest Rule (WNR) that is small.", "A Wide Nest Rule", "WNR"),
        # A part, unless the title is on such a thing.
        (
            "We use the Wide Nest Loss (WNL) on birds. We propose the Wide Nest Loss (WNL), which is small.",
            "Owls",
            None,
        ),
        ("We propose the Wide Nest Loss (WNL), which is small.", "Losses of Birds", "WNL"),
        ("We propose a nest regularizer called NestDrop for birds.", "A Study of Birds", None),
        ("We propose the NestDrop module, which is small.", "A Study of Birds", None),
        ("We propose NestDrop, a small module for birds.", "A Study of Birds", None),
        # A benchmark to test on what was presented before.
        ("We present Owl, a bird. To test it, we introduce OwlBench, a large data set of birds.", "Owls", None),
        ("We introduce OwlBench, a large data set of birds.", "Owls", "OwlBench"),
        # What comes again and again.
        ("We propose a nest called NeOn. We propose a bird called BiRD. All like BiRD.", "Owls", "BiRD"),
        ("We propose a nest called NeOn. We propose a bird called BiRD.", "Owls", "NeOn"),
        ("We propose a nest called NeOn. We propose a bird called BiRD.", "Owls of BiRD", "BiRD"),
        ("We propose a nest called NeOn. NestNetV3 is small. We test NestNetV3.", "A Search for NestNetV3", None),
        ("We propose a nest called NeOn. NestNets are small. We test NestNets.", "A NestNet of Old", "NeOn"),
        # Namely, and spelt with its capitals.
        ("We propose a bird for nests, namely BiRD, which is small.", "Owls", "BiRD"),
        ("We test birds on two nests, namely NeOn and NestNet.", "Owls", None),
        ("We propose a nest called REliable moss for ADult birds (READ).", "Owls", "READ"),
    ],
)
def test_the_name_of_a_part_is_not_that_of_the_method(abstract: str, title: str, name: str | None) -> None:
    assert named(abstract, title) == name


def test_what_a_title_begins_with_names_nothing_where_the_abstract_writes_it_small() -> None:
    assert named("We study birds for nest VQA.", "Nest VQA: A Study of Birds") is None
    assert named("", "End-to-End ASR: A Study of Birds") is None
    assert named("We study nests with Nest VQA.", "Nest VQA: A Study of Birds") == "Nest VQA"


def test_a_title_that_begins_with_an_acronym_of_the_field_names_nothing() -> None:
    assert named("", "LLMs: A Study of Birds") is None
    assert named("", "LoRA: Low-Rank Adaptation") == "LoRA"


def test_what_others_have_named_is_not_its_own() -> None:
    others = "A recently proposed method named Nest Optimization (NeOp) counts birds."
    assert named(others) is None
    assert named(f"{others} We propose Conditional Nest Optimization (CoNeOp).") == "CoNeOp"
    assert named("Unlike recent ones, this paper presents a method named Nest Optimization (NeOp).") == "NeOp"
    assert named("Beside recent methods we study a method named Nest Optimization (NeOp).") == "NeOp"
