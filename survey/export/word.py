"""A draft as a Word file (.docx), by python-docx: real headings, lists, tables and pictures; citations link to the references."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from corpus.models import clean_line
from survey.bibliography import SAFE_ADDRESS, authors_line, build_record, ids_of
from survey.draft.models import Draft, Reference, Sentence, Table
from survey.draft.telling import pieces_of
from survey.export.blocks import (
    CODE,
    LINK,
    PAPER,
    REFERENCES,
    Block,
    Heading,
    Listing,
    Text,
    attributed,
    build_blocks,
    cited_keys,
    column_shares,
    dated,
    gap_of,
    label_of,
    numbered,
    row_of,
    said,
    title_of,
)
from survey.figures import Figure

# A file's times would make every run another file; this is the first that a zip can hold.
_EPOCH = datetime(1980, 1, 1)
_PAGE_WIDTH, _PAGE_HEIGHT = 6.3, 8.4  # inches inside the margins
_CAPTION_ROOM = 0.9
_PADDING = 0.2
_TABLE_SIZE = 8.0  # points
_CHINESE_FONT = "Microsoft YaHei"


def render_word(draft: Draft) -> bytes:
    """The file."""
    return _Writer(draft).write()


class _Writer:
    def __init__(self, draft: Draft) -> None:
        from docx import Document

        self.draft = draft
        self.by_id = {reference.id: reference for reference in draft.references}
        self.by_key = {reference.key: reference for reference in draft.references}
        self.numbers = {reference.key: number for number, reference in enumerate(draft.references, 1)}
        self.figures = 0
        self.document: Any = Document()
        self.bullet = self.document.styles["List Bullet"].style_id

    def write(self) -> bytes:
        self._set_up()
        self.document.add_heading(title_of(self.draft), level=0)
        for block in build_blocks(self.draft):
            self._block(block)
        self.document.add_heading(label_of(REFERENCES, self.draft), level=1)
        for reference in self.draft.references:
            self._reference(reference)
        file = io.BytesIO()
        self.document.save(file)
        return _without_times(file.getvalue())

    def _set_up(self) -> None:
        from docx.shared import Inches, Pt

        section = self.document.sections[0]
        section.left_margin = section.right_margin = Inches(1.0)
        self.document.styles["Normal"].font.size = Pt(11)
        if self.draft.is_chinese:
            self._speak_chinese()
        facts = self.document.core_properties
        facts.title, facts.author, facts.comments, facts.last_modified_by = title_of(self.draft)[:255], "", "", ""
        facts.created = facts.modified = _EPOCH

    def _speak_chinese(self) -> None:
        """Fonts that Windows, macOS and LibreOffice have or replace by their own; Word would take Japanese ones."""
        from docx.oxml.ns import qn

        for style in self.document.styles:
            if style.type == _paragraph_style() and style.element.rPr is not None:
                fonts = style.element.rPr.get_or_add_rFonts()
                fonts.attrib.pop(qn("w:eastAsiaTheme"), None)
                fonts.set(qn("w:eastAsia"), _CHINESE_FONT)
        for language in self.document.styles.element.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")

    def _block(self, block: Block) -> None:
        if isinstance(block, Heading):
            self.document.add_heading(block.text, level=min(block.level, 9))
        elif isinstance(block, Text):
            self._text(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Listing):
            self._listing(block)
        else:
            self._figure(block)

    def _text(self, text: Text) -> None:
        if text.layout == "prose":
            paragraph = self.document.add_paragraph()
            for number, sentence in enumerate(text.sentences):
                paragraph.add_run(gap_of(self.draft) if number else "")
                self._sentence(paragraph, sentence)
            return
        if text.label:
            self._label(text.label)
        for sentence in text.sentences:
            paragraph = self._bullet()
            if text.layout == "gaps":
                self._sentence(paragraph, sentence)
            else:
                who = attributed(sentence, self.by_id, self.draft)
                paragraph.add_run(clean_line(f"{who}{gap_of(self.draft)}“{said(sentence)}”"))
                self._cite(paragraph, cited_keys(sentence))

    def _bullet(self) -> Any:
        paragraph = self.document.add_paragraph()
        # By its id: python-docx looks a name up among all styles, which took half of the time.
        paragraph._p.style = self.bullet
        return paragraph

    def _label(self, label: str) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.add_run(label).bold = True
        paragraph.paragraph_format.keep_with_next = True

    def _sentence(self, paragraph: Any, sentence: Sentence) -> None:
        for text, keys in pieces_of(sentence):
            paragraph.add_run(clean_ends(text))
            self._cite(paragraph, keys)

    def _cite(self, paragraph: Any, keys: Sequence[str], size: float | None = None) -> None:
        """[1, 2], each number a link to its reference."""
        for number, key in enumerate(keys):
            _run(paragraph, ", " if number else " [", size)
            self._link(paragraph, str(self.numbers.get(key, key)), anchor=_bookmark(key), size=size)
        if keys:
            _run(paragraph, "]", size)

    def _link(
        self, paragraph: Any, text: str, *, anchor: str = "", address: str = "", size: float | None = None
    ) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        link = OxmlElement("w:hyperlink")
        if anchor:
            link.set(qn("w:anchor"), anchor)
        else:
            link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        run = _run(paragraph, text, size)
        run.font.color.rgb = _blue()
        link.append(run._r)
        paragraph._p.append(link)

    def _table(self, table: Table) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Inches

        texts = [[row_of(row.key, self.by_key, self.draft), *(cell.text for cell in row.cells)] for row in table.rows]
        heads = (label_of(PAPER, self.draft), *table.columns)
        grid = self.document.add_table(rows=1 + len(texts), cols=len(heads), style="Table Grid")
        grid.autofit = False
        # Each cell has its padding, whatever stands in it.
        room = _PAGE_WIDTH - _PADDING * len(heads)
        widths = [Inches(_PADDING + room * share) for share in column_shares([heads, *texts])]
        for column, wide in zip(grid.columns, widths, strict=True):
            column.width = wide
        rows = list(grid.rows)
        self._row(rows[0], heads, widths, bold=True)
        head = OxmlElement("w:tblHeader")  # repeated on each page
        head.set(qn("w:val"), "true")
        rows[0]._tr.get_or_add_trPr().append(head)
        for row, cells, line in zip(table.rows, texts, rows[1:], strict=True):
            self._row(line, cells, widths)
            self._cite(line.cells[0].paragraphs[0], [row.key], size=_TABLE_SIZE)
        self.document.add_paragraph()

    def _row(self, row: Any, texts: Sequence[str], widths: Sequence[int], bold: bool = False) -> None:
        for cell, text, wide in zip(row.cells, texts, widths, strict=True):
            cell.width = wide
            paragraph = cell.paragraphs[0]
            if SAFE_ADDRESS.fullmatch(text):
                self._link(paragraph, label_of(LINK, self.draft), address=text, size=_TABLE_SIZE)
            else:
                _run(paragraph, clean_line(text), _TABLE_SIZE).bold = bold or None

    def _listing(self, listing: Listing) -> None:
        self._label(listing.label)
        for reference in listing.references:
            paragraph = self._bullet()
            paragraph.add_run(f"{clean_line(reference.title)}{dated(reference, self.draft)}")
            self._cite(paragraph, [reference.key])

    def _figure(self, figure: Figure) -> None:
        from docx.shared import Inches

        picture = figure.render("png")
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=Inches(_PAGE_WIDTH))
        most = Inches(_PAGE_HEIGHT - _CAPTION_ROOM)
        if shape.height > most:
            shape.width, shape.height = int(shape.width * most / shape.height), most
        shape._inline.docPr.set("descr", figure.title)
        self.figures += 1
        caption = f"{numbered(self.figures, self.draft)}{clean_line(figure.caption)}"
        self.document.add_paragraph(caption, style="Caption")

    def _reference(self, reference: Reference) -> None:
        record = build_record(reference)
        paragraph = self.document.add_paragraph()
        _mark(paragraph, _bookmark(reference.key), self.numbers[reference.key])
        paragraph.add_run(f"[{self.numbers[reference.key]}] ")
        if reference.authors:
            paragraph.add_run(clean_line(f"{authors_line(reference)}. "))
            paragraph.add_run(" ")
        paragraph.add_run(clean_line(reference.title)).italic = True
        rest = ", ".join(part for part in (reference.venue, str(reference.year or ""), *ids_of(reference)) if part)
        paragraph.add_run(clean_ends(f". {rest}." if rest else "."))
        if record.address:
            paragraph.add_run(" ")
            self._link(paragraph, record.address, address=record.address)
        if reference.code_url and SAFE_ADDRESS.fullmatch(reference.code_url):
            paragraph.add_run(" ")
            self._link(paragraph, label_of(CODE, self.draft), address=reference.code_url)


def _run(paragraph: Any, text: str, size: float | None) -> Any:
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.font.size = Pt(size) if size else None
    return run


def clean_ends(text: str) -> str:
    """`clean_line`, with the space at its beginning that parts it from what is before."""
    return (" " if text[:1] == " " else "") + clean_line(text)


def _mark(paragraph: Any, name: str, number: int) -> None:
    """A bookmark at the beginning of the paragraph."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (start, end):
        element.set(qn("w:id"), str(number))
        paragraph._p.append(element)
    start.set(qn("w:name"), name)


def _bookmark(key: str) -> str:
    """Word's bookmarks have at most 40 characters."""
    return f"ref_{key}"[:40]


def _paragraph_style() -> Any:
    from docx.enum.style import WD_STYLE_TYPE

    return WD_STYLE_TYPE.PARAGRAPH


def _blue() -> Any:
    from docx.shared import RGBColor

    return RGBColor(0x0B, 0x5C, 0xAD)


def _without_times(written: bytes) -> bytes:
    """The same zip with one time for all its files."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            entry = zipfile.ZipInfo(info.filename, _EPOCH.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
            new.writestr(entry, old.read(info))
    return file.getvalue()
