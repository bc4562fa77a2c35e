"""Chinese queries in the English words of the field, by the table `terms.tsv`; nothing is guessed, and no model is run.

Chinese and English both put what narrows before what is narrowed, so the order of the terms stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple, cast

Kind = Literal["method", "task", "dataset", "concept"]

_CHINESE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
# Full-width marks are parted off before NFKC makes ASCII ones of them: `（LoRA）` is `LoRA`.
_MARKS = dict.fromkeys(map(ord, "，。、；：？！（）《》〈〉「」『』【】〔〕“”‘’…·～"), " ")

# Words that say nothing about what a paper is about. No term may stand here.
_GLUE_WORDS = """
    的 地 得 了 着 过 吗 呢 吧 啊 嘛 在 中 上 下 里 内 和 与 及 或 并 且 而 但 对 用 为 以 从 把 被 将 是 有 等 之
    其 让 使 给 向 于 由 到 按 就 也 都 还 又 再 很 更 最 较 我 你 您 他 它 们 请 能 会 可 要 想 该 各 每 某 这 那
    此 些 个 种 篇 项 新 做 时 如 以及 或者 并且 而且 但是 同时 其中 之间 之中 之上 之下 当中 里面 中的 上的 下的
    里的 为了 对于 关于 有关 针对 面向 至于 根据 按照 基于 用于 利用 使用 采用 应用 应用于 运用 借助 结合 通过 经过
    进行 实现 做到 完成 得到 获得 用来 来做 去做 如何用 怎么用 怎样用 如何 怎么 怎样 怎么样 怎么做 如何做 什么
    什么是 是什么 为什么 为何 什么样 哪些 有哪些 哪个 哪种 哪类 多少 是否 能否 能不能 可以 是不是 有没有 可否 需要
    应该 一种 一个 一些 一类 一下 几种 几篇 几个 这种 这些 这个 这类 那些 各种 各类 不同 多种 某种 它们 他们 我们
    以下 方法 研究 相关 论文 文献 文章 工作 技术 问题 领域 方面 方式 手段 思路 途径 情况 介绍 讲解 解决 处理 提出
    存在 主要 常见 常用 目前 当前 最新 最近 近期 近年来 近几年 新的 新型 一般 具有 带来 直接 所有 任何 其他 其它
    例如 比如 以便 从而 因此 由于 因为 所以 如果 研究现状 现状 相关工作 相关研究 相关论文 研究论文 研究工作 研究方法
    研究问题 应用研究 查找 寻找 查询一下 找 找找 找一下 想找 想要 想看 想了解 了解 看看 帮我 帮我找 给我 给我找 请问
    麻烦 谢谢 你好 请推荐 推荐一些 推荐一下 推荐几篇 推荐几个 推荐关于 推荐有关 推荐相关 推荐我 推荐给我 推荐点
    给我推荐 帮我推荐 给我推荐一些 给我推荐几篇 帮我推荐一些 帮我推荐几篇 请推荐一些 请推荐几篇 求推荐 有什么推荐
    列出 列举 解决方案 方案 来 所 目的 引入 达到 相同 共同 出发 入手 两个 三个 难题 补上 起作用 加以
"""
_GLUE = frozenset(_GLUE_WORDS.split())
# Of these, none is the first half of a word whose second half is unknown.
_APART = frozenset("的了在与和是")

# Those characters of the terms and of the words above that are written otherwise in traditional Chinese: in `_TRADITIONAL`,
# and at the same place in `_SIMPLIFIED`. No general converter: a character that no term has needs none.
_TRADITIONAL = (
    "與專業丟兩個臨為爲舉麼麽義樂習瞭於雲產從們價眾衆優會傳倫偽體偵側關興內寫農沖衝決況凍準減幾擊劃則創別製務動勵勢區醫協"
    "單佔衛捲歷壓參雙發變疊葉號後嗎聽啓啟員週響喚迴圍圖圗場塊壯聲處備復複頭獎學孿實寬對尋導將爾層屬佈師帶幫乾並併廣庫應開"
    "異棄張強歸當徑憶誌態惡戲戰戶撲擴擾摳護報擬擇擋損換據攝數斷無時顯術機雜權條來極構標樹樣檔檢殘氣匯漢汙溝沒註潑潔測湧漸"
    "溫遊潰濺滯濾潛靈災點煩熱狀獨獄獻環現電畫暢療監蓋碼礎確離種積稱穩竊築篩簽籤簡類係糾紅約級納紋綫線練組細終紹經結繪給絡"
    "絕統繼緒續維綜綠綴緩編緣纏縮網羅羣聯腫脹膠脈腦臉藝節範薦藥獲矇蘊虛蟲補裝見觀規視覺計認讓訓記講論諷設證評識詐診詞譯試"
    "詩話詢該語誤誘說説請讀課調謝謠譜貝負責敗質貪貫費資賴趨躍踐蹤車軌轉輪軟輕載較輔輻輯輸辯邊達遷過運還這進遠連遲跡蹟適選"
    "遞邏遺遙鄰採釋裏裡針鍊鏈銷銳錯錨鍵長門閉問間聞閱閾隊陰陣階險隨隠隱難霧靜頁項順顧預領頸頻題顏風饋餾馬驅駛駕驗魯鳥齊"
)
_SIMPLIFIED = (
    "与专业丢两个临为为举么么义乐习了于云产从们价众众优会传伦伪体侦侧关兴内写农冲冲决况冻准减几击划则创别制务动励势区医协"
    "单占卫卷历压参双发变叠叶号后吗听启启员周响唤回围图图场块壮声处备复复头奖学孪实宽对寻导将尔层属布师带帮干并并广库应开"
    "异弃张强归当径忆志态恶戏战户扑扩扰抠护报拟择挡损换据摄数断无时显术机杂权条来极构标树样档检残气汇汉污沟没注泼洁测涌渐"
    "温游溃溅滞滤潜灵灾点烦热状独狱献环现电画畅疗监盖码础确离种积称稳窃筑筛签签简类系纠红约级纳纹线线练组细终绍经结绘给络"
    "绝统继绪续维综绿缀缓编缘缠缩网罗群联肿胀胶脉脑脸艺节范荐药获蒙蕴虚虫补装见观规视觉计认让训记讲论讽设证评识诈诊词译试"
    "诗话询该语误诱说说请读课调谢谣谱贝负责败质贪贯费资赖趋跃践踪车轨转轮软轻载较辅辐辑输辩边达迁过运还这进远连迟迹迹适选"
    "递逻遗遥邻采释里里针链链销锐错锚键长门闭问间闻阅阈队阴阵阶险随隐隐难雾静页项顺顾预领颈频题颜风馈馏马驱驶驾验鲁鸟齐"
)
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


@dataclass(frozen=True)
class Term:
    """A row of the table. Of `en` the first is the field's standard phrase; `zh` are its Chinese names, simplified; a name
    that Chinese papers leave in English has none."""

    en: tuple[str, ...]
    zh: tuple[str, ...]
    kind: Kind


@dataclass(frozen=True)
class Translation:
    """`text`: the query in English, with no Chinese left; empty where no Chinese of it is known and it has nothing else.

    `used`: (Chinese as the query writes it, English); `unknown`: Chinese that the table does not cover. Both in the
    query's order and without repeats.
    """

    text: str
    used: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()


class _Piece(NamedTuple):
    """Characters `start` to `stop` of a run. `en`: the term's English; "" for a word of glue, None for the unknown."""

    start: int
    stop: int
    en: str | None


@cache
def load_terms() -> tuple[Term, ...]:
    """The table's rows, in its order."""
    lines = resources.files("corpus").joinpath("terms.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines[1:])
    return tuple(
        Term(tuple(en.split("|")), tuple(zh.split("|")) if zh else (), cast(Kind, kind)) for en, zh, kind in rows
    )


@cache
def load_acronyms() -> Mapping[str, str]:
    """Acronym -> the field's standard phrase, of three letters and more: NER -> named entity recognition. No data sets."""
    return {
        name: term.en[0]
        for term in load_terms()
        if term.kind != "dataset" and " " in term.en[0]
        for name in term.en[1:]
        if re.fullmatch(r"(?=(?:.*[A-Z]){2})[A-Z][A-Za-z]{2,5}", name)
    }


@cache
def load_data_sets() -> frozenset[str]:
    """The names of the field's data sets, in small letters."""
    return frozenset(name.lower() for term in load_terms() if term.kind == "dataset" for name in term.en)


def translate(query: str) -> Translation:
    """`query` with its Chinese in the field's English; names and numbers in Latin letters stay where they are.

    Traditional characters and full-width forms are read as well. A query without Chinese is returned as it is.

    >>> translate("CLIP 的零样本分割").text
    'CLIP zero-shot segmentation'
    """
    text = unicodedata.normalize("NFKC", query.translate(_MARKS))
    if not _CHINESE.search(text):
        return Translation(query)
    parts, used, unknown = [], [], []
    end = 0
    for run in _CHINESE.finditer(text):
        parts.append(text[end : run.start()])
        end = run.end()
        for start, stop, en in _pieces(run[0].translate(_TO_SIMPLIFIED)):
            written = run[0][start:stop]
            if en is None:
                unknown.append(written)
            elif en:
                used.append((written, en))
                parts.append(en)
    parts.append(text[end:])
    return Translation(" ".join(" ".join(parts).split()), tuple(dict.fromkeys(used)), tuple(dict.fromkeys(unknown)))


@cache
def _words() -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """Every Chinese word -> its English ("": glue), and first character -> the lengths of the words that it begins."""
    words = dict.fromkeys(_GLUE, "") | {zh: term.en[0] for term in load_terms() for zh in term.zh}
    lengths: dict[str, set[int]] = {}
    for word in words:
        lengths.setdefault(word[0], set()).add(len(word))
    return words, {first: tuple(sorted(found)) for first, found in lengths.items()}


def _pieces(run: str) -> list[_Piece]:
    """`run` (simplified) cut so that the fewest characters are unknown, then in the fewest pieces, then with least glue.

    Dynamic programming from the end, in O(characters x lengths of words).
    """
    words, lengths = _words()
    best: list[tuple[int, int, int]] = [(0, 0, 0)] * (len(run) + 1)
    stops = [0] * len(run)
    for start in range(len(run) - 1, -1, -1):
        unknown, pieces, glue = best[start + 1]
        best[start], stops[start] = (unknown + 1, pieces + 1, glue), start + 1
        for length in lengths.get(run[start], ()):
            stop = start + length
            if stop > len(run) or (en := words.get(run[start:stop])) is None:
                continue
            unknown, pieces, glue = best[stop]
            cost = (unknown, pieces + 1, glue if en else glue + length)
            if cost <= best[start]:  # of two cuts alike, the one with the longer word first
                best[start], stops[start] = cost, stop
    cut: list[_Piece] = []
    start = 0
    while start < len(run):
        piece = _Piece(start, stops[start], words.get(run[start : stops[start]]))
        if piece.en is None and cut and cut[-1].en is None:
            piece = piece._replace(start=cut.pop().start)
        cut.append(piece)
        start = piece.stop
    return _completed(run, cut)


def _completed(run: str, cut: list[_Piece]) -> list[_Piece]:
    """A lone unknown character with the glue character before it: that is half a word (上海), not glue (上) and 海."""
    whole: list[_Piece] = []
    for piece in cut:
        if piece.en is None and piece.stop - piece.start == 1 and whole and whole[-1].en == "":
            before = whole[-1]
            if before.stop - before.start == 1 and run[before.start] not in _APART:
                piece = piece._replace(start=whole.pop().start)
        whole.append(piece)
    return whole
