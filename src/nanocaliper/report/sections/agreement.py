"""Whether the images of a sample agree."""

from nanocaliper.report.report_content import Block, Column, Paragraph, Table
from nanocaliper.report.report_material import ReportSample
from nanocaliper.report.sections.curves import place_figure
from nanocaliper.report.sections.images import MOST_ROWS
from nanocaliper.report.written_numbers import write_size

__all__ = ["make_agreement"]


def make_agreement(sample: ReportSample, key: str) -> list[Block]:
    """Make what is said of the agreement between images.

    Parameters
    ----------
    sample : ReportSample
        Of two images or more.
    key : str
        Goes into the keys of tables.

    Returns
    -------
    list of Block
    """
    agreement = sample.analysis.agreement
    if agreement is None:
        return []
    blocks: list[Block] = [Paragraph(agreement.sentence, "warning" if agreement.agree is False else "")]
    rows = tuple(
        (
            one.image,
            f"{one.count:,}",
            write_size(sample.analysis.images[one.image].distribution.d50),
            f"{one.ratio:.3f}",
            f"{one.p_corrected:.2g}",
            "differs" if one.deviates else "agrees",
        )
        for one in agreement.deviations
    )
    if rows:
        columns = (
            Column("Image", 2.0),
            Column("Particles", 0.8, True),
            Column(f"D50 / {sample.analysis.pooled.unit}", 1.0, True),
            Column("Ratio to the others", 1.0, True),
            Column("p (Holm)", 0.9, True),
            Column("Verdict", 0.9),
        )
        blocks.append(
            Table(
                f"table:agreement:{key}",
                "Each image against all others together: ratio of geometric means, Welch's t test of ln x",
                columns,
                rows[:MOST_ROWS],
            )
        )
        if len(rows) > MOST_ROWS:
            blocks.append(
                Paragraph(f"The first {MOST_ROWS} of {len(rows)} images; all are in statistics.json.", "note")
            )
    if agreement.not_tested:
        blocks.append(
            Paragraph(f"Too few particles to be tested: {', '.join(agreement.not_tested[:20])}.", "note")
        )
    return [*blocks, *place_figure(sample.drawn, "images", key)]
