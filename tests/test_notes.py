"""Reading notes: which papers they speak of, what they say of each, and under which headings."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.identity import canonical_id
from corpus.models import Paper
from corpus.sources import jsonl
from corpus.sources.notes import decode, parse
from corpus.sources.notes.labels import is_generic, is_useless_heading
from corpus.sources.notes.links import ids_in_text, read_link
from corpus.sources.notes.naming import Entry, Mention, Names, build_names, load_table
from corpus.sources.notes.passages import PASSAGE
from corpus.sources.notes.titles import is_coined, is_people, is_title, pick_title, trim_title

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
SEEDS = ROOT.parent / "shared" / "seeds"

LORA = "LoRA: Low-Rank Adaptation of Large Language Models"


def one(text: str, names: Names | None = None) -> Mention:
    (mention,) = parse(text, names)
    return mention


def told(text: str) -> list[tuple[tuple[str, ...], str | None, str | None]]:
    return [(mention.ids, mention.title, mention.name) for mention in parse(text)]


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Paper]:
    data = (ROOT / "corpus" / "starter" / "papers.jsonl").read_bytes()
    return {str(paper.id): paper for paper in jsonl.read(io.BytesIO(data)) if isinstance(paper, Paper)}


@pytest.fixture(scope="module")
def names(catalogue: dict[str, Paper]) -> Names[str]:
    return build_names(catalogue.items(), load_table())


# ---- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "paper"),
    [
        ("https://arxiv.org/abs/2106.09685", "arxiv:2106.09685"),
        ("http://www.arxiv.org/pdf/2106.09685v2.pdf", "arxiv:2106.09685"),
        ("arxiv.org/html/2106.09685v1", "arxiv:2106.09685"),
        ("https://arxiv.org/abs/cs/0112017", "arxiv:cs/0112017"),
        ("https://huggingface.co/papers/2106.09685", "arxiv:2106.09685"),
        ("https://ar5iv.labs.arxiv.org/html/2106.09685", "arxiv:2106.09685"),
        ("https://doi.org/10.48550/arXiv.2106.09685", "arxiv:2106.09685"),
        ("https://dl.acm.org/doi/abs/10.1145/279943.279962", "doi:10.1145/279943.279962"),
        ("https://link.springer.com/chapter/10.1007/978-3-030-58595-2_41", "doi:10.1007/978-3-030-58595-2_41"),
        ("https://aclanthology.org/2020.acl-main.45.pdf", "acl:2020.acl-main.45"),
        ("https://www.aclweb.org/anthology/P19-1613/", "acl:P19-1613"),
        ("https://link.zhihu.com/?target=https%3A//arxiv.org/abs/2106.09685", "arxiv:2106.09685"),
    ],
)
def test_a_papers_address_holds_its_id(url: str, paper: str) -> None:
    assert read_link(url).ids == (paper,)


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/list/cs.CV/recent",
        "https://arxiv.org/abs/2199.00001",
        "https://huggingface.co/blog/lora",
        "http://[",
        "",
    ],
)
def test_other_addresses_hold_none(url: str) -> None:
    assert read_link(url).ids == ()


def test_the_address_of_a_conference_paper_tells_its_title() -> None:
    url = "https://openaccess.thecvf.com/content/CVPR2022/html/Doe_A_Toy_Study_of_Frozen_Models_CVPR_2022_paper.html"
    assert read_link(url).title == "A Toy Study of Frozen Models"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://github.com/ada/toy.git", "https://github.com/ada/toy"),
        ("https://github.com/ada/toy/tree/main/src", "https://github.com/ada/toy"),
        ("https://github.com/ada", "https://github.com/ada"),
        ("https://github.com/ada/toy/issues/5", None),
        ("https://github.com/topics/lora", None),
        ("https://github.com/ada/toy/raw/main/figure.png", None),
    ],
)
def test_code_is_a_repository(url: str, code: str | None) -> None:
    assert read_link(url).code == code


def test_ids_are_read_in_running_text() -> None:
    text = "arXiv preprint arXiv:2106.09685v2, doi: 10.1145/279943.279962. arXiv：2106.09686"
    assert ids_in_text(text) == ("arxiv:2106.09685", "arxiv:2106.09686", "doi:10.1145/279943.279962")


# ---- titles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        LORA,
        "mixup: Beyond Empirical Risk Minimization",
        "Parameter-Efficient Transfer Learning for NLP",
        "Pre-train, Prompt, and Predict: A Systematic Survey of Prompting",
        "FPN:Feature Pyramid Networks for Object Detection",
    ],
)
def test_is_a_title(text: str) -> None:
    assert is_title(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Visual Prompt",
        "We freeze the whole network and train the rest",
        "Edward J. Hu, Yelong Shen, Phillip Wallis",
        "Hu et al. Some Long Name of Things",
        "Proceedings of the Toy Conference on Models",
        "Status: ✅ Complete (Step 2 of 10)",
        "BOW: think of counts and no more",
        "图像模型 for Video Action Recognition",
        "Image Model + Temporal Module for Video",
    ],
)
def test_is_no_title(text: str) -> None:
    assert not is_title(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"1. **{LORA}**".replace("*", ""), LORA),
        (f"[ICLR 2022] {LORA} (Hu et al., 2021)", LORA),
        (f"(2021/06) {LORA}, ICLR 2022.", LORA),
        (f"《{LORA}》", LORA),
        (f"{LORA} [", LORA),
    ],
)
def test_what_stands_around_a_title_is_trimmed(text: str, title: str) -> None:
    assert trim_title(text) == title


@pytest.mark.parametrize(
    "text",
    [
        f"{LORA}. Edward J. Hu, Yelong Shen. ICLR 2022.",
        f"Edward J. Hu, Yelong Shen. {LORA}. In Proceedings of the Toy Conference, 2022.",
        f"Hu E J, Shen Y, Wallis P, et al. {LORA}[J]. arXiv preprint, 2021.",
        f'Edward J. Hu, Yelong Shen. "{LORA}." ICLR (2022).',
        f"Hu, E., Shen, Y.: {LORA}. In: Toys (2022)",
    ],
)
def test_the_title_of_a_citation_is_found(text: str) -> None:
    assert pick_title(text) == LORA


def test_authors_are_no_title() -> None:
    assert is_people("Yuxian Gu*, Xu Han*, and Zhiyuan Liu")
    assert not is_people("Improving and Simplifying Pattern Exploiting Training")


@pytest.mark.parametrize(
    ("word", "coined"), [("CoOp", True), ("R-Drop", True), ("I3D", True), ("Few-Shot", False), ("Adapter", False)]
)
def test_names_of_systems_are_coined(word: str, coined: bool) -> None:
    assert is_coined(word) is coined


@pytest.mark.parametrize("text", ["[pdf]", "论文链接", "arXiv:2106.09685", "CVPR 2022", "点击这里", "^1", "📄"])
def test_words_that_say_only_link(text: str) -> None:
    assert is_generic(text)


def test_a_title_or_a_name_says_more_than_link() -> None:
    assert not is_generic("LoRA") and not is_generic("低秩适配")


# ---- where titles and links stand ------------------------------------------------------------------------------------


def test_a_link_with_its_title() -> None:
    assert told(f"See [{LORA}](https://arxiv.org/abs/2106.09685v2).") == [(("arxiv:2106.09685",), LORA, None)]


def test_a_link_with_a_short_name() -> None:
    assert told("先读[CoOp](https://arxiv.org/abs/2109.01134)。") == [(("arxiv:2109.01134",), None, "CoOp")]


def test_a_bare_link_in_chinese_text() -> None:
    assert told("也有一篇综述https://arxiv.org/pdf/2110.04366.pdf。值得一看") == [(("arxiv:2110.04366",), None, None)]


def test_a_title_in_book_marks() -> None:
    assert told(f"先读《{LORA}》。") == [((), LORA, None)]


def test_a_link_behind_book_marks_belongs_to_the_title() -> None:
    assert told(f"先读《A Toy Study of Frozen Models》和《{LORA}》（[链接](https://arxiv.org/abs/2106.09685)）") == [
        ((), "A Toy Study of Frozen Models", None),
        (("arxiv:2106.09685",), LORA, None),
    ]


def test_other_books_are_only_guesses() -> None:
    assert told("《流浪地球》和《Nature》") == [((), None, "流浪地球"), ((), None, "Nature")]


def test_a_title_in_quotes() -> None:
    assert told("As “Attention Is All You Need for Toys” shows, toys attend.") == [
        ((), "Attention Is All You Need for Toys", None)
    ]


def test_quoted_speech_is_no_title() -> None:
    text = 'He said "this is all there is to say about it" and left. 他说“就这样吧，没有别的了”。'
    assert parse(text, build_names([])) == []


@pytest.mark.parametrize("quoted", ['"Visual bias in sparse frogs"', "“Visual bias in sparse frogs”"])
def test_a_quoted_title_of_a_known_paper_is_found_whatever_its_capitals(quoted: str) -> None:
    names = build_names([(1, Paper(title="Visual Bias in Sparse Frogs"))])
    assert [names.resolve(mention) for mention in parse(f"Read {quoted} today.", names)] == [1]


def test_a_sentence_that_quotes_a_title_is_no_title_itself() -> None:
    names = build_names(
        [(1, Paper(title="Visual Prompt Tuning")), (2, Paper(title="LoRA: Low-Rank Adaptation of Models"))]
    )
    mentions = parse('Read "Visual Prompt Tuning" and LoRA today.', names)
    assert [(names.resolve(mention), mention.title) for mention in mentions] == [(1, None), (2, None)]


@pytest.mark.parametrize(
    "text", ["See 10.5555/quokka.7 again.", "doi:10.5555/quokka.7 is good", "(DOI: 10.5555/quokka.7)"]
)
def test_a_doi_without_a_link(text: str) -> None:
    assert [mention.ids for mention in parse(text)] == [("doi:10.5555/quokka.7",)]


def test_a_short_title_in_quotes_that_is_called_a_paper() -> None:
    assert told("在“Visual Prompt Tuning”一文中，网络是冻结的。") == [((), "Visual Prompt Tuning", None)]


@pytest.mark.parametrize(
    "label", ["论文：", "标题: ", "论文题目：", "Paper: ", "**Title:** ", "- 相关论文：", "视频理解方面论文:"]
)
def test_a_title_after_a_label(label: str) -> None:
    assert told(f"{label}{LORA}") == [((), LORA, None)]


def test_a_title_after_a_label_inside_a_sentence() -> None:
    assert told("图像上也可以,例如论文:Visual Prompt Tuning") == [((), "Visual Prompt Tuning", None)]
    assert told("论文Learning to Prompt for Toy Models\n提示是可学习的") == [
        ((), "Learning to Prompt for Toy Models", None)
    ]


def test_a_name_with_what_it_stands_for() -> None:
    assert told("论文：CoOp（Context Optimization）") == [((), None, "CoOp"), ((), None, "Context Optimization")]
    assert told("视觉上有 Visual Prompt Tuning（VPT，2022 年）。") == [
        ((), None, "VPT"),
        ((), None, "Visual Prompt Tuning"),
    ]


def test_a_line_that_is_a_title() -> None:
    assert told(f"- {LORA}\n  - 低秩") == [((), LORA, None)]
    assert told("CLIP - Learning Transferable Visual Models From Natural Language Supervision") == [
        ((), "Learning Transferable Visual Models From Natural Language Supervision", "CLIP")
    ]


def test_fields_below_a_title_are_of_one_paper() -> None:
    text = f"""
> {LORA}
>
> **低秩适配**
>
> - URL：https://arxiv.org/abs/2106.09685
>
> - 会议：ICLR 2022
>
> - Official Code：https://github.com/microsoft/LoRA
"""
    mention = one(text)
    assert (mention.ids, mention.title, mention.code_url) == (
        ("arxiv:2106.09685",),
        LORA,
        "https://github.com/microsoft/LoRA",
    )
    assert mention.line == 2
    assert "低秩适配" in mention.passage and "会议：ICLR 2022" in mention.passage


def test_labelled_lines_are_of_one_paper_in_any_order() -> None:
    text = f"论文地址：https://arxiv.org/abs/2106.09685\n\n\n论文题目：{LORA}\n\n论文源码：https://github.com/microsoft/LoRA\n"
    assert one(text).title == LORA and one(text).code_url == "https://github.com/microsoft/LoRA"


def test_a_name_and_a_title_in_two_fields_are_of_one_paper() -> None:
    mention = parse(
        "- 文本提示\n  - 论文：CoOp（Context Optimization）\n  - 标题：Learning to Prompt for Toy Models\n  - 提示是可学习的\n"
    )[0]
    assert (mention.name, mention.title) == ("CoOp", "Learning to Prompt for Toy Models")
    assert mention.passage.startswith("文本提示") and mention.passage.endswith("提示是可学习的")


def test_a_repeated_label_begins_another_paper() -> None:
    assert told("论文：A Toy Study of Frozen Models\n论文：B-Toy: Another Study of Frozen Models") == [
        ((), "A Toy Study of Frozen Models", None),
        ((), "B-Toy: Another Study of Frozen Models", None),
    ]


def test_a_heading_can_be_the_title() -> None:
    mention = one(f"## 2. {LORA}\n\narXiv: https://arxiv.org/abs/2106.09685\n\n矩阵是低秩的。")
    assert (mention.title, mention.ids, mention.headings) == (LORA, ("arxiv:2106.09685",), ())
    assert "矩阵是低秩的" in mention.passage


def test_a_vertical_table_of_fields() -> None:
    mention = one(f"| | |\n|---|---|\n| **Title** | {LORA} |\n| **Link** | https://arxiv.org/abs/2106.09685 |\n")
    assert (mention.title, mention.ids) == (LORA, ("arxiv:2106.09685",))


def test_two_papers_in_one_line_keep_their_links() -> None:
    text = "TSM ([pdf](https://arxiv.org/abs/1811.08383)) and **A Toy Study of Frozen Models** ([pdf](https://arxiv.org/abs/2001.00001))"
    assert [mention.ids for mention in parse(text)] == [("arxiv:1811.08383",), ("arxiv:2001.00001",)]
    assert parse(text)[1].title == "A Toy Study of Frozen Models"


def test_a_link_before_its_title() -> None:
    assert told(f"- [[PAPER]](https://arxiv.org/abs/2106.09685) {LORA}, ICLR 2022") == [
        (("arxiv:2106.09685",), LORA, None)
    ]


def test_code_that_stands_alone_goes_by_its_name() -> None:
    mention = one("工具在 [GitHub](https://github.com/ada/toy-adapter) 上。")
    assert (mention.name, mention.code_url) == ("toy-adapter", "https://github.com/ada/toy-adapter")


@pytest.mark.parametrize(
    "text",
    [
        f"---\ntitle: {LORA}\ntags: [LoRA]\n---\n",
        f"```\n# {LORA}\nhttps://arxiv.org/abs/2106.09685\n```",
        "看 `https://arxiv.org/abs/2106.09685` 这个字符串",
        f"![{LORA}](https://arxiv.org/abs/2106.09685.png)",
        f"<!-- [{LORA}](https://arxiv.org/abs/2106.09685) -->",
        '<a href="https://example.org/x.png"><img alt="LoRA: Low-Rank Adaptation"></a>',
        "点赞 10 收藏\n\n发表评论",
    ],
)
def test_what_makes_no_mention(text: str) -> None:
    assert parse(text) == []


def test_a_fence_that_nobody_closed_hides_nothing() -> None:
    assert [mention.ids for mention in parse("```\n\n看 https://arxiv.org/abs/2106.09685\n")] == [("arxiv:2106.09685",)]


def test_html_is_text() -> None:
    text = f'<details><summary>More</summary><p><a href="https://arxiv.org/abs/2106.09685">{LORA}</a></p></details>'
    assert told(text) == [(("arxiv:2106.09685",), LORA, None)]


# ---- passages and headings -------------------------------------------------------------------------------------------


def test_a_passage_is_the_paragraph_in_plain_text() -> None:
    text = f"前文。\n\n**低秩**：[{LORA}](https://arxiv.org/abs/2106.09685)![图](a.png) 只训练<br>两个矩阵。\n\n后文。"
    assert one(text).passage == f"低秩：{LORA} 只训练\n两个矩阵。"


def test_a_passage_is_the_list_item_with_what_is_below_it() -> None:
    text = f"- 无关\n- {LORA}\n  - 两个矩阵\n    - 低秩\n- 也无关\n"
    assert one(text).passage == f"{LORA}\n- 两个矩阵\n  - 低秩"


def test_what_follows_a_bare_title_is_its_passage() -> None:
    assert one(f"{LORA}\n\n只训练两个矩阵。\n\n---\n\n别的。").passage == f"{LORA}\n只训练两个矩阵。"


def test_a_long_paragraph_is_cut_around_the_mention() -> None:
    text = "前" * 5_000 + "https://arxiv.org/abs/2106.09685" + "后" * 5_000
    passage = one(text).passage
    assert len(passage) <= PASSAGE and "…" in passage


def test_a_long_paragraph_of_many_lines_begins_at_the_mention() -> None:
    lines = [f"第 {number} 行说的是别的事情，和论文没有关系。" for number in range(200)]
    lines[150] = "论文:Visual Prompt Tuning"
    passage = one("\n".join(lines)).passage
    assert passage.startswith("第 149 行") and "Visual Prompt Tuning" in passage and len(passage) <= PASSAGE


def test_headings_are_clean_and_the_useless_are_dropped() -> None:
    text = f"# 1. 高效微调\n\n## 1.1、**背景**\n\n### 2) 低秩 ###\n\n{LORA}\n\n# 另一个\n"
    assert one(text).headings == ("高效微调", "低秩")
    assert is_useless_heading("References") and not is_useless_heading("低秩")


def test_numbered_lines_are_headings_where_there_are_no_others() -> None:
    text = f"我的笔记\n\n一、高效微调\n\n1.2 低秩方法\n\n论文:{LORA}\n很好。\n\n二、其他\n\n完。"
    assert one(text).headings == ("高效微调", "低秩方法")


# ---- whole notes in other styles -------------------------------------------------------------------------------------


def resolved(name: str, names: Names[str]) -> dict[str | None, Mention]:
    mentions = parse(decode((FIXTURES / name).read_bytes()), names)
    return {names.resolve(mention): mention for mention in reversed(mentions)}


def test_a_list_of_papers(names: Names[str]) -> None:
    found = resolved("notes_awesome.md", names)
    lora = found["arxiv:2106.09685"]
    assert (lora.title, lora.code_url, lora.headings) == (
        LORA,
        "https://github.com/microsoft/LoRA",
        ("Awesome Efficient Tuning", "Low rank"),
    )
    assert lora.passage.endswith("so nothing is added at inference.")
    wanted = [
        "1902.00751",
        "2005.00247",
        "2106.04647",
        "2205.13535",
        "2305.14314",
        "2402.09353",
        "2101.00190",
        "2203.05557",
        "2104.08691",
    ]
    assert {f"arxiv:{number}" for number in wanted} < set(found)
    assert found[None].ids == ("acl:2021.acl-long.47",)
    assert found["arxiv:2106.04647"].title == "Compacter: Efficient Low-Rank Hypercomplex Adapter Layers"
    assert len(found) == 11


def test_a_vault_of_linked_notes(names: Names[str]) -> None:
    found = resolved("notes_obsidian.md", names)
    assert found["arxiv:2106.09685"].ids == ("arxiv:2106.09685",)
    assert found["arxiv:2106.09685"].code_url == "https://github.com/microsoft/LoRA"
    wanted = {
        "arxiv:2106.10199",
        "arxiv:2101.00190",
        "arxiv:2203.12119",
        "arxiv:2111.06377",
        "arxiv:2104.14294",
        "arxiv:2304.07193",
    }
    assert wanted < set(found)
    assert found["doi:10.1109/iccv.2017.74"].ids == ("doi:10.1109/iccv.2017.74",)
    assert found[None].title == "Learning to Reason About Everything in a Toy World"
    assert not {"arxiv:1706.03762", "arxiv:2103.00020", "arxiv:1505.04597", "arxiv:2302.13971"} & set(found) - {
        "arxiv:1706.03762"
    }
    assert found["arxiv:1706.03762"].title == "Attention is all you need"  # from the references, not from the code


def test_an_essay_in_chinese(names: Names[str]) -> None:
    found = resolved("notes_zhihu.md", names)
    assert found["arxiv:1902.00751"].code_url == "https://github.com/google-research/adapter-bert"
    assert found["arxiv:1902.00751"].headings == ("适配器",)
    assert "瓶颈模块" in found["arxiv:1902.00751"].passage
    assert found["arxiv:2109.01134"].headings == ("提示学习", "CoOp")
    assert {"arxiv:2203.05557", "arxiv:2103.00020", "arxiv:2203.12119", "arxiv:2010.11929", "arxiv:2106.09685"} < set(
        found
    )
    assert found[None].title == "A Made-Up Study of Imaginary Frozen Backbones"
    assert found[None].ids == ("arxiv:2312.99999",)


# ---- names -----------------------------------------------------------------------------------------------------------

TOYS = [
    (1, Paper(title="ToyNet: A Small Network for Playing With Blocks", arxiv_id="2001.00001", authors=("Ada Byron",))),
    (
        2,
        Paper(
            title="Learning to Stack Wooden Blocks of Every Colour",
            doi="10.1/Blocks",
            abstract="We learn (LSB) to stack.",
        ),
    ),
    (
        3,
        Paper(
            title="Block Prompt Tuning",
            abstract="This paper is about block prompt tuning (BPT).",
            code_url="https://github.com/ada/bpt",
        ),
    ),
    (4, Paper(title="Twin: One Half of a Pair of Things", keywords=("TwinKey",))),
    (5, Paper(title="Twin: The Other Half of a Pair of Things")),
]


@pytest.fixture(scope="module")
def toys() -> Names[int]:
    return build_names(
        TOYS,
        [Entry("Stacker", "doi:10.1/blocks"), Entry("Block", "arxiv:2001.00001", alone=True), Entry("Big ToyNet", "-")],
    )


@pytest.mark.parametrize(
    ("mention", "key"),
    [
        (Mention(ids=("doi:10.9/no", "arxiv:2001.00001")), 1),
        (Mention(title="toynet - a small network for playing with blocks"), 1),
        (Mention(title="A Small Network for Playing with Blocks"), 1),
        (Mention(title="ToyNet"), 1),
        (Mention(title="ToyNet: A Small Network for Play with Blocks"), 1),
        (Mention(title="Learning to Stack Wooden Blocks"), 2),
        (Mention(title="Learning to Stack Woden Blocks of Every Color"), 2),
        (Mention(title="Learning to Stack Wooden Blocks of Every Colour (Stacker)"), 2),
        (Mention(title="Unlearning to Stack Wooden Blocks of Every Colour"), None),
        (Mention(title="Learning to Stack Golden Blocks of Every Colour"), None),
        (Mention(title="Something Else Altogether for Everybody"), None),
        (Mention(ids=("arxiv:2009.99999",), title="ToyNet: A Small Network for Playing With Blocks"), None),
        (Mention(ids=("arxiv:2009.99999",), title="Block Prompt Tuning"), 3),
        (Mention(ids=("arxiv:2009.99999",), name="BPT"), None),
        (Mention(name="BPT"), 3),
        (Mention(name="bpt", code_url="https://github.com/Ada/BPT.git"), 3),
        (Mention(name="Stacker"), 2),
        (Mention(name="Block"), 1),
        (Mention(name="block", code_url="https://github.com/x/block"), None),
        (Mention(name="TwinKey"), 4),
        (Mention(name="Twin"), None),
        (Mention(), None),
    ],
)
def test_a_mention_means_a_paper(toys: Names[int], mention: Mention, key: int | None) -> None:
    assert toys.resolve(mention) == key


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ToyNet论文的作者", ["ToyNet"]),
        ("在Toynet、BPT和Stacker中", ["BPT", "Stacker"]),
        ("BPT-based and BPT-large, BPT-XYZ, xBPT, Pre-BPT, BPT_x, BPT.load, @BPT", ["BPT", "BPT"]),
        ("BPT 2 and BPT v3", []),
        ("bpt and stacker, Block", []),
        ("Big ToyNet is another", []),
        ("BPT++ but BPT+ToyNet", ["BPT", "ToyNet"]),
    ],
)
def test_names_are_found_in_running_text(toys: Names[int], text: str, found: list[str]) -> None:
    assert [spot.name for spot in toys.find(text)] == found


def test_the_longest_name_is_taken(names: Names[str]) -> None:
    spots = names.find("Video Swin 不是 swin transformer，DeepLab v3+ 也不是 DeepLab v3")
    assert [(spot.name, spot.key) for spot in spots] == [
        ("Video Swin", "arxiv:2106.13230"),
        ("swin transformer", "arxiv:2103.14030"),
        ("DeepLab v3+", "doi:10.1007/978-3-030-01234-2_49"),
        ("DeepLab v3", "arxiv:1706.05587"),
    ]


def test_names_in_a_found_title_are_not_found_again(names: Names[str]) -> None:
    assert one("论文：CLIP-Adapter: Better Vision-Language Models with Feature Adapters", names).title is not None


def test_a_paper_is_told_of_once_in_a_passage(names: Names[str]) -> None:
    assert len(parse("LoRA 很小，LoRA 也很快，所以大家用 LoRA。\n\nLoRA 又来了一次，这是另一段话。", names)) == 2


def test_the_librarys_key_comes_first() -> None:
    names = build_names(
        [("mine", Paper(title=LORA, arxiv_id="2106.09685")), ("theirs", Paper(title=LORA, arxiv_id="2106.09685v2"))]
    )
    assert names.resolve(Mention(title=LORA)) == "mine"


def test_the_table_names_papers_of_the_catalogue(catalogue: dict[str, Paper]) -> None:
    table = load_table()
    known = {canonical_id(paper) for paper in catalogue}
    assert [entry for entry in table if entry.id != "-" and canonical_id(entry.id) not in known] == []
    assert len({entry.name for entry in table}) == len(table)
    assert len({entry.id for entry in table}) > 150


def test_every_listed_name_means_its_paper(names: Names[str]) -> None:
    wrong = [entry for entry in load_table() if entry.id != "-" and names.resolve(Mention(name=entry.name)) != entry.id]
    assert wrong == []


# ---- messy input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_encodings(encoding: str) -> None:
    text = "论文：《深度学习的玩具》，很好看。"
    assert decode(text.encode(encoding)) == text


def test_a_broken_byte_does_not_turn_the_text_into_another_encoding() -> None:
    assert decode("论文很好看，值得一读".encode()[:-1]).startswith("论文很好看，值得一")


def test_bytes_of_no_encoding_are_read_somehow() -> None:
    assert decode(b"\xff\xff\x00 caf\xe9 \x80\x80")


def test_line_ends_and_invisible_marks_do_not_matter() -> None:
    text = f"\ufeff# 低秩\r\n\r\n\u200f{LORA}\u200b\x00\r\n"
    mention = one(text)
    assert (mention.title, mention.headings, mention.line) == (LORA, ("低秩",), 3)


@given(
    st.text(alphabet=st.sampled_from("[](){}《》“”\"'*_`<>|#-:：.!/\\ \n\tAa1论文会https://arxiv.org/abs/2106.09685"))
)
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert all(len(mention.passage) <= PASSAGE for mention in parse(text))


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail(data: bytes) -> None:
    assert isinstance(parse(decode(data)), list)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "[a](",
        "[[a",
        "《",
        "“",
        '"',
        "*",
        "**a ",
        "`",
        "<",
        "<a href=",
        ">",
        "- ",
        "|",
        "http://",
        "论文：",
        "A (",
        "Ab. ",
        "\n",
    ],
)
def test_hostile_text_takes_no_longer_than_any_other(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    begin = time.process_time()
    parse(text)
    assert time.process_time() - begin < 5


# ---- the project's own reading notes ---------------------------------------------------------------------------------


@pytest.mark.skipif(not SEEDS.exists(), reason="../shared/seeds is not here")
def test_the_reading_notes_give_their_papers(names: Names[str]) -> None:
    found: dict[str, list[Mention]] = {}
    unknown = []
    for path in sorted(SEEDS.glob("*.txt")):
        for mention in parse(decode(path.read_bytes()), names):
            key = names.resolve(mention)
            found.setdefault(str(key), []).append(mention)
            if key is None:
                unknown.append(mention)
    numbers = [
        "1902.00751",
        "2106.09685",
        "2110.04366",
        "2302.03024",
        "2207.05027",
        "2206.08358",
        "2203.13249",
        "2012.06567",
        "2302.05442",
    ]
    assert [number for number in numbers if f"arxiv:{number}" not in found] == []
    with_link = {alias for mentions in found.values() for mention in mentions for alias in mention.ids}
    assert {f"arxiv:{number}" for number in numbers} <= with_link
    by_name = {
        "CoOp": "arxiv:2109.01134",
        "VPT": "arxiv:2203.12119",
        "OSCAR": "arxiv:2004.06165",
        "Swin": "arxiv:2103.14030",
        "HRNet": "arxiv:1902.09212",
        "R-Drop": "fourways:liang2021-r-drop",
        "MetaAvatar": "arxiv:2106.11944",
        "Dynamic Head": "arxiv:2106.08322",
    }
    assert [name for name, paper in by_name.items() if paper not in found] == []
    assert unknown == []
    assert all(mention.passage for mentions in found.values() for mention in mentions)
