"""Reading a draft in Word: ours, or what somebody made of it in Word or LibreOffice."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from corpus.errors import InputError
from survey.checking.reading import (
    LISTINGS,
    Named,
    Reading,
    Statement,
    hide,
    is_references,
    keys_in,
    read_item,
    read_paragraph,
    show,
)

# Our bookmarks of references; links to them are citations.
_BOOKMARK = "ref_"
_SILENT = {"Title", "Caption"}


def read_word(content: bytes) -> Reading:
    """The statements of a document, and its references. Raises InputError where it is none."""
    return _Document(content).read()


class _Document:
    def __init__(self, content: bytes) -> None:
        from docx import Document

        try:
            self.document: Any = Document(io.BytesIO(content))
        # What python-docx raises for a damaged file, be it no zip, a zip without the parts, or broken XML.
        except (KeyError, ValueError, OSError, LookupError, SyntaxError, _bad_file()) as error:
            raise InputError("the file is no Word document", "Name a draft that `fourways survey` wrote") from error
        self.styles = {style.style_id: style.name for style in self.document.styles}
        self.references: dict[str, Named] = {}

    def read(self) -> Reading:
        from docx.oxml.ns import qn

        statements: list[Statement] = []
        heading, listed, in_list = "the start", False, False
        for element in self.document.element.body:
            if element.tag == qn("w:tbl"):
                statements += self._rows(element)
            if element.tag != qn("w:p"):
                continue
            style, text = self._style(element), " ".join(self._text(element).split())
            if style.startswith("Heading"):
                heading, listed = show(text), False
                in_list = is_references(heading)
            elif in_list:
                self._reference(element)
            elif style not in _SILENT and text:
                if self._is_label(element):
                    listed = show(text) in LISTINGS
                elif style != "List Bullet":
                    listed = False
                    statements += read_paragraph(text, heading)
                elif listed:
                    statements.append(Statement(heading, show(text), keys_in(text), claims=False))
                else:
                    statements += read_item(text, heading)
        return Reading(statements, self.references, loose=True)

    def _style(self, paragraph: Any) -> str:
        return self.styles.get(paragraph.style, "") or ""

    def _text(self, element: Any) -> str:
        """The text of an element with its citations as @key; without what was deleted while changes are tracked."""
        from docx.oxml.ns import qn

        if element.tag == qn("w:t"):
            return hide(element.text or "") if "@" in (element.text or "") else element.text or ""
        if element.tag in (qn("w:tab"), qn("w:br")):
            return " "
        if element.tag in (qn("w:del"), qn("w:pPr"), qn("w:rPr")):
            return ""
        anchor = element.get(qn("w:anchor")) if element.tag == qn("w:hyperlink") else None
        if anchor and anchor.startswith(_BOOKMARK):
            return f"@{anchor.removeprefix(_BOOKMARK)}"
        return "".join(map(self._text, element))

    def _is_label(self, paragraph: Any) -> bool:
        """Whether all of its words are bold."""
        from docx.text.paragraph import Paragraph

        runs = [run for run in Paragraph(paragraph, self.document).runs if run.text.strip()]
        return bool(runs) and all(run.bold for run in runs)

    def _rows(self, table: Any) -> Iterator[Statement]:
        from docx.oxml.ns import qn

        for row in list(table.iter(qn("w:tr")))[1:]:
            text = " | ".join(" ".join(self._text(cell).split()) for cell in row.iter(qn("w:tc")))
            yield Statement("a table", show(text), keys_in(text), claims=False)

    def _reference(self, paragraph: Any) -> None:
        """What a paragraph with one of our bookmarks says of a paper: its title in italics, and its address."""
        from docx.oxml.ns import qn
        from docx.text.paragraph import Paragraph

        names = [mark.get(qn("w:name")) for mark in paragraph.iter(qn("w:bookmarkStart"))]
        key = next((name.removeprefix(_BOOKMARK) for name in names if name.startswith(_BOOKMARK)), None)
        if key is None:
            return
        title = "".join(run.text for run in Paragraph(paragraph, self.document).runs if run.italic)
        links = [link.get(qn("r:id")) for link in paragraph.iter(qn("w:hyperlink"))]
        rels = self.document.part.rels
        url = next((rels[one].target_ref for one in links if one in rels), None)
        self.references[key] = Named(url=url, title=title or None)


def _bad_file() -> type[Exception]:
    from zipfile import BadZipFile

    return BadZipFile
