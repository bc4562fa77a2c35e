"""Chinese queries in the English words of the field: toy queries worked by hand, and what must hold for any query."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.glossary import Translation, load_terms, translate
from corpus.search import searched_for


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("参数高效微调", "parameter-efficient fine-tuning"),
        ("CLIP 的零样本分割", "CLIP zero-shot segmentation"),
        ("注意力机制在目标检测中的应用", "attention mechanism object detection"),
        ("多教师知识蒸馏方法有哪些？", "multi-teacher knowledge distillation"),
        ("LoRA 微调 大语言模型", "LoRA fine-tuning large language models"),
        ("知識蒸餾", "knowledge distillation"),  # traditional characters
    ],
)
def test_a_query_is_put_into_the_fields_english(query: str, text: str) -> None:
    assert translate(query).text == text


def test_a_query_without_chinese_stays_as_it_is() -> None:
    assert translate("low-rank adaptation") == Translation("low-rank adaptation")
    assert searched_for("low-rank adaptation") == "low-rank adaptation"


def test_what_the_glossary_does_not_know_is_told_and_still_looked_for() -> None:
    assert translate("青蛙的目标检测").unknown == ("青蛙",)
    assert searched_for("青蛙的目标检测") == "object detection 青蛙"
    assert searched_for("青蛙") == "青蛙"


def test_the_table_is_clean() -> None:
    terms = load_terms()
    chinese = [name for term in terms for name in term.zh]
    assert len(terms) >= 320
    assert len(chinese) == len(set(chinese))
    assert all(name == name.strip() and re.search("[\u4e00-\u9fff]", name) for name in chinese)
    assert all(name == name.strip() and name for term in terms for name in term.en)


@given(st.text(alphabet="参数高效微调的在中青蛙 LoRA，。abc", max_size=60))
def test_no_query_makes_it_fail_and_no_known_term_is_left(query: str) -> None:
    assert "微调" not in translate(query).text
