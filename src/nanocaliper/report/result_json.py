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

import numpy as np

from nanocaliper.calibration.calibration import Calibration, ScaleBar, ScaleConflict
from nanocaliper.micrograph.acquisition import Acquisition
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.report.measured import Measured, count_left_out
from nanocaliper.report.result_keys import SCHEMA
from nanocaliper.statistics.distribution import Distribution

__all__ = ["describe_calibration", "describe_measurement", "encode_json"]

_LIBRARIES = ("numpy", "opencv-python-headless", "onnxruntime", "contourpy", "rapidocr")
_DIGITS = 9


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
            "metadata": _plain(micrograph.metadata),
        },
        **describe_calibration(calibration),
        "annotations": [_describe_box(box) for box in calibration.annotations],
        "segmentation": {
            "method": segmentation.method,
            "settings": _plain(segmentation.settings),
            "left_out": {reason: int(n) for reason, n in sorted(segmentation.left_out.items())},
        },
        "counts": {
            "found": len(measured.found.table),
            "measured": len(measured.found.measured),
            "left_out": count_left_out(measured),
        },
        "statistics": {
            "diameter_px": _describe_distribution(measured.diameter_px),
            "diameter_nm": _describe_distribution(measured.diameter_nm) if measured.diameter_nm else None,
        },
        "warnings": list(measured.warnings),
        "provenance": {
            "version": measured.version,
            "model": segmentation.method,
            "model_sha256": segmentation.model_sha256,
            "settings": _plain(measured.settings),
            "input_sha256": micrograph.sha256,
            "seconds": {**stages, "total": round(sum(measured.seconds.values()), 3)},
            "libraries": _find_versions(),
            "platform": f"{platform.system()} {platform.machine()}",
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


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


def _find_versions() -> dict[str, str | None]:
    """Versions by name of distribution; None where it is not installed under this name (onnxruntime-gpu)."""
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
        "nm_per_px": _rounded(calibration.nm_per_px),
        "relative_uncertainty": _rounded(calibration.relative_uncertainty),
        "source": calibration.source,
    }


def _describe_conflict(conflict: ScaleConflict | None) -> dict[str, Any] | None:
    if conflict is None:
        return None
    return {
        "metadata_nm_per_px": _rounded(conflict.metadata_nm_per_px),
        "scale_bar_nm_per_px": _rounded(conflict.scale_bar_nm_per_px),
        "scale_bar_relative_uncertainty": _rounded(conflict.scale_bar_relative_uncertainty),
        "relative_difference": _rounded(conflict.relative_difference),
        "limit": _rounded(conflict.limit),
        "settled_by": conflict.settled_by,
    }


def _describe_scale_bar(bar: ScaleBar | None) -> dict[str, Any] | None:
    if bar is None:
        return None
    return {
        "value": _rounded(bar.value),
        "unit": bar.unit,
        "length_nm": _rounded(bar.length_nm),
        "length_px": _rounded(bar.length_px),
        "length_uncertainty_px": _rounded(bar.length_uncertainty_px),
        "nm_per_px": _rounded(bar.nm_per_px),
        "row": _rounded(bar.row),
        "col_start": _rounded(bar.col_start),
        "col_stop": _rounded(bar.col_stop),
        "label_box": _describe_box(bar.label_box),
        "text": bar.text,
        "confidence": None if math.isnan(bar.confidence) else _rounded(bar.confidence),
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
        **{name: _rounded(getattr(distribution, name)) for name in ("mean", "sd", "d10", "d50", "d90")},
    }


def _rounded(value: float | None) -> float | None:
    """Round to nine significant digits: what differs beyond them depends on the order of a sum."""
    return None if value is None else float(f"{float(value):.{_DIGITS}g}")


def _plain(value: Any) -> Any:
    """Turn mappings, sequences and numpy values into plain JSON values; NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
