"""Distributions fitted to the sizes, how well they describe them, and how many populations there are."""

from nanocaliper.report.figures.wording import MODEL_NAMES
from nanocaliper.report.report_content import Block, Column, Paragraph, Table
from nanocaliper.report.report_material import ReportSample
from nanocaliper.report.report_text import Cell, Ref
from nanocaliper.report.sections.curves import place_figure
from nanocaliper.report.written_numbers import write_percent, write_size

__all__ = ["make_models"]

_PURE = ("geometric_sd", "shape")


def make_models(sample: ReportSample, key: str) -> list[Block]:
    """Make what is said of fits and populations.

    Parameters
    ----------
    sample : ReportSample
    key : str
        Goes into the keys of tables.

    Returns
    -------
    list of Block
    """
    pooled = sample.analysis.pooled
    blocks: list[Block] = []
    if not pooled.fits:
        blocks.append(Paragraph("No distribution was fitted: that needs five particles of different sizes."))
    else:
        blocks += [_tabulate_fits(sample, key)]
        best = next((fit for fit in pooled.fits if fit.converged), None)
        if best is not None:
            blocks.append(
                Paragraph(
                    (
                        f"The {MODEL_NAMES[best.model]} distribution describes the sizes best, by Akaike's "
                        "criterion "
                        "(least AIC). A small p says that the difference from the model is more than "
                        "chance; with many "
                        "particles that says little, and D, the largest distance of the two cumulative "
                        "distributions, says more.",
                    )
                )
            )
            blocks += place_figure(sample.drawn, f"quantiles_{best.model}", key)
    modality = pooled.modality
    if modality is not None:
        count = len(modality.components)
        words = (
            "one lognormal population describes" if count == 1 else f"{count} lognormal populations describe"
        )
        blocks.append(
            Paragraph(
                (
                    f"By Bayes's criterion (least BIC) {words} the sizes: see ",
                    Ref(f"table:populations:{key}"),
                    ".",
                )
            )
        )
        rows = tuple(
            (
                f"{number}",
                write_percent(one.share, 3),
                write_size(one.median),
                write_size(one.geometric_sd, figures=3),
            )
            for number, one in enumerate(modality.components, 1)
        )
        columns = (
            Column("Population", 1.0),
            Column("Share by number", 1.0, True),
            Column(f"Median / {pooled.unit}", 1.0, True),
            Column("Geometric SD", 1.0, True),
        )
        blocks.append(Table(f"table:populations:{key}", "Populations", columns, rows))
    return blocks


def _tabulate_fits(sample: ReportSample, key: str) -> Table:
    pooled = sample.analysis.pooled
    rows: list[tuple[Cell, ...]] = []
    for fit in pooled.fits:
        goodness = pooled.goodness.get(fit.model)
        if not fit.converged or goodness is None:
            rows.append((MODEL_NAMES[fit.model], "no result", "–", "–", "–", "–"))
            continue
        parameters = "; ".join(
            f"{name.replace('_', ' ')} {write_size(value, fit.standard_errors.get(name))} ± "
            f"{write_size(fit.standard_errors.get(name), fit.standard_errors.get(name))}"
            + ("" if name in _PURE else f" {pooled.unit}")
            for name, value in fit.parameters.items()
        )
        rows.append(
            (
                MODEL_NAMES[fit.model],
                parameters,
                "–" if fit.aic is None else f"{fit.aic:.1f}",
                "–" if fit.bic is None else f"{fit.bic:.1f}",
                f"{goodness.kolmogorov_smirnov:.3f} ({goodness.kolmogorov_smirnov_p:.2g})",
                f"{goodness.anderson_darling:.2f} ({goodness.anderson_darling_p:.2g})",
            )
        )
    columns = (
        Column("Model", 0.9),
        Column("Parameters ± standard error", 2.6),
        Column("AIC", 0.7, True),
        Column("BIC", 0.7, True),
        Column("Kolmogorov-Smirnov D (p)", 1.1, True),
        Column("Anderson-Darling A² (p)", 1.1, True),
    )
    return Table(
        f"table:fits:{key}",
        "Distributions fitted to the sizes by number, by maximum likelihood",
        columns,
        tuple(rows),
    )
