"""How wide words are, and how they are cut or wrapped to fit; which fonts of this machine can show them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from survey.figures.sketch import SIZE

# The first is matplotlib's own and always there; the others are tried where it has no glyph.
_FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "Arial Unicode MS",
)
_CUT = "…"


@cache
def families() -> list[str]:
    """The names of the fonts that are here, the first of them always."""
    from matplotlib.font_manager import fontManager

    present = set(fontManager.get_font_names())
    return [_FONTS[0], *(name for name in _FONTS[1:] if name in present)]


def showable(text: str) -> str:
    """The text without the characters that no font here can show: an emoji would be an empty box."""
    return re.sub(" +", " ", "".join(char for char in text if _font_of(char))).strip()


def label_of(text: str, instead: str) -> str:
    """`text` as far as it can be shown; `instead`, where more than half of it cannot."""
    shown = showable(text)
    return shown if 2 * len(shown) >= len(text) else instead


def width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Inches that one line takes at `size` points; kerning, which only narrows it, is left out."""
    return sum(_advance(char, bold) for char in text) * size / 72


def fit(text: str, wide: float, size: float = SIZE, bold: bool = False) -> str:
    """The text, cut at a word where it would be wider than `wide` inches."""
    text = showable(text)
    if width(text, size, bold) <= wide:
        return text
    while text and width(text + _CUT, size, bold) > wide:
        text = text[:-1]
    at_word = text.rsplit(" ", 1)[0]
    return (at_word if len(at_word) >= len(text) * 0.6 else text).rstrip(" ,:;-–—(") + _CUT


def wrap(text: str, wide: float, lines: int, size: float = SIZE, bold: bool = False) -> list[str]:
    """The text on at most `lines` lines of `wide` inches; what is left over is cut."""
    words, found = _pieces(showable(text)), [""]
    for number, word in enumerate(words):
        longer = found[-1] + word
        if width(longer.strip(), size, bold) <= wide or not found[-1].strip():
            found[-1] = longer
        elif len(found) < lines:
            found.append(word)
        else:
            found[-1] += "".join(words[number:])
            break
    return [fit(line.strip(), wide, size, bold) for line in found]


def _pieces(text: str) -> list[str]:
    """Where a line may end: after a space or a hyphen, and after any character of a script that has no spaces."""
    pieces = [""]
    for char in text:
        pieces[-1] += char
        if char in " -" or char >= "\u2e80":
            pieces.append("")
    return [piece for piece in pieces if piece]


@cache
def _advance(char: str, bold: bool) -> float:
    """The width of a character, in parts of the size."""
    font = _font_of(char, bold)
    if font is None:
        return 0.0
    font.set_size(100, 72)
    return float(font.load_char(ord(char), flags=_load_flag()).linearHoriAdvance) / 65536 / 100


@cache
def _font_of(char: str, bold: bool = False) -> Any:
    """The first font that has the character, or None."""
    return next((font for font in _fonts(bold) if font.get_char_index(ord(char))), None)


@cache
def _fonts(bold: bool) -> list[Any]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return [
        get_font(findfont(FontProperties(family=[name], weight="bold" if bold else "normal"))) for name in families()
    ]


@cache
def _load_flag() -> Any:
    from matplotlib.ft2font import LoadFlags

    return LoadFlags.NO_HINTING
