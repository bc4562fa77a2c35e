"""Reading a draft in Markdown: ours, or what somebody made of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from survey.checking.reading import (
    LISTINGS,
    WHOLE_QUOTE,
    Named,
    Reading,
    Statement,
    Words,
    hide,
    is_references,
    keys_in,
    quoted_words,
    read_paragraph,
    uncut,
)

_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s+")
_RULE = re.compile(r"[-*_=\s|:]+")
_REFERENCE = re.compile(r"[-*+]\s+`([^`\s]+)`:?\s*(.*)")
_ADDRESS = re.compile(r"<(https?://[^<>\s]+)>\s*$")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LISTINGS = {f"{label}{colon}" for label in LISTINGS for colon in ":："}


def read_markdown(text: str) -> Reading:
    """The statements of a draft and its list of references."""
    statements: list[Statement] = []
    references: dict[str, Named] = {}
    heading, in_list, listed = "the start", False, False
    for number, block in _blocks(text):
        where = f"line {number}, {heading}"
        if match := _HEADING.match(block):
            heading = unescape(match[1])
            in_list, listed = is_references(heading), False
        elif in_list:
            for line in block.splitlines():
                if found := _REFERENCE.match(line):
                    references[found[1]] = _named(found[2])
        elif block in _LISTINGS:
            listed = True
        elif block.startswith("|"):
            statements += _rows(block, where)
        elif not block.startswith(("![", "```", "<!--", "---\n")):
            statements += _items(block, where) if _ITEM.match(block) else _prose(block, where, listed)
        if listed and _ITEM.match(block):
            # The list of a section's papers: keys, but nothing is said.
            statements = [*(one for one in statements if one.where != where), *_list(block, where)]
            listed = False
    return Reading(statements, references)


def unescape(text: str) -> str:
    """Markdown's text as it shows, citations aside: backslashes and entities undone."""
    return html.unescape(_ESCAPE.sub(r"\1", text))


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Blocks between empty lines, a heading being one of its own, with the number of their first line."""
    lines: list[str] = []
    first = 1
    for number, line in enumerate([*text.splitlines(), ""], 1):
        stripped = line.strip()
        alone = bool(_HEADING.match(stripped))
        if lines and (not stripped or alone):
            yield first, "\n".join(lines)
            lines = []
        if alone:
            yield number, stripped
        elif stripped and not (_RULE.fullmatch(stripped) and "|" not in stripped):
            if not lines:
                first = number
            lines.append(stripped)


def _prose(block: str, where: str, listed: bool) -> Iterator[Statement]:
    for one in read_paragraph(_protected(block), where):
        yield _shown(one, claims=one.claims and not listed and not one.text.endswith((":", "：")))


def _items(block: str, where: str) -> Iterator[Statement]:
    """The items of a list; one that is `Somebody: “a quote” [@key]` must be that quote."""
    for item in _split_items(block):
        # Whatever marks the quote has inside: some papers close none.
        if whole := WHOLE_QUOTE.search(item):
            keys = keys_in(item[item.rindex("[") :])
            said = uncut(unescape(" ".join(whole[1].split())))
            yield Statement(where, said, keys, (Words(said, keys[0] if len(keys) == 1 else None),), is_quote=True)
        else:
            yield from _prose(item, where, listed=False)


def _list(block: str, where: str) -> Iterator[Statement]:
    for item in _split_items(block):
        yield Statement(where, unescape(item), keys_in(item), claims=False)


def _rows(block: str, where: str) -> Iterator[Statement]:
    """The rows of a table: what their cells say is compared by `own` only."""
    for line in block.splitlines()[2:]:
        yield Statement(where, unescape(line.strip("| ")), keys_in(line), claims=False)


def _split_items(block: str) -> Iterator[str]:
    parts: list[str] = []
    for line in block.splitlines():
        if _ITEM.match(line) and parts:
            yield " ".join(parts)
            parts = []
        parts.append(_ITEM.sub("", line, count=1) if _ITEM.match(line) else line)
    if parts:
        yield " ".join(parts)


def _protected(block: str) -> str:
    """The block on one line; marks that are escaped are no citation's."""
    return re.sub(r"\\(.)", lambda match: hide(match[1]) if match[1] in "[]@" else match[0], " ".join(block.split()))


def _shown(one: Statement, *, claims: bool) -> Statement:
    words = tuple(Words(unescape(word.text), word.key) for word in one.words)
    return Statement(one.where, unescape(one.text), one.keys, words, claims)


def _named(entry: str) -> Named:
    url = match[1] if (match := _ADDRESS.search(entry)) else None
    spans = quoted_words(entry)
    title = unescape(entry[spans[0][0] + 1 : spans[0][1] - 1]) if spans else None
    return Named(url=url, title=title)
