"""Sentences of abstracts: where they begin and end, and which of them can stand alone in somebody else's text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import resources

# Characters of a sentence that can be quoted: a shorter one says nothing, a longer one is read by nobody.
LENGTH = (50, 320)

# Praise that comes so many characters after `we propose` stands at the end of what is told.
_TAIL = 30

# A full stop and white space before a capital, digit, quote or bracket; Chinese marks need no space.
_END = re.compile(r"[.!?][\"”’)\]]*(?=\s+[\"“‘(\[A-Z0-9$\\]|\s*$)|[。！？]+[”’」』）]*")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|et al|cf|vs|resp|approx|Fig|Figs|Eq|Eqs|Sec|Tab|Ref|Refs|No|Dr|Mr|Mrs|Prof|St|Jr|a\.k\.a"
    r"|w\.r\.t|viz|ca)\.$"
)
# The first letter of a name, which goes on behind it; GPT-J is none, and no name goes on with The.
_INITIAL = re.compile(r"(?<![\w-])[A-Z]\.$")
_STARTER = re.compile(
    r"\s+(?:The|An?|We|Our|This|These|Those|It|Its|They|Their|In|On|To|For|By|With|As|At|And|But|From|Both|When|While|Unlike|Here"
    r"|Such|Each|All|Then|Thus|However|Moreover|Furthermore|Finally|Although|Experiments?|Results?|Extensive|Specifically)\b"
)
# (2) ..., ii) ...: one of several, which stand before and behind it.
_ENUMERATOR = re.compile(r"^\W*(?:\d{1,2}|[ivx]{1,4}|[a-e])\s?\\?[)）]", re.IGNORECASE)
# An enumeration that was cut behind its first.
_FIRST, _SECOND = re.compile(r"(?<![\w.])(?:1|i|a)\)"), re.compile(r"(?<![\w.])(?:2|ii|b)\)")
# What was read wrongly: two sentences without a space between them, a word broken at the end of a line, numbers of references;
# quotation marks twice, and two words in one: Learningwith.
_BROKEN = re.compile(
    r"[a-z]{3}\.[A-Z][A-Za-z]+ |[)\]”\"] ?\.[A-Z][a-z]+\b|[a-z]- (?!(?:and|or|to|as|but)\b)[a-z]|\[\d+(?:[,–-] ?\d+)*\]"
    r"|\"\"|``|[a-z]{2}(?:ing|tions?|ity|ally)(?:with|to|of|for|and|the|that|from|by)\b"
)
# What a clause cannot do without: a verb that is bent as verbs are, or one behind its subject. Plural nouns are taken for verbs
# too, so that only lists of names and torn ends have none.
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|did|can|could|may|might|must|will|would|should|[Ww]e|[Tt]hey"
    r"|[a-z]{2,}(?:ed|[^sui\W]s))\b"
    r"|s\)? (?!(?:and|or|of|in|for|on|to|with|from|by|at|as|the|a|an)\b)[a-z]{2,}|[\u3400-\u9fff]"
)
# Marks of LaTeX or Markdown around words, which stand in some abstracts.
_MARKUP = re.compile(r"\\[A-Za-z]+\s*\{|(?<!\S)\*{1,2}\w[^*]*\*|(?<!\w)_\w[^_]*_(?!\w)|&#?\w+;|(?<!\d)\s%\s")
# What is granted before what is deplored: "Although nests are warm, ..." or "Nests are warm, but ..."
_GRANTED = re.compile(
    r"^(?:although|though|despite|while|whereas|whilst)\b[^,]*,|^.*?\b(?:but|yet|however)\b", re.IGNORECASE
)
# What makes a task of words behind it, and before it.
_TASK_OF = re.compile(
    r"\b(?:tasks?|problems?) (?:of|such as|like|including)\s+(?:[\w-]+(?:,| and| or)?\s+){0,4}$", re.IGNORECASE
)
_TASK = re.compile(r"\s+tasks?\b", re.IGNORECASE)
_NEAR = 80
# Where what is said of a thing begins anew: "We show that ...", "..., while others ..."
_CLAUSE = re.compile(
    r"[;:]|\b(?:that|which|while|whereas|but|although|shows?|finds?|found|demonstrates?|observes?|reveals?|indicates?)\b"
)


def _any(parts: Iterable[str]) -> str:
    return f"(?:{'|'.join(parts)})"


def _grouped(parts: Iterable[str]) -> str:
    r"""Any of them; what stands before many of them, ^ or \b, is looked for once, which halves the time."""
    groups: dict[str, list[str]] = {"^": [], r"\b": [], "": []}
    for part in parts:
        start = next(start for start in groups if part.startswith(start))
        groups[start].append(part.removeprefix(start))
    return _any(start + _any(rest) for start, rest in groups.items() if rest)


def _wordings() -> dict[str, re.Pattern[str]]:
    """The tables of `sentences.toml`, each as one expression."""
    tables = tomllib.loads(resources.files("survey").joinpath("sentences.toml").read_text("utf-8"))
    names: dict[str, str] = {}

    def spelt(part: str) -> str:
        return re.sub(r"<(\w+)>", lambda match: names.get(match[1], match[0]), part)

    for name, parts in tables.pop("names").items():
        names[name] = spelt(_any(parts))
    does = spelt(r"\b<we>(?: <adverb>)* %s\w*\b(?!<proof>)")
    forms = {"begins": r"^%s\b", "words": r"\b%s\b", "verbs": does}
    wordings = {}
    for kind, table in tables.items():
        parts = [forms[form] % spelt(_any(parts)) for form, parts in table.items() if form in forms]
        wordings[kind] = re.compile(_grouped([*parts, *map(spelt, table.get("holds", []))]))
    return wordings


_WORDINGS = _wordings()


def _says(kind: str, sentence: str) -> bool:
    return bool(_WORDINGS[kind].search(_small(sentence)))


def _small(sentence: str) -> str:
    """In small letters, each in its place. Python tells small letters apart several times faster than it ignores their case."""
    small = sentence.lower()
    return small if len(small) == len(sentence) else "".join(c if len(c.lower()) > 1 else c.lower() for c in sentence)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of a text as (start, end), end exclusive, without the white space between them.

    >>> [text[a:b] for text in ["Adapters, e.g. LoRA, help. Why?"] for a, b in split_sentences(text)]
    ['Adapters, e.g. LoRA, help.', 'Why?']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match[0] == "." and match.end() < len(text.rstrip()) and _goes_on(text, start, match.end()):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [_stripped(text, a, b) for a, b in spans if text[a:b].strip()]


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the sentence that begins at `start` goes on behind the full stop before `end`, which is that of an abbreviation."""
    said = text[start:end]
    return bool(_ABBREVIATION.search(said) or (_INITIAL.search(said) and not _STARTER.match(text, end)))


def sentence_at(text: str, place: int) -> tuple[int, int]:
    """The sentence (start, end) that the character at `place` belongs to; the whole text where it stands between two.

    >>> sentence_at("Nests warm. Eggs hatch.", 14)
    (12, 23)
    """
    return next(((start, end) for start, end in split_sentences(text) if start <= place < end), (0, len(text)))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def can_be_quoted(sentence: str) -> bool:
    """Whether a sentence stands on its own: whole, of a readable length, leaning on no other, and more than a link."""
    # A Chinese character says about as much as three letters.
    length = len(sentence) + 2 * sum("\u3400" <= c <= "\u9fff" for c in sentence)
    if not LENGTH[0] <= length <= LENGTH[1] or not re.search(r"[.!?。！？][\"”’)\]」』）]*$", sentence):
        return False
    if sentence[0].islower() or "?" in sentence or "？" in sentence or not _VERB.search(sentence):
        return False
    if any(_says(kind, sentence) for kind in ("leans", "points_back", "points_on", "no_claim")):
        return False
    if any(pattern.search(sentence) for pattern in (_ENUMERATOR, _MARKUP, _BROKEN)):
        return False
    if _FIRST.search(sentence) and not _SECOND.search(sentence):
        return False
    return all(_is_named_before(sentence, match) for match in _WORDINGS["these"].finditer(_small(sentence)))


def _is_named_before(sentence: str, match: re.Match[str]) -> bool:
    """Whether one of the words after a `these` stands in the sentence before it, in the singular or plural."""
    before = {word.rstrip("s") for word in re.findall(r"\w+", sentence[: match.start()].lower())}
    return any(word.rstrip("s") in before for word in re.findall(r"\w{4,}", match[1].lower()))


def after_connective(sentence: str) -> int:
    """Where a sentence goes on after its However, Yet or To this end: what follows may stand on its own. 0 where there is none.

    >>> "However, prompts are slow."[after_connective("However, prompts are slow."):]
    'prompts are slow.'
    """
    match = _WORDINGS["connective"].match(_small(sentence))
    return match.end() if match else 0


def speaks_of_itself(sentence: str) -> bool:
    """Whether a sentence says `we`, `this paper` or `the method`, which reads oddly beside the sentences of others."""
    return _says("own_voice", sentence) or _says("own_thing", sentence)


def says_what_it_does(sentence: str) -> bool:
    """Whether a paper says in a sentence what it does: proposes, shows or studies.

    >>> says_what_it_does("In this paper, we propose low-rank layers."), says_what_it_does("Layers have ranks.")
    (True, False)
    """
    return _says("does", sentence)


def says_what_it_makes(sentence: str) -> bool:
    """Whether a paper says in a sentence what it brings: proposes, presents or builds.

    >>> says_what_it_makes("We propose low-rank layers."), says_what_it_makes("We study low-rank layers.")
    (True, False)
    """
    return _says("makes", sentence)


def tone(sentence: str) -> float:
    """What a sentence is worth in somebody else's text, in 0..1, by how it speaks: what is said of a thing is worth more than what
    is said of the paper itself, and both more than praise of results, which every abstract has.
    """
    worth = 0.6 if speaks_of_itself(sentence) else 1.0
    # What a paper says that it does is what a survey tells of it, beside its name.
    worth = 0.8 if says_what_it_does(sentence) else worth
    # Formulas cannot be read without the symbols that the sentences before them name.
    worth *= 0.5 if "$" in sentence or "\\" in sentence else 1.0
    worth *= 0.9 if _says("boasts", sentence) else 1.0
    praise = _WORDINGS["praises"].search(_small(sentence))
    if not praise:
        return worth
    # Praise at the end of what says what was made takes less from it.
    made = _WORDINGS["makes"].search(_small(sentence))
    return worth * (0.5 if made and praise.start() - made.end() > _TAIL else 0.25)


def calls_it_a_task(text: str, start: int, stop: int) -> bool:
    """Whether the words of a text from `start` to `stop` are called a task: the task of x, tasks such as x and y, the x task."""
    return bool(_TASK_OF.search(text[max(0, start - _NEAR) : start]) or _TASK.match(text, stop))


def says_it_gains(before: str, name: str | None = None) -> bool:
    """Whether the words of a sentence before something say that the paper's own method, called `name`, does better than that.

    What is better must be its own: who shows that one thing outperforms another has gained over neither.

    >>> says_it_gains("Our nests outperform "), says_it_gains("We show that birds outperform ")
    (True, False)
    """
    small = _small(before)
    matches = list(_WORDINGS["gains"].finditer(small))
    if not matches or _WORDINGS["elsewhere"].search(small, matches[-1].end()):
        return False
    clauses = _CLAUSE.split(before[: matches[-1].start()])
    # An improvement of ours over others has its subject within.
    subject = clauses[-1] + before[matches[-1].start() : matches[-1].end()]
    owned = _says("own_method", subject)
    # "We propose nests that outperform ...": the subject stands before the clause.
    if len(clauses) > 1 and not re.search(r"\w{4}", clauses[-1]):
        subject = clauses[-2]
        owned = says_what_it_makes(subject)
    if _says("doubts", subject):
        return False
    return owned or bool(name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", subject))


def how_open(sentence: str) -> int:
    """How clearly a sentence says that something is open: 2 as an open problem, 1 as a failing of methods, 0 not at all.

    >>> how_open("How prompts work remains unclear."), how_open("Our method overcomes this limitation.")
    (2, 0)
    """
    if _says("solved", sentence) or _says("works", _GRANTED.sub("", sentence, count=1)):
        return 0
    return 2 if _says("open", sentence) else int(_says("fails", sentence))
