"""The figures of samples as pictures in memory, for reports."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from nanocaliper.report.figures import draw_figures
from nanocaliper.report.report_content import Picture
from nanocaliper.report.statistics_folder import make_figure_data
from nanocaliper.statistics.samples import SampleAnalysis

__all__ = ["Drawn", "draw_pictures"]

#: A picture and its alternative text by name of figure.
Drawn = Mapping[str, tuple[Picture, str]]


def draw_pictures(samples: Sequence[SampleAnalysis]) -> Drawn:
    """Draw the figures of one sample, or several samples side by side.

    Parameters
    ----------
    samples : sequence of SampleAnalysis
        Those without a particle are left out.

    Returns
    -------
    mapping of str to (Picture, str)
        Empty without a particle.
    """
    data = [make_figure_data(sample) for sample in samples if sample.pooled.selection.sizes.size]
    if not data:
        return {}
    with tempfile.TemporaryDirectory(prefix="nanocaliper-") as folder:
        return {
            one.name: (
                Picture(
                    one.paths["png"].read_bytes(), one.paths["svg"].read_bytes(), one.width_mm, one.height_mm
                ),
                one.description,
            )
            for one in draw_figures(data, Path(folder)).drawn
        }
