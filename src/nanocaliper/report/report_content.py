"""What a report says, before it is Word, HTML or Excel: sections of paragraphs, tables, figures and charts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nanocaliper.report.report_text import Cell, Clean

__all__ = [
    "Block",
    "Bullets",
    "Chart",
    "Column",
    "Figure",
    "Paragraph",
    "Picture",
    "ReportContent",
    "Section",
    "Series",
    "Sheet",
    "SheetColumn",
    "Table",
    "number_captions",
    "number_sections",
]


@dataclass(frozen=True)
class Paragraph(Clean):
    """A paragraph.

    Parameters
    ----------
    text : Cell
    style : str
        ``''``, ``'result'`` for what the reader looks for first, ``'warning'``, or ``'note'`` in small print.
    """

    text: Cell
    style: Literal["", "result", "warning", "note"] = ""


@dataclass(frozen=True)
class Bullets(Clean):
    """A list.

    Parameters
    ----------
    items : tuple of Cell
    numbered : bool
    """

    items: tuple[Cell, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Column(Clean):
    """A column of a table.

    Parameters
    ----------
    title : str
    width : float
        Relative to the other columns.
    number : bool
        Numbers stand at the right.
    """

    title: str
    width: float = 1.0
    number: bool = False


@dataclass(frozen=True)
class Table(Clean):
    """A table.

    Parameters
    ----------
    key : str
        To refer to it; empty for one without caption and number.
    caption : str
    columns : tuple of Column
        All titles empty: a table without a header, of two columns, whose first one names the second.
    rows : tuple of tuple of Cell
    strong_rows : tuple of int
        Rows that are sums or results.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    strong_rows: tuple[int, ...] = ()

    @property
    def has_header(self) -> bool:
        """Whether the columns have titles."""
        return any(column.title for column in self.columns)


@dataclass(frozen=True)
class Picture:
    """A picture, once as pixels and once, where there is such, as SVG.

    Parameters
    ----------
    pixels : bytes
        A PNG or JPEG file.
    svg : bytes or None
    width_mm, height_mm : float
        How large it wants to be shown.
    """

    pixels: bytes
    svg: bytes | None
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Figure(Clean):
    """A picture with its caption.

    Parameters
    ----------
    key, caption : str
    alternative : str
        What it shows, for those who cannot see it.
    picture : Picture
    """

    key: str
    caption: str
    alternative: str
    picture: Picture


@dataclass(frozen=True)
class Series(Clean):
    """A series of a chart.

    Parameters
    ----------
    name : str
    x, y : tuple of float
    line : bool
        A line; else bars, or steps in a chart of kind ``'xy'``.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    line: bool = False


@dataclass(frozen=True)
class Chart(Clean):
    """A chart that Word and Excel draw themselves from its numbers; where no chart can be, its picture stands.

    Parameters
    ----------
    key, caption, alternative : str
    kind : {'bars', 'xy'}
        Bars over size classes with lines across, or lines over a size axis.
    x_title, y_title : str
    series : tuple of Series
        Of ``'bars'`` all with the same x, the middles of the classes.
    edges : tuple of float
        Limits of the size classes; empty for ``'xy'``.
    picture : Picture
    """

    key: str
    caption: str
    alternative: str
    kind: Literal["bars", "xy"]
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    edges: tuple[float, ...]
    picture: Picture


Block = Paragraph | Bullets | Table | Figure | Chart


@dataclass(frozen=True)
class Section(Clean):
    """A heading and what stands below it.

    Parameters
    ----------
    title : str
    blocks : tuple of Block
    level : int
        1 or 2.
    key : str
        To refer to it; empty for one that is not referred to.
    """

    title: str
    blocks: tuple[Block, ...]
    level: int = 1
    key: str = ""


@dataclass(frozen=True)
class SheetColumn(Clean):
    """A column of a sheet of the workbook.

    Parameters
    ----------
    title : str
        With the unit in brackets.
    form : str
        Number format of spreadsheets; empty for text.
    width : float
        In characters.
    """

    title: str
    form: str = ""
    width: float = 12.0


@dataclass(frozen=True)
class Sheet(Clean):
    """A sheet of the workbook: numbers with all their digits.

    Parameters
    ----------
    name : str
        At most 31 characters.
    columns : tuple of SheetColumn
    rows : tuple of tuple
        Texts, numbers, truth values or None.
    """

    name: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[str | float | bool | None, ...], ...]


@dataclass(frozen=True)
class ReportContent(Clean):
    """All that a report says.

    Parameters
    ----------
    title : str
    number, date : str
        Of the report; empty where not given.
    made_by : str
        Program and version.
    front : tuple of Block
        What stands between title and table of contents.
    sections : tuple of Section
    sheets : tuple of Sheet
        Of the workbook.
    statistics : mapping
        Content of ``statistics.json``.
    """

    title: str
    number: str
    date: str
    made_by: str
    front: tuple[Block, ...]
    sections: tuple[Section, ...]
    sheets: tuple[Sheet, ...]
    statistics: Mapping[str, Any]

    @property
    def blocks(self) -> Iterator[Block]:
        """All blocks, in the order in which they stand."""
        yield from self.front
        for section in self.sections:
            yield from section.blocks


def number_captions(content: ReportContent) -> dict[str, str]:
    """Number tables and figures as they come.

    Parameters
    ----------
    content : ReportContent

    Returns
    -------
    dict of str to str
        ``'Table 2'`` or ``'Figure 1'`` by key; charts are figures. Sections that have a key are in it too, as
        ``'section 4.1'``.
    """
    names: dict[str, str] = {}
    counts = {"Table": 0, "Figure": 0}
    for block in content.blocks:
        if isinstance(block, Table | Figure | Chart) and block.key:
            kind = "Table" if isinstance(block, Table) else "Figure"
            counts[kind] += 1
            names[block.key] = f"{kind} {counts[kind]}"
    for section, number in zip(content.sections, number_sections(content), strict=True):
        if section.key:
            names[section.key] = f"section {number}"
    return names


def number_sections(content: ReportContent) -> list[str]:
    """Number sections as they come.

    Parameters
    ----------
    content : ReportContent

    Returns
    -------
    list of str
        ``'4'`` or ``'4.1'``, one a section.
    """
    first = second = 0
    numbers = []
    for section in content.sections:
        if section.level == 1:
            first, second = first + 1, 0
            numbers.append(f"{first}")
        else:
            second += 1
            numbers.append(f"{first}.{second}")
    return numbers
