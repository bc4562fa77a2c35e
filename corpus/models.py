"""The shapes that cross module borders. All are frozen: change one by `model_copy(update=...)`."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# Longer than any real title or abstract; a record beyond them is damaged or hostile and is skipped with this reason.
MAX_ID = 300
MAX_TITLE = 1_000
MAX_ABSTRACT = 50_000
MAX_NOTE = 100_000
MAX_TAG = 100

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def clean_text(value: object) -> object:
    """One line of valid Unicode: white space collapsed, control characters and lone surrogates removed.

    What is no string is handed back as it is, for the model to judge.
    """
    return clean_line(value) if isinstance(value, str) else value


def clean_line(text: str) -> str:
    """`clean_text` for what is known to be a string."""
    text = " ".join(text.split())  # first: an abstract's line breaks alone would have each of its characters looked at
    if not text.isprintable():
        text = " ".join("".join(c if c.isprintable() else _stand_in(c) for c in text).split())
    return text


def clean_lines(text: str) -> str:
    """`clean_line`, but line breaks and the space inside lines are kept."""
    lines = text.replace("\t", "    ").splitlines()
    return "\n".join("".join(c if c.isprintable() else _stand_in(c) for c in line).rstrip() for line in lines).strip()


def _stand_in(char: str) -> str:
    """A control character parts words; a soft hyphen, a zero-width mark or half a surrogate pair stands inside one."""
    return "" if unicodedata.category(char) in ("Cf", "Cs") else " "


def _absent_if_blank(value: object) -> object:
    cleaned = clean_text(value)
    return None if cleaned == "" else cleaned


def _clean_list(value: object) -> object:
    """`_clean_names` without repeats."""
    cleaned = _clean_names(value)
    return tuple(dict.fromkeys(cleaned)) if isinstance(cleaned, tuple) else cleaned


def _clean_names(value: object) -> object:
    """A list of clean, non-empty strings; null reads as empty, as many exports write it. Two authors may have one name."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        return value
    if not all(item is None or isinstance(item, str) for item in value):
        return value
    return tuple(cleaned for item in value if item and (cleaned := clean_line(item)))


def _day(value: object) -> object:
    """The day of an ISO time stamp: `2021-06-17T17:37:18Z` or `2021-06-17 17:37` -> `2021-06-17`."""
    cleaned = _absent_if_blank(value)
    return cleaned[:10] if isinstance(cleaned, str) and re.match(r"^\d{4}-\d{2}-\d{2}[T ]", cleaned) else cleaned


Text = Annotated[str | None, BeforeValidator(_absent_if_blank)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_clean_list)]
Names = Annotated[tuple[str, ...], BeforeValidator(_clean_names)]
Day = Annotated[Annotated[str, Field(pattern=_DATE)] | None, BeforeValidator(_day)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    def to_json(self) -> dict[str, Any]:
        """The model as plain JSON values; absent and empty fields are left out."""
        dumped = self.model_dump(mode="json")
        return {key: value for key, value in dumped.items() if value not in (None, [], "")}


class Paper(Frozen):
    """One paper, or one record of it. Only `title` is required.

    `id` is the name the paper goes by: the one it was given, else one made of its arXiv id, DOI or title.
    `arxiv_id` has no version. `summary_by` marks an abstract that is not the authors' own but a summary by the one named.
    `strategies` and `directions` are keys of `survey/strategies.py`, where somebody has placed the paper by hand.
    """

    id: Text = Field(default=None, max_length=MAX_ID)
    arxiv_id: Text = Field(default=None, max_length=40)
    doi: Text = Field(default=None, max_length=MAX_ID)
    title: Annotated[str, BeforeValidator(clean_text)] = Field(min_length=1, max_length=MAX_TITLE)
    abstract: Text = Field(default=None, max_length=MAX_ABSTRACT)
    authors: Names = ()
    year: int | None = Field(default=None, ge=1500, le=2200)
    venue: Text = Field(default=None, max_length=300)
    categories: Texts = ()
    keywords: Texts = ()
    url: Text = Field(default=None, max_length=2_000)
    code_url: Text = Field(default=None, max_length=2_000)
    published: Day = None
    updated: Day = None
    summary_by: Text = Field(default=None, max_length=100)
    strategies: Texts = ()
    directions: Texts = ()

    @property
    def name(self) -> str:
        """The paper's id; every paper that comes out of the library has one."""
        return self.id or self.title


class Citation(Frozen):
    """`citing` has `cited` in its bibliography. Ids of any kind that the library knows."""

    citing: str = Field(min_length=1, max_length=MAX_ID)
    cited: str = Field(min_length=1, max_length=MAX_ID)


class Note(Frozen):
    """What somebody wrote about a paper. `created` is an ISO time stamp in UTC; `source` the file it was read in."""

    paper_id: str
    text: str = Field(min_length=1, max_length=MAX_NOTE)
    created: str
    source: str | None = None


class Hit(Frozen):
    """One paper found by a search, with its fused `score` (higher is better) and `why` it was found.

    Keys of `why`, each only where it applies: `words` of the query that stand in the paper; `marks`, field (title, abstract) ->
    `(start, end)` pairs of characters that matched; `bm25`, `lexical_rank`; `cosine`, `dense_rank`; `fulltext_rank`; `citations`,
    how many papers here cite it; `cited_by_hits` and `cites_hits`, ids of other hits; `parts`, what each signal adds to the
    score; `rerank`, the cross-encoder's score.
    """

    paper: Paper
    score: float
    why: dict[str, Any] = Field(default_factory=dict)


class Filters(Frozen):
    """What a paper must be to be found; an absent field lets everything through. Years are inclusive."""

    year_from: int | None = None
    year_to: int | None = None
    venue: str | None = None
    category: str | None = None
    strategy: str | None = None
    tag: str | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in self.__dict__.values())


class SearchRequest(Frozen):
    """All that is asked in one search: words, papers to be near to (`like`) or far from (`unlike`; ids), and what is let through.

    `mode` is hybrid, lexical or dense; `rerank` names a cross-encoder that orders the first hits anew.
    """

    query: str = ""
    k: int = 10
    filters: Filters = Filters()
    mode: str = "hybrid"
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    rerank: str | None = None


class Answer(Frozen):
    """What a search found, best first. `searched_for` is what was looked up: the query, its Chinese in English.

    `facets`: field (year, venue, strategy, category) -> `(value, count)` pairs, most first (years in order), counted over the
    `counted` best candidates; empty where they were not asked for.
    """

    hits: tuple[Hit, ...] = ()
    searched_for: str = ""
    facets: dict[str, tuple[tuple[str, int], ...]] = Field(default_factory=dict)
    counted: int = 0


class Place(Frozen):
    """A paper's place under a direction: `weight` in 0..1, and who put it there (`source`: hand or computed)."""

    strategy: str
    direction: str
    weight: float
    source: str


ConceptKind = Literal["method", "task", "dataset"]
EdgeKind = Literal["introduces", "uses", "addresses", "evaluates_on", "improves", "combines"]


class Concept(Frozen):
    """A method, task or data set that papers speak of. `key` is the kind and the name in small letters.

    `forms` are its spellings, the most used first, acronyms among them; `zh` its Chinese name; `curated`: it stands in
    `corpus/terms.tsv`, and was not mined.
    """

    key: str
    kind: ConceptKind
    name: str
    forms: tuple[str, ...] = ()
    zh: str | None = None
    curated: bool = False


class Mention(Frozen):
    """What a paper does with a concept, and the words that say so: characters `start` to `stop` of its `field`.

    `paper` is the paper's key in the library, `concept` the concept's; `weight` in 0..1, how sure it is.
    """

    paper: int
    concept: str
    edge: EdgeKind
    weight: float
    field: Literal["title", "abstract"]
    start: int
    stop: int
