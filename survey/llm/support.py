"""Whether a sentence of a model says only what the quotes it cites say.

What a program can tell of that: every number, name, claim, denial and reserve is the quotes' own, nearly all words are, what is
set against each other keeps its order, and no quote is cited for nothing. A sentence for which that does not hold is not used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from survey.llm.form import FORM_FAULTS
from survey.llm.reading import Cited, Faults, Reading, Word, denies, keeps_order, line_of
from survey.llm.words import CONDITION, HEDGES, JOINING, NUMBERS, OWN_VOICE

# The least share of a sentence's words that the cited quotes must bear; the others must stand in the cited papers.
SHARE = 0.8
# The least share of a cited quote's words that the sentence must say.
USED = 1 / 3
_FEWEST = 2
# The first words of a quote among which stands what it speaks of.
_LEADS = 3


def find_fault(text: str, cited: Cited) -> str | None:
    """Why a sentence that cites these quotes must not be used, in a few words for counting; None where nothing is found.

    >>> find_fault("LoRA freezes 7 layers of the model.", Cited((Reading("LoRA freezes 5 layers of the model."),), frozenset()))
    'a number that no quote bears'
    """
    said = Reading(text)
    return next((fault for fault, holds in _FAULTS if holds(said, cited)), None)


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
    kept = [
        act
        for quote in cited.quotes
        for act in quote.denials
        if (act.on - _stems_beside(quote, cited)) & said.stems or any(other.is_of(act) for other in said.denials)
    ]
    if any(not any(other.is_of(act) for other in said.denials) for act in kept):
        return True
    # One denial of the sentence stands for one of the quotes'.
    counts = Counter(act.line for act in kept)
    counts.subtract(act.line for act in said.denials)
    return max(counts.values(), default=0) > 0


def _changes_change(said: Reading, cited: Cited) -> bool:
    """Whether something grows, improves or the like that does not in the quotes."""
    quoted = [act for quote in cited.quotes for act in quote.changes]
    return any(not any(act.is_of(other) for other in quoted) for act in said.changes)


def _drops_reserve(said: Reading, cited: Cited) -> bool:
    return any(quote.hedged for quote in cited.quotes) and not said.hedged


def _halves_contrast(said: Reading, cited: Cited) -> bool:
    """Whether a quote takes something back, as after "but", and the sentence leaves that out."""
    for quote in cited.quotes:
        if turned := quote.turned:
            content = set(turned.content)
            if len(content & said.stems) < min(_FEWEST, len(content)):
                return True
    return False


def _drops_condition(said: Reading, cited: Cited) -> bool:
    """Whether what holds only if or when something is so is said without that."""
    for quote in cited.quotes:
        for match in CONDITION.finditer(quote.text):
            content = set(Reading(match[1] or match[2] or "").content)
            if content and not content & said.stems:
                return True
    return False


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
        leads = [word for word in quote.words if _is_lead(word)][:_LEADS]
        named = [word for word in leads if word.is_name]
        own = {word.stem for word in named or leads} - _stems_beside(quote, cited)
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


_FAULTS: Faults = (
    *FORM_FAULTS,
    ("a number that no quote bears", _has_new_number),
    ("a name that no quote bears", _has_new_name),
    ("a denial or limit more or less", _changes_denial),
    ("a claim that no quote makes", _makes_new_claim),
    ("a change that no quote tells", _changes_change),
    ("a reserve left out", _drops_reserve),
    ("too few of the quotes' words", _has_new_words),
    ("half of a contrast", _halves_contrast),
    ("a condition left out", _drops_condition),
    ("a quote cited for nothing", _cites_for_nothing),
    ("quotes mixed", _mixes_quotes),
    ("another order", _changes_order),
)
