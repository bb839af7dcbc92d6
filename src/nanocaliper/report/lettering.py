"""Writing text on pictures with the font that comes with Pillow.

That font (Aileron, a part of it) knows ASCII and few other characters; it has no µ, which is put together here.
"""

import unicodedata

from PIL import Image, ImageDraw, ImageFont

__all__ = ["Font", "load_font", "spell", "write_text"]

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = tuple[int, int, int] | str

_KNOWN = frozenset("±“”‘’…°")
_SPELT = {"\u03bc": "µ", "×": "x", "−": "-", "–": "-", "—": "-", "→": "->", "≤": "<=", "≥": ">=", "ß": "ss"}


def load_font(size_px: int) -> Font:
    """Load the font in a size."""
    return ImageFont.load_default(size_px)


def write_text(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    font: Font,
    fill: Colour,
    *,
    centred: bool = False,
    stroke_px: int = 0,
    stroke_fill: Colour = "black",
) -> None:
    """Write one line of text.

    Parameters
    ----------
    pen : ImageDraw
    place : (float, float)
        Column and row of the left end's middle, or with `centred` of the text's middle, px.
    text : str
        Letters the font lacks lose their accents, or become ``?``.
    font : Font
        From `load_font`.
    fill : colour
    centred : bool
    stroke_px : int
        Width of an edge around the letters.
    stroke_fill : colour
    """
    text = spell(text)
    drawn = text.replace("µ", "u")
    anchor = "mm" if centred else "lm"
    pen.text(
        place, drawn, fill=fill, font=font, anchor=anchor, stroke_width=stroke_px, stroke_fill=stroke_fill
    )
    if "µ" not in text or not isinstance(font, ImageFont.FreeTypeFont):
        return
    left = place[0] - (font.getlength(drawn) / 2 if centred else 0)
    # The middle of the anchor lies between ascender and descender.
    ascent, descent = font.getmetrics()
    baseline = place[1] + (ascent - descent) / 2
    u_left, u_top, _, _ = _find_ink("u", font)
    stem_left, _, stem_right, _ = _find_ink("I", font)
    width = max(1, stem_right - stem_left)
    for number, char in enumerate(text):
        if char == "µ":
            start = round(left + font.getlength(drawn[:number]) + u_left)
            bottom = baseline + 0.22 * font.size
            box = (start, baseline + u_top / 2, start + width - 1, bottom)
            if stroke_px:
                edge = (start - stroke_px, baseline + 1, start + width - 1 + stroke_px, bottom + stroke_px)
                pen.rectangle(edge, fill=stroke_fill)
            pen.rectangle(box, fill=fill)


def _find_ink(letter: str, font: Font) -> tuple[int, int, int, int]:
    """Box (left, top, right, bottom) of a letter's ink from its origin, px; the font's own is wider."""
    room = 200
    picture = Image.new("L", (2 * room, 2 * room))
    ImageDraw.Draw(picture).text((room, room), letter, fill=255, font=font, anchor="ls")
    # A third of full ink: the faint rim of antialiasing is not part of the stem.
    box = picture.point(lambda value: 255 * (value > 85)).getbbox() or (room,) * 4
    return box[0] - room, box[1] - room, box[2] - room, box[3] - room


def spell(text: str) -> str:
    """Write a text with the characters that can be drawn.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ASCII, µ and the few others that the font has.
    """
    spelt = []
    for char in text:
        if char.isascii():
            spelt.append(char if char.isprintable() else " ")
        elif char in _SPELT or char in _KNOWN or char == "µ":
            spelt.append(_SPELT.get(char, char))
        else:
            plain = "".join(part for part in unicodedata.normalize("NFKD", char) if part.isascii())
            spelt.append(plain or ("" if unicodedata.combining(char) else "?"))
    return "".join(spelt)
