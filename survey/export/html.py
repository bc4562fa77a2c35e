"""A draft as one HTML page: no script, nothing fetched, its figures inside.

A quote names its source on hover and on focus. References are linked both ways. The page follows the reader's light or dark scheme
and prints without its navigation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from itertools import count

from corpus.sources.markup import entities_to_text
from survey.bibliography import SAFE_ADDRESS, authors_line, build_record, ids_of, short_address
from survey.draft.models import Cell, Draft, Quote, Reference, Sentence, Table
from survey.draft.telling import pieces_of
from survey.export.blocks import (
    CITED_HERE,
    CODE,
    CONTENTS,
    FROM_ABSTRACT,
    FROM_TITLE,
    MORE_SOURCES,
    PAPER,
    REFERENCES,
    SMOOTHED,
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
    numbered,
    row_of,
    said,
    title_of,
)
from survey.figures import Figure
from survey.figures.sketch import INK, MUTED, PAGE

# Of no use to a page without them, but they bar what a reader of the page might add by mistake.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_INKS = {INK: "currentColor", MUTED: "var(--muted)", PAGE: "var(--page)"}
# Sources that a note names.
_MOST_SOURCES = 6
_ID = re.compile(r'(\bid="|href="#|url\(#)')


def render_html(draft: Draft) -> str:
    """The page."""
    return "\n".join(_Page(draft).lines())


class _Page:
    """One page in the making: it counts where each reference is cited, for the links back."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.by_id = {reference.id: reference for reference in draft.references}
        self.by_key = {reference.key: reference for reference in draft.references}
        self.cited_at: dict[str, list[str]] = defaultdict(list)
        self.places = count(1)
        self.figures = count(1)

    def lines(self) -> Iterator[str]:
        title = escape(title_of(self.draft))
        blocks = build_blocks(self.draft)
        yield "<!doctype html>"
        yield f'<html lang="{"zh" if self.draft.is_chinese else "en"}">\n<head>\n<meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="color-scheme" content="light dark">'
        yield f"<title>{title}</title>\n<style>\n{_style()}</style>\n</head>\n<body>"
        yield from _contents(blocks, label_of(CONTENTS, self.draft), label_of(REFERENCES, self.draft))
        yield f"<main>\n<h1>{title}</h1>"
        for block in blocks:
            yield from self._block(block)
        yield f'<h2 id="references">{label_of(REFERENCES, self.draft)}</h2>\n<ol class="references">'
        yield from (self._reference(reference) for reference in self.draft.references)
        yield "</ol>\n</main>\n</body>\n</html>\n"

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            level = min(block.level + 1, 6)
            yield f'<h{level} id="{block.anchor}">{escape(block.text)}</h{level}>'
        elif isinstance(block, Text):
            yield from self._text(block)
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Listing):
            yield from self._listing(block)
        else:
            yield from self._figure(block)

    def _text(self, text: Text) -> Iterator[str]:
        if text.layout == "prose":
            yield f"<p>{gap_of(self.draft).join(map(self._told, text.sentences))}</p>"
            return
        if text.label:
            yield f'<p class="label">{text.label}</p>'
        yield '<ul class="quotes">'
        for sentence in text.sentences:
            if text.layout == "gaps":
                yield f"<li>{self._told(sentence)}</li>"
            else:
                who = escape(attributed(sentence, self.by_id, self.draft))
                words = self._sourced(escape(said(sentence)), sentence.citations)
                yield f"<li>{who}{gap_of(self.draft)}“{words}”{self._cited(cited_keys(sentence))}</li>"
        yield "</ul>"

    def _told(self, sentence: Sentence) -> str:
        """A sentence with its citations, each behind the words that it is for."""
        return "".join(self._piece(sentence, text, keys) for text, keys in pieces_of(sentence))

    def _piece(self, sentence: Sentence, text: str, keys: Sequence[str]) -> str:
        if not keys:
            return escape(text)
        quotes = tuple(quote for quote in sentence.citations if quote.key in keys)
        return f"{self._sourced(escape(text), quotes, smoothed=sentence.smoothed)}{self._cited(keys)}"

    def _sourced(self, words: str, quotes: tuple[Quote, ...], *, smoothed: bool = False) -> str:
        """The words with a note of their sources, which shows when they are hovered or focused."""
        first = quotes[0]
        notes = "".join(f"<span>{self._source(quote)}</span>" for quote in quotes[:_MOST_SOURCES])
        if smoothed:
            notes = f"<span>{label_of(SMOOTHED, self.draft)}</span>{notes}"
        elif len(quotes) > _MOST_SOURCES:
            more = label_of(MORE_SOURCES, self.draft).format(n=len(quotes) - _MOST_SOURCES)
            notes += f"<span>{more}</span>"
        mark = f'data-key="{escape(first.key)}" data-source="{first.source}" data-start="{first.start}" data-end="{first.end}"'
        return f'<span class="said" tabindex="0" {mark}>{words}<span class="source" role="note">{notes}</span></span>'

    def _source(self, quote: Quote) -> str:
        reference = self.by_key.get(quote.key)
        title = f"<cite>{escape(reference.title)}</cite>" if reference else escape(quote.key)
        year = dated(reference, self.draft) if reference else ""
        form = label_of(FROM_TITLE if quote.source == "title" else FROM_ABSTRACT, self.draft)
        where = form.format(start=quote.start, end=quote.end)
        comma = "，" if self.draft.is_chinese else ", "
        words = f"“{escape(entities_to_text(quote.quote))}”"
        said = f"{colon_of(self.draft)}{gap_of(self.draft)}{words}" if quote.source == "abstract" else ""
        return f"{title}{year}{comma}{where}{said}"

    def _cited(self, keys: Sequence[str]) -> str:
        return f" [{'; '.join(map(self._link, keys))}]" if keys else ""

    def _link(self, key: str) -> str:
        """A citation: a link to the reference, and the place that the reference links back to."""
        place = f"cited-{next(self.places)}"
        self.cited_at[key].append(place)
        return f'<a id="{place}" href="#ref-{escape(key)}">{escape(key)}</a>'

    def _table(self, table: Table) -> Iterator[str]:
        yield '<div class="wide"><table>\n<thead><tr>'
        yield (
            "".join(f'<th scope="col">{escape(head)}</th>' for head in (label_of(PAPER, self.draft), *table.columns))
            + "</tr></thead>\n<tbody>"
        )
        for row in table.rows:
            cells = "".join(f"<td>{self._cell(cell)}</td>" for cell in row.cells)
            name = escape(row_of(row.key, self.by_key, self.draft))
            yield f'<tr><th scope="row">{name} [{self._link(row.key)}]</th>{cells}</tr>'
        yield "</tbody></table></div>"

    def _cell(self, cell: Cell) -> str:
        if SAFE_ADDRESS.fullmatch(cell.text):
            return f'<a href="{escape(cell.text)}" rel="noopener noreferrer">{escape(short_address(cell.text))}</a>'
        return self._sourced(escape(cell.text), (cell.evidence,)) if cell.evidence else escape(cell.text)

    def _listing(self, listing: Listing) -> Iterator[str]:
        number = f"（{len(listing.references)}）" if self.draft.is_chinese else f" ({len(listing.references)})"
        yield f"<details><summary>{listing.label}{number}</summary>\n<ul>"
        for reference in listing.references:
            yield f"<li>{escape(reference.title)}{dated(reference, self.draft)} [{self._link(reference.key)}]</li>"
        yield "</ul></details>"

    def _figure(self, figure: Figure) -> Iterator[str]:
        yield f'<figure id="figure-{figure.name}">\n<div class="wide">{_inline(figure)}</div>'
        yield f"<figcaption>{numbered(next(self.figures), self.draft)}{escape(figure.caption)}</figcaption>\n</figure>"

    def _reference(self, reference: Reference) -> str:
        record = build_record(reference)
        parts = [authors_line(reference), reference.venue or "", str(reference.year or ""), *ids_of(reference)]
        text = ". ".join(escape(part) for part in parts if part)
        title = escape(reference.title)
        if record.address:
            title = f'<a href="{escape(record.address)}" rel="noopener noreferrer">{title}</a>'
        if reference.code_url and SAFE_ADDRESS.fullmatch(reference.code_url):
            text += (
                f'. <a href="{escape(reference.code_url)}" rel="noopener noreferrer">{label_of(CODE, self.draft)}</a>'
            )
        back = "".join(
            f' <a class="back" href="#{place}" aria-label="{label_of(CITED_HERE, self.draft).format(n=n)}">↑{n}</a>'
            for n, place in enumerate(self.cited_at[reference.key], 1)
        )
        key = escape(reference.key)
        return f'<li id="ref-{key}"><code>{key}</code> {title}. {text}{"." if text else ""}{back}</li>'


def _contents(blocks: list[Block], contents: str, references: str) -> Iterator[str]:
    """The headings as nested lists; where there is no room beside the text they are folded."""
    yield f'<nav aria-label="{contents}"><details><summary>{contents}</summary>'
    depth = 0
    for heading in (block for block in blocks if isinstance(block, Heading)):
        yield "<ul>" * (heading.level - depth) + "</li></ul>" * (depth - heading.level)
        if heading.level <= depth:
            yield "</li>"
        depth = heading.level
        yield f'<li><a href="#{heading.anchor}">{escape(heading.text)}</a>'
    yield "</li></ul>" * max(0, depth - 1) + ("</li>" if depth else "<ul>")
    yield f'<li><a href="#references">{references}</a></li></ul></details></nav>'


def _inline(figure: Figure) -> str:
    """The figure's SVG in the colours of the reader's scheme, its ids told from those of the other figures."""
    svg = figure.render("svg").decode()
    svg = svg[svg.index("<svg") :]
    for ink, colour in _INKS.items():
        svg = svg.replace(ink, colour)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = _ID.sub(rf"\g<1>{figure.name}-", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(figure.title)}" ', 1)


def _style() -> str:
    return resources.files("survey.export").joinpath("page.css").read_text("utf-8")
