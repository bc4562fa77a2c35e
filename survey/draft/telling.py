"""Sentences of our own, with each citation right behind what it is cited for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from survey.draft.models import Kind, Quote, Sentence
from survey.outline.chinese import spaced

# Stands in a text under way for the place of the next citation: a private character, which no paper has.
MARK = "\ue0c1"


def tell(
    path: tuple[str, ...], text: str, quotes: Sequence[Quote], kind: Kind = "counted", stop: str = "."
) -> Sentence:
    """A sentence of `text`: its first letter made large, `stop` put at its end, and each MARK in it the place of the next quote.

    One that a Chinese full stop ends has a space between Chinese and Latin letters instead of a capital. Quotes without a mark are
    cited at the end. Of two that stand for one paper the first is its citation.
    """
    chinese = stop == "。"
    pieces = (spaced(text) if chinese else text).split(MARK)
    said = "".join(pieces) if chinese else _begun("".join(pieces))
    places, at = [], 0
    for piece in pieces[:-1]:
        at += len(piece)
        places.append(at)
    # Whatever is cited at the end stands before the stop.
    places = [*places[: len(quotes)], *[len(said)] * (len(quotes) - len(places))]
    return Sentence(section=path, text=f"{said}{stop}", citations=tuple(quotes), kind=kind, marks=tuple(places))


def _begun(text: str) -> str:
    # A name keeps its case (p-tuning), a sentence of ours begins with a capital.
    first = text.split(" ", 1)[0]
    return text if re.search(r"[A-Z\d]", first) else f"{text[:1].upper()}{text[1:]}"


def pieces_of(sentence: Sentence) -> list[tuple[str, tuple[str, ...]]]:
    """The text of a sentence in pieces, each with the keys that are cited behind it.

    What has no marks cites at its end, before its full stop.
    """
    text = sentence.text
    end = len(text) - (1 if text[-1:] in ".。" else 0)
    marks = sentence.marks if len(sentence.marks) == len(sentence.citations) else (end,) * len(sentence.citations)
    found: list[tuple[str, tuple[str, ...]]] = []
    start = 0
    for place in sorted(set(marks)):
        keys = (quote.key for quote, mark in zip(sentence.citations, marks, strict=True) if mark == place)
        found.append((text[start:place], _once(keys)))
        start = place
    return [*found, (text[start:], ())] if start < len(text) or not found else found


def _once(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))
