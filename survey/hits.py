"""How a hit is shown, for the command line and the app alike: what is marked in it, which stretch of its abstract, and why it
was found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from corpus.models import Hit

# The place of a marked stretch in a text: (start, end), in characters.
Span = tuple[int, int]
_WORD = re.compile(r"\w+")
_MOST_WORDS = 8


def marks_of(hit: Hit, field: str) -> list[Span]:
    """What the query matched in the hit's `field` (title or abstract): the engine's marks, else the words it says matched."""
    text = getattr(hit.paper, field) or ""
    marks = hit.why.get("marks")
    if isinstance(marks, Mapping):
        return tidy(marks.get(field, ()), len(text))
    return word_spans(text, hit.why.get("words", ()))


def word_spans(text: str, words: Sequence[str]) -> list[Span]:
    """Where `words` stand in the text, each with and without its final s."""
    stems = {word.lower().rstrip("s") for word in words}
    return [match.span() for match in _WORD.finditer(text) if match[0].lower().rstrip("s") in stems]


def tidy(spans: Sequence[Sequence[int]], length: int) -> list[Span]:
    """The spans inside a text of this length, in order, with those joined that overlap or touch."""
    found: list[Span] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def parts(text: str, spans: Sequence[Span]) -> list[tuple[str, bool]]:
    """`text` cut at the spans, which are in order and apart: each part, and whether it is marked."""
    found: list[tuple[str, bool]] = []
    end = 0
    for start, stop in spans:
        found += [(text[end:start], False), (text[start:stop], True)]
        end = stop
    return [(part, marked) for part, marked in (*found, (text[end:], False)) if part]


def excerpt(text: str, spans: Sequence[Span], limit: int = 320) -> tuple[str, list[Span]]:
    """The stretch of `text` of about `limit` characters with the most different marked words, and its spans.

    `…` stands where it was cut. The text is one line.
    """
    if len(text) <= limit:
        return text, list(spans)
    starts = [start for start, _ in spans]

    def worth(place: int) -> tuple[int, int, int]:
        inside = spans[bisect_left(starts, place) : bisect_left(starts, place + limit)]
        return len({text[start:end].lower() for start, end in inside}), len(inside), -place

    # Some words before the first mark, for the sense.
    begin = max((0, *(max(0, start - limit // 5) for start in starts)), key=worth)
    if begin:
        space = text.find(" ", begin, begin + limit // 5)
        begin = space + 1 if space >= 0 else begin
    end = len(text) if begin + limit >= len(text) else text.rfind(" ", begin, begin + limit)
    if end <= begin:  # no space to cut at
        end = min(len(text), begin + limit)
    before, after = "… " if begin else "", " …" if end < len(text) else ""
    shift = len(before) - begin
    inside = tidy([(max(start, begin), min(stop, end)) for start, stop in spans if start < end and stop > begin], end)
    return before + text[begin:end] + after, [(start + shift, stop + shift) for start, stop in inside]


def reasons(hit: Hit, numbers: Mapping[str, int] | None = None) -> list[str]:
    """Why the hit was found, in a few words each. `numbers`: id -> the number under which a hit is shown, where they have any."""
    why, found = hit.why, []
    if words := why.get("words"):
        found.append("words: " + ", ".join(words[:_MOST_WORDS]) + (" …" if len(words) > _MOST_WORDS else ""))
    if "cosine" in why:
        found.append(f"cosine {why['cosine']:.2f}")
    if "fulltext_rank" in why:
        found.append("in its full text")
    if citing := why.get("cited_by_hits"):
        if numbers is None:
            found.append(f"cited by {len(citing)} of these hits")
        elif shown := sorted(numbers[one] for one in citing if one in numbers):
            found.append(f"cited by hit{'s' if len(shown) > 1 else ''} " + ", ".join(map(str, shown)))
    if count := why.get("citations"):
        found.append(f"{count} citation{'s' if count > 1 else ''} here")
    if "rerank" in why:
        found.append(f"re-ranked {why['rerank']:.2f}")
    return found
