"""Names, years, days and word lists in the many ways in which files write them, and the paper that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import ValidationError

from corpus.models import MAX_TITLE, Paper, clean_line
from corpus.sources import Fault
from corpus.sources.markup import entities_to_text

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|2[01])\d\d(?!\d)")
_DAY = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
# These are looked for in text whose white space is collapsed: a run of it would take quadratic time.
_AND = re.compile(r",? (?:and|&) ", re.IGNORECASE)
_ET_AL = re.compile(r",? et al\.?$", re.IGNORECASE)
_OTHERS = {"others", "et al", "et al.", "and others"}
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}")
_NAME_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
# Scopus writes its number of the author behind the name.
_NUMBER = re.compile(r" ?\(\d+\)")
_CJK = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]+")


def first_text(values: Iterable[object]) -> str | None:
    """The first that is a string which holds something."""
    return next((value for value in values if isinstance(value, str) and value.strip()), None)


def read_year(text: object) -> int | None:
    """The first four digits that can be a year: `2021/06/17/`, `c2021`, `June 2021` -> 2021."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if 1500 <= text <= 2200 else None
    match = _YEAR.search(text) if isinstance(text, str) else None
    return int(match[0]) if match else None


def read_day(text: object) -> str | None:
    """The ISO day of a date that has year, month and day, in this order and in digits; None for any other."""
    match = _DAY.match(text) if isinstance(text, str) else None
    try:
        return date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None


def read_words(value: object) -> list[str]:
    """Keywords as a list, as text parted by `;` or `,`, or as objects with a `name` or `tag`."""
    if isinstance(value, str):
        return [word for word in re.split(r";|\n" if ";" in value else r",|\n", value) if word.strip()]
    items = value if isinstance(value, list | tuple) else []
    named = [item.get("name") or item.get("tag") if isinstance(item, dict) else item for item in items]
    return [item for item in named if isinstance(item, str)]


def read_names(value: object) -> list[str]:
    """The names of people, as `Given Family` each, whichever way they are given.

    A text with several, a list of texts, or a list of objects: `{"name"}`, `{"literal"}`, `{"family", "given"}`.
    """
    if isinstance(value, str):
        return split_names(value)
    items = value if isinstance(value, list | tuple) else [value]
    names = [turn_name(item) if isinstance(item, str) else _name_of(item) for item in items]
    return [name for name in names if name and name.casefold() not in _OTHERS]


def split_names(text: str) -> list[str]:
    """The names in a text that parts them by `;`, `and` or, where that can be told from `Family, Given`, by commas."""
    if len(parts := re.split("[;；、]", text)) > 1:
        return read_names(parts)
    parts = _AND.split(_ET_AL.sub("", clean_line(text)))
    if len(parts) == 1 or (len(parts) == 2 and "," not in parts[1]):
        parts = [*_split_commas(parts[0]), *parts[1:]]
    return read_names(parts)


def _split_commas(text: str) -> list[str]:
    """`Ada Byron, Lin Wei` are two names, `Byron, A., Wei, L.` are two; `Byron, Ada` and `van den Oord, Aäron` are one."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) >= 4 and len(parts) % 2 == 0 and all(_INITIALS.fullmatch(part) for part in parts[1::2]):
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    if len(parts) > 1 and all(" " in part for part in parts) and not parts[0][0].islower():
        return parts
    return [text] if len(parts) <= 2 or _NAME_SUFFIX.fullmatch(parts[1]) else parts


def turn_name(name: str) -> str:
    """`Family, Given` and `Family, Jr., Given` as a name is spoken; any other text as it is.

    >>> turn_name("van den Oord, Aäron")
    'Aäron van den Oord'
    """
    parts = [clean_line(part) for part in _NUMBER.sub("", clean_line(name)).split(",")]
    if len(parts) == 2 and _NAME_SUFFIX.fullmatch(parts[1]):
        return " ".join(parts)
    if len(parts) == 2:
        family, given = parts
        return f"{family}{given}" if _CJK.fullmatch(family) and _CJK.fullmatch(given) else f"{given} {family}".strip()
    if len(parts) == 3:
        family, suffix, given = parts if _NAME_SUFFIX.fullmatch(parts[1]) else (parts[0], parts[2], parts[1])
        return clean_line(f"{given} {family} {suffix}")
    return clean_line(name)


def _name_of(value: object) -> str:
    """The name that a CSL, Zotero or Semantic Scholar object holds; empty where it holds none."""
    if not isinstance(value, dict):
        return ""
    if whole := first_text(value.get(key) for key in ("name", "literal", "full_name")):
        return turn_name(whole)
    family = first_text(value.get(key) for key in ("family", "lastName")) or ""
    given = first_text(value.get(key) for key in ("given", "firstName")) or ""
    particles = [value.get(key) for key in ("dropping-particle", "non-dropping-particle")]
    family = " ".join(part for part in (*particles, family) if isinstance(part, str) and part)
    suffix = value.get("suffix")
    turned = turn_name(f"{family}, {given}" if given else family.replace(",", " "))
    return clean_line(f"{turned} {suffix}") if isinstance(suffix, str) else turned


_MENDED = {
    "authors": read_names,
    "keywords": read_words,
    "categories": read_words,
    "strategies": read_words,
    "directions": read_words,
}


def build_paper(values: dict[str, Any], where: str) -> Paper | Fault:
    """The fields as a paper. A list that is given as text is read as a list; a field that is not usable is left out.

    Titles that stood on a page of the web may still have its entities.
    """
    if isinstance(title := values.get("title"), str):
        values = values | {"title": entities_to_text(title)}
    try:
        return Paper.model_validate(values)
    except ValidationError as error:
        unusable = {
            part["loc"][0] for part in error.errors(include_url=False, include_context=False, include_input=False)
        }
    if "title" in unusable:
        return Fault(where, _why_no_title(values.get("title")))
    usable = {name: value for name, value in values.items() if name not in unusable}
    return Paper.model_validate(usable | {name: _MENDED[name](values[name]) for name in _MENDED if name in unusable})


def _why_no_title(title: object) -> str:
    if title is not None and not isinstance(title, str):
        return f"the title is no text but {type(title).__name__}"
    return f"the title is longer than {MAX_TITLE} characters" if title and clean_line(title) else "no title"
