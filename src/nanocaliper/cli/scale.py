"""``nanocaliper scale``: the scale of images, where it comes from, and a picture that shows it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nanocaliper import __version__
from nanocaliper.calibration.options import DEFAULT_SCALE_METHOD
from nanocaliper.cli.progress import ProgressView, show_name
from nanocaliper.cli.scale_options import (
    NmPerPx,
    ScaleMethod,
    ScaleSource,
    ScaleUncertainty,
    check_page,
    check_scale,
)

if TYPE_CHECKING:
    from nanocaliper.report.folder_names import NamedImage

__all__ = ["scale"]

#: Images whose notes are listed; of a longer run they stand in the JSON files.
_LISTED = 20


def scale(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="Image files, folders, or patterns such as '*.tif'."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder for the pictures.")] = Path(
        "scales"
    ),
    nm_per_px: NmPerPx = None,
    scale_uncertainty: ScaleUncertainty = None,
    scale_source: ScaleSource = "auto",
    scale_method: ScaleMethod = DEFAULT_SCALE_METHOD,
    page: Annotated[int, typer.Option(metavar="N", help="Page of files with several, from 0.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array and nothing else.")] = False,
) -> None:
    """Find the scale of images and show where it comes from.

    Prints a table, and writes for each image OUT/NAME.scale.png, in which bar, ends and label are marked (look
    at it!), and OUT/NAME.scale.json. A doubtful reading is shown as a guess and never used.

    \b
    Examples:
      nanocaliper scale image.tif
      nanocaliper scale folder -o scales
      nanocaliper scale '*.tif' --scale-source bar --json

    Exit status: 0 every image was read, with a scale or without; 1 some could not be read, 2 wrong use.
    """
    check_scale(nm_per_px, scale_uncertainty, scale_source, scale_method)
    check_page(page)
    from nanocaliper.calibration.resolve import calibrate
    from nanocaliper.errors import OutputError
    from nanocaliper.micrograph.find import find_images
    from nanocaliper.micrograph.read import read
    from nanocaliper.report.folder_names import name_images
    from nanocaliper.report.scale_reading import (
        describe_failed_reading,
        prepare_folder,
        write_failed_reading,
        write_reading,
    )

    images = name_images(find_images(inputs))
    prepare_folder(out)
    readings: list[dict[str, Any]] = []

    def read_scale(image: "NamedImage") -> dict[str, Any]:
        # Reading and writing alike: neither may cost the images before and after this one.
        try:
            micrograph = read(image.path, page=page)
            calibration = calibrate(
                micrograph,
                nm_per_px,
                scale_uncertainty,
                scale_source=scale_source,
                scale_method=scale_method,
            )
            return write_reading(out, image, micrograph, calibration, __version__)
        except Exception as error:
            sentence, details = _explain(error, image.path)
            try:
                write_failed_reading(out, image, sentence, details)
            except OutputError as second:
                # The table can still say both.
                sentence = f"{sentence} {second}" if str(second) != sentence else sentence
            return describe_failed_reading(image.image, str(image.path), sentence)

    try:
        with ProgressView("Reading scales") as progress:
            for number, image in enumerate(images, 1):
                readings.append(read_scale(image))
                progress.show(number, len(images), image.image, _say_outcome(readings[-1]))
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted: {len(readings)} of {len(images)} images are done; their files lie in '{out}'.",
            err=True,
        )
        raise typer.Exit(130) from None
    if as_json:
        import json

        # Plain ASCII: a console of any encoding passes it on unharmed.
        typer.echo(json.dumps(readings, indent=2, allow_nan=False))
    else:
        _show(readings, out)
    if any(reading["error"] for reading in readings):
        raise typer.Exit(1)


def _explain(error: Exception, path: Path) -> tuple[str, str | None]:
    """Say why an image failed; for a fault of the program with the details."""
    import traceback

    from nanocaliper.errors import NanocaliperError

    if isinstance(error, NanocaliperError):
        return str(error), None
    if isinstance(error, MemoryError):
        return (
            f"There was not enough memory for '{path}': close other programs, or cut the image into parts.",
            None,
        )
    sentence = (
        f"Unexpected error, a fault of the program ({type(error).__name__}: {error}): please report it."
    )
    return sentence, traceback.format_exc()


def _say_outcome(reading: Mapping[str, Any]) -> str:
    if reading["error"]:
        return "failed"
    if reading["calibration"]:
        return f"{reading['calibration']['nm_per_px']:.4g} nm/px"
    return "TWO SCALES DISAGREE" if reading["conflict"] else "no scale"


def _show(readings: list[dict[str, Any]], out: Path) -> None:
    """Print the table and what a person should know."""
    from nanocaliper.cli.show import align, say_conflicts

    rows = [["value", "unit", "bar px", "nm/px", "source", "confidence", "image"]]
    rows += [_tabulate(reading) for reading in readings]
    typer.echo(align(rows, right=(0, 2, 5)))
    if len(readings) <= _LISTED:
        for reading in readings:
            notes = dict.fromkeys([*filter(None, [reading["reason"]]), *reading["warnings"]])
            if notes:
                typer.echo(f"Note on {show_name(reading['image'])}: {' '.join(notes)}")
    failed = [reading for reading in readings if reading["error"]]
    for reading in failed[:_LISTED]:
        typer.echo(f"Failed: {show_name(reading['image'])}: {reading['error']}", err=True)
    if len(failed) > _LISTED:
        typer.echo(f"... and {len(failed) - _LISTED} more failed.", err=True)
    conflicts = [show_name(r["image"]) for r in readings if r["conflict"] and not r["calibration"]]
    known = sum(reading["calibration"] is not None for reading in readings)
    without = len(readings) - known - len(failed) - len(conflicts)
    if conflicts:
        typer.secho(say_conflicts(len(conflicts), conflicts[:10]), fg="red", bold=True)
    counted = f"{len(readings)} image{'s' if len(readings) != 1 else ''}"
    disagree = f", {len(conflicts)} with two that disagree" if conflicts else ""
    typer.echo(f"{counted}: {known} with a scale, {without} without{disagree}, {len(failed)} failed.")
    typer.echo(f"Pictures to check by eye: NAME.scale.png in {out}")


def _tabulate(reading: Mapping[str, Any]) -> list[str]:
    if reading["error"]:
        return ["", "", "", "failed", "", "", show_name(reading["image"])]
    used, bar, guess = reading["calibration"], reading["scale_bar"], reading["scale_bar_guess"]
    shown = bar or guess
    cells = ["", "", ""]
    sure = ""
    if shown:
        cells = [f"{shown['value']:g}", shown["unit"].replace("um", "µm"), f"{shown['length_px']:.1f}"]
        sure = "not given" if shown["confidence"] is None else f"{shown['confidence']:.2f}"
    if guess:
        # A guess stands in brackets, whatever the scale comes from.
        cells, sure = [f"({cell})" for cell in cells], f"({sure})"
    if used:
        nm_per_px, uncertainty = used["nm_per_px"], used["relative_uncertainty"]
        result = f"{nm_per_px:.4g}" + (f" ± {uncertainty * nm_per_px:.2g}" if uncertainty else "")
        source = used["source"]
    elif reading["conflict"]:
        both = reading["conflict"]
        result = f"{both['metadata_nm_per_px']:.4g} or {both['scale_bar_nm_per_px']:.4g}?"
        source = "CONFLICT"
    else:
        result = f"({guess['nm_per_px']:.4g})" if guess else ""
        source = "none (guess)" if guess else "none"
    return [*cells, result, source, sure, show_name(reading["image"])]
