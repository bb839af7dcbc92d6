"""The tables of a project as CSV; done in another process."""

import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nanocaliper.errors import StatisticsError
from nanocaliper.report.folder_names import name_images
from nanocaliper.report.statistics_tables import SAMPLE_COLUMNS, iterate_sample_rows
from nanocaliper.report.table_files import TableFiles
from nanocaliper.report.tables import encode_rows, summarise_failure, summarise_result
from nanocaliper.web.jobs.analysing import AnalysedImage, SampleOrder, analyse, name_apart
from nanocaliper.web.jobs.exporting import ReportedSample, link_results
from nanocaliper.web.jobs.worker import Report

__all__ = ["write_tables"]


def write_tables(
    samples: Sequence[ReportedSample],
    loose: Sequence[AnalysedImage],
    failed: Sequence[tuple[str, str]],
    workspace: Path,
    target: Path,
    *,
    report: Report,
) -> None:
    """Write ``summary.csv``, ``particles.csv`` and ``statistics.csv`` as a zip.

    Parameters
    ----------
    samples : sequence of ReportedSample
    loose : sequence of AnalysedImage
        Images of no sample: they are in no statistics.
    failed : sequence of (str, str)
        Images that are not measured, and why.
    workspace : Path
        Folder for what is needed meanwhile.
    target : Path
    report : callable
    """
    report("tables")
    images = [image for sample in samples for image in sample.images] + list(loose)
    # One name for an image in all three tables.
    names = name_apart([image.name for image in images] + [name for name, _ in failed])
    images = [replace(image, name=name) for image, name in zip(images, names, strict=False)]
    failed = [(name, why) for name, (_, why) in zip(names[len(images) :], failed, strict=True)]
    try:
        _write_images(images, failed, workspace)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
            for name in ("summary.csv", "particles.csv"):
                packed.write(workspace / name, name)
            rows, unused = _list_statistics(samples, images)
            packed.writestr("statistics.csv", encode_rows([list(SAMPLE_COLUMNS), *rows]))
            if unused:
                packed.writestr("not_in_statistics.txt", "".join(unused))
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def _write_images(images: Sequence[AnalysedImage], failed: Sequence[tuple[str, str]], out: Path) -> None:
    named = name_images([Path(image.name) for image in images] + [Path(name) for name, _ in failed])
    with TableFiles(out) as tables:
        for number, (image, one) in enumerate(zip(images, named, strict=False)):
            link_results(image, out / one.folder)
            result = json.loads((out / one.folder / "result.json").read_text(encoding="utf-8"))
            tables.add(number, one, summarise_result(one.image, one.folder, result))
        for number, (one, (_, why)) in enumerate(zip(named[len(images) :], failed, strict=True), len(images)):
            tables.add(number, one, summarise_failure(one.image, one.folder, why, 0.0))


def _list_statistics(
    samples: Sequence[ReportedSample], images: Sequence[AnalysedImage]
) -> tuple[list[list[str]], list[str]]:
    """Make the rows of samples, and sentences about those that have none."""
    rows: list[list[str]] = []
    unused: list[str] = []
    left = iter(images)
    for sample in samples:
        own = tuple(next(left) for _ in sample.images)
        try:
            analysis, _ = analyse(SampleOrder(sample.name, own, "diameter_equivalent", "number", True))
        except StatisticsError as error:
            unused.append(f"{sample.name}: {error}\n")
            continue
        rows += iterate_sample_rows([analysis])
    return rows, unused
