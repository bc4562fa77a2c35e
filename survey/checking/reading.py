"""A draft as the check sees it, whatever its format: statements with the keys they cite and the words they quote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from corpus.sources.markup import entities_to_text
from survey.draft.keys import LEFT_OFF
from survey.export.blocks import CHINESE, CUT, OTHERS, PAPERS, REFERENCES
from survey.sentences import split_sentences

# A sentence of fewer words says nothing that needs a citation: a label, or what is left of a list.
FEWEST_WORDS = 4
# In straight marks anything may stand; so many words are a quote.
QUOTED_WORDS = 5

CITATION = re.compile(r"\[(-?@[^\s;\],]+(?:[;,]\s*-?@[^\s;\],]+)*)\]|(?<![\w\\@])@([A-Za-z][\w:-]*(?:\.\w+)*)")
# The end of an item that is `Somebody: “a quote” [@key]`.
WHOLE_QUOTE = re.compile(r"[:：]\s*“(.*)”\s*\[(?:-?@[^\]]+)\]\s*$", re.DOTALL)
_KEY = re.compile(r"@([^\s;\],]+)")
# Behind a heading that a sentence in Chinese names.
SECTION = "一节"
_STRAIGHT = re.compile(r'"([^"]+)"|``(.+?)\'\'')
_BESIDE_CHINESE = re.compile(r" (?=[\u3000-\u9fff\uff00-\uffef])|(?<=[\u3000-\u9fff\uff00-\uffef]) ")
# Behind a quote, after its citations: a word in small letters or in Chinese, or a mark of the sentence that it stands in.
_GOES_ON = re.compile(r"(?:\s*\[[^\]]*\])*\s*[a-z(,.;:)，；：（）、。→\u3400-\u9fff]")
_HELD = re.compile(r"\[§(\d+)\]|“§(\d+)[.!?]?”")


@dataclass(frozen=True)
class Words:
    """Words in quotation marks. `span` (source, start, end) where the file says it, for the paper `key`."""

    text: str
    key: str | None = None
    span: tuple[str, int, int] | None = None


@dataclass(frozen=True)
class Statement:
    """A sentence, a cell or an item: where it stands, its text without citations, the keys it cites and the words it quotes.

    `claims`: it says something that needs a citation. `is_quote`: all of it must be the quote that it cites.
    """

    where: str
    text: str
    keys: tuple[str, ...] = ()
    words: tuple[Words, ...] = ()
    claims: bool = True
    is_quote: bool = False


@dataclass(frozen=True)
class Named:
    """A reference as a file names it; the first of these that the library knows is the paper."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Reading:
    """`loose`: words are compared by letters and digits only, as the format has its own way with marks."""

    statements: Sequence[Statement]
    references: Mapping[str, Named] = field(default_factory=dict)
    loose: bool = False


# How our drafts call a list of papers, and their list of references, in small letters.
LISTINGS = tuple(label for one in (PAPERS, OTHERS) for label in (one, CHINESE[one]))
_REFERENCES = {REFERENCES.lower(), CHINESE[REFERENCES]}


def is_references(heading: str) -> bool:
    return heading.strip().lower() in _REFERENCES


def plain(text: str) -> str:
    """A text as it is compared: spaces beside Chinese tell nothing, nor do entities of HTML."""
    return _BESIDE_CHINESE.sub("", " ".join(entities_to_text(text).split()))


def uncut(words: str) -> str:
    """The words of a quote without the dots that stand for their beginning, or for the end of a long title."""
    return words.removeprefix(CUT).removesuffix(LEFT_OFF)


# Marks of citations that are only what a paper says, while citations are read: private characters, which no paper has.
_HIDDEN = {"[": "\ue05b", "]": "\ue05d", "@": "\ue040"}
_SHOWN = {ord(hidden): mark for mark, hidden in _HIDDEN.items()}


def hide(text: str) -> str:
    """The text with marks that no citation is read in."""
    return text.translate({ord(mark): hidden for mark, hidden in _HIDDEN.items()})


def show(text: str) -> str:
    """The text as it was before `hide`."""
    return text.translate(_SHOWN)


def read_paragraph(text: str, where: str) -> Iterator[Statement]:
    """The sentences of a paragraph in which citations stand as [@key; @other], at the end of a sentence or after it."""
    held: list[str] = []
    text = _hold(text, held)
    sentences: list[list[str]] = []
    for start, end in split_sentences(text):
        part = text[start:end]
        # A citation that follows a full stop is the citation of the sentence before.
        while sentences and (leading := re.match(r"\[§\d+\]\s*", part)):
            sentences[-1].append(leading[0])
            part = part[leading.end() :]
        if part:
            sentences.append([part])
    for parts in sentences:
        yield _statement(" ".join(parts), held, where)


def read_item(text: str, where: str) -> Iterator[Statement]:
    """The statements of an item of a list; one that is `Somebody: “a quote” [@key]` must be that quote."""
    whole = WHOLE_QUOTE.search(text)
    if not whole:
        yield from read_paragraph(text, where)
        return
    keys, said = keys_in(text[text.rindex("[") :]), uncut(show(whole[1]))
    yield Statement(where, said, keys, (Words(said, keys[0] if len(keys) == 1 else None),), is_quote=True)


def keys_in(text: str) -> tuple[str, ...]:
    """The keys that a text cites, each once."""
    found = [key for match in CITATION.finditer(text) for key in _KEY.findall(match[0])]
    return tuple(dict.fromkeys(key.strip("{}") for key in found))


def quoted_words(text: str) -> list[tuple[int, int]]:
    """Where words stand in “...”, pairs of marks inside others left to the outer ones; (start, end) with the marks."""
    spans, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char == "“":
            start, depth = (at, 1) if depth == 0 else (start, depth + 1)
        elif char == "”" and depth:
            depth -= 1
            if depth == 0:
                spans.append((start, at + 1))
    return spans


def _hold(text: str, held: list[str]) -> str:
    """The text with its citations and quotes put aside, so that their full stops end no sentence."""

    def keep(kept: str) -> int:
        held.append(kept)
        return len(held) - 1

    parts, last = [], 0
    for start, end in quoted_words(text):
        inner = text[start + 1 : end - 1]
        # A title that asks ends no sentence where this one goes on.
        stop = inner[-1:] if inner[-1:] in ".!?" and not _GOES_ON.match(text, end) else ""
        parts += [text[last:start], f"“§{keep(inner)}{stop}”"]
        last = end
    text = "".join([*parts, text[last:]])
    return CITATION.sub(lambda match: f"[§{keep(match[0])}]" if match[1] else match[0], text)


def _statement(text: str, held: Sequence[str], where: str) -> Statement:
    keys: list[str] = []
    words: list[Words] = []

    def restore(match: re.Match[str]) -> str:
        if match[1]:
            keys.extend(keys_in(held[int(match[1])]))
            return ""
        # A heading of the draft is no paper's.
        if not match.string.startswith(SECTION, match.end()):
            words.append(Words(uncut(show(held[int(match[2])]))))
        return f"“{held[int(match[2])]}”"

    said = re.sub(r"\s+(?=[.,;:!?)）；，。])", "", " ".join(_HELD.sub(restore, text).split()))
    keys += keys_in(said)
    plain = _HELD.sub(" ", text)
    for match in _STRAIGHT.finditer(plain):
        inner = match[1] or match[2]
        if len(inner.split()) >= QUOTED_WORDS:
            words.append(Words(uncut(show(inner))))
    claims = len(re.findall(r"[^\W_]+", said)) >= FEWEST_WORDS or bool(re.search(r"[\u3400-\u9fff]{6}", said))
    return Statement(where, show(said), tuple(dict.fromkeys(keys)), tuple(words), claims)
