"""Text -> terms: what a paper is found by, and what a query looks up. Both sides go through the same rules.

Words are stemmed (Snowball English); names are not: a word with capitals inside, or with digits, is kept whole (LoRA, BERT,
ResNet-50), so that a stem never turns it into another word. A compound counts as its parts and as the joined word, so that
fine-tuning, finetuning and fine tuning find each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

# Letters and digits, joined by hyphen, slash or plus, or by a dot before a digit: fine-tuning, ViT-B/16, GPT-3.5.
_TOKEN = re.compile(r"[^\W_]+(?:(?:[-/+]|\.(?=\d))[^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
QUOTES = '"“”„«»'
_QUOTED = re.compile(f"[{QUOTES}]([^{QUOTES}]*)[{QUOTES}]")
# The typographic hyphens and dashes that stand inside words.
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-")
# Longer than any word or name: what is beyond is damage or an attack.
_LONGEST = 60
# BM25 over more words than this is slow and says no more than the first of them.
MAX_WORDS = 64

# Up to so many words, capitals are names: BERT, DARTS and PC-DARTS.
_FEW_NAMES = 3
# Beginnings that are written joined, with a hyphen and apart: finetuning, fine-tuning, fine tuning; dataset, data set.
_PREFIX = re.compile(
    r"(fine|pre|multi|cross|self|meta|semi|data|sub|few|zero|low|high|non|inter|intra|hyper|over)([a-z]{3,})"
)

# Words of questions and of glue, which say nothing about what a paper is about.
GLUE = frozenset(
    [
        "a",
        "about",
        "all",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "being",
        "between",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "each",
        "find",
        "for",
        "from",
        "get",
        "give",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "know",
        "like",
        "list",
        "looking",
        "make",
        "many",
        "may",
        "me",
        "might",
        "more",
        "most",
        "my",
        "need",
        "of",
        "on",
        "one",
        "or",
        "other",
        "our",
        "out",
        "over",
        "paper",
        "papers",
        "please",
        "recommend",
        "research",
        "show",
        "some",
        "studies",
        "study",
        "such",
        "suggest",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "used",
        "using",
        "via",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "whose",
        "why",
        "will",
        "with",
        "work",
        "works",
        "would",
        "you",
        "your",
    ]
)


class Analyser:
    """Cuts text into terms. Words seen before are looked up, which is what makes it fast. May be shared by threads."""

    def __init__(self) -> None:
        import Stemmer

        self._stem = Stemmer.Stemmer("english").stemWord
        self._known: dict[str, tuple[str, ...]] = {}

    def terms(self, text: str) -> list[str]:
        """The terms of `text`, in order, with repeats.

        >>> Analyser().terms("Fine-tuning adapters with LoRA")
        ['fine', 'tune', 'finetun', 'adapt', 'with', 'lora']
        """
        found: list[str] = []
        known = self._known
        for token in _TOKEN.findall(_plain(_calm(text))):
            if (terms := known.get(token)) is None:
                terms = known[token] = self.of_token(token)
            found += terms
        return found

    def of_token(self, token: str) -> tuple[str, ...]:
        """The terms of one token: its parts, and where there are several, all of them joined."""
        if len(token) > _LONGEST:
            return ()
        if han := _HAN.findall(token):
            return tuple(pair for run in han for pair in _pairs(run))
        parts = _PART.findall(token)
        if len(parts) == 1:
            return (self._term(parts[0]),)
        # A letter or a digit alone says nothing; in the joined word it does: R-Drop, GPT-4.
        terms = [self._term(part) for part in parts if len(part) > 1]
        joined = "".join(parts)
        terms.append(joined.lower() if any(is_name(part) for part in parts) else self._term(joined))
        return tuple(terms)

    def matches(self, text: str, wanted: frozenset[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """Where in `text` the words stand that have one of the `wanted` terms: `(start, end, all terms of the word)`, in characters
        and in order.

        >>> Analyser().matches("Fine-tuning of adapters", frozenset(["finetun", "adapt"]))
        [(0, 11, ('fine', 'tune', 'finetun')), (15, 23, ('adapt',))]
        """
        text = _calm(text)
        simple = text.isascii()
        found = []
        for match in _TOKEN.finditer(text if simple else text.translate(_HYPHENS)):
            token = match[0] if simple else _plain(match[0])
            if (terms := self._known.get(token)) is None:
                terms = self._known[token] = self.of_token(token)
            if not wanted.isdisjoint(terms):
                found.append((*match.span(), terms))
        return found

    def _term(self, word: str) -> str:
        lower = word.lower()
        return lower if is_name(word) or not lower.isascii() else str(self._stem(lower))

    def query(self, text: str) -> ParsedQuery:
        """What a query looks up; see ParsedQuery."""
        text = _plain(_calm(text))
        quotes = tuple(" ".join(quote.split()) for quote in _QUOTED.findall(text) if any(map(str.isalnum, quote)))
        tokens = query_words(text)
        terms: dict[str, float] = {}
        for token in tokens:
            for term in self.of_token(token):
                if term not in GLUE or term == token:  # the "to" of image-to-video
                    terms.setdefault(term, 1.0)
        # Typed in lower case a name looks like a word (darts, glue): the whole form is looked up beside its stem.
        variants = dict.fromkeys(token.lower() for token in tokens if token.isalpha() and token.lower() not in terms)
        for token in tokens:
            if (apart := _PREFIX.fullmatch(token)) is not None:
                variants |= dict.fromkeys(map(self._term, apart.groups()))
        # fine tuning is also looked up as finetuning: glue between two words parts them.
        for one, other in _neighbours(text):
            if one.lower() not in GLUE and other.lower() not in GLUE:
                variants.setdefault(self._term(one + other))
        return ParsedQuery(tuple(tokens), tuple(terms), tuple(term for term in variants if term not in terms), quotes)


@dataclass(frozen=True)
class ParsedQuery:
    """A query, cut up: its telling `tokens` as they were typed, the `terms` looked up, `variants` of them in other spellings,
    and `quotes`, phrases that a paper must hold word for word.
    """

    tokens: tuple[str, ...]
    terms: tuple[str, ...]
    variants: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()

    @cached_property
    def all_terms(self) -> frozenset[str]:
        return frozenset(self.terms) | frozenset(self.variants)


def query_words(text: str) -> list[str]:
    """The words of a query that tell something, without repeats, names as they are written and others in lower case; glue words
    only where there is nothing else.

    >>> query_words("What are the adapters used for LoRA?")
    ['adapters', 'LoRA']
    """
    found = [
        token if any(map(is_name, _PART.findall(token))) else token.lower() for token in _TOKEN.findall(_plain(text))
    ]
    words = list(dict.fromkeys(found))
    telling = [word for word in words if word not in GLUE]
    return (telling or words)[:MAX_WORDS]


def is_name(word: str) -> bool:
    """Whether a word is a name or an acronym, told by a capital after its first letter, or by a digit.

    >>> [is_name(word) for word in ("LoRA", "BERT", "mT5", "Adapters", "adapters")]
    [True, True, True, False, False]
    """
    return not (word.islower() or word[1:].islower()) or not word.isalpha()


def _calm(text: str) -> str:
    """A title all in capitals, in lower case (where that keeps its length): it would hold nothing but names."""
    lower = text.lower()
    return lower if text.isupper() and len(text.split()) > _FEW_NAMES and len(lower) == len(text) else text


def _plain(text: str) -> str:
    """`text` with compatibility forms and accents folded, and one kind of hyphen."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKD", text.translate(_HYPHENS))
    return "".join(char for char in folded if not unicodedata.combining(char)).translate(_HYPHENS)


def _pairs(run: str) -> Iterable[str]:
    """Chinese has no spaces: every two characters in a row are a term."""
    return [run] if len(run) == 1 else [run[n : n + 2] for n in range(len(run) - 1)]


def _neighbours(text: str) -> Iterator[tuple[str, str]]:
    """Words that stand beside each other with nothing but space between."""
    matches = list(_TOKEN.finditer(text))
    for one, other in pairwise(matches):
        if text[one.end() : other.start()].isspace() and one[0].isalpha() and other[0].isalpha():
            yield one[0], other[0]
