"""Loading early what a process loads with its first task, so that the first image need not wait for it."""

import importlib
import tempfile
from pathlib import Path

import cv2
import numpy as np

from nanocaliper.editing.candidates import find_candidates
from nanocaliper.editing.review import review
from nanocaliper.report.result_folder import write_results
from nanocaliper.web.jobs.worker import Report

__all__ = ["load_modules", "measure_drawing"]


def load_modules(*names: str, report: Report) -> None:
    """Import modules."""
    report("starting")
    for name in names:
        importlib.import_module(name)


def measure_drawing(*, report: Report) -> None:
    """Measure a drawing of discs with a scale bar: it needs the networks of outlines and of letters, and fonts."""
    image = np.full((240, 320), 60, np.uint8)
    for col in (60, 130, 200, 270):
        cv2.circle(image, (col, 80), 24, 190, -1, cv2.LINE_AA)
    cv2.rectangle(image, (40, 200), (139, 205), 255, -1)
    cv2.putText(image, "100 nm", (150, 210), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv2.LINE_AA)
    with tempfile.TemporaryDirectory(prefix="nanocaliper-") as folder:
        path = Path(folder) / "drawing.png"
        # OpenCV itself cannot write to every path on Windows.
        path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
        candidates = find_candidates(path, progress=report)
        write_results(review(candidates, []), Path(folder) / "result", path.name)
