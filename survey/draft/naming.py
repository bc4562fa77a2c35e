"""The name that a paper gives its own method or data set, where its title or abstract says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from corpus.glossary import load_acronyms, load_data_sets, load_terms
from corpus.models import Paper
from survey.concepts.acronyms import spells
from survey.phrases import Key, key_of
from survey.sentences import says_what_it_makes, sentence_at, split_sentences

# Names are short; what is longer is a title with a colon in it.
_MOST_WORDS, _MOST_CHARACTERS = 3, 24
_NAME = r"[A-Za-z0-9][\w+*^.\-/²³]*"
# A word that may be a name, as others write it.
NAME = re.compile(r"[\w+*^/²³-]*[A-Za-z][\w+*^/²³-]*")
# LoRA: ...   P-Tuning v2: ...   Mask R-CNN - ...
_TITLE = re.compile(rf"^({_NAME}(?: {_NAME}){{0,2}})\s*(?::|\s[-–—]\s)")
# ... we propose Low-Rank Adaptation (LoRA) / we introduce a method called LoRA / dubbed LoRA / named LoRA, ...
_CALLED = re.compile(rf"\b(?:called|named|dubbed|termed|coined|we call|referred to as|denoted as)\s+[\"“'`]*({_NAME})")
_WE_PROPOSE = r"\b(?:[Ww]e|this (?:paper|work|article))\s+(?:\w+\s+)?(?:propose|present|introduce|develop|design)s?\s+"
# A recently proposed method named ...: somebody else's, unless `we` name it.
_OTHERS = re.compile(
    r"\b(?:recent(?:ly)?|existing|previous(?:ly)?|prior|popular|well-known|widely used)\b"
    r"(?:(?!\b(?:we|our|this (?:paper|work|article))\b|\.\s).)*$",
    re.IGNORECASE | re.DOTALL,
)
_PROPOSED = re.compile(
    rf"{_WE_PROPOSE}(?:(?:the|a|an|our|new|novel)\s+)*[\"“'`]*({_NAME})"
    r"(?=[\"”'`]*(?:,|\s+(?:\(|-|–|—|to\b|that\b|which\b|as\b|for\b|a\b|an\b)))"
)
# Behind a comma stands what the thing is one of: we introduce Flamingo, a family of visual language models (VLM).
# The bracket of a formula follows a symbol: O(N).
_BRACKETED = re.compile(rf"{_WE_PROPOSE}([^.,;:()]{{3,90}}?)(?:\s|(?<=\w{{3}}))\(({_NAME})\)")
# What stands between `we propose` and the words of a name where these are of something else: a model that uses a ... (GNN).
_ELSE = re.compile(
    r"\b(?:that|which|whose|where|to|of|for|from|on|in|into|by|with|without|via|through|over|under|between|against|based|inspired|built"
    r"|using|leveraging|employing|utili[sz]ing|combining|incorporating|integrating|applying|adopting|exploiting|extending|building"
    r"|including|containing|comprising|consisting|improving|aimed|aiming|designed)\b",
    re.IGNORECASE,
)
# Words with a capital, and small ones between them.
_STRESSED = re.compile(r"(?:(?<![\w-])[A-Z][\w-]*(?:\s+(?:and|by|for|from|in|of|on|the|to|via|with))*\s*)+$")
_NAMED = re.compile(r".*\b(?:called|named|dubbed|termed|coined|namely)\b", re.IGNORECASE | re.DOTALL)
# A name that is spelt out where it is given: SEgmentation TRansformer (SETR), DEtection TRansformer or DETR.
_SHORTENED = re.compile(rf"(?:[\s-]+[A-Z][\w-]*){{1,6}}(?:\s*\(|,?\s+or\s+)({_NAME})")
# A name whose capitals are its short form: REliable fusion and robust ADaptation (READ).
_SPELT = re.compile(rf"([A-Z][\w-]*[\s-]+(?:\w[\w-]*[\s-]+){{0,9}}?)\(({_NAME})\)")
# We propose a model for birds, namely OWL; not: on two data sets, namely A and B.
_NAMELY = re.compile(rf"{_WE_PROPOSE}[^.;]{{3,140}}?,?\s+namely,?\s+({_NAME})(?![\w-])(?!,? and\b|, {_NAME},? and\b)")
# What a paper brings besides, or one after the other.
_BESIDES = re.compile(
    r"^(?:also|additionally|furthermore|moreover|in addition|besides|first|firstly|second|secondly|third|thirdly|finally|lastly)\b"
    r"|\b(?:we|this (?:paper|work)) (?:also|additionally|further|then|next|finally)\b|\b(?:as well as|along with|together with)\b",
    re.IGNORECASE,
)
# Parts of methods, as the last word before the name or behind it: a regularizer called X, a wide nest block (WNB), X loss.
_PART_BEFORE = re.compile(
    r"\b(module|block|loss|regulari[sz](?:ation|er)|benchmark|metric|head|decoder|activation|penalty|initiali[sz]ation)s?"
    r"(?: (?:function|technique|method|term))?(?:,? (?:\w+ )?(?:called|named|dubbed|termed|coined|namely))?,?\s*[(\"“'`]*$",
    re.IGNORECASE,
)
_PART_BEHIND = re.compile(
    r"[\"”'`)]*(?:,? (?:is )?an? [^,.;]{0,60}?| )\b(module|block|loss|regulari[sz](?:ation|er)|benchmark|metric)s?\b",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"\b(?:data ?sets?|benchmarks?|corpus|corpora|databases?|test ?beds?|leaderboards?)\b", re.IGNORECASE
)


class Span(NamedTuple):
    """Words of a paper: characters `start` to `end` of `source`."""

    text: str
    source: Literal["title", "abstract"]
    start: int
    end: int


def own_name(paper: Paper) -> Span | None:
    """Where the paper names its own method: before the colon of its title, else where its abstract proposes it.

    An acronym of the field is nobody's own, but for the paper whose title begins with what it stands for.

    >>> own_name(Paper(title="LoRA: Low-Rank Adaptation of Large Language Models"))
    Span(text='LoRA', source='title', start=0, end=4)
    """
    text, title = paper.abstract or "", key_of(paper.title)
    match = _TITLE.match(paper.title)
    if match and is_name(match[1]) and not _is_kind(match[1], text):
        name = _singular(match[1])
        return Span(name, "title", match.start(1), match.start(1) + len(name))
    own = [
        span
        for span in (*_called(text), *_bracketed(text))
        if not any(long != title[: len(long)] for long in _stands_for(span, text)) and not _is_part(paper, span)
    ]
    if not own:
        return None
    whole = f"{paper.title} {text}"
    best = max(own, key=lambda span: (_uses(paper.title, span.text) > 0, _uses(whole, span.text), -span.start))
    # The title is on another name, which comes again and again: what the abstract names besides is a part of that.
    others = [word for word in NAME.findall(paper.title) if is_name(word) and word not in _known()]
    rivals = [word for word in others if word != best.text and f"{word}s" not in text]
    return best if all(_uses(text, word) <= max(1, _uses(whole, best.text)) for word in rivals) else None


def names_data(paper: Paper, name: Span) -> bool:
    """Whether the name that a paper gives is that of a data set or benchmark: the field knows it as one, or the paper says so."""
    return name.text.lower() in load_data_sets() or says_data(paper, name)


def says_data(paper: Paper, name: Span) -> bool:
    """Whether a paper says of what it names that it is a data set or benchmark: in its title, or beside the name."""
    data, word = _DATA.pattern, re.escape(name.text)
    said = (
        rf"{word}(?: ?\([^)]*\))?,? (?:is )?an? [^.,;]{{0,60}}?{data}"
        rf"|{word} {data}|{data}[^.]{{0,30}}\b(?:called|named|dubbed|termed|coined) {word}"
    )
    return bool(_DATA.search(paper.title) or re.search(said, paper.abstract or "", re.IGNORECASE))


def is_own(paper: Paper, short: str, name: str) -> bool:
    """Whether a paper uses an acronym for a method of its own, or a part of one, and not for the field's `name`."""
    if not short.isupper():
        return False
    own = own_name(paper)
    if own and short in (own.text, *re.split(r"[-+/]", own.text)):
        return True
    text = f"{paper.title}. {paper.abstract or ''}"
    for match in re.finditer(rf"\({re.escape(short)}s?\)", text):
        before = text[max(0, match.start() - 120) : match.start()].rstrip()
        start = long_form(before, short)
        if start is not None and key_of(before[start:]) != key_of(name):
            return True
    return bool(re.search(rf"\+\s*{re.escape(short)}\b|\b{re.escape(short)}\s*\+", text))


def _uses(text: str, name: str) -> int:
    return len(re.findall(rf"(?<![\w]){re.escape(name)}(?![a-z]{{2}})", text))


def _singular(name: str) -> str:
    """The name of one of them: GAT of GATs."""
    return name[:-1] if re.search(r"[A-Z]s$", name) else name


def _is_kind(title: str, text: str) -> bool:
    """Whether what stands before the colon of a title says what the paper is on, LLMs or End-to-End ASR, and names nothing: an
    acronym of the field in the plural, or with words that the abstract has in small letters.
    """
    if title.endswith("s") and title[:-1] in load_acronyms():
        return True
    words = title.split()
    plain = [word for word in words if _singular(word) not in load_acronyms()]
    described = len(words) > 1 and len(plain) < len(words) and title not in text
    return described and all(_is_plain(word, text) for word in plain)


def _is_plain(word: str, text: str) -> bool:
    return bool(re.search(r"-[a-z]", word) or re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", text))


def _is_part(paper: Paper, span: Span) -> bool:
    """Whether a paper names a part of what it brings, or something beside it: what it introduces also, a loss or a block of its
    method, a benchmark to test that on. Not where its title has the name, what it is short for, or the word for such a thing.
    """
    text = paper.abstract or ""
    if _is_titled(paper.title, span.text):
        return False
    begin, end = sentence_at(text, span.start)
    before, behind = text[begin : span.start], text[span.end : end]
    if _BESIDES.search(before):
        return True
    part = _PART_BEFORE.search(before) or _PART_BEHIND.match(behind)
    if part and not re.search(re.escape(part[1][:6]), paper.title, re.IGNORECASE):
        return True
    if not says_data(paper, span) or _DATA.search(paper.title):
        return False
    return any(says_what_it_makes(text[start:stop]) for start, stop in split_sentences(text) if start < begin)


def _is_titled(title: str, name: str) -> bool:
    """Whether a title has a name, or words that it is short for: DiffPool of Differentiable Pooling."""
    short = re.sub(r"[^a-z0-9]", "", name.lower())
    words = re.findall(r"[a-z0-9]+", title.lower())
    runs = (
        words[start:stop] for start in range(len(words)) for stop in range(start + 2, min(len(words), start + 8) + 1)
    )
    return name in title or any(run[0][0] == short[0] and spells(run, short) for run in runs)


def _called(text: str) -> Iterator[Span]:
    """Names that follow `called` or `we propose`."""
    for pattern in (_CALLED, _PROPOSED, _NAMELY):
        for match in pattern.finditer(text):
            if not re.search(r"\bwe\b", match[0], re.IGNORECASE) and _OTHERS.search(text, 0, match.start()):
                continue
            short = _SHORTENED.match(text, match.end(1))
            if short and long_form(text[match.start(1) : short.start(1) - 1], short[1]) == 0:
                match = short
            elif (short := _SPELT.match(text, match.start(1))) and _capitals(short[1]) == short[2].upper():
                yield from _span(short, 2)
                continue
            yield from _span(match, 1)


def _bracketed(text: str) -> Iterator[Span]:
    """Names in brackets behind the words that they are short for, which the paper proposes and does not use only."""
    for match in _BRACKETED.finditer(text):
        words = match[1]
        start = long_form(words, match[2])
        before = _STRESSED.sub("", words) if start is None else words[:start]
        if not _ELSE.search(_NAMED.sub("", before)):
            yield from _span(match, 2)


def _span(match: re.Match[str], group: int) -> Iterator[Span]:
    name = _singular(match[group].rstrip(".,-/"))
    if is_name(name):
        yield Span(name, "abstract", match.start(group), match.start(group) + len(name))


def _capitals(text: str) -> str:
    return "".join(letter for letter in text if letter.isupper())


def long_form(text: str, short: str) -> int | None:
    """Where in the text the words begin that the short form at its end is of; None where its letters do not spell any.

    Letter after letter from the last, each at the nearest place before the one behind it, the first at the beginning of a word
    (Schwartz & Hearst 2003).
    """
    at, low = len(text), text.lower()
    letters = [letter for letter in short.removesuffix("s").lower() if letter.isalnum()]
    for number, letter in reversed(list(enumerate(letters))):
        at = low.rfind(letter, 0, at)
        while at > 0 and number == 0 and low[at - 1].isalnum():
            at = low.rfind(letter, 0, at)
        if at < 0:
            return None
    return at


def _stands_for(span: Span, text: str) -> Iterator[Key]:
    """What of the field's a name stands for: the words of its acronym, or those before its brackets if they are a term."""
    before = text[max(0, span.start - 120) : span.start].rstrip()
    words: Key = ()
    if before.endswith("("):
        start = long_form(before[:-1], span.text)
        words = key_of(before[start:]) if start is not None else ()
    if (words in _terms() and span.text.removesuffix("s").isupper()) or span.text.removesuffix("s") in load_acronyms():
        yield words or key_of(load_acronyms()[span.text.removesuffix("s")])


@cache
def _known() -> frozenset[str]:
    """Names that the field knows, which a title may hold without being theirs."""
    return frozenset(name for term in load_terms() for name in term.en)


@cache
def _terms() -> frozenset[Key]:
    return frozenset(key_of(en) for term in load_terms() for en in term.en if " " in en)


def is_name(words: str) -> bool:
    """Whether it is written as names are: with a capital inside a word, or a digit beside a capital; each word if it has one."""
    parts = words.split()
    if len(words) > _MOST_CHARACTERS or len(parts) > _MOST_WORDS:
        return False
    if re.search(r"\sv\d(?:\.\d)?$", words) and words[0].isupper():
        return True
    return any(_is_coined(part) for part in parts) and all(part[0].isupper() or _is_coined(part) for part in parts)


def _is_coined(word: str) -> bool:
    if len(word) < 3 or not re.search(r"[A-Z]", word):
        return False
    # Few-Shot and Fine-Tuning are words with a hyphen, not names: each part begins with a capital and goes on small.
    plain = all(re.fullmatch(r"[A-Z]?[a-z]+|[A-Z]", part) for part in re.split(r"[-/]", word) if part)
    return not plain and bool(re.search(r"[a-z0-9^+*][A-Z]|[A-Z][A-Z]|[A-Z]\w*\d|\d[A-Z]", word))
