"""A draft's references as reference managers know them: kind of publication, names in parts, ids and an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from corpus.identity import canonical_id
from corpus.sources.markup import entities_to_text
from survey.draft.keys import short_title
from survey.draft.models import Reference
from survey.draft.wording import Wording

Kind = Literal["article", "inproceedings", "misc"]

# An address is a link only if it holds nothing but an address.
SAFE_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/?=&%+:,;@()-]*)?")
_PREPRINT = re.compile(r"arxiv|corr\b|preprint|(?:bio|med|psy)rxiv", re.IGNORECASE)
_JOURNAL = re.compile(
    r"journal|transactions|\btrans\b|letters|magazine|nature|science|review|survey|annals|neurocomputing|\bacm comput\b|"
    r"\b(?:j|int|lang|linguist|intell|syst|res|technol)\.|\b(?:jmlr|tmlr|tpami|pami|ijcv|tacl|jair|neco|mlj|ftml|tip|tnnls)\b",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?:jr|sr)\.?|i{2,3}|iv", re.IGNORECASE)
# A list of references shows no more names of one paper.
_MOST_AUTHORS = 10
# Words of which no person's name is made, but many a group's.
_FIRM = {"&", "and", "for", "of", "und"}
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Name:
    """A person; or, where `family` holds the whole, a group or a name of one word."""

    family: str
    given: str = ""
    suffix: str = ""

    @property
    def turned(self) -> str:
        """Family, Given; with a suffix Family, Jr., Given."""
        return ", ".join(part for part in (self.family, self.suffix, self.given) if part)


@dataclass(frozen=True)
class Record:
    """One reference. `address` is a link that is safe to follow, or None."""

    reference: Reference
    kind: Kind
    names: tuple[Name, ...]
    arxiv_id: str | None
    doi: str | None
    address: str | None


def build_record(reference: Reference) -> Record:
    """What the draft knows of a paper, sorted into the fields of a reference manager."""
    ids = [canonical_id(text) for text in (reference.id, reference.url or "") if text]
    address = reference.url if reference.url and SAFE_ADDRESS.fullmatch(reference.url) else None
    return Record(
        reference=reference,
        kind=_kind(reference.venue),
        names=tuple(split_name(author) for author in reference.authors),
        arxiv_id=reference.arxiv_id or _bare(ids, "arxiv:"),
        doi=reference.doi or _bare(ids, "doi:"),
        address=address,
    )


def split_name(author: str) -> Name:
    """A name in parts; particles in small letters belong to the family name. A firm's name is one part.

    >>> split_name("Laurens van der Maaten")
    Name(family='van der Maaten', given='Laurens', suffix='')
    """
    parts = [part.strip() for part in author.split(",") if part.strip()]
    if len(parts) > 1:
        suffix = parts[1] if len(parts) > 2 and _SUFFIX.fullmatch(parts[1]) else ""
        return Name(parts[0], parts[-1], suffix)
    words = author.split()
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    if len(words) < 2 or _FIRM & set(words):
        return Name(author.strip())
    first = next((n for n, word in enumerate(words[1:-1], 1) if word[0].islower()), len(words) - 1)
    return Name(" ".join(words[first:]), " ".join(words[:first]), suffix)


def short_name(reference: Reference, words: Wording | None = None) -> str:
    """How a text, in English or in the language of `words`, speaks of a paper: Hu et al. (2022); by its title, where it has no
    authors.
    """
    words = words or Wording()
    who = _who(reference, words) or words.title(short_title(reference.title))
    return words.beside(who, str(reference.year)) if reference.year else who


def row_name(reference: Reference, words: Wording | None = None) -> str:
    """What a table calls a paper that has a column for its year: LoRA: Low-Rank Adaptation (Hu et al.)."""
    words = words or Wording()
    who, title = _who(reference, words), entities_to_text(reference.title)
    return words.beside(title, who) if who else title


def authors_line(reference: Reference) -> str:
    """The authors in a row; of very many the first."""
    some = reference.authors if len(reference.authors) <= _MOST_AUTHORS else reference.authors[: _MOST_AUTHORS - 2]
    return ", ".join(some) + (" et al." if len(some) < len(reference.authors) else "")


def ids_of(reference: Reference) -> list[str]:
    """arXiv:2106.09685, doi:10.1000/1: the ids that its address does not show."""
    record = build_record(reference)
    shown = (record.address or "").lower()
    ids = (("arXiv", record.arxiv_id), ("doi", record.doi))
    return [f"{kind}:{one}" for kind, one in ids if one and one.lower() not in shown]


def _who(reference: Reference, words: Wording) -> str:
    return words.authors([split_name(author).family for author in reference.authors])


def short_address(address: str) -> str:
    """An address as it is shown where there is little room: the end of it, which names the page or the repository."""
    parts = [part.removesuffix(".git") for part in address.split("//", 1)[-1].split("/") if part]
    return "/".join(parts[1:3]) if len(parts) > 2 else parts[-1]


def is_cjk(text: str) -> bool:
    """Whether there is a Chinese, Japanese or Korean character in it."""
    return bool(_CJK.search(text))


def _kind(venue: str | None) -> Kind:
    if not venue or _PREPRINT.search(venue):
        return "misc"
    return "article" if _JOURNAL.search(venue) else "inproceedings"


def _bare(ids: list[str], kind: str) -> str | None:
    return next((known.removeprefix(kind) for known in ids if known.startswith(kind)), None)
