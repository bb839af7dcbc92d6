"""The look of the Word report: page, styles, numbered headings, header and footer."""

from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from nanocaliper.report.report_content import ReportContent
from nanocaliper.report.word.markup import add_field, make

__all__ = ["BLUE", "RULE", "TEXT_MM", "set_up"]

#: Width of the text.
TEXT_MM = 170.0
BLUE, RULE = "1F4E79", "B8C0CA"
_FONT = "Arial"
_NUMBERING = 90


def set_up(document: Any, content: ReportContent) -> None:
    """Give a new document its page, styles, header and footer.

    Parameters
    ----------
    document : docx.document.Document
    content : ReportContent
    """
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm((210 - TEXT_MM) / 2)
    section.top_margin, section.bottom_margin = Mm(24), Mm(20)
    section.header_distance = section.footer_distance = Mm(10)
    _set_styles(document)
    _number_headings(document)
    _write_header(section, content)


def _set_styles(document: Any) -> None:
    styles = document.styles
    normal = styles["Normal"]
    _set_font(normal, 10)
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.line_spacing = 1.1
    normal.element.get_or_add_rPr().append(make("w:lang", val="en-GB"))
    for name, size, before, after in (
        ("Title", 22, 0, 10),
        ("Heading 1", 15, 20, 6),
        ("Heading 2", 11.5, 14, 4),
    ):
        style = styles[name]
        _set_font(style, size)
        style.font.bold = True
        style.font.italic = False
        style.font.color.rgb = RGBColor.from_string(BLUE)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = True
        for border in style.element.findall(f".//{qn('w:pBdr')}"):
            border.getparent().remove(border)
    caption = styles["Caption"]
    _set_font(caption, 9)
    caption.font.bold = False
    caption.font.color.rgb = RGBColor(0x1A, 0x1F, 0x26)
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(6), Pt(4)
    for name, size, colour, bold in (
        ("Result", 11, BLUE, True),
        ("Warning", 10, "7A4100", False),
        ("Note", 8.5, "4A535E", False),
        ("Cell", 8, None, False),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _set_font(style, size)
        style.font.bold = bold
        if colour:
            style.font.color.rgb = RGBColor.from_string(colour)
    for name, colour in (("Result", BLUE), ("Warning", "B45F06")):
        properties = styles[name].element.get_or_add_pPr()
        bar = make("w:pBdr")
        bar.append(make("w:left", val="single", sz="18", space="6", color=colour))
        properties.append(bar)
        styles[name].paragraph_format.keep_together = True
    styles["Warning"].element.get_or_add_pPr().append(make("w:shd", val="clear", color="auto", fill="FFF4E0"))
    cell = styles["Cell"].paragraph_format
    cell.space_before = cell.space_after = Pt(1.5)
    cell.line_spacing = 1.0
    placeholder = styles.add_style("PlaceholderText", WD_STYLE_TYPE.CHARACTER)
    placeholder.font.color.rgb = RGBColor(0x6B, 0x55, 0x00)
    placeholder.element.get_or_add_rPr().append(make("w:shd", val="clear", color="auto", fill="FDF3BF"))
    for level, indent in ((1, 0), (2, 6)):
        style = styles.add_style(f"toc {level}", WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        style.paragraph_format.left_indent = Mm(indent)
        style.paragraph_format.space_after = Pt(2)
        style.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_MM), WD_TAB_ALIGNMENT.RIGHT)


def _set_font(style: Any, size: float) -> None:
    style.font.name, style.font.size = _FONT, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if "heme" in name:
            del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), _FONT)


def _number_headings(document: Any) -> None:
    """Let Word number the headings, so that they stay right when the laboratory adds one."""
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle '
        f'w:val="Heading{level + 1}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr><w:tabs><w:tab w:val="num" '
        'w:pos="624"/></w:tabs>'
        '<w:ind w:left="624" w:hanging="624"/></w:pPr></w:lvl>'
        for level, text in enumerate(("%1", "%1.%2"))
    )
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{_NUMBERING}"><w:multiLevelType '
        f'w:val="multilevel"/>{levels}'
        "</w:abstractNum>"
    )
    numbering.insert(0, abstract)
    number = make("w:num", numId=str(_NUMBERING))
    number.append(make("w:abstractNumId", val=str(_NUMBERING)))
    numbering.append(number)
    for level in (0, 1):
        properties = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        use = properties.get_or_add_numPr()
        use.get_or_add_ilvl().val = level
        use.get_or_add_numId().val = _NUMBERING


def _write_header(section: Any, content: ReportContent) -> None:
    for part, left, right in (
        (section.header, content.title, f"Report {content.number}" if content.number else ""),
        (section.footer, content.made_by, None),
    ):
        paragraph = part.paragraphs[0]
        paragraph.style = "Note"
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(Mm(TEXT_MM), WD_TAB_ALIGNMENT.RIGHT)
        shown = left if len(left) <= 80 else left[:79] + "…"
        paragraph.add_run(f"{shown}\t{right or ''}")
        if right is None:
            paragraph.add_run("Page ")
            add_field(paragraph, "PAGE", "1")
            paragraph.add_run(" of ")
            add_field(paragraph, "NUMPAGES", "1")
