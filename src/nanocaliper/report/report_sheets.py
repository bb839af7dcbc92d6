"""The sheets of the workbook: numbers with all their digits, units in the headings."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from nanocaliper.particles.columns import COLUMNS
from nanocaliper.report.report_content import Sheet, SheetColumn
from nanocaliper.report.report_material import ReportMaterial, ReportSample
from nanocaliper.report.scale_words import name_source
from nanocaliper.report.sections.method import count_edits
from nanocaliper.report.statistic_names import PURE_STATISTICS, SHOWN_STATISTICS
from nanocaliper.report.statistics_tables import BUDGET_COLUMNS, iterate_budget_rows

__all__ = ["make_sheets"]

Value = str | float | bool | None

_NUMBER, _WHOLE, _SHARE = "0.0000", "#,##0", "0.00%"
_LEADING = ("sample", "image", "particle", "state", "edited")


def make_sheets(material: ReportMaterial) -> tuple[Sheet, ...]:
    """Make the sheets of the workbook, but for the histogram, which is made of the charts.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Sheet
    """
    return (
        _make_summary(material),
        _make_statistics(material),
        _make_particles(material),
        _make_budget(material),
        _make_images(material),
        _make_settings(material),
    )


def _make_summary(material: ReportMaterial) -> Sheet:
    rows = []
    for sample in material.samples:
        pooled = sample.analysis.pooled
        budgets = {one.measurand: one for one in pooled.budgets}
        d50, mean = budgets.get("d50"), budgets.get("mean")
        interval = pooled.intervals.intervals.get("d50")
        precision = next(iter(pooled.precision), None)
        rows.append(
            (
                sample.name, len(sample.analysis.images), int(pooled.selection.sizes.size), pooled.selection.column,
                pooled.options.basis, pooled.unit, pooled.distribution.d50, interval and interval.low,
                interval and interval.high, d50 and d50.expanded, pooled.distribution.mean, mean and mean.expanded,
                pooled.distribution.sd, d50 and d50.coverage_factor, precision and precision.reached,
                precision and precision.more, pooled.verdict.conclusion if pooled.verdict else None,
                _say_agreement(sample), len(sample.analysis.warnings),
            )
        )  # fmt: skip
    level = f"{100 * material.options.level:g} %"
    columns = (
        SheetColumn("Sample", width=24), SheetColumn("Images", _WHOLE, 9), SheetColumn("Particles n", _WHOLE),
        SheetColumn("Measurand", width=26), SheetColumn("Basis"), SheetColumn("Unit", width=8),
        SheetColumn("D50 [unit]", _NUMBER), SheetColumn(f"D50 {level} low [unit]", _NUMBER, 18),
        SheetColumn(f"D50 {level} high [unit]", _NUMBER, 18), SheetColumn("U(D50), k = 2 [unit]", _NUMBER, 18),
        SheetColumn("Mean [unit]", _NUMBER), SheetColumn("U(mean), k = 2 [unit]", _NUMBER, 18),
        SheetColumn("SD [unit]", _NUMBER), SheetColumn("k", "0", 6), SheetColumn("Precision of D50", _SHARE, 16),
        SheetColumn("Particles still missing", _WHOLE, 20), SheetColumn("Nanomaterial (screening)", width=24),
        SheetColumn("Images agree", width=14), SheetColumn("Warnings", _WHOLE, 10),
    )  # fmt: skip
    return Sheet("Summary", columns, tuple(rows))


def _say_agreement(sample: ReportSample) -> str | None:
    agreement = sample.analysis.agreement
    return None if agreement is None or agreement.agree is None else ("yes" if agreement.agree else "no")


def _make_statistics(material: ReportMaterial) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for sample in material.samples:
        pooled = sample.analysis.pooled
        for basis, intervals in sample.intervals.items():
            for name in (*SHOWN_STATISTICS, "mode"):
                interval = intervals.intervals.get(name)
                rows.append(
                    (
                        sample.name, basis, SHOWN_STATISTICS.get(name, name), "1" if name in PURE_STATISTICS else pooled.unit,
                        getattr(pooled.distributions[basis], name), interval and interval.low, interval and interval.high,
                        interval and interval.standard_error, interval.method if interval else "",
                    )
                )  # fmt: skip
    level = f"{100 * material.options.level:g} %"
    columns = (
        SheetColumn("Sample", width=24), SheetColumn("Basis"), SheetColumn("Statistic", width=18), SheetColumn("Unit", width=8),
        SheetColumn("Value [unit]", _NUMBER), SheetColumn(f"{level} low [unit]", _NUMBER, 14),
        SheetColumn(f"{level} high [unit]", _NUMBER, 14), SheetColumn("Standard error [unit]", _NUMBER, 18),
        SheetColumn("Method of the interval", width=40),
    )  # fmt: skip
    return Sheet("Statistics", columns, tuple(rows))


def _make_particles(material: ReportMaterial) -> Sheet:
    """All outlined particles; a column that only some images have is empty for the others."""
    names = dict.fromkeys(
        name for image in material.images for name in image.particles.table.columns if name not in _LEADING
    )
    rows: list[tuple[Value, ...]] = []
    for sample in material.samples:
        for image in sample.images:
            table = image.particles.table
            count = len(table)
            states = table["state"] if "state" in table else table["touches_border"].map({True: "touches_border", False: "counted"})  # fmt: skip
            edited = table["edited"].fillna("").astype(str).tolist() if "edited" in table else [""] * count
            cells = [
                [sample.name] * count, [image.name] * count, table["particle"].tolist(), states.tolist(), edited,
                *(table[name].tolist() if name in table else [None] * count for name in names),
            ]  # fmt: skip
            rows += [tuple(map(_plain, row)) for row in zip(*cells, strict=True)]
    columns = (
        SheetColumn("Sample", width=20), SheetColumn("Image", width=28), SheetColumn("Particle", "0", 9),
        SheetColumn("State", width=16), SheetColumn("Edited", width=10),
        *(_head(name) for name in names),
    )  # fmt: skip
    return Sheet("Particles", columns, tuple(rows))


def _head(name: str) -> SheetColumn:
    unit = COLUMNS[name].unit if name in COLUMNS else ""
    base = name
    for suffix in ("_px", "_nm", "_nm2", "_deg"):
        base = base.removesuffix(suffix)
    words = base.replace("_", " ")
    title = f"{words[:1].upper()}{words[1:]}" + (f" [{unit}]" if unit and unit != "1" else "")
    form = (
        "" if name in ("shape", "touches_border") else _WHOLE if name.startswith("agglomerate") else _NUMBER
    )
    return SheetColumn(title, form, max(10.0, 0.95 * len(title) + 2))


def _plain(value: Any) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | float | int | bool) or value is None else str(value)


def _make_budget(material: ReportMaterial) -> Sheet:
    numbers = {"value", "standard_uncertainty", "sensitivity", "contribution", "degrees_of_freedom"}
    columns = tuple(
        SheetColumn(
            name.replace("_", " ").capitalize(),
            "0.00000" if name in numbers else "",
            60 if name == "meaning" else 24 if name in ("sample", "source") else 16,
        )
        for name in BUDGET_COLUMNS
    )
    raw = iterate_budget_rows([sample.analysis for sample in material.samples])
    rows = [
        tuple(_to_number(cell) if name in numbers else cell for name, cell in zip(BUDGET_COLUMNS, row, strict=True))
        for row in raw
    ]  # fmt: skip
    return Sheet("Budget", columns, tuple(rows))


def _to_number(cell: str) -> Value:
    return float(cell) if cell else None


def _make_images(material: ReportMaterial) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for sample in material.samples:
        for image in sample.images:
            result, particles = image.result, image.particles
            alone = sample.analysis.images.get(image.name)
            conflict = result["conflict"]
            taken: Mapping[str, Any] = result["image"].get("acquisition") or {}
            rows.append(
                (
                    sample.name, image.name, particles.nm_per_px, particles.relative_uncertainty,
                    name_source((result["calibration"] or {}).get("source")) if particles.nm_per_px else None,
                    None if conflict is None else f"settled by {conflict['settled_by']}" if conflict["settled_by"] else "open",
                    particles.field_rows, particles.field_cols,
                    None if alone is None else int(alone.selection.sizes.size),
                    "; ".join(f"{why}={n}" for why, n in result["counts"]["left_out"].items()),
                    sum(count_edits([image]).values()),
                    None if alone is None else alone.distribution.mean,
                    None if alone is None else alone.distribution.d50,
                    None if alone is None else alone.unit,
                    *(taken.get(key) for key in ("maker", "instrument", "voltage_kv", "magnification", "working_distance_mm", "detector", "acquired_at")),
                    particles.sha256, sample.analysis.left_out.get(image.name, ""), "; ".join(result["warnings"]),
                )
            )  # fmt: skip
    columns = (
        SheetColumn("Sample", width=20), SheetColumn("Image", width=28), SheetColumn("Pixel size [nm]", "0.00000", 14),
        SheetColumn("u of the reading [relative]", "0.00%", 22), SheetColumn("Scale from", width=22), SheetColumn("Conflict", width=18),
        SheetColumn("Field rows [px]", _WHOLE, 14), SheetColumn("Field columns [px]", _WHOLE, 16), SheetColumn("Counted", _WHOLE, 10),
        SheetColumn("Not counted", width=26), SheetColumn("Edits", _WHOLE, 8), SheetColumn("Mean [unit]", _NUMBER),
        SheetColumn("D50 [unit]", _NUMBER), SheetColumn("Unit", width=8), SheetColumn("Maker", width=14),
        SheetColumn("Instrument", width=18), SheetColumn("Voltage [kV]", "0.###", 12), SheetColumn("Magnification", _WHOLE, 14),
        SheetColumn("Working distance [mm]", "0.###", 20), SheetColumn("Detector", width=12), SheetColumn("Taken", width=20),
        SheetColumn("SHA-256", width=66), SheetColumn("Left out of the sample", width=30), SheetColumn("Warnings", width=60),
    )  # fmt: skip
    return Sheet("Images", columns, tuple(rows))


def _make_settings(material: ReportMaterial) -> Sheet:
    """Every setting of every image; one row where all images have the same."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    readers: tuple[tuple[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]], ...] = (
        ("as asked", lambda result: result["provenance"]["settings"]),
        ("as used", lambda result: result["segmentation"]["settings"]),
        ("program", lambda result: {name: result["provenance"][name] for name in ("version", "model", "model_sha256", "platform")}),
        ("libraries", lambda result: result["provenance"]["libraries"]),
    )  # fmt: skip
    for image in material.images:
        for group, read in readers:
            for name, value in read(image.result).items():
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                found.setdefault((group, name), {}).setdefault(text, []).append(image.name)
    rows: list[tuple[Value, ...]] = []
    for (group, name), values in found.items():
        for text, images in values.items():
            of = "all" if len(images) == len(material.images) else ", ".join(images)
            rows.append((group, name, text, of))
    options = material.samples[0].analysis.pooled.options
    shown = ("measurand", "basis", "level", "precision", "repeatability", "include_border", "shape", "detection_limit", "replicates", "magnification_limit", "outline_uncertainty_px")  # fmt: skip
    rows += [("statistics", name, json.dumps(getattr(options, name)), "all") for name in shown]
    rows += [("statistics", f"seed of {sample.name}", str(sample.analysis.pooled.seed), "all") for sample in material.samples]  # fmt: skip
    rows.append(("report", "version", material.version, "all"))
    columns = (
        SheetColumn("Group", width=14), SheetColumn("Setting", width=28), SheetColumn("Value", width=70), SheetColumn("Images", width=40),
    )  # fmt: skip
    return Sheet("Settings", columns, tuple(rows))
