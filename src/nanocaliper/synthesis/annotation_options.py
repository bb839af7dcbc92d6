"""Options of scale bar, data strip and panel letter."""

from dataclasses import dataclass
from typing import Literal

from nanocaliper.synthesis.checks import require

__all__ = ["BAR_STYLES", "STRIP_STYLES", "AnnotationOptions", "BarOptions"]

#: How a scale bar looks.
BAR_STYLES = ("solid", "outlined", "bracket", "ruler", "dotted", "box")
#: How a data strip looks.
STRIP_STYLES = (
    "black_line",
    "white_columns",
    "black_columns",
    "hitachi",
    "jeol",
    "plain_white",
    "plain_black",
)


@dataclass(frozen=True)
class BarOptions:
    """One scale bar.

    Parameters
    ----------
    style : str
        One of `BAR_STYLES`.
    ink : {'black', 'white'}
        Its colour.
    backing : {'none', 'black', 'white'}
        A box behind bar and label, in a colour other than the ink's.
    label_side : {'above', 'below', 'right', 'left'}
        Where the label stands.
    corner : {'top_left', 'top_right', 'bottom_left', 'bottom_right'}
        Where the bar stands on the micrograph; on a data strip left or right counts.
    text_px : int
        Height of the font.
    thickness_px : int
        Thickness of the bar.
    width_share : float
        Length to aim at, as a share of the image's width; the label is a round number.
    micro : {'µ', 'u'}
        How micrometres are written.
    space : bool
        Whether a space stands between number and unit.
    bold : bool
        Whether the label is bold.
    face : {'sans', 'plotter'}
        Type face, see `nanocaliper.synthesis.lettering.draw_text`.
    unit : {'auto', 'nm', 'um'}
        Unit of the label; ``'auto'``: nm below 1000 nm, then µm, then mm.
    """

    style: str = "solid"
    ink: Literal["black", "white"] = "black"
    backing: Literal["none", "black", "white"] = "none"
    label_side: Literal["above", "below", "right", "left"] = "above"
    corner: Literal["top_left", "top_right", "bottom_left", "bottom_right"] = "bottom_right"
    text_px: int = 20
    thickness_px: int = 5
    width_share: float = 0.2
    micro: Literal["µ", "u"] = "µ"
    space: bool = True
    bold: bool = False
    face: Literal["sans", "plotter"] = "sans"
    unit: Literal["auto", "nm", "um"] = "auto"

    def __post_init__(self) -> None:
        require(self.style in BAR_STYLES, "style", self.style, f"one of {', '.join(BAR_STYLES)}")
        require(self.ink in ("black", "white"), "ink", self.ink, "'black' or 'white'")
        require(
            self.backing in ("none", "black", "white") and self.backing != self.ink,
            "backing",
            self.backing,
            "'none', or 'black' or 'white' unlike the ink",
        )
        sides, corners = (
            ("above", "below", "right", "left"),
            ("top_left", "top_right", "bottom_left", "bottom_right"),
        )
        require(self.label_side in sides, "label_side", self.label_side, f"one of {', '.join(sides)}")
        require(self.corner in corners, "corner", self.corner, f"one of {', '.join(corners)}")
        require(6 <= self.text_px <= 200, "text_px", self.text_px, "6 to 200 px")
        require(1 <= self.thickness_px <= 60, "thickness_px", self.thickness_px, "1 to 60 px")
        require(self.face in ("sans", "plotter"), "face", self.face, "'sans' or 'plotter'")
        require(self.micro in ("µ", "u"), "micro", self.micro, "'µ' or 'u'")
        require(self.unit in ("auto", "nm", "um"), "unit", self.unit, "'auto', 'nm' or 'um'")
        require(0.03 <= self.width_share <= 0.6, "width_share", self.width_share, "0.03 to 0.6")


@dataclass(frozen=True)
class AnnotationOptions:
    """What is printed on the micrograph.

    Parameters
    ----------
    bar : BarOptions or None
        The scale bar; needs a scene with `nm_per_px`.
    strip : str or None
        Style of the data strip below the micrograph, one of `STRIP_STYLES`; the bar then stands on it.
    panel : str
        Letter of the panel in a corner, such as ``'(a)'``; empty for none.
    panel_ink, panel_backing : str
        Colours as of `BarOptions`.
    panel_px : int
        Height of its font.
    """

    bar: BarOptions | None = None
    strip: str | None = None
    panel: str = ""
    panel_ink: Literal["black", "white"] = "black"
    panel_backing: Literal["none", "black", "white"] = "none"
    panel_px: int = 36

    def __post_init__(self) -> None:
        require(
            self.strip is None or self.strip in STRIP_STYLES,
            "strip",
            self.strip,
            f"None or one of {', '.join(STRIP_STYLES)}",
        )
        require(6 <= self.panel_px <= 200, "panel_px", self.panel_px, "6 to 200 px")
