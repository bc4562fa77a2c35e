"""A draft as Markdown that pandoc, GitHub and CommonMark read alike, with pandoc's citations: [@key].

Titles, names and abstracts come from anywhere, so they are written as text: no HTML, no link, no list, no mathematics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from survey.bibliography import SAFE_ADDRESS, authors_line, ids_of, short_address
from survey.draft.models import Draft, Reference, Sentence, Table
from survey.draft.telling import pieces_of
from survey.export.blocks import (
    CODE,
    PAPER,
    REFERENCES,
    Block,
    Heading,
    Listing,
    Text,
    attributed,
    build_blocks,
    cited_keys,
    colon_of,
    dated,
    gap_of,
    label_of,
    row_of,
    said,
    title_of,
)
from survey.figures import Figure

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~$^@!]")
# A colon that opens a scheme (https://) or a short code (:name:), and the dot of www.
_LINKING = re.compile(r":(?=\S)|(?<=www)\.", re.IGNORECASE)
# What makes a list item, a definition, a rule or an underlined heading of a line that it opens: - + = : 1. (a) iv)
_OPENING = re.compile(r"^(?:(?=[-+=:])|\(?(?:\d+|[A-Za-z]|[ivxlcIVXLC]+)(?=[.)]))")


def render_markdown(draft: Draft) -> str:
    """Headings, sentences with citations, tables, figures (figures/NAME.svg), the papers of each section, and the references."""
    return "\n\n".join(_Page(draft).blocks()) + "\n"


def escape(text: str) -> str:
    """`text` as Markdown that shows exactly it, wherever in a line it stands.

    >>> escape("- <b>$x_1$</b>")
    '\\\\- &lt;b&gt;\\\\$x\\\\_1\\\\$&lt;/b&gt;'
    """
    text = " ".join(text.split())
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = _LINKING.sub(r"\\\g<0>", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if opening := _OPENING.match(text):
        text = f"{opening[0]}\\{text[opening.end() :]}"
    return text


class _Page:
    """The blocks of one draft as Markdown."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.by_id = {reference.id: reference for reference in draft.references}
        self.by_key = {reference.key: reference for reference in draft.references}

    def blocks(self) -> Iterator[str]:
        yield f"# {escape(title_of(self.draft))}"
        for block in build_blocks(self.draft):
            yield from self._block(block)
        yield f"## {label_of(REFERENCES, self.draft)}"
        yield "\n".join(map(self._reference, self.draft.references))

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            yield f"{'#' * min(block.level + 1, 6)} {escape(block.text)}"
        elif isinstance(block, Text):
            yield from self._text(block)
        elif isinstance(block, Table):
            yield self._table(block)
        elif isinstance(block, Listing):
            yield f"{block.label}{colon_of(self.draft)}"
            yield "\n".join(map(self._listed, block.references))
        else:
            yield _figure(block)

    def _text(self, text: Text) -> Iterator[str]:
        if text.layout == "prose":
            yield gap_of(self.draft).join(_sentence(sentence) for sentence in text.sentences)
            return
        if text.label:
            yield f"{text.label}{colon_of(self.draft)}"
        yield "\n".join(f"- {_sentence(one) if text.layout == 'gaps' else self._quoted(one)}" for one in text.sentences)

    def _quoted(self, sentence: Sentence) -> str:
        who = attributed(sentence, self.by_id, self.draft)
        return f"{escape(who)}{gap_of(self.draft)}“{escape(said(sentence))}” {_cited(cited_keys(sentence))}"

    def _table(self, table: Table) -> str:
        """A pipe table."""
        rows = [[label_of(PAPER, self.draft), *map(escape, table.columns)], ["---"] * (len(table.columns) + 1)]
        for row in table.rows:
            name = row_of(row.key, self.by_key, self.draft)
            rows.append([f"{escape(name)} [@{row.key}]", *(_cell(cell.text) for cell in row.cells)])
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _listed(self, reference: Reference) -> str:
        return f"- {escape(reference.title)}{dated(reference, self.draft)} [@{reference.key}]"

    def _reference(self, reference: Reference) -> str:
        parts = [authors_line(reference), f"“{reference.title}”", reference.venue or "", str(reference.year or "")]
        text = ", ".join(escape(part) for part in (*parts, *ids_of(reference)) if part)
        code, address = reference.code_url, reference.url
        shown = f" {label_of(CODE, self.draft)}: <{code}>." if code and SAFE_ADDRESS.fullmatch(code) else ""
        shown += f" <{address}>" if address and SAFE_ADDRESS.fullmatch(address) else ""
        return f"- `{reference.key}`: {text}.{shown}"


def _sentence(sentence: Sentence) -> str:
    return "".join(f"{_piece(text)}{f' {_cited(keys)}' if keys else ''}" for text, keys in pieces_of(sentence))


def _piece(text: str) -> str:
    """A part of a sentence, with the space before it."""
    return f"{' ' if text[:1] == ' ' else ''}{escape(text)}"


def _cited(keys: Sequence[str]) -> str:
    return f"[{'; '.join(f'@{key}' for key in keys)}]"


def _cell(text: str) -> str:
    return f"[{escape(short_address(text))}](<{text}>)" if SAFE_ADDRESS.fullmatch(text) else escape(text)


def _figure(figure: Figure) -> str:
    return f"![{escape(figure.caption)}](figures/{figure.name}.svg)"
