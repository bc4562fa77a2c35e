"""LaTeX and HTML in titles, names and abstracts -> plain text, as it would be printed."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

# Longer than any abstract that is kept (corpus.models.MAX_ABSTRACT), its markup included.
_MAX_LATEX = 100_000

_DASHES_AND_QUOTES = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("~", " "))
# Outside a document these are no comment, no table cell and no parameter, but what they look like.
_BARE = re.compile(r"(?<!\\)[%&#]")
_ESCAPED = re.compile(r"\\([_%&#$~{}])")
_DOLLAR = re.compile(r"(?<!\\)\$")
# A command takes the space after it along: its argument may follow there.
_MARK = re.compile(r"\\(?:[a-zA-Z]+|.)\s*|[{}$]|\s+", re.DOTALL)
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?\s*|\\.|[${}]", re.DOTALL)

_TAG = re.compile(r"</?(?:i|b|u|p|br|em|strong|sub|sup|sc|scp|bold|italic|span|div|jats:[a-z-]+)(?:\s[^<>]*)?/?>", re.I)
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|jats:(?:p|title|sec))\b", re.I)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")


def latex_to_text(text: str) -> str:
    r"""A field of a bibliography as plain text; formulas stay readable.

    >>> latex_to_text(r"{G}{\"o}del on $\alpha$-mixing --- the \emph{sequel}")
    'Gödel on α-mixing — the sequel'
    """
    if "\\" not in text and "$" not in text:
        return _plain(text)
    if len(text) > _MAX_LATEX:
        return _COMMAND.sub(" ", text)
    if len(_DOLLAR.findall(text)) % 2:  # an amount of money rather than a formula
        text = _DOLLAR.sub(r"\$", text)
    return "".join(_convert(part) if "\\" in part or "$" in part else _plain(part) for part in _parts(text))


def _plain(text: str) -> str:
    for mark, char in _DASHES_AND_QUOTES:
        text = text.replace(mark, char)
    return text.replace("{", "").replace("}", "")


def _parts(text: str) -> Iterator[str]:
    """The text in parts: words with commands or formulas in them, and what stands between those.

    What braces, formulas or commands hold together is one word.
    """
    depth, in_formula, is_latex, start, word = 0, False, False, 0, 0
    for match in _MARK.finditer(text):
        mark = match[0]
        if mark in "{}":
            depth = max(depth + (1 if mark == "{" else -1), 0)
        elif mark == "$":
            in_formula, is_latex = not in_formula, True
        elif mark[0] == "\\":
            in_formula, is_latex = mark[1] in "([" or (in_formula and mark[1] not in ")]"), True
        elif depth == 0 and not in_formula:
            if is_latex:
                yield text[start:word]
                yield text[word : match.start()]
                start, is_latex = match.start(), False
            word = match.end()
    yield text[start:word]
    yield text[word:]


def _convert(text: str) -> str:
    """One part, read by pylatexenc: at 4 microseconds a character, whole abstracts are too much for it."""
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerError

    known, converter = _converter()
    try:
        nodes = LatexWalker(_BARE.sub(r"\\\g<0>", text), latex_context=known, tolerant_parsing=True).get_latex_nodes()[
            0
        ]
        return str(converter.nodelist_to_text(nodes))
    except (
        LatexWalkerError,
        RecursionError,
        LookupError,
        TypeError,
        ValueError,
    ):  # `\sqrt[`, `\verb` at the end, braces too deep
        return _COMMAND.sub(" ", text)


def latex_to_link(text: str) -> str:
    r"""An address or id, in which only the escapes and the braces are LaTeX: `\url{https://a.b/c\_d}`."""
    text = re.sub(r"\\href\s*\{([^{}]*)\}\s*\{[^{}]*\}", r"\1", text)
    text = re.sub(r"\\(?:url|path|nolinkurl|texttt)\b|\$?\\sim\$?|\\textasciitilde(?:\{\})?", _unwrap, text)
    return re.sub(r"[{}]|\s+", "", _ESCAPED.sub(r"\1", text))


def html_to_text(text: str) -> str:
    """The text without the tags that titles and abstracts carry, and with its entities as characters.

    >>> html_to_text("<i>Drosophila</i> &amp; CO<sub>2</sub>, if x < y")
    'Drosophila & CO2, if x < y'
    """
    if "<" in text:
        text = _TAG.sub(lambda match: " " if _BLOCK_TAG.match(match[0]) else "", text)
    return entities_to_text(text)


def entities_to_text(text: str) -> str:
    """The text with entities of HTML as characters, also where they were escaped twice; what ends in no semicolon is none.

    >>> entities_to_text("R&D &amp; &#945; &amp;quot;"), entities_to_text("AT&T")
    ('R&D & α "', 'AT&T')
    """
    for _ in range(2 if "&" in text else 0):
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return text


def _unwrap(match: re.Match[str]) -> str:
    return "~" if match[0].strip("$").startswith(("\\sim", "\\textasciitilde")) else ""


@cache
def _converter() -> tuple[Any, Any]:
    """The macros that are parsed, and the converter. pylatexenc's own text for some of them is none for a title."""
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
    from pylatexenc.latexwalker import get_default_latex_context_db as get_known_macros
    from pylatexenc.macrospec import MacroSpec

    # It reports every macro without its argument on standard error; the text is as good as it gets.
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    arguments = {"url": "{", "mbox": "{", "text": "{", "href": "{{", "cite": "[{", "citep": "[{", "citet": "[{"}
    known = get_known_macros()
    known.add_context_category("fourways", prepend=True, macros=[MacroSpec(*pair) for pair in arguments.items()])
    texts = {
        "url": "%s",
        "mbox": "%s",
        "text": "%s",
        "href": "%(2)s",
        "cite": "",
        "citep": "",
        "citet": "",
        "today": "",
        # Characters by name, of which pylatexenc knows none, or a look-alike.
        "textasciicircum": "^",
        "textbar": "|",
        "textbraceleft": "{",
        "textbraceright": "}",
        "textgreater": ">",
        "textless": "<",
    }
    context = get_default_latex_context_db()
    context.add_context_category("fourways", prepend=True, macros=[MacroTextSpec(*pair) for pair in texts.items()])
    return known, LatexNodes2Text(latex_context=context, math_mode="text")
