"""Figures of a data set, as PNG: densities, sizes, balance of pixels and grey values.

The first four show what figures 11, 12, 15 and 13 of ResidualFormer show (Divya et al., accepted 2026): density is
the share of an image's pixels that are particle.
"""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nanocaliper.training.data.data_statistics import DatasetStatistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_figures"]

_COLOUR, _OTHER = "#0072b2", "#d9d9d9"
_WIDE, _DPI = 6.4, 150


def draw_figures(statistics: DatasetStatistics) -> Mapping[str, bytes]:
    """Draw all figures of a data set.

    Parameters
    ----------
    statistics : DatasetStatistics

    Returns
    -------
    mapping of str to bytes
        PNG files by name, in the order of the report; ``classes.png`` only where there are several classes.
    """
    figures = {
        "density_distribution.png": _draw_densities(statistics),
        "density_by_image.png": _draw_density_trend(statistics),
        "pixel_balance.png": _draw_balance(statistics),
        "grey_features.png": _draw_features(statistics),
        "sizes.png": _draw_sizes(statistics),
    }
    if len(statistics.classes) > 1:
        figures["classes.png"] = _draw_classes(statistics)
    return {name: _encode(figure) for name, figure in figures.items()}


def _make(columns: int = 1, height: float = 3.2) -> tuple["Figure", list["Axes"]]:
    from matplotlib.figure import Figure

    figure = Figure((_WIDE, height), dpi=_DPI, layout="constrained")
    axes = [figure.add_subplot(1, columns, place + 1) for place in range(columns)]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8)
    return figure, axes


def _label(axes: "Axes", x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    if y in ("images", "particles"):
        from matplotlib.ticker import MaxNLocator

        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))


def _encode(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    # Without the name of the program and its version, the same data give the same bytes.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _count(axes: "Axes", values: "np.ndarray", x: str, y: str, *, log: bool = False) -> None:
    """Draw a histogram; on a logarithmic scale without the zeros, which have no place there."""
    kept = values[values > 0] if log else values
    if len(kept):
        bins = min(max(int(2 * np.cbrt(len(kept))), 5), 60)
        low, high = float(kept.min()), float(kept.max())
        if low == high:
            low, high = low * 0.9 - 1e-3 * (not log), high * 1.1 + 1e-3
        edges = np.geomspace(low, high, bins + 1) if log else np.linspace(low, high, bins + 1)
        axes.hist(kept, edges.tolist(), color=_COLOUR, edgecolor="white", linewidth=0.4)
        if log:
            axes.set_xscale("log")
    _label(axes, x, y)


def _draw_densities(statistics: DatasetStatistics) -> "Figure":
    figure, (left, right) = _make(2)
    _count(left, statistics.take("particle_share"), "share of pixels that are particle", "images")
    left.set_xlim(left=0)
    _count(right, statistics.take("particles_per_mpx"), "particles per million pixels", "images", log=True)
    return figure


def _draw_density_trend(statistics: DatasetStatistics) -> "Figure":
    figure, (axes,) = _make()
    share = statistics.take("particle_share")
    axes.plot(np.arange(1, len(share) + 1), share, color=_COLOUR, linewidth=0.8, marker=".", markersize=3)
    axes.axhline(float(share.mean()), color="black", linewidth=0.8, linestyle="--")
    axes.annotate(
        f"mean {share.mean():.3f}", (1, float(share.mean())), xycoords=("axes fraction", "data"), ha="right",
        va="bottom", fontsize=8, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
    )  # fmt: skip
    axes.set_ylim(bottom=0)
    _label(axes, "image, in the order of names", "share of pixels that are particle")
    return figure


def _draw_balance(statistics: DatasetStatistics) -> "Figure":
    figure, (axes,) = _make()
    millions = np.array(statistics.pixels) / 1e6
    axes.bar(["particle", "background"], millions, color=[_COLOUR, _OTHER], width=0.6)
    for place, number in enumerate(millions):
        axes.annotate(
            f"{number:.3g} million ({number / millions.sum():.1%})", (place, number), ha="center", va="bottom",
            fontsize=8, xytext=(0, 2), textcoords="offset points",
        )  # fmt: skip
    axes.margins(y=0.12)
    _label(axes, "", "pixels, millions")
    return figure


def _draw_features(statistics: DatasetStatistics) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure((_WIDE, 5.2), dpi=_DPI)
    axes: Any = figure.add_axes((0.0, 0.05, 0.82, 0.92), projection="3d")
    mean, contrast, gradient = (
        statistics.take(field) for field in ("grey_mean", "grey_contrast", "grey_gradient")
    )
    points = axes.scatter(
        mean, contrast, gradient, c=statistics.take("grey_entropy_bits"), s=14, cmap="viridis"
    )
    axes.set_xlabel("mean grey value", fontsize=9)
    axes.set_ylabel("contrast (standard deviation)", fontsize=9)
    axes.set_zlabel("mean gradient, per px", fontsize=9, labelpad=8)
    axes.tick_params(labelsize=7)
    bar = figure.colorbar(points, cax=figure.add_axes((0.88, 0.25, 0.02, 0.5)))
    bar.set_label("entropy, bits", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    return figure


def _draw_sizes(statistics: DatasetStatistics) -> "Figure":
    figure, (left, right) = _make(2)
    _count(left, statistics.particle_diameter_px, "equivalent diameter, px", "particles", log=True)
    particles = statistics.take("particles")
    # Classes of whole numbers: 0, 1, 2, 3 to 4, 5 to 8, 9 to 16, ...
    ends = [0, *(2**power for power in range(int(np.ceil(np.log2(max(particles.max(), 1)))) + 1))]
    counts, _ = np.histogram(particles, [-0.5, *(end + 0.5 for end in ends)])
    starts = [0, *(end + 1 for end in ends[:-1])]
    names = [f"{end}" if start == end else f"{start}–{end}" for start, end in zip(starts, ends, strict=True)]
    right.bar(names, counts, color=_COLOUR, width=0.9)
    right.tick_params(axis="x", rotation=60)
    _label(right, "particles in an image", "images")
    return figure


def _draw_classes(statistics: DatasetStatistics) -> "Figure":
    count = len(statistics.classes)
    figure, (axes,) = _make(height=max(1.6, 0.9 + 0.3 * count))
    particles = np.bincount(statistics.particle_class, minlength=count)
    axes.barh(statistics.classes, particles, color=_COLOUR)
    for place, number in enumerate(particles):
        axes.annotate(f" {number}", (float(number), place), va="center", fontsize=8)
    axes.margins(x=0.1)
    axes.invert_yaxis()
    _label(axes, "particles", "")
    return figure
