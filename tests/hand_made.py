"""Measurements without a segmentation method: particles are what is bright, so their truth is drawn."""

import os
import time
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from nanocaliper.calibration.calibration import Calibration, ScaleBar
from nanocaliper.errors import CalibrationError
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.pipeline import Measurement, describe_image
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.statistics.analysis import analyse_particles
from nanocaliper.statistics.distribution import describe

BACKGROUND, PARTICLE = 40, 200

#: A printed bar, 100 nm in 50 px.
BAR = ScaleBar(100.0, "nm", 100.0, 50.0, 0.2, 180.0, 20.0, 70.0, Box(160, 30, 172, 60), "100 nm", 0.98)

#: The settings of a measurement where none is given.
SETTINGS: dict[str, object] = {
    "model": "threshold",
    "nm_per_px": None,
    "scale_uncertainty": None,
    "scale_source": "auto",
    "scale_method": "nanocaliper",
    "confidence": None,
    "page": 0,
    "split": 0.0,
    "parting": None,
    "diameter_min_px": None,
    "diameter_min_nm": None,
    "border": "leave_out",
    "repeatability": None,
    "budget": None,
}


def draw_discs(
    shape: tuple[int, int], discs: list[tuple[float, float, float]]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Grey image and labels of discs (row, col, radius), px."""
    rows, cols = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for number, (row, col, radius) in enumerate(discs, 1):
        labels[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = number
    return np.where(labels > 0, PARTICLE, BACKGROUND).astype(np.uint8), labels


def write_discs(
    path: Path, discs: list[tuple[float, float, float]], shape: tuple[int, int] = (200, 240)
) -> Path:
    """Write an image of discs; what overlaps becomes one particle."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw_discs(shape, discs)[0]).save(path)
    return path


def make_measurement(
    micrograph: Micrograph,
    labels: npt.NDArray[np.int32],
    calibration: Calibration,
    settings: dict[str, object] | None = None,
) -> Measurement:
    """Measure given labels; two candidates were left out by the segmentation."""
    segmentation = Segmentation(
        labels,
        None,
        np.linspace(0.5, 1, int(labels.max(initial=0)), dtype=np.float32),
        "threshold",
        left_out=MappingProxyType({"too_small": 2}),
        settings=MappingProxyType({"threshold": 120}),
    )
    found = measure_particles(segmentation, micrograph.field, calibration.nm_per_px)
    whole = found.measured
    known = calibration.nm_per_px is not None
    return Measurement(
        micrograph=micrograph,
        calibration=calibration,
        segmentation=segmentation,
        found=found,
        diameter_px=describe(whole["diameter_equivalent_px"]),
        diameter_nm=describe(whole["diameter_equivalent_nm"]) if known else None,
        analysis=analyse_particles([describe_image(micrograph, calibration, found)], full=False),
        settings=MappingProxyType(settings or SETTINGS),
        seconds={"read": 0.25, "segment": 0.5},
    )


def measure_bright(
    source: str | os.PathLike[str],
    *,
    model: str = "threshold",
    nm_per_px: float | None = None,
    scale_uncertainty: float | None = None,
    scale_source: str = "auto",
    scale_method: str = "nanocaliper",
    confidence: float | None = None,
    page: int = 0,
    split: float = 0.0,
    parting: str | None = None,
    diameter_min_px: float | None = None,
    diameter_min_nm: float | None = None,
    border: str = "leave_out",
    repeatability: float | None = None,
    budget: dict[str, object] | None = None,
) -> Measurement:
    """Measure what is bright, like `nanocaliper.measure`; names ask for trouble."""
    name = Path(source).name
    if "crash" in name:
        os._exit(9)
    if "value_error" in name:
        raise ValueError("odd\nvalue")
    if "memory" in name:
        raise MemoryError
    if "interrupt" in name:
        raise KeyboardInterrupt
    if "slow" in name:
        time.sleep(0.4)
    if "no_scale" in name and nm_per_px is not None:
        raise CalibrationError(f"No scale can be used for '{name}'.")
    micrograph = read(source, page=page)
    _, labels = cv2.connectedComponents((micrograph.pixels > 120).astype(np.uint8))
    calibration = (
        Calibration(None, None, None, reason=f"No scale bar found in '{name}'. Pass --nm-per-px.")
        if nm_per_px is None
        else Calibration(nm_per_px, 0.01, "user")
    )
    settings = {
        "model": model,
        "nm_per_px": nm_per_px,
        "scale_uncertainty": scale_uncertainty,
        "scale_source": scale_source,
        "scale_method": scale_method,
        "confidence": confidence,
        "page": page,
        "split": split,
        "parting": parting,
        "diameter_min_px": diameter_min_px,
        "diameter_min_nm": diameter_min_nm,
        "border": border,
        "repeatability": repeatability,
        "budget": budget,
    }
    return make_measurement(micrograph, np.asarray(labels, np.int32), calibration, settings)
