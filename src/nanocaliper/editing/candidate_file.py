"""Candidates on disk: one ``.npz`` file, without the image's pixels and without pickled objects."""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.calibration import ScaleBar
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.editing.candidate_arrays import CandidateArrays
from nanocaliper.editing.candidates import ImageCandidates
from nanocaliper.errors import ReadError
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.micrograph.read import read
from nanocaliper.particles.outlined import Outlined
from nanocaliper.particles.outlines import Outlines
from nanocaliper.report.plain_values import make_plain
from nanocaliper.report.result_folder import write_atomically
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = ["load_candidates", "save_candidates"]

#: Name and version of the format.
_FORMAT: Final = "nanocaliper-candidates/1"


def save_candidates(candidates: ImageCandidates, path: Path) -> None:
    """Write candidates to a file, whole or not at all.

    Parameters
    ----------
    candidates : ImageCandidates
    path : Path
        A name that ends in ``.npz``.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    segmentation, outlined = candidates.segmentation, candidates.outlined
    values = {name: np.asarray(column, np.float64) for name, column in outlined.values.items()}
    described = {
        "format": _FORMAT,
        "sha256": candidates.micrograph.sha256,
        "source": candidates.micrograph.source,
        "shape": list(candidates.micrograph.shape),
        "search": asdict(candidates.search),
        "segmentation": {
            "method": segmentation.method,
            "left_out": dict(segmentation.left_out),
            "model_sha256": segmentation.model_sha256,
            "settings": make_plain(segmentation.settings),
            "warnings": list(segmentation.warnings),
            "shapes": segmentation.shapes,
            "confidence": segmentation.confidence,
            "outline_uncertainty": segmentation.outline_uncertainty,
        },
        "values": list(values),
        "settings": dict(candidates.settings),
        "seconds": dict(candidates.seconds),
    }
    points = outlined.traced.points
    # Any: the hints of savez_compressed take every name for that of its own option.
    arrays: dict[str, Any] = {
        "described": np.frombuffer(json.dumps(described).encode(), np.uint8),
        "labels": segmentation.labels,
        "scores": segmentation.scores,
        "boxes": outlined.boxes,
        "parts": outlined.traced.parts,
        "counts": np.array([len(line) for line in points], np.int64),
        "points": np.concatenate([*points, np.zeros((0, 2))]),
        "columns": np.stack([*values.values()]) if values else np.zeros((0, len(points))),
    }
    if segmentation.level is not None:
        arrays["level"] = segmentation.level
    if segmentation.shape_probabilities is not None:
        arrays["shape_probabilities"] = segmentation.shape_probabilities
    write_atomically(path, lambda file: np.savez_compressed(file, **arrays))


def load_candidates(
    path: Path, source: str | os.PathLike[str] | npt.NDArray[Any], *, name: str | None = None
) -> ImageCandidates:
    """Read candidates from a file, and the image they belong to.

    Parameters
    ----------
    path : Path
        What `save_candidates` wrote.
    source : path or ndarray
        The image.
    name : str, optional
        What the image is called in results, as for `nanocaliper.editing.candidates.find_candidates`; by default
        as it was when the candidates were found.

    Returns
    -------
    ImageCandidates

    Raises
    ------
    ReadError
        If one of the files cannot be read, or they do not belong together.
    """
    try:
        with path.open("rb") as file, CandidateArrays(file) as stored:
            described = json.loads(stored.read("described").tobytes())
            if described["format"] != _FORMAT:
                raise ValueError(f"format {described['format']!r}")
            micrograph = read(source, page=int(described["settings"]["page"]), renamed=name is not None)
            if micrograph.sha256 != described["sha256"] or list(micrograph.shape) != described["shape"]:
                raise ReadError(
                    f"'{path}' holds the candidates of another image than '{micrograph.source}'; measure it again."
                )
            if stored.shape != micrograph.shape:
                raise ValueError("its arrays do not fit the image")
            arrays = stored.read_all()
        micrograph = replace(micrograph, source=described["source"] if name is None else name)
        segmentation = _read_segmentation(described["segmentation"], arrays)
        count = len(segmentation.scores)
        _check(arrays, micrograph.shape, count)
        lines = np.split(arrays["points"], np.cumsum(arrays["counts"])[:-1]) if count else []
        outlined = Outlined(
            labels=segmentation.labels,
            level=segmentation.level,
            numbers=segmentation.particle_numbers,
            boxes=arrays["boxes"],
            traced=Outlines(tuple(lines), arrays["parts"]),
            values=dict(zip(described["values"], arrays["columns"], strict=True)),
        )
        return ImageCandidates(
            micrograph=micrograph,
            search=_read_search(described["search"]),
            segmentation=segmentation,
            outlined=outlined,
            settings=MappingProxyType(described["settings"]),
            seconds=MappingProxyType(described["seconds"]),
        )
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        NotImplementedError,
        RecursionError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        raise ReadError(
            f"Cannot read the candidates in '{path}' ({type(error).__name__}: {error}): the file is missing, "
            "damaged or of another version; measure the image again."
        ) from None


def _check(arrays: Mapping[str, npt.NDArray[Any]], shape: tuple[int, int], count: int) -> None:
    """Raise ValueError where arrays do not fit the image and each other."""
    labels, level = arrays["labels"], arrays.get("level")
    fits = (
        labels.shape == shape
        and labels.dtype == np.int32
        and int(labels.min(initial=0)) >= 0
        and bool((np.bincount(labels.ravel(), minlength=1)[1:] > 0).all())
        and int(labels.max(initial=0)) == count
        and (level is None or (level.shape == shape and level.dtype == np.uint8))
        and arrays["boxes"].shape == (count, 4)
        and arrays["parts"].shape == arrays["counts"].shape == (count,)
        and arrays["points"].shape == (int(arrays["counts"].sum()), 2)
        and arrays["columns"].shape[1:] == (count,)
    )
    if not fits:
        raise ValueError("its arrays do not fit the image or each other")


def _read_segmentation(described: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Segmentation:
    shapes, doubt = described["shapes"], described["outline_uncertainty"]
    return Segmentation(
        labels=arrays["labels"],
        level=arrays.get("level"),
        scores=arrays["scores"],
        method=described["method"],
        left_out=MappingProxyType(described["left_out"]),
        model_sha256=described["model_sha256"],
        settings=MappingProxyType(described["settings"]),
        warnings=tuple(described["warnings"]),
        shapes=None if shapes is None else tuple(shapes),
        shape_probabilities=arrays.get("shape_probabilities"),
        confidence=float(described["confidence"]),
        outline_uncertainty=None if doubt is None else float(doubt),
    )


def _read_search(described: Mapping[str, Any]) -> ScaleBarSearch:
    return ScaleBarSearch(
        scale_bar=_read_bar(described["scale_bar"]),
        best_guess=_read_bar(described["best_guess"]),
        reason=described["reason"],
        annotations=tuple(Box(**box) for box in described["annotations"]),
    )


def _read_bar(described: Mapping[str, Any] | None) -> ScaleBar | None:
    if described is None:
        return None
    return ScaleBar(**{**described, "label_box": Box(**described["label_box"])})
