"""Phrases: what can be a heading, read from titles and abstracts.

Candidates are runs of 1 to 4 words of the raw text, so that a phrase never jumps over a word that was left out; what a
part-of-speech tagger would say is read from what stands left and right of a phrase. Chinese works without a segmenter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.glossary import load_acronyms
from corpus.models import Paper
from survey.wording import (
    ADJECTIVE,
    ALIASES,
    BACKGROUND,
    CJK_BREAKS,
    COUNTABLE,
    DULL,
    DULL_ENDS,
    DULL_STARTS,
    GLUE,
    HEADS,
    KINDS,
    NOUNS_IN_ING,
    NOUNS_LIKE_ADJECTIVES,
    SOLO,
    STARTS_IN_ED,
    STARTS_IN_ING,
    VERB_MARKS,
)

Key = tuple[str, ...]

MAX_WORDS = 4
# A phrase that stands inside one longer phrase this often is a fragment of it.
NESTED = 0.7
# A phrase in less than this share of a group's papers does not name it.
LEAST_SHARE = 0.25
# A phrase in a title counts as much as one in so many abstracts: titles say what a paper is about.
TITLE_WEIGHT = 3.0

_CJK = r"\u3400-\u9fff\uf900-\ufaff"
# A command of LaTeX, a run of Chinese or Japanese, a word with its hyphens and dots, white space, or anything else.
_TOKEN = re.compile(
    rf"(?P<tex>\\[a-zA-Z]+)|(?P<cjk>[{_CJK}]+)|(?P<word>[^\W_{_CJK}]+(?:[-'’.][^\W_{_CJK}]+)*)|(?P<space>\s+)|(?P<mark>.)"
)
# A stretch of Chinese without particles.
_CHINESE = re.compile(rf"(?:(?!{CJK_BREAKS.pattern})[{_CJK}])+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+\.(?:com|org|io|net)\b\S*", re.IGNORECASE)
_ENDING = re.compile(r"(?<=\w{4})(?:ing|ions?|ers?|ed|s)$")
_SHORT = re.compile(r"\b[A-Z][A-Za-z]{2,5}\b")
_DEFINED = re.compile(r"\(([A-Z][A-Za-z-]{1,9})\)")


@dataclass
class _Seen:
    """What is known of one candidate: the weight in each paper, how it is written, and what stands around it."""

    papers: dict[int, float] = field(default_factory=dict)
    titles: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    title_forms: Counter[str] = field(default_factory=Counter)
    uses: int = 0
    free_left: int = 0
    free_right: int = 0
    as_verb: int = 0
    lefts: set[str] = field(default_factory=set)  # of Chinese: the characters before and behind it
    rights: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Phrases:
    """The candidates of a set of papers: `weights` (papers, phrases; 0 absent, 1 in the abstract, TITLE_WEIGHT in the title).

    `bonus`: how much like a heading each is; `least`: the share of a group's papers that must hold it to name the group.
    """

    keys: tuple[Key, ...]
    texts: tuple[str, ...]
    weights: Any  # scipy.sparse.csc_matrix, float64
    bonus: NDArray[np.float64]
    least: NDArray[np.float64]


def build_phrases(papers: Sequence[Paper]) -> Phrases:
    """The phrases of `papers` that can be headings; one that a single paper holds counts only among fewer than 8 papers."""
    from scipy.sparse import csc_matrix

    least = 2 if len(papers) >= 8 else 1
    short = _usual_acronyms(papers) | find_acronyms(papers)
    reader = _Reader(acronyms=short, pairs=_common_pairs(papers, least))
    for row, paper in enumerate(papers):
        reader.read(paper.title, row, is_title=True)
        if paper.abstract:
            reader.read(paper.abstract, row, is_title=False)
    kept = {key: one for key, one in reader.seen.items() if len(one.papers) >= least and _stands_free(one)}
    _drop_fragments(kept)
    keys = tuple(sorted(kept))
    cells = [(row, column, w) for column, key in enumerate(keys) for row, w in sorted(kept[key].papers.items())]
    rows, columns, values = zip(*cells, strict=True) if cells else ((), (), ())
    return Phrases(
        keys=keys,
        texts=tuple(_written(key, kept[key], reader.case, reader.acronyms) for key in keys),
        weights=csc_matrix((np.array(values, dtype=np.float64), (rows, columns)), shape=(len(papers), len(keys))),
        bonus=np.array([_bonus(key, kept[key]) for key in keys]),
        least=np.full(len(keys), LEAST_SHARE),
    )


def find_acronyms(papers: Sequence[Paper]) -> dict[str, Key]:
    """Acronym -> its long form, as the papers define them: `... visual question answering (VQA)`.

    Each word before the bracket, hyphenated ones parted, must give its first letter or letters: Low-Rank Adaptation (LoRA). After
    Schwartz & Hearst 2003.
    """
    found: dict[str, Counter[Key]] = defaultdict(Counter)
    for paper in papers:
        text = f"{paper.title}. {paper.abstract or ''}"
        for match in _DEFINED.finditer(text):
            short = _bare(match[1])
            letters = short.lower().replace("-", "")
            words = re.findall(r"[^\W_]+|[^\w\s-]", text[max(0, match.start() - 120) : match.start()].lower())
            counts = range(min(len(letters), len(words)), 1, -1)
            count = next((count for count in counts if _spell(words[-count:], letters)), 0)
            if count and sum(c.isupper() for c in short) >= 2:
                found[short][tuple(singular(word) for word in words[-count:])] += 1
    best = {short: min(forms.items(), key=lambda pair: (-pair[1], pair[0])) for short, forms in found.items()}
    # Defined once, it may be the name of one paper's own method; in a small set nothing is defined more often.
    least = 2 if len(papers) >= 40 else 1
    return {short: key for short, (key, uses) in best.items() if uses >= least}


def _usual_acronyms(papers: Sequence[Paper]) -> dict[str, Key]:
    """Those of the field's acronyms that stand in the papers, which need not define them: NER -> named entity recognition."""
    used = {_bare(word) for paper in papers for word in _SHORT.findall(f"{paper.title} {paper.abstract or ''}")}
    return {short: key_of(long) for short, long in load_acronyms().items() if short in used}


def _spell(words: Sequence[str], letters: str) -> bool:
    """Whether the letters are first letters of the words, at least one of each, in their order."""
    if not words or not letters:
        return not words and not letters
    ends = (end for end in range(1, len(letters) + 1) if words[0].startswith(letters[:end]))
    return any(_spell(words[1:], letters[end:]) for end in ends)


def singular(word: str) -> str:
    """The word without the plural's s, for comparing: `adapters` -> `adapter`, `studies` -> `study`, `bias` stays."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ias", "as", "os")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes", "zzes")) else word[:-1]


def key_of(name: str) -> Key:
    """The words of a name, lower case and singular."""
    return tuple(singular(word) for word in re.findall(r"[^\W_]+", name.lower()))


def overlaps(one: Key, other: Key) -> bool:
    """Whether one phrase holds all the words of the other, whatever their order and endings (prompts, visual prompting), and
    whatever it says it is (teacher networks, teacher models)."""
    stems, others = ({_ENDING.sub("", word) for word in key if word not in KINDS} or set(key) for key in (one, other))
    return stems <= others or others <= stems


@dataclass(frozen=True)
class _Word:
    text: str
    key: Key
    opens: bool  # the first word of a sentence, whose capital says nothing


@dataclass
class _Reader:
    """Gathers the candidates of texts in `seen`, and how each word is written inside sentences in `case`."""

    acronyms: Mapping[str, Key]
    pairs: frozenset[str]  # the pairs of Chinese characters that can be part of a candidate
    seen: dict[Key, _Seen] = field(default_factory=lambda: defaultdict(_Seen))
    case: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def read(self, text: str, row: int, *, is_title: bool) -> None:
        for run, before in _runs(_ADDRESS.sub(". ", text), self.acronyms):
            if not is_title:
                for word in run:
                    if not word.opens:
                        self.case[word.text.lower()][word.text] += 1
            for start in range(len(run)):
                for end in range(start + 1, min(start + MAX_WORDS, len(run)) + 1):
                    if one := self._note(run[start:end], row, is_title):
                        one.free_left += start == 0
                        one.free_right += end == len(run)
                        one.as_verb += start == 0 and before in VERB_MARKS
        self._read_chinese(text, row, is_title)

    def _note(self, words: Sequence[_Word], row: int, is_title: bool) -> _Seen | None:
        key = tuple(part for word in words for part in word.key)
        if not _is_nominal(words) or len(set(key)) < len(key):
            return None
        one = self._add(key, row, is_title)
        form = " ".join(word.text for word in words)
        if is_title:
            one.title_forms[form] += 1
        elif not words[0].opens:
            one.forms[form] += 1
        return one

    def _add(self, key: Key, row: int, is_title: bool) -> _Seen:
        one = self.seen[key]
        one.titles += is_title and row not in one.papers
        one.papers[row] = max(one.papers.get(row, 0.0), TITLE_WEIGHT if is_title else 1.0)
        one.uses += 1
        return one

    def _read_chinese(self, text: str, row: int, is_title: bool) -> None:
        """Stretches of 2 to 8 characters between particles: without spaces, a word is known by its neighbours."""
        for part in _CHINESE.finditer(text):
            for start in range(part.start(), part.end() - 1):
                for end in range(start + 2, min(start + 8, part.end()) + 1):
                    if text[end - 2 : end] not in self.pairs:
                        break
                    key = tuple(text[start:end])
                    if len(set(key)) == len(key):
                        one = self._add(key, row, is_title)
                        one.lefts.add(text[start - 1 : start])
                        one.rights.add(text[end : end + 1])


def _common_pairs(papers: Sequence[Paper], least: int) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters in at least `least` papers: no longer stretch is in more papers than its pairs."""
    counts: Counter[str] = Counter()
    for paper in papers:
        text = f"{paper.title} {paper.abstract or ''}"
        parts = (part[0] for part in _CHINESE.finditer(text))
        counts.update({part[at : at + 2] for part in parts for at in range(len(part) - 1)})
    return frozenset(pair for pair, n in counts.items() if n >= least)


def _runs(text: str, acronyms: Mapping[str, Key]) -> Iterator[tuple[list[_Word], str]]:
    """Runs of words between punctuation and glue words, each with the word before it ('' after punctuation)."""
    run: list[_Word] = []
    before, opens = "", True
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "space":
            continue
        if kind == "word" and token.lower() not in GLUE:
            run.append(_Word(token, _key(token, acronyms), opens))
            opens = False
            continue
        if run:
            yield run, before
            run = []
        before = token.lower() if kind == "word" else ""
        opens = kind == "mark" and token in {".", "!", "?", ":"}
    if run:
        yield run, before


def _key(token: str, acronyms: Mapping[str, Key]) -> Key:
    if (bare := _bare(token)) in acronyms:
        return acronyms[bare]
    lower = token.lower()
    return tuple(singular(part) for part in ALIASES.get(lower, lower).split("-") if part)


def _is_nominal(words: Sequence[_Word]) -> bool:
    """Whether the words can be a noun phrase, by their endings and by word lists."""
    first, last = words[0].text.lower(), words[-1].text.lower()
    if any(word.text.isdigit() or len(word.text) < 2 or word.text.lower().endswith("ly") for word in words):
        return False
    # A lone word with a digit is the name of a data set or of somebody's model: CIFAR-100, GPT-3.
    if len(words) == 1 and (
        any(c.isdigit() for c in last)
        or (len(words[0].key) == 1 and (singular(last) in DULL or last in DULL or len(last) < 3))
    ):
        return False
    if (
        first in DULL_STARTS
        or last in DULL_ENDS
        or singular(last) in DULL_ENDS
        or last.endswith(("ed", "'s", "’s", "n't"))
    ):
        return False
    if ADJECTIVE.search(last) and last not in NOUNS_LIKE_ADJECTIVES:
        return False
    ends_in_ing = last.endswith("ing") and last.rpartition("-")[2] not in NOUNS_IN_ING
    starts_as_verb = len(words) > 1 and first.endswith("ing") and first not in STARTS_IN_ING and "-" not in first
    starts_in_ed = first.endswith("ed") and "-" not in first and first not in STARTS_IN_ED
    return not (ends_in_ing or starts_as_verb or starts_in_ed)


def _stands_free(one: _Seen) -> bool:
    """Whether the phrase is often enough a whole: bounded at both ends, and not mostly an infinitive.

    A stretch of Chinese that always has the same neighbour is a part of a longer word (Harris 1955).
    """
    if one.lefts:
        return len(one.lefts) > 1 and len(one.rights) > 1
    if one.uses < 2:
        return one.free_right > 0 and not one.as_verb
    return one.free_right >= 0.45 * one.uses and one.free_left >= 0.2 * one.uses and one.as_verb < 0.3 * one.uses


def _drop_fragments(kept: dict[Key, _Seen]) -> None:
    """Remove each phrase that hardly ever stands without one and the same longer phrase around it."""
    longest: dict[Key, int] = defaultdict(int)
    for key, one in kept.items():
        for start in range(len(key)):
            for end in range(start + 1, len(key) + 1):
                if end - start < len(key):
                    longest[key[start:end]] = max(longest[key[start:end]], one.uses)
    for key in [key for key, one in kept.items() if longest[key] >= NESTED * one.uses]:
        del kept[key]


def _written(key: Key, one: _Seen, case: Mapping[str, Counter[str]], acronyms: Mapping[str, Key]) -> str:
    """The phrase as it is mostly written, long form before acronym and plural before singular, each word in its usual case."""
    if is_chinese(key[0]):
        return "".join(key)
    seen = one.forms or one.title_forms
    full = {form: n for form, n in seen.items() if not any(_bare(word) in acronyms for word in form.split())}
    short = min((short for short, long in acronyms.items() if long == key), default="")
    # Papers that write nothing but the acronym leave its words to the field.
    spelt = {load_acronyms()[short]: 1} if not full and short in load_acronyms() else {}
    forms = full or spelt or dict(seen) or {" ".join(key): 1}
    most = max(forms.values())
    countable = 0.1 if key[-1] in COUNTABLE else 0.5
    plural = {form: n for form, n in forms.items() if singular(form) != form and n >= countable * most}
    best = min(plural or forms, key=lambda form: (-forms[form], form))
    text = " ".join(_usual(word, case) for word in best.split())
    if not short or short.lower() in text.lower():
        return text
    many = singular(text) != text and one.forms[f"{short}s"] > 0.25 * one.forms[short]
    return f"{text} ({short}s)" if many else f"{text} ({short})"


def is_chinese(text: str) -> bool:
    """Whether the text begins with a Chinese character."""
    return "\u3400" <= text[:1] <= "\u9fff"


def _bare(word: str) -> str:
    """An acronym without its plural's s: `CNNs` -> `CNN`."""
    return word.removesuffix("s") if word[-2:-1].isupper() else word


def _usual(word: str, case: Mapping[str, Counter[str]]) -> str:
    """The word as abstracts mostly write it inside sentences; small where they do not have it, but for a capital inside (LoRA)."""
    stressed = all(part[1:].islower() or len(part) < 2 for part in word.split("-"))
    forms = case.get(word.lower())
    if not forms:
        return word.lower() if stressed else word
    most = min(forms, key=lambda form: (-forms[form], form))
    # A capital for stress (Prompt Tuning) is given up where others do without; one that all write (Gaussian, LoRA) stays.
    if stressed and forms[word.lower()] >= 0.2 * forms.total():
        return word.lower()
    if stressed and "-" in most:
        known = case.keys() | GLUE
        return "-".join(_usual(part, case) if part.lower() in known else part for part in most.split("-"))
    return most


def _bonus(key: Key, one: _Seen) -> float:
    """How much like a heading a phrase is, whatever the group.

    Longer phrases say more (1 + .35 for each further word); heads that name a task or a method are headings more often; what
    stands in abstracts but hardly in titles is a tool or a circumstance, not a subject.
    """
    length = min(len(key), 4) if key[0].isascii() else 1 + len(key) / 4
    head = 1.3 if key[-1] in HEADS else 0.8
    lone = 1.0 if len(key) > 1 else 0.7 if key[-1] in SOLO else 0.05
    if len(key) == 1 and key[-1] not in SOLO and one.titles < 2:
        return 0.0
    background = 0.4 if key in BACKGROUND else 1.0
    titled = min(1.0, 0.2 + 2.5 * one.titles / len(one.papers))
    return float((1 + 0.35 * (length - 1)) * head * lone * background * titled)
