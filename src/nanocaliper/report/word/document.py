"""A report written as a Word document that people go on editing."""

import io
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from nanocaliper.report.fixed_zip import fix_zip
from nanocaliper.report.report_content import (
    Block,
    Bullets,
    Chart,
    Figure,
    Paragraph,
    ReportContent,
    Table,
    number_captions,
    number_sections,
)
from nanocaliper.report.report_text import Blank, Cell, Ref, Strong
from nanocaliper.report.word.charts import add_chart
from nanocaliper.report.word.markup import (
    add_blank,
    add_bookmark,
    add_field,
    add_link,
    draw_rules,
    make,
    narrow_margins,
    repeat_row,
    shade,
)
from nanocaliper.report.word.styles import RULE, TEXT_MM, set_up

__all__ = ["encode_docx"]

_FIXED_DATE = datetime(2000, 1, 1)
#: Tables of at most so many rows stay on one page.
_KEPT_ROWS = 12
#: With more sections the contents name main sections alone, to stay on one page.
_LONGEST_CONTENTS = 36
_STYLES = {"": "Normal", "result": "Result", "warning": "Warning", "note": "Note"}


def encode_docx(content: ReportContent) -> bytes:
    """Write a report as a Word document.

    Parameters
    ----------
    content : ReportContent

    Returns
    -------
    bytes
        The same for the same content.
    """
    return _Writer(content).write()


class _Writer:
    """Adds blocks to a document; knows numbers and bookmarks."""

    def __init__(self, content: ReportContent) -> None:
        self.content = content
        self.names = number_captions(content)
        self.numbers = number_sections(content)
        # Bookmarks must be short and of plain letters, which keys are not.
        self.bookmarks = {key: f"_Ref{1000 + place}" for place, key in enumerate(self.names)}
        self.marks = self.fields = self.charts = 0
        self.document: Any = Document()

    def write(self) -> bytes:
        document, content = self.document, self.content
        set_up(document, content)
        document.add_paragraph("TEST REPORT", style="Note")
        document.add_paragraph(content.title, style="Title")
        for block in content.front:
            self.add(block)
        self.add_contents()
        for place, section in enumerate(content.sections):
            heading = document.add_heading(section.title, section.level)
            if place == 0:
                heading.paragraph_format.page_break_before = True
            self.mark(heading, f"_Toc{place}", 0 if heading._p.pPr is None else 1)
            if section.key:
                self.mark(heading, self.bookmarks[section.key], 0 if heading._p.pPr is None else 1)
            for block in section.blocks:
                self.add(block)
        properties = document.core_properties
        properties.title, properties.author, properties.comments = content.title[:255], content.made_by, ""
        properties.created = properties.modified = _FIXED_DATE
        properties.last_modified_by = content.made_by
        buffer = io.BytesIO()
        document.save(buffer)
        return fix_zip(buffer.getvalue())

    def mark(self, paragraph: Any, name: str, start: int) -> None:
        self.marks += 1
        add_bookmark(paragraph, name, self.marks, start)

    def add_contents(self) -> None:
        """Table of contents: complete without page numbers, which Word adds when it updates the field."""
        document = self.document
        title = document.add_paragraph(style="Note")
        title.add_run("Contents").bold = True
        title.paragraph_format.keep_with_next = True
        deepest = 2 if len(self.content.sections) <= _LONGEST_CONTENTS else 1
        shown = [place for place, section in enumerate(self.content.sections) if section.level <= deepest]
        for place in shown:
            section = self.content.sections[place]
            paragraph = document.add_paragraph(style=f"toc {section.level}")
            if place == shown[0]:
                for kind, text in (
                    ("begin", ""),
                    ("", f'TOC \\o "1-{deepest}" \\h \\z \\u'),
                    ("separate", ""),
                ):
                    self.add_field_part(paragraph, kind, text)
            link = add_link(paragraph, f"_Toc{place}")
            run = paragraph.add_run(f"{self.numbers[place]}  {section.title}\t")
            link.append(run._r)
            first = len(paragraph._p)
            add_field(paragraph, f"PAGEREF _Toc{place} \\h", "")
            for element in list(paragraph._p)[first:]:
                link.append(element)
            if place == shown[-1]:
                self.add_field_part(paragraph, "end", "")

    def add_field_part(self, paragraph: Any, kind: str, text: str) -> None:
        run = paragraph.add_run()._r
        if text:
            code = make("w:instrText")
            code.text = f" {text} "
            run.append(code)
            return
        mark = make("w:fldChar", fldCharType=kind)
        if kind == "begin":
            mark.set(mark.nsmap["w"].join(("{", "}dirty")), "true")
        run.append(mark)

    def add(self, block: Block) -> None:
        if isinstance(block, Paragraph):
            self.fill(self.document.add_paragraph(style=_STYLES[block.style]), block.text)
        elif isinstance(block, Bullets):
            for item in block.items:
                paragraph = self.document.add_paragraph(
                    style="List Number" if block.numbered else "List Bullet"
                )
                self.fill(paragraph, item)
        elif isinstance(block, Table):
            self.add_table(block)
        else:
            self.add_figure(block)

    def fill(self, paragraph: Any, text: Cell, *, bold: bool = False) -> None:
        for part in (text,) if isinstance(text, str) else text:
            if isinstance(part, Strong):
                paragraph.add_run(part.text).bold = True
            elif isinstance(part, Blank):
                self.fields += 1
                add_blank(paragraph, part.label, self.fields)
            elif isinstance(part, Ref):
                self.refer(paragraph, part.key)
            else:
                paragraph.add_run(part).bold = bold or None

    def refer(self, paragraph: Any, key: str) -> None:
        name = self.names[key]
        if name.startswith("section "):
            paragraph.add_run("section ")
            add_field(paragraph, f"REF {self.bookmarks[key]} \\r \\h", name.removeprefix("section "))
        else:
            add_field(paragraph, f"REF {self.bookmarks[key]} \\h", name)

    def add_caption(self, key: str, text: str, *, keep: bool) -> None:
        kind, _, number = self.names[key].partition(" ")
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = keep
        start = len(paragraph._p)
        paragraph.add_run(f"{kind} ").bold = True
        add_field(paragraph, f"SEQ {kind} \\* ARABIC", number, bold=True)
        self.mark(paragraph, self.bookmarks[key], start)
        paragraph.add_run(". ").bold = True
        paragraph.add_run(text)

    def add_table(self, block: Table) -> None:
        if block.key:
            self.add_caption(block.key, block.caption, keep=True)
        lines = len(block.rows) + block.has_header
        table = self.document.add_table(rows=lines, cols=len(block.columns))
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        draw_rules(table, RULE)
        narrow_margins(table)
        if block.caption:
            table._tbl.tblPr.append(make("w:tblCaption", val=block.caption[:250]))
        total = sum(column.width for column in block.columns)
        widths = [Mm(TEXT_MM * column.width / total) for column in block.columns]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        head = [tuple(column.title for column in block.columns)] if block.has_header else []
        wide = len(block.columns)
        # All cells at once: to ask each row for its own takes minutes for long tables.
        found = table._cells
        for place, (row, texts) in enumerate(zip(list(table.rows), [*head, *block.rows], strict=True)):
            header = place < len(head)
            if header:
                repeat_row(row)
            row._tr.get_or_add_trPr().append(make("w:cantSplit"))
            keep = header or (len(block.rows) <= _KEPT_ROWS and place < lines - 1)
            bold = header or place - len(head) in block.strong_rows
            for number, cell in enumerate(found[place * wide : (place + 1) * wide]):
                cell.width = widths[number]
                paragraph = cell.paragraphs[0]
                paragraph.style = "Cell"
                paragraph.paragraph_format.keep_with_next = keep
                if block.columns[number].number:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                self.fill(paragraph, texts[number], bold=bold or (not head and number == 0))
                if header:
                    shade(cell, "E8ECF1")
        self.document.add_paragraph(style="Cell")

    def add_figure(self, block: Figure | Chart) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.line_spacing = 1.0
        if isinstance(block, Chart):
            self.charts += 1
            add_chart(self.document, paragraph, block, self.charts)
        else:
            picture = block.picture
            width = min(picture.width_mm, TEXT_MM)
            shape = paragraph.add_run().add_picture(io.BytesIO(picture.pixels), width=Mm(width))
            shape._inline.docPr.set("descr", block.alternative)
        self.add_caption(block.key, block.caption, keep=False)
        self.document.paragraphs[-1].paragraph_format.space_after = Pt(12)
