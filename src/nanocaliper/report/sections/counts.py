"""How many particles were counted, and what was left out for which reason."""

from collections import Counter

from nanocaliper.report.report_content import Block, Column, Paragraph, Table
from nanocaliper.report.report_material import ReportSample
from nanocaliper.report.written_numbers import write_count

__all__ = ["REASONS", "count_left_out", "make_counts"]

#: Why a particle is not in the statistics, in words.
REASONS = {
    "touches_border": "cut by the border of the field",
    "low_score": "score below the confidence",
    "too_small": "smaller than the smallest diameter kept",
    "excluded_region": "in a region that a person left out",
    "deleted": "deleted by a person",
    "no_value": "the measurand does not exist for it",
    "other_shape": "of another shape class",
    "below_detection_limit": "below the detection limit",
}


def count_left_out(sample: ReportSample) -> Counter[str]:
    """Count particles that are not in the statistics of a sample, by reason, from all stages.

    Parameters
    ----------
    sample : ReportSample

    Returns
    -------
    Counter
        Of the images that are in the analysis.
    """
    counts: Counter[str] = Counter(sample.analysis.pooled.selection.left_out)
    for image in sample.images:
        if image.name in sample.analysis.images:
            left_out = image.result["counts"]["left_out"]
            counts.update({why: n for why, n in left_out.items() if why != "touches_border"})
    return counts


def make_counts(sample: ReportSample, key: str) -> list[Block]:
    """Make the table of counts.

    Parameters
    ----------
    sample : ReportSample
    key : str
        Goes into the keys of tables.

    Returns
    -------
    list of Block
    """
    counted = sample.analysis.pooled.selection.sizes.size
    left_out = count_left_out(sample)
    reasons = [
        (f"not counted: {REASONS.get(why, why.replace('_', ' '))}", f"{number:,}")
        for why, number in sorted(left_out.items())
    ]
    rows = (
        ("counted", f"{counted:,}"),
        *reasons,
        ("all candidates", f"{counted + sum(left_out.values()):,}"),
    )
    blocks: list[Block] = [
        Table(
            f"table:counts:{key}",
            "Particles counted and not counted",
            (Column("Particles", 3.0), Column("Number", 1.0, True)),
            rows,
            (0,),
        )
    ]
    groups = sample.analysis.pooled.constituents
    if groups.particles:
        blocks.append(
            Paragraph(
                f"{groups.in_agglomerates:,} of {write_count(groups.particles, 'outlined particle')} touch "
                "others, in "
                f"{write_count(groups.agglomerates, 'agglomerate')}. {groups.rule}"
            )
        )
    return blocks
