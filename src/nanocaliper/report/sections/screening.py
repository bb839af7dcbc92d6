"""The screening after the EU definition of nanomaterial."""

from nanocaliper.report.report_content import Block, Bullets, Column, Paragraph, Section, Table
from nanocaliper.report.report_material import ReportMaterial, ReportSample
from nanocaliper.report.report_text import Cell, Strong
from nanocaliper.report.written_numbers import write_between, write_percent, write_with_limits

__all__ = ["make_screening"]


def make_screening(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the section on the screening.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    blocks: list[Block] = [
        Paragraph(
            "Commission Recommendation 2022/C 229/01: 50 % or more of the particles, by number, with a "
            "dimension of 1 nm to "
            "100 nm. This is a screening from images, not a legal classification."
        )
    ]
    for number, sample in enumerate(material.samples):
        blocks += _screen(sample, str(number), several=len(material.samples) > 1)
    return (Section("EU nanomaterial screening", tuple(blocks), key="section:screening"),)


def _screen(sample: ReportSample, key: str, *, several: bool) -> list[Block]:
    prefix = f"{sample.name}: " if several else ""
    verdict = sample.analysis.pooled.verdict
    if verdict is None:
        return [Paragraph((prefix, "not judged. ", sample.analysis.pooled.verdict_reason or ""))]
    rows: list[tuple[Cell, ...]] = [("conclusion", (Strong(verdict.conclusion),))]
    if verdict.share is not None:
        share = verdict.share
        rows += [
            ("share with a dimension of 1 nm to 100 nm", write_percent(share.share, 4)),
            ("interval, sampling alone", _write_range(share.low, share.high)),
            ("interval, sampling and scale", _write_range(verdict.share_low, verdict.share_high)),
        ]
    median, low, high = verdict.median_feret_min_nm, verdict.median_low_nm, verdict.median_high_nm
    rows += [
        ("median smallest Feret diameter / nm", write_with_limits(median, low, high)),
        ("screening by that median alone (NanoDefine)", verdict.screening),
        ("particles considered", f"{verdict.count:,}"),
    ]
    title = f"Screening of {sample.name}" if several else "Screening"
    return [
        Paragraph((prefix, verdict.reason)),
        Table(f"table:screening:{key}", title, (Column("", 1.4), Column("", 1.0)), tuple(rows)),
        Bullets(tuple(verdict.warnings)),
    ]


def _write_range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return write_between(low, high)
    return f"{100 * low:.1f} % to {100 * high:.1f} %"
