"""Reading the results that earlier measurements wrote, for statistics without measuring again."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from nanocaliper.errors import ReadError
from nanocaliper.particles.columns import COLUMNS
from nanocaliper.report.result_keys import SCHEMA
from nanocaliper.statistics.image_particles import ImageParticles

__all__ = ["StoredRun", "find_result_folders", "read_image_results", "read_result", "read_run", "read_runs"]

#: Columns of lengths that not every particle has.
_MAY_BE_EMPTY = ("geodesic_", "neighbour_", "outline_uncertainty_")


@dataclass(frozen=True)
class StoredRun:
    """What a measurement left in its output folder.

    Parameters
    ----------
    out : Path
    images : tuple of ImageParticles
        Images that were measured, in the order of ``summary.csv``.
    failed : mapping of str to str
        Images that could not be measured, with the reason.
    folders : mapping of str to Path
        Where the results of each image lie, by its name.
    """

    out: Path
    images: tuple[ImageParticles, ...]
    failed: Mapping[str, str]
    folders: Mapping[str, Path]


def read_runs(outs: Sequence[Path]) -> tuple[StoredRun, ...]:
    """Read several output folders; images of several get the folder's name before theirs.

    Parameters
    ----------
    outs : sequence of Path
        At least one, none twice.

    Returns
    -------
    tuple of StoredRun

    Raises
    ------
    ReadError
        If one holds no results, or results of another format, or stands twice.
    """
    resolved = [out.resolve() for out in outs]
    if len(set(resolved)) < len(resolved):
        raise ReadError("An output folder was given twice; its particles would count twice. Give each once.")
    names = _name_folders(resolved)
    return tuple(read_run(out, name) for out, name in zip(outs, names, strict=True))


def _name_folders(folders: Sequence[Path]) -> list[str]:
    """Name folders by as many last parts of their paths as tell them apart; one alone needs no name."""
    if len(folders) == 1:
        return [""]
    deepest = max(len(folder.parts) for folder in folders)
    for depth in range(1, deepest + 1):
        names = ["/".join(folder.parts[-depth:]).lstrip("/") for folder in folders]
        if len(set(names)) == len(names):
            break
    return names


def read_run(out: Path, name: str = "") -> StoredRun:
    """Read an output folder of ``measure``, or the folder of one image in it.

    Parameters
    ----------
    out : Path
    name : str
        Put before the images' names, with ``/``.

    Returns
    -------
    StoredRun

    Raises
    ------
    ReadError
        If it holds no results, or results of another format.
    """
    prefix = f"{name}/" if name else ""
    folders, failed = find_result_folders(out)
    images = tuple(
        read_image_results(folder, prefix + image if image else "", name) for image, folder in folders
    )
    return StoredRun(
        out,
        images,
        MappingProxyType({prefix + image: why for image, why in failed.items()}),
        MappingProxyType({one.image: folder for one, (_, folder) in zip(images, folders, strict=True)}),
    )


def find_result_folders(out: Path) -> tuple[list[tuple[str, Path]], dict[str, str]]:
    """Find the folders of the images in an output folder.

    Parameters
    ----------
    out : Path
        An output folder of ``measure``, or the folder of one image in it.

    Returns
    -------
    folders : list of (str, Path)
        Name and folder of each measured image; no name where `out` is the folder of one image.
    failed : dict of str to str
        Images that could not be measured, with the reason.

    Raises
    ------
    ReadError
        If it holds no results.
    """
    if (out / "summary.csv").is_file():
        rows = _read_summary(out / "summary.csv")
        folders = [(row["image"], out / row["folder"]) for row in rows if row["status"] == "ok"]
        return folders, {row["image"]: row["error"] for row in rows if row["status"] != "ok"}
    if (out / "result.json").is_file():
        return [("", out)], {}
    if not out.exists():
        raise ReadError(f"There is no folder '{out}'; expected one that 'nanocaliper measure -o' wrote.")
    raise ReadError(
        f"'{out}' holds no results: expected a folder with summary.csv that 'nanocaliper measure -o' wrote, or the "
        "folder of one image in it. Measure first."
    )


def _read_summary(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"Cannot read '{path}' ({error}): was it changed? Measure again.") from None
    needed = {"image", "status", "error", "folder"}
    if rows and not needed <= {name for name, cell in rows[0].items() if cell is not None}:
        raise ReadError(
            f"'{path}' is no table of 'nanocaliper measure': expected the columns {', '.join(sorted(needed))}. "
            "Was it saved by another program? Measure again."
        )
    return rows


def read_image_results(folder: Path, image: str = "", run: str = "") -> ImageParticles:
    """Read the particles of one image.

    Parameters
    ----------
    folder : Path
        The image's result folder.
    image : str
        Its name; by default that of its file.
    run : str
        Name of the run.

    Returns
    -------
    ImageParticles

    Raises
    ------
    ReadError
        If the results are not complete, damaged, or of another format.
    """
    result = read_result(folder / "result.json")
    path = folder / "particles.csv"
    try:
        texts = {"image": str, "shape": str, "edited": str}
        table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
        if "edited" not in table:
            table["edited"] = ""  # Results from before edits were known.
        for name in ("shape", "edited"):
            table[name] = table[name].fillna("")
        calibration = result["calibration"] or {}
        _check_table(table, int(result["counts"]["found"]), bool(calibration))
        table["touches_border"] = table["touches_border"].astype(str) == "True"
        field = result["statistics"]["field"]
        return ImageParticles(
            image=image or result["image"]["name"],
            table=table,
            field_rows=int(field["rows"]),
            field_cols=int(field["cols"]),
            nm_per_px=calibration.get("nm_per_px"),
            relative_uncertainty=calibration.get("relative_uncertainty"),
            reason=result["reason"],
            sha256=result["image"]["sha256"],
            page=int(result["image"]["page"]),
            border=result["provenance"]["settings"].get("border", "leave_out"),
            folder=run,
        )
    except OSError as error:
        raise ReadError(
            f"Cannot read '{path}' ({error.strerror or error}): the results of this image are not complete. "
            "Measure it again."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReadError(
            f"The results in '{folder}' are damaged or were changed ({type(error).__name__}: {error}). Remove "
            "the folder and measure the image again."
        ) from None


def _check_table(table: pd.DataFrame, found: int, calibrated: bool) -> None:
    """Raise ValueError if a table is not what `measure` wrote: else a cut file would be a smaller sample."""
    if len(table) != found:
        raise ValueError(f"particles.csv has {len(table)} rows, but result.json counts {found} particles")
    borders = table["touches_border"].astype(str)
    if not borders.isin(["True", "False"]).all():
        wrong = borders[~borders.isin(["True", "False"])].iloc[0]
        raise ValueError(f"touches_border is '{wrong}'; expected True or False")
    for name in table.columns.intersection(list(COLUMNS)):
        if name in ("row", "col") or COLUMNS[name].unit not in ("px", "px²", "nm", "nm²"):
            continue
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
        empty_is_right = name.startswith(_MAY_BE_EMPTY) or (name.endswith(("_nm", "_nm2")) and not calibrated)
        missing = np.isnan(values) & ~(table[name].isna().to_numpy() & empty_is_right)
        bad = np.flatnonzero(missing | np.isinf(values) | (values < 0))
        if bad.size:
            raise ValueError(
                f"{name} of row {bad[0] + 1} is '{table[name].iloc[bad[0]]}'; expected a positive number"
            )


def read_result(path: Path) -> dict[str, Any]:
    """Read a ``result.json`` of this version's format.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict

    Raises
    ------
    ReadError
        If it is missing, damaged, or of another format.
    """
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(
            f"Cannot read '{path}' ({error.strerror or error}): the results of this image are not complete. "
            "Measure it again."
        ) from None
    except ValueError:
        raise ReadError(f"'{path}' is damaged: no JSON. Remove it and measure the image again.") from None
    found = result.get("schema") if isinstance(result, dict) else None
    if found != SCHEMA:
        raise ReadError(
            f"'{path}' has the format {found!r}, written by another version; this one reads '{SCHEMA}'. "
            "Measure the image again, into the same folder: what is complete is kept."
        )
    return dict(result)
