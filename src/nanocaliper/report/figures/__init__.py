"""Figures of size statistics, as SVG and PNG: the set of one sample, or the comparison of several.

`draw_figures` writes a set into a folder. What it draws depends on the records that it is given; what it
leaves out it names with the reason::

    from pathlib import Path
    from nanocaliper.report.figures import FigureData, draw_figures

    sample = FigureData(
        sizes=diameters_nm,                    # (n,), in `unit`, no NaN
        unit="nm",                             # or "px" without a calibration
        name="gold, batch 7",
        weights=None,                          # edge-correction weights, as for `describe`
        basis="number",                        # or "area", "volume": histogram and cumulative curve
        logarithmic=False,                     # size axis and bins of the histogram
        intervals=estimate_intervals(diameters_nm, rng),   # of the same basis
        fits=fit_models(diameters_nm),
        goodness={"lognormal": judge_fit(fit, diameters_nm, rng)},
        modality=find_modality(diameters_nm),
        shape_values=aspect_ratios,            # (n,); shape_quantity names them
        shape_classes=shape_names,             # n names, "" where not decided
        images=image_names,                    # n names, the image of each particle
        flagged_images={"b.tif"},              # those that disagree with the others
        budget=build_budget("d50", diameters_px, nm_per_px, ...),
    )
    figures = draw_figures([sample], Path("figures"))                # histogram.svg, histogram.png, ...
    figures.drawn[0].paths["svg"], figures.drawn[0].description      # alternative text, one sentence
    figures.omitted                                                  # {"uncertainty": "no budget was given"}

    draw_figures([sample, other], Path("comparison"))                # comparison.svg, comparison.png

Signature: ``draw_figures(samples: Sequence[FigureData], folder: Path, formats: Sequence[str] = ("svg", "png"))
-> FigureSet``. One sample gives ``histogram``, ``cumulative``, ``shape``, ``images``, ``quantiles_MODEL`` (one for
each fit) and ``uncertainty``; two or more give ``comparison``. The same input gives the same bytes.

Every figure has a function of its own that takes the same records and returns a `Drawing`. Matplotlib is imported
when something is drawn, not when this package is imported.
"""

from nanocaliper.report.figures.draw import FIGURES, draw_figures
from nanocaliper.report.figures.figure_data import Drawing, DrawnFigure, FigureData, FigureSet

__all__ = ["FIGURES", "Drawing", "DrawnFigure", "FigureData", "FigureSet", "draw_figures"]
