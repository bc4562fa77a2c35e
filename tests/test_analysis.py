"""Words to terms: stems, names kept whole, compounds and their spellings, quotes, and text that means harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.retrieval.analysis import MAX_WORDS, Analyser, is_name, query_words

ANALYSER = Analyser()


def spans(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Start and end of each match."""
    return [(start, end) for start, end, _ in ANALYSER.matches(text, wanted)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Adapters adapted", ["adapt", "adapt"]),
        ("LoRA", ["lora"]),
        ("DARTS", ["darts"]),  # the name, not the darts that one throws
        ("darts", ["dart"]),
        ("R-Drop", ["drop", "rdrop"]),
        ("ViT-B/16", ["vit", "16", "vitb16"]),
        ("GPT-4", ["gpt", "gpt4"]),
        ("GPT-3.5", ["gpt", "gpt35"]),
        ("end. Next", ["end", "next"]),
        ("fine-tuning", ["fine", "tune", "finetun"]),
        ("fine\u2011tuning", ["fine", "tune", "finetun"]),  # a hyphen that does not break
        ("Müller naïve", ["muller", "naiv"]),
        (
            "LOW-RANK ADAPTATION BY THIN MATRICES",
            ["low", "rank", "lowrank", "adapt", "by", "thin", "matric"],
        ),  # a title in capitals has no names
        ("参数高效", ["参数", "数高", "高效"]),
        ("", []),
        ("?! 😀", []),
        ("a" * 100, []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert ANALYSER.terms(text) == terms


def test_three_spellings_of_a_compound_find_each_other() -> None:
    spellings = ["fine-tuning", "finetuning", "fine tuning"]
    for asked in spellings:
        wanted = ANALYSER.query(asked).all_terms
        assert all(wanted & set(ANALYSER.terms(written)) for written in spellings), asked


def test_a_name_typed_in_lower_case_is_looked_up_whole_and_as_a_word() -> None:
    assert {"dart", "darts"} <= ANALYSER.query("darts").all_terms


def test_glue_is_left_out_unless_there_is_nothing_else() -> None:
    assert query_words("Which papers show that Mixup works?") == ["mixup"]
    assert query_words("what is it about") == ["what", "is", "it", "about"]
    assert query_words("adapters for LoRA, adapters") == ["adapters", "LoRA"]


def test_glue_inside_a_compound_is_left_out() -> None:
    assert ANALYSER.query("image-to-video").terms == ("imag", "video", "imagetovideo")


def test_glue_between_two_words_parts_them() -> None:
    assert "finetun" not in ANALYSER.query("fine and tuning").all_terms


def test_quotes_are_phrases_and_their_words_are_looked_up_too() -> None:
    parsed = ANALYSER.query('"prompt  tuning" of “frozen models”')
    assert parsed.quotes == ("prompt tuning", "frozen models")
    assert {"prompt", "tune", "frozen", "model"} <= parsed.all_terms
    assert ANALYSER.query('an open " quote').quotes == ()
    assert ANALYSER.query('"" "?!"').quotes == ()


def test_spans_are_those_of_the_text_as_it_is_written() -> None:
    text = "Naïve ﬁne‑tuning of LoRA"
    found = spans(text, frozenset(["naiv", "finetun", "lora"]))
    assert [text[start:end] for start, end in found] == ["Naïve", "ﬁne‑tuning", "LoRA"]


def test_a_query_of_very_many_words_is_cut() -> None:
    assert len(ANALYSER.query(" ".join(f"word{n}" for n in range(10_000))).tokens) == MAX_WORDS


@pytest.mark.parametrize(
    ("word", "name"), [("LoRA", True), ("mT5", True), ("GPT", True), ("Adapter", False), ("x", False)]
)
def test_names_have_a_capital_inside_or_a_digit(word: str, name: bool) -> None:
    assert is_name(word) is name


@settings(max_examples=1_000, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_cut_into_terms_that_its_spans_cover(text: str) -> None:
    parsed = ANALYSER.query(text)
    assert all(parsed.tokens) and len(parsed.tokens) <= MAX_WORDS
    assert all(term and not term.isspace() for term in parsed.terms)
    assert all(0 <= start < end <= len(text) for start, end in spans(text, parsed.all_terms))
    if text.isascii() and parsed.terms:
        assert spans(text, parsed.all_terms)
