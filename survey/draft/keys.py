"""Citation keys, and what a draft says of each paper it cites."""

from __future__ import annotations

import hashlib
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from itertools import count

from corpus.models import Paper
from corpus.sources.markup import entities_to_text
from survey.draft.models import Reference
from survey.draft.wording import Wording
from survey.wording import GLUE

# Characters of a title that a sentence can hold, and of a tag that is an acronym.
_LONG_TITLE, _ACRONYM = 70, 6
# Behind the first words of a title that is longer.
LEFT_OFF = " …"
# Tags of proceedings and journals that are no row of capitals.
_TAGS = {
    "aistats": "AISTATS",
    "arxiv": "arXiv",
    "automl": "AutoML",
    "corl": "CoRL",
    "corr": "CoRR",
    "ecmlpkdd": "ECML PKDD",
    "findings": "Findings of the ACL",
    "nature": "Nature",
    "neurips": "NeurIPS",
    "science": "Science",
    "siggraph": "SIGGRAPH",
}
# The letters that begin the older ids of the ACL Anthology, by which its records go: P18-1031 is a paper of ACL 2018.
# https://aclanthology.org/info/ids/
_ANTHOLOGY = {
    "C": "COLING",
    "D": "EMNLP",
    "E": "EACL",
    "I": "IJCNLP",
    "J": "Computational Linguistics",
    "K": "CoNLL",
    "L": "LREC",
    "N": "NAACL",
    "P": "ACL",
    "Q": "TACL",
    "R": "RANLP",
    "S": "SemEval",
    "U": "ALTA",
    "W": "Workshops of the ACL",
}
_WITH_WORKSHOPS = {"cvpr", "eccv", "iccv", "iclr", "icml", "neurips"}


def build_keys(papers: Sequence[Paper]) -> dict[str, str]:
    """Paper id -> citation key: first author, year and first telling word of the title, in ASCII: hu2022lora.

    Papers of one key get a, b, c, ... by id, so that the order of `papers` does not matter.
    """
    plain: dict[str, list[str]] = {}
    for paper in sorted(papers, key=lambda paper: paper.name):
        plain.setdefault(_plain_key(paper), []).append(paper.name)
    keys = {ids[0]: key for key, ids in plain.items() if len(ids) == 1}
    taken = set(plain)
    for key, ids in plain.items():
        if len(ids) > 1:
            # A letter may spell another paper's key, which is then passed over.
            free = (named for number in count() if (named := key + _letters(number)) not in taken)
            keys |= {paper_id: next(free) for paper_id in ids}
            taken.update(keys[paper_id] for paper_id in ids)
    return {paper.name: keys[paper.name] for paper in papers}


def _plain_key(paper: Paper) -> str:
    words = [_ascii(word) for word in re.findall(r"[^\W_]+", paper.title)]
    telling = next((word for word in words if len(word) > 1 and word not in GLUE), "")
    author = _ascii(_surname(paper.authors[0])) if paper.authors else ""
    # A key that began with a digit would be no key to some tools.
    return f"{author or 'anon'}{paper.year or ''}{telling}"


def authors_of(paper: Paper, words: Wording) -> str:
    """Hu et al. (2022), in the draft's language; the title in quotes for a paper without authors."""
    if not paper.authors:
        return words.title(short_title(paper.title))
    who = words.authors([_surname(author) for author in paper.authors])
    return words.beside(who, str(paper.year)) if paper.year else who


def short_title(title: str) -> str:
    """A title as a sentence can hold it: of a long one what stands before its colon, else its first words.

    >>> short_title("Riemannian Optimization: On the Many Ways of Going Down a Hill without a Map")
    'Riemannian Optimization'
    """
    if len(title) <= _LONG_TITLE:
        return title
    first = title.split(": ", 1)[0]
    return (
        first
        if len(first) <= _LONG_TITLE
        else textwrap.shorten(title, _LONG_TITLE, placeholder=LEFT_OFF, break_on_hyphens=False)
    )


def venue_of(paper: Paper) -> str | None:
    """The venue as people write it: records of proceedings give its tag, iclr or neurips, or a letter.

    >>> [venue_of(Paper(title="x", venue=venue)) for venue in ("iclrw", "nature", "P")]
    ['ICLR Workshops', 'Nature', 'ACL']
    """
    venue = (paper.venue or "").strip()
    if len(venue) == 1:
        return _ANTHOLOGY.get(venue.upper())
    if not re.fullmatch(r"[a-z]+", venue):
        return venue or None
    if venue[-1] == "w" and venue[:-1] in _WITH_WORKSHOPS:
        return f"{_written(venue[:-1])} Workshops"
    return _written(venue)


def _written(tag: str) -> str:
    return _TAGS.get(tag) or (tag.upper() if len(tag) <= _ACRONYM else tag.capitalize())


def _surname(author: str) -> str:
    """The family name: what stands before a comma, else the last word that is not Jr. or a numeral."""
    name = author.split(",")[0] if "," in author else author
    words = [word for word in name.split() if not re.fullmatch(r"(?:jr|sr|i{2,3}|iv)\.?|\d+", word, re.IGNORECASE)]
    return words[-1] if words else name


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", folded.lower())


def _letters(number: int) -> str:
    """0 -> a, 25 -> z, 26 -> aa."""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("a") + digit) + text
    return text


def text_digest(paper: Paper) -> str:
    """A digest of a paper's title and abstract: another one means that what a draft quoted may have changed."""
    return hashlib.sha256(f"{paper.title}\n{paper.abstract or ''}".encode()).hexdigest()[:12]


def build_reference(paper: Paper, key: str) -> Reference:
    """What a draft keeps of a paper that it cites as `key`."""
    return Reference(
        id=paper.name,
        key=key,
        title=entities_to_text(paper.title),
        authors=paper.authors,
        year=paper.year,
        venue=venue_of(paper),
        arxiv_id=paper.arxiv_id,
        doi=paper.doi,
        url=paper.url or _address(paper),
        code_url=paper.code_url,
        summary_by=paper.summary_by,
        digest=text_digest(paper),
    )


def _address(paper: Paper) -> str | None:
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{paper.arxiv_id}"
    return f"https://doi.org/{paper.doi}" if paper.doi else None
