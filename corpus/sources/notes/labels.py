"""The words that people put before and into links: `论文链接：`, `Code:`, `[pdf]`; and headings that say nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from corpus.sources.notes.inline import Piece
from corpus.sources.notes.titles import CJK, is_people

# The bar is that of a table whose first column holds the labels.
_LABEL = re.compile(r"^\s?(?:\|\s)?([^:：|\n]{1,30}?)\s{0,3}[】\])）]?\s{0,3}(?:[:：]{1,2}|\s\|)\s{0,3}")
_WORD = re.compile(r"[A-Za-z]+")

# fmt: off
_WORDS: dict[str, str] = {
    **dict.fromkeys(["paper", "papers", "title", "article"], "title"),
    **dict.fromkeys(["url", "link", "links", "arxiv", "pdf", "doi", "openreview", "abs", "html", "download"], "link"),
    **dict.fromkeys(["code", "codes", "github", "repo", "repository", "implementation", "gitlab", "gitee"], "code"),
    **dict.fromkeys([
        "venue", "conference", "journal", "author", "authors", "year", "date", "institution", "institutions", "affiliation",
        "homepage", "project", "website", "published", "publication", "keywords", "citation", "blog", "video", "demo", "slides",
        "dataset",
    ], "other"),
}
_MODIFIERS = {
    "official", "unofficial", "source", "original", "full", "pytorch", "tensorflow", "jax", "page", "the", "of",
    "and", "name", "id",
}
_IN_LINKS = set(_WORDS) | _MODIFIERS | {
    "here", "this", "preprint", "supp", "supplementary", "poster", "bibtex", "bib", "cvf", "acl", "pmlr", "ieee",
    "acm", "springer", "ps", "site", "model", "models", "weights", "colab", "huggingface", "hf", "star", "stars",
    "data", "online", "view", "version", "v", "tex", "read", "access", "open", "and", "or", "talk", "twitter",
    "readme", "docs", "torch", "keras", "in", "on", "oral", "spotlight", "iclr", "neurips", "nips", "icml", "cvpr",
    "iccv", "eccv", "wacv", "aaai", "ijcai", "emnlp", "naacl", "eacl", "tmlr", "jmlr", "tacl", "tpami", "ijcv",
    "kdd", "sigir", "www", "corr", "mm", "bmvc", "aistats", "icassp", "interspeech", "findings", "semantic",
    "scholar",
}
# fmt: on
_CODE_ZH = re.compile("代码|源码|开源|仓库|复现|实现")
_LINK_ZH = re.compile("链接|地址|网址|下载|传送门|出处")
_TITLE_ZH = re.compile("(?:论文|标题|题目|题名|文章|原文|文献|综述|论文名称?|文章名称?)$")
_OTHER_ZH = re.compile(
    "会议|期刊|单位|作者|机构|团队|时间|日期|年份|发表|来源|主页|项目|关键词|博客|笔记|视频|知乎|解读|数据集"
)
_GENERIC_ZH = re.compile(
    "论文|链接|原文|中英|双语|中文|英文|对照|翻译|版本?|地址|这里|此处|下载|传送|点击|文章|代码|主页|项目|源码|开源|参考|网站|点我|详情|全文|官方|视频|数据|仓库|文档"
    "|博客|查看|阅读|[的和或及与在见看读请门]"
)

# fmt: off
_USELESS = {
    "背景", "前言", "引言", "总结", "小结", "结论", "参考", "参考文献", "参考资料", "参考链接", "目录", "附录",
    "摘要", "其他", "其它", "简介", "介绍", "概述", "说明", "正文", "写在前面", "写在最后", "更新日志", "后记",
    "致谢", "笔记", "备注", "相关链接", "视频来源", "来源", "导读", "问题", "思考", "introduction", "intro",
    "background", "conclusion", "conclusions", "summary", "reference", "references", "abstract", "toc",
    "table of contents", "contents", "content", "overview", "appendix", "note", "notes", "misc", "others", "other",
    "todo", "links", "related links", "acknowledgement", "acknowledgements", "acknowledgments", "license",
    "contributing", "contributors", "citation", "star history", "changelog", "news", "updates", "tl;dr", "tldr",
    "readme", "about", "further reading", "see also", "resources", "pytorch 代码", "代码", "code",
}
# fmt: on


@dataclass(frozen=True)
class Label:
    """The words before a colon: what `kind` of thing follows, and the `text` itself."""

    kind: Literal["title", "link", "code", "other"]
    text: str


def read_label(pieces: Iterable[Piece]) -> tuple[Label | None, tuple[Piece, ...]]:
    """The label at the head of a line, and the pieces after it; None and all the pieces where there is none."""
    kept = tuple(pieces)
    head, count = "", 0
    for piece in kept:  # the colon may stand behind the bold type that the label is set in
        if piece.url is not None or piece.code or len(head) > 40:
            break
        head += piece.text
        count += 1
    match = _LABEL.match(head)
    kind = _kind(match[1]) if match else None
    if match is None or kind is None:
        return None, kept
    rest, skip = list(kept[count:]), match.end()
    for piece in reversed(kept[:count]):
        rest.insert(0, piece)
    trimmed: list[Piece] = []
    for piece in rest:
        if skip and piece.url is None:
            cut = min(skip, len(piece.text))
            skip -= cut
            piece = Piece(piece.text[cut:], mark=piece.mark, code=piece.code)
        if piece.text or piece.url is not None:
            trimmed.append(piece)
    return Label(kind, match[1].strip().casefold()), tuple(trimmed)


def _kind(text: str) -> Literal["title", "link", "code", "other"] | None:
    chinese = "".join(CJK.findall(text))
    words = [word.casefold() for word in _WORD.findall(text)]
    if len(chinese) > 14 or any(word not in _WORDS and word not in _MODIFIERS for word in words):
        # a sentence may end in the label: `视频理解方面论文: AIM: ...`
        return "title" if chinese and len(chinese) <= 14 and _TITLE_ZH.search(text.strip()) else None
    kinds = {_WORDS[word] for word in words if word in _WORDS}
    if "code" in kinds or _CODE_ZH.search(chinese):
        return "code"
    if "link" in kinds or _LINK_ZH.search(chinese):
        return "link"
    if _TITLE_ZH.search(chinese) or "title" in kinds:
        return "title"
    return "other" if "other" in kinds or _OTHER_ZH.search(chinese) else None


def is_generic(text: str) -> bool:
    """Whether a link's text says no more than that it is a link: `pdf`, `[论文链接]`, `arXiv:2106.09685`, `CVPR 2022`, a mark."""
    if len(text) > 60:
        return False
    if text.startswith("^"):  # a footnote
        return True
    if any(word.casefold() not in _IN_LINKS for word in _WORD.findall(text)):
        return False
    return not CJK.search(_GENERIC_ZH.sub("", text))


def is_links_only(pieces: tuple[Piece, ...]) -> bool:
    """Whether the line is nothing but links, with words such as `pdf` or the authors' names between them."""
    text = " ".join(piece.text for piece in pieces if piece.url is None).strip(" ,;.[]()|")
    links = [piece for piece in pieces if piece.url is not None]
    if not all(piece.bare or is_generic(piece.text) or "://" in piece.text for piece in links):
        return False
    return bool(links) and (is_generic(text) or is_people(text))


def is_useless_heading(text: str) -> bool:
    """Whether a heading says nothing about what stands below it: `背景`, `References`."""
    return text.strip(" :：.。!！?？#*").casefold() in _USELESS
