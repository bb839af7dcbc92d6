"""Measuring an image and writing its results; done in another process."""

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nanocaliper.pipeline import Measurement, measure
from nanocaliper.report.plain_values import make_plain
from nanocaliper.report.result_folder import write_atomically, write_results
from nanocaliper.report.result_json import describe_calibration
from nanocaliper.web.jobs.worker import Report

__all__ = ["measure_image"]


def measure_image(
    folder: Path,
    source: Path,
    name: str,
    settings: dict[str, Any],
    scale: dict[str, Any],
    *,
    report: Report,
) -> dict[str, Any]:
    """Measure an image and write its result folder.

    Parameters
    ----------
    folder : Path
        Of the image.
    source : Path
        The uploaded file.
    name : str
        Under which it was uploaded.
    settings, scale : dict
        As stored.
    report : callable

    Returns
    -------
    dict
        Facts for the light record.
    """
    report("measuring")
    measured = measure(
        source,
        model=settings["model"],
        confidence=settings["confidence"],
        page=settings["page"],
        nm_per_px=scale["nm_per_px"] if scale["source"] == "user" else None,
        scale_uncertainty=scale["relative_uncertainty"] if scale["source"] == "user" else None,
        scale_source=scale["source"] if scale["source"] in ("metadata", "bar") else "auto",
    )
    measured = replace(measured, micrograph=replace(measured.micrograph, source=name))
    report("writing")
    write_results(measured, folder / "result", name)
    payload = describe_particles(measured)
    write_atomically(folder / "particles.json", lambda file: file.write(json.dumps(payload).encode()))
    return describe_facts(measured)


def describe_particles(measured: Measurement) -> dict[str, Any]:
    """Make what the page needs to draw and list the particles."""
    table = measured.found.table
    columns = [make_plain(table[name].tolist()) for name in table.columns]
    touches = table["touches_border"].tolist()
    left_out = {**measured.segmentation.left_out, **measured.found.left_out}
    return {
        "revision": 1,
        "unit": "px" if measured.calibration.nm_per_px is None else "nm",
        "columns": list(table.columns),
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "states": ["touches_border" if one else "counted" for one in touches],
        "outlines": [[round(float(v), 2) for v in outline.ravel()] for outline in measured.found.outlines],
        "regions": [],
        "counts": {
            "counted": len(measured.found.measured),
            "left_out": {k: int(v) for k, v in left_out.items()},
        },
    }


def describe_facts(measured: Measurement) -> dict[str, Any]:
    """Make the facts of an image's light record."""
    micrograph = measured.micrograph
    rows, cols = micrograph.shape
    known = measured.diameter_nm or measured.diameter_px
    left_out = {**measured.segmentation.left_out, **measured.found.left_out}
    return {
        "rows": rows,
        "cols": cols,
        "bits": micrograph.pixels.dtype.itemsize * 8,
        "page": micrograph.page,
        "pages": micrograph.pages,
        "counted": len(measured.found.measured),
        "left_out": {reason: int(n) for reason, n in left_out.items() if n},
        "candidates": len(measured.found.table),
        "diameter_mean": make_plain(known.mean),
        "diameter_sd": make_plain(known.sd),
        "unit": "px" if measured.diameter_nm is None else "nm",
        "calibration": describe_calibration(measured.calibration),
        "warnings": list(measured.warnings),
        "seconds": round(sum(MappingProxyType(measured.seconds).values()), 2),
    }
