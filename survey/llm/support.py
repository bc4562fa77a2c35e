"""Whether a sentence of a model says only what the quotes it cites say.

What a program can tell of that: every number, name, claim, denial and reserve is the quotes' own, nearly all words are, what is
set against each other keeps its order, and no quote is cited for nothing. A sentence for which that does not hold is not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from survey.llm.reading import Reading, Word, denies, keeps_order, line_of
from survey.llm.words import HEDGES, JOINING, LEANING, NUMBERS, OWN_VOICE
from survey.sentences import split_sentences

# Characters of a sentence; and how much longer than its quotes together it may be.
LENGTH = (25, 400)
_LONGER = 1.25
# The least share of a sentence's words that the cited quotes must bear; the others must stand in the cited papers.
SHARE = 0.8
# The least share of a cited quote's words that the sentence must say.
USED = 1 / 3
_FEWEST = 2
# The first words of a quote among which stands what it speaks of.
_LEADS = 3

_MARKUP = re.compile(r"[<>\[\]{}\\`*_#|@^~$=&]|https?:|www\.|://", re.IGNORECASE)
_TYPOGRAPHY = frozenset("“”‘’–—…‐‑，。、；：？！（）《》「」·")
_QUOTATION = re.compile(r"“([^”]*)”|\"([^\"]*)\"|「([^」]*)」")
_STATEMENT = re.compile(r"[.。][\"”’)）」]*$")


@dataclass(frozen=True)
class Cited:
    """What a sentence may draw on: the `quotes` it cites, and the stems of all words in the titles and abstracts they come from."""

    quotes: tuple[Reading, ...]
    around: frozenset[str]

    @property
    def stems(self) -> frozenset[str]:
        return frozenset().union(*(quote.stems for quote in self.quotes))


def find_fault(text: str, cited: Cited) -> str | None:
    """Why a sentence that cites these quotes must not be used, in a few words for counting; None where nothing is found.

    >>> find_fault("LoRA freezes 7 layers of the model.", Cited((Reading("LoRA freezes 5 layers of the model."),), frozenset()))
    'a number that no quote bears'
    """
    said = Reading(text)
    return next((fault for fault, holds in _FAULTS if holds(said, cited)), None)


# ---- form ------------------------------------------------------------------------------------------------------------


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
    words = [word.text.casefold() for word in said.words]
    return bool(words) and (words[0] in LEANING or "former" in words or "latter" in words)


def _alters_quotation(said: Reading, cited: Cited) -> bool:
    """Whether words in quotation marks are not a quote's, letter for letter."""
    marked = [next(part for part in match.groups() if part is not None) for match in _QUOTATION.finditer(said.text)]
    odd = said.text.count('"') % 2 or said.text.count("“") != said.text.count("”")
    return bool(odd) or any(not any(part in quote.text for quote in cited.quotes) for part in marked)


# ---- content ---------------------------------------------------------------------------------------------------------


def _has_new_number(said: Reading, cited: Cited) -> bool:
    return bool(set(said.numbers) - {number for quote in cited.quotes for number in quote.numbers})


def _has_new_name(said: Reading, cited: Cited) -> bool:
    if said.words and said.words[0].opens and _opens_with_name(said.words[0], cited):
        return True
    if any(word.is_name and not _is_borne(word.text, cited) for word in said.words):
        return True
    # GPT-3 is no name of a quote that has GPT-4 and a 3.
    tokens = {word.token: [other for other in said.words if other.token == word.token] for word in said.words}
    return any(
        _is_compound_name(parts) and not any(Reading(token).spaced in quote.spaced for quote in cited.quotes)
        for token, parts in tokens.items()
    )


def _opens_with_name(word: Word, cited: Cited) -> bool:
    """A capital at a sentence's beginning may hide a name: the word must be known."""
    known = word.text.casefold()
    if any(form.casefold() == known and not form[1:].islower() for quote in cited.quotes for form in quote.forms):
        return not _is_borne(word.text, cited)
    return not (
        known in JOINING
        or line_of(known) is not None
        or known in HEDGES
        or known in NUMBERS
        or denies(known)
        or word.text.isdigit()
        or word.stem in cited.stems
    )


def _is_borne(name: str, cited: Cited) -> bool:
    """Whether a quote has the name, spelled so; capitals may differ only where the quote has none inside."""
    bare = name.removesuffix("s") if name[-2:-1].isupper() else name
    for quote in cited.quotes:
        if {name, bare, f"{name}s"} & quote.forms:
            return True
        if any(form.casefold() == name.casefold() and form[1:].islower() for form in quote.forms):
            return True
    return False


def _is_compound_name(parts: Sequence[Word]) -> bool:
    digits = any(c.isdigit() for part in parts for c in part.text)
    letters = any(c.isalpha() for part in parts for c in part.text)
    return len(parts) > 1 and letters and (digits or sum(part.is_name for part in parts) > 1)


def _makes_new_claim(said: Reading, cited: Cited) -> bool:
    return bool(said.claims - frozenset().union(*(quote.claims for quote in cited.quotes)))


def _changes_denial(said: Reading, cited: Cited) -> bool:
    """Whether something is denied that no quote denies, or that a quote denies and the sentence says without denying it."""
    quoted = [act for quote in cited.quotes for act in quote.denials]
    if any(not any(act.is_of(other) for other in quoted) for act in said.denials):
        return True
    for quote in cited.quotes:
        dropped = [act for act in quote.denials if not any(other.is_of(act) for other in said.denials)]
        if any((act.on - _stems_beside(quote, cited)) & said.stems for act in dropped):
            return True
    return False


def _changes_change(said: Reading, cited: Cited) -> bool:
    """Whether something grows, improves or the like that does not in the quotes."""
    quoted = [act for quote in cited.quotes for act in quote.changes]
    return any(not any(act.is_of(other) for other in quoted) for act in said.changes)


def _drops_reserve(said: Reading, cited: Cited) -> bool:
    return any(quote.hedged for quote in cited.quotes) and not said.hedged


def _has_new_words(said: Reading, cited: Cited) -> bool:
    content = [word for word in said.words if _says_something(word)]
    claims = frozenset().union(*(quote.claims for quote in cited.quotes))
    new = [word for word in content if word.stem not in cited.stems and line_of(word.text) not in claims]
    if len(content) - len(new) < _FEWEST or len(new) > (1 - SHARE) * len(content):
        return True
    return any(word.stem not in cited.around for word in new)


def _says_something(word: Word) -> bool:
    form = word.text.casefold()
    return not (form in JOINING or form in HEDGES or denies(form) or word.text.isdigit() or form in ("t", "s"))


def _cites_for_nothing(said: Reading, cited: Cited) -> bool:
    """Whether a cited quote is hardly said; where several are, also whether what one of them speaks of is left out.

    That stands among its first words, those that the others do not have.
    """
    for quote in cited.quotes:
        content = set(quote.content)
        if len(content & said.stems) < max(_FEWEST, USED * len(content)):
            return True
        leads = {word.stem for word in [word for word in quote.words if _is_lead(word)][:_LEADS]}
        own = leads - _stems_beside(quote, cited)
        if len(cited.quotes) > 1 and own and not own & said.stems:
            return True
    return False


def _stems_beside(quote: Reading, cited: Cited) -> frozenset[str]:
    """The stems of the other quotes."""
    return frozenset().union(*(other.stems for other in cited.quotes if other is not quote))


def _is_lead(word: Word) -> bool:
    return _says_something(word) and line_of(word.text) is None and not OWN_VOICE.search(word.text)


def _mixes_quotes(said: Reading, cited: Cited) -> bool:
    """Whether the sentence goes back to a quote that it had left: then one quote's subject may have got another's verb."""
    owners = [owner for owner in _owners(said, cited) if owner is not None]
    left = [owner for owner, after in pairwise([*owners, None]) if owner != after]
    return len(left) != len(set(left))


def _owners(said: Reading, cited: Cited) -> list[int | None]:
    """For each word that says something the number of the one quote that bears it, None where several do or none."""
    found: list[int | None] = []
    for word in said.words:
        bearers = [number for number, quote in enumerate(cited.quotes) if word.stem in quote.stems]
        found.append(bearers[0] if len(bearers) == 1 and _says_something(word) else None)
    return found


def _changes_order(said: Reading, cited: Cited) -> bool:
    """Whether numbers or telling words stand in another order than in a quote: who did what to whom goes by that.

    Of several quotes, each is held against the stretch from its first to its last own word.
    """
    owners = _owners(said, cited)
    for number, quote in enumerate(cited.quotes):
        own = [at for at, owner in enumerate(owners) if owner == number]
        part = said.words[own[0] : own[-1] + 1] if own and len(cited.quotes) > 1 else said.words
        items = [word.stem for word in part if word.is_name or _is_lead(word)]
        if not keeps_order(said.numbers, quote.numbers) or not keeps_order(items, [w.stem for w in quote.words]):
            return True
    return False


_FAULTS: Sequence[tuple[str, Callable[[Reading, Cited], bool]]] = (
    ("markup or odd signs", _has_markup),
    ("too long or too short", _has_bad_length),
    ("several sentences in one", _is_several),
    ("no statement", _is_no_statement),
    ("the authors' own voice", _speaks_for_authors),
    ("leaning on another sentence", _leans),
    ("a quotation altered", _alters_quotation),
    ("a number that no quote bears", _has_new_number),
    ("a name that no quote bears", _has_new_name),
    ("a denial or limit more or less", _changes_denial),
    ("a claim that no quote makes", _makes_new_claim),
    ("a change that no quote tells", _changes_change),
    ("a reserve left out", _drops_reserve),
    ("too few of the quotes' words", _has_new_words),
    ("a quote cited for nothing", _cites_for_nothing),
    ("quotes mixed", _mixes_quotes),
    ("another order", _changes_order),
)
