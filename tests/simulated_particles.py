"""Particle tables whose sizes are drawn, for statistics without images."""

import numpy as np
import pandas as pd

from nanocaliper.particles.columns import COLUMNS
from nanocaliper.statistics.image_particles import ImageParticles

LENGTHS = [name for name, column in COLUMNS.items() if name.endswith("_px") and column.power == 1]


def make_image(
    name,
    sizes_nm,
    nm_per_px=1.0,
    *,
    side_px=1000,
    relative_uncertainty=0.01,
    cut=0,
    shape="sphere",
    agglomerate=None,
    calibrated=True,
    sha256=None,
):
    """Discs of these diameters, nm; `cut` further ones touch the border."""
    sizes = np.concatenate([np.asarray(sizes_nm, dtype=np.float64), np.full(cut, 5.0)])
    table = pd.DataFrame({column: np.full(sizes.size, np.nan) for column in COLUMNS})
    for column in LENGTHS:
        table[column] = sizes / nm_per_px
        if calibrated:
            table[column.removesuffix("_px") + "_nm"] = sizes
    table["particle"] = np.arange(1, sizes.size + 1)
    table["touches_border"] = np.arange(sizes.size) >= sizes.size - cut
    table["shape"] = shape
    table["aspect_ratio"] = 1.0
    table["agglomerate"] = np.arange(1, sizes.size + 1) if agglomerate is None else agglomerate
    return ImageParticles(
        name,
        table,
        side_px,
        side_px,
        nm_per_px if calibrated else None,
        relative_uncertainty if calibrated else None,
        None if calibrated else "No scale bar found.",
        sha256,
    )


def draw_lognormal(count, seed, median=40.0, gsd=1.3):
    return median * np.exp(np.random.default_rng(seed).normal(0, np.log(gsd), count))
