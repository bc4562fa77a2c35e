"""Names of sections: what a phrase is worth as one, the section it falls under, and its Chinese."""

from __future__ import annotations

import pytest

from corpus.models import Paper
from survey.headings import Label
from survey.outline.building import UNNAMED
from survey.outline.chinese import name_for, spaced, title_for, titles_for
from survey.outline.facets import PARTS, REST, STANDARD, aspect_sections, aspects
from survey.outline.foundations import TITLE as FOUNDATIONS
from survey.outline.naming import build_names, section_of
from survey.phrases import key_of
from survey.strategies import directions


@pytest.mark.parametrize("name", ["Higher-quality", "black-box", "estimation", "CIFAR-10", "XYZ"])
def test_what_names_nothing_or_a_data_set_is_no_heading(name: str) -> None:
    papers = [Paper(id=f"p{n}", title=f"Nets and {name}", abstract=f"It has {name}. The {name}.") for n in range(8)]
    phrases = build_names(papers, "things")
    worth = dict(zip((text.lower() for text in phrases.texts), phrases.bonus, strict=True))
    assert worth.get(name.lower(), 0.0) == 0.0


@pytest.mark.parametrize(
    ("text", "topic", "section"),
    [
        ("Adversarial examples", "pruning", "Robustness, safety and trust"),
        ("Semi-supervised classification", "pruning", "Training strategies"),
        ("Adversarial examples", "attacks on networks", None),  # all of the survey is on attacks
        ("Visual recognition", "pruning", None),
        ("Weight pruning of trees", "graphs", "Efficiency"),
        ("Inductive bias", "graphs", None),
    ],
)
def test_a_phrase_that_is_a_case_of_an_aspect_stands_in_its_section(text: str, topic: str, section: str | None) -> None:
    assert section_of(Label(text, (key_of(text),)), topic) == section


def test_every_standard_heading_has_a_chinese_name() -> None:
    standard = [FOUNDATIONS, "Methods", UNNAMED, *STANDARD, *REST.values(), *aspect_sections()]
    parts = [name for table in PARTS.values() for name, _ in table]
    names = [direction.heading for direction in directions().values() if direction.heading]
    titles = [*standard, *parts, *names, *(aspect.title for aspect in aspects())]
    assert [title for title in titles if title_for(title, "模型") == title] == []


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Convolutional neural networks (CNNs)", "卷积神经网络（CNN）"),
        ("Knowledge distillation and pruning", "知识蒸馏与剪枝"),
        ("Knowledge distillation and frobnication", "Knowledge distillation and frobnication"),  # not by halves
        ("Cross-domain few-shot segmentation", "跨域小样本分割"),  # of three names
        ("Graph few-shot learning", "图小样本学习"),
        # Names that Chinese papers leave in English stand among Chinese words, in the singular.
        ("Graph Transformers", "图 Transformer"),
        ("Vision transformers (ViTs)", "视觉 Transformer（ViT）"),
        ("Swin transformers", "Swin Transformer"),
        ("MLP-Mixers", "MLP-Mixer"),
        ("ToyNet-2 pruning", "ToyNet-2 剪枝"),
        ("Toynet pruning", "Toynet pruning"),  # a capital at the beginning tells nothing
        ("Convolutional networks", "卷积网络"),
        ("Transformer-based models", "基于 Transformer 的模型"),
        ("Few-shot skeleton-based action recognition", "小样本骨架动作识别"),  # the field's own name comes first
        ("Frob-based models", "Frob-based models"),
        ("Non-hierarchical networks", "非层次化网络"),
        ("低秩适配", "低秩适配"),
    ],
)
def test_a_title_is_told_in_chinese_where_all_of_it_is_known(title: str, written: str) -> None:
    assert title_for(title, "模型压缩") == written
    assert title_for(title, "compression") == title


def test_two_sections_that_have_one_chinese_name_keep_apart() -> None:
    assert titles_for(["Pre-training", "Pretraining"], "模型") == ["预训练", "Pretraining"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("object detectors", "目标检测器"),
        ("vision transformer", "视觉 Transformer"),
        ("transformer", "Transformer"),
        ("K-means", "K 均值"),
        ("Open Graph Benchmark", "Open Graph Benchmark"),  # a name in title case is a thing's own
        ("Knowledge distillation", "知识蒸馏"),
        ("CLIP", "CLIP"),
        ("GoEmotions", "GoEmotions"),
        ("frobnication", "frobnication"),
    ],
)
def test_a_chinese_text_calls_a_method_or_task_by_its_chinese_name(name: str, written: str) -> None:
    assert name_for(name) == written


@pytest.mark.parametrize(
    ("tight", "wide"),
    [
        ("2020年的7篇", "2020 年的 7 篇"),
        ("图GNN（GAT）：", "图 GNN（GAT）："),
        ("约50%的", "约 50% 的"),
        ("Veličković等", "Veličković 等"),
        ("GAT\ue0c1和\ue0c1GCN", "GAT\ue0c1 和\ue0c1 GCN"),  # behind what marks a citation
        ("如“图GNN”和“A “图B” C图”", "如“图GNN”和“A “图B” C图”"),  # titles stay
        ("already 2 有 spaces", "already 2 有 spaces"),
        ("", ""),
    ],
)
def test_chinese_and_latin_letters_stand_apart(tight: str, wide: str) -> None:
    assert spaced(tight) == wide
    assert spaced(wide) == wide
