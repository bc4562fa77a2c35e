"""Whether a model's sentence has the form of one that can stand in a survey: one statement, without markup, in nobody's voice."""

from __future__ import annotations

import re

from survey.llm.reading import Cited, Faults, Reading
from survey.llm.words import LEANING, OWN_VOICE
from survey.sentences import split_sentences

# Characters of a sentence; and how much longer than its quotes together it may be.
LENGTH = (25, 400)
_LONGER = 1.25
# The first words of a quote among which stands what it leans on.
_BEGINNING = 3

_MARKUP = re.compile(r"[<>\[\]{}\\`*_#|@^~$=&]|https?:|www\.|://", re.IGNORECASE)
_TYPOGRAPHY = frozenset("“”‘’–—…‐‑，。、；：？！（）《》「」·")
_QUOTATION = re.compile(r"“([^”]*)”|\"([^\"]*)\"|「([^」]*)」")
_STATEMENT = re.compile(r"[.。][\"”’)）」]*$")


def _has_markup(said: Reading, cited: Cited) -> bool:
    """Markup, addresses and odd signs, where they are not copied from a quote."""
    if not said.text.isprintable():
        return True
    copied = {token for quote in cited.quotes for token in quote.text.split()}
    signs = {c for quote in cited.quotes for c in quote.text} | _TYPOGRAPHY
    if any(
        _MARKUP.search(token) and token.rstrip(".,;:") not in {one.rstrip(".,;:") for one in copied}
        for token in said.text.split()
    ):
        return True
    return any(not c.isascii() and not c.isalpha() and c not in signs for c in said.text)


def _has_bad_length(said: Reading, cited: Cited) -> bool:
    quoted = sum(len(quote.text) for quote in cited.quotes)
    # A Chinese character says about as much as three letters.
    length = len(said.text) + 2 * sum("\u3400" <= c <= "\u9fff" for c in said.text)
    return not LENGTH[0] <= length <= LENGTH[1] or len(said.text) > _LONGER * quoted + 40


def _is_several(said: Reading, cited: Cited) -> bool:
    return len(split_sentences(said.text)) != 1


def _is_no_statement(said: Reading, cited: Cited) -> bool:
    return not _STATEMENT.search(said.text) or said.text[0].islower()


def _speaks_for_authors(said: Reading, cited: Cited) -> bool:
    return bool(OWN_VOICE.search(said.text))


def _leans(said: Reading, cited: Cited) -> bool:
    """Whether the sentence, or one of several quotes joined in it, begins with a word for what stood before."""
    if len(cited.quotes) > 1 and any(LEANING & _first_words(quote, _BEGINNING) for quote in cited.quotes):
        return True
    words = {word.text.casefold() for word in said.words}
    return bool(LEANING & _first_words(said, 1) or {"former", "latter"} & words)


def _first_words(text: Reading, number: int) -> set[str]:
    return {word.text.casefold() for word in text.words[:number]}


def _alters_quotation(said: Reading, cited: Cited) -> bool:
    """Whether words in quotation marks are not a quote's, letter for letter."""
    marked = [next(part for part in match.groups() if part is not None) for match in _QUOTATION.finditer(said.text)]
    odd = said.text.count('"') % 2 or said.text.count("“") != said.text.count("”")
    return bool(odd) or any(not any(part in quote.text for quote in cited.quotes) for part in marked)


FORM_FAULTS: Faults = (
    ("markup or odd signs", _has_markup),
    ("too long or too short", _has_bad_length),
    ("several sentences in one", _is_several),
    ("no statement", _is_no_statement),
    ("the authors' own voice", _speaks_for_authors),
    ("leaning on another sentence", _leans),
    ("a quotation altered", _alters_quotation),
)
