"""Pieces of WordprocessingML that python-docx has no words for: fields, bookmarks, content controls, borders."""

from typing import Any

from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

__all__ = [
    "add_blank",
    "add_bookmark",
    "add_field",
    "add_link",
    "draw_rules",
    "make",
    "narrow_margins",
    "repeat_row",
    "shade",
]

#: Twentieths of a point.
_CELL_MARGIN = 70


def make(tag: str, **attributes: str) -> Any:
    """Make an element, for example ``make('w:shd', fill='FFFFFF')``."""
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def add_field(
    paragraph: Any, instruction: str, shown: str, *, dirty: bool = False, bold: bool = False
) -> None:
    """Add a field, such as ``PAGE`` or ``REF table1 \\h``, with the result that is shown until Word updates it.

    Parameters
    ----------
    paragraph : docx.text.paragraph.Paragraph
    instruction, shown : str
    dirty : bool
        Word shall update it when the document is opened.
    bold : bool
    """
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        run = paragraph.add_run(shown if kind == "shown" else "")
        run.bold = bold or None
        if kind == "instruction":
            code = make("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {instruction} "
            run._r.append(code)
        elif kind != "shown":
            mark = make("w:fldChar", fldCharType=kind)
            if dirty and kind == "begin":
                mark.set(qn("w:dirty"), "true")
            run._r.append(mark)


def add_bookmark(paragraph: Any, name: str, number: int, start: int) -> None:
    """Put a bookmark around what was added to a paragraph from its child `start` on."""
    first = make("w:bookmarkStart", id=str(number), name=name)
    paragraph._p.insert(start, first)
    paragraph._p.append(make("w:bookmarkEnd", id=str(number)))


def add_link(paragraph: Any, bookmark: str) -> Any:
    """Add a link within the document, and give the element that runs go into."""
    link = make("w:hyperlink", anchor=bookmark, history="1")
    paragraph._p.append(link)
    return link


def add_blank(paragraph: Any, label: str, number: int) -> None:
    """Add a content control that the laboratory fills in.

    Parameters
    ----------
    paragraph : docx.text.paragraph.Paragraph
    label : str
        Its name.
    number : int
        Unique in the document.
    """
    control = parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtPr><w:alias/><w:tag/><w:id/><w:showingPlcHdr/><w:text "
        'w:multiLine="1"/></w:sdtPr>'
        '<w:sdtContent><w:r><w:rPr><w:rStyle w:val="PlaceholderText"/><w:shd w:val="clear" w:color="auto" '
        'w:fill="FDF3BF"/></w:rPr><w:t/></w:r></w:sdtContent></w:sdt>'
    )
    control.find(f".//{qn('w:alias')}").set(qn("w:val"), label[:60])
    control.find(f".//{qn('w:tag')}").set(qn("w:val"), f"field{number}")
    control.find(f".//{qn('w:id')}").set(qn("w:val"), str(1000 + number))
    control.find(f".//{qn('w:t')}").text = "to be completed"
    paragraph._p.append(control)


def shade(cell: Any, colour: str) -> None:
    """Fill a cell with a colour, six hexadecimal digits."""
    cell._tc.get_or_add_tcPr().append(make("w:shd", val="clear", color="auto", fill=colour))


def repeat_row(row: Any) -> None:
    """Repeat a header row on each page that its table goes over."""
    row._tr.get_or_add_trPr().append(make("w:tblHeader"))


def draw_rules(table: Any, colour: str) -> None:
    """Draw thin rules between and around the rows of a table, none between columns."""
    borders = make("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(make(f"w:{side}", val="single", sz="4", space="0", color=colour))
    table._tbl.tblPr.append(borders)


def narrow_margins(table: Any) -> None:
    """Leave little room beside the words of cells, and begin the table where the text begins."""
    properties = table._tbl.tblPr
    properties.append(make("w:tblInd", w=str(_CELL_MARGIN), type="dxa"))
    margins = make("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(make(f"w:{side}", w=str(_CELL_MARGIN), type="dxa"))
    properties.append(margins)
