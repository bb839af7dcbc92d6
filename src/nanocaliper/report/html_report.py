"""The report as one HTML file: no script, pictures inside, ready to print on A4."""

import base64
from html import escape

from nanocaliper.report.html_style import STYLE
from nanocaliper.report.report_content import (
    Block,
    Bullets,
    Chart,
    Figure,
    Paragraph,
    Picture,
    ReportContent,
    Table,
    number_captions,
    number_sections,
)
from nanocaliper.report.report_text import Blank, Cell, Ref, Strong

__all__ = ["encode_html"]

_NARROW_MM = 100.0


def encode_html(content: ReportContent) -> bytes:
    """Write a report as HTML.

    Parameters
    ----------
    content : ReportContent

    Returns
    -------
    bytes
        UTF-8.
    """
    return _Writer(content).write().encode("utf-8")


class _Writer:
    """Renders blocks; knows the numbers of captions."""

    def __init__(self, content: ReportContent) -> None:
        self.content = content
        self.names = number_captions(content)
        self.numbers = number_sections(content)
        # Keys hold names of samples: anchors are made of places.
        self.anchors = {key: f"a{place}" for place, key in enumerate(self.names)}

    def write(self) -> str:
        content = self.content
        parts = [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
            "style-src "
            "'unsafe-inline'\">",
            f'<meta name="generator" content="{escape(content.made_by)}">',
            f"<title>{escape(content.title)}</title><style>{STYLE}</style></head>",
            '<body><a class="skip" href="#content">To the content</a>',
            f'<header><p class="kind">Test report</p><h1>{escape(content.title)}</h1>',
            *(self.render(block) for block in content.front),
            "</header>",
            self.list_contents(),
            '<main id="content">',
        ]
        for place, section in enumerate(content.sections):
            tag = "h2" if section.level == 1 else "h3"
            anchor = self.anchors.get(section.key, f"s{place}")
            parts.append(
                f'<{tag} id="{anchor}"><span class="number">{self.numbers[place]}</span> '
                f"{escape(section.title)}</{tag}>"
            )
            parts += [self.render(block) for block in section.blocks]
        parts.append(f"</main><footer><p>Made by {escape(content.made_by)}.</p></footer></body></html>\n")
        return "\n".join(parts)

    def list_contents(self) -> str:
        lines = []
        for place, section in enumerate(self.content.sections):
            anchor = self.anchors.get(section.key, f"s{place}")
            lines.append(
                f'<li class="level{section.level}"><a href="#{anchor}">{self.numbers[place]} '
                f"{escape(section.title)}</a></li>"
            )
        return f'<nav aria-label="Contents"><h2 class="plain">Contents</h2><ul>{"".join(lines)}</ul></nav>'

    def render(self, block: Block) -> str:
        if isinstance(block, Paragraph):
            mark = f' class="{block.style}"' if block.style else ""
            return f"<p{mark}>{self.write_text(block.text)}</p>"
        if isinstance(block, Bullets):
            tag = "ol" if block.numbered else "ul"
            return f"<{tag}>{''.join(f'<li>{self.write_text(item)}</li>' for item in block.items)}</{tag}>"
        if isinstance(block, Table):
            return self.render_table(block)
        return self.render_figure(block)

    def render_table(self, table: Table) -> str:
        anchor = f' id="{self.anchors[table.key]}"' if table.key else ""
        facts = "" if table.has_header else ' class="facts"'
        parts = [f'<div class="scroll"><table{anchor}{facts}>']
        if table.key:
            parts.append(f"<caption><b>{self.names[table.key]}.</b> {escape(table.caption)}</caption>")
        total = sum(column.width for column in table.columns)
        widths = "".join(f'<col style="width:{100 * column.width / total:.1f}%">' for column in table.columns)
        parts.append(f"<colgroup>{widths}</colgroup>")
        if table.has_header:
            heads = ((' class="n"' if column.number else "", column.title) for column in table.columns)
            cells = "".join(f'<th scope="col"{mark}>{escape(title)}</th>' for mark, title in heads)
            parts.append(f"<thead><tr>{cells}</tr></thead>")
        parts.append("<tbody>")
        for number, row in enumerate(table.rows):
            strong = ' class="strong"' if number in table.strong_rows else ""
            cells = ""
            for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                words = self.write_text(cell)
                number_class = ' class="n"' if column.number else ""
                cells += f'<th scope="row">{words}</th>' if not place else f"<td{number_class}>{words}</td>"
            parts.append(f"<tr{strong}>{cells}</tr>")
        parts.append("</tbody></table></div>")
        return "".join(parts)

    def render_figure(self, figure: Figure | Chart) -> str:
        caption = f"<figcaption><b>{self.names[figure.key]}.</b> {escape(figure.caption)}</figcaption>"
        picture = figure.picture
        width = max(picture.width_mm, _NARROW_MM)
        image = (
            f'<img style="width:{width:.0f}mm" src="{_embed(picture)}" alt="{escape(figure.alternative)}">'
        )
        return f'<figure id="{self.anchors[figure.key]}">{image}{caption}</figure>'

    def write_text(self, text: Cell) -> str:
        if isinstance(text, str):
            return escape(text)
        words = ""
        for part in text:
            if isinstance(part, Strong):
                words += f"<strong>{escape(part.text)}</strong>"
            elif isinstance(part, Blank):
                words += f'<span class="blank" title="{escape(part.label)}">to be completed</span>'
            elif isinstance(part, Ref):
                words += f'<a href="#{self.anchors[part.key]}">{self.names[part.key]}</a>'
            else:
                words += escape(part)
        return words


def _embed(picture: Picture) -> str:
    if picture.svg is not None:
        return f"data:image/svg+xml;base64,{base64.b64encode(picture.svg).decode('ascii')}"
    kind = "png" if picture.pixels.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture.pixels).decode('ascii')}"
