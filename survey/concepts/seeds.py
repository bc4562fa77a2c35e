"""The curated terms as forms to look for: the table that search translates by, read as names of methods, tasks and data sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from corpus.glossary import load_terms
from corpus.models import ConceptKind
from survey.concepts.text import cut
from survey.concepts.words import GENERAL

Form = tuple[str, ...]

# What is looked for is no longer than this.
MAX_WORDS = 6


@dataclass
class Group:
    """One thing with all its forms (words as `text.normal` has them). `kind` None: it is no method, task or data set, and is
    known so that nothing in it is taken for one."""

    name: str
    kind: ConceptKind | None
    forms: dict[Form, None] = field(default_factory=dict)
    zh: tuple[str, ...] = ()
    curated: bool = False
    # It stands for this only where a capital says so: Replica, Adam.
    capital: frozenset[Form] = frozenset()


def joined(form: Form) -> str:
    """What forms of one spelling have in common: fine-tuning, fine tuning and finetuning are `finetuning`."""
    return form[0] if len(form) == 1 else "".join(form).replace("^", "")


def load_seeds() -> list[Group]:
    """The rows of `corpus/terms.tsv`, in its order; each anew, for mining adds forms to them."""
    return [
        Group(name, kind, dict.fromkeys(forms), zh, curated=True, capital=capital)
        for name, kind, forms, zh, capital in _rows()
    ]


@cache
def _rows() -> tuple[tuple[str, ConceptKind | None, tuple[Form, ...], tuple[str, ...], frozenset[Form]], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[str, ConceptKind | None, tuple[Form, ...], tuple[str, ...], frozenset[Form]]]:
    taken: set[str] = set()
    for term in load_terms():
        forms, capital = [], set()
        for text in term.en:
            form = tuple(cut(text))
            if form and len(form) <= MAX_WORDS and joined(form) not in taken:
                taken.add(joined(form))
                forms.append(form)
                if len(form) == 1 and text[0].isupper() and not form[0].endswith("^"):
                    capital.add(form)
        if forms:
            kind = None if term.kind == "concept" or term.en[0] in GENERAL else term.kind
            yield term.en[0], kind, tuple(forms), term.zh, frozenset(capital)
