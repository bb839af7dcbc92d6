"""The sheets of what was measured: particles, images, settings."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from nanocaliper.particles.columns import COLUMNS
from nanocaliper.report.report_content import Sheet, SheetColumn
from nanocaliper.report.report_material import ReportMaterial
from nanocaliper.report.scale_words import name_source
from nanocaliper.report.sections.method import count_edits

__all__ = ["FORMS", "Value", "make_images_sheet", "make_particles_sheet", "make_settings_sheet"]

#: What a cell holds.
Value = str | float | bool | None

#: Number formats of measured numbers, counts and shares.
FORMS: Final = ("0.0000", "#,##0", "0.00%")
_NUMBER, _WHOLE, _ = FORMS
_LEADING = ("sample", "image", "particle", "state", "edited")


def make_particles_sheet(material: ReportMaterial) -> Sheet:
    """Make the sheet of all outlined particles; a column that only some images have is empty for the others.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    Sheet
    """
    names = dict.fromkeys(
        name for image in material.images for name in image.particles.table.columns if name not in _LEADING
    )
    rows: list[tuple[Value, ...]] = []
    for sample in material.samples:
        for image in sample.images:
            table = image.particles.table
            count = len(table)
            all_count = image.particles.border == "count" or material.options.include_border
            states = table["touches_border"].map(
                {True: "counted" if all_count else "touches_border", False: "counted"}
            )
            edited = table["edited"].fillna("").astype(str).tolist() if "edited" in table else [""] * count
            cells = [
                [sample.name] * count,
                [image.name] * count,
                table["particle"].tolist(),
                states.tolist(),
                edited,
                *(table[name].tolist() if name in table else [None] * count for name in names),
            ]
            rows += [tuple(map(_plain, row)) for row in zip(*cells, strict=True)]
    columns = (
        SheetColumn("Sample", width=20),
        SheetColumn("Image", width=28),
        SheetColumn("Particle", "0", 9),
        SheetColumn("State", width=16),
        SheetColumn("Edited", width=10),
        *(_head(name) for name in names),
    )
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


def make_images_sheet(material: ReportMaterial) -> Sheet:
    """Make the sheet of all images, with scale, counts and acquisition.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    Sheet
    """
    rows: list[tuple[Value, ...]] = []
    for sample in material.samples:
        for image in sample.images:
            result, particles = image.result, image.particles
            alone = sample.analysis.images.get(image.name)
            conflict = result["conflict"]
            taken: Mapping[str, Any] = result["image"].get("acquisition") or {}
            rows.append(
                (
                    sample.name,
                    image.name,
                    particles.nm_per_px,
                    particles.relative_uncertainty,
                    name_source((result["calibration"] or {}).get("source")) if particles.nm_per_px else None,
                    None
                    if conflict is None
                    else f"settled by {conflict['settled_by']}"
                    if conflict["settled_by"]
                    else "open",
                    particles.field_rows,
                    particles.field_cols,
                    None if alone is None else int(alone.selection.sizes.size),
                    "; ".join(f"{why}={n}" for why, n in result["counts"]["left_out"].items()),
                    sum(count_edits([image]).values()),
                    None if alone is None else alone.distribution.mean,
                    None if alone is None else alone.distribution.d50,
                    None if alone is None else alone.unit,
                    *(
                        taken.get(key)
                        for key in (
                            "maker",
                            "instrument",
                            "voltage_kv",
                            "magnification",
                            "working_distance_mm",
                            "detector",
                            "acquired_at",
                        )
                    ),
                    particles.sha256,
                    sample.analysis.left_out.get(image.name, ""),
                    "; ".join(result["warnings"]),
                )
            )
    columns = (
        SheetColumn("Sample", width=20),
        SheetColumn("Image", width=28),
        SheetColumn("Pixel size [nm]", "0.00000", 14),
        SheetColumn("u of the reading [relative]", "0.00%", 22),
        SheetColumn("Scale from", width=22),
        SheetColumn("Conflict", width=18),
        SheetColumn("Field rows [px]", _WHOLE, 14),
        SheetColumn("Field columns [px]", _WHOLE, 16),
        SheetColumn("Counted", _WHOLE, 10),
        SheetColumn("Not counted", width=26),
        SheetColumn("Edits", _WHOLE, 8),
        SheetColumn("Mean [unit]", _NUMBER),
        SheetColumn("D50 [unit]", _NUMBER),
        SheetColumn("Unit", width=8),
        SheetColumn("Maker", width=14),
        SheetColumn("Instrument", width=18),
        SheetColumn("Voltage [kV]", "0.###", 12),
        SheetColumn("Magnification", _WHOLE, 14),
        SheetColumn("Working distance [mm]", "0.###", 20),
        SheetColumn("Detector", width=12),
        SheetColumn("Taken", width=20),
        SheetColumn("SHA-256", width=66),
        SheetColumn("Left out of the sample", width=30),
        SheetColumn("Warnings", width=60),
    )
    return Sheet("Images", columns, tuple(rows))


def make_settings_sheet(material: ReportMaterial) -> Sheet:
    """Make the sheet of every setting of every image: one row where all images have the same.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    Sheet
    """
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    readers: tuple[tuple[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]], ...] = (
        ("as asked", lambda result: result["provenance"]["settings"]),
        ("as used", lambda result: result["segmentation"]["settings"]),
        (
            "program",
            lambda result: {
                name: result["provenance"][name] for name in ("version", "model", "model_sha256", "platform")
            },
        ),
        ("libraries", lambda result: result["provenance"]["libraries"]),
    )
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
    shown = (
        "measurand",
        "basis",
        "level",
        "precision",
        "repeatability",
        "include_border",
        "shape",
        "detection_limit",
        "replicates",
        "magnification_limit",
        "outline_uncertainty_px",
    )
    rows += [("statistics", name, json.dumps(getattr(options, name)), "all") for name in shown]
    rows += [
        ("statistics", f"seed of {sample.name}", str(sample.analysis.pooled.seed), "all")
        for sample in material.samples
    ]
    rows.append(("report", "version", material.version, "all"))
    columns = (
        SheetColumn("Group", width=14),
        SheetColumn("Setting", width=28),
        SheetColumn("Value", width=70),
        SheetColumn("Images", width=40),
    )
    return Sheet("Settings", columns, tuple(rows))
