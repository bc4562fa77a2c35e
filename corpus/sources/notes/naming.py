"""The names that papers go by in people's notes: ids, titles with slips in them, and short names such as `CoOp` or `VPT`.

`build_names` makes the look-up, `Names.resolve` finds the paper that a mention means, `Names.find` the names in running text.
All of it is pure but `load_table`, which reads the bundled list of well-known names.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib import resources
from typing import Generic, NamedTuple, TypeVar

from corpus.identity import aliases, author_key, canonical_id, title_key
from corpus.models import Paper
from corpus.sources.notes.titles import GENERIC, is_coined, split_prefix

Key = TypeVar("Key", bound=Hashable)

# A title as long as this is taken for the same with a slip in it (`objec-centric`), or with its end left out.
_LONG = 24
_NEAR = 0.93
_NAME_WORDS = 5
_TOKEN = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ɏ]+(?:\+{1,2}(?![A-Za-z0-9+]))?")
_JOINTS = {" ", "-", ".", "_", "'", "’", "‐", "‑", "^"}
_SMALL = {"a", "an", "the", "of", "for", "in", "on", "with", "to", "and", "via", "by", "using", "from", "as", "is"}
_SIZE = re.compile(
    r"(?:base|large|small|tiny|huge|giant|[BLSTHGM]|XL|XXL|[A-UW-Za-uw-z]\d{1,3}|\d{2,4}|\d+[BMK])$", re.IGNORECASE
)
_VERSION = re.compile(r" ?[vV]\d|[ -]\d(?:\.\d)?(?![\w%])")


@dataclass(frozen=True)
class Mention:
    """A place in somebody's notes that speaks of a paper.

    `ids` are canonical. `title` is surely meant to be one; `name` is a short name, or a line that may be a title: it counts only
    where `Names` knows it. `passage` is the text around; `headings` those above it, outermost first; `line` counts from 1.
    """

    ids: tuple[str, ...] = ()
    title: str | None = None
    name: str | None = None
    code_url: str | None = None
    passage: str = ""
    headings: tuple[str, ...] = ()
    line: int = 0


class Spot(NamedTuple):
    """A name found in running text, from `start` to `end`, and the key of the paper that goes by it."""

    name: str
    key: Hashable
    start: int
    end: int


class Entry(NamedTuple):
    """A line of the table: `name` goes by for the paper `id`; `alone`: only where it stands by itself, as in a heading.

    The id `-` marks a system that has no paper here and whose name holds another's: `Grounding DINO` is not `DINO`.
    """

    name: str
    id: str
    alone: bool = False


@dataclass(frozen=True)
class _Form(Generic[Key]):
    """A spelling of a short name. `free`: it is found in running text; `loose`: in any case of letters."""

    text: str
    tokens: tuple[str, ...]
    key: Key | None
    free: bool
    loose: bool
    listed: bool


def load_table() -> list[Entry]:
    """The bundled names of well-known systems."""
    text = resources.files("corpus").joinpath("starter/names.tsv").read_text("utf-8")
    cells = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return [Entry(name, paper, bool(rest)) for name, paper, *rest in cells]


def build_names(records: Iterable[tuple[Key, Paper]], table: Iterable[Entry] = ()) -> Names[Key]:
    """The look-up over all records. Of two records of one paper the first one's key is given; so put the library's first."""
    names: Names[Key] = Names()
    for key, paper in records:
        names.add(key, paper)
    for entry in table:
        names.add_entry(entry)
    return names


class Names(Generic[Key]):
    """Which paper is meant. What could mean two papers means none."""

    def __init__(self) -> None:
        self._ids: dict[str, Key] = {}
        self._schemes: set[tuple[Key, str]] = set()
        self._titles: dict[str, tuple[Key, str, int | None] | None] = {}
        self._parts: dict[str, Key | None] = {}
        self._code: dict[str, Key | None] = {}
        self._forms: dict[str, list[_Form[Key]]] = {}
        self._starts: set[str] = set()
        self._all: list[tuple[str, str, Key]] = []
        self._near: dict[str, list[int]] | None = None
        self._sorted: list[tuple[str, int]] | None = None

    # ---- filling it ------------------------------------------------------------------------------------------------------

    def add(self, key: Key, paper: Paper) -> None:
        """Know the paper by its ids, its title and the short names that its title and abstract give it."""
        known, folded = aliases(paper), title_key(paper.title)
        author = author_key(paper.authors)
        same = next((self._ids[alias] for alias in known if alias in self._ids), None)
        if same is None and folded in self._titles:
            held = self._titles[folded]
            same = held[0] if held and (held[1] == author or not held[1] or not author) else None
        key = key if same is None else same
        for alias in known:
            self._ids.setdefault(alias, key)
            if alias.startswith(("arxiv:", "acl:")):
                self._schemes.add((key, alias.split(":")[0]))
        self._add_title(folded, key, author, paper)
        if paper.code_url:
            for address in _code_addresses(paper.code_url):
                _put(self._code, address, key)
        self._add_short_names(key, paper)

    def _add_title(self, folded: str, key: Key, author: str, paper: Paper) -> None:
        if not folded:
            return
        held = self._titles.setdefault(folded, (key, author, paper.year))
        if held is None or held[0] != key:
            if len(folded) < _LONG:  # two papers of one short title: it names neither
                self._titles[folded] = None
            return
        self._all.append((folded, paper.title, key))
        self._near = self._sorted = None

    def _add_short_names(self, key: Key, paper: Paper) -> None:
        prefix, rest = _parts_of(paper.title)
        if prefix:
            coined = is_coined(prefix) and prefix not in GENERIC and len(prefix) > 2
            self._add_form(prefix, key, free=coined)
            if len(rest.split()) >= 4:
                _put(self._parts, title_key(rest), key)
        for name in re.findall(r"[（(]([^()（）\s]{2,15})[)）]", paper.title):
            if is_coined(name) and name not in GENERIC:
                self._add_form(name, key, free=True)
        for name in _introduced(paper):
            self._add_form(name, key, free=True)
        for word in paper.keywords:
            if is_coined(word) and word not in GENERIC:
                self._add_form(word, key, free=False)

    def add_entry(self, entry: Entry) -> None:
        """Know a paper by a listed name, which stands above what titles give; nothing, where the paper is not there."""
        key = self._ids.get(canonical_id(entry.id))
        if key is not None or entry.id == "-":
            self._add_form(entry.name, key, free=not entry.alone, listed=True)

    def _add_form(self, name: str, key: Key | None, free: bool, listed: bool = False) -> None:
        tokens = tuple(_TOKEN.findall(name))
        folded = "".join(tokens).casefold()
        if len(folded) < 2 or len(tokens) > _NAME_WORDS + 1:
            return
        form = _Form(name, tokens, key, free, _is_loose(tokens), listed)
        forms = self._forms.setdefault(folded, [])
        if form not in forms:
            forms.append(form)
        self._starts.update(folded[:length] for length in (1, 2, 3))

    # ---- asking it -------------------------------------------------------------------------------------------------------

    def resolve(self, mention: Mention) -> Key | None:
        """The key of the paper that the mention means, by id, title, code or name, in this order."""
        for alias in mention.ids:
            if alias in self._ids:
                return self._ids[alias]
        if mention.ids:  # a known title under an id that is not known; a short name would be too little
            key = self._by_title(mention.title) if mention.title and len(title_key(mention.title)) >= 12 else None
            return None if key is None or self._is_contradicted(key, mention.ids) else key
        if mention.title and (key := self._by_title(mention.title)) is not None:
            return key
        for address in _code_addresses(mention.code_url) if mention.code_url else ():
            if (key := self._code.get(address)) is not None:
                return key
        if mention.name:
            return self._by_name(mention.name, strict=bool(mention.code_url))
        return None

    def _is_contradicted(self, key: Key, ids: tuple[str, ...]) -> bool:
        """Whether the paper has another id of the same kind: then it is another paper, whatever its title."""
        return any((key, alias.split(":")[0]) in self._schemes for alias in ids)

    def _by_name(self, name: str, strict: bool = False) -> Key | None:
        key = self._by_form(name, strict)
        return self._by_title(name) if key is None and not strict else key

    def _by_form(self, name: str, strict: bool = False) -> Key | None:
        """The paper of a short name that stands by itself; `strict`: only if it would be found in running text as well."""
        tokens = _TOKEN.findall(name)
        if any(char.isalnum() and not char.isascii() for char in _TOKEN.sub("", name)):
            return None
        forms = [form for form in self._forms.get("".join(tokens).casefold(), ()) if form.free or not strict]
        return _meaning([form for form in forms if form.text == name] or forms)

    def _by_title(self, title: str) -> Key | None:
        folded = title_key(title)
        if (held := self._titles.get(folded)) is not None:
            return held[0]
        bare = re.sub(r"\s*[（(][^()（）]{1,60}[)）]\s*$", "", title)
        if bare != title and bare and (key := self._by_title(bare)) is not None:
            return key
        prefix, rest = _parts_of(title)
        if (key := self._parts.get(folded)) is not None or (key := self._by_form(title)) is not None:
            return key
        if rest and len(rest.split()) >= 4 and (held := self._titles.get(title_key(rest))) is not None:
            return held[0]
        for guess in (self._by_start(title, folded), self._by_likeness(title, folded), self._by_prefix(prefix, rest)):
            if guess is not None:
                return guess
        return None

    def _by_start(self, title: str, folded: str) -> Key | None:
        """The one title that begins so; for titles of which the end was left out."""
        if len(folded) < _LONG or len(_words(title)) < 5:
            return None
        if self._sorted is None:
            self._sorted = sorted((held, index) for index, (held, _, _) in enumerate(self._all))
        at = bisect_left(self._sorted, (folded, -1))
        keys = {self._all[index][2] for held, index in self._sorted[at : at + 4] if held.startswith(folded)}
        return keys.pop() if len(keys) == 1 else None

    def _by_likeness(self, title: str, folded: str) -> Key | None:
        """The one title that is the same but for slips of the pen."""
        if len(folded) <= _LONG:
            return None
        found = {self._all[index][2] for index in self._candidates(folded) if _is_slip(title, folded, self._all[index])}
        return found.pop() if len(found) == 1 else None

    def _candidates(self, folded: str) -> Iterator[int]:
        if self._near is None:
            self._near = defaultdict(list)
            for index, (held, _, _) in enumerate(self._all):
                if len(held) > _LONG:
                    self._near[held[:10]].append(index)
                    self._near[held[-10:]].append(index)
        seen = dict.fromkeys(self._near.get(folded[:10], [])[:500] + self._near.get(folded[-10:], [])[:500])
        return (index for index in seen if abs(len(self._all[index][0]) - len(folded)) <= 6)

    def _by_prefix(self, prefix: str, rest: str) -> Key | None:
        """A coined name whose long form was told in other words: `LoRA: Low-Rank Adaptation of LLMs`."""
        if not prefix or not is_coined(prefix):
            return None
        key = self._by_form(prefix)
        if key is None:
            return None
        told = set(_words(rest)) - _SMALL
        titles = (_parts_of(title) for _, title, held in self._all if held == key)
        meant = {word for start, end in titles if start == prefix for word in _words(end)} - _SMALL
        return key if told and len(told & meant) >= 0.6 * len(told) else None

    def find(self, text: str) -> list[Spot]:
        """The known names in running text, the longest where several begin at one place."""
        matches = list(_TOKEN.finditer(text))
        spots: list[Spot] = []
        at = 0
        while at < len(matches):
            start = matches[at].start()
            words = [matches[at][0]]
            found = None
            if words[0][:3].casefold() in self._starts:
                for follow in range(at, min(at + _NAME_WORDS, len(matches))):
                    if follow > at:
                        if text[matches[follow - 1].end() : matches[follow].start()] not in _JOINTS:
                            break
                        words.append(matches[follow][0])
                    key_and_form = self._spelt(words)
                    if key_and_form and _stands_free(text, start, matches[follow].end()):
                        found = (follow, key_and_form)
            if found is None:
                at += 1
                continue
            follow, form = found
            if form.key is not None:
                spots.append(Spot(text[start : matches[follow].end()], form.key, start, matches[follow].end()))
            at = follow + 1
        return spots

    def _spelt(self, words: list[str]) -> _Form[Key] | None:
        forms = self._forms.get("".join(words).casefold())
        if not forms:
            return None
        plain = "".join(words)
        fitting = [
            form
            for form in forms
            if form.free and (form.loose or (len(words) == len(form.tokens) and "".join(form.tokens) == plain))
        ]
        listed = [form for form in fitting if form.listed] or fitting
        return listed[0] if listed and len({form.key for form in listed}) == 1 else None


def _put(table: dict[str, Key | None], name: str, key: Key) -> None:
    """Enter a name; one that stands for another paper already stands for none from then on."""
    table[name] = key if table.get(name, key) == key else None


def _meaning(forms: list[_Form[Key]]) -> Key | None:
    keys = {form.key for form in forms if form.listed} or {form.key for form in forms}
    return keys.pop() if len(keys) == 1 else None


def _parts_of(title: str) -> tuple[str, str]:
    """What stands before and after the title's colon; without a colon both are empty."""
    return split_prefix(title) or ("", "")


def _introduced(paper: Paper) -> list[str]:
    """The short name that the abstract gives to the very words of the title: `visual prompt tuning (VPT)`."""
    text, found = paper.abstract or "", []
    if "(" not in text:
        return []
    whole, (prefix, _) = title_key(paper.title), _parts_of(paper.title)
    for match in list(re.finditer(r"\(([A-Za-z][\w.+-]{1,14})\)", text))[:4]:
        before = title_key(text[max(0, match.start() - len(paper.title) - 20) : match.start()])
        if (
            is_coined(match[1])
            and match[1] not in GENERIC
            and any(part and before.endswith(part) for part in (whole, title_key(prefix)))
        ):
            found.append(match[1])
    return found


def _code_addresses(url: str) -> list[str]:
    """The address of the code without case, with and without the folder inside the repository."""
    path = (
        re.sub(r"^https?://(?:www\.)?", "", url.strip().casefold())
        .split("#")[0]
        .split("?")[0]
        .rstrip("/")
        .removesuffix(".git")
    )
    parts = path.split("/")
    return list(dict.fromkeys(["/".join(parts)] + (["/".join(parts[:3])] if len(parts) > 3 else [])))


def _is_loose(tokens: tuple[str, ...]) -> bool:
    """Whether the letters' case says nothing: a name of several words, or of one that no dictionary has."""
    length = sum(map(len, tokens))
    inner = any(char.isupper() for token in tokens for char in token[1:]) and not tokens[0].isupper()
    return (len(tokens) > 1 and length >= 7 and max(map(len, tokens)) > 2) or (
        len(tokens) == 1 and inner and length >= 7
    )


def _stands_free(text: str, start: int, end: int) -> bool:
    """Whether a name is a word of its own here, and no part of a longer name, a path or an identifier."""
    before, after = text[max(0, start - 2) : start], text[end : end + 24]
    if before[-1:] in ("-", "_", "@", "#", "\\", "$", "‑") or (before[-1:] == "." and before[:1].isalnum()):
        return False
    if after[:1] in ("_", "@", "\\") or _VERSION.match(after):
        return False
    if after[:1] == "." and after[1:2].isalnum() and after[1:2].isascii():
        return False
    if after[:1] in ("-", "‑", "/") and (match := _TOKEN.match(after, 1)):
        return after[0] == "/" or match[0].islower() or bool(_SIZE.match(match[0]))
    return True


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _TOKEN.findall(text)]


def _is_slip(title: str, folded: str, held: tuple[str, str, Hashable]) -> bool:
    """Whether two titles differ by slips only: letters within a word, joined words, small words; never another word."""
    if SequenceMatcher(None, folded, held[0], autojunk=False).ratio() < _NEAR:
        return False
    ours, theirs = _words(title), _words(held[1])
    for action, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        left, right = "".join(ours[a:b]), "".join(theirs[c:d])
        if action == "equal" or left == right:
            continue
        if action in ("insert", "delete"):
            if not set(ours[a:b] + theirs[c:d]) <= _SMALL:
                return False
            continue
        if left[0] != right[0] or any(char.isdigit() for char in left + right):
            return False
        if SequenceMatcher(None, left, right, autojunk=False).ratio() < 0.8:
            return False
    return True
