"""What ``nanocaliper scale`` says of an image, as plain values with documented keys."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import Image

from nanocaliper.calibration.calibration import Calibration
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.report.folder_names import NamedImage
from nanocaliper.report.result_folder import report_output_errors, write_atomically
from nanocaliper.report.result_json import describe_calibration, encode_json
from nanocaliper.report.result_keys import RESULT_KEYS
from nanocaliper.report.scale_picture import draw_scale_picture

__all__ = [
    "SCALE_KEYS",
    "describe_failed_reading",
    "describe_reading",
    "prepare_folder",
    "write_failed_reading",
    "write_reading",
]

_SHARED = ("calibration", "conflict", "reason", "scale_bar", "scale_bar_guess")

#: Meaning of every key of an image in ``nanocaliper scale --json``; as `RESULT_KEYS`.
SCALE_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "image": "The image: its path below the folder that all images of the run share.",
        "path": "Path of the file as given.",
        "error": "Why the file could not be read, and what to do; else null, and null is all that follows it.",
        "metadata_nm_per_px": "Pixel size that the file's metadata give, nm; or null.",
        **{key: meaning for key, meaning in RESULT_KEYS.items() if key.split(".")[0] in _SHARED},
        "warnings": "What a person should know before using the scale; a list of sentences.",
        "picture": "Path of the picture that shows the bar.",
    }
)


def describe_reading(
    image: str, path: str, micrograph: Micrograph, calibration: Calibration, picture: str
) -> dict[str, Any]:
    """Say what was found in an image.

    Parameters
    ----------
    image : str
        Its name in the run.
    path : str
        Path of the file as given.
    micrograph : Micrograph
    calibration : Calibration
    picture : str
        Path of the picture.

    Returns
    -------
    dict
        Plain JSON values, keys as in `SCALE_KEYS`; ``calibration`` to ``scale_bar_guess`` as in ``result.json``.
    """
    return {
        "image": image,
        "path": path,
        "error": None,
        "metadata_nm_per_px": micrograph.nm_per_px,
        **describe_calibration(calibration),
        "warnings": [*micrograph.warnings, *calibration.warnings],
        "picture": picture,
    }


def describe_failed_reading(image: str, path: str, error: str) -> dict[str, Any]:
    """Say that an image could not be read.

    Parameters
    ----------
    image, path : str
        As in `describe_reading`.
    error : str
        Why, and what to do.

    Returns
    -------
    dict
        The same keys; all but the first three are None, and ``warnings`` is empty.
    """
    nothing = dict.fromkeys(("metadata_nm_per_px", *_SHARED))
    return {"image": image, "path": path, "error": error, **nothing, "warnings": [], "picture": None}


def prepare_folder(out: Path) -> None:
    """Make the output folder, and find out that it can be written before any image is read.

    Parameters
    ----------
    out : Path
        The output folder.

    Raises
    ------
    OutputError
        If it cannot.
    """
    with report_output_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass


def write_reading(
    out: Path, image: NamedImage, micrograph: Micrograph, calibration: Calibration, version: str
) -> dict[str, Any]:
    """Write ``NAME.scale.png`` and, after it, ``NAME.scale.json``.

    Parameters
    ----------
    out : Path
        The output folder; it is made.
    image : NamedImage
        NAME is its folder.
    micrograph : Micrograph
    calibration : Calibration
    version : str
        Of the program, for the caption of the picture.

    Returns
    -------
    dict
        Content of the JSON file, see `describe_reading`.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    picture_file, json_file, _ = _clear(out, image)
    picture = Image.fromarray(draw_scale_picture(micrograph, calibration, version))
    reading = describe_reading(image.image, str(image.path), micrograph, calibration, str(picture_file))
    write_atomically(picture_file, lambda file: picture.save(file, format="PNG", compress_level=4))
    write_atomically(json_file, lambda file: file.write(encode_json(reading)))
    return reading


def write_failed_reading(out: Path, image: NamedImage, error: str, details: str | None) -> None:
    """Write ``NAME.scale.error.txt`` in place of picture and JSON file.

    Parameters
    ----------
    out : Path
        The output folder; it is made.
    image : NamedImage
    error : str
        Why the image could not be read.
    details : str or None
        For a fault of the program: what its developers need to know.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = f"{error}\n" + (f"\n{details}" if details else "")
    error_file = _clear(out, image)[2]
    write_atomically(error_file, lambda file: file.write(text.encode("utf-8", "backslashreplace")))


def _clear(out: Path, image: NamedImage) -> tuple[Path, Path, Path]:
    """Name an image's files and remove what an earlier run left: an old picture would show another reading."""
    stem = out / image.folder
    files = [stem.with_name(f"{stem.name}.scale.{ending}") for ending in ("png", "json", "error.txt")]
    for file in files:
        with report_output_errors(file):
            file.unlink(missing_ok=True)
    return files[0], files[1], files[2]
