"""Concepts mined from a few papers whose concepts are known, and from what no author should write."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import concepts as tables
from corpus.errors import InputError
from corpus.library import Library
from corpus.models import Concept, Mention, Paper
from survey.concepts import Mined, mine
from survey.concepts.acronyms import find_definitions, settle, spells
from survey.concepts.edges import Reader
from survey.concepts.seeds import joined, load_seeds
from survey.concepts.text import build_words, cut
from survey.indexing import index_concepts


def papers(*texts: tuple[str, str], year: int | None = None) -> list[tuple[int, Paper]]:
    return [(pid, Paper(title=title, abstract=text, year=year)) for pid, (title, text) in enumerate(texts, 1)]


def edges(mined: Mined, paper: int = 1) -> dict[str, set[str]]:
    """Concept -> edges of a paper."""
    found: dict[str, set[str]] = {}
    for mention in mined.mentions:
        if mention.paper == paper:
            found.setdefault(mention.concept, set()).add(mention.edge)
    return found


def keys(mined: Mined) -> set[str]:
    return {one.key for one in mined.concepts}


# ---- what is one concept ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fine-tuning", "fine tuning"),
        ("fine-tuning", "Finetuning"),
        ("graph neural networks", "Graph Neural Network"),
        ("optimisation of behaviour", "optimization of behavior"),
        ("CIFAR-10", "CIFAR10"),
        ("GPUs", "GPU"),
    ],
)
def test_spellings_of_one_word_are_one(one: str, other: str) -> None:
    assert joined(tuple(cut(one))).replace("^", "") == joined(tuple(cut(other))).replace("^", "")


def test_a_name_is_not_the_word_it_is_spelt_like() -> None:
    assert cut("AIM aim Aim") == ["aim^", "aim", "aim"]
    mined = mine(
        papers(("Video with AIM", "AIM adapts image models."), ("Our aim", "We aim at speed. The aim is clear."))
    )
    assert edges(mined, 1)["method:aim"]
    assert "method:aim" not in edges(mined, 2)


def test_an_acronym_and_its_long_form_are_one_concept() -> None:
    mined = mine(
        papers(
            ("Gated token mixing (GTM) for images", "We study gated token mixing (GTM)."),
            ("Faster GTM", "The GTM method is made faster, using gated token mixing."),
        )
    )
    (one,) = [one for one in mined.concepts if "GTM" in one.forms]
    assert (one.kind, one.name, one.curated) == ("method", "gated token mixing", False)
    assert {mention.paper for mention in mined.mentions if mention.concept == one.key} == {1, 2}


def test_an_acronym_inside_a_phrase_is_written_out() -> None:
    text = "We use reinforcement learning (RL). The deep RL agents learn, and deep RL is slow."
    mined = mine(papers(("A", text), ("B", text)))
    assert "deep RL" in next(one.forms for one in mined.concepts if one.name == "deep reinforcement learning")


def test_a_stressed_word_is_no_acronym() -> None:
    mined = mine(papers(("Neural optimal transport", "Neural optimal transport (NOT) maps."), ("B", "This is NOT so.")))
    assert edges(mined, 2) == {}


def test_an_acronym_means_in_each_paper_what_that_paper_says() -> None:
    mined = mine(
        papers(
            ("A", "We use conditional random fields (CRF). The CRF is trained."),
            ("B", "A contrastive retrieval forest (CRF) is grown. The CRF is deep."),
        )
    )
    assert "method:conditional random field" in edges(mined, 1)
    assert "method:conditional random field" not in edges(mined, 2)


@pytest.mark.parametrize(
    ("long", "short", "fits"),
    [
        ("visual prompt tuning", "vpt", True),
        ("low rank adaptation", "lora", True),
        ("bidirectional encoder", "be", True),
        ("reinforcement learning from human feedback", "rlhf", True),
        ("a network of experts", "xyz", False),
        ("visual prompt", "vpt", False),
    ],
)
def test_an_acronym_is_spelt_by_the_first_letters(long: str, short: str, fits: bool) -> None:
    assert spells(long.split(), short) is fits


def test_definitions_are_found_before_and_behind_and_in_titles() -> None:
    words = build_words(
        papers(
            (
                "LSA: A Layered Sparse Attention for Text",
                "We use Visual Prompt Tuning (VPT) and MTL (multi-task learning).",
            )
        )
    )
    known = settle(words, find_definitions(words))
    assert known.clear["vpt^"] == ("visual", "prompt", "tuning")
    assert known.clear["mtl^"] == ("multi", "task", "learning")
    assert known.clear["lsa^"] == ("layered", "sparse", "attention")


def test_the_longest_term_is_the_one_that_is_meant() -> None:
    mined = mine(papers(("Visual prompt tuning", "Visual prompt tuning adds tokens.")))
    assert keys(mined) == {"method:visual prompt tuning"}


def test_phrases_that_say_nothing_are_no_concepts() -> None:
    text = "We propose a novel method. Extensive experiments show state-of-the-art results of deep learning models."
    assert keys(mine(papers(*[("A new approach", text)] * 5))) == set()


def test_a_phrase_needs_several_papers() -> None:
    lone = ("Sparse token gating", "We use sparse token attention.")
    assert "method:sparse token attention" not in keys(mine(papers(lone)))
    assert "method:sparse token attention" in keys(mine(papers(lone, lone)))


# ---- kinds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("We use woven query attention here.", "method:woven query attention"),
        ("The task of glacier crack detection is hard.", "task:glacier crack detection"),
        ("Results on the QuuxBench dataset are given. We evaluate on the QuuxBench benchmark.", "dataset:quuxbench"),
        ("The QuuxNet model is fast. Models such as the QuuxNet architecture are used.", "method:quuxnet"),
    ],
)
def test_a_phrase_is_typed_by_its_head_and_by_what_stands_around_it(text: str, key: str) -> None:
    assert key in keys(mine(papers(("A", text), ("B", text), ("C", text))))


@pytest.mark.parametrize("text", ["Smith et al. show this.", "Data in Finnish are rare.", "The BLEU score is high."])
def test_persons_languages_and_metrics_are_no_concepts(text: str) -> None:
    assert keys(mine(papers(("A", text), ("B", text), ("C", text)))) == set()


def test_a_name_that_only_a_capital_makes_needs_it() -> None:
    mined = mine(
        papers(
            ("A", "We train on Replica and test on Replica."),
            ("B", "A replica is kept. Each replica of the replica votes."),
        )
    )
    assert "dataset:replica" in edges(mined, 1)
    assert "dataset:replica" not in edges(mined, 2)


# ---- edges -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "concept", "edge"),
    [
        ("Images are sorted using knowledge distillation.", "method:knowledge distillation", "uses"),
        ("This is based on dropout.", "method:dropout", "uses"),
        ("We improve knowledge distillation.", "method:knowledge distillation", "improves"),
        ("Our network outperforms BERT and RoBERTa.", "method:roberta", "improves"),
        ("It is better than BERT.", "method:bert", "improves"),
        ("It brings a gain over BERT.", "method:bert", "improves"),
        ("We improve the accuracy of BERT.", "method:bert", "improves"),
        ("We improve search with BERT.", "method:bert", "uses"),
        ("We combine dropout with mixup.", "method:mixup", "combines"),
        ("We combine dropout with mixup.", "method:dropout", "combines"),
        ("Dropout combined with mixup is strong.", "method:dropout", "combines"),
        ("We study named entity recognition.", "task:named entity recognition", "addresses"),
        ("Experiments on ImageNet and CIFAR-10 are shown.", "dataset:cifar-10", "evaluates_on"),
        ("Networks trained on ImageNet are used.", "dataset:imagenet", "uses"),
        ("We propose LoRA.", "method:low-rank adaptation", "introduces"),
        ("We introduce a benchmark called GLUE.", "dataset:glue", "introduces"),
        ("We propose a LoRA ensemble.", "method:low-rank adaptation", "uses"),
        ("We propose Seeded LoRA.", "method:low-rank adaptation", "uses"),
        ("We propose an extension of BERT.", "method:bert", "uses"),
        ("We propose a network, BERT included.", "method:bert", "uses"),
    ],
)
def test_the_word_that_governs_a_mention_gives_its_edge(sentence: str, concept: str, edge: str) -> None:
    assert edges(mine(papers(("A title", sentence))))[concept] == {edge}


def test_a_title_that_begins_with_a_name_introduces_it_and_later_ones_do_not() -> None:
    first = (1, Paper(title="DenseNet: Connected Layers", year=2017))
    later = (2, Paper(title="Faster DenseNet", year=2020))
    other = (3, Paper(title="DenseNet: Fishing Boats at Sea", year=2021))
    mined = mine([first, later, other])
    assert edges(mined, 1) == {"method:densenet": {"introduces"}}
    assert edges(mined, 2) == {"method:densenet": {"uses"}}
    assert edges(mined, 3) == {}  # another DenseNet


def test_a_word_in_ing_before_an_article_is_a_verb() -> None:
    mined = mine(
        papers(("A", "Trees are grown, thereby boosting the accuracy."), ("B", "We compare boosting and bagging."))
    )
    assert "method:boosting" not in edges(mined, 1)
    assert "method:boosting" in edges(mined, 2)


def test_a_mention_in_the_title_weighs_more_and_the_words_are_told() -> None:
    title, text = "Images by dropout", "We study images. The dropout of units is old, and mixup is new."
    mined = mine(papers((title, text)))
    by_concept = {mention.concept: mention for mention in mined.mentions}
    one, other = by_concept["method:dropout"], by_concept["method:mixup"]
    assert (one.field, title[one.start : one.stop]) == ("title", "dropout")
    assert (other.field, text[other.start : other.stop]) == ("abstract", "mixup")
    assert 1 >= one.weight > other.weight > 0


def test_chinese_abstracts_are_read_by_the_chinese_names() -> None:
    text = "本文提出一种基于知识蒸馏的目标检测方法。"
    mined = mine(papers(("轻量网络", text)))
    assert edges(mined) == {"method:knowledge distillation": {"uses"}, "task:object detection": {"addresses"}}
    spans = {text[mention.start : mention.stop] for mention in mined.mentions}
    assert spans == {"知识蒸馏", "目标检测"}


# ---- what comes in ---------------------------------------------------------------------------------------------------


def test_no_papers_and_one_paper() -> None:
    assert mine([]) == Mined((), [])
    assert mine([(7, Paper(title="Hello"))]).mentions == []
    assert keys(mine([(7, Paper(title="BERT"))])) == {"method:bert"}


TEXTS = [
    ("LoRA: Low-Rank Adaptation", "We propose LoRA for large language models. It is tested on GLUE."),
    ("VISUAL PROMPT TUNING FOR IMAGE CLASSIFICATION", "We use visual prompt tuning (VPT) and LoRA on ImageNet."),
    ("Knowledge distillation of graph neural networks", "Graph neural networks (GNNs) are distilled."),
    ("轻量网络", "知识蒸馏与目标检测。"),
    ("Emoji 🎉 and \\emph{LaTeX} $\\ell_1$ <i>CLIP</i>", "The <b>CLIP</b> model &amp; LoRA 🎉 on CIFAR-10."),
]


def test_the_order_of_the_papers_says_nothing() -> None:
    pairs = papers(*TEXTS)
    shuffled = pairs[:]
    random.Random(1).shuffle(shuffled)
    assert mine(pairs) == mine(shuffled)
    assert mine(iter(pairs)) == mine(pairs)


@pytest.mark.parametrize(("title", "abstract"), TEXTS)
def test_spans_slice_to_a_spelling_of_the_concept(title: str, abstract: str) -> None:
    mined = mine(papers((title, abstract)))
    known = {one.key: one for one in mined.concepts}
    assert mined.mentions
    for mention in mined.mentions:
        text = (title if mention.field == "title" else abstract)[mention.start : mention.stop]
        assert text.lower() in {form.lower() for form in known[mention.concept].forms}


def test_a_title_in_capitals_is_read_like_another() -> None:
    mined = mine(papers(("A STUDY OF VISUAL PROMPT TUNING AND DROPOUT", "Nothing.")))
    assert keys(mined) == {"method:visual prompt tuning", "method:dropout"}


def test_ten_thousand_words_of_one_abstract() -> None:
    mined = mine(papers(("Long", "dropout a " * 4_990)))
    assert edges(mined) == {"method:dropout": {"uses"}}


PIECES = [
    "LoRA",
    "fine-tuning",
    "(VPT)",
    "visual prompt tuning",
    "we propose",
    "combines",
    "ImageNet",
    "知识蒸馏",
    "GPT-4",
    "the",
]
MARKS = [
    "İ",
    "ß",
    "\\x",
    "，",
    "a",
    "-",
    ".",
    ":",
    "(a",
    ")",
    "𝔘",
    "AIM",
    "aims",
    "é",
    "e\u0301",
    "\x1e",
    "LSTMs",
    "10",
    "GPU's",
    "'",
]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=60).filter(lambda text: text.strip() != ""),
            st.lists(st.sampled_from(PIECES + MARKS), max_size=40).map(" ".join),
        ),
        max_size=4,
    )
)
def test_no_text_makes_it_fail_and_all_spans_are_words_of_the_paper(texts: list[tuple[str, str]]) -> None:
    rows = []
    for pid, (title, abstract) in enumerate(texts, 1):
        try:
            rows.append((pid, Paper(title=title, abstract=abstract)))
        except ValueError:
            continue  # a title of control characters alone
    mined = mine(rows)
    by_pid = dict(rows)
    known = {one.key: one for one in mined.concepts}
    assert {mention.concept for mention in mined.mentions} == set(known)
    for mention in mined.mentions:
        paper = by_pid[mention.paper]
        text = paper.title if mention.field == "title" else paper.abstract or ""
        assert 0 <= mention.start < mention.stop <= len(text)
        assert re.search(r"\w", text[mention.start : mention.stop])
        assert 0 < mention.weight <= 1


def test_the_seeds_are_the_curated_terms() -> None:
    seeds = load_seeds()
    assert sum(seed.kind is not None for seed in seeds) >= 300
    assert sum(seed.kind == "dataset" for seed in seeds) >= 150
    assert sum(bool(seed.zh) for seed in seeds if seed.kind) >= 300
    forms = [joined(form) for seed in seeds for form in seed.forms]
    assert len(forms) == len(set(forms))


def test_the_reader_never_leaves_the_sentence() -> None:
    words = build_words(papers(("A", "We propose. LoRA is old.")))
    at = words.word.tolist().index(words.number["lora^"])
    assert Reader(words).edge("method", at, 1) == ("uses", 0.5)


# ---- the tables ------------------------------------------------------------------------------------------------------


LORA = Concept(
    key="method:low-rank adaptation", kind="method", name="low-rank adaptation", forms=("LoRA",), zh="低秩适配"
)
AIM = Concept(key="method:aim", kind="method", name="AIM", forms=("AIM",))
IMAGENET = Concept(key="dataset:imagenet", kind="dataset", name="ImageNet", forms=("ImageNet",), curated=True)


def mention(paper: int, concept: Concept, edge: str = "uses", weight: float = 0.5) -> Mention:
    return Mention.model_validate(
        {
            "paper": paper,
            "concept": concept.key,
            "edge": edge,
            "weight": weight,
            "field": "title",
            "start": 0,
            "stop": 4,
        }
    )


@pytest.fixture
def filled(library: Library) -> Library:
    library.add([Paper(id=f"own:{n}", title=f"Paper {n} on LoRA") for n in (1, 2)], "test")
    tables.set_concepts(
        library, [LORA, AIM, IMAGENET], [mention(1, LORA), mention(1, IMAGENET), mention(2, LORA, weight=0.9)]
    )
    return library


def test_what_is_written_is_read(filled: Library) -> None:
    assert tables.concepts(filled) == {one.key: one for one in (IMAGENET, AIM, LORA)}
    assert tables.mentions(filled, [1]) == [mention(1, IMAGENET), mention(1, LORA)]
    assert len(tables.mentions(filled)) == 3
    assert tables.mentions(filled, []) == []
    assert [one.paper for one in tables.mentions_of(filled, LORA)] == [2, 1]
    assert tables.counts(filled) == {LORA.key: 2, IMAGENET.key: 1}


def test_writing_replaces_all_and_leaves_out_papers_that_are_gone(filled: Library) -> None:
    tables.set_concepts(filled, [LORA], [mention(1, LORA), mention(99, LORA)])
    assert tables.concepts(filled) == {LORA.key: LORA}
    assert [one.paper for one in tables.mentions(filled)] == [1]


def test_a_mention_of_no_concept_is_refused_and_nothing_is_lost(filled: Library) -> None:
    with pytest.raises(InputError, match="no concept"):
        tables.set_concepts(filled, [LORA], [mention(1, AIM)])
    assert len(tables.concepts(filled)) == 3


@pytest.mark.parametrize("name", ["LoRA", "lora", "Low Rank Adaptation", "method:low-rank adaptation", "低秩适配"])
def test_a_concept_is_found_by_any_of_its_names(filled: Library, name: str) -> None:
    assert tables.concept(filled, name) == LORA


def test_an_unknown_name_is_told_with_near_ones(filled: Library) -> None:
    with pytest.raises(InputError, match="Did you mean ImageNet"):
        tables.concept(filled, "ImageNot")
    with pytest.raises(InputError, match="fourways concepts"):
        tables.concept(filled, "zzzzzz")


def test_a_library_without_concepts_says_what_to_do(library: Library) -> None:
    with pytest.raises(InputError, match="fourways index"):
        tables.concept(library, "LoRA")


def test_concepts_are_mined_once_and_again_when_papers_change(library: Library) -> None:
    library.add([Paper(id="own:1", title="LoRA for images")], "test")
    assert index_concepts(library)
    assert not index_concepts(library)
    library.add([Paper(id="own:2", title="Dropout for images")], "test")
    assert index_concepts(library)
    assert set(tables.concepts(library)) == {"method:low-rank adaptation", "method:dropout"}
