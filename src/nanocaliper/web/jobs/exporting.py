"""Reports, files for other programs, and training sets; done in another process."""

import csv
import os
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nanocaliper.errors import RequestError
from nanocaliper.exports.export_run import ExportResult, export_run
from nanocaliper.exports.formats import find_format
from nanocaliper.exports.training_set import write_training_set
from nanocaliper.report.folder_names import name_images
from nanocaliper.report.make_report import encode_report, make_report
from nanocaliper.report.report_details import ReportDetails
from nanocaliper.web.jobs.analysing import AnalysedImage, name_apart
from nanocaliper.web.jobs.worker import Report

__all__ = ["ReportedSample", "export_outlines", "export_training_set", "link_results", "write_report_file"]


@dataclass(frozen=True)
class ReportedSample:
    """A sample of a report.

    Parameters
    ----------
    name : str
    notes : tuple of (str, str)
        What a person noted of it.
    images : tuple of AnalysedImage
    """

    name: str
    notes: tuple[tuple[str, str], ...]
    images: tuple[AnalysedImage, ...]


def write_report_file(
    title: str,
    day: str,
    samples: Sequence[ReportedSample],
    failed: Sequence[tuple[str, str]],
    kind: str,
    *,
    report: Report,
) -> bytes:
    """Make the report of samples.

    Parameters
    ----------
    title : str
    day : str
        Date of the report.
    samples : sequence of ReportedSample
    failed : sequence of (str, str)
        Images that are not measured, and why.
    kind : str
        One of `nanocaliper.report.make_report.REPORT_FORMATS`.
    report : callable
    """
    report("report")
    details = ReportDetails(
        report={"title": title, "date": day},
        samples={one.name: dict(one.notes) for one in samples if one.notes},
    )
    folders = {
        one.name: {
            name: image.folder
            for name, image in zip(name_apart(image.name for image in one.images), one.images, strict=True)
        }
        for one in samples
    }
    return encode_report(make_report(folders, details, failed=dict(failed)), kind)


def export_outlines(
    images: Sequence[AnalysedImage], name: str, workspace: Path, target: Path, *, report: Report
) -> str:
    """Write the outlines of images in the format of another program; gives the suffix of what was written.

    Parameters
    ----------
    images : sequence of AnalysedImage
    name : str
        Of the format.
    workspace : Path
        Folder for what is needed meanwhile.
    target : Path
        One file where there is one, else a zip.
    report : callable
    """
    report("export")
    chosen = find_format(name)
    return _export(
        images,
        workspace,
        target,
        lambda run, out, files: export_run(run, out, chosen, files),
        len(images) == 1,
    )


def export_training_set(
    images: Sequence[AnalysedImage], workspace: Path, target: Path, *, report: Report
) -> str:
    """Write images and labels as a zip for training; parameters as in `export_outlines`."""
    report("export")
    return _export(
        images, workspace, target, lambda run, out, files: write_training_set(run, out, images=files), False
    )


def _export(
    images: Sequence[AnalysedImage],
    workspace: Path,
    target: Path,
    write: Callable[[Path, Path, Path], ExportResult],
    alone: bool,
) -> str:
    try:
        run, files = _lay_out(images, workspace)
        result = write(run, workspace / "out", files)
        if not result.files:
            raise RequestError(next(iter(result.failed.values()), "There is nothing to export."), 409)
        if alone and len(result.files) == 1:
            (file,) = result.files
            file.replace(target)
            return "".join(file.suffixes[-2:]) if file.name.endswith(".ome.tif") else file.suffix
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for file in sorted(result.files):
                packed.write(file, file.relative_to(workspace / "out").as_posix())
            if result.failed:
                lines = [f"{name}: {why}\n" for name, why in result.failed.items()]
                packed.writestr("not_exported.txt", "".join(lines))
        return ".zip"
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def _lay_out(images: Sequence[AnalysedImage], workspace: Path) -> tuple[Path, Path]:
    """Put results and images where a measurement on the command line would have them."""
    run, files = workspace / "run", workspace / "images"
    files.mkdir(parents=True)
    named = name_images([Path(name) for name in name_apart(image.name for image in images)])
    rows = []
    for image, one in zip(images, named, strict=True):
        link_results(image, run / one.folder)
        # A folder's name is one that every system takes.
        name = one.folder + image.source.suffix
        _link(image.source, files / name)
        rows.append([name, "ok", "", one.folder])
    with (run / "summary.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["image", "status", "error", "folder"], *rows])
    return run, files


def link_results(image: AnalysedImage, folder: Path) -> None:
    """Put the result folder of an image in another place, without copying where that can be."""
    shutil.copytree(image.folder, folder, copy_function=_link)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # Another drive, or a file system without links.
        shutil.copyfile(source, target)
