r"""Text as LaTeX that prints it: no command, no mathematics, no comment and no ligature comes out of a title.

ASCII is escaped; other characters stay as they are, in UTF-8, and the document declares what pdfTeX does not know of them.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from survey.bibliography import is_cjk

_ASCII = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # `\{` would count as a brace where BibTeX looks for the end of a field
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': '{"}',
    "`": r"\textasciigrave{}",
}
_SPECIAL = re.compile("[" + re.escape("".join(_ASCII)) + "]")
# Two of them would become one other character: -- a dash, '' a quotation mark, ,, a low one.
_LIGATURE = re.compile(r"(?<=-)-|(?<=')'|(?<=,),")
# Combining marks by their commands: LaTeX 2e, table of accents.
_ACCENTS = dict(
    zip(
        "\u0300\u0301\u0302\u0303\u0308\u0304\u0306\u0307\u030a\u030b\u030c\u0327\u0328\u0323\u0331",
        ("`", "'", "^", "~", '"', "=", "u", ".", "r", "H", "v", "c", "k", "d", "b"),
        strict=True,
    )
)
_LETTERS = {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i"}
# What pylatexenc writes with these needs a package, or a font, that is not everywhere.
_NOT_EVERYWHERE = re.compile(
    r"\\(?:[cC][yY][rR]|Elz|Elsevier|ding|fontencoding|mathbin|nument|tipa|text(?:phi|iota|theta|esh)|backepsilon)"
)


def escape_latex(text: str) -> str:
    r"""`text` as LaTeX, in text mode.

    >>> print(escape_latex(r"50% of $x_1$ & \input{a}"))
    50\% of \$x\_1\$ \& \textbackslash{}input\textbraceleft{}a\textbraceright{}
    """
    text = _SPECIAL.sub(lambda match: _ASCII[match[0]], " ".join(text.split()))
    return _LIGATURE.sub(r"{}\g<0>", text)


def escape_bibtex(text: str) -> str:
    r"""The same for a field of BibTeX, where accents are commands, as its sorting expects: {\"o}."""
    return "".join(_accented(char) if char > "~" else char for char in escape_latex(text))


def escape_address(address: str) -> str:
    r"""A safe address (survey.bibliography.SAFE_ADDRESS) for `\href` inside an argument."""
    return re.sub(r"[%#&_]", r"\\\g<0>", address)


def declarations(texts: Iterable[str]) -> list[str]:
    r"""`\DeclareUnicodeCharacter` for each character of the texts that is neither ASCII nor in the fonts of TeX's CJK package."""
    chars = sorted({char for text in texts for char in text if char > "~" and not _in_chinese_font(char)})
    return [rf"\DeclareUnicodeCharacter{{{ord(char):04X}}}{{{_printed(char)}}}" for char in chars]


def _in_chinese_font(char: str) -> bool:
    """Its font gbsn holds the characters of GB 2312; of these the Latin and Greek ones are not its business."""
    if not (is_cjk(char) or "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef"):
        return False
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _accented(char: str) -> str:
    if char in _LETTERS:
        return f"{{\\{_LETTERS[char]}}}"
    parts = unicodedata.normalize("NFD", char)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _ACCENTS:
        command, letter = _ACCENTS[parts[1]], f"\\{parts[0]}" if parts[0] in "ij" else parts[0]
        return f"{{\\{command}{{{letter}}}}}" if command.isalpha() or letter[0] == "\\" else f"{{\\{command}{letter}}}"
    return char


def _printed(char: str) -> str:
    """LaTeX for one character, or a box where there is none that any TeX can print."""
    if (accented := _accented(char)) != char:
        return accented
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return ""
    if unicodedata.category(char) == "Zs":
        return " "
    known = str(_encoder().unicode_to_latex(char))
    return r"\missing" if not known.isascii() or _NOT_EVERYWHERE.search(known) else f"{{{known}}}"


@cache
def _encoder() -> Any:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    # It reports every character that it does not know on standard error.
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    return UnicodeToLatexEncoder(unknown_char_policy="keep", unknown_char_warning=False)
