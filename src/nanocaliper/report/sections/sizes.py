"""Sizes: statistics with their intervals, distribution, border correction, shape classes."""

from nanocaliper.report.report_content import Block, Column, Paragraph, Section, Table
from nanocaliper.report.report_material import ReportMaterial, ReportSample
from nanocaliper.report.report_text import Cell, Ref
from nanocaliper.report.sections.agreement import make_agreement
from nanocaliper.report.sections.counts import make_counts
from nanocaliper.report.sections.curves import make_cumulative, make_histogram, place_figure
from nanocaliper.report.sections.models import make_models
from nanocaliper.report.statistic_names import PURE_STATISTICS, SHOWN_STATISTICS, spell_statistic
from nanocaliper.report.written_numbers import write_percent, write_size, write_with_limits
from nanocaliper.statistics.weighting import POWERS

__all__ = ["make_sizes"]


def make_sizes(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the sections with the results of each sample.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    sections: list[Section] = []
    corrected = ""
    for number, sample in enumerate(material.samples):
        key = str(number)
        title = "Results" if len(material.samples) == 1 else f"Results: {sample.name}"
        counts = Section(
            "Particles counted",
            tuple(make_counts(sample, key)),
            2,
            f"section:counts:{key}" if number else "section:counts",
        )
        sections += [Section(title, (), key=f"section:results:{key}"), counts]
        if not sample.analysis.pooled.selection.sizes.size:
            continue
        sections += [
            Section(
                "Size statistics",
                (_tabulate_statistics(sample, key), *_say_precision(sample)),
                2,
                f"section:statistics:{key}",
            ),
            Section(
                "Size distribution",
                (make_histogram(sample, key), make_cumulative(sample, key)),
                2,
                f"section:distribution:{key}",
            ),
            Section("Fitted distributions", tuple(make_models(sample, key)), 2, f"section:models:{key}"),
            Section(
                "Correction for the border",
                tuple(_correct_edges(sample, key)),
                2,
                f"section:edges:{key}" if corrected else "section:edges",
            ),
            Section(
                "Shape",
                (_tabulate_shapes(sample, key), *place_figure(sample.drawn, "shape", key)),
                2,
                f"section:shape:{key}",
            ),
        ]
        corrected = "section:edges"
        if len(sample.analysis.images) > 1:
            sections.append(
                Section(
                    "Agreement between images",
                    tuple(make_agreement(sample, key)),
                    2,
                    f"section:agreement:{key}",
                )
            )
    return tuple(sections)


def _tabulate_statistics(sample: ReportSample, key: str) -> Table:
    pooled = sample.analysis.pooled
    level = f"{100 * pooled.options.level:g} %"
    rows: list[tuple[Cell, ...]] = []
    for name, shown in SHOWN_STATISTICS.items():
        cells = []
        for basis in POWERS:
            interval = sample.intervals[basis].intervals[name]
            value = getattr(pooled.distributions[basis], name)
            cells.append(write_with_limits(value, interval.low, interval.high))
        unit = "" if name in PURE_STATISTICS else f" / {pooled.unit}"
        rows.append((shown[0].upper() + shown[1:] + unit, *cells))
    modes = [write_size(pooled.distributions[basis].mode, figures=3) for basis in POWERS]
    rows.append((f"Mode / {pooled.unit}", *modes))
    columns = (Column("Statistic", 1.2), *(Column(f"By {basis}", 1.3, True) for basis in POWERS))
    return Table(
        f"table:statistics:{key}",
        f"Statistics of the sizes by number, area and volume, with {level} intervals in brackets",
        columns,
        tuple(rows),
    )


def _say_precision(sample: ReportSample) -> list[Block]:
    pooled = sample.analysis.pooled
    blocks: list[Block] = [Paragraph(precision.sentence) for precision in pooled.precision]
    blocks.append(
        Paragraph(
            "Definitions after ISO 9276-1, ISO 9276-2 and ISO 9276-5; CV is SD/mean, span (D90 - D10)/D50. "
            "A dash: does not exist, or has "
            "no interval.",
            "note",
        )
    )
    return blocks


def _correct_edges(sample: ReportSample, key: str) -> list[Block]:
    pooled = sample.analysis.pooled
    edges, intervals = pooled.edge_correction, pooled.edge_intervals
    if edges is None:
        return [Paragraph("None: particles that the border cuts were counted, as was asked.")]
    rows: list[tuple[Cell, ...]] = []
    for name in ("mean", "sd", "d10", "d50", "d90"):
        interval = intervals.intervals.get(name) if intervals is not None else None
        low, high = (None, None) if interval is None else (interval.low, interval.high)
        plain, weighted = getattr(edges.unweighted, name), getattr(edges.weighted, name)
        change = None if not plain or weighted is None else weighted / plain - 1
        rows.append(
            (
                f"{spell_statistic(name)[0].upper()}{spell_statistic(name)[1:]} / {pooled.unit}",
                write_size(plain),
                write_with_limits(weighted, low, high),
                "–" if change is None else f"{100 * change:+.2f} %",
            )
        )
    columns = (
        Column("Statistic", 1.0),
        Column("As counted", 1.0, True),
        Column("Corrected", 1.5, True),
        Column("Change", 0.8, True),
    )
    return [
        Paragraph(
            (
                "Large particles are cut by the border more often than small ones, so that those counted "
                "are a little too "
                "small. In ",
                Ref(f"table:edges:{key}"),
                " each particle weighs the inverse of its chance to lie wholly "
                "inside the field (R. E. Miles, C. Lantuéjoul; annex of ISO 13322-1). All other tables are "
                "without the "
                f"correction. Particles with a chance below {write_percent(edges.smallest_probability)}: "
                f"{edges.exploding:,}; as large as the field: {edges.too_large:,}.",
            )
        ),
        Table(f"table:edges:{key}", "Sizes corrected for the border", columns, tuple(rows)),
    ]


def _tabulate_shapes(sample: ReportSample, key: str) -> Table:
    pooled = sample.analysis.pooled
    total = pooled.selection.sizes.size
    rows = tuple(
        (
            name or "undecided",
            f"{found.count:,}",
            write_percent(found.count / total),
            *(write_size(getattr(found, statistic)) for statistic in ("mean", "sd", "d10", "d50", "d90")),
        )
        for name, found in pooled.shapes.items()
    )
    of = f" / {pooled.unit}"
    columns = (
        Column("Class", 1.2),
        Column("Particles", 1.0, True),
        Column("Share", 0.9, True),
        *(Column(f"{name}{of}", 1.0, True) for name in ("Mean", "SD", "D10", "D50", "D90")),
    )
    return Table(f"table:shapes:{key}", "Sizes by class of shape, by number", columns, rows)
