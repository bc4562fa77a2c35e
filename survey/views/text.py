"""What papers say, made safe for Streamlit's Markdown. Titles, abstracts and notes are other people's text: they show as text."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from corpus.errors import shorten
from survey.hits import Span, excerpt, parts
from survey.views.language import say

# A backslash before any ASCII punctuation mark makes it a plain character (CommonMark 0.31, section 2.4). That covers HTML,
# Markdown, LaTeX and Streamlit's own `:red[...]`.
_ESCAPES = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})
# Replaced by Streamlit after the escapes are gone (emoji names, arrows, dashes), so a character without width parts them.
_REPLACED = re.compile(r"(?<=:)(?=[\w+-]+:)|(?<=:)(?=material/)|(?<=<)(?=-)|(?<=-)(?=[->])|(?<=[<>~])(?==)")
_WORD_JOINER = "\u2060"


def plain(text: str) -> str:
    """Markdown that shows `text` as it is, on one line.

    >>> print(plain("<b>$x$</b>"))
    \\<b\\>\\$x\\$\\<\\/b\\>
    """
    return _REPLACED.sub(_WORD_JOINER, " ".join(text.split())).translate(_ESCAPES)


def message(text: str) -> str:
    """As `plain`, but what stands between backticks is shown as code: how error messages name commands."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner
        return plain(text)
    return "".join(f"`{part}`" if n % 2 and part.strip() else _keep_ends(part) for n, part in enumerate(parts))


def marked(text: str, spans: Sequence[Span]) -> str:
    """As `plain`, with the spans of the text marked."""
    return "".join(
        f":yellow-background[{plain(part)}]" if mark else _keep_ends(part) for part, mark in parts(text, spans)
    )


def snippet(text: str, spans: Sequence[Span] = (), limit: int = 320) -> str:
    """The stretch of `text` of about `limit` characters with most of what is marked, as text; `…` where it was cut."""
    return excerpt(text, spans, limit)[0]


def web_address(url: str | None) -> str | None:
    """`url`, if it is one of the web; None for `javascript:` and the like."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def kind_name(kind: str) -> str:
    """What a kind of node in the graph is called."""
    return say(f"graph.kind_{kind}")


def paper_address(paper_id: str) -> str:
    """The paper page's address, beside the page that is open."""
    return f"paper?id={quote(paper_id, safe='')}"


def node_address(node: str) -> str:
    """The graph page's address with `node` as its centre."""
    return f"graph?node={quote(node, safe='')}"


def idea_address(key: str) -> str:
    """The ideas page's address, with this idea open."""
    return f"ideas?idea={quote(key, safe='')}"


def shortened(text: str, most: int) -> str:
    """As `plain`, cut to `most` characters of the text."""
    return plain(shorten(text, most))


def byline(authors: Sequence[str], year: int | None, venue: str | None, most: int = 4) -> str:
    """Authors (the first `most`), year and venue, as plain text on one line."""
    names = ", ".join(authors[:most])
    if len(authors) > most:
        names = say("text.more_authors", names=names, more=len(authors) - most)
    return " · ".join(part for part in (names, str(year or ""), venue or "") if part)


def _keep_ends(part: str) -> str:
    """As `plain`, with the spaces at both ends, which part it from what it is joined to."""
    return (" " if part[:1] == " " else "") + plain(part) + (" " if part[-1:] == " " and part != " " else "")
