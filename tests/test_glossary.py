"""Chinese queries in the English words of the field: toy queries worked by hand, and what must hold for any query."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import glossary
from corpus.glossary import Translation, load_terms, translate
from corpus.search import searched_for
from corpus.topics import Topic, load_topics


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("参数高效微调", "parameter-efficient fine-tuning"),
        ("CLIP 的零样本分割", "CLIP zero-shot segmentation"),
        ("注意力机制在目标检测中的应用", "attention mechanism object detection"),
        ("多教师知识蒸馏方法有哪些？", "multi-teacher knowledge distillation"),
        ("LoRA 微调 大语言模型", "LoRA fine-tuning large language models"),
        ("知識蒸餾", "knowledge distillation"),  # traditional characters
        ("請推薦一些關於參數高效微調的論文", "parameter-efficient fine-tuning"),
        ("Ｓｗｉｎ的语义分割（ＡＤＥ２０Ｋ）", "Swin semantic segmentation ADE20K"),  # full-width letters and marks
        ("用ViT做3D目标检测", "ViT 3D object detection"),
        ("推荐几篇推荐系统的论文", "recommender system"),  # the verb, then the task
        ("对抗样本、对比学习和上下文学习", "adversarial examples contrastive learning in-context learning"),
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


def test_what_was_put_for_what_is_told_as_the_query_writes_it_and_once() -> None:
    told = translate("知識蒸餾与微调，微调").used
    assert told == (("知識蒸餾", "knowledge distillation"), ("微调", "fine-tuning"))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("视频动作识别", "video action recognition"),  # one term, not three
        ("深度卷积神经网络", "deep convolutional neural networks"),  # not 深度卷积, depthwise convolution
        ("预训练语言模型微调", "pre-trained language models fine-tuning"),
        ("请推荐系统综述", "systematic review"),  # 请 推荐 系统综述, not 推荐系统
    ],
)
def test_the_cut_with_the_fewest_pieces_is_taken(query: str, text: str) -> None:
    assert translate(query).text == text


@pytest.mark.parametrize(
    "query", ["有哪些相关的研究方法？", "如何进行", "关于什么的最新论文", "推荐一些论文", "基于以及用于", "。，", ""]
)
def test_words_that_say_nothing_are_neither_translated_nor_told_as_unknown(query: str) -> None:
    translation = translate(query)
    assert (translation.used, translation.unknown) == ((), ())
    assert not re.search("[\u4e00-\u9fff]", translation.text)


def test_half_a_word_is_no_glue() -> None:
    assert translate("上海的交通预测").unknown == ("上海",)  # 上 alone is glue
    assert translate("在狗的检测中").unknown == ("狗",)  # 在 begins no word


@pytest.mark.parametrize("topic", load_topics().values(), ids=lambda topic: topic.key)
def test_every_bundled_topics_chinese_name_is_covered(topic: Topic) -> None:
    assert translate(topic.zh).unknown == ()


def test_the_table_is_clean() -> None:
    terms = load_terms()
    chinese = [name for term in terms for name in term.zh]
    assert len(terms) >= 320
    assert len(chinese) == len(set(chinese))
    assert all(name == name.strip() and re.search("[\u4e00-\u9fff]", name) for name in chinese)
    assert all(name == name.strip() and name for term in terms for name in term.en)


def test_a_name_that_chinese_papers_leave_in_english_has_no_chinese_one() -> None:
    (imagenet,) = [term for term in load_terms() if "ImageNet" in term.en]
    assert (imagenet.zh, imagenet.kind) == ((), "dataset")
    assert translate("ImageNet 上的图像分类").text == "ImageNet image classification"


def test_each_english_phrase_stands_once_and_in_latin_letters() -> None:
    english = [phrase for term in load_terms() for phrase in term.en]
    assert len(english) == len(set(english))
    assert [phrase for phrase in english if not re.fullmatch(r"[\w'/ -]+", phrase, re.ASCII) or "  " in phrase] == []


def test_a_term_is_of_a_known_kind_and_is_no_word_of_glue_and_has_two_characters_or_more() -> None:
    assert {term.kind for term in load_terms()} == {"method", "task", "dataset", "concept"}
    chinese = [name for term in load_terms() for name in term.zh]
    assert [name for name in chinese if name in glossary._GLUE] == []
    assert [name for name in chinese if not re.fullmatch("[\u4e00-\u9fff]{2,}", name)] == []


def test_every_name_of_the_table_alone_is_its_term() -> None:
    assert [name for term in load_terms() for name in term.zh if translate(name).text != term.en[0]] == []


def test_the_traditional_characters_stand_over_their_simplified_ones() -> None:
    assert len(glossary._TRADITIONAL) == len(glossary._SIMPLIFIED) == len(set(glossary._TRADITIONAL))
    written = set("".join(name for term in load_terms() for name in term.zh) + glossary._GLUE_WORDS)
    assert set(glossary._SIMPLIFIED) <= written
    assert not set(glossary._TRADITIONAL) & written


def test_five_thousand_characters_take_no_quadratic_time() -> None:
    def seconds(query: str) -> float:
        started = time.perf_counter()
        translate(query)
        return time.perf_counter() - started

    translate("微调")  # the table is read once
    for part in ("自", "参数高效微调的", "自监督学习中"):
        short, long = (min(seconds((part * 5000)[:size]) for _ in range(3)) for size in (500, 5000))
        assert long < 40 * max(short, 0.0005)  # ten times as long; were it quadratic, 100 times


_NAMES = sorted(name for term in load_terms() for name in term.zh)


@given(st.lists(st.one_of(st.sampled_from(_NAMES), st.text(max_size=8)), max_size=12).map("".join))
def test_no_query_makes_it_fail_and_no_chinese_is_left(query: str) -> None:
    translation = translate(query)
    assert not any(name in translation.text for name in _NAMES)
    assert len(translation.unknown) == len(set(translation.unknown))
    if not glossary._CHINESE.search(unicodedata.normalize("NFKC", query)):
        assert translation == Translation(query)


@given(st.text(alphabet="参数高效微调的在中青蛙 LoRA，。abc", max_size=60))
def test_no_query_makes_it_fail_and_no_known_term_is_left(query: str) -> None:
    assert "微调" not in translate(query).text
