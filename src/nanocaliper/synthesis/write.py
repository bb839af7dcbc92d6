"""Simulated micrographs as files, each with its truth beside it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import tifffile
from PIL import Image

from nanocaliper.errors import OutputError, UsageError
from nanocaliper.synthesis.simulate import random_scene, simulate
from nanocaliper.synthesis.truth import SimulatedMicrograph

__all__ = ["TRUTH_SCHEMA", "write_set", "write_simulated", "write_truth"]

#: Name and version of the form of ``truth.json``.
TRUTH_SCHEMA = "nanocaliper.synthesis/1"


def write_simulated(simulated: SimulatedMicrograph, folder: Path, name: str) -> dict[str, Any]:
    """Write a simulated micrograph, its labels and its particles.

    Writes ``NAME.png`` (8 bits) or ``NAME.tif`` (16 bits), ``NAME.labels.png`` (uint16, ids as in the
    table) and ``NAME.truth.csv`` (a row a particle: the columns of `SimulatedMicrograph.particles`; where
    there is a scale also ``area_nm2``, ``diameter_equivalent_nm``, ``feret_max_nm``, ``feret_min_nm``).

    Parameters
    ----------
    simulated : SimulatedMicrograph
        What to write.
    folder : pathlib.Path
        Where; made if it is not there.
    name : str
        Name of the files without suffix.

    Returns
    -------
    dict
        The image's entry for ``truth.json``.

    Raises
    ------
    OutputError
        If a file cannot be written, or there are more particles than a 16-bit image of labels can number.
    """
    if simulated.labels.max(initial=0) > 65535:
        raise OutputError(
            f"'{name}' has {simulated.labels.max()} particles; expected at most 65535 (16-bit labels); "
            "simulate fewer particles an image."
        )
    deep = simulated.pixels.dtype == np.uint16
    image = folder / f"{name}.{'tif' if deep else 'png'}"
    labels, table = folder / f"{name}.labels.png", folder / f"{name}.truth.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if deep:
            # No date and no software tag: the same micrograph gives the same bytes.
            tifffile.imwrite(
                image, simulated.pixels, compression="zlib", photometric="minisblack", software=False
            )
        else:
            Image.fromarray(simulated.pixels).save(image, optimize=True)
        Image.fromarray(simulated.labels.astype(np.uint16)).save(labels, optimize=True)
        _add_lengths(simulated).to_csv(table, index=False, float_format="%.6g", lineterminator="\n")
    except OSError as error:
        raise OutputError(
            f"Cannot write '{name}' into '{folder}': {error}. Choose a folder you may write to."
        ) from error
    bar = simulated.scale_bar
    return {
        "image": image.name,
        "labels": labels.name,
        "particles_csv": table.name,
        "kind": simulated.kind,
        "rows": simulated.pixels.shape[0],
        "cols": simulated.pixels.shape[1],
        "bits": 16 if deep else 8,
        "nm_per_px": simulated.nm_per_px,
        "scale_bar": None if bar is None else asdict(bar),
        "data_strip_rows": simulated.data_strip,
        "particles": len(simulated.particles),
        "settings": simulated.settings,
    }


def _add_lengths(simulated: SimulatedMicrograph) -> pd.DataFrame:
    table = simulated.particles.copy()
    scale = simulated.nm_per_px
    if scale is not None:
        table["area_nm2"] = table["area_px"] * scale**2
        for name in ("diameter_equivalent", "feret_max", "feret_min"):
            table[f"{name}_nm"] = table[f"{name}_px"] * scale
    return table


def write_truth(entries: list[dict[str, Any]], folder: Path, seed: int) -> Path:
    """Write ``truth.json``, the list of the images of a set.

    Parameters
    ----------
    entries : list of dict
        From `write_simulated`.
    folder : pathlib.Path
        Folder of the set.
    seed : int
        Seed of the set.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    path = folder / "truth.json"
    text = json.dumps({"schema": TRUTH_SCHEMA, "seed": seed, "images": entries}, indent=1, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"Cannot write '{path}': {error}. Choose a folder you may write to.") from error
    return path


def write_set(
    folder: Path,
    count: int,
    seed: int,
    kind: Literal["SEM", "TEM"] | None = None,
    shape: tuple[int, int] = (512, 640),
    diameter_px: tuple[float, float] = (8.0, 160.0),
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Simulate and write a set of varied micrographs, ``IMAGE_0001.png`` and so on.

    Image n depends on the seed and n alone: a longer set starts with the shorter one.

    Parameters
    ----------
    folder : pathlib.Path
        Where; made if it is not there.
    count : int
        Number of images, 1 or more.
    seed : int
        Seed, 0 or more.
    kind : {'SEM', 'TEM'} or None
        Kind of contrast; None for both.
    shape : (int, int)
        Rows and columns.
    diameter_px : (float, float)
        Range of the mean diameter_equivalent, px.
    progress : callable, optional
        Called with the number of images written and `count` after every image.

    Returns
    -------
    pathlib.Path
        ``truth.json`` of the set.

    Raises
    ------
    UsageError
        If an option makes no sense.
    OutputError
        If something cannot be written.
    """
    if count < 1:
        raise UsageError(f"Asked for {count} images; expected 1 or more. Pass a larger count.")
    if seed < 0:
        raise UsageError(f"Seed is {seed}; expected 0 or more. Pass another seed.")
    if kind not in (None, "SEM", "TEM"):
        raise UsageError(f"Kind of contrast is {kind!r}; expected 'SEM', 'TEM' or none. Pass one of these.")
    digits = max(4, len(str(count)))
    entries = []
    for n in range(1, count + 1):
        rng = np.random.default_rng([seed, n])
        simulated = simulate(random_scene(rng, shape, diameter_px, kind), rng)
        entries.append(write_simulated(simulated, folder, f"IMAGE_{n:0{digits}d}"))
        if progress is not None:
            progress(n, count)
    return write_truth(entries, folder, seed)
