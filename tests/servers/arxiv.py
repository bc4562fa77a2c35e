"""arXiv's query API on the loopback: search_query, id_list, paging, sorting, and made-up papers to find."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

from servers.local import LocalServer, Reply


@dataclass(frozen=True)
class Record:
    """A made-up paper as arXiv keeps it. `arxiv_id` has no version; days are ISO."""

    arxiv_id: str
    title: str
    abstract: str = "We try it and say what happened."
    authors: tuple[str, ...] = ("Ada Byron", "Lin Wei")
    published: str = "2021-06-17"
    updated: str = "2021-10-16"
    categories: tuple[str, ...] = ("cs.LG", "cs.CL")
    comment: str = ""
    journal_ref: str = ""
    doi: str = ""
    version: int = 1


_WHAT = [
    "adapters",
    "prompts",
    "losses",
    "attention layers",
    "augmentations",
    "teachers",
    "benchmarks",
    "low-rank updates",
]
_HOW = ["Thin", "Frozen", "Plug-and-play", "Sparse", "Linear", "Mixed", "Parameter-efficient", "Gated", "Causal"]
_WHERE = ["image captioning", "video recognition", "few-shot parsing", "retrieval", "object discovery", "dialogue"]
_GIVEN = ["Ada", "Lin", "Noor", "José", "Mika", "Tove", "Ravi", "Zoë", "Émile", "Sana"]
_FAMILY = ["Byron", "Wei", "Haddad", "Núñez", "Virtanen", "Lund", "Iyer", "Müller", "Okafor", "Rossi"]
_FIELDS = ["cs.CL", "cs.CV", "cs.LG", "cs.AI", "stat.ML"]


def make_papers(count: int, seed: int = 0) -> list[Record]:
    """`count` plausible papers, the same for the same seed; each id and each title occurs once."""
    dice = random.Random(seed)
    return [_make_paper(number, dice) for number in range(1, count + 1)]


def _make_paper(number: int, dice: random.Random) -> Record:
    day = date(2019, 1, 1) + timedelta(days=dice.randrange(2_000))
    changed = day + timedelta(days=dice.choice([0, 0, 30, 200]))
    what, how, where = dice.choice(_WHAT), dice.choice(_HOW), dice.choice(_WHERE)
    fields = dice.sample(_FIELDS, dice.randint(1, 3))
    sentences = [
        f"We study {how.lower()} {what} for {where}, with experiment {number} of a series.",
        f"The network stays frozen and {dice.randint(1, 99)} thousand weights are trained.",
        f"On {dice.randint(2, 9)} data sets the result is {dice.choice(['better', 'equal', 'worse'])} than full tuning.",
    ]
    return Record(
        arxiv_id=f"{day:%y%m}.{number:05d}",
        title=f"{how} {what} for {where}: experiment {number}",
        abstract=" ".join(sentences * dice.randint(1, 3)),
        authors=tuple(f"{given} {dice.choice(_FAMILY)}" for given in dice.sample(_GIVEN, dice.randint(1, 6))),
        published=day.isoformat(),
        updated=changed.isoformat(),
        categories=tuple(fields),
        comment=f"{dice.randint(4, 40)} pages. Code: https://github.com/made-up/{what.split()[0]}-{number}.",
        journal_ref="Proceedings of the Made-up Meeting, 2022" if number % 7 == 0 else "",
        doi=f"10.5555/made-up.{number}" if number % 7 == 0 else "",
        version=1 if changed == day else 2,
    )


class ArxivServer(LocalServer):
    """Serves `entries`, at most `page_cap` a page. Troubles of its own: "empty", a page without entries before the end.

    Entries whose id is in `malformed` come with a broken date, those in `unsound` with broken XML. What is asked beyond
    `max_hits` is refused, as arXiv does.
    """

    path = "/api/query"

    def __init__(
        self,
        entries: Iterable[Record],
        *,
        page_cap: int = 2_000,
        max_hits: int = 30_000,
        malformed: Iterable[str] = (),
        unsound: Iterable[str] = (),
        **knobs: Any,
    ) -> None:
        super().__init__(**knobs)
        self.entries = list(entries)
        self.page_cap, self.max_hits = page_cap, max_hits
        self.malformed, self.unsound = set(malformed), set(unsound)

    def answer(self, asked: dict[str, str]) -> Reply:
        start, size = int(asked.get("start", "0")), int(asked.get("max_results", "10"))
        if start + size > self.max_hits:
            return error_reply("start and max_results reach too far", "start_too_large")
        try:
            found = self._find(
                asked.get("search_query", ""), [one for one in asked.get("id_list", "").split(",") if one]
            )
        except ValueError as error:
            return error_reply(str(error), str(error).replace(" ", "_"))
        key = {"lastUpdatedDate": "updated", "submittedDate": "published"}.get(asked.get("sortBy", ""))
        if key:
            descending = asked.get("sortOrder", "descending") == "descending"
            found = sorted(found, key=lambda entry: (getattr(entry, key), entry.arxiv_id), reverse=descending)
        page = found[start : start + min(size, self.page_cap)]
        return Reply(self._render(page, len(found), start))

    def _find(self, query: str, ids: list[str]) -> list[Record]:
        for one in ids:
            if not re.fullmatch(r"(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})(v\d+)?", one):
                raise ValueError(f"incorrect id format for {one}")
        wanted = {re.sub(r"v\d+$", "", one) for one in ids}
        accepts = read_query(query) if query else lambda entry: bool(ids)
        return [entry for entry in self.entries if accepts(entry) and (not ids or entry.arxiv_id in wanted)]

    def spoil(self, trouble: str, right: Reply) -> Reply | None:
        if trouble == "empty":
            return Reply(re.sub(rb"<entry>.*</entry>", b"", right.body, flags=re.DOTALL))
        return super().spoil(trouble, right)

    def _render(self, page: Sequence[Record], total: int, start: int) -> bytes:
        entries = [self._render_entry(entry) for entry in page]
        return render_feed(entries, total, start).encode()

    def _render_entry(self, entry: Record) -> str:
        text = render_entry(entry)
        if entry.arxiv_id in self.malformed:
            text = text.replace(f"<published>{entry.published}", "<published>yesterday")
        return text.replace("<summary>", "<summary>&broken ") if entry.arxiv_id in self.unsound else text


def render_feed(entries: Sequence[str], total: int | None = None, start: int = 0) -> str:
    """An Atom feed of rendered entries, in the form in which arXiv sends them."""
    return "\n".join(
        [
            "<?xml version='1.0' encoding='UTF-8'?>",
            '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"'
            ' xmlns="http://www.w3.org/2005/Atom">',
            "  <id>https://arxiv.org/api/AbCdEf</id>",
            "  <title>arXiv Query</title>",
            "  <updated>2024-01-01T00:00:00Z</updated>",
            f"  <opensearch:itemsPerPage>{len(entries)}</opensearch:itemsPerPage>",
            f"  <opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>",
            f"  <opensearch:startIndex>{start}</opensearch:startIndex>",
            *entries,
            "</feed>\n",
        ]
    )


def render_entry(entry: Record) -> str:
    """One `<entry>`, its elements in arXiv's order."""
    page = f"arxiv.org/abs/{entry.arxiv_id}v{entry.version}"
    optional = {"comment": entry.comment, "journal_ref": entry.journal_ref, "doi": entry.doi}
    parts = [
        f"<id>http://{page}</id>",
        f"<title>{escape(entry.title)}</title>",
        f"<updated>{entry.updated}T17:37:18Z</updated>",
        f'<link href="https://{page}" rel="alternate" type="text/html"/>',
        f"<summary>{escape(entry.abstract)}</summary>",
        *(f'<category term="{term}" scheme="http://arxiv.org/schemas/atom"/>' for term in entry.categories),
        f"<published>{entry.published}T17:37:18Z</published>",
        *(f"<arxiv:{name}>{escape(text)}</arxiv:{name}>" for name, text in optional.items() if text),
        f'<arxiv:primary_category term="{entry.categories[0]}"/>',
        *(f"<author>\n      <name>{escape(name)}</name>\n    </author>" for name in entry.authors),
    ]
    return "  <entry>\n    " + "\n    ".join(parts) + "\n  </entry>"


def error_reply(summary: str, anchor: str = "error", status: int = 400) -> Reply:
    """The feed in which arXiv says what is wrong with a query."""
    entry = (
        f"  <entry>\n    <id>https://arxiv.org/api/errors#{escape(anchor)}</id>\n    <title>Error</title>\n"
        f"    <summary>{escape(summary)}</summary>\n    <author>\n      <name>arXiv api core</name>\n    </author>\n  </entry>"
    )
    return Reply(render_feed([entry]).encode(), status)


# ---- the query language ----------------------------------------------------------------------------------------------

Test = Callable[[Record], bool]

_TOKEN = re.compile(r'\s*([()]|ANDNOT\b|AND\b|OR\b|(?:\w+:)?(?:"[^"]*"|\[[^\]]*\]|[^\s()]+))')


def read_query(text: str) -> Test:
    """The test that a `search_query` stands for. Raises ValueError where it is none."""
    tokens = [match[1] for match in _TOKEN.finditer(text)]
    test, rest = _read_any(tokens)
    if rest:
        raise ValueError(f"cannot read the query at {rest[0]}")
    return test


def _read_any(tokens: list[str]) -> tuple[Test, list[str]]:
    """Tests parted by operators, from left to right; without an operator, OR."""
    test, tokens = _read_one(tokens)
    while tokens and tokens[0] != ")":
        operator = tokens[0] if tokens[0] in ("AND", "OR", "ANDNOT") else ""
        other, tokens = _read_one(tokens[1:] if operator else tokens)
        test = _joined(operator or "OR", test, other)
    return test, tokens


def _joined(operator: str, one: Test, other: Test) -> Test:
    if operator == "OR":
        return lambda entry: one(entry) or other(entry)
    if operator == "AND":
        return lambda entry: one(entry) and other(entry)
    return lambda entry: one(entry) and not other(entry)


def _read_one(tokens: list[str]) -> tuple[Test, list[str]]:
    if not tokens or tokens[0] in (")", "AND", "OR", "ANDNOT"):
        raise ValueError("the query breaks off")
    if tokens[0] == "(":
        test, rest = _read_any(tokens[1:])
        if not rest:
            raise ValueError("a parenthesis is not closed")
        return test, rest[1:]
    field, _, value = tokens[0].partition(":") if re.match(r"\w+:", tokens[0]) else ("all", "", tokens[0])
    return _test(field, value.strip('"').lower()), tokens[1:]


def _test(field: str, value: str) -> Test:
    if field in ("submittedDate", "lastUpdatedDate"):
        match = re.fullmatch(r"\[(\d{8})\d{4} to (\d{8})\d{4}\]", value)
        if not match:
            raise ValueError(f"{value} is no range of days")
        name = "published" if field == "submittedDate" else "updated"
        return lambda entry: match[1] <= getattr(entry, name).replace("-", "") <= match[2]
    if field == "cat":
        pattern = re.compile(re.escape(value).replace(r"\*", ".*"), re.IGNORECASE)
        return lambda entry: any(pattern.fullmatch(name) for name in entry.categories)
    if field not in _TEXTS:
        raise ValueError(f"there is no field {field}")
    return lambda entry: _words(value) in _words(" ".join(str(text) for text in _TEXTS[field](entry)))


def _words(text: str) -> str:
    """The words of a text as arXiv compares them: without case and punctuation, side by side."""
    return " " + re.sub(r"\W+", " ", text.lower()).strip() + " "


_TEXTS: dict[str, Callable[[Record], Sequence[str]]] = {
    "ti": lambda entry: [entry.title],
    "abs": lambda entry: [entry.abstract],
    "au": lambda entry: entry.authors,
    "co": lambda entry: [entry.comment],
    "jr": lambda entry: [entry.journal_ref],
    "id": lambda entry: [entry.arxiv_id],
    "all": lambda entry: [
        entry.title,
        entry.abstract,
        *entry.authors,
        entry.comment,
        entry.journal_ref,
        entry.arxiv_id,
    ],
}
