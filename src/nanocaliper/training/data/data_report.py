"""The statistics of a data set as Markdown."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from nanocaliper.training.data.data_statistics import DatasetStatistics

__all__ = ["write_markdown"]

_FIELDS = {
    "rows": "rows, px",
    "cols": "columns, px",
    "particles": "particles",
    "particles_per_mpx": "particles per million pixels",
    "particle_share": "share of pixels that are particle",
    "diameter_median_px": "median equivalent diameter, px",
    "grey_mean": "mean grey value",
    "grey_contrast": "contrast (standard deviation of grey)",
    "grey_entropy_bits": "entropy of grey, bits",
    "grey_gradient": "mean gradient of grey, per px",
}
_CAPTIONS = {
    "density_distribution.png": "How dense the images are: share of pixels that are particle, and particles per "
    "million pixels (images without particles left out).",
    "density_by_image.png": "Share of pixels that are particle, image by image.",
    "pixel_balance.png": "Pixels of particles and of background.",
    "grey_features.png": "Mean, contrast and gradient of the grey values, a point an image, coloured by entropy.",
    "sizes.png": "Equivalent diameters of particles, and particles in an image.",
    "classes.png": "Particles of each class.",
}
_BINS = 8


def write_markdown(title: str, statistics: DatasetStatistics, figures: Sequence[str]) -> bytes:
    """Write ``statistics.md``.

    Parameters
    ----------
    title : str
        Name of the data set.
    statistics : DatasetStatistics
    figures : sequence of str
        Names of the figures beside it.

    Returns
    -------
    bytes
    """
    inside, outside = statistics.pixels
    particles = len(statistics.particle_diameter_px)
    lines = [
        f"# Data set {title}",
        "",
        f"{len(statistics.images)} images in {statistics.groups} groups, {particles} particles. "
        f"{inside:,} pixels are particle ({inside / max(inside + outside, 1):.2%}), {outside:,} background.",
        "",
        *_table(
            ["of an image", "least", "5 %", "median", "mean", "95 %", "most"],
            [[name, *_describe(statistics.take(field))] for field, name in _FIELDS.items()],
        ),
        "",
        "Grey values are shares of the full range. Particles, over all images:",
        "",
        *_table(
            ["of a particle", "least", "5 %", "median", "mean", "95 %", "most"],
            [["equivalent diameter, px", *_describe(statistics.particle_diameter_px)]],
        ),
        "",
        "Density: how many images have which share of particle pixels.",
        "",
        *_table(["share", "images"], _count_densities(statistics.take("particle_share"))),
        "",
    ]
    if len(statistics.classes) > 1:
        counts = np.bincount(statistics.particle_class, minlength=len(statistics.classes))
        rows = [
            [
                name,
                str(count),
                str(len(set(statistics.particle_image[statistics.particle_class == place].tolist()))),
            ]
            for place, (name, count) in enumerate(zip(statistics.classes, counts, strict=True))
        ]
        lines += [*_table(["class", "particles", "images with it"], rows), ""]
    captions: Mapping[str, str] = _CAPTIONS
    for name in figures:
        lines += [f"![{captions[name]}]({name})", "", captions[name], ""]
    return "\n".join(lines).encode("utf-8", "backslashreplace")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(cells) + " |" for cells in (header, rule, *rows)]


def _describe(values: npt.NDArray[np.float64]) -> list[str]:
    known = values[np.isfinite(values)]
    if not len(known):
        return [""] * 6
    low, five, half, most_of, high = np.percentile(known, [0, 5, 50, 95, 100])
    return [f"{number:.4g}" for number in (low, five, half, known.mean(), most_of, high)]


def _count_densities(share: npt.NDArray[np.float64]) -> list[list[str]]:
    edges = np.linspace(0, max(float(share.max()), 1e-6), _BINS + 1)
    counts, _ = np.histogram(share, edges)
    return [
        [f"{low:.3f} to {high:.3f}", str(count)]
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
