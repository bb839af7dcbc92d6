"""The report as an Excel workbook."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from nanocaliper.report.report_content import Chart, ReportContent, Sheet

__all__ = ["encode_xlsx", "open_workbook"]

_LONGEST_CELL = 32_000
_MOST_ROWS = 1_048_575
_HISTOGRAM = "Histogram"
_CHART_ROWS = 20
#: Where the file's properties need a date; the date of the report stands in the report.
_FIXED_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def open_workbook(buffer: io.BytesIO) -> Any:
    """Open a workbook in which a text stays a text, whatever it begins with, and that bears no date.

    Parameters
    ----------
    buffer : BytesIO
        It is written when the workbook is closed.

    Returns
    -------
    xlsxwriter.Workbook
    """
    from xlsxwriter import Workbook

    book = Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties({"created": _FIXED_DATE.replace(tzinfo=None)})
    return book


def encode_xlsx(content: ReportContent) -> bytes:
    """Write the sheets of a report, and its charts over their numbers.

    Parameters
    ----------
    content : ReportContent

    Returns
    -------
    bytes
    """
    buffer = io.BytesIO()
    book = open_workbook(buffer)
    book.set_properties(
        {
            "title": content.title[:255],
            "author": content.made_by,
            "created": _FIXED_DATE.replace(tzinfo=None),
        }
    )
    charts = [block for block in content.blocks if isinstance(block, Chart)]
    for number, sheet in enumerate(content.sheets):
        _write_sheet(book, sheet)
        # After statistics and particles, as people look for it.
        if charts and number == min(2, len(content.sheets) - 1):
            _write_charts(book, charts)
    book.close()
    return buffer.getvalue()


def _write_sheet(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name[:31])
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8ECF1", "bottom": 1}
    )
    forms = {
        form: book.add_format({"num_format": form})
        for form in {column.form for column in sheet.columns}
        if form
    }
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, min(column.width, 80))
        page.write_string(0, place, column.title, head)
    rows = sheet.rows[:_MOST_ROWS]
    for line, row in enumerate(rows, 1):
        for place, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
            _write_cell(page, line, place, value, forms.get(column.form))
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    if len(sheet.rows) > _MOST_ROWS:
        page.write_comment(
            0, 0, f"Only the first {_MOST_ROWS:,} of {len(sheet.rows):,} rows fit into a sheet."
        )


def _write_cell(page: Any, line: int, place: int, value: Any, form: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(line, place, value)
    elif isinstance(value, int | float):
        page.write_number(line, place, value, form)
    else:
        page.write_string(line, place, str(value)[:_LONGEST_CELL])


def _write_charts(book: Any, charts: Sequence[Chart]) -> None:
    """Numbers of all charts side by side, and the charts over them."""
    page = book.add_worksheet(_HISTOGRAM)
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8ECF1", "bottom": 1}
    )
    number = book.add_format({"num_format": "0.000"})
    title = book.add_format({"bold": True})
    first_row = _CHART_ROWS + 3
    place = 0
    for chart in charts:
        page.write_string(0, place, chart.caption[:_LONGEST_CELL], title)
        columns: list[tuple[str, Sequence[float]]] = []
        if chart.edges:
            columns += [
                (f"From: {chart.x_title}", chart.edges[:-1]),
                (f"To: {chart.x_title}", chart.edges[1:]),
            ]
        spots: list[tuple[int, int]] = []
        for one in chart.series:
            if not spots or one.x != chart.series[0].x:
                columns.append((f"Middle: {chart.x_title}" if chart.edges else chart.x_title, one.x))
            spots.append(
                (
                    place + max(k for k, (_, values) in enumerate(columns) if values == one.x),
                    place + len(columns),
                )
            )
            columns.append((one.name, one.y))
        for offset, (name, values) in enumerate(columns):
            page.set_column(place + offset, place + offset, 16)
            page.write_string(first_row, place + offset, name[:_LONGEST_CELL], head)
            for line, value in enumerate(values, first_row + 1):
                page.write_number(line, place + offset, value, number)
        _draw(book, page, chart, spots, first_row, place)
        place += max(len(columns), 6) + 1
    page.freeze_panes(first_row + 1, 0)


def _draw(
    book: Any, page: Any, chart: Chart, spots: Sequence[tuple[int, int]], first_row: int, place: int
) -> None:
    drawn: Any = None
    for one, (x_place, y_place) in zip(chart.series, spots, strict=True):
        last = first_row + len(one.y)
        kind = "scatter" if chart.kind == "xy" else "line" if one.line else "column"
        series: dict[str, Any] = {
            "name": [page.get_name(), first_row, y_place],
            "categories": [page.get_name(), first_row + 1, x_place, last, x_place],
            "values": [page.get_name(), first_row + 1, y_place, last, y_place],
        }
        if kind == "column":
            series |= {"gap": 3, "fill": {"color": "#56B4E9"}, "border": {"color": "#FFFFFF", "width": 0.5}}
        else:
            series |= {
                "line": {"color": "#D55E00" if one.line else "#0072B2", "width": 1.75},
                "marker": {"type": "none"},
            }
        wanted = {"type": kind, "subtype": "straight"} if kind == "scatter" else {"type": kind}
        if drawn is None:
            drawn = book.add_chart(wanted)
            drawn.add_series(series)
        elif chart.kind == "xy":
            drawn.add_series(series)
        else:
            over = book.add_chart(wanted)
            over.add_series(series)
            drawn.combine(over)
    axis: dict[str, Any] = {
        "name": chart.x_title,
        "num_format": "0.##",
        "major_gridlines": {"visible": False},
    }
    if chart.kind == "xy":
        known = chart.series[0].x
        axis |= {
            "min": known[0] - 0.02 * (known[-1] - known[0]),
            "max": known[-1] + 0.02 * (known[-1] - known[0]),
        }
        if known[0] == known[-1]:
            del axis["min"], axis["max"]
    drawn.set_x_axis(axis)
    drawn.set_y_axis({"name": chart.y_title, "min": 0, **({"max": 100} if chart.kind == "xy" else {})})
    drawn.set_title({"none": True})
    drawn.set_legend({"position": "bottom"})
    drawn.set_size({"width": 620, "height": 380})
    page.insert_chart(1, place, drawn, {"description": chart.alternative})
