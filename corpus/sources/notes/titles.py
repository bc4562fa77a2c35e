"""Does a stretch of text look like the title of a paper? Rules of thumb for English titles, in texts of any language. Pure."""

from __future__ import annotations

import re

_LETTER = r"A-Za-zÀ-ɏ"
WORD = re.compile(rf"[{_LETTER}0-9][{_LETTER}0-9'’\-+./²³*^@]*")
CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
# Words of the field that titles begin with and that are no system's name.
# fmt: off
GENERIC = {
    "AI", "AGI", "API", "BN", "CNN", "CoT", "CV", "DL", "DNN", "FFN", "GAN", "GANs", "GNN", "GPT", "GPU", "ICL", "IoU", "KD", "LLM",
    "LLMs", "LN", "LSTM", "ML", "MLLM", "MLLMs", "MLP", "MoE", "MSA", "MSE", "NAS", "NLG", "NLP", "NLU", "NMT", "OOD", "PEFT", "QA",
    "RAG", "RL", "RLHF", "RNN", "SGD", "SOTA", "SSL", "SVM", "TPU", "VAE", "VLM", "VLMs", "VQA",
}
# fmt: on
# Words that titles leave small, and that no list of authors holds.
# fmt: off
_SMALL = {
    "a", "all", "an", "and", "are", "as", "at", "be", "beyond", "by", "can", "do", "does", "for", "from", "how", "if", "in", "into",
    "is", "it", "its", "learning", "make", "not", "of", "on", "or", "over", "the", "their", "through", "to", "toward", "towards",
    "under", "up", "using", "via", "vs", "what", "when", "where", "why", "with", "without", "you", "your",
}
# fmt: on
_VENUES = (
    r"(?:ICLR|NeurIPS|NIPS|ICML|CVPR|ICCV|ECCV|WACV|ACCV|BMVC|AAAI|IJCAI|ACL|EMNLP|NAACL|EACL|AACL|COLING|CoNLL|TACL|T-?PAMI|PAMI|TMLR"
    r"|JMLR|KDD|WWW|SIGIR|CIKM|WSDM|RecSys|ACM ?MM|MM|ICASSP|Interspeech|INTERSPEECH|AISTATS|UAI|COLM|CoRR|[Aa]r[Xx]iv|[Pp]reprint"
    r"|TIP|TMM|TCSVT|TNNLS|TKDE|IJCV|Nature|Science|3DV|CoRL|RSS|ICRA|IROS|MICCAI|MLSys|SIGGRAPH|TOG|VLDB|SIGMOD|ICDE|OSDI|SOSP"
    r"|Findings|Oral|Spotlight|Poster|Workshops?|Best Paper)"
)
_PROCEEDINGS = (
    r"(?:proceedings|advances in neural|transactions on|international conference|conference on|journal of|workshop on|ieee[ /]"
    r"|lecture notes|arxiv preprint)"
)
_VENUE = re.compile(
    rf"^\W*(?:in[:\s]\s*|proc\w*\.?\s+(?:of\s+)?(?:the\s+)?)?{_VENUES}\b.{{0,40}}$|^\W*(?:in[:\s]\s*)?{_PROCEEDINGS}",
    re.IGNORECASE,
)
_IN_BRACKETS = r"[^（()）\[\]【】]"
# What follows a title on the same line: (ICLR 2022), [CVPR'21 Oral], (Hu et al., 2021); , NeurIPS 2021; -- 2021.06; [J]
_TAIL = re.compile(
    rf"\s*(?:[（(\[【]{_IN_BRACKETS}{{0,60}}?(?:{_VENUES}|(?:19|20)\d\d|et al|[Pp]aper|[Cc]ode|论文|代码)"
    rf"{_IN_BRACKETS}{{0,30}}[)）\]】]"
    rf"|[,，|\-–—]\s*(?:in\s+)?{_VENUES}\b[^,:：]{{0,25}}"
    r"|[,，|\-–—(（]\s*(?:19|20)\d\d(?:[./-]\d\d?)*[)）]?|\[[JCMD](?:/OL)?\]|[.,，。;；:：|\-–—/\s\[(（【<]+)$"
)
# What comes before it: 1. / [12] / 【CVPR 2022】 / (2021/06) / 2021.06 / - [x] / an emoji
_HEAD = re.compile(
    r"^(?:\s|[-–—*+>#|•·★☆✅⭐️🔥📄:：,，.。、]"
    r"|\d{1,3}(?:[.)、]\s|[）、])|(?:19|20)\d\d(?:[./-]\d\d?){0,2}(?=[\s:：,])|\^|\[[ xX^\d]{0,6}\]:?"
    rf"|[\[【(（]{_IN_BRACKETS}{{0,40}}(?:{_VENUES}|(?:19|20)\d\d|\d[./]\d){_IN_BRACKETS}{{0,20}}[\]】)）])"
)
# Springer's bibliographies: Hu, R., Singh, A.: The Title
_AUTHORS_FIRST = re.compile(r"^(?:\W*\d{1,3}[.)\]]\s)?\s*[A-ZÀ-Þ][^:：《》]{2,300}?(?:\b[A-Z]\.|\bet al\.?):\s+(?=\S)")
# Chinese, URLs, formulas, tags, pictograms, and the end of a sentence before another
_NOT_IN_TITLES = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]"
    "|[\u2190-\u21ff\u2500-\u27bf\U0001f300-\U0001faff={}#|。\\\\]"
    r"|://|; |\$\$| \+ |[a-z)]{3}[.!] +[A-Z]"
)
_PERSON = re.compile(rf"^(?:(?:van|der|den|de|von|la|al|bin|di|da)\b\s*|[A-ZÀ-Þ][{_LETTER}'’\-]*\.?\s*){{1,5}}$")


def is_coined(word: str) -> bool:
    """Whether a word is made up, as the names of systems are: `CoOp`, `VPT`, `R-Drop`, `I3D`, `mT5`; not `Few-Shot`."""
    if not 2 <= len(word) <= 24 or " " in word or CJK.search(word):
        return False
    parts = [part for part in re.split(r"[-+./@^*²³]", word) if part]
    if not parts or not any(char.isalpha() for char in word):
        return False
    return any(_is_odd(part) for part in parts)


def _is_odd(part: str) -> bool:
    letters = [char for char in part if char.isalpha()]
    digits = any(char.isdigit() for char in part)
    return any(char.isupper() for char in part[1:]) or (len(part) == 1 and part.isupper()) or bool(letters and digits)


def split_prefix(title: str) -> tuple[str, str] | None:
    """`LoRA: Low-Rank Adaptation` -> (`LoRA`, `Low-Rank Adaptation`); None for a title without a colon."""
    match = re.match(r"\s*([^:：]{1,60}?)\s*[:：]\s*(?=\S)", title)
    return (match[1], title[match.end() :].strip()) if match else None


def is_title(text: str) -> bool:
    """Whether the text is surely the title of a paper: a coined name, a colon and what it stands for; or a line in title case."""
    words = WORD.findall(text)
    if not _may_be_title(text, words):
        return False
    if (parts := split_prefix(text)) and _names_system(parts[0]):
        rest = WORD.findall(parts[1])
        return len(rest) >= 3 and (_capitals(rest) >= 0.5 or (is_coined(parts[0]) and parts[1][0].isupper()))
    small = any(word.lower() in _SMALL for word in words[1:])
    enough = len(words) >= 4 if small or ":" in text or "：" in text else len(words) >= 5
    return enough and _capitals(words) >= 0.6 and not text.lstrip()[0].islower()


def may_be_title(text: str) -> bool:
    """Whether the text could be the title of a paper, for places where one is expected: beside a paper's link, say."""
    words = WORD.findall(text)
    if not _may_be_title(text, words, 3):
        return False
    first = text.lstrip("\"'“‘")[:1]
    return first.isupper() or first.isdigit() or bool(split_prefix(text))


def is_strict_title(text: str) -> bool:
    """Whether the text is in title case throughout, and long enough for no heading or point of a list."""
    words = WORD.findall(text)
    small = any(word.casefold() in _SMALL for word in words[1:])
    return is_title(text) and len(words) >= 6 and small and _capitals(words) >= 0.8


def split_dash(text: str) -> tuple[str, str] | None:
    """`CLIP - Learning Transferable Visual Models` -> (`CLIP`, `Learning Transferable Visual Models`)."""
    match = re.match(r"([^\s:：]{2,24}(?: [^\s:：]{1,15}){0,2})\s+[-–—]{1,2}\s+(?=\S)", text)
    if match is None or CJK.search(match[1]) or not may_be_title(text[match.end() :]):
        return None
    return (
        (match[1], text[match.end() :].strip())
        if is_coined(match[1].split()[0]) or is_title(text[match.end() :])
        else None
    )


def _names_system(prefix: str) -> bool:
    words = prefix.split()
    return len(words) == 1 or (len(words) <= 4 and all(word[:1].isupper() or word[:1].isdigit() for word in words))


def _may_be_title(text: str, words: list[str], at_least: int = 4) -> bool:
    if not at_least <= len(words) <= 35 or len(text) > 300 or _NOT_IN_TITLES.search(text):
        return False
    if sum(any(char.isalpha() for char in word) for word in words) < at_least - 1:
        return False
    return not is_people(text) and not _VENUE.match(text)


def _capitals(words: list[str]) -> float:
    """The share of the words of more than three letters that begin with, or hold, a capital letter."""
    long = [word for word in words if len(word) > 3 and word.lower() not in _SMALL]
    return sum(any(char.isupper() for char in word) for word in long) / len(long) if long else 0.0


def is_people(text: str) -> bool:
    """Whether the text is a list of authors: `Hu E J, Shen Y, et al`, `Edward Hu and Yelong Shen`."""
    if re.search(r"\bet\.? ?al\b", text):
        return True
    parts = [
        part.strip()
        for part in re.split(r",|;|&|\band\b|、|，", re.sub(r"[*†‡§¶∗\d()\[\]]", "", text))
        if part.strip(" .")
    ]
    if len(parts) < 2 or ":" in text:
        return False
    if any(set(part.lower().split()) & _SMALL or (len(parts) < 3 and len(part.split()) < 2) for part in parts):
        return False
    return all(_PERSON.match(part) for part in parts) and (len(parts) > 2 or "," in text or len(text.split()) <= 7)


def trim_title(text: str) -> str:
    """The title without what people put around it: numbers, venues, years, authors in brackets, punctuation."""
    text = text.strip()[:600]
    if match := _AUTHORS_FIRST.match(text):
        text = text[match.end() :]
    for _ in range(12):
        shorter = _TAIL.sub("", text) if _TAIL.search(text) else text
        match = _HEAD.match(shorter)
        shorter = shorter[match.end() :] if match and match.end() < len(shorter) else shorter
        if shorter == text:
            break
        text = shorter.strip()
    for opening, closing in ("《》", "“”", '""', "「」", "''", "‘’", "[]", "【】", "``"):
        if text.startswith(opening) and text.endswith(closing) and len(text) > 2 and closing not in text[1:-1]:
            text = text[1:-1].strip()
    return text


def pick_title(text: str) -> str | None:
    """The title in a line such as `Title. Authors. Venue Year.` or `Authors. Title. Venue`: the likeliest of its sentences."""
    best: tuple[int, str] | None = None
    for segment in _segments(text):
        title = trim_title(segment)
        if may_be_title(title) and (best is None or _score(title) > best[0]):
            best = (_score(title), title)
    return best[1] if best else None


def _score(title: str) -> int:
    words = WORD.findall(title)
    prefix = split_prefix(title)
    return (
        2 * (prefix is not None and _names_system(prefix[0]))
        + 2 * is_title(title)
        + any(word.lower() in _SMALL for word in words)
        + (len(words) >= 5)
    )


def _segments(text: str) -> list[str]:
    """The text at its full stops, bars, quotes, spaced dashes and changes to Chinese; a stop after an initial is none."""
    parts = re.split(r"[。；;|！\n\t，、\"“”]|\s[-–—]{1,3}\s|\[[JCMD](?:/OL)?\]|[\u3040-\u30ff\u3400-\u9fff]+", text)
    return [
        piece
        for part in parts
        for piece in re.split(r"(?<![\s.][A-Z])(?<!vs)\.(?=\s)|(?<=[?!])\s", part)
        if piece.strip()
    ]
