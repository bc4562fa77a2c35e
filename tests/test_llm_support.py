"""What a sentence may say of the quotes it cites: toy sentences, each right, or wrong in one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from survey.llm.reading import Cited, Reading, keeps_order, line_of
from survey.llm.support import find_fault

LORA = "LoRA freezes the pretrained weights and injects trainable rank decomposition matrices into each layer."
ADAPTERS = "Adapters do not change the original weights, and add only 3.6% of new parameters for each task."
BIASES = "We propose BitFit, which may match full fine-tuning on small data sets while it trains only the bias terms."
BETTER = "On CIFAR-10, mixing improves accuracy by 2.5 points and reduces memory by up to 30% compared with Mixup."
MIXED = "LoRA freezes weights, adapters add parameters, and LoRA injects trainable matrices for each task."
SURPASSING = "Remarkably, it even surpasses the original model on new classes of the small data sets."
DEPTH = "Depth is one of the keys that make networks succeed on images when data are plenty."
TURNED = "Prompts have shown good results on most tasks, but they need a large frozen network."
CHINESE = "适配器不改变原始权重，每个任务只增加百分之三的参数。"


def fault(text: str, *quotes: str, around: str = "") -> str | None:
    """What is found wrong with a sentence that cites these quotes; `around` is what else their papers say."""
    readings = tuple(map(Reading, quotes))
    words = frozenset().union(Reading(around).stems, *(reading.stems for reading in readings))
    return find_fault(text, Cited(readings, words))


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        (LORA, [LORA]),
        ("LoRA freezes the pretrained weights and injects rank decomposition matrices into each layer.", [LORA]),
        (
            "Here LoRA freezes the pretrained weights and injects trainable matrices into each layer.".removeprefix(
                "Here "
            ),
            [LORA],
        ),
        ("Adapters add only 3.6% of new parameters for each task.", [ADAPTERS]),
        ("Adapters do not change the original weights.", [ADAPTERS]),
        ("One work proposes BitFit, which may match full fine-tuning on small data sets.", [BIASES]),
        ("On CIFAR-10, mixing improves accuracy by 2.5 points compared with Mixup.", [BETTER]),
        ("Mixing reduces memory by up to 30 percent compared with Mixup.", [BETTER]),
        (
            "While LoRA freezes the pretrained weights and injects rank decomposition matrices, adapters add only 3.6% of new"
            " parameters for each task.",
            [LORA, ADAPTERS],
        ),
        ("适配器不改变原始权重。", [CHINESE]),
    ],
)
def test_what_holds(text: str, quotes: list[str]) -> None:
    assert fault(text, *quotes) is None


@pytest.mark.parametrize(
    ("text", "quotes", "reason"),
    [
        # numbers
        ("Adapters add only 3.8% of new parameters for each task.", [ADAPTERS], "a number that no quote bears"),
        ("Adapters add only 3.6 of new parameters for each task.", [ADAPTERS], "a number that no quote bears"),
        ("Adapters add 3.6% of new parameters for each task.", [ADAPTERS], "a number that no quote bears"),
        ("Adapters add only 36% of new parameters for each task.", [ADAPTERS], "a number that no quote bears"),
        ("Adapters add only -3.6% of new parameters for each task.", [ADAPTERS], "a number that no quote bears"),
        (
            "LoRA freezes the pretrained weights and injects two decomposition matrices.",
            [LORA],
            "a number that no quote bears",
        ),
        ("Mixing reduces memory by 30% compared with Mixup.", [BETTER], "a number that no quote bears"),
        ("On CIFAR-10, mixing improves accuracy by 2.5² points.", [BETTER], "markup or odd signs"),
        ("适配器不改变原始权重，每个任务只增加百分之五的参数。", [CHINESE], "a number that no quote bears"),
        # names
        (
            "LoRA freezes the pretrained weights of BERT and injects decomposition matrices.",
            [LORA],
            "a name that no quote bears",
        ),
        (
            "DoRA freezes the pretrained weights and injects rank decomposition matrices.",
            [LORA],
            "a name that no quote bears",
        ),
        (
            "Lora freezes the pretrained weights and injects rank decomposition matrices.",
            [LORA],
            "a name that no quote bears",
        ),
        ("Deepformer freezes the pretrained weights and injects matrices.", [LORA], "a name that no quote bears"),
        ("On CIFAR-100, mixing improves accuracy by 2.5 points.", [BETTER], "a number that no quote bears"),
        ("On CIFAR10, mixing improves accuracy by 2.5 points.", [BETTER], "a name that no quote bears"),
        # what is denied, claimed, and how surely
        ("Adapters change the original weights, and add only 3.6%.", [ADAPTERS], "a denial or limit more or less"),
        ("LoRA freezes the pretrained weights and never injects matrices.", [LORA], "a denial or limit more or less"),
        (
            "LoRA freezes the pretrained weights without rank decomposition matrices.",
            [LORA],
            "a denial or limit more or less",
        ),
        (
            "BitFit may match full fine-tuning while it trains the bias terms.",
            [BIASES],
            "a denial or limit more or less",
        ),
        ("LoRA doesn't freeze the pretrained weights.", [LORA], "a denial or limit more or less"),
        ("适配器改变原始权重，每个任务只增加参数。", [CHINESE], "a denial or limit more or less"),
        (
            "LoRA freezes the pretrained weights and outperforms decomposition matrices.",
            [LORA],
            "a claim that no quote makes",
        ),
        ("LoRA freezes all pretrained weights and injects trainable matrices.", [LORA], "a claim that no quote makes"),
        ("Therefore LoRA freezes the pretrained weights and injects matrices.", [LORA], "a claim that no quote makes"),
        ("Mixing reduces accuracy by 2.5 points compared with Mixup.", [BETTER], "a change that no quote tells"),
        ("Mixing improves memory by up to 30% compared with Mixup.", [BETTER], "a change that no quote tells"),
        (
            "One work proposes BitFit, which matches full fine-tuning on small data sets.",
            [BIASES],
            "a reserve left out",
        ),
        (
            "Depth is the key that makes networks succeed on images when data are plenty.",
            [DEPTH],
            "a denial or limit more or less",
        ),
        ("Depth is one of the keys that make networks succeed on images.", [DEPTH], "a condition left out"),
        ("Prompts have shown good results on most tasks.", [TURNED], "half of a contrast"),
        ("Tuning reduces memory on long texts.", ["Tuning aims to reduce memory on long texts."], "a reserve left out"),
        # who does what
        ("Matrices freeze the pretrained weights, and LoRA injects each layer.", [LORA], "another order"),
        ("Mixup reduces memory by up to 30% compared with mixing.", [BETTER], "another order"),
        (
            "LoRA freezes the pretrained weights and trains only the bias terms of small data sets, while it may match.",
            [LORA, BIASES],
            "a quote cited for nothing",
        ),
        (MIXED, [LORA, ADAPTERS], "quotes mixed"),
        # whose words
        ("LoRA updates a tiny subspace of the huge network.", [LORA], "a claim that no quote makes"),
        ("LoRA updates subspaces of the network during learning.", [LORA], "too few of the quotes' words"),
        ("LoRA freezes weights during gradient descent steps.", [LORA], "too few of the quotes' words"),
        ("Our method freezes the pretrained weights and injects matrices.", [LORA], "the authors' own voice"),
        (
            "It freezes the pretrained weights and injects rank decomposition matrices.",
            [LORA],
            "leaning on another sentence",
        ),
        (
            "This freezes the pretrained weights and injects rank decomposition matrices.",
            [LORA],
            "leaning on another sentence",
        ),
        # form
        ("LoRA freezes weights.", [LORA], "too long or too short"),
        ("LoRA freezes the weights. It injects decomposition matrices.", [LORA], "several sentences in one"),
        ("LoRA freezes the pretrained weights and injects matrices", [LORA], "no statement"),
        ("LoRA freezes the pretrained weights and injects matrices?", [LORA], "no statement"),
        ("Is it LoRA that freezes the pretrained weights and injects matrices!", [LORA], "no statement"),
        ("**LoRA** freezes the pretrained weights and injects matrices.", [LORA], "markup or odd signs"),
        ("LoRA freezes the pretrained weights and injects \\input{x} matrices.", [LORA], "markup or odd signs"),
        ("LoRA freezes the pretrained weights and injects matrices [1].", [LORA], "markup or odd signs"),
        ("LoRA freezes the pretrained weights\u202e and injects matrices.", [LORA], "markup or odd signs"),
        ("LoRA freezes the pretrained weights and injects matrices 🚀.", [LORA], "markup or odd signs"),
        ('LoRA freezes the "frozen weights" and injects matrices.', [LORA], "a quotation altered"),
    ],
)
def test_what_does_not_hold(text: str, quotes: list[str], reason: str) -> None:
    assert fault(text, *quotes) == reason


def test_some_words_may_come_from_the_papers_around_the_quote() -> None:
    text = "LoRA freezes the pretrained transformer weights and injects trainable matrices into each layer."
    assert fault(text, LORA) == "too few of the quotes' words"
    assert fault(text, LORA, around="A transformer is adapted.") is None


def test_markup_of_a_quote_may_stay() -> None:
    quote = "A loss of $O(n^2)$ becomes one of <b>linear</b> cost with kernels of few features."
    assert fault("A loss of $O(n^2)$ becomes one of <b>linear</b> cost with kernels.", quote) is None


def test_words_in_quotation_marks_must_be_the_quotes() -> None:
    quote = "The student learns “dark knowledge” from the logits of its teacher network."
    assert fault("The student learns “dark knowledge” from the logits of its teacher.", quote) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a gain of 3.6%, of 3.6 percent", ["3.6%", "3.6%"]),
        ("10,000 times fewer, 10000× fewer", ["10000×", "10000×"]),
        ("up to 90% and 90%", ["up to 90%", "90%"]),
        ("GPT-3 has 175B weights", ["3", "175"]),
        ("two of twelve", ["2", "12"]),
        ("one of them", []),
        ("from -0.5 to 3-5", ["-0.5", "3", "5"]),
        ("增加三倍", ["三"]),
    ],
)
def test_numbers(text: str, numbers: list[str]) -> None:
    assert Reading(text).numbers == numbers


@pytest.mark.parametrize(
    ("one", "other"),
    [("reduces", "lower"), ("outperformed", "surpasses"), ("Introducing", "propose"), ("novel", "new")],
)
def test_words_that_claim_the_same(one: str, other: str) -> None:
    assert line_of(one) == line_of(other) is not None


def test_words_that_claim_nothing() -> None:
    assert line_of("layer") is None


@pytest.mark.parametrize(
    ("items", "quoted", "kept"),
    [
        ("a b c", "a b c", True),
        ("a c", "a b c", True),
        ("b a", "a b c", False),
        ("b a", "a b a", True),
        ("a x b", "a b", True),
        ("", "a", True),
    ],
)
def test_order(items: str, quoted: str, kept: bool) -> None:
    assert keeps_order(items.split(), quoted.split()) is kept


@bounds(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_upsets_the_check(text: str, quote: str) -> None:
    found = fault(text, quote)
    assert found is None or found


@bounds(max_examples=100, deadline=None, derandomize=True)
@given(st.permutations(LORA[:-1].split()))
def test_a_quote_in_another_order_says_something_else(words: list[str]) -> None:
    text = f"{' '.join(words)}."
    telling = [word for word in words if word not in ("the", "and", "into", "each")]
    if telling != [word for word in LORA[:-1].split() if word not in ("the", "and", "into", "each")]:
        assert fault(text[0].upper() + text[1:], LORA) is not None
