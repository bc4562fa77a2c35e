"""The topics that are asked for at arXiv: those of `topics.toml` and the user's own.

A user's file has the same form. A topic in it with a bundled topic's key takes its place whole.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from corpus.errors import InputError, shorten
from corpus.models import clean_line

# The keys of survey/strategies.py, which stands above this floor; a test compares them.
STRATEGIES = ("efficient", "existing", "plug-and-play", "evaluation")
# Servers refuse addresses of more than some 8,000 bytes; once encoded, a longer query with categories and dates comes near.
MAX_QUERY = 2_000
MAX_NAME = 100

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
# https://arxiv.org/category_taxonomy: cs.CV, stat.ML, cond-mat.stat-mech, hep-th.
_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)*(\.[A-Za-z]+(-[a-z]+)*)?", re.ASCII)
# https://info.arxiv.org/help/api/user-manual.html#query_details
_FIELDS = {"ti", "au", "abs", "co", "jr", "cat", "rn", "id", "all", "submittedDate", "lastUpdatedDate"}
_OPERATORS = {"AND", "OR", "ANDNOT"}
_WORDS = re.compile(r"[()]|\[[^\]]*\]|[^\s()\[]+")
_REQUIRED = ("key", "en", "query", "strategy")
_OPTIONAL = ("zh", "categories", "direction")


@dataclass(frozen=True)
class Topic:
    """What to ask arXiv for: `query` in its query language, narrowed to papers that have one of `categories`.

    `strategy` and `direction` (where there is one) are keys of `survey/strategies.py`.
    """

    key: str
    en: str
    zh: str
    query: str
    categories: tuple[str, ...]
    strategy: str
    direction: str | None = None


class _Broken(Exception):
    """What is wrong in one entry: the `field` and `why`."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


def load_topics(extra: Path | None = None) -> dict[str, Topic]:
    """Key -> topic: the bundled ones in the order of their file, then those of the file `extra`, where there is one.

    Raises InputError for a file that cannot be read or used; the message names the topic and the field.
    """
    bundled = resources.files("corpus").joinpath("topics.toml").read_text("utf-8")
    topics = {topic.key: topic for topic in _parse(bundled, "the bundled topics.toml")}
    if extra is not None and (text := _read(extra)) is not None:
        topics |= {topic.key: topic for topic in _parse(text, str(extra))}
    return topics


def find_topics(names: Iterable[str], topics: Mapping[str, Topic]) -> list[Topic]:
    """The topics called `names`, each by its key or its English or Chinese name, without case, each once.

    Raises InputError for a name that no topic has.
    """
    called = {_plain(name): topic for topic in topics.values() for name in (topic.en, topic.zh)}
    called |= {_plain(topic.key): topic for topic in topics.values()}  # a key is meant before a name
    found: dict[str, Topic] = {}
    for name in names:
        topic = called.get(_plain(name))
        if topic is None:
            raise _unknown(name, called)
        found[topic.key] = topic
    return list(found.values())


def _unknown(name: str, called: Mapping[str, Topic]) -> InputError:
    near = difflib.get_close_matches(_plain(name), called, n=3, cutoff=0.5)
    keys = list(dict.fromkeys(called[one].key for one in near))
    meant = f"Did you mean {' or '.join(keys)}? " if keys else ""
    return InputError(f"there is no topic {shorten(name)!r}", f"{meant}`fourways harvest --topics` lists them all")


def _plain(name: str) -> str:
    """The name without case; spaces, underscores and hyphens are the same."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _read(path: Path) -> str | None:
    """The text of a user's file; None where there is no such file."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", "Save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "Check the file and its permissions") from error


def _parse(text: str, name: str) -> list[Topic]:
    """The topics of one file, called `name` in messages. Raises InputError."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"{name} is broken TOML ({why})", "Mend the line, or take the file away") from error
    entries = table.get("topic", [])
    if table.keys() - {"topic"} or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise InputError(f"{name} holds something else than topics", "Begin each topic with a line [[topic]]")
    topics: dict[str, Topic] = {}
    for number, entry in enumerate(entries, 1):
        try:
            topic = _topic(entry)
            if topic.key in topics:
                raise _Broken("key", "another topic of the file has it already")
        except _Broken as error:
            which = clean_line(entry["key"]) if isinstance(entry.get("key"), str) else ""
            where = f"topic {shorten(which)!r}" if which else f"topic number {number}"
            raise InputError(
                f"{name}, {where}, {shorten(error.field)}: {error.why}", "Mend this field; the others load then"
            ) from error
        topics[topic.key] = topic
    return list(topics.values())


def _topic(entry: Mapping[str, Any]) -> Topic:
    """One decoded entry as a topic. Raises _Broken."""
    for field in entry:
        if field not in _REQUIRED + _OPTIONAL:
            raise _Broken(field, f"not a field of a topic; there are {', '.join(_REQUIRED + _OPTIONAL)}")
    texts = {field: _text(entry, field) for field in (*_REQUIRED, "zh", "direction")}
    for field in _REQUIRED:
        if not texts[field]:
            raise _Broken(field, "missing")
    for field in ("key", "direction"):
        if texts[field] and not _KEY.fullmatch(texts[field]):
            raise _Broken(field, "only small letters, digits and single hyphens between them")
    if texts["strategy"] not in STRATEGIES:
        raise _Broken("strategy", f"{shorten(texts['strategy'])!r} is none of {', '.join(STRATEGIES)}")
    if why := check_query(texts["query"]):
        raise _Broken("query", why)
    return Topic(
        key=texts["key"],
        en=texts["en"],
        zh=texts["zh"] or texts["en"],
        query=texts["query"],
        categories=_categories(entry.get("categories", [])),
        strategy=texts["strategy"],
        direction=texts["direction"] or None,
    )


def _text(entry: Mapping[str, Any], field: str) -> str:
    """A field that is text, without space at its ends; "" where it is absent. Raises _Broken."""
    value = entry.get(field, "")
    if not isinstance(value, str):
        raise _Broken(field, "must be text in quotes")
    value = value.strip()
    if not value.isprintable():
        raise _Broken(
            field, "holds a line break or another control character (a backslash at a line's end joins lines)"
        )
    if field != "query" and len(value) > MAX_NAME:
        raise _Broken(field, f"longer than {MAX_NAME} characters")
    return " ".join(value.split())


def _categories(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Broken("categories", 'must be a list such as ["cs.CV", "cs.LG"]')
    for item in value:
        if not isinstance(item, str) or not _CATEGORY.fullmatch(item):
            raise _Broken("categories", f"{shorten(str(item))!r} is no arXiv category such as cs.CV")
    return tuple(dict.fromkeys(value))


def check_query(query: str) -> str | None:
    """The reason why arXiv could not answer a query (in its own language), or None. Looks at its form only."""
    if len(query) > MAX_QUERY:
        return f"longer than {MAX_QUERY} characters"
    if not query.isprintable():
        return "holds a line break or another control character"
    if query.count('"') % 2:
        return "a quotation mark has no partner"
    bare = re.sub(r'"[^"]*"', "x", query)
    depth = 0
    for char in bare:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
    if depth:
        return "a parenthesis has no partner"
    for field in re.findall(r"(\w+):", bare):
        if field not in _FIELDS:
            return f"{shorten(field)!r} is no field of arXiv's; there are {', '.join(sorted(_FIELDS))}"
    return _misplaced(_WORDS.findall(bare))


def _misplaced(words: Sequence[str]) -> str | None:
    """The reason why an operator or a closing parenthesis cannot stand where it does, or None."""
    before = "("
    for word in [*words, ")"]:
        if word in _OPERATORS or word == ")":
            if before in _OPERATORS:
                return f"nothing stands after {before}"
            if before == "(":
                return f"nothing stands before {word!r}"
        before = word
    return None
