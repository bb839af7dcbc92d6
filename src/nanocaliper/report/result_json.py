"""``result.json``: everything known of one measured image but its particles, as strict JSON."""

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nanocaliper.calibration.calibration import Calibration, ScaleBar, ScaleConflict
from nanocaliper.calibration.marked_bar import MarkedBar
from nanocaliper.micrograph.acquisition import Acquisition
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.report.measured import Measured, count_left_out
from nanocaliper.report.plain_values import make_plain, round_number
from nanocaliper.report.result_keys import SCHEMA
from nanocaliper.report.statistics_json import describe_analysis
from nanocaliper.statistics.distribution import Distribution

__all__ = ["describe_calibration", "describe_measurement", "encode_json", "find_versions"]

_LIBRARIES = ("numpy", "opencv-python-headless", "onnxruntime", "contourpy", "rapidocr")


def describe_measurement(measured: Measured) -> dict[str, Any]:
    """Make the content of ``result.json``.

    Parameters
    ----------
    measured : Measured

    Returns
    -------
    dict
        Plain JSON values, keys as in `RESULT_KEYS` and in that order. Measured numbers have nine significant
        digits, settings are as given.
    """
    micrograph, calibration, segmentation = measured.micrograph, measured.calibration, measured.segmentation
    rows, cols = micrograph.shape
    field = micrograph.field
    stages = {stage: round(seconds, 3) for stage, seconds in measured.seconds.items()}
    return {
        "schema": SCHEMA,
        "image": {
            "path": micrograph.source,
            "name": Path(micrograph.source).name,
            "format": micrograph.format,
            "rows": rows,
            "cols": cols,
            "page": micrograph.page,
            "pages": micrograph.pages,
            "data_strips": [_describe_box(strip) for strip in micrograph.data_strips],
            "sha256": micrograph.sha256,
            "acquisition": _describe_acquisition(micrograph.acquisition),
            "metadata": make_plain(micrograph.metadata),
        },
        **describe_calibration(calibration),
        "annotations": [_describe_box(box) for box in calibration.annotations],
        "segmentation": {
            "method": segmentation.method,
            "settings": make_plain(segmentation.settings),
            "left_out": {reason: int(n) for reason, n in sorted(segmentation.left_out.items())},
        },
        "counts": {
            "found": len(measured.found.table),
            "measured": len(measured.found.measured),
            "left_out": count_left_out(measured),
        },
        "statistics": {
            "field": {"rows": field.row_stop - field.row_start, "cols": field.col_stop - field.col_start},
            "diameter_px": _describe_distribution(measured.diameter_px),
            "diameter_nm": _describe_distribution(measured.diameter_nm) if measured.diameter_nm else None,
            "analysis": describe_analysis(measured.analysis),
        },
        "edits": _describe_edits(measured),
        "warnings": list(measured.warnings),
        "provenance": {
            "version": measured.version,
            "model": segmentation.method,
            "model_sha256": segmentation.model_sha256,
            "settings": make_plain(measured.settings),
            "input_sha256": micrograph.sha256,
            "seconds": {**stages, "total": round(sum(measured.seconds.values()), 3)},
            "libraries": find_versions(),
            "platform": f"{platform.system()} {platform.machine()}",
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def _describe_edits(measured: Measured) -> dict[str, Any] | None:
    if not measured.edits:
        return None
    return {"count": len(measured.edits), "list": [make_plain(edit) for edit in measured.edits]}


def encode_json(content: Mapping[str, Any]) -> bytes:
    """Write plain values as the bytes of a JSON file.

    Parameters
    ----------
    content : mapping
        Plain JSON values.

    Returns
    -------
    bytes
        Strict JSON (no NaN, no infinity) in UTF-8, two spaces of indent, keys in the order given.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # File names that are no valid UTF-8 hold lone surrogates; the escape '\udcff' is JSON for those.
    return text.encode("utf-8", "backslashreplace")


def find_versions() -> dict[str, str | None]:
    """Find the versions of Python and of the libraries that numbers depend on.

    Returns
    -------
    dict of str to (str or None)
        By name of distribution; None where it is not installed under this name (onnxruntime-gpu).
    """
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return versions


def describe_calibration(calibration: Calibration) -> dict[str, Any]:
    """Make the part of ``result.json`` that tells the scale, or why there is none.

    Parameters
    ----------
    calibration : Calibration

    Returns
    -------
    dict
        Plain JSON values: ``calibration``, ``conflict``, ``reason``, ``scale_bar`` and ``scale_bar_guess``.
    """
    return {
        "calibration": _describe_used(calibration),
        "conflict": _describe_conflict(calibration.conflict),
        "reason": calibration.reason,
        "scale_bar": _describe_scale_bar(calibration.scale_bar),
        "scale_bar_guess": _describe_scale_bar(calibration.best_guess),
    }


def _describe_used(calibration: Calibration) -> dict[str, Any] | None:
    if calibration.nm_per_px is None:
        return None
    return {
        "nm_per_px": round_number(calibration.nm_per_px),
        "relative_uncertainty": round_number(calibration.relative_uncertainty),
        "source": calibration.source,
        "marked_bar": _describe_marked_bar(calibration.marked_bar),
    }


def _describe_marked_bar(bar: MarkedBar | None) -> dict[str, Any] | None:
    if bar is None:
        return None
    return {"start": list(bar.start), "stop": list(bar.stop), "value": bar.value, "unit": bar.unit}


def _describe_conflict(conflict: ScaleConflict | None) -> dict[str, Any] | None:
    if conflict is None:
        return None
    return {
        "metadata_nm_per_px": round_number(conflict.metadata_nm_per_px),
        "scale_bar_nm_per_px": round_number(conflict.scale_bar_nm_per_px),
        "scale_bar_relative_uncertainty": round_number(conflict.scale_bar_relative_uncertainty),
        "relative_difference": round_number(conflict.relative_difference),
        "limit": round_number(conflict.limit),
        "settled_by": conflict.settled_by,
    }


def _describe_scale_bar(bar: ScaleBar | None) -> dict[str, Any] | None:
    if bar is None:
        return None
    return {
        "value": round_number(bar.value),
        "unit": bar.unit,
        "length_nm": round_number(bar.length_nm),
        "length_px": round_number(bar.length_px),
        "length_uncertainty_px": round_number(bar.length_uncertainty_px),
        "nm_per_px": round_number(bar.nm_per_px),
        "row": round_number(bar.row),
        "col_start": round_number(bar.col_start),
        "col_stop": round_number(bar.col_stop),
        "label_box": _describe_box(bar.label_box),
        "text": bar.text,
        "confidence": None if math.isnan(bar.confidence) else round_number(bar.confidence),
    }


def _describe_acquisition(acquisition: Acquisition | None) -> dict[str, Any] | None:
    return None if acquisition is None else asdict(acquisition)


def _describe_box(box: Box) -> dict[str, int]:
    return {
        "row_start": int(box.row_start),
        "col_start": int(box.col_start),
        "row_stop": int(box.row_stop),
        "col_stop": int(box.col_stop),
    }


def _describe_distribution(distribution: Distribution) -> dict[str, Any]:
    return {
        "count": distribution.count,
        **{name: round_number(getattr(distribution, name)) for name in ("mean", "sd", "d10", "d50", "d90")},
    }
