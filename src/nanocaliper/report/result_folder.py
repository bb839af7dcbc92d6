"""Writing one image's results, and finding those that an earlier run left complete."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import tifffile
from PIL import Image

from nanocaliper.errors import OutputError
from nanocaliper.report.measured import Measured
from nanocaliper.report.outline_file import encode_outlines
from nanocaliper.report.overlay import draw_overlay
from nanocaliper.report.result_json import describe_measurement, encode_json
from nanocaliper.report.result_keys import SCHEMA
from nanocaliper.report.tables import PARTICLE_COLUMNS, encode_rows, format_name, iterate_particle_rows

__all__ = [
    "find_complete",
    "read_particle_rows",
    "report_output_errors",
    "write_atomically",
    "write_failure",
    "write_results",
]

_LABELS, _OUTLINES, _OVERLAY, _PARTICLES, _RESULT, _ERROR = (
    "labels.tif",
    "outlines.geojson",
    "overlay.png",
    "particles.csv",
    "result.json",
    "error.txt",
)


@contextmanager
def report_output_errors(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into an `OutputError` that says what to do; for a ``with`` statement.

    Parameters
    ----------
    path : Path
        What is written.

    Raises
    ------
    OutputError
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"Cannot write '{path}' ({reason}): is the disk full, the folder protected, or the file open in "
            "another program? Free it, or choose another folder with -o."
        ) from error


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file so that it is there whole or, after a crash, as it was before.

    Parameters
    ----------
    path : Path
        The file; its folder is made.
    write : callable
        Writes the content to the binary file it is given.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    with report_output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                write(file)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_results(measured: Measured, folder: Path, image: str) -> dict[str, Any]:
    """Write ``labels.tif``, ``outlines.geojson``, ``overlay.png``, ``particles.csv`` and, last, ``result.json``.

    What an earlier run left there is replaced; while the files change there is no ``result.json``.

    Parameters
    ----------
    measured : Measured
    folder : Path
        The image's result folder; it is made.
    image : str
        Name of the image in the table.

    Returns
    -------
    dict
        Content of ``result.json``.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    _clear(folder)
    labels = measured.segmentation.labels
    kind = np.uint16 if labels.max(initial=0) <= np.iinfo(np.uint16).max else np.uint32
    write_atomically(
        folder / _LABELS,
        lambda file: tifffile.imwrite(
            file,
            labels.astype(kind),
            compression="zlib",
            photometric="minisblack",
            metadata=None,
            software=f"nanocaliper {measured.version}",
        ),
    )
    outlines = encode_outlines(measured.found, *measured.micrograph.shape)
    write_atomically(folder / _OUTLINES, lambda file: file.write(outlines))
    overlay = Image.fromarray(draw_overlay(measured))
    write_atomically(folder / _OVERLAY, lambda file: overlay.save(file, format="PNG", compress_level=4))
    rows = [list(PARTICLE_COLUMNS), *iterate_particle_rows(image, measured.found.table)]
    write_atomically(folder / _PARTICLES, lambda file: file.write(encode_rows(rows)))
    result = describe_measurement(measured)
    write_atomically(folder / _RESULT, lambda file: file.write(encode_json(result)))
    return result


def write_failure(folder: Path, text: str) -> None:
    """Write ``error.txt`` in place of the results.

    Parameters
    ----------
    folder : Path
        The image's result folder; it is made.
    text : str
        Why there are no results.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    _clear(folder)
    write_atomically(folder / _ERROR, lambda file: file.write(text.encode("utf-8", "backslashreplace")))


def _clear(folder: Path) -> None:
    # result.json goes first: it says that the others are complete.
    for name in (_RESULT, _ERROR, _LABELS, _OUTLINES, _OVERLAY, _PARTICLES):
        with report_output_errors(folder / name):
            (folder / name).unlink(missing_ok=True)


def find_complete(
    folder: Path,
    name: str,
    input_sha256: Callable[[], str],
    settings: Mapping[str, Any],
    version: str,
    model_sha256: str | None,
) -> dict[str, Any] | None:
    """Find the results of a measurement that need not be made again.

    Parameters
    ----------
    folder : Path
        The image's result folder.
    name : str
        Name of the image's file.
    input_sha256 : callable
        Gives the digest of the image's bytes; called only where the rest agrees.
    settings : mapping
        All settings as they would be given.
    version : str
        Version of the program.
    model_sha256 : str or None
        Digest of the network's weights.

    Returns
    -------
    dict or None
        Content of ``result.json`` where it is complete and of the same image, settings, version and network.
    """
    try:
        result = json.loads((folder / _RESULT).read_text(encoding="utf-8"))
        provenance = result["provenance"]
        same = (
            result["schema"] == SCHEMA
            and result["image"]["name"] == name
            and provenance["version"] == version
            and provenance["settings"] == dict(settings)
            and provenance["model_sha256"] == model_sha256
            and all((folder / name).is_file() for name in (_LABELS, _OUTLINES, _OVERLAY, _PARTICLES))
            and provenance["input_sha256"] == input_sha256()
        )
    except (OSError, ValueError, KeyError, TypeError):
        # Missing, cut short or not ours: it is measured again and replaced.
        return None
    return dict(result) if same else None


def read_particle_rows(folder: Path, image: str) -> Iterator[list[str]]:
    """Read an image's ``particles.csv`` for the table of all images.

    Parameters
    ----------
    folder : Path
        The image's result folder.
    image : str
        Name of the image in the table of this run, which an earlier one may have named otherwise.

    Yields
    ------
    list of str
        Cells of a particle.
    """
    name = format_name(image)
    with (folder / _PARTICLES).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield [name, *row[1:]]
