"""Charts that Word draws itself, with the workbook that it opens for "Edit data"."""

import io
from typing import Any

from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm
from lxml import etree  # type: ignore[import-untyped]
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE

from nanocaliper.report.excel import open_workbook
from nanocaliper.report.fixed_zip import fix_zip
from nanocaliper.report.report_content import Chart

__all__ = ["add_chart"]

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BAR, _CURVE, _FIT, _INK = "56B4E9", "0072B2", "D55E00", "333333"
_WIDTH_MM, _HEIGHT_MM = 150, 82


def add_chart(document: Any, paragraph: Any, chart: Chart, number: int) -> None:
    """Add a chart to a paragraph, with its numbers in a workbook inside the document.

    Parameters
    ----------
    document : docx.document.Document
    paragraph : docx.text.paragraph.Paragraph
    chart : Chart
    number : int
        Unique among the charts of the document, from 1.
    """
    package = document.part.package
    book = Part(
        PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"),
        _BOOK_TYPE,
        _make_workbook(chart),
        package,
    )
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, b"", package)
    relation = part.relate_to(book, f"{_R}/package")
    part._blob = _make_xml(chart, relation)
    inline = _make_inline(chart, document.part.relate_to(part, f"{_R}/chart"), 500 + number)
    paragraph.add_run()._r.append(inline)


def _make_inline(chart: Chart, relation: str, number: int) -> Any:
    drawing = parse_xml(
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        f'xmlns:a="{_A}" xmlns:c="{_C}" xmlns:r="{_R}">'
        '<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{Mm(_WIDTH_MM)}" cy="{Mm(_HEIGHT_MM)}"/><wp:docPr id="{number}" name="Chart '
        f'{number - 500}"/>'
        "<wp:cNvGraphicFramePr/>"
        f'<a:graphic><a:graphicData uri="{_C}"><c:chart r:id="{relation}"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )
    drawing[0][1].set("descr", chart.alternative)
    return drawing


def _make_data(chart: Chart) -> tuple[Any, Any]:
    if chart.kind == "xy":
        curves: Any = XyChartData(number_format="0.0##")  # type: ignore[no-untyped-call]
        for one in chart.series:
            added = curves.add_series(one.name)
            for x, y in zip(one.x, one.y, strict=True):
                added.add_data_point(x, y)
        return curves, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS
    data: Any = CategoryChartData(number_format="0.0##")  # type: ignore[no-untyped-call]
    data.categories = _name_classes(chart)
    for one in chart.series:
        data.add_series(one.name, one.y)
    return data, XL_CHART_TYPE.COLUMN_CLUSTERED


def _name_classes(chart: Chart) -> list[str]:
    """Limits of the classes, with as many decimals as tell them apart."""
    step = min(high - low for low, high in zip(chart.edges, chart.edges[1:], strict=False))
    decimals = next((k for k in range(7) if step * 10**k >= 10), 6)
    return [
        f"{low:.{decimals}f}–{high:.{decimals}f}"
        for low, high in zip(chart.edges, chart.edges[1:], strict=False)
    ]


def _make_workbook(chart: Chart) -> bytes:
    """Numbers where the chart's XML says that they are, as python-pptx lays them out; every text stays a text."""
    buffer = io.BytesIO()
    book = open_workbook(buffer)
    page = book.add_worksheet("Sheet1")
    if chart.kind == "bars":
        page.set_column(0, 0, 20)
        page.write_string(0, 0, chart.x_title)
        for line, name in enumerate(_name_classes(chart), 1):
            page.write_string(line, 0, name)
        for place, one in enumerate(chart.series, 1):
            page.write_string(0, place, one.name)
            page.write_column(1, place, one.y)
    else:
        top = 0
        for one in chart.series:
            page.write_string(top, 1, one.name)
            page.write_column(top + 1, 0, one.x)
            page.write_column(top + 1, 1, one.y)
            top += len(one.x) + 2
    book.close()
    return fix_zip(buffer.getvalue())


def _make_xml(chart: Chart, relation: str) -> bytes:
    data, kind = _make_data(chart)
    root = etree.fromstring(data.xml_bytes(kind))
    area = root.find(f".//{{{_C}}}plotArea")
    if chart.kind == "bars":
        _overlay_lines(area, chart)
        bars = area.find(f"{{{_C}}}barChart")
        gap = bars.find(f"{{{_C}}}gapWidth")
        if gap is None:
            gap = etree.Element(f"{{{_C}}}gapWidth")
            bars.find(f"{{{_C}}}axId").addprevious(gap)
        gap.set("val", "4")
    for ser in area.iter(f"{{{_C}}}ser"):
        _colour(ser, chart)
    _title_axes(area, chart)
    _finish(root, relation)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _overlay_lines(area: Any, chart: Chart) -> None:
    """Move the series that are lines from the bars to a line chart on the same axes."""
    bars = area.find(f"{{{_C}}}barChart")
    found = bars.findall(f"{{{_C}}}ser")
    moved = [ser for ser, one in zip(found, chart.series, strict=True) if one.line]
    if not moved:
        return
    lines = etree.fromstring(
        f'<c:lineChart xmlns:c="{_C}"><c:grouping val="standard"/><c:varyColors val="0"/></c:lineChart>'
    )
    for ser in moved:
        for name in ("invertIfNegative", "smooth"):
            for element in ser.findall(f"{{{_C}}}{name}"):
                ser.remove(element)
        etree.SubElement(ser, f"{{{_C}}}smooth").set("val", "1")
        lines.append(ser)
    etree.SubElement(lines, f"{{{_C}}}marker").set("val", "1")
    for axis in bars.findall(f"{{{_C}}}axId"):
        etree.SubElement(lines, f"{{{_C}}}axId").set("val", axis.get("val"))
    bars.addnext(lines)


def _colour(ser: Any, chart: Chart) -> None:
    one = chart.series[int(ser.find(f"{{{_C}}}idx").get("val"))]
    for old in ser.findall(f"{{{_C}}}spPr") + ser.findall(f"{{{_C}}}marker"):
        ser.remove(old)
    if chart.kind == "bars" and not one.line:
        look = (
            f'<a:solidFill><a:srgbClr val="{_BAR}"/></a:solidFill><a:ln w="6350"><a:solidFill><a:srgbClr '
            'val="FFFFFF"/>'
            "</a:solidFill></a:ln>"
        )
    else:
        colour, dash = (_FIT, '<a:prstDash val="dash"/>') if one.line else (_CURVE, "")
        look = (
            f'<a:ln w="22225"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>{dash}<a:round/></a:ln>'
        )
    shape = etree.fromstring(f'<c:spPr xmlns:c="{_C}" xmlns:a="{_A}">{look}</c:spPr>')
    ser.find(f"{{{_C}}}tx").addnext(shape)
    if chart.kind == "xy" or one.line:
        marker = etree.fromstring(f'<c:marker xmlns:c="{_C}"><c:symbol val="none"/></c:marker>')
        shape.addnext(marker)


def _title_axes(area: Any, chart: Chart) -> None:
    axes = [element for element in area if etree.QName(element).localname in ("catAx", "valAx", "dateAx")]
    for axis, words in zip(axes, (chart.x_title, chart.y_title), strict=True):
        for name in ("majorGridlines", "title", "txPr"):
            for old in axis.findall(f"{{{_C}}}{name}"):
                axis.remove(old)
        upright = words == chart.y_title
        turned = ' rot="-5400000" vert="horz"' if upright else ""
        title = etree.fromstring(
            f'<c:title xmlns:c="{_C}" xmlns:a="{_A}"><c:tx><c:rich><a:bodyPr{turned}/>'
            '<a:p><a:pPr><a:defRPr sz="900" b="0"/></a:pPr><a:r><a:rPr lang="en-GB" sz="900" '
            'b="0"/><a:t/></a:r></a:p>'
            '</c:rich></c:tx><c:overlay val="0"/></c:title>'
        )
        title.find(f".//{{{_A}}}t").text = words
        # The schema wants the title after position and gridlines.
        axis.find(f"{{{_C}}}axPos").addnext(title)
        if upright:
            lines = (
                f'<c:majorGridlines xmlns:c="{_C}" xmlns:a="{_A}"><c:spPr><a:ln w="6350"><a:solidFill>'
                '<a:srgbClr val="E3E7EC"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>'
            )
            axis.find(f"{{{_C}}}axPos").addnext(etree.fromstring(lines))
        scaling = axis.find(f"{{{_C}}}scaling")
        known = chart.series[0]
        limits = (0.0, 100.0 if chart.kind == "xy" else None) if upright else (None, None)
        if chart.kind == "xy" and not upright and known.x[0] < known.x[-1]:
            reach = 0.02 * (known.x[-1] - known.x[0])
            limits = (_round_down(known.x[0] - reach), None)
        for name, value in (("max", limits[1]), ("min", limits[0])):
            if value is not None:
                etree.SubElement(scaling, f"{{{_C}}}{name}").set("val", f"{value:g}")
        form = axis.find(f"{{{_C}}}numFmt")
        if form is not None:
            form.set("formatCode", "General")
            form.set("sourceLinked", "0")


def _round_down(value: float) -> float:
    """To two significant digits, so that the axis begins at a round number."""
    if value <= 0:
        return 0.0
    step = 10.0 ** (len(f"{int(value)}") - 2)
    return step * int(value / step)


def _finish(root: Any, relation: str) -> None:
    """Small letters, a legend below, no title, and the workbook."""
    chart = root.find(f"{{{_C}}}chart")
    for name in ("autoTitleDeleted", "legend", "title"):
        for old in chart.findall(f"{{{_C}}}{name}"):
            chart.remove(old)
    deleted = etree.Element(f"{{{_C}}}autoTitleDeleted")
    deleted.set("val", "1")
    chart.insert(0, deleted)
    legend = etree.fromstring(
        f'<c:legend xmlns:c="{_C}"><c:legendPos val="b"/><c:overlay val="0"/></c:legend>'
    )
    chart.find(f"{{{_C}}}plotArea").addnext(legend)
    for old in root.findall(f"{{{_C}}}txPr") + root.findall(f"{{{_C}}}externalData"):
        root.remove(old)
    letters = etree.fromstring(
        f'<c:txPr xmlns:c="{_C}" xmlns:a="{_A}"><a:bodyPr/><a:p><a:pPr><a:defRPr '
        f'sz="900"><a:solidFill><a:srgbClr val="{_INK}"/>'
        '</a:solidFill><a:latin typeface="Arial"/></a:defRPr></a:pPr><a:endParaRPr '
        'lang="en-GB"/></a:p></c:txPr>'
    )
    chart.addnext(letters)
    data = etree.fromstring(
        f'<c:externalData xmlns:c="{_C}" xmlns:r="{_R}" r:id="{relation}"><c:autoUpdate '
        'val="0"/></c:externalData>'
    )
    letters.addnext(data)
