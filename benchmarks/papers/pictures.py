"""Pictures of tables and figures: images side by side, points, matrices."""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from PIL import Image, ImageDraw

from contact_sheet import draw_outlines
from nanocaliper.evaluation.confusion import ConfusionMatrix
from nanocaliper.report.lettering import load_font

__all__ = ["Tile", "draw_curves", "draw_grid", "draw_matrices", "draw_points", "heat", "outline", "to_bytes"]

Tile = npt.NDArray[np.uint8]

_HEIGHT_PX, _GAP_PX, _TEXT_PX = 260, 6, 15
#: Share of the colour inside a particle.
_TINT = 0.2
#: Of a grid: neither black nor white, which images are.
_GROUND = (222, 222, 222)
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def to_bytes(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Grey values in 8 bits."""
    return pixels.astype(np.uint8) if pixels.dtype == np.uint8 else (pixels // 257).astype(np.uint8)


def outline(
    pixels: npt.NDArray[Any],
    labels: npt.NDArray[np.integer] | None = None,
    colour: tuple[int, int, int] = (255, 96, 0),
) -> Tile:
    """An image, with its particles outlined and tinted where they are given, as large as a picture of the grid."""
    shown = np.zeros(pixels.shape, np.int32) if labels is None else labels.astype(np.int32)
    tile = draw_outlines(to_bytes(pixels), shown, colour, (_HEIGHT_PX, 4 * _HEIGHT_PX))
    # Where all is particle, there is no outline.
    inside = (shown > 0).astype(np.uint8)
    small = cv2.resize(inside, (tile.shape[1], tile.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    tinted = (1 - _TINT) * tile[small] + _TINT * np.array(colour)
    drawn = tile.copy()
    drawn[small] = np.rint(tinted).astype(np.uint8)
    return drawn


def heat(values: npt.NDArray[np.floating], top: float = 1.0) -> Tile:
    """Values from 0 to `top` as colours."""
    coloured = colormaps["inferno"](np.clip(values / top, 0, 1))[..., :3]
    size = (round(values.shape[1] * _HEIGHT_PX / values.shape[0]), _HEIGHT_PX)
    drawn = cv2.resize(np.asarray(np.rint(255 * coloured), np.uint8), size, interpolation=cv2.INTER_AREA)
    return np.asarray(drawn, np.uint8)


def draw_grid(columns: Sequence[str], rows: Mapping[str, Sequence[Tile]]) -> Image.Image:
    """Draw tiles row by row, under the names of their columns and beside those of their rows."""
    font = load_font(_TEXT_PX)
    margin = 2 * _GAP_PX + max(int(font.getlength(name)) for name in rows)
    widths = [max(tiles[k].shape[1] for tiles in rows.values()) for k in range(len(columns))]
    lefts = margin + np.concatenate([[0], np.cumsum(np.array(widths) + _GAP_PX)]).astype(int)
    top = _TEXT_PX + 3 * _GAP_PX
    sheet = Image.new("RGB", (int(lefts[-1]), top + len(rows) * (_HEIGHT_PX + _GAP_PX)), _GROUND)
    pen = ImageDraw.Draw(sheet)
    for k, name in enumerate(columns):
        pen.text((int(lefts[k]) + 2, _GAP_PX), name, fill="black", font=font)
    for number, (name, tiles) in enumerate(rows.items()):
        row = top + number * (_HEIGHT_PX + _GAP_PX)
        pen.text((_GAP_PX, row + _HEIGHT_PX // 2), name, fill="black", font=font)
        for k, tile in enumerate(tiles):
            sheet.paste(Image.fromarray(tile), (int(lefts[k]), row))
    return sheet


def draw_matrices(matrices: Mapping[str, ConfusionMatrix]) -> Figure:
    """Draw confusion matrices as shares of the true classes, two in a row."""
    across = min(len(matrices), 2)
    down = -(-len(matrices) // across)
    figure = Figure(figsize=(4.5 * across, 4 * down), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for ax in axes[len(matrices) :]:
        ax.set_axis_off()
    for ax, (name, matrix) in zip(axes, matrices.items(), strict=False):
        shares = matrix.shares()
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, col), share in np.ndenumerate(shares):
            text = "" if np.isnan(share) else f"{share:.2f}\n"
            colour = "white" if share > 0.6 else "black"
            ax.text(col, row, f"{text}{matrix.counts[row, col]}", ha="center", va="center", color=colour)
        ax.set_xticks(range(len(matrix.classes)), matrix.classes)
        ax.set_yticks(range(len(matrix.classes)), matrix.classes)
        ax.set(xlabel="found", ylabel="true", title=name)
    return figure


def draw_points(
    true: npt.ArrayLike, found: npt.ArrayLike, spread: npt.ArrayLike, unit: str, title: str
) -> Figure:
    """Draw measured over annotated sizes, with the line where they are the same and one standard deviation."""
    x, y, sd = (np.asarray(values, np.float64) for values in (true, found, spread))
    figure = Figure(figsize=(5.2, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    drawn = np.nan_to_num(sd)
    low = np.minimum(drawn, 0.9 * y)
    ax.errorbar(x, y, yerr=[low, drawn], fmt="o", ms=4, color=_COLOURS[0], ecolor="#9ecae1", elinewidth=0.8)
    if x.size:
        ends = [0.8 * min(x.min(), y.min()), 1.25 * max(x.max(), y.max())]
        ax.plot(ends, ends, color="black", lw=0.8)
        ax.set(xlim=ends, xscale="log", yscale="log")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(NullFormatter())
    else:
        ax.text(0.5, 0.5, "no image with particles on both sides", ha="center", transform=ax.transAxes)
        ax.set(xticks=[], yticks=[])
    ax.set(xlabel=f"annotated mean diameter, {unit}", ylabel=f"measured mean diameter, {unit}", title=title)
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def draw_curves(
    panels: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]],
    across: str,
    *,
    shares: bool = False,
) -> Figure:
    """Draw lines, a panel a quantity: for each name values by place; `shares` go from 0 to 1."""
    figure = Figure(figsize=(4.2 * len(panels), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    for ax, (quantity, lines) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for k, (name, (places, values)) in enumerate(lines.items()):
            marker = "o" if len(places) < 20 else None
            ax.plot(places, values, label=name, color=_COLOURS[k % len(_COLOURS)], marker=marker, ms=3)
        ax.set(xlabel=across, ylabel=quantity)
        if across == "epoch":
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        if shares:
            ax.set_ylim(-0.02, 1.02)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, fontsize=8)
    return figure
